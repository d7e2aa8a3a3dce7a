/* tests/unit/test_doc_edit.c: a file changed so that its tree is another: what was written, byte for byte, and that reading it gives that tree. */
#include "doc/edit.h"
#include "doc/json.h"
#include "doc/write.h"
#include "doc/yaml.h"
#include "unit.h"

struct row {
	const char *name, *file, *to, *becomes;
};

static struct tl_doc *read(const char *path, const char *text)
{
	struct tl_findings findings = { .items = NULL };
	const struct tl_read_options options = { .findings = &findings };
	struct tl_doc *doc;

	tl_doc_read(&doc, tl_str(path), tl_str(text), &options);
	if (!doc->root || findings.count > 0)
		fail_msg("%s: not read:\n%s", path, text);
	tl_findings_clear(&findings);
	return doc;
}

static void try_row(const char *path, const struct row *row)
{
	struct tl_doc *file = read(path, row->file), *to = read(path, row->to), *again;
	struct tl_buf out = { 0 };

	if (!tl_doc_edit(&out, file, file->root, to->root, TL_EDIT_ALL, true))
		fail_msg("%s: cannot be edited", row->name);
	if (!tl_str_is(tl_buf_view(&out), row->becomes))
		fail_msg("%s: became\n%s\nnot\n%s", row->name, out.data, row->becomes);
	again = read(path, out.data);
	if (!tl_item_equal(again->root, to->root))
		fail_msg("%s: is read as something else", row->name);
	tl_doc_free(again);
	tl_doc_free(to);
	tl_doc_free(file);
	tl_buf_clear(&out);
}

