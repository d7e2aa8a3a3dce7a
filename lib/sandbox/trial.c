/* sandbox/trial.c: from a request's inputs to a recorded call. */
#include "sandbox/trial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* ---- what a seed may say of them */

static bool is_reply(const struct tl_item *reply)
{
	const struct tl_item *result = tl_item_get(reply, "result"), *outputs = tl_item_get(reply, "outputs");

	if (reply->kind != TL_MAP || (outputs && outputs->kind != TL_MAP))
		return false;
	return !result || tl_str_is(result->text, "success") || tl_str_is(result->text, "failed") || tl_str_is(result->text, "timed_out");
}

static bool are_replies(const struct tl_item *replies)
{
	if (replies->kind != TL_LIST)
		return is_reply(replies);
	for (const struct tl_item *reply = replies->first; reply; reply = reply->next) {
		if (!is_reply(reply))
			return false;
	}
	return true;
}

static bool is_opening(const struct tl_item *hours)
{
	return hours->kind == TL_STRING && (tl_str_is(hours->text, "open") || tl_str_is(hours->text, "closed") || tl_str_is(hours->text, "holiday"));
}

static bool is_endpoint(const struct tl_item *endpoint)
{
	return endpoint->kind == TL_MAP && endpoint->count == 1 && endpoint->first->kind == TL_STRING;
}

static bool is_time(const struct tl_item *at)
{
	int64_t ms;

	return at->kind == TL_STRING && tl_time_parse(&ms, at->text);
}

static const struct {
	const char *key;
	enum tl_kind kind;
	bool (*is)(const struct tl_item *item); /* of each child; of the value itself where it is a text */
	const char *what;
} simulation_table[] = {
	{ "data", TL_MAP, are_replies, "a map of actions to {result, outputs, latency}, or lists of that" },
	{ "hours", TL_MAP, is_opening, "a map of schedules to open, closed or holiday" },
	{ "refused", TL_LIST, is_endpoint, "a list of targets, as {queue: NAME}" },
	{ "at", TL_STRING, is_time, "a date and time (RFC 3339)" },
};

static bool is_row(size_t row, const struct tl_item *item)
{
	if (item->kind != simulation_table[row].kind)
		return false;
	if (item->kind == TL_STRING)
		return simulation_table[row].is(item);
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (!simulation_table[row].is(child))
			return false;
	}
	return true;
}

int tl_trial_check_simulation(struct tl_refusal *refusal, const struct tl_item *simulation)
{
	if (!simulation || simulation->kind != TL_MAP)
		return tl_refuse(refusal, 422, "unprocessable", "it must be {data, hours, refused, at}");
	for (const struct tl_item *item = simulation->first; item; item = item->next) {
		size_t row = 0;

		while (row < TL_COUNT(simulation_table) && !tl_str_is(item->key, simulation_table[row].key))
			row++;
		if (row == TL_COUNT(simulation_table))
			return tl_refuse(refusal, 422, "unprocessable", "there is no '%.*s': it is data, hours, refused or at", TL_FMT(item->key));
		if (!is_row(row, item))
			return tl_refuse(refusal, 422, "unprocessable", "%s is not %s", simulation_table[row].key, simulation_table[row].what);
	}
	return 200;
}

/* ---- the platform's services */

static bool answer_profile(struct tl_trial *trial, struct tl_str key, struct tl_event *event)
{
	const struct tl_trial_services *services = trial->services;
	const struct tl_item *attributes = services->profile ? services->profile(services->data, key) : NULL;

	if (tl_item_get(tl_item_get(services->simulation, "data"), "profile"))
		return false;
	event->answer = attributes ? TL_ANSWER_FOUND : TL_ANSWER_NOT_FOUND;
	if (attributes)
		event->values = tl_value_of_item(&trial->arena, attributes);
	return true;
}

static bool answer_hours(struct tl_trial *trial, struct tl_str schedule, struct tl_event *event)
{
	const struct tl_item *said = tl_item_get_str(tl_item_get(trial->services->simulation, "hours"), schedule);

	event->answer = TL_ANSWER_OPEN;
	if (said && tl_str_is(said->text, "closed"))
		event->answer = TL_ANSWER_CLOSED;
	else if (said && tl_str_is(said->text, "holiday"))
		event->answer = TL_ANSWER_HOLIDAY;
	return true;
}

static bool answer_data(struct tl_trial *trial, struct tl_str action, uint64_t visit, struct tl_event *event)
{
	size_t old = trial->answered_capacity;

	if (tl_item_get_str(tl_item_get(trial->services->simulation, "data"), action))
		return false;
	trial->answered_blindly = tl_grow(trial->answered_blindly, &trial->answered_capacity, (size_t)visit + 1, sizeof(bool));
	memset(trial->answered_blindly + old, 0, (trial->answered_capacity - old) * sizeof(bool));
	trial->answered_blindly[visit] = true;
	event->answer = TL_ANSWER_SUCCESS;
	return true;
}

static bool answer(void *data, const struct tl_emission *request, struct tl_str subject, struct tl_event *event)
{
	if (request->service == TL_SERVICE_PROFILE)
		return answer_profile(data, subject, event);
	if (request->service == TL_SERVICE_HOURS)
		return answer_hours(data, subject, event);
	return answer_data(data, subject, request->visit, event);
}

/* ---- the case that it is */

/* Replies, refused transfers and the time, as the seed has them. */
static void read_services(struct tl_trial *trial)
{
	struct tl_limits limits = tl_limits_default();
	struct tl_findings unheard = { 0 };
	struct tl_case_context context = { .flow = trial->flow->program.flow, .limits = &limits, .findings = &unheard };
	const struct tl_item *simulation = trial->services->simulation;

	tl_case_read(&trial->given, &trial->arena, tl_item_new(&trial->arena, TL_MAP), simulation, &context);
	if (!tl_item_get(simulation, "at"))
		trial->given.facts.start_ms = trial->call->now_ms;
	tl_findings_clear(&unheard);
}

