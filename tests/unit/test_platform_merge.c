/* tests/unit/test_platform_merge.c: random flows, changed on both sides, put together in the file of one. */
#include "unit.h"

#include "doc/json.h"
#include "doc/write.h"
#include "flow/canonical.h"
#include "platform/merge.h"
#include "unit_flow.h"
#include "unit_gen.h"

#define FLOWS 1500

static struct tl_flow *read_text(struct tl_str path, struct tl_str text)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *flow = tl_merge_read(path, text, &lower);

	assert_non_null(flow);
	return flow;
}

/* A file of a tree: as JSON or, with a comment in front, as YAML. */
static struct tl_str file_of(struct tl_arena *arena, const struct tl_item *tree, bool yaml)
{
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_str copy;

	if (yaml) {
		tl_buf_text(&text, "# Ours.\n");
		tl_doc_write_value(&text, tree, &(struct tl_manner){ .in_place = true });
		tl_buf_text(&text, "\n# The end.\n");
	} else {
		tl_json_init(&json, &text, true);
		tl_json_item(&json, tree);
	}
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy;
}

/* The flow with its nth node another one. */
static struct tl_item *with_node(struct tl_arena *arena, const struct tl_item *flow, uint32_t n, const char *exit)
{
	struct tl_item *copy = tl_item_dup(arena, flow), *nodes = (struct tl_item *)(uintptr_t)tl_item_get(copy, "nodes"), *node = nodes->first;

	while (n-- > 0)
		node = node->next;
	node->kind = TL_MAP;
	node->first = node->last = NULL;
	node->count = 0;
	tl_item_put(node, TL_STR("type"), tl_item_string(arena, TL_STR("end")));
	tl_item_put(node, TL_STR("exit"), tl_item_string(arena, tl_str(exit)));
	return copy;
}

static struct tl_flow *flow_of(struct tl_arena *arena, const struct tl_item *tree)
{
	return read_text(TL_STR("a.flow.json"), file_of(arena, tree, false));
}

static void assert_same(const struct tl_flow *a, const struct tl_flow *b, uint64_t seed)
{
	char left[TL_SHA256_SIZE], right[TL_SHA256_SIZE];

	tl_flow_digest(left, a, NULL);
	tl_flow_digest(right, b, NULL);
	if (strcmp(left, right) != 0)
		fail_msg("seed %llu: merged to something else", (unsigned long long)seed);
}

static void test_one(uint64_t seed)
{
	struct tl_arena arena = { 0 };
	const struct tl_item *tree = unit_random_flow(&arena, seed);
	uint32_t count = tl_item_get(tree, "nodes")->count, mine = (uint32_t)(seed % count), yours = (uint32_t)((seed + 1) % count);
	struct tl_item *ours_tree = with_node(&arena, tree, mine, "ours"), *theirs_tree = with_node(&arena, tree, yours, "theirs");
	bool yaml = seed % 2 == 0;
	struct tl_str path = yaml ? TL_STR("a.flow.yaml") : TL_STR("a.flow.json");
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *base = flow_of(&arena, tree), *ours = read_text(path, file_of(&arena, ours_tree, yaml)), *theirs = flow_of(&arena, theirs_tree);
	struct tl_merge merge = { .ours = ours, .theirs = theirs, .base = base, .lower = &lower };
	struct tl_buf out = { 0 };
	struct tl_error err = { 0 };
	int ret = tl_merge_into_file(&out, &merge, &err);

	if (mine == yours) {
		assert_int_equal(ret, -1);
		assert_int_equal(err.code, TL_CONFLICT);
		assert_int_equal(out.len, 0);
	} else {
		struct tl_flow *both = flow_of(&arena, with_node(&arena, ours_tree, yours, "theirs")), *merged;

		if (ret != 0)
			fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, err.message, ours->doc->source.bytes.ptr);
		merged = read_text(path, tl_buf_view(&out));
		assert_same(merged, both, seed);
		if (yaml && (!tl_str_starts(tl_buf_view(&out), TL_STR("# Ours.\n")) || !tl_str_ends(tl_buf_view(&out), TL_STR("# The end.\n"))))
			fail_msg("seed %llu: comments are gone:\n%s", (unsigned long long)seed, out.data);
		tl_flow_free(merged);
		tl_flow_free(both);
	}
	tl_buf_clear(&out);
	tl_flow_free(base);
	tl_flow_free(ours);
	tl_flow_free(theirs);
	tl_arena_clear(&arena);
}

static void test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= FLOWS; seed++)
		test_one(seed);
}

int test_platform_merge(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("platform_merge", tests, NULL, NULL);
}
