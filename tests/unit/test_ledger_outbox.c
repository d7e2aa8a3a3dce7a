/* tests/unit/test_ledger_outbox.c: rows of the outbox and their order, on a file and on a server. */
#include "ledger_yard.h"

#include <stdio.h>

#include "ledger/outbox.h"

#define ENV TL_STR("production")
#define CRM TL_STR("crm")

static const struct tl_audit_entry entry = { .action = "transition", .environment = ENV };

/* A row of ours for a move to `node`, its stamp the same text. */
static struct tl_outbox_row prepared(struct ledger_yard *yard, const char *interaction, const char *node, const char *seen)
{
	struct tl_outbox_row row = {
		.environment = ENV, .interaction = tl_str(interaction), .flow = TL_STR("line"), .node = tl_str(node), .stamp = tl_str(node), .webhook = CRM,
		.key = tl_str(node), .body = TL_STR("{}"), .owner = TL_STR("us"),
	};
	struct tl_outbox_seen before = { tl_str(seen), tl_str(seen) };

	assert_int_equal(tl_outbox_prepare(yard->ledger, &row, &before, &entry, &yard->err), 0);
	return row;
}

static void end(struct ledger_yard *yard, const struct tl_outbox_row *row, enum tl_outbox_outcome outcome)
{
	assert_int_equal(tl_outbox_end(yard->ledger, row->id, outcome, &entry, &yard->err), 0);
}

static struct tl_outbox_row ready(struct ledger_yard *yard, const char *interaction, const char *node)
{
	struct tl_outbox_row row = prepared(yard, interaction, node, "");

	end(yard, &row, TL_OUTBOX_HAPPENED);
	return row;
}

/* What can be taken now; *row the last of it. */
static size_t claimed(struct ledger_yard *yard, struct tl_outbox_row *row)
{
	struct tl_outbox_rows rows;

	assert_int_equal(tl_outbox_claim(&rows, &yard->arena, yard->ledger, ENV, CRM, TL_STR("us"), 10, &yard->err), 0);
	if (rows.count > 0 && row)
		*row = rows.items[rows.count - 1];
	return rows.count;
}

/* The waiting rows: "node state; …". */
static void assert_waiting(struct ledger_yard *yard, const char *wanted)
{
	struct tl_outbox_rows rows;
	struct tl_str text = TL_STR("");

	assert_int_equal(tl_outbox_list(&rows, &yard->arena, yard->ledger, ENV, CRM, 0, 100, &yard->err), 0);
	for (size_t i = 0; i < rows.count; i++)
		text = tl_arena_printf(&yard->arena, "%.*s%.*s %s; ", TL_FMT(text), TL_FMT(rows.items[i].node), tl_outbox_state_name(rows.items[i].state));
	assert_str(text, wanted);
}

static void the_first_of_each_interaction_is_taken(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_outbox_row row;

	ready(yard, "i1", "a");
	ready(yard, "i1", "b");
	assert_int_equal(claimed(yard, &row), 1);
	assert_str(row.node, "a");
	assert_int_equal(claimed(yard, NULL), 0); /* in hand */
	ready(yard, "i2", "c");
	assert_int_equal(claimed(yard, NULL), 1);
	assert_int_equal(tl_outbox_later(yard->ledger, &row, 60000, TL_STR("503"), &yard->err), 0);
	assert_int_equal(claimed(yard, NULL), 0); /* not before its time */
	assert_int_equal(tl_outbox_later(yard->ledger, &row, 0, TL_STR("503"), &yard->err), 0);
	assert_int_equal(claimed(yard, &row), 1);
	assert_int_equal(row.attempts, 2);
	assert_int_equal(tl_outbox_delivered(yard->ledger, &row, &yard->err), 0);
	assert_int_equal(claimed(yard, &row), 1);
	assert_str(row.node, "b");
	assert_waiting(yard, "b ready; c ready; ");
}

