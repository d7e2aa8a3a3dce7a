/* cmd/flow-simulate/qa.h: --qa-export: each call to the webhook `qa` of the environment, by the ledger's outbox: it stands there as soon as the call was made, and is told once at
 * least, if not by this run then by a later one. */
#ifndef TL_FLOW_SIMULATE_QA_H
#define TL_FLOW_SIMULATE_QA_H

#include "common/courier.h"
#include "ledger/outbox.h"
#include "report/qa.h"

struct qa {
	struct tl_command *command;    /* NULL: not asked for */
	struct tl_deployment own;      /* where no other is open */
	struct tl_deployment *deployment;
	bool at_once;                  /* each call is dear: it is kept before the next one is looked at */
	bool failed;                   /* something could not be kept */
	struct tl_str correlation;
	struct tl_courier courier;
	struct tl_arena arena;         /* of the rows */
	struct tl_outbox_row *rows;    /* that are not in the ledger yet */
	size_t n_rows, row_capacity;
	int64_t *ids;                  /* of those that are, by this run */
	size_t n_ids, id_capacity;
};

/* A new one. In `arena`. */
struct tl_str qa_correlation(struct tl_arena *arena);
/* After the command was opened: finds webhook and ledger. `deployment` is one of the environment that is open already, or NULL; `at_once` is the
 * member. -1 with the command's error, before anything was run. */
int qa_open(struct qa *qa, struct tl_command *command, struct tl_deployment *deployment, bool at_once);
/* Keeps what a case came to, by the id that the flow has where it was run. One that was not run is passed over. -1 with the command's error. */
int qa_add(struct qa *qa, const struct tl_case_result *result, struct tl_str flow);
/* Everything that was added stands in the ledger then. -1 with the command's error. */
int qa_keep(struct qa *qa);
/* Tells the webhook what it was not told yet, for a while. -1 with the command's error where something of this run was not delivered: it stays for a later one. */
int qa_send(struct qa *qa);
void qa_close(struct qa *qa);

#endif
