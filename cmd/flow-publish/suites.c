/* cmd/flow-publish/suites.c: the suites of flows that are written. They stand beside the flows and are no part of what is published, so the checks of a plan do
 * not look at them; who reads them here learns before and after a publish which of them no platform will ever run. */
#include "flow-publish/suites.h"

#include <stdio.h>

#include "report/findings.h"

static int take(struct publish_suites *suites, struct tl_suite *suite)
{
	struct tl_command *command = &suites->publish->command;
	struct tl_suite_run run = { .suite = suite, .project = command->project, .values = suites->lower.values, .limits = &suites->lower.limits };
	struct tl_program program;
	const struct tl_flow *flow;

	if (tl_library_get(&flow, suites->library, suite->flow_id, &suites->problems, &command->err) != 0)
		return -1;
	if (flow) {
		program = tl_library_program(suites->library, flow);
		run.program = &program;
	}
	if (!flow || !tl_suite_check(&run, &suites->problems)) {
		suites->bad++;
		return 0;
	}
	return suites->take ? suites->take(suites->data, &run) : 0;
}

/* Whether a suite that cannot be read may be one of the flows'. */
static bool may_be_theirs(const struct publish_suites *suites, struct tl_str path, struct tl_str bytes)
{
	struct tl_arena arena = { 0 };
	struct tl_str flow = tl_suite_names(&arena, path, bytes, &suites->lower.limits);
	bool theirs = flow.len == 0 || tl_map_find(&suites->flows, flow);

	tl_arena_clear(&arena);
	return theirs;
}

static int walk_entry(struct publish_suites *suites, const struct tl_entry *entry)
{
	struct tl_command *command = &suites->publish->command;
	struct tl_findings said = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_suite *suite = NULL;
	struct tl_str bytes;
	int ret = tl_workset_read(&bytes, &arena, &suites->publish->workset, entry, suites->lower.limits.suite, &command->err);

	if (ret == 0 && tl_suite_read(&suite, entry->path, bytes, &command->schemas, &suites->lower.limits, &said) == 0) {
		if (tl_map_find(&suites->flows, suite->flow_id))
			ret = take(suites, suite);
	} else if (ret == 0 && may_be_theirs(suites, entry->path, bytes)) {
		tl_findings_append(&suites->problems, &said);
		suites->bad++;
	}
	tl_suite_free(suite);
	tl_arena_clear(&arena);
	tl_findings_clear(&said);
	return ret;
}

int publish_suites_walk(struct publish_suites *suites)
{
	const struct tl_entries *entries = &suites->publish->workset.suites;

	suites->lower = suites->publish->workset.lower;
	suites->lower.findings = &suites->reading;
	suites->library = tl_library_new(&suites->publish->workset.flows, &suites->lower);
	for (size_t i = 0; i < entries->count && !tl_command_stopped(); i++) {
		if (walk_entry(suites, &entries->items[i]) != 0)
			return -1;
	}
	return 0;
}

void publish_suites_say(struct publish_suites *suites, enum tl_level level)
{
	struct tl_buf text = { 0 };

	for (size_t i = 0; i < suites->problems.count; i++)
		suites->problems.items[i].level = level;
	tl_findings_sort(&suites->problems);
	tl_findings_text(&text, &suites->problems, suites->publish->command.color_errors);
	fprintf(stderr, "%.*s", TL_FMT(tl_buf_view(&text)));
	tl_buf_clear(&text);
}

void publish_suites_clear(struct publish_suites *suites)
{
	tl_library_free(suites->library);
	tl_findings_clear(&suites->reading);
	tl_findings_clear(&suites->problems);
	tl_map_clear(&suites->flows);
}
