/* report/diff_markdown.c: differences for a pull request. Every text from outside stands in <code> with its punctuation as entities: within that element
 * nothing is a mention, an emoji or a link, and no sign of markdown, HTML or a table is left as one. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/diff.h"

/* What is shown of one value, and how many flows and settings are: a comment has an end. */
#define VALUE_BYTES 400
#define FLOWS_SHOWN 100
#define LINES_SHOWN 1000

/* Letters, digits and a few signs that mean nothing anywhere stay as they are. */
static bool is_harmless(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr(" -,;?'/=+%", c));
}

/* A dot stays where it makes no address of a word that begins with "www". */
static void add_entities(struct tl_buf *out, struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		bool address = c == '.' && i >= 3 && strncasecmp(text.ptr + i - 3, "www", 3) == 0;

		if (is_harmless(c) || (c == '.' && !address))
			tl_buf_char(out, (char)c);
		else
			tl_buf_printf(out, "&#%u;", c);
	}
}

static void add_code(struct tl_buf *out, struct tl_str text)
{
	struct tl_buf safe = { 0 };
	size_t len = text.len < VALUE_BYTES ? text.len : VALUE_BYTES;

	while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
		len--;
	tl_text_safe(&safe, tl_str_slice(text, 0, len));
	tl_buf_text(out, "<code>");
	add_entities(out, tl_buf_view(&safe));
	tl_buf_text(out, len < text.len ? "…</code>" : "</code>");
	tl_buf_clear(&safe);
}

static void add_value(struct tl_buf *out, const struct tl_item *item)
{
	struct tl_buf value = { 0 };

	if (!item) {
		tl_buf_text(out, "*nothing*");
		return;
	}
	tl_diff_value(&value, item);
	add_code(out, tl_buf_view(&value));
	tl_buf_clear(&value);
}

/* Lines so far; past the most that are shown, nothing is written. */
struct writing {
	struct tl_buf *out;
	size_t lines;
};

static bool next_line(struct writing *writing)
{
	return writing->lines++ < LINES_SHOWN;
}

static void add_fields(struct writing *writing, const struct tl_fields *fields, const char *indent)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (!next_line(writing))
			continue;
		tl_buf_printf(writing->out, "%s- ", indent);
		add_code(writing->out, fields->items[i].field);
		tl_buf_text(writing->out, ": ");
		add_value(writing->out, fields->items[i].before);
		tl_buf_text(writing->out, " → ");
		add_value(writing->out, fields->items[i].after);
		tl_buf_char(writing->out, '\n');
	}
}

static void add_node(struct writing *writing, const struct tl_node_change *node)
{
	if (next_line(writing)) {
		tl_buf_text(writing->out, "- ");
		add_code(writing->out, node->node);
		tl_buf_printf(writing->out, " **%s**", tl_difference_name(node->change));
		if (node->was.len > 0) {
			tl_buf_text(writing->out, ", was ");
			add_code(writing->out, node->was);
		}
		if (node->type.len > 0) {
			tl_buf_text(writing->out, " (");
			add_code(writing->out, node->type);
			tl_buf_char(writing->out, ')');
		}
		tl_buf_char(writing->out, '\n');
	}
	add_fields(writing, &node->fields, "  ");
}

static void add_three_change(struct writing *writing, const struct tl_three_change *change, bool has_base)
{
	static const char *const words[] = { [TL_THEIRS] = "theirs only", [TL_OURS] = "ours only", [TL_BOTH] = "both, the same", [TL_CLASH] = "**both, differently**" };
	const struct {
		const char *side;
		const struct tl_item *item;
		bool shown;
	} sides[] = { { "base", change->base, has_base }, { "theirs", change->theirs, change->side != TL_OURS }, { "ours", change->ours, change->side != TL_THEIRS } };
	const char *comma = ": ";

	if (!next_line(writing))
		return;
	tl_buf_text(writing->out, "- ");
	if (change->node.len > 0)
		add_code(writing->out, change->node);
	if (change->field.len > 0) {
		tl_buf_text(writing->out, change->node.len > 0 ? " " : "");
		add_code(writing->out, change->field);
	}
	/* Of two alone nobody knows who changed what. */
	if (has_base)
		tl_buf_printf(writing->out, " %s", words[change->side]);
	for (size_t i = 0; i < TL_COUNT(sides); i++) {
		if (!sides[i].shown)
			continue;
		tl_buf_printf(writing->out, "%s%s ", comma, sides[i].side);
		add_value(writing->out, sides[i].item);
		comma = ", ";
	}
	tl_buf_char(writing->out, '\n');
}

