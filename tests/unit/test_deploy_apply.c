/* tests/unit/test_deploy_apply.c: plans made and applied, against a real file: what changed meanwhile, who was first, who was killed. */
#include "deploy_yard.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/audit.h"
#include "platform/drivers.h"

/* Fails unless the two texts are the same. */
#define assert_text(got, wanted) assert_str(tl_str(got), (wanted))

static void a_first_publish_and_a_second_that_writes_nothing(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "hello");
	yard_says(yard, "b", "good bye");
	plan = yard_plan(yard);
	assert_int_equal(tl_plan_changes(plan), 2);
	assert_int_not_equal(access(tl_arena_printf(&yard->arena, "%s/.trunkline", yard->folder).ptr, F_OK), 0);
	assert_text(yard_apply(yard, plan), "published a 1; published b 1");
	assert_text(yard_apply(yard, plan), "already a 1; already b 1");
	assert_text(yard_publish(yard), "nothing a 1; nothing b 1");
	assert_text(yard_versions(yard, "a"), "1 published");
	assert_text(yard_heard(yard, "b"), "good bye");
	tl_plan_free(plan);
}

static void an_edit_is_an_update(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "hello");
	yard_says(yard, "b", "good bye");
	yard_publish(yard);
	yard_says(yard, "b", "farewell");
	assert_text(yard_plan_text(yard), "none a; update b");
	assert_text(yard_publish(yard), "nothing a 1; published b 2");
	assert_text(yard_heard(yard, "b"), "farewell");
	assert_text(yard_heard(yard, "a"), "hello");
}

static void comments_are_no_change(void **state)
{
	struct yard *yard = *state;

	yard_file(yard, "a", "start: bye\nnodes:\n  bye: {type: end, reason: done}\n");
	yard_publish(yard);
	yard_file(yard, "a", "# a note\nnodes:\n  bye:\n    reason: \"done\"\n    type: end\nstart: bye\n");
	assert_text(yard_plan_text(yard), "none a");
}

static void somebody_else_was_first(void **state)
{
	struct yard *yard = *state;
	struct tl_audit_records records;
	struct tl_apply *apply = NULL;
	struct tl_plan *plan;
	struct tl_str last;

	yard_says(yard, "a", "hello");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	yard_says(yard, "a", "hello again");
	yard_says(yard, "b", "two");
	plan = yard_plan(yard);
	yard_intrude(yard, "b", "theirs");
	/* Nothing at all is written, not even what nobody touched. */
	assert_text(yard_apply(yard, plan), "not tried a 1; conflict b 2");
	assert_text(yard_heard(yard, "a"), "hello");
	assert_text(yard_heard(yard, "b"), "theirs");
	assert_int_equal(tl_audit_read(&records, &yard->arena, yard->ledger, 1, 100, &yard->err), 0);
	last = records.items[records.count - 1].bytes;
	assert_non_null(memmem(last.ptr, last.len, "\"outcome\":\"conflict\"", 20));
	assert_non_null(memmem(last.ptr, last.len, "\"flow\":\"b\"", 10));
	yard->deploy.summaries = &yard->summaries;
	tl_summaries_init(&yard->summaries, &yard->set, NULL, &yard->lower, 1);
	assert_int_equal(tl_deploy_apply(&apply, &yard->deploy, plan, &yard->findings, &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_int_equal(tl_apply_exit(apply), 4);
	assert_true(apply->flows[1].base && apply->flows[1].theirs && apply->flows[1].ours);
	assert_str(apply->flows[1].message, "the plan was made on version 1, the platform is at 2");
	assert_true(!apply->flows[0].base && !apply->flows[0].theirs);
	tl_apply_free(apply);
	tl_plan_free(plan);
	/* A new plan has seen theirs. */
	assert_text(yard_publish(yard), "published a 2; published b 3");
}

static void a_flow_that_appeared_is_a_conflict(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "mine");
	plan = yard_plan(yard);
	yard_intrude(yard, "a", "theirs");
	assert_text(yard_apply(yard, plan), "conflict a 1");
	tl_plan_free(plan);
}

static void the_same_from_somebody_else_is_no_conflict(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "hello");
	plan = yard_plan(yard);
	yard_intrude(yard, "a", "hello");
	assert_text(yard_apply(yard, plan), "already a 1");
	assert_text(yard_versions(yard, "a"), "1 published");
	tl_plan_free(plan);
}

