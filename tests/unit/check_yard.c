/* tests/unit/check_yard.c: an in-memory set of flows. */
#include "check_yard.h"

#include <string.h>

#include "dialect/dialect.h"

int check_yard_make(void **state)
{
	struct check_yard *yard = tl_alloc_zero(1, sizeof(*yard));

	tl_schemas_init(&yard->schemas);
	yard->workers = 1;
	*state = yard;
	return 0;
}

static void forget(struct check_yard *yard)
{
	tl_check_result_clear(&yard->result);
	tl_project_free(yard->project);
	yard->project = NULL;
	yard->n_files = yard->n_others = 0;
}

int check_yard_remove(void **state)
{
	struct check_yard *yard = *state;

	forget(yard);
	tl_schemas_clear(&yard->schemas);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

static int read_flow(void *data, size_t i, const struct tl_lower *lower, struct tl_flow **out, struct tl_error *err)
{
	struct check_yard *yard = data;

	(void)err;
	tl_flow_read(out, yard->files[i].path, yard->bytes[i], lower);
	return 0;
}

static bool exists(void *data, struct tl_str path)
{
	struct check_yard *yard = data;

	for (size_t i = 0; i < yard->n_others; i++) {
		if (tl_str_equal(yard->others[i], path))
			return true;
	}
	return false;
}

static void read_project(struct check_yard *yard, struct tl_str bytes)
{
	struct tl_findings findings = { 0 };
	struct tl_error err = { 0 };

	if (tl_project_read(&yard->project, TL_STR(TL_PROJECT_FILE), bytes, &yard->schemas, &findings, &err) != 0)
		fail_msg("%s", err.message);
	tl_findings_clear(&findings);
}

static void add_file(struct check_yard *yard, struct tl_str name, struct tl_str bytes)
{
	if (tl_str_is(name, TL_PROJECT_FILE)) {
		read_project(yard, bytes);
	} else if (tl_str_ends(name, TL_STR(".yaml")) || tl_str_ends(name, TL_STR(".json"))) {
		assert_true(yard->n_files < CHECK_YARD_FILES);
		yard->files[yard->n_files] = (struct tl_flow_file){ .path = name, .chosen = true };
		yard->bytes[yard->n_files++] = bytes;
	} else {
		assert_true(yard->n_others < CHECK_YARD_FILES);
		yard->others[yard->n_others++] = name;
	}
}

static void add_files(struct check_yard *yard, struct tl_str text)
{
	static const struct tl_str mark = { "# file: ", 8 };

	if (!tl_str_starts(text, mark)) {
		add_file(yard, TL_STR("line.flow.yaml"), text);
		return;
	}
	while (text.len > 0) {
		size_t line = tl_str_find(text, TL_STR("\n"), 0), next = tl_str_find(text, TL_STR("\n# file: "), line);
		size_t end = next == SIZE_MAX ? text.len : next + 1;

		add_file(yard, tl_str_slice(text, mark.len, line), tl_str_slice(text, line + 1, end));
		text = tl_str_slice(text, end, text.len);
	}
}

void check_yard_run(struct check_yard *yard, const char *text)
{
	struct tl_flow_set set = { yard->files, 0, read_flow, exists, yard };
	struct tl_check_options options = { .schemas = &yard->schemas, .workers = yard->workers };
	struct tl_lower lower = { .has_environment = yard->environment != NULL };
	struct tl_summaries summaries;
	struct tl_error err = { 0 };

	forget(yard);
	add_files(yard, tl_str(text));
	if (!yard->project)
		tl_project_default(&yard->project);
	set.count = yard->n_files;
	options.project = yard->project;
	options.environment = tl_project_environment(yard->project, tl_str(yard->environment ? yard->environment : "local"));
	assert_non_null(options.environment);
	lower.values = &options.environment->values;
	lower.limits = yard->project->limits;
	tl_summaries_init(&summaries, &set, NULL, &lower, yard->workers);
	if (tl_check_run(&yard->result, &summaries, &options, &err) != 0)
		fail_msg("%s", err.message);
	tl_summaries_clear(&summaries);
}

struct tl_str check_yard_print(struct check_yard *yard)
{
	struct tl_buf buf = { 0 };
	struct tl_str text;

	for (size_t i = 0; i < yard->result.findings.count; i++) {
		const struct tl_finding *f = &yard->result.findings.items[i];

		tl_buf_printf(&buf, "%.*s:%u:%u-%u %s %s %.*s\n", TL_FMT(f->file), f->place.line, f->place.column, f->place.end_column,
		              tl_level_name(f->level), f->rule, TL_FMT(f->message));
	}
	text = tl_arena_dup(&yard->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return text;
}

size_t check_yard_count(const struct check_yard *yard, const char *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < yard->result.findings.count; i++)
		count += strcmp(yard->result.findings.items[i].rule, rule) == 0;
	return count;
}
