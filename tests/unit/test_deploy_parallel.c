/* tests/unit/test_deploy_parallel.c: many writes at once, deployments that take their time, and what is taken back. */
#include "deploy_yard.h"
#include "fake_platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define assert_text(got, wanted) assert_str(tl_str(got), (wanted))

static void count_told(void *data, const struct tl_told *told)
{
	struct yard *yard = data;

	yard->n_told[told->kind]++;
	assert_true(told->done <= told->total);
}

static int make(void **state)
{
	struct yard *yard;

	fake_reset();
	yard_make(state);
	yard = *state;
	yard->driver = &fake_driver;
	yard->told = count_told;
	yard_open(yard);
	return 0;
}

static int unmake(void **state)
{
	yard_remove(state);
	fake_reset();
	return 0;
}

static const char *name_of(struct yard *yard, unsigned i)
{
	return tl_arena_printf(&yard->arena, "f%03u", i).ptr;
}

/* The flow does nothing but to call the others, each a word of `callees`, and to say who it is. */
static void calls(struct yard *yard, const char *id, const char *callees)
{
	struct tl_buf body = { 0 };
	unsigned n = 0;

	tl_buf_printf(&body, "start: n0\nnodes:\n");
	for (const char *at = callees; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		tl_buf_printf(&body, "  n%u: {type: subflow, flow: %.*s, otherwise: n%u}\n", n, (int)len, at, n + 1);
		n++;
		at += len;
	}
	tl_buf_printf(&body, "  n%u: {type: end}\n", n);
	tl_buf_char(&body, '\0');
	yard_file(yard, id, body.data);
	tl_buf_clear(&body);
}

static void many_are_written_at_once_and_no_more_than_that(void **state)
{
	struct yard *yard = *state;
	unsigned before;

	for (unsigned i = 0; i < 200; i++)
		yard_says(yard, name_of(yard, i), "hello");
	fake.looks = 1;
	fake.latency_us = 500;
	yard->concurrency = 16;
	yard_publish(yard);
	assert_int_equal(fake.n_flows, 200);
	assert_int_equal(fake.writes, 200);
	assert_true(fake.most_in_flight > 4 && fake.most_in_flight <= 16);
	/* A list sees many deployments at once. */
	assert_true(fake.gets + fake.lists < 120);
	assert_int_equal(yard->n_told[TL_TOLD_PUBLISHED], 200);
	assert_int_equal(yard->n_told[TL_TOLD_SENT], 200);
	/* Nothing to do: one list to plan and one to apply. */
	before = fake.requests;
	yard_publish(yard);
	assert_int_equal(fake.requests - before, 2);
}

static void take_a_minute(void *data, const struct tl_told *told)
{
	struct yard *yard = data;

	if (told->kind == TL_TOLD_PUBLISHED)
		yard->now += 60000;
}

/* What an apply begins with says of new flows that nobody has their names, as long as it is new. */
static void names_are_known_for_a_while(void **state)
{
	struct yard *yard = *state;

	yard->concurrency = 1;
	yard_says(yard, "a", "hello");
	yard_says(yard, "b", "hello");
	yard_publish(yard);
	assert_int_equal(fake.free_names, 2);
	yard->told = take_a_minute;
	yard_says(yard, "c", "hello");
	yard_says(yard, "d", "hello");
	yard_says(yard, "e", "hello");
	yard_publish(yard);
	assert_int_equal(fake.n_flows, 5);
	assert_int_equal(fake.free_names, 3);
}

/* Under a lock of the apply. */
static unsigned asked;

static int count_asked(void)
{
	asked++;
	return 0;
}

/* Time in which others could run. */
static int sleep_really(void *data, int64_t ms)
{
	struct yard *yard = data;

	usleep(1000);
	__atomic_add_fetch(&yard->now, ms, __ATOMIC_SEQ_CST);
	return 0;
}

/* While deployments are under way one thread sleeps and wakes; were the others woken each time, they would take the machine. */
static void threads_without_work_rest(void **state)
{
	struct yard *yard = *state;

	for (unsigned i = 0; i < 40; i++)
		yard_says(yard, name_of(yard, i), "hello");
	fake.faults[0] = (struct fake_fault){ .name = "f000", .deployment_hangs = true };
	yard->concurrency = 16;
	yard->timeout_ms = 20000;
	yard->stopped = count_asked;
	yard->clock.sleep_ms = sleep_really;
	asked = 0;
	yard_publish(yard);
	assert_int_equal(yard->exit, 3);
	assert_int_equal(yard->n_told[TL_TOLD_PUBLISHED], 39);
	/* Ten naps a second, and a few questions at each write. */
	assert_in_range(asked, 200, 2000);
}