static void somebodys_draft_stays_theirs(void **state)
{
	struct yard *yard = *state;
	struct tl_deployed_list deployed;

	yard_says(yard, "a", "hello");
	yard_publish(yard);
	yard_draft(yard, "a", "theirs");
	/* However often it is applied: callers get what git has, and nobody here says of the draft that it is ours. */
	for (unsigned i = 0; i < 2; i++) {
		assert_text(yard_plan_text(yard), "none a");
		assert_text(yard_publish(yard), "nothing a 2");
	}
	assert_text(yard_versions(yard, "a"), "1 published, 2 draft");
	assert_int_equal(tl_ledger_deployed(&deployed, &yard->arena, yard->ledger, yard->environment.name, &yard->err), 0);
	assert_int_equal(deployed.count, 1);
	assert_int_equal(deployed.items[0].version, 1);
}

/* The platform is set back to a backup, and somebody counts on from there: the numbers are those that were ours, what they say is not. */
static void a_number_that_says_something_else_is_not_ours(void **state)
{
	struct yard *yard = *state;
	struct tl_deploy_states states;
	struct tl_plan *plan;

	for (unsigned i = 1; i <= 3; i++) {
		yard_says(yard, "a", i == 1 ? "one" : i == 2 ? "two" : "three");
		yard_publish(yard);
		if (i == 1)
			yard_back_up(yard);
	}
	yard_set_back(yard);
	/* Below what is on record: it is published on top of that, and what was above is forgotten. */
	plan = yard_plan(yard);
	assert_int_equal(plan->flows[0].base_version, 1);
	assert_true(plan->flows[0].base_known);
	assert_text(yard_apply(yard, plan), "published a 2");
	tl_plan_free(plan);
	yard_says(yard, "a", "four");
	assert_text(yard_publish(yard), "published a 3");
	/* At a number that is on record. */
	yard_set_back(yard);
	yard_intrude(yard, "a", "theirs");
	yard_intrude(yard, "a", "theirs again");
	assert_int_equal(tl_deploy_status(&states, &yard->arena, yard_deploy(yard), &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_false(states.items[0].known);
	plan = yard_plan(yard);
	assert_int_equal(plan->flows[0].action, TL_ACTION_UPDATE);
	assert_int_equal(plan->flows[0].base_version, 3);
	assert_false(plan->flows[0].base_known);
	assert_text(yard_apply(yard, plan), "published a 4");
	tl_plan_free(plan);
	assert_text(yard_heard(yard, "a"), "four");
}

/* The same under a draft: what callers get is read, not believed. */
static void callers_of_a_platform_that_was_set_back_get_what_it_says(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_back_up(yard);
	yard_says(yard, "a", "two");
	yard_publish(yard);
	yard_set_back(yard);
	yard_intrude(yard, "a", "theirs");
	yard_draft(yard, "a", "their draft");
	assert_text(yard_plan_text(yard), "update a");
}

static void change_text(struct yard *yard)
{
	yard_says(yard, "a", "something else");
}

static void change_comment(struct yard *yard)
{
	yard_file(yard, "a", "# a note\nstart: say\nnodes:\n  say: {type: play, prompt: {text: \"${env.GREETING}\"}, next: bye}\n  bye: {type: end}\n");
}

static void remove_file(struct yard *yard)
{
	yard_file(yard, "a", NULL);
}

static void change_value(struct yard *yard)
{
	static struct tl_str value = { "hi", 2 };

	tl_map_put(&yard->environment.values, TL_STR("GREETING"), NULL)->value.ptr = &value;
}

static void let_it_expire(struct yard *yard)
{
	yard->now += TL_PLAN_LIFETIME_MS + 2000;
}

static void set_the_clock_back(struct yard *yard)
{
	yard->now -= TL_DEPLOY_SKEW_MS + 2000;
}

static void rename_environment(struct yard *yard)
{
	yard->environment.name = TL_STR("staging");
}

static void break_flow(struct yard *yard)
{
	yard_file(yard, "a", "start: nowhere\nnodes:\n  bye: {type: end}\n");
}

/* What may change between a plan and its apply, so that it is refused with nothing written. */
static const struct stale_row {
	const char *idea;
	void (*change)(struct yard *yard);
	const char *words;
} stale_table[] = {
	{ "another text", change_text, "was changed since the plan was made" },
	{ "a comment", change_comment, "was changed since the plan was made" },
	{ "the file is gone", remove_file, "is no longer in" },
	{ "another value", change_value, "'local' has other values, ids or another database here" },
	{ "too late", let_it_expire, "expired at" },
	{ "the clock was set back", set_the_clock_back, "set the clock that is wrong" },
	{ "another environment", rename_environment, "for the environment 'local', not 'staging'" },
	{ "a mistake", break_flow, "no longer pass the checks" },
};

static void stale_plans_are_refused(void **state)
{
	struct tl_str value = TL_STR("hello");

	for (size_t i = 0; i < TL_COUNT(stale_table); i++) {
		struct tl_plan *plan;
		struct yard *yard;
		const char *text;

		yard_make(state);
		yard = *state;
		tl_map_put(&yard->environment.values, TL_STR("GREETING"), NULL)->value.ptr = &value;
		yard_file(yard, "a", "start: say\nnodes:\n  say: {type: play, prompt: {text: \"${env.GREETING}\"}, next: bye}\n  bye: {type: end}\n");
		plan = yard_plan(yard);
		stale_table[i].change(yard);
		text = yard_apply(yard, plan);
		if (!strstr(text, stale_table[i].words) || strncmp(text, "error 1 ", 8) != 0)
			fail_msg("%s: %s", stale_table[i].idea, text);
		assert_text(yard_versions(yard, "a"), "");
		tl_plan_free(plan);
		yard_remove(state);
	}
}

static void a_flow_with_mistakes_is_not_planned(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "hello");
	yard_plan_text(yard);
	yard_file(yard, "b", "start: nowhere\nnodes:\n  bye: {type: end}\n");
	tl_summaries_init(&yard->summaries, &yard->set, NULL, &yard->lower, 1);
	yard->set.count = 2;
	assert_int_equal(tl_deploy_plan(&plan, &yard->deploy, 1000, &yard->findings, &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_null(plan);
	assert_true(tl_findings_count(&yard->findings, TL_ERROR) > 0);
}

static void values_are_filled_in_before_publishing(void **state)
{
	struct yard *yard = *state;
	struct tl_str one = TL_STR("+15550001"), two = TL_STR("+15550002");

	tl_map_put(&yard->environment.values, TL_STR("NUMBER"), NULL)->value.ptr = &one;
	yard_file(yard, "a", "start: say\nnodes:\n  say: {type: play, prompt: {text: \"call ${env.NUMBER}\"}, next: bye}\n  bye: {type: end}\n");
	yard_publish(yard);
	assert_text(yard_heard(yard, "a"), "call +15550001");
	tl_map_put(&yard->environment.values, TL_STR("NUMBER"), NULL)->value.ptr = &two;
	assert_text(yard_publish(yard), "published a 2");
	assert_text(yard_heard(yard, "a"), "call +15550002");
}

static void another_recording_is_a_change(void **state)
{
	struct yard *yard = *state;
	const char *path = tl_arena_printf(&yard->arena, "%s/hello.wav", yard->folder).ptr;
	struct tl_plan *plan;

	yard_file(yard, "a", "start: say\nnodes:\n  say: {type: play, prompt: {audio: hello.wav}, next: bye}\n  bye: {type: end}\n");
	assert_int_equal(tl_file_write(path, TL_STR("RIFF1"), 0600, &yard->err), 0);
	assert_text(yard_publish(yard), "published a 1");
	assert_text(yard_plan_text(yard), "none a");
	assert_int_equal(tl_file_write(path, TL_STR("RIFF2"), 0600, &yard->err), 0);
	plan = yard_plan(yard);
	assert_non_null(strstr(plan->flows[0].note.ptr, "the audio that it uses changed"));
	tl_plan_free(plan);
	assert_text(yard_publish(yard), "published a 2");
	assert_text(yard_publish(yard), "nothing a 2");
}

static void callees_are_published_first(void **state)
{
	struct yard *yard = *state;

	yard_file(yard, "a", "start: s\nnodes:\n  s: {type: subflow, flow: b, otherwise: e}\n  e: {type: end}\n");
	yard_file(yard, "b", "start: t\nnodes:\n  t: {type: transfer, to: {flow: c}}\n");
	yard_says(yard, "c", "here");
	assert_text(yard_publish(yard), "published c 1; published b 1; published a 1");
}

/* Two flows that call each other, which say something so that they differ. */
static void make_circle(struct yard *yard, const char *text)
{
	for (const char *id = "ab"; *id; id++) {
		char name[2] = { *id, '\0' };

		yard_file(yard, name, tl_arena_printf(&yard->arena, "start: p\nnodes:\n  p: {type: play, prompt: {text: \"%s\"}, next: g}\n"
		                                      "  g: {type: transfer, to: {flow: %s}}\n", text, *id == 'a' ? "b" : "a").ptr);
	}
}

static void a_circle_is_drafted_first(void **state)
{
	struct yard *yard = *state;

	make_circle(yard, "one");
	assert_text(yard_publish(yard), "published a 2; published b 2");
	assert_text(yard_versions(yard, "a"), "1 draft, 2 published");
	assert_text(yard_publish(yard), "nothing a 2; nothing b 2");
}

/* ---- platforms that go wrong: the local one, whose nth write from now on does not come back */

static int writes_left;
static bool write_first;

static int broken(struct tl_error *err)
{
	return tl_error_set(err, TL_IO, "the line went dead");
}

static int unreliable_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	if (--writes_left > 0)
		return tl_driver_local.create(out, arena, state, put, err);
	return write_first && tl_driver_local.create(out, arena, state, put, err) != 0 ? -1 : broken(err);
}

static int unreliable_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put,
                          struct tl_error *err)
{
	if (--writes_left > 0)
		return tl_driver_local.put(out, arena, state, id, put, err);
	return write_first && tl_driver_local.put(out, arena, state, id, put, err) != 0 ? -1 : broken(err);
}

static void make_unreliable(struct yard *yard, struct tl_driver *driver, int nth, bool first)
{
	*driver = tl_driver_local;
	driver->create = unreliable_create;
	driver->put = unreliable_put;
	writes_left = nth;
	write_first = first;
	yard->driver = driver;
	yard_open(yard);
}

static void make_reliable(struct yard *yard)
{
	yard->driver = NULL;
	yard_open(yard);
}

static void a_failure_ends_it_and_the_next_run_finishes(void **state)
{
	struct yard *yard = *state;
	struct tl_driver driver;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "two");
	yard_says(yard, "c", "three");
	plan = yard_plan(yard);
	make_unreliable(yard, &driver, 2, false);
	assert_text(yard_apply(yard, plan), "published a 1; failed b 0; not tried c 0");
	make_reliable(yard);
	assert_text(yard_apply(yard, plan), "already a 1; published b 1; published c 1");
	tl_plan_free(plan);
}

