/* tests/unit/test_sandbox_fault.c: faults as text, which requests they strike, and the ring of the last minute. */
#include "unit.h"

#include "sandbox/fault.h"
#include "sandbox/rate.h"

static void a_fault_is_read_whole(void **state)
{
	struct tl_faults faults = { 0 };
	const struct tl_fault *fault;

	(void)state;
	assert_int_equal(tl_fault_add(&faults, TL_STR("status=503, on=PUT /api/v2/flows/{id} ,after=2,count=1,retry-after=7,when=after,reason=a\\,b"), NULL), 0);
	assert_int_equal(tl_fault_add(&faults, TL_STR("latency=2s"), NULL), 0);
	assert_int_equal(tl_fault_add(&faults, TL_STR("flood=3KiB,on=/x"), NULL), 0);
	assert_int_equal(tl_fault_add(&faults, TL_STR("html,status=502"), NULL), 0);
	assert_int_equal(tl_fault_add(&faults, TL_STR("deploy=hang"), NULL), 0);
	fault = &faults.items[0];
	assert_int_equal(fault->kind, TL_FAULT_STATUS);
	assert_int_equal(fault->value, 503);
	assert_str(fault->method, "PUT");
	assert_str(fault->path, "/api/v2/flows/{id}");
	assert_str(fault->reason, "a,b");
	assert_true(fault->after == 2 && fault->count == 1 && fault->retry_after == 7 && fault->took_effect && fault->id == 1);
	assert_int_equal(faults.items[1].value, 2000);
	assert_int_equal(faults.items[2].value, 3072);
	assert_int_equal(faults.items[2].method.len, 0);
	assert_int_equal(faults.items[3].value, 502);
	assert_str(faults.items[4].what, "hang");
	assert_int_equal(faults.items[4].retry_after, -1);
	tl_faults_clear(&faults);
}

static void what_is_no_fault_is_refused(void **state)
{
	static const char *const table[] = {
		"", "tea", "status", "status=", "status=99", "status=600", "status=5x", "latency", "latency=2", "slow", "slow=x", "cut=-1", "html=1", "empty=1",
		"flood=2TB", "reset", "reset=now", "expire=1", "deploy", "deploy=maybe", "status=500,,", "status=500,tea=1", "status=500,on=flows",
		"status=500,on=PUT", "status=500,after", "status=500,after=x", "status=500,count=0", "status=500,percent=0", "status=500,percent=101",
		"status=500,for=5", "status=500,for=0s", "status=500,retry-after=x", "status=500,when=later", "deploy=failed,reason", "cut=99999999999999999999",
	};
	struct tl_faults faults = { 0 };
	struct tl_error err;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		err = (struct tl_error){ 0 };
		if (tl_fault_add(&faults, tl_str(table[i]), &err) != -1 || err.code != TL_USAGE)
			fail_msg("taken: %s", table[i]);
	}
	assert_int_equal(faults.count, 0);
	tl_faults_clear(&faults);
}

