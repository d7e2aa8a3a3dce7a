/* report/skeleton.c: YAML for people: a case a block, what it is given and what it expects on a line each. */
#include "report/skeleton.h"

#include "base/text.h"
#include "doc/json.h"

/* In double quotes, as JSON and YAML read alike. */
static void put_text(struct tl_buf *out, struct tl_str text)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_string(&json, text);
}

static bool is_word(struct tl_str text)
{
	static const char *const taken_table[] = { "true", "false", "null", "yes", "no", "on", "off", "y", "n" };

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '_'))))
			return false;
	}
	for (size_t i = 0; i < TL_COUNT(taken_table); i++) {
		if (tl_str_equal_nocase(text, tl_str(taken_table[i])))
			return false;
	}
	return text.len > 0;
}

static void put_item(struct tl_buf *out, const struct tl_item *item)
{
	bool map = item->kind == TL_MAP;

	if (item->kind == TL_STRING && is_word(item->text)) {
		tl_buf_str(out, item->text);
	} else if (item->kind == TL_STRING) {
		put_text(out, item->text);
	} else if (map || item->kind == TL_LIST) {
		tl_buf_char(out, map ? '{' : '[');
		for (const struct tl_item *child = item->first; child; child = child->next) {
			tl_buf_text(out, child == item->first ? "" : ", ");
			if (map && is_word(child->key))
				tl_buf_str(out, child->key);
			else if (map)
				put_text(out, child->key);
			tl_buf_text(out, map ? ": " : "");
			put_item(out, child);
		}
		tl_buf_char(out, map ? '}' : ']');
	}
}

/* Each on a line; `map` may be NULL. */
static void put_members(struct tl_buf *out, const char *indent, const struct tl_item *map)
{
	for (const struct tl_item *item = map ? map->first : NULL; item; item = item->next) {
		tl_buf_printf(out, "%s%.*s: ", indent, TL_FMT(item->key));
		put_item(out, item);
		tl_buf_char(out, '\n');
	}
}

/* A text in a comment: one line. */
static void put_comment(struct tl_buf *out, const char *indent, struct tl_str text)
{
	tl_buf_printf(out, "%s# ", indent);
	tl_text_safe(out, text);
	tl_buf_char(out, '\n');
}

static void put_head(struct tl_buf *out, const struct tl_skeleton *skeleton, struct tl_str path)
{
	const char *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;

	tl_buf_text(out, "# Made by flow-simulate --generate-skeleton of ");
	tl_text_safe(out, slash ? tl_str_slice(path, (size_t)(slash - path.ptr) + 1, path.len) : path);
	tl_buf_text(out, ": a case for each choice of each menu.\n");
	if (skeleton->run)
		tl_buf_text(out, "# What is expected is what came of it: say what ought to, and keep what is of use.\n");
	else
		tl_buf_text(out, "# The engine does not run Architect flows, so nobody has tried these ways: they are read off the flow. Beside a way stands what its decisions and\n"
		                 "# actions have to give. To be used by whoever tests on the platform; no command takes this file for a suite.\n");
	for (size_t i = 0; i < skeleton->n_notes; i++)
		put_comment(out, "", skeleton->notes[i]);
	if (skeleton->left_out > 0)
		tl_buf_printf(out, "# %zu more are left out.\n", skeleton->left_out);
}

static void put_case(struct tl_buf *out, const struct tl_skeleton_case *one)
{
	tl_buf_text(out, "  - id: ");
	put_text(out, one->id);
	tl_buf_char(out, '\n');
	for (size_t i = 0; i < one->n_where; i++)
		put_comment(out, "    ", one->where[i]);
	put_members(out, "    ", one->given);
	tl_buf_text(out, "    inputs: ");
	put_item(out, one->inputs);
	tl_buf_text(out, "\n    expect: ");
	put_item(out, one->expect);
	tl_buf_char(out, '\n');
}

void tl_skeleton_yaml(struct tl_buf *out, const struct tl_skeleton *skeleton, struct tl_str path)
{
	put_head(out, skeleton, path);
	tl_buf_text(out, skeleton->run ? "suite: " : "skeleton: ");
	put_text(out, tl_flow_key(skeleton->flow));
	tl_buf_char(out, '\n');
	if (skeleton->run) {
		tl_buf_text(out, "defaults:\n");
		put_members(out, "  ", skeleton->usual);
	}
	if (skeleton->data->count > 0) {
		tl_buf_text(out, "  # Actions that say nothing: put in what they would.\n  data: ");
		put_item(out, skeleton->data);
		tl_buf_char(out, '\n');
	}
	tl_buf_text(out, skeleton->n_cases > 0 ? "cases:\n" : "cases: []\n");
	for (size_t i = 0; i < skeleton->n_cases; i++)
		put_case(out, &skeleton->cases[i]);
}

struct tl_str tl_skeleton_path(struct tl_arena *arena, struct tl_str path, bool run)
{
	static const char *const end_table[] = { ".flow.yaml", ".flow.yml", ".flow.json", ".yaml", ".yml", ".json", ".tftpl" };

	for (size_t i = 0; i < TL_COUNT(end_table); i++) {
		if (tl_str_ends(path, tl_str(end_table[i]))) {
			path = tl_str_slice(path, 0, path.len - strlen(end_table[i]));
			break;
		}
	}
	return tl_arena_printf(arena, "%.*s.%s.yaml", TL_FMT(path), run ? "suite" : "skeleton");
}
