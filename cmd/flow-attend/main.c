/* cmd/flow-attend/main.c: serves live calls with a flow. */
#include <stddef.h>
#include <sys/resource.h>

#include "base/file.h"
#include "common/authority.h"
#include "common/deployment.h"
#include "flow-attend/connect.h"
#include "flow-attend/serve.h"

#define DRAIN_MS 60000
#define RELOAD_MS 30000
#define RELOAD_FILE_MS 1000
#define SHORTEST_RELOAD_MS 100
#define CALL_TIME_MS 3600000
#define PATIENCE_MS 60000
#define MAX_CALLS 10000
#define MAX_CALLS_LIMIT 200000
/* Files that the process has open beside those of its calls. */
#define OTHER_FILES 128
/* More than can be asked for: nobody did. */
#define NOT_ASKED UINT64_MAX

struct options {
	struct tl_common common;
	const char *flow, *calls, *listen, *drain, *reload, *record, *max_call_time, *timeout;
	uint64_t max_calls;
	const char *connector, *piece;
	bool record_sensitive, expose;
};

static const struct tl_option option_table[] = {
	{ "flow", 0, TL_OPTION_TEXT, offsetof(struct options, flow), "FLOW", "the flow that calls get: its id here, its id or name on the platform, or a file", NULL },
	{ "calls", 0, TL_OPTION_TEXT, offsetof(struct options, calls), "WHERE", "where calls are offered, a JSON object each: a file, - (the default), unix:PATH or nats://HOST/STREAM/CONSUMER", NULL },
	{ "audio-connector", 0, TL_OPTION_TEXT, offsetof(struct options, connector), "ADDRESS", "in place of '--calls': let the vendor's Audio Connector connect to this address, and play the sound here", NULL },
	{ "audio-piece", 0, TL_OPTION_TEXT, offsetof(struct options, piece), "DURATION", "with '--audio-connector': how much sound one message holds, 20ms to 1s (default: 20ms)", NULL },
	{ "expose", 0, TL_OPTION_FLAG, offsetof(struct options, expose), NULL, "with '--audio-connector': an address that other machines can reach", NULL },
	{ "listen", 0, TL_OPTION_TEXT, offsetof(struct options, listen), "ADDRESS", "serve a status page and Prometheus metrics: 127.0.0.1:9466", NULL },
	{ "max-calls", 0, TL_OPTION_COUNT, offsetof(struct options, max_calls), "N", "calls in progress at once (default: 10000)", NULL },
	{ "max-call-time", 0, TL_OPTION_TEXT, offsetof(struct options, max_call_time), "DURATION", "how long a call may take (default: 1h)", NULL },
	{ "drain", 0, TL_OPTION_TEXT, offsetof(struct options, drain), "DURATION", "how long calls may go on after a signal (default: 60s)", NULL },
	{ "reload", 0, TL_OPTION_TEXT, offsetof(struct options, reload), "DURATION", "how often to look for a new version (default: 30s, of a file 1s); 0: never", NULL },
	{ "timeout", 0, TL_OPTION_TEXT, offsetof(struct options, timeout), "DURATION", "how long an offer waits for a platform that cannot be reached (default: 60s)", NULL },
	{ "record", 0, TL_OPTION_TEXT, offsetof(struct options, record), "DIR", "record each call there, as a suite that flow-simulate runs", NULL },
	{ "record-sensitive", 0, TL_OPTION_FLAG, offsetof(struct options, record_sensitive), NULL, "in recordings, keep what callers type into sensitive variables", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-attend",
	.synopsis = "--env NAME --flow FLOW [--calls FILE|-|unix:PATH|nats://HOST/STREAM/CONSUMER] [--listen ADDRESS] [OPTION]...\n"
	            "       flow-attend --env NAME --flow FLOW --audio-connector ADDRESS [--expose] [OPTION]...",
	.summary = "serve live calls with a flow, over the platform's call control",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "Formats: text, json (a line each).\n"
	         "Exit status: 0 every call was completed, or its caller hung up, 1 the flow cannot serve, or failed in a call, 2 usage or configuration,\n"
	         "3 could not be done: calls were lost, refused or not served. Of several, the highest.",
};

struct run {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_deployment deployment;
	struct service service;
	struct serve serve;     /* one of the two */
	struct connect connect;
	int64_t max_time_ms;
};

static int usage_error(struct run *run, const char *what)
{
	return tl_error_set(&run->command.err, TL_USAGE, "%s", what);
}

/* ---- options */

static int read_span(int64_t *out, struct run *run, const char *option, const char *text, int64_t least)
{
	if (!text)
		return 0;
	if (least == 0 && strcmp(text, "0") == 0)
		*out = 0;
	else if (!tl_span_parse(out, tl_str(text)) || *out < least)
		return tl_error_set(&run->command.err, TL_USAGE, "'--%s' takes a duration such as 30s or 5m, not '%s'", option, text);
	return 0;
}

static int read_spans(struct run *run)
{
	const struct options *options = &run->options;
	struct service *service = &run->service;

	service->drain_ms = DRAIN_MS;
	run->serve.patience_ms = PATIENCE_MS;
	service->reload_ms = flows_is_file(options->flow) ? RELOAD_FILE_MS : RELOAD_MS;
	run->max_time_ms = CALL_TIME_MS;
	if (read_span(&run->connect.piece_ms, run, "audio-piece", options->piece, 1) != 0)
		return -1;
	if (options->piece && (run->connect.piece_ms < TL_AUDIOHOOK_PIECE_MS || run->connect.piece_ms > TL_AUDIOHOOK_PIECE_MOST_MS))
		return usage_error(run, "'--audio-piece' is at least 20ms and at most 1s");
	if (read_span(&service->drain_ms, run, "drain", options->drain, 0) != 0 || read_span(&service->reload_ms, run, "reload", options->reload, 0) != 0 ||
	    read_span(&run->serve.patience_ms, run, "timeout", options->timeout, 1) != 0 ||
	    read_span(&run->max_time_ms, run, "max-call-time", options->max_call_time, 1) != 0)
		return -1;
	if (service->reload_ms > 0 && service->reload_ms < SHORTEST_RELOAD_MS)
		return tl_error_set(&run->command.err, TL_USAGE, "'--reload' is at least %dms, or 0", SHORTEST_RELOAD_MS);
	return 0;
}

static int check_usage(struct run *run)
{
	const struct options *options = &run->options;

	if (tl_command_options_alone(&run->command, &run->operands) != 0)
		return -1;
	if (!options->common.environment)
		return usage_error(run, "'--env' names the environment whose calls are meant");
	if (!options->flow)
		return usage_error(run, "'--flow' names the flow that calls get");
	if (options->connector && (options->calls || options->record || options->timeout))
		return usage_error(run, "'--audio-connector' takes its calls from the platform: '--calls', '--record' and '--timeout' do not go with it");
	if (options->expose && !options->connector)
		return usage_error(run, "'--expose' goes with '--audio-connector'");
	if (options->piece && !options->connector)
		return usage_error(run, "'--audio-piece' goes with '--audio-connector'");
	if (options->record_sensitive && !options->record)
		return usage_error(run, "'--record-sensitive' goes with '--record'");
	if (options->max_calls == 0 || (options->max_calls > MAX_CALLS_LIMIT && options->max_calls != NOT_ASKED))
		return tl_error_set(&run->command.err, TL_USAGE, "'--max-calls' is at least 1 and at most %d", MAX_CALLS_LIMIT);
	return read_spans(run);
}

/* ---- what the process needs */

/* Each call is an open file. Where the system allows fewer, there are fewer calls at once. */
static void raise_files(struct run *run)
{
	struct service *service = &run->service;
	struct rlimit limit = { 0 };
	size_t fit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max == RLIM_INFINITY)
		return;
	/* Where nobody asked for so many, as many as fit are. */
	fit = limit.rlim_max > 2 * OTHER_FILES ? (size_t)limit.rlim_max - OTHER_FILES : OTHER_FILES;
	if (fit >= service->max_calls)
		return;
	if (run->options.max_calls != NOT_ASKED || run->options.common.verbose)
		tl_command_say(&run->command, "%zu calls at once do not fit: the system lets this process have %llu files open ('ulimit -n'); it takes %zu", service->max_calls,
		               (unsigned long long)limit.rlim_max, fit);
	service->max_calls = fit;
}

