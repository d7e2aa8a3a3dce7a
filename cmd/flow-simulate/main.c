/* flow-simulate: runs suites on the local engine, or on a platform's simulator. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "common/command.h"
#include "common/remote.h"
#include "flow-simulate/export.h"
#include "flow-simulate/qa.h"
#include "flow-simulate/record.h"
#include "flow-simulate/skeleton.h"
#include "report/findings.h"
#include "report/simulate.h"
#include "sim/library.h"

struct options {
	struct tl_common common;
	bool coverage, trace;
	struct tl_option_list floors;
	const char *flow;
	const char *cases;
	bool remote, conform, allow_skipped, record, analysis, qa, skeleton;
	const char *export, *timeout;
};

static const struct tl_option option_table[] = {
	TL_SOURCE_OPTIONS(struct options, common),
	{ "flow", 0, TL_OPTION_TEXT, offsetof(struct options, flow), "FILE", "run cases on the flow in FILE, with --case", NULL },
	{ "case", 0, TL_OPTION_TEXT, offsetof(struct options, cases), "FILE", "the cases to run on --flow; '-' is standard input", NULL },
	{ "trace", 0, TL_OPTION_FLAG, offsetof(struct options, trace), NULL, "print each call, step by step", NULL },
	{ "coverage", 0, TL_OPTION_FLAG, offsetof(struct options, coverage), NULL, "report which nodes and transitions were taken", NULL },
	{ "analysis", 0, TL_OPTION_FLAG, offsetof(struct options, analysis), NULL, "report the way that each call took: decisions, cycles, scores", NULL },
	{ "min-coverage", 0, TL_OPTION_MANY, offsetof(struct options, floors), "KIND=PERCENT", "fail below this coverage of 'nodes' or 'transitions'", NULL },
	{ "generate-skeleton", 0, TL_OPTION_FLAG, offsetof(struct options, skeleton), NULL,
	  "make a suite with a case for each choice of each menu: of the flow of --flow, or a file beside each flow", NULL },
	{ "remote", 0, TL_OPTION_FLAG, offsetof(struct options, remote), NULL, "run on the simulator of the environment's platform (--env)", "engine" },
	{ "conform", 0, TL_OPTION_FLAG, offsetof(struct options, conform), NULL, "run here and there, and say where the two part (--env)", "engine" },
	{ "allow-skipped", 0, TL_OPTION_FLAG, offsetof(struct options, allow_skipped), NULL, "cases that the platform's simulator cannot run are no failure", NULL },
	{ "timeout", 0, TL_OPTION_TEXT, offsetof(struct options, timeout), "DURATION", "how long one call may take on a simulator that works by jobs (5m)", NULL },
	{ "audit-export", 0, TL_OPTION_TEXT, offsetof(struct options, export), "PATH", "leave a document a flow for change control, in a file or a folder", NULL },
	{ "qa-export", 0, TL_OPTION_FLAG, offsetof(struct options, qa), NULL, "send what each call came to to the environment's webhook 'qa'", NULL },
	{ "record", 0, TL_OPTION_FLAG, offsetof(struct options, record), NULL, "leave a record a suite in the audit log of the environment", NULL },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-simulate",
	.synopsis = "[SOURCE] [OPTION]... [SUITE]...\n       flow-simulate --flow FILE --case FILE [OPTION]...\n       flow-simulate --generate-skeleton [--flow FILE | PATH...]",
	.summary = "run suites of calls against flows on the local engine",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "Without SUITE, all suites beside the project's flows run. Formats: text, json.\n"
	         "Exit status: 0 all cases passed, 1 a case failed or a flow cannot run, 2 a suite or the command line cannot be used, 3 it could not be done.",
};

/* One run of the command. */
struct run {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_workset workset;
	struct tl_lower lower;
	struct tl_findings reading;  /* about flows, while they are read */
	struct tl_findings problems; /* why something cannot run */
	struct tl_library *library;
	struct tl_coverage coverage;
	struct tl_simulate_report report;
	double floors[TL_COVER_KINDS];
	struct tl_deployment deployment; /* of a remote run */
	struct tl_remote_suites remote;
	struct export export;
	struct qa qa;
	struct record record;
	bool bad_suite, bad_flow;
};

