/* cmd/flow-attend/serve.c: intake, calls and results on one loop. */
#include "flow-attend/serve.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "project/calls.h"

/* What becomes of signals is the process's affair, as signals are. */
static _Atomic int serving, giving_up;

int serve_gives_up(void)
{
	return atomic_load(&serving) ? atomic_load(&giving_up) : tl_command_stopped();
}

static int64_t now_us(void *data)
{
	struct timespec now = { 0 };

	(void)data;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- how much is taken */

static void want(struct serve *serve)
{
	bool full = serve->service->draining || scribe_is_full(&serve->service->scribe);

	if (serve->intake)
		tl_intake_want(serve->intake, full ? 0 : tl_attend_room(serve->attend));
}

/* Nothing is left to be done: the loop ends. */
static void look_at_end(struct serve *serve)
{
	if ((serve->ended || serve->service->draining) && tl_attend_calls(serve->attend) == 0 && (!serve->intake || tl_intake_held(serve->intake) == 0))
		tl_loop_stop(serve->service->loop);
}

static void drain(struct serve *serve)
{
	service_drain(serve->service, tl_attend_calls(serve->attend));
	want(serve);
	tl_attend_drain(serve->attend, serve->service->drain_ms);
}

/* ---- results */

/* Recordings were asked for, and this one there is not: 3. */
static void say_result(struct serve *serve, const struct tl_attend_result *result)
{
	bool missing = serve->record && result->started_ms > 0 && result->recording.len == 0;

	service_result(serve->service, result, missing ? 3 : 0);
}

static enum tl_queue_verdict verdict_of(const struct tl_attend_result *result)
{
	if (result->again)
		return TL_QUEUE_AGAIN;
	return result->end == TL_END_REFUSED ? TL_QUEUE_REFUSED : TL_QUEUE_DONE;
}

static void call_ended(void *data, void *offer_data, const struct tl_attend_result *result)
{
	struct serve *serve = data;
	struct tl_buf *line = &serve->service->line;
	struct tl_attend_result shown = *result;
	struct tl_arena arena = { 0 };

	/* What has no id is found by its line. */
	if (offer_data && result->id.len == 0 && tl_intake_line(offer_data) > 0)
		shown.message = tl_arena_printf(&arena, "line %" PRIu64 ": %.*s", tl_intake_line(offer_data), TL_FMT(result->message));
	say_result(serve, &shown);
	if (!serve->service->json || line->len == 0) {
		tl_buf_reset(line);
		result_json(line, &shown);
	}
	if (offer_data)
		tl_intake_settle(offer_data, verdict_of(result), tl_buf_view(line));
	tl_arena_clear(&arena);
	want(serve);
	look_at_end(serve);
}

static void room(void *data)
{
	want(data);
}

/* Results that nobody can read any more end the work, but not the calls that are in progress. */
static void relieved(void *data)
{
	struct serve *serve = data;

	if (serve->service->failed && !serve->service->draining) {
		drain(serve);
		look_at_end(serve);
	}
	want(serve);
}

static void say(void *data, const char *text)
{
	const struct serve *serve = data;

	service_say(serve->service, text);
}

/* ---- offers */

static void offered(void *data, struct tl_offered *offer, struct tl_str text)
{
	struct serve *serve = data;

	/* It is given back where draining began between. */
	if (!tl_attend_offer(serve->attend, text, offer))
		tl_intake_settle(offer, TL_QUEUE_AGAIN, TL_STR(""));
}

static void too_large(void *data, const char *why)
{
	struct tl_attend_result result = { .end = TL_END_REFUSED, .message = tl_str(why) };

	say_result(data, &result);
}

static void offers_ended(void *data, const char *why)
{
	struct serve *serve = data;

	serve->ended = true;
	if (why) {
		tl_command_say(serve->service->command, "%s", why);
		serve->service->worst = serve->service->worst < 3 ? 3 : serve->service->worst;
	}
	look_at_end(serve);
}

static void queue_trouble(void *data, const char *why)
{
	struct serve *serve = data;

	free(serve->trouble);
	serve->trouble = why ? tl_strdup(why) : NULL;
	tl_command_say(serve->service->command, "%s", why ? why : "the queue is there again");
}

/* ---- versions */

static void changed(void *data, struct tl_edition *edition)
{
	struct serve *serve = data;
	const struct tl_command *command = serve->service->command;

	tl_attend_edition(serve->attend, edition, tl_edition_free);
	if (command->common->quiet)
		return;
	if (edition->version > 0)
		tl_command_say(command, "new calls get version %lld of flow '%.*s'", (long long)edition->version, TL_FMT(edition->program.flow->id.text));
	else
		tl_command_say(command, "new calls get flow '%.*s' as it is now", TL_FMT(edition->program.flow->id.text));
}

/* ---- what is shown */

static void report_now(void *data, struct tl_attend_report *report, struct tl_attend_figures *figures, struct tl_arena *arena)
{
	const struct serve *serve = data;

	report->flow = serve->service->flows.present->program.flow->id.text;
	report->source = tl_str(serve->calls);
	report->trouble = tl_str(serve->trouble ? serve->trouble : "");
	tl_attend_figures(figures, arena, serve->attend);
}

static const struct service_way offered_calls = { .changed = changed, .relieved = relieved, .report = report_now };

/* ---- beginning */

/* The addresses that all lines share; the token is the calls' own affair. */
static int fill_line(struct serve *serve, struct tl_attend_config *config)
{
	struct tl_arena secret = { 0 };
	struct tl_phone_line line;
	int ret = tl_platform_line(&line, &secret, serve->service->deployment->platform, TL_STR(""), &serve->service->command->err);

	if (ret == 0) {
		config->ca = line.ca.len > 0 ? tl_arena_dup(&serve->arena, line.ca).ptr : NULL;
		config->proxy = line.proxy.len > 0 ? tl_arena_dup(&serve->arena, line.proxy).ptr : NULL;
		config->insecure = line.insecure;
	}
	tl_arena_wipe(&secret);
	return ret;
}

static int open_attend(struct serve *serve)
{
	const struct service *service = serve->service;
	struct tl_attend_config config = {
		.loop = service->loop, .platform = service->deployment->platform, .clock = &service->command->clock, .now_us = now_us, .max_calls = service->max_calls,
		.patience_ms = serve->patience_ms, .record = serve->record, .record_sensitive = serve->record_sensitive, .ended = call_ended, .room = room, .say = say,
		.data = serve,
	};

	return fill_line(serve, &config) == 0 ? tl_attend_open(&serve->attend, &config, &service->command->err) : -1;
}

static bool is_queue(const char *calls)
{
	return tl_str_starts(tl_str(calls), TL_STR("nats://")) || tl_str_starts(tl_str(calls), TL_STR("tls://"));
}

/* The secrets are wiped once the queue is open. */
static int open_intake(struct serve *serve)
{
	const struct service *service = serve->service;
	const struct tl_deployment *deployment = service->deployment;
	struct tl_arena secrets = { 0 };
	struct tl_intake_config config = {
		.loop = service->loop, .address = serve->calls, .insecure = deployment->access.insecure, .offer = offered, .refused = too_large,
		.ended = offers_ended, .trouble = queue_trouble, .data = serve,
	};
	int ret = 0;

	if (is_queue(serve->calls))
		ret = tl_calls_login(&config.login, &secrets, &deployment->access, deployment->config->surroundings, &service->command->err);
	if (ret == 0)
		ret = tl_intake_open(&serve->intake, &config, &service->command->err);
	tl_arena_wipe(&secrets);
	return ret;
}

/* Somebody who waits for something to happen learns what for. */
static void say_source(const struct serve *serve)
{
	const struct service *service = serve->service;
	bool typed = strcmp(serve->calls, "-") == 0 && isatty(STDIN_FILENO) == 1;

	if (service->command->common->quiet)
		return;
	if (typed)
		tl_command_say(service->command, "type calls, a line each, such as {\"callControlId\": \"call-1\"}; Ctrl-D ends them");
	else if (is_queue(serve->calls) || tl_str_starts(tl_str(serve->calls), TL_STR("unix:")))
		tl_command_say(service->command, "calls are taken from %s, for flow '%.*s'", serve->calls, TL_FMT(service->flows.present->program.flow->id.text));
}

static int begin(struct serve *serve, struct tl_edition *edition)
{
	if (service_open(serve->service, &offered_calls, serve) != 0 || open_attend(serve) != 0) {
		tl_edition_free(edition->owner);
		return -1;
	}
	tl_attend_edition(serve->attend, edition, tl_edition_free);
	if (open_intake(serve) != 0 || service_begin(serve->service) != 0)
		return -1;
	say_source(serve);
	want(serve);
	return 0;
}

/* ---- the end */

int serve_run(struct serve *serve, struct tl_edition *edition)
{
	struct service *service = serve->service;
	struct tl_error *err = &service->command->err;
	bool stopped;

	if (begin(serve, edition) != 0)
		return -1;
	atomic_store(&serving, 1);
	if (tl_loop_run(service->loop, 0, tl_command_stopped, err) != 0)
		return -1;
	stopped = tl_command_stopped() && (tl_attend_calls(serve->attend) > 0 || !serve->ended);
	if (stopped)
		drain(serve);
	while (tl_attend_calls(serve->attend) > 0) {
		if (tl_loop_run(service->loop, 0, NULL, err) != 0)
			return -1;
	}
	service->command->finished = !stopped;
	return service->failed ? -1 : service->worst;
}

void serve_close(struct serve *serve)
{
	atomic_store(&giving_up, 1);
	service_stop(serve->service);
	tl_attend_close(serve->attend);
	tl_intake_close(serve->intake);
	service_close(serve->service);
	free(serve->trouble);
	tl_arena_clear(&serve->arena);
}
