/* report/diff_text.c: differences for a person: a line a flow, below it its settings, then its nodes, each setting with what it was and is. */
#include "base/text.h"
#include "report/diff.h"
#include "report/three.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m"

/* Values of at most this many columns together stand on one line. */
#define LINE_COLUMNS 72
/* A setting's name takes at least, and is lined up to at most, so many columns. */
#define NAME_COLUMNS 28
/* What is shown of a very long value. */
#define VALUE_BYTES 2000

struct mark {
	char sign;
	const char *color;
};

static const struct mark marks[] = {
	[TL_SAME] = { '=', DIM }, [TL_NEW] = { '+', GREEN }, [TL_GONE] = { '-', RED },
	[TL_DIFFERENT] = { '~', YELLOW }, [TL_MOVED] = { '>', CYAN }, [TL_RENAMED] = { '>', CYAN },
};

static void paint(struct tl_buf *out, bool color, const char *code)
{
	tl_buf_text(out, color ? code : "");
}

static void add_painted(struct tl_buf *out, bool color, const char *code, struct tl_str text)
{
	paint(out, color, code);
	tl_text_safe(out, text);
	paint(out, color, PLAIN);
}

/* A value in one line, safe for a terminal. */
static void add_value(struct tl_buf *out, const struct tl_item *item)
{
	struct tl_buf value = { 0 };
	size_t len;

	tl_diff_value(&value, item);
	len = value.len < VALUE_BYTES ? value.len : VALUE_BYTES;
	/* Not within a character. */
	while (len < value.len && len > 0 && ((unsigned char)value.data[len] & 0xc0) == 0x80)
		len--;
	tl_text_safe(out, tl_str_slice(tl_buf_view(&value), 0, len));
	if (len < value.len)
		tl_buf_printf(out, "… (%zu bytes more)", value.len - len);
	tl_buf_clear(&value);
}

static void add_blanks(struct tl_buf *out, size_t columns)
{
	tl_buf_printf(out, "%*s", (int)columns, "");
}

/* What was and what is, on lines of their own. */
static void add_two_lines(struct tl_buf *out, const struct tl_field_change *field, size_t indent, bool color)
{
	const struct tl_item *values[] = { field->before, field->after };

	for (size_t i = 0; i < 2; i++) {
		const struct mark *mark = &marks[i == 0 ? TL_GONE : TL_NEW];

		if (!values[i])
			continue;
		tl_buf_char(out, '\n');
		add_blanks(out, indent + 2);
		paint(out, color, mark->color);
		tl_buf_printf(out, "%c ", mark->sign);
		add_value(out, values[i]);
		paint(out, color, PLAIN);
	}
}

static void add_one_line(struct tl_buf *out, struct tl_str before, struct tl_str after, const struct tl_field_change *field, bool color)
{
	tl_buf_char(out, ' ');
	paint(out, color, field->before ? RED : DIM);
	tl_buf_str(out, before);
	paint(out, color, PLAIN);
	tl_buf_text(out, " → ");
	paint(out, color, field->after ? GREEN : DIM);
	tl_buf_str(out, after);
	paint(out, color, PLAIN);
}

/* "otherwise  operator → agent", the values below where they are long. */
static void add_field(struct tl_buf *out, const struct tl_field_change *field, size_t indent, size_t width, bool color)
{
	struct tl_buf before = { 0 }, after = { 0 }, name = { 0 };
	size_t columns;

	add_value(&before, field->before);
	add_value(&after, field->after);
	tl_text_safe(&name, field->field);
	columns = tl_text_width(tl_buf_view(&name));
	add_blanks(out, indent);
	tl_buf_str(out, tl_buf_view(&name));
	if (tl_text_width(tl_buf_view(&before)) + tl_text_width(tl_buf_view(&after)) <= LINE_COLUMNS) {
		add_blanks(out, columns < width ? width - columns : 0);
		add_one_line(out, tl_buf_view(&before), tl_buf_view(&after), field, color);
	} else {
		add_two_lines(out, field, indent, color);
	}
	tl_buf_char(out, '\n');
	tl_buf_clear(&before);
	tl_buf_clear(&after);
	tl_buf_clear(&name);
}

static void add_fields(struct tl_buf *out, const struct tl_fields *fields, size_t indent, bool color)
{
	size_t width = 0;

	for (size_t i = 0; i < fields->count; i++) {
		size_t columns = tl_text_width(fields->items[i].field);

		if (columns > width && columns <= NAME_COLUMNS)
			width = columns;
	}
	for (size_t i = 0; i < fields->count; i++)
		add_field(out, &fields->items[i], indent, width, color);
}

/* A whole node, setting by setting. */
static void add_whole(struct tl_buf *out, const struct tl_item *node, size_t indent, bool color, enum tl_difference change)
{
	for (const struct tl_item *item = node->first; item; item = item->next) {
		if (tl_str_is(item->key, "type"))
			continue;
		add_blanks(out, indent);
		paint(out, color, marks[change].color);
		tl_text_safe(out, item->key);
		tl_buf_text(out, ": ");
		add_value(out, item);
		paint(out, color, PLAIN);
		tl_buf_char(out, '\n');
	}
}

