/* cmd/common/actor.c: who works here, and with which keys. */
#include "common/actor.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guard.h"

#define KEY_LIMIT (64 << 10)
#define NAME_LIMIT 256

/* Who CI says that it works for. What a process is told by its environment anybody can say who starts it: user and host stand behind it. */
static const struct ci {
	const char *mark, *user, *name;
} ci_table[] = {
	{ "GITHUB_ACTIONS", "GITHUB_ACTOR", "GitHub Actions" },
	{ "GITLAB_CI", "GITLAB_USER_LOGIN", "GitLab CI" },
};

static const char *value_of(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

static struct tl_str user_name(struct tl_arena *arena)
{
	const struct passwd *entry = getpwuid(geteuid());

	if (entry && entry->pw_name[0])
		return tl_arena_dup(arena, tl_str(entry->pw_name));
	return tl_arena_printf(arena, "uid %lu", (unsigned long)geteuid());
}

static struct tl_str actor_name(struct tl_arena *arena)
{
	struct tl_str user = user_name(arena), name;
	char host[NAME_LIMIT] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || !host[0])
		memcpy(host, "localhost", sizeof("localhost"));
	name = tl_arena_printf(arena, "%.*s@%s", TL_FMT(user), host);
	for (size_t i = 0; i < TL_COUNT(ci_table); i++) {
		const char *ci_user = value_of(ci_table[i].mark) ? value_of(ci_table[i].user) : NULL;

		if (ci_user)
			name = tl_arena_printf(arena, "%.*s (%s, %.*s)", TL_FMT(tl_str_cut(tl_str(ci_user), NAME_LIMIT)), ci_table[i].name, TL_FMT(name));
	}
	return name;
}

int tl_audit_key_read(struct tl_key **out, const char *path, const struct tl_config *config, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str pem;
	int ret;

	*out = NULL;
	ret = tl_guard_read(&pem, &arena, path, TL_GUARD_SECRET, config->tree.ptr, KEY_LIMIT, "the audit key", err);
	if (ret == 0) {
		ret = tl_key_read_private(out, pem, path, err);
		tl_secret_wipe(pem);
	}
	tl_arena_clear(&arena);
	return ret;
}

int tl_acting_open(struct tl_acting *acting, const struct tl_config *config, const char *ticket, struct tl_error *err)
{
	const char *said = ticket ? ticket : value_of("TRUNKLINE_TICKET");

	*acting = (struct tl_acting){ 0 };
	if (config->audit_key.len > 0 && tl_audit_key_read(&acting->key, config->audit_key.ptr, config, err) != 0)
		return -1;
	acting->actor = (struct tl_actor){
		.name = actor_name(&acting->arena),
		.ticket = tl_arena_dup(&acting->arena, tl_str_cut(tl_str(said), NAME_LIMIT)),
		.key = acting->key,
		.retention_days = config->audit_retention_days,
	};
	return 0;
}

void tl_acting_close(struct tl_acting *acting)
{
	tl_key_free(acting->key);
	tl_arena_clear(&acting->arena);
	*acting = (struct tl_acting){ 0 };
}

static void add_key(struct tl_audit_keys *keys, struct tl_key *key)
{
	keys->items = tl_grow(keys->items, &keys->capacity, keys->count + 1, sizeof(struct tl_key *));
	keys->items[keys->count++] = key;
}

/* One that the configuration names (`config` is not NULL) is guarded as the configuration itself. */
static int add_public(struct tl_audit_keys *keys, const char *path, const struct tl_config *config, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_key *key = NULL;
	struct tl_str pem;
	int ret;

	if (config)
		ret = tl_guard_read(&pem, &arena, path, TL_GUARD_OURS, config->tree.ptr, KEY_LIMIT, "a trusted audit key", err);
	else
		ret = tl_file_read(&pem, &arena, path, KEY_LIMIT, err);
	if (ret == 0)
		ret = tl_key_read_public(&key, pem, path, err);
	if (ret == 0)
		add_key(keys, key);
	tl_arena_clear(&arena);
	return ret;
}

int tl_audit_keys_configured(struct tl_audit_keys *keys, const struct tl_config *config, struct tl_error *err)
{
	struct tl_key *own;

	if (config->audit_key.len > 0) {
		if (tl_audit_key_read(&own, config->audit_key.ptr, config, err) != 0)
			return -1;
		add_key(keys, own);
	}
	for (size_t i = 0; i < config->n_audit_trusted; i++) {
		if (add_public(keys, config->audit_trusted[i].ptr, config, err) != 0)
			return -1;
	}
	return 0;
}

int tl_audit_keys_add(struct tl_audit_keys *keys, const char *path, struct tl_error *err)
{
	return add_public(keys, path, NULL, err);
}

void tl_audit_keys_clear(struct tl_audit_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		tl_key_free(keys->items[i]);
	free(keys->items);
	*keys = (struct tl_audit_keys){ 0 };
}
