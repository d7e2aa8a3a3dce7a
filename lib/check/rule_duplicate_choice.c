/* check/rule_duplicate_choice.c: a key or phrase that an earlier choice of the same menu always takes. */
#include "check/rules.h"

/* Phrases compare without case and with single blanks, as menus match them. */
static struct tl_str plain_phrase(struct tl_check *check, struct tl_str phrase)
{
	char *out = tl_arena_alloc(check->scratch, phrase.len + 1, 1);
	size_t n = 0;

	phrase = tl_str_trim(phrase);
	for (size_t i = 0; i < phrase.len; i++) {
		char c = phrase.ptr[i];

		if (c == ' ' && n > 0 && out[n - 1] == ' ')
			continue;
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return (struct tl_str){ out, n };
}

/* Notes who takes it first; says so where that choice is always offered. `index` numbers outcomes of the flow. */
static void note(struct tl_check *check, struct tl_map *seen, struct tl_str what, uint32_t index, const char *kind, struct tl_name shown)
{
	const struct tl_flow *flow = check->flow;
	bool made;
	struct tl_map_entry *entry = tl_map_put(seen, what, &made);
	const struct tl_outcome *first;

	if (made) {
		entry->value.index = index;
		return;
	}
	first = &flow->outcomes[entry->value.index];
	/* Where it is offered only sometimes the two may well take turns. */
	if (first->guard || entry->value.index == index)
		return;
	tl_check_say(check, shown.span, "the %s '%.*s' is taken by %.*s already", kind, TL_FMT(shown.text), TL_FMT(first->name));
}

static void check_menu(struct tl_check *check, const struct tl_node *node)
{
	struct tl_map keys = { 0 }, phrases = { 0 };

	for (uint32_t i = node->first_outcome; i < node->first_outcome + node->n_outcomes; i++) {
		const struct tl_outcome *outcome = &check->flow->outcomes[i];

		if (outcome->role != TL_R_CHOICE || outcome->disabled)
			continue;
		if (outcome->key.len > 0)
			note(check, &keys, outcome->key, i, "key", (struct tl_name){ outcome->key, outcome->key_span });
		for (uint32_t j = 0; j < outcome->n_phrases; j++)
			note(check, &phrases, plain_phrase(check, outcome->phrases[j].text), i, "phrase", outcome->phrases[j]);
	}
	tl_map_clear(&keys);
	tl_map_clear(&phrases);
}

static void local(struct tl_check *check)
{
	for (uint32_t i = 0; i < check->flow->n_nodes; i++) {
		if (check->flow->nodes[i].op == TL_MENU)
			check_menu(check, &check->flow->nodes[i]);
	}
}

const struct tl_rule tl_rule_duplicate_choice = {
	.id = "duplicate-choice",
	.level = TL_ERROR,
	.summary = "a key or phrase of a menu is taken by an earlier choice already",
	.explain = "Of two choices with the same key or phrase the first that is offered is taken, so the second can never be. Choices of which the earlier one\n"
	           "has a 'when' may share a key: that is how a dynamic menu is written.\n",
	.bad = "flow: line\nchannel: voice\nstart: main\nprompts: {ask: {text: Press 1 or 2.}}\nnodes:\n  main:\n    type: menu\n    prompt: ask\n"
	       "    choices:\n      - {key: \"1\", next: bills}\n      - {key: \"1\", next: staff}\n    otherwise: staff\n"
	       "  bills: {type: transfer, to: {queue: bills}}\n  staff: {type: transfer, to: {queue: staff}}\n",
	.good = "flow: line\nchannel: voice\nstart: main\nprompts: {ask: {text: Press 1 or 2.}}\nnodes:\n  main:\n    type: menu\n    prompt: ask\n"
	        "    choices:\n      - {key: \"1\", next: bills}\n      - {key: \"2\", next: staff}\n    otherwise: staff\n"
	        "  bills: {type: transfer, to: {queue: bills}}\n  staff: {type: transfer, to: {queue: staff}}\n",
	.local = local,
};