/* Each flow is published before anything that calls it is. */
static void assert_order(const char *first, const char *second)
{
	const char *a = strstr(fake.written, first), *b = strstr(fake.written, second);

	assert_true(a && b && a < b);
}

static void callees_are_published_before_their_callers(void **state)
{
	struct yard *yard = *state;

	calls(yard, "a", "b c ");
	calls(yard, "b", "d ");
	calls(yard, "c", "d ");
	calls(yard, "d", "");
	calls(yard, "e", "");
	fake.looks = 2;
	assert_text(yard_publish(yard), "published d 1; published b 1; published c 1; published a 1; published e 1");
	assert_order("d ", "b ");
	assert_order("d ", "c ");
	assert_order("b ", "a ");
	assert_order("c ", "a ");
}

static void a_circle_and_what_calls_it(void **state)
{
	struct yard *yard = *state;

	calls(yard, "a", "b ");
	calls(yard, "b", "c ");
	calls(yard, "c", "b d ");
	calls(yard, "d", "");
	fake.looks = 1;
	assert_text(yard_publish(yard), "published d 1; published b 2; published c 2; published a 1");
	assert_order("b? ", "b ");
	assert_order("c? ", "b ");
	assert_order("b? ", "c ");
	assert_order("b ", "a ");
	assert_order("c ", "a ");
	assert_order("d ", "c? ");
}

/* What becomes of the flows a (calls b), b, and where the fault is one of the deployment of z, which is by itself. */
static const struct trouble_row {
	const char *idea;
	struct fake_fault fault;
	const char *becomes;
	int code;
	const char *words;
} trouble_table[] = {
	{ "its deployment fails", { .name = "b", .deployment_fails = true },
	  "deployment failed b 1; not tried a 0; published z 1", 1, "version 1 is failed: no licence" },
	{ "its deployment fails, and callers are said to get it", { .name = "b", .deployment_fails = true, .claims = true },
	  "deployment failed b 1; not tried a 0; published z 1", 1, "version 1 is failed: no licence" },
	{ "its deployment hangs, and callers are said to get it", { .name = "b", .deployment_hangs = true, .claims = true },
	  "timed out b 1; not tried a 0; published z 1", 3, "version 1 is still publishing after 5s" },
	{ "its deployment hangs", { .name = "b", .deployment_hangs = true },
	  "timed out b 1; not tried a 0; published z 1", 3, "version 1 is still publishing after 5s" },
	{ "it is refused", { .name = "b", .code = TL_REFUSED }, "failed b 0; not tried a 0", 3, "a fault" },
	{ "the answer is lost", { .name = "b", .code = TL_LOST, .writes_first = true }, "unknown b 0; not tried a 0", 3, "a fault" },
};

static size_t count_open(struct yard *yard)
{
	struct tl_steps steps;

	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	return steps.count;
}

static void check_trouble(struct yard *yard, const struct trouble_row *row)
{
	struct tl_plan *plan;
	const char *text;

	calls(yard, "a", "b ");
	calls(yard, "b", "");
	if (row->fault.code == TL_OK)
		calls(yard, "z", "");
	fake.looks = 1;
	fake.faults[0] = row->fault;
	yard->timeout_ms = 5000;
	plan = yard_plan(yard);
	text = yard_apply(yard, plan);
	if (strcmp(text, row->becomes) != 0)
		fail_msg("%s: %s", row->idea, text);
	assert_int_equal(yard->exit, row->code);
	if (!strstr(yard->message, row->words))
		fail_msg("%s: %s", row->idea, yard->message);
	assert_int_equal(count_open(yard), row->fault.code == TL_LOST);
	/* The same plan again, when the trouble is over, finishes it. */
	fake.faults[0].name = NULL;
	text = yard_apply(yard, plan);
	if (yard->exit != 0 || strstr(text, "not tried"))
		fail_msg("%s, again: %s %s", row->idea, text, yard->message);
	assert_int_equal(fake_find("a")->published, 1);
	assert_int_equal(fake_find("b")->published, fake_find("b")->version);
	assert_int_equal(count_open(yard), 0);
	tl_plan_free(plan);
}