static void an_answer_that_was_lost_is_found_again(void **state)
{
	struct yard *yard = *state;
	struct tl_steps steps;
	struct tl_driver driver;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "two");
	plan = yard_plan(yard);
	make_unreliable(yard, &driver, 1, true);
	assert_text(yard_apply(yard, plan), "failed a 0; not tried b 0");
	make_reliable(yard);
	assert_text(yard_plan_text(yard), "none a; create b");
	assert_text(yard_apply(yard, plan), "already a 1; published b 1");
	assert_text(yard_versions(yard, "a"), "1 published");
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_int_equal(steps.count, 0);
	tl_plan_free(plan);
}

/* A circle has four writes; it may be cut off after each of them. */
static void a_circle_that_was_cut_off_is_finished(void **state)
{
	for (int nth = 1; nth <= 4; nth++) {
		struct tl_driver driver;
		struct tl_plan *plan;
		struct yard *yard;

		yard_make(state);
		yard = *state;
		make_circle(yard, "one");
		plan = yard_plan(yard);
		make_unreliable(yard, &driver, nth, true);
		yard_apply(yard, plan);
		make_reliable(yard);
		yard_apply(yard, plan);
		assert_text(yard_versions(yard, "a"), "1 draft, 2 published");
		assert_text(yard_versions(yard, "b"), "1 draft, 2 published");
		assert_text(yard_publish(yard), "nothing a 2; nothing b 2");
		tl_plan_free(plan);
		yard_remove(state);
	}
}

