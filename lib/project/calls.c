/* project/calls.c: the login of a queue of calls, from where its secrets are kept. */
#include "project/calls.h"

#include "base/guard.h"

#define CREDENTIALS_LIMIT ((uint64_t)64 << 10)

static int read_one(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const struct tl_surroundings *surroundings, const char *what,
                    struct tl_error *err)
{
	return secret->kind == TL_SECRET_NONE ? 0 : tl_secret_read(out, arena, secret, surroundings, what, err);
}

/* libnats reads it by itself, whenever it connects: here it is only seen to that nobody else can. */
static int check_credentials(struct tl_str path, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str text;
	int ret = 0;

	if (path.len > 0)
		ret = tl_guard_read(&text, &arena, tl_arena_dup(&arena, path).ptr, TL_GUARD_SECRET, NULL, CREDENTIALS_LIMIT, "calls.credentials", err);
	if (ret != 0 && err && err->code == TL_NOT_FOUND)
		err->code = TL_USAGE;
	tl_arena_wipe(&arena);
	return ret;
}

int tl_calls_login(struct tl_queue_login *out, struct tl_arena *arena, const struct tl_access *access, const struct tl_surroundings *surroundings, struct tl_error *err)
{
	const struct tl_calls_access *calls = &access->calls;

	*out = (struct tl_queue_login){ .credentials = calls->credentials, .ca = calls->ca };
	if (read_one(&out->user, arena, &calls->user, surroundings, "calls.user", err) != 0 ||
	    read_one(&out->password, arena, &calls->password, surroundings, "calls.password", err) != 0 ||
	    read_one(&out->token, arena, &calls->token, surroundings, "calls.token", err) != 0)
		return -1;
	return check_credentials(calls->credentials, err);
}
