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

/* "flow:edit, flow:view": what of `needed` is not there. */
static void list_missing(struct tl_buf *out, const char *const *needed, const struct tl_str *scopes, size_t count)
{
	for (; needed && *needed; needed++) {
		if (!has_scope(scopes, count, *needed))
			tl_buf_printf(out, "%s%s", out->len > 0 ? ", " : "", *needed);
	}
}

int tl_deploy_check_role(struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str role = deploy->access ? deploy->access->role : (struct tl_str){ NULL, 0 };
	struct tl_arena arena = { 0 };
	struct tl_buf missing = { 0 };
	struct tl_str *scopes;
	size_t count;
	int ret;

	/* A platform without roles lets everybody do everything. */
	if (role.len == 0 || !tl_platform_can(deploy->platform, TL_CAN_ROLES))
		return 0;
	ret = tl_platform_scopes(&scopes, &count, &arena, deploy->platform, role, err);
	if (ret != 0)
		tl_error_wrap(err, "what the role '%.*s' may do could not be looked up", TL_FMT(role));
	else
		list_missing(&missing, tl_platform_publish_scopes(deploy->platform), scopes, count);
	if (missing.len > 0)
		ret = tl_error_set(err, TL_REFUSED, "the role '%.*s' may not publish to '%.*s': it lacks %.*s; nothing was written", TL_FMT(role),
		                   TL_FMT(deploy->environment->name), TL_FMT(tl_buf_view(&missing)));
	tl_buf_clear(&missing);
	tl_arena_clear(&arena);
	return ret;
}
