/* sandbox/profiles_part.c: GET /api/v2/profiles/external/{externalId}. */
#include "sandbox/answer.h"
#include "sandbox/parts.h"
#include "sandbox/profiles.h"

/* Requests a minute of one token. */
#define PROFILES_RATE 200

/* For putting: profiles and the time. */
struct putting {
	struct tl_profiles *profiles;
	int64_t now_ms;
};

static int put(void *state, struct tl_refusal *refusal, const struct tl_item *item)
{
	const struct putting *putting = state;

	return tl_profiles_put(putting->profiles, refusal, item, putting->now_ms);
}

static struct putting putting_now(void *state, const struct tl_sandbox *sandbox)
{
	const struct tl_clock *clock = tl_sandbox_clock(sandbox);

	return (struct putting){ state, clock->now_ms(clock->data) };
}

static void handle_get(struct tl_routed *call)
{
	struct tl_refusal refusal;
	struct tl_str profile;
	int status = tl_profiles_get(&profile, &refusal, call->state, call->params[0]);

	tl_route_told(call, status, profile, &refusal);
}

static void handle_put(struct tl_routed *call)
{
	struct putting putting = putting_now(call->state, call->sandbox);
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, put(&putting, &refusal, body), &refusal);
}

static int open_part(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_profiles_new();
	return 0;
}

static void close_part(void *state)
{
	tl_profiles_free(state);
}

static int seed(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err)
{
	struct putting putting = putting_now(state, sandbox);

	(void)folder;
	return tl_seed_each(item, &putting, put, err);
}

static const struct tl_route route_table[] = {
	{ "GET", "/api/v2/profiles/external/{externalId*}", "profile:read", handle_get, TL_GUARD_TOKEN, PROFILES_RATE },
	{ "POST", "/sandbox/profiles", NULL, handle_put, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_profiles = {
	.name = "profiles",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_part,
	.close = close_part,
	.seed_key = "profiles",
	.seed = seed,
};
