/* sim/suite.h: a suite file, and running its cases on all processors with results in the order of the file. */
#ifndef TL_SIM_SUITE_H
#define TL_SIM_SUITE_H

#include "schema/schema.h"
#include "sim/case.h"
#include "sim/coverage.h"
#include "sim/expect.h"
#include "sim/trace.h"

struct tl_suite {
	struct tl_doc *doc;
	struct tl_str path;
	struct tl_str flow_id;           /* `suite:` */
	struct tl_span flow_span;
	const struct tl_item *defaults;  /* or NULL */
	const struct tl_item *cases;     /* list */
	struct tl_item *made;            /* the list of a file that holds a single case, owned by doc */
};

/* Reads a suite. What makes it unusable (syntax, schema, limits, ids that repeat) is a finding of level error, and the answer is -1. */
int tl_suite_read(struct tl_suite **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas,
                  const struct tl_limits *limits, struct tl_findings *findings);
/* Reads a file of cases without a suite's head: one case, a list of cases, or {defaults, cases}. As above. */
int tl_suite_read_cases(struct tl_suite **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas,
                        const struct tl_limits *limits, struct tl_findings *findings);
void tl_suite_free(struct tl_suite *suite);
/* The id of the flow that a file says it is a suite of, whatever else is wrong with it; empty where it does not say. In the arena. */
struct tl_str tl_suite_names(struct tl_arena *arena, struct tl_str path, struct tl_str bytes, const struct tl_limits *limits);

struct tl_case_result {
	struct tl_arena arena;
	struct tl_case given;
	struct tl_run run;
	struct tl_failures failures; /* none: passed */
	struct tl_str skipped;       /* why it could not be put to a platform's simulator, or empty */
	struct tl_str undone;        /* why it was put to the simulator, but did not come to an end there; or empty */
	struct tl_str note;          /* what else there is to say of it, or empty */
	int remote_status;           /* HTTP, of a platform's answer; 0: none */
	unsigned remote_attempts;    /* requests that it took */
	struct tl_str simulation_id; /* the platform's, or empty */
	struct tl_str job;           /* by what whoever keeps jobs knows the one that answered; or empty */
	bool possibly_twice;         /* the platform may have run it twice: an answer was lost */
	const struct tl_trace *trace; /* as the platform told it, in the arena; NULL: it was run here */
};

/* Whether there is a run to look at: neither skipped nor undone. */
bool tl_case_was_run(const struct tl_case_result *result);

struct tl_suite_run;
/* Runs a case in another place: fills result->run (and skipped, undone, note, trace). -1 ends the suite; whoever gave it knows why. Called by several threads at once. */
typedef int tl_case_runner(void *data, struct tl_case_result *result, const struct tl_suite_run *run);

struct tl_suite_run {
	struct tl_suite *suite;
	const struct tl_program *program;
	const struct tl_project *project;
	const struct tl_map *values;      /* the environment's, or NULL */
	const struct tl_limits *limits;
	unsigned jobs;
	/* Called for each case in the order of the file, on the caller's thread. Non-zero ends the run early. */
	int (*done)(void *data, const struct tl_case_result *result);
	void *data;
	tl_case_runner *runner;           /* NULL: cases run here */
	void *runner_data;
};

/* Whether all cases can be run: findings of level error say why not (an unknown variable, a bad instant, a limit). */
bool tl_suite_check(const struct tl_suite_run *run, struct tl_findings *findings);
/* Runs the cases. Returns what `done` returned, 0 after the last; -1 where the runner ended it. */
int tl_suite_run(const struct tl_suite_run *run);

#endif
