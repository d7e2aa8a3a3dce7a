/* expr/: coercion, members of objects, conditions and templates by the native rules. */
#include "unit.h"

#include <stdio.h>

#include "base/text.h"
#include "expr/expr.h"

static char row_name[16];

static const char *unit_row(size_t i)
{
	snprintf(row_name, sizeof(row_name), "row %zu", i);
	return row_name;
}

static struct tl_value object(const char *json)
{
	return (struct tl_value){ .type = TL_V_OBJECT, .text = tl_str(json) };
}

static struct tl_value text(const char *value)
{
	return tl_value_string(tl_str(value));
}

static void test_coerce(void **state)
{
	const struct {
		struct tl_value value;
		enum tl_type wanted;
		const char *text; /* of what comes out; NULL: type_error */
	} rows[] = {
		{ text("12"), TL_V_NUMBER, "12" },
		{ text("-0.50"), TL_V_NUMBER, "-0.5" },
		{ text("007"), TL_V_NUMBER, "7" },
		{ text("+5"), TL_V_NUMBER, NULL },
		{ text("1e3"), TL_V_NUMBER, NULL },
		{ text(" 5"), TL_V_NUMBER, NULL },
		{ text(".5"), TL_V_NUMBER, NULL },
		{ text("5."), TL_V_NUMBER, NULL },
		{ text(""), TL_V_NUMBER, NULL },
		{ text("-"), TL_V_NUMBER, NULL },
		{ tl_value_boolean(true), TL_V_NUMBER, NULL },
		{ text("true"), TL_V_BOOLEAN, "true" },
		{ text("0"), TL_V_BOOLEAN, "false" },
		{ text("TRUE"), TL_V_BOOLEAN, NULL },
		{ tl_value_number(1), TL_V_BOOLEAN, "true" },
		{ tl_value_number(2), TL_V_BOOLEAN, NULL },
		{ text(" {\"b\": 1, \"a\": [true, null]} "), TL_V_OBJECT, "{\"a\":[true,null],\"b\":1}" },
		{ text("[1]"), TL_V_OBJECT, NULL },
		{ text("{"), TL_V_OBJECT, NULL },
		{ text("\xef\xbb\xbf{}"), TL_V_OBJECT, NULL },
		{ tl_value_number(5), TL_V_OBJECT, NULL },
		{ tl_value_number(0.1), TL_V_STRING, "0.1" },
		{ object("{\"a\":1}"), TL_V_STRING, "{\"a\":1}" },
		{ tl_value_boolean(false), TL_V_STRING, "false" },
		{ TL_VALUE_UNSET, TL_V_STRING, NULL },
		{ tl_value_number(5), TL_UNSET, "5" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_buf scratch = { 0 }, shown = { 0 };
		struct tl_value out;
		bool good = tl_value_coerce(&out, &rows[i].value, rows[i].wanted, &scratch);

		assert_row(unit_row(i), good == (rows[i].text != NULL));
		if (good) {
			tl_value_text(&shown, &out);
			assert_str(tl_buf_view(&shown), rows[i].text);
		}
		tl_buf_clear(&scratch);
		tl_buf_clear(&shown);
	}
}

static void test_members(void **state)
{
	struct tl_value value = object("{\"a\\\"b\":1,\"list\":[{\"x\":\"]}\"}],\"n\":null,\"o\":{\"deep\":{\"s\":\"\\n\\u00e9\"}},\"z\":-1.5e+22}");
	const struct {
		struct tl_str names[3];
		size_t count;
		enum tl_type type;
		const char *text;
	} rows[] = {
		{ { TL_STR("a\"b") }, 1, TL_V_NUMBER, "1" },
		{ { TL_STR("list") }, 1, TL_V_LIST, "[{\"x\":\"]}\"}]" },
		{ { TL_STR("n") }, 1, TL_UNSET, "" },
		{ { TL_STR("n"), TL_STR("x") }, 2, TL_UNSET, "" },
		{ { TL_STR("o"), TL_STR("deep"), TL_STR("s") }, 3, TL_V_STRING, "\n\xc3\xa9" },
		{ { TL_STR("o"), TL_STR("deep") }, 2, TL_V_OBJECT, "{\"s\":\"\\n\\u00e9\"}" },
		{ { TL_STR("z") }, 1, TL_V_NUMBER, "-1.5e+22" },
		{ { TL_STR("absent") }, 1, TL_UNSET, "" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_buf scratch = { 0 }, shown = { 0 };
		struct tl_value found = tl_value_member(&value, rows[i].names, rows[i].count, &scratch);

		assert_row(unit_row(i), found.type == rows[i].type);
		tl_value_text(&shown, &found);
		assert_str(tl_buf_view(&shown), rows[i].text);
		tl_buf_clear(&scratch);
		tl_buf_clear(&shown);
	}
}

/* What a condition reads: the one variable of each row. */
static struct tl_value read_one(void *data, const struct tl_variable_ref *variable)
{
	(void)variable;
	return *(const struct tl_value *)data;
}

static void test_conditions(void **state)
{
	const struct {
		struct tl_value left;
		enum tl_operator op;
		struct tl_value right;
		bool holds;
	} rows[] = {
		{ text("a"), TL_OP_EQUALS, text("a"), true },
		{ text("1"), TL_OP_EQUALS, tl_value_number(1), false },
		{ text("1"), TL_OP_NOT_EQUALS, tl_value_number(1), true },
		{ TL_VALUE_UNSET, TL_OP_NOT_EQUALS, text("a"), true },
		{ TL_VALUE_UNSET, TL_OP_EQUALS, text("a"), false },
		{ TL_VALUE_UNSET, TL_OP_IS_SET, tl_value_boolean(false), true },
		{ TL_VALUE_UNSET, TL_OP_LESS_THAN, tl_value_number(1), false },
		{ tl_value_number(1), TL_OP_AT_MOST, tl_value_number(1), true },
		{ tl_value_number(1), TL_OP_GREATER_THAN, tl_value_number(1), false },
		{ text("5"), TL_OP_GREATER_THAN, tl_value_number(1), false },
		{ text("abc"), TL_OP_STARTS_WITH, text("ab"), true },
		{ text("abc"), TL_OP_CONTAINS, text("bc"), true },
		{ text("abc"), TL_OP_CONTAINS, text("B"), false },
		{ text("abc"), TL_OP_IN, text("abc"), true },
		{ tl_value_boolean(true), TL_OP_EQUALS, tl_value_number(1), false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_expr args[2] = { { .kind = TL_E_VARIABLE }, { .value = rows[i].right } };
		struct tl_expr expr = { .kind = TL_E_OPERATOR, .op = rows[i].op, .args = args, .n_args = 2 };
		struct tl_value left = rows[i].left;
		struct tl_expr_env env = { .read = read_one, .data = &left };

		assert_row(unit_row(i), tl_expr_holds(&expr, &env) == rows[i].holds);
	}
}

int test_expr(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coerce),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