/* ---- rollback */

static const char *roll_back(struct yard *yard, const char *flow, int64_t to)
{
	struct tl_plan *plan;
	const char *text;

	if (tl_deploy_rollback(&plan, &yard->deploy, tl_str(flow), to, TL_STR("callers hang up"), 60000, &yard->err) != 0)
		return tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message).ptr;
	text = yard_apply(yard, plan);
	tl_plan_free(plan);
	return text;
}

static void a_rollback_goes_forward_and_holds(void **state)
{
	struct yard *yard = *state;
	int64_t count;

	yard_says(yard, "a", "good");
	yard_publish(yard);
	yard_says(yard, "a", "bad");
	yard_publish(yard);
	assert_text(roll_back(yard, "a", 0), "published a 3");
	assert_text(yard_heard(yard, "a"), "good");
	assert_text(yard_plan_text(yard), "held a");
	assert_text(yard_publish(yard), "nothing a 3");
	/* Nothing earlier is left that is not held. */
	assert_non_null(strstr(roll_back(yard, "a", 0), "has no earlier version"));
	assert_non_null(strstr(roll_back(yard, "a", 2), "is held"));
	yard_says(yard, "a", "better");
	assert_text(yard_publish(yard), "published a 4");
	yard_says(yard, "a", "bad");
	assert_text(yard_plan_text(yard), "held a");
	assert_int_equal(tl_ledger_release(&count, yard->ledger, TL_STR("local"), TL_STR("a"), TL_STR("it was the queue"), &yard->err), 0);
	assert_text(yard_publish(yard), "published a 5");
	assert_text(yard_heard(yard, "a"), "bad");
}

