/* live/webhook.c: rounds: settle, take, send, say what came of it. */
#include "live/webhook.h"

#include <signal.h>

#include "base/pool.h"
#include "crypto/sha256.h"
#include "ledger/outbox.h"
#include "net/webhook.h"

/* Rows that are taken at once. */
#define ROUND 256
/* What was taken longer ago is not sent: somebody else may have it by then. */
#define FRESH_MS (TL_OUTBOX_HOLD_MS / 2)
/* Pauses: until something is looked for again, and after a failure, doubled each time up to the last. */
#define LOOK_MS 100
#define FIRST_PAUSE_MS 500
#define LAST_PAUSE_MS 300000
/* How often it is looked whether rows of programs that ended are there. */
#define SWEEP_MS 2000

const struct tl_webhook *tl_courier_webhook(const struct tl_access *access, const char *name)
{
	for (size_t i = 0; i < access->n_webhooks; i++) {
		if (tl_str_is(access->webhooks[i].name, name))
			return &access->webhooks[i];
	}
	return NULL;
}

static int64_t monotonic(const struct tl_courier *courier)
{
	return courier->clock->monotonic_ms(courier->clock->data);
}

static void reach(const struct tl_courier *courier, const char *place)
{
	if (courier->at)
		courier->at(courier->at_data, place);
}

static bool is_stopped(const struct tl_courier *courier)
{
	return courier->stopped && courier->stopped();
}

/* Doubled with each attempt, and spread, so that many programs do not come back at one moment. */
static int64_t pause_after(int64_t attempts, int64_t asked_ms)
{
	int64_t pause = FIRST_PAUSE_MS;
	unsigned char spread;

	while (attempts-- > 0 && pause < LAST_PAUSE_MS)
		pause *= 2;
	if (pause > LAST_PAUSE_MS)
		pause = LAST_PAUSE_MS;
	tl_random(&spread, 1);
	pause -= pause * spread / 1024;
	return pause > asked_ms ? pause : asked_ms;
}

/* ---- what programs left that ended */

/* One row, by what the interaction is now. What cannot be read is looked at again later. */
static int settle_row(struct tl_courier *courier, const struct tl_outbox_row *row, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_interaction now;
	struct tl_error why = { 0 };
	int64_t age = courier->clock->now_ms(courier->clock->data) - row->made_ms;
	int64_t grace = courier->grace_ms == 0 ? TL_COURIER_GRACE_MS : courier->grace_ms;
	enum tl_outbox_outcome outcome = TL_OUTBOX_NOT_KNOWN;
	int64_t later = TL_COURIER_GRACE_MS;
	int ret;

	if (tl_platform_interaction(&now, &arena, courier->platform, row->interaction, &why) != 0) {
		/* An interaction that is gone tells nothing any more. */
		if (why.code == TL_NOT_FOUND)
			outcome = TL_OUTBOX_UNKNOWABLE;
	} else if (tl_str_equal(tl_item_text(now.attributes, "flow_node"), row->node) &&
	           tl_str_equal(tl_item_text(now.attributes, "last_updated"), row->stamp)) {
		outcome = TL_OUTBOX_HAPPENED;
	} else if (age >= grace) {
		outcome = TL_OUTBOX_NOT_HAPPENED;
	} else {
		later = age < 0 ? grace : grace - age;
		tl_error_set(&why, TL_LOST, "whether it happened is not known yet");
	}
	ret = why.code == TL_INTERRUPTED ? 0 : tl_outbox_settle(courier->ledger, row, outcome, later, tl_str(why.message), err);
	if (ret == 0 && outcome != TL_OUTBOX_NOT_KNOWN)
		atomic_fetch_add(&courier->counts.settled, 1);
	tl_arena_clear(&arena);
	return ret;
}

struct settling {
	struct tl_courier *courier;
	const struct tl_outbox_rows *rows;
	struct tl_error err;  /* of one that failed */
	pthread_mutex_t lock;
};

static int settle_one(void *data, unsigned worker, size_t i)
{
	struct settling *settling = data;
	struct tl_error err = { 0 };

	(void)worker;
	if (is_stopped(settling->courier) || settle_row(settling->courier, &settling->rows->items[i], &err) == 0)
		return 0;
	pthread_mutex_lock(&settling->lock);
	settling->err = err;
	pthread_mutex_unlock(&settling->lock);
	return -1;
}

