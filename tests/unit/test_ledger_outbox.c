/* tests/unit/test_ledger_outbox.c: rows of the outbox and their order, on a file and on a server. */
#include "store_yard.h"

#include <stdio.h>

#include "ledger/outbox.h"

#define ENV TL_STR("production")
#define CRM TL_STR("crm")

struct scratch {
	char *folder;
	char path[4096];
	struct tl_arena arena;
	struct tl_error err;
	struct tl_clock clock;
	struct tl_ledger *ledger;
};

static int open_scratch(void **state, bool server)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = unit_scratch_in_memory();
	scratch->clock = tl_clock_system();
	if (server)
		store_yard_address(scratch->path, sizeof(scratch->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	else
		snprintf(scratch->path, sizeof(scratch->path), "%s/ledger.db", scratch->folder);
	assert_int_equal(tl_ledger_open(&scratch->ledger, scratch->path, &scratch->clock, &scratch->err), 0);
	*state = scratch;
	return 0;
}

static int set_up(void **state)
{
	return open_scratch(state, false);
}

static int set_up_server(void **state)
{
	return open_scratch(state, true);
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;

	tl_ledger_close(scratch->ledger);
	unit_scratch_remove(scratch->folder);
	tl_arena_clear(&scratch->arena);
	free(scratch);
	return 0;
}

static const struct tl_audit_entry entry = { .action = "transition", .environment = ENV };

/* A row of ours for a move to `node`, its stamp the same text. */
static struct tl_outbox_row prepared(struct scratch *scratch, const char *interaction, const char *node, const char *seen)
{
	struct tl_outbox_row row = {
		.environment = ENV, .interaction = tl_str(interaction), .flow = TL_STR("line"), .node = tl_str(node), .stamp = tl_str(node), .webhook = CRM,
		.key = tl_str(node), .body = TL_STR("{}"), .owner = TL_STR("us"),
	};
	struct tl_outbox_seen before = { tl_str(seen), tl_str(seen) };

	assert_int_equal(tl_outbox_prepare(scratch->ledger, &row, &before, &entry, &scratch->err), 0);
	return row;
}

static void end(struct scratch *scratch, const struct tl_outbox_row *row, enum tl_outbox_outcome outcome)
{
	assert_int_equal(tl_outbox_end(scratch->ledger, row->id, outcome, &entry, &scratch->err), 0);
}

static struct tl_outbox_row ready(struct scratch *scratch, const char *interaction, const char *node)
{
	struct tl_outbox_row row = prepared(scratch, interaction, node, "");

	end(scratch, &row, TL_OUTBOX_HAPPENED);
	return row;
}

/* What can be taken now; *row the last of it. */
static size_t claimed(struct scratch *scratch, struct tl_outbox_row *row)
{
	struct tl_outbox_rows rows;

	assert_int_equal(tl_outbox_claim(&rows, &scratch->arena, scratch->ledger, ENV, CRM, TL_STR("us"), 10, &scratch->err), 0);
	if (rows.count > 0 && row)
		*row = rows.items[rows.count - 1];
	return rows.count;
}

/* The waiting rows: "node state; …". */
static void assert_waiting(struct scratch *scratch, const char *wanted)
{
	struct tl_outbox_rows rows;
	struct tl_str text = TL_STR("");

	assert_int_equal(tl_outbox_list(&rows, &scratch->arena, scratch->ledger, ENV, CRM, 0, 100, &scratch->err), 0);
	for (size_t i = 0; i < rows.count; i++)
		text = tl_arena_printf(&scratch->arena, "%.*s%.*s %s; ", TL_FMT(text), TL_FMT(rows.items[i].node), tl_outbox_state_name(rows.items[i].state));
	assert_str(text, wanted);
}

static void the_first_of_each_interaction_is_taken(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_row row;

	ready(scratch, "i1", "a");
	ready(scratch, "i1", "b");
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "a");
	assert_int_equal(claimed(scratch, NULL), 0); /* in hand */
	ready(scratch, "i2", "c");
	assert_int_equal(claimed(scratch, NULL), 1);
	assert_int_equal(tl_outbox_later(scratch->ledger, &row, 60000, TL_STR("503"), &scratch->err), 0);
	assert_int_equal(claimed(scratch, NULL), 0); /* not before its time */
	assert_int_equal(tl_outbox_later(scratch->ledger, &row, 0, TL_STR("503"), &scratch->err), 0);
	assert_int_equal(claimed(scratch, &row), 1);
	assert_int_equal(row.attempts, 2);
	assert_int_equal(tl_outbox_delivered(scratch->ledger, &row, &scratch->err), 0);
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "b");
	assert_waiting(scratch, "b ready; c ready; ");
}

