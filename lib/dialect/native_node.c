/* dialect/native_node.c: the eleven node types of the native language, one row and one function each. */
#include <string.h>

#include "dialect/native.h"

/* A node while it is read. */
struct reading {
	struct tl_builder *builder;
	const struct tl_item *item;
	uint32_t index;
};

/* Valid until the next node is added. */
static struct tl_node *node_of(const struct reading *reading)
{
	return &reading->builder->flow->nodes[reading->index];
}

static struct tl_arena *arena_of(const struct reading *reading)
{
	return &reading->builder->flow->arena;
}

static const struct tl_item *get(const struct reading *reading, const char *key)
{
	return tl_item_get(reading->item, key);
}

/* ---- outcomes */

static struct tl_outcome *add_outcome(struct reading *reading, enum tl_role role, struct tl_str name, const struct tl_item *to)
{
	struct tl_name target = tl_native_name(to);
	uint32_t index = tl_builder_outcome(reading->builder, reading->index, role, name, tl_target_named(target), target.span);

	return &reading->builder->flow->outcomes[index];
}

/* An outcome that the page requires: one that is missing leads nowhere. */
static void must(struct reading *reading, enum tl_role role, const char *key)
{
	struct tl_outcome *outcome = add_outcome(reading, role, tl_str(key), get(reading, key));

	if (outcome->target.name.text.len == 0)
		outcome->span = node_of(reading)->name.span;
}

static void may(struct reading *reading, enum tl_role role, const char *key)
{
	if (get(reading, key))
		add_outcome(reading, role, tl_str(key), get(reading, key));
}

static struct tl_assignment *read_assignments(struct reading *reading, const struct tl_item *map, uint32_t *count)
{
	struct tl_assignment *assignments;
	uint32_t n = 0;

	*count = 0;
	if (!map || map->kind != TL_MAP || map->count == 0)
		return NULL;
	assignments = TL_ARENA_ARRAY(arena_of(reading), struct tl_assignment, map->count);
	for (const struct tl_item *item = map->first; item; item = item->next) {
		assignments[n].name = (struct tl_name){ item->key, item->key_span };
		assignments[n].slot = tl_builder_variable(reading->builder, item->key);
		assignments[n].value = tl_native_value(reading->builder, item, reading->index);
		n++;
	}
	*count = n;
	return assignments;
}

/* ---- menu and gather */

static void read_fallback(struct reading *reading, const char *key, struct tl_fallback *fallback)
{
	const struct tl_item *item = get(reading, key);

	fallback->given = item != NULL;
	fallback->retries = tl_native_count(tl_item_get(item, "retries"), 0);
	fallback->prompt = tl_native_prompt(reading->builder, tl_item_get(item, "prompt"), reading->index);
}

static void read_ask(struct reading *reading)
{
	const struct tl_item *timeout = tl_item_get(get(reading, "no_input"), "timeout");
	const struct tl_item *confidence = get(reading, "min_confidence");
	uint32_t prompt = tl_native_prompt(reading->builder, get(reading, "prompt"), reading->index);
	struct tl_ask ask = node_of(reading)->ask;

	read_fallback(reading, "no_input", &ask.no_input);
	read_fallback(reading, "no_match", &ask.no_match);
	ask.timeout_given = timeout != NULL;
	ask.timeout_ms = tl_native_duration(timeout, ask.timeout_ms);
	if (confidence && confidence->kind == TL_NUMBER) {
		ask.min_confidence_given = true;
		ask.min_confidence = confidence->number;
	}
	node_of(reading)->prompt = prompt;
	node_of(reading)->ask = ask;
}

static void read_ask_outcomes(struct reading *reading)
{
	const struct tl_item *no_input = tl_item_get(get(reading, "no_input"), "next");
	const struct tl_item *no_match = tl_item_get(get(reading, "no_match"), "next");

	if (no_input)
		add_outcome(reading, TL_R_NO_INPUT, TL_STR("no_input.next"), no_input);
	if (no_match)
		add_outcome(reading, TL_R_NO_MATCH, TL_STR("no_match.next"), no_match);
	must(reading, TL_R_OTHERWISE, "otherwise");
}

static void read_phrases(struct tl_arena *arena, struct tl_outcome *outcome, const struct tl_item *list)
{
	if (!list || list->kind != TL_LIST)
		return;
	outcome->phrases = TL_ARENA_ARRAY(arena, struct tl_name, list->count);
	for (const struct tl_item *item = list->first; item; item = item->next) {
		if (item->kind == TL_STRING)
			outcome->phrases[outcome->n_phrases++] = tl_native_name(item);
	}
}

