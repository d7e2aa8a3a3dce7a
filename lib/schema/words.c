/* How a mistake is said: one function for each kind of it. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "schema/explain.h"

/* Values and keys that a message lists before it stops. */
#define LIST_LIMIT 24
/* Bytes of a user's text that a message repeats. */
#define TEXT_LIMIT 60

static struct tl_str take_text(struct tl_explain *ex, struct tl_buf *buf)
{
	struct tl_str text = tl_arena_dup(&ex->arena, tl_buf_view(buf));
	tl_buf_clear(buf);
	return text;
}

/* ---- Places ---- */

/* Whether a span holds no line break. */
static bool is_one_line(const struct tl_explain *ex, struct tl_span span)
{
	struct tl_str bytes = ex->source ? ex->source->bytes : TL_STR("");
	if (span.end > bytes.len || span.start > span.end)
		return true;
	return span.start == span.end || !memchr(bytes.ptr + span.start, '\n', span.end - span.start);
}

/* The part of a span on its first line. */
static struct tl_span first_line(const struct tl_explain *ex, struct tl_span span)
{
	struct tl_str bytes = ex->source ? ex->source->bytes : TL_STR("");
	if (is_one_line(ex, span))
		return span;
	const char *end = memchr(bytes.ptr + span.start, '\n', span.end - span.start);
	span.end = (uint32_t)(end - bytes.ptr);
	if (span.end > span.start && bytes.ptr[span.end - 1] == '\r')
		span.end--;
	return span;
}

static bool has_key(const struct tl_visit *at)
{
	return at->parent && at->parent->kind == TL_MAP;
}

struct tl_span tl_visit_head(const struct tl_explain *ex, const struct tl_visit *at)
{
	return has_key(at) ? at->item->key_span : first_line(ex, at->item->span);
}

struct tl_span tl_visit_span(const struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_span span = at->item->span;
	bool collection = at->item->kind == TL_LIST || at->item->kind == TL_MAP;
	if (span.start == span.end || (collection && !is_one_line(ex, span)))
		return tl_visit_head(ex, at);
	return span;
}

/* ---- Describing ---- */

/* The longest start of `text` of at most `limit` bytes that cuts no character. */
static struct tl_str cut_text(struct tl_str text, size_t limit)
{
	if (text.len <= limit)
		return text;
	while (limit > 0 && ((unsigned char)text.ptr[limit] & 0xc0) == 0x80)
		limit--;
	return (struct tl_str){ text.ptr, limit };
}

static void add_quoted(struct tl_buf *buf, struct tl_str text)
{
	struct tl_str shown = cut_text(text, TEXT_LIMIT);
	tl_buf_char(buf, '\'');
	tl_buf_str(buf, shown);
	tl_buf_text(buf, shown.len < text.len ? "…'" : "'");
}

static void add_number(struct tl_buf *buf, double number)
{
	char text[TL_NUMBER_SIZE];
	tl_buf_add(buf, text, tl_text_number_to(text, number));
}

/* "number 5", "'abc'", "an empty list". */
static void add_value(struct tl_buf *buf, const struct tl_item *item)
{
	switch (item->kind) {
	case TL_NULL:
		tl_buf_text(buf, item->text.len ? "null" : "nothing");
		break;
	case TL_BOOLEAN:
		tl_buf_text(buf, item->boolean ? "true" : "false");
		break;
	case TL_NUMBER:
		tl_buf_text(buf, "number ");
		tl_buf_str(buf, cut_text(item->text, TEXT_LIMIT));
		break;
	case TL_STRING:
		add_quoted(buf, item->text);
		break;
	case TL_LIST:
		tl_buf_text(buf, item->count ? "a list" : "an empty list");
		break;
	case TL_MAP:
		tl_buf_text(buf, item->count ? "a map" : "an empty map");
		break;
	}
}

/* A value as the schema allows it: "5", "play", "{…}". */
static void add_allowed(struct tl_buf *buf, const struct tl_item *item)
{
	if (item->kind == TL_NUMBER)
		add_number(buf, item->number);
	else if (item->kind == TL_STRING)
		tl_buf_str(buf, item->text.len ? item->text : TL_STR("''"));
	else
		add_value(buf, item);
}

/* "'type'", "each item of 'accept'", "the value". */
static void add_subject(struct tl_buf *buf, const struct tl_item *item, const struct tl_item *parent, bool key)
{
	if (key) {
		tl_buf_text(buf, "the key ");
		add_quoted(buf, item->text);
	} else if (parent && parent->kind == TL_MAP) {
		add_quoted(buf, item->key);
	} else if (parent && parent->key.len) {
		tl_buf_text(buf, "each item of ");
		add_quoted(buf, parent->key);
	} else {
		tl_buf_text(buf, parent ? "each item" : "the value");
	}
}

