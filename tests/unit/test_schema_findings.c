/* tests/unit/test_schema_findings.c: what is said of a value that does not fit, keyword by keyword; big and deep documents. */
#include "unit.h"

#include "base/buf.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "schema/schema.h"

static const struct {
	const char *schema, *value;
	const char *said; /* "column-end: message (help)", joined by a line break */
} findings_table[] = {
	/* the kind of value */
	{ "{\"type\": \"string\"}", "5", "1-2: expected a string, got number 5 (put it in quotes: \"5\")" },
	{ "{\"type\": [\"integer\", \"null\"]}", "1.5", "1-4: expected a whole number or nothing (null), got number 1.5" },
	{ "{\"type\": [\"integer\", \"number\"]}", "[]", "1-3: expected a number, got an empty list" },
	{ "{\"type\": \"number\"}", "\"5\"", "1-4: expected a number, got '5' (leave the quotes away: 5)" },
	{ "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}", "\"a\"", "1-4: expected a list, got 'a' (make it a list: [a])" },
	{ "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}", "5", "1-2: expected a list, got number 5" },
	{ "{\"type\": \"boolean\"}", "\"on\"", "1-5: expected true or false, got 'on' (write true)" },
	{ "{\"title\": \"a thing\", \"type\": \"object\"}", "true", "1-5: expected a thing, got true" },
	{ "{\"title\": \"a thing\", \"x-expected\": \"a map of things\", \"x-help\": \"like so\", \"type\": \"object\"}", "null",
	  "1-5: expected a map of things, got null (like so)" },
	/* the words at a reference come before those of its target */
	{ "{\"$ref\": \"#/$defs/a\", \"x-expected\": \"the near\", \"$defs\": {\"a\": {\"type\": \"string\", \"x-expected\": \"the far\"}}}", "[]",
	  "1-3: expected the near, got an empty list" },
	/* values */
	{ "{\"enum\": [\"play\", 5, null, {\"a\": 1}]}", "\"paly\"", "1-7: the value must be one of play, 5, null, a map, got 'paly' (did you mean 'play'?)" },
	{ "{\"enum\": [\"1\", \"2\"]}", "1", "1-2: the value must be one of 1, 2, got number 1 (put it in quotes: \"1\")" },
	{ "{\"const\": {\"a\": [1]}}", "{\"a\": [2]}", "1-11: the value must be a map, got a map" },
	{ "{\"properties\": {\"a\": {\"items\": {\"enum\": [\"x\"]}}}}", "{\"a\": [\"y\"]}", "8-11: each item of 'a' must be x, got 'y'" },
	{ "{\"enum\": [\"a\"], \"x-message\": \"only a will do\"}", "\"b\"", "1-4: only a will do" },
	/* numbers */
	{ "{\"minimum\": 1}", "0", "1-2: the value must be at least 1, got 0" },
	{ "{\"properties\": {\"n\": {\"maximum\": 1.5}}}", "{\"n\": 2}", "7-8: 'n' must be at most 1.5, got 2" },
	{ "{\"exclusiveMinimum\": 1}", "1", "1-2: the value must be above 1, got 1" },
	{ "{\"exclusiveMaximum\": 1}", "1", "1-2: the value must be below 1, got 1" },
	{ "{\"multipleOf\": 5}", "7", "1-2: the value must be a multiple of 5, got 7" },
	{ "{\"minimum\": 1, \"title\": \"a positive number\"}", "0", "1-2: expected a positive number, got number 0" },
	/* texts */
	{ "{\"minLength\": 2}", "\"\u00fc\"", "1-4: the value must have at least 2 characters, got 1" },
	{ "{\"maxLength\": 1}", "\"ab\"", "1-5: the value must have at most 1 character, got 2" },
	{ "{\"pattern\": \"^a$\"}", "\"b\"", "1-4: 'b' does not match the pattern ^a$" },
	{ "{\"pattern\": \"^a$\", \"x-expected\": \"an a\"}", "\"b\"", "1-4: expected an a, got 'b'" },
	/* lists */
	{ "{\"minItems\": 1}", "[]", "1-3: the value must have at least 1 item, got 0" },
	{ "{\"maxItems\": 1}", "[1,2]", "1-6: the value must have at most 1 item, got 2" },
	{ "{\"uniqueItems\": true}", "[1, {\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1.0}, 1]", "23-41: a map stands here twice" },
	{ "{\"contains\": {\"const\": 1}}", "[2]", "1-4: the value does not contain enough of what is asked for" },
	{ "{\"contains\": {\"const\": 1}, \"maxContains\": 1}", "[1,1]", "1-6: the value contains too many of what is limited" },
	{ "{\"prefixItems\": [true], \"items\": false}", "[1, 2]", "5-6: number 2 is not allowed here" },
	{ "{\"prefixItems\": [{\"type\": \"string\"}], \"items\": {\"type\": \"boolean\"}}", "[{}, 2]",
	  "2-4: expected a string, got an empty map\n6-7: expected true or false, got number 2" },
	{ "{\"prefixItems\": [true], \"unevaluatedItems\": {\"type\": \"string\", \"title\": \"a name\"}}", "[1, []]",
	  "5-7: expected a name, got an empty list" },
	/* maps */
	{ "{\"required\": [\"a\", \"b\"]}", "{\"a\": 1}", "1-9: missing key 'b'" },
	{ "{\"properties\": {\"m\": {\"properties\": {\"a\": {\"title\": \"an a\"}}, \"required\": [\"a\"]}}}", "{\"m\": {}}",
	  "2-5: missing key 'a' ('a' takes an a)" },
	{ "{\"properties\": {\"abc\": true, \"abd\": true, \"x\": true}, \"additionalProperties\": false}", "{\"abd\": 1, \"abe\": 1}",
	  "12-17: unknown key 'abe' (did you mean 'abc'? known keys here: abc, abd, x)" },
	/* one mistake, one finding */
	{ "{\"properties\": {\"abc\": true}, \"required\": [\"abc\"], \"additionalProperties\": false}", "{\"acb\": 1}",
	  "2-7: unknown key 'acb' (did you mean 'abc'? known keys here: abc)" },
	{ "{\"properties\": {\"abc\": true, \"x\": true}, \"additionalProperties\": false, \"minProperties\": 2, \"x-message\": \"give two\"}", "{\"acb\": 1}",
	  "2-7: unknown key 'acb' (did you mean 'abc'? known keys here: abc, x)" },
	{ "{\"additionalProperties\": {\"not\": {}, \"x-message\": \"no keys at all\"}}", "{\"a\": 1}", "2-5: no keys at all" },
	{ "{\"properties\": {\"a\": false}}", "{\"a\": 1}", "2-5: 'a' is not allowed here" },
	{ "{\"patternProperties\": {\"^a\": {\"type\": \"string\"}}, \"additionalProperties\": false}", "{\"ab\": [], \"b\": 1}",
	  "8-10: expected a string, got an empty list\n12-15: unknown key 'b'" },
	{ "{\"propertyNames\": {\"pattern\": \"^a\", \"title\": \"a name with a\"}}", "{\"b\": 1}", "2-5: expected a name with a, got 'b'" },
	{ "{\"propertyNames\": {\"enum\": [\"left\", \"right\"]}}", "{\"leff\": 1}",
	  "2-8: the key 'leff' must be one of left, right, got 'leff' (did you mean 'left'?)" },
	{ "{\"minProperties\": 2}", "{\"a\": 1}", "1-9: the value must have at least 2 keys, got 1" },
	{ "{\"dependentRequired\": {\"a\": [\"b\"]}}", "{\"a\": 1}", "1-9: missing key 'b'" },
	{ "{\"dependentSchemas\": {\"a\": {\"required\": [\"b\"]}}}", "{\"a\": 1}", "1-9: missing key 'b'" },
	{ "{\"properties\": {\"a\": true}, \"unevaluatedProperties\": false}", "{\"a\": 1, \"b\": 2}", "10-13: unknown key 'b' (known keys here: a)" },
	/* several ways */
	{ "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"number\", \"title\": \"an amount\"}]}", "[]", "1-3: expected a string or an amount, got an empty list" },
	{ "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"object\", \"required\": [\"a\"]}]}", "{}", "1-3: missing key 'a'" },
	{ "{\"oneOf\": [{\"properties\": {\"type\": {\"const\": \"x\"}, \"n\": {\"type\": \"string\"}}}, {\"properties\": {\"type\": {\"const\": \"y\"}}, \"required\": [\"m\", \"o\"]}]}",
	  "{\"type\": \"x\", \"n\": []}", "20-22: expected a string, got an empty list" },
	{ "{\"oneOf\": [{\"properties\": {\"type\": {\"const\": \"apple\"}}}, {\"properties\": {\"type\": {\"enum\": [\"pear\", \"plum\"]}}}]}", "{\"type\": \"plumb\"}",
	  "10-17: 'type' must be one of apple, pear, plum, got 'plumb' (did you mean 'plum'?)" },
	{ "{\"oneOf\": [true, {\"type\": \"string\"}]}", "\"a\"", "1-4: the value fits more than one of the forms that exclude each other" },
	{ "{\"oneOf\": [true, true], \"x-message\": \"either, or\"}", "1", "1-2: either, or" },
	{ "{\"not\": {\"type\": \"string\"}}", "\"a\"", "1-4: the value has a form that is not allowed here" },
	{ "{\"not\": {\"required\": [\"a\"]}, \"x-message\": \"no a\", \"x-help\": \"take it out\"}", "{\"a\": 1}", "1-9: no a (take it out)" },
	{ "{\"if\": {\"type\": \"string\"}, \"then\": {\"minLength\": 2}, \"else\": {\"minimum\": 5}}", "4", "1-2: the value must be at least 5, got 4" },
	{ "{\"allOf\": [{\"minimum\": 5}, {\"multipleOf\": 2}]}", "3",
	  "1-2: the value must be a multiple of 2, got 3\n1-2: the value must be at least 5, got 3" },
	{ "{\"allOf\": [{\"if\": {\"properties\": {\"t\": {\"const\": \"a\"}}, \"required\": [\"t\"]}, \"then\": {\"required\": [\"x\"]}},"
	  " {\"if\": {\"properties\": {\"t\": {\"const\": \"b\"}}, \"required\": [\"t\"]}, \"then\": {\"required\": [\"y\"]}}]}",
	  "{\"t\": \"b\", \"x\": 1}", "1-19: missing key 'y'" },
	/* long texts are cut between characters */
	{ "{\"type\": \"number\"}", "\"00000000011111111112222222222333333333344444444445555555555\u00fcx\"",
	  "1-64: expected a number, got '00000000011111111112222222222333333333344444444445555555555…'" },
};