static void troubles_have_their_ends(void **state)
{
	for (size_t i = 0; i < TL_COUNT(trouble_table); i++) {
		make(state);
		check_trouble(*state, &trouble_table[i]);
		unmake(state);
	}
}

static void a_deployment_that_fails_again_and_again(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	plan = yard_plan(yard);
	fake.faults[0] = (struct fake_fault){ .name = "a", .deployment_fails = true };
	assert_text(yard_apply(yard, plan), "deployment failed a 2");
	assert_text(yard_apply(yard, plan), "deployment failed a 3");
	assert_text(yard_heard(yard, "a"), "one");
	fake.faults[0].name = NULL;
	assert_text(yard_apply(yard, plan), "published a 4");
	assert_text(yard_heard(yard, "a"), "two");
	tl_plan_free(plan);
}

/* ---- all or nothing */

static void intrude_when_published(void *data, const struct tl_told *told)
{
	(void)data;
	if (told->kind == TL_TOLD_PUBLISHED)
		fake_intrude(told->flow.ptr);
}

static void all_is_taken_back(void **state)
{
	struct yard *yard = *state;

	yard->atomic = true;
	calls(yard, "a", "b ");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	yard_says(yard, "b", "two");
	calls(yard, "a", "b c ");
	yard_says(yard, "c", "new");
	fake.faults[0] = (struct fake_fault){ .name = "a", .deployment_fails = true, .times = 1 };
	assert_text(yard_publish(yard), "undone b 3; published c 1; undone a 3");
	assert_int_equal(yard->exit, 1);
	assert_text(yard_heard(yard, "b"), "one");
}

/* "2 published; 3 drafted" of the flow's steps in the ledger, by the last plan's record. */
static const char *steps_of(struct yard *yard, int64_t record, const char *flow)
{
	struct tl_steps steps;
	struct tl_buf buf = { 0 };
	const char *text;

	assert_int_equal(tl_ledger_plan_steps(&steps, &yard->arena, yard->ledger, record, &yard->err), 0);
	for (size_t i = 0; i < steps.count; i++) {
		if (tl_str_is(steps.items[i].wanted.flow, flow))
			tl_buf_printf(&buf, "%s%" PRId64 " %s", buf.len > 0 ? "; " : "", steps.items[i].wanted.version, tl_step_state_name(steps.items[i].state));
	}
	text = tl_arena_dup(&yard->arena, tl_buf_view(&buf)).ptr;
	tl_buf_clear(&buf);
	return text;
}

static void what_was_replaced_at_once_was_written(void **state)
{
	struct yard *yard = *state;

	calls(yard, "a", "b ");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	calls(yard, "a", "b b ");
	yard_says(yard, "b", "two");
	yard->atomic = true;
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .writes_first = true, .replaced = true, .times = 1 };
	assert_text(yard_publish(yard), "undone b 3; conflict a 3");
	assert_int_equal(yard->exit, 4);
	assert_text(steps_of(yard, 2, "a"), "2 published");
	assert_text(steps_of(yard, 2, "b"), "2 published; 3 published");
	assert_int_equal(fake_find("a")->version, 3);
	assert_text(yard_heard(yard, "b"), "one");
	assert_int_equal(count_open(yard), 0);
}

/* It is there, but somebody else's edit lies under it, which nobody here has seen. */
static void what_hides_somebody_elses_edit_is_a_conflict(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .hides = true, .writes_first = true, .times = 1 };
	assert_text(yard_publish(yard), "conflict a 2");
	assert_int_equal(yard->exit, 4);
	assert_int_equal(fake_find("a")->version, 3);
	assert_null(strstr(yard->report, "nothing was written"));
	assert_text(steps_of(yard, 2, "a"), "2 conflict");
}

static void what_is_refused_and_did_not_change_is_no_edit(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .status = 409, .times = 1 };
	assert_text(yard_publish(yard), "conflict a 1");
	assert_int_equal(yard->exit, 4);
	assert_text(yard->message, "the platform refuses the write as a conflict (409), but is still at version 1, as planned");
	/* Where the platform says another way what is wrong, that is said. */
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .times = 1 };
	assert_text(yard_publish(yard), "conflict a 1");
	assert_text(yard->message, "a fault");
	assert_text(yard_publish(yard), "published a 2");
}

