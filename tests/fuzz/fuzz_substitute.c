/* tests/fuzz/fuzz_substitute.c: two values, each on a line, and a text with their keys {{a}} and {{b}}: what is read with the values has the
 * shape of what is read with stand-ins. */
#include "fuzz.h"

struct reading {
	struct tl_doc *doc;
	struct tl_findings findings;
	struct tl_substitution substitution;
};

static struct reading read_text(struct tl_str text, const struct tl_map *values)
{
	struct reading reading = { 0 };
	struct tl_read_options options = {
		.depth = 256,
		.scalars = 20000,
		.findings = &reading.findings,
		.substitutions = values,
		.substitution = &reading.substitution,
	};

	tl_yaml_read(&reading.doc, TL_STR("t.yaml"), text, &options);
	fuzz_check_doc(reading.doc, &reading.findings);
	return reading;
}

static void done(struct reading *reading)
{
	tl_doc_free(reading->doc);
	tl_findings_clear(&reading->findings);
}

/* `places`: their scalars stand in the same places too. */
static bool same_shape(const struct tl_item *a, const struct tl_item *b, bool places)
{
	bool a_holds = a->kind == TL_LIST || a->kind == TL_MAP, b_holds = b->kind == TL_LIST || b->kind == TL_MAP;

	if (a_holds != b_holds || (a_holds && (a->kind != b->kind || a->count != b->count)))
		return false;
	if (!a_holds)
		return !places || (a->span.start == b->span.start && a->span.end == b->span.end);
	b = b->first;
	for (a = a->first; a; a = a->next, b = b->next) {
		if (!same_shape(a, b, places))
			return false;
	}
	return true;
}

/* Each place of the text comes from a place of the original: the same byte, or a key. */
static void check_pieces(const struct reading *reading)
{
	const struct tl_substitution *substitution = &reading->substitution;
	struct tl_str text = substitution->text, bytes = reading->doc->source.bytes;

	for (size_t at = 0; at < text.len; at++) {
		struct tl_span span = tl_pieces_span(&substitution->pieces, at, at + 1);

		demand(span.start < span.end && span.end <= bytes.len);
		if (tl_pieces_touch(&substitution->pieces, at, at + 1))
			demand(bytes.ptr[span.start] == '{' && bytes.ptr[span.end - 1] == '}');
		else
			demand(bytes.ptr[span.start] == text.ptr[at]);
	}
}

/* The next line, which is taken off `text`. */
static struct tl_str take_line(struct tl_str *text)
{
	size_t end = tl_str_find(*text, TL_STR("\n"), 0);
	struct tl_str line = tl_str_slice(*text, 0, end == SIZE_MAX ? text->len : end);

	*text = tl_str_slice(*text, line.len + 1, text->len);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_str text = { (const char *)data, size }, a = take_line(&text), b = take_line(&text);
	struct tl_map none = { 0 }, values = { 0 };
	/* A value that is nothing, or trimmed away, is no part of its scalar. */
	bool places = tl_str_trim(a).len && tl_str_trim(b).len;
	struct reading without, with;

	if (size > 4096)
		return 0;
	tl_map_put(&values, TL_STR("a"), NULL)->value.ptr = &a;
	tl_map_put(&values, TL_STR("b"), NULL)->value.ptr = &b;
	without = read_text(text, &none);
	with = read_text(text, &values);
	check_pieces(&without);
	check_pieces(&with);
	/* Values can make keys equal, or numbers too large; that is said. Nothing else may differ. */
	if (without.findings.count == 0 && with.findings.count == 0)
		demand(same_shape(without.doc->root, with.doc->root, places));
	done(&without);
	done(&with);
	tl_map_clear(&none);
	tl_map_clear(&values);
	return 0;
}
