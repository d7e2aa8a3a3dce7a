/* check/rule_unknown_schedule.c: hours nodes over schedules that the project does not have. */
#include "check/rules.h"

static void say(struct tl_check *check, const struct tl_expr *subject)
{
	const struct tl_project *project = check->options->project;
	struct tl_str *names = TL_ARENA_ARRAY(check->scratch, struct tl_str, project->n_schedules);
	struct tl_str name = subject->value.text;
	struct tl_finding *finding;

	/* Without a project file a single flow can be looked at, but not judged. */
	if (!project->doc) {
		finding = tl_check_say_at(check, TL_NOTE, subject->span, "the schedule '%.*s' is not known here: there is no project file", TL_FMT(name));
		tl_findings_help(check->findings, finding, "schedules stand in " TL_PROJECT_FILE);
		return;
	}
	for (uint32_t i = 0; i < project->n_schedules; i++)
		names[i] = project->schedules[i].name;
	finding = tl_check_say(check, subject->span, "there is no schedule '%.*s' in the project file", TL_FMT(name));
	tl_check_suggest(check, finding, name, names, project->n_schedules);
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (node->op != TL_INVOKE || node->service != TL_SERVICE_HOURS || !node->subject_given || node->subject->kind != TL_E_LITERAL ||
		    node->subject->value.type != TL_V_STRING || node->subject->value.text.len == 0)
			continue;
		if (!tl_project_schedule(check->options->project, node->subject->value.text))
			say(check, node->subject);
	}
}

const struct tl_rule tl_rule_unknown_schedule = {
	.id = "unknown-schedule",
	.level = TL_ERROR,
	.summary = "an hours node names a schedule that the project file does not have",
	.explain = "Schedules stand under 'schedules' in trunkline.yaml: weekly opening hours, a time zone, holidays. Where there is no project file at all,\n"
	           "the finding is a note.\n",
	.bad = "# file: trunkline.yaml\nschedules: {office: {time_zone: UTC, weekly: {monday: [\"09:00-17:00\"]}}}\n# file: line.flow.yaml\n"
	       "flow: line\nchannel: voice\nstart: when\nnodes:\n  when: {type: hours, schedule: offcie, open: staff, closed: bye}\n"
	       "  staff: {type: transfer, to: {queue: staff}}\n  bye: {type: end}\n",
	.good = "# file: trunkline.yaml\nschedules: {office: {time_zone: UTC, weekly: {monday: [\"09:00-17:00\"]}}}\n# file: line.flow.yaml\n"
	        "flow: line\nchannel: voice\nstart: when\nnodes:\n  when: {type: hours, schedule: office, open: staff, closed: bye}\n"
	        "  staff: {type: transfer, to: {queue: staff}}\n  bye: {type: end}\n",
	.local = local,
};
