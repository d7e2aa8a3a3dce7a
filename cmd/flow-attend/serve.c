/* cmd/flow-attend/serve.c: intake, calls and results on one loop. */
#include "flow-attend/serve.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "doc/json.h"
#include "project/calls.h"
#include "report/attend.h"

#define SHOW_MS 1000

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
	bool full = serve->draining || scribe_is_full(&serve->scribe);

	if (serve->intake)
		tl_intake_want(serve->intake, full ? 0 : tl_attend_room(serve->attend));
}

/* Nothing is left to be done: the loop ends. */
static void look_at_end(struct serve *serve)
{
	if ((serve->ended || serve->draining) && tl_attend_calls(serve->attend) == 0 && (!serve->intake || tl_intake_held(serve->intake) == 0))
		tl_loop_stop(serve->loop);
}

static void drain(struct serve *serve)
{
	size_t calls = tl_attend_calls(serve->attend);

	serve->draining = true;
	result_say_drain(serve->command, calls, serve->drain_ms);
	want(serve);
	tl_attend_drain(serve->attend, serve->drain_ms);
}

/* ---- results */

static void say_result(struct serve *serve, const struct tl_attend_result *result)
{
	int code = result_exit(result);

	serve->ends[result->end]++;
	/* Recordings were asked for, and this one there is not. */
	if (serve->record && result->started_ms > 0 && result->recording.len == 0)
		code = 3;
	if (code > serve->worst)
		serve->worst = code;
	tl_buf_reset(&serve->line);
	if (serve->json)
		result_json(&serve->line, result);
	else if (!serve->command->common->quiet || code != 0)
		result_text(&serve->line, result);
	if (serve->line.len > 0)
		scribe_line(&serve->scribe, tl_buf_view(&serve->line));
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
	struct tl_attend_result shown = *result;
	struct tl_arena arena = { 0 };

	/* What has no id is found by its line. */
	if (offer_data && result->id.len == 0 && tl_intake_line(offer_data) > 0)
		shown.message = tl_arena_printf(&arena, "line %" PRIu64 ": %.*s", tl_intake_line(offer_data), TL_FMT(result->message));
	say_result(serve, &shown);
	if (!serve->json || serve->line.len == 0) {
		tl_buf_reset(&serve->line);
		result_json(&serve->line, &shown);
	}
	if (offer_data)
		tl_intake_settle(offer_data, verdict_of(result), tl_buf_view(&serve->line));
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

	if (serve->scribe.failed && !serve->failed) {
		serve->failed = true;
		serve->command->err = serve->scribe.err;
		drain(serve);
		look_at_end(serve);
	}
	want(serve);
}

static void say(void *data, const char *text)
{
	const struct serve *serve = data;

	if (!serve->command->common->quiet)
		tl_command_say(serve->command, "%s", text);
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
		tl_command_say(serve->command, "%s", why);
		serve->worst = serve->worst < 3 ? 3 : serve->worst;
	}
	look_at_end(serve);
}

static void queue_trouble(void *data, const char *why)
{
	struct serve *serve = data;

	free(serve->trouble);
	serve->trouble = why ? tl_strdup(why) : NULL;
	tl_command_say(serve->command, "%s", why ? why : "the queue is there again");
}

/* ---- versions */

static void changed(void *data, struct tl_edition *edition)
{
	struct serve *serve = data;

	tl_attend_edition(serve->attend, edition, tl_edition_free);
	if (serve->command->common->quiet)
		return;
	if (edition->version > 0)
		tl_command_say(serve->command, "new calls get version %lld of flow '%.*s'", (long long)edition->version, TL_FMT(edition->program.flow->id.text));
	else
		tl_command_say(serve->command, "new calls get flow '%.*s' as it is now", TL_FMT(edition->program.flow->id.text));
}

static void reload(void *data)
{
	struct serve *serve = data;

	serve->reload_timer = NULL;
	if (serve->draining)
		return;
	flows_look(&serve->flows);
	serve->reload_timer = tl_loop_after(serve->loop, serve->reload_ms, reload, serve);
}

/* ---- what is shown */

static void fill_shown(struct serve *serve)
{
	struct tl_buf texts[TL_SHOWN_TEXTS] = { { .data = NULL } };
	struct tl_arena arena = { 0 };
	struct tl_attend_figures figures;
	struct tl_attend_report report = {
		.environment = serve->command->environment->name, .flow = serve->flows.present->program.flow->id.text, .source = tl_str(serve->calls),
		.trouble = tl_str(serve->trouble ? serve->trouble : ""), .since_ms = serve->since_ms,
		.at_ms = serve->command->clock.now_ms(serve->command->clock.data), .figures = &figures,
	};

	tl_attend_figures(&figures, &arena, serve->attend);
	tl_attend_page(&texts[TL_SHOWN_PAGE], &report);
	tl_attend_status(&texts[TL_SHOWN_STATUS], &report);
	tl_attend_metrics(&texts[TL_SHOWN_METRICS], &report);
	tl_text_safe(&texts[TL_SHOWN_TROUBLE], report.trouble);
	tl_shown_take(&serve->shown, texts);
	for (unsigned i = 0; i < TL_SHOWN_TEXTS; i++)
		tl_buf_clear(&texts[i]);
	tl_arena_clear(&arena);
}

static void show(void *data)
{
	struct serve *serve = data;

	fill_shown(serve);
	serve->show_timer = tl_loop_after(serve->loop, SHOW_MS, show, serve);
}

