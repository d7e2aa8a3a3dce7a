/* cmd/common/command.h: what every command does the same way: options, where it works, what it reads, how it ends. */
#ifndef TL_CMD_COMMAND_H
#define TL_CMD_COMMAND_H

#include "base/clock.h"
#include "base/finding.h"
#include "base/option.h"
#include "check/summaries.h"
#include "flow/source.h"
#include "git/view.h"
#include "project/project.h"

/* The options that commands share; a command's own struct starts with this one. */
struct tl_common {
	const char *folder;      /* -C */
	const char *environment; /* --env */
	const char *format;      /* --format */
	const char *output;      /* -o */
	uint64_t jobs;           /* -j, 0: as many as there are processors */
	bool quiet, verbose, help, version;
	const char *color;       /* auto, always, never */
	bool staged;             /* SOURCE: at most one of these */
	const char *rev;
	const char *range;
	struct tl_option_list limits; /* --limit NAME=VALUE */
	const char *ticket;      /* --ticket, of commands that write */
};

/* The rows for tl_common's fields, for a command's own table: TL_COMMON_OPTIONS, TL_SOURCE_OPTIONS. `type` is the command's struct, `field` its tl_common. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a member's name takes none */
#define TL_COMMON_OPTIONS(type, field) \
	{ "directory", 'C', TL_OPTION_TEXT, offsetof(type, field.folder), "DIR", "work as if started in DIR", NULL }, \
	{ "env", 0, TL_OPTION_TEXT, offsetof(type, field.environment), "NAME", "use the values of this environment", NULL }, \
	{ "format", 0, TL_OPTION_TEXT, offsetof(type, field.format), "FORMAT", "how results are written", NULL }, \
	{ "output", 'o', TL_OPTION_TEXT, offsetof(type, field.output), "FILE", "write results to FILE instead of standard output", NULL }, \
	{ "jobs", 'j', TL_OPTION_COUNT, offsetof(type, field.jobs), "N", "use N threads (default: all processors)", NULL }, \
	{ "quiet", 'q', TL_OPTION_FLAG, offsetof(type, field.quiet), NULL, "say only what is wrong", NULL }, \
	{ "verbose", 'v', TL_OPTION_FLAG, offsetof(type, field.verbose), NULL, "say more", NULL }, \
	{ "color", 0, TL_OPTION_TEXT, offsetof(type, field.color), "WHEN", "auto, always or never", NULL }, \
	{ "limit", 0, TL_OPTION_MANY, offsetof(type, field.limits), "NAME=VALUE", "raise or lower a limit", NULL }, \
	{ "help", 0, TL_OPTION_FLAG, offsetof(type, field.help), NULL, "show this help", NULL }, \
	{ "version", 0, TL_OPTION_FLAG, offsetof(type, field.version), NULL, "show the version", NULL }
#define TL_SOURCE_OPTIONS(type, field) \
	{ "staged", 0, TL_OPTION_FLAG, offsetof(type, field.staged), NULL, "what is staged for the next commit, from the index", "source" }, \
	{ "rev", 0, TL_OPTION_TEXT, offsetof(type, field.rev), "REV", "the files of a revision", "source" }, \
	{ "range", 0, TL_OPTION_TEXT, offsetof(type, field.range), "A..B", "what changed between two revisions, as it is in B", "source" }
#define TL_TICKET_OPTION(type, field) \
	{ "ticket", 0, TL_OPTION_TEXT, offsetof(type, field.ticket), "ID", "the change that this belongs to, for the record (default: $TRUNKLINE_TICKET)", NULL }
/* NOLINTEND(bugprone-macro-parentheses) */

/* One run of a command. */
struct tl_command {
	const struct tl_usage *usage;
	struct tl_common *common;
	struct tl_arena arena;
	struct tl_clock clock;
	struct tl_repo *repo;        /* NULL outside of a repository */
	struct tl_view *view;        /* the source asked for */
	struct tl_str folder;        /* -C, absolute */
	struct tl_str root;          /* the view's folder on disk, absolute; empty for a bare repository */
	struct tl_str prefix;        /* -C below the root, "" where it is the root (or not below it) */
	struct tl_str base;          /* the project file's folder below the root; where there is no project file, the prefix */
	const char *from, *to;       /* --range: the commits to compare; from is the merge base for A...B. Else NULL */
	struct tl_project *project;
	struct tl_schemas schemas;
	const struct tl_environment *environment; /* --env, or `local` */
	unsigned jobs;
	unsigned concurrency;        /* requests of a platform under way at once; 0: as many as it takes by default */
	int64_t list_ms;             /* how long the list of a platform's flows is tried for; 0: as long as anything else */
	int (*gives_up)(void);       /* ends what a platform is asked, in place of a signal that asks to stop; NULL: tl_command_stopped */
	bool head_if_bare;           /* set before tl_command_open: of a bare repository what HEAD has is looked at, where no revision can be asked for */
	bool finished;               /* the result stands: a signal that comes from now on changes nothing any more */
	_Atomic int64_t waits_due_ms; /* when another line about waiting may be said */
	bool color;                  /* for standard output */
	bool color_errors;           /* for standard error */
	struct tl_buf out;           /* the result; written by tl_command_end */
	struct tl_error err;
};

