/* cmd/common/subcommand.h: a command that is made of commands, such as flow-publish. */
#ifndef TL_CMD_SUBCOMMAND_H
#define TL_CMD_SUBCOMMAND_H

#include "common/command.h"

struct tl_subcommand {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
};

/* What the command itself takes: `options` of its tl_usage. */
extern const struct tl_option tl_subcommand_options[2];

/* Runs what argv[1] names; where it names none, `usage` answers --help and --version, and what else there is, is wrong: said with the near name, or all. At most
 * TL_SUBCOMMANDS rows. Returns the exit code. */
#define TL_SUBCOMMANDS 16
int tl_subcommand_main(const struct tl_subcommand *table, size_t count, const struct tl_usage *usage, int argc, char **argv);

#endif
