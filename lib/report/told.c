/* report/told.c: events as JSON Lines, keys sorted. */
#include "report/told.h"

#include "doc/json.h"
#include "report/members.h"

#define EVENT_VERSION 1

static void put_some(struct tl_json *json, const char *key, struct tl_str text)
{
	if (text.len > 0)
		tl_json_put(json, key, text);
}

static void end_line(struct tl_buf *out, struct tl_json *json)
{
	tl_json_put_integer(json, "version", EVENT_VERSION);
	tl_json_map_end(json);
	tl_buf_char(out, '\n');
}

void tl_told_begin_json(struct tl_buf *out, const struct tl_told_head *head, int64_t at_ms)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put_time(&json, "at", at_ms);
	tl_json_put(&json, "environment", head->environment);
	tl_json_put(&json, "event", TL_STR("begin"));
	put_some(&json, "plan", head->plan);
	end_line(out, &json);
}

void tl_told_json(struct tl_buf *out, const struct tl_told_head *head, const struct tl_told *told)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put_time(&json, "at", told->at_ms);
	tl_json_put_integer(&json, "done", (int64_t)told->done);
	tl_json_put(&json, "environment", head->environment);
	tl_json_put(&json, "event", tl_str(tl_told_name(told->kind)));
	put_some(&json, "flow", told->flow);
	if (told->version > 0)
		tl_member_version(&json, "flow_version", told->version);
	put_some(&json, "message", told->message);
	put_some(&json, "plan", head->plan);
	put_some(&json, "platform_id", told->platform_id);
	tl_json_put_integer(&json, "total", (int64_t)told->total);
	end_line(out, &json);
}

void tl_told_end_json(struct tl_buf *out, const struct tl_told_head *head, const struct tl_apply *apply, int exit_code, struct tl_str message,
                      int64_t at_ms)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put_time(&json, "at", at_ms);
	tl_json_put(&json, "environment", head->environment);
	tl_json_put(&json, "event", TL_STR("end"));
	tl_json_put_integer(&json, "exit", exit_code);
	put_some(&json, "message", message);
	put_some(&json, "plan", head->plan);
	if (apply) {
		tl_json_put_integer(&json, "published", (int64_t)apply->published);
		tl_json_key(&json, "states");
		tl_json_map(&json);
		for (size_t i = 0; i < apply->n_flows; i++)
			tl_json_put(&json, apply->flows[i].planned->flow.ptr, tl_str(tl_applied_name(apply->flows[i].state)));
		tl_json_map_end(&json);
	}
	tl_json_put_integer(&json, "version", EVENT_VERSION);
	if (apply)
		tl_json_put_integer(&json, "written", (int64_t)apply->written);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}
