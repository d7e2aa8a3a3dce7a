/* tests/unit/test_check_summary.c: summaries there and back, cut and damaged ones, and the cache that keeps them. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "check/cache.h"
#include "check/summary.h"
#include "dialect/dialect.h"

static const char text[] =
	"flow: line\nchannel: voice\nstart: ask\n"
	"variables: {pin: {type: string, sensitive: true}, n: {type: number}, o: {type: object}}\n"
	"prompts: {hi: {audio: {en-us: a.wav, de-de: b.wav}}}\n"
	"nodes:\n"
	"  ask: {type: gather, prompt: hi, into: pin, next: sub, otherwise: night}\n"
	"  sub:\n    type: subflow\n    flow: identify\n    inputs: {pin: \"${pin}\", count: five, many: 5}\n    outputs: {n: found.count}\n"
	"    exits: {known: done, unknown: done}\n    otherwise: done\n"
	"  night: {type: transfer, to: {flow: night-line}, failed: open}\n"
	"  open: {type: transfer, to: {flow: \"${o.flow}\"}, failed: done}\n"
	"  done: {type: end, exit: good}\n";

static struct tl_flow *read_flow(void)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *flow = NULL;

	tl_flow_read(&flow, TL_STR("line.flow.yaml"), tl_str(text), &lower);
	assert_non_null(flow);
	return flow;
}

static void a_summary_has_what_others_need(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = read_flow();
	struct tl_summary summary, back;
	struct tl_buf buf = { 0 }, again = { 0 };

	(void)state;
	tl_summary_of(&summary, &arena, flow);
	tl_summary_pack(&buf, &summary);
	tl_flow_free(flow);
	assert_true(tl_summary_unpack(&back, &arena, tl_buf_view(&buf)));
	tl_summary_pack(&again, &back);
	assert_true(tl_str_equal(tl_buf_view(&buf), tl_buf_view(&again)));

	assert_str(back.id.text, "line");
	assert_int_equal(back.n_exits, 1);
	assert_str(back.exits[0], "good");
	assert_int_equal(back.n_variables, 3);
	assert_true(back.variables[0].sensitive);
	assert_int_equal(back.variables[1].type, TL_V_NUMBER);
	assert_int_equal(back.n_audios, 2);
	assert_str(back.audios[1], "b.wav");
	assert_int_equal(back.n_refs, 2); /* what is named at run time only is none */
	assert_str(back.refs[0].flow.text, "identify");
	assert_true(back.refs[0].call && back.refs[0].strict);
	assert_int_equal(back.refs[0].n_exits, 2);
	assert_str(back.refs[0].exits[1].text, "unknown");
	assert_int_equal(back.refs[0].n_inputs, 3);
	assert_true(back.refs[0].inputs[0].sensitive);
	assert_int_equal(back.refs[0].inputs[1].fits, 1u << TL_V_STRING);
	assert_true(back.refs[0].inputs[2].fits & 1u << TL_V_NUMBER);
	assert_str(back.refs[0].outputs[0].name.text, "found.count");
	assert_str(back.refs[1].flow.text, "night-line");
	assert_false(back.refs[1].call);
	assert_int_equal(tl_summary_key(&back), tl_summary_key_of(TL_STR("line")));
	assert_true(tl_summary_refs(&back) & tl_summary_bit(tl_summary_key_of(TL_STR("identify"))));
	tl_buf_clear(&buf);
	tl_buf_clear(&again);
	tl_arena_clear(&arena);
}

static void damaged_bytes_are_read_safely(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = read_flow();
	struct tl_summary summary;
	struct tl_buf buf = { 0 };

	(void)state;
	tl_summary_of(&summary, &arena, flow);
	tl_summary_pack(&buf, &summary);
	for (size_t len = 0; len < buf.len; len++) {
		char *copy = malloc(len + 1); /* of that size exactly, so that a sanitizer sees what is read past it */

		memcpy(copy, buf.data, len);
		assert_false(tl_summary_unpack(&summary, &arena, (struct tl_str){ copy, len }));
		free(copy);
		tl_arena_clear(&arena);
	}
	for (size_t i = 0; i < buf.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			buf.data[i] = (char)(buf.data[i] ^ 1 << bit);
			tl_summary_unpack(&summary, &arena, tl_buf_view(&buf));
			buf.data[i] = (char)(buf.data[i] ^ 1 << bit);
			tl_arena_clear(&arena);
		}
	}
	tl_buf_clear(&buf);
	tl_flow_free(flow);
}

/* The id of the n-th blob, spread as hashes are, but for the first ten, which lie side by side. */
static const char *oid_of(char out[41], unsigned n)
{
	unsigned long long high = n < 10 ? 0 : (n * 0x9e3779b97f4a7c15ull) >> 8;

	snprintf(out, 41, "%016llx%024x", high, n);
	return out;
}

static char *cache_path(const char *folder)
{
	char *path = malloc(4096);

	snprintf(path, 4096, "%s/deep/er/summaries", folder);
	return path;
}

