/* tests/unit/test_project_edit.c: values added to project files, and nothing else touched. */
#include "unit.h"

#include "project/edit.h"

#define TEXT(literal) { (literal), sizeof(literal) - 1 }
static const struct tl_project_value added[] = {
	{ TEXT("one"), TEXT("SUPPORT_QUEUE"), TEXT("Support: \"A\"") },
	{ TEXT("two"), TEXT("SUPPORT_QUEUE"), TEXT("B") },
	{ TEXT("one"), TEXT("NUMBER"), TEXT("5") },
};

static const struct {
	const char *what, *before, *after; /* after NULL: it cannot be done */
} edit_table[] = {
	{ "blocks, behind what is there",
	  "environments:\n  one:\n    platform: local # first\n    values:\n      A: x # a\n      B: |\n        y\n\n    ids: {a: b}\n  two:\n    platform: local\n    values:\n        C: z\nflows: [x]\n",
	  "environments:\n  one:\n    platform: local # first\n    values:\n      A: x # a\n      B: |\n        y\n      SUPPORT_QUEUE: \"Support: \\\"A\\\"\"\n      NUMBER: \"5\"\n\n"
	  "    ids: {a: b}\n  two:\n    platform: local\n    values:\n        C: z\n        SUPPORT_QUEUE: \"B\"\nflows: [x]\n" },
	{ "braces, and no line break at the end", "environments:\n  one: {platform: local}\n  two: { platform: local, values: { C: z } }",
	  "environments:\n  one: {platform: local, values: {SUPPORT_QUEUE: \"Support: \\\"A\\\"\", NUMBER: \"5\"}}\n"
	  "  two: { platform: local, values: { C: z, SUPPORT_QUEUE: \"B\" } }" },
	{ "none yet, and empty ones", "environments:\n    one:\n        platform: local\n    two:\n        platform: local\n        values: {}",
	  "environments:\n    one:\n        platform: local\n        values: {SUPPORT_QUEUE: \"Support: \\\"A\\\"\", NUMBER: \"5\"}\n    two:\n        platform: local\n"
	  "        values: {SUPPORT_QUEUE: \"B\"}" },
	{ "an environment that is not there", "environments:\n  one: {platform: local}\n", NULL },
	{ "one that is another's alias", "environments:\n  one: &a {platform: local, values: {A: x}}\n  two: *a\n", NULL },
	{ "values that are", "environments:\n  one: {platform: local, values: &v {A: x}}\n  two: {platform: local, values: *v}\n", NULL },
	{ "a value that is there", "environments:\n  one: {platform: local, values: {NUMBER: 4}}\n  two: {platform: local}\n", NULL },
};

static void values_are_added_and_nothing_else(void **state)
{
	struct tl_schemas schemas;

	(void)state;
	tl_schemas_init(&schemas);
	for (size_t i = 0; i < TL_COUNT(edit_table); i++) {
		struct tl_buf out = { 0 };
		bool done = tl_project_add_values(&out, TL_STR("trunkline.yaml"), tl_str(edit_table[i].before), added, TL_COUNT(added), &schemas);

		assert_row(edit_table[i].what, done == (edit_table[i].after != NULL));
		if (done && !tl_str_is(tl_buf_view(&out), edit_table[i].after))
			fail_msg("%s:\n%.*s", edit_table[i].what, TL_FMT(tl_buf_view(&out)));
		tl_buf_clear(&out);
	}
	tl_schemas_clear(&schemas);
}

int test_project_edit(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_added_and_nothing_else),
	};

	return cmocka_run_group_tests_name("project/edit", tests, NULL, NULL);
}