static int usage_error(struct run *run, const char *what)
{
	return tl_error_set(&run->command.err, TL_USAGE, "%s", what);
}

/* ---- options */

static int read_floor(struct run *run, struct tl_str text)
{
	size_t equals = tl_str_find(text, TL_STR("="), 0);
	struct tl_str kind = tl_str_slice(text, 0, equals == SIZE_MAX ? text.len : equals);
	double percent = -1;

	for (enum tl_coverage_kind i = 0; equals != SIZE_MAX && i < TL_COVER_KINDS; i++) {
		if (tl_str_is(kind, tl_coverage_name(i)) && tl_text_number_parse(&percent, tl_str_slice(text, equals + 1, text.len)) &&
		    percent >= 0 && percent <= 100) {
			run->floors[i] = percent;
			return 0;
		}
	}
	return tl_error_set(&run->command.err, TL_USAGE, "'--min-coverage' takes nodes=PERCENT or transitions=PERCENT, not '%.*s'", TL_FMT(text));
}

/* It is no run: what belongs to one has no place beside it. */
static int read_skeleton_options(struct run *run)
{
	const struct options *options = &run->options;
	const struct tl_common *common = &options->common;

	if (options->cases || options->trace || options->coverage || options->analysis || options->floors.count > 0 || options->remote || options->conform ||
	    options->export || options->qa || options->record || options->allow_skipped || options->timeout)
		return usage_error(run, "'--generate-skeleton' runs no suite: only '--flow' or paths of flows go with it");
	if (options->flow && run->operands.count > 0)
		return usage_error(run, "'--flow' is one flow, and paths are others: give either");
	if (common->format)
		return usage_error(run, "'--generate-skeleton' makes suites, which have no other format");
	if (!options->flow && (common->rev || common->staged || common->range || common->output))
		return usage_error(run, "files are made beside those of the working tree: '--flow FILE' prints one, or writes it to '-o'");
	run->report.format = tl_simulate_format(TL_STR("text"));
	return 0;
}

static int read_options(struct run *run)
{
	const struct options *options = &run->options;
	const char *format = options->common.format ? options->common.format : options->trace ? "trace" : "text";

	if (options->skeleton)
		return read_skeleton_options(run);
	if (!options->flow != !options->cases)
		return usage_error(run, "'--flow' and '--case' go together");
	if (options->flow && run->operands.count > 0)
		return usage_error(run, "suites are not given together with '--flow' and '--case'");
	if (options->trace && options->common.format)
		return usage_error(run, "'--trace' is for a person: the json format has each trace already");
	run->report.format = tl_simulate_format(tl_str(format));
	if (!run->report.format)
		return tl_error_set(&run->command.err, TL_USAGE, "there is no format '%s'; formats are %s", format, tl_simulate_formats());
	if (options->allow_skipped && !options->remote && !options->conform)
		return usage_error(run, "'--allow-skipped' goes with '--remote' or '--conform'");
	if (options->timeout && !options->remote && !options->conform)
		return usage_error(run, "'--timeout' goes with '--remote' or '--conform'");
	if (options->timeout && (!tl_span_parse(&run->remote.wait_ms, tl_str(options->timeout)) || run->remote.wait_ms <= 0))
		return usage_error(run, "'--timeout' takes a duration such as 30s or 5m");
	for (size_t i = 0; i < options->floors.count; i++) {
		if (read_floor(run, tl_str(options->floors.values[i])) < 0)
			return -1;
	}
	return 0;
}

/* ---- running */

static int done(void *data, const struct tl_case_result *result)
{
	struct run *run = data;
	struct tl_str flow = result->run.flow->id.text, there = run->remote.id.len > 0 ? run->remote.id : flow;

	tl_coverage_run(&run->coverage, &result->run);
	tl_simulate_case(&run->report, result);
	if (run->export.documents)
		tl_audit_export_add(run->export.documents, flow, there, result);
	if (qa_add(&run->qa, result, there) != 0)
		return -1;
	tl_remote_suites_done(&run->remote, result);
	record_case(&run->record, result);
	return tl_command_stopped();
}

