/* doc/substitute.c: {{key}} in raw text. The text is read once with stand-ins, to learn in what kind of scalar each key stands; a value
 * that is not plainly harmless is then tried in that scalar alone. So a value can fill a scalar, but never end it or begin another. */
#include "doc/substitute.h"

#include <stdlib.h>

#include "base/buf.h"
#include "doc/scan.h"

/* Values may make a text this much longer. */
#define GROWTH ((size_t)16 << 20)

/* In a scalar with more keys than these, all are blamed if their values do not go together. */
#define TRIED_ALONE 8

#define FINDINGS 100

/* A key in the text with its stand-in and, where it is good, its value. */
struct slot {
	struct tl_placeholder placeholder;
	struct tl_str stand_in;
	const struct tl_str *value; /* NULL: none, or not good here */
	size_t at, len;             /* in the text with stand-ins */
};

struct work {
	struct tl_source *original;
	struct tl_arena *arena;
	struct tl_findings *findings;
	struct slot *slots;
	size_t count, capacity, said;
	struct tl_map by_key, taken; /* key -> stand-in, stand-ins in use */
};

/* ---- the keys ---- */

/* The end of a key that starts behind its braces at `at`: the offset of its "}}", or SIZE_MAX where it is none. */
static size_t key_end(struct tl_str text, size_t at)
{
	while (at < text.len && text.ptr[at] != '{' && text.ptr[at] != '}' && text.ptr[at] != '\n' && text.ptr[at] != '\r')
		at++;
	return at + 1 < text.len && text.ptr[at] == '}' && text.ptr[at + 1] == '}' ? at : SIZE_MAX;
}

