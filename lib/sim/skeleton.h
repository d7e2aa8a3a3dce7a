/* sim/skeleton.h: a suite to begin with: a case for each choice of each menu, reached by its keys from the start.
 *
 * Flows that the engine runs are run: what each case expects is what came of it. Of others (Architect's) the ways are read off the graph, and nothing is run. */
#ifndef TL_SIM_SKELETON_H
#define TL_SIM_SKELETON_H

#include "project/project.h"
#include "sim/call.h"

/* At most so many cases; what is left out is counted. */
#define TL_SKELETON_CASES 300

struct tl_skeleton_case {
	struct tl_str id;
	const struct tl_item *inputs; /* a list, as a suite has it */
	const struct tl_item *expect; /* a map, as a suite has it */
	const struct tl_item *given;  /* further members of the case: when it is, what a profile has; or NULL */
	struct tl_str *where;         /* of ways that were not run: "'Is it open?' gives yes" */
	size_t n_where;
};

/* All texts in its arena, or the flow's. */
struct tl_skeleton {
	struct tl_arena arena;
	const struct tl_flow *flow;
	bool run;                     /* the cases pass; else nobody tried */
	struct tl_skeleton_case *cases;
	size_t n_cases, case_capacity;
	const struct tl_item *usual;  /* what all cases are given: a map, the defaults of the suite */
	const struct tl_item *data;   /* answers of data actions that the cases need: a map, maybe empty */
	struct tl_str *notes;         /* what is not reached, and why */
	size_t n_notes, note_capacity;
	size_t left_out;
};

/* The skeleton of a flow's suite; the same for the same flow. `program` is NULL: nothing is run. Clear it in any case. */
void tl_skeleton_make(struct tl_skeleton *out, const struct tl_flow *flow, const struct tl_program *program, const struct tl_project *project,
                      const struct tl_map *values, const struct tl_limits *limits);
void tl_skeleton_clear(struct tl_skeleton *skeleton);

/* ---- private to skeleton*.c */

/* What answers a node that asks: {dtmf: "1"}, by a choice (NULL: of a gather); NULL: nothing does. */
struct tl_item *tl_skeleton_input(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node, const struct tl_outcome *choice);
/* A new case of an id made of the node's name and what is answered. */
struct tl_skeleton_case *tl_skeleton_add(struct tl_skeleton *skeleton, const struct tl_node *node, const struct tl_item *input);
void tl_skeleton_note(struct tl_skeleton *skeleton, const char *fmt, ...) TL_PRINTF(2, 3);
/* skeleton_graph.c */
void tl_skeleton_read(struct tl_skeleton *skeleton);

#endif