static void paths_match_by_segments(void **state)
{
	static const struct { const char *pattern, *path; bool matches; } table[] = {
		{ "/a", "/a", true }, { "/a", "/ab", false }, { "/a", "/a/b", false }, { "/a/b", "/a", false }, { "/*", "/a", true }, { "/*", "/a/b", false },
		{ "/a/{id}", "/a/7", true }, { "/a/{id}/c", "/a/7/c", true }, { "/a/{id}/c", "/a/7/d", false }, { "/a/**", "/a/7/d", true },
		{ "/a/**", "/a", true }, { "/a/**", "/b/7", false }, { "/**", "/", true }, { "/a/*", "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_fault_path_matches(tl_str(table[i].pattern), tl_str(table[i].path)) != table[i].matches)
			fail_msg("%s and %s", table[i].pattern, table[i].path);
	}
}

/* How many of `tries` requests are struck. */
static unsigned struck(struct tl_faults *faults, const char *method, const char *path, unsigned tries)
{
	const struct tl_fault *out[4];
	unsigned count = 0;

	for (unsigned i = 0; i < tries; i++)
		count += (unsigned)tl_faults_strike(out, TL_COUNT(out), faults, &(struct tl_fault_request){ .method = tl_str(method), .path = tl_str(path) });
	return count;
}

static void a_fault_strikes_whom_it_means(void **state)
{
	struct tl_faults faults = { 0 };

	(void)state;
	assert_int_equal(tl_fault_add(&faults, TL_STR("empty,on=PUT /a/*,after=2,count=3"), NULL), 0);
	assert_int_equal(struck(&faults, "GET", "/a/1", 9), 0);
	assert_int_equal(struck(&faults, "PUT", "/b/1", 9), 0);
	assert_int_equal(faults.items[0].seen, 0);
	assert_int_equal(struck(&faults, "PUT", "/a/1", 2), 0);
	assert_int_equal(struck(&faults, "PUT", "/a/2", 9), 3);
	assert_true(faults.items[0].seen == 11 && faults.items[0].struck == 3);
	assert_int_equal(tl_fault_add(&faults, TL_STR("html,on=/c"), NULL), 0);
	assert_int_equal(tl_fault_add(&faults, TL_STR("latency=1s"), NULL), 0);
	assert_int_equal(struck(&faults, "GET", "/c", 1), 2);
	assert_false(tl_fault_drop(&faults, 9));
	assert_true(tl_fault_drop(&faults, 2));
	assert_int_equal(struck(&faults, "GET", "/c", 1), 1);
	tl_faults_clear(&faults);
}

static void a_fault_ends_some_time_after_it_began(void **state)
{
	static const struct { int64_t now_ms; unsigned spared; size_t strikes; } table[] = {
		{ 100, 1u << TL_FAULT_STATUS, 0 }, { 900, 0, 1 }, { 5000, 1u << TL_FAULT_LATENCY, 1 }, { 5899, 0, 1 }, { 5900, 0, 0 }, { 9000, 0, 0 },
	};
	struct tl_faults faults = { 0 };
	const struct tl_fault *out[4];

	(void)state;
	assert_int_equal(tl_fault_add(&faults, TL_STR("status=503,for=5s"), NULL), 0);
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_fault_request request = { TL_STR("GET"), TL_STR("/a"), table[i].now_ms, table[i].spared };

		assert_int_equal(tl_faults_strike(out, TL_COUNT(out), &faults, &request), table[i].strikes);
	}
	tl_faults_clear(&faults);
}

static void chance_is_the_same_every_time(void **state)
{
	unsigned first = 0, again;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tl_faults faults = { 0 };

		assert_int_equal(tl_fault_add(&faults, TL_STR("empty,percent=20"), NULL), 0);
		again = struck(&faults, "GET", "/", 1000);
		assert_true(again > 130 && again < 270);
		if (i == 1)
			assert_int_equal(again, first);
		first = again;
		tl_faults_clear(&faults);
	}
}

/* Against the plain meaning: no span of a minute holds more than what is allowed, and none is refused that could pass. */
static void a_minute_holds_what_is_allowed(void **state)
{
	int64_t passed[4000], now = 1000;
	struct tl_rate rate;
	size_t count = 0, within, most = 0;
	bool taken;

	(void)state;
	tl_rate_init(&rate, 7);
	for (unsigned i = 0; i < 4000; i++) {
		now += (i * 7919) % 13 == 0 ? 21000 : (i * 31) % 3000;
		within = 0;
		for (size_t j = count; j > 0 && passed[j - 1] > now - TL_RATE_SPAN_MS; j--)
			within++;
		taken = tl_rate_take(&rate, now);
		assert_int_equal(taken, within < 7);
		if (!taken) {
			assert_int_equal(tl_rate_reset_ms(&rate, now), passed[count - within] + TL_RATE_SPAN_MS - now);
			continue;
		}
		passed[count++] = now;
		most = within + 1 > most ? within + 1 : most;
	}
	assert_int_equal(rate.busiest, most);
	assert_int_equal(most, 7);
	tl_rate_clear(&rate);
}

static void without_a_limit_all_pass(void **state)
{
	struct tl_rate rate;

	(void)state;
	tl_rate_init(&rate, 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_true(tl_rate_take(&rate, 1));
	assert_int_equal(tl_rate_reset_ms(&rate, 1), 0);
	tl_rate_clear(&rate);
}

int test_sandbox_fault(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_read_whole),
		cmocka_unit_test(what_is_no_fault_is_refused),
		cmocka_unit_test(paths_match_by_segments),
		cmocka_unit_test(a_fault_strikes_whom_it_means),
		cmocka_unit_test(a_fault_ends_some_time_after_it_began),
		cmocka_unit_test(chance_is_the_same_every_time),
		cmocka_unit_test(a_minute_holds_what_is_allowed),
		cmocka_unit_test(without_a_limit_all_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
