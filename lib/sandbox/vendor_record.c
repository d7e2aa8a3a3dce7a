/* sandbox/vendor_record.c: what clients asked at the vendor's address, so that a test can hold it against the SDK's declarations. Secrets are not kept. */
#include <stdlib.h>

#include "sandbox/vendor.h"

#define REQUESTS_MAX 20000
#define BODIES_MAX ((size_t)32 << 20)
#define BODY_MAX ((size_t)64 << 10)

struct record {
	const char *method;
	struct tl_str path, type, body;
	struct tl_str *query; /* names and values by turns */
	size_t n_query;
};

struct records {
	struct tl_arena arena;
	struct record *items;
	size_t count, capacity;
};

static int open_records(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_alloc_zero(1, sizeof(struct records));
	return 0;
}

static void close_records(void *state)
{
	struct records *records = state;

	free(records->items);
	tl_arena_clear(&records->arena);
	free(records);
}

static bool is_secret(struct tl_str name)
{
	return tl_str_starts(name, TL_STR("X-Amz-"));
}

static void take_query(struct record *record, struct tl_arena *arena, const struct tl_exchange *exchange)
{
	struct tl_str name, value;
	size_t count = 0;

	while (tl_exchange_query_at(&name, &value, exchange, count))
		count++;
	record->query = TL_ARENA_ARRAY(arena, struct tl_str, 2 * count);
	for (size_t i = 0; i < count && tl_exchange_query_at(&name, &value, exchange, i); i++) {
		record->query[record->n_query++] = tl_arena_dup(arena, name);
		record->query[record->n_query++] = is_secret(name) ? TL_STR("") : tl_arena_dup(arena, value);
	}
}

void tl_vendor_record(const struct tl_routed *call)
{
	struct records *records = tl_part_state(call->sandbox, &tl_part_vendor_record);
	struct tl_str path = tl_exchange_path(call->exchange);
	struct record *record;

	if (tl_str_starts(path, TL_STR("/sandbox/")) || records->count >= REQUESTS_MAX || records->arena.used >= BODIES_MAX)
		return;
	records->items = tl_grow(records->items, &records->capacity, records->count + 1, sizeof(*records->items));
	record = &records->items[records->count++];
	*record = (struct record){ .method = tl_exchange_method(call->exchange), .path = tl_arena_dup(&records->arena, path) };
	record->type = tl_arena_dup(&records->arena, tl_exchange_header(call->exchange, "content-type"));
	take_query(record, &records->arena, call->exchange);
	if (!tl_str_ends(path, TL_STR("/oauth/token")))
		record->body = tl_arena_dup(&records->arena, tl_str_cut(tl_exchange_body(call->exchange), BODY_MAX));
}

/* {requests: [{method, path, query: [{name, value}], contentType, body}]} */
static void handle_list(struct tl_routed *call)
{
	const struct records *records = call->state;
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_key(json, "requests");
	tl_json_list(json);
	for (size_t i = 0; i < records->count; i++) {
		const struct record *record = &records->items[i];

		tl_json_map(json);
		tl_json_put(json, "method", tl_str(record->method));
		tl_json_put(json, "path", record->path);
		tl_json_key(json, "query");
		tl_json_list(json);
		for (size_t j = 0; j < record->n_query; j += 2) {
			tl_json_map(json);
			tl_json_put(json, "name", record->query[j]);
			tl_json_put(json, "value", record->query[j + 1]);
			tl_json_map_end(json);
		}
		tl_json_list_end(json);
		tl_json_put(json, "contentType", record->type);
		tl_json_put(json, "body", record->body);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_map_end(json);
}

static void handle_forget(struct tl_routed *call)
{
	struct records *records = call->state;

	records->count = 0;
	tl_arena_clear(&records->arena);
	tl_route_empty(call, 204);
}

static const struct tl_route route_table[] = {
	{ "GET", "/sandbox/architect/requests", NULL, handle_list, TL_GUARD_ADMIN, 0 },
	{ "DELETE", "/sandbox/architect/requests", NULL, handle_forget, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_vendor_record = {
	.name = "architect requests",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_records,
	.close = close_records,
	.faces = TL_FACE_OWN | TL_FACE_ARCHITECT,
};