static struct tl_schema *compile(struct tl_doc **doc, const char *text)
{
	struct tl_schema *schema = NULL;
	struct tl_error err;
	if (tl_json_parse(doc, TL_STR("schema.json"), tl_str(text), &err) < 0 || tl_schema_compile(&schema, (*doc)->root, NULL, NULL, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return schema;
}

static void add_said(struct tl_buf *out, const struct tl_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *f = &findings->items[i];
		assert_string_equal(f->rule, "schema");
		assert_int_equal(f->level, TL_ERROR);
		tl_buf_printf(out, "%s%u-%u: %.*s", i ? "\n" : "", f->place.column, f->place.end_column, TL_FMT(f->message));
		if (f->help.len)
			tl_buf_printf(out, " (%.*s)", TL_FMT(f->help));
	}
}

static void mistakes_are_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(findings_table); i++) {
		struct tl_doc *doc = NULL, *value = NULL;
		struct tl_findings findings = { 0 };
		struct tl_error err;
		struct tl_buf said = { 0 };
		struct tl_schema *schema = compile(&doc, findings_table[i].schema);
		assert_int_equal(tl_json_parse(&value, TL_STR("value.json"), tl_str(findings_table[i].value), &err), 0);
		assert_row(findings_table[i].schema, !tl_schema_check(schema, value->root, &value->source, NULL));
		assert_row(findings_table[i].schema, !tl_schema_check(schema, value->root, &value->source, &findings));
		tl_findings_sort(&findings);
		add_said(&said, &findings);
		assert_str(tl_buf_view(&said), findings_table[i].said);
		tl_buf_clear(&said);
		tl_findings_clear(&findings);
		tl_schema_free(schema);
		tl_doc_free(value);
		tl_doc_free(doc);
	}
}

