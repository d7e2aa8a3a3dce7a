/* tests/unit/deploy_yard.h: a small repository in memory with a local platform and a ledger in a scratch folder, to plan and apply in. */
#ifndef TL_DEPLOY_YARD_H
#define TL_DEPLOY_YARD_H

#include "unit.h"

#include "deploy/deploy.h"

#define YARD_FILES 256

struct yard {
	char *folder;
	struct tl_arena arena;
	struct tl_error err;
	struct tl_clock clock;
	int64_t now;                       /* what the clock says; moves by a millisecond at each look */
	struct tl_clock machine;           /* a child's: see yard_open_child */
	int64_t child_began;
	struct tl_project *project;
	struct tl_environment environment;
	struct tl_schemas schemas;
	struct tl_lower lower;
	struct tl_flow_file files[YARD_FILES];
	struct tl_str texts[YARD_FILES];
	size_t n_files;
	unsigned n_reads;                  /* of files, by any thread */
	struct tl_flow_set set;
	struct tl_summaries summaries;
	const struct tl_driver *driver;    /* NULL: the local one */
	const struct tl_surroundings *surroundings; /* with `access`, of a platform with a server */
	const char *ledger_address;        /* NULL: a file */
	struct tl_platform *platform;
	struct tl_ledger *ledger;
	struct tl_view *view;
	struct tl_findings findings;
	struct tl_deploy deploy;
	/* What plan and apply are told besides. */
	const struct tl_lease_wish *lease;
	unsigned concurrency;
	int64_t timeout_ms;
	bool atomic;
	const struct tl_access *access;
	int (*stopped)(void);
	void (*told)(void *yard, const struct tl_told *told);
	void (*at)(void *yard, const char *place);
	size_t n_told[TL_TOLD_KINDS];
	/* Of the last apply: its exit code, the first message of a line, and what is printed of it. */
	int exit;
	const char *message, *report;
};

/* cmocka setup and teardown: *state is a yard. */
int yard_make(void **state);
int yard_remove(void **state);

/* Writes or replaces the file `id`.flow.yaml; `body` follows "flow: ID\nchannel: voice\n". NULL: takes the file away. */
void yard_file(struct yard *yard, const char *id, const char *body);
/* As above, the whole file. */
void yard_text(struct yard *yard, const char *id, struct tl_str text);
/* As above: a flow that says `text` and ends. */
void yard_says(struct yard *yard, const char *id, const char *text);
/* Writes or replaces a flow that says `text` and goes on to the flow `other`. */
void yard_circle(struct yard *yard, const char *id, const char *other, const char *text);
/* Two flows in a circle, a and b, and c; where they say "two", also d. */
void yard_story(struct yard *yard, const char *text);
/* Opens platform and ledger anew, as another program would. */
void yard_open(struct yard *yard);
/* Closes both: no thread of theirs is left, so that this process may be forked. */
void yard_shut(struct yard *yard);
/* As above in a process that was forked off: with the machine's clock, and nothing of the parent's closed. */
void yard_open_child(struct yard *yard);

/* What plan and apply are given, of the files as they are now; the caller clears yard->summaries. */
struct tl_deploy *yard_deploy(struct yard *yard);
/* A plan that must succeed; the caller's. */
struct tl_plan *yard_plan(struct yard *yard);
/* "create a; none b" */
const char *yard_plan_text(struct yard *yard);
/* Applies: "published a 1; conflict b 4", or "error CODE MESSAGE". */
const char *yard_apply(struct yard *yard, const struct tl_plan *plan);
/* Finishes or takes back what was left unfinished: as above, or "" where there was no plan. */
const char *yard_resume(struct yard *yard, bool undo);
/* Plans and applies. */
const char *yard_publish(struct yard *yard);
/* Somebody else publishes a flow that says `text`: the version after the last one. */
void yard_intrude(struct yard *yard, const char *id, const char *text);
/* The same as a draft: callers keep what they get. */
void yard_draft(struct yard *yard, const char *id, const char *text);
/* Keeps the platform as it is now, and puts it back as it was kept. */
void yard_back_up(struct yard *yard);
void yard_set_back(struct yard *yard);
/* "1 published, 2 draft" of the platform's versions of a flow, oldest first; "" where there is none. */
const char *yard_versions(struct yard *yard, const char *id);
/* The version of its last write. */
int64_t yard_last_version(struct yard *yard, const char *id);
/* Nothing is open: of two plans each version of the flows (a letter each) was written by exactly one step, and every step that says it wrote is one of
 * them; each intent in the audit has its outcome, its chain holds, and there is nothing to resume. */
void yard_check_settled(struct yard *yard, const char *ids);
/* Each intent in the audit has its outcome, and its chain holds. */
void yard_check_audit(struct yard *yard);
/* What callers of the flow hear. */
const char *yard_heard(struct yard *yard, const char *id);

#endif
