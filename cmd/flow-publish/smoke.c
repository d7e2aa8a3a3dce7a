/* cmd/flow-publish/smoke.c: after a publish: the suites of what was published run once more, on the platform's simulator, against what callers get now. */
#include <stdio.h>

#include "common/remote.h"
#include "flow-publish/suites.h"
#include "report/simulate.h"

struct smoke {
	struct publish *publish;
	struct publish_suites suites;     /* of the flows that this apply published */
	struct tl_remote_suites remote;
	struct tl_simulate_report report; /* of the failed cases, for standard error */
	struct tl_buf text;
};

static void note_published(struct smoke *smoke, const struct tl_apply *apply)
{
	for (size_t i = 0; i < apply->n_flows; i++) {
		if (apply->flows[i].state == TL_APPLIED_PUBLISHED)
			tl_map_put(&smoke->suites.flows, apply->flows[i].planned->flow, NULL);
	}
}

static int done(void *data, const struct tl_case_result *result)
{
	struct smoke *smoke = data;

	tl_simulate_case(&smoke->report, result);
	tl_remote_suites_done(&smoke->remote, result);
	return tl_command_stopped();
}

static int run_suite(void *data, struct tl_suite_run *run)
{
	struct smoke *smoke = data;
	int ret;

	run->done = done;
	run->data = smoke;
	if (tl_remote_suites_take(&smoke->remote, run) != 0)
		return -1;
	tl_simulate_suite(&smoke->report, run->suite);
	ret = tl_suite_run(run);
	smoke->report.broken = ret != 0;
	tl_simulate_suite_end(&smoke->report);
	return ret < 0 ? tl_remote_suites_failed(&smoke->remote) : 0;
}

/* What came of it, on standard error: standard output is the apply's. */
static void say(struct smoke *smoke, bool broken)
{
	struct tl_command *command = &smoke->publish->command;
	const struct tl_simulate_report *report = &smoke->report;

	fprintf(stderr, "%.*s", TL_FMT(tl_buf_view(&smoke->text)));
	if (smoke->suites.bad > 0) {
		publish_suites_say(&smoke->suites, TL_ERROR);
		tl_command_say(command, "the flows are published, but %zu %s of theirs cannot be used, and %s not run on the platform", smoke->suites.bad,
		               smoke->suites.bad == 1 ? "suite" : "suites", smoke->suites.bad == 1 ? "was" : "were");
	}
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

	smoke->suites.publish = publish;
	smoke->suites.take = run_suite;
	smoke->suites.data = smoke;
	smoke->report.format = tl_simulate_format(TL_STR("text"));
	smoke->report.out = &smoke->text;
	smoke->report.quiet = true;
	smoke->report.color = command->color_errors;
	broken = tl_remote_suites_open(&smoke->remote, command, &publish->deployment, false) != 0 || publish_suites_walk(&smoke->suites) != 0;
	if (command->err.code == TL_INTERRUPTED || tl_command_stopped())
		return 0;
	say(smoke, broken);
	if (smoke->report.failed > 0)
		return 1;
	return (broken && !smoke->remote.forbidden) || smoke->report.undone > 0 || smoke->suites.bad > 0 ? 3 : 0;
}

int publish_smoke(struct publish *publish, const struct tl_apply *apply)
{
	struct smoke smoke = { .publish = publish };
	int code = 0;

	if (publish->workset.suites.count == 0 || !tl_platform_can(publish->deployment.platform, TL_CAN_SIMULATE) || tl_command_stopped())
		return 0;
	note_published(&smoke, apply);
	if (smoke.suites.flows.count > 0)
		code = smoke_test(&smoke);
	tl_remote_suites_close(&smoke.remote);
	publish_suites_clear(&smoke.suites);
	tl_buf_clear(&smoke.text);
	return code;
}

/* What a plan would write. */
static void note_planned(struct publish_suites *suites, const struct tl_plan *plan)
{
	for (size_t i = 0; i < plan->n_flows; i++) {
		if (tl_planned_writes(&plan->flows[i]))
			tl_map_put(&suites->flows, plan->flows[i].flow, NULL);
	}
}

int publish_smoke_foresee(struct publish *publish, const struct tl_plan *plan)
{
	struct publish_suites suites = { .publish = publish };
	int ret = 0;

	if (publish->workset.suites.count == 0 || !tl_platform_can(publish->deployment.platform, TL_CAN_SIMULATE))
		return 0;
	note_planned(&suites, plan);
	if (suites.flows.count > 0)
		ret = publish_suites_walk(&suites);
	publish_suites_say(&suites, TL_WARNING);
	if (suites.bad > 0)
		tl_command_say(&publish->command, "%zu %s of what would be published cannot be used: an apply ends with 3 then, as nothing runs %s on the platform",
		               suites.bad, suites.bad == 1 ? "suite" : "suites", suites.bad == 1 ? "it" : "them");
	publish_suites_clear(&suites);
	return ret;
}