static unsigned workers_of(const struct tl_courier *courier)
{
	return courier->workers > 0 ? courier->workers : TL_COURIER_WORKERS;
}

static int settle_all(struct tl_courier *courier, size_t *count, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_outbox_rows rows;
	struct settling settling = { .courier = courier, .rows = &rows, .lock = PTHREAD_MUTEX_INITIALIZER };
	int ret;

	*count = 0;
	if (!courier->platform)
		return 0;
	ret = tl_outbox_unsettled(&rows, &arena, courier->ledger, courier->environment, ROUND, err);
	if (ret == 0) {
		*count = rows.count;
		ret = tl_pool_run(workers_of(courier), rows.count, settle_one, &settling);
		if (ret != 0 && err)
			*err = settling.err;
	}
	tl_arena_clear(&arena);
	return ret;
}

/* What programs had in hand that run no more is free. */
static int release_gone(struct tl_courier *courier, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str *owners;
	size_t count;
	int ret;

	if (!courier->is_alive)
		return 0;
	ret = tl_outbox_owners(&owners, &count, &arena, courier->ledger, courier->environment, err);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		if (!tl_str_equal(owners[i], courier->owner) && !courier->is_alive(courier->alive_data, owners[i]))
			ret = tl_outbox_release(courier->ledger, courier->environment, owners[i], err);
	}
	tl_arena_clear(&arena);
	return ret;
}

/* ---- one round of deliveries */

struct round {
	struct tl_courier *courier;
	struct tl_outbox_rows rows;
	int64_t taken_ms;
	struct tl_error err;  /* of one that could not be recorded */
	pthread_mutex_t lock;
};

static enum tl_delivered send_row(struct tl_courier *courier, const struct tl_outbox_row *row, int64_t *retry_ms, struct tl_error *why)
{
	struct tl_delivery delivery = {
		.url = courier->webhook->url, .secret = courier->secret, .body = row->body, .key = row->key,
		.now_ms = courier->clock->now_ms(courier->clock->data),
	};

	return tl_webhook_send(retry_ms, courier->http, &delivery, why);
}

static int tell_row(struct tl_courier *courier, const struct tl_outbox_row *row, struct tl_error *err)
{
	struct tl_error why = { 0 };
	int64_t retry_ms = 0;
	enum tl_delivered delivered = send_row(courier, row, &retry_ms, &why);

	reach(courier, "sent");
	if (delivered == TL_DELIVERED) {
		atomic_fetch_add(&courier->counts.delivered, 1);
		return tl_outbox_delivered(courier->ledger, row, err);
	}
	if (why.code == TL_INTERRUPTED)
		return tl_outbox_give_back(courier->ledger, row, err);
	if (delivered == TL_DELIVERY_LATER) {
		atomic_fetch_add(&courier->counts.later, 1);
		return tl_outbox_later(courier->ledger, row, pause_after(row->attempts, retry_ms), tl_str(why.message), err);
	}
	atomic_fetch_add(&courier->counts.dead, 1);
	return tl_outbox_dead(courier->ledger, row, tl_str(why.message), err);
}

static int tell_one(void *data, unsigned worker, size_t i)
{
	struct round *round = data;
	struct tl_courier *courier = round->courier;
	struct tl_error err = { 0 };
	int ret;

	(void)worker;
	if (is_stopped(courier) || monotonic(courier) - round->taken_ms > FRESH_MS)
		ret = tl_outbox_give_back(courier->ledger, &round->rows.items[i], &err);
	else
		ret = tell_row(courier, &round->rows.items[i], &err);
	reach(courier, "told");
	if (ret == 0)
		return 0;
	pthread_mutex_lock(&round->lock);
	round->err = err;
	pthread_mutex_unlock(&round->lock);
	return ret;
}

static int deliver_round(struct tl_courier *courier, size_t *count, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct round round = { .courier = courier, .lock = PTHREAD_MUTEX_INITIALIZER };
	int ret;

	*count = 0;
	round.taken_ms = monotonic(courier);
	ret = tl_outbox_claim(&round.rows, &arena, courier->ledger, courier->environment, courier->webhook->name, courier->owner, ROUND, err);
	if (ret == 0) {
		*count = round.rows.count;
		ret = tl_pool_run(workers_of(courier), round.rows.count, tell_one, &round);
		if (ret != 0 && err)
			*err = round.err;
	}
	tl_arena_clear(&arena);
	return ret;
}

