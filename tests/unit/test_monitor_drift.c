/* tests/unit/test_monitor_drift.c: what an environment has that was not put there from here, on the local platform. */
#include "deploy_yard.h"

#include "monitor/drift.h"

/* One look: "a edited 1->2 draft ours; b none 1->1", and how many versions were read. */
static const char *look(struct yard *yard, struct tl_drift_memory *memory, const struct tl_map *wanted, bool foreign, size_t *reads)
{
	struct tl_drift_scan scan = {
		.platform = yard->platform, .ledger = yard->ledger, .clock = &yard->clock, .environment = yard->environment.name,
		.lower = &yard->lower, .wanted = wanted, .foreign = foreign, .workers = 4,
	};
	struct tl_drifts drifts;
	struct tl_buf out = { 0 };
	struct tl_str text;

	assert_int_equal(tl_drift_look(&drifts, &yard->arena, memory, &scan, &yard->err), 0);
	for (size_t i = 0; i < drifts.count; i++) {
		const struct tl_drift *drift = &drifts.items[i];

		tl_buf_printf(&out, "%s%.*s %s %lld->%lld%s%s", i > 0 ? "; " : "", TL_FMT(drift->flow), tl_drift_name(drift->kind),
		              (long long)drift->base_version, (long long)drift->version, drift->draft ? " draft" : "", drift->ours ? " ours" : "");
		assert_int_equal(drift->since_ms > 0, drift->kind != TL_DRIFT_NONE);
	}
	*reads = drifts.reads;
	text = tl_arena_dup(&yard->arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return text.ptr ? text.ptr : "";
}

static void an_edit_is_read_once_and_says_since_when(void **state)
{
	struct yard *yard = *state;
	struct tl_drift_memory memory = { 0 };
	size_t reads;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a none 1->1; b none 1->1");
	assert_int_equal(reads, 0);
	yard_intrude(yard, "a", "theirs");
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a edited 1->2; b none 1->1");
	assert_int_equal(reads, 1);
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a edited 1->2; b none 1->1");
	assert_int_equal(reads, 0);
	/* Another edit on top is another version to read; the first of them began it. */
	yard_intrude(yard, "a", "theirs again");
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a edited 1->3; b none 1->1");
	assert_int_equal(reads, 1);
	tl_drift_forget(&memory);
}

static void the_same_content_written_again_is_no_drift(void **state)
{
	struct yard *yard = *state;
	struct tl_drift_memory memory = { 0 };
	size_t reads;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_intrude(yard, "a", "theirs");
	yard_intrude(yard, "a", "one");
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a none 1->3");
	assert_int_equal(reads, 1);
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a none 1->3");
	assert_int_equal(reads, 0);
	tl_drift_forget(&memory);
}

static void a_number_that_says_something_else_is_an_edit(void **state)
{
	struct yard *yard = *state;
	struct tl_drift_memory memory = { 0 };
	size_t reads;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_back_up(yard);
	yard_says(yard, "a", "two");
	yard_publish(yard);
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a none 2->2");
	yard_set_back(yard);
	yard_intrude(yard, "a", "theirs");
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a edited 2->2");
	assert_int_equal(reads, 1);
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a edited 2->2");
	assert_int_equal(reads, 0);
	tl_drift_forget(&memory);
}

static void flows_of_others_count_where_asked(void **state)
{
	struct yard *yard = *state;
	struct tl_drift_memory memory = { 0 };
	size_t reads;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_says(yard, "stray", "hello");
	yard_intrude(yard, "stray", "hello");
	assert_string_equal(look(yard, &memory, NULL, false, &reads), "a none 1->1");
	assert_string_equal(look(yard, &memory, NULL, true, &reads), "a none 1->1; stray foreign 0->1");
	assert_int_equal(reads, 0);
	tl_drift_forget(&memory);
}

static void what_git_wants_besides_is_said(void **state)
{
	struct yard *yard = *state;
	struct tl_drift_memory memory = { 0 };
	struct tl_drift_wanted other = { TL_STR("another"), TL_STR("another") };
	struct tl_map wanted = { 0 };
	size_t reads;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	tl_map_put(&wanted, TL_STR("a"), NULL)->value.ptr = &other;
	assert_string_equal(look(yard, &memory, &wanted, false, &reads), "a none 1->1 ours");
	yard_intrude(yard, "a", "theirs");
	assert_string_equal(look(yard, &memory, &wanted, false, &reads), "a edited 1->2 ours");
	tl_map_clear(&wanted);
	tl_drift_forget(&memory);
}

int test_monitor_drift(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_edit_is_read_once_and_says_since_when, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(the_same_content_written_again_is_no_drift, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_number_that_says_something_else_is_an_edit, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(flows_of_others_count_where_asked, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(what_git_wants_besides_is_said, yard_make, yard_remove),
	};

	return cmocka_run_group_tests_name("monitor: drift", tests, NULL, NULL);
}
