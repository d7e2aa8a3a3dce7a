/* live/attend.h: one process that serves many calls: offers come in, each gets a socket to the platform's call control and a session; versions of the flow come and go. */
#ifndef TL_LIVE_ATTEND_H
#define TL_LIVE_ATTEND_H

#include "live/session.h"
#include "net/loop.h"
#include "platform/platform.h"

struct tl_attend;
struct tl_attended; /* a call in progress */

enum tl_attend_end {
	TL_END_COMPLETED,  /* as tl_status: by an end or a transfer */
	TL_END_ABANDONED,  /* the caller hung up */
	TL_END_FAILED,     /* the flow failed, timed out or got stuck */
	TL_END_LOST,       /* the line was lost and not found again, or the platform closed it (1008, 1011) */
	TL_END_REFUSED,    /* never began: no such call, it is over, or controlled by somebody else; the offer was no good */
	TL_END_UNSERVED,   /* given back: drained, or the platform could not be reached */
	TL_ENDS,
};
/* "completed", … */
const char *tl_attend_end_name(enum tl_attend_end end);

/* What became of a call. Texts during the call of `ended`. */
struct tl_attend_result {
	struct tl_str id;               /* callControlId */
	enum tl_attend_end end;
	const char *status;             /* tl_status_name(), or NULL where there was no call */
	const char *error;              /* code, or NULL */
	struct tl_str message;          /* why, or empty; safe to show */
	struct tl_str node;             /* where it ended */
	struct tl_str transfer_kind, transfer_target, exit; /* masked; or empty */
	int64_t version;                /* of the flow */
	int64_t started_ms;             /* since 1970; 0: it did not */
	int64_t duration_ms;
	uint64_t visits, keys, reconnects;
	struct tl_str recording;        /* the file, or empty */
	bool again;                     /* another worker may fare better: an offer that was taken from a queue is given back */
};

struct tl_attend_config {
	struct tl_loop *loop;
	struct tl_platform *platform;
	const struct tl_clock *clock;
	int64_t (*now_us)(void *data);  /* microseconds of a clock that never goes back, for latencies; NULL: as fine as `clock` has them */
	const char *ca, *proxy;         /* or NULL */
	bool insecure;
	size_t max_calls;               /* at once; 0: 10,000 */
	size_t message_limit;           /* of one message from the platform; 0: 64 KiB */
	size_t backlog_limit;           /* of bytes that a call's socket did not take yet; 0: 64 KiB */
	unsigned profile_threads;       /* 0: 16 */
	int64_t profile_ms;             /* how long a lookup is tried for; 0: 20 s */
	const char *record;             /* folder for recordings, or NULL */
	bool record_sensitive;
	int64_t patience_ms;            /* how long an offer waits for a platform that cannot be reached, before it is given back; 0: 60 s */
	/* An offer was settled: exactly once for each that tl_attend_offer() took, perhaps within it. */
	void (*ended)(void *data, void *offer_data, const struct tl_attend_result *result);
	/* There is room for more offers again. May be NULL. */
	void (*room)(void *data);
	/* Something for a person to read, one line. */
	void (*say)(void *data, const char *text);
	void *data;
};

int tl_attend_open(struct tl_attend **out, const struct tl_attend_config *config, struct tl_error *err);
/* Cuts off what is left; `ended` (UNSERVED) for each. NULL is fine. */
void tl_attend_close(struct tl_attend *attend);

/* From here on new calls get this version; the former one is given back by `release` (with its owner) when its last call has ended. */
void tl_attend_edition(struct tl_attend *attend, const struct tl_edition *edition, void (*release)(void *owner));

/* Takes an offer: `text` as it came; after the first edition. False: there is no room (max_calls, draining): offer it again after `room`. */
bool tl_attend_offer(struct tl_attend *attend, struct tl_str text, void *offer_data);
/* How many offers it would take now. */
size_t tl_attend_room(const struct tl_attend *attend);
/* No new calls; those in progress go on until they end or for so long, then their lines are closed with 1001, the calls given back. */
void tl_attend_drain(struct tl_attend *attend, int64_t deadline_ms);
size_t tl_attend_calls(const struct tl_attend *attend);

/* Figures for page and metrics. Latencies are within a thirty-second (base/latency.h). */
struct tl_attend_latency {
	uint64_t count;
	int64_t p50_us, p99_us, max_us;
};
struct tl_attend_node {
	struct tl_str flow, node, type; /* borrowed from the edition, until the next edition's release */
	uint64_t here, visits, matches, no_matches, no_inputs;
};
struct tl_attend_figures {
	uint64_t calls, connecting, offered, ended[TL_ENDS];
	uint64_t messages_in, messages_out, unexpected, reconnects, handshakes_refused;
	uint64_t profiles_found, profiles_missing, profiles_failed;
	uint64_t transfers, transfers_refused;
	struct tl_attend_latency key_to_play, profile, connect;
	int64_t version;
	struct tl_str digest;
	size_t editions;
	bool draining;
	struct tl_attend_node *nodes; /* in document order; in `arena` */
	size_t n_nodes;
	struct tl_str last_errors[16]; /* newest first, each with its time; safe to show; in `arena` */
	size_t n_last_errors;
};
void tl_attend_figures(struct tl_attend_figures *out, struct tl_arena *arena, const struct tl_attend *attend);

#endif
