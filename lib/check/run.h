/* check/run.h: what the files that run rules share. */
#ifndef TL_CHECK_RUN_H
#define TL_CHECK_RUN_H

#include "check/check.h"

/* The rule of a comment that ignores findings. */
#define TL_RULE_IGNORE "flow-ignore"

/* One `# flow-ignore: RULE: REASON`. */
struct tl_ignore {
	struct tl_str path;  /* the file that it stands in */
	const char *rule;
	uint32_t line;       /* whose findings it takes away; 0: those of the whole file */
	bool used;
	size_t unused;       /* the finding to add where it takes nothing away: its number in tl_ignores.unused */
};

struct tl_ignores {
	struct tl_arena arena;
	struct tl_ignore *items;
	size_t count, capacity;
	struct tl_findings unused;
};

/* ignore.c: reads the comments of a flow's file. What is wrong with one is a finding at once. */
void tl_ignores_read(struct tl_ignores *ignores, struct tl_doc *doc, struct tl_findings *findings);
/* Takes ignored findings away, but those that are `held` (by finding; NULL: none), and adds those about comments that took nothing away. Returns how many are
 * gone. Each of `ignores` is of one worker. */
size_t tl_ignores_apply(struct tl_findings *findings, const bool *held, struct tl_ignores *ignores, unsigned workers);
void tl_ignores_clear(struct tl_ignores *ignores);

/* linked.c: runs linked and whole rules over the chosen files, and adds what they find. */
int tl_check_linked(struct tl_findings *findings, struct tl_summaries *summaries, const struct tl_check_options *options, struct tl_error *err);

/* Whether the project turned a rule off, and so did its base. */
bool tl_check_is_off(const struct tl_check_options *options, const struct tl_rule *rule);
/* tl_check_set_levels() that says of each finding whether it is an error by the base's levels: such a one is not ignored by a comment. `held` has room for all. */
void tl_check_set_levels_held(struct tl_findings *findings, bool *held, const struct tl_check_options *options);

#endif
