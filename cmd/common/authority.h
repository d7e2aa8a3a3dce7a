/* cmd/common/authority.h: how commands get at what gives authority, and keep what is secret to themselves. */
#ifndef TL_CMD_AUTHORITY_H
#define TL_CMD_AUTHORITY_H

#include "common/command.h"
#include "project/access.h"

/* Reads the protected configuration for an open command, whose project it knows by its identity. *out is freed with tl_config_free(), before the command
 * ends. -1 with command->err. */
int tl_command_config(struct tl_config **out, struct tl_command *command);
/* From here on no other process of the user can read this one's memory, and none of it is left behind in a core file: before a secret is read. */
void tl_command_keep_secrets(void);

/* Where an environment's ledger lies, in the command's arena: what its access says; for the platform `local` .trunkline/ledger.db below `root`; else a file
 * of its own below the user's state folder, whose folder is made, closed to others. -1 with command->err. */
int tl_command_ledger(struct tl_str *out, struct tl_command *command, struct tl_str root, const struct tl_environment *environment,
                      const struct tl_access *access, const struct tl_config *config);

#endif