/* Parses options (answers --help and --version). Returns -1 to go on, else the exit code to end with. */
int tl_command_begin(struct tl_command *command, const struct tl_usage *usage, int argc, char **argv, void *values,
                     struct tl_common *common, struct tl_option_list *operands);
/* For a command that takes no operands, and writes text or JSON. 0, or -1 with command->err. */
int tl_command_options_alone(struct tl_command *command, const struct tl_option_list *operands);
/* Opens repository, view and project file (found upwards from -C). 0, or -1 with command->err. */
int tl_command_open(struct tl_command *command);
/* The environment of that name in the open project. 0, or -1 with command->err, which names the near ones or all. */
int tl_command_environment(const struct tl_environment **out, struct tl_command *command, const char *name);
/* A path of the command line as the system must be asked for it: relative ones are meant from -C. In the command's arena. */
const char *tl_command_path(struct tl_command *command, const char *path);
/* Writes command->out (standard output, or atomically to -o FILE), says command->err where `code` is 3 or a -1 came before, frees; returns the exit code.
 * A result that could not be written whole never exits 0. */
int tl_command_end(struct tl_command *command, int code);
/* "flow-validate: message" on standard error, control bytes escaped. */
void tl_command_say(const struct tl_command *command, const char *fmt, ...) TL_PRINTF(2, 3);
/* As the `waits` of struct tl_platform_config, `data` the command: a line on standard error, but not one for each thread that waits. */
void tl_command_waits(void *data, int64_t ms, const char *why);
/* Ends with the exit code of command->err. */
int tl_command_fail(struct tl_command *command);
/* Whether a signal asked to stop: 130 (SIGINT) or 143 (SIGTERM), else 0. Commands check it between pieces of work. */
int tl_command_stopped(void);

/* The files to work on: flows, suites and policies, by operands (paths) or by the project's `flows`, restricted to what changed for --staged and
 * --range (chosen) while everything else of the project stays there for references (not chosen). */
struct tl_workset {
	struct tl_flow_set flows;
	struct tl_entries suites;   /* chosen ones; with --staged and --range those of chosen flows too. Read them with tl_workset_read */
	struct tl_entries policies;
	struct tl_findings findings; /* about files that cannot be used: links, submodules */
	struct tl_str named_link;    /* the first of those that an operand names itself; or empty */
	struct tl_lower lower;       /* how flows are read here: values, limits; no findings */
	struct tl_summaries summaries; /* of the flows; filled where what changed decides, else by whoever needs them */
	struct tl_work *work;        /* private */
};
/* Operands that name nothing are TL_NOT_FOUND with the nearest name. The command must stay open as long as the workset. */
int tl_workset_open(struct tl_workset *workset, struct tl_command *command, const struct tl_option_list *operands);
/* The same files as when others were named, by what flows are called in what came of it: relative to the repository, or as they were typed. All of the project is there,
 * and chosen; a file of theirs that is gone is not. */
int tl_workset_open_known(struct tl_workset *workset, struct tl_command *command, const struct tl_option_list *paths);
/* Says of each file that cannot be used what flow-validate finds there, but with -q; but for those of `said`, which may be NULL. */
void tl_workset_warn(struct tl_workset *workset, const struct tl_workset *said, const struct tl_command *command);
/* A file of the project that the commit has with a flow in it, and that is missing here because a sparse checkout leaves it out; empty where there is none, and
 * of any view but the working tree's. Borrowed from the workset. */
int tl_workset_left_out(struct tl_str *out, const struct tl_workset *workset, struct tl_command *command);
/* Keeps the summaries that were made in the repository's cache, and frees. */
void tl_workset_clear(struct tl_workset *workset);
/* The bytes of one of the suites or policies, at most `limit`. Safe from several threads at once. */
int tl_workset_read(struct tl_str *out, struct tl_arena *arena, const struct tl_workset *workset, const struct tl_entry *entry,
                    uint64_t limit, struct tl_error *err);

#endif
