/* cmd/flow-monitor/hook.h: news for the webhook `monitor` of the environment: one event a flow, in order; what could not be delivered is tried again. */
#ifndef TL_FLOW_MONITOR_HOOK_H
#define TL_FLOW_MONITOR_HOOK_H

#include "common/command.h"
#include "common/deployment.h"
#include "monitor/drift.h"
#include "net/http.h"

/* Events that wait at most; past it the oldest are dropped, which is said. */
#define HOOK_WAITING 1000

struct hook_event {
	char *body, *key;
};

struct hook {
	struct tl_command *command;
	const struct tl_webhook *webhook; /* NULL: none is configured */
	const struct tl_surroundings *surroundings;
	struct tl_http *http;
	struct hook_event waiting[HOOK_WAITING];
	size_t count;
	int64_t not_before_ms;            /* of the monotonic clock: Retry-After */
	bool in_trouble;                  /* which was said */
};

/* Finds the webhook. -1 with the command's error. */
int hook_open(struct hook *hook, struct tl_command *command, const struct tl_deployment *deployment);
void hook_close(struct hook *hook);
/* Queues one event a flow. */
void hook_tell(struct hook *hook, const struct tl_drift *drifts, size_t count, int64_t at_ms);
/* Sends what waits, until one is not taken. */
void hook_deliver(struct hook *hook);

#endif