static const struct row yaml_rows[] = {
	{ "nothing", "a: 1 # one\n", "a: 1\n", "a: 1 # one\n" },
	{ "a scalar, its comment stays", "a: 1   # one\nb: two\n", "a: 2\nb: two\n", "a: 2   # one\nb: two\n" },
	{ "the manner of quotes", "a: 'x'\nb: x\n", "a: z\nb: z\n", "a: \"z\"\nb: z\n" },
	{ "a text that needs quotes", "a: x\n", "a: \"true\"\n", "a: \"true\"\n" },
	{ "a text that looks like a number", "a: x\n", "a: \"12\"\n", "a: \"12\"\n" },
	{ "a text with a colon", "a: x\n", "a: \"b: c # d\"\n", "a: \"b: c # d\"\n" },
	{ "in a flow map", "n: {type: play, prompt: hi, next: bye} # greet\n", "n: {type: play, prompt: ho, next: bye}\n", "n: {type: play, prompt: ho, next: bye} # greet\n" },
	{ "a new key in a flow map, in its place", "n: {a: 1, c: 3}\n", "n: {a: 1, b: 2, c: 3}\n", "n: {a: 1, b: 2, c: 3}\n" },
	{ "a new first key in a flow map", "n: {b: 2}\n", "n: {a: 1, b: 2}\n", "n: {a: 1, b: 2}\n" },
	{ "a key of a flow map goes", "n: {a: 1, b: 2, c: 3}\n", "n: {a: 1, c: 3}\n", "n: {a: 1, c: 3}\n" },
	{ "the first key of a flow map goes", "n: {a: 1, b: 2}\n", "n: {b: 2}\n", "n: {b: 2}\n" },
	{ "the last key of a flow map goes", "n: {a: 1, b: 2}\n", "n: {a: 1}\n", "n: {a: 1}\n" },
	{ "all keys of a flow map go", "n: {a: 1}\n", "n: {}\n", "n: {}\n" },
	{ "the first key of an empty map", "n: {}\n", "n: {a: 1}\n", "n: {a: 1}\n" },
	{ "a new key in a block map, behind a comment", "n:\n  a: 1 # one\n  # two\n  c: 3\n", "n: {a: 1, b: {x: y}, c: 3}\n", "n:\n  a: 1 # one\n  b: {x: y}\n  # two\n  c: 3\n" },
	{ "a new first key in a block map", "n:\n  b: 2\n", "n: {a: 1, b: 2}\n", "n:\n  a: 1\n  b: 2\n" },
	{ "a new last key, no line break at the end", "n:\n  b: 2", "n: {b: 2, c: 3}\n", "n:\n  b: 2\n  c: 3" },
	{ "a key of a block map goes", "n:\n  a: 1\n  b: # two\n    - x\n    - y\n  c: 3\n", "n: {a: 1, c: 3}\n", "n:\n  a: 1\n  c: 3\n" },
	{ "the last key of a block map goes", "n:\n  a: 1\n  b: 2", "n: {a: 1}\n", "n:\n  a: 1" },
	{ "all keys of a block map go", "n:\n  a: 1\nm: 1\n", "n: {}\nm: 1\n", "n:\n  {}\nm: 1\n" },
	{ "an element of a block list", "l:\n  - a # first\n  - b\n", "l: [a, c]\n", "l:\n  - a # first\n  - c\n" },
	{ "a new element in the middle", "l:\n  - a\n  - c # last\n", "l: [a, b, c]\n", "l:\n  - a\n  - b\n  - c # last\n" },
	{ "a new first element", "l:\n  - {k: \"2\"}\n", "l: [{k: \"1\"}, {k: \"2\"}]\n", "l:\n  - {k: \"1\"}\n  - {k: \"2\"}\n" },
	{ "an element goes", "l:\n- a\n- b\n- c\n", "l: [a, c]\n", "l:\n- a\n- c\n" },
	{ "elements of a flow list", "l: [a, b, c]\n", "l: [a, x, c, d]\n", "l: [a, x, c, d]\n" },
	{ "the first element of a flow list goes", "l: [a, b, c]\n", "l: [b, c]\n", "l: [b, c]\n" },
	{ "maps in a block list", "l:\n  - k: 1\n    v: x # ex\n  - k: 2\n    v: y\n", "l: [{k: 1, v: z}, {k: 2, v: y, w: 1}]\n",
	  "l:\n  - k: 1\n    v: z # ex\n  - k: 2\n    v: y\n    w: 1\n" },
	{ "a block scalar", "a: |\n  one\n  two\nb: 1\n", "a: \"three\\n\"\nb: 1\n", "a: \"three\\n\"\nb: 1\n" },
	{ "behind a block scalar", "n:\n  a: |\n    one\nb: 1\n", "n: {a: \"one\\n\", c: 2}\nb: 1\n", "n:\n  a: |\n    one\n  c: 2\nb: 1\n" },
	{ "a scalar becomes a long map", "n: 1\n",
	  "n: {aaaaaaaaaaaaaaaaaaaaaaaaaaaaa: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccccccc: [ddddddddddddddddddddddddddd, e]}\n",
	  "n:\n  aaaaaaaaaaaaaaaaaaaaaaaaaaaaa: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  cccccccccccccccccccccccccccccc: [ddddddddddddddddddddddddddd, e]\n" },
	{ "a block map becomes a list", "n:\n  a: 1\n", "n: [x, y]\n", "n:\n  - x\n  - y\n" },
	{ "other bytes than ASCII", "a: \"Grüße\" # ü\nb: {c: ä, d: 1}\n", "a: \"Grüß Gott\"\nb: {c: ä, d: 2}\n", "a: \"Grüß Gott\" # ü\nb: {c: ä, d: 2}\n" },
	{ "lines that end with CR LF", "a: 1\r\nb:\r\n  c: 2\r\n", "a: 1\nb: {c: 3}\n", "a: 1\r\nb:\r\n  c: 3\r\n" },
	{ "entries come where lines end with CR LF", "a:\r\n  b: 1 # one\r\nc:\r\n  - x\r\n", "a: {b: 1, d: 2}\nc: [w, x, y]\n", "a:\r\n  b: 1 # one\r\n  d: 2\r\nc:\r\n  - w\r\n  - x\r\n  - y\r\n" },
	{ "entries go where lines end with CR LF", "a: 1\r\nb: 2\r\nc: {\r\n  d: 1,\r\n  e: 2\r\n}\r\nf: 1", "b: 2\nc: {e: 2}\n", "b: 2\r\nc: {\r\n  e: 2\r\n}" },
	{ "behind a block scalar whose lines end with CR LF", "n:\r\n  a: |\r\n    one\r\nb: 1\r\n", "n: {a: \"one\\n\", c: 2}\nb: 1\n", "n:\r\n  a: |\r\n    one\r\n  c: 2\r\nb: 1\r\n" },
	{ "a block scalar whose lines end with CR LF", "a: |\r\n  one\r\n  two\r\nb: 1\r\n", "a: \"three\\n\"\nb: 1\n", "a: \"three\\n\"\r\nb: 1\r\n" },
	{ "a new last key, no line break at the end of lines with CR LF", "n:\r\n  b: 2", "n: {b: 2, c: 3}\n", "n:\r\n  b: 2\r\n  c: 3" },
	{ "an element's comment goes with it", "l: [\n  a, # one\n  b, # two\n  c  # three\n]\n", "l: [a, c]\n", "l: [\n  a, # one\n  c  # three\n]\n" },
	{ "the last element's comment goes with it", "l: [\n  a, # one\n  b  # two\n]\n", "l: [a]\n", "l: [\n  a, # one\n]\n" },
	{ "elements that share a line", "l: [a,\n  b, c, # two\n  d]\n", "l: [a, c, d]\n", "l: [a, c, # two\n  d]\n" },
	{ "a flow map on several lines", "n: {\n  a: 1,\n  b: 2\n}\n", "n: {a: 1, b: 3, c: 4}\n", "n: {\n  a: 1,\n  b: 3,\n  c: 4\n}\n" },
};

