/* tests/unit/test_check_rules.c: every row of the table of rules, and the examples that --explain shows. */
#include "check_yard.h"

#include <string.h>

static void rows_are_whole_and_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < tl_rule_count; i++) {
		const struct tl_rule *rule = tl_rule_table[i];

		assert_row(rule->id, i == 0 || strcmp(tl_rule_table[i - 1]->id, rule->id) < 0);
		assert_row(rule->id, rule->summary && rule->summary[0] && rule->summary[strlen(rule->summary) - 1] != '.');
		assert_row(rule->id, rule->explain && rule->explain[0] && rule->explain[strlen(rule->explain) - 1] == '\n');
		assert_row(rule->id, !rule->bad == !rule->good);
		assert_ptr_equal(tl_rule_find(tl_str(rule->id)), rule);
	}
	assert_null(tl_rule_find(TL_STR("unreach")));
	assert_str(tl_rule_nearest(TL_STR("unreachabel")), "unreachable");
}

static void examples_are_what_they_say(void **state)
{
	struct check_yard *yard = *state;

	for (size_t i = 0; i < tl_rule_count; i++) {
		const struct tl_rule *rule = tl_rule_table[i];

		if (!rule->bad)
			continue;
		check_yard_run(yard, rule->bad);
		if (check_yard_count(yard, rule->id) == 0)
			fail_msg("%s: the bad example gives no such finding:\n%.*s", rule->id, TL_FMT(check_yard_print(yard)));
		check_yard_run(yard, rule->good);
		if (tl_findings_count(&yard->result.findings, TL_ERROR) + tl_findings_count(&yard->result.findings, TL_WARNING) > 0 ||
		    check_yard_count(yard, rule->id) > 0)
			fail_msg("%s: the good example gives findings:\n%.*s", rule->id, TL_FMT(check_yard_print(yard)));
	}
}

int test_check_rules(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole_and_sorted),
		cmocka_unit_test_setup_teardown(examples_are_what_they_say, check_yard_make, check_yard_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