static void a_rollback_may_name_its_version(void **state)
{
	struct yard *yard = *state;

	for (const char *text = "123"; *text; text++) {
		char word[2] = { *text, '\0' };

		yard_says(yard, "a", word);
		yard_publish(yard);
	}
	assert_text(roll_back(yard, "a", 1), "published a 4");
	assert_text(yard_heard(yard, "a"), "1");
	assert_non_null(strstr(roll_back(yard, "a", 9), "no version 9"));
	assert_non_null(strstr(roll_back(yard, "a", 1), "already"));
	assert_non_null(strstr(roll_back(yard, "nobody", 0), "has no flow 'nobody'"));
}

/* A platform that calls every version but the last a draft. */
static int forgetful_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	if (tl_driver_local.versions(out, arena, state, id, err) != 0)
		return -1;
	for (size_t i = 1; i < out->count; i++) {
		out->items[i].status = TL_STATUS_DRAFT;
		out->items[i].reached_published = false;
	}
	return 0;
}

static void make_forgetful(struct yard *yard, struct tl_driver *driver)
{
	*driver = tl_driver_local;
	driver->versions = forgetful_versions;
	yard->driver = driver;
	yard_open(yard);
	yard_plan_text(yard);
}

static void what_callers_got_the_ledger_knows_too(void **state)
{
	struct yard *yard = *state;
	struct tl_driver driver;

	yard_says(yard, "a", "one");
	yard_publish(yard);
	yard_intrude(yard, "a", "theirs");
	yard_says(yard, "a", "two");
	yard_publish(yard);
	make_forgetful(yard, &driver);
	assert_non_null(strstr(roll_back(yard, "a", 2), "was never published"));
	assert_text(roll_back(yard, "a", 0), "published a 4");
	assert_text(yard_heard(yard, "a"), "one");
	yard_says(yard, "a", "three");
	yard_publish(yard);
	assert_text(roll_back(yard, "a", 1), "published a 6");
	assert_text(yard_heard(yard, "a"), "one");
	make_reliable(yard);
}

static void a_foreign_version_is_rolled_back_too(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "good");
	yard_publish(yard);
	yard_intrude(yard, "a", "theirs");
	yard_plan_text(yard);
	assert_text(roll_back(yard, "a", 0), "published a 3");
	assert_text(yard_heard(yard, "a"), "good");
	yard_says(yard, "a", "theirs");
	assert_text(yard_plan_text(yard), "held a");
}

static void a_plan_of_a_rollback_is_bound_to_its_version(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "good");
	yard_publish(yard);
	yard_says(yard, "a", "bad");
	yard_publish(yard);
	assert_int_equal(tl_deploy_rollback(&plan, &yard->deploy, TL_STR("a"), 0, TL_STR("r"), 60000, &yard->err), 0);
	assert_true(plan->kind == TL_PLAN_ROLLBACK && plan->flows[0].to == 1 && plan->flows[0].base_version == 2);
	yard_intrude(yard, "a", "theirs");
	assert_text(yard_apply(yard, plan), "conflict a 3");
	/* What was not made leaves no hold. */
	assert_text(yard_plan_text(yard), "update a");
	tl_plan_free(plan);
}