/* A document in which everything is wrong is told up to a bound, and says that there is more. */
static void too_much_is_said_so(void **state)
{
	struct tl_doc *doc = NULL, *value = NULL;
	struct tl_findings findings = { 0 };
	struct tl_error err;
	struct tl_buf text = { 0 };
	struct tl_schema *schema = compile(&doc, "{\"properties\": {\"known\": true}, \"required\": [\"known\"], \"additionalProperties\": false}");
	(void)state;
	for (int i = 0; i < 30000; i++)
		tl_buf_printf(&text, "%s\"k%d\": 1", i ? ", " : "{", i);
	tl_buf_text(&text, "}");
	assert_int_equal(tl_json_parse(&value, TL_STR("value.json"), tl_buf_view(&text), &err), 0);
	assert_false(tl_schema_check(schema, value->root, &value->source, &findings));
	assert_int_equal(findings.count, 10001);
	assert_str(findings.items[10000].message, "too much is wrong here to say all of it");
	tl_buf_clear(&text);
	tl_findings_clear(&findings);
	tl_schema_free(schema);
	tl_doc_free(value);
	tl_doc_free(doc);
}

/* Aliases within aliases: 10^12 values in a few lines, which nobody walks through. */
static void heavy_documents_are_refused(void **state)
{
	struct tl_doc *doc = NULL, *value = NULL;
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .findings = &findings };
	struct tl_buf text = { 0 };
	struct tl_schema *schema = compile(&doc, "{\"items\": {\"$ref\": \"#\"}}");
	(void)state;
	tl_buf_text(&text, "- &a0 [x]\n");
	for (int i = 1; i < 13; i++) {
		tl_buf_printf(&text, "- &a%d [", i);
		for (int j = 0; j < 10; j++)
			tl_buf_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
		tl_buf_text(&text, "]\n");
	}
	tl_yaml_read(&value, TL_STR("bomb.yaml"), tl_buf_view(&text), &options);
	assert_non_null(value->root);
	assert_false(tl_schema_check(schema, value->root, &value->source, NULL));
	assert_false(tl_schema_check(schema, value->root, &value->source, &findings));
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].rule, "limit");
	tl_buf_clear(&text);
	tl_findings_clear(&findings);
	tl_schema_free(schema);
	tl_doc_free(value);
	tl_doc_free(doc);
}

