/* monitor/monitor.c: looking, judging, waiting. */
#include "monitor/monitor.h"

#include <assert.h>

#include "crypto/sha256.h"

static const char *const verdict_table[TL_VERDICTS] = {
	[TL_VERDICT_WAITING] = "waiting",
	[TL_VERDICT_PUBLISHED] = "published",
	[TL_VERDICT_SCHEDULED] = "scheduled",
	[TL_VERDICT_FAILED] = "failed",
	[TL_VERDICT_REPLACED] = "replaced",
	[TL_VERDICT_GONE] = "gone",
	[TL_VERDICT_TIMED_OUT] = "timed out",
};

const char *tl_verdict_name(enum tl_verdict verdict)
{
	assert(verdict < TL_VERDICTS);
	return verdict_table[verdict];
}

/* Whether a version says what was deployed; one that cannot be read does not. */
static int compare_content(bool *same, const struct tl_monitor *monitor, const struct tl_watched *watched, const struct tl_remote *version, struct tl_error *err)
{
	char digest[TL_SHA256_SIZE];

	*same = false;
	if (tl_remote_digest(digest, version, monitor->lower, err) != 0)
		return tl_remote_is_unreadable(err->code) ? 0 : -1;
	*same = tl_str_is(watched->record->content, digest);
	return 0;
}

/* Whether what bears the deployment's number was written at another time and says something else: the platform was set back, and somebody wrote it. The list dates
 * the last write alone; an organisation of the vendor's (TL_CAN_LOCK) is not set back, and what it holds comes by a job each. */
static int check_number(bool *other, const struct tl_monitor *monitor, struct tl_watched *watched, const struct tl_remote *remote, struct tl_error *err)
{
	const struct tl_deployed *record = watched->record;
	bool last = remote->version == watched->version, same = true;
	struct tl_arena arena = { 0 };
	struct tl_remote version;
	int ret = 0;

	*other = false;
	if (!record || record->written_ms == 0 || tl_platform_can(monitor->platform, TL_CAN_LOCK))
		return 0;
	if (last ? tl_deployed_is(record, remote->version, remote->written_ms) : remote->published_version != watched->version)
		return 0;
	ret = tl_platform_version(&version, &arena, monitor->platform, remote->id, watched->version, err);
	if (ret == 0 && !tl_deployed_is(record, version.version, version.written_ms))
		ret = compare_content(&same, monitor, watched, &version, err);
	else if (ret != 0 && tl_remote_is_unreadable(err->code))
		ret = same = 0;
	tl_arena_clear(&arena);
	*other = !same;
	if (ret == 0)
		watched->record = NULL;
	return ret;
}

/* What the last write says of the deployment that is waited for. */
static enum tl_verdict judge(const struct tl_watched *watched, const struct tl_remote *remote)
{
	bool last = remote->version == watched->version;

	/* Its status stands, whatever the platform gives as the version that callers get. */
	if (last && (remote->status == TL_STATUS_FAILED || remote->status == TL_STATUS_REJECTED))
		return TL_VERDICT_FAILED;
	if (last && remote->status == TL_STATUS_PUBLISHING)
		return TL_VERDICT_WAITING;
	/* Callers get it, whatever lies on top of it as a draft. */
	if (remote->published_version == watched->version)
		return TL_VERDICT_PUBLISHED;
	/* The platform took it for a time of its own, which may be next week. */
	if (last && remote->status == TL_STATUS_SCHEDULED)
		return TL_VERDICT_SCHEDULED;
	return last ? TL_VERDICT_WAITING : TL_VERDICT_REPLACED;
}

static void look_at(struct tl_monitor *monitor, struct tl_watched *watched, const struct tl_remote *remote)
{
	if (!remote) {
		watched->verdict = TL_VERDICT_GONE;
		watched->seen_version = 0;
		return;
	}
	if (watched->version == 0)
		watched->version = remote->version;
	watched->status = remote->status;
	watched->seen_version = remote->version;
	watched->published_version = remote->published_version;
	watched->reason = tl_arena_dup(&monitor->arena, remote->reason);
	watched->verdict = judge(watched, remote);
}

static void tell(const struct tl_monitor *monitor, const struct tl_watched *watched)
{
	if (monitor->told)
		monitor->told(monitor->data, watched);
}