/* Runs all cases of a suite on a flow that is ready. */
static int run_suite(struct run *run, struct tl_suite *suite, const struct tl_flow *flow)
{
	struct tl_program program = tl_library_program(run->library, flow);
	struct tl_suite_run suite_run = {
		.suite = suite,
		.program = &program,
		.project = run->command.project,
		.values = run->lower.values,
		.limits = &run->lower.limits,
		.jobs = run->command.jobs,
		.done = done,
		.data = run,
	};
	int stopped, ret = 0;

	if (!tl_suite_check(&suite_run, &run->problems)) {
		run->bad_suite = true;
		return 0;
	}
	if (run->remote.command && tl_remote_suites_take(&run->remote, &suite_run) != 0)
		return -1;
	tl_coverage_flow(&run->coverage, flow);
	tl_simulate_suite(&run->report, suite);
	stopped = tl_suite_run(&suite_run);
	run->report.broken = stopped != 0;
	tl_simulate_suite_end(&run->report);
	if (run->qa.failed || qa_keep(&run->qa) != 0)
		return -1;
	if (run->remote.command && run->remote.err.code != TL_OK)
		ret = tl_remote_suites_failed(&run->remote);
	else if (stopped)
		ret = tl_error_set(&run->command.err, TL_INTERRUPTED, "interrupted");
	return run->record.command && record_suite(&run->record, &run->report, flow) != 0 ? -1 : ret;
}

/* A suite whose flow does not exist, or a flow that cannot run. */
static void explain_missing(struct run *run, struct tl_suite *suite, size_t problems)
{
	struct tl_str *ids, near, named;
	struct tl_finding *finding;

	if (run->problems.count > problems) {
		run->bad_flow = true;
		return;
	}
	run->bad_suite = true;
	named = tl_library_id_of_name(run->library, suite->flow_id);
	near = tl_text_nearest(suite->flow_id, ids, tl_library_ids(run->library, &ids, &run->command.arena));
	finding = tl_findings_add(&run->problems, &suite->doc->source, suite->flow_span, TL_ERROR, "unknown-flow", "there is no flow '%.*s'",
	                          TL_FMT(suite->flow_id));
	if (named.len > 0)
		tl_findings_help(&run->problems, finding, "that is the name of the flow whose id is '%.*s'", TL_FMT(named));
	else if (near.len > 0)
		tl_findings_help(&run->problems, finding, "did you mean '%.*s'?", TL_FMT(near));
}

static int run_entry(struct run *run, const struct tl_entry *entry)
{
	size_t problems = run->problems.count;
	struct tl_arena arena = { 0 };
	struct tl_suite *suite = NULL;
	const struct tl_flow *flow;
	struct tl_str bytes;
	int result = -1;

	if (tl_workset_read(&bytes, &arena, &run->workset, entry, run->lower.limits.suite, &run->command.err) < 0)
		goto out;
	if (tl_suite_read(&suite, entry->path, bytes, &run->command.schemas, &run->lower.limits, &run->problems) < 0) {
		run->bad_suite = true;
		result = 0;
		goto out;
	}
	if (tl_library_get(&flow, run->library, suite->flow_id, &run->problems, &run->command.err) < 0)
		goto out;
	if (!flow)
		explain_missing(run, suite, problems);
	result = flow ? run_suite(run, suite, flow) : 0;
out:
	tl_suite_free(suite);
	tl_arena_clear(&arena);
	return result;
}

/* A name on the command line in which there is no suite must not pass for good. */
static int refuse_nothing(struct run *run)
{
	const struct tl_common *common = &run->options.common;

	if (run->operands.count == 0 || common->staged || common->range)
		return 0;
	return tl_error_set(&run->command.err, TL_USAGE, "there is no suite in '%s'; suites are files '*.suite.yaml'", run->operands.values[0]);
}

static int run_suites(struct run *run)
{
	if (run->workset.suites.count == 0 && refuse_nothing(run) < 0)
		return -1;
	for (size_t i = 0; i < run->workset.suites.count; i++) {
		if (run_entry(run, &run->workset.suites.items[i]) < 0)
			return -1;
	}
	if (run->workset.suites.count == 0 && !run->options.common.quiet)
		tl_command_say(&run->command, "there are no suites to run");
	return 0;
}

