/* cmd/flow-publish/progress.c: what is told while flows are published: a line that moves on a terminal, one now and then elsewhere, and events for machines. */
#include "flow-publish/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "report/told.h"

/* Between two lines where nobody sees one move, and before the first. */
#define PLAIN_LINE_MS 10000
#define MOVE_MS 100

static void write_events(struct publish *publish, struct tl_buf *lines)
{
	struct publish_progress *progress = &publish->progress;
	struct tl_str text = tl_buf_view(lines);

	/* Flushed line by line: whoever follows sees it as it happens. */
	if (progress->events && (fwrite(text.ptr, 1, text.len, progress->events) != text.len || fflush(progress->events) != 0))
		progress->failed = errno;
	tl_buf_clear(lines);
}

static const char *verb_of(enum tl_told_kind kind)
{
	if (kind == TL_TOLD_READ)
		return "read";
	return kind == TL_TOLD_JUDGED ? "validated" : "done";
}

static void show_line(struct publish *publish, const struct tl_told *told)
{
	struct tl_buf line = { 0 };

	tl_buf_printf(&line, "\r\033[K%zu of %zu %s", told->done, told->total, verb_of(told->kind));
	if (told->flow.len > 0) {
		tl_buf_text(&line, "  ");
		tl_text_safe(&line, told->flow);
		tl_buf_printf(&line, " %s", tl_told_name(told->kind));
	}
	fprintf(stderr, "%.*s", TL_FMT(tl_buf_view(&line)));
	fflush(stderr);
	publish->progress.shown = true;
	tl_buf_clear(&line);
}

static void show(struct publish *publish, const struct tl_told *told)
{
	struct publish_progress *progress = &publish->progress;
	int64_t now = publish->command.clock.monotonic_ms(publish->command.clock.data);
	int64_t pause = progress->terminal ? MOVE_MS : PLAIN_LINE_MS;

	if (progress->next_ms == 0)
		progress->next_ms = now + pause;
	if (now < progress->next_ms || told->total == 0)
		return;
	progress->next_ms = now + pause;
	if (progress->terminal)
		show_line(publish, told);
	else
		tl_command_say(&publish->command, "%zu of %zu %s", told->done, told->total, verb_of(told->kind));
}

static void take(void *data, const struct tl_told *told)
{
	struct publish *publish = data;
	struct tl_buf line = { 0 };

	if (publish->progress.events) {
		tl_told_json(&line, &publish->progress.head, told);
		write_events(publish, &line);
	}
	if (!publish->command.common->quiet)
		show(publish, told);
	publish->progress.lease_lost |= told->kind == TL_TOLD_LEASE_LOST;
	if (told->kind == TL_TOLD_LEASE_LOST)
		tl_command_say(&publish->command, "the lease of '%.*s' was taken over: nothing more is written",
		               TL_FMT(publish->command.environment->name));
}

int publish_progress_open(struct publish *publish, const char *events)
{
	struct publish_progress *progress = &publish->progress;

	progress->terminal = isatty(2) == 1;
	progress->head.environment = publish->command.environment->name;
	publish->deploy.told = take;
	publish->deploy.data = publish;
	if (!events)
		return 0;
	progress->standard = strcmp(events, "-") == 0;
	progress->events = progress->standard ? stdout : fopen(tl_command_path(&publish->command, events), "we");
	if (progress->events)
		return 0;
	tl_error_errno(&publish->command.err, errno, "cannot write '%s'", events);
	return -1;
}

void publish_progress_begin(struct publish *publish, const struct tl_plan *plan)
{
	struct tl_buf line = { 0 };

	publish->progress.head.plan = tl_str(plan->id);
	tl_told_begin_json(&line, &publish->progress.head, publish->command.clock.now_ms(publish->command.clock.data));
	write_events(publish, &line);
}

void publish_progress_rest(struct publish *publish)
{
	if (publish->progress.shown)
		fputs("\r\033[K", stderr);
	publish->progress.shown = false;
}

int publish_progress_end(struct publish *publish, const struct tl_apply *apply, int code)
{
	struct publish_progress *progress = &publish->progress;
	struct tl_command *command = &publish->command;
	struct tl_buf line = { 0 };

	publish_progress_rest(publish);
	if (!progress->events)
		return code;
	code = tl_command_stopped() ? tl_command_stopped() : code;
	tl_told_end_json(&line, &progress->head, apply, code, apply ? TL_STR("") : tl_str(command->err.message), command->clock.now_ms(command->clock.data));
	write_events(publish, &line);
	if (!progress->standard && fclose(progress->events) != 0)
		progress->failed = errno;
	progress->events = NULL;
	if (progress->failed == 0)
		return code;
	tl_command_say(command, "not all events could be written: %s", strerror(progress->failed));
	return code == 0 ? 3 : code;
}
