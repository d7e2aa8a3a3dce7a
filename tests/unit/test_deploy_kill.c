/* tests/unit/test_deploy_kill.c: a publisher that is killed between any two of its steps, and what resuming makes of it: nothing is lost, doubled or half
 * done, on the platform, in the ledger and in the audit. */
#include "deploy_yard.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"

#define assert_text(got, wanted) assert_str(tl_str(got), (wanted))

/* More than any of the runs has. */
#define MOST_PLACES 200
/* Every so many flushes is tried; with $TRUNKLINE_TEST_KILLS=all every one. */
#define FLUSHES_STEP 7

static int places_left;
static bool at_flushes; /* in place of at the places that an apply tells of */

static void pass(void)
{
	if (__atomic_sub_fetch(&places_left, 1, __ATOMIC_RELAXED) == 0)
		kill(getpid(), SIGKILL);
}

static const char *last_place; /* or NULL: where it is killed as well */

static void die_in_time(void *data, const char *place)
{
	(void)data;
	if (last_place && strcmp(place, last_place) == 0)
		kill(getpid(), SIGKILL);
	pass();
}

/* Runs `run` in a process that is killed at its nth place. False where it came to its end before. */
static bool killed_at(struct yard *yard, int nth, void (*run)(struct yard *yard, const struct tl_plan *plan), const struct tl_plan *plan)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		places_left = nth;
		if (at_flushes)
			boundary_watch(pass);
		else
			yard->at = die_in_time;
		yard_open_child(yard);
		run(yard, plan);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	yard_open(yard);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

static void run_apply(struct yard *yard, const struct tl_plan *plan)
{
	yard_apply(yard, plan);
}

static void run_resume(struct yard *yard, const struct tl_plan *plan)
{
	(void)plan;
	yard_resume(yard, false);
}

static void run_undo(struct yard *yard, const struct tl_plan *plan)
{
	(void)plan;
	yard_resume(yard, true);
}

/* Two flows in a circle, one that is updated, one that is new. */
static struct tl_plan *begin(void **state)
{
	yard_make(state);
	yard_story(*state, "one");
	yard_publish(*state);
	yard_story(*state, "two");
	return yard_plan(*state);
}

/* Killed at the nth place of the apply, and at the mth of the resume; then resumed to the end. */
static bool try_to_finish(void **state, int nth, int mth)
{
	struct tl_plan *plan = begin(state);
	struct yard *yard = *state;
	bool killed = killed_at(yard, nth, run_apply, plan);

	if (mth > 0)
		killed_at(yard, mth, run_resume, plan);
	yard_resume(yard, false);
	/* Where it was killed before the plan was on record nothing was begun. */
	yard_apply(yard, plan);
	assert_int_equal(yard->exit, 0);
	assert_text(yard_versions(yard, "a"), "1 draft, 2 published, 3 draft, 4 published");
	assert_text(yard_versions(yard, "b"), "1 draft, 2 published, 3 draft, 4 published");
	assert_text(yard_versions(yard, "c"), "1 published, 2 published");
	assert_text(yard_versions(yard, "d"), "1 published");
	yard_check_settled(yard, "abcd");
	assert_text(yard_publish(yard), "nothing a 4; nothing b 4; nothing c 2; nothing d 1");
	tl_plan_free(plan);
	yard_remove(state);
	return killed;
}

static void an_apply_that_is_killed_anywhere_is_finished(void **state)
{
	int places = 0;

	while (try_to_finish(state, places + 1, 0))
		places++;
	assert_true(places > 20 && places < MOST_PLACES);
	print_message("killed at each of %d places, and resumed\n", places);
}

/* The same at each flush of a file: by these the ledger and the platform change for good, whether a step says where it is or not. */
static void an_apply_that_is_killed_at_any_flush_is_finished(void **state)
{
	bool all = getenv("TRUNKLINE_TEST_KILLS") && strcmp(getenv("TRUNKLINE_TEST_KILLS"), "all") == 0;
	int flush = 1;

	at_flushes = true;
	while (try_to_finish(state, flush, flush % 2 * flush / 2))
		flush += all ? 1 : FLUSHES_STEP;
	at_flushes = false;
	assert_true(flush > 60 && flush < 1000);
	print_message("killed at flushes up to %d, and resumed\n", flush);
}

