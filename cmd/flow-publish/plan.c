/* cmd/flow-publish/plan.c: what would change, against which deployed version. */
#include <stddef.h>

#include "flow-publish/publish.h"
#include "ledger/audit.h"
#include "ledger/folder.h"

struct options {
	struct tl_common common;
	const char *expires, *commit, *promote_from;
	uint64_t concurrency;
	bool detailed, no_validation;
};

static const struct tl_option option_table[] = {
	{ "commit", 0, TL_OPTION_TEXT, offsetof(struct options, commit), "REV", "plan the files of this commit, not the working tree's", NULL },
	PUBLISH_CONCURRENCY_OPTION(struct options, concurrency),
	{ "detailed-exitcode", 0, TL_OPTION_FLAG, offsetof(struct options, detailed), NULL, "end with 1 where something would change", NULL },
	{ "expires", 0, TL_OPTION_TEXT, offsetof(struct options, expires), "DURATION", "how long the plan may be applied: 90s, 30m (default: a day)", NULL },
	{ "no-remote-validation", 0, TL_OPTION_FLAG, offsetof(struct options, no_validation), NULL, "do not ask the platform what it thinks of the flows", NULL },
	{ "promote-from", 0, TL_OPTION_TEXT, offsetof(struct options, promote_from), "NAME", "plan only what that environment has published", NULL },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish plan",
	.synopsis = "[--env NAME] [-o FILE] [OPTION]... [PATH]...",
	.summary = "say what would change, and write it down for apply",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "With -o the plan goes into FILE, and what it says to standard output. Without a PATH all flows of the project are planned.",
};

static bool has_flows(const struct publish *publish)
{
	for (size_t i = 0; i < publish->workset.flows.count; i++) {
		if (publish->workset.flows.files[i].chosen)
			return true;
	}
	return false;
}

/* What all flows are cannot be told from some of them; of `local` what is here is enough, and whoever names files means those. */
static int refuse_sparse(struct publish *publish)
{
	if (publish->operands.count > 0 || tl_str_is(publish->command.environment->platform, "local"))
		return 0;
	return publish_refuse_sparse(publish, ", '--commit HEAD' plans all flows of the commit without them, and a PATH plans those that are named");
}

static int refuse_nothing(struct publish *publish)
{
	if (has_flows(publish) || publish->operands.count == 0)
		return 0;
	return tl_error_set(&publish->command.err, TL_NOT_FOUND, "there is no flow in '%s'", publish->operands.values[0]);
}

/* What somebody who is new here wants to know next. */
static void say_next(struct publish *publish, const struct tl_plan *plan, const char *file)
{
	const struct tl_common *common = publish->command.common;

	if (common->quiet)
		return;
	if (plan->n_flows == 0)
		tl_command_say(&publish->command, "there are no flows here; 'flow-publish init' makes a first one");
	else if (file && tl_plan_changes(plan) > 0)
		tl_command_say(&publish->command, "to publish it: flow-publish apply %s", file);
	else if (!common->format && tl_plan_changes(plan) > 0)
		tl_command_say(&publish->command, "nothing is written yet: -o FILE keeps the plan, 'flow-publish apply FILE' publishes it");
}

/* A plan that is kept may be approved and applied: that it was made, and by whom, is on record. One that is only looked at writes nothing. */
static int record(struct publish *publish, const struct tl_plan *plan)
{
	struct tl_deployment *deployment = &publish->deployment;
	struct tl_audit_entry entry = { .action = "plan", .environment = plan->environment, .plan = tl_str(plan->id), .commit = plan->commit };
	struct tl_item *details = tl_item_new(&publish->command.arena, TL_MAP);

	tl_item_put(details, TL_STR("changes"), tl_item_number(&publish->command.arena, (double)tl_plan_changes(plan)));
	tl_item_put(details, TL_STR("flows"), tl_item_number(&publish->command.arena, (double)plan->n_flows));
	entry.details = details;
	if (tl_str_is(publish->command.environment->platform, "local") &&
	    tl_ledger_folder_make(deployment->root, publish->command.repo, &publish->command.err) != 0)
		return -1;
	return tl_audit_append(deployment->ledger, &entry, &publish->command.err);
}

/* `file`, which may be NULL, is the plan's alone. */
static int write_out(struct publish *publish, const struct options *options, const struct tl_plan *plan, const char *file)
{
	struct tl_command *command = &publish->command;

	if (file && (record(publish, plan) != 0 || publish_write_plan(publish, plan, file) != 0))
		return tl_error_exit(command->err.code);
	publish->format->plan(&command->out, plan, command->color);
	say_next(publish, plan, file);
	return options->detailed && tl_plan_changes(plan) > 0;
}

/* Whoever may only look, as in a pull request, does not take the plan for one that they can apply, or that the platform has judged. */
static void say_lacks(struct publish *publish, struct tl_buf *lacks)
{
	if (lacks->len > 0)
		tl_command_say(&publish->command, "this plan is only to look at: %.*s; whoever publishes it needs that, and the platform was not asked what it thinks of the flows",
		               TL_FMT(tl_buf_view(lacks)));
	tl_buf_clear(lacks);
}

static int run(struct publish *publish, const struct options *options)
{
	struct tl_command *command = &publish->command;
	const char *file = command->common->output;
	struct tl_plan *plan = NULL;
	struct tl_buf lacks = { 0 };
	int64_t lifetime;
	int code;

	command->common->output = NULL;
	publish_at_commit(publish, options->commit);
	if (publish_lifetime(&lifetime, publish, options->expires) != 0 || publish_concurrency(publish, options->concurrency) != 0 ||
	    publish_open(publish) != 0 || tl_platform_publishes(publish->deployment.platform, &command->err) != 0 ||
	    publish_promote(publish, options->promote_from) != 0 || publish_open_flows(publish, &publish->operands) != 0 || refuse_nothing(publish) != 0 || refuse_sparse(publish) != 0 ||
	    publish_progress_open(publish, NULL) != 0)
		return tl_error_exit(command->err.code);
	publish->deploy.no_validation = options->no_validation;
	publish->deploy.lacks = &lacks;
	code = tl_deploy_plan(&plan, &publish->deploy, lifetime, &publish->findings, &command->err);
	publish_progress_rest(publish);
	say_lacks(publish, &lacks);
	if (code != 0)
		return tl_error_exit(command->err.code);
	publish_say_findings(publish);
	if (!plan) {
		publish_write_findings(publish);
		if (publish->deploy.promotion)
			tl_command_say(command, "there is no plan: mend the flows, or publish them to '%.*s' first", TL_FMT(publish->promotion.from));
		else
			tl_command_say(command, "there is no plan: mend the flows first");
		return 1;
	}
	if (publish_smoke_foresee(publish, plan) == 0)
		code = write_out(publish, options, plan, file);
	else
		code = tl_error_exit(command->err.code);
	tl_plan_free(plan);
	return code;
}

int publish_plan(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : publish_close(&publish, run(&publish, &options));
}
