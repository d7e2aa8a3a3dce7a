/* tests/unit/test_monitor.c: waiting for deployments, on a platform that follows a script and a clock that nobody waits for. */
#include "unit.h"

#include <stdio.h>

#include "monitor/monitor.h"

/* A platform whose only flow is, at each look, as the next word says: "VERSION STATUS PUBLISHED"; the last one stays. */
struct script {
	const char *const *looks;
	size_t n_looks, at;
	int64_t now, sleeps, slept, longest;
	int64_t stop_after; /* sleeps; 0: never */
	struct tl_buf told;
};

static int script_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	(void)err;
	*state = config->clock->data;
	return 0;
}

static void script_close(void *state)
{
	(void)state;
}

static int script_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err)
{
	struct script *script = state;
	const char *look = script->looks[script->at];
	struct tl_remote *remote = TL_ARENA_NEW(arena, struct tl_remote);
	long long version, published;
	char status[16];

	(void)expected;
	if (script->at + 1 < script->n_looks)
		script->at++;
	if (strcmp(look, "broken") == 0)
		return tl_error_set(err, TL_IO, "the line went dead");
	*out = (struct tl_remotes){ remote, strcmp(look, "gone") != 0 };
	if (out->count == 0)
		return 0;
	assert_int_equal(sscanf(look, "%lld %15s %lld", &version, status, &published), 3);
	*remote = (struct tl_remote){
		.id = TL_STR("id"), .name = TL_STR("a"), .version = version, .published_version = published,
		.status = tl_remote_status_parse(tl_str(status)),
	};
	if (remote->status == TL_STATUS_FAILED || remote->status == TL_STATUS_REJECTED)
		remote->reason = tl_arena_dup(arena, TL_STR("no licence"));
	return 0;
}

static const struct tl_driver script_driver = { .name = "script", .open = script_open, .close = script_close, .list = script_list };

static int64_t now_ms(void *data)
{
	return ((struct script *)data)->now;
}

static int sleep_ms(void *data, int64_t ms)
{
	struct script *script = data;

	script->now += ms;
	script->slept += ms;
	if (ms > script->longest)
		script->longest = ms;
	script->sleeps++;
	return script->stop_after > 0 && script->sleeps >= script->stop_after ? -1 : 0;
}

static void note(void *data, const struct tl_watched *watched)
{
	tl_buf_printf(&((struct script *)data)->told, "%s;", tl_verdict_name(watched->verdict));
}

static struct tl_watched watch(struct script *script, int64_t version, int *ret, struct tl_error *err)
{
	struct tl_clock clock = { now_ms, now_ms, sleep_ms, script };
	struct tl_platform_config config = { .clock = &clock };
	struct tl_watched watched = { .flow = TL_STR("a"), .platform_id = TL_STR("id"), .version = version };
	struct tl_monitor monitor = {
		.clock = &clock, .timeout_ms = 60000, .first_ms = TL_MONITOR_FIRST_MS, .longest_ms = TL_MONITOR_LONGEST_MS, .told = note,
		.data = script,
	};

	assert_int_equal(tl_platform_open_driver(&monitor.platform, &script_driver, &config, err), 0);
	*ret = tl_monitor_wait(&monitor, &watched, 1, err);
	tl_platform_close(monitor.platform);
	assert_true(watched.verdict != TL_VERDICT_FAILED || tl_str_is(watched.reason, "no licence"));
	tl_arena_clear(&monitor.arena);
	return watched;
}

static const struct monitor_row {
	const char *idea;
	int64_t version;
	const char *looks[5];
	enum tl_verdict verdict;
	int64_t sleeps;
	int exit;
} monitor_table[] = {
	{ "what is published needs no waiting", 3, { "3 published 3" }, TL_VERDICT_PUBLISHED, 0, 0 },
	{ "the last write is meant where nothing is said", 0, { "3 publishing 2", "3 published 3" }, TL_VERDICT_PUBLISHED, 1, 0 },
	{ "a publish takes its time", 3, { "3 publishing 2", "3 publishing 2", "3 published 3" }, TL_VERDICT_PUBLISHED, 2, 0 },
	{ "what is scheduled has its time, and is not waited for", 3, { "3 publishing 2", "3 scheduled 2" }, TL_VERDICT_SCHEDULED, 1, 0 },
	{ "a failure ends the waiting", 3, { "3 publishing 2", "3 failed 2" }, TL_VERDICT_FAILED, 1, 1 },
	{ "a rejection is a failure", 3, { "3 rejected 2" }, TL_VERDICT_FAILED, 0, 1 },
	{ "so is one of what callers are said to get", 3, { "3 publishing 3", "3 failed 3" }, TL_VERDICT_FAILED, 1, 1 },
	{ "somebody wrote on top", 3, { "3 publishing 2", "4 draft 2" }, TL_VERDICT_REPLACED, 1, 4 },
	{ "somebody drafts on top of what callers get", 3, { "3 publishing 2", "4 draft 3" }, TL_VERDICT_PUBLISHED, 1, 0 },
	{ "somebody published on top", 3, { "4 published 4" }, TL_VERDICT_REPLACED, 0, 4 },
	{ "the flow is gone", 3, { "3 publishing 2", "gone" }, TL_VERDICT_GONE, 1, 1 },
	/* 250 + 500 + 1000 + 2000 + 4000 + 10 x 5000 = 57750, and what is left */
	{ "it never ends", 3, { "3 publishing 2" }, TL_VERDICT_TIMED_OUT, 16, 3 },
	{ "a draft is not published by itself", 3, { "3 draft 2" }, TL_VERDICT_TIMED_OUT, 16, 3 },
};

