/* git/identity.c: the name of a repository, from where it was cloned. */
#include "git/identity.h"

#include <stdlib.h>

#include "git/room.h"

/* The ports that an address may leave out. */
static const struct scheme {
	const char *prefix, *port;
} scheme_table[] = {
	{ "https://", ":443" },
	{ "http://", ":80" },
	{ "ssh://", ":22" },
	{ "git+ssh://", ":22" },
	{ "git://", ":9418" },
};

/* "host/path" without user, port of the scheme, and what does not name anything at the end; the host in lower case. */
static struct tl_str join(struct tl_arena *arena, struct tl_str host, const char *port, struct tl_str path)
{
	struct tl_str whole;

	for (size_t i = 0; i < host.len; i++) {
		if (host.ptr[i] == '@')
			host = tl_str_slice(host, i + 1, host.len), i = 0;
	}
	if (tl_str_ends(host, tl_str(port)))
		host.len -= strlen(port);
	while (path.len > 0 && path.ptr[0] == '/')
		path = tl_str_slice(path, 1, path.len);
	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	if (tl_str_ends(path, TL_STR(".git")))
		path.len -= 4;
	whole = tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(host), TL_FMT(path));
	for (size_t i = 0; i < host.len; i++) {
		char *c = (char *)(uintptr_t)whole.ptr + i;

		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	}
	return host.len > 0 && path.len > 0 ? whole : TL_STR("");
}

struct tl_str tl_remote_identity(struct tl_arena *arena, struct tl_str url)
{
	size_t slash, colon;

	for (size_t i = 0; i < TL_COUNT(scheme_table); i++) {
		struct tl_str prefix = tl_str(scheme_table[i].prefix), rest = tl_str_slice(url, prefix.len, url.len);

		if (!tl_str_starts(url, prefix))
			continue;
		slash = tl_str_find(rest, TL_STR("/"), 0);
		return slash == SIZE_MAX ? TL_STR("") : join(arena, tl_str_slice(rest, 0, slash), scheme_table[i].port, tl_str_slice(rest, slash, rest.len));
	}
	/* git@host:path; a colon after a slash is a part of a path. */
	slash = tl_str_find(url, TL_STR("/"), 0);
	colon = tl_str_find(url, TL_STR(":"), 0);
	if (colon == SIZE_MAX || (slash != SIZE_MAX && slash < colon) || tl_str_find(url, TL_STR("://"), 0) != SIZE_MAX)
		return TL_STR("");
	return join(arena, tl_str_slice(url, 0, colon), "", tl_str_slice(url, colon + 1, url.len));
}

/* A folder by its real path, meant from the working tree where it is relative. */
static struct tl_str folder_identity(struct tl_arena *arena, struct tl_repo *repo, struct tl_str path)
{
	struct tl_str from = tl_str(repo->root[0] ? repo->root : repo->git_folder), whole;
	char *real;

	if (tl_str_starts(path, TL_STR("file://")))
		path = tl_str_slice(path, 7, path.len);
	whole = tl_path_join(arena, from, path);
	real = realpath(whole.ptr, NULL);
	whole = tl_arena_printf(arena, "file:%s", real ? real : whole.ptr);
	free(real);
	return whole;
}

int tl_repo_identity(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, struct tl_error *err)
{
	git_config *config;
	git_buf url = { 0 };
	int status;

	*out = (struct tl_str){ NULL, 0 };
	if (tl_repo_config(&config, repo, err) < 0)
		return -1;
	status = git_config_get_string_buf(&url, config, "remote.origin.url");
	if (status == 0 && url.size > 0)
		*out = tl_remote_identity(arena, (struct tl_str){ url.ptr, url.size });
	if (status == 0 && url.size > 0 && out->len == 0)
		*out = folder_identity(arena, repo, (struct tl_str){ url.ptr, url.size });
	else if (status == GIT_ENOTFOUND || (status == 0 && url.size == 0))
		*out = folder_identity(arena, repo, tl_str(repo->common_folder));
	else if (status != 0)
		tl_git_error(err, status, "cannot read where the repository was cloned from");
	git_buf_dispose(&url);
	git_config_free(config);
	return out->len > 0 ? 0 : -1;
}