/* The next key at or after `from`: the innermost braces, so that `{{{a}}}` is a brace, the key, and a brace. */
static bool next_key(struct tl_str text, size_t from, struct tl_placeholder *out)
{
	for (size_t at = tl_str_find(text, TL_STR("{{"), from); at != SIZE_MAX; at = tl_str_find(text, TL_STR("{{"), at + 1)) {
		size_t end = key_end(text, at + 2);

		if (end == SIZE_MAX)
			continue;
		out->key = tl_str_trim(tl_str_slice(text, at + 2, end));
		out->span = (struct tl_span){ (uint32_t)at, (uint32_t)end + 2 };
		if (out->key.len)
			return true;
	}
	return false;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "_unset_" and the key's letters and digits; a number behind it where another key has that word. */
static struct tl_str make_stand_in(struct work *work, struct tl_str key)
{
	struct tl_str word = tl_arena_printf(work->arena, "_unset_%.*s", TL_FMT(tl_str_cut(key, 200))), tried;
	char *letters = (char *)(uintptr_t)word.ptr;
	bool made = false;
	size_t number = work->by_key.count;

	for (size_t i = 0; i < word.len; i++) {
		if (!is_word(letters[i]))
			letters[i] = '_';
	}
	tl_map_put(&work->taken, word, &made);
	for (tried = word; !made; number++) {
		tried = tl_arena_printf(work->arena, "%.*s_%zu", TL_FMT(word), number);
		tl_map_put(&work->taken, tried, &made);
	}
	return tried;
}

static struct tl_str stand_in(struct work *work, struct tl_str key)
{
	struct tl_map_entry *entry = tl_map_find(&work->by_key, key);

	if (!entry) {
		struct tl_str *word = TL_ARENA_NEW(work->arena, struct tl_str);

		*word = make_stand_in(work, key);
		entry = tl_map_put(&work->by_key, key, NULL);
		entry->value.ptr = word;
	}
	return *(const struct tl_str *)entry->value.ptr;
}

static void find_keys(struct work *work, const struct tl_map *values)
{
	struct tl_placeholder found = { 0 };

	while (next_key(work->original->bytes, found.span.end, &found)) {
		const struct tl_map_entry *entry = tl_map_find(values, found.key);
		struct slot *slot;

		found.set = entry != NULL;
		work->slots = tl_grow(work->slots, &work->capacity, work->count + 1, sizeof(*work->slots));
		slot = &work->slots[work->count++];
		*slot = (struct slot){ .placeholder = found, .stand_in = stand_in(work, found.key) };
		slot->value = entry ? entry->value.ptr : NULL;
	}
}

/* ---- putting them in ---- */

static struct tl_str text_of(const struct slot *slot, bool values)
{
	return values && slot->value ? *slot->value : slot->stand_in;
}

/* The original's [start, end) with the keys of slots[from, to) replaced. Notes where each stands if there are no values. */
static void fill(struct work *work, struct tl_buf *buf, struct tl_span span, size_t from, size_t to, bool values)
{
	const char *bytes = work->original->bytes.ptr;
	uint32_t at = span.start;

	for (size_t i = from; i < to; i++) {
		struct slot *slot = &work->slots[i];
		struct tl_str text = text_of(slot, values);

		tl_buf_add(buf, bytes + at, slot->placeholder.span.start - at);
		if (!values) {
			slot->at = buf->len;
			slot->len = text.len;
		}
		tl_buf_str(buf, text);
		at = slot->placeholder.span.end;
	}
	tl_buf_add(buf, bytes + at, span.end - at);
}

static struct tl_span whole(const struct work *work)
{
	return (struct tl_span){ 0, (uint32_t)work->original->bytes.len };
}

/* Where each byte of the filled text came from. */
static void make_pieces(struct work *work, struct tl_pieces *out)
{
	struct tl_piece *pieces = TL_ARENA_ARRAY(work->arena, struct tl_piece, work->count * 2 + 1);
	uint32_t from = 0, at = 0;
	size_t count = 0;

	for (size_t i = 0; i < work->count; i++) {
		struct tl_span key = work->slots[i].placeholder.span;

		if (key.start > from)
			pieces[count++] = (struct tl_piece){ at, { from, key.start }, false };
		at += key.start - from;
		pieces[count++] = (struct tl_piece){ at, key, true };
		at += (uint32_t)text_of(&work->slots[i], true).len;
		from = key.end;
	}
	pieces[count++] = (struct tl_piece){ at, { from, (uint32_t)work->original->bytes.len }, false };
	*out = (struct tl_pieces){ pieces, count };
}

/* ---- which values are good where they stand ---- */

static void refuse(struct work *work, struct slot *slot, const char *help, const char *why)
{
	struct tl_finding *finding;

	slot->value = NULL;
	if (work->said++ >= FINDINGS)
		return;
	finding = tl_findings_add(work->findings, work->original, slot->placeholder.span, TL_ERROR, "bad-substitution",
	                          work->said == FINDINGS ? "the value of '%.*s' %s; further ones are not listed" : "the value of '%.*s' %s",
	                          TL_FMT(tl_str_cut(slot->placeholder.key, 200)), why);
	tl_findings_help(work->findings, finding, "%s", help);
}

/* Whether a value is one word or several that read as themselves wherever they stand, in quotes or out of them: letters, digits, and between them
 * blanks and `_-./`. Other values are tried at each place. */
static bool is_plain(struct tl_str value)
{
	if (value.len == 0 || !is_word(value.ptr[0]) || !is_word(value.ptr[value.len - 1]))
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (!is_word(value.ptr[i]) && !strchr(" _-./", value.ptr[i]))
			return false;
	}
	return true;
}

/* What no scalar can hold as it is: control characters, among them line breaks (YAML 1.1's too: libyaml has them), and bytes that are not UTF-8. */
bool tl_substitution_is_text(struct tl_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return tl_str_is_utf8(value, NULL) && tl_str_find(value, TL_STR("\xc2\x85"), 0) == SIZE_MAX &&
	       tl_str_find(value, TL_STR("\xe2\x80\xa8"), 0) == SIZE_MAX && tl_str_find(value, TL_STR("\xe2\x80\xa9"), 0) == SIZE_MAX;
}

