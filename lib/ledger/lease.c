/* ledger/lease.c: taking, renewing, losing and giving back the lease of an environment. */
#include "ledger/lease.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ledger/chain.h"

/* How often the lease of somebody else is looked at while waiting for it. */
#define LOOK_MS 250

/* How soon a renewal that the database did not take is tried again. */
#define TRY_AGAIN_MS 2000

static struct tl_lease_holder holder_of(const struct tl_param *column)
{
	return (struct tl_lease_holder){
		.owner = column[0].text,
		.fence = column[1].integer,
		.since_ms = column[2].integer,
		.expires_ms = column[3].integer,
	};
}

/* Within a write, and where the database's lock is held. The clock is asked only where there is a holder. */
static int read_holder(struct tl_lease_holder *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                       struct tl_error *err)
{
	struct tl_result result;
	int64_t now;

	*out = (struct tl_lease_holder){ 0 };
	if (tl_db_query(&result, arena, ledger->db, TL_LEDGER_LEASE_READ, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	if (result.n_rows > 0)
		*out = holder_of(result.rows[0].columns);
	if (out->owner.len == 0)
		return 0;
	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	out->held = out->expires_ms > now;
	return 0;
}

int tl_ledger_lease_holder(struct tl_lease_holder *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err)
{
	int ret;

	*out = (struct tl_lease_holder){ 0 };
	pthread_mutex_lock(&ledger->db_lock);
	ret = tl_ledger_file(ledger, false, err);
	if (ret == 0 && ledger->db)
		ret = read_holder(out, arena, ledger, environment, err);
	pthread_mutex_unlock(&ledger->db_lock);
	return ret;
}

static bool is_ours(const struct tl_ledger *ledger, struct tl_str environment)
{
	return ledger->lease.environment && tl_str_is(environment, ledger->lease.environment);
}

int64_t tl_ledger_fence(const struct tl_ledger *ledger, struct tl_str environment)
{
	return is_ours(ledger, environment) ? ledger->lease.fence : 0;
}

static int taken_over(struct tl_ledger *ledger, struct tl_arena *arena, const struct tl_lease_holder *by, struct tl_error *err)
{
	struct tl_str since = tl_time_format(arena, by->since_ms);

	atomic_store(&ledger->lease.lost, true);
	if (by->owner.len == 0)
		return tl_error_set(err, TL_CONFLICT, "the lease of '%s' was taken over, and has been given back since: nothing more is written here",
		                    ledger->lease.environment);
	return tl_error_set(err, TL_CONFLICT, "the lease of '%s' was taken over by %.*s (%.*s): nothing more is written here",
	                    ledger->lease.environment, TL_FMT(by->owner), TL_FMT(since));
}

static int held(struct tl_arena *arena, struct tl_str environment, const struct tl_lease_holder *by, struct tl_error *err)
{
	struct tl_str since = tl_time_format(arena, by->since_ms), until = tl_time_format(arena, by->expires_ms);

	return tl_error_set(err, TL_TIMED_OUT, "'%.*s' is being published to by %.*s since %.*s (lease until %.*s, renewed while it is at work): "
	                    "wait for it (--wait 10m), or where it is known to be dead take the lease with --steal-lease REASON",
	                    TL_FMT(environment), TL_FMT(by->owner), TL_FMT(since), TL_FMT(until));
}

int tl_ledger_guard(struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_lease_holder holder;
	int ret;

	if (environment.len == 0 || tl_str_equal(ledger->guarded, environment))
		return 0;
	ret = read_holder(&holder, &arena, ledger, environment, err);
	if (ret == 0 && is_ours(ledger, environment) && holder.fence != ledger->lease.fence)
		ret = taken_over(ledger, &arena, &holder, err);
	else if (ret == 0 && !is_ours(ledger, environment) && holder.held)
		ret = held(&arena, environment, &holder, err);
	if (ret == 0)
		ledger->guarded = environment;
	tl_arena_clear(&arena);
	return ret;
}

/* One attempt to take the lease. */
struct taking {
	struct tl_str environment, owner, reason;
	const struct tl_lease_wish *wish;
	bool force;                     /* it is held, or was seen held, and is taken nevertheless */
	struct tl_arena *arena;
	struct tl_lease_holder holder;  /* who had it */
	int64_t fence;                  /* ours; 0: it is held by somebody else */
	int64_t begun_ms;               /* monotonic */
};

/* Why it is taken from who has it now; empty: it is not. */
static struct tl_str reason_to_steal(const struct taking *taking)
{
	const struct tl_lease_wish *wish = taking->wish;

	if (!taking->holder.held || taking->reason.len > 0)
		return taking->reason;
	/* Asked of the very holder that it would be taken from: another one may have been first. */
	if (wish->has_ended && wish->has_ended(wish->data, taking->holder.owner))
		return TL_STR("the process that held it has ended");
	return (struct tl_str){ NULL, 0 };
}

static int64_t monotonic(const struct tl_ledger *ledger)
{
	return ledger->clock->monotonic_ms(ledger->clock->data);
}

static int note_stolen(struct tl_ledger *ledger, const struct taking *taking, struct tl_str reason, int64_t now, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(taking->environment), TL_P_TEXT(taking->owner), TL_P_INT(taking->fence), TL_P_TEXT(taking->holder.owner),
		TL_P_INT(taking->holder.fence), TL_P_TEXT(reason), TL_P_INT(now),
	};

	if (tl_db_run(ledger->db, TL_LEDGER_LEASE_STOLEN, params, TL_COUNT(params), NULL, err) != 0)
		return -1;
	return tl_audit_lease_stolen(ledger, taking->environment, taking->owner, taking->holder.owner, reason, err);
}

static int try_to_take(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct taking *taking = data;
	struct tl_param params[4];
	struct tl_str reason;
	int64_t now;

	taking->fence = 0;
	taking->begun_ms = monotonic(ledger);
	if (read_holder(&taking->holder, taking->arena, ledger, taking->environment, err) != 0)
		return -1;
	reason = reason_to_steal(taking);
	if (taking->holder.held && reason.len == 0 && !taking->force)
		return 0;
	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	params[0] = TL_P_TEXT(taking->environment);
	params[1] = TL_P_TEXT(taking->owner);
	params[2] = TL_P_INT(now);
	params[3] = TL_P_INT(now + TL_LEASE_MS);
	if (tl_ledger_insert(&taking->fence, ledger, TL_LEDGER_LEASE_TAKE, params, TL_COUNT(params), err) != 0)
		return -1;
	return taking->holder.held && reason.len > 0 ? note_stolen(ledger, taking, reason, now, err) : 0;
}

/* Waits until the lease is ours. A lease that nobody renewed for as long as one lasts is nobody's, whatever its time says: the clock was set back. */
static int wait_for_lease(struct taking *taking, struct tl_ledger *ledger, int (*stopped)(void), struct tl_error *err)
{
	int64_t waited = 0, unchanged = 0, seen_fence = 0, seen_expiry = 0;

	for (;;) {
		if (tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, try_to_take, taking, err) != 0)
			return -1;
		if (taking->fence != 0)
			return 0;
		if (waited >= taking->wish->wait_ms)
			return held(taking->arena, taking->environment, &taking->holder, err);
		if (taking->holder.fence != seen_fence || taking->holder.expires_ms != seen_expiry)
			unchanged = 0;
		seen_fence = taking->holder.fence;
		seen_expiry = taking->holder.expires_ms;
		if (ledger->clock->sleep_ms(ledger->clock->data, LOOK_MS) != 0 || (stopped && stopped()))
			return tl_error_set(err, TL_INTERRUPTED, "interrupted while waiting for the lease of '%.*s'", TL_FMT(taking->environment));
		waited += LOOK_MS;
		unchanged += LOOK_MS;
		taking->force = unchanged >= TL_LEASE_MS;
	}
}

