/* sim/world.c: the outside of a call as a case fixes it: answers to what the call waits for, on a virtual clock. */
#include <string.h>

#include "sim/case.h"

/* How far the case is. */
struct world {
	const struct tl_case *given;
	const struct tl_project *project;
	struct tl_sink record;      /* the run's own */
	size_t next_input, next_heard, next_transfer;
	size_t *asked;              /* requests so far, by given->replies */
	struct tl_emission last;    /* the prompt, request or transfer that is waited for */
	int64_t prompt_ms;          /* how long the last prompt takes */
	struct tl_buf subject;      /* text of the last request or transfer */
};

static void notice(void *data, const struct tl_emission *emission)
{
	struct world *world = data;

	if (emission->kind == TL_EM_PROMPT)
		world->prompt_ms = emission->prompt == TL_NONE ? 0 : emission->flow->prompts[emission->prompt].duration_ms;
	if (emission->kind == TL_EM_REQUEST || emission->kind == TL_EM_TRANSFER) {
		world->last = *emission;
		tl_buf_reset(&world->subject);
		tl_buf_str(&world->subject, emission->text);
	}
	world->record.emit(world->record.data, emission);
}

static void answer_playback(struct world *world, struct tl_event *event)
{
	event->kind = TL_EV_PLAYED;
	if (world->next_heard < world->given->n_heard)
		world->prompt_ms = world->given->heard_ms[world->next_heard++];
	event->at_ms += world->prompt_ms;
}

/* Whether an input cannot come yet: it is past the deadline, or a hangup that waits for more visits. */
static bool is_later(const struct world *world, const struct tl_case_input *input, const struct tl_call *call)
{
	bool timed = input->kind == TL_CASE_HANGUP && input->at_ms >= 0;

	return input->at_ms > tl_call_deadline(call) || (timed && world->given->hangup_visits > tl_call_steps(call));
}

/* The next input where it comes within the deadline, else silence. */
static void answer_input(struct world *world, const struct tl_call *call, struct tl_event *event)
{
	static const enum tl_input_kind kinds[] = { [TL_CASE_DTMF] = TL_IN_DTMF, [TL_CASE_SPEECH] = TL_IN_SPEECH, [TL_CASE_TEXT] = TL_IN_TEXT };
	const struct tl_case_input *input = NULL;

	if (world->next_input < world->given->n_inputs)
		input = &world->given->inputs[world->next_input];
	if (!input || input->kind == TL_CASE_SILENCE || is_later(world, input, call)) {
		event->kind = TL_EV_SILENCE;
		event->at_ms = tl_call_deadline(call);
		world->next_input += input && input->kind == TL_CASE_SILENCE;
		return;
	}
	if (input->at_ms > event->at_ms)
		event->at_ms = input->at_ms;
	world->next_input++;
	if (input->kind == TL_CASE_HANGUP) {
		event->kind = TL_EV_HANGUP;
		return;
	}
	event->kind = TL_EV_INPUT;
	event->input = kinds[input->kind];
	event->text = input->text;
	event->confidence = input->confidence;
}

static const struct tl_reply *next_reply(struct world *world, struct tl_str action)
{
	for (size_t i = 0; i < world->given->n_replies; i++) {
		const struct tl_replies *replies = &world->given->replies[i];

		if (!tl_str_equal(replies->action, action))
			continue;
		if (replies->count == 0)
			return NULL;
		return &replies->items[world->asked[i] < replies->count ? world->asked[i]++ : replies->count - 1];
	}
	return NULL;
}

static void answer_data(struct world *world, struct tl_event *event)
{
	const struct tl_reply *reply = next_reply(world, tl_buf_view(&world->subject));

	if (!reply)
		return;
	event->answer = reply->result;
	event->values = reply->outputs;
	event->at_ms += reply->latency_ms;
	if (reply->result == TL_ANSWER_TIMED_OUT || reply->latency_ms > world->last.timeout_ms) {
		event->answer = TL_ANSWER_TIMED_OUT;
		event->at_ms += world->last.timeout_ms - reply->latency_ms;
	}
}

