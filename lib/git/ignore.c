/* git/ignore.c: which untracked files git leaves out. */
#include "git/ignore.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "git/index_file.h"

#define IGNORE_LIMIT ((uint64_t)1 << 20)

/* Blanks at the end go, but for one behind a backslash. */
static struct tl_str trim_end(struct tl_str line)
{
	size_t end = 0;

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] == '\\' && i + 1 < line.len)
			end = ++i + 1;
		else if (line.ptr[i] != ' ')
			end = i + 1;
	}
	return tl_str_slice(line, 0, end);
}

/* False where a line holds no rule. */
static bool parse_rule(struct tl_ignore_rule *rule, struct tl_str line)
{
	*rule = (struct tl_ignore_rule){ 0 };
	line = trim_end(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return false;
	if (line.ptr[0] == '!') {
		rule->negated = true;
		line = tl_str_slice(line, 1, line.len);
	}
	if (line.len && line.ptr[line.len - 1] == '/') {
		rule->folders_only = true;
		line.len--;
	}
	rule->anywhere = tl_str_find(line, TL_STR("/"), 0) == SIZE_MAX;
	if (line.len && line.ptr[0] == '/')
		line = tl_str_slice(line, 1, line.len);
	rule->pattern = line;
	return line.len > 0;
}

void tl_ignore_parse(struct tl_ignore_rules *rules, struct tl_arena *arena, struct tl_str text)
{
	size_t lines = 1, start = 0;

	if (tl_str_starts(text, TL_STR("\xef\xbb\xbf")))
		start = 3;
	for (size_t i = start; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	rules->items = TL_ARENA_ARRAY(arena, struct tl_ignore_rule, lines);
	rules->count = 0;
	while (start < text.len) {
		size_t end = tl_str_find(text, TL_STR("\n"), start);

		if (end == SIZE_MAX)
			end = text.len;
		if (parse_rule(&rules->items[rules->count], tl_str_slice(text, start, end)))
			rules->count++;
		start = end + 1;
	}
}

/* "[:alpha:]" at `*at`: whether it holds `c`; moves past it. False and unmoved where there is no such class. */
static bool read_class(struct tl_str pattern, size_t *at, unsigned char c, bool *holds)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} class_table[] = {
		{ "[:alnum:]", isalnum }, { "[:alpha:]", isalpha }, { "[:blank:]", isblank },
		{ "[:cntrl:]", iscntrl }, { "[:digit:]", isdigit }, { "[:graph:]", isgraph },
		{ "[:lower:]", islower }, { "[:print:]", isprint }, { "[:punct:]", ispunct },
		{ "[:space:]", isspace }, { "[:upper:]", isupper }, { "[:xdigit:]", isxdigit },
	};

	for (size_t i = 0; i < TL_COUNT(class_table); i++) {
		if (!tl_str_starts(tl_str_slice(pattern, *at, pattern.len), tl_str(class_table[i].name)))
			continue;
		*at += strlen(class_table[i].name);
		*holds = c < 128 && class_table[i].is(c) != 0;
		return true;
	}
	return false;
}

/* One byte of a bracket expression, a backslash before it or not. False at the end of the pattern. */
static bool read_member(struct tl_str pattern, size_t *at, unsigned char *c)
{
	if (*at < pattern.len && pattern.ptr[*at] == '\\')
		++*at;
	if (*at >= pattern.len)
		return false;
	*c = (unsigned char)pattern.ptr[(*at)++];
	return true;
}

/* "[a-z]" at `*at`: whether it holds `c`; moves past it. One that is not closed holds nothing. */
static bool match_bracket(struct tl_str pattern, size_t *at, unsigned char c)
{
	bool negated, found = false, first = true, holds;
	unsigned char low, high;

	++*at;
	negated = *at < pattern.len && (pattern.ptr[*at] == '!' || pattern.ptr[*at] == '^');
	*at += negated;
	while (first || *at >= pattern.len || pattern.ptr[*at] != ']') {
		first = false;
		if (read_class(pattern, at, c, &holds)) {
			found = found || holds;
			continue;
		}
		if (!read_member(pattern, at, &low))
			return false;
		high = low;
		if (*at + 1 < pattern.len && pattern.ptr[*at] == '-' && pattern.ptr[*at + 1] != ']') {
			++*at;
			if (!read_member(pattern, at, &high))
				return false;
		}
		found = found || (c >= low && c <= high);
	}
	++*at;
	return found != negated;
}

