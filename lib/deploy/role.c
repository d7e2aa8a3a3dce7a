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

/* "the client lacks flow:edit, flow:view": what is needed and `who` has not. `more` is one scope beside those, or NULL. */
static void list_missing(struct tl_buf *out, const char *const *needed, struct tl_str who, const char *more, const struct tl_str *scopes, size_t count)
{
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

/* What is found out about who publishes. */
struct checking {
	struct tl_deploy *deploy;
	struct tl_arena arena;
	struct tl_buf missing; /* in words */
	bool knows;            /* the role can be asked for */
	bool looks;            /* flows can be looked at, at least */
};

/* Our own token is looked at first: whoever cannot sign in, or not look up a role, is told that. */
static int check_client(struct checking *checking, bool role, struct tl_error *err)
{
	const struct tl_platform *platform = checking->deploy->platform;
	const char *more = role ? tl_platform_role_scope(platform) : NULL;
	const char *const *view = tl_platform_view_scopes(platform);
	struct tl_str *scopes;
	struct tl_buf blind = { 0 };
	size_t count;

	checking->knows = role;
	checking->looks = view != NULL;
	if (tl_platform_scopes(&scopes, &count, &checking->arena, checking->deploy->platform, (struct tl_str){ NULL, 0 }, err) != 0)
		return -1;
	/* A login server need not say what it gives. */
	if (count == 0)
		return 0;
	list_missing(&checking->missing, tl_platform_publish_scopes(platform), TL_STR("the client"), more, scopes, count);
	list_missing(&blind, view, TL_STR("the client"), NULL, scopes, count);
	checking->looks = view && blind.len == 0;
	checking->knows = role && (!more || has_scope(scopes, count, more));
	tl_buf_clear(&blind);
	return 0;
}

static int check_role(struct checking *checking, struct tl_str role, struct tl_error *err)
{
	const struct tl_platform *platform = checking->deploy->platform;
	struct tl_str *scopes;
	size_t count;

	if (tl_platform_scopes(&scopes, &count, &checking->arena, checking->deploy->platform, role, err) != 0)
		return tl_error_wrap(err, "what the role '%.*s' may do could not be looked up", TL_FMT(role));
	list_missing(&checking->missing, tl_platform_publish_scopes(platform), tl_arena_printf(&checking->arena, "the role '%.*s'", TL_FMT(role)), NULL, scopes, count);
	return 0;
}

/* What is missing is no hindrance to a plan that asks for no judgement, as long as flows can be looked at. */
static int judge(const struct checking *checking, struct tl_error *err)
{
	const struct tl_deploy *deploy = checking->deploy;

	if (checking->missing.len == 0)
		return 0;
	if (!checking->looks || !deploy->no_validation)
		return tl_error_set(err, TL_REFUSED, "'%.*s' cannot be published to: %.*s; have that granted on the platform, nothing was written%s",
		                    TL_FMT(deploy->environment->name), TL_FMT(tl_buf_view(&checking->missing)),
		                    deploy->lacks && checking->looks ? " (a plan to look at can be had with --no-remote-validation)" : "");
	if (deploy->lacks)
		tl_buf_str(deploy->lacks, tl_buf_view(&checking->missing));
	return 0;
}

int tl_deploy_check_role(struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str role = deploy->access ? deploy->access->role : (struct tl_str){ NULL, 0 };
	struct checking checking = { .deploy = deploy };
	int ret;

	/* A platform without roles lets everybody do everything. */
	if (!tl_platform_can(deploy->platform, TL_CAN_ROLES))
		return 0;
	ret = check_client(&checking, role.len > 0, err);
	if (ret == 0 && checking.knows)
		ret = check_role(&checking, role, err);
	if (ret == 0)
		ret = judge(&checking, err);
	tl_buf_clear(&checking.missing);
	tl_arena_clear(&checking.arena);
	return ret;
}
