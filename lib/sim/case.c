/* sim/case.c: a case's members to facts, answers and inputs. */
#include "sim/case.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define FILLED_LIMIT ((size_t)1 << 20) /* no target is that long */
#define MAX_STEPS 1e15 /* above what any call can make */

/* A case while it is read. */
struct reading {
	struct tl_case *out;
	struct tl_arena *arena;
	const struct tl_item *item, *defaults;
	const struct tl_case_context *context;
	bool good;
};

static const struct tl_item *get(const struct reading *reading, const char *key)
{
	const struct tl_item *own = tl_item_get(reading->item, key);

	return own ? own : tl_item_get(reading->defaults, key);
}

static struct tl_finding *complain(struct reading *reading, struct tl_span span, const char *rule, const char *what, struct tl_str name)
{
	reading->good = false;
	return tl_findings_add(reading->context->findings, reading->context->source, span, TL_ERROR, rule, "%s '%.*s'", what, TL_FMT(name));
}

static bool within(struct reading *reading, const struct tl_item *item, uint64_t count, uint64_t limit, const char *name)
{
	if (count <= limit)
		return true;
	reading->good = false;
	tl_findings_add(reading->context->findings, reading->context->source, item->key_span, TL_ERROR, "limit",
	                "%llu %s in one case, more than the limit of %llu", (unsigned long long)count, name, (unsigned long long)limit);
	return false;
}

struct tl_str tl_case_fill(struct tl_arena *arena, struct tl_str text, const struct tl_map *values)
{
	struct tl_buf filled = { 0 };
	struct tl_str result;
	size_t at = 0, start, close;

	if (!values || tl_str_find(text, TL_STR("${env."), 0) == SIZE_MAX)
		return text;
	tl_buf_init(&filled, FILLED_LIMIT);
	while ((void)(start = tl_str_find(text, TL_STR("${env."), at)), start != SIZE_MAX) {
		const struct tl_str *value;

		close = tl_str_find(text, TL_STR("}"), start);
		if (close == SIZE_MAX)
			break;
		value = tl_map_ptr(values, tl_str_slice(text, start + strlen("${env."), close));
		tl_buf_str(&filled, tl_str_slice(text, at, start));
		tl_buf_str(&filled, value ? *value : tl_str_slice(text, start, close + 1));
		at = close + 1;
	}
	tl_buf_str(&filled, tl_str_slice(text, at, text.len));
	result = filled.overflow ? text : tl_arena_dup(arena, tl_buf_view(&filled));
	tl_buf_clear(&filled);
	return result;
}

static int64_t duration(const struct tl_item *item, int64_t otherwise)
{
	int64_t ms = 0;

	if (item && item->kind == TL_STRING && tl_duration_parse(&ms, item->text))
		return ms;
	return otherwise;
}

/* ---- facts */

static struct tl_str nearest_variable(const struct tl_flow *flow, struct tl_str name, struct tl_arena *arena)
{
	struct tl_str *names = TL_ARENA_ARRAY(arena, struct tl_str, flow->n_variables + 1);
	size_t n = 0;

	for (uint32_t i = 0; i < flow->n_variables; i++) {
		if (flow->variables[i].declared)
			names[n++] = flow->variables[i].name.text;
	}
	return tl_text_nearest(name, names, n);
}

static void read_variables(struct reading *reading)
{
	const struct tl_item *map = get(reading, "variables");
	const struct tl_flow *flow = reading->context->flow;
	struct tl_given *given;

	if (!map || map->kind != TL_MAP || !within(reading, map, map->count, reading->context->limits->variables, "variables"))
		return;
	given = TL_ARENA_ARRAY(reading->arena, struct tl_given, map->count + 1);
	for (const struct tl_item *child = map->first; child; child = child->next) {
		uint32_t slot = tl_map_index(&flow->variable_names, child->key);

		if (slot == TL_NONE || !flow->variables[slot].declared) {
			struct tl_finding *finding = complain(reading, child->key_span, "unknown-variable",
			                                      "the flow under test has no variable", child->key);
			struct tl_str near = nearest_variable(flow, child->key, reading->arena);

			if (near.len > 0)
				tl_findings_help(reading->context->findings, finding, "did you mean '%.*s'?", TL_FMT(near));
			continue;
		}
		given[reading->out->facts.n_given++] = (struct tl_given){ slot, tl_value_of_item(reading->arena, child) };
	}
	reading->out->facts.given = given;
}

