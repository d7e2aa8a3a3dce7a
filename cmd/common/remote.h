/* cmd/common/remote.h: cases on the platform's simulator in place of the local engine, or on both. */
#ifndef TL_CMD_REMOTE_H
#define TL_CMD_REMOTE_H

#include <pthread.h>

#include "common/command.h"
#include "common/deployment.h"
#include "sim/suite.h"

struct tl_remote_suites {
	struct tl_command *command;
	struct tl_deployment *deployment; /* borrowed */
	bool conform;                    /* run here as well, and say where the two part */
	struct tl_remotes flows;         /* what the platform has, where it was listed */
	bool listed;
	struct tl_deployed_list deployed;
	struct tl_arena arena;
	struct tl_str id;                /* the platform's, of the suite's flow */
	int64_t version;                 /* of that flow there */
	uint32_t longest;                /* its tl_graph_longest(), where the simulator has a limit for it; else 0 */
	int64_t wait_ms;                 /* the caller's: how long a simulator's job may take; 0: the platform's own */
	bool unkept;                     /* it was said that the ledger does not keep jobs */
	pthread_mutex_t lock;
	struct tl_error err;             /* the first that a case met */
	bool forbidden;                  /* it was that this client may not simulate */
};

/* TL_UNSUPPORTED for a platform without a simulator. -1 with the command's error. */
int tl_remote_suites_open(struct tl_remote_suites *remote, struct tl_command *command, struct tl_deployment *deployment, bool conform);
void tl_remote_suites_close(struct tl_remote_suites *remote);
/* Sets run->runner for the suite's flow. TL_NOT_FOUND, in the command's error, where the platform does not have it. */
int tl_remote_suites_take(struct tl_remote_suites *remote, struct tl_suite_run *run);
/* What came of a case is safe: the job that answered need not be known any more. Nothing where `remote` was not opened. */
void tl_remote_suites_done(struct tl_remote_suites *remote, const struct tl_case_result *result);
/* Ends with the first error that a case met, in the command's. */
int tl_remote_suites_failed(struct tl_remote_suites *remote);

#endif
