/* cmd/flow-publish/resume.c: finishing, or taking back, what a publisher left that was killed or cut off. */
#include <stddef.h>

#include "flow-publish/publish.h"

struct options {
	struct tl_common common;
	struct publish_work work;
	bool undo;
};

static const struct tl_option option_table[] = {
	{ "undo", 0, TL_OPTION_FLAG, offsetof(struct options, undo), NULL, "take back what was written instead of finishing the plan", NULL },
	PUBLISH_WORK_OPTIONS(struct options, work),
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish resume",
	.synopsis = "--env NAME [--undo] [OPTION]...",
	.summary = "finish what a publisher left that was killed or cut off",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "The platform is asked first what became of each write whose end is not on record. Resuming may be resumed.",
};

/* The plan's own commit, whatever is checked out by now. */
static int open_flows(struct publish *publish, const struct tl_plan *plan)
{
	if (!plan || plan->kind != TL_PLAN_PUBLISH)
		return 0;
	return publish_open_planned(publish, plan);
}

/* There is no plan whose flows could be shown: who reads JSON gets a result without any. */
static void write_none(struct publish *publish)
{
	const struct tl_plan plan = { .environment = publish->command.environment->name };
	const struct tl_apply apply = { .n_flows = 0 };
	const struct tl_findings none = { 0 };

	if (publish->format == &tl_deploy_format_json && (!publish->progress.standard || publish->command.common->output))
		publish->format->apply(&publish->command.out, &apply, &plan, &none, false);
}

static int finish(struct publish *publish, const struct options *options, const struct tl_unfinished *unfinished)
{
	struct tl_command *command = &publish->command;
	struct tl_apply *apply = NULL;
	bool undo = options->undo || unfinished->undoing;

	if (unfinished->plan)
		publish_progress_begin(publish, unfinished->plan);
	publish->deploy.atomic = unfinished->atomic;
	if ((!undo && open_flows(publish, unfinished->plan) != 0) ||
	    tl_deploy_resume(&apply, &publish->deploy, unfinished, options->undo, &publish->findings, &command->err) != 0) {
		publish_say_findings(publish);
		return publish_progress_end(publish, NULL, tl_error_exit(command->err.code));
	}
	if (apply)
		return publish_report(publish, apply, unfinished->plan);
	write_none(publish);
	if (!command->common->quiet)
		tl_command_say(command, "what became of %zu write%s is on record now, and there is no plan to finish", unfinished->n_open,
		               unfinished->n_open == 1 ? "" : "s");
	return publish_progress_end(publish, NULL, 0);
}

/* Opens everything anew at the commit of the plan. What is taken back comes from the platform: nobody needs a file for that, nor the commit. */
static int go_to_commit(struct publish *publish, const struct options *options, const struct tl_unfinished *unfinished)
{
	const struct tl_plan *plan = unfinished->plan;

	if (options->undo || unfinished->undoing || !plan || plan->kind != TL_PLAN_PUBLISH || plan->commit.len == 0 || plan->dirty)
		return 0;
	return publish_view_commit(publish, plan->commit.ptr);
}

static int resume(struct publish *publish, const struct options *options)
{
	struct tl_command *command = &publish->command;
	struct tl_unfinished unfinished;
	int code;

	if (tl_deploy_unfinished(&unfinished, &publish->deploy, &command->err) != 0) {
		code = tl_error_exit(command->err.code);
	} else if (!unfinished.plan && unfinished.n_open == 0) {
		if (!command->common->quiet)
			tl_command_say(command, "nothing is unfinished in '%.*s'", TL_FMT(command->environment->name));
		write_none(publish);
		code = publish_progress_end(publish, NULL, 0);
	} else if (go_to_commit(publish, options, &unfinished) != 0 || publish_work(publish, &options->work) != 0) {
		code = publish_progress_end(publish, NULL, tl_error_exit(command->err.code));
	} else {
		code = finish(publish, options, &unfinished);
	}
	tl_unfinished_clear(&unfinished);
	return code;
}

static int run(struct publish *publish, const struct options *options)
{
	struct tl_command *command = &publish->command;

	command->head_if_bare = true;
	if (publish->operands.count > 0)
		tl_error_set(&command->err, TL_USAGE, "resume takes no operand such as '%s'", publish->operands.values[0]);
	if (command->err.code != TL_OK || publish_concurrency(publish, options->work.concurrency) != 0 || publish_open(publish) != 0 ||
	    publish_progress_open(publish, options->work.events) != 0)
		return tl_error_exit(command->err.code);
	return resume(publish, options);
}

int publish_resume(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : publish_close(&publish, run(&publish, &options));
}