static int make_folder(struct run *run)
{
	const struct options *options = &run->options;
	struct serve *serve = &run->serve;

	if (!options->record)
		return 0;
	serve->record = tl_command_path(&run->command, options->record);
	serve->record_sensitive = options->record_sensitive;
	return tl_folder_make(serve->record, 0700, &run->command.err);
}

static int open_deployment(struct run *run)
{
	struct tl_command *command = &run->command;
	struct tl_platform *platform;

	command->gives_up = serve_gives_up;
	if (tl_deployment_open_command(&run->deployment, command) != 0)
		return -1;
	platform = run->deployment.platform;
	if (!run->options.connector && !tl_platform_can(platform, TL_CAN_CONTROL))
		return tl_error_set(&command->err, TL_UNSUPPORTED, "the platform '%s' of the environment '%.*s' does not hand over the control of calls: 'genesys' does, and flow-sandbox is one to try it with",
		                    tl_platform_name(platform), TL_FMT(command->environment->name));
	return 0;
}

/* The scopes of call control are looked at where the line is asked for; this one only some flows need. */
static int check_profile_scope(struct run *run, const struct tl_edition *edition)
{
	struct tl_arena arena = { 0 };
	struct tl_str *scopes;
	size_t count = 0, at = 0;
	int ret = 0;

	if (tl_edition_asks_profiles(edition))
		ret = tl_platform_scopes(&scopes, &count, &arena, run->deployment.platform, TL_STR(""), &run->command.err);
	while (ret == 0 && at < count && !tl_str_is(scopes[at], "profile:read"))
		at++;
	if (ret == 0 && count > 0 && at == count)
		ret = tl_error_set(&run->command.err, TL_REFUSED, "the client lacks the scope 'profile:read', and the flow looks up profiles");
	tl_arena_clear(&arena);
	return ret;
}

