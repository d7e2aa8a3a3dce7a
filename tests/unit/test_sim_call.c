/* sim/: the fine print of flow-language.md, one sentence a row: a flow, a case, and the call in one line:
 * "STATUS[:ERROR][@NODE] DURATIONms; NODE>OUTCOME(attempts) …; prompts; variables". */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"
#include "doc/yaml.h"
#include "sim/case.h"

#define VOICE "flow: t\nname: t\nchannel: voice\nstart: a\n"
#define MESSAGE "flow: t\nname: t\nchannel: message\nstart: a\n"
#define END "  z: {type: end}\n"

static struct tl_doc *read_doc(const char *text)
{
	struct tl_read_options options = { .depth = 64 };
	struct tl_doc *doc;

	tl_yaml_read(&doc, TL_STR("t.yaml"), tl_str(text), &options);
	assert_non_null(doc->root);
	return doc;
}

static void add_visits(struct tl_buf *out, const struct tl_run *run)
{
	for (size_t i = 0; i < run->n_visits; i++) {
		const struct tl_visit *visit = &run->visits[i];

		tl_buf_printf(out, "%s%.*s", i > 0 ? " " : "", TL_FMT(visit->node->name.text));
		if (visit->outcome)
			tl_buf_printf(out, ">%.*s", TL_FMT(visit->outcome->name));
		for (size_t j = 0; j < visit->n_tries; j++)
			tl_buf_printf(out, "%s%.*s:%s%s", j > 0 ? "," : "(", TL_FMT(visit->tries[j].has_input ? visit->tries[j].input : TL_STR("-")),
			              tl_attempt_name(visit->tries[j].result), j + 1 == visit->n_tries ? ")" : "");
	}
}

/* The call in one line. */
static void describe(struct tl_buf *out, const struct tl_run *run)
{
	tl_buf_text(out, tl_status_name(run->status));
	if (run->error)
		tl_buf_printf(out, ":%s", run->error);
	if (run->ended_at)
		tl_buf_printf(out, "@%.*s", TL_FMT(run->ended_at->name.text));
	tl_buf_printf(out, " %lldms; ", (long long)run->duration_ms);
	add_visits(out, run);
	tl_buf_text(out, ";");
	for (size_t i = 0; i < run->n_prompts; i++)
		tl_buf_printf(out, " %.*s", TL_FMT(run->prompts[i].shown));
	tl_buf_text(out, ";");
	for (size_t i = 0; i < run->n_variables; i++) {
		tl_buf_printf(out, " %.*s=", TL_FMT(run->variables[i].name));
		if (run->variables[i].sensitive)
			tl_buf_text(out, "***");
		else
			tl_value_json(out, &run->variables[i].value);
	}
}

