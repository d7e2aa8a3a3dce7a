/* tests/unit/test_deploy_architect.c: plans made and applied to an organisation of the vendor's: bases, conflicts, findings, resuming, drift. */
#include "deploy_yard.h"
#include "vendor_yard.h"

#include <stdio.h>

#include "monitor/drift.h"

#define assert_text(got, wanted) assert_str(tl_str(got), (wanted))

struct place {
	struct yard *yard;
	struct org *org;
};

static int place_make(void **state)
{
	struct place *place = tl_alloc_zero(1, sizeof(*place));

	org_make((void **)&place->org);
	yard_make((void **)&place->yard);
	tl_platform_close(place->org->platform);
	place->org->platform = NULL;
	place->yard->driver = org_driver(place->org);
	yard_open(place->yard);
	*state = place;
	return 0;
}

static int place_remove(void **state)
{
	struct place *place = *state;

	yard_remove((void **)&place->yard);
	org_remove((void **)&place->org);
	free(place);
	return 0;
}

/* The file of a flow. */
static void write(struct place *place, const char *file, const char *type, const char *name, const char *words)
{
	yard_text(place->yard, file, org_yaml(&place->yard->arena, type, name, words));
}

static size_t count_of(const struct org *org, const char *what)
{
	size_t count = 0, len = strlen(what);

	for (const char *at = org->log; (at = strstr(at, what)); at += len)
		count += (at == org->log || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
	return count;
}

static void a_second_run_uploads_nothing(void **state)
{
	struct place *place = *state;

	write(place, "a", "inboundCall", "Main", "hello");
	write(place, "b", "inboundChat", "Main", "hello");
	assert_text(yard_plan_text(place->yard), "create inboundCall/Main; create inboundChat/Main");
	assert_text(yard_publish(place->yard), "published inboundCall/Main 1; published inboundChat/Main 1");
	assert_int_equal(count_of(place->org, "PUT"), 2);
	place->org->log[0] = '\0';
	assert_text(yard_publish(place->yard), "nothing inboundCall/Main 1; nothing inboundChat/Main 1");
	assert_int_equal(count_of(place->org, "PUT") + count_of(place->org, "EXPORT"), 0);
	write(place, "b", "inboundChat", "Main", "good bye");
	assert_text(yard_publish(place->yard), "nothing inboundCall/Main 1; published inboundChat/Main 2");
	assert_int_equal(count_of(place->org, "PUT"), 1);
	assert_int_equal(count_of(place->org, "EXPORT"), 0);
	yard_check_audit(place->yard);
}

/* What somebody else has published already is not published again. */
static void what_is_there_is_known_by_what_it_says(void **state)
{
	struct place *place = *state;

	org_add(place->org, "inboundCall", "Main", "hello");
	org_add(place->org, "inboundCall", "Other", "hello");
	write(place, "a", "inboundCall", "Main", "hello");
	write(place, "b", "inboundCall", "Other", "changed");
	assert_text(yard_publish(place->yard), "nothing inboundCall/Main 1; published inboundCall/Other 2");
	assert_int_equal(count_of(place->org, "PUT"), 1);
	assert_text(yard_plan_text(place->yard), "none inboundCall/Main; none inboundCall/Other");
}

static void an_edit_between_plan_and_apply_is_a_conflict(void **state)
{
	struct place *place = *state;
	struct org_flow *flow;
	struct tl_plan *plan;

	write(place, "a", "inboundCall", "Main", "hello");
	yard_publish(place->yard);
	flow = &place->org->flows[0];
	write(place, "a", "inboundCall", "Main", "ours");
	plan = yard_plan(place->yard);
	org_edit(place->org, flow, "Eve", true, false, "theirs");
	assert_text(yard_apply(place->yard, plan), "conflict inboundCall/Main 2");
	assert_int_equal(place->yard->exit, 4);
	assert_true(org_says(flow, "theirs"));
	assert_int_equal(count_of(place->org, "CHECKOUT"), 0);
	tl_plan_free(plan);
}

static void a_lock_is_planned_and_kept_to(void **state)
{
	struct place *place = *state;
	struct org_flow *flow = org_add(place->org, "inboundCall", "Main", "base");
	struct tl_plan *plan;

	flow->holder = "Alice";
	write(place, "a", "inboundCall", "Main", "ours");
	plan = yard_plan(place->yard);
	assert_non_null(strstr(plan->flows[0].note.ptr, "locked by Alice"));
	assert_text(yard_apply(place->yard, plan), "conflict inboundCall/Main 1");
	assert_int_equal(place->yard->exit, 4);
	assert_non_null(strstr(place->yard->message, "locked by Alice"));
	assert_string_equal(flow->holder, "Alice");
	tl_plan_free(plan);
	flow->holder = NULL;
	flow->operation = "SAVE";
	plan = yard_plan(place->yard);
	assert_non_null(strstr(plan->flows[0].note.ptr, "SAVE by Bob"));
	assert_text(yard_apply(place->yard, plan), "conflict inboundCall/Main 1");
	tl_plan_free(plan);
	flow->operation = NULL;
	assert_text(yard_publish(place->yard), "published inboundCall/Main 2");
}

static void what_a_job_says_stands_on_the_lines(void **state)
{
	struct place *place = *state;
	const struct tl_finding *finding = NULL;

	write(place, "a", "inboundCall", "Main", "ours");
	place->org->bad = "fails";
	assert_text(yard_publish(place->yard), "deployment failed inboundCall/Main 0");
	assert_int_equal(place->yard->exit, 1);
	for (size_t i = 0; i < place->yard->findings.count; i++) {
		if (strcmp(place->yard->findings.items[i].rule, "remote-publish") == 0 && place->yard->findings.items[i].level == TL_ERROR)
			finding = &place->yard->findings.items[i];
	}
	assert_non_null(finding);
	assert_str(finding->file, "flows/a.flow.yaml");
	assert_str(finding->line_text, "              name: Say hello");
	assert_true(finding->place.line == 10 && finding->place.column == 21);
	place->org->bad = "";
	assert_text(yard_publish(place->yard), "published inboundCall/Main 1");
}

static void a_job_that_hangs_is_settled_by_resuming(void **state)
{
	static const struct {
		const char *later, *resumed, *says;
	} table[] = {
		{ "", "already inboundCall/Main 2", "ours" },
		{ "fails", "published inboundCall/Main 2", "ours" },
		{ "somebody on top", "conflict inboundCall/Main 3", "theirs" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct place *place;
		struct org_flow *flow;
		const char *got;

		place_make((void **)&place);
		flow = org_add(place->org, "inboundCall", "Main", "base");
		write(place, "a", "inboundCall", "Main", "ours");
		place->org->bad = "hangs";
		assert_text(yard_publish(place->yard), "unknown inboundCall/Main 1");
		assert_int_equal(place->yard->exit, 3);
		assert_string_equal(flow->holder, "us");
		assert_non_null(strstr(place->yard->message, "resume"));
		/* Another program; the job goes on there. */
		yard_open(place->yard);
		place->org->bad = table[i].later;
		/* One that failed is over when it is looked at, and the plan is done after all. */
		if (strcmp(table[i].later, "fails") == 0) {
			place->org->jobs[place->org->n_jobs - 1].over = true;
			place->org->bad = "";
		}
		got = yard_resume(place->yard, false);
		assert_text(got, table[i].resumed);
		assert_row(table[i].resumed, org_says(flow, table[i].says));
		assert_row(table[i].resumed, !flow->holder);
		yard_check_audit(place->yard);
		place_remove((void **)&place);
	}
}

static void back_to_an_earlier_version(void **state)
{
	struct place *place = *state;
	struct tl_plan *plan;
	struct tl_error err = { 0 };

	write(place, "a", "inboundCall", "Main", "one");
	yard_publish(place->yard);
	write(place, "a", "inboundCall", "Main", "two");
	yard_publish(place->yard);
	assert_int_equal(tl_deploy_rollback(&plan, yard_deploy(place->yard), TL_STR("Main"), 0, TL_STR("broken"), TL_PLAN_LIFETIME_MS, &err), 0);
	tl_summaries_clear(&place->yard->summaries);
	assert_str(plan->flows[0].flow, "inboundCall/Main");
	assert_int_equal(plan->flows[0].to, 1);
	assert_text(yard_apply(place->yard, plan), "published inboundCall/Main 3");
	assert_true(org_says(&place->org->flows[0], "one"));
	assert_text(yard_plan_text(place->yard), "held inboundCall/Main");
	tl_plan_free(plan);
}

static void flows_that_name_each_other_are_published_with_stubs(void **state)
{
	struct place *place = *state;
	static const char text[] = "inboundCall:\n  name: %s\n  startUpRef: \"./tasks/task[T_10]\"\n  tasks:\n    - task:\n        name: T\n        refId: T_10\n"
	                           "        actions:\n          - transferToFlow:\n              name: Go\n              targetFlow:\n                name: %s\n"
	                           "          - disconnect:\n              name: Bye\n";

	yard_text(place->yard, "a", tl_arena_printf(&place->yard->arena, text, "A", "B"));
	yard_text(place->yard, "b", tl_arena_printf(&place->yard->arena, text, "B", "A"));
	assert_text(yard_publish(place->yard), "published inboundCall/A 1; published inboundCall/B 1");
	assert_non_null(strstr(place->org->last_body.data, "createStubs"));
}

static void only_architect_files_are_taken(void **state)
{
	struct place *place = *state;
	struct tl_plan *plan;

	yard_says(place->yard, "a", "hello");
	assert_int_equal(tl_deploy_plan(&plan, yard_deploy(place->yard), TL_PLAN_LIFETIME_MS, &place->yard->findings, &place->yard->err), -1);
	tl_summaries_clear(&place->yard->summaries);
	assert_int_equal(place->yard->err.code, TL_UNSUPPORTED);
}

/* One look: "a edited 1->2; b none 1->1". */
static const char *look(struct place *place, struct tl_drift_memory *memory)
{
	struct yard *yard = place->yard;
	struct tl_drift_scan scan = {
		.platform = yard->platform, .ledger = yard->ledger, .clock = &yard->clock, .environment = yard->environment.name, .lower = &yard->lower, .workers = 4,
	};
	struct tl_drifts drifts;
	struct tl_str out = TL_STR("");

	assert_int_equal(tl_drift_look(&drifts, &yard->arena, memory, &scan, &yard->err), 0);
	for (size_t i = 0; i < drifts.count; i++)
		out = tl_arena_printf(&yard->arena, "%.*s%s%.*s %s%s", TL_FMT(out), i > 0 ? "; " : "", TL_FMT(drifts.items[i].flow),
		                      tl_drift_name(drifts.items[i].kind), drifts.items[i].draft ? " draft" : "");
	return out.ptr;
}

static void edits_there_are_drift(void **state)
{
	struct place *place = *state;
	struct tl_drift_memory memory = { 0 };

	for (unsigned i = 0; i < 120; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%03u", i);
		write(place, name, "inboundCall", name, "hello");
	}
	yard_publish(place->yard);
	place->org->log[0] = '\0';
	place->org->requests = 0;
	look(place, &memory);
	/* Two pages, and nothing else. */
	assert_int_equal(place->org->requests, 2);
	org_edit(place->org, org_find(place->org, "f000"), "Eve", true, false, "theirs");
	org_edit(place->org, org_find(place->org, "f001"), "Eve", false, true, "theirs");
	org_edit(place->org, org_find(place->org, "f002"), "Eve", true, false, "hello");
	assert_non_null(strstr(look(place, &memory), "f000 edited; inboundCall/f001 edited draft; inboundCall/f002 none; inboundCall/f003 none"));
	place->org->exports = 0;
	look(place, &memory);
	assert_int_equal(place->org->exports, 0);
	tl_drift_forget(&memory);
}

int test_deploy_architect(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_second_run_uploads_nothing, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_is_there_is_known_by_what_it_says, place_make, place_remove),
		cmocka_unit_test_setup_teardown(an_edit_between_plan_and_apply_is_a_conflict, place_make, place_remove),
		cmocka_unit_test_setup_teardown(a_lock_is_planned_and_kept_to, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_a_job_says_stands_on_the_lines, place_make, place_remove),
		cmocka_unit_test(a_job_that_hangs_is_settled_by_resuming),
		cmocka_unit_test_setup_teardown(back_to_an_earlier_version, place_make, place_remove),
		cmocka_unit_test_setup_teardown(flows_that_name_each_other_are_published_with_stubs, place_make, place_remove),
		cmocka_unit_test_setup_teardown(only_architect_files_are_taken, place_make, place_remove),
		cmocka_unit_test_setup_teardown(edits_there_are_drift, place_make, place_remove),
	};

	return cmocka_run_group_tests_name("deploy/architect", tests, NULL, NULL);
}
