/* cmd/flow-simulate/qa.h: --qa-export: each call to the webhook `qa` of the environment. */
#ifndef TL_FLOW_SIMULATE_QA_H
#define TL_FLOW_SIMULATE_QA_H

#include "common/command.h"
#include "project/access.h"
#include "report/qa.h"

struct qa {
	struct tl_command *command;    /* NULL: not asked for */
	struct tl_config *config;
	struct tl_access access;
	const struct tl_webhook *webhook;
	struct tl_arena arena;
	struct tl_str *bodies;         /* what is to be sent, in order */
	size_t count, capacity, sent;
	struct tl_str correlation;
};

/* After the command was opened: finds the webhook. -1 with the command's error, before anything was run. */
int qa_open(struct qa *qa, struct tl_command *command);
/* Keeps what a case came to, by the id that the flow has where it was run. One that was skipped is passed over. */
void qa_add(struct qa *qa, const struct tl_case_result *result, struct tl_str flow);
/* Sends everything; what is not taken now is tried again a few times. -1 with the command's error where something was not delivered. */
int qa_send(struct qa *qa);
void qa_close(struct qa *qa);

#endif
