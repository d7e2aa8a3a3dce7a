/* tests/unit/test_base_option.c */
#include "unit.h"

#include "base/option.h"

struct values {
	bool quiet, verbose, staged;
	const char *format, *rev;
	struct tl_option_list reports;
	uint64_t jobs;
};

static const struct tl_option options[] = {
	{ "format", 'f', TL_OPTION_TEXT, offsetof(struct values, format), "FORMAT", "text, json or github", NULL },
	{ "jobs", 'j', TL_OPTION_COUNT, offsetof(struct values, jobs), "N", "threads", NULL },
	{ "quiet", 'q', TL_OPTION_FLAG, offsetof(struct values, quiet), NULL, "say less", NULL },
	{ "report", 0, TL_OPTION_MANY, offsetof(struct values, reports), "F=FILE", "write a report", NULL },
	{ "rev", 0, TL_OPTION_TEXT, offsetof(struct values, rev), "REV", "flows of a revision", "source" },
	{ "staged", 0, TL_OPTION_FLAG, offsetof(struct values, staged), NULL, "flows of the index", "source" },
	{ "verbose", 'v', TL_OPTION_FLAG, offsetof(struct values, verbose), NULL, "say more", NULL },
};
static const struct tl_usage usage = {
	.name = "flow-try",
	.synopsis = "[OPTION]… [PATH…]",
	.summary = "tries options",
	.options = options,
	.n_options = TL_COUNT(options),
	.notes = "Notes stand at the end.",
};

/* Arguments divided by blanks in one text; what was read in another. */
struct option_row {
	const char *arguments, *result;
};

static const struct option_row good_table[] = {
	{ "", "- - 0 - | |" },
	{ "a b", "- - 0 - | | a b" },
	{ "--format=json", "json - 0 - | |" },
	{ "--format json", "json - 0 - | |" },
	{ "--format=", " - 0 - | |" },
	{ "--format --quiet", "--quiet - 0 - | |" },
	{ "-f json", "json - 0 - | |" },
	{ "-fjson", "json - 0 - | |" },
	{ "-f=json", "=json - 0 - | |" },
	{ "-qv", "- - 0 qv | |" },
	{ "-qj4 a", "- - 4 q | | a" },
	{ "-qvj 4", "- - 4 qv | |" },
	{ "--jobs=16", "- - 16 - | |" },
	{ "--report a=b --report=c=d --report e", "- - 0 - | a=b c=d e |" },
	{ "a --quiet b", "- - 0 q | | a b" },
	{ "-- --quiet -q", "- - 0 - | | --quiet -q" },
	{ "a -- -- b", "- - 0 - | | a -- b" },
	{ "-", "- - 0 - | | -" },
	{ "--staged", "- - 0 s | |" },
	{ "--rev HEAD", "- HEAD 0 - | |" },
	{ "a b c d e f g", "- - 0 - | | a b c d e f g" },
};

static const struct option_row bad_table[] = {
	{ "--fromat=json", "unknown option '--fromat', did you mean '--format'?" },
	{ "--zebra", "unknown option '--zebra'" },
	{ "--form=json", "unknown option '--form'" },
	{ "--", NULL },
	{ "-x", "unknown option '-x'" },
	{ "-qx", "unknown option '-x'" },
	{ "--format", "option '--format' needs a value (FORMAT)" },
	{ "-f", "option '-f' needs a value (FORMAT)" },
	{ "-qf", "option '-f' needs a value (FORMAT)" },
	{ "--quiet=yes", "option '--quiet' takes no value" },
	{ "--format a --format a", "option '--format' is given twice" },
	{ "-q -q", "option '-q' is given twice" },
	{ "-qq", "option '-q' is given twice" },
	{ "-f a --format=b", "option '--format' is given twice" },
	{ "--staged --rev HEAD", "options '--staged' and '--rev' exclude each other" },
	{ "--jobs=x", "option '--jobs' needs a whole number, not 'x'" },
	{ "--jobs=", "option '--jobs' needs a whole number, not ''" },
	{ "--jobs=-1", "option '--jobs' needs a whole number, not '-1'" },
	{ "--jobs=4x", "option '--jobs' needs a whole number, not '4x'" },
	{ "--jobs=99999999999999999999", "option '--jobs' needs a whole number, not '99999999999999999999'" },
	{ "--=x", "unknown option '--'" },
};

static int parse(const char *arguments, struct values *values, struct tl_option_list *operands, struct tl_arena *arena,
                 struct tl_error *err)
{
	char *argv[16] = { (char *)"flow-try" }, *rest = NULL;
	char *text = (char *)(uintptr_t)tl_arena_dup(arena, tl_str(arguments)).ptr;
	int argc = 1;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	return tl_options_parse(&usage, argc, argv, values, operands, arena, err);
}

