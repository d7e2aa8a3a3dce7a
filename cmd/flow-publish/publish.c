/* cmd/flow-publish/publish.c: what the subcommands share. */
#include "flow-publish/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/open.h"
#include "common/output.h"
#include "report/findings.h"

/* How many locked flows are named. */
#define LOCKS_SHOWN 5

/* The commit that the view is of; empty: the working tree. */
static int find_commit(struct tl_str *out, struct tl_command *command)
{
	char commit[TL_OID_SIZE];

	*out = TL_STR("");
	if (!command->common->rev)
		return 0;
	if (tl_repo_commit(commit, command->repo, command->common->rev, &command->err) != 0)
		return -1;
	*out = tl_arena_dup(&command->arena, tl_str(commit));
	return 0;
}

void publish_at_commit(struct publish *publish, const char *rev)
{
	publish->command.common->rev = rev;
}

int publish_view_commit(struct publish *publish, const char *commit)
{
	tl_deployment_close(&publish->deployment);
	tl_command_close(&publish->command);
	publish_at_commit(publish, commit);
	if (publish_open(publish) != 0)
		return -1;
	publish->progress.head.environment = publish->command.environment->name;
	return 0;
}

int publish_open(struct publish *publish)
{
	struct tl_command *command = &publish->command;
	struct tl_deploy before = publish->deploy;
	struct tl_str commit;
	bool local;

	if (tl_deploy_format(&publish->format, command->common->format, &command->err) != 0 ||
	    tl_deployment_open_command(&publish->deployment, command) != 0 || tl_deployment_act(&publish->deployment, command) != 0 ||
	    find_commit(&commit, command) != 0)
		return -1;
	local = tl_str_is(command->environment->platform, "local");
	publish->deploy = (struct tl_deploy){
		.project = command->project,
		.environment = command->environment,
		.schemas = &command->schemas,
		.repo = command->repo,
		.view = command->view,
		.root = local ? publish->deployment.root : TL_STR(""),
		.commit = commit,
		.access = &publish->deployment.access,
		.search = getenv("PATH"),
		.concurrency = command->concurrency,
		.told = before.told,
		.data = before.data,
		.platform = publish->deployment.platform,
		.ledger = publish->deployment.ledger,
		.clock = &command->clock,
		.stopped = tl_command_stopped,
	};
	publish->workset.lower = (struct tl_lower){
		.values = &command->environment->values, .has_environment = true, .limits = command->project->limits,
	};
	publish->deploy.lower = &publish->workset.lower;
	return 0;
}

static int finish_flows(struct publish *publish)
{
	/* Who names a file means to publish it. */
	if (publish->workset.named_link.len > 0)
		return tl_error_set(&publish->command.err, TL_USAGE, "'%.*s' is a link or a submodule, which is not followed: name the file that is to be published",
		                    TL_FMT(publish->workset.named_link));
	if (tl_workset_left_out(&publish->left_out, &publish->workset, &publish->command) != 0)
		return -1;
	tl_workset_warn(&publish->workset, NULL, &publish->command);
	publish->deploy.summaries = &publish->workset.summaries;
	publish->deploy.partial = publish->left_out.len > 0;
	return 0;
}

int publish_open_flows(struct publish *publish, const struct tl_option_list *paths)
{
	/* Whoever reads flows holds them against the platform's next. */
	tl_platform_warm(publish->deployment.platform);
	return tl_workset_open(&publish->workset, &publish->command, paths) == 0 ? finish_flows(publish) : -1;
}

int publish_open_planned(struct publish *publish, const struct tl_plan *plan)
{
	struct tl_option_list paths = { .values = TL_ARENA_ARRAY(&publish->command.arena, const char *, plan->n_flows) };

	for (size_t i = 0; i < plan->n_flows; i++) {
		if (plan->flows[i].path.len > 0)
			paths.values[paths.count++] = plan->flows[i].path.ptr;
	}
	tl_platform_warm(publish->deployment.platform);
	return tl_workset_open_known(&publish->workset, &publish->command, &paths) == 0 ? finish_flows(publish) : -1;
}

