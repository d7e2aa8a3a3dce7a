/* cmd/flow-simulate/record.h: --record: what a run of suites came to, in the audit log of an environment. */
#ifndef TL_FLOW_SIMULATE_RECORD_H
#define TL_FLOW_SIMULATE_RECORD_H

#include "common/deployment.h"
#include "common/remote.h"
#include "report/simulate.h"

struct record {
	struct tl_command *command;
	struct tl_deployment own;         /* where no other is open */
	struct tl_deployment *deployment;
	const struct tl_remote_suites *remote; /* or NULL */
	struct tl_str commit;             /* or empty */
	struct tl_str correlation;        /* of what was told to others of the same run, else the run's own */
	/* Of the present suite. */
	uint64_t possibly_twice;          /* calls that a platform may have run twice */
	int status;                       /* the highest of its answers */
	unsigned attempts;
	int64_t begun_ms;
	struct tl_buf failed;             /* the ids of cases that failed, as far as there is room */
};

/* `remote` is the remote run; NULL: the environment (`local` where none is named) is opened. -1 with the command's error. */
int record_open(struct record *record, struct tl_command *command, const struct tl_remote_suites *remote);
/* Notes a case of the present suite; nothing where `record` was not opened. */
void record_case(struct record *record, const struct tl_case_result *result);
/* One record of the suite that has just ended, or was broken off by the command's error, which stays. */
int record_suite(struct record *record, const struct tl_simulate_report *report, const struct tl_flow *flow);
void record_close(struct record *record);

#endif