static bool is_plain_style(uint8_t style)
{
	return style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_quoted_style(uint8_t style)
{
	return style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

/* Whether `text`, alone as an item of a list, is one scalar from end to end, of the style that it had (or in quotes of its own). */
static bool is_one_scalar(struct tl_str text, const struct tl_scan_scalar *was)
{
	struct tl_str trimmed = tl_str_trim(text), item;
	size_t lead = was->flow ? 1 : 2, end, blank;
	struct tl_scan scan = { 0 };
	struct tl_buf buf = { 0 };
	bool one;

	if (trimmed.len == 0)
		return !was->flow;
	tl_buf_text(&buf, was->flow ? "[" : "- ");
	tl_buf_str(&buf, text);
	tl_buf_text(&buf, was->flow ? "]" : "");
	item = tl_buf_view(&buf);
	tl_scan_text(&scan, item, &end);
	blank = (size_t)(trimmed.ptr - text.ptr);
	one = end == item.len && scan.count == 1 && scan.scalars[0].start == lead + blank &&
	      scan.scalars[0].end == lead + blank + trimmed.len &&
	      (scan.scalars[0].style == was->style || (is_plain_style(was->style) && is_quoted_style(scan.scalars[0].style)));
	tl_scan_clear(&scan);
	tl_buf_clear(&buf);
	return one;
}

/* Whether the scalar stays one with the values of slots[from, to). The scalar's span is of the text with stand-ins. */
static bool try_values(struct work *work, const struct tl_scan_scalar *scalar, size_t from, size_t to)
{
	const struct slot *first = &work->slots[from], *last = &work->slots[to - 1];
	struct tl_span span = {
		first->placeholder.span.start - (uint32_t)(first->at - scalar->start),
		last->placeholder.span.end + (uint32_t)(scalar->end - (last->at + last->len)),
	};
	struct tl_buf buf = { 0 };
	bool one;

	fill(work, &buf, span, from, to, true);
	one = is_one_scalar(tl_buf_view(&buf), scalar);
	tl_buf_clear(&buf);
	return one;
}

#define SHAPE_HELP "put the key in quotes where it stands, or the value; escape quotes and backslashes as the text around it needs"
#define SHAPE_WHY "would change the structure of the file here"

/* Tries the value of each of a few slots with stand-ins for the others; says which break the scalar alone, and whether any does. */
static bool find_guilty(struct work *work, const struct tl_scan_scalar *scalar, size_t from, size_t to, bool bad[TRIED_ALONE])
{
	const struct tl_str *values[TRIED_ALONE] = { NULL };
	size_t count = to - from;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		values[i] = work->slots[from + i].value;
		work->slots[from + i].value = NULL;
	}
	for (size_t i = 0; i < count; i++) {
		work->slots[from + i].value = values[i];
		bad[i] = values[i] && !try_values(work, scalar, from, to);
		any = any || bad[i];
		work->slots[from + i].value = NULL;
	}
	for (size_t i = 0; i < count; i++)
		work->slots[from + i].value = values[i];
	return any;
}

static bool is_daring(const struct slot *slot)
{
	return slot->value && !is_plain(*slot->value);
}

/* The values of slots[from, to) break their scalar: those that do so alone are to blame; where the others together still do, all that are
 * not harmless anywhere. */
static void blame(struct work *work, const struct tl_scan_scalar *scalar, size_t from, size_t to)
{
	bool bad[TRIED_ALONE] = { false };

	if (to - from <= TRIED_ALONE && find_guilty(work, scalar, from, to, bad)) {
		for (size_t i = from; i < to; i++) {
			if (bad[i - from])
				refuse(work, &work->slots[i], SHAPE_HELP, SHAPE_WHY);
		}
		if (try_values(work, scalar, from, to))
			return;
	}
	for (size_t i = from; i < to; i++) {
		if (is_daring(&work->slots[i]))
			refuse(work, &work->slots[i], SHAPE_HELP, SHAPE_WHY);
	}
}

/* Keys outside of all scalars stand in comments, where any line may stand, or in anchors and tags, where only words may. */
static void check_outside(struct work *work, struct slot *slot, const struct tl_comment *comments, size_t count)
{
	size_t low = 0, high = count;

	while (high > low) {
		size_t middle = low + (high - low) / 2;

		if (comments[middle].span.end <= slot->at)
			low = middle + 1;
		else
			high = middle;
	}
	if (is_daring(slot) && (low == count || comments[low].span.start > slot->at))
		refuse(work, slot, SHAPE_HELP, SHAPE_WHY);
}

/* Checks the keys against what the text with stand-ins reads as. Behind `end` that cannot be read, which is said when the text is: there
 * only values that are harmless anywhere are used. */
static void check_places(struct work *work, struct tl_str text, const struct tl_scan *scan, size_t end)
{
	struct tl_comment *comments;
	size_t n_comments, scalar = 0, from = 0;

	tl_scan_comments(&comments, &n_comments, work->arena, text, scan);
	while (from < work->count && work->slots[from].at < end) {
		struct slot *slot = &work->slots[from];
		bool daring = false;
		size_t to = from;

		while (scalar < scan->count && scan->scalars[scalar].end <= slot->at)
			scalar++;
		if (scalar == scan->count || scan->scalars[scalar].start > slot->at) {
			check_outside(work, slot, comments, n_comments);
			from++;
			continue;
		}
		for (; to < work->count && work->slots[to].at < scan->scalars[scalar].end; to++)
			daring = daring || is_daring(&work->slots[to]);
		if (daring && !try_values(work, &scan->scalars[scalar], from, to))
			blame(work, &scan->scalars[scalar], from, to);
		from = to;
	}
	for (; from < work->count; from++) {
		if (is_daring(&work->slots[from]))
			work->slots[from].value = NULL;
	}
}

/* Drops the values that cannot be used: first those that no scalar holds and what makes the text too long, then those that are wrong
 * where they stand. */
static void check_values(struct work *work)
{
	struct tl_scan scan = { 0 };
	struct tl_buf buf = { 0 };
	size_t growth = 0, end = 0;
	bool any = false;

	for (size_t i = 0; i < work->count; i++) {
		struct slot *slot = &work->slots[i];

		if (!slot->value)
			continue;
		growth += slot->value->len;
		/* Before the value is looked at: that takes its length for every key. */
		if (growth > GROWTH)
			refuse(work, slot, "use shorter values", "makes the file too long");
		else if (!tl_substitution_is_text(*slot->value))
			refuse(work, slot, "use a value of one line in UTF-8", "holds a line break or a control character");
		any = any || is_daring(slot);
	}
	if (!any)
		return;
	fill(work, &buf, whole(work), 0, work->count, false);
	tl_scan_text(&scan, tl_buf_view(&buf), &end);
	check_places(work, tl_buf_view(&buf), &scan, end);
	tl_scan_clear(&scan);
	tl_buf_clear(&buf);
}

/* Whoever is handed the filled text replaces keys once more, as the vendor does: none may come from a value. */
static void check_new_keys(struct work *work)
{
	struct tl_placeholder found = { 0 };
	struct tl_pieces pieces = { 0 };
	struct tl_buf buf = { 0 };
	size_t i = 0;

	fill(work, &buf, whole(work), 0, work->count, true);
	while (next_key(tl_buf_view(&buf), found.span.end, &found)) {
		struct tl_span from;

		if (pieces.count == 0)
			make_pieces(work, &pieces);
		from = tl_pieces_span(&pieces, found.span.start, found.span.end);
		while (i < work->count && work->slots[i].placeholder.span.end <= from.start)
			i++;
		for (; i < work->count && work->slots[i].placeholder.span.start < from.end; i++) {
			if (work->slots[i].value)
				refuse(work, &work->slots[i], "take the braces out of the value, or away from around the key",
				       "makes a {{key}} here, which the platform would look for");
		}
	}
	tl_buf_clear(&buf);
}

static void give(struct work *work, struct tl_substitution *out)
{
	struct tl_buf buf = { 0 };

	fill(work, &buf, whole(work), 0, work->count, true);
	out->text = tl_arena_dup(work->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	make_pieces(work, &out->pieces);
	out->count = work->count;
	out->placeholders = TL_ARENA_ARRAY(work->arena, struct tl_placeholder, work->count);
	for (size_t i = 0; i < work->count; i++)
		out->placeholders[i] = work->slots[i].placeholder;
}

void tl_substitute(struct tl_substitution *out, struct tl_arena *arena, struct tl_source *original, const struct tl_map *values,
                   struct tl_findings *findings)
{
	struct work work = { .original = original, .arena = arena, .findings = findings };

	*out = (struct tl_substitution){ .text = original->bytes };
	find_keys(&work, values);
	if (work.count) {
		check_values(&work);
		check_new_keys(&work);
		give(&work, out);
	}
	tl_map_clear(&work.by_key);
	tl_map_clear(&work.taken);
	free(work.slots);
}