/* ---- --flow and --case */

static int read_standard_input(struct tl_str *out, struct tl_arena *arena, uint64_t limit, struct tl_error *err)
{
	struct tl_buf text = { 0 };
	char chunk[65536];
	size_t got;

	tl_buf_init(&text, limit);
	while ((void)(got = fread(chunk, 1, sizeof(chunk), stdin)), got > 0 && !text.overflow)
		tl_buf_add(&text, chunk, got);
	if (text.overflow || ferror(stdin)) {
		tl_error_set(err, text.overflow ? TL_LIMIT : TL_IO, text.overflow ? "standard input is larger than the limit 'suite'" : "cannot read standard input");
		tl_buf_clear(&text);
		return -1;
	}
	*out = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return 0;
}

static int read_cases(struct run *run, struct tl_suite **suite)
{
	struct tl_arena *arena = &run->command.arena;
	const char *name = run->options.cases;
	bool is_stdin = strcmp(name, "-") == 0;
	struct tl_str bytes;

	if (is_stdin && read_standard_input(&bytes, arena, run->lower.limits.suite, &run->command.err) < 0)
		return -1;
	if (!is_stdin && tl_file_read(&bytes, arena, tl_command_path(&run->command, name), run->lower.limits.suite, &run->command.err) < 0)
		return -1;
	if (tl_suite_read_cases(suite, is_stdin ? TL_STR("<standard input>") : tl_str(name), bytes, &run->command.schemas, &run->lower.limits,
	                        &run->problems) < 0)
		run->bad_suite = true;
	return 0;
}

/* The file that `--flow` names. */
static size_t flow_file(const struct run *run)
{
	for (size_t i = 0; i < run->workset.flows.count; i++) {
		if (run->workset.flows.files[i].chosen)
			return i;
	}
	return SIZE_MAX;
}

static int run_cases(struct run *run)
{
	size_t file = flow_file(run), problems = run->problems.count;
	const struct tl_flow *flow = NULL;
	struct tl_suite *suite = NULL;
	int result = -1;

	if (read_cases(run, &suite) < 0)
		goto out;
	if (file == SIZE_MAX) {
		tl_error_set(&run->command.err, TL_USAGE, "'%s' holds no flow", run->options.flow);
		goto out;
	}
	if (tl_library_get_file(&flow, run->library, file, &run->problems, &run->command.err) < 0)
		goto out;
	if (flow && suite)
		suite->flow_id = flow->id.text;
	run->bad_flow = !flow;
	if (!flow && run->problems.count == problems)
		tl_findings_append(&run->problems, &run->reading);
	result = flow && suite ? run_suite(run, suite, flow) : 0;
out:
	tl_suite_free(suite);
	return result;
}

/* ---- the end */

static int check_floors(struct run *run)
{
	int code = 0;

	for (enum tl_coverage_kind kind = 0; kind < TL_COVER_KINDS; kind++) {
		double percent = tl_covered_percent(tl_coverage_count(&run->coverage, NULL, kind));

		if (percent >= run->floors[kind])
			continue;
		tl_command_say(&run->command, "coverage of %s is %.1f %%, below the floor of %g %%", tl_coverage_name(kind), percent, run->floors[kind]);
		code = 1;
	}
	return code;
}

/* What was not run is not known to be good. */
static int say_skipped(struct run *run)
{
	if (run->report.skipped == 0 || run->options.allow_skipped)
		return 0;
	tl_command_say(&run->command, "the platform's simulator could not run %llu of the cases; '--allow-skipped' is content with the others",
	               (unsigned long long)run->report.skipped);
	return 3;
}

static int verdict(struct run *run)
{
	if (run->bad_suite)
		return 2;
	if (run->report.undone > 0) {
		tl_command_say(&run->command, "%llu of the cases did not come to an end on the platform: %s", (unsigned long long)run->report.undone,
		               tl_platform_can(run->deployment.platform, TL_CAN_RESUME) ? "another run takes up what is under way there" : "why stands with each");
		return 3;
	}
	if (run->bad_flow || run->report.failed > 0)
		return 1;
	if (check_floors(run) != 0)
		return 1;
	return say_skipped(run);
}

