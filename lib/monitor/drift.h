/* monitor/drift.h: what an environment has that was not put there from here: whose edit it is, in which direction, since when. A look is one listing; only
 * flows at a version that nobody here wrote are read, and each such version only once. */
#ifndef TL_MONITOR_DRIFT_H
#define TL_MONITOR_DRIFT_H

#include "base/map.h"
#include "ledger/ledger.h"
#include "platform/platform.h"

/* What the platform has against what was deployed there from here last. */
enum tl_drift_kind {
	TL_DRIFT_NONE,
	TL_DRIFT_EDITED,  /* somebody else wrote another content on top */
	TL_DRIFT_BEHIND,  /* callers do not get what was published from here, and nobody wrote on top: its deployment failed or was undone */
	TL_DRIFT_GONE,    /* the platform no longer has the flow */
	TL_DRIFT_FOREIGN, /* a flow that was never deployed from here */
	TL_DRIFT_KINDS,
};
/* "none", "edited", "behind", "gone", "foreign" */
const char *tl_drift_name(enum tl_drift_kind kind);

struct tl_drift {
	struct tl_str flow, platform_id;
	struct tl_str name;        /* what people on the platform call it; empty where it is gone */
	enum tl_drift_kind kind;
	bool ours;                 /* git wants something else than what was deployed: a change that was not published yet */
	bool beside;               /* only its schedules or audio: the flow itself is as it was deployed */
	bool draft;                /* of an edit: callers do not get it yet */
	int64_t base_version;      /* written from here last; 0: none */
	int64_t version;           /* on the platform now; 0: none */
	int64_t published_version; /* what callers get */
	enum tl_remote_status status;
	struct tl_str reason;
	struct tl_str by;          /* of what is not ours: who wrote the last version, where the platform tells; or empty */
	struct tl_str unread;      /* why the version that is not ours could not be read, so that its content is not known; or empty */
	struct tl_str base_digest, digest; /* of the contents; empty: none, or not looked at */
	int64_t since_ms;          /* when the first version that is not ours was written, or else when it was first seen; 0: no drift */
};

struct tl_drifts {
	struct tl_drift *items;    /* every flow, sorted by id: also those without drift */
	size_t count;
	size_t drifted;            /* kind other than none */
	size_t reads;              /* versions that were read whole, and histories */
};

/* What git wants of a flow. */
struct tl_drift_wanted {
	struct tl_str digest;      /* deployed: with schedules and audio */
	struct tl_str content;     /* of the model alone */
};

/* What earlier looks found out, for the next one. {0} knows nothing. */
struct tl_drift_memory {
	struct tl_map versions;    /* platform id -> private */
	struct tl_arena arena;
};
void tl_drift_forget(struct tl_drift_memory *memory);

struct tl_drift_scan {
	struct tl_platform *platform;
	struct tl_ledger *ledger;
	const struct tl_clock *clock;
	struct tl_str environment;
	const struct tl_lower *lower;     /* how contents are read: without values, they were filled in */
	const struct tl_map *wanted;      /* flow -> struct tl_drift_wanted *; NULL: git is not asked */
	bool foreign;                     /* flows that were never deployed from here count, too */
	unsigned workers;                 /* threads for reading, where the platform can be asked by several */
	int (*stopped)(void);             /* may be NULL */
};

/* One look. Texts in `arena`. -1 where the platform or the ledger could not be asked; nothing is remembered then. A version that cannot be read for what it is
 * is drift, and read again by the next look. */
int tl_drift_look(struct tl_drifts *out, struct tl_arena *arena, struct tl_drift_memory *memory, const struct tl_drift_scan *scan,
                  struct tl_error *err);

#endif
