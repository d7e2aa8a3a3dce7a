/* cmd/flow-attend/serve.h: the loop: offers in, calls, results out, until the offers or a signal end it. */
#ifndef TL_FLOW_ATTEND_SERVE_H
#define TL_FLOW_ATTEND_SERVE_H

#include "common/listen.h"
#include "flow-attend/flows.h"
#include "flow-attend/result.h"
#include "live/attend.h"
#include "net/intake.h"

struct serve {
	struct tl_command *command;
	struct tl_deployment *deployment;
	/* what was asked for */
	const char *calls, *listen, *record;
	bool record_sensitive, json;
	size_t max_calls;
	int64_t drain_ms, reload_ms, patience_ms;
	/* while it runs */
	struct flows flows;
	struct tl_loop *loop;
	struct tl_attend *attend;
	struct tl_intake *intake;
	struct scribe scribe;
	struct tl_listen *listener;
	struct tl_shown shown;
	struct tl_timer *reload_timer, *show_timer;
	struct tl_arena arena;           /* of the line's addresses */
	struct tl_buf line;              /* one result */
	char *trouble;                   /* of the queue; or NULL */
	int64_t since_ms;
	int worst;                       /* exit code of the calls so far */
	bool begun;                      /* calls may come */
	bool ended;                      /* no more offers will come */
	bool failed;                     /* and the command's error says why it goes no further */
	bool draining;
	uint64_t ends[TL_ENDS];
};

/* Serves with the first version, which is taken over. Returns the exit code; -1 with the command's error. */
int serve_run(struct serve *serve, struct tl_edition *edition);
void serve_close(struct serve *serve);
/* As gives_up of struct tl_command: while calls run a signal only drains, and what they ask of the platform goes on. */
int serve_gives_up(void);

#endif
