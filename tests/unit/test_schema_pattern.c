/* tests/unit/test_schema_pattern.c: patterns that become a row of classes, those that do not, and that both agree. */
#include "unit.h"

#include <stdio.h>

#include "schema/pattern.h"

static const struct {
	const char *pattern;
	bool simple;
} simple_table[] = {
	{ "^[A-Za-z_][A-Za-z0-9_-]{0,63}$", true },
	{ "^[a-z][a-z0-9-]{0,63}$", true },
	{ "^$", true },
	{ "^abc$", true },
	{ "^a\\.b$", true },
	{ "^\\d{4}-\\d{2}$", true },
	{ "^[\\d.-]+$", true },
	{ "^[0-9*#]$", true },
	{ "^a?b*c+d{2}e{2,}f{2,3}$", true },
	{ "^[0-9]+ms$", true },
	/* nothing to hold on to */
	{ "abc", false },
	{ "^abc", false },
	{ "abc$", false },
	{ "^abc\\$", false },
	/* taking all could be wrong */
	{ "^a*a$", false },
	{ "^a?b?a$", false },
	{ "^[a-z]+[a-z0-9]$", false },
	/* what the table does not know */
	{ "^(a|b)$", false },
	{ "^[^a]$", false },
	{ "^.$", false },
	{ "^a+?$", false },
	{ "^a++$", false },
	{ "^a{1,2}{3}$", false },
	{ "^\\w$", false },
	{ "^[[:alpha:]]$", false },
	{ "^ü$", false },
	{ "^[]a]$", false },
	{ "^a{2,1x}$", false },
};

static void classes_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(simple_table); i++) {
		struct tl_pattern *pattern = NULL;
		struct tl_error err;
		int result = tl_pattern_new(&pattern, tl_str(simple_table[i].pattern), &err);
		bool simple = result == 0 && tl_pattern_is_simple(pattern);
		tl_pattern_free(pattern);
		assert_row(simple_table[i].pattern, simple == simple_table[i].simple);
	}
}

/* Each pattern over each text, as it is and behind an empty group, which leaves it to the general machine. */
static const char *const text_table[] = {
	"", "a", "b", "ab", "abc", "aab", "_", "A_b-9", "9a", "a b", "ü", "aü", "\n", "a\n", "abc\n", "2026-06", "bccddeeff", "abccddeeefff", "5ms",
	"ms", "12.5-", "#", "*", "0", "00", "a.b", "axb", "$",
};

static void both_machines_agree(void **state)
{
	struct tl_pattern_scratch scratch = { 0 };
	struct tl_error err;
	(void)state;
	for (size_t i = 0; i < TL_COUNT(simple_table) && simple_table[i].simple; i++) {
		struct tl_pattern *simple = NULL, *general = NULL;
		char *text = NULL;
		assert_true(asprintf(&text, "(?:)%s", simple_table[i].pattern) > 0);
		assert_int_equal(tl_pattern_new(&simple, tl_str(simple_table[i].pattern), &err), 0);
		assert_int_equal(tl_pattern_new(&general, tl_str(text), &err), 0);
		assert_false(tl_pattern_is_simple(general));
		for (size_t j = 0; j < TL_COUNT(text_table); j++)
			assert_row(text_table[j], tl_pattern_matches(simple, tl_str(text_table[j]), &scratch) ==
			                                  tl_pattern_matches(general, tl_str(text_table[j]), &scratch));
		tl_pattern_free(simple);
		tl_pattern_free(general);
		free(text);
	}
	tl_pattern_scratch_clear(&scratch);
}

static const struct {
	const char *pattern, *text;
	bool matches;
} match_table[] = {
	{ "^[0-9]{1,10}(ms|s|m)$", "250ms", true },
	{ "^[0-9]{1,10}(ms|s|m)$", "5", false },
	{ "^[0-9]{1,10}(ms|s|m)$", "5s\n", false },
	{ "b", "abc", true },
	{ "^\\p{Letter}+$", "über", true },
	{ "^\\p{Letter}+$", "5", false },
	{ "^.$", "ü", true },
	{ "^\\u00fc$", "ü", true },
	{ "^[\\s]$", "\xc2\xa0", true },
	{ "^\\S$", "\xc2\xa0", false },
	{ "^\\d$", "\xd9\xa0", false },
};

static void text_is_matched(void **state)
{
	struct tl_pattern_scratch scratch = { 0 };
	(void)state;
	for (size_t i = 0; i < TL_COUNT(match_table); i++) {
		struct tl_pattern *pattern = NULL;
		struct tl_error err;
		assert_int_equal(tl_pattern_new(&pattern, tl_str(match_table[i].pattern), &err), 0);
		bool matches = tl_pattern_matches(pattern, tl_str(match_table[i].text), &scratch);
		tl_pattern_free(pattern);
		assert_row(match_table[i].pattern, matches == match_table[i].matches);
	}
	tl_pattern_scratch_clear(&scratch);
}

static void bad_patterns_are_refused(void **state)
{
	struct tl_pattern *pattern = NULL;
	struct tl_error err;
	(void)state;
	assert_int_equal(tl_pattern_new(&pattern, TL_STR("^(a$"), &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_null(pattern);
	assert_int_equal(tl_pattern_new(&pattern, TL_STR("^[a\\S]$"), &err), -1);
	assert_int_equal(err.code, TL_UNSUPPORTED);
}

/* A pattern that goes back over and over is given up, and the text counts as one that does not match. */
static void hostile_text_ends(void **state)
{
	struct tl_pattern_scratch scratch = { 0 };
	struct tl_pattern *pattern = NULL;
	struct tl_error err;
	char text[64];
	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	assert_int_equal(tl_pattern_new(&pattern, TL_STR("^(a+)+(a+)+(a+)+c$"), &err), 0);
	assert_false(tl_pattern_matches(pattern, (struct tl_str){ text, sizeof(text) }, &scratch));
	tl_pattern_free(pattern);
	tl_pattern_scratch_clear(&scratch);
}

int test_schema_pattern(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_found),       cmocka_unit_test(both_machines_agree), cmocka_unit_test(text_is_matched),
		cmocka_unit_test(bad_patterns_are_refused), cmocka_unit_test(hostile_text_ends),
	};
	return cmocka_run_group_tests_name("schema_pattern", tests, NULL, NULL);
}
