/* project/trust.c: approvals in the protected configuration: looking one up, and writing one while the rest of the file stays as it is. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/guard.h"
#include "doc/json.h"
#include "project/access.h"
#include "project/protected.h"

#define CONFIG_LIMIT ((uint64_t)1 << 20)

static const struct tl_item *find_approval(const struct tl_item *root, struct tl_str identity)
{
	const struct tl_item *list = tl_item_get(root, "approvals");

	for (const struct tl_item *item = list ? list->first : NULL; item; item = item->next) {
		if (tl_str_equal(tl_item_text(item, "project"), identity))
			return item;
	}
	return NULL;
}

bool tl_config_approves(const struct tl_config *config, struct tl_str digest)
{
	const struct tl_item *list = tl_item_get(config->root, "approvals");

	if (config->identity.len == 0 || digest.len == 0)
		return false;
	for (const struct tl_item *item = list ? list->first : NULL; item; item = item->next) {
		if (tl_str_equal(tl_item_text(item, "project"), config->identity) && tl_str_equal(tl_item_text(item, "authority"), digest))
			return true;
	}
	return false;
}

/* "{project: …, authority: …}": JSON, which is YAML too. */
static struct tl_str approval_text(struct tl_arena *arena, struct tl_str identity, struct tl_str digest)
{
	struct tl_buf buf = { 0 };
	struct tl_json json;
	struct tl_str text;

	tl_buf_text(&buf, "{project: ");
	tl_json_init(&json, &buf, false);
	tl_json_string(&json, identity);
	tl_buf_printf(&buf, ", authority: \"%.*s\"}", TL_FMT(digest));
	text = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return text;
}

static void replace(struct tl_buf *out, struct tl_str bytes, size_t start, size_t end, struct tl_str text)
{
	tl_buf_str(out, tl_str_slice(bytes, 0, start));
	tl_buf_str(out, text);
	tl_buf_str(out, tl_str_slice(bytes, end, bytes.len));
}

/* Where the line of an offset starts. */
static size_t line_start(struct tl_str bytes, size_t at)
{
	while (at > 0 && bytes.ptr[at - 1] != '\n')
		at--;
	return at;
}

/* A new item at the head of a list: the same blanks before it as before the first one. */
static void insert_item(struct tl_buf *out, struct tl_str bytes, const struct tl_item *list, struct tl_str text)
{
	size_t start = line_start(bytes, list->first->span.start), dash = start;

	while (dash < bytes.len && bytes.ptr[dash] == ' ')
		dash++;
	tl_buf_str(out, tl_str_slice(bytes, 0, start));
	tl_buf_printf(out, "%.*s- %.*s\n", (int)(dash - start), bytes.ptr + start, TL_FMT(text));
	tl_buf_str(out, tl_str_slice(bytes, start, bytes.len));
}

static void append_section(struct tl_buf *out, struct tl_str bytes, struct tl_str text)
{
	tl_buf_str(out, bytes);
	if (bytes.len > 0 && bytes.ptr[bytes.len - 1] != '\n')
		tl_buf_char(out, '\n');
	tl_buf_printf(out, "approvals:\n  - %.*s\n", TL_FMT(text));
}

static void edit(struct tl_buf *out, struct tl_str bytes, const struct tl_item *root, struct tl_str identity, struct tl_str digest, struct tl_str text)
{
	const struct tl_item *list = tl_item_get(root, "approvals"), *item = find_approval(root, identity), *old = tl_item_get(item, "authority");

	if (old)
		replace(out, bytes, old->span.start, old->span.end, (struct tl_str){ tl_str_find(text, digest, 0) + text.ptr - 1, digest.len + 2 });
	else if (list && list->first)
		insert_item(out, bytes, list, text);
	else
		append_section(out, bytes, text);
}

/* The tree with its approvals taken out: what must be the same before and after. */
static struct tl_item *rest_of(struct tl_arena *arena, const struct tl_item *root)
{
	struct tl_item *rest = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = root ? root->first : NULL; item; item = item->next) {
		if (!tl_str_is(item->key, "approvals"))
			tl_item_put(rest, item->key, tl_item_copy(arena, item));
	}
	return rest;
}

/* Whether the edited text says what it is to say, and all else that it said before. */
static bool edit_holds(struct tl_arena *arena, struct tl_str path, struct tl_str text, const struct tl_item *before, struct tl_str identity,
                       struct tl_str digest)
{
	const struct tl_item *old = tl_item_get(before, "approvals"), *now;
	struct tl_doc *doc;
	bool holds;

	if (tl_config_parse(&doc, path, text, NULL, NULL) != 0)
		return false;
	now = tl_item_get(doc->root, "approvals");
	holds = tl_str_equal(tl_item_text(find_approval(doc->root, identity), "authority"), digest) &&
	        tl_item_equal(rest_of(arena, before), rest_of(arena, doc->root)) &&
	        now && now->count == (old ? old->count : 0) + (find_approval(before, identity) ? 0 : 1);
	tl_doc_free(doc);
	return holds;
}

/* The bytes that are there now; none where there is no file. */
static int read_now(struct tl_str *out, struct tl_config *config, struct tl_error *err)
{
	struct tl_error why = { 0 };

	if (tl_guard_read(out, &config->arena, config->path.ptr, TL_GUARD_OURS, config->tree.ptr, CONFIG_LIMIT, "the configuration", &why) == 0)
		return 0;
	if (why.code == TL_NOT_FOUND) {
		*out = TL_STR("");
		return 0;
	}
	*err = why;
	return -1;
}

static int write_file(struct tl_config *config, struct tl_str text, struct tl_error *err)
{
	char *real = realpath(config->path.ptr, NULL);
	struct stat info;
	unsigned mode = real && stat(real, &info) == 0 ? info.st_mode & 0777 : 0600;
	int ret = 0;

	/* A path whose folder lies in the repository would make the file there. */
	if (!real && tl_guard_is_within(config->folder.ptr, config->tree.ptr))
		ret = tl_error_set(err, TL_USAGE, "'%.*s' would lie in the repository: keep your configuration elsewhere", TL_FMT(config->path));
	if (ret == 0 && !real)
		ret = tl_folder_make(config->folder.ptr, 0700, err);
	if (ret == 0)
		ret = tl_file_write(real ? real : config->path.ptr, text, mode, err);
	free(real);
	return ret;
}

int tl_config_trust(struct tl_config *config, struct tl_str digest, struct tl_error *err)
{
	struct tl_buf out = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_str bytes, text;
	int ret = -1;

	if (config->path.len == 0 || tl_str_is(config->path, "/dev/null"))
		return tl_error_set(err, TL_USAGE, "there is no place for your configuration: set HOME or TRUNKLINE_CONFIG");
	if (read_now(&bytes, config, err) != 0)
		return -1;
	if (!tl_config_is_blank(bytes) && tl_config_parse(&doc, config->path, bytes, NULL, err) != 0)
		return -1;
	text = approval_text(&config->arena, config->identity, digest);
	edit(&out, bytes, doc ? doc->root : NULL, config->identity, digest, text);
	if (edit_holds(&config->arena, config->path, tl_buf_view(&out), doc ? doc->root : NULL, config->identity, digest))
		ret = write_file(config, tl_buf_view(&out), err);
	else
		tl_error_set(err, TL_USAGE, "%.*s is written in a way that is not edited here: put '- %.*s' into its list 'approvals' by hand",
		             TL_FMT(config->path), TL_FMT(text));
	tl_doc_free(doc);
	tl_buf_clear(&out);
	return ret;
}