int publish_refuse_sparse(struct publish *publish, const char *rather)
{
	if (publish->left_out.len == 0)
		return 0;
	return tl_error_set(&publish->command.err, TL_USAGE, "'%.*s' is in the commit, but not here: it is left out of this sparse checkout; "
	                    "'git sparse-checkout disable' brings all files back%s", TL_FMT(publish->left_out), rather);
}

int publish_close(struct publish *publish, int code)
{
	tl_workset_clear(&publish->workset);
	tl_deployment_close(&publish->deployment);
	tl_deployment_close(&publish->other);
	tl_findings_clear(&publish->findings);
	return tl_command_end(&publish->command, code);
}

/* The rule that is the user's own stands before that of the tree. */
static int choose_promotion(struct tl_str *out, struct publish *publish, struct tl_str from)
{
	const struct tl_environment *environment = publish->command.environment;
	const struct tl_access *access = &publish->deployment.access;
	struct tl_str rule = access->promote_from.len > 0 ? access->promote_from : environment->promote_from;
	struct tl_str file = access->promote_from.len > 0 ? access->from : publish->command.project->path;

	*out = rule.len > 0 ? rule : from;
	if (rule.len == 0 || from.len == 0 || tl_str_equal(rule, from))
		return 0;
	return tl_error_set(&publish->command.err, TL_USAGE, "'%.*s' takes what '%.*s' has (promote_from in %.*s), not what '%.*s' has",
	                    TL_FMT(environment->name), TL_FMT(rule), TL_FMT(file), TL_FMT(from));
}

int publish_promote(struct publish *publish, const char *from)
{
	struct tl_command *command = &publish->command;
	const struct tl_environment *other;
	struct tl_str name;

	if (choose_promotion(&name, publish, tl_str(from)) != 0)
		return -1;
	if (name.len == 0)
		return 0;
	name = tl_arena_dup(&command->arena, name);
	if (tl_str_equal(name, command->environment->name))
		return tl_error_set(&command->err, TL_USAGE, "'%.*s' cannot be promoted from itself", TL_FMT(name));
	if (tl_command_environment(&other, command, name.ptr) != 0)
		return tl_error_wrap(&command->err, "the environment that '%.*s' is promoted from", TL_FMT(command->environment->name));
	if (tl_deployment_open_other(&publish->other, command, other) != 0)
		return tl_error_wrap(&command->err, "what '%.*s' has cannot be looked up", TL_FMT(name));
	publish->promotion = (struct tl_promotion){ other->name, publish->other.ledger };
	publish->deploy.promotion = &publish->promotion;
	return 0;
}

int publish_operand(const char **out, struct publish *publish, const char *what)
{
	if (publish->operands.count == 1) {
		*out = publish->operands.values[0];
		return 0;
	}
	if (publish->operands.count == 0)
		return tl_error_set(&publish->command.err, TL_USAGE, "%s is missing: try '%s --help'", what, publish->command.usage->name);
	return tl_error_set(&publish->command.err, TL_USAGE, "%s is one, so '%s' is too much", what, publish->operands.values[1]);
}

int publish_lifetime(int64_t *ms, struct publish *publish, const char *text)
{
	*ms = TL_PLAN_LIFETIME_MS;
	if (!text || (tl_span_parse(ms, tl_str(text)) && *ms >= 1000))
		return 0;
	return tl_error_set(&publish->command.err, TL_USAGE, "'--expires' takes a duration such as 90s, 30m or 8h, not '%s'", text);
}

int publish_write_plan(struct publish *publish, const struct tl_plan *plan, const char *file)
{
	struct tl_command *command = &publish->command;
	struct tl_buf out = { 0 };
	int ret;

	tl_plan_write(&out, plan);
	ret = tl_output_file(tl_command_path(command, file), tl_buf_view(&out), &command->err);
	tl_buf_clear(&out);
	return ret;
}

