/* live/webhook.h: the courier: tells the webhook what stands in the ledger's outbox, at least once, in order for an interaction, several interactions side by side;
 * and settles by reading back what a program left that ended between a write and its record. */
#ifndef TL_LIVE_WEBHOOK_H
#define TL_LIVE_WEBHOOK_H

#include <pthread.h>
#include <stdatomic.h>

#include "ledger/ledger.h"
#include "net/http.h"
#include "platform/platform.h"

/* By which names the configuration knows who hears of transitions, and of simulated calls. */
#define TL_COURIER_CRM "crm"
#define TL_COURIER_QA "qa"
/* A write that was not seen yet so long after its row was prepared did not happen. */
#define TL_COURIER_GRACE_MS 5000
/* How many interactions are told of at once where nothing is said. */
#define TL_COURIER_WORKERS 16

/* What a run came to. */
struct tl_courier_counts {
	atomic_uint_fast64_t delivered, later, dead, settled;
};

/* Everything but what is private is borrowed until the close. */
struct tl_courier {
	struct tl_ledger *ledger;
	struct tl_platform *platform;      /* for reading back; NULL: what needs that is left to others */
	const struct tl_clock *clock;
	struct tl_str environment;
	const struct tl_webhook *webhook;  /* whose events, by its name, are told */
	const struct tl_access *access;    /* proxy, ca; may be NULL */
	const struct tl_surroundings *surroundings;
	struct tl_str owner;               /* names this program, and no other that ever ran */
	/* Whether the program of that name may still run; where it does not, what it had in hand is free. NULL: each may. */
	bool (*is_alive)(void *data, struct tl_str owner);
	void *alive_data;
	unsigned workers;                  /* 0: TL_COURIER_WORKERS */
	int64_t grace_ms;                  /* 0: TL_COURIER_GRACE_MS; below 0: none */
	int (*stopped)(void);              /* may be NULL */
	void (*at)(void *data, const char *place); /* tests: between any two steps; may be NULL */
	void *at_data;
	struct tl_courier_counts counts;

	struct tl_http *http;              /* what follows is private */
	struct tl_arena arena;
	struct tl_str secret;
	pthread_t thread;
	pthread_mutex_t lock;
	bool running, ending;              /* `ending` under the lock */
	int64_t until_ms;                  /* of the monotonic clock, once ending */
	struct tl_error err;               /* that ended the thread */
};

/* The webhook of the configuration of that name, or NULL. */
const struct tl_webhook *tl_courier_webhook(const struct tl_access *access, const char *name);

/* Reads the webhook's secret, frees what programs that ended had in hand, and settles what can be at once. tl_courier_close in any case. */
int tl_courier_open(struct tl_courier *courier, struct tl_error *err);
void tl_courier_close(struct tl_courier *courier);
/* Delivers by a thread of its own until the end below. */
int tl_courier_start(struct tl_courier *courier, struct tl_error *err);
/* Delivers what there is, what comes due meanwhile and what can be settled, for at most `ms`; what is left stays for another run. -1 where it could not go on at all:
 * the ledger failed, or it was interrupted. */
int tl_courier_finish(struct tl_courier *courier, int64_t ms, struct tl_error *err);

#endif
