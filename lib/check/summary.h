/* check/summary.h: what other flows need to know of a flow: its id, exits, variables and references. About a kilobyte, kept as bytes, so
 * that ten thousand of them can lie in one file and only those that are asked for are ever unpacked. */
#ifndef TL_CHECK_SUMMARY_H
#define TL_CHECK_SUMMARY_H

#include "base/buf.h"
#include "flow/flow.h"

enum tl_summary_kind {
	TL_SUMMARY_NOTHING, /* the file holds no flow that can be read */
	TL_SUMMARY_FLOW,
	TL_SUMMARY_SUITE,   /* `id` is the flow under test */
};

struct tl_summary_variable {
	struct tl_str name;
	enum tl_type type;
	bool sensitive;
};

/* One of `inputs` (a value put into the callee's variable) or `outputs` (one taken out of it). */
struct tl_summary_argument {
	struct tl_name name;       /* the callee's variable */
	struct tl_span value_span; /* inputs: of the value; outputs: of this flow's variable */
	unsigned fits;             /* inputs: the types that the value may be put into; outputs: 1 << the variable's type, 0 unknown */
	bool sensitive;            /* inputs: the value reads a sensitive variable; outputs: the variable is sensitive */
};

struct tl_summary_ref {
	struct tl_name flow;       /* the flow that is named */
	bool call;                 /* it comes back: a subflow, else a transfer */
	bool strict;               /* a flow that is not there is a mistake (Architect's live on the platform, too) */
	struct tl_name *exits;     /* of a call: those that it tells apart */
	struct tl_summary_argument *inputs, *outputs;
	uint32_t n_exits, n_inputs, n_outputs;
};

struct tl_summary {
	enum tl_summary_kind kind;
	enum tl_dialect dialect;
	struct tl_name id;
	struct tl_name renamed_from; /* the id that it had before, or empty */
	struct tl_str type;        /* Architect: the kind of flow; names are unique within one */
	struct tl_str *exits;      /* the names that it can end by; "" for an end without */
	struct tl_summary_variable *variables;
	struct tl_summary_ref *refs;
	struct tl_str *audios;     /* files that its prompts name */
	uint32_t n_exits, n_variables, n_refs, n_audios;
};

/* The summary of a flow, in `arena`; texts borrowed from the flow. */
void tl_summary_of(struct tl_summary *out, struct tl_arena *arena, const struct tl_flow *flow);

/* As bytes, appended to `buf`; equal summaries have equal bytes. */
void tl_summary_pack(struct tl_buf *buf, const struct tl_summary *summary);
/* Back again: arrays in `arena`, texts borrowed from `bytes`. False where the bytes are none (nothing is read outside of them). */
bool tl_summary_unpack(struct tl_summary *out, struct tl_arena *arena, struct tl_str bytes);
/* The hash under which others find a flow, 0 where it is none; never 0 else. */
uint64_t tl_summary_key(const struct tl_summary *summary);
/* The key of a native or wire flow by its id. */
uint64_t tl_summary_key_of(struct tl_str id);
/* A set of 64 bits with one for each flow that is named, as a former id too (tl_summary_bit of its key): whoever lacks the bit does not name it. */
uint64_t tl_summary_refs(const struct tl_summary *summary);

static inline uint64_t tl_summary_bit(uint64_t key)
{
	return (uint64_t)1 << (key >> 58);
}

#endif