/* Which of two of one name is ours nobody can tell, though both say what was sent; the plan is not said to be done. */
static void what_is_there_twice_is_a_conflict(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	plan = yard_plan(yard);
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .writes_first = true, .twin = true };
	assert_text(yard_apply(yard, plan), "conflict a 0");
	assert_int_equal(yard->exit, 4);
	assert_text(steps_of(yard, 1, "a"), "1 conflict");
	/* Nor that nothing was written. */
	assert_non_null(strstr(yard->report, "1 in conflict; whether anything was written is not known\n"));
	tl_plan_free(plan);
}

static void is_not_done(void *data, const struct tl_told *told)
{
	(void)data;
	assert_true(told->kind != TL_TOLD_FAILED || told->done == 0);
}

static void what_is_not_known_is_not_said_to_be_done(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "one");
	yard->told = is_not_done;
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_LOST };
	assert_text(yard_publish(yard), "unknown a 0");
}

static void what_was_lost_and_is_there_twice_is_a_conflict(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	plan = yard_plan(yard);
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_LOST, .writes_first = true, .twin = true };
	assert_text(yard_apply(yard, plan), "unknown a 0");
	fake.faults[0].code = TL_OK;
	yard_resume(yard, false);
	assert_int_equal(yard->err.code, TL_CONFLICT);
	assert_text(steps_of(yard, 1, "a"), "1 conflict");
	assert_int_equal(count_open(yard), 0);
	assert_int_equal(fake.n_flows, 2);
	tl_plan_free(plan);
}

static void what_was_made_and_replaced_at_once_was_written(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	plan = yard_plan(yard);
	fake.faults[0] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .writes_first = true, .replaced = true, .times = 1 };
	assert_text(yard_apply(yard, plan), "conflict a 2");
	assert_true(strstr(yard->message, "was published, then replaced"));
	assert_text(steps_of(yard, 1, "a"), "1 published");
	tl_plan_free(plan);
}

static void overtake_what_is_taken_back(void *data, const struct tl_told *told)
{
	(void)data;
	if (told->kind == TL_TOLD_PUBLISHED)
		fake.faults[1] = (struct fake_fault){ .name = "a", .code = TL_CONFLICT, .writes_first = true, .replaced = true, .times = 1 };
}

static void what_is_taken_back_and_replaced_at_once_was_written(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	calls(yard, "b", "a ");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	calls(yard, "b", "a a ");
	plan = yard_plan(yard);
	yard->atomic = true;
	yard->told = overtake_what_is_taken_back;
	fake.looks = 1;
	fake.faults[0] = (struct fake_fault){ .name = "b", .deployment_fails = true, .times = 1 };
	assert_text(yard_apply(yard, plan), "conflict a 3; undone b 3");
	assert_int_equal(yard->exit, 4);
	assert_true(strstr(yard->message, "version 2 was taken back, but version 3 was published, then replaced"));
	assert_text(steps_of(yard, 2, "a"), "2 published; 3 published");
	assert_int_equal(fake_find("a")->version, 4);
	tl_plan_free(plan);
}

static void what_somebody_edited_meanwhile_is_kept(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	yard_says(yard, "b", "two");
	plan = yard_plan(yard);
	yard->atomic = true;
	yard->told = intrude_when_published;
	fake.looks = 1;
	fake.faults[0] = (struct fake_fault){ .name = "b", .deployment_hangs = true };
	yard->timeout_ms = 2000;
	assert_text(yard_apply(yard, plan), "conflict a 2; timed out b 3");
	assert_int_equal(yard->exit, 4);
	assert_int_equal(fake_find("a")->version, 3);
	tl_plan_free(plan);
}

/* ---- somebody asks to stop */

static unsigned stop_after;

static int stop_soon(void)
{
	return stop_after > 0 && fake.writes >= stop_after ? 130 : 0;
}

static void what_was_not_sent_is_not_tried(void **state)
{
	struct yard *yard = *state;
	size_t untried = 0;
	const char *text;

	for (unsigned i = 0; i < 60; i++)
		yard_says(yard, name_of(yard, i), "hello");
	fake.latency_us = 1000;
	yard->concurrency = 4;
	yard->stopped = stop_soon;
	stop_after = 10;
	text = yard_publish(yard);
	stop_after = 0;
	assert_int_equal(yard->exit, 130);
	assert_null(strstr(text, "unknown"));
	assert_null(strstr(text, "failed"));
	for (const char *at = strstr(text, "not tried"); at; at = strstr(at + 1, "not tried"))
		untried++;
	assert_int_equal(untried, 60 - fake.n_flows);
	assert_true(untried > 30);
	assert_int_equal(count_open(yard), 0);
	yard_resume(yard, false);
	assert_int_equal(yard->exit, 0);
	assert_int_equal(fake.n_flows, 60);
	assert_int_equal(fake.writes, 60);
}

