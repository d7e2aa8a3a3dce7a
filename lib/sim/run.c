/* sim/run.c: a sink that records a call. */
#include "sim/run.h"

#include <stdlib.h>
#include <string.h>

void tl_run_clear(struct tl_run *run)
{
	for (size_t i = 0; i < run->n_visits; i++) {
		free(run->visits[i].tries);
		free(run->visits[i].changed);
	}
	free(run->visits);
	free(run->prompts);
	tl_arena_clear(&run->arena);
	memset(run, 0, sizeof(*run));
}

static struct tl_value kept(struct tl_run *run, struct tl_value value)
{
	if (value.type == TL_V_STRING || value.type == TL_V_OBJECT || value.type == TL_V_LIST)
		value.text = tl_arena_dup(&run->arena, value.text);
	return value;
}

static void add_visit(struct tl_run *run, const struct tl_emission *emission)
{
	struct tl_visit *visit;

	run->visits = tl_grow(run->visits, &run->visit_capacity, run->n_visits + 1, sizeof(*run->visits));
	visit = &run->visits[run->n_visits++];
	memset(visit, 0, sizeof(*visit));
	visit->flow = emission->flow;
	visit->node = emission->node;
	visit->depth = emission->depth;
	visit->at_ms = emission->at_ms;
}

static void add_prompt(struct tl_run *run, const struct tl_emission *emission)
{
	struct tl_said *said;

	run->prompts = tl_grow(run->prompts, &run->prompt_capacity, run->n_prompts + 1, sizeof(*run->prompts));
	said = &run->prompts[run->n_prompts++];
	said->visit = emission->visit;
	said->prompt = emission->prompt;
	said->shown = tl_arena_dup(&run->arena, emission->shown);
	said->text = tl_str_equal(emission->shown, emission->text) ? said->shown : tl_arena_dup(&run->arena, emission->text);
}

static void add_try(struct tl_run *run, struct tl_visit *visit, const struct tl_emission *emission)
{
	struct tl_try *attempt;

	visit->tries = tl_grow(visit->tries, &visit->try_capacity, visit->n_tries + 1, sizeof(*visit->tries));
	attempt = &visit->tries[visit->n_tries++];
	attempt->input = tl_arena_dup(&run->arena, emission->shown);
	attempt->has_input = emission->has_text;
	attempt->result = emission->result;
}

/* A variable that changes twice in one visit is listed once, with its last value. */
static void add_changed(struct tl_run *run, struct tl_visit *visit, const struct tl_emission *emission)
{
	const struct tl_variable *variable = &emission->flow->variables[emission->slot];
	size_t at = 0;

	while (at < visit->n_changed && !tl_str_equal(visit->changed[at].name, variable->name.text))
		at++;
	if (at == visit->n_changed) {
		visit->changed = tl_grow(visit->changed, &visit->changed_capacity, at + 1, sizeof(*visit->changed));
		visit->n_changed++;
	}
	visit->changed[at] = (struct tl_changed){
		.name = variable->name.text,
		.value = kept(run, emission->value),
		.sensitive = variable->sensitive,
	};
}

static void record(void *data, const struct tl_emission *emission)
{
	struct tl_run *run = data;
	struct tl_visit *visit;

	if (emission->kind == TL_EM_VISIT)
		add_visit(run, emission);
	if (emission->kind == TL_EM_PROMPT)
		add_prompt(run, emission);
	if (emission->visit >= run->n_visits)
		return;
	visit = &run->visits[emission->visit];
	if (emission->kind == TL_EM_ATTEMPT)
		add_try(run, visit, emission);
	else if (emission->kind == TL_EM_CHANGED)
		add_changed(run, visit, emission);
	else if (emission->kind == TL_EM_OUTCOME)
		visit->outcome = emission->outcome;
}

struct tl_sink tl_run_sink(struct tl_run *run)
{
	return (struct tl_sink){ .emit = record, .data = run };
}

void tl_run_finish(struct tl_run *run, const struct tl_call *call, const struct tl_flow *flow)
{
	struct tl_str kind = tl_call_transfer_kind(call);

	run->flow = flow;
	run->status = tl_call_status(call);
	run->error = tl_call_error(call);
	run->error_message = tl_arena_dup(&run->arena, tl_call_error_message(call));
	run->ended_at = tl_call_node(call);
	run->steps = tl_call_steps(call);
	run->duration_ms = tl_call_now(call);
	if (kind.len > 0) {
		run->transfer_kind = kind;
		run->transfer.shown = tl_arena_dup(&run->arena, tl_call_transfer_target(call, true));
		run->transfer.text = tl_arena_dup(&run->arena, tl_call_transfer_target(call, false));
	}
	if (tl_call_exit(call).len > 0)
		run->exit = tl_call_exit(call);
	run->variables = TL_ARENA_ARRAY(&run->arena, struct tl_changed, flow->n_variables + 1);
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		struct tl_value value = tl_call_variable(call, i);

		if (value.type == TL_UNSET)
			continue;
		run->variables[run->n_variables++] = (struct tl_changed){
			.name = flow->variables[i].name.text,
			.value = kept(run, value),
			.sensitive = flow->variables[i].sensitive,
		};
	}
}
