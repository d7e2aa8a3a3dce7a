/* tests/unit/test_doc_substitute.c: {{key}} in raw text: values, stand-ins, places, and values that would change the structure. */
#include <dirent.h>

#include "base/file.h"
#include "doc/json.h"
#include "unit.h"

struct reading {
	struct tl_doc *doc;
	struct tl_findings findings;
	struct tl_substitution substitution;
};

/* Values as "key", "value" pairs, ended by NULL. */
static struct reading read_text(const char *text, const char *const *pairs)
{
	struct reading reading = { 0 };
	struct tl_map values = { 0 };
	struct tl_str texts[8];
	struct tl_read_options options = {
		.depth = 64,
		.findings = &reading.findings,
		.substitutions = &values,
		.substitution = &reading.substitution,
	};

	for (size_t i = 0; pairs && pairs[2 * i]; i++) {
		texts[i] = tl_str(pairs[2 * i + 1]);
		tl_map_put(&values, tl_str(pairs[2 * i]), NULL)->value.ptr = &texts[i];
	}
	tl_yaml_read(&reading.doc, TL_STR("t.yaml"), tl_str(text), &options);
	tl_map_clear(&values);
	return reading;
}

static void done(struct reading *reading)
{
	tl_findings_clear(&reading->findings);
	tl_doc_free(reading->doc);
}

static void assert_json(const char *row, const struct tl_doc *doc, const char *json)
{
	struct tl_buf buf = { 0 };
	struct tl_json writer;

	tl_json_init(&writer, &buf, false);
	tl_json_item(&writer, doc->root);
	if (strcmp(buf.data, json) != 0)
		print_error("%s\n  gives %s\n  not   %s\n", row, buf.data, json);
	assert_row(row, strcmp(buf.data, json) == 0);
	tl_buf_clear(&buf);
}