static void what_is_not_settled_holds_what_comes_later(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_outbox_row a = prepared(yard, "i1", "a", ""), row;
	struct tl_outbox_rows rows;

	ready(yard, "i1", "b");
	assert_int_equal(claimed(yard, NULL), 0);
	assert_int_equal(tl_outbox_unsettled(&rows, &yard->arena, yard->ledger, ENV, 10, &yard->err), 0);
	assert_int_equal(rows.count, 0); /* in hand */
	assert_int_equal(tl_outbox_release(yard->ledger, ENV, TL_STR("us"), &yard->err), 0);
	assert_int_equal(tl_outbox_unsettled(&rows, &yard->arena, yard->ledger, ENV, 10, &yard->err), 0);
	assert_int_equal(rows.count, 1);
	assert_int_equal(tl_outbox_settle(yard->ledger, &rows.items[0], TL_OUTBOX_NOT_HAPPENED, 0, TL_STR(""), &yard->err), 0);
	assert_waiting(yard, "b ready; ");
	/* Its program lives after all, and knows better. */
	end(yard, &a, TL_OUTBOX_HAPPENED);
	assert_waiting(yard, "a ready; b ready; ");
	assert_int_equal(claimed(yard, &row), 1);
	assert_str(row.node, "a");
}

static void a_state_that_was_seen_proves_the_move(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_outbox_row b;

	prepared(yard, "i1", "a", "");
	prepared(yard, "i2", "a", "");
	b = prepared(yard, "i1", "b", "a");
	assert_waiting(yard, "a ready; a prepared; b prepared; ");
	end(yard, &b, TL_OUTBOX_NOT_HAPPENED);
	assert_waiting(yard, "a ready; a prepared; ");
}

static void whoever_reads_again_goes_behind(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_outbox_row a = prepared(yard, "i1", "a", ""), row;

	ready(yard, "i1", "b");
	assert_int_equal(tl_outbox_again(yard->ledger, &a, &(struct tl_outbox_seen){ TL_STR("b"), TL_STR("b") }, &yard->err), 0);
	end(yard, &a, TL_OUTBOX_HAPPENED);
	assert_int_equal(claimed(yard, &row), 1);
	assert_str(row.node, "b");
	assert_int_equal(tl_outbox_delivered(yard->ledger, &row, &yard->err), 0);
	assert_int_equal(claimed(yard, &row), 1);
	assert_str(row.node, "a");
}