static void what_is_not_settled_holds_what_comes_later(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_row a = prepared(scratch, "i1", "a", ""), row;
	struct tl_outbox_rows rows;

	ready(scratch, "i1", "b");
	assert_int_equal(claimed(scratch, NULL), 0);
	assert_int_equal(tl_outbox_unsettled(&rows, &scratch->arena, scratch->ledger, ENV, 10, &scratch->err), 0);
	assert_int_equal(rows.count, 0); /* in hand */
	assert_int_equal(tl_outbox_release(scratch->ledger, ENV, TL_STR("us"), &scratch->err), 0);
	assert_int_equal(tl_outbox_unsettled(&rows, &scratch->arena, scratch->ledger, ENV, 10, &scratch->err), 0);
	assert_int_equal(rows.count, 1);
	assert_int_equal(tl_outbox_settle(scratch->ledger, &rows.items[0], TL_OUTBOX_NOT_HAPPENED, 0, TL_STR(""), &scratch->err), 0);
	assert_waiting(scratch, "b ready; ");
	/* Its program lives after all, and knows better. */
	end(scratch, &a, TL_OUTBOX_HAPPENED);
	assert_waiting(scratch, "a ready; b ready; ");
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "a");
}

static void a_state_that_was_seen_proves_the_move(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_row b;

	prepared(scratch, "i1", "a", "");
	prepared(scratch, "i2", "a", "");
	b = prepared(scratch, "i1", "b", "a");
	assert_waiting(scratch, "a ready; a prepared; b prepared; ");
	end(scratch, &b, TL_OUTBOX_NOT_HAPPENED);
	assert_waiting(scratch, "a ready; a prepared; ");
}

static void whoever_reads_again_goes_behind(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_row a = prepared(scratch, "i1", "a", ""), row;

	ready(scratch, "i1", "b");
	assert_int_equal(tl_outbox_again(scratch->ledger, &a, &(struct tl_outbox_seen){ TL_STR("b"), TL_STR("b") }, &scratch->err), 0);
	end(scratch, &a, TL_OUTBOX_HAPPENED);
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "b");
	assert_int_equal(tl_outbox_delivered(scratch->ledger, &row, &scratch->err), 0);
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "a");
}

