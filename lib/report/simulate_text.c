/* report/simulate_text.c: suites for a person: what failed, where in the suite it says so, and the way the call took. */
#include "base/text.h"
#include "report/simulate.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"
#define PATH_SHOWN 12

static void add_verdict(const struct tl_simulate_report *report, bool good, const char *text)
{
	tl_buf_printf(report->out, "%s%s%s", report->color ? good ? GREEN : RED : "", text, report->color ? PLAIN : "");
}

void tl_simulate_failure_text(struct tl_simulate_report *report, const struct tl_failure *failure)
{
	struct tl_source *source = &report->suite->doc->source;

	tl_buf_printf(report->out, "    %s: expected ", failure->expectation);
	tl_text_safe(report->out, failure->expected);
	tl_buf_text(report->out, ", got ");
	tl_text_safe(report->out, failure->actual);
	if (failure->span.end > 0)
		tl_buf_printf(report->out, " (line %u)", tl_source_place(source, failure->span).line);
	tl_buf_char(report->out, '\n');
}

/* The last nodes of the way. */
static void add_path(struct tl_buf *out, const struct tl_run *run)
{
	size_t start = run->n_visits > PATH_SHOWN ? run->n_visits - PATH_SHOWN : 0;

	tl_buf_text(out, "    path:");
	if (start > 0)
		tl_buf_printf(out, " (%zu before) >", start);
	for (size_t i = start; i < run->n_visits; i++) {
		tl_buf_text(out, i > start ? " > " : " ");
		tl_text_safe(out, run->visits[i].node->name.text);
	}
	tl_buf_char(out, '\n');
}

static void add_failed(struct tl_simulate_report *report, const struct tl_case_result *result)
{
	for (size_t i = 0; i < result->failures.count; i++)
		tl_simulate_failure_text(report, &result->failures.items[i]);
	add_path(report->out, &result->run);
	if (!result->run.error)
		return;
	tl_buf_printf(report->out, "    %s: ", result->run.error);
	tl_text_safe(report->out, result->run.error_message);
	tl_buf_char(report->out, '\n');
}

static void add_remark(struct tl_buf *out, struct tl_str remark)
{
	if (remark.len == 0)
		return;
	tl_buf_text(out, "    ");
	tl_text_safe(out, remark);
	tl_buf_char(out, '\n');
}

static void add_case(struct tl_simulate_report *report, const struct tl_case_result *result)
{
	bool passed = result->failures.count == 0;
	struct tl_place place = tl_source_place(&report->suite->doc->source, result->given.span);

	tl_text_safe(report->out, report->suite->path);
	tl_buf_printf(report->out, ":%u:%u: ", place.line, place.column);
	if (result->skipped.len > 0)
		tl_buf_text(report->out, "skipped");
	else if (result->undone.len > 0)
		add_verdict(report, false, "undone");
	else
		add_verdict(report, passed, passed ? "passed" : "failed");
	tl_buf_text(report->out, ": ");
	tl_text_safe(report->out, result->given.id);
	tl_buf_char(report->out, '\n');
	add_remark(report->out, result->skipped);
	add_remark(report->out, result->undone);
	if (report->verbose)
		add_remark(report->out, result->note);
	if (!passed)
		add_failed(report, result);
}

static void one(struct tl_simulate_report *report, const struct tl_case_result *result)
{
	bool skipped = result->skipped.len > 0, passed = result->failures.count == 0;

	if (!passed || report->verbose || result->undone.len > 0 || (skipped && !report->quiet))
		add_case(report, result);
	if (report->analysis && tl_case_was_run(result) && !(passed && report->quiet))
		tl_analysis_text(report->out, result);
}

static void add_others(struct tl_buf *out, uint64_t skipped, uint64_t undone)
{
	if (skipped > 0)
		tl_buf_printf(out, ", %llu skipped", (unsigned long long)skipped);
	if (undone > 0)
		tl_buf_printf(out, ", %llu undone", (unsigned long long)undone);
}

static void suite_end(struct tl_simulate_report *report)
{
	bool good = report->suite_failed == 0 && report->suite_undone == 0 && !report->broken;
	const char *bad = report->broken ? "BROKEN OFF" : report->suite_failed > 0 ? "FAILED" : "UNDONE";

	if (good && report->quiet)
		return;
	add_verdict(report, good, good ? "ok" : bad);
	tl_buf_char(report->out, ' ');
	tl_text_safe(report->out, report->suite->flow_id);
	tl_buf_printf(report->out, ": %llu %s, %llu failed", (unsigned long long)report->suite_cases,
	              report->suite_cases == 1 ? "case" : "cases", (unsigned long long)report->suite_failed);
	add_others(report->out, report->suite_skipped, report->suite_undone);
	tl_buf_text(report->out, " (");
	tl_text_safe(report->out, report->suite->path);
	tl_buf_text(report->out, ")\n");
}

/* ---- coverage */

static void add_missed_transitions(struct tl_buf *out, const struct tl_flow_coverage *entry, const struct tl_node *node)
{
	for (uint32_t j = node->first_outcome; j < node->first_outcome + node->n_outcomes; j++) {
		if (!entry->transitions[j] && !entry->flow->outcomes[j].disabled)
			tl_buf_printf(out, "    never taken: %.*s: %.*s\n", TL_FMT(node->name.text), TL_FMT(entry->flow->outcomes[j].name));
	}
}

static void add_missed(struct tl_buf *out, const struct tl_flow_coverage *entry)
{
	for (uint32_t i = 0; i < entry->flow->n_nodes; i++) {
		const struct tl_node *node = &entry->flow->nodes[i];

		if (entry->nodes[i])
			add_missed_transitions(out, entry, node);
		else
			tl_buf_printf(out, "    never visited: %.*s\n", TL_FMT(node->name.text));
	}
}

static void add_covered(struct tl_buf *out, const struct tl_coverage *coverage, const struct tl_flow_coverage *entry)
{
	for (enum tl_coverage_kind kind = 0; kind < TL_COVER_KINDS; kind++) {
		struct tl_covered covered = tl_coverage_count(coverage, entry, kind);

		tl_buf_printf(out, "%s %s %llu of %llu (%.1f %%)", kind > 0 ? "," : "", tl_coverage_name(kind),
		              (unsigned long long)covered.covered, (unsigned long long)covered.total, tl_covered_percent(covered));
	}
	tl_buf_char(out, '\n');
}

static void end(struct tl_simulate_report *report)
{
	const struct tl_coverage *coverage = report->coverage;

	for (size_t i = 0; coverage && i < coverage->count; i++) {
		tl_buf_printf(report->out, "coverage of %.*s:", TL_FMT(coverage->flows[i].flow->id.text));
		add_covered(report->out, coverage, &coverage->flows[i]);
		add_missed(report->out, &coverage->flows[i]);
	}
	if (coverage) {
		tl_buf_text(report->out, "coverage:");
		add_covered(report->out, coverage, NULL);
	}
	if (report->quiet)
		return;
	tl_buf_printf(report->out, "%llu %s, %llu passed, %llu failed", (unsigned long long)report->cases,
	              report->cases == 1 ? "case" : "cases", (unsigned long long)(report->cases - report->failed - report->skipped - report->undone),
	              (unsigned long long)report->failed);
	add_others(report->out, report->skipped, report->undone);
	tl_buf_char(report->out, '\n');
}

const struct tl_simulate_format tl_simulate_text = { "text", false, NULL, NULL, one, suite_end, end };