static void verdicts_are_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(monitor_table); i++) {
		const struct monitor_row *row = &monitor_table[i];
		struct script script = { .looks = row->looks };
		struct tl_watched watched;
		struct tl_error err;
		int ret;

		while (script.n_looks < TL_COUNT(row->looks) && row->looks[script.n_looks])
			script.n_looks++;
		watched = watch(&script, row->version, &ret, &err);
		assert_row(row->idea, ret == 0 && watched.verdict == row->verdict);
		assert_row(row->idea, script.sleeps == row->sleeps && script.longest <= TL_MONITOR_LONGEST_MS);
		assert_row(row->idea, tl_monitor_exit(&watched, 1) == row->exit);
		assert_row(row->idea, watched.waited_ms == script.slept || row->verdict == TL_VERDICT_TIMED_OUT);
		tl_buf_char(&script.told, '\0');
		assert_row(row->idea, strlen(script.told.data) == strlen(tl_verdict_name(row->verdict)) + 1);
		tl_buf_clear(&script.told);
	}
}

static void the_deadline_is_kept_to_the_millisecond(void **state)
{
	struct script script = { .looks = (const char *const[]){ "3 publishing 2" }, .n_looks = 1 };
	struct tl_error err;
	int ret;

	(void)state;
	watch(&script, 3, &ret, &err);
	assert_int_equal(script.slept, 60000);
	tl_buf_clear(&script.told);
}

static void a_platform_that_cannot_be_asked_is_an_error(void **state)
{
	struct script script = { .looks = (const char *const[]){ "broken", "3 published 3" }, .n_looks = 2 };
	struct tl_error err;
	int ret;

	(void)state;
	watch(&script, 3, &ret, &err);
	assert_true(ret == -1 && err.code == TL_IO);
}

static void one_that_was_asked_before_is_asked_again(void **state)
{
	struct script script = { .looks = (const char *const[]){ "3 publishing 2", "broken", "broken", "3 published 3" }, .n_looks = 4 };
	struct script lost = { .looks = (const char *const[]){ "3 publishing 2", "broken" }, .n_looks = 2 };
	struct tl_watched watched;
	struct tl_error err;
	int ret;

	(void)state;
	watched = watch(&script, 3, &ret, &err);
	assert_true(ret == 0 && watched.verdict == TL_VERDICT_PUBLISHED);
	tl_buf_clear(&script.told);
	watched = watch(&lost, 3, &ret, &err);
	assert_true(ret == 0 && watched.verdict == TL_VERDICT_TIMED_OUT && lost.slept == 60000);
	tl_buf_clear(&lost.told);
}

static void waiting_may_be_interrupted(void **state)
{
	struct script script = { .looks = (const char *const[]){ "3 publishing 2" }, .n_looks = 1, .stop_after = 3 };
	struct tl_watched watched;
	struct tl_error err;
	int ret;

	(void)state;
	watched = watch(&script, 3, &ret, &err);
	assert_true(ret == -1 && err.code == TL_INTERRUPTED && watched.verdict == TL_VERDICT_WAITING);
	assert_int_equal(script.sleeps, 3);
}

static void the_worst_verdict_counts(void **state)
{
	struct tl_watched watched[] = {
		{ .verdict = TL_VERDICT_PUBLISHED }, { .verdict = TL_VERDICT_FAILED }, { .verdict = TL_VERDICT_TIMED_OUT }, { .verdict = TL_VERDICT_REPLACED },
	};

	(void)state;
	assert_int_equal(tl_monitor_exit(watched, 1), 0);
	assert_int_equal(tl_monitor_exit(watched, 2), 1);
	assert_int_equal(tl_monitor_exit(watched, 3), 3);
	assert_int_equal(tl_monitor_exit(watched, 4), 4);
}

int test_monitor(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_as_the_table_says),
		cmocka_unit_test(the_deadline_is_kept_to_the_millisecond),
		cmocka_unit_test(a_platform_that_cannot_be_asked_is_an_error),
		cmocka_unit_test(one_that_was_asked_before_is_asked_again),
		cmocka_unit_test(waiting_may_be_interrupted),
		cmocka_unit_test(the_worst_verdict_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
