/* report/findings_text.c: findings for a person: where, what, the line itself with the span underlined, how to mend it. */
#include <stdio.h>

#include "base/text.h"
#include "report/findings.h"

#define BOLD "\033[1m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m"

static const char *const level_colors[] = { [TL_NOTE] = "\033[36m", [TL_WARNING] = "\033[33m", [TL_ERROR] = "\033[31m" };

static void paint(struct tl_buf *out, bool color, const char *code, const char *text)
{
	tl_buf_printf(out, "%s%s%s", color ? code : "", text, color ? PLAIN : "");
}

static void add_head(struct tl_buf *out, const struct tl_finding *finding, bool color)
{
	if (finding->file.len > 0) {
		tl_text_safe(out, finding->file);
		tl_buf_printf(out, ":%u:%u: ", finding->place.line, finding->place.column);
	}
	paint(out, color, level_colors[finding->level], tl_level_name(finding->level));
	tl_buf_text(out, ": ");
	tl_text_safe(out, finding->message);
	tl_buf_printf(out, " [%s]\n", finding->rule);
}

/* The byte offset of a column (from 1, in code points) of a line. */
static size_t byte_of_column(struct tl_str line, uint32_t column)
{
	size_t at = 0;

	for (uint32_t i = 1; i < column && at < line.len; i++) {
		for (at++; at < line.len && ((unsigned char)line.ptr[at] & 0xc0) == 0x80; at++)
			continue;
	}
	return at;
}

/* Blanks as wide as the text before the span; tabs stay, so that they are as wide as above. */
static void add_blanks(struct tl_buf *out, struct tl_str before)
{
	size_t start = 0;

	for (size_t i = 0; i <= before.len; i++) {
		if (i < before.len && before.ptr[i] != '\t')
			continue;
		tl_buf_printf(out, "%*s", (int)tl_text_width(tl_str_slice(before, start, i)), "");
		if (i < before.len)
			tl_buf_char(out, '\t');
		start = i + 1;
	}
}

/* The line as it is but for control characters, which would move the underline: each becomes a space. */
static void add_line(struct tl_buf *out, struct tl_str line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];

		if (c != '\t' && (c < 0x20 || c == 0x7f))
			tl_buf_char(out, ' ');
		else
			tl_buf_char(out, line.ptr[i]);
	}
}

static bool is_showable(struct tl_str line)
{
	struct tl_buf safe = { 0 };
	size_t bad, tabs = 0;
	bool same;

	if (line.len == 0 || !tl_str_is_utf8(line, &bad))
		return false;
	for (size_t i = 0; i < line.len; i++)
		tabs += line.ptr[i] == '\t';
	tl_text_safe(&safe, line);
	same = safe.len == line.len + tabs; /* a tab is shown as \t, all else must stay */
	tl_buf_clear(&safe);
	return same;
}

static void add_source(struct tl_buf *out, const struct tl_finding *finding, bool color)
{
	struct tl_str line = finding->line_text;
	size_t start, end, width;
	char number[16];

	if (!is_showable(line))
		return;
	start = byte_of_column(line, finding->place.column);
	end = finding->place.end_line == finding->place.line ? byte_of_column(line, finding->place.end_column) : line.len;
	width = end > start ? tl_text_width(tl_str_slice(line, start, end)) : 1;
	snprintf(number, sizeof(number), "%5u", finding->place.line);
	paint(out, color, CYAN, number);
	tl_buf_text(out, " | ");
	add_line(out, line);
	tl_buf_text(out, "\n      | ");
	add_blanks(out, tl_str_slice(line, 0, start));
	tl_buf_text(out, color ? level_colors[finding->level] : "");
	for (size_t i = 0; i < (width > 0 ? width : 1); i++)
		tl_buf_char(out, '^');
	tl_buf_printf(out, "%s\n", color ? PLAIN : "");
}

void tl_findings_text(struct tl_buf *out, const struct tl_findings *findings, bool color)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *finding = &findings->items[i];

		add_head(out, finding, color);
		add_source(out, finding, color);
		if (finding->help.len > 0) {
			tl_buf_text(out, "  ");
			paint(out, color, BOLD, "help:");
			tl_buf_char(out, ' ');
			tl_text_safe(out, finding->help);
			tl_buf_char(out, '\n');
		}
	}
}

static void add_count(struct tl_buf *out, uint64_t count, const char *what)
{
	tl_buf_printf(out, "%llu %s%s", (unsigned long long)count, what, count == 1 ? "" : "s");
}

static void write_text(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary)
{
	tl_findings_text(out, findings, summary->color);
	add_count(out, summary->flows, "flow");
	tl_buf_text(out, ": ");
	add_count(out, tl_findings_count(findings, TL_ERROR), "error");
	tl_buf_text(out, ", ");
	add_count(out, tl_findings_count(findings, TL_WARNING), "warning");
	tl_buf_text(out, ", ");
	add_count(out, tl_findings_count(findings, TL_NOTE), "note");
	tl_buf_char(out, '\n');
}

const struct tl_findings_format tl_findings_format_text = { "text", write_text };