static void test_yaml(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(yaml_rows); i++)
		try_row("a.yaml", &yaml_rows[i]);
}

static const struct row json_rows[] = {
	{ "a value", "{\"a\": 1, \"b\": \"x\"}", "{\"a\": 2, \"b\": \"x\"}", "{\"a\": 2, \"b\": \"x\"}" },
	{ "indented", "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t\"x\"\n\t]\n}\n", "{\"a\": 1, \"b\": [\"x\", {\"y\": 1}], \"c\": true}",
	  "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t\"x\",\n\t\t{\"y\": 1}\n\t],\n\t\"c\": true\n}\n" },
	{ "one goes", "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3\n}\n", "{\"a\": 1, \"c\": 3}", "{\n\t\"a\": 1,\n\t\"c\": 3\n}\n" },
	{ "the first goes", "{\n\t\"a\": 1,\n\t\"b\": 2\n}\n", "{\"b\": 2}", "{\n\t\"b\": 2\n}\n" },
};

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(json_rows); i++)
		try_row("a.json", &json_rows[i]);
}

/* What the trees have in common stays as the file has it, whatever that is. */
static void test_placeholders(void **state)
{
	struct tl_doc *file = read("a.yaml", "n: {queue: \"${env.Q}\", next: a}\nm: {x: 1}\n");
	struct tl_doc *from = read("a.yaml", "n: {queue: filled, next: a}\nm: {x: 1}\n");
	struct tl_doc *to = read("a.yaml", "n: {queue: filled, next: b}\nm: {x: 1}\no: {type: end}\n");
	struct tl_buf out = { 0 };

	(void)state;
	assert_true(tl_doc_edit(&out, file, from->root, to->root, TL_EDIT_ALL, true));
	assert_string_equal(out.data, "n: {queue: \"${env.Q}\", next: b}\nm: {x: 1}\no: {type: end}\n");
	tl_buf_clear(&out);
	assert_true(tl_doc_edit(&out, file, from->root, to->root, 1, true));
	assert_string_equal(out.data, "n: {queue: filled, next: b}\nm: {x: 1}\no: {type: end}\n");
	tl_doc_free(to);
	tl_doc_free(from);
	tl_doc_free(file);
	tl_buf_clear(&out);
}

