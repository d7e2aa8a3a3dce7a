/* cmd/flow-monitor/watch.c: look after look, and what changed between two of them. */
#include "flow-monitor/watch.h"

#include <stdlib.h>

#include "base/text.h"
#include "common/output.h"

/* After failed looks the next ones come later and later, up to this. */
#define LONGEST_REST_MS ((int64_t)5 * 60 * 1000)
/* A signal ends a rest at once; so does a reader that left, soon. */
#define REST_PIECE_MS 500
/* Threads that wait for a server's answers. */
#define REMOTE_WORKERS 16

/* ---- what is shown */

static bool is_asked_for(const struct watch *watch, const struct tl_drift *drift)
{
	for (size_t i = 0; i < watch->options.n_flows; i++) {
		const char *flow = watch->options.flows[i];

		if (tl_str_is(drift->flow, flow) || tl_str_is(drift->platform_id, flow) || tl_str_is(drift->name, flow))
			return true;
	}
	return watch->options.n_flows == 0;
}

/* Only the flows that were named. */
static void narrow(struct watch *watch, struct tl_drifts *drifts)
{
	size_t count = 0, drifted = 0;

	for (size_t i = 0; i < drifts->count; i++) {
		if (!is_asked_for(watch, &drifts->items[i]))
			continue;
		drifts->items[count] = drifts->items[i];
		drifted += drifts->items[count++].kind != TL_DRIFT_NONE;
	}
	drifts->count = count;
	drifts->drifted = drifted;
}

static bool is_news(const struct tl_drift *now, const struct tl_drift *before)
{
	return !before || now->kind != before->kind || now->version != before->version || now->published_version != before->published_version ||
	       now->status != before->status || now->ours != before->ours || now->draft != before->draft ||
	       now->beside != before->beside || (now->unread.len > 0) != (before->unread.len > 0);
}

/* The flows of this look that are not as they were at the one before, which is sorted as this one is. In `arena`. */
static struct tl_drifts news_of(struct tl_arena *arena, const struct tl_drifts *now, const struct tl_drifts *before)
{
	struct tl_drifts news = { .items = TL_ARENA_ARRAY(arena, struct tl_drift, now->count + 1) };
	struct tl_map by_id = { 0 };

	for (size_t i = 0; i < before->count; i++)
		tl_map_put(&by_id, before->items[i].platform_id, NULL)->value.ptr = &before->items[i];
	for (size_t i = 0; i < now->count; i++) {
		if (!is_news(&now->items[i], tl_map_ptr(&by_id, now->items[i].platform_id)))
			continue;
		news.drifted += now->items[i].kind != TL_DRIFT_NONE;
		news.items[news.count++] = now->items[i];
	}
	tl_map_clear(&by_id);
	return news;
}

static int say_news(struct watch *watch, const struct tl_drifts *news)
{
	struct tl_drift_report report = watch->report;
	struct tl_buf out = { 0 };
	int ret;

	if (news->count == 0)
		return 0;
	report.drifts = news;
	if (watch->options.json)
		tl_drift_report_json(&out, &report, false);
	else
		tl_drift_text(&out, news->items, news->count, !watch->command->common->quiet, watch->command->color);
	ret = tl_output_standard(tl_buf_view(&out), &watch->command->err);
	tl_buf_clear(&out);
	return ret;
}

/* What the page, its JSON and the metrics say from now on. */
static void show(struct watch *watch)
{
	if (!watch->options.listen)
		return;
	tl_text_safe(&watch->spare[TL_SHOWN_TROUBLE], watch->report.trouble);
	tl_drift_page(&watch->spare[TL_SHOWN_PAGE], &watch->report);
	tl_drift_report_json(&watch->spare[TL_SHOWN_STATUS], &watch->report, true);
	tl_drift_metrics(&watch->spare[TL_SHOWN_METRICS], &watch->report);
	tl_shown_take(&watch->shown, watch->spare);
}

/* ---- looking */

static int look(struct watch *watch, struct tl_drifts *drifts, struct tl_error *err)
{
	struct tl_command *command = watch->command;
	struct tl_lower lower = { .limits = command->project->limits };
	struct tl_drift_scan scan = {
		.platform = watch->deployment->platform,
		.ledger = watch->deployment->ledger,
		.clock = &command->clock,
		.environment = command->environment->name,
		.lower = &lower,
		.foreign = watch->options.foreign,
		.workers = REMOTE_WORKERS,
		.stopped = tl_command_stopped,
	};
	struct tl_arena *arena = &watch->arenas[watch->turn];

	tl_arena_clear(arena);
	watch_read_wanted(watch);
	if (watch->wanted.count > 0)
		scan.wanted = &watch->wanted;
	return tl_drift_look(drifts, arena, &watch->memory, &scan, err);
}

/* A look that could not be had is no end: the next one may be. But for the first, which would hide a mistake. */
static int take_trouble(struct watch *watch, const struct tl_error *err)
{
	if (err->code == TL_INTERRUPTED || watch->report.looks == watch->report.failed_looks + 1) {
		watch->command->err = *err;
		return -1;
	}
	watch->report.failed_looks++;
	watch->report.trouble = tl_arena_dup(&watch->command->arena, tl_str(err->message));
	tl_command_say(watch->command, "%s; trying again", err->message);
	show(watch);
	return 0;
}