static int start_showing(struct serve *serve)
{
	struct tl_listen_config config = { .address = serve->listen, .page = true, .show = tl_shown_show, .data = &serve->shown };

	if (!serve->listen)
		return 0;
	show(serve);
	return tl_listen_start(&serve->listener, serve->command, &config);
}

/* ---- beginning */

/* The addresses that all lines share; the token is the calls' own affair. */
static int fill_line(struct serve *serve, struct tl_attend_config *config)
{
	struct tl_arena secret = { 0 };
	struct tl_phone_line line;
	int ret = tl_platform_line(&line, &secret, serve->deployment->platform, TL_STR(""), &serve->command->err);

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
	struct tl_attend_config config = {
		.loop = serve->loop, .platform = serve->deployment->platform, .clock = &serve->command->clock, .now_us = now_us, .max_calls = serve->max_calls,
		.patience_ms = serve->patience_ms, .record = serve->record, .record_sensitive = serve->record_sensitive, .ended = call_ended, .room = room, .say = say,
		.data = serve,
	};

	return fill_line(serve, &config) == 0 ? tl_attend_open(&serve->attend, &config, &serve->command->err) : -1;
}

static bool is_queue(const char *calls)
{
	return tl_str_starts(tl_str(calls), TL_STR("nats://")) || tl_str_starts(tl_str(calls), TL_STR("tls://"));
}

/* The secrets are wiped once the queue is open. */
static int open_intake(struct serve *serve)
{
	struct tl_arena secrets = { 0 };
	struct tl_intake_config config = {
		.loop = serve->loop, .address = serve->calls, .insecure = serve->deployment->access.insecure, .offer = offered, .refused = too_large,
		.ended = offers_ended, .trouble = queue_trouble, .data = serve,
	};
	int ret = 0;

	if (is_queue(serve->calls))
		ret = tl_calls_login(&config.login, &secrets, &serve->deployment->access, serve->deployment->config->surroundings, &serve->command->err);
	if (ret == 0)
		ret = tl_intake_open(&serve->intake, &config, &serve->command->err);
	tl_arena_wipe(&secrets);
	return ret;
}

/* Somebody who waits for something to happen learns what for. */
static void say_source(const struct serve *serve)
{
	bool typed = strcmp(serve->calls, "-") == 0 && isatty(STDIN_FILENO) == 1;

	if (serve->command->common->quiet)
		return;
	if (typed)
		tl_command_say(serve->command, "type calls, a line each, such as {\"callControlId\": \"call-1\"}; Ctrl-D ends them");
	else if (is_queue(serve->calls) || tl_str_starts(tl_str(serve->calls), TL_STR("unix:")))
		tl_command_say(serve->command, "calls are taken from %s, for flow '%.*s'", serve->calls, TL_FMT(serve->flows.present->program.flow->id.text));
}

static int begin(struct serve *serve, struct tl_edition *edition)
{
	struct tl_command *command = serve->command;

	serve->since_ms = command->clock.now_ms(command->clock.data);
	tl_shown_init(&serve->shown);
	if (tl_loop_open(&serve->loop, &command->err) != 0 || scribe_open(&serve->scribe, command, serve->loop) != 0 ||
	    flows_watch(&serve->flows, serve->loop, changed, serve) != 0 || open_attend(serve) != 0) {
		tl_edition_free(edition->owner);
		return -1;
	}
	serve->scribe.relieved = relieved;
	serve->scribe.data = serve;
	tl_attend_edition(serve->attend, edition, tl_edition_free);
	if (open_intake(serve) != 0 || start_showing(serve) != 0)
		return -1;
	serve->begun = true;
	say_source(serve);
	if (serve->reload_ms > 0)
		serve->reload_timer = tl_loop_after(serve->loop, serve->reload_ms, reload, serve);
	want(serve);
	return 0;
}

/* ---- the end */

int serve_run(struct serve *serve, struct tl_edition *edition)
{
	struct tl_error *err = &serve->command->err;
	bool stopped;

	if (begin(serve, edition) != 0)
		return -1;
	atomic_store(&serving, 1);
	if (tl_loop_run(serve->loop, 0, tl_command_stopped, err) != 0)
		return -1;
	stopped = tl_command_stopped() && (tl_attend_calls(serve->attend) > 0 || !serve->ended);
	if (stopped)
		drain(serve);
	while (tl_attend_calls(serve->attend) > 0) {
		if (tl_loop_run(serve->loop, 0, NULL, err) != 0)
			return -1;
	}
	serve->command->finished = !stopped;
	return serve->failed ? -1 : serve->worst;
}

void serve_close(struct serve *serve)
{
	atomic_store(&giving_up, 1);
	tl_timer_cancel(serve->reload_timer);
	tl_timer_cancel(serve->show_timer);
	tl_listen_stop(serve->listener);
	flows_close(&serve->flows);
	tl_attend_close(serve->attend);
	tl_intake_close(serve->intake);
	scribe_close(&serve->scribe);
	if (serve->begun && !serve->command->common->quiet)
		result_say_all(serve->command, serve->ends);
	tl_loop_close(serve->loop);
	if (serve->since_ms > 0)
		tl_shown_clear(&serve->shown);
	tl_buf_clear(&serve->line);
	free(serve->trouble);
	tl_arena_clear(&serve->arena);
}