static void read_limits(struct reading *reading)
{
	const struct tl_item *limits = get(reading, "limits"), *steps = tl_item_get(limits, "max_steps");
	struct tl_facts *facts = &reading->out->facts;

	facts->max_steps = reading->context->limits->max_steps;
	if (steps && steps->kind == TL_NUMBER && steps->number >= 0)
		facts->max_steps = steps->number < MAX_STEPS ? (uint64_t)steps->number : (uint64_t)MAX_STEPS;
	facts->max_time_ms = duration(tl_item_get(limits, "max_time"), (int64_t)reading->context->limits->max_time_ms);
	facts->max_text = reading->context->limits->text;
	facts->max_depth = (uint32_t)reading->context->limits->subflow_depth;
}

static void read_facts(struct reading *reading)
{
	const struct tl_item *at = get(reading, "at"), *caller = get(reading, "caller"), *language = get(reading, "language");
	const struct tl_item *profile = get(reading, "profile");
	struct tl_facts *facts = &reading->out->facts;

	facts->start_ms = TL_CASE_START_MS;
	if (at && at->kind == TL_STRING && !tl_time_parse(&facts->start_ms, at->text))
		complain(reading, at->span, "schema", "not a date and time (RFC 3339)", at->text);
	facts->caller = caller ? tl_value_of_item(reading->arena, caller) : (struct tl_value){ .type = TL_V_OBJECT, .text = TL_STR("{}") };
	if (language && language->kind == TL_STRING)
		facts->language = language->text;
	reading->out->has_profile = profile && profile->kind == TL_MAP;
	if (reading->out->has_profile)
		reading->out->profile = tl_value_of_item(reading->arena, profile);
	read_variables(reading);
	read_limits(reading);
}

/* ---- answers */

static struct tl_reply read_reply(struct reading *reading, const struct tl_item *item)
{
	struct tl_str result = tl_item_text(item, "result");
	struct tl_reply reply = { .result = TL_ANSWER_SUCCESS };

	if (tl_str_is(result, "failed"))
		reply.result = TL_ANSWER_FAILED;
	else if (tl_str_is(result, "timed_out"))
		reply.result = TL_ANSWER_TIMED_OUT;
	else if (tl_str_is(result, "not_found"))
		reply.result = TL_ANSWER_NOT_FOUND;
	reply.outputs = tl_value_of_item(reading->arena, tl_item_get(item, "outputs"));
	reply.latency_ms = duration(tl_item_get(item, "latency"), 0);
	return reply;
}

static void read_replies(struct reading *reading)
{
	const struct tl_item *data = get(reading, "data");
	struct tl_case *out = reading->out;

	if (!data || data->kind != TL_MAP)
		return;
	out->replies = TL_ARENA_ARRAY(reading->arena, struct tl_replies, data->count + 1);
	for (const struct tl_item *child = data->first; child; child = child->next) {
		struct tl_replies *replies = &out->replies[out->n_replies++];
		const struct tl_item *one = child->kind == TL_LIST ? child->first : child;

		replies->action = child->key;
		replies->items = TL_ARENA_ARRAY(reading->arena, struct tl_reply, child->kind == TL_LIST ? child->count + 1 : 1);
		for (; one; one = child->kind == TL_LIST ? one->next : NULL)
			replies->items[replies->count++] = read_reply(reading, one);
	}
}

static void read_refused(struct reading *reading)
{
	const struct tl_item *list = get(reading, "refused");
	struct tl_case *out = reading->out;

	if (!list || list->kind != TL_LIST)
		return;
	out->refused = TL_ARENA_ARRAY(reading->arena, struct tl_endpoint, list->count + 1);
	for (const struct tl_item *child = list->first; child; child = child->next) {
		if (child->kind != TL_MAP || !child->first)
			continue;
		out->refused[out->n_refused].kind = child->first->key;
		out->refused[out->n_refused++].target = tl_case_fill(reading->arena, child->first->text, reading->context->values);
	}
}

static void read_transfers(struct reading *reading)
{
	const struct tl_item *list = get(reading, "transfers");
	struct tl_case *out = reading->out;

	if (!list || list->kind != TL_LIST)
		return;
	out->taken = TL_ARENA_ARRAY(reading->arena, bool, list->count + 1);
	for (const struct tl_item *child = list->first; child; child = child->next)
		out->taken[out->n_taken++] = tl_str_is(child->text, "taken");
}

