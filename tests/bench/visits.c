/* visits [MILLIONS]: how many visits of nodes a second the step function makes on one core, in a flow of 50 nodes (menus, prompts, assignments,
 * decisions) that goes round and round. Prints two numbers: with nobody listening, and with the sink that records whole traces. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dialect/dialect.h"
#include "sim/run.h"

#define GROUPS 10            /* of five nodes */
#define CALL_VISITS 200      /* visits in one call, before its limit of steps ends it */

/* A ring of groups: a menu whose first key goes on, a prompt, an assignment, a decision and a prompt. */
static void write_flow(struct tl_buf *text)
{
	tl_buf_printf(text, "flow: ring\nchannel: voice\nstart: menu0\n"
	                    "variables:\n  tier: {type: string, default: premium}\n  count: {type: number, default: 1}\n  last: {type: string}\nnodes:\n");
	for (int i = 0; i < GROUPS; i++)
		tl_buf_printf(text,
		              "  menu%d:\n    type: menu\n    prompt: {text: Choose., duration: 2s}\n    choices:\n"
		              "      - {key: \"2\", next: menu%d}\n      - {key: \"1\", set: {last: one}, next: say%d}\n    otherwise: menu%d\n"
		              "  say%d: {type: play, prompt: {text: Thank you., duration: 1s}, next: set%d}\n"
		              "  set%d: {type: set, values: {count: %d}, next: if%d}\n"
		              "  if%d:\n    type: decide\n    cases:\n      - {when: {variable: count, greater_than: 50}, next: menu%d}\n"
		              "      - {when: {all: [{variable: tier, equals: premium}, {variable: last, is_set: true}]}, next: on%d}\n    otherwise: menu%d\n"
		              "  on%d: {type: play, prompt: {text: Go on.}, next: menu%d}\n",
		              i, i, i, i, i, i, i, i, i, i, i, i, i, i, (i + 1) % GROUPS);
}

static struct tl_flow *make_flow(struct tl_findings *findings)
{
	struct tl_buf text = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = findings };
	struct tl_flow *flow;

	write_flow(&text);
	tl_flow_read(&flow, TL_STR("ring.flow.yaml"), tl_buf_view(&text), &lower);
	tl_buf_clear(&text);
	return flow;
}

/* What the outside answers to whatever the call waits for. */
static struct tl_event answer(const struct tl_call *call)
{
	struct tl_event event = { .kind = TL_EV_PLAYED, .ticket = tl_call_ticket(call), .at_ms = tl_call_now(call) };

	if (tl_call_waits(call) == TL_WAIT_INPUT) {
		event.kind = TL_EV_INPUT;
		event.input = TL_IN_DTMF;
		event.text = TL_STR("1");
		event.confidence = 1;
	}
	return event;
}

/* One call, until its steps are used up; returns how many it made. */
static uint64_t run_call(const struct tl_program *program, uint64_t steps, const struct tl_sink *sink)
{
	struct tl_facts facts = { .max_steps = steps, .max_time_ms = INT64_MAX / 2, .max_depth = 16, .caller = { .type = TL_UNSET } };
	struct tl_call *call = tl_call_new(program, &facts);
	struct tl_event event = { .kind = TL_EV_START };
	uint64_t made;

	tl_call_step(&call, &event, sink);
	while (tl_call_status(call) == TL_RUNNING) {
		event = answer(call);
		tl_call_step(&call, &event, sink);
	}
	made = tl_call_status(call) == TL_STUCK ? tl_call_steps(call) : 0;
	tl_call_free(call);
	return made;
}

static uint64_t run_recorded(const struct tl_program *program, uint64_t visits)
{
	uint64_t made = 0;

	while (made < visits) {
		struct tl_run run = { 0 };
		struct tl_sink sink = tl_run_sink(&run);
		uint64_t one = run_call(program, CALL_VISITS, &sink);

		tl_run_clear(&run);
		if (one == 0)
			return 0;
		made += one;
	}
	return made;
}

/* By processor time, so that what else the machine does counts little. */
static double visits_a_second(uint64_t visits, clock_t ticks)
{
	return (double)visits * CLOCKS_PER_SEC / (double)(ticks > 0 ? ticks : 1);
}

int main(int argc, char **argv)
{
	uint64_t visits = 1000000 * (argc > 1 ? strtoull(argv[1], NULL, 10) : 20);
	struct tl_findings findings = { 0 };
	struct tl_flow *flow = make_flow(&findings);
	struct tl_program program = { .flow = flow };
	struct tl_sink nobody = { 0 };
	clock_t start = clock(), middle;
	uint64_t silent, recorded;

	silent = flow != NULL ? run_call(&program, visits, &nobody) : 0;
	middle = clock();
	recorded = flow != NULL ? run_recorded(&program, visits / 10) : 0;
	if (silent > 0 && recorded > 0)
		printf("%.0f %.0f\n", visits_a_second(silent, middle - start),
		       visits_a_second(recorded, clock() - middle));
	else
		fprintf(stderr, "visits: the flow cannot be run: %s\n", findings.count > 0 ? findings.items[0].message.ptr : "it ends");
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	return silent > 0 && recorded > 0 ? 0 : 1;
}
