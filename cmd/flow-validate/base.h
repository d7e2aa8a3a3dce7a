/* cmd/flow-validate/base.h: the project file of the revision that a change is proposed to. */
#ifndef TL_CMD_VALIDATE_BASE_H
#define TL_CMD_VALIDATE_BASE_H

#include "common/command.h"

/* Reads it from `rev` and lets it hold beside the command's own: of each limit the lower one, the flows of both. Its levels are for tl_check_options.base.
 * *out is the caller's. -1 with command->err. */
int flow_validate_base(struct tl_project **out, struct tl_command *command, const char *rev);

#endif
