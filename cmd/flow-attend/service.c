/* cmd/flow-attend/service.c: what both ways in share. */
#include "flow-attend/service.h"

#include "base/text.h"

#define SHOW_MS 1000

/* ---- results */

void service_result(struct service *service, const struct tl_attend_result *result, int least)
{
	int code = result_exit(result);

	code = code < least ? least : code;
	service->ends[result->end]++;
	service->worst = service->worst < code ? code : service->worst;
	tl_buf_reset(&service->line);
	if (service->json)
		result_json(&service->line, result);
	else if (!service->command->common->quiet || code != 0)
		result_text(&service->line, result);
	if (service->line.len > 0)
		scribe_line(&service->scribe, tl_buf_view(&service->line));
}

/* Results that nobody can read any more end the work. */
static void relieved(void *data)
{
	struct service *service = data;

	if (service->scribe.failed && !service->failed) {
		service->failed = true;
		service->command->err = service->scribe.err;
	}
	service->way->relieved(service->data);
}

void service_say(const struct service *service, const char *text)
{
	if (!service->command->common->quiet)
		tl_command_say(service->command, "%s", text);
}

/* ---- what is shown */

static void fill_shown(struct service *service)
{
	struct tl_buf texts[TL_SHOWN_TEXTS] = { { .data = NULL } };
	const struct tl_clock *clock = &service->command->clock;
	struct tl_attend_figures figures = { .calls = 0 };
	struct tl_arena arena = { 0 };
	struct tl_attend_report report = {
		.environment = service->command->environment->name, .since_ms = service->since_ms, .at_ms = clock->now_ms(clock->data), .figures = &figures,
	};

	service->way->report(service->data, &report, &figures, &arena);
	tl_attend_page(&texts[TL_SHOWN_PAGE], &report);
	tl_attend_status(&texts[TL_SHOWN_STATUS], &report);
	tl_attend_metrics(&texts[TL_SHOWN_METRICS], &report);
	if (service->way->metrics)
		service->way->metrics(service->data, &texts[TL_SHOWN_METRICS]);
	tl_text_safe(&texts[TL_SHOWN_TROUBLE], report.trouble);
	tl_shown_take(&service->shown, texts);
	for (unsigned i = 0; i < TL_SHOWN_TEXTS; i++)
		tl_buf_clear(&texts[i]);
	tl_arena_clear(&arena);
}

static void show(void *data)
{
	struct service *service = data;

	fill_shown(service);
	service->show_timer = tl_loop_after(service->loop, SHOW_MS, show, service);
}

static int start_showing(struct service *service)
{
	struct tl_listen_config config = { .address = service->listen, .page = true, .show = tl_shown_show, .data = &service->shown };

	if (!service->listen)
		return 0;
	show(service);
	return tl_listen_start(&service->listener, service->command, &config);
}

/* ---- versions */

static void look(void *data)
{
	struct service *service = data;

	service->reload_timer = NULL;
	if (service->draining)
		return;
	flows_look(&service->flows);
	if (service->way->look)
		service->way->look(service->data);
	service->reload_timer = tl_loop_after(service->loop, service->reload_ms, look, service);
}

/* ---- beginning and end */

int service_open(struct service *service, const struct service_way *way, void *data)
{
	const struct tl_clock *clock = &service->command->clock;

	service->way = way;
	service->data = data;
	service->since_ms = clock->now_ms(clock->data);
	tl_shown_init(&service->shown);
	if (tl_loop_open(&service->loop, &service->command->err) != 0 || scribe_open(&service->scribe, service->command, service->loop) != 0)
		return -1;
	service->scribe.relieved = relieved;
	service->scribe.data = service;
	return flows_watch(&service->flows, service->loop, way->changed, data);
}

int service_begin(struct service *service)
{
	if (start_showing(service) != 0)
		return -1;
	service->begun = true;
	if (service->reload_ms > 0)
		service->reload_timer = tl_loop_after(service->loop, service->reload_ms, look, service);
	return 0;
}

void service_drain(struct service *service, size_t calls)
{
	service->draining = true;
	result_say_drain(service->command, calls, service->drain_ms);
}

void service_stop(struct service *service)
{
	tl_timer_cancel(service->reload_timer);
	tl_timer_cancel(service->show_timer);
	tl_listen_stop(service->listener);
	flows_close(&service->flows);
}

void service_close(struct service *service)
{
	scribe_close(&service->scribe);
	if (service->begun && !service->command->common->quiet)
		result_say_all(service->command, service->ends);
	tl_loop_close(service->loop);
	if (service->since_ms > 0)
		tl_shown_clear(&service->shown);
	tl_buf_clear(&service->line);
}