/* ---- rounds */

/* Waits until something may have to be done; *more false: nothing is left, or there is no time. */
static int wait_for_work(struct tl_courier *courier, bool *more, struct tl_error *err)
{
	struct tl_outbox_counts counts;
	int64_t pause = LOOK_MS, left;
	bool ending;

	pthread_mutex_lock(&courier->lock);
	ending = courier->ending;
	pthread_mutex_unlock(&courier->lock);
	*more = !ending;
	if (ending) {
		if (tl_outbox_count(&counts, courier->ledger, courier->environment, courier->webhook->name, err) != 0)
			return -1;
		left = courier->until_ms - monotonic(courier);
		*more = counts.free > 0 && counts.wait_ms < left;
		if (counts.wait_ms < pause)
			pause = counts.wait_ms;
	}
	if (*more && pause > 0)
		courier->clock->sleep_ms(courier->clock->data, pause);
	return 0;
}

static bool has_time(struct tl_courier *courier)
{
	bool has;

	pthread_mutex_lock(&courier->lock);
	has = !courier->ending || monotonic(courier) < courier->until_ms;
	pthread_mutex_unlock(&courier->lock);
	return has;
}

/* Until it is ended and nothing is left, or the time is over. */
static int run(struct tl_courier *courier, struct tl_error *err)
{
	int64_t swept = monotonic(courier);
	size_t settled, told;
	bool more = true;

	while (more && has_time(courier)) {
		if (is_stopped(courier))
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		if (monotonic(courier) - swept >= SWEEP_MS) {
			swept = monotonic(courier);
			if (release_gone(courier, err) != 0)
				return -1;
		}
		if (settle_all(courier, &settled, err) != 0 || deliver_round(courier, &told, err) != 0)
			return -1;
		if (told == 0 && wait_for_work(courier, &more, err) != 0)
			return -1;
	}
	return is_stopped(courier) ? tl_error_set(err, TL_INTERRUPTED, "interrupted") : 0;
}

static void *run_thread(void *data)
{
	struct tl_courier *courier = data;

	run(courier, &courier->err);
	return NULL;
}

int tl_courier_open(struct tl_courier *courier, struct tl_error *err)
{
	struct tl_http_config config = { .clock = courier->clock, .stopped = courier->stopped, .connections = workers_of(courier) };
	size_t count;

	pthread_mutex_init(&courier->lock, NULL);
	config.public_only = !courier->webhook->allow_private;
	if (courier->access) {
		config.proxy = courier->access->proxy.len > 0 ? courier->access->proxy.ptr : NULL;
		config.ca = courier->access->ca.len > 0 ? courier->access->ca.ptr : NULL;
	}
	if (courier->webhook->secret.kind != TL_SECRET_NONE &&
	    tl_secret_read(&courier->secret, &courier->arena, &courier->webhook->secret, courier->surroundings, "the webhook's secret", err) != 0)
		return -1;
	if (tl_http_open(&courier->http, &config, err) != 0 || tl_outbox_purge(courier->ledger, courier->environment, err) != 0 ||
	    release_gone(courier, err) != 0)
		return -1;
	return settle_all(courier, &count, err);
}

void tl_courier_close(struct tl_courier *courier)
{
	struct tl_error err;

	if (!courier->webhook)
		return;
	if (courier->running)
		tl_courier_finish(courier, 0, &err);
	tl_http_close(courier->http);
	tl_secret_wipe(courier->secret);
	tl_arena_clear(&courier->arena);
	pthread_mutex_destroy(&courier->lock);
}

/* Signals are left to the caller's own thread. */
int tl_courier_start(struct tl_courier *courier, struct tl_error *err)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&courier->thread, NULL, run_thread, courier);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return tl_error_errno(err, rc, "cannot deliver to the webhook");
	courier->running = true;
	return 0;
}

int tl_courier_finish(struct tl_courier *courier, int64_t ms, struct tl_error *err)
{
	pthread_mutex_lock(&courier->lock);
	courier->ending = true;
	courier->until_ms = monotonic(courier) + ms;
	pthread_mutex_unlock(&courier->lock);
	if (!courier->running)
		return run(courier, err);
	pthread_join(courier->thread, NULL);
	courier->running = false;
	if (courier->err.code != TL_OK && err)
		*err = courier->err;
	return courier->err.code == TL_OK ? 0 : -1;
}
