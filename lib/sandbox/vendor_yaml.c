/* sandbox/vendor_yaml.c: a flow's YAML written out again, as the platform does: tracking numbers are its own, keys stand in its order, and settings that hold anyway are
 * said. So an export differs from what was published in everything that means nothing. */
#include "base/map.h"
#include "doc/yaml.h"
#include "sandbox/vendor_job.h"

#define FIRST_TRACKING 101

struct writing {
	struct tl_arena *arena;
	struct tl_buf *out;
	enum tl_vendor_style style;
	struct tl_map ids;        /* refId -> struct tl_str *: what it is now */
	unsigned last;
};

/* ---- tracking numbers */

/* "Main Menu_10" without the number; the whole where there is none. */
static struct tl_str untracked(struct tl_str id)
{
	size_t at = id.len;

	while (at > 0 && id.ptr[at - 1] >= '0' && id.ptr[at - 1] <= '9')
		at--;
	return at > 1 && at < id.len && id.ptr[at - 1] == '_' ? tl_str_slice(id, 0, at - 1) : id;
}

static void renumber(struct writing *writing, const struct tl_item *map, struct tl_str id)
{
	struct tl_str name = tl_item_text(map, "name"), *now;
	bool made, tracked = !tl_str_equal(untracked(id), id) || tl_str_equal(id, name);
	struct tl_map_entry *entry = tl_map_put(&writing->ids, id, &made);

	if (!made)
		return;
	now = TL_ARENA_NEW(writing->arena, struct tl_str);
	*now = id;
	/* One that its author made up is the platform's own only in its whole style. */
	if (tracked || (writing->style == TL_STYLE_DEFAULTS && name.len > 0))
		*now = tl_arena_printf(writing->arena, "%.*s_%u", TL_FMT(name.len > 0 ? name : untracked(id)), FIRST_TRACKING + writing->last++);
	entry->value.ptr = now;
}

static void find_ids(struct writing *writing, const struct tl_item *item)
{
	struct tl_str id = tl_item_text(item, "refId");

	if (id.len > 0)
		renumber(writing, item, id);
	if (item->kind != TL_MAP && item->kind != TL_LIST)
		return;
	for (const struct tl_item *child = item->first; child; child = child->next)
		find_ids(writing, child);
}

/* Every [refId] of a path. */
static struct tl_str path_now(const struct writing *writing, struct tl_str path)
{
	struct tl_buf out = { 0 };
	size_t at = 0, open, close;
	struct tl_str result;
	const struct tl_str *now;

	while ((open = tl_str_find(path, TL_STR("["), at)) != SIZE_MAX && (close = tl_str_find(path, TL_STR("]"), open)) != SIZE_MAX) {
		struct tl_str id = tl_str_slice(path, open + 1, close);

		now = tl_map_ptr(&writing->ids, id);
		tl_buf_str(&out, tl_str_slice(path, at, open + 1));
		tl_buf_str(&out, now ? *now : id);
		at = close;
	}
	tl_buf_str(&out, tl_str_slice(path, at, path.len));
	result = tl_arena_dup(writing->arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return result;
}

static struct tl_str text_now(const struct writing *writing, const struct tl_item *item)
{
	const struct tl_str *now = tl_str_is(item->key, "refId") ? tl_map_ptr(&writing->ids, item->text) : NULL;

	if (now)
		return *now;
	return tl_str_ends(item->key, TL_STR("Ref")) ? path_now(writing, item->text) : item->text;
}

/* ---- scalars */

static bool is_word(struct tl_str text)
{
	static const char *const taken_table[] = { "true", "false", "null", "yes", "no", "on", "off", "y", "n" };

	if (text.len == 0 || !((text.ptr[0] >= 'a' && text.ptr[0] <= 'z') || (text.ptr[0] >= 'A' && text.ptr[0] <= 'Z')) || text.ptr[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(" ._/-", c))))
			return false;
	}
	for (size_t i = 0; i < TL_COUNT(taken_table); i++) {
		if (tl_str_equal_nocase(text, tl_str(taken_table[i])))
			return false;
	}
	return true;
}

/* In double quotes wherever it is not a plain word. */
static void put_text(struct tl_buf *out, struct tl_str text)
{
	if (is_word(text)) {
		tl_buf_str(out, text);
		return;
	}
	tl_buf_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '"' || c == '\\')
			tl_buf_printf(out, "\\%c", c);
		else if (c == '\n')
			tl_buf_text(out, "\\n");
		else if (c == '\t')
			tl_buf_text(out, "\\t");
		else if (c < 0x20 || c == 0x7f)
			tl_buf_printf(out, "\\x%02x", c);
		else
			tl_buf_char(out, (char)c);
	}
	tl_buf_char(out, '"');
}

