/* report/simulate.h: results of suites, case by case as they come. One row of a table a format. */
#ifndef TL_REPORT_SIMULATE_H
#define TL_REPORT_SIMULATE_H

#include "base/buf.h"
#include "doc/json.h"
#include "sim/analysis.h"
#include "sim/suite.h"

struct tl_simulate_report;

struct tl_simulate_format {
	const char *name;
	bool covers; /* it has a place for coverage whether it was asked for or not */
	void (*begin)(struct tl_simulate_report *report);
	void (*suite)(struct tl_simulate_report *report);
	void (*one)(struct tl_simulate_report *report, const struct tl_case_result *result);
	void (*suite_end)(struct tl_simulate_report *report);
	void (*end)(struct tl_simulate_report *report);
};

struct tl_simulate_report {
	const struct tl_simulate_format *format;
	struct tl_buf *out;
	bool color, verbose, quiet;         /* quiet: only what is wrong */
	bool broken;                        /* the present suite did not come to its end: what is not there was not run */
	bool analysis;                      /* tell of the way that each call took: sim/analysis.h */
	const struct tl_coverage *coverage; /* NULL: not asked for */
	const struct tl_suite *suite;       /* the present one */
	uint64_t cases, failed, skipped, undone; /* so far; skipped: not run, by a platform's simulator that could not; undone: not to its end there */
	uint64_t suite_cases, suite_failed, suite_skipped, suite_undone; /* of the present suite */
	struct tl_json json;                /* of the format */
};

/* The format of that name ("text", "json", "trace"), or NULL. Members of a format may be NULL. */
const struct tl_simulate_format *tl_simulate_format(struct tl_str name);
/* The names of all formats, "text, json", for messages. */
const char *tl_simulate_formats(void);
/* What is called in turn: begin, for each suite (suite, its cases, suite_end), end. */
void tl_simulate_begin(struct tl_simulate_report *report);
void tl_simulate_suite(struct tl_simulate_report *report, const struct tl_suite *suite);
void tl_simulate_case(struct tl_simulate_report *report, const struct tl_case_result *result);
void tl_simulate_suite_end(struct tl_simulate_report *report);
void tl_simulate_end(struct tl_simulate_report *report);

/* `run` as JSON (commands.md): the value of the member `run`. */
void tl_run_json(struct tl_json *json, const struct tl_run *run);

/* The analysis of a case that was run: the value of the member `analysis`, and for a person. */
void tl_analysis_json(struct tl_json *json, const struct tl_case_result *result);
void tl_analysis_text(struct tl_buf *out, const struct tl_case_result *result);

/* One expectation that was not met, as a line of text. */
void tl_simulate_failure_text(struct tl_simulate_report *report, const struct tl_failure *failure);

extern const struct tl_simulate_format tl_simulate_text, tl_simulate_json, tl_simulate_trace;

#endif