/* "choice 3": the names of choices and cases count as written. */
static struct tl_str numbered(struct reading *reading, const char *what, uint32_t number)
{
	return tl_arena_printf(arena_of(reading), "%s %u", what, number);
}

static void read_choice(struct reading *reading, const struct tl_item *item, uint32_t number)
{
	struct tl_name key = tl_native_name(tl_item_get(item, "key"));
	uint32_t prompt = tl_native_prompt(reading->builder, tl_item_get(item, "prompt"), reading->index), n;
	struct tl_assignment *assignments = read_assignments(reading, tl_item_get(item, "set"), &n);
	struct tl_expr *guard = tl_native_condition(reading->builder, tl_item_get(item, "when"));
	struct tl_outcome *outcome = add_outcome(reading, TL_R_CHOICE, numbered(reading, "choice", number), tl_item_get(item, "next"));

	outcome->span = item->span;
	outcome->key = key.text;
	outcome->key_span = key.span;
	outcome->guard = guard;
	outcome->prompt = prompt;
	outcome->assignments = assignments;
	outcome->n_assignments = n;
	read_phrases(arena_of(reading), outcome, tl_item_get(item, "phrases"));
}

/* Each item of `list`, up to the limit, by `read`. */
static void read_numbered(struct reading *reading, const struct tl_item *list,
                          void (*read)(struct reading *reading, const struct tl_item *item, uint32_t number))
{
	const struct tl_lower *lower = reading->builder->lower;
	uint32_t number = 0;

	if (!list || list->kind != TL_LIST)
		return;
	if (lower->findings && list->count > lower->limits.choices)
		tl_findings_add(lower->findings, &reading->builder->flow->doc->source, list->key_span, TL_ERROR, "limit",
		                "%u %.*s, more than the limit 'choices' of %llu", list->count, TL_FMT(list->key),
		                (unsigned long long)lower->limits.choices);
	for (const struct tl_item *item = list->first; item; item = item->next)
		read(reading, item, ++number);
}

static void read_menu(struct reading *reading)
{
	read_ask(reading);
	read_numbered(reading, get(reading, "choices"), read_choice);
	read_ask_outcomes(reading);
}

static unsigned read_accept(const struct tl_item *list)
{
	unsigned accept = 0;

	if (!list || list->kind != TL_LIST)
		return 0;
	for (const struct tl_item *item = list->first; item; item = item->next) {
		accept |= tl_str_is(item->text, "dtmf") ? TL_ACCEPT_DTMF : 0;
		accept |= tl_str_is(item->text, "speech") ? TL_ACCEPT_SPEECH : 0;
		accept |= tl_str_is(item->text, "text") ? TL_ACCEPT_TEXT : 0;
	}
	return accept;
}

static void read_digits(struct tl_node *node, const struct tl_item *item)
{
	const struct tl_item *min = tl_item_get(item, "min"), *max = tl_item_get(item, "max");
	struct tl_str terminator = tl_item_text(item, "terminator");

	node->min_given = min != NULL;
	node->max_given = max != NULL;
	node->min_digits = tl_native_count(min, node->min_digits);
	node->max_digits = tl_native_count(max, node->max_digits);
	if (terminator.len > 0) {
		node->terminator_given = true;
		node->terminator = terminator.ptr[0];
	}
}

/* `accept` cannot widen a channel. */
static void read_gather(struct reading *reading)
{
	unsigned carried = reading->builder->flow->channel == TL_VOICE ? TL_ACCEPT_DTMF | TL_ACCEPT_SPEECH : TL_ACCEPT_TEXT;
	const struct tl_item *into = get(reading, "into"), *accept = get(reading, "accept");
	uint32_t slot = into && into->kind == TL_STRING ? tl_builder_variable(reading->builder, into->text) : TL_NONE;
	struct tl_node *node;

	read_ask(reading);
	node = node_of(reading);
	node->has_into = slot != TL_NONE;
	node->into = (struct tl_assignment){ .slot = slot, .name = tl_native_name(into) };
	node->accept_given = read_accept(accept);
	node->accept = accept ? node->accept_given & carried : carried;
	read_digits(node, get(reading, "digits"));
	must(reading, TL_R_NEXT, "next");
	read_ask_outcomes(reading);
}

/* ---- the others */

static void read_play(struct reading *reading)
{
	uint32_t prompt = tl_native_prompt(reading->builder, get(reading, "prompt"), reading->index);

	node_of(reading)->prompt = prompt;
	must(reading, TL_R_NEXT, "next");
}

static void read_set(struct reading *reading)
{
	uint32_t n;
	struct tl_assignment *assignments = read_assignments(reading, get(reading, "values"), &n);

	node_of(reading)->assignments = assignments;
	node_of(reading)->n_assignments = n;
	must(reading, TL_R_NEXT, "next");
}