/* What made a suite or a flow unusable goes to standard error: results stay what the format promises. */
static void say_problems(struct run *run)
{
	struct tl_buf text = { 0 };

	tl_findings_sort(&run->problems);
	tl_findings_text(&text, &run->problems, run->command.color_errors);
	fwrite(text.data ? text.data : "", 1, text.len, stderr);
	tl_buf_clear(&text);
}

static int open_remote(struct run *run)
{
	struct tl_command *command = &run->command;

	if (!command->common->environment)
		return usage_error(run, "'--remote' and '--conform' need the environment whose simulator is meant: --env NAME");
	if (tl_deployment_open(&run->deployment, command, command->environment) != 0)
		return -1;
	return tl_remote_suites_open(&run->remote, command, &run->deployment, run->options.conform);
}

/* That of a remote run, or of --record; NULL: none is open. */
static struct tl_deployment *open_deployment(struct run *run)
{
	if (run->remote.command)
		return &run->deployment;
	return run->record.command ? run->record.deployment : NULL;
}

static int make_skeletons(struct run *run)
{
	struct skeletons skeletons = {
		.command = &run->command, .workset = &run->workset, .lower = &run->lower, .library = run->library, .problems = &run->problems,
		.one = run->options.flow != NULL,
	};
	int ret = skeletons_make(&skeletons);

	run->bad_flow = skeletons.bad_flow;
	if (skeletons.bad_flow)
		tl_findings_append(&run->problems, &run->reading);
	return ret;
}

static int simulate(struct run *run)
{
	const char *flow[] = { run->options.flow };
	struct tl_option_list only = { flow, 1 };
	const struct tl_option_list *operands = run->options.flow ? &only : &run->operands;

	if (read_options(run) < 0 || tl_command_open(&run->command) < 0 || tl_workset_open(&run->workset, &run->command, operands) < 0)
		return -1;
	tl_workset_warn(&run->workset, NULL, &run->command);
	if ((run->options.remote || run->options.conform) && open_remote(run) != 0)
		return -1;
	if (run->options.record && record_open(&run->record, &run->command, run->remote.command ? &run->remote : NULL) != 0)
		return -1;
	if (export_open(&run->export, &run->command, run->options.export,
	                run->remote.command ? run->command.environment->name : (struct tl_str){ NULL, 0 }) != 0)
		return -1;
	if (run->options.qa && qa_open(&run->qa, &run->command, open_deployment(run), run->remote.command != NULL) != 0)
		return -1;
	if (run->qa.command)
		run->record.correlation = run->qa.correlation;
	run->lower = run->workset.lower;
	run->lower.findings = &run->reading;
	run->library = tl_library_new(&run->workset.flows, &run->lower);
	if (run->options.skeleton)
		return make_skeletons(run);
	run->report.out = &run->command.out;
	run->report.color = run->command.color;
	run->report.verbose = run->options.common.verbose;
	run->report.quiet = run->options.common.quiet;
	run->report.analysis = run->options.analysis;
	run->report.coverage = run->options.coverage || run->report.format->covers ? &run->coverage : NULL;
	tl_simulate_begin(&run->report);
	if ((run->options.flow ? run_cases(run) : run_suites(run)) < 0)
		return -1;
	tl_simulate_end(&run->report);
	return export_write(&run->export) == 0 ? qa_send(&run->qa) : -1;
}

int main(int argc, char **argv)
{
	struct run *run = tl_alloc_zero(1, sizeof(*run));
	int code = tl_command_begin(&run->command, &usage, argc, argv, &run->options, &run->options.common, &run->operands);

	if (code >= 0)
		goto out;
	code = simulate(run) < 0 ? tl_error_exit(run->command.err.code) : verdict(run);
	say_problems(run);
	tl_coverage_clear(&run->coverage);
	tl_library_free(run->library);
	tl_findings_clear(&run->problems);
	tl_findings_clear(&run->reading);
	tl_workset_clear(&run->workset);
	export_close(&run->export);
	qa_close(&run->qa);
	record_close(&run->record);
	tl_remote_suites_close(&run->remote);
	tl_deployment_close(&run->deployment);
	code = tl_command_end(&run->command, code);
out:
	free(run);
	return code;
}