static void answer_profile(struct world *world, struct tl_event *event)
{
	const struct tl_reply *reply = next_reply(world, TL_STR("profile"));

	if (reply && reply->result != TL_ANSWER_SUCCESS) {
		event->answer = reply->result == TL_ANSWER_NOT_FOUND ? TL_ANSWER_NOT_FOUND : TL_ANSWER_FAILED;
		return;
	}
	event->answer = world->given->has_profile ? TL_ANSWER_FOUND : TL_ANSWER_NOT_FOUND;
	event->values = world->given->profile;
	if (reply && reply->outputs.type == TL_V_OBJECT) {
		event->answer = TL_ANSWER_FOUND;
		event->values = reply->outputs;
	}
}

static void answer_hours(struct world *world, struct tl_event *event)
{
	static const enum tl_answer answers[] = {
		[TL_HOURS_OPEN] = TL_ANSWER_OPEN, [TL_HOURS_CLOSED] = TL_ANSWER_CLOSED, [TL_HOURS_HOLIDAY] = TL_ANSWER_HOLIDAY,
	};
	const struct tl_schedule *schedule = world->project ? tl_project_schedule(world->project, tl_buf_view(&world->subject)) : NULL;

	if (schedule)
		event->answer = answers[tl_schedule_at(schedule, world->given->facts.start_ms + event->at_ms)];
}

static void answer_request(struct world *world, struct tl_event *event)
{
	event->kind = TL_EV_ANSWER;
	event->answer = TL_ANSWER_NONE;
	if (world->given->ask && world->given->ask(world->given->ask_data, &world->last, tl_buf_view(&world->subject), event))
		return;
	if (world->last.service == TL_SERVICE_PROFILE)
		answer_profile(world, event);
	else if (world->last.service == TL_SERVICE_HOURS)
		answer_hours(world, event);
	else
		answer_data(world, event);
}

static void answer_transfer(struct world *world, struct tl_event *event)
{
	event->kind = TL_EV_TAKEN;
	if (world->next_transfer < world->given->n_taken) {
		event->kind = world->given->taken[world->next_transfer++] ? TL_EV_TAKEN : TL_EV_REFUSED;
		return;
	}
	for (size_t i = 0; i < world->given->n_refused; i++) {
		const struct tl_endpoint *refused = &world->given->refused[i];

		if (tl_str_equal(refused->kind, world->last.node->kind) && tl_str_equal(refused->target, tl_buf_view(&world->subject)))
			event->kind = TL_EV_REFUSED;
	}
}

/* A timed hangup ends the call when the clock reaches it, wherever it is. An input of the same instant that is listed before it comes first. */
static void hang_up_in_time(const struct world *world, const struct tl_call *call, struct tl_event *event)
{
	int64_t at_ms = world->given->hangup_ms;

	if (at_ms < 0 || at_ms > event->at_ms || (event->kind == TL_EV_INPUT && at_ms == event->at_ms) || world->given->hangup_visits > tl_call_steps(call))
		return;
	event->kind = TL_EV_HANGUP;
	event->at_ms = at_ms > tl_call_now(call) ? at_ms : tl_call_now(call);
}

static void answer(struct world *world, const struct tl_call *call, struct tl_event *event)
{
	memset(event, 0, sizeof(*event));
	event->at_ms = tl_call_now(call);
	switch (tl_call_waits(call)) {
	case TL_WAIT_PLAYBACK:
		answer_playback(world, event);
		break;
	case TL_WAIT_INPUT:
		answer_input(world, call, event);
		break;
	case TL_WAIT_ANSWER:
		answer_request(world, event);
		break;
	case TL_WAIT_TRANSFER:
		answer_transfer(world, event);
		break;
	case TL_WAIT_NOTHING:
		event->kind = TL_EV_START;
		return;
	}
	hang_up_in_time(world, call, event);
}

void tl_case_run(struct tl_run *run, const struct tl_case *given, const struct tl_program *program, const struct tl_project *project)
{
	struct tl_arena arena = { 0 };
	struct world world = { .given = given, .project = project, .record = tl_run_sink(run) };
	struct tl_sink sink = { .emit = notice, .data = &world };
	struct tl_call *call = tl_call_new(program, &given->facts);
	struct tl_event event;

	world.asked = TL_ARENA_ARRAY(&arena, size_t, given->n_replies + 1);
	while (tl_call_status(call) == TL_RUNNING) {
		answer(&world, call, &event);
		if (!tl_call_step(&call, &event, &sink) && event.kind == TL_EV_INPUT)
			world.next_input--;
	}
	tl_run_finish(run, call, program->flow);
	tl_call_free(call);
	tl_buf_clear(&world.subject);
	tl_arena_clear(&arena);
}