/* What one look found out about one flow. */
static int take(struct tl_monitor *monitor, struct tl_watched *watched, const struct tl_remote *remote, int64_t since, struct tl_error *err)
{
	bool other = false;

	if (remote && check_number(&other, monitor, watched, remote, err) != 0)
		return -1;
	look_at(monitor, watched, remote);
	if (other)
		watched->verdict = TL_VERDICT_REPLACED;
	watched->waited_ms = monitor->clock->monotonic_ms(monitor->clock->data) - since;
	if (watched->verdict != TL_VERDICT_WAITING)
		tell(monitor, watched);
	return 0;
}

/* One look at everything that has no verdict yet; *waiting says how many are left. */
static int look(size_t *waiting, struct tl_monitor *monitor, struct tl_watched *watched, size_t count, int64_t since, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_map by_id = { 0 };
	struct tl_remotes remotes;
	int ret = tl_platform_list(&remotes, &scratch, monitor->platform, err);

	*waiting = 0;
	for (uint32_t i = 0; ret == 0 && i < remotes.count; i++)
		tl_map_put(&by_id, remotes.items[i].id, NULL)->value.ptr = &remotes.items[i];
	for (size_t i = 0; ret == 0 && i < count; i++) {
		if (watched[i].verdict == TL_VERDICT_WAITING)
			ret = take(monitor, &watched[i], tl_map_ptr(&by_id, watched[i].platform_id), since, err);
		*waiting += watched[i].verdict == TL_VERDICT_WAITING;
	}
	tl_map_clear(&by_id);
	tl_arena_clear(&scratch);
	return ret;
}

static void time_out(struct tl_monitor *monitor, struct tl_watched *watched, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (watched[i].verdict != TL_VERDICT_WAITING)
			continue;
		watched[i].verdict = TL_VERDICT_TIMED_OUT;
		tell(monitor, &watched[i]);
	}
}

/* Sleeps, but not past the deadline. */
static int rest(struct tl_monitor *monitor, int64_t ms, int64_t left, struct tl_error *err)
{
	if (monitor->clock->sleep_ms(monitor->clock->data, ms < left ? ms : left) == 0 && !(monitor->stopped && monitor->stopped(monitor->data)))
		return 0;
	return tl_error_set(err, TL_INTERRUPTED, "interrupted");
}

bool tl_monitor_has_looked(const struct tl_watched *watched, size_t count)
{
	return count > 0 && watched[0].seen_version >= 0;
}

/* One look, of which a later one may fail: what it would have said is still waited for. */
static int look_again(size_t *waiting, struct tl_monitor *monitor, struct tl_watched *watched, size_t count, int64_t since, struct tl_error *err)
{
	size_t before = *waiting;

	if (look(waiting, monitor, watched, count, since, err) == 0)
		return 0;
	if (err->code == TL_INTERRUPTED || !tl_monitor_has_looked(watched, count))
		return -1;
	if (monitor->troubled)
		monitor->troubled(monitor->data, err);
	*err = (struct tl_error){ .code = TL_OK };
	*waiting = before;
	return 0;
}

int tl_monitor_wait(struct tl_monitor *monitor, struct tl_watched *watched, size_t count, struct tl_error *err)
{
	int64_t since = monitor->clock->monotonic_ms(monitor->clock->data), delay = monitor->first_ms;
	size_t waiting = count;

	for (size_t i = 0; i < count; i++) {
		watched[i].verdict = TL_VERDICT_WAITING;
		watched[i].seen_version = -1; /* no look yet */
	}
	for (;;) {
		int64_t left;

		if (look_again(&waiting, monitor, watched, count, since, err) != 0)
			return -1;
		if (waiting == 0)
			return 0;
		left = monitor->timeout_ms - (monitor->clock->monotonic_ms(monitor->clock->data) - since);
		if (left <= 0)
			break;
		if (rest(monitor, delay, left, err) != 0)
			return -1;
		delay = delay * 2 < monitor->longest_ms ? delay * 2 : monitor->longest_ms;
	}
	time_out(monitor, watched, count);
	return 0;
}

/* By verdict: the exit code, of several 4 before 3 before 1. */
static const int exit_table[TL_VERDICTS] = {
	[TL_VERDICT_FAILED] = 1,
	[TL_VERDICT_GONE] = 1,
	[TL_VERDICT_TIMED_OUT] = 3,
	[TL_VERDICT_REPLACED] = 4,
};

int tl_monitor_exit(const struct tl_watched *watched, size_t count)
{
	int code = 0;

	for (size_t i = 0; i < count; i++) {
		if (exit_table[watched[i].verdict] > code)
			code = exit_table[watched[i].verdict];
	}
	return code;
}
