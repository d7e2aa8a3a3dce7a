/* cmd/flow-publish/suites.h: the suites of flows that are written, each ready to run, and what is wrong with those that are not. */
#ifndef TL_CMD_PUBLISH_SUITES_H
#define TL_CMD_PUBLISH_SUITES_H

#include "flow-publish/publish.h"
#include "sim/library.h"
#include "sim/suite.h"

/* Gets each suite that can be used, in the order of the workset. -1 ends the walk. */
typedef int publish_suite_taker(void *data, struct tl_suite_run *run);

struct publish_suites {
	struct publish *publish;
	struct tl_map flows;            /* ids of those that are written; filled by the caller */
	publish_suite_taker *take;      /* or NULL */
	void *data;
	struct tl_lower lower;
	struct tl_library *library;
	struct tl_findings reading;     /* about flows: the checks have said it already */
	struct tl_findings problems;    /* why suites cannot be used */
	size_t bad;                     /* how many of them cannot */
};

/* Walks over the suites of `flows`; one of a file that does not say whose it is counts as theirs. -1 where a file could not be had, or the taker ended it. */
int publish_suites_walk(struct publish_suites *suites);
/* Says on standard error what makes suites unusable, at `level`. */
void publish_suites_say(struct publish_suites *suites, enum tl_level level);
/* Frees, but for `publish`; zero is fine. */
void publish_suites_clear(struct publish_suites *suites);

#endif