static void read_case(struct reading *reading, const struct tl_item *item, uint32_t number)
{
	struct tl_expr *guard = tl_native_condition(reading->builder, tl_item_get(item, "when"));
	struct tl_outcome *outcome = add_outcome(reading, TL_R_CASE, numbered(reading, "case", number), tl_item_get(item, "next"));

	outcome->guard = guard;
	outcome->span = item->span;
}

static void read_decide(struct reading *reading)
{
	read_numbered(reading, get(reading, "cases"), read_case);
	must(reading, TL_R_OTHERWISE, "otherwise");
}

static struct tl_argument *read_inputs(struct reading *reading, uint32_t *count)
{
	const struct tl_item *map = get(reading, "inputs");
	struct tl_argument *arguments;
	uint32_t n = 0;

	*count = 0;
	if (!map || map->kind != TL_MAP || map->count == 0)
		return NULL;
	arguments = TL_ARENA_ARRAY(arena_of(reading), struct tl_argument, map->count);
	for (const struct tl_item *item = map->first; item; item = item->next) {
		arguments[n].name = (struct tl_name){ item->key, item->key_span };
		arguments[n].slot = TL_NONE;
		arguments[n].value = tl_native_value(reading->builder, item, reading->index);
		n++;
	}
	*count = n;
	return arguments;
}

/* {this flow's variable: the result's field, or the callee's variable} */
static struct tl_argument *read_outputs(struct reading *reading, uint32_t *count)
{
	const struct tl_item *map = get(reading, "outputs");
	struct tl_argument *arguments;
	uint32_t n = 0;

	*count = 0;
	if (!map || map->kind != TL_MAP || map->count == 0)
		return NULL;
	arguments = TL_ARENA_ARRAY(arena_of(reading), struct tl_argument, map->count);
	for (const struct tl_item *item = map->first; item; item = item->next) {
		if (item->kind != TL_STRING)
			continue;
		arguments[n].name = (struct tl_name){ item->key, item->key_span };
		arguments[n].slot = tl_builder_variable(reading->builder, item->key);
		arguments[n].field = item->text;
		arguments[n].field_span = item->span;
		arguments[n].members = tl_split_dots(arena_of(reading), item->text, &arguments[n].n_members);
		n++;
	}
	*count = n;
	return arguments;
}

static void read_arguments(struct reading *reading)
{
	uint32_t n_inputs, n_outputs;
	struct tl_argument *inputs = read_inputs(reading, &n_inputs);
	struct tl_argument *outputs = read_outputs(reading, &n_outputs);
	struct tl_node *node = node_of(reading);

	node->inputs = inputs;
	node->n_inputs = n_inputs;
	node->outputs = outputs;
	node->n_outputs = n_outputs;
}

/* The subject is a plain name: no template. */
static void read_subject(struct reading *reading, const char *key, enum tl_need_kind need)
{
	const struct tl_item *item = get(reading, key);
	struct tl_expr *subject = TL_ARENA_NEW(arena_of(reading), struct tl_expr);
	struct tl_name name = tl_native_name(item);

	subject->value = tl_value_string(name.text);
	subject->span = name.span;
	node_of(reading)->subject = subject;
	node_of(reading)->subject_given = item != NULL;
	if (item)
		tl_builder_need(reading->builder, need, name.text, name.span, reading->index);
}

static void read_data_action(struct reading *reading)
{
	const struct tl_item *timeout = get(reading, "timeout");

	read_subject(reading, "action", TL_NEED_ACTION);
	read_arguments(reading);
	node_of(reading)->timeout_given = timeout != NULL;
	node_of(reading)->timeout_ms = tl_native_duration(timeout, node_of(reading)->timeout_ms);
	must(reading, TL_R_NEXT, "next");
	must(reading, TL_R_FAILED, "failed");
	may(reading, TL_R_TIMED_OUT, "timed_out");
}

static void read_lookup_profile(struct reading *reading)
{
	const struct tl_item *by = get(reading, "by");
	bool given = by && by->kind == TL_STRING;
	struct tl_expr *subject;

	subject = tl_builder_template(reading->builder, given ? by->text : TL_STR("${caller.number}"),
	                              given ? by->span : node_of(reading)->name.span, false, reading->index);
	node_of(reading)->subject = subject;
	node_of(reading)->subject_given = given;
	node_of(reading)->service = TL_SERVICE_PROFILE;
	must(reading, TL_R_FOUND, "found");
	must(reading, TL_R_NOT_FOUND, "not_found");
	may(reading, TL_R_FAILED, "failed");
}

