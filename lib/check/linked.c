/* check/linked.c: rules over several flows. They speak of spans alone; the few files that have a finding are read once more for its place. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "check/run.h"

#define NEAR_LIMIT 50

/* Files by key: chains of files in order, one a slot of the key's low bits. */
struct tl_check_index {
	uint32_t *first; /* by slot, or TL_NONE */
	uint32_t *next;  /* by file */
	size_t mask;
	uint32_t *same;  /* what tl_check_same_key gave last */
	size_t same_capacity;
};

struct pending {
	size_t file;
	struct tl_span span;
	const struct tl_rule *rule;
	enum tl_level level;
	struct tl_str message, help;
};

struct tl_check_pending {
	struct tl_arena arena;
	struct pending *items;
	size_t count, capacity;
};

static void make_index(struct tl_check_index *index, const struct tl_summaries *summaries)
{
	size_t count = summaries->set->count, slots = 16;

	while (slots < 2 * count)
		slots *= 2;
	index->mask = slots - 1;
	index->first = tl_alloc_zero(slots, sizeof(*index->first));
	index->next = tl_alloc_zero(count + 1, sizeof(*index->next));
	memset(index->first, 0xff, slots * sizeof(*index->first));
	for (size_t i = count; i-- > 0;) {
		uint32_t *slot = &index->first[summaries->items[i].key & index->mask];

		if (summaries->items[i].key == 0)
			continue;
		index->next[i] = *slot;
		*slot = (uint32_t)i;
	}
}

static bool get(struct tl_check_all *all, struct tl_summary *out, size_t file)
{
	if (tl_summaries_get(out, all->scratch, all->summaries, file, all->err) == 0)
		return true;
	all->failed = true;
	return false;
}

size_t tl_check_find_flow(struct tl_check_all *all, struct tl_str id, struct tl_summary *out)
{
	const struct tl_check_index *index = all->index;
	uint64_t key = tl_summary_key_of(id);
	struct tl_summary summary;

	for (uint32_t i = index->first[key & index->mask]; i != TL_NONE; i = index->next[i]) {
		if (all->summaries->items[i].key != key)
			continue;
		if (!get(all, &summary, i))
			return TL_NO_FILE;
		if (!tl_str_equal(summary.id.text, id) || summary.type.len > 0)
			continue;
		if (out)
			*out = summary;
		return i;
	}
	return TL_NO_FILE;
}

struct tl_str tl_check_nearest_flow(struct tl_check_all *all, struct tl_str id)
{
	struct tl_str *names;
	size_t count = 0;

	/* Every flow is unpacked for it, and a repository may hold thousands of slips. */
	if (all->n_near++ >= NEAR_LIMIT)
		return (struct tl_str){ "", 0 };
	names = TL_ARENA_ARRAY(all->scratch, struct tl_str, all->summaries->set->count);
	for (size_t i = 0; i < all->summaries->set->count; i++) {
		struct tl_summary summary;

		if (all->summaries->items[i].key != 0 && get(all, &summary, i) && summary.type.len == 0)
			names[count++] = summary.id.text;
	}
	return tl_text_nearest(id, names, count);
}

const uint32_t *tl_check_same_key(struct tl_check_all *all, size_t file, size_t *count)
{
	struct tl_check_index *index = all->index;
	uint64_t key = all->summaries->items[file].key;

	*count = 0;
	for (uint32_t i = key != 0 ? index->first[key & index->mask] : TL_NONE; i != TL_NONE; i = index->next[i]) {
		if (all->summaries->items[i].key != key)
			continue;
		index->same = tl_grow(index->same, &index->same_capacity, *count + 1, sizeof(*index->same));
		index->same[(*count)++] = i;
	}
	return index->same;
}

static void add_pending(struct tl_check_all *all, enum tl_level level, size_t file, struct tl_span span, const char *help, const char *fmt,
                        va_list args) TL_PRINTF(6, 0);

static void add_pending(struct tl_check_all *all, enum tl_level level, size_t file, struct tl_span span, const char *help, const char *fmt,
                        va_list args)
{
	struct tl_check_pending *pending = all->pending;
	struct pending *item;

	pending->items = tl_grow(pending->items, &pending->capacity, pending->count + 1, sizeof(*pending->items));
	item = &pending->items[pending->count++];
	*item = (struct pending){ .file = file, .span = span, .rule = all->rule, .level = level };
	item->message = tl_arena_vprintf(&pending->arena, fmt, args);
	if (help)
		item->help = tl_arena_dup(&pending->arena, tl_str(help));
}