static const struct row {
	const char *what, *flow, *given, *expected;
} rows[] = {
	{ "a timed input within the timeout moves the clock to its time",
	  VOICE "nodes:\n  a: {type: menu, prompt: {text: m, duration: 1s}, choices: [{key: '1', next: z}], otherwise: z}\n" END,
	  "inputs: [{dtmf: '1', at: 3s}]", "completed@z 3000ms; a>choice 1(1:match) z; m;" },
	{ "a timed input that is past is typed ahead",
	  VOICE "nodes:\n  a: {type: menu, prompt: {text: m, duration: 4s}, choices: [{key: '1', next: z}], otherwise: z}\n" END,
	  "inputs: [{dtmf: '1', at: 3s}]", "completed@z 4000ms; a>choice 1(1:match) z; m;" },
	{ "a timed input past the timeout leaves the attempt silent, and stays",
	  VOICE "nodes:\n  a: {type: menu, prompt: {text: m}, choices: [{key: '1', next: z}], no_input: {retries: 1}, otherwise: z}\n" END,
	  "inputs: [{dtmf: '1', at: 7s}]", "completed@z 7000ms; a>choice 1(-:no_input,1:match) z; m m;" },
	{ "the next digit is silent when its input comes too late",
	  VOICE "variables: {v: {type: string}}\nnodes:\n"
	  "  a: {type: gather, prompt: {text: g}, into: v, no_input: {timeout: 2s}, next: z, otherwise: z}\n" END,
	  "inputs: [{dtmf: '1', at: 1s}, {dtmf: '2', at: 2s}, {dtmf: '3', at: 9s}]",
	  "completed@z 4000ms; a>next(12:match) z; g; v=\"12\"" },
	{ "more steps than any counter holds are as many as it holds",
	  VOICE "nodes:\n  a: {type: set, values: {}, next: z}\n" END, "limits: {max_steps: 99999999999999999999}", "completed@z 0ms; a>next z;;" },
	{ "a timed hangup ends the call in the middle of a prompt",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: long, duration: 20s}, next: z}\n" END,
	  "inputs: [{hangup: true, at: 3s}]", "abandoned@a 3000ms; a; long;" },
	{ "a timed hangup ends the call while an answer is awaited",
	  VOICE "nodes:\n  a: {type: data_action, action: x, next: z, failed: z}\n" END,
	  "data: {x: {result: success, latency: 4s}}\ninputs: [{hangup: true, at: 3s}]", "abandoned@a 3000ms; a;;" },
	{ "a timed hangup after the end changes nothing",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s, duration: 2s}, next: z}\n" END,
	  "inputs: [{hangup: true, at: 3s}]", "completed@z 2000ms; a>next z; s;" },
	{ "an untimed hangup waits until input is awaited",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s, duration: 2s}, next: b}\n"
	  "  b: {type: menu, prompt: {text: m, duration: 1s}, choices: [{key: '1', next: z}], otherwise: z}\n" END,
	  "inputs: [hangup]", "abandoned@b 3000ms; a>next b; s m;" },
	{ "heard replaces playback lengths in order, and prompts keep their own beyond it",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s, duration: 2s}, next: b}\n  b: {type: play, prompt: {text: t, duration: 3s}, next: c}\n"
	  "  c: {type: play, prompt: {text: u, duration: 4s}, next: z}\n" END,
	  "heard: [800ms, 0s]", "completed@z 4800ms; a>next b>next c>next z; s t u;" },
	{ "the language picks the wording, else the first",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: {en-us: hello, de-de: hallo}}, next: z}\n" END,
	  "language: de-de", "completed@z 0ms; a>next z; hallo;" },
	{ "a language that a prompt lacks gets the first wording",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: {en-us: hello, de-de: hallo}}, next: z}\n" END,
	  "language: fr-fr", "completed@z 0ms; a>next z; hello;" },
	{ "without a language call.language is not set",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: '${call.language}'}, next: z}\n" END, "{}", "failed:unset_variable@a 0ms; a;;" },
	{ "data.profile as a list: one answer a lookup, the last repeats; a failed one leaves profile.found not set",
	  VOICE "nodes:\n  a: {type: lookup_profile, found: b, not_found: z, failed: b}\n"
	  "  b: {type: decide, cases: [{when: {variable: profile.found, is_set: true}, next: c}], otherwise: y}\n"
	  "  c: {type: lookup_profile, found: z, not_found: z, failed: b}\n  y: {type: end, exit: gone}\n" END,
	  "caller: {number: x}\nprofile: {level: gold}\ndata: {profile: [{result: success}, {result: failed}]}",
	  "completed@y 0ms; a>found b>case 1 c>failed b>otherwise y;;" },
	{ "data.profile may find attributes of its own, or nothing",
	  VOICE "nodes:\n  a: {type: lookup_profile, found: b, not_found: z}\n"
	  "  b: {type: play, prompt: {text: '${profile.level}'}, next: a}\n" END,
	  "caller: {number: x}\nprofile: {level: gold}\n"
	  "data: {profile: [{result: success}, {result: success, outputs: {level: tin}}, {result: not_found}]}",
	  "completed@z 0ms; a>found b>next a>found b>next a>not_found z; gold tin;" },
	{ "transfers say what comes of each, and beyond them refused does",
	  VOICE "nodes:\n  a: {type: transfer, to: {queue: q}, failed: b}\n  b: {type: transfer, to: {queue: q}, failed: c}\n"
	  "  c: {type: transfer, to: {queue: q}, failed: z}\n" END,
	  "refused: [{queue: q}]\ntransfers: [refused]", "completed@z 0ms; a>failed b>failed c>failed z;;" },
	{ "a transfer that transfers says is taken is taken, whatever refused says",
	  VOICE "nodes:\n  a: {type: transfer, to: {queue: q}, failed: b}\n  b: {type: transfer, to: {queue: q}, failed: z}\n" END,
	  "refused: [{queue: q}]\ntransfers: [refused, taken]", "completed@b 0ms; a>failed b;;" },
	{ "a timed hangup with visits waits for them, also past a playback that ends then",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s, duration: 3s}, next: b}\n"
	  "  b: {type: lookup_profile, found: z, not_found: z}\n" END,
	  "caller: {number: x}\ninputs: [{hangup: true, at: 3s, visits: 2}]", "abandoned@b 3000ms; a>next b; s;" },
	{ "a timed hangup with visits is no input before them",
	  VOICE "nodes:\n  a: {type: menu, prompt: {text: m}, choices: [{key: '1', next: z}], otherwise: b}\n"
	  "  b: {type: transfer, to: {queue: q}}\n" END,
	  "inputs: [{hangup: true, at: 5s, visits: 2}]", "abandoned@b 5000ms; a>otherwise(-:no_input) b; m;" },
	{ "limits of a case: steps",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s}, next: a}\n", "limits: {max_steps: 3}", "stuck@a 0ms; a>next a>next a>next; s s s;" },
	{ "limits of a case: time; the move is made in full, and no outcome is taken",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s, duration: 3s}, next: z}\n" END, "limits: {max_time: 2s}", "timed_out@a 3000ms; a; s;" },
	{ "exactly the time limit is not over it",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: s, duration: 2s}, next: z}\n" END, "limits: {max_time: 2s}", "completed@z 2000ms; a>next z; s;" },
	{ "min 0: the terminator alone is a match of nothing",
	  VOICE "variables: {v: {type: string}}\nnodes:\n  a: {type: gather, prompt: {text: g}, into: v, digits: {min: 0}, next: z, otherwise: z}\n" END,
	  "inputs: [{dtmf: '#'}]", "completed@z 0ms; a>next(:match) z; g; v=\"\"" },
	{ "the terminator alone is fewer than min, and no time passes",
	  VOICE "variables: {v: {type: string}}\nnodes:\n  a: {type: gather, prompt: {text: g}, into: v, next: z, otherwise: z}\n" END,
	  "inputs: [{dtmf: '#'}]", "completed@z 0ms; a>otherwise(:no_match) z; g;" },
	{ "after max digits a terminator is left for the next node",
	  VOICE "variables: {v: {type: string}}\nnodes:\n  a: {type: gather, prompt: {text: g}, into: v, digits: {max: 2}, next: b, otherwise: z}\n"
	  "  b: {type: menu, prompt: {text: m}, choices: [{key: '#', next: z}], otherwise: z}\n" END,
	  "inputs: [{dtmf: '12#'}]", "completed@z 0ms; a>next(12:match) b>choice 1(#:match) z; g m; v=\"12\"" },
	{ "speech in the middle of digits stays for the next attempt",
	  VOICE "variables: {v: {type: string}}\nnodes:\n"
	  "  a: {type: gather, prompt: {text: g}, into: v, digits: {min: 3}, no_match: {retries: 1}, next: z, otherwise: z}\n" END,
	  "inputs: [{dtmf: '12'}, {speech: hello}]", "completed@z 0ms; a>next(12:no_match,hello:match) z; g g; v=\"hello\"" },
	{ "silence after too few digits is a no-match, costs the timeout once, and is used up",
	  VOICE "variables: {v: {type: string}}\nnodes:\n"
	  "  a: {type: gather, prompt: {text: g}, into: v, digits: {min: 3}, no_match: {retries: 1}, next: z, otherwise: z}\n" END,
	  "inputs: [{dtmf: '1'}, silence, {dtmf: '123#'}]", "completed@z 5000ms; a>next(1:no_match,123:match) z; g g; v=\"123\"" },
	{ "accept cannot widen a channel",
	  MESSAGE "variables: {v: {type: string}}\nnodes:\n  a: {type: gather, prompt: {text: g}, into: v, accept: [dtmf, text], next: z, otherwise: z}\n" END,
	  "inputs: [{dtmf: '12'}]", "completed@z 0ms; a>otherwise(1:no_match) z; g;" },
	{ "a sensitive variable is masked in its attempt, in templates over it and in the report",
	  VOICE "variables: {pin: {type: string, sensitive: true}}\nnodes:\n  a: {type: gather, prompt: {text: g}, into: pin, next: b, otherwise: z}\n"
	  "  b: {type: play, prompt: {text: 'pin ${pin}'}, next: z}\n" END,
	  "inputs: [{dtmf: '12#'}]", "completed@z 0ms; a>next(" TL_MASK ":match) b>next z; g pin " TL_MASK "; pin=***" },
	{ "numbers are written as JavaScript writes them",
	  VOICE "variables: {s: {type: string}, n: {type: number, default: 1e21}, m: {type: number, default: 0.0000001}}\n"
	  "nodes:\n  a: {type: set, values: {s: '${n} ${m}'}, next: z}\n" END,
	  "{}", "completed@z 0ms; a>next z;; s=\"1e+21 1e-7\" n=1e+21 m=1e-7" },
	{ "a value that is wholly a variable keeps its type; values set before stay when a later one fails",
	  VOICE "variables: {a: {type: number, default: 5}, b: {type: boolean}, c: {type: number}}\n"
	  "nodes:\n  a: {type: set, values: {c: '${a}', b: '${a}'}, next: z}\n" END,
	  "{}", "failed:type_error@a 0ms; a;; a=5 c=5" },
	{ "a case's variable that cannot be coerced fails the call before its first step",
	  VOICE "variables: {n: {type: number, default: 1}}\nnodes:\n" "  a: {type: end}\n", "variables: {n: five}", "failed:type_error 0ms; ;;" },
	{ "a latency of exactly the timeout is in time, one above costs the timeout",
	  VOICE "nodes:\n  a: {type: data_action, action: x, timeout: 1s, next: a, failed: b, timed_out: z}\n  b: {type: end, exit: no}\n" END,
	  "data: {x: [{result: success, latency: 1s}, {result: success, latency: 1001ms}]}", "completed@z 2000ms; a>next a>timed_out z;;" },
	{ "profile.found is not set before a lookup",
	  VOICE "nodes:\n  a: {type: decide, cases: [{when: {variable: profile.found, is_set: false}, next: z}], otherwise: a}\n" END,
	  "profile: {x: 1}", "completed@z 0ms; a>case 1 z;;" },
	{ "the longest phrase wins, whole words only, ASCII case and spaces ignored",
	  VOICE "nodes:\n  a: {type: menu, prompt: {text: m}, choices: [{phrases: [bill], next: y}, {phrases: [my bill], next: z}], otherwise: y}\n"
	  "  y: {type: end}\n" END,
	  "inputs: [{speech: 'Pay MY   Bill now'}]", "completed@z 0ms; a>choice 2(Pay MY   Bill now:match) z; m;" },
	{ "a lone dollar stays, two are one",
	  VOICE "nodes:\n  a: {type: play, prompt: {text: 'a$b $$5 ${'}, next: z}\n" END, "{}", "completed@z 0ms; a>next z; a$b $5 ${;" },
};