static void add_node(struct tl_buf *out, const struct tl_node_change *node, const struct tl_diff_heading *heading)
{
	const struct mark *mark = &marks[node->change];
	bool color = heading->color;

	tl_buf_text(out, "  ");
	paint(out, color, mark->color);
	tl_buf_printf(out, "%c ", mark->sign);
	tl_text_safe(out, node->node);
	paint(out, color, PLAIN);
	tl_buf_text(out, "  ");
	add_painted(out, color, DIM, node->type);
	if (node->was.len > 0) {
		tl_buf_printf(out, "  %s ", node->change == TL_MOVED ? "moved from" : "was");
		tl_text_safe(out, node->was);
	} else if (node->change == TL_MOVED) {
		tl_buf_text(out, node->fields.count > 0 ? "  moved" : "  moved within the file");
	}
	tl_buf_char(out, '\n');
	add_fields(out, &node->fields, 6, color);
	if (heading->verbose && (node->change == TL_NEW || node->change == TL_GONE))
		add_whole(out, node->change == TL_NEW ? node->after : node->before, 6, color, node->change);
}

/* ---- flows */

static void add_summary(struct tl_buf *out, const struct tl_flow_change *flow)
{
	struct tl_buf counts = { 0 };

	if (flow->change == TL_NEW || flow->change == TL_GONE) {
		tl_buf_printf(out, "%s, %zu node%s", tl_difference_name(flow->change), flow->n_nodes, flow->n_nodes == 1 ? "" : "s");
		return;
	}
	tl_buf_text(out, tl_difference_name(flow->change));
	if (flow->fields.count > 0)
		tl_buf_printf(out, ": %zu setting%s of the flow", flow->fields.count, flow->fields.count == 1 ? "" : "s");
	tl_diff_counts(&counts, flow);
	if (counts.len > 0) {
		tl_buf_text(out, flow->fields.count > 0 ? ", " : ": ");
		tl_buf_str(out, tl_buf_view(&counts));
	}
	tl_buf_clear(&counts);
}

static void add_origin(struct tl_buf *out, const struct tl_flow_change *flow, bool color)
{
	static const char *const words[TL_ORIGINS] = {
		[TL_ORIGIN_UNKNOWN] = "whose change it is is not known: it was not deployed from here",
		[TL_ORIGIN_LOCAL] = "changed here alone",
		[TL_ORIGIN_REMOTE] = "changed on the platform by somebody else",
		[TL_ORIGIN_BOTH] = "changed here and on the platform, in different places",
		[TL_ORIGIN_CONFLICT] = "conflict: changed here and on the platform",
	};

	if (flow->origin == TL_ORIGIN_NONE)
		return;
	tl_buf_text(out, "  (");
	paint(out, color && flow->origin == TL_ORIGIN_CONFLICT, RED);
	tl_buf_text(out, words[flow->origin]);
	paint(out, color && flow->origin == TL_ORIGIN_CONFLICT, PLAIN);
	tl_buf_char(out, ')');
}

static void add_flow(struct tl_buf *out, const struct tl_flow_change *flow, const struct tl_diff_heading *heading)
{
	const struct mark *mark = &marks[flow->change];
	bool whole = flow->change == TL_NEW || flow->change == TL_GONE;

	paint(out, heading->color, mark->color);
	tl_buf_printf(out, "%c ", mark->sign);
	paint(out, heading->color, PLAIN);
	add_painted(out, heading->color, BOLD, flow->flow);
	if (tl_diff_title(flow).len > 0) {
		tl_buf_text(out, " '");
		tl_text_safe(out, tl_diff_title(flow));
		tl_buf_char(out, '\'');
	}
	if (flow->was.len > 0) {
		tl_buf_text(out, " (was ");
		tl_text_safe(out, flow->was);
		tl_buf_char(out, ')');
	}
	tl_buf_text(out, "  ");
	add_summary(out, flow);
	add_origin(out, flow, heading->color);
	tl_buf_char(out, '\n');
	if (heading->quiet || (flow->change == TL_SAME && !heading->verbose))
		return;
	add_fields(out, &flow->fields, 4, heading->color);
	for (size_t i = 0; i < flow->n_nodes && (!whole || heading->verbose); i++)
		add_node(out, &flow->nodes[i], heading);
	if (flow->three) {
		tl_buf_text(out, "    of what was deployed from here last, theirs (the platform) and ours made:\n");
		tl_three_text(out, flow->three, "      ", heading->color);
	}
}

static size_t count_of(const struct tl_diff *diff, enum tl_difference change)
{
	size_t count = 0;

	for (size_t i = 0; i < diff->count; i++)
		count += diff->flows[i].change == change;
	return count;
}

/* "3 flows: 1 changed, 2 the same" */
static void add_total(struct tl_buf *out, const struct tl_diff *diff)
{
	static const enum tl_difference order[] = { TL_DIFFERENT, TL_NEW, TL_GONE, TL_SAME };
	const char *comma = "";

	tl_buf_printf(out, "%zu flow%s", diff->count, diff->count == 1 ? "" : "s");
	for (size_t i = 0; i < TL_COUNT(order); i++) {
		size_t count = count_of(diff, order[i]);

		if (count == 0)
			continue;
		tl_buf_printf(out, "%s %zu %s", comma[0] ? comma : ":", count, order[i] == TL_SAME ? "the same" : tl_difference_name(order[i]));
		comma = ",";
	}
	tl_buf_char(out, '\n');
}

static void write_text(struct tl_buf *out, const struct tl_diff *diff, const struct tl_diff_heading *heading)
{
	if (heading->before.len > 0 && !heading->quiet) {
		paint(out, heading->color, DIM);
		tl_text_safe(out, heading->before);
		tl_buf_text(out, " → ");
		tl_text_safe(out, heading->after);
		paint(out, heading->color, PLAIN);
		tl_buf_char(out, '\n');
	}
	for (size_t i = 0; i < diff->count; i++) {
		if (diff->flows[i].change != TL_SAME || (heading->verbose && !heading->quiet))
			add_flow(out, &diff->flows[i], heading);
	}
	if (!heading->quiet)
		add_total(out, diff);
}

const struct tl_diff_format tl_diff_format_text = { "text", write_text };
