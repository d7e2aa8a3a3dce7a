/* cmd/flow-publish/publish.h: what the subcommands share. Each is one file with a function that runs it. */
#ifndef TL_CMD_PUBLISH_H
#define TL_CMD_PUBLISH_H

#include "common/command.h"
#include "common/deployment.h"
#include "deploy/deploy.h"
#include "report/deploy.h"

/* The subcommands: argv[0] is the subcommand's own name. They return the exit code. */
int publish_init(int argc, char **argv);
int publish_import(int argc, char **argv);
int publish_plan(int argc, char **argv);
int publish_apply(int argc, char **argv);
int publish_rollback(int argc, char **argv);
int publish_release(int argc, char **argv);
int publish_status(int argc, char **argv);
int publish_trust(int argc, char **argv);

/* What a subcommand works with; zero before publish_open, publish_close in any case. */
struct publish {
	struct tl_command command;
	struct tl_option_list operands;
	const struct tl_deploy_format *format;
	struct tl_deployment deployment;
	struct tl_workset workset;
	struct tl_findings findings;
	struct tl_deploy deploy;
};

/* Opens repository, project, environment (`local` where none is named) and what is deployed there. -1 with command.err. */
int publish_open(struct publish *publish);
/* The flows as well: those of `paths` (all of the project where there are none). */
int publish_open_flows(struct publish *publish, const struct tl_option_list *paths);
/* Frees, writes the result; returns the exit code. */
int publish_close(struct publish *publish, int code);

/* The operand that a subcommand takes exactly one of; else TL_USAGE, with `what` it is. */
int publish_operand(const char **out, struct publish *publish, const char *what);
/* --expires: a duration of at least a second; 24 hours where it was not given. */
int publish_lifetime(int64_t *ms, struct publish *publish, const char *text);
/* Writes a plan into a file. */
int publish_write_plan(struct publish *publish, const struct tl_plan *plan, const char *file);
/* Applies a plan and reports what became of it. Returns the exit code. */
int publish_run_apply(struct publish *publish, const struct tl_plan *plan);
/* The findings that keep flows from being published, on standard error. */
void publish_say_findings(struct publish *publish);

#endif