static void test_fine_print(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_lower lower = { .limits = tl_limits_default() };
		struct tl_findings findings = { 0 };
		struct tl_doc *given = read_doc(rows[i].given);
		struct tl_arena arena = { 0 };
		struct tl_case one;
		struct tl_run run = { 0 };
		struct tl_buf line = { 0 };
		struct tl_flow *flow;

		tl_native_read(&flow, read_doc(rows[i].flow), &lower);
		struct tl_case_context context = { .flow = flow, .limits = &lower.limits, .source = &given->source, .findings = &findings };
		struct tl_program program = { .flow = flow };

		assert_row(rows[i].what, tl_case_read(&one, &arena, given->root, NULL, &context));
		tl_case_run(&run, &one, &program, NULL);
		describe(&line, &run);
		if (!tl_str_is(tl_buf_view(&line), rows[i].expected))
			print_error("%s\n", rows[i].what);
		assert_str(tl_buf_view(&line), rows[i].expected);
		tl_run_clear(&run);
		tl_buf_clear(&line);
		tl_arena_clear(&arena);
		tl_findings_clear(&findings);
		tl_doc_free(given);
		tl_flow_free(flow);
	}
}

/* Runs an event into a call without noticing anything. */
static bool feed(struct tl_call **call, enum tl_event_kind kind, uint64_t ticket)
{
	struct tl_event event = { .kind = kind, .ticket = ticket, .at_ms = tl_call_now(*call), .input = TL_IN_DTMF, .text = TL_STR("1") };

	return tl_call_step(call, &event, NULL);
}

