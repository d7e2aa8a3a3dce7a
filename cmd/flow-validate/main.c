/* cmd/flow-validate/main.c: checks flows, suites and policies, and says what is wrong with them. */
#include <stddef.h>

#include "check/check.h"
#include "common/command.h"
#include "common/output.h"
#include "flow-validate/base.h"
#include "flow-validate/documents.h"
#include "flow-validate/remote.h"
#include "report/findings.h"
#include "report/rules.h"

struct options {
	struct tl_common common;
	struct tl_option_list reports;
	bool strict, list_rules, remote;
	const char *explain, *base;
};

static const struct tl_option option_table[] = {
	TL_SOURCE_OPTIONS(struct options, common),
	{ "base", 0, TL_OPTION_TEXT, offsetof(struct options, base), "REV", "the rules, limits and flows of this revision's project file hold as well", NULL },
	{ "remote", 0, TL_OPTION_FLAG, offsetof(struct options, remote), NULL, "ask the environment's platform what it thinks of the flows, too", NULL },
	{ "report", 0, TL_OPTION_MANY, offsetof(struct options, reports), "FORMAT=FILE", "write the findings into FILE, too", NULL },
	{ "strict", 0, TL_OPTION_FLAG, offsetof(struct options, strict), NULL, "warnings make the answer no, as errors do", NULL },
	{ "explain", 0, TL_OPTION_TEXT, offsetof(struct options, explain), "RULE", "say what a rule finds, and how to mend it", NULL },
	{ "list-rules", 0, TL_OPTION_FLAG, offsetof(struct options, list_rules), NULL, "name all rules with their levels", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-validate",
	.synopsis = "[SOURCE] [OPTION]... [PATH]...",
	.summary = "check flows: schema, references, types, reachability",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "SOURCE is one of --staged, --rev and --range; without it files are read as they are on disk.\n"
	         "Formats: text, json, sarif, github, junit, gitlab.\n"
	         "Exit status: 0 good, 1 errors (with --strict warnings, too), 2 usage or configuration, 3 could not be done.",
};

struct validation {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_project *base;   /* of --base, or NULL */
	struct tl_workset workset;
	struct tl_check_result result;
};

static int explain(struct validation *v)
{
	struct tl_str id = tl_str(v->options.explain), near;
	const struct tl_rule *rule = id.len > 0 ? tl_rule_find(id) : NULL;

	if (!v->options.explain) {
		tl_rules_list(&v->command.out);
		return 0;
	}
	if (rule) {
		tl_rule_explain(&v->command.out, rule);
		return 0;
	}
	near = tl_rule_nearest(id);
	return tl_error_set(&v->command.err, TL_USAGE, "there is no rule '%s'%s%.*s%s", v->options.explain, near.len > 0 ? ", did you mean '" : "",
	                    TL_FMT(near), near.len > 0 ? "'?" : "");
}

static const struct tl_findings_format *format_of(struct validation *v, struct tl_str name)
{
	const struct tl_findings_format *format = tl_findings_format(name);
	struct tl_buf names = { 0 };

	if (format)
		return format;
	tl_findings_formats(&names);
	tl_error_set(&v->command.err, TL_USAGE, "there is no format '%.*s': %.*s", TL_FMT(name), TL_FMT(tl_buf_view(&names)));
	tl_buf_clear(&names);
	return NULL;
}

/* Splits "json=out.json"; NULL with the error set where that is not what it is. */
static const struct tl_findings_format *report_of(struct validation *v, const char *report, const char **file)
{
	struct tl_str text = tl_str(report);
	size_t equals = tl_str_find(text, TL_STR("="), 0);

	if (equals == SIZE_MAX || equals + 1 == text.len) {
		tl_error_set(&v->command.err, TL_USAGE, "'--report' takes FORMAT=FILE, not '%s'", report);
		return NULL;
	}
	*file = report + equals + 1;
	return format_of(v, tl_str_slice(text, 0, equals));
}

/* Before anything is read: a report that could not be written would be known too late. */
static int check_formats(struct validation *v)
{
	const char *file;

	if (v->options.common.format && !format_of(v, tl_str(v->options.common.format)))
		return -1;
	for (size_t i = 0; i < v->options.reports.count; i++) {
		if (!report_of(v, v->options.reports.values[i], &file))
			return -1;
	}
	return 0;
}

static bool has_work(const struct validation *v)
{
	const struct tl_workset *set = &v->workset;

	for (size_t i = 0; i < set->flows.count; i++) {
		if (set->flows.files[i].chosen)
			return true;
	}
	return set->suites.count + set->policies.count + set->findings.count > 0;
}

/* A name on the command line in which there is nothing to check must not pass for good. */
static int refuse_nothing(struct validation *v)
{
	const struct tl_common *common = &v->options.common;

	if (v->operands.count == 0 || common->staged || common->range || has_work(v))
		return 0;
	return tl_error_set(&v->command.err, TL_NOT_FOUND, "there is no flow in '%s'", v->operands.values[0]);
}

static int check(struct validation *v)
{
	struct tl_command *command = &v->command;
	struct tl_check_options options = {
		.project = command->project, .base = v->base, .environment = command->environment, .schemas = &command->schemas,
		.workers = command->jobs, .stopped = tl_command_stopped,
	};

	if (tl_check_levels(command->project, &command->err) != 0 || tl_workset_open(&v->workset, command, &v->operands) != 0 ||
	    refuse_nothing(v) != 0)
		return -1;
	if (tl_check_run(&v->result, &v->workset.summaries, &options, &command->err) != 0 ||
	    tl_documents_check(&v->result.findings, &v->workset, &options, &command->err) != 0)
		return -1;
	tl_findings_append(&v->result.findings, &v->workset.findings);
	tl_check_set_levels(&v->result.findings, &options);
	if (v->options.remote && flow_validate_remote(&v->result.findings, &v->workset, command) != 0)
		return -1;
	tl_findings_sort(&v->result.findings);
	return 0;
}

/* With -q notes and the last line are left out. */
static void write_quietly(struct validation *v)
{
	struct tl_findings *all = &v->result.findings, wrong = { 0 };

	for (size_t i = 0; i < all->count; i++) {
		struct tl_findings one = { .items = &all->items[i], .count = 1 };

		if (all->items[i].level != TL_NOTE)
			tl_findings_append(&wrong, &one);
	}
	tl_findings_text(&v->command.out, &wrong, v->command.color);
	tl_findings_clear(&wrong);
}

static int write_report(struct validation *v, const char *report)
{
	struct tl_findings_summary summary = { .flows = v->result.flows };
	struct tl_buf out = { 0 };
	const char *file;
	const struct tl_findings_format *format = report_of(v, report, &file);
	int status = -1;

	if (format) {
		format->write(&out, &v->result.findings, &summary);
		status = tl_output_file(tl_command_path(&v->command, file), tl_buf_view(&out), &v->command.err);
	}
	tl_buf_clear(&out);
	return status;
}

static int write_all(struct validation *v)
{
	const char *name = v->options.common.format ? v->options.common.format : "text";
	struct tl_findings_summary summary = { .flows = v->result.flows, .color = v->command.color };

	if (v->options.common.quiet && strcmp(name, "text") == 0)
		write_quietly(v);
	else
		tl_findings_format(tl_str(name))->write(&v->command.out, &v->result.findings, &summary);
	for (size_t i = 0; i < v->options.reports.count; i++) {
		if (write_report(v, v->options.reports.values[i]) != 0)
			return -1;
	}
	if (v->options.common.verbose && v->result.ignored > 0)
		tl_command_say(&v->command, "%zu finding%s ignored by comments", v->result.ignored, v->result.ignored == 1 ? "" : "s");
	return 0;
}

/* Good is what the answer is where there is nothing, but somebody who is new here wonders. */
static void say_nothing_there(const struct validation *v)
{
	const struct tl_common *common = &v->options.common;

	if (v->workset.flows.count == 0 && !has_work(v) && !common->staged && !common->range && !common->quiet)
		tl_command_say(&v->command, "there are no flows here; 'flow-publish init' makes a first one");
}

static int validate(struct validation *v)
{
	const struct tl_findings *findings = &v->result.findings;

	if (tl_command_open(&v->command) != 0 || (v->options.base && flow_validate_base(&v->base, &v->command, v->options.base) != 0) || check(v) != 0 || write_all(v) != 0)
		return tl_error_exit(v->command.err.code);
	say_nothing_there(v);
	return tl_findings_count(findings, TL_ERROR) > 0 || (v->options.strict && tl_findings_count(findings, TL_WARNING) > 0);
}

int main(int argc, char **argv)
{
	struct validation v = { 0 };
	int code = tl_command_begin(&v.command, &usage, argc, argv, &v.options, &v.options.common, &v.operands);

	if (code >= 0)
		return code;
	if (check_formats(&v) != 0)
		return tl_command_fail(&v.command);
	if (v.options.list_rules || v.options.explain) {
		if (explain(&v) != 0)
			return tl_command_fail(&v.command);
		return tl_command_end(&v.command, 0);
	}
	code = validate(&v);
	tl_workset_clear(&v.workset);
	tl_check_result_clear(&v.result);
	tl_project_free(v.base);
	return tl_command_end(&v.command, code);
}
