/* cmd/flow-publish/smoke.c: after a publish: the suites of what was published run once more, on the platform's simulator, against what callers get now. */
#include <stdio.h>
#include <stdlib.h>

#include "common/remote.h"
#include "flow-publish/publish.h"
#include "report/simulate.h"
#include "sim/library.h"

struct smoke {
	struct publish *publish;
	struct tl_map published;          /* flow -> its line of the apply */
	struct tl_remote_suites remote;
	struct tl_library *library;
	struct tl_lower lower;
	struct tl_findings reading;       /* about flows and suites: the checks have said it already */
	struct tl_simulate_report report; /* of the failed cases, for standard error */
	struct tl_buf text;
};

static void note_published(struct smoke *smoke, const struct tl_apply *apply)
{
	for (size_t i = 0; i < apply->n_flows; i++) {
		if (apply->flows[i].state == TL_APPLIED_PUBLISHED)
			tl_map_put(&smoke->published, apply->flows[i].planned->flow, NULL)->value.ptr = &apply->flows[i];
	}
}

static int done(void *data, const struct tl_case_result *result)
{
	struct smoke *smoke = data;

	tl_simulate_case(&smoke->report, result);
	tl_remote_suites_done(&smoke->remote, result);
	return tl_command_stopped();
}

static int run_suite(struct smoke *smoke, struct tl_suite *suite)
{
	struct tl_command *command = &smoke->publish->command;
	struct tl_suite_run run = {
		.suite = suite, .project = command->project, .values = smoke->lower.values, .limits = &smoke->lower.limits, .done = done, .data = smoke,
	};
	struct tl_program program;
	const struct tl_flow *flow;
	int ret;

	if (tl_library_get(&flow, smoke->library, suite->flow_id, &smoke->reading, &command->err) != 0)
		return -1;
	if (!flow)
		return 0;
	program = tl_library_program(smoke->library, flow);
	run.program = &program;
	if (!tl_suite_check(&run, &smoke->reading))
		return 0;
	if (tl_remote_suites_take(&smoke->remote, &run) != 0)
		return -1;
	tl_simulate_suite(&smoke->report, suite);
	ret = tl_suite_run(&run);
	smoke->report.broken = ret != 0;
	tl_simulate_suite_end(&smoke->report);
	return ret < 0 ? tl_remote_suites_failed(&smoke->remote) : 0;
}

static int run_entry(struct smoke *smoke, const struct tl_entry *entry)
{
	struct tl_command *command = &smoke->publish->command;
	struct tl_arena arena = { 0 };
	struct tl_suite *suite = NULL;
	struct tl_str bytes;
	int ret = tl_workset_read(&bytes, &arena, &smoke->publish->workset, entry, smoke->lower.limits.suite, &command->err);

	if (ret == 0 && tl_suite_read(&suite, entry->path, bytes, &command->schemas, &smoke->lower.limits, &smoke->reading) == 0 &&
	    tl_map_find(&smoke->published, suite->flow_id))
		ret = run_suite(smoke, suite);
	tl_suite_free(suite);
	tl_arena_clear(&arena);
	return ret;
}

static int run_all(struct smoke *smoke)
{
	const struct tl_entries *suites = &smoke->publish->workset.suites;

	for (size_t i = 0; i < suites->count && !tl_command_stopped(); i++) {
		if (run_entry(smoke, &suites->items[i]) != 0)
			return -1;
	}
	return 0;
}

/* What came of it, on standard error: standard output is the apply's. */
static void say(struct smoke *smoke, bool broken)
{
	struct tl_command *command = &smoke->publish->command;
	const struct tl_simulate_report *report = &smoke->report;

	fprintf(stderr, "%.*s", TL_FMT(tl_buf_view(&smoke->text)));
	/* Publishing is one right, simulating another: who has but the first is done. */
	if (broken && smoke->remote.forbidden && !command->common->quiet)
		tl_command_say(command, "the suites were not run on the platform, as this client may not: %s", command->err.message);
	else if (broken && !smoke->remote.forbidden)
		tl_command_say(command, "the flows are published, but their suites could not be run on the platform: %s", command->err.message);
	if (broken)
		command->err = (struct tl_error){ 0 };
	if (report->failed > 0)
		tl_command_say(command, "the flows are published, but %llu of %llu cases fail on the platform: 'flow-publish rollback' goes back",
		               (unsigned long long)report->failed, (unsigned long long)report->cases);
	else if (report->undone > 0)
		tl_command_say(command, "the flows are published, but %llu of %llu cases could not be run on the platform", (unsigned long long)report->undone,
		               (unsigned long long)report->cases);
	else if (report->cases > report->skipped && !broken && !command->common->quiet)
		tl_command_say(command, "on the platform %llu of %llu cases pass%s", (unsigned long long)(report->cases - report->skipped),
		               (unsigned long long)report->cases, report->skipped > 0 ? "; its simulator has no words for the others" : "");
}

static int smoke_test(struct smoke *smoke)
{
	struct publish *publish = smoke->publish;
	struct tl_command *command = &publish->command;
	bool broken;

	smoke->lower = publish->workset.lower;
	smoke->lower.findings = &smoke->reading;
	smoke->library = tl_library_new(&publish->workset.flows, &smoke->lower);
	smoke->report.format = tl_simulate_format(TL_STR("text"));
	smoke->report.out = &smoke->text;
	smoke->report.quiet = true;
	smoke->report.color = command->color_errors;
	broken = tl_remote_suites_open(&smoke->remote, command, &publish->deployment, false) != 0 || run_all(smoke) != 0;
	if (command->err.code == TL_INTERRUPTED || tl_command_stopped())
		return 0;
	say(smoke, broken);
	if (smoke->report.failed > 0)
		return 1;
	return (broken && !smoke->remote.forbidden) || smoke->report.undone > 0 ? 3 : 0;
}

int publish_smoke(struct publish *publish, const struct tl_apply *apply)
{
	struct smoke smoke = { .publish = publish };
	int code = 0;

	if (publish->workset.suites.count == 0 || !tl_platform_can(publish->deployment.platform, TL_CAN_SIMULATE) || tl_command_stopped())
		return 0;
	note_published(&smoke, apply);
	if (smoke.published.count > 0)
		code = smoke_test(&smoke);
	tl_remote_suites_close(&smoke.remote);
	tl_library_free(smoke.library);
	tl_findings_clear(&smoke.reading);
	tl_map_clear(&smoke.published);
	tl_buf_clear(&smoke.text);
	return code;
}
