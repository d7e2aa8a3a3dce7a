/* sandbox/phone_show.c: what is sent, what is on record, and what an admin sees of it. */
#include <string.h>

#include "base/clock.h"
#include "sandbox/phone_call.h"

/* Of one call; what comes later is not recorded. */
#define RECORD_LIMIT ((size_t)1 << 20)

void tl_phone_record(const struct tl_phone *phone, struct tl_buf *record, struct tl_str message)
{
	struct tl_arena arena = { 0 };
	struct tl_str at = tl_time_format(&arena, phone->hooks.now_ms(phone->hooks.data));

	if (record->len + message.len < RECORD_LIMIT)
		tl_buf_printf(record, "%s{\"at\":\"%.*s\",\"message\":%.*s}", record->len > 0 ? "," : "", TL_FMT(at), TL_FMT(message));
	tl_arena_clear(&arena);
}

void tl_phone_send(struct phone_call *call, struct tl_str event, const struct tl_item *more)
{
	struct tl_buf text = { 0 };
	struct tl_json json;

	if (!call->session || call->session->closing)
		return;
	tl_json_init(&json, &text, false);
	tl_json_map(&json);
	tl_json_put(&json, "event", event);
	tl_json_put(&json, "callControlId", tl_str(call->id));
	for (const struct tl_item *member = more ? more->first : NULL; member; member = member->next) {
		if (tl_str_is(member->key, "event") || tl_str_is(member->key, "callControlId"))
			continue;
		tl_json_key_str(&json, member->key);
		tl_json_item(&json, member);
	}
	tl_json_map_end(&json);
	tl_phone_record(call->phone, &call->events, tl_buf_view(&text));
	call->phone->hooks.send(call->session->wire, tl_buf_view(&text));
	tl_buf_clear(&text);
}

void tl_phone_send_text(struct phone_call *call, const char *event, const char *key, struct tl_str value)
{
	struct tl_arena arena = { 0 };
	struct tl_item *more = tl_item_new(&arena, TL_MAP);

	tl_item_put(more, tl_str(key), tl_item_string(&arena, value));
	tl_phone_send(call, tl_str(event), more);
	tl_arena_clear(&arena);
}

static void put_record(struct tl_json *json, const char *key, const struct tl_buf *record)
{
	tl_json_key(json, key);
	tl_json_list(json);
	if (record->len > 0)
		tl_json_raw(json, tl_buf_view(record));
	tl_json_list_end(json);
}

static void show(struct tl_json *json, const struct phone_call *call)
{
	static const char *const state_table[] = { "waiting", "connected", "ended", "closed" };

	tl_json_map(json);
	tl_json_put(json, "callControlId", tl_str(call->id));
	tl_json_put(json, "state", tl_str(state_table[call->state]));
	tl_json_put_or_null(json, "sessionId", call->session_id[0] ? tl_str(call->session_id) : (struct tl_str){ 0 });
	tl_json_put_integer(json, "closeCode", call->close_code);
	put_record(json, "commands", &call->commands);
	put_record(json, "events", &call->events);
	tl_json_put(json, "unheard", tl_buf_view(&call->unheard));
	tl_json_map_end(json);
}

static int not_found(struct tl_refusal *refusal, struct tl_str id)
{
	return tl_refuse(refusal, 404, "not.found", "there is no call '%.*s'", TL_FMT(id));
}

int tl_phone_show(struct tl_json *json, struct tl_refusal *refusal, const struct tl_phone *phone, struct tl_str id)
{
	const struct phone_call *call = tl_map_ptr(&phone->by_id, id);

	if (!call)
		return not_found(refusal, id);
	show(json, call);
	return 200;
}

void tl_phone_show_all(struct tl_json *json, const struct tl_phone *phone)
{
	tl_json_list(json);
	for (size_t i = 0; i < phone->by_id.count; i++)
		show(json, phone->by_id.entries[i].value.ptr);
	tl_json_list_end(json);
}

int tl_phone_steps(struct tl_phone *phone, struct tl_refusal *refusal, struct tl_str id, const struct tl_item *steps)
{
	struct phone_call *call = tl_map_ptr(&phone->by_id, id);

	if (!call)
		return not_found(refusal, id);
	if (tl_phone_check_steps(refusal, steps) != 200)
		return refusal->status;
	tl_phone_add_steps(call, steps);
	if (call->state == PHONE_CONNECTED || call->state == PHONE_ENDED)
		tl_phone_go_on(call);
	return 200;
}
