/* cmd/flow-publish/publish.h: what the subcommands share. Each is one file with a function that runs it. */
#ifndef TL_CMD_PUBLISH_H
#define TL_CMD_PUBLISH_H

#include <stdio.h>

#include "common/command.h"
#include "common/deployment.h"
#include "deploy/deploy.h"
#include "report/deploy.h"
#include "report/told.h"

/* The subcommands: argv[0] is the subcommand's own name. They return the exit code. */
int publish_init(int argc, char **argv);
int publish_import(int argc, char **argv);
int publish_plan(int argc, char **argv);
int publish_apply(int argc, char **argv);
int publish_resume(int argc, char **argv);
int publish_rollback(int argc, char **argv);
int publish_release(int argc, char **argv);
int publish_status(int argc, char **argv);
int publish_trust(int argc, char **argv);

/* The options of those that write; a subcommand's own struct has one. */
struct publish_work {
	uint64_t concurrency;
	const char *timeout, *wait, *steal, *events;
	bool atomic; /* its own row: not everywhere */
};
/* NOLINTBEGIN(bugprone-macro-parentheses): a member's name takes none */
#define PUBLISH_CONCURRENCY_OPTION(type, member) \
	{ "concurrency", 0, TL_OPTION_COUNT, offsetof(type, member), "N", "requests under way at once (default: 32)", NULL }
#define PUBLISH_WORK_OPTIONS(type, field) \
	PUBLISH_CONCURRENCY_OPTION(type, field.concurrency), \
	{ "timeout", 0, TL_OPTION_TEXT, offsetof(type, field.timeout), "DURATION", "how long a deployment may take (default: 10m)", NULL }, \
	{ "wait", 0, TL_OPTION_TEXT, offsetof(type, field.wait), "DURATION", "how long somebody else who publishes is waited for (default: 60s)", NULL }, \
	{ "steal-lease", 0, TL_OPTION_TEXT, offsetof(type, field.steal), "REASON", "take over from somebody else; the reason is on record", NULL }, \
	{ "events", 0, TL_OPTION_TEXT, offsetof(type, field.events), "FILE", "write what happens into FILE, a line of JSON each; - is standard output", NULL }
/* NOLINTEND(bugprone-macro-parentheses) */

/* What is shown and written while flows are published. */
struct publish_progress {
	struct tl_told_head head;
	FILE *events;     /* or NULL */
	bool standard;    /* `events` is standard output, and the result goes nowhere else than -o */
	bool terminal, shown;
	int64_t next_ms;
	bool lease_lost;  /* somebody took over */
	int failed;       /* errno of an event that could not be written */
};

/* What a subcommand works with; zero before publish_open, publish_close in any case. */
struct publish {
	struct tl_command command;
	struct tl_option_list operands;
	const struct tl_deploy_format *format;
	struct tl_deployment deployment;
	struct tl_deployment other;       /* the environment that is promoted from: its ledger */
	struct tl_promotion promotion;
	struct tl_workset workset;
	struct tl_str left_out;           /* a flow's file that the commit has, and that a sparse checkout leaves out; or empty */
	struct tl_findings findings;
	struct tl_deploy deploy;
	bool smoke;              /* an apply is followed by the suites of what it published */
	struct tl_lease_wish lease;
	struct tl_str lease_head; /* what the owners of leases have in common that run on this machine for this user */
	struct publish_progress progress;
};

/* Opens repository, project, environment (`local` where none is named) and what is deployed there. -1 with command.err. */
int publish_open(struct publish *publish);
/* The flows as well: those of `paths` (all of the project where there are none). */
int publish_open_flows(struct publish *publish, const struct tl_option_list *paths);
/* The same for what a plan speaks of: all of the project, and those of its files that lie elsewhere. The plan must stay as long. */
int publish_open_planned(struct publish *publish, const struct tl_plan *plan);
/* After publish_open_flows: TL_USAGE in a sparse checkout that leaves flows out, where each flow's file must be there; `rather` says what else may be done. */
int publish_refuse_sparse(struct publish *publish, const char *rather);
/* Frees, writes the result; returns the exit code. */
int publish_close(struct publish *publish, int code);

/* After publish_open: only what that environment has may be published, where `from` names one (NULL or empty: it does not), the project file or the protected
 * configuration. TL_USAGE where `from` is another one than they name. */
int publish_promote(struct publish *publish, const char *from);

/* The operand that a subcommand takes exactly one of; else TL_USAGE, with `what` it is. */
int publish_operand(const char **out, struct publish *publish, const char *what);
/* --expires: a duration of at least a second; 24 hours where it was not given. */
int publish_lifetime(int64_t *ms, struct publish *publish, const char *text);
/* Writes a plan into a file. */
int publish_write_plan(struct publish *publish, const struct tl_plan *plan, const char *file);
/* Before publish_open: the files are those of that revision instead of the working tree's; NULL is the working tree. */
void publish_at_commit(struct publish *publish, const char *rev);
/* Closes what is open and opens it anew at that commit. */
int publish_view_commit(struct publish *publish, const char *commit);

/* Before publish_open: how many requests may be under way. */
int publish_concurrency(struct publish *publish, uint64_t concurrency);
/* After it: what the options say of writing. A lease whose holder was killed on this machine will be taken over. */
int publish_work(struct publish *publish, const struct publish_work *work);

/* Shows what is told from here on, and writes events where a file is given. -1 with command.err. */
int publish_progress_open(struct publish *publish, const char *events);
/* The plan that is worked on from here on. */
void publish_progress_begin(struct publish *publish, const struct tl_plan *plan);
/* Leaves the terminal's line for somebody else. */
void publish_progress_rest(struct publish *publish);
/* The last event; returns the exit code, which is not 0 where not all events could be written. `apply` may be NULL. */
int publish_progress_end(struct publish *publish, const struct tl_apply *apply, int code);

/* Runs the suites of what was published on the platform, where it has a simulator, and says what came of it: 0, 1 where a case failed, 3 where they could not be
 * run. */
int publish_smoke(struct publish *publish, const struct tl_apply *apply);
/* Warns of suites of flows that a plan would write which publish_smoke could not run. -1 with command.err where a file could not be had. */
int publish_smoke_foresee(struct publish *publish, const struct tl_plan *plan);
/* Reports what became of a plan, and frees it. Returns the exit code. */
int publish_report(struct publish *publish, struct tl_apply *apply, const struct tl_plan *plan);
/* Applies a plan and reports what became of it. Returns the exit code. */
int publish_run_apply(struct publish *publish, const struct tl_plan *plan);
/* The findings that keep flows from being published, on standard error. */
void publish_say_findings(struct publish *publish);
/* As a result, where that is JSON: the members that flow-validate writes. */
void publish_write_findings(struct publish *publish);
/* For subcommands whose result is a sentence or two: TL_USAGE for a format other than text. */
int publish_only_text(struct tl_command *command);

#endif
