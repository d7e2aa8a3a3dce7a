/* All other mistakes: one function for each kind. */
#include "schema/words.h"

/* With the schema's own word for what is expected, or false. */
static bool say_own_word(struct tl_explain *ex, const struct tl_visit *at)
{
	if (!at->words.expected.ptr)
		return false;
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_span(ex, at));
	if (problem)
		tl_say_expected(ex, problem, at->words.expected);
	if (problem)
		problem->help = at->words.help;
	return true;
}

static void add_bound(struct tl_buf *buf, bool broken, const char *words, double bound)
{
	if (!broken)
		return;
	tl_buf_printf(buf, " must be %s ", words);
	tl_words_number(buf, bound);
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
	tl_words_subject(&buf, at->item, at->parent, at->key);
	size_t subject = buf.len;
	add_bound(&buf, rules->has_least && number < rules->least, "at least", rules->least);
	add_bound(&buf, rules->has_most && number > rules->most, "at most", rules->most);
	add_bound(&buf, rules->has_above && number <= rules->above, "above", rules->above);
	add_bound(&buf, rules->has_below && number >= rules->below, "below", rules->below);
	add_bound(&buf, buf.len == subject, "a multiple of", rules->step);
	tl_buf_text(&buf, ", got ");
	tl_words_number(&buf, number);
	problem->message = tl_words_take(ex, &buf);
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
	tl_words_subject(&buf, at->item, at->parent, at->key);
	tl_buf_text(&buf, size < least ? " must have at least " : " must have at most ");
	tl_words_number(&buf, bound);
	tl_buf_printf(&buf, " %s, got ", bound == 1 ? one : many);
	tl_words_number(&buf, size);
	problem->message = tl_words_take(ex, &buf);
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
	tl_words_quoted(&buf, at->item->text);
	tl_buf_printf(&buf, " does not match the pattern %.*s", TL_FMT(rules->pattern_text));
	problem->message = tl_words_take(ex, &buf);
	problem->help = at->words.help;
}

void tl_say_twin(struct tl_explain *ex, const struct tl_visit *at, const struct tl_item *twin)
{
	struct tl_buf buf = { 0 };
	struct tl_visit child = { .node = at->node, .item = twin, .parent = at->item };
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, &child, tl_visit_span(ex, &child));
	if (!problem)
		return;
	tl_words_value(&buf, twin);
	tl_buf_text(&buf, " stands here twice");
	problem->message = tl_words_take(ex, &buf);
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
	for (uint32_t i = 0; i < rules->n_known && i < TL_WORDS_LIST; i++)
		tl_buf_printf(buf, "%s%.*s", i ? ", " : "known keys here: ", TL_FMT(rules->keys.keys[i]));
	if (rules->n_known > TL_WORDS_LIST)
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
	tl_words_quoted(&message, child->key);
	problem->message = tl_words_take(ex, &message);
	if (near.len)
		tl_buf_printf(&help, "did you mean '%.*s'? ", TL_FMT(near));
	if (at->node->map)
		add_known_keys(&help, at->node->map);
	problem->help = tl_str_trim(tl_words_take(ex, &help));
}

void tl_say_forbidden(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_buf buf = { 0 };
	struct tl_problem *problem = tl_problem_add(ex, TL_PROBLEM_OTHER, at, tl_visit_has_key(at) ? at->item->key_span : tl_visit_span(ex, at));
	if (!problem)
		return;
	if (tl_visit_has_key(at))
		tl_words_quoted(&buf, at->item->key);
	else
		tl_words_value(&buf, at->item);
	tl_buf_text(&buf, " is not allowed here");
	problem->message = at->words.message.ptr ? at->words.message : tl_words_take(ex, &buf);
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
	tl_words_subject(&buf, at->item, at->parent, at->key);
	tl_buf_printf(&buf, " %s", message);
	problem->message = tl_words_take(ex, &buf);
	problem->help = at->words.help;
}