static void a_dead_letter_waits_for_a_person(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_counts counts;
	struct tl_outbox_row row;
	int64_t count;
	bool found;

	ready(scratch, "i1", "a");
	ready(scratch, "i1", "b");
	assert_int_equal(claimed(scratch, &row), 1);
	assert_int_equal(tl_outbox_dead(scratch->ledger, &row, TL_STR("400"), &scratch->err), 0);
	assert_int_equal(claimed(scratch, NULL), 0);
	assert_int_equal(tl_outbox_count(&counts, scratch->ledger, ENV, CRM, &scratch->err), 0);
	assert_true(counts.waiting == 2 && counts.dead == 1 && counts.free == 0);
	assert_int_equal(tl_outbox_replay(&count, scratch->ledger, TL_STR("staging"), CRM, 0, &scratch->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tl_outbox_replay(&count, scratch->ledger, ENV, CRM, row.id, &scratch->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "a");
	/* What is in hand is not dropped. */
	assert_int_equal(tl_outbox_drop(&found, scratch->ledger, ENV, CRM, row.id, TL_STR("r"), &scratch->err), 0);
	assert_false(found);
	assert_int_equal(tl_outbox_dead(scratch->ledger, &row, TL_STR("400"), &scratch->err), 0);
	assert_int_equal(tl_outbox_drop(&found, scratch->ledger, ENV, CRM, row.id, TL_STR("r"), &scratch->err), 0);
	assert_true(found);
	assert_int_equal(claimed(scratch, &row), 1);
	assert_str(row.node, "b");
}

static struct tl_outbox_row result(const char *simulation, const char *key)
{
	return (struct tl_outbox_row){
		.environment = ENV, .webhook = TL_STR("qa"), .interaction = tl_str(simulation), .flow = TL_STR("line"), .node = TL_STR("line/case"),
		.stamp = TL_STR(""), .key = tl_str(key), .body = TL_STR("{}"), .owner = TL_STR("us"),
	};
}

static void what_has_happened_is_ready_once(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_row rows[] = { result("i1", "k1"), result("s2", "k2") }, more[] = { result("s2", "k2"), result("s3", "k3") };
	struct tl_outbox_rows taken;

	assert_int_equal(tl_outbox_add(scratch->ledger, rows, 2, &scratch->err), 0);
	assert_true(rows[0].id > 0 && rows[1].id > rows[0].id);
	assert_int_equal(tl_outbox_add(scratch->ledger, more, 2, &scratch->err), 0);
	assert_true(more[0].id == 0 && more[1].id > rows[1].id);
	assert_int_equal(tl_outbox_claim(&taken, &scratch->arena, scratch->ledger, ENV, TL_STR("qa"), TL_STR("us"), 10, &scratch->err), 0);
	assert_int_equal(taken.count, 3);
	assert_str(taken.items[0].webhook, "qa");
	/* One that was delivered is known still. */
	assert_int_equal(tl_outbox_delivered(scratch->ledger, &taken.items[0], &scratch->err), 0);
	assert_int_equal(tl_outbox_add(scratch->ledger, rows, 1, &scratch->err), 0);
	assert_int_equal(rows[0].id, 0);
}

static void webhooks_have_nothing_to_do_with_each_other(void **state)
{
	struct scratch *scratch = *state;
	struct tl_outbox_row row = result("i1", "k1"), of_crm;
	struct tl_outbox_rows taken;
	struct tl_outbox_counts counts;
	int64_t count;
	bool found;

	/* Of one name by chance: a dead letter of one holds nothing of the other. */
	assert_int_equal(tl_outbox_add(scratch->ledger, &row, 1, &scratch->err), 0);
	assert_int_equal(tl_outbox_claim(&taken, &scratch->arena, scratch->ledger, ENV, TL_STR("qa"), TL_STR("us"), 10, &scratch->err), 0);
	assert_int_equal(tl_outbox_dead(scratch->ledger, &taken.items[0], TL_STR("400"), &scratch->err), 0);
	ready(scratch, "i1", "a");
	assert_int_equal(claimed(scratch, &of_crm), 1);
	assert_str(of_crm.webhook, "crm");
	assert_waiting(scratch, "a ready; ");
	assert_int_equal(tl_outbox_count(&counts, scratch->ledger, ENV, TL_STR("qa"), &scratch->err), 0);
	assert_true(counts.waiting == 1 && counts.dead == 1);
	assert_int_equal(tl_outbox_replay(&count, scratch->ledger, ENV, CRM, 0, &scratch->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tl_outbox_drop(&found, scratch->ledger, ENV, CRM, row.id, TL_STR("r"), &scratch->err), 0);
	assert_false(found);
	assert_int_equal(tl_outbox_replay(&count, scratch->ledger, ENV, TL_STR("qa"), 0, &scratch->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(tl_outbox_drop(&found, scratch->ledger, ENV, TL_STR("qa"), row.id, TL_STR("r"), &scratch->err), 0);
	assert_true(found);
}

#define TESTS(set_up) \
	cmocka_unit_test_setup_teardown(what_has_happened_is_ready_once, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(webhooks_have_nothing_to_do_with_each_other, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(the_first_of_each_interaction_is_taken, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(what_is_not_settled_holds_what_comes_later, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_state_that_was_seen_proves_the_move, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(whoever_reads_again_goes_behind, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_dead_letter_waits_for_a_person, set_up, tear_down)

int test_ledger_outbox(void)
{
	const struct CMUnitTest on_file[] = { TESTS(set_up) }, on_server[] = { TESTS(set_up_server) };
	int failed = cmocka_run_group_tests_name("the outbox in a file", on_file, NULL, NULL);

	if (store_yard_has_server("the outbox"))
		failed += cmocka_run_group_tests_name("the outbox on PostgreSQL", on_server, NULL, NULL);
	return failed;
}