/* ---- names */

static void a_rename_keeps_the_platforms_flow(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "old", "hello");
	yard_publish(yard);
	yard_file(yard, "old", NULL);
	yard_file(yard, "young", "renamed_from: old\nstart: say\nnodes:\n  say: {type: play, prompt: {text: hello}, next: bye}\n  bye: {type: end}\n");
	assert_text(yard_publish(yard), "published young 2");
	assert_text(yard_versions(yard, "old"), "");
	assert_text(yard_versions(yard, "young"), "1 published, 2 published");
	assert_text(yard_publish(yard), "nothing young 2");
}

static void what_is_gone_from_git_stays_deployed(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "hello");
	yard_says(yard, "b", "hello");
	yard_publish(yard);
	yard_file(yard, "a", NULL);
	assert_text(yard_plan_text(yard), "none b; orphan a");
	assert_text(yard_publish(yard), "nothing b 1; nothing a 1");
	assert_text(yard_versions(yard, "a"), "1 published");
}

static void a_plan_written_by_hand_publishes_no_orphan(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "one");
	yard_publish(yard);
	yard_file(yard, "b", NULL);
	plan = yard_plan(yard);
	for (size_t i = 0; i < plan->n_flows; i++) {
		if (plan->flows[i].action == TL_ACTION_ORPHAN)
			plan->flows[i].action = TL_ACTION_UPDATE;
	}
	tl_plan_seal(plan);
	assert_non_null(strstr(yard_apply(yard, plan), "no longer in"));
	assert_string_equal(yard_versions(yard, "b"), "1 published");
	tl_plan_free(plan);
}

