/* tests/unit/test_doc_vectors.c: the public YAML test suite against our reader. Where libyaml 0.2.5 reads a case otherwise than YAML 1.2
 * says, or our rules (one document, keys that are single values, no foreign tags) refuse what YAML allows, the case is listed here by
 * kind; the list is exact: a case that is listed and passes fails the test, as does one that is not listed and does not pass. */
#include <dirent.h>
#include <stdio.h>

#include "base/file.h"
#include "doc/json.h"
#include "unit.h"

enum kind {
	DOCUMENTS, /* ours: more than one document, or none */
	KEYS,      /* ours: a list or a map as a key, or the same key twice */
	TAGS,      /* ours: a tag that is not of the core schema */
	STRICT,    /* libyaml refuses what YAML 1.2 allows */
	LAX,       /* libyaml takes what YAML 1.2 forbids */
	OTHER,     /* libyaml gives another value */
};

static const struct {
	const char *name;
	enum kind kind;
} known[] = {
#include "yaml_suite_known.h"
};

/* The suite shows blanks that would be lost: a tab is dashes and a guillemet. */
static struct tl_str unveil(struct tl_arena *arena, struct tl_str text)
{
	static const struct {
		const char *sign, *means;
	} signs[] = {
		{ "\xe2\x90\xa3", " " },       /* open box */
		{ "\xe2\x80\x94", "" },        /* dash, of a tab */
		{ "\xc2\xbb", "\t" },          /* guillemet */
		{ "\xe2\x86\xb5", "" },        /* a line break that is there anyhow */
		{ "\xe2\x86\x90", "\r" },      /* arrow to the left */
		{ "\xe2\x87\x94", "\xef\xbb\xbf" }, /* byte order mark */
		{ "\xe2\x88\x8e\n", "" },      /* no line break at the end */
		{ "\xe2\x88\x8e", "" },
	};
	struct tl_buf buf = { 0 };
	struct tl_str result;

	for (size_t at = 0; at < text.len;) {
		struct tl_str rest = tl_str_slice(text, at, text.len);
		size_t i = 0;

		while (i < TL_COUNT(signs) && !tl_str_starts(rest, tl_str(signs[i].sign)))
			i++;
		if (i < TL_COUNT(signs)) {
			tl_buf_text(&buf, signs[i].means);
			at += strlen(signs[i].sign);
		} else {
			tl_buf_char(&buf, text.ptr[at++]);
		}
	}
	result = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return result;
}

/* Whether our reading of a case is what the suite says: a tree equal to its JSON; where it must fail, none; where the suite has no JSON
 * (several documents, keys that JSON has not), that something was said, or that a tree came of it. */
static bool agrees(struct tl_str yaml, const struct tl_item *json, bool fail)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .depth = 64, .scalars = 100000, .findings = &findings };
	struct tl_doc *ours, *theirs = NULL;
	bool good;

	tl_yaml_read(&ours, TL_STR("t.yaml"), yaml, &options);
	if (fail) {
		good = findings.count > 0;
	} else if (json && json->kind == TL_STRING) {
		good = tl_json_parse(&theirs, TL_STR("t.json"), json->text, NULL) == 0 && findings.count == 0 && ours->root &&
		       tl_item_equal(ours->root, theirs->root);
	} else {
		good = findings.count == 0 && ours->root;
	}
	tl_doc_free(theirs);
	tl_doc_free(ours);
	tl_findings_clear(&findings);
	return good;
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < TL_COUNT(known); i++) {
		if (strcmp(known[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A later test of a file has the members of the one before that it does not set itself. */
static void run_file(struct tl_arena *arena, const char *name, const struct tl_item *tests, size_t *ran, size_t *differ)
{
	const struct tl_item *yaml = NULL, *json = NULL;
	size_t number = 0;
	bool fail = false;

	for (const struct tl_item *test = tests->first; test; test = test->next, number++) {
		char id[32];
		bool good;

		yaml = tl_item_get(test, "yaml") ? tl_item_get(test, "yaml") : yaml;
		json = tl_item_get(test, "json") ? tl_item_get(test, "json") : json;
		fail = tl_item_get(test, "fail") != NULL;
		if (tl_item_get(test, "skip"))
			continue;
		snprintf(id, sizeof(id), number ? "%.4s-%zu" : "%.4s", name, number);
		good = agrees(unveil(arena, yaml->text), json, fail);
		++*ran;
		*differ += !good;
		if (good == is_known(id))
			print_error("%s %s\n", id, good ? "is listed as different, and is not" : "differs");
		assert_row(id, good != is_known(id));
	}
}

static void agrees_with_the_suite(void **state)
{
	struct tl_arena arena = { 0 };
	const char *folder = unit_shared(&arena, "vectors/yaml/src");
	DIR *dir = opendir(folder);
	size_t ran = 0, differ = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		struct tl_findings findings = { 0 };
		struct tl_read_options options = { .findings = &findings };
		struct tl_str path, bytes;
		struct tl_doc *doc;

		if (!tl_str_ends(tl_str(entry->d_name), TL_STR(".yaml")))
			continue;
		path = tl_path_join(&arena, tl_str(folder), tl_str(entry->d_name));
		assert_int_equal(tl_file_read(&bytes, &arena, path.ptr, 1 << 20, NULL), 0);
		tl_yaml_read(&doc, path, bytes, &options);
		assert_row(entry->d_name, doc->root && findings.count == 0);
		run_file(&arena, entry->d_name, doc->root, &ran, &differ);
		tl_doc_free(doc);
		tl_findings_clear(&findings);
	}
	closedir(dir);
	assert_true(ran > 300);
	assert_int_equal(differ, TL_COUNT(known));
	tl_arena_clear(&arena);
}

int test_doc_vectors(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_the_suite) };

	return cmocka_run_group_tests_name("doc_vectors", tests, NULL, NULL);
}
