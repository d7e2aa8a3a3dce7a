/* sandbox/interactions_part.c: GET and PATCH /api/v2/interactions/{id}; what was written to one. */
#include "sandbox/answer.h"
#include "sandbox/interactions.h"
#include "sandbox/parts.h"

static void answer(struct tl_routed *call, int status, struct tl_interaction_answer *found, const struct tl_refusal *refusal)
{
	tl_route_told(call, status, tl_buf_view(&found->body), refusal);
	if (status == 200 && found->etag_in_header)
		tl_route_header(call, "etag", tl_str(found->etag));
	tl_buf_clear(&found->body);
}

static void handle_get(struct tl_routed *call)
{
	struct tl_interaction_answer found = { 0 };
	struct tl_refusal refusal;
	int status = tl_interactions_get(&found, &refusal, call->state, call->params[0]);

	answer(call, status, &found, &refusal);
}

static void handle_patch(struct tl_routed *call)
{
	struct tl_interaction_answer found = { 0 };
	struct tl_refusal refusal;
	struct tl_doc *body = NULL;
	int status;

	if (!tl_route_takes_body(call))
		return;
	/* A body that is no JSON is refused as any other that cannot be used: 422. */
	(void)tl_json_parse(&body, TL_STR("body"), tl_exchange_body(call->exchange), NULL);
	status = tl_interactions_patch(&found, &refusal, call->state, call->params[0], tl_exchange_header(call->exchange, "if-match"), body ? body->root : NULL);
	answer(call, status, &found, &refusal);
	tl_doc_free(body);
}

static void handle_history(struct tl_routed *call)
{
	struct tl_buf text = { 0 };
	struct tl_refusal refusal;
	int status = tl_interactions_history(&text, &refusal, call->state, call->params[0]);

	tl_route_told(call, status, tl_buf_view(&text), &refusal);
	tl_buf_clear(&text);
}

static int put(void *state, struct tl_refusal *refusal, const struct tl_item *item)
{
	return tl_interactions_put(state, refusal, item);
}

static void handle_put(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, put(call->state, &refusal, body), &refusal);
}

static int open_part(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_interactions_new();
	return 0;
}

static void close_part(void *state)
{
	tl_interactions_free(state);
}

static int seed(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err)
{
	(void)sandbox;
	(void)folder;
	return tl_seed_each(item, state, put, err);
}

static const struct tl_route route_table[] = {
	{ "GET", "/api/v2/interactions/{id*}", "interaction:read", handle_get, TL_GUARD_TOKEN, 0 },
	{ "PATCH", "/api/v2/interactions/{id*}", "interaction:update", handle_patch, TL_GUARD_TOKEN, 0 },
	{ "GET", "/sandbox/interactions/{id}/history", NULL, handle_history, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/interactions", NULL, handle_put, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_interactions = {
	.name = "interactions",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_part,
	.close = close_part,
	.seed_key = "interactions",
	.seed = seed,
};