/* A copy goes its own way, and an event with a stale ticket is dropped. */
static void test_copies_and_tickets(void **state)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_facts facts = { .max_steps = 100, .max_time_ms = 1000, .max_depth = 16 };
	struct tl_flow *flow;
	struct tl_call *call, *copy;
	uint64_t ticket;

	(void)state;
	tl_native_read(&flow, read_doc(VOICE "variables: {v: {type: string}}\nnodes:\n"
	                                     "  a: {type: gather, prompt: {text: g}, into: v, digits: {max: 2}, next: z, otherwise: z}\n" END), &lower);
	struct tl_program program = { .flow = flow };

	call = tl_call_new(&program, &facts);
	assert_true(feed(&call, TL_EV_START, 0));
	assert_true(feed(&call, TL_EV_PLAYED, 0));
	ticket = tl_call_ticket(call);
	assert_true(feed(&call, TL_EV_INPUT, ticket));
	assert_false(feed(&call, TL_EV_INPUT, ticket));
	copy = tl_call_copy(call);
	assert_true(feed(&call, TL_EV_INPUT, 0));
	assert_int_equal(tl_call_status(call), TL_COMPLETED);
	assert_str(tl_call_variable(call, 0).text, "11");
	assert_int_equal(tl_call_status(copy), TL_RUNNING);
	assert_true(feed(&copy, TL_EV_SILENCE, 0));
	assert_str(tl_call_variable(copy, 0).text, "1");
	assert_false(feed(&copy, TL_EV_HANGUP, 0));
	tl_call_free(call);
	tl_call_free(copy);
	tl_flow_free(flow);
}