static void values_and_stand_ins(void **state)
{
	static const struct {
		const char *text, *key, *value, *json;
	} rows[] = {
		{ "a: {{k}}\n", "k", "x", "{\"a\":\"x\"}" },
		{ "a: {{ k }}\n", "k", "x y", "{\"a\":\"x y\"}" },
		{ "a: {{k}}\n", "k", "12", "{\"a\":12}" },
		{ "a: {{k}}\n", "k", "true", "{\"a\":true}" },
		{ "a: {{k}}\n", "k", "", "{\"a\":null}" },
		{ "a: {{k}}\n", "k", "\"x: y\"", "{\"a\":\"x: y\"}" },
		{ "a: \"{{k}}\"\n", "k", "x: y # [z]", "{\"a\":\"x: y # [z]\"}" },
		{ "a: \"{{k}}\"\n", "k", "it's \\\"so\\\"", "{\"a\":\"it's \\\"so\\\"\"}" },
		{ "a: '{{k}}'\n", "k", "it''s", "{\"a\":\"it's\"}" },
		{ "a: {{k}}\n", "k", "O'Brien & co, \"x\"", "{\"a\":\"O'Brien & co, \\\"x\\\"\"}" },
		{ "a: https://{{k}}/x\n", "k", "h:8080", "{\"a\":\"https://h:8080/x\"}" },
		{ "{{k}}-b: 1\n", "k", "x", "{\"x-b\":1}" },
		{ "\"{{k}}\": 1\n", "k", "x: y", "{\"x: y\":1}" },
		{ "a: f(\"{{k}}\", false)\n", "k", "it's a line. Press 1", "{\"a\":\"f(\\\"it's a line. Press 1\\\", false)\"}" },
		{ "a: |\n  {{k}}\n  b\n", "k", "# [x: \"", "{\"a\":\"# [x: \\\"\\nb\\n\"}" },
		{ "a: [{{k}}, b]\n", "k", "x", "{\"a\":[\"x\",\"b\"]}" },
		{ "a: 1 # {{k}}\n", "k", "x: [", "{\"a\":1}" },
		{ "a: {{u}}\n", "k", "x", "{\"a\":\"_unset_u\"}" },
		{ "{{u-v w}}: {{k}}\n", "k", "x", "{\"_unset_u_v_w\":\"x\"}" },
		{ "{{u-v}}: 1\n{{u_v}}: 2\n{{u-v}}x: 3\n", NULL, NULL, "{\"_unset_u_v\":1,\"_unset_u_v_1\":2,\"_unset_u_vx\":3}" },
		{ "a: \"{{{k}}}\"\n", "k", "x", "{\"a\":\"{x}\"}" },
		{ "a: \"{{}} {{ }} {{a\nb}} ${k} {k} }} {{\"\n", "k", "x", "{\"a\":\"{{}} {{ }} {{a b}} ${k} {k} }} {{\"}" },
		{ "a: ${k}\n", "k", "x", "{\"a\":\"${k}\"}" },
		{ "a: \"{{k}}\"\n", "k", "{x} {{}} }} {{", "{\"a\":\"{x} {{}} }} {{\"}" },
		{ "a: \"{{\xc3\xbc}}\"\n", "\xc3\xbc", "\xe2\x82\xac", "{\"a\":\"\xe2\x82\xac\"}" },
		{ "a: \"{{\xc3\xbc}}\"\n", NULL, NULL, "{\"a\":\"_unset___\"}" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		const char *pairs[] = { rows[i].key, rows[i].value, NULL };
		struct reading reading = read_text(rows[i].text, pairs);

		for (size_t j = 0; j < reading.findings.count; j++)
			print_error("%s: %.*s\n", rows[i].text, TL_FMT(reading.findings.items[j].message));
		assert_row(rows[i].text, reading.findings.count == 0 && reading.doc->root);
		assert_json(rows[i].text, reading.doc, rows[i].json);
		done(&reading);
	}
}

static void refuses_what_changes_the_structure(void **state)
{
	static const struct {
		const char *text, *value, *json;
	} rows[] = {
		{ "a: {{k}}\n", "x: y", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "x # y", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "# y", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "[x]", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "{x: y}", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "- x", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "*x", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "&x", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "!x y", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "|", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\nb: 1\n", "'x", "{\"a\":\"_unset_k\",\"b\":1}" },
		{ "a: {{k}}\n", "\"x\" y", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "@x", "{\"a\":\"_unset_k\"}" },
		{ "a: {{k}}\n", "x\ny", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "x\ny", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "x\xe2\x80\xa8y", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "x\x1by", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "x\xffy", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "x\"y", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "\", b: \"", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "C:\\dir", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\nb: \"x\"\n", "\\", "{\"a\":\"_unset_k\",\"b\":\"x\"}" },
		{ "a: '{{k}}'\n", "it's", "{\"a\":\"_unset_k\"}" },
		{ "a: [{{k}}]\n", "x, y", "{\"a\":[\"_unset_k\"]}" },
		{ "a: [{{k}}]\n", "", "{\"a\":[\"_unset_k\"]}" },
		{ "a: |\n  {{k}}\n  b\n", "  x", "{\"a\":\"_unset_k\\nb\\n\"}" },
		{ "{{k}}: 1\n", "x: y", "{\"_unset_k\":1}" },
		{ "{{k}}: 1\n", "? x", "{\"_unset_k\":1}" },
		{ "a: &{{k}} 1\n", "x y: z", "{\"a\":1}" },
		{ "a: \"{{k}}\"\n", "{{other}}", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{k}}\"\n", "say {{ other }} now", "{\"a\":\"_unset_k\"}" },
		{ "a: \"{{{k}}}\"\n", "{x}", "{\"a\":\"{_unset_k}\"}" },
		{ "a: \"{{k}}{b}}\"\n", "{", "{\"a\":\"_unset_k{b}}\"}" },
		{ "a: \"{{b{{k}}\"\n", "}}", "{\"a\":\"{{b_unset_k\"}" },
		{ "a: \"{{{{k}}}}\"\n", "x", "{\"a\":\"{{_unset_k}}\"}" },
		{ "a: \"{{{{k}}b}}\"\n", "", "{\"a\":\"{{_unset_kb}}\"}" },
		{ "a: 1 # {{k}}\n", "{{x}}", "{\"a\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		const char *pairs[] = { "k", rows[i].value, NULL };
		struct reading reading = read_text(rows[i].text, pairs);
		const char *key = strstr(rows[i].text, "{{k}}");

		assert_row(rows[i].value, reading.findings.count == 1 && reading.doc->root);
		assert_row(rows[i].value, strcmp(reading.findings.items[0].rule, "bad-substitution") == 0);
		assert_row(rows[i].value, reading.findings.items[0].span.start == (uint32_t)(key - rows[i].text));
		assert_row(rows[i].value, reading.findings.items[0].span.end == (uint32_t)(key - rows[i].text) + 5);
		assert_json(rows[i].text, reading.doc, rows[i].json);
		done(&reading);
	}
}

/* Each is good alone, and both together are not: none is used. */
static void values_that_do_not_go_together(void **state)
{
	static const char *const pairs[] = { "k", "x:", "l", " y", "m", "z", NULL };
	struct reading reading = read_text("a: {{m}}{{k}}{{l}}\nb: {{k}}z\n", pairs);

	(void)state;
	assert_int_equal(reading.findings.count, 2);
	assert_json("together", reading.doc, "{\"a\":\"z_unset_k_unset_l\",\"b\":\"x:z\"}");
	done(&reading);
	/* The first would break it alone too. */
	reading = read_text("a: {{n}}{{k}}{{l}}\n", (const char *const[]){ "k", "x:", "l", " y", "n", "[", NULL });
	assert_int_equal(reading.findings.count, 3);
	assert_json("and one alone", reading.doc, "{\"a\":\"_unset_n_unset_k_unset_l\"}");
	done(&reading);
}

static void places_are_of_the_original(void **state)
{
	static const char text[] = "{{k}}-a:  {{k}}\n'{{l}}' : \"b {{u}} c\" # {{k}} flow-ignore\nlist:\n  - {{l}}\n  - x{{k}}y\nend: 1\n";
	static const struct {
		const char *key, *key_span, *span;
		bool substituted;
	} rows[] = {
		{ "much longer than before-a", "{{k}}-a", "{{k}}", true },
		{ "s", "'{{l}}'", "\"b {{u}} c\"", true },
		{ "list", "list", "- {{l}}\n  - x{{k}}y", false },
		{ "end", "end", "1", false },
	};
	static const char *const pairs[] = { "k", "much longer than before", "l", "s", NULL };
	struct reading reading = read_text(text, pairs);
	struct tl_str bytes = reading.doc->source.bytes;

	(void)state;
	assert_int_equal(reading.findings.count, 0);
	assert_str(bytes, text);
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		const struct tl_item *item = tl_item_get(reading.doc->root, rows[i].key);

		assert_row(rows[i].key, item);
		assert_str(tl_str_slice(bytes, item->key_span.start, item->key_span.end), rows[i].key_span);
		assert_str(tl_str_slice(bytes, item->span.start, item->span.end), rows[i].span);
		assert_row(rows[i].key, item->substituted == rows[i].substituted);
	}
	assert_int_equal(reading.doc->n_comments, 1);
	assert_str(tl_str_slice(bytes, reading.doc->comments[0].span.start, reading.doc->comments[0].span.end), "# {{k}} flow-ignore");
	assert_int_equal(reading.substitution.count, 7);
	assert_str(reading.substitution.placeholders[0].key, "k");
	assert_true(reading.substitution.placeholders[0].set);
	assert_str(reading.substitution.placeholders[3].key, "u");
	assert_false(reading.substitution.placeholders[3].set);
	done(&reading);
}

/* Each byte of each piece, by going through the text with the pieces beside it. */
static void pieces_cover_the_text(void **state)
{
	static const char *const pairs[] = { "k", "vv", "e", "", NULL };
	struct reading reading = read_text("{{k}}a{{e}}b{{k}}{{u}}: \"{{e}}{{e}}\"\n", pairs);
	const struct tl_pieces *pieces = &reading.substitution.pieces;
	struct tl_str text = reading.substitution.text, bytes = reading.doc->source.bytes;

	(void)state;
	assert_str(text, "vvabvv_unset_u: \"\"\n");
	for (size_t at = 0; at < text.len; at++) {
		struct tl_span span = tl_pieces_span(pieces, at, at + 1);

		if (tl_pieces_touch(pieces, at, at + 1)) {
			assert_int_equal(bytes.ptr[span.start], '{');
			assert_int_equal(span.end - span.start, 5);
		} else {
			assert_int_equal(span.end - span.start, 1);
			assert_int_equal(bytes.ptr[span.start], text.ptr[at]);
		}
	}
	done(&reading);
}

static void nothing_to_replace(void **state)
{
	struct reading reading = read_text("a: 1\n", NULL);
	struct tl_read_options options = { 0 };
	struct tl_doc *doc;

	(void)state;
	assert_int_equal(reading.substitution.count, 0);
	assert_int_equal(reading.substitution.pieces.count, 0);
	assert_ptr_equal(reading.substitution.text.ptr, reading.doc->source.bytes.ptr);
	done(&reading);
	tl_yaml_read(&doc, TL_STR("t"), TL_STR("a: \"{{k}}\""), &options);
	assert_json("off", doc, "{\"a\":\"{{k}}\"}");
	tl_doc_free(doc);
}

/* A small file of keys with a long value must not become a large one. */
static void growth_has_a_bound(void **state)
{
	struct tl_buf text = { 0 }, value = { 0 };
	struct reading reading;

	(void)state;
	for (int i = 0; i < 40000; i++)
		tl_buf_text(&text, "- {{k}}\n");
	for (int i = 0; i < 1000; i++)
		tl_buf_text(&value, "x");
	{
		const char *pairs[] = { "k", value.data, NULL };

		reading = read_text(text.data, pairs);
	}
	assert_true(reading.substitution.text.len < (20 << 20));
	assert_int_equal(reading.findings.count, 100);
	assert_string_equal(reading.findings.items[0].rule, "bad-substitution");
	done(&reading);
	/* A value that is too long is not looked at, key for key. */
	tl_buf_reset(&value);
	for (int i = 0; i < 17 << 10; i++)
		tl_buf_printf(&value, "\n%01023d", 0);
	{
		const char *pairs[] = { "k", value.data, NULL };

		reading = read_text(text.data, pairs);
	}
	assert_true(tl_str_ends(reading.findings.items[0].message, TL_STR("makes the file too long")));
	done(&reading);
	tl_buf_clear(&text);
	tl_buf_clear(&value);
}

/* Many keys and hostile values: bounded work. */
static void hostile_values(void **state)
{
	static const char *const pairs[] = { "k", "x: y", NULL };
	struct tl_buf text = { 0 };
	struct reading reading;

	(void)state;
	tl_buf_text(&text, "a: ");
	for (int i = 0; i < 20000; i++)
		tl_buf_text(&text, "{{k}}");
	tl_buf_text(&text, "\nb: [");
	for (int i = 0; i < 2000; i++)
		tl_buf_text(&text, "{{k}}, ");
	tl_buf_text(&text, "]\n");
	reading = read_text(text.data, pairs);
	assert_int_equal(reading.findings.count, 100);
	assert_int_equal(tl_item_get(reading.doc->root, "b")->count, 2000);
	done(&reading);
	tl_buf_clear(&text);
}

/* The 49 real flows, without values, with plain ones, and with ones that need their quotes. */
static void reads_the_real_flows(void **state)
{
	struct tl_arena arena = { 0 };
	const char *folder = unit_shared(&arena, "real-flows");
	struct tl_str values[] = { TL_STR("Support"), TL_STR("(5 or later) & co, press 1!") };
	DIR *dir = opendir(folder);
	size_t read = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		struct tl_str path, bytes;

		if (!tl_str_ends(tl_str(entry->d_name), TL_STR(".yaml")))
			continue;
		path = tl_path_join(&arena, tl_str(folder), tl_str(entry->d_name));
		assert_int_equal(tl_file_read(&bytes, &arena, path.ptr, 1 << 20, NULL), 0);
		read++;
		for (size_t round = 0; round < 3; round++) {
			struct tl_findings findings = { 0 };
			struct tl_map map = { 0 };
			struct tl_substitution substitution;
			struct tl_read_options options = { .bytes = 4 << 20, .depth = 256, .scalars = 1000000, .findings = &findings,
				                           .substitutions = &map, .substitution = &substitution };
			struct tl_doc *doc = NULL;

			tl_yaml_read(&doc, path, bytes, &options);
			if (round) {
				for (size_t i = 0; i < substitution.count; i++) {
					struct tl_str key = tl_arena_dup(&arena, substitution.placeholders[i].key);

					tl_map_put(&map, key, NULL)->value.ptr = &values[round - 1];
				}
				tl_doc_free(doc);
				tl_yaml_read(&doc, path, bytes, &options);
			}
			for (size_t i = 0; i < findings.count; i++)
				print_error("%s:%u: %.*s\n", entry->d_name, findings.items[i].place.line, TL_FMT(findings.items[i].message));
			assert_row(entry->d_name, doc->root && doc->root->kind == TL_MAP);
			assert_row(entry->d_name, findings.count == 0);
			for (size_t i = 0; i < substitution.count; i++)
				assert_row(entry->d_name, substitution.placeholders[i].set == (round > 0));
			tl_map_clear(&map);
			tl_doc_free(doc);
			tl_findings_clear(&findings);
		}
	}
	closedir(dir);
	assert_int_equal(read, 49);
	tl_arena_clear(&arena);
}

int test_doc_substitute(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_stand_ins),
		cmocka_unit_test(refuses_what_changes_the_structure),
		cmocka_unit_test(values_that_do_not_go_together),
		cmocka_unit_test(places_are_of_the_original),
		cmocka_unit_test(pieces_cover_the_text),
		cmocka_unit_test(nothing_to_replace),
		cmocka_unit_test(growth_has_a_bound),
		cmocka_unit_test(hostile_values),
		cmocka_unit_test(reads_the_real_flows),
	};

	return cmocka_run_group_tests_name("doc_substitute", tests, NULL, NULL);
}
