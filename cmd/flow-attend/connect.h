/* cmd/flow-attend/connect.h: the other way in: the vendor's Audio Connector connects to us for each call, and we play the sound ourselves. */
#ifndef TL_FLOW_ATTEND_CONNECT_H
#define TL_FLOW_ATTEND_CONNECT_H

#include "common/listen.h"
#include "flow-attend/flows.h"
#include "flow-attend/result.h"
#include "live/connector.h"

struct lookup;

struct connect {
	struct tl_command *command;
	struct tl_deployment *deployment;
	/* what was asked for */
	const char *address, *listen;
	bool expose, json;
	size_t max_calls;
	int64_t drain_ms, reload_ms, piece_ms;
	/* while it runs */
	struct flows flows;
	const struct tl_edition *present; /* that new calls get */
	struct tl_str refused;            /* the digest of a version whose sounds could not be had: it is said once; owned */
	uint64_t stamp;                   /* of the files that were read for the present sounds */
	struct tl_loop *loop;
	struct tl_connector *connector;
	struct tl_helpers *helpers;       /* lookups; NULL where there is nobody to ask */
	struct lookup *lookups;           /* under way */
	struct scribe scribe;
	struct tl_listen *listener;
	struct tl_shown shown;
	struct tl_timer *reload_timer, *show_timer;
	struct tl_buf line;
	uint64_t found, missing, unanswered; /* profiles */
	uint64_t ends[TL_ENDS];
	int64_t since_ms;
	int worst;                        /* exit code of the calls so far */
	bool failed, draining;
};

/* Serves with the first version, which is taken over. Returns the exit code; -1 with the command's error. */
int connect_run(struct connect *connect, struct tl_edition *edition);
void connect_close(struct connect *connect);

#endif
