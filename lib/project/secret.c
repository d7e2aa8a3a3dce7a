/* project/secret.c: reading secrets, from where they are kept and to where they are needed, and nowhere else. */
#include <string.h>

#include "base/guard.h"
#include "base/process.h"
#include "project/access.h"

#define SECRET_LIMIT ((size_t)64 << 10)
#define COMMAND_MS 10000

/* What a helper needs to find its own store and agent; none of ours. */
static const char *const kept_table[] = {
	"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "GNUPGHOME", "GPG_TTY",
	"SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "PASSWORD_STORE_DIR",
};

static const char *value_of(const struct tl_surroundings *surroundings, const char *name)
{
	return surroundings && surroundings->getenv ? surroundings->getenv(name) : NULL;
}

/* Where `text` is longer than a secret may be, TL_LIMIT. */
static int read_variable(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const struct tl_surroundings *surroundings,
                         const char *what, struct tl_error *err)
{
	const char *text = value_of(surroundings, tl_arena_dup(arena, secret->name).ptr);

	if (!text)
		return tl_error_set(err, TL_USAGE, "%s is to be in the variable '%.*s', which is not set", what, TL_FMT(secret->name));
	if (strlen(text) > SECRET_LIMIT)
		return tl_error_set(err, TL_LIMIT, "%s in the variable '%.*s' is larger than 64 KiB", what, TL_FMT(secret->name));
	*out = tl_arena_dup(arena, tl_str(text));
	return 0;
}

static int read_file(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const char *what, struct tl_error *err)
{
	const char *path = tl_arena_dup(arena, secret->name).ptr;

	if (tl_guard_read(out, arena, path, TL_GUARD_SECRET, NULL, SECRET_LIMIT, what, err) == 0)
		return 0;
	if (err && err->code == TL_NOT_FOUND)
		err->code = TL_USAGE;
	return -1;
}

static const char *const *helper_environment(struct tl_arena *arena, const struct tl_surroundings *surroundings)
{
	const char **list = TL_ARENA_ARRAY(arena, const char *, TL_COUNT(kept_table) + 1);
	size_t count = 0;

	for (size_t i = 0; i < TL_COUNT(kept_table); i++) {
		const char *value = value_of(surroundings, kept_table[i]);

		if (value)
			list[count++] = tl_arena_printf(arena, "%s=%s", kept_table[i], value).ptr;
	}
	return list;
}

/* What it says on its standard error may hold anything, a secret too: it is not shown. */
static int read_command(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const struct tl_surroundings *surroundings,
                        const char *what, struct tl_error *err)
{
	const char *path = value_of(surroundings, "PATH"), **argv;
	struct tl_process process = { .envp = helper_environment(arena, surroundings), .timeout_ms = COMMAND_MS, .limit = SECRET_LIMIT };
	size_t count = 0;
	int status;

	while (secret->argv[count])
		count++;
	argv = TL_ARENA_ARRAY(arena, const char *, count + 1);
	for (size_t i = 0; i < count; i++)
		argv[i] = secret->argv[i];
	argv[0] = tl_process_find(arena, secret->argv[0], path ? path : "/usr/local/bin:/usr/bin:/bin");
	if (!argv[0])
		return tl_error_set(err, TL_USAGE, "%s: there is no program '%s' (a name that is in PATH, or an absolute path)", what, secret->argv[0]);
	process.argv = argv;
	if (tl_process_run(out, &status, arena, &process, err) != 0)
		return tl_error_wrap(err, "%s", what);
	if (status == 0)
		return 0;
	tl_secret_wipe(*out);
	return tl_error_set(err, TL_USAGE, "%s: '%s' ended with status %d; what it says to that is not shown here, run it by hand", what, secret->argv[0],
	                    status);
}

static int read_by_kind(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const struct tl_surroundings *surroundings,
                        const char *what, struct tl_error *err)
{
	switch (secret->kind) {
	case TL_SECRET_ENV:
		return read_variable(out, arena, secret, surroundings, what, err);
	case TL_SECRET_FILE:
		return read_file(out, arena, secret, what, err);
	case TL_SECRET_COMMAND:
		return read_command(out, arena, secret, surroundings, what, err);
	case TL_SECRET_NONE:
		break;
	}
	return tl_error_set(err, TL_USAGE, "%s is not configured", what);
}

static int nothing_there(const struct tl_secret *secret, const char *what, struct tl_error *err)
{
	if (secret->kind == TL_SECRET_COMMAND)
		return tl_error_set(err, TL_USAGE, "%s is empty: '%s' prints nothing", what, secret->argv[0]);
	return tl_error_set(err, TL_USAGE, "%s is empty: nothing is in the %s '%.*s'", what, secret->kind == TL_SECRET_ENV ? "variable" : "file",
	                    TL_FMT(secret->name));
}

int tl_secret_read(struct tl_str *out, struct tl_arena *arena, const struct tl_secret *secret, const struct tl_surroundings *surroundings,
                   const char *what, struct tl_error *err)
{
	*out = (struct tl_str){ NULL, 0 };
	if (read_by_kind(out, arena, secret, surroundings, what, err) != 0) {
		*out = (struct tl_str){ NULL, 0 };
		return -1;
	}
	if (out->len > 0 && out->ptr[out->len - 1] == '\n')
		out->len--;
	if (out->len > 0 && out->ptr[out->len - 1] == '\r')
		out->len--;
	if (out->len == 0)
		return nothing_there(secret, what, err);
	if (memchr(out->ptr, '\0', out->len)) {
		tl_secret_wipe(*out);
		*out = (struct tl_str){ NULL, 0 };
		return tl_error_set(err, TL_USAGE, "%s holds a NUL byte", what);
	}
	return 0;
}

void tl_secret_wipe(struct tl_str secret)
{
	if (secret.len > 0)
		explicit_bzero((char *)(uintptr_t)secret.ptr, secret.len);
}