/* ${env.X} in a case: once, and no longer than any target is. */
static void fills_in_values(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_map values = { 0 };
	struct tl_str one = TL_STR("a${env.ONE}"), many = { calloc(1, 600 << 10), 600 << 10 };

	(void)state;
	tl_map_put(&values, TL_STR("ONE"), NULL)->value.ptr = &one;
	tl_map_put(&values, TL_STR("MANY"), NULL)->value.ptr = &many;
	assert_str(tl_case_fill(&arena, TL_STR("${env.ONE}-${env.TWO}-${env.ONE"), &values), "a${env.ONE}-${env.TWO}-${env.ONE");
	assert_int_equal(tl_case_fill(&arena, TL_STR("${env.MANY}"), &values).len, 600 << 10);
	assert_str(tl_case_fill(&arena, TL_STR("${env.MANY}${env.MANY}"), &values), "${env.MANY}${env.MANY}");
	assert_str(tl_case_fill(&arena, TL_STR("${env.ONE}"), NULL), "${env.ONE}");
	free((char *)(uintptr_t)many.ptr);
	tl_map_clear(&values);
	tl_arena_clear(&arena);
}

int test_sim_call(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fine_print),
		cmocka_unit_test(test_copies_and_tickets),
		cmocka_unit_test(fills_in_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
