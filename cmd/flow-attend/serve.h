/* cmd/flow-attend/serve.h: the loop: offers in, calls, results out, until the offers or a signal end it. */
#ifndef TL_FLOW_ATTEND_SERVE_H
#define TL_FLOW_ATTEND_SERVE_H

#include "flow-attend/service.h"
#include "net/intake.h"

struct serve {
	struct service *service;
	/* what was asked for */
	const char *calls, *record;
	bool record_sensitive;
	int64_t patience_ms;
	/* while it runs */
	struct tl_attend *attend;
	struct tl_intake *intake;
	struct tl_arena arena;           /* of the line's addresses */
	char *trouble;                   /* of the queue; or NULL */
	bool ended;                      /* no more offers will come */
};

/* Serves with the first version, which is taken over. Returns the exit code; -1 with the command's error. */
int serve_run(struct serve *serve, struct tl_edition *edition);
void serve_close(struct serve *serve);
/* As gives_up of struct tl_command: while calls run a signal only drains, and what they ask of the platform goes on. */
int serve_gives_up(void);

#endif