static int renew(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	bool *still = data;
	struct tl_param params[3] = { TL_P_TEXT(tl_str(ledger->lease.environment)), TL_P_INT(ledger->lease.fence) };
	int64_t now, changed;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	params[2] = TL_P_INT(now + TL_LEASE_MS);
	if (tl_db_run(ledger->db, TL_LEDGER_LEASE_RENEW, params, TL_COUNT(params), &changed, err) != 0)
		return -1;
	*still = changed > 0;
	return 0;
}

int tl_ledger_renew(bool *still, struct tl_ledger *ledger, struct tl_error *err)
{
	int64_t begun = monotonic(ledger);
	int ret = tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, renew, still, err);

	if (ret == 0 && *still)
		atomic_store(&ledger->lease.sure_ms, begun + TL_LEASE_MS);
	else if (ret == 0)
		atomic_store(&ledger->lease.lost, true);
	return ret;
}

int tl_ledger_sure_of_lease(struct tl_ledger *ledger, struct tl_error *err)
{
	bool still = !atomic_load(&ledger->lease.lost);

	if (!ledger->lease.environment)
		return 0;
	if (still && monotonic(ledger) >= atomic_load(&ledger->lease.sure_ms) && tl_ledger_renew(&still, ledger, err) != 0)
		return tl_error_wrap(err, "nothing was written: the lease of '%s' could not be renewed", ledger->lease.environment);
	return still ? 0 : tl_error_set(err, TL_CONFLICT, "the lease of '%s' was taken over: nothing more is written here", ledger->lease.environment);
}

