/* Mistakes of kind and of value: what was expected, what stands there, how one becomes the other. */
#include <stdlib.h>

#include "base/text.h"
#include "schema/words.h"

/* Whether the schema takes `item` in place of what stands there. */
static bool would_fit(struct tl_explain *ex, const struct tl_visit *at, const struct tl_item *item)
{
	return tl_node_valid(&ex->run, at->node, item, NULL);
}

/* Words that YAML 1.1 took for truth values and YAML 1.2 does not. */
static const char *const true_table[] = { "yes", "on", "y" };
static const char *const false_table[] = { "no", "off", "n" };

static bool is_one_of(struct tl_str text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tl_str_equal_nocase(text, tl_str(words[i])))
			return true;
	return false;
}

/* For `yes` where true was meant; empty where it is not that. */
static struct tl_str help_for_boolean(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_item other = { .kind = TL_BOOLEAN };
	if (at->item->kind != TL_STRING)
		return (struct tl_str){ NULL, 0 };
	other.boolean = is_one_of(at->item->text, true_table, TL_COUNT(true_table));
	if (!other.boolean && !is_one_of(at->item->text, false_table, TL_COUNT(false_table)))
		return (struct tl_str){ NULL, 0 };
	if (!would_fit(ex, at, &other))
		return (struct tl_str){ NULL, 0 };
	return other.boolean ? TL_STR("write true") : TL_STR("write false");
}

/* How a value of the wrong kind becomes one of the right: quotes, no quotes, brackets. Empty where none of them helps. */
static struct tl_str help_for_type(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_item other = *at->item, list = { .kind = TL_LIST, .count = 1, .first = &other };
	struct tl_str text = tl_words_cut(at->item->text, TL_WORDS_TEXT);
	other.next = NULL;
	if (would_fit(ex, at, &list) && at->item->kind != TL_NULL)
		return at->item->kind == TL_MAP ? TL_STR("make it a list: put it in [brackets]")
		                                : tl_arena_printf(&ex->arena, "make it a list: [%.*s]", TL_FMT(text));
	if (at->item->kind == TL_NUMBER || at->item->kind == TL_BOOLEAN) {
		other.kind = TL_STRING;
		if (would_fit(ex, at, &other))
			return tl_arena_printf(&ex->arena, "put it in quotes: \"%.*s\"", TL_FMT(text));
	}
	struct tl_str boolean = help_for_boolean(ex, at);
	if (boolean.ptr)
		return boolean;
	other.kind = TL_NUMBER;
	if (at->item->kind == TL_STRING && tl_text_number_parse(&other.number, text) && would_fit(ex, at, &other))
		return tl_arena_printf(&ex->arena, "leave the quotes away: %.*s", TL_FMT(text));
	return at->words.help;
}

void tl_say_type(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_TYPE, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	problem->expected = tl_visit_expected(ex, at);
	tl_say_expected(ex, problem, problem->expected);
	problem->help = help_for_type(ex, at);
}

void tl_say_joined_types(struct tl_explain *ex, const struct tl_visit *at, const struct tl_problem *problems, size_t count)
{
	struct tl_buf buf = { 0 };
	for (size_t i = 0; i < count; i++)
		tl_buf_printf(&buf, "%s%.*s", i ? " or " : "", TL_FMT(problems[i].expected));
	struct tl_str expected = at->words.expected.ptr ? at->words.expected : tl_words_take(ex, &buf);
	tl_buf_clear(&buf);
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_TYPE, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	problem->expected = expected;
	tl_say_expected(ex, problem, expected);
	problem->help = help_for_type(ex, at);
}

/* Values that are allowed, gathered from one schema or several. */
struct allowed {
	struct tl_buf list;
	struct tl_str *names; /* the strings among them, for the nearest */
	size_t n_names, capacity;
	size_t count;
	bool constant;
};

static void allow_one(struct allowed *allowed, const struct tl_item *value)
{
	allowed->count++;
	if (allowed->count <= TL_WORDS_LIST) {
		tl_buf_text(&allowed->list, allowed->count > 1 ? ", " : "");
		tl_words_allowed(&allowed->list, value);
	} else if (allowed->count == TL_WORDS_LIST + 1) {
		tl_buf_text(&allowed->list, ", …");
	}
	if (value->kind != TL_STRING)
		return;
	allowed->names = tl_grow(allowed->names, &allowed->capacity, allowed->n_names + 1, sizeof(*allowed->names));
	allowed->names[allowed->n_names++] = value->text;
}

static void allow_values(struct allowed *allowed, const struct tl_values *values)
{
	if (values->constant)
		allow_one(allowed, values->list);
	for (const struct tl_item *value = values->constant ? NULL : values->list->first; value; value = value->next)
		allow_one(allowed, value);
}

/* An allowed string that is written as the scalar that stands there: `yes` for "yes", 5 for "5". */
static bool is_allowed_text(const struct allowed *allowed, struct tl_str text)
{
	for (size_t i = 0; i < allowed->n_names; i++)
		if (tl_str_equal(allowed->names[i], text))
			return true;
	return false;
}

static struct tl_str help_for_value(struct tl_explain *ex, const struct allowed *allowed, const struct tl_item *item)
{
	if (item->kind == TL_LIST || item->kind == TL_MAP || item->kind == TL_NULL)
		return (struct tl_str){ NULL, 0 };
	if (item->kind != TL_STRING && is_allowed_text(allowed, item->text))
		return tl_arena_printf(&ex->arena, "put it in quotes: \"%.*s\"", TL_FMT(item->text));
	struct tl_str near = tl_text_nearest(item->text, allowed->names, allowed->n_names);
	return near.len ? tl_arena_printf(&ex->arena, "did you mean '%.*s'?", TL_FMT(near)) : (struct tl_str){ NULL, 0 };
}

static void finish_value(struct tl_explain *ex, struct tl_problem *problem, struct allowed *allowed, bool key)
{
	struct tl_buf buf = { 0 };
	tl_words_subject(&buf, problem->item, problem->parent, key);
	tl_buf_printf(&buf, allowed->count == 1 ? " must be %.*s, got " : " must be one of %.*s, got ", TL_FMT(tl_buf_view(&allowed->list)));
	tl_words_value(&buf, problem->item);
	problem->message = tl_words_take(ex, &buf);
	problem->help = help_for_value(ex, allowed, problem->item);
	tl_buf_clear(&allowed->list);
	free(allowed->names);
}

void tl_say_value(struct tl_explain *ex, const struct tl_visit *at, const struct tl_values *values)
{
	struct allowed allowed = { 0 };
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_VALUE, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	problem->values = values;
	allow_values(&allowed, values);
	finish_value(ex, problem, &allowed, at->key);
	if (!problem->help.ptr)
		problem->help = at->words.help;
}

void tl_say_joined_values(struct tl_explain *ex, const struct tl_problem *problems, size_t count)
{
	struct allowed allowed = { 0 };
	struct tl_visit at = { .item = problems[0].item, .parent = problems[0].parent };
	for (size_t i = 0; i < count; i++)
		allow_values(&allowed, problems[i].values);
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, &at, tl_visit_span(ex, &at));
	if (problem)
		finish_value(ex, problem, &allowed, false);
}