/* One character of a pattern that is no star against a byte; moves past it where it matches. */
static bool match_one(struct tl_str pattern, size_t *at, unsigned char c)
{
	size_t next = *at;
	bool matches;

	if (next >= pattern.len)
		return false;
	switch (pattern.ptr[next]) {
	case '?':
		next++;
		matches = true;
		break;
	case '[':
		matches = match_bracket(pattern, &next, c);
		break;
	case '\\':
		/* A backslash at the end matches nothing. */
		matches = next + 1 < pattern.len && (unsigned char)pattern.ptr[next + 1] == c;
		next += 2;
		break;
	default:
		matches = (unsigned char)pattern.ptr[next++] == c;
	}
	if (matches)
		*at = next;
	return matches;
}

/* One component. Only the last star is ever tried again, so that the time is at most the product of both lengths. */
static bool match_name(struct tl_str pattern, struct tl_str name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, star_n = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = ++p;
			star_n = n;
		} else if (match_one(pattern, &p, (unsigned char)name.ptr[n])) {
			n++;
		} else if (star != SIZE_MAX) {
			p = star;
			n = ++star_n;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* The component at the front of `rest`, which moves behind its slash; its ptr is NULL after the last. */
static struct tl_str next_component(struct tl_str *rest)
{
	size_t end = tl_str_find(*rest, TL_STR("/"), 0);
	struct tl_str component = tl_str_slice(*rest, 0, end);

	*rest = end == SIZE_MAX ? (struct tl_str){ NULL, 0 } : tl_str_slice(*rest, end + 1, rest->len);
	return component;
}

/* A whole path. "**" as a component stands for any number of them, at the end for at least one. */
static bool match_path(struct tl_str pattern, struct tl_str path)
{
	struct tl_str after_stars = { NULL, 0 }, retry = { NULL, 0 }, wanted;

	while (path.ptr) {
		wanted = pattern.ptr ? next_component(&pattern) : (struct tl_str){ NULL, 0 };
		if (wanted.ptr && tl_str_is(wanted, "**")) {
			if (!pattern.ptr)
				return true;
			after_stars = pattern;
			retry = path;
			continue;
		}
		if (wanted.ptr && match_name(wanted, next_component(&path)))
			continue;
		/* As with a star, only the last "**" ever needs to take in one component more. */
		if (!retry.ptr)
			return false;
		next_component(&retry);
		pattern = after_stars;
		path = retry;
	}
	return !pattern.ptr;
}

static bool match_rule(const struct tl_ignore_rule *rule, struct tl_str path, bool is_folder)
{
	const char *slash = memrchr(path.ptr, '/', path.len);

	if (rule->folders_only && !is_folder)
		return false;
	if (!rule->anywhere)
		return match_path(rule->pattern, path);
	return match_name(rule->pattern, slash ? tl_str_slice(path, (size_t)(slash - path.ptr) + 1, path.len) : path);
}

bool tl_ignore_matches(const struct tl_ignore_rules *rules, struct tl_str path, bool is_folder)
{
	for (; rules; rules = rules->above) {
		struct tl_str below = tl_str_slice(path, rules->folder.len, path.len);

		for (size_t i = rules->count; i > 0; i--) {
			if (match_rule(&rules->items[i - 1], below, is_folder))
				return !rules->items[i - 1].negated;
		}
	}
	return false;
}

static const struct tl_ignore_rules *add(struct tl_arena *arena, const struct tl_ignore_rules *above,
                                         struct tl_str folder, struct tl_str text)
{
	struct tl_ignore_rules *rules = TL_ARENA_NEW(arena, struct tl_ignore_rules);

	rules->above = above;
	rules->folder = folder;
	tl_ignore_parse(rules, arena, text);
	return rules;
}

/* Adds the rules of a file outside of the working tree; one that is not there has none. */
static int add_file(const struct tl_ignore_rules **rules, struct tl_arena *arena, const char *path,
                    struct tl_error *err)
{
	struct tl_error reason = { 0 };
	struct tl_str text;

	if (tl_file_read(&text, arena, path, IGNORE_LIMIT, &reason) == 0)
		*rules = add(arena, *rules, TL_STR(""), text);
	else if (reason.code != TL_NOT_FOUND)
		return tl_error_set(err, reason.code, "%s", reason.message);
	return 0;
}

/* core.excludesFile, or where none is set the file "ignore" in the user's folder of git's settings. */
static int add_users(const struct tl_ignore_rules **rules, struct tl_arena *arena, struct tl_repo *repo,
                     struct tl_error *err)
{
	git_buf path = { 0 };
	git_config *config;
	int status = -1;

	if (tl_repo_config(&config, repo, err) < 0)
		return -1;
	if (git_config_get_path(&path, config, "core.excludesfile") == 0)
		status = add_file(rules, arena, path.ptr, err);
	else if (git_libgit2_opts(GIT_OPT_GET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, &path) == 0 && path.size)
		status = add_file(rules, arena, tl_path_join(arena, tl_str(path.ptr), TL_STR("ignore")).ptr, err);
	else
		status = 0;
	git_buf_dispose(&path);
	git_config_free(config);
	return status;
}

int tl_ignore_everywhere(const struct tl_ignore_rules **out, struct tl_arena *arena, struct tl_repo *repo,
                         struct tl_error *err)
{
	*out = NULL;
	if (add_users(out, arena, repo, err) < 0)
		return -1;
	return add_file(out, arena, tl_path_join(arena, tl_str(repo->common_folder), TL_STR("info/exclude")).ptr, err);
}

int tl_ignore_enter(const struct tl_ignore_rules **out, struct tl_arena *arena, const struct tl_ignore_rules *above,
                    int root_fd, struct tl_str folder, struct tl_error *err)
{
	const char *path = tl_path_join(arena, folder, TL_STR(".gitignore")).ptr;
	struct stat info;
	struct tl_str text, prefix = TL_STR("");

	*out = above;
	if (fstatat(root_fd, path, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(info.st_mode))
		return 0;
	if (tl_file_read_beneath(&text, arena, root_fd, path, IGNORE_LIMIT, err) < 0)
		return -1;
	if (folder.len)
		prefix = tl_arena_printf(arena, "%.*s/", TL_FMT(folder));
	*out = add(arena, above, prefix, text);
	return 0;
}

int tl_ignore_reach(const struct tl_ignore_rules **out, bool *ignored, struct tl_arena *arena, struct tl_repo *repo, int root_fd, struct tl_str path,
                    bool is_folder, struct tl_error *err)
{
	*ignored = false;
	if (tl_ignore_everywhere(out, arena, repo, err) < 0)
		return -1;
	for (size_t end = 0; end < path.len;) {
		if (tl_ignore_enter(out, arena, *out, root_fd, tl_str_slice(path, 0, end), err) < 0)
			return -1;
		end += end > 0;
		while (end < path.len && path.ptr[end] != '/')
			end++;
		*ignored = *ignored || tl_ignore_matches(*out, tl_str_slice(path, 0, end), is_folder || end < path.len);
	}
	return 0;
}

static int is_tracked(bool *out, struct tl_repo *repo, struct tl_str path, struct tl_error *err)
{
	struct tl_index *index;

	if (tl_index_open(&index, repo, NULL, err) < 0)
		return -1;
	*out = tl_index_find(index, path) != NULL;
	tl_index_free(index);
	return 0;
}

int tl_repo_ignores(bool *out, struct tl_repo *repo, struct tl_str path, struct tl_error *err)
{
	const struct tl_ignore_rules *rules;
	struct tl_arena arena = { 0 };
	bool tracked = false;
	int root_fd, status;

	*out = false;
	if (!repo->root[0])
		return 0;
	root_fd = open(repo->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return tl_error_errno(err, errno, "cannot open '%s'", repo->root);
	status = tl_ignore_reach(&rules, out, &arena, repo, root_fd, path, false, err);
	if (status == 0 && *out)
		status = is_tracked(&tracked, repo, path, err);
	*out = *out && !tracked;
	close(root_fd);
	tl_arena_clear(&arena);
	return status;
}