void tl_check_say_in(struct tl_check_all *all, size_t file, struct tl_span span, const char *help, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_pending(all, all->rule->level, file, span, help, fmt, args);
	va_end(args);
}

void tl_check_say_in_at(struct tl_check_all *all, enum tl_level level, size_t file, struct tl_span span, const char *help, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_pending(all, level, file, span, help, fmt, args);
	va_end(args);
}

static int compare_pending(const void *a, const void *b)
{
	const struct pending *left = a, *right = b;

	return (left->file > right->file) - (left->file < right->file);
}

/* The findings of one file, items[from, to), at their places. */
static int place(struct tl_findings *findings, struct tl_check_all *all, size_t from, size_t to)
{
	const struct tl_flow_set *set = all->summaries->set;
	struct tl_flow *flow = NULL;
	struct tl_source unread;
	int status = set->read(set->data, all->pending->items[from].file, &all->summaries->lower, &flow, all->err);

	tl_source_init(&unread, set->files[all->pending->items[from].file].path, TL_STR(""));
	for (size_t i = from; status == 0 && i < to; i++) {
		const struct pending *item = &all->pending->items[i];
		struct tl_finding *finding = tl_findings_add(findings, flow ? &flow->doc->source : &unread, item->span, item->level,
		                                             item->rule->id, "%.*s", TL_FMT(item->message));

		if (item->help.len > 0)
			tl_findings_help(findings, finding, "%.*s", TL_FMT(item->help));
	}
	tl_source_clear(&unread);
	tl_flow_free(flow);
	return status;
}

static int place_all(struct tl_findings *findings, struct tl_check_all *all)
{
	struct tl_check_pending *pending = all->pending;
	size_t to;

	if (pending->count == 0)
		return 0;
	qsort(pending->items, pending->count, sizeof(*pending->items), compare_pending);
	for (size_t from = 0; from < pending->count; from = to) {
		for (to = from + 1; to < pending->count && pending->items[to].file == pending->items[from].file;)
			to++;
		if (place(findings, all, from, to) != 0)
			return -1;
	}
	return 0;
}

/* Linked rules see the flows that were chosen; those that neither name a flow nor share their name need not even be unpacked. */
static void run_linked_on(struct tl_check_all *all, size_t file)
{
	struct tl_summary summary;
	size_t same;

	tl_check_same_key(all, file, &same);
	if ((all->summaries->items[file].refs == 0 && same < 2) || !get(all, &summary, file))
		return;
	for (size_t i = 0; i < tl_rule_count; i++) {
		all->rule = tl_rule_table[i];
		if (all->rule->linked && !tl_check_is_off(all->options, all->rule))
			all->rule->linked(all, file, &summary);
	}
	tl_arena_clear(all->scratch);
}

static void run_whole(struct tl_check_all *all)
{
	for (size_t i = 0; i < tl_rule_count; i++) {
		all->rule = tl_rule_table[i];
		if (all->rule->whole && !tl_check_is_off(all->options, all->rule))
			all->rule->whole(all);
		tl_arena_clear(all->scratch);
	}
}

int tl_check_linked(struct tl_findings *findings, struct tl_summaries *summaries, const struct tl_check_options *options, struct tl_error *err)
{
	struct tl_check_index index = { 0 };
	struct tl_check_pending pending = { 0 };
	struct tl_arena scratch = { 0 };
	struct tl_check_all all = { summaries, options, NULL, &scratch, &index, &pending, err, false, 0 };
	int status;

	make_index(&index, summaries);
	for (size_t i = 0; i < summaries->set->count && !all.failed; i++) {
		if (summaries->set->files[i].chosen && summaries->items[i].key != 0)
			run_linked_on(&all, i);
	}
	if (!all.failed)
		run_whole(&all);
	status = all.failed ? -1 : place_all(findings, &all);
	tl_arena_clear(&scratch);
	tl_arena_clear(&pending.arena);
	free(pending.items);
	free(index.first);
	free(index.next);
	free(index.same);
	return status;
}
