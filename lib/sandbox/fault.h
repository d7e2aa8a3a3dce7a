/* sandbox/fault.h: what goes wrong on demand. A fault is a text: KIND[=VALUE][,KEY[=VALUE]]…, such as "status=503,on=PUT /api/v2/flows/{id},after=2,count=1".
 *
 * Kinds: status=N (an error of the platform's form), latency=D, slow=BYTES (a second), cut=BYTES (of the body, then the end), html (a page, with status 200, or
 * that of `status`), empty (status 200, no body), flood[=SIZE] (blanks without end, 2GiB), reset=before|after (the write took effect), expire (the token holds no longer),
 * deploy=failed|rejected|hang; of the vendor's API job=WHAT (how a job ends that this request asks for) and act=WHAT (what somebody does there meanwhile; it takes
 * `on`), see sandbox/vendor_job.h.
 *
 * Keys: on=[METHOD ]PATH, where a segment * or {…} is any one and a last ** any more; after=N, it spares the first N; count=N, it strikes so often; percent=N, it
 * strikes by chance; for=D, until so long after its first strike; retry-after=N, the header of a status; when=before|after, of a status, html and empty, whether the write took effect (before it); reason=TEXT, of a
 * deployment, a job, an act; flow=NAME or id, whose flow an act is about: the request's own, else the one that the caller checked out last. A comma within a value is written '\,'. */
#ifndef TL_SANDBOX_FAULT_H
#define TL_SANDBOX_FAULT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum tl_fault_kind {
	TL_FAULT_STATUS,
	TL_FAULT_LATENCY,
	TL_FAULT_SLOW,
	TL_FAULT_CUT,
	TL_FAULT_HTML,
	TL_FAULT_EMPTY,
	TL_FAULT_FLOOD,
	TL_FAULT_RESET,
	TL_FAULT_EXPIRE,
	TL_FAULT_DEPLOY,
	TL_FAULT_JOB,
	TL_FAULT_ACT,
	TL_FAULT_COUNT,
};

struct tl_fault {
	unsigned id;            /* counts from 1 */
	enum tl_fault_kind kind;
	struct tl_str spec;     /* as it was given */
	struct tl_str method, path; /* empty: any */
	int64_t value;          /* status, ms, bytes; HTML and EMPTY: the status */
	bool took_effect;       /* when=after, reset=after */
	int64_t retry_after;    /* seconds; -1: no header */
	uint64_t after, count;  /* count 0: always */
	unsigned percent;       /* 0: always */
	int64_t for_ms;         /* since the first strike; 0: without end */
	int64_t first_ms;       /* of it, where `struck` is not 0 */
	struct tl_str what;     /* of DEPLOY, JOB and ACT: the value */
	struct tl_str reason, flow;
	uint64_t seen, struck;
};

struct tl_faults {
	struct tl_fault *items;
	size_t count, capacity;
	unsigned last_id;
	uint64_t chance;        /* state of the generator: the same every time */
	struct tl_arena arena;
};

/* TL_USAGE in words for who wrote it. Texts are copied. */
int tl_fault_add(struct tl_faults *faults, struct tl_str spec, struct tl_error *err);
/* Takes away one (false: there is none of that id), or all. */
bool tl_fault_drop(struct tl_faults *faults, unsigned id);
void tl_faults_clear(struct tl_faults *faults);
struct tl_fault_request {
	struct tl_str method, path;
	int64_t now_ms;         /* of a clock that never goes back */
	unsigned spared;        /* kinds, 1 << each, that do not look at it */
};
/* The faults that strike this request; each that meets it counts it. At most `most` go into `out`; returns how many. */
size_t tl_faults_strike(const struct tl_fault **out, size_t most, struct tl_faults *faults, const struct tl_fault_request *request);
/* Whether a path is one of those that a pattern means. */
bool tl_fault_path_matches(struct tl_str pattern, struct tl_str path);

#endif
