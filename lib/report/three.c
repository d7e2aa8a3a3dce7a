/* report/three.c: three versions of a flow: what theirs and ours made of the base. */
#include "report/three.h"

#include "base/text.h"

/* The longest value that is shown whole. */
#define VALUE_WIDTH 100

#define RED "\033[31m"
#define PLAIN "\033[0m"

/* A value in one line; what is longer is cut. */
static void add_value(struct tl_buf *out, const struct tl_item *item)
{
	struct tl_buf text = { 0 }, safe = { 0 };

	if (!item) {
		tl_buf_text(out, "(nothing)");
		return;
	}
	tl_json_canonical(&text, item);
	tl_text_safe(&safe, tl_buf_view(&text));
	if (tl_str_code_points(tl_buf_view(&safe)) > VALUE_WIDTH) {
		size_t end = VALUE_WIDTH;

		while (end > 0 && ((unsigned char)safe.data[end] & 0xc0) == 0x80)
			end--;
		tl_buf_add(out, safe.data, end);
		tl_buf_text(out, "…");
	} else {
		tl_buf_str(out, tl_buf_view(&safe));
	}
	tl_buf_clear(&text);
	tl_buf_clear(&safe);
}

/* "node 'main': choices[0].next", "name" */
static void add_place(struct tl_buf *out, const struct tl_three_change *change)
{
	if (change->node.len > 0) {
		tl_buf_text(out, "node '");
		tl_text_safe(out, change->node);
		tl_buf_text(out, change->field.len > 0 ? "': " : "'");
	}
	tl_text_safe(out, change->field);
}

static void add_side(struct tl_buf *out, const char *indent, const char *side, const struct tl_item *item)
{
	tl_buf_printf(out, "%s  %-7s ", indent, side);
	add_value(out, item);
	tl_buf_char(out, '\n');
}

static const char *const side_words[] = {
	[TL_THEIRS] = "theirs only",
	[TL_OURS] = "ours only",
	[TL_BOTH] = "both, the same",
	[TL_CLASH] = "both, differently",
};

static void add_change(struct tl_buf *out, const struct tl_three_change *change, const struct tl_three *three, const char *indent, bool color)
{
	bool clash = change->side == TL_CLASH;

	tl_buf_text(out, indent);
	add_place(out, change);
	if (three->has_base)
		tl_buf_printf(out, "  %s(%s)%s", clash && color ? RED : "", side_words[change->side], clash && color ? PLAIN : "");
	tl_buf_char(out, '\n');
	if (three->has_base)
		add_side(out, indent, "base", change->base);
	if (change->side != TL_OURS)
		add_side(out, indent, "theirs", change->theirs);
	if (change->side != TL_THEIRS)
		add_side(out, indent, "ours", change->ours);
}

void tl_three_text(struct tl_buf *out, const struct tl_three *three, const char *indent, bool color)
{
	if (!three->has_base)
		tl_buf_printf(out, "%swhat both began with is not known: the two are compared alone\n", indent);
	if (three->count == 0)
		tl_buf_printf(out, "%sthe two do not differ\n", indent);
	for (int clashes = 1; clashes >= 0; clashes--) {
		for (size_t i = 0; i < three->count; i++) {
			if ((three->items[i].side == TL_CLASH) == clashes)
				add_change(out, &three->items[i], three, indent, color);
		}
	}
}

static void put_value(struct tl_json *json, const char *key, const struct tl_item *item)
{
	tl_json_key(json, key);
	if (item)
		tl_json_item(json, item);
	else
		tl_json_null(json);
}

static void put_change(struct tl_json *json, const struct tl_three_change *change)
{
	struct tl_str none = { NULL, 0 };

	tl_json_map(json);
	put_value(json, "base", change->base);
	tl_json_put_or_null(json, "field", change->field.len > 0 ? change->field : none);
	tl_json_put_or_null(json, "node", change->node.len > 0 ? change->node : none);
	put_value(json, "ours", change->ours);
	tl_json_put(json, "side", tl_str(tl_side_name(change->side)));
	put_value(json, "theirs", change->theirs);
	tl_json_map_end(json);
}

void tl_three_json(struct tl_json *json, const struct tl_three *three)
{
	tl_json_map(json);
	tl_json_key(json, "changes");
	tl_json_list(json);
	for (size_t i = 0; i < three->count; i++)
		put_change(json, &three->items[i]);
	tl_json_list_end(json);
	tl_json_put_integer(json, "clashes", (int64_t)three->clashes);
	tl_json_put(json, "flow", three->flow);
	tl_json_put_boolean(json, "has_base", three->has_base);
	tl_json_map_end(json);
}
