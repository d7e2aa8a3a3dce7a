/* cmd/flow-simulate/record.h: --record: what a run of suites came to, in the audit log of an environment. */
#ifndef TL_FLOW_SIMULATE_RECORD_H
#define TL_FLOW_SIMULATE_RECORD_H

#include "common/deployment.h"
#include "report/simulate.h"

struct record {
	struct tl_command *command;
	struct tl_deployment own;         /* where no other is open */
	struct tl_deployment *deployment;
	bool remote;
	struct tl_str correlation;        /* of what was told to others of the same run; or empty */
	uint64_t possibly_twice;          /* calls of the present suite that a platform may have run twice */
};

/* `deployment` is that of a remote run; NULL: the environment (`local` where none is named) is opened. -1 with the command's error. */
int record_open(struct record *record, struct tl_command *command, struct tl_deployment *deployment);
/* One record of the suite that has just ended. */
int record_suite(struct record *record, const struct tl_simulate_report *report);
void record_close(struct record *record);

#endif