static struct tl_value caller_value(struct tl_arena *arena, const struct tl_trial_call *call)
{
	struct tl_item *caller = tl_item_new(arena, TL_MAP);

	tl_item_put(caller, TL_STR("number"), tl_item_string(arena, call->phone_number));
	tl_item_put(caller, TL_STR("name"), tl_item_string(arena, call->name));
	return tl_value_of_item(arena, caller);
}

static uint32_t slot_of(const struct tl_trial *trial, struct tl_str name)
{
	return tl_map_index(&trial->flow->program.flow->variable_names, name);
}

static void give_variables(struct tl_trial *trial)
{
	const struct tl_item *map = trial->call->variables;
	struct tl_facts *facts = &trial->given.facts;
	struct tl_given *given = TL_ARENA_ARRAY(&trial->arena, struct tl_given, map ? map->count + 1 : 1);

	facts->n_given = 0;
	facts->given = given;
	for (const struct tl_item *one = map ? map->first : NULL; one; one = one->next) {
		uint32_t slot = slot_of(trial, one->key);

		if (slot != TL_NONE)
			given[facts->n_given++] = (struct tl_given){ slot, tl_value_of_item(&trial->arena, one) };
	}
}

void tl_trial_run(struct tl_trial *trial, const struct tl_trial_flow *flow, const struct tl_trial_call *call, const struct tl_trial_services *services)
{
	trial->flow = flow;
	trial->call = call;
	trial->services = services;
	read_services(trial);
	give_variables(trial);
	trial->given.facts.caller = caller_value(&trial->arena, call);
	if (call->max_time_ms > 0)
		trial->given.facts.max_time_ms = call->max_time_ms;
	trial->given.hangup_ms = -1;
	trial->given.inputs = TL_ARENA_ARRAY(&trial->arena, struct tl_case_input, call->n_inputs + 1);
	for (size_t i = 0; i < call->n_inputs; i++)
		trial->given.inputs[i] = call->inputs[i];
	trial->given.n_inputs = call->n_inputs;
	trial->given.ask = answer;
	trial->given.ask_data = trial;
	tl_case_run(&trial->run, &trial->given, &flow->program, NULL);
}

void tl_trial_clear(struct tl_trial *trial)
{
	free(trial->answered_blindly);
	tl_run_clear(&trial->run);
	tl_arena_clear(&trial->arena);
	*trial = (struct tl_trial){ 0 };
}

/* ---- what is said of it */

const char *tl_trial_error(const struct tl_trial *trial)
{
	if (trial->run.error)
		return trial->run.error;
	return trial->run.status == TL_CALL_TIMED_OUT || trial->run.status == TL_STUCK ? tl_status_name(trial->run.status) : NULL;
}

struct tl_str tl_trial_error_message(struct tl_trial *trial)
{
	const struct tl_facts *facts = &trial->given.facts;

	if (trial->run.status == TL_CALL_TIMED_OUT)
		return tl_arena_printf(&trial->arena, "the call took longer than %" PRId64 " ms", facts->max_time_ms);
	if (trial->run.status == TL_STUCK)
		return tl_arena_printf(&trial->arena, "the call made more than %" PRIu64 " steps", facts->max_steps);
	return trial->run.error_message;
}

size_t tl_trial_culprit(const struct tl_trial *trial)
{
	size_t at = trial->run.n_visits;

	if (!tl_trial_error(trial))
		return SIZE_MAX;
	while (at > 0 && trial->run.visits[at - 1].node != trial->run.ended_at)
		at--;
	return at > 0 ? at - 1 : SIZE_MAX;
}

bool tl_trial_was_blind(const struct tl_trial *trial, size_t visit)
{
	return visit < trial->answered_capacity && trial->answered_blindly[visit];
}

static void put_variable(struct tl_json *json, const struct tl_changed *variable)
{
	struct tl_buf text = { 0 };

	tl_json_key_str(json, variable->name);
	if (variable->sensitive) {
		tl_json_text(json, TL_MASK);
		return;
	}
	tl_value_json(&text, &variable->value);
	tl_json_raw(json, tl_buf_view(&text));
	tl_buf_clear(&text);
}

void tl_trial_put_changed(struct tl_json *json, const struct tl_changed *changed, size_t count)
{
	tl_json_map(json);
	for (size_t i = 0; i < count; i++)
		put_variable(json, &changed[i]);
	tl_json_map_end(json);
}

void tl_trial_put_variables(struct tl_json *json, const struct tl_trial *trial)
{
	const struct tl_item *handed = trial->call->variables;

	tl_json_map(json);
	for (size_t i = 0; i < trial->run.n_variables; i++)
		put_variable(json, &trial->run.variables[i]);
	for (const struct tl_item *one = handed ? handed->first : NULL; one; one = one->next) {
		if (slot_of(trial, one->key) != TL_NONE)
			continue;
		tl_json_key_str(json, one->key);
		tl_json_item(json, one);
	}
	tl_json_map_end(json);
}

struct tl_str tl_trial_time(struct tl_arena *arena, int64_t ms)
{
	struct tl_str text = tl_time_format(arena, ms);

	return ms % 1000 ? text : tl_arena_printf(arena, "%.*s.000Z", (int)text.len - 1, text.ptr);
}

bool tl_trial_is_sign(const struct tl_item *item)
{
	return item->kind == TL_STRING && item->text.len == 1 && strchr("0123456789*#", item->text.ptr[0]) && item->text.ptr[0];
}