/* ---- inputs */

static size_t count_inputs(const struct tl_item *list)
{
	size_t count = 0;

	for (const struct tl_item *child = list->first; child; child = child->next) {
		struct tl_str signs = tl_item_text(child, "dtmf");

		count += signs.len > 0 ? signs.len : 1;
	}
	return count;
}

static void add_input(struct tl_case *out, enum tl_case_input_kind kind, struct tl_str text, double confidence, int64_t at_ms)
{
	out->inputs[out->n_inputs++] = (struct tl_case_input){ kind, text, confidence, at_ms };
}

/* The first of several timed ones counts; one with `visits` is timed in any case. */
static void add_hangup(struct tl_case *out, const struct tl_item *visits, int64_t at_ms)
{
	bool counted = visits && visits->kind == TL_NUMBER && visits->number >= 1;

	at_ms = counted && at_ms < 0 ? 0 : at_ms;
	add_input(out, TL_CASE_HANGUP, (struct tl_str){ 0 }, 0, at_ms);
	if (at_ms < 0 || (out->hangup_ms >= 0 && out->hangup_ms <= at_ms))
		return;
	out->hangup_ms = at_ms;
	out->hangup_visits = !counted ? 0 : visits->number < MAX_STEPS ? (uint64_t)visits->number : (uint64_t)MAX_STEPS;
}

/* `dtmf: "12#"` is three inputs. */
static void read_input(struct tl_case *out, const struct tl_item *item)
{
	const struct tl_item *dtmf = tl_item_get(item, "dtmf"), *speech = tl_item_get(item, "speech"), *text = tl_item_get(item, "text");
	const struct tl_item *confidence = tl_item_get(item, "confidence");
	int64_t at_ms = duration(tl_item_get(item, "at"), -1);
	double sure = confidence && confidence->kind == TL_NUMBER ? confidence->number : 1;

	if (item->kind == TL_STRING) {
		add_input(out, tl_str_is(item->text, "hangup") ? TL_CASE_HANGUP : TL_CASE_SILENCE, (struct tl_str){ 0 }, 0, -1);
	} else if (dtmf) {
		for (size_t i = 0; i < dtmf->text.len; i++)
			add_input(out, TL_CASE_DTMF, tl_str_slice(dtmf->text, i, i + 1), 1, at_ms);
	} else if (speech) {
		add_input(out, TL_CASE_SPEECH, speech->text, sure, at_ms);
	} else if (text) {
		add_input(out, TL_CASE_TEXT, text->text, 1, at_ms);
	} else {
		add_hangup(out, tl_item_get(item, "visits"), at_ms);
	}
}

static void read_inputs(struct reading *reading)
{
	const struct tl_item *list = get(reading, "inputs"), *heard = get(reading, "heard");
	struct tl_case *out = reading->out;
	size_t count = list && list->kind == TL_LIST ? count_inputs(list) : 0;

	out->hangup_ms = -1;
	if (count > 0 && within(reading, list, count, reading->context->limits->inputs, "inputs")) {
		out->inputs = TL_ARENA_ARRAY(reading->arena, struct tl_case_input, count);
		for (const struct tl_item *child = list->first; child; child = child->next)
			read_input(out, child);
	}
	if (!heard || heard->kind != TL_LIST)
		return;
	out->heard_ms = TL_ARENA_ARRAY(reading->arena, int64_t, heard->count + 1);
	for (const struct tl_item *child = heard->first; child; child = child->next)
		out->heard_ms[out->n_heard++] = duration(child, 0);
}

bool tl_case_read(struct tl_case *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_item *defaults,
                  const struct tl_case_context *context)
{
	struct reading reading = { out, arena, item, defaults, context, true };
	const struct tl_item *id = tl_item_get(item, "id");

	memset(out, 0, sizeof(*out));
	out->id = id ? id->text : TL_STR("case");
	out->span = id ? id->span : item->span;
	out->expect = get(&reading, "expect");
	read_facts(&reading);
	read_replies(&reading);
	read_refused(&reading);
	read_transfers(&reading);
	read_inputs(&reading);
	return reading.good;
}