static struct tl_drifts drifted_of(struct tl_drifts news)
{
	size_t count = 0;

	for (size_t i = 0; i < news.count; i++) {
		if (news.items[i].kind != TL_DRIFT_NONE)
			news.items[count++] = news.items[i];
	}
	news.count = count;
	return news;
}

static int take_look(struct watch *watch, struct tl_drifts *drifts)
{
	struct tl_drifts before = watch->last, news;
	int ret;

	narrow(watch, drifts);
	news = news_of(&watch->arenas[watch->turn], drifts, &before);
	watch->last = *drifts;
	watch->report.trouble = (struct tl_str){ NULL, 0 };
	watch->report.drifts = &watch->last;
	show(watch);
	ret = say_news(watch, &news);
	/* At first everything is new, but only what is wrong is an event. */
	if (watch->report.looks - watch->report.failed_looks == 1)
		news = drifted_of(news);
	hook_tell(&watch->hook, news.items, news.count, watch->report.at_ms);
	watch->turn = 1 - watch->turn;
	return ret;
}

static int look_once(struct watch *watch)
{
	const struct tl_clock *clock = &watch->command->clock;
	int64_t begun = clock->monotonic_ms(clock->data);
	struct tl_error err = { 0 };
	struct tl_drifts drifts;
	int ret;

	watch->report.looks++;
	ret = look(watch, &drifts, &err);
	watch->report.look_ms = clock->monotonic_ms(clock->data) - begun;
	watch->report.counts = tl_platform_counts(watch->deployment->platform);
	if (ret != 0)
		return take_trouble(watch, &err);
	watch->report.at_ms = clock->now_ms(clock->data);
	return take_look(watch, &drifts);
}

/* How long until the next look. */
static int64_t rest_ms(const struct watch *watch, unsigned failures)
{
	int64_t ms = watch->options.interval_ms;

	while (failures-- > 0 && ms < LONGEST_REST_MS)
		ms *= 2;
	return ms < LONGEST_REST_MS || ms == watch->options.interval_ms ? ms : LONGEST_REST_MS;
}

static int rest(struct watch *watch, int64_t ms)
{
	const struct tl_clock *clock = &watch->command->clock;

	while (ms > 0) {
		int64_t piece = ms < REST_PIECE_MS ? ms : REST_PIECE_MS;

		if (clock->sleep_ms(clock->data, piece) != 0 || tl_command_stopped())
			return tl_error_set(&watch->command->err, TL_INTERRUPTED, "interrupted");
		ms -= piece;
	}
	return 0;
}

static int look_on(struct watch *watch)
{
	const struct tl_clock *clock = &watch->command->clock;
	int64_t begun = clock->monotonic_ms(clock->data);
	unsigned failures = 0;

	for (;;) {
		uint64_t failed = watch->report.failed_looks;
		int64_t left, ms;

		if (look_once(watch) != 0)
			return -1;
		hook_deliver(&watch->hook);
		failures = watch->report.failed_looks > failed ? failures + 1 : 0;
		left = watch->options.timeout_ms - (clock->monotonic_ms(clock->data) - begun);
		if (watch->options.once || left <= 0)
			return 0;
		ms = rest_ms(watch, failures);
		if (rest(watch, ms < left ? ms : left) != 0)
			return -1;
	}
}

/* A name that the environment does not have is a slip of the keyboard. */
static int check_names(struct watch *watch)
{
	struct tl_arena arena = { 0 };
	struct tl_watched *ignored;
	size_t count;
	int ret = 0;

	if (watch->options.n_flows > 0)
		ret = tl_monitor_choose(&ignored, &count, &arena, watch->deployment->platform, watch->deployment->ledger,
		                        watch->command->environment->name, watch->options.flows, watch->options.n_flows, &watch->command->err);
	tl_arena_clear(&arena);
	return ret;
}

static int start_listening(struct tl_listen **out, struct watch *watch)
{
	struct tl_listen_config config = { .address = watch->options.listen, .page = true, .show = tl_shown_show, .data = &watch->shown };

	return watch->options.listen ? tl_listen_start(out, watch->command, &config) : 0;
}

int watch_run(struct watch *watch)
{
	struct tl_listen *listen = NULL;
	int ret = -1;

	watch->report.environment = watch->command->environment->name;
	watch->report.drifts = &watch->last;
	tl_shown_init(&watch->shown);
	show(watch);
	if (check_names(watch) == 0 && hook_open(&watch->hook, watch->command, watch->deployment) == 0 && start_listening(&listen, watch) == 0)
		ret = look_on(watch);
	tl_listen_stop(listen);
	if (ret != 0)
		return tl_error_exit(watch->command->err.code);
	return watch->last.drifted > 0;
}

void watch_clear(struct watch *watch)
{
	hook_close(&watch->hook);
	tl_drift_forget(&watch->memory);
	tl_map_clear(&watch->wanted);
	tl_arena_clear(&watch->wanted_arena);
	tl_arena_clear(&watch->arenas[0]);
	tl_arena_clear(&watch->arenas[1]);
	tl_shown_clear(&watch->shown);
	for (size_t i = 0; i < TL_SHOWN_TEXTS; i++)
		tl_buf_clear(&watch->spare[i]);
}
