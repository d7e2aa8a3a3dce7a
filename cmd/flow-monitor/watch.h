/* cmd/flow-monitor/watch.h: watching an environment for drift: look, say what changed, wait; a page, metrics and webhooks beside it. */
#ifndef TL_FLOW_MONITOR_WATCH_H
#define TL_FLOW_MONITOR_WATCH_H

#include "common/command.h"
#include "common/deployment.h"
#include "common/listen.h"
#include "flow-monitor/hook.h"
#include "monitor/monitor.h"
#include "report/drift.h"

/* What was asked for. */
struct watch_options {
	bool json;
	bool foreign;
	bool once;            /* one look */
	int64_t interval_ms;  /* between two looks; longer after failed ones */
	int64_t timeout_ms;
	const char *const *flows; /* only these, by id; all where n_flows is 0 */
	size_t n_flows;
	const char *listen;   /* address of the page, or NULL */
};

struct watch {
	struct tl_command *command;
	struct tl_deployment *deployment;
	struct watch_options options;
	struct tl_shown shown;  /* what the last look left for those who ask */
	struct tl_buf spare[TL_SHOWN_TEXTS]; /* the next ones are made in it */
	struct hook hook;
	struct tl_drift_memory memory;
	struct tl_arena arenas[2]; /* of this look and the one before, by turns */
	unsigned turn;
	struct tl_drifts last;
	struct tl_drift_report report;
	struct tl_map wanted;      /* flow -> struct tl_drift_wanted * */
	struct tl_arena wanted_arena;
	char head[TL_OID_SIZE];    /* the commit that `wanted` is of */
	bool asked_git;
};

/* Watches until the time is over or a signal; returns the exit code: 1 where drift stands at the end. */
int watch_run(struct watch *watch);
void watch_clear(struct watch *watch);

/* wanted.c: what git wants, read again where HEAD moved. Where that cannot be had git is not asked, which is said once with -v. */
void watch_read_wanted(struct watch *watch);

#endif
