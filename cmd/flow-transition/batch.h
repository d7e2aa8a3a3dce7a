/* cmd/flow-transition/batch.h: transitions as they come in, line by line, and their results as they go out, in the same order. */
#ifndef TL_FLOW_TRANSITION_BATCH_H
#define TL_FLOW_TRANSITION_BATCH_H

#include "common/command.h"
#include "report/transition.h"

/* Records that are under way at once: those of one interaction one after the other, the others side by side. */
#define BATCH_RECORDS 512
/* One line of a batch. */
#define BATCH_LINE ((size_t)1 << 20)

/* What a run came to so far. */
struct tally {
	pthread_mutex_t lock;          /* over the rest */
	struct tl_transition_figures figures; /* but for what others count: requests, the webhook */
	int worst;                     /* exit code */
};

struct batch {
	struct tl_command *command;
	struct tl_mover *mover;
	struct tl_transition defaults; /* what a record does not say itself */
	unsigned workers;
	bool json;
	struct tally tally;
};

/* Before any of the following, and after all. */
void batch_init(struct batch *batch);
void batch_clear(struct batch *batch);
/* One transition: the defaults. */
int batch_one(struct batch *batch);
/* All lines of a file, or of standard input for "-". -1 with the command's error where they could not be read or the results not written. */
int batch_run(struct batch *batch, const char *file);
/* The figures of the run up to now, its requests with them. Any thread. */
void batch_figures(struct tl_transition_figures *out, struct batch *batch);

#endif
