/* base/finding.c: the list of what is said about a user's files. */
#include "base/finding.h"

#include <stdlib.h>

#define LINE_LIMIT 400

static const char *const level_names[] = { [TL_NOTE] = "note", [TL_WARNING] = "warning", [TL_ERROR] = "error" };

void tl_findings_clear(struct tl_findings *findings)
{
	free(findings->items);
	tl_arena_clear(&findings->arena);
	*findings = (struct tl_findings){ 0 };
}

static struct tl_finding *add_item(struct tl_findings *findings)
{
	struct tl_finding *finding;

	findings->items = tl_grow(findings->items, &findings->capacity, findings->count + 1, sizeof(*findings->items));
	finding = &findings->items[findings->count++];
	*finding = (struct tl_finding){ 0 };
	return finding;
}

/* What stands for one finding too many: the last that is kept tells of it. */
static struct tl_finding *leave_unsaid(struct tl_findings *findings, enum tl_level level)
{
	struct tl_finding *last = &findings->items[findings->count - 1];

	if (last->level < level)
		last->level = level;
	findings->unsaid = (struct tl_finding){ 0 };
	return &findings->unsaid;
}

static struct tl_str kept_once(struct tl_findings *findings, struct tl_str before, struct tl_str text)
{
	return before.ptr && tl_str_equal(before, text) ? before : tl_arena_dup(&findings->arena, text);
}

/* File, place and line; a text that the finding before it has is shared with it. */
static void set_source(struct tl_findings *findings, struct tl_finding *finding, struct tl_source *source)
{
	struct tl_finding before = findings->count > 1 ? findings->items[findings->count - 2] : (struct tl_finding){ 0 };

	finding->file = kept_once(findings, before.file, source->path);
	finding->place = tl_source_place(source, finding->span);
	finding->line_text = kept_once(findings, before.line_text, tl_str_cut(tl_source_line(source, finding->place.line), LINE_LIMIT));
}

static size_t count_in_file(const struct tl_findings *findings, const struct tl_source *source)
{
	if (!source || findings->count == 0 || !tl_str_equal(findings->items[findings->count - 1].file, source->path))
		return 1;
	return findings->in_file + 1;
}

struct tl_finding *tl_findings_add(struct tl_findings *findings, struct tl_source *source, struct tl_span span,
                                   enum tl_level level, const char *rule, const char *fmt, ...)
{
	struct tl_finding *finding;
	va_list args;

	findings->in_file = count_in_file(findings, source);
	if (findings->in_file > TL_FINDINGS_IN_FILE + 1)
		return leave_unsaid(findings, level);
	finding = add_item(findings);
	finding->rule = rule;
	finding->level = level;
	finding->span = span;
	if (source)
		set_source(findings, finding, source);
	if (findings->in_file > TL_FINDINGS_IN_FILE) {
		finding->rule = "limit";
		finding->message = tl_arena_printf(&findings->arena, "more than %d findings: the others in this file are not said", TL_FINDINGS_IN_FILE);
		return leave_unsaid(findings, level);
	}
	va_start(args, fmt);
	finding->message = tl_arena_vprintf(&findings->arena, fmt, args);
	va_end(args);
	return finding;
}

void tl_findings_help(struct tl_findings *findings, struct tl_finding *finding, const char *fmt, ...)
{
	va_list args;

	if (finding == &findings->unsaid)
		return;
	va_start(args, fmt);
	finding->help = tl_arena_vprintf(&findings->arena, fmt, args);
	va_end(args);
}

/* A copy that the arena owns; an empty text stays empty without one. */
static struct tl_str keep(struct tl_arena *arena, struct tl_str text)
{
	return text.len ? tl_arena_dup(arena, text) : (struct tl_str){ "", 0 };
}

/* The same, where the finding before it had the very text, of which there is a copy already. */
static struct tl_str keep_shared(struct tl_findings *to, struct tl_str text, const char *before, struct tl_str copy_before)
{
	return text.len && text.ptr == before ? copy_before : keep(&to->arena, text);
}

void tl_findings_append(struct tl_findings *to, const struct tl_findings *from)
{
	/* So that a list can be appended to itself. */
	size_t count = from->count;

	for (size_t i = 0; i < count; i++) {
		struct tl_finding *copy = add_item(to);

		*copy = from->items[i];
		copy->file = keep_shared(to, copy->file, i > 0 ? from->items[i - 1].file.ptr : NULL, to->count > 1 ? copy[-1].file : copy->file);
		copy->line_text = keep_shared(to, copy->line_text, i > 0 ? from->items[i - 1].line_text.ptr : NULL,
		                              to->count > 1 ? copy[-1].line_text : copy->line_text);
		copy->message = keep(&to->arena, copy->message);
		copy->help = keep(&to->arena, copy->help);
		copy->witness = keep(&to->arena, copy->witness);
	}
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_places(const struct tl_place *a, const struct tl_place *b)
{
	int order = compare_numbers(a->line, b->line);

	if (order == 0)
		order = compare_numbers(a->column, b->column);
	if (order == 0)
		order = compare_numbers(a->end_line, b->end_line);
	if (order == 0)
		order = compare_numbers(a->end_column, b->end_column);
	return order;
}

/* Total over all that is shown, so that the order never depends on who found something first. */
static int compare(const void *left, const void *right)
{
	const struct tl_finding *a = left, *b = right;
	int order = tl_str_compare(a->file, b->file);

	if (order == 0)
		order = compare_places(&a->place, &b->place);
	if (order == 0)
		order = (int)b->level - (int)a->level;
	if (order == 0)
		order = strcmp(a->rule, b->rule);
	if (order == 0)
		order = tl_str_compare(a->message, b->message);
	if (order == 0)
		order = tl_str_compare(a->help, b->help);
	if (order == 0)
		order = tl_str_compare(a->witness, b->witness);
	return order;
}

void tl_findings_sort(struct tl_findings *findings)
{
	size_t kept = 0;

	if (findings->count < 2)
		return;
	qsort(findings->items, findings->count, sizeof(*findings->items), compare);
	for (size_t i = 1; i < findings->count; i++) {
		if (compare(&findings->items[kept], &findings->items[i]) != 0)
			findings->items[++kept] = findings->items[i];
	}
	findings->count = kept + 1;
}

size_t tl_findings_count(const struct tl_findings *findings, enum tl_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].level == level;
	return count;
}

const char *tl_level_name(enum tl_level level)
{
	return level_names[level];
}

bool tl_level_parse(enum tl_level *level, struct tl_str name)
{
	for (unsigned i = 0; i < TL_COUNT(level_names); i++) {
		if (tl_str_is(name, level_names[i])) {
			*level = (enum tl_level)i;
			return true;
		}
	}
	return false;
}
