/* check/check.h: rules over flows. A rule is one file and one line in the table of table.c; it only ever adds findings.
 *
 * A local rule sees one flow; a linked rule sees a flow's summary and can look at those of the flows that it names; a whole rule sees all. Flows are
 * read one at a time by each worker, and findings are sorted at the end, so neither memory nor output depends on how many there are of either. */
#ifndef TL_CHECK_CHECK_H
#define TL_CHECK_CHECK_H

#include "check/summaries.h"
#include "flow/graph.h"
#include "project/project.h"

struct tl_check;
struct tl_check_all;

struct tl_rule {
	const char *id;
	enum tl_level level;
	bool fixed;          /* its level cannot be set and it cannot be ignored: the file is not what it has to be */
	const char *summary; /* one line, lower case, no full stop */
	const char *explain; /* paragraphs for --explain: what, why, how to mend it */
	const char *bad;     /* an example that gives this finding: a whole file, or several, each after a line "# file: NAME" */
	const char *good;    /* the same, mended: no finding of this rule */
	void (*local)(struct tl_check *check);
	void (*linked)(struct tl_check_all *all, size_t file, const struct tl_summary *summary);
	void (*whole)(struct tl_check_all *all);
};

/* All rules, sorted by id. */
extern const struct tl_rule *const tl_rule_table[];
extern const size_t tl_rule_count;
/* NULL where there is none of that id. */
const struct tl_rule *tl_rule_find(struct tl_str id);
/* The id nearest to `id`, or empty. */
struct tl_str tl_rule_nearest(struct tl_str id);

struct tl_check_options {
	const struct tl_project *project; /* levels, schedules */
	const struct tl_project *base;    /* of the revision that changes are proposed to: its levels hold as well, the higher of the two; NULL: none */
	const struct tl_environment *environment; /* whose values fill placeholders */
	const struct tl_schemas *schemas;
	unsigned workers;
	int (*stopped)(void);             /* asked between files; may be NULL */
	/* Handed each chosen flow in which no error was found (linked and whole rules come later), by the worker that read it: so that it need not be read again.
	 * May be NULL. */
	void (*seen)(void *data, unsigned worker, size_t file, const struct tl_flow *flow);
	void *data;
};

struct tl_check_result {
	struct tl_findings findings; /* sorted */
	size_t flows;                /* that were read */
	size_t ignored;              /* findings that a `# flow-ignore` took away */
};

/* Whether the project's rule levels speak of rules that there are: else TL_USAGE with the place and the nearest id. */
int tl_check_levels(const struct tl_project *project, struct tl_error *err);
/* Sets the project's levels (of `project` and `base`) and drops findings of rules that are off. tl_check_run has done so; this is for findings from elsewhere. */
void tl_check_set_levels(struct tl_findings *findings, const struct tl_check_options *options);
/* Checks the chosen flows of summaries->set by all rules. Summaries that are made on the way are kept there. TL_INTERRUPTED where it was
 * stopped, TL_IO where a file could not be read: then the result is what was found until then. Clear the result in both cases. */
int tl_check_run(struct tl_check_result *out, struct tl_summaries *summaries, const struct tl_check_options *options, struct tl_error *err);
void tl_check_result_clear(struct tl_check_result *result);
/* A suite or policy file against its schema; a suite's flow must be among `flows` (may be NULL: not asked for). */
void tl_check_document(struct tl_findings *findings, enum tl_schema_name schema, struct tl_str path, struct tl_str bytes, uint64_t limit,
                       const struct tl_check_options *options, const struct tl_flow_keys *flows);

/* --- for rules */

/* What a local rule works on. */
struct tl_check {
	const struct tl_flow *flow;
	const struct tl_flow_set *set;
	const struct tl_check_options *options;
	const struct tl_lower *lower;
	const struct tl_rule *rule;      /* the one that is running */
	struct tl_findings *findings;
	size_t first;                    /* of those about this flow */
	struct tl_arena *scratch;        /* emptied after each flow */
	bool *reached, *entered;         /* by node and by routine: tl_graph_reach */
	struct tl_cycles cycles;         /* of the nodes that are reached */
	size_t n_near;                   /* near names that were looked for in this flow */
};

/* Adds a finding of the running rule at its own level, or at another. */
struct tl_finding *tl_check_say(struct tl_check *check, struct tl_span span, const char *fmt, ...) TL_PRINTF(3, 4);
struct tl_finding *tl_check_say_at(struct tl_check *check, enum tl_level level, struct tl_span span, const char *fmt, ...) TL_PRINTF(4, 5);
/* The nearest of `names`, or empty: also once it was looked for often, since each search costs time and a file may hold thousands of slips. */
struct tl_str tl_check_nearest(struct tl_check *check, struct tl_str name, const struct tl_str *names, size_t count);
/* "did you mean 'x'?" as its help, where one of `names` is near. */
void tl_check_suggest(struct tl_check *check, struct tl_finding *finding, struct tl_str name, const struct tl_str *names, size_t count);
/* The part of `span` (a scalar that may hold several placeholders) that reads `needle`; `span` itself where it is not found. */
struct tl_span tl_check_narrow(const struct tl_flow *flow, struct tl_span span, struct tl_str needle);
/* Calls `visit` for every expression of the flow that reads values: guards, assignments, inputs, subjects, prompt texts. `node` is TL_NONE for a prompt. */
void tl_check_expressions(struct tl_check *check, void (*visit)(struct tl_check *check, const struct tl_expr *expr, uint32_t node));
/* Calls `visit` for every assignment: of nodes and of choices. */
void tl_check_assignments(struct tl_check *check, void (*visit)(struct tl_check *check, const struct tl_assignment *assignment));
/* Whether a cycle takes no input and no outcome leaves it. `inside` (by node) is all false, also afterwards. */
bool tl_check_is_endless(const struct tl_flow *flow, const struct tl_cycle *cycle, bool *inside);
/* Whether a node's outcomes all stay within `inside` (by node): nothing leaves, ends, returns, or leads to what is not known. */
bool tl_check_stays(const struct tl_flow *flow, uint32_t node, const bool *inside);

/* What linked and whole rules work on. */
struct tl_check_all {
	struct tl_summaries *summaries;
	const struct tl_check_options *options;
	const struct tl_rule *rule;
	struct tl_arena *scratch;        /* emptied after each flow */
	struct tl_check_index *index;    /* private: files by key */
	struct tl_check_pending *pending; /* private: findings whose places are looked up at the end */
	struct tl_error *err;
	bool failed;                     /* a file could not be read again: *err says why */
	size_t n_near;
};

#define TL_NO_FILE SIZE_MAX

/* The file of the native or wire flow `id` (the first in order), or TL_NO_FILE; *out, where not NULL, is its summary in all->scratch. */
size_t tl_check_find_flow(struct tl_check_all *all, struct tl_str id, struct tl_summary *out);
/* The ids nearest to one that is not there, or empty. In all->scratch. */
struct tl_str tl_check_nearest_flow(struct tl_check_all *all, struct tl_str id);
/* The files with this file's key, itself too, in order; *count says how many. Borrowed. */
const uint32_t *tl_check_same_key(struct tl_check_all *all, size_t file, size_t *count);
/* A finding of the running rule in file `file`; `help` may be NULL. */
void tl_check_say_in(struct tl_check_all *all, size_t file, struct tl_span span, const char *help, const char *fmt, ...) TL_PRINTF(5, 6);
void tl_check_say_in_at(struct tl_check_all *all, enum tl_level level, size_t file, struct tl_span span, const char *help, const char *fmt, ...)
	TL_PRINTF(6, 7);

#endif
