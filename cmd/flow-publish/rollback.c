/* cmd/flow-publish/rollback.c: forward to an earlier version, and a hold on what it replaces. */
#include <stddef.h>

#include "flow-publish/publish.h"

struct options {
	struct tl_common common;
	const char *to, *reason, *plan, *expires;
	struct publish_work work;
};

static const struct tl_option option_table[] = {
	{ "to", 0, TL_OPTION_TEXT, offsetof(struct options, to), "VERSION", "the version to go back to (default: the last that callers got before)", NULL },
	{ "reason", 0, TL_OPTION_TEXT, offsetof(struct options, reason), "TEXT", "why, for those who find the flow held", NULL },
	{ "plan", 0, TL_OPTION_TEXT, offsetof(struct options, plan), "FILE", "write the plan into FILE for apply, and change nothing yet", NULL },
	{ "expires", 0, TL_OPTION_TEXT, offsetof(struct options, expires), "DURATION", "how long the plan may be applied: 90s, 30m (default: a day)", NULL },
	PUBLISH_WORK_OPTIONS(struct options, work),
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish rollback",
	.synopsis = "--env NAME [--to VERSION] [OPTION]... FLOW",
	.summary = "publish what an earlier version of a flow says",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "The version that it replaces is held: it is not published again until the flow changes or 'flow-publish release' lifts that. A flow "
	         "that was renamed since keeps the id that it has now, by which other flows call it.",
};

static int carry_out(struct publish *publish, const struct options *options, const struct tl_plan *plan)
{
	struct tl_command *command = &publish->command;
	int code;

	if (options->plan) {
		if (publish_write_plan(publish, plan, options->plan) != 0)
			return tl_error_exit(command->err.code);
		publish->format->plan(&command->out, plan, command->color);
		if (!options->common.quiet)
			tl_command_say(command, "to publish it: flow-publish apply %s", options->plan);
		return 0;
	}
	if (plan->flows[0].renamed_from.len > 0 && !options->common.quiet)
		tl_command_say(command, "version %s was called '%.*s': what it says is published as '%.*s', by which other flows call it now",
		               tl_version_shown(plan->flows[0].to).text, TL_FMT(plan->flows[0].renamed_from), TL_FMT(plan->flows[0].flow));
	code = publish_run_apply(publish, plan);
	if (code == 0 && !options->common.quiet)
		tl_command_say(command, "version %s of '%.*s' is held until the flow changes or is released", tl_version_shown(plan->flows[0].base_version).text,
		               TL_FMT(plan->flows[0].flow));
	return code;
}

static int run(struct publish *publish, const struct options *options)
{
	struct tl_command *command = &publish->command;
	struct tl_str reason = options->reason ? tl_str(options->reason) : TL_STR("rolled back");
	struct tl_plan *plan = NULL;
	int64_t lifetime, to = 0;
	const char *flow;
	int code;

	command->head_if_bare = true;
	if (options->to && !tl_version_parse(&to, tl_str(options->to)))
		tl_error_set(&command->err, TL_USAGE, "'--to' takes a version such as 12, not '%s'", options->to);
	if (command->err.code != TL_OK || publish_operand(&flow, publish, "FLOW") != 0 ||
	    publish_lifetime(&lifetime, publish, options->expires) != 0 || publish_concurrency(publish, options->work.concurrency) != 0 ||
	    publish_open(publish) != 0 || tl_platform_publishes(publish->deployment.platform, &command->err) != 0 || publish_work(publish, &options->work) != 0 ||
	    publish_progress_open(publish, options->plan ? NULL : options->work.events) != 0 ||
	    tl_deploy_rollback(&plan, &publish->deploy, tl_str(flow), to, reason, lifetime, &command->err) != 0)
		return tl_error_exit(command->err.code);
	code = carry_out(publish, options, plan);
	tl_plan_free(plan);
	return code;
}

int publish_rollback(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : publish_close(&publish, run(&publish, &options));
}
