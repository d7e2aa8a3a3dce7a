/* cmd/flow-attend/flows.h: which flow calls get: what is deployed, or one of a file; and its next version. */
#ifndef TL_FLOW_ATTEND_FLOWS_H
#define TL_FLOW_ATTEND_FLOWS_H

#include "common/deployment.h"
#include "live/editions.h"
#include "live/helpers.h"

struct flows {
	struct tl_command *command;
	const char *name;                 /* --flow */
	bool of_file;
	bool played_here;                 /* sounds are: the platform is asked for none */
	struct tl_edition_origin origin;
	struct tl_lower lower;            /* of deployed ones */
	const struct tl_edition *present; /* borrowed from whoever serves it */
	struct tl_str said;               /* why the last version was not taken, so that it is said once; owned */
	/* reloading */
	struct tl_helpers *helpers;
	struct tl_help help;
	struct tl_edition *next;
	struct tl_error err;
	int status;
	bool looking;
	void (*changed)(void *data, struct tl_edition *edition);
	void *data;
};

/* What is wrong with a flow, on standard error; sorts it. */
void flows_say(const struct tl_command *command, struct tl_findings *problems);
/* Whether FLOW names a file. */
bool flows_is_file(const char *name);
/* Gets the first version and checks it; what is wrong with it is said on standard error. 0; 1 where the flow cannot serve; -1 with the command's error. The command must be
 * open, and for a deployed flow the deployment. */
int flows_open(struct tl_edition **out, struct flows *flows, struct tl_command *command, const struct tl_deployment *deployment, const char *name, int64_t max_time_ms);
/* Looks for a new version, deployed ones by a thread: `changed` gets one that is good; one that is not is said once, and what there is stays. */
int flows_watch(struct flows *flows, struct tl_loop *loop, void (*changed)(void *data, struct tl_edition *edition), void *data);
void flows_look(struct flows *flows);
/* Waits for a look that is under way. */
void flows_close(struct flows *flows);

#endif
