/* cmd/flow-audit/audit.h: what the subcommands share. */
#ifndef TL_CMD_AUDIT_H
#define TL_CMD_AUDIT_H

#include "common/deployment.h"
#include "ledger/audit.h"

/* The subcommands: argv[0] is the subcommand's own name. They return the exit code. */
int audit_log(int argc, char **argv);
int audit_query(int argc, char **argv);
int audit_export(int argc, char **argv);
int audit_verify(int argc, char **argv);
int audit_checkpoint(int argc, char **argv);
int audit_purge(int argc, char **argv);
int audit_rotate(int argc, char **argv);

/* What a subcommand works with; zero before audit_open, audit_close in any case. */
struct audit {
	struct tl_command command;
	struct tl_option_list operands;
	struct tl_deployment deployment;
};

/* Opens the ledger of the environment; none of them takes operands. -1 with command.err. */
int audit_open(struct audit *audit);
/* Frees, writes the result; returns the exit code. */
int audit_close(struct audit *audit, int code);
/* A moment as people write it: RFC 3339, or a day, which begins at midnight UTC. TL_USAGE names the option. */
int audit_moment(int64_t *ms, struct audit *audit, const char *option, const char *text);

#endif
