/* cmd/common/deployment.h: how commands get at what is deployed: the environment's platform and its ledger. */
#ifndef TL_CMD_DEPLOYMENT_H
#define TL_CMD_DEPLOYMENT_H

#include "common/actor.h"
#include "common/command.h"
#include "ledger/ledger.h"
#include "platform/platform.h"
#include "project/access.h"

/* An environment, open. */
struct tl_deployment {
	struct tl_str root;          /* the project's folder, absolute: .trunkline/ lies in it */
	struct tl_config *config;    /* the protected configuration */
	struct tl_access access;     /* of this environment */
	struct tl_str ledger_address; /* what the ledger was opened by; may hold a password */
	struct tl_platform *platform; /* NULL where only the ledger was opened */
	struct tl_ledger *ledger;
	struct tl_acting acting;     /* after tl_deployment_act */
};

/* Opens an environment of the command's project, with the authority that it has; nothing is made or written but the folder for a ledger that is the user's.
 * The command must stay open as long. -1 with command->err. Where there is
 * no project file, the command's base becomes the repository's root. */
int tl_deployment_open(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment);
/* Opens the command, then its environment: the one that is named, or `local`, as if it had been named. */
int tl_deployment_open_command(struct tl_deployment *deployment, struct tl_command *command);
/* The same without the platform: for what was done there, not for what is there. */
int tl_deployment_open_ledger(struct tl_deployment *deployment, struct tl_command *command);
/* The ledger alone of an environment of an open command. */
int tl_deployment_open_other(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment);
/* From here on what the ledger is told is on record as this user's, under --ticket, signed where an audit key is configured. -1 with command->err. */
int tl_deployment_act(struct tl_deployment *deployment, struct tl_command *command);
void tl_deployment_close(struct tl_deployment *deployment);

#endif