static void a_dead_letter_waits_for_a_person(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_outbox_counts counts;
	struct tl_outbox_row row;
	int64_t count;
	bool found;

	ready(yard, "i1", "a");
	ready(yard, "i1", "b");
	assert_int_equal(claimed(yard, &row), 1);
	assert_int_equal(tl_outbox_dead(yard->ledger, &row, TL_STR("400"), &yard->err), 0);
	assert_int_equal(claimed(yard, NULL), 0);
	assert_int_equal(tl_outbox_count(&counts, yard->ledger, ENV, CRM, &yard->err), 0);
	assert_true(counts.waiting == 2 && counts.dead == 1 && counts.free == 0);
	assert_int_equal(tl_outbox_replay(&count, yard->ledger, TL_STR("staging"), CRM, 0, &yard->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tl_outbox_replay(&count, yard->ledger, ENV, CRM, row.id, &yard->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(claimed(yard, &row), 1);
	assert_str(row.node, "a");
	/* What is in hand is not dropped. */
	assert_int_equal(tl_outbox_drop(&found, yard->ledger, ENV, CRM, row.id, TL_STR("r"), &yard->err), 0);
	assert_false(found);
	assert_int_equal(tl_outbox_dead(yard->ledger, &row, TL_STR("400"), &yard->err), 0);
	assert_int_equal(tl_outbox_drop(&found, yard->ledger, ENV, CRM, row.id, TL_STR("r"), &yard->err), 0);
	assert_true(found);
	assert_int_equal(claimed(yard, &row), 1);
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
	struct ledger_yard *yard = *state;
	struct tl_outbox_row rows[] = { result("i1", "k1"), result("s2", "k2") }, more[] = { result("s2", "k2"), result("s3", "k3") };
	struct tl_outbox_rows taken;

	assert_int_equal(tl_outbox_add(yard->ledger, rows, 2, &yard->err), 0);
	assert_true(rows[0].id > 0 && rows[1].id > rows[0].id);
	assert_int_equal(tl_outbox_add(yard->ledger, more, 2, &yard->err), 0);
	assert_true(more[0].id == 0 && more[1].id > rows[1].id);
	assert_int_equal(tl_outbox_claim(&taken, &yard->arena, yard->ledger, ENV, TL_STR("qa"), TL_STR("us"), 10, &yard->err), 0);
	assert_int_equal(taken.count, 3);
	assert_str(taken.items[0].webhook, "qa");
	/* One that was delivered is known still. */
	assert_int_equal(tl_outbox_delivered(yard->ledger, &taken.items[0], &yard->err), 0);
	assert_int_equal(tl_outbox_add(yard->ledger, rows, 1, &yard->err), 0);
	assert_int_equal(rows[0].id, 0);
}

static void webhooks_have_nothing_to_do_with_each_other(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_outbox_row row = result("i1", "k1"), of_crm;
	struct tl_outbox_rows taken;
	struct tl_outbox_counts counts;
	int64_t count;
	bool found;

	/* Of one name by chance: a dead letter of one holds nothing of the other. */
	assert_int_equal(tl_outbox_add(yard->ledger, &row, 1, &yard->err), 0);
	assert_int_equal(tl_outbox_claim(&taken, &yard->arena, yard->ledger, ENV, TL_STR("qa"), TL_STR("us"), 10, &yard->err), 0);
	assert_int_equal(tl_outbox_dead(yard->ledger, &taken.items[0], TL_STR("400"), &yard->err), 0);
	ready(yard, "i1", "a");
	assert_int_equal(claimed(yard, &of_crm), 1);
	assert_str(of_crm.webhook, "crm");
	assert_waiting(yard, "a ready; ");
	assert_int_equal(tl_outbox_count(&counts, yard->ledger, ENV, TL_STR("qa"), &yard->err), 0);
	assert_true(counts.waiting == 1 && counts.dead == 1);
	assert_int_equal(tl_outbox_replay(&count, yard->ledger, ENV, CRM, 0, &yard->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tl_outbox_drop(&found, yard->ledger, ENV, CRM, row.id, TL_STR("r"), &yard->err), 0);
	assert_false(found);
	assert_int_equal(tl_outbox_replay(&count, yard->ledger, ENV, TL_STR("qa"), 0, &yard->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(tl_outbox_drop(&found, yard->ledger, ENV, TL_STR("qa"), row.id, TL_STR("r"), &yard->err), 0);
	assert_true(found);
}

#define TESTS(ledger_yard_open) \
	cmocka_unit_test_setup_teardown(what_has_happened_is_ready_once, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(webhooks_have_nothing_to_do_with_each_other, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(the_first_of_each_interaction_is_taken, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(what_is_not_settled_holds_what_comes_later, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_state_that_was_seen_proves_the_move, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(whoever_reads_again_goes_behind, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_dead_letter_waits_for_a_person, ledger_yard_open, ledger_yard_close)

int test_ledger_outbox(void)
{
	const struct CMUnitTest on_file[] = { TESTS(ledger_yard_open) }, on_server[] = { TESTS(ledger_yard_open_server) };
	int failed = cmocka_run_group_tests_name("the outbox in a file", on_file, NULL, NULL);

	if (store_yard_has_server("the outbox"))
		failed += cmocka_run_group_tests_name("the outbox on PostgreSQL", on_server, NULL, NULL);
	return failed;
}