static int check_scopes(struct run *run)
{
	struct tl_arena secret = { 0 };
	struct tl_phone_line line;
	int ret = tl_platform_line(&line, &secret, run->deployment.platform, TL_STR(""), &run->command.err);

	tl_arena_wipe(&secret);
	return ret;
}

/* ---- the run */

/* The exit code; where the flow is not there yet, how it gets there is said too. */
static int no_flow(struct run *run)
{
	struct tl_error *err = &run->command.err, why = *err;

	if (why.code == TL_NOT_FOUND && !flows_is_file(run->options.flow) && !tl_str_ends(tl_str(why.message), TL_STR("?")))
		tl_error_set(err, why.code, "%s: 'flow-publish plan --env %s' and apply bring it there; a file's path tries it before", why.message,
		             run->options.common.environment);
	return tl_error_exit(err->code);
}

/* What both ways in need to know; and the first version of the flow, whose answer is that of flows_open. */
static int prepare(struct tl_edition **out, struct run *run)
{
	const struct options *options = &run->options;
	struct service *service = &run->service;

	service->deployment = &run->deployment;
	service->listen = options->listen;
	service->json = options->common.format && strcmp(options->common.format, "json") == 0;
	service->max_calls = options->max_calls != NOT_ASKED ? (size_t)options->max_calls : MAX_CALLS;
	raise_files(run);
	return flows_open(out, &service->flows, &run->command, &run->deployment, options->flow, run->max_time_ms);
}

/* The platform comes to us: nothing is asked of it but profiles, where it knows any. */
static int attend_connector(struct run *run)
{
	struct connect *connect = &run->connect;
	struct tl_edition *edition;
	int ret;

	run->service.flows.played_here = true;
	ret = prepare(&edition, run);
	if (ret != 0)
		return ret > 0 ? ret : no_flow(run);
	connect->address = run->options.connector;
	connect->expose = run->options.expose;
	ret = connect_run(connect, edition);
	return ret >= 0 ? ret : tl_error_exit(run->command.err.code);
}

/* Calls are offered to us, and we go to the platform. */
static int attend_offered(struct run *run)
{
	struct serve *serve = &run->serve;
	struct tl_edition *edition;
	int ret;

	if (make_folder(run) != 0 || check_scopes(run) != 0)
		return tl_error_exit(run->command.err.code);
	ret = prepare(&edition, run);
	if (ret > 0)
		return ret;
	if (ret == 0 && check_profile_scope(run, edition) != 0) {
		tl_edition_free(edition->owner);
		ret = -1;
	}
	if (ret != 0)
		return no_flow(run);
	serve->calls = run->options.calls ? run->options.calls : "-";
	ret = serve_run(serve, edition);
	return ret >= 0 ? ret : tl_error_exit(run->command.err.code);
}

static int attend(struct run *run)
{
	if (check_usage(run) != 0 || open_deployment(run) != 0)
		return tl_error_exit(run->command.err.code);
	return run->options.connector ? attend_connector(run) : attend_offered(run);
}

int main(int argc, char **argv)
{
	struct run run = { .options = { .max_calls = NOT_ASKED } };
	int code = tl_command_begin(&run.command, &usage, argc, argv, &run.options, &run.options.common, &run.operands);

	if (code >= 0)
		return code;
	run.service.command = &run.command;
	run.serve.service = run.connect.service = &run.service;
	code = attend(&run);
	if (run.options.connector)
		connect_close(&run.connect);
	else
		serve_close(&run.serve);
	if (run.service.scribe.failed)
		code = 3;
	tl_deployment_close(&run.deployment);
	return tl_command_end(&run.command, code);
}
