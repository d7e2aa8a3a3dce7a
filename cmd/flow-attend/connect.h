/* cmd/flow-attend/connect.h: the other way in: the vendor's Audio Connector connects to us for each call, and we play the sound ourselves. */
#ifndef TL_FLOW_ATTEND_CONNECT_H
#define TL_FLOW_ATTEND_CONNECT_H

#include "flow-attend/service.h"
#include "live/connector.h"

struct lookup;

struct connect {
	struct service *service;
	/* what was asked for */
	const char *address;
	bool expose;
	int64_t piece_ms;
	/* while it runs */
	const struct tl_edition *present; /* that new calls get */
	struct tl_str refused;            /* the digest of a version whose sounds could not be had: it is said once; owned */
	uint64_t stamp;                   /* of the files that were read for the present sounds */
	struct tl_connector *connector;
	struct tl_helpers *helpers;       /* lookups; NULL where there is nobody to ask */
	struct lookup *lookups;           /* under way */
	uint64_t found, missing, unanswered; /* profiles */
};

/* Serves with the first version, which is taken over. Returns the exit code; -1 with the command's error. */
int connect_run(struct connect *connect, struct tl_edition *edition);
void connect_close(struct connect *connect);

#endif