/* ---- before anything is written */

static void a_role_must_be_allowed_to(void **state)
{
	static const char *const few[] = { "flow:read", NULL };
	static const char *const enough[] = { "flow:view", "flow:edit", "interaction:read", NULL };
	static const char *const reads[] = { "flow:view", "authorization:read", NULL };
	struct tl_access access = { .role = TL_STR("publisher") };
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	plan = yard_plan(yard);
	yard->access = &access;
	fake.scopes = few;
	assert_text(yard_apply(yard, plan), "error 6 'local' cannot be published to: the role 'publisher' lacks flow:view, flow:edit; have that granted on the platform, nothing was written");
	fake.granted = few;
	assert_text(yard_apply(yard, plan), "error 6 'local' cannot be published to: the client lacks flow:view, flow:edit, authorization:read; have that granted on "
	            "the platform, nothing was written");
	fake.granted = reads;
	assert_text(yard_apply(yard, plan), "error 6 'local' cannot be published to: the client lacks flow:edit, the role 'publisher' lacks flow:view, flow:edit; have "
	            "that granted on the platform, nothing was written");
	fake.granted = NULL;
	assert_int_equal(fake.writes, 0);
	access.role = TL_STR("nobody");
	assert_non_null(strstr(yard_apply(yard, plan), "what the role 'nobody' may do could not be looked up"));
	access.role = TL_STR("publisher");
	fake.scopes = enough;
	assert_text(yard_apply(yard, plan), "published a 1");
	tl_plan_free(plan);
}

static void what_the_platform_finds_is_said_at_its_place(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "one");
	fake.faults[0] = (struct fake_fault){ .name = "b", .invalid = true };
	assert_int_equal(tl_deploy_plan(&plan, yard_deploy(yard), 1000, &yard->findings, &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_null(plan);
	assert_int_equal(fake.validations, 2);
	assert_int_equal(yard->findings.count, 1);
	assert_str(yard->findings.items[0].file, "flows/b.flow.yaml");
	assert_int_equal(yard->findings.items[0].place.line, 5);
	assert_str(yard->findings.items[0].message, "local says: no such voice (field 'prompt') [E42]");
}

int test_deploy_parallel(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_are_written_at_once_and_no_more_than_that, make, unmake),
		cmocka_unit_test_setup_teardown(names_are_known_for_a_while, make, unmake),
		cmocka_unit_test_setup_teardown(threads_without_work_rest, make, unmake),
		cmocka_unit_test_setup_teardown(callees_are_published_before_their_callers, make, unmake),
		cmocka_unit_test_setup_teardown(a_circle_and_what_calls_it, make, unmake),
		cmocka_unit_test(troubles_have_their_ends),
		cmocka_unit_test_setup_teardown(a_deployment_that_fails_again_and_again, make, unmake),
		cmocka_unit_test_setup_teardown(all_is_taken_back, make, unmake),
		cmocka_unit_test_setup_teardown(what_somebody_edited_meanwhile_is_kept, make, unmake),
		cmocka_unit_test_setup_teardown(what_was_replaced_at_once_was_written, make, unmake),
		cmocka_unit_test_setup_teardown(what_was_made_and_replaced_at_once_was_written, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_not_said_to_be_done, make, unmake),
		cmocka_unit_test_setup_teardown(what_hides_somebody_elses_edit_is_a_conflict, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_refused_and_did_not_change_is_no_edit, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_there_twice_is_a_conflict, make, unmake),
		cmocka_unit_test_setup_teardown(what_was_lost_and_is_there_twice_is_a_conflict, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_taken_back_and_replaced_at_once_was_written, make, unmake),
		cmocka_unit_test_setup_teardown(what_was_not_sent_is_not_tried, make, unmake),
		cmocka_unit_test_setup_teardown(a_role_must_be_allowed_to, make, unmake),
		cmocka_unit_test_setup_teardown(what_the_platform_finds_is_said_at_its_place, make, unmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