static void a_resume_that_is_killed_anywhere_is_finished_too(void **state)
{
	for (int nth = 2; nth < 36; nth += 4) {
		for (int mth = 1; mth < 30; mth += 5)
			try_to_finish(state, nth, mth);
	}
}

/* Killed at the nth place of the apply, and at the mth of taking it back; then taken back to the end. */
static bool try_to_undo(void **state, int nth, int mth)
{
	struct tl_plan *plan = begin(state);
	struct yard *yard = *state;
	bool killed;

	killed_at(yard, nth, run_apply, plan);
	killed = killed_at(yard, mth, run_undo, plan);
	yard_resume(yard, true);
	assert_text(yard_heard(yard, "c"), "one");
	assert_text(yard_heard(yard, "a"), "one");
	assert_text(yard_heard(yard, "b"), "one");
	yard_check_settled(yard, "abcd");
	tl_plan_free(plan);
	yard_remove(state);
	return killed;
}

static void what_was_written_is_taken_back(void **state)
{
	int places = 0;

	for (int nth = 6; nth < 30; nth += 9) {
		for (int mth = 1; try_to_undo(state, nth, mth); mth++)
			places++;
	}
	assert_true(places > 20);
	print_message("killed at each of %d places of taking back\n", places);
}

/* A new flow stays: the platform deletes none. Callers get it, and that is said. */
static void what_cannot_be_taken_back_is_said_as_it_is(void **state)
{
	struct tl_plan *plan = begin(state);
	struct yard *yard = *state;
	struct tl_unfinished unfinished;
	struct tl_apply *apply;
	struct tl_deploy *deploy;

	last_place = "plan done";
	assert_true(killed_at(yard, MOST_PLACES, run_apply, plan));
	last_place = NULL;
	deploy = yard_deploy(yard);
	assert_int_equal(tl_deploy_unfinished(&unfinished, deploy, &yard->err), 0);
	assert_int_equal(tl_deploy_resume(&apply, deploy, &unfinished, true, &yard->findings, &yard->err), 0);
	for (size_t i = 0; i < apply->n_flows; i++) {
		bool is_new = tl_str_is(apply->flows[i].planned->flow, "d");

		assert_int_equal(apply->flows[i].state, is_new ? TL_APPLIED_PUBLISHED : TL_APPLIED_UNDONE);
		assert_true(!is_new || (apply->flows[i].kept && apply->flows[i].status == TL_STATUS_PUBLISHED));
	}
	tl_apply_free(apply);
	tl_unfinished_clear(&unfinished);
	tl_summaries_clear(&yard->summaries);
	tl_plan_free(plan);
	yard_remove(state);
}

static void nothing_unfinished_is_nothing_to_do(void **state)
{
	struct yard *yard = *state;

	assert_text(yard_resume(yard, false), "");
	yard_says(yard, "a", "one");
	yard_publish(yard);
	assert_text(yard_resume(yard, false), "");
	assert_text(yard_resume(yard, true), "");
	assert_text(yard_heard(yard, "a"), "one");
}

/* A step that was begun and never written, of a flow that went back to what is deployed: no write will ever close it. */
static void an_intent_without_a_write_is_settled(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;
	struct tl_steps steps;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	plan = yard_plan(yard);
	/* plan begun, before, begun */
	assert_true(killed_at(yard, 3, run_apply, plan));
	tl_plan_free(plan);
	yard_says(yard, "a", "one");
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_int_equal(steps.count, 1);
	yard_resume(yard, false);
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_int_equal(steps.count, 0);
	/* An apply that holds the lease does the same. */
	yard->lease = &(struct tl_lease_wish){ .owner = TL_STR("test") };
	assert_text(yard_publish(yard), "nothing a 1");
	assert_text(yard_resume(yard, true), "");
}

