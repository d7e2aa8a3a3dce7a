/* tests/unit/check_yard.h: flows from text, checked as flow-validate does, without files. */
#ifndef TL_CHECK_YARD_H
#define TL_CHECK_YARD_H

#include "unit.h"

#include "check/check.h"

#define CHECK_YARD_FILES 16

struct check_yard {
	struct tl_arena arena;
	struct tl_schemas schemas;
	struct tl_flow_file files[CHECK_YARD_FILES];
	struct tl_str bytes[CHECK_YARD_FILES];
	struct tl_str others[CHECK_YARD_FILES]; /* paths of files that are no flows */
	size_t n_files, n_others;
	const char *environment; /* --env, or NULL */
	unsigned workers;
	struct tl_project *project;
	struct tl_check_result result;
};

int check_yard_make(void **state);
int check_yard_remove(void **state);
/* Checks the files of `text`: one flow (line.flow.yaml), or several after lines "# file: NAME"; trunkline.yaml is the project file. All flows are chosen. */
void check_yard_run(struct check_yard *yard, const char *text);
/* The findings of the last run, one a line: "FILE:LINE:COLUMN-END_COLUMN LEVEL RULE MESSAGE". In the yard's arena. */
struct tl_str check_yard_print(struct check_yard *yard);
/* How many findings of that rule there were. */
size_t check_yard_count(const struct check_yard *yard, const char *rule);

#endif