/* As deep as the readers go, through several schemas a level. */
static void deep_values_are_checked(void **state)
{
	struct tl_doc *doc = NULL;
	struct tl_findings findings = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_item *root = tl_item_new(&arena, TL_LIST), *item = root;
	struct tl_schema *schema = compile(&doc, "{\"$defs\": {\"a\": {\"allOf\": [{\"$ref\": \"#/$defs/b\"}]}, \"b\": {\"anyOf\": [{\"$ref\": \"#/$defs/c\"}]}, "
	                                         "\"c\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/a\"}}}, \"$ref\": \"#/$defs/a\"}");
	(void)state;
	for (int i = 0; i < 256; i++)
		item = tl_item_add(item, tl_item_new(&arena, TL_LIST));
	assert_true(tl_schema_check(schema, root, NULL, NULL));
	tl_item_add(item, tl_item_number(&arena, 1));
	assert_false(tl_schema_check(schema, root, NULL, NULL));
	assert_false(tl_schema_check(schema, root, NULL, &findings));
	assert_int_equal(findings.count, 1);
	tl_findings_clear(&findings);
	tl_schema_free(schema);
	tl_doc_free(doc);
	tl_arena_clear(&arena);
}

int test_schema_findings(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(too_much_is_said_so),
		cmocka_unit_test(heavy_documents_are_refused),
		cmocka_unit_test(deep_values_are_checked),
	};
	return cmocka_run_group_tests_name("schema_findings", tests, NULL, NULL);
}