bool tl_ledger_is_sure_of_lease(struct tl_ledger *ledger)
{
	if (!ledger->lease.environment)
		return true;
	return !atomic_load(&ledger->lease.lost) && monotonic(ledger) < atomic_load(&ledger->lease.sure_ms);
}

/* The thread that keeps the lease. A database that cannot be reached is tried again; meanwhile the fence guards what is written. */
static void *keep(void *data)
{
	struct tl_ledger *ledger = data;
	struct pollfd wake = { .fd = ledger->lease.wake, .events = POLLIN };
	int64_t pause = TL_LEASE_RENEW_MS;
	bool still = true;
	struct tl_error err;

	while (still && poll(&wake, 1, (int)pause) <= 0)
		pause = tl_ledger_renew(&still, ledger, &err) == 0 ? TL_LEASE_RENEW_MS : TRY_AGAIN_MS;
	return NULL;
}

/* Signals are left to the caller's own thread. */
static int start_keeping(struct tl_ledger *ledger, struct tl_error *err)
{
	struct tl_ledger_lease *lease = &ledger->lease;
	sigset_t all, before;
	int rc;

	lease->wake = eventfd(0, EFD_CLOEXEC);
	if (lease->wake < 0)
		return tl_error_errno(err, errno, "cannot keep the lease of '%s'", lease->environment);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&lease->thread, NULL, keep, ledger);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		close(lease->wake);
		return tl_error_errno(err, rc, "cannot keep the lease of '%s'", lease->environment);
	}
	lease->renewing = true;
	return 0;
}

static void stop_keeping(struct tl_ledger_lease *lease)
{
	if (!lease->renewing)
		return;
	/* A counter of 0 always takes one more. */
	if (eventfd_write(lease->wake, 1) == 0)
		pthread_join(lease->thread, NULL);
	close(lease->wake);
	lease->renewing = false;
}

int tl_ledger_lease(struct tl_ledger *ledger, struct tl_str environment, const struct tl_lease_wish *wish, int (*stopped)(void), struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_buf owner_space = { 0 }, reason_space = { 0 };
	struct taking taking = { .environment = environment, .wish = wish, .arena = &arena };
	int ret;

	taking.owner = tl_ledger_text(&owner_space, wish->owner);
	taking.reason = tl_ledger_text(&reason_space, wish->steal);
	assert(!ledger->lease.environment && environment.len > 0 && wish->owner.len > 0);
	ret = wait_for_lease(&taking, ledger, stopped, err);
	if (ret == 0) {
		pthread_mutex_lock(&ledger->db_lock);
		ledger->lease.environment = tl_strdup(tl_arena_dup(&arena, environment).ptr);
		ledger->lease.fence = taking.fence;
		atomic_store(&ledger->lease.lost, false);
		atomic_store(&ledger->lease.sure_ms, taking.begun_ms + TL_LEASE_MS);
		pthread_mutex_unlock(&ledger->db_lock);
		ret = start_keeping(ledger, err);
		if (ret != 0)
			tl_ledger_unlease(ledger);
	}
	tl_buf_clear(&owner_space);
	tl_buf_clear(&reason_space);
	tl_arena_clear(&arena);
	return ret;
}

static int give_back(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(tl_str(ledger->lease.environment)), TL_P_INT(ledger->lease.fence) };

	(void)data;
	return tl_db_run(ledger->db, TL_LEDGER_LEASE_GIVE_BACK, params, TL_COUNT(params), NULL, err);
}

void tl_ledger_unlease(struct tl_ledger *ledger)
{
	char *environment = ledger->lease.environment;
	struct tl_error err;

	if (!environment)
		return;
	stop_keeping(&ledger->lease);
	/* One that cannot be given back ends by itself. */
	tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, give_back, NULL, &err);
	pthread_mutex_lock(&ledger->db_lock);
	ledger->lease.environment = NULL;
	ledger->lease.fence = 0;
	pthread_mutex_unlock(&ledger->db_lock);
	free(environment);
}

bool tl_ledger_has_lease(struct tl_ledger *ledger)
{
	return ledger->lease.environment && !atomic_load(&ledger->lease.lost);
}
