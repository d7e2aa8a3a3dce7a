/* sandbox/sinks_part.c: POST /sinks/{name}, where webhooks and QA exports may be sent to. */
#include "sandbox/answer.h"
#include "sandbox/parts.h"
#include "sandbox/sinks.h"

/* Headers that a record shows; others cannot be known by name. */
static const char *const header_table[] = {
	"content-type", "user-agent", "authorization", "idempotency-key", "date", "traceparent", "x-correlation-id", "x-request-id", "x-signature", "x-timestamp",
	"x-trunkline-delivery", "x-trunkline-event", "x-trunkline-signature", "x-trunkline-timestamp", "webhook-id", "webhook-signature", "webhook-timestamp",
};

static void handle_delivery(struct tl_routed *call)
{
	const struct tl_clock *clock = tl_sandbox_clock(call->sandbox);
	struct tl_sink_header headers[TL_COUNT(header_table)];
	struct tl_sink_delivery delivery = {
		.at_ms = clock->now_ms(clock->data), .headers = headers, .n_headers = TL_COUNT(headers), .body = tl_exchange_body(call->exchange),
	};
	int64_t retry_after;
	int status;

	for (size_t i = 0; i < TL_COUNT(headers); i++)
		headers[i] = (struct tl_sink_header){ header_table[i], tl_exchange_header(call->exchange, header_table[i]) };
	status = tl_sinks_take(call->state, call->params[0], &delivery, &retry_after);
	if (status < 400)
		tl_route_text(call, status, TL_STR("{}"));
	else
		tl_route_error(call, status, "planned", "the sink was told to answer so");
	if (retry_after >= 0)
		tl_route_header(call, "retry-after", tl_arena_printf(call->arena, "%lld", (long long)retry_after));
}

static void handle_show(struct tl_routed *call)
{
	tl_sinks_show(tl_route_json(call, 200), call->state, call->params[0]);
}

static void handle_forget(struct tl_routed *call)
{
	tl_sinks_forget(call->state, call->params[0]);
	tl_route_empty(call, 204);
}

static void handle_plan(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, tl_sinks_plan(call->state, &refusal, call->params[0], body), &refusal);
}

static int open_part(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_sinks_new();
	return 0;
}

static void close_part(void *state)
{
	tl_sinks_free(state);
}

/* sinks: {NAME: [answers]} */
static int seed(void *state, struct tl_sandbox *sandbox, const struct tl_item *map, const char *folder, struct tl_error *err)
{
	struct tl_refusal refusal;

	(void)sandbox;
	(void)folder;
	if (map->kind != TL_MAP)
		return tl_error_set(err, TL_USAGE, "it must be a map of names to answers");
	for (const struct tl_item *item = map->first; item; item = item->next) {
		if (tl_sinks_plan(state, &refusal, item->key, item) != 200)
			return tl_error_set(err, TL_USAGE, "%.*s: %s", TL_FMT(item->key), refusal.message);
	}
	return 0;
}

static const struct tl_route route_table[] = {
	{ "POST", "/sinks/{name}", NULL, handle_delivery, TL_GUARD_OPEN, 0 },
	{ "GET", "/sandbox/sinks/{name}", NULL, handle_show, TL_GUARD_ADMIN, 0 },
	{ "DELETE", "/sandbox/sinks/{name}", NULL, handle_forget, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/sinks/{name}/answers", NULL, handle_plan, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_sinks = {
	.name = "sinks",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_part,
	.close = close_part,
	.seed_key = "sinks",
	.seed = seed,
};