static const struct {
	unsigned types;
	const char *name;
} type_table[] = {
	{ TL_TYPE_STRING, "a string" },    { TL_TYPE_NUMBER, "a number" },       { TL_TYPE_INTEGER, "a whole number" },
	{ 1 << TL_BOOLEAN, "true or false" }, { TL_TYPE_LIST, "a list" },        { TL_TYPE_MAP, "a map" },
	{ 1 << TL_NULL, "nothing (null)" },
};

static void add_types(struct tl_buf *buf, unsigned types)
{
	const char *between = "";
	if (types & TL_TYPE_NUMBER)
		types &= ~(unsigned)TL_TYPE_INTEGER;
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (!(types & type_table[i].types))
			continue;
		tl_buf_text(buf, between);
		tl_buf_text(buf, type_table[i].name);
		between = " or ";
	}
}

struct tl_str tl_words_expected(const struct tl_node *node)
{
	while (node && !node->words.expected.ptr)
		node = node->logic ? node->logic->ref : NULL;
	return node ? node->words.expected : (struct tl_str){ NULL, 0 };
}

static struct tl_str expected_of(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_buf buf = { 0 };
	if (at->words.expected.ptr)
		return at->words.expected;
	add_types(&buf, at->node->types);
	return take_text(ex, &buf);
}

static void say_expected(struct tl_explain *ex, struct tl_problem *problem, struct tl_str expected)
{
	struct tl_buf buf = { 0 };
	tl_buf_printf(&buf, "expected %.*s, got ", TL_FMT(expected));
	add_value(&buf, problem->item);
	problem->message = take_text(ex, &buf);
}

/* ---- Mistakes ---- */

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
	struct tl_str text = cut_text(at->item->text, TEXT_LIMIT);
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
	problem->expected = expected_of(ex, at);
	say_expected(ex, problem, problem->expected);
	problem->help = help_for_type(ex, at);
}

void tl_say_joined_types(struct tl_explain *ex, const struct tl_visit *at, const struct tl_problem *problems, size_t count)
{
	struct tl_buf buf = { 0 };
	for (size_t i = 0; i < count; i++)
		tl_buf_printf(&buf, "%s%.*s", i ? " or " : "", TL_FMT(problems[i].expected));
	struct tl_str expected = at->words.expected.ptr ? at->words.expected : take_text(ex, &buf);
	tl_buf_clear(&buf);
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_TYPE, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	problem->expected = expected;
	say_expected(ex, problem, expected);
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
	if (allowed->count <= LIST_LIMIT) {
		tl_buf_text(&allowed->list, allowed->count > 1 ? ", " : "");
		add_allowed(&allowed->list, value);
	} else if (allowed->count == LIST_LIMIT + 1) {
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
	add_subject(&buf, problem->item, problem->parent, key);
	tl_buf_printf(&buf, allowed->count == 1 ? " must be %.*s, got " : " must be one of %.*s, got ", TL_FMT(tl_buf_view(&allowed->list)));
	add_value(&buf, problem->item);
	problem->message = take_text(ex, &buf);
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

/* With the schema's own word for what is expected, or false. */
static bool say_own_word(struct tl_explain *ex, const struct tl_visit *at)
{
	if (!at->words.expected.ptr)
		return false;
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_span(ex, at));
	if (problem)
		say_expected(ex, problem, at->words.expected);
	if (problem)
		problem->help = at->words.help;
	return true;
}

static void add_bound(struct tl_buf *buf, bool broken, const char *words, double bound)
{
	if (!broken)
		return;
	tl_buf_printf(buf, " must be %s ", words);
	add_number(buf, bound);
}

void tl_say_number(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_number_rules *rules = at->node->number;
	double number = at->item->number;
	struct tl_buf buf = { 0 };
	if (say_own_word(ex, at))
		return;
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	add_subject(&buf, at->item, at->parent, at->key);
	size_t subject = buf.len;
	add_bound(&buf, rules->has_least && number < rules->least, "at least", rules->least);
	add_bound(&buf, rules->has_most && number > rules->most, "at most", rules->most);
	add_bound(&buf, rules->has_above && number <= rules->above, "above", rules->above);
	add_bound(&buf, rules->has_below && number >= rules->below, "below", rules->below);
	add_bound(&buf, buf.len == subject, "a multiple of", rules->step);
	tl_buf_text(&buf, ", got ");
	add_number(&buf, number);
	problem->message = take_text(ex, &buf);
	problem->help = at->words.help;
}

void tl_say_size(struct tl_explain *ex, const struct tl_visit *at, double least, double most, const char *one, const char *many)
{
	struct tl_buf buf = { 0 };
	double size = at->item->kind == TL_STRING ? (double)tl_str_code_points(at->item->text) : (double)at->item->count;
	double bound = size < least ? least : most;
	if (say_own_word(ex, at))
		return;
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	add_subject(&buf, at->item, at->parent, at->key);
	tl_buf_text(&buf, size < least ? " must have at least " : " must have at most ");
	add_number(&buf, bound);
	tl_buf_printf(&buf, " %s, got ", bound == 1 ? one : many);
	add_number(&buf, size);
	problem->message = take_text(ex, &buf);
	problem->help = at->words.help;
}

void tl_say_string(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_string_rules *rules = at->node->string;
	double points = (double)tl_str_code_points(at->item->text);
	struct tl_buf buf = { 0 };
	if (points < rules->least || points > rules->most) {
		tl_say_size(ex, at, rules->least, rules->most, "character", "characters");
		return;
	}
	if (say_own_word(ex, at))
		return;
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	add_quoted(&buf, at->item->text);
	tl_buf_printf(&buf, " does not match the pattern %.*s", TL_FMT(rules->pattern_text));
	problem->message = take_text(ex, &buf);
	problem->help = at->words.help;
}

void tl_say_twin(struct tl_explain *ex, const struct tl_visit *at, const struct tl_item *twin)
{
	struct tl_buf buf = { 0 };
	struct tl_visit child = { .node = at->node, .item = twin, .parent = at->item };
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, &child, tl_visit_span(ex, &child));
	if (!problem)
		return;
	add_value(&buf, twin);
	tl_buf_text(&buf, " stands here twice");
	problem->message = take_text(ex, &buf);
	problem->help = at->words.help;
}