/* Who changed what, where both sides did. Conflicts stand first. */
static void add_three(struct writing *writing, const struct tl_three *three)
{
	tl_buf_text(writing->out, three->has_base ? "\nOf what was deployed from here last, theirs (the platform) and ours made:\n\n"
	                                          : "\nWhat both began with is not known: the two are compared alone.\n\n");
	for (int clashes = 1; clashes >= 0; clashes--) {
		for (size_t i = 0; i < three->count; i++) {
			if ((three->items[i].side == TL_CLASH) == clashes)
				add_three_change(writing, &three->items[i], three->has_base);
		}
	}
}

static void add_name(struct tl_buf *out, const struct tl_flow_change *flow)
{
	add_code(out, flow->flow);
	if (tl_diff_title(flow).len == 0)
		return;
	tl_buf_char(out, ' ');
	add_code(out, tl_diff_title(flow));
}

static void add_row(struct tl_buf *out, const struct tl_flow_change *flow)
{
	struct tl_buf counts = { 0 };

	tl_buf_text(out, "| ");
	add_name(out, flow);
	tl_buf_printf(out, " | %s", tl_difference_name(flow->change));
	if (flow->was.len > 0) {
		tl_buf_text(out, ", was ");
		add_code(out, flow->was);
	}
	if (flow->origin != TL_ORIGIN_NONE)
		tl_buf_printf(out, " (%s)", flow->origin == TL_ORIGIN_CONFLICT ? "**conflict**" : tl_origin_name(flow->origin));
	tl_diff_counts(&counts, flow);
	tl_buf_printf(out, " | %zu | %.*s |\n", flow->fields.count, TL_FMT(tl_buf_view(&counts)));
	tl_buf_clear(&counts);
}

static void add_details(struct writing *writing, const struct tl_flow_change *flow)
{
	if (flow->change != TL_DIFFERENT)
		return;
	tl_buf_text(writing->out, "\n<details><summary>");
	add_name(writing->out, flow);
	tl_buf_text(writing->out, "</summary>\n\n");
	add_fields(writing, &flow->fields, "");
	for (size_t i = 0; i < flow->n_nodes; i++)
		add_node(writing, &flow->nodes[i]);
	if (flow->three)
		add_three(writing, flow->three);
	tl_buf_text(writing->out, "\n</details>\n");
}

static void add_heading(struct tl_buf *out, const struct tl_diff_heading *heading)
{
	tl_buf_text(out, "### Flows: what changes\n\n");
	if (heading->before.len == 0)
		return;
	add_code(out, heading->before);
	tl_buf_text(out, " → ");
	add_code(out, heading->after);
	tl_buf_text(out, "\n\n");
}

static void write_markdown(struct tl_buf *out, const struct tl_diff *diff, const struct tl_diff_heading *heading)
{
	struct writing writing = { .out = out };
	size_t changed = 0, shown = 0;

	add_heading(out, heading);
	for (size_t i = 0; i < diff->count; i++)
		changed += diff->flows[i].change != TL_SAME;
	if (changed == 0) {
		tl_buf_printf(out, "No differences in %zu flow%s.\n", diff->count, diff->count == 1 ? "" : "s");
		return;
	}
	tl_buf_text(out, "| flow | change | settings | nodes |\n| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < diff->count; i++) {
		if (diff->flows[i].change != TL_SAME && shown++ < FLOWS_SHOWN)
			add_row(out, &diff->flows[i]);
	}
	shown = 0;
	for (size_t i = 0; i < diff->count; i++) {
		if (diff->flows[i].change != TL_SAME && shown++ < FLOWS_SHOWN)
			add_details(&writing, &diff->flows[i]);
	}
	if (changed > FLOWS_SHOWN)
		tl_buf_printf(out, "\n%zu more flows differ.\n", changed - FLOWS_SHOWN);
	if (writing.lines > LINES_SHOWN)
		tl_buf_printf(out, "\n%zu more lines are not shown.\n", writing.lines - LINES_SHOWN);
}

const struct tl_diff_format tl_diff_format_markdown = { "markdown", write_markdown };