static void add_list(struct tl_buf *buf, const struct tl_option_list *list)
{
	tl_buf_text(buf, " |");
	for (size_t i = 0; i < list->count; i++)
		tl_buf_printf(buf, " %s", list->values[i]);
}

static void show(struct tl_buf *buf, const struct values *values, const struct tl_option_list *operands)
{
	tl_buf_reset(buf);
	tl_buf_printf(buf, "%s %s %u %s%s%s%s", values->format ? values->format : "-", values->rev ? values->rev : "-",
	              (unsigned)values->jobs, values->quiet ? "q" : "", values->verbose ? "v" : "",
	              values->staged ? "s" : "", values->quiet || values->verbose || values->staged ? "" : "-");
	add_list(buf, &values->reports);
	add_list(buf, operands);
}

static void options_are_read(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_buf buf = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(good_table); i++) {
		struct values values = { 0 };
		struct tl_option_list operands;
		struct tl_error err = { 0 };

		assert_row(good_table[i].arguments,
		           parse(good_table[i].arguments, &values, &operands, &arena, &err) == 0);
		show(&buf, &values, &operands);
		assert_str(tl_buf_view(&buf), good_table[i].result);
	}
	tl_buf_clear(&buf);
	tl_arena_clear(&arena);
}

static void mistakes_are_refused(void **state)
{
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(bad_table); i++) {
		const struct option_row *row = &bad_table[i];
		struct values values = { 0 };
		struct tl_option_list operands;
		struct tl_error err = { 0 };

		assert_row(row->arguments,
		           parse(row->arguments, &values, &operands, &arena, &err) == (row->result ? -1 : 0));
		if (!row->result)
			continue;
		assert_string_equal(err.message, row->result);
		assert_int_equal(err.code, TL_USAGE);
	}
	tl_arena_clear(&arena);
}

static void help_shows_the_table(void **state)
{
	struct tl_buf buf = { 0 };

	(void)state;
	tl_options_help(&buf, &usage);
	assert_str(tl_buf_view(&buf), "usage: flow-try [OPTION]… [PATH…]\n"
	                              "\n"
	                              "tries options\n"
	                              "\n"
	                              "options:\n"
	                              "  -f, --format FORMAT  text, json or github\n"
	                              "  -j, --jobs N         threads\n"
	                              "  -q, --quiet          say less\n"
	                              "      --report F=FILE  write a report\n"
	                              "      --rev REV        flows of a revision\n"
	                              "      --staged         flows of the index\n"
	                              "  -v, --verbose        say more\n"
	                              "\n"
	                              "Notes stand at the end.\n");
	tl_buf_clear(&buf);
}

/* What would not fit into eighty columns goes on below where it began; brackets stay whole; a sentence in several lines is one. */
static void help_fits_a_terminal(void **state)
{
	static const struct tl_option table[] = {
		{ "output", 'o', TL_OPTION_TEXT, 0, "FILE", "where results are written that would else stand on the standard output of the command", NULL },
		{ "quiet", 0, TL_OPTION_FLAG, 0, NULL, "say less", NULL },
	};
	const struct tl_usage long_usage = {
		.name = "flow-try", .options = table, .n_options = 2, .summary = "tries",
		.synopsis = "--env NAME --flow FLOW [--calls FILE or - or unix:PATH] [--listen ADDRESS] [OPTION]...\n"
		            "       flow-try --other",
		.notes = "  laid  out\n  trust     what is said here of the second column is so long that it goes on below it\nExit status: 0 good, 1 not good, 2 the command line cannot be used, or the configuration,\n3 not done.\nFormats: text.",
	};
	struct tl_buf buf = { 0 };

	(void)state;
	tl_options_help(&buf, &long_usage);
	assert_str(tl_buf_view(&buf), "usage: flow-try --env NAME --flow FLOW [--calls FILE or - or unix:PATH]\n"
	                              "                [--listen ADDRESS] [OPTION]...\n"
	                              "       flow-try --other\n"
	                              "\n"
	                              "tries\n"
	                              "\n"
	                              "options:\n"
	                              "  -o, --output FILE  where results are written that would else stand on the\n"
	                              "                     standard output of the command\n"
	                              "      --quiet        say less\n"
	                              "\n"
	                              "  laid  out\n"
	                              "  trust     what is said here of the second column is so long that it goes on\n"
	                              "            below it\n"
	                              "Exit status: 0 good, 1 not good, 2 the command line cannot be used, or the\n"
	                              "configuration, 3 not done.\n"
	                              "Formats: text.\n");
	tl_buf_clear(&buf);
}

int test_base_option(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(help_shows_the_table),
		cmocka_unit_test(help_fits_a_terminal),
	};

	return cmocka_run_group_tests_name("base_option", tests, NULL, NULL);
}
