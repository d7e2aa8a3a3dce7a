/* sandbox/sinks.c: records as JSON text, and a queue of answers. */
#include "sandbox/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "sandbox/trial.h"

#define RECORD_LIMIT ((size_t)16 << 20)
#define COUNT_LIMIT 1000000.0

struct planned {
	int status;
	int64_t retry_after;
	uint64_t count;
};

struct sink {
	char *name;
	struct tl_buf records; /* objects with commas between */
	uint64_t count;
	struct planned *planned;
	size_t n_planned, planned_capacity, at;
};

struct tl_sinks {
	struct tl_map by_name; /* name -> struct sink */
};

struct tl_sinks *tl_sinks_new(void)
{
	return tl_alloc_zero(1, sizeof(struct tl_sinks));
}

static void clear(struct sink *sink)
{
	tl_buf_clear(&sink->records);
	free(sink->planned);
	*sink = (struct sink){ .name = sink->name };
}

void tl_sinks_free(struct tl_sinks *sinks)
{
	if (!sinks)
		return;
	for (size_t i = 0; i < sinks->by_name.count; i++) {
		struct sink *sink = sinks->by_name.entries[i].value.ptr;

		clear(sink);
		free(sink->name);
		free(sink);
	}
	tl_map_clear(&sinks->by_name);
	free(sinks);
}

static struct sink *sink_of(struct tl_sinks *sinks, struct tl_str name)
{
	struct sink *sink = tl_map_ptr(&sinks->by_name, name);

	if (sink)
		return sink;
	sink = tl_alloc_zero(1, sizeof(*sink));
	sink->name = tl_alloc(name.len + 1);
	memcpy(sink->name, name.ptr, name.len);
	sink->name[name.len] = '\0';
	tl_map_put(&sinks->by_name, (struct tl_str){ sink->name, name.len }, NULL)->value.ptr = sink;
	return sink;
}

/* ---- deliveries */

static void put_body(struct tl_json *json, struct tl_str body)
{
	struct tl_doc *doc = NULL;

	tl_json_key(json, "body");
	if (tl_json_parse(&doc, TL_STR("body"), body, NULL) == 0)
		tl_json_item(json, doc->root);
	else
		tl_json_null(json);
	tl_json_put(json, "raw", body);
	tl_doc_free(doc);
}

static void put_delivery(struct tl_json *json, const struct tl_sink_delivery *delivery, int status)
{
	struct tl_arena arena = { 0 };

	tl_json_map(json);
	tl_json_put(json, "at", tl_trial_time(&arena, delivery->at_ms));
	tl_json_put_integer(json, "status", status);
	tl_json_key(json, "headers");
	tl_json_map(json);
	for (size_t i = 0; i < delivery->n_headers; i++) {
		if (delivery->headers[i].value.ptr)
			tl_json_put(json, delivery->headers[i].name, delivery->headers[i].value);
	}
	tl_json_map_end(json);
	put_body(json, delivery->body);
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static int next_status(struct sink *sink, int64_t *retry_after)
{
	struct planned *planned = sink->at < sink->n_planned ? &sink->planned[sink->at] : NULL;

	*retry_after = planned ? planned->retry_after : -1;
	if (!planned)
		return 200;
	planned->count--;
	sink->at += planned->count == 0;
	return planned->status;
}

int tl_sinks_take(struct tl_sinks *sinks, struct tl_str name, const struct tl_sink_delivery *delivery, int64_t *retry_after)
{
	struct sink *sink = sink_of(sinks, name);
	struct tl_buf record = { 0 };
	struct tl_json json;
	int status = 507;

	*retry_after = -1;
	/* The body stands in the record twice, and a byte may take six. */
	if (sink->records.len + delivery->body.len <= RECORD_LIMIT) {
		status = next_status(sink, retry_after);
		tl_json_init(&json, &record, false);
		put_delivery(&json, delivery, status);
		tl_buf_text(&sink->records, sink->count > 0 ? "," : "");
		tl_buf_str(&sink->records, tl_buf_view(&record));
		sink->count++;
	}
	tl_buf_clear(&record);
	return status;
}

/* ---- plans */

static bool whole_within(const struct tl_item *item, double least, double most)
{
	return item && item->kind == TL_NUMBER && floor(item->number) == item->number && item->number >= least && item->number <= most;
}

/* Whether it is a status, or {status, retryAfter, count}. */
static bool read_planned(struct planned *out, const struct tl_item *item)
{
	const struct tl_item *status = item->kind == TL_MAP ? tl_item_get(item, "status") : item;
	const struct tl_item *retry = tl_item_get(item, "retryAfter"), *count = tl_item_get(item, "count");

	if (!whole_within(status, 200, 599) || (retry && !whole_within(retry, 0, 86400)) || (count && !whole_within(count, 1, COUNT_LIMIT)))
		return false;
	*out = (struct planned){ (int)status->number, retry ? (int64_t)retry->number : -1, count ? (uint64_t)count->number : 1 };
	return true;
}

int tl_sinks_plan(struct tl_sinks *sinks, struct tl_refusal *refusal, struct tl_str name, const struct tl_item *answers)
{
	struct sink *sink = sink_of(sinks, name);
	struct planned one;

	for (const struct tl_item *item = answers->kind == TL_LIST ? answers->first : NULL; item; item = item->next) {
		if (!read_planned(&one, item))
			return tl_refuse(refusal, 422, "unprocessable", "an answer is a status from 200 to 599, or {status, retryAfter, count}");
	}
	if (answers->kind != TL_LIST)
		return tl_refuse(refusal, 422, "unprocessable", "the answers are no list");
	for (const struct tl_item *item = answers->first; item; item = item->next) {
		if (!read_planned(&one, item))
			continue;
		sink->planned = tl_grow(sink->planned, &sink->planned_capacity, sink->n_planned + 1, sizeof(*sink->planned));
		sink->planned[sink->n_planned++] = one;
	}
	return 200;
}

/* ---- reading back */

void tl_sinks_show(struct tl_json *json, const struct tl_sinks *sinks, struct tl_str name)
{
	const struct sink *sink = tl_map_ptr(&sinks->by_name, name);
	uint64_t left = 0;

	for (size_t i = sink ? sink->at : 0; sink && i < sink->n_planned; i++)
		left += sink->planned[i].count;
	tl_json_map(json);
	tl_json_put(json, "name", name);
	tl_json_put_integer(json, "count", sink ? (int64_t)sink->count : 0);
	tl_json_put_integer(json, "planned", (int64_t)left);
	tl_json_key(json, "deliveries");
	tl_json_list(json);
	if (sink && sink->count > 0)
		tl_json_raw(json, tl_buf_view(&sink->records));
	tl_json_list_end(json);
	tl_json_map_end(json);
}

void tl_sinks_forget(struct tl_sinks *sinks, struct tl_str name)
{
	struct sink *sink = tl_map_ptr(&sinks->by_name, name);

	if (sink)
		clear(sink);
}
