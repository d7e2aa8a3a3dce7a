/* report/simulate.c: the table of formats, and counting. */
#include "report/simulate.h"

static const struct tl_simulate_format *const format_table[] = { &tl_simulate_text, &tl_simulate_json, &tl_simulate_trace };

const struct tl_simulate_format *tl_simulate_format(struct tl_str name)
{
	for (size_t i = 0; i < TL_COUNT(format_table); i++) {
		if (tl_str_is(name, format_table[i]->name))
			return format_table[i];
	}
	return NULL;
}

const char *tl_simulate_formats(void)
{
	return "text, json";
}

void tl_simulate_begin(struct tl_simulate_report *report)
{
	if (report->format->begin)
		report->format->begin(report);
}

void tl_simulate_suite(struct tl_simulate_report *report, const struct tl_suite *suite)
{
	report->suite = suite;
	report->suite_cases = 0;
	report->suite_failed = report->suite_skipped = report->suite_undone = 0;
	if (report->format->suite)
		report->format->suite(report);
}

void tl_simulate_case(struct tl_simulate_report *report, const struct tl_case_result *result)
{
	bool failed = result->failures.count > 0;

	report->cases++;
	report->suite_cases++;
	report->failed += failed;
	report->suite_failed += failed;
	report->skipped += result->skipped.len > 0;
	report->suite_skipped += result->skipped.len > 0;
	report->undone += result->undone.len > 0;
	report->suite_undone += result->undone.len > 0;
	report->format->one(report, result);
}

void tl_simulate_suite_end(struct tl_simulate_report *report)
{
	if (report->format->suite_end)
		report->format->suite_end(report);
}

void tl_simulate_end(struct tl_simulate_report *report)
{
	if (report->format->end)
		report->format->end(report);
}