/* What the platform says of what it was handed is said whatever its level. */
static bool is_said(const struct tl_finding *finding)
{
	static const char *const table[] = { "remote-publish", "remote-validation", "missing-dependency" };
	bool said = finding->level == TL_ERROR;

	for (size_t i = 0; i < TL_COUNT(table) && finding->level == TL_WARNING; i++)
		said |= strcmp(finding->rule, table[i]) == 0;
	return said;
}

/* Those that are said, sorted; the caller clears them. */
static struct tl_findings choose_findings(struct publish *publish)
{
	struct tl_findings said = { 0 };

	tl_findings_sort(&publish->findings);
	for (size_t i = 0; i < publish->findings.count; i++) {
		struct tl_findings one = { .items = &publish->findings.items[i], .count = 1 };

		if (is_said(one.items))
			tl_findings_append(&said, &one);
	}
	return said;
}

void publish_say_findings(struct publish *publish)
{
	struct tl_findings said = choose_findings(publish);
	struct tl_buf out = { 0 };

	tl_findings_text(&out, &said, publish->command.color_errors);
	fprintf(stderr, "%.*s", TL_FMT(tl_buf_view(&out)));
	tl_buf_clear(&out);
	tl_findings_clear(&said);
}

void publish_write_findings(struct publish *publish)
{
	struct tl_findings_summary summary = { 0 };
	struct tl_findings said = choose_findings(publish);

	for (size_t i = 0; i < publish->workset.flows.count; i++)
		summary.flows += publish->workset.flows.files[i].chosen;
	if (publish->format == &tl_deploy_format_json)
		tl_findings_format_json.write(&publish->command.out, &said, &summary);
	tl_findings_clear(&said);
}

int publish_only_text(struct tl_command *command)
{
	const char *format = command->common->format;

	if (!format || strcmp(format, "text") == 0)
		return 0;
	return tl_error_set(&command->err, TL_USAGE, "'%s' writes text alone, and no '%s'", command->usage->name, format);
}

static void write_result(struct publish *publish, const struct tl_apply *apply, const struct tl_plan *plan)
{
	struct tl_command *command = &publish->command;
	struct tl_findings said = choose_findings(publish);

	publish->format->apply(&command->out, apply, plan, &said, command->color);
	tl_findings_clear(&said);
}

/* Each flow that somebody has locked, and what becomes of it then; returns how many conflicts are something else. */
static size_t say_locks(const struct publish *publish, const struct tl_apply *apply)
{
	size_t others = 0, shown = 0;

	for (size_t i = 0; i < apply->n_flows; i++) {
		const struct tl_applied *applied = &apply->flows[i];
		struct tl_arena arena = { 0 };
		struct tl_str since = tl_time_format(&arena, applied->held_ms / 1000 * 1000);

		others += applied->state == TL_APPLIED_CONFLICT && (applied->changed || applied->held_by.len == 0);
		if (applied->state == TL_APPLIED_CONFLICT && applied->held_by.len > 0 && shown++ < LOCKS_SHOWN)
			tl_command_say(&publish->command, "%.*s has '%.*s' checked out%s%.*s: ask them to check it in or to discard their changes in Architect; nobody's lock is forced",
			               TL_FMT(applied->held_by), TL_FMT(applied->planned->flow), applied->held_ms > 0 ? " since " : "",
			               TL_FMT(applied->held_ms > 0 ? since : TL_STR("")));
		tl_arena_clear(&arena);
	}
	if (shown > LOCKS_SHOWN)
		tl_command_say(&publish->command, "and %zu more are checked out", shown - LOCKS_SHOWN);
	return others;
}

/* Files of Architect flows are taken over whole, and are nothing to merge. */
static void say_edited(const struct publish *publish)
{
	struct tl_str name = publish->command.environment->name;

	if (tl_platform_can(publish->deployment.platform, TL_CAN_LOCK))
		tl_command_say(&publish->command, "what is there is not what the plan was made on: see 'flow-diff --env %.*s', then make a new plan", TL_FMT(name));
	else
		tl_command_say(&publish->command, "what is there is not what the plan was made on: see 'flow-diff --env %.*s'; 'flow-publish import --merge --env %.*s' takes it into your files, "
		               "a new plan alone replaces it", TL_FMT(name), TL_FMT(name));
}