/* What stands elsewhere is written out where it becomes something else than that, or that something else. */
static void test_aliases(void **state)
{
	static const struct row rows[] = {
		{ "the alias becomes something else", "a: &x {k: 1}\nb: *x # b\n", "a: {k: 1}\nb: {k: 2}\n", "a: &x {k: 1}\nb: {k: 2} # b\n" },
		{ "a scalar that an alias repeats", "a: &x one # a\nb: *x # b\n", "a: two\nb: one\n", "a: &x two # a\nb: one # b\n" },
		{ "both become the same", "a: &x one\nb: *x\n", "a: two\nb: two\n", "a: &x two\nb: two\n" },
		{ "within what an alias repeats", "a: &x\n  k: 1 # k\nb: *x # b\n", "a: {k: 2}\nb: {k: 1}\n", "a: &x\n  k: 2 # k\nb: {k: 1} # b\n" },
		{ "the anchor goes", "a: {n: &x one, m: 1}\nb: [*x, two] # b\nc: *x\n", "b: [one, two]\nc: one\n", "b: [one, two] # b\nc: one\n" },
		{ "another's anchor", "a: &x 1\nb: &y 2 # y\nc: [*x, *y]\n", "a: 3\nb: 2\nc: [1, 2]\n", "a: &x 3\nb: &y 2 # y\nc: [1, *y]\n" },
		{ "an alias that goes", "a: &x {k: 1}\nb: *x\nc: 1\n", "a: {k: 2}\nc: 1\n", "a: &x {k: 2}\nc: 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		try_row("a.yaml", &rows[i]);
}

/* ---- random trees */

static uint32_t below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

static struct tl_item *random_scalar(struct tl_arena *arena, uint32_t *seed)
{
	static const char *const texts[] = { "a", "two words", "", "true", "12", "- x", "a: b", "# c", "${x}", "'", "\"", "ü", " x ", "line\nbreak\n", "null", "*a", "{", "x,y" };

	switch (below(seed, 6)) {
	case 0:
		return tl_item_number(arena, below(seed, 100) / 4.0 - 3);
	case 1:
		return tl_item_boolean(arena, below(seed, 2) == 0);
	default:
		return tl_item_string(arena, tl_str(texts[below(seed, TL_COUNT(texts))]));
	}
}

static struct tl_item *random_tree(struct tl_arena *arena, uint32_t *seed, uint32_t depth)
{
	uint32_t kind = depth == 0 ? 2 : below(seed, 4), n = below(seed, 5);
	struct tl_item *tree;

	if (kind >= 2)
		return random_scalar(arena, seed);
	tree = tl_item_new(arena, kind == 0 ? TL_MAP : TL_LIST);
	for (uint32_t i = 0; i < n; i++) {
		if (kind == 0)
			tl_item_put(tree, tl_arena_printf(arena, "%s%u", i == 3 ? "a key " : "k", i), random_tree(arena, seed, depth - 1));
		else
			tl_item_add(tree, random_tree(arena, seed, depth - 1));
	}
	return tree;
}

/* Most of it as it was; entries come, go and change. */
static struct tl_item *random_change(struct tl_arena *arena, uint32_t *seed, const struct tl_item *item, uint32_t depth)
{
	struct tl_item *tree;

	if (below(seed, 12) == 0)
		return random_tree(arena, seed, depth);
	if (item->kind != TL_MAP && item->kind != TL_LIST)
		return tl_item_copy(arena, item);
	tree = tl_item_new(arena, item->kind);
	for (const struct tl_item *child = item->first; child; child = child->next) {
		struct tl_item *changed = random_change(arena, seed, child, depth > 0 ? depth - 1 : 0);
		uint32_t what = below(seed, 10);

		if (what > 0 && item->kind == TL_MAP)
			tl_item_put(tree, child->key, changed);
		else if (what > 0)
			tl_item_add(tree, changed);
		if (what == 1 && item->kind == TL_MAP)
			tl_item_put(tree, tl_arena_printf(arena, "%.*s-new", TL_FMT(child->key)), random_tree(arena, seed, 2));
		else if (what == 1)
			tl_item_add(tree, random_tree(arena, seed, 2));
	}
	return tree;
}

static void try_random(uint32_t seed, bool json, size_t *edited)
{
	struct tl_arena arena = { 0 };
	struct tl_item *from = tl_item_new(&arena, TL_MAP), *to;
	struct tl_buf file = { 0 }, out = { 0 };
	struct tl_doc *doc, *again;
	struct tl_json writer;

	for (uint32_t i = 0; i < 4; i++)
		tl_item_put(from, tl_arena_printf(&arena, "top%u", i), random_tree(&arena, &seed, 4));
	to = random_change(&arena, &seed, from, 4);
	if (to->kind != TL_MAP || to->count == 0)
		to = tl_item_copy(&arena, from);
	if (json) {
		tl_json_init(&writer, &file, below(&seed, 2) == 0);
		tl_json_item(&writer, from);
	} else {
		tl_doc_write_value(&file, from, &(struct tl_manner){ .in_place = true });
		tl_buf_char(&file, '\n');
	}
	doc = read(json ? "a.json" : "a.yaml", file.data);
	if (!tl_item_equal(doc->root, from))
		fail_msg("seed %u: written as something else:\n%s", seed, file.data);
	if (tl_doc_edit(&out, doc, from, to, TL_EDIT_ALL, true)) {
		(*edited)++;
		again = read(json ? "a.json" : "a.yaml", out.data);
		if (!tl_item_equal(again->root, to))
			fail_msg("seed %u: edited to something else:\n%s\nbecame\n%s", seed, file.data, out.data);
		tl_doc_free(again);
	} else if (out.len > 0) {
		fail_msg("seed %u: something is left of what could not be edited", seed);
	}
	tl_doc_free(doc);
	tl_buf_clear(&file);
	tl_buf_clear(&out);
	tl_arena_clear(&arena);
}

/* Whatever the trees are: what was edited says what it should, and few cannot be. */
static void test_random(void **state)
{
	size_t edited = 0;

	(void)state;
	for (uint32_t i = 0; i < 4000; i++)
		try_random(i * 7919 + 1, i % 2 == 0, &edited);
	if (edited <= 3900)
		fail_msg("only %zu of 4000 could be edited", edited);
}

int test_doc_edit(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("doc_edit", tests, NULL, NULL);
}
