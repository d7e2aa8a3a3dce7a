/* monitor/monitor.h: waiting until deployments are finished, by asking the platform less and less often. */
#ifndef TL_MONITOR_MONITOR_H
#define TL_MONITOR_MONITOR_H

#include "ledger/ledger.h"
#include "platform/platform.h"

enum tl_verdict {
	TL_VERDICT_WAITING,
	TL_VERDICT_PUBLISHED, /* callers get it */
	TL_VERDICT_SCHEDULED, /* they will, at the time that somebody gave the platform: nothing is under way */
	TL_VERDICT_FAILED,    /* or rejected: `reason` says why */
	TL_VERDICT_REPLACED,  /* somebody wrote another version on top or, where the platform was set back, of the same number */
	TL_VERDICT_GONE,      /* the platform no longer has the flow */
	TL_VERDICT_TIMED_OUT,
	TL_VERDICTS,
};
/* "waiting", "published", "scheduled", "failed", "replaced", "gone", "timed out" */
const char *tl_verdict_name(enum tl_verdict verdict);

/* One flow that is waited for. The caller sets the first four; texts of the rest are in the monitor's arena. */
struct tl_watched {
	struct tl_str flow, platform_id;
	int64_t version;                /* the deployment that is waited for; 0: the last write as it is at the first look */
	const struct tl_deployed *record; /* of that deployment, by which it is told from another of the same number; NULL: none, or no longer asked */
	enum tl_verdict verdict;
	enum tl_remote_status status;   /* as last seen, of the last write */
	int64_t seen_version;           /* the last write as last seen; 0: none */
	int64_t published_version;
	struct tl_str reason;
	int64_t waited_ms;
};

struct tl_monitor {
	struct tl_platform *platform;
	const struct tl_clock *clock;
	const struct tl_lower *lower;   /* how flows are read */
	int64_t timeout_ms;             /* for all flows together; 0: one look */
	int64_t first_ms, longest_ms;   /* between two looks: doubled each time, up to the longest */
	int (*stopped)(void *data);     /* whether to end before the time; may be NULL */
	void (*told)(void *data, const struct tl_watched *watched); /* each verdict as it falls; may be NULL */
	void (*troubled)(void *data, const struct tl_error *err);   /* a look failed, and the next one is waited for; may be NULL */
	void *data;
	struct tl_arena arena;          /* zero; the caller clears it when the results were used */
};

#define TL_MONITOR_TIMEOUT_MS ((int64_t)10 * 60 * 1000)
#define TL_MONITOR_FIRST_MS 250
#define TL_MONITOR_LONGEST_MS 5000

/* What is to be waited for: the flows of that name (all that were deployed from here where `n_names` is 0; all of the platform where none was), each at
 * the version that was written from here last. TL_NOT_FOUND for a name that the environment does not have, with the nearest. In `arena`. */
int tl_monitor_choose(struct tl_watched **out, size_t *count, struct tl_arena *arena, struct tl_platform *platform, struct tl_ledger *ledger,
                      struct tl_str environment, const char *const *names, size_t n_names, struct tl_error *err);
/* Looks until every flow has its verdict; a look that fails is no end but for the first. -1 where that could not be had, or TL_INTERRUPTED; the verdicts that fell until
 * then stand. */
int tl_monitor_wait(struct tl_monitor *monitor, struct tl_watched *watched, size_t count, struct tl_error *err);
/* Whether there was a look, so that there is something to say. */
bool tl_monitor_has_looked(const struct tl_watched *watched, size_t count);
/* The exit code of the worst verdict: 4 for a deployment that was replaced, before 3 for one that took too long, before 1 for one that failed. */
int tl_monitor_exit(const struct tl_watched *watched, size_t count);

#endif
