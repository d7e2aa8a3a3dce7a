/* git/libgit.c: libgit2 as a whole: starting it, its errors, its ids. */
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "git/room.h"

/* Extensions that change nothing for a reader of objects, or that repo.c looks at itself (objectformat). */
static const char *const extension_table[] = { "worktreeconfig", "partialclone", "preciousobjects", "objectformat" };

int tl_git_start(struct tl_error *err)
{
	int users;

	tl_git_use_archive();
	users = git_libgit2_init();
	if (users < 0)
		return tl_git_error(err, users, "libgit2 does not start");
	if (users > 1)
		return 0;
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extension_table, TL_COUNT(extension_table));
	/* As git itself reads: zlib's checksum is enough, and hashing each object again takes five times as long as
	 * reading it. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	return 0;
}

void tl_git_stop(void)
{
	git_libgit2_shutdown();
}

static enum tl_code code_of(int status)
{
	switch (status) {
	case GIT_ENOTFOUND:
	case GIT_EUNBORNBRANCH:
		return TL_NOT_FOUND;
	case GIT_EAMBIGUOUS:
	case GIT_EINVALIDSPEC:
	case GIT_EPEEL:
		return TL_USAGE;
	case GIT_EUNMERGED:
	case GIT_ECONFLICT:
		return TL_CONFLICT;
	case GIT_EOWNER:
		return TL_REFUSED;
	default:
		return TL_IO;
	}
}

int tl_git_error(struct tl_error *err, int status, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	struct tl_arena arena = { 0 };
	struct tl_str context;
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	context = tl_arena_vprintf(&arena, fmt, args);
	va_end(args);
	/* libgit2 keeps the message of its last failure on this thread only until its next one: copied here and now. */
	tl_error_set(err, code_of(status), "%.*s: %s", TL_FMT(context),
	             last && last->message ? last->message : "no reason given");
	tl_arena_clear(&arena);
	return -1;
}

void tl_git_hex(char out[TL_OID_SIZE], const unsigned char *id)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < GIT_OID_RAWSZ; i++) {
		out[2 * i] = digits[id[i] >> 4];
		out[2 * i + 1] = digits[id[i] & 15];
	}
	out[TL_OID_SIZE - 1] = '\0';
}

bool tl_git_name_is_good(struct tl_str name)
{
	if (name.len == 0 || memchr(name.ptr, '/', name.len))
		return false;
	if (name.ptr[0] != '.')
		return true;
	if (name.len <= 2 && name.ptr[name.len - 1] == '.')
		return false;
	/* Whatever its case: on some machines ".GIT" is the same folder. */
	return !(name.len == 4 && strncasecmp(name.ptr, ".git", 4) == 0);
}