static void read_hours(struct reading *reading)
{
	read_subject(reading, "schedule", TL_NEED_SCHEDULE);
	node_of(reading)->service = TL_SERVICE_HOURS;
	must(reading, TL_R_OPEN, "open");
	must(reading, TL_R_CLOSED, "closed");
	may(reading, TL_R_HOLIDAY, "holiday");
}

static enum tl_need_kind need_of_target(struct tl_str kind)
{
	if (tl_str_is(kind, "queue"))
		return TL_NEED_QUEUE;
	if (tl_str_is(kind, "flow"))
		return TL_NEED_FLOW;
	return tl_str_is(kind, "user") ? TL_NEED_USER : TL_NEED_OTHER;
}

static void read_transfer(struct reading *reading)
{
	const struct tl_item *to = get(reading, "to"), *target = to && to->kind == TL_MAP ? to->first : NULL;

	if (target && target->kind == TL_STRING) {
		struct tl_expr *subject = tl_builder_template(reading->builder, target->text, target->span, false, reading->index);
		struct tl_need *need = tl_builder_need(reading->builder, need_of_target(target->key), target->text, target->span,
		                                       reading->index);

		need->fixed = subject->kind == TL_E_LITERAL;
		if (need->fixed)
			need->name = subject->value.text;
		node_of(reading)->subject = subject;
		node_of(reading)->subject_given = true;
		node_of(reading)->kind = target->key;
	}
	may(reading, TL_R_FAILED, "failed");
}

static void read_subflow(struct reading *reading)
{
	const struct tl_item *exits = get(reading, "exits");

	read_subject(reading, "flow", TL_NEED_FLOW);
	node_of(reading)->kind = TL_STR("flow");
	read_arguments(reading);
	for (const struct tl_item *item = exits && exits->kind == TL_MAP ? exits->first : NULL; item; item = item->next) {
		struct tl_outcome *outcome = add_outcome(reading, TL_R_EXIT, tl_arena_printf(arena_of(reading), "exit %.*s", TL_FMT(item->key)), item);

		outcome->exit = item->key;
		outcome->key_span = item->key_span;
	}
	must(reading, TL_R_OTHERWISE, "otherwise");
}

static void read_end(struct reading *reading)
{
	node_of(reading)->exit = tl_item_text(reading->item, "exit");
	node_of(reading)->reason = tl_item_text(reading->item, "reason");
}

/* ---- the table */

static const struct {
	const char *type;
	enum tl_op op;
	void (*read)(struct reading *reading);
} type_table[] = {
	{ "play", TL_SAY, read_play },
	{ "menu", TL_MENU, read_menu },
	{ "gather", TL_GATHER, read_gather },
	{ "set", TL_ASSIGN, read_set },
	{ "decide", TL_BRANCH, read_decide },
	{ "data_action", TL_INVOKE, read_data_action },
	{ "lookup_profile", TL_INVOKE, read_lookup_profile },
	{ "hours", TL_INVOKE, read_hours },
	{ "transfer", TL_TRANSFER, read_transfer },
	{ "subflow", TL_CALL, read_subflow },
	{ "end", TL_END, read_end },
};

static size_t row_of(struct tl_str type)
{
	size_t row = 0;

	while (row < TL_COUNT(type_table) && !tl_str_is(type, type_table[row].type))
		row++;
	return row;
}

bool tl_native_is_type(struct tl_str type)
{
	return row_of(type) < TL_COUNT(type_table);
}

/* A type that the language does not have: the schema says so; it stays as a request without a way on. */
static void read_unknown(struct reading *reading)
{
	node_of(reading)->unknown = true;
	node_of(reading)->service = TL_SERVICE_OTHER;
	must(reading, TL_R_NEXT, "next");
}

void tl_native_node(struct tl_builder *builder, const struct tl_item *item, struct tl_name name)
{
	const struct tl_item *type = tl_item_get(item, "type");
	struct tl_str type_name = tl_item_text(item, "type");
	struct reading reading = { .builder = builder, .item = item };
	size_t row = row_of(type_name);

	reading.index = tl_builder_node(builder, row < TL_COUNT(type_table) ? type_table[row].op : TL_INVOKE, name);
	node_of(&reading)->type = type_name;
	node_of(&reading)->type_span = type ? type->span : name.span;
	node_of(&reading)->span = item->span;
	node_of(&reading)->label = tl_item_text(item, "name");
	node_of(&reading)->description = tl_item_text(item, "description");
	if (row < TL_COUNT(type_table))
		type_table[row].read(&reading);
	else
		read_unknown(&reading);
}
