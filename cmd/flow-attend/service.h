/* cmd/flow-attend/service.h: what both ways in share, offered calls and the Audio Connector's: a loop, the flow that calls get and its next versions, the lines of results, what
 * is shown, and how it ends. */
#ifndef TL_FLOW_ATTEND_SERVICE_H
#define TL_FLOW_ATTEND_SERVICE_H

#include "common/listen.h"
#include "flow-attend/flows.h"
#include "flow-attend/result.h"
#include "report/attend.h"

/* What differs. All are called by the loop's thread. */
struct service_way {
	/* A new version that is good, taken over. */
	void (*changed)(void *data, struct tl_edition *edition);
	/* At each look for a new version: whatever else may have changed. Or NULL. */
	void (*look)(void *data);
	/* Results were written; or, once `failed` is set, nobody can read them any more. */
	void (*relieved)(void *data);
	/* Fills what is shown now: `report` has what both have, with its figures empty; text lives in `arena`. */
	void (*report)(void *data, struct tl_attend_report *report, struct tl_attend_figures *figures, struct tl_arena *arena);
	/* Adds metrics of its own. Or NULL. */
	void (*metrics)(void *data, struct tl_buf *out);
};

struct service {
	struct tl_command *command;
	struct tl_deployment *deployment;
	/* what was asked for */
	const char *listen;
	bool json;
	size_t max_calls;
	int64_t drain_ms, reload_ms;
	/* while it runs */
	const struct service_way *way;
	void *data;
	struct flows flows;
	struct tl_loop *loop;
	struct scribe scribe;
	struct tl_listen *listener;
	struct tl_shown shown;
	struct tl_timer *reload_timer, *show_timer;
	struct tl_buf line;              /* one result */
	uint64_t ends[TL_ENDS];
	int64_t since_ms;
	int worst;                       /* exit code of the calls so far */
	bool begun;                      /* calls may come */
	bool draining;
	bool failed;                     /* results cannot be written, and the command's error says why */
};

/* The loop and what writes results; nothing is looked for yet. -1 with the command's error. */
int service_open(struct service *service, const struct service_way *way, void *data);
/* Calls may come: shows itself where asked, and looks for new versions. -1 with the command's error. */
int service_begin(struct service *service);
/* A call ended: counts it and writes its line. `least` is the exit code that it comes to at least. */
void service_result(struct service *service, const struct tl_attend_result *result, int least);
/* What a person would want to know, unless --quiet. */
void service_say(const struct service *service, const char *text);
/* No new calls from now on: says so, and how many go on. */
void service_drain(struct service *service, size_t calls);
/* Before what it serves is closed: no timers, no page, no look for a version any more. */
void service_stop(struct service *service);
/* Then: what is left of the results is written, and all calls are counted to the person. One that was never opened is fine. */
void service_close(struct service *service);

#endif
