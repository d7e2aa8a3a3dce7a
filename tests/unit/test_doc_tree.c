/* tests/unit/test_doc_tree.c: making trees, comparing them, putting their keys in order. */
#include "doc/json.h"
#include "unit.h"

static struct tl_doc *parse(const char *text)
{
	struct tl_doc *doc;

	assert_int_equal(tl_json_parse(&doc, TL_STR("t"), tl_str(text), NULL), 0);
	return doc;
}

static void equality_is_of_values(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "null", "null", true },
		{ "1", "1.0", true },
		{ "1", "\"1\"", false },
		{ "1", "true", false },
		{ "0", "null", false },
		{ "\"a\"", "\"a\"", true },
		{ "\"a\"", "\"a\\u0000\"", false },
		{ "[1, 2]", "[1, 2]", true },
		{ "[1, 2]", "[2, 1]", false },
		{ "[1]", "[1, 2]", false },
		{ "[]", "{}", false },
		{ "{\"a\": 1, \"b\": [2]}", "{\"b\": [2], \"a\": 1}", true },
		{ "{\"a\": 1}", "{\"a\": 1, \"b\": null}", false },
		{ "{\"a\": 1, \"c\": null}", "{\"a\": 1, \"b\": null}", false },
		{ "{\"a\": {\"x\": 1, \"y\": 2}}", "{\"a\": {\"y\": 2, \"x\": 2}}", false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_doc *a = parse(rows[i].a), *b = parse(rows[i].b);

		assert_row(rows[i].a, tl_item_equal(a->root, b->root) == rows[i].equal);
		assert_row(rows[i].a, tl_item_equal(b->root, a->root) == rows[i].equal);
		tl_doc_free(a);
		tl_doc_free(b);
	}
	assert_true(tl_item_equal(NULL, NULL));
}

/* Large maps in opposite orders: quick, and right. */
static void large_maps_in_any_order(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_item *a = tl_item_new(&arena, TL_MAP), *b = tl_item_new(&arena, TL_MAP), *sorted;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		tl_item_put(a, tl_arena_printf(&arena, "k%05d", i), tl_item_number(&arena, i));
		tl_item_put(b, tl_arena_printf(&arena, "k%05d", 19999 - i), tl_item_number(&arena, 19999 - i));
	}
	assert_true(tl_item_equal(a, b));
	sorted = tl_item_sorted(&arena, b);
	assert_str(b->first->key, "k19999");
	assert_str(sorted->first->key, "k00000");
	assert_str(sorted->last->key, "k19999");
	assert_int_equal(sorted->count, 20000);
	assert_true(tl_item_equal(a, sorted));
	b->first->number = -1;
	assert_false(tl_item_equal(a, b));
	tl_arena_clear(&arena);
}

static void trees_are_made(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_item *root = tl_item_new(&arena, TL_MAP), *list = tl_item_put(root, TL_STR("list"), tl_item_new(&arena, TL_LIST));
	struct tl_buf buf = { 0 };

	(void)state;
	tl_item_add(list, tl_item_string(&arena, TL_STR("x")));
	tl_item_add(list, tl_item_boolean(&arena, true));
	tl_item_add(list, tl_item_new(&arena, TL_NULL));
	tl_item_put(root, TL_STR("again"), tl_item_copy(&arena, list));
	tl_item_put(root, TL_STR("n"), tl_item_number(&arena, 0.5));
	assert_int_equal(root->count, 3);
	assert_int_equal(list->count, 3);
	assert_str(list->first->key, "");
	tl_json_canonical(&buf, root);
	assert_str(tl_buf_view(&buf), "{\"again\":[\"x\",true,null],\"list\":[\"x\",true,null],\"n\":0.5}");
	assert_str(root->first->key, "list");
	assert_null(tl_item_get(list, "x"));
	assert_null(tl_item_get(NULL, "x"));
	assert_str(tl_item_text(root, "n"), "");
	tl_buf_clear(&buf);
	tl_arena_clear(&arena);
}

int test_doc_tree(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_is_of_values),
		cmocka_unit_test(large_maps_in_any_order),
		cmocka_unit_test(trees_are_made),
	};

	return cmocka_run_group_tests_name("doc_tree", tests, NULL, NULL);
}