/* ---- collections */

static void put_value(struct writing *writing, const struct tl_item *item, unsigned indent);

static void put_indent(struct tl_buf *out, unsigned indent)
{
	tl_buf_printf(out, "%*s", (int)indent, "");
}

/* Names first, then by key, so that it is another order than people write. */
static const struct tl_item **in_order(struct tl_arena *arena, const struct tl_item *map)
{
	const struct tl_item **list = TL_ARENA_ARRAY(arena, const struct tl_item *, map->count + 1), *item;
	size_t count = 0, at;

	for (item = map->first; item; item = item->next) {
		bool first = tl_str_is(item->key, "name");

		for (at = count++; at > 0; at--) {
			bool before = tl_str_is(list[at - 1]->key, "name");

			if (before || (!first && tl_str_compare(list[at - 1]->key, item->key) <= 0))
				break;
			list[at] = list[at - 1];
		}
		list[at] = item;
	}
	return list;
}

/* The first key stands where the writer is; others at `indent`. */
static void put_map(struct writing *writing, const struct tl_item *map, unsigned indent, bool here)
{
	const struct tl_item **list = in_order(writing->arena, map);

	for (size_t i = 0; list[i]; i++) {
		if (i > 0 || !here)
			put_indent(writing->out, indent);
		put_text(writing->out, list[i]->key);
		tl_buf_char(writing->out, ':');
		put_value(writing, list[i], indent);
	}
}

static void put_list(struct writing *writing, const struct tl_item *list, unsigned indent)
{
	for (const struct tl_item *item = list->first; item; item = item->next) {
		put_indent(writing->out, indent);
		tl_buf_char(writing->out, '-');
		if (item->kind == TL_MAP && item->count > 0) {
			tl_buf_char(writing->out, ' ');
			put_map(writing, item, indent + 2, true);
		} else {
			put_value(writing, item, indent);
		}
	}
}

/* After its key or dash, to the end of its last line. */
static void put_value(struct writing *writing, const struct tl_item *item, unsigned indent)
{
	struct tl_buf *out = writing->out;

	switch (item->kind) {
	case TL_MAP:
		tl_buf_text(out, item->count > 0 ? "\n" : " {}\n");
		put_map(writing, item, indent + 2, false);
		break;
	case TL_LIST:
		tl_buf_text(out, item->count > 0 ? "\n" : " []\n");
		put_list(writing, item, indent + 2);
		break;
	case TL_STRING:
		tl_buf_char(out, ' ');
		put_text(out, text_now(writing, item));
		tl_buf_char(out, '\n');
		break;
	default:
		if (item->text.len > 0)
			tl_buf_char(out, ' ');
		tl_buf_str(out, item->text);
		tl_buf_char(out, '\n');
	}
}

/* ---- what holds anyway */

static void put_absent(struct writing *writing, const struct tl_item *body, const char *key, const char *text)
{
	if (!tl_item_get(body, key))
		tl_buf_printf(writing->out, "  %s:%s\n", key, text);
}

static void put_defaults(struct writing *writing, const struct tl_item *body)
{
	put_absent(writing, body, "description", " \"\"");
	put_absent(writing, body, "division", " Home");
	put_absent(writing, body, "settingsErrorHandling",
	           "\n    errorHandling:\n      disconnect:\n        none: true\n    preHandlingAudio:\n      noValue: true");
}

static const struct tl_item *body_of(const struct tl_doc *doc)
{
	const struct tl_item *root = doc->root;

	return root && root->kind == TL_MAP && root->count == 1 && root->first->kind == TL_MAP ? root->first : NULL;
}

struct tl_str tl_vendor_write(struct tl_arena *arena, struct tl_str yaml, enum tl_vendor_style style)
{
	struct tl_buf out = { 0 };
	struct writing writing = { .arena = arena, .out = &out, .style = style };
	struct tl_read_options options = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_str result = yaml;

	if (style == TL_STYLE_AS_IS)
		return yaml;
	tl_yaml_read(&doc, TL_STR("flow.yaml"), yaml, &options);
	if (body_of(doc)) {
		find_ids(&writing, doc->root);
		put_map(&writing, doc->root, 0, false);
		if (style == TL_STYLE_DEFAULTS)
			put_defaults(&writing, body_of(doc));
		result = tl_arena_dup(arena, tl_buf_view(&out));
	}
	tl_doc_free(doc);
	tl_map_clear(&writing.ids);
	tl_buf_clear(&out);
	return result;
}