static void status_tells_what_is_there(void **state)
{
	struct yard *yard = *state;
	struct tl_deploy_states states;

	yard_says(yard, "a", "hello");
	yard_says(yard, "b", "hello");
	yard_publish(yard);
	yard_intrude(yard, "b", "theirs");
	yard_intrude(yard, "c", "theirs alone");
	assert_int_equal(tl_deploy_status(&states, &yard->arena, yard_deploy(yard), &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_int_equal(states.count, 3);
	assert_str(states.items[0].flow, "a");
	assert_true(states.items[0].known && states.items[0].version == 1 && states.items[0].digest.len == 64);
	assert_str(states.items[1].flow, "b");
	assert_true(!states.items[1].known && states.items[1].version == 2 && states.items[1].digest.len == 0);
	assert_str(states.items[2].flow, "c");
}

static void a_lost_ledger_is_made_up_for(void **state)
{
	struct yard *yard = *state;
	struct tl_deploy_states states;

	yard_says(yard, "a", "hello");
	yard_publish(yard);
	assert_int_equal(unlink(tl_arena_printf(&yard->arena, "%s/.trunkline/ledger.db", yard->folder).ptr), 0);
	yard_open(yard);
	assert_text(yard_plan_text(yard), "none a");
	assert_text(yard_publish(yard), "nothing a 1");
	assert_int_equal(tl_deploy_status(&states, &yard->arena, yard_deploy(yard), &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_true(states.items[0].known);
}

/* ---- many, and killed ones */

#define PUBLISHERS 8
#define LINES 6

static void make_lines(struct yard *yard, const char *text)
{
	for (char id = 'a'; id < 'a' + LINES; id++) {
		char name[2] = { id, '\0' };

		yard_says(yard, name, text);
	}
}

/* In a process of its own: how many flows it wrote of the plan, or 100 where something went wrong. */
static int apply_as_child(struct yard *yard, const struct tl_plan *plan)
{
	const char *text;
	int published = 0;

	yard_open_child(yard);
	text = yard_apply(yard, plan);
	for (const char *at = strstr(text, "published"); at; at = strstr(at + 1, "published"))
		published++;
	if (!strstr(text, "failed") && !strstr(text, "error") && !strstr(text, "conflict") && !strstr(text, "not tried"))
		return published;
	fprintf(stderr, "%s\n", text);
	return 100;
}

static void one_plan_applied_by_many_is_applied_once(void **state)
{
	struct yard *yard = *state;
	struct tl_plan *plan;
	int status, published = 0;

	make_lines(yard, "one");
	plan = yard_plan(yard);
	for (int i = 0; i < PUBLISHERS; i++) {
		if (fork() == 0)
			_exit(apply_as_child(yard, plan));
	}
	while (wait(&status) > 0)
		published += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
	assert_int_equal(published, LINES);
	yard_open(yard);
	for (char id = 'a'; id < 'a' + LINES; id++)
		assert_text(yard_versions(yard, (char[]){ id, '\0' }), "1 published");
	assert_text(yard_publish(yard), "nothing a 1; nothing b 1; nothing c 1; nothing d 1; nothing e 1; nothing f 1");
	tl_plan_free(plan);
}

/* Kills a process that applies the plan after a while. */
static void apply_and_kill(struct yard *yard, const struct tl_plan *plan, unsigned us)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(apply_as_child(yard, plan));
	usleep(us);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

static void a_killed_apply_is_finished_by_the_next(void **state)
{
	struct yard *yard = *state;

	for (unsigned round = 0; round < 10; round++) {
		char wanted[32];
		struct tl_plan *plan;

		snprintf(wanted, sizeof(wanted), "text %u", round);
		make_lines(yard, wanted);
		plan = yard_plan(yard);
		assert_int_equal(tl_plan_changes(plan), LINES);
		apply_and_kill(yard, plan, 500 + round * 700);
		yard_open(yard);
		assert_null(strstr(yard_apply(yard, plan), "failed"));
		for (char id = 'a'; id < 'a' + LINES; id++) {
			assert_text(yard_heard(yard, (char[]){ id, '\0' }), wanted);
			assert_int_equal(yard_last_version(yard, (char[]){ id, '\0' }), round + 1);
		}
		tl_plan_free(plan);
	}
}

static void files_are_read_once_to_plan(void **state)
{
	struct yard *yard = *state;

	yard_says(yard, "a", "one");
	yard_says(yard, "b", "one");
	tl_plan_free(yard_plan(yard));
	assert_int_equal(yard->n_reads, 2);
	/* To apply once more, and then what is written. */
	yard_publish(yard);
	assert_int_equal(yard->n_reads, 2 + 2 + 2 + 2);
	/* What an error is found in is read by nobody else. */
	yard->n_reads = 0;
	yard_file(yard, "b", "start: nowhere\nnodes:\n  n: {type: end}\n");
	assert_int_equal(tl_deploy_plan(&(struct tl_plan *){ NULL }, yard_deploy(yard), 1000, &yard->findings, &yard->err), 0);
	tl_summaries_clear(&yard->summaries);
	assert_true(tl_findings_count(&yard->findings, TL_ERROR) > 0);
	assert_int_equal(yard->n_reads, 2);
}

int test_deploy_apply(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_read_once_to_plan, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_first_publish_and_a_second_that_writes_nothing, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(an_edit_is_an_update, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(comments_are_no_change, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(somebody_else_was_first, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_flow_that_appeared_is_a_conflict, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(the_same_from_somebody_else_is_no_conflict, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(somebodys_draft_stays_theirs, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_number_that_says_something_else_is_not_ours, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(callers_of_a_platform_that_was_set_back_get_what_it_says, yard_make, yard_remove),
		cmocka_unit_test(stale_plans_are_refused),
		cmocka_unit_test_setup_teardown(a_flow_with_mistakes_is_not_planned, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(values_are_filled_in_before_publishing, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(another_recording_is_a_change, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(callees_are_published_first, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_circle_is_drafted_first, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_failure_ends_it_and_the_next_run_finishes, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(an_answer_that_was_lost_is_found_again, yard_make, yard_remove),
		cmocka_unit_test(a_circle_that_was_cut_off_is_finished),
		cmocka_unit_test_setup_teardown(a_rollback_goes_forward_and_holds, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_rollback_may_name_its_version, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(what_callers_got_the_ledger_knows_too, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_foreign_version_is_rolled_back_too, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_plan_of_a_rollback_is_bound_to_its_version, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_rename_keeps_the_platforms_flow, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(what_is_gone_from_git_stays_deployed, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_plan_written_by_hand_publishes_no_orphan, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(status_tells_what_is_there, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_lost_ledger_is_made_up_for, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(one_plan_applied_by_many_is_applied_once, yard_make, yard_remove),
		cmocka_unit_test_setup_teardown(a_killed_apply_is_finished_by_the_next, yard_make, yard_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
