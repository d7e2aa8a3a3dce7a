/* cmd/flow-monitor/main.c: waits until deployments are finished; with --watch looks after a whole environment. */
#include <stddef.h>
#include <stdlib.h>

#include "common/command.h"
#include "common/deployment.h"
#include "monitor/monitor.h"
#include "report/deploy.h"
#include "flow-monitor/watch.h"

/* Between two looks, and the least: a platform's budget is for publishing, too. */
#define INTERVAL_MS 30000
#define SHORTEST_INTERVAL_MS 100
/* How long the first request of a look is tried for while watching: as long as until the next look would be, within these. */
#define SHORTEST_LIST_MS 5000
#define LONGEST_LIST_MS 60000

struct options {
	struct tl_common common;
	const char *timeout;
	bool watch;
	const char *interval;
	const char *listen;
	bool foreign;
};

static const struct tl_option option_table[] = {
	{ "timeout", 0, TL_OPTION_TEXT, offsetof(struct options, timeout), "DURATION", "how long to wait for all of them: 90s, 10m (default: 10m)", NULL },
	{ "watch", 0, TL_OPTION_FLAG, offsetof(struct options, watch), NULL, "watch the whole environment for drift, and say each change, until interrupted", NULL },
	{ "interval", 0, TL_OPTION_TEXT, offsetof(struct options, interval), "DURATION", "between two looks while watching (default: 30s)", NULL },
	{ "foreign", 0, TL_OPTION_FLAG, offsetof(struct options, foreign), NULL, "flows that nobody here deployed are drift, too", NULL },
	{ "listen", 0, TL_OPTION_TEXT, offsetof(struct options, listen), "ADDRESS", "serve a status page and Prometheus metrics while watching: 127.0.0.1:9464", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-monitor",
	.synopsis = "[--env NAME] [--timeout DURATION] [--watch] [OPTION]... [FLOW]...",
	.summary = "wait until deployments are finished, or watch an environment for drift",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "Without a FLOW all that were deployed from here are waited for.\n"
	         "Exit status: 0 callers get all of them, 1 a deployment failed or drift stands, 2 usage or configuration, 3 could not be done or took too long,\n"
	         "4 somebody else wrote another version on top.",
};

struct monitoring {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_deployment deployment;
	struct tl_monitor monitor;
	const struct tl_deploy_format *format;
	struct tl_watched *watched;
	size_t count;
	int64_t interval_ms;
	bool in_trouble;
};

/* With -v each verdict is said as it falls. */
static void tell(void *data, const struct tl_watched *watched)
{
	struct monitoring *m = data;

	if (m->options.common.verbose)
		tl_command_say(&m->command, "%.*s: %s", TL_FMT(watched->flow), tl_verdict_name(watched->verdict));
}

/* Said once; how it ends the verdicts say. */
static void tell_trouble(void *data, const struct tl_error *err)
{
	struct monitoring *m = data;

	if (!m->in_trouble)
		tl_command_say(&m->command, "%s; trying again", err->message);
	m->in_trouble = true;
}

static int stopped(void *data)
{
	(void)data;
	return tl_command_stopped();
}

static int read_timeout(struct monitoring *m)
{
	m->monitor.timeout_ms = m->options.watch ? INT64_MAX / 2 : TL_MONITOR_TIMEOUT_MS;
	m->interval_ms = INTERVAL_MS;
	if (m->options.interval && (!tl_span_parse(&m->interval_ms, tl_str(m->options.interval)) || m->interval_ms < SHORTEST_INTERVAL_MS))
		return tl_error_set(&m->command.err, TL_USAGE, "'--interval' takes a duration of at least %dms, not '%s'", SHORTEST_INTERVAL_MS,
		                    m->options.interval);
	if (!m->options.timeout || tl_span_parse(&m->monitor.timeout_ms, tl_str(m->options.timeout)))
		return 0;
	return tl_error_set(&m->command.err, TL_USAGE, "'--timeout' takes a duration such as 90s, 10m or 8h, not '%s'", m->options.timeout);
}

static int wait_for_all(struct monitoring *m)
{
	struct tl_command *command = &m->command;
	struct tl_lower lower = { .limits = command->project->limits };

	m->monitor.lower = &lower;
	m->monitor.platform = m->deployment.platform;
	m->monitor.clock = &command->clock;
	m->monitor.first_ms = TL_MONITOR_FIRST_MS;
	m->monitor.longest_ms = TL_MONITOR_LONGEST_MS;
	m->monitor.stopped = stopped;
	m->monitor.told = tell;
	m->monitor.troubled = tell_trouble;
	m->monitor.data = m;
	if (tl_monitor_choose(&m->watched, &m->count, &m->monitor.arena, m->deployment.platform, m->deployment.ledger, command->environment->name,
	                      m->operands.values, m->operands.count, &command->err) != 0)
		return -1;
	if (m->count == 0 && !m->options.common.quiet)
		tl_command_say(command, "nothing is deployed in the environment '%.*s'", TL_FMT(command->environment->name));
	return tl_monitor_wait(&m->monitor, m->watched, m->count, &command->err);
}

/* Whoever watches or waits wants to hear of trouble rather than wait for its end: the next look is another try. One look alone has no next one. */
static void hasten(struct monitoring *m)
{
	int64_t next = m->options.watch ? m->interval_ms : m->monitor.timeout_ms, least = m->options.watch ? SHORTEST_LIST_MS : SHORTEST_INTERVAL_MS;
	int64_t ms = next < LONGEST_LIST_MS ? next : LONGEST_LIST_MS;

	if (m->monitor.timeout_ms > 0)
		m->command.list_ms = ms > least ? ms : least;
}

static int watch_all(struct monitoring *m)
{
	struct watch *watch = tl_alloc_zero(1, sizeof(*watch));
	int code;

	*watch = (struct watch){
		.command = &m->command,
		.deployment = &m->deployment,
		.options = {
			.json = m->format == &tl_deploy_format_json,
			.foreign = m->options.foreign,
			.once = m->monitor.timeout_ms == 0,
			.interval_ms = m->interval_ms,
			.timeout_ms = m->monitor.timeout_ms,
			.flows = m->operands.values,
			.n_flows = m->operands.count,
			.listen = m->options.listen,
		},
	};
	code = watch_run(watch);
	watch_clear(watch);
	free(watch);
	return code;
}

/* What only makes sense while watching. */
static int check_usage(struct monitoring *m)
{
	const struct options *options = &m->options;
	const char *lonely = options->interval ? "--interval" : options->listen ? "--listen" : options->foreign ? "--foreign" : NULL;

	if (lonely && !options->watch)
		return tl_error_set(&m->command.err, TL_USAGE, "'%s' goes with '--watch'", lonely);
	if (options->watch && options->common.output)
		return tl_error_set(&m->command.err, TL_USAGE, "'--watch' says each change at once: it does not go with '-o'");
	return 0;
}

static int run(struct monitoring *m)
{
	struct tl_command *command = &m->command;
	int ret;

	if (check_usage(m) != 0 || tl_deploy_format(&m->format, m->options.common.format, &command->err) != 0 || read_timeout(m) != 0)
		return tl_error_exit(command->err.code);
	hasten(m);
	if (tl_deployment_open_command(&m->deployment, command) != 0)
		return tl_error_exit(command->err.code);
	if (m->options.watch)
		return watch_all(m);
	ret = wait_for_all(m);
	/* What is known stands, also where the rest was not waited for. */
	command->finished = tl_monitor_has_looked(m->watched, m->count);
	if (ret == 0 || command->finished)
		m->format->watched(&command->out, m->watched, m->count, command->environment->name, command->color);
	return ret == 0 ? tl_monitor_exit(m->watched, m->count) : tl_error_exit(command->err.code);
}

int main(int argc, char **argv)
{
	struct monitoring m = { 0 };
	int code = tl_command_begin(&m.command, &usage, argc, argv, &m.options, &m.options.common, &m.operands);

	if (code >= 0)
		return code;
	code = run(&m);
	tl_arena_clear(&m.monitor.arena);
	tl_deployment_close(&m.deployment);
	return tl_command_end(&m.command, code);
}
