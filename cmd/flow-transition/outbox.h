/* cmd/flow-transition/outbox.h: what the webhook was not told yet: shown, delivered, replayed, dropped. */
#ifndef TL_FLOW_TRANSITION_OUTBOX_H
#define TL_FLOW_TRANSITION_OUTBOX_H

#include "common/courier.h"

struct outbox {
	struct tl_command *command;
	struct tl_deployment *deployment; /* borrowed */
	const char *webhook;              /* by its name in the configuration */
	struct tl_courier courier;
	bool json;
};

/* Whether the environment has a webhook that hears of transitions. */
bool outbox_is_wanted(const struct tl_deployment *deployment);
/* Opens the courier. outbox_close in any case. -1 with the command's error. */
int outbox_open(struct outbox *outbox);
void outbox_close(struct outbox *outbox);
/* --deliver: all that can be within `ms`; returns the exit code, or -1 with the command's error. */
int outbox_deliver(struct outbox *outbox, int64_t ms);
/* After transitions: the same, without a word where nothing is left. -1 with the command's error. */
int outbox_end(struct outbox *outbox, int64_t ms);
/* These need no courier. -1 with the command's error. */
int outbox_list(struct outbox *outbox);
int outbox_replay(struct outbox *outbox, const char *id);
int outbox_drop(struct outbox *outbox, const char *id, const char *reason);

#endif