/* Whether a conflict is more than a write that was refused for nothing that shows. */
static bool is_edited(const struct tl_apply *apply)
{
	for (size_t i = 0; i < apply->n_flows; i++) {
		const struct tl_applied *applied = &apply->flows[i];

		if (applied->state == TL_APPLIED_CONFLICT && !applied->stands && (applied->changed || applied->held_by.len == 0))
			return true;
	}
	return false;
}

static void say_conflict(const struct publish *publish, const struct tl_apply *apply)
{
	size_t others = say_locks(publish, apply);

	if (others > 0 && is_edited(apply))
		say_edited(publish);
	else if (others > 0)
		tl_command_say(&publish->command, "nothing there is other than the plan saw it: apply the same plan again");
	else if (apply->left)
		tl_command_say(&publish->command, "then 'flow-publish resume --env %.*s' goes on, or with --undo takes back what was written",
		               TL_FMT(publish->command.environment->name));
	else
		tl_command_say(&publish->command, "then apply the same plan again; if they change the flow, it is refused and a new plan shows what they did");
}

/* What somebody who is woken by this may do next. */
static void say_next(const struct publish *publish, const struct tl_apply *apply, int code)
{
	const struct tl_command *command = &publish->command;
	struct tl_str name = command->environment->name;

	if (command->common->quiet)
		return;
	if (publish->progress.lease_lost)
		tl_command_say(command, "whoever took over goes on with '%.*s': 'flow-publish status --env %.*s' shows how far they are", TL_FMT(name), TL_FMT(name));
	else if (apply->undone && apply->left)
		tl_command_say(command, "'flow-publish resume --env %.*s' takes back the rest once the cause is gone", TL_FMT(name));
	else if (code == tl_error_exit(TL_CONFLICT))
		say_conflict(publish, apply);
	else if (code != 1 && code != 0 && apply->left)
		tl_command_say(command, "'flow-publish resume --env %.*s' finishes this once the cause is gone, or with --undo takes back what was written",
		               TL_FMT(name));
	else if (code == 1 && !apply->undone)
		tl_command_say(command, "callers keep what they had before: mend what the platform complains of, then make a new plan");
}

/* What was interrupted ends as the signal says, which tl_command_end sees to. */
int publish_report(struct publish *publish, struct tl_apply *apply, const struct tl_plan *plan)
{
	struct tl_command *command = &publish->command;
	int code = publish_progress_end(publish, apply, tl_apply_exit(apply)), smoke = 0;

	publish_say_findings(publish);
	/* Standard output is the events' then. */
	if (!publish->progress.standard || command->common->output)
		write_result(publish, apply, plan);
	if (publish->smoke && plan->kind == TL_PLAN_PUBLISH && code != tl_error_exit(TL_CONFLICT))
		smoke = publish_smoke(publish, apply);
	/* After a signal no result is written; what was done until then is said all the same. A signal that comes later comes too late. */
	command->finished = tl_command_stopped() == 0;
	if (!command->finished)
		fprintf(stderr, "%.*s", TL_FMT(tl_buf_view(&command->out)));
	say_next(publish, apply, code);
	tl_apply_free(apply);
	return code != 0 ? code : smoke;
}

int publish_run_apply(struct publish *publish, const struct tl_plan *plan)
{
	struct tl_apply *apply;

	publish_progress_begin(publish, plan);
	if (tl_deploy_apply(&apply, &publish->deploy, plan, &publish->findings, &publish->command.err) == 0)
		return publish_report(publish, apply, plan);
	publish_progress_rest(publish);
	publish_say_findings(publish);
	if (publish->command.err.code == TL_INTERRUPTED)
		tl_command_say(&publish->command, "interrupted before anything was written");
	return publish_progress_end(publish, NULL, tl_error_exit(publish->command.err.code));
}
