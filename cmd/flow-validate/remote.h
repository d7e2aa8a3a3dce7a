/* cmd/flow-validate/remote.h: what the platform itself says of flows. */
#ifndef TL_FLOW_VALIDATE_REMOTE_H
#define TL_FLOW_VALIDATE_REMOTE_H

#include "common/command.h"

/* Adds what the platform of the command's environment says of the chosen flows. -1 with command->err. */
int flow_validate_remote(struct tl_findings *findings, struct tl_workset *workset, struct tl_command *command);

#endif