static void fill(const char *path, unsigned from, unsigned to, uint64_t key)
{
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_cache *cache;
	char oid[41];

	tl_cache_open(&cache, path, key);
	for (unsigned i = from; i < to; i++) {
		struct tl_cached cached = { .bytes = tl_arena_printf(&arena, "summary %u", i), .key = i, .refs = i * 3 };

		tl_cache_add(cache, oid_of(oid, i), &cached);
	}
	if (tl_cache_save(cache, to, &err) != 0)
		fail_msg("%s", err.message);
	tl_cache_close(cache);
	tl_arena_clear(&arena);
}

static unsigned count_found(const char *path, unsigned to, uint64_t key)
{
	struct tl_cache *cache;
	unsigned found = 0;
	char oid[41], wanted[32];

	tl_cache_open(&cache, path, key);
	for (unsigned i = 0; i < to; i++) {
		struct tl_cached cached;

		if (!tl_cache_find(cache, oid_of(oid, i), &cached) || !tl_cached_is_whole(&cached))
			continue;
		snprintf(wanted, sizeof(wanted), "summary %u", i);
		assert_str(cached.bytes, wanted);
		assert_int_equal(cached.key, i);
		assert_int_equal(cached.refs, i * 3);
		found++;
	}
	tl_cache_close(cache);
	return found;
}

static void a_cache_gives_back_what_it_was_given(void **state)
{
	char *folder = unit_scratch(), *path = cache_path(folder);

	(void)state;
	assert_int_equal(count_found(path, 10, 7), 0);
	fill(path, 0, 1000, 7);
	assert_int_equal(count_found(path, 2000, 7), 1000);
	assert_int_equal(count_found(path, 2000, 8), 0); /* of another key */
	fill(path, 500, 1500, 7);
	assert_int_equal(count_found(path, 2000, 7), 1500);
	fill(path, 0, 1, 8);
	assert_int_equal(count_found(path, 2000, 8), 1);
	free(path);
	unit_scratch_remove(folder);
}

static void what_was_used_longest_ago_goes_first(void **state)
{
	char *folder = unit_scratch(), *path = cache_path(folder);

	(void)state;
	fill(path, 0, 3000, 7);
	fill(path, 5000, 5100, 7);
	/* A run that asked for little keeps a thousand and four times that. */
	struct tl_cache *cache;
	struct tl_cached cached;
	struct tl_error err;
	char oid[41];

	tl_cache_open(&cache, path, 7);
	assert_true(tl_cache_find(cache, oid_of(oid, 2999), &cached));
	for (unsigned i = 0; i < 40; i++) {
		struct tl_cached more = { .bytes = TL_STR("more"), .key = i };

		tl_cache_add(cache, oid_of(oid, 9000 + i), &more);
	}
	assert_int_equal(tl_cache_save(cache, 1, &err), 0);
	tl_cache_close(cache);
	tl_cache_open(&cache, path, 7);
	assert_true(tl_cache_find(cache, oid_of(oid, 2999), &cached));
	assert_true(tl_cache_find(cache, oid_of(oid, 9000), &cached));
	assert_true(tl_cache_find(cache, oid_of(oid, 5050), &cached));
	tl_cache_close(cache);
	assert_int_equal(count_found(path, 3000, 7), 1004 - 40 - 100);
	free(path);
	unit_scratch_remove(folder);
}

static void a_damaged_cache_is_empty_or_right(void **state)
{
	char *folder = unit_scratch(), *path = cache_path(folder);
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_str whole;

	(void)state;
	fill(path, 0, 40, 7);
	assert_int_equal(tl_file_read(&whole, &arena, path, 1 << 20, &err), 0);
	for (size_t i = 0; i < whole.len; i += 7) {
		char *bytes = malloc(whole.len);

		memcpy(bytes, whole.ptr, whole.len);
		bytes[i] = (char)(bytes[i] ^ 0x55);
		assert_int_equal(tl_file_write(path, (struct tl_str){ bytes, whole.len }, 0600, &err), 0);
		free(bytes);
		count_found(path, 40, 7); /* asserts that what is found is right */
	}
	for (size_t len = 0; len < whole.len; len += 31) {
		assert_int_equal(tl_file_write(path, (struct tl_str){ whole.ptr, len }, 0600, &err), 0);
		count_found(path, 40, 7);
	}
	tl_arena_clear(&arena);
	free(path);
	unit_scratch_remove(folder);
}

static void odd_ids_are_not_found(void **state)
{
	char *folder = unit_scratch(), *path = cache_path(folder);
	struct tl_cached cached;
	struct tl_cache *cache;

	(void)state;
	fill(path, 0, 100, 7);
	tl_cache_open(&cache, path, 7);
	assert_false(tl_cache_find(cache, "", &cached));
	assert_false(tl_cache_find(cache, "zz00000000000000000000000000000000000000", &cached));
	assert_false(tl_cache_find(cache, "ffffffffffffffffffffffffffffffffffffffff", &cached));
	assert_false(tl_cache_find(cache, "000000000000000000000000000000000000ffff", &cached));
	tl_cache_close(cache);
	free(path);
	unit_scratch_remove(folder);
}

int test_check_summary(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_has_what_others_need),
		cmocka_unit_test(damaged_bytes_are_read_safely),
		cmocka_unit_test(a_cache_gives_back_what_it_was_given),
		cmocka_unit_test(what_was_used_longest_ago_goes_first),
		cmocka_unit_test(a_damaged_cache_is_empty_or_right),
		cmocka_unit_test(odd_ids_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
