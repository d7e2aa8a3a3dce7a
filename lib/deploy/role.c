/* deploy/role.c: whether we may publish, before anything is planned or written. */
#include "deploy/deploy.h"

static bool has_scope(const struct tl_str *scopes, size_t count, const char *scope)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(scopes[i], scope))
			return true;
	}
	return false;
}

static void add_missing(struct tl_buf *out, size_t *missing, const char *scope)
{
	tl_buf_printf(out, "%s%s", *missing > 0 ? ", " : "", scope);
	(*missing)++;
}

/* "the client lacks flow:edit, flow:view": what publishing needs and `who` has not. `more` is one scope beside those, or NULL. */
static void list_missing(struct tl_buf *out, const struct tl_platform *platform, struct tl_str who, const char *more, const struct tl_str *scopes,
                         size_t count)
{
	const char *const *needed = tl_platform_publish_scopes(platform);
	struct tl_buf list = { 0 };
	size_t missing = 0;

	for (; needed && *needed; needed++) {
		if (!has_scope(scopes, count, *needed))
			add_missing(&list, &missing, *needed);
	}
	if (more && !has_scope(scopes, count, more))
		add_missing(&list, &missing, more);
	if (missing > 0)
		tl_buf_printf(out, "%s%.*s lacks %.*s", out->len > 0 ? ", " : "", TL_FMT(who), TL_FMT(tl_buf_view(&list)));
	tl_buf_clear(&list);
}

/* Our own token is looked at first: whoever cannot sign in, or not look up a role, is told that. *knows: the role can be asked for. */
static int check_client(struct tl_buf *missing, bool *knows, struct tl_arena *arena, struct tl_deploy *deploy, bool role, struct tl_error *err)
{
	const char *more = role ? tl_platform_role_scope(deploy->platform) : NULL;
	struct tl_str *scopes;
	size_t count;

	*knows = role;
	if (tl_platform_scopes(&scopes, &count, arena, deploy->platform, (struct tl_str){ NULL, 0 }, err) != 0)
		return -1;
	/* A login server need not say what it gives. */
	if (count == 0)
		return 0;
	list_missing(missing, deploy->platform, TL_STR("the client"), more, scopes, count);
	*knows = role && (!more || has_scope(scopes, count, more));
	return 0;
}

static int check_role(struct tl_buf *missing, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_str role, struct tl_error *err)
{
	struct tl_str *scopes;
	size_t count;

	if (tl_platform_scopes(&scopes, &count, arena, deploy->platform, role, err) != 0)
		return tl_error_wrap(err, "what the role '%.*s' may do could not be looked up", TL_FMT(role));
	list_missing(missing, deploy->platform, tl_arena_printf(arena, "the role '%.*s'", TL_FMT(role)), NULL, scopes, count);
	return 0;
}

int tl_deploy_check_role(struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str role = deploy->access ? deploy->access->role : (struct tl_str){ NULL, 0 };
	struct tl_arena arena = { 0 };
	struct tl_buf missing = { 0 };
	bool knows;
	int ret;

	/* A platform without roles lets everybody do everything. */
	if (!tl_platform_can(deploy->platform, TL_CAN_ROLES))
		return 0;
	ret = check_client(&missing, &knows, &arena, deploy, role.len > 0, err);
	if (ret == 0 && knows)
		ret = check_role(&missing, &arena, deploy, role, err);
	if (ret == 0 && missing.len > 0)
		ret = tl_error_set(err, TL_REFUSED, "'%.*s' cannot be published to: %.*s; have that granted on the platform, nothing was written",
		                   TL_FMT(deploy->environment->name), TL_FMT(tl_buf_view(&missing)));
	tl_buf_clear(&missing);
	tl_arena_clear(&arena);
	return ret;
}
