/* deploy/tell.c: what the threads of an apply share: texts that stay, whether to go on, and what is told. */
#include <assert.h>

#include "deploy/apply.h"
#include "ledger/lease.h"

static const char *const told_table[TL_TOLD_KINDS] = {
	[TL_TOLD_READ] = "read",
	[TL_TOLD_JUDGED] = "judged",
	[TL_TOLD_BEGUN] = "begun",
	[TL_TOLD_DRAFTED] = "drafted",
	[TL_TOLD_SENT] = "sent",
	[TL_TOLD_PUBLISHED] = "published",
	[TL_TOLD_CONFLICT] = "conflict",
	[TL_TOLD_FAILED] = "failed",
	[TL_TOLD_UNDONE] = "undone",
	[TL_TOLD_KEPT] = "kept",
	[TL_TOLD_LEASE_LOST] = "lease lost",
};

const char *tl_told_name(enum tl_told_kind kind)
{
	assert(kind < TL_TOLD_KINDS);
	return told_table[kind];
}

struct tl_str tl_apply_keep(struct tl_applying *applying, struct tl_str text)
{
	struct tl_str kept;

	pthread_mutex_lock(&applying->lock);
	kept = tl_arena_dup(&applying->out->arena, text);
	pthread_mutex_unlock(&applying->lock);
	return kept;
}

void tl_apply_note(struct tl_applying *applying, struct tl_step *step, const struct tl_remote_call *call)
{
	step->call = (struct tl_step_call){
		.status = call->status,
		.attempts = call->attempts,
		.latency_ms = call->latency_ms,
		.etag = tl_apply_keep(applying, call->etag_used),
		.correlation = tl_apply_keep(applying, call->correlation),
		.settled = call->settled,
	};
}

struct tl_remote tl_apply_keep_remote(struct tl_applying *applying, const struct tl_remote *remote)
{
	struct tl_remote kept = *remote;

	kept.id = tl_apply_keep(applying, remote->id);
	kept.name = tl_apply_keep(applying, remote->name);
	kept.reason = tl_apply_keep(applying, remote->reason);
	kept.content = (struct tl_str){ NULL, 0 };
	return kept;
}

int64_t tl_deploy_timeout(const struct tl_deploy *deploy)
{
	return deploy->timeout_ms > 0 ? deploy->timeout_ms : TL_DEPLOY_TIMEOUT_MS;
}

unsigned tl_deploy_requests(const struct tl_deploy *deploy)
{
	if (!tl_platform_can(deploy->platform, TL_CAN_PARALLEL))
		return 1;
	return deploy->concurrency > 0 ? deploy->concurrency : TL_DEPLOY_CONCURRENCY;
}

void tl_apply_enter(struct tl_applying *applying)
{
	if (tl_platform_can(applying->deploy->platform, TL_CAN_QUEUE))
		return;
	pthread_mutex_lock(&applying->lock);
	while (applying->requests >= applying->most_requests)
		pthread_cond_wait(&applying->freed, &applying->lock);
	applying->requests++;
	pthread_mutex_unlock(&applying->lock);
}

void tl_apply_leave(struct tl_applying *applying)
{
	if (tl_platform_can(applying->deploy->platform, TL_CAN_QUEUE))
		return;
	pthread_mutex_lock(&applying->lock);
	applying->requests--;
	pthread_cond_signal(&applying->freed);
	pthread_mutex_unlock(&applying->lock);
}

static void tell(const struct tl_applying *applying, enum tl_told_kind kind, const struct tl_line *line)
{
	const struct tl_deploy *deploy = applying->deploy;
	struct tl_told told = { .kind = kind, .done = applying->n_ended, .total = applying->n_writes };

	if (!deploy->told)
		return;
	told.at_ms = deploy->clock->now_ms(deploy->clock->data);
	if (line) {
		told.flow = line->planned->flow;
		told.platform_id = line->applied->platform_id;
		told.version = line->applied->version;
		told.message = line->applied->message;
	}
	deploy->told(deploy->data, &told);
}

/* Whether that is the end of a line's way; one of which it is not known what became of it has none yet. */
static bool is_end(enum tl_told_kind kind, const struct tl_line *line)
{
	if (line->applied->state == TL_APPLIED_UNKNOWN)
		return false;
	return kind == TL_TOLD_PUBLISHED || kind == TL_TOLD_CONFLICT || kind == TL_TOLD_FAILED;
}

void tl_apply_tell(struct tl_applying *applying, enum tl_told_kind kind, const struct tl_line *line)
{
	pthread_mutex_lock(&applying->lock);
	applying->n_ended += is_end(kind, line);
	tell(applying, kind, line);
	pthread_mutex_unlock(&applying->lock);
}

void tl_apply_at(const struct tl_applying *applying, const char *place)
{
	if (applying->deploy->at)
		applying->deploy->at(applying->deploy->data, place);
}

void tl_apply_stop(struct tl_applying *applying)
{
	pthread_mutex_lock(&applying->lock);
	applying->stopped = true;
	pthread_mutex_unlock(&applying->lock);
}

void tl_apply_interrupt(struct tl_applying *applying)
{
	pthread_mutex_lock(&applying->lock);
	applying->stopped = applying->out->interrupted = true;
	pthread_mutex_unlock(&applying->lock);
}

/* The lease, while the lock is held. */
static void watch_lease(struct tl_applying *applying)
{
	const struct tl_deploy *deploy = applying->deploy;

	if (!deploy->lease || applying->out->taken_over || tl_ledger_has_lease(deploy->ledger))
		return;
	applying->stopped = applying->out->taken_over = true;
	tell(applying, TL_TOLD_LEASE_LOST, NULL);
}

int tl_apply_may_write(struct tl_applying *applying, struct tl_error *err)
{
	const struct tl_deploy *deploy = applying->deploy;

	if (tl_apply_must_stop(applying) && applying->out->interrupted)
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	if (!deploy->lease || tl_ledger_sure_of_lease(deploy->ledger, err) == 0)
		return 0;
	tl_apply_must_stop(applying);
	return -1;
}

bool tl_apply_may_still(const struct tl_applying *applying)
{
	const struct tl_deploy *deploy = applying->deploy;

	return !(deploy->stopped && deploy->stopped()) && (!deploy->lease || tl_ledger_is_sure_of_lease(deploy->ledger));
}

bool tl_apply_is_cut_off(struct tl_applying *applying)
{
	tl_apply_must_stop(applying);
	return applying->out->interrupted || applying->out->taken_over;
}

bool tl_apply_must_stop(struct tl_applying *applying)
{
	const struct tl_deploy *deploy = applying->deploy;
	bool stopped;

	pthread_mutex_lock(&applying->lock);
	if (!applying->out->interrupted && deploy->stopped && deploy->stopped())
		applying->stopped = applying->out->interrupted = true;
	watch_lease(applying);
	stopped = applying->stopped;
	pthread_mutex_unlock(&applying->lock);
	return stopped;
}
