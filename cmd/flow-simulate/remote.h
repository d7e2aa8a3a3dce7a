/* cmd/flow-simulate/remote.h: cases on the platform's simulator in place of the local engine, or on both. */
#ifndef TL_FLOW_SIMULATE_REMOTE_H
#define TL_FLOW_SIMULATE_REMOTE_H

#include <pthread.h>

#include "common/command.h"
#include "common/deployment.h"
#include "sim/suite.h"

struct remote {
	struct tl_command *command;
	struct tl_deployment deployment;
	bool conform;                    /* run here as well, and say where the two part */
	struct tl_remotes flows;         /* what the platform has */
	struct tl_deployed_list deployed;
	struct tl_arena arena;
	struct tl_str id;                /* the platform's, of the suite's flow */
	pthread_mutex_t lock;
	struct tl_error err;             /* the first that a case met */
};

/* Opens the environment of the command, which must be open. -1 with the command's error. */
int remote_open(struct remote *remote, struct tl_command *command, bool conform);
void remote_close(struct remote *remote);
/* Sets run->runner for the suite's flow. TL_NOT_FOUND, in the command's error, where the platform does not have it. */
int remote_take(struct remote *remote, struct tl_suite_run *run);
/* Ends with the first error that a case met, in the command's. */
int remote_failed(struct remote *remote);

#endif