/* What a key takes, where the node or one that it refers to says so. */
static struct tl_str expected_under(const struct tl_node *node, struct tl_str name)
{
	struct tl_str expected = { NULL, 0 };
	for (; node && !expected.ptr; node = node->logic ? node->logic->ref : NULL) {
		uint32_t place = node->map ? tl_keys_find(&node->map->keys, name) : TL_NONE;
		if (place != TL_NONE)
			expected = tl_words_expected(node->map->properties[place].node);
	}
	return expected;
}

void tl_say_missing(struct tl_explain *ex, const struct tl_visit *at, struct tl_str name)
{
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_head(ex, at));
	if (!problem)
		return;
	problem->message = tl_arena_printf(&ex->arena, "missing key '%.*s'", TL_FMT(name));
	struct tl_str expected = expected_under(at->node, name);
	if (expected.ptr)
		problem->help = tl_arena_printf(&ex->arena, "'%.*s' takes %.*s", TL_FMT(name), TL_FMT(expected));
}

static void add_known_keys(struct tl_buf *buf, const struct tl_map_rules *rules)
{
	for (uint32_t i = 0; i < rules->n_known && i < LIST_LIMIT; i++)
		tl_buf_printf(buf, "%s%.*s", i ? ", " : "known keys here: ", TL_FMT(rules->keys.keys[i]));
	if (rules->n_known > LIST_LIMIT)
		tl_buf_text(buf, ", …");
}

void tl_say_unknown(struct tl_explain *ex, const struct tl_visit *at, const struct tl_item *child, struct tl_str near)
{
	struct tl_visit visit = { .node = at->node, .item = child, .parent = at->item };
	struct tl_buf message = { 0 }, help = { 0 };
	enum tl_problem_kind kind = near.len ? TL_PROBLEM_MISSPELT : TL_PROBLEM_OTHER;
	struct tl_problem *problem = tl_problem_add(ex, kind, &visit, child->key_span);
	if (!problem)
		return;
	tl_buf_text(&message, "unknown key ");
	add_quoted(&message, child->key);
	problem->message = take_text(ex, &message);
	if (near.len)
		tl_buf_printf(&help, "did you mean '%.*s'? ", TL_FMT(near));
	if (at->node->map)
		add_known_keys(&help, at->node->map);
	problem->help = tl_str_trim(take_text(ex, &help));
}

void tl_say_forbidden(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_buf buf = { 0 };
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, has_key(at) ? at->item->key_span : tl_visit_span(ex, at));
	if (!problem)
		return;
	if (has_key(at))
		add_quoted(&buf, at->item->key);
	else
		add_value(&buf, at->item);
	tl_buf_text(&buf, " is not allowed here");
	problem->message = at->words.message.ptr ? at->words.message : take_text(ex, &buf);
	tl_buf_clear(&buf);
	problem->help = at->words.help;
}

void tl_say_message(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_MESSAGE, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	problem->message = at->words.message;
	problem->help = at->words.help;
}

void tl_say_other(struct tl_explain *ex, const struct tl_visit *at, const char *message)
{
	struct tl_buf buf = { 0 };
	if (say_own_word(ex, at))
		return;
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_span(ex, at));
	if (!problem)
		return;
	add_subject(&buf, at->item, at->parent, at->key);
	tl_buf_printf(&buf, " %s", message);
	problem->message = take_text(ex, &buf);
	problem->help = at->words.help;
}