static void somebody_edited_in_between(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	yard_says(yard, "a", "two");
	yard_says(yard, "b", "two");
	plan = yard_plan(yard);
	assert_true(killed_at(yard, 7, run_apply, plan));
	yard_intrude(yard, "a", "theirs");
	yard_intrude(yard, "b", "theirs");
	yard_resume(yard, false);
	assert_int_equal(yard->exit, 4);
	assert_text(yard_heard(yard, "a"), "theirs");
	assert_text(yard_heard(yard, "b"), "theirs");
	assert_text(yard_resume(yard, false), "");
	tl_plan_free(plan);
}

/* Suspended between an intent and its write, for longer than a lease lasts; somebody else takes over meanwhile. */
static void sleep_and_be_robbed(void *data, const char *place)
{
	struct yard *yard = data;
	struct tl_ledger *other;

	if (strcmp(place, "begun") != 0)
		return;
	yard->clock.sleep_ms(yard->clock.data, TL_LEASE_MS + 1);
	assert_int_equal(tl_ledger_open(&other, tl_arena_printf(&yard->arena, "%s/.trunkline/ledger.db", yard->folder).ptr, &yard->clock, &yard->err), 0);
	assert_int_equal(tl_ledger_lease(other, TL_STR("local"), &(struct tl_lease_wish){ .owner = TL_STR("other") }, NULL, &yard->err), 0);
	tl_ledger_close(other);
	/* Once only: the next who writes is not suspended. */
	yard->at = NULL;
	yard->deploy.at = NULL;
}

static void whoever_wakes_up_too_late_writes_nothing(void **state)
{
	struct tl_lease_wish wish = { .owner = TL_STR("test") };
	struct tl_plan *plan = begin(state);
	struct yard *yard = *state;

	yard->lease = &wish;
	yard->at = sleep_and_be_robbed;
	yard_apply(yard, plan);
	assert_int_equal(yard->exit, 4);
	assert_text(yard_versions(yard, "a"), "1 draft, 2 published");
	assert_text(yard_versions(yard, "b"), "1 draft, 2 published");
	assert_text(yard_versions(yard, "c"), "1 published");
	assert_text(yard_versions(yard, "d"), "");
	/* Whoever took over finds an intent of which nothing came. */
	yard_resume(yard, false);
	assert_int_equal(yard->exit, 0);
	assert_text(yard_versions(yard, "c"), "1 published, 2 published");
	yard_check_settled(yard, "abcd");
	tl_plan_free(plan);
	yard_remove(state);
}

/* All or nothing, killed at the nth place; somebody edits one of the flows before it is resumed. What the killed program wrote is taken back as well. */
static bool try_all_or_nothing(void **state, int nth)
{
	struct tl_plan *plan = begin(state);
	struct yard *yard = *state;
	bool killed;

	yard->atomic = true;
	killed = killed_at(yard, nth, run_apply, plan);
	if (killed) {
		yard_intrude(yard, "c", "theirs");
		yard_resume(yard, false);
		assert_int_equal(yard->exit, 4);
		assert_text(yard_heard(yard, "a"), "one");
		assert_text(yard_heard(yard, "b"), "one");
		assert_text(yard_heard(yard, "c"), "theirs");
		assert_text(yard_resume(yard, false), "");
		yard_check_audit(yard);
	}
	tl_plan_free(plan);
	yard_remove(state);
	return killed;
}

static void all_or_nothing_holds_for_what_a_killed_program_wrote(void **state)
{
	int places = 0;

	while (try_all_or_nothing(state, places + 1))
		places++;
	assert_true(places > 20 && places < MOST_PLACES);
}

int test_deploy_kill(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_apply_that_is_killed_anywhere_is_finished),
		cmocka_unit_test(an_apply_that_is_killed_at_any_flush_is_finished),
		cmocka_unit_test(a_resume_that_is_killed_anywhere_is_finished_too),
		cmocka_unit_test(what_was_written_is_taken_back),
		cmocka_unit_test(what_cannot_be_taken_back_is_said_as_it_is),
		cmocka_unit_test(all_or_nothing_holds_for_what_a_killed_program_wrote),
		cmocka_unit_test(whoever_wakes_up_too_late_writes_nothing),
		cmocka_unit_test_setup_teardown(nothing_unfinished_is_nothing_to_do, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(an_intent_without_a_write_is_settled, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(somebody_edited_in_between, yard_make, yard_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
