/* doc/edit.c: two trees are walked beside the file's; each difference becomes a replacement of bytes, and all are made at the end.
 *
 * Of a collection three things can happen: an entry goes, an entry comes behind another one, an entry's value changes. Where an entry stands on lines of its own
 * (block style, or JSON that is indented) whole lines go and come, else what stands between two commas. */
#include "doc/edit.h"

#include <stdlib.h>
#include <string.h>

#include "doc/json.h"
#include "doc/write.h"

/* Bytes [start, end) become text. */
struct change {
	size_t start, end;
	size_t text, len; /* in editing.texts, whose line breaks are "\n" */
	size_t number;    /* as they were found: insertions at one place keep their order */
};

struct editing {
	const struct tl_doc *doc;
	struct tl_str bytes;
	bool aliases;             /* may be written out */
	struct tl_str line_break; /* the file's own: "\n" or "\r\n" */
	struct change *changes;
	size_t count, capacity;
	struct tl_buf texts;
};

/* ---- where things stand */

static size_t line_start(const struct editing *editing, size_t at)
{
	while (at > 0 && editing->bytes.ptr[at - 1] != '\n')
		at--;
	return at;
}

/* The line break after `at`, or the end of the file. */
static size_t line_end(const struct editing *editing, size_t at)
{
	size_t end = tl_str_find(editing->bytes, TL_STR("\n"), at);

	if (end == SIZE_MAX)
		return editing->bytes.len;
	return end > 0 && editing->bytes.ptr[end - 1] == '\r' ? end - 1 : end;
}

/* How long the line break is that stands at `at`; 0: none does. */
static size_t break_length(const struct editing *editing, size_t at)
{
	struct tl_str rest = tl_str_slice(editing->bytes, at, editing->bytes.len);

	return tl_str_starts(rest, TL_STR("\r\n")) ? 2 : tl_str_starts(rest, TL_STR("\n")) ? 1 : 0;
}

static struct tl_str line_break_of(struct tl_str bytes)
{
	size_t first = tl_str_find(bytes, TL_STR("\n"), 0);

	return first != SIZE_MAX && first > 0 && bytes.ptr[first - 1] == '\r' ? TL_STR("\r\n") : TL_STR("\n");
}

/* Nothing but blanks before it on its line. */
static bool begins_line(const struct editing *editing, size_t at)
{
	for (size_t i = line_start(editing, at); i < at; i++) {
		if (editing->bytes.ptr[i] != ' ' && editing->bytes.ptr[i] != '\t')
			return false;
	}
	return true;
}

static char byte_at(const struct editing *editing, size_t at)
{
	return at < editing->bytes.len ? editing->bytes.ptr[at] : '\0';
}

/* Where a collection itself begins: behind an anchor and a tag. */
static size_t opening(const struct editing *editing, const struct tl_item *collection)
{
	size_t at = collection->span.start;

	while (byte_at(editing, at) == '&' || byte_at(editing, at) == '!') {
		while (at < collection->span.end && strchr(" \t\r\n", byte_at(editing, at)) == NULL)
			at++;
		while (at < collection->span.end && strchr(" \t\r\n", byte_at(editing, at)) != NULL)
			at++;
	}
	return at;
}

static bool is_flow(const struct editing *editing, const struct tl_item *collection)
{
	char c = byte_at(editing, opening(editing, collection));

	return editing->doc->json || c == '{' || c == '[';
}

static bool is_alias(const struct editing *editing, const struct tl_item *item)
{
	return !editing->doc->json && byte_at(editing, item->span.start) == '*';
}

/* The dash of an element of a block list; SIZE_MAX: something else stands before it. */
static size_t dash_of(const struct editing *editing, const struct tl_item *element)
{
	size_t at = element->span.start;

	while (at > 0 && editing->bytes.ptr[at - 1] == ' ')
		at--;
	return at > 0 && at < element->span.start && editing->bytes.ptr[at - 1] == '-' ? at - 1 : SIZE_MAX;
}

/* Where an entry of a collection begins: its key, its dash in block style, else itself. */
static size_t begin_of(const struct editing *editing, const struct tl_item *collection, const struct tl_item *entry)
{
	if (collection->kind == TL_MAP)
		return entry->key_span.start;
	return is_flow(editing, collection) ? entry->span.start : dash_of(editing, entry);
}

/* What an alias repeats stands elsewhere, and so do its children. */
static bool stands_within(const struct tl_item *collection)
{
	const struct tl_item *first = collection->first;

	return !first || ((collection->kind != TL_MAP || first->key_span.start >= collection->span.start) && first->span.end <= collection->span.end &&
	                  first->span.end >= collection->span.start);
}

/* ---- changes */

/* The text of a change is what was added to `texts` since `text`. */
static void change(struct editing *editing, size_t start, size_t end, size_t text)
{
	editing->changes = tl_grow(editing->changes, &editing->capacity, editing->count + 1, sizeof(*editing->changes));
	editing->changes[editing->count] = (struct change){ start, end, text, editing->texts.len - text, editing->count };
	editing->count++;
}

static int by_start(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* What comes goes in front of what goes. */
	if ((x->start == x->end) != (y->start == y->end))
		return x->start == x->end ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void put_text(struct tl_buf *out, const struct editing *editing, const struct change *change)
{
	const char *text = editing->texts.data + change->text;

	for (size_t i = 0; i < change->len; i++) {
		if (text[i] == '\n')
			tl_buf_str(out, editing->line_break);
		else
			tl_buf_char(out, text[i]);
	}
}

/* false: two of them are about the same bytes. */
static bool apply(struct tl_buf *out, struct editing *editing)
{
	size_t before = out->len, at = 0;

	if (editing->count > 0)
		qsort(editing->changes, editing->count, sizeof(*editing->changes), by_start);
	for (size_t i = 0; i < editing->count; i++) {
		const struct change *one = &editing->changes[i];

		if (one->start < at) {
			out->len = before;
			return false;
		}
		tl_buf_str(out, tl_str_slice(editing->bytes, at, one->start));
		put_text(out, editing, one);
		at = one->end;
	}
	tl_buf_str(out, tl_str_slice(editing->bytes, at, editing->bytes.len));
	return true;
}

/* ---- how new text looks */

/* How an entry of `collection` is written that begins at column `column`. */
static struct tl_manner manner_of(const struct editing *editing, const struct tl_item *collection, size_t column)
{
	return (struct tl_manner){ .json = editing->doc->json, .flow = is_flow(editing, collection), .column = column };
}

static void put_indent(struct editing *editing, size_t from, size_t to)
{
	tl_buf_str(&editing->texts, tl_str_slice(editing->bytes, from, to));
}

static void put_entry(struct editing *editing, const struct tl_item *collection, const struct tl_item *entry, size_t column)
{
	struct tl_manner manner = manner_of(editing, collection, column);

	if (collection->kind == TL_MAP)
		tl_doc_write_entry(&editing->texts, entry->key, entry, &manner);
	else
		tl_doc_write_element(&editing->texts, entry, &manner);
}

/* ---- entries come and go */

static bool insert_first(struct editing *editing, const struct tl_item *collection, const struct tl_item *entry)
{
	const struct tl_item *next = collection->first;
	size_t text = editing->texts.len, at, line;

	if (!next)
		return false;
	at = begin_of(editing, collection, next);
	if (at == SIZE_MAX)
		return false;
	line = line_start(editing, at);
	put_entry(editing, collection, entry, at - line);
	if (!is_flow(editing, collection)) {
		tl_buf_char(&editing->texts, '\n');
		for (size_t i = line; i < at; i++)
			tl_buf_char(&editing->texts, ' ');
	} else if (begins_line(editing, at)) {
		tl_buf_text(&editing->texts, ",\n");
		put_indent(editing, line, at);
	} else {
		tl_buf_text(&editing->texts, ", ");
	}
	change(editing, at, at, text);
	return true;
}

/* Behind an entry that stays. */
static bool insert_after(struct editing *editing, const struct tl_item *collection, const struct tl_item *before, const struct tl_item *entry)
{
	size_t text = editing->texts.len, begin, line, end = before->span.end;

	begin = begin_of(editing, collection, before);
	if (begin == SIZE_MAX)
		return false;
	line = line_start(editing, begin);
	if (is_flow(editing, collection)) {
		tl_buf_text(&editing->texts, begins_line(editing, begin) ? ",\n" : ", ");
		put_indent(editing, begins_line(editing, begin) ? line : begin, begin);
		put_entry(editing, collection, entry, begin - line);
		change(editing, end, end, text);
		return true;
	}
	/* A block scalar ends with its line. */
	if (end > begin && byte_at(editing, end - 1) == '\n')
		end--;
	end = line_end(editing, end);
	tl_buf_char(&editing->texts, '\n');
	for (size_t i = line; i < begin; i++)
		tl_buf_char(&editing->texts, ' ');
	put_entry(editing, collection, entry, begin - line);
	change(editing, end, end, text);
	return true;
}

static bool remove_lines(struct editing *editing, size_t begin, size_t end)
{
	size_t start = line_start(editing, begin);

	if (!begins_line(editing, begin))
		return false;
	if (end > begin && byte_at(editing, end - 1) == '\n')
		end--;
	end = line_end(editing, end);
	/* The last line of a file has no line break to take along but the one before it. */
	if (end < editing->bytes.len)
		end += break_length(editing, end);
	else if (start > 0)
		start = line_end(editing, start - 1);
	change(editing, start, end, editing->texts.len);
	return true;
}

/* Whether an entry of a flow collection has its lines for itself: a comment behind it speaks of it. JSON has none, and suffers no comma at the end. */
static bool has_own_lines(const struct editing *editing, size_t begin, size_t end)
{
	if (editing->doc->json || !begins_line(editing, begin))
		return false;
	while (byte_at(editing, end) == ' ' || byte_at(editing, end) == ',')
		end++;
	return end < editing->bytes.len && (byte_at(editing, end) == '#' || break_length(editing, end) > 0);
}

/* `before`: the entry in front of it, or NULL; `stays`: of all in front of it some stay. Something has to stay in the collection. */
static bool remove_entry(struct editing *editing, const struct tl_item *collection, const struct tl_item *before, const struct tl_item *entry, bool stays)
{
	size_t begin = begin_of(editing, collection, entry);

	if (begin == SIZE_MAX)
		return false;
	if (!is_flow(editing, collection) || has_own_lines(editing, begin, entry->span.end))
		return remove_lines(editing, begin, entry->span.end);
	if (stays)
		change(editing, before->span.end, entry->span.end, editing->texts.len);
	else
		change(editing, begin, entry->next ? begin_of(editing, collection, entry->next) : entry->span.end, editing->texts.len);
	return true;
}

/* ---- values */

/* An entry of a collection: its value in the file and in both trees. */
struct entry {
	const struct tl_item *within; /* the file's collection; NULL: the root */
	const struct tl_item *file, *from, *to;
};

static bool edit_value(struct editing *editing, const struct entry *entry, uint32_t depth);

static bool edit_map(struct editing *editing, const struct tl_item *file, const struct tl_item *from, const struct tl_item *to, uint32_t depth)
{
	const struct tl_item *last = NULL; /* the last entry that stays, of those that were looked at */
	bool stays = false;

	for (const struct tl_item *old = file->first, *before = NULL; old; before = old, old = old->next) {
		bool gone = !tl_item_get_str(to, old->key) && tl_item_get_str(from, old->key);

		if (gone && !remove_entry(editing, file, before, old, stays))
			return false;
		stays = stays || !gone;
	}
	for (const struct tl_item *old = from->first; old; old = old->next) {
		if (!tl_item_get_str(to, old->key) && !tl_item_get_str(file, old->key))
			return false;
	}
	for (const struct tl_item *new = to->first; new; new = new->next) {
		const struct tl_item *old = tl_item_get_str(from, new->key), *there = tl_item_get_str(file, new->key);
		bool same = old && tl_item_equal(old, new);

		if (!there && !same && !(last ? insert_after(editing, file, last, new) : insert_first(editing, file, new)))
			return false;
		if (there && !same && !edit_value(editing, &(struct entry){ file, there, old ? old : there, new }, depth))
			return false;
		last = there ? there : last;
	}
	return last != NULL;
}

static const struct tl_item *nth(const struct tl_item *list, uint32_t n)
{
	const struct tl_item *item = list->first;

	while (item && n-- > 0)
		item = item->next;
	return item;
}

/* How many elements two lists have in common at their beginnings, and behind those at their ends. */
static void common(uint32_t *head, uint32_t *tail, const struct tl_item *from, const struct tl_item *to)
{
	uint32_t least = from->count < to->count ? from->count : to->count;
	const struct tl_item *a = from->first, *b = to->first;

	*head = *tail = 0;
	for (; *head < least && tl_item_equal(a, b); a = a->next, b = b->next)
		(*head)++;
	while (*head + *tail < least && tl_item_equal(nth(from, from->count - 1 - *tail), nth(to, to->count - 1 - *tail)))
		(*tail)++;
}

/* What differs between the common ends: element for element, and then what one side has more. */
static bool edit_list(struct editing *editing, const struct tl_item *file, const struct tl_item *from, const struct tl_item *to, uint32_t depth)
{
	uint32_t head, tail, both;
	const struct tl_item *there, *old, *new, *before, *last;

	if (file->count != from->count)
		return false;
	common(&head, &tail, from, to);
	both = (from->count < to->count ? from->count : to->count) - tail;
	before = head > 0 ? nth(file, head - 1) : NULL;
	there = nth(file, head);
	old = nth(from, head);
	new = nth(to, head);
	for (uint32_t i = head; i < both; i++, there = there->next, old = old->next, new = new->next) {
		if (!edit_value(editing, &(struct entry){ file, there, old, new }, depth))
			return false;
		before = there;
	}
	last = before;
	for (uint32_t i = both; i < from->count - tail; i++, last = there, there = there->next) {
		if (!remove_entry(editing, file, last, there, before != NULL))
			return false;
	}
	for (uint32_t i = both; i < to->count - tail; i++, new = new->next) {
		if (!(before ? insert_after(editing, file, before, new) : insert_first(editing, file, new)))
			return false;
	}
	return true;
}

/* In place of a value. A collection in block style begins on a line of its own, in its column. */
static bool replace(struct editing *editing, const struct entry *entry)
{
	const struct tl_item *file = entry->file;
	size_t text = editing->texts.len, start = file->span.start, end = file->span.end, begin = start;
	bool collection = file->kind == TL_MAP || file->kind == TL_LIST;
	struct tl_manner manner = {
		.json = editing->doc->json, .flow = entry->within && is_flow(editing, entry->within), .quoted = file->kind == TL_STRING && file->quoted,
		.in_place = collection && !is_flow(editing, file) && !is_alias(editing, file),
	};

	/* An empty value has no place of its own; and what an alias repeats does not stand here. */
	if (end == start || (is_alias(editing, file) && !editing->aliases))
		return false;
	if (entry->within && !manner.in_place)
		begin = begin_of(editing, entry->within, file);
	if (begin == SIZE_MAX)
		return false;
	manner.column = begin - line_start(editing, begin);
	tl_doc_write_value(&editing->texts, entry->to, &manner);
	/* No blank before a line break; and a block scalar takes its own along. */
	if (start > 0 && editing->texts.len > text && editing->texts.data[text] == '\n' && byte_at(editing, start - 1) == ' ')
		start--;
	if (byte_at(editing, end - 1) == '\n')
		tl_buf_char(&editing->texts, '\n');
	change(editing, start, end, text);
	return true;
}

/* Whether there is more in a collection than its tree tells, which would go with it: comments, anchors that others name, aliases. */
static bool holds_more(const struct editing *editing, const struct tl_item *collection)
{
	for (size_t i = collection->span.start; i + 1 < collection->span.end; i++) {
		char before = i > collection->span.start ? byte_at(editing, i - 1) : ' ', c = byte_at(editing, i), next = byte_at(editing, i + 1);

		if (strchr(" \t\n[{,", before) != NULL && (c == '#' || ((c == '&' || c == '*') && strchr(" \t\r\n", next) == NULL)))
			return !editing->doc->json;
	}
	return false;
}

static bool edit_value(struct editing *editing, const struct entry *entry, uint32_t depth)
{
	const struct tl_item *file = entry->file, *from = entry->from, *to = entry->to;
	size_t count = editing->count, texts = editing->texts.len;
	bool collections = (file->kind == TL_MAP || file->kind == TL_LIST) && from->kind == file->kind && to->kind == file->kind;

	if (collections && depth > 0 && to->count > 0 && stands_within(file)) {
		if (file->kind == TL_MAP ? edit_map(editing, file, from, to, depth - 1) : edit_list(editing, file, from, to, depth - 1))
			return true;
		editing->count = count;
		editing->texts.len = texts;
		if (holds_more(editing, file))
			return false;
	}
	return replace(editing, entry);
}

/* ---- aliases */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether the anchor that the alias names stands in the bytes of the change, or right before them. */
static bool takes_anchor(const struct editing *editing, const struct change *change, const struct tl_item *alias)
{
	struct tl_str name = tl_str_slice(editing->bytes, alias->span.start + 1, alias->span.end);
	size_t from = change->start;

	while (from > 0 && is_blank(byte_at(editing, from - 1)))
		from--;
	from = from > name.len ? from - name.len - 1 : 0;
	for (; from + name.len < change->end; from++) {
		if (byte_at(editing, from) == '&' && tl_str_equal(tl_str_slice(editing->bytes, from + 1, from + 1 + name.len), name))
			return true;
	}
	return false;
}

/* Whether one of the first `count` changes is of what the alias repeats, and none of the alias. */
static bool is_moved(const struct editing *editing, const struct tl_item *alias, size_t count)
{
	bool moved = false;

	for (size_t i = 0; i < count; i++) {
		const struct change *one = &editing->changes[i];

		if (one->start <= alias->span.start && alias->span.end <= one->end)
			return false;
		moved = moved || takes_anchor(editing, one, alias) ||
		        (alias->first && one->start <= alias->last->span.end && one->end >= alias->first->span.start);
	}
	return moved;
}

/* An alias stays what it was where its anchor's value is changed: it says that by itself from then on. */
static void write_out_aliases(struct editing *editing, const struct tl_item *item, size_t count)
{
	const struct tl_manner manner = { .flow = true };
	size_t text = editing->texts.len;

	if (is_alias(editing, item)) {
		if (is_moved(editing, item, count)) {
			tl_doc_write_value(&editing->texts, item, &manner);
			change(editing, item->span.start, item->span.end, text);
		}
		return;
	}
	for (const struct tl_item *child = item->first; child; child = child->next)
		write_out_aliases(editing, child, count);
}

bool tl_doc_edit(struct tl_buf *out, const struct tl_doc *doc, const struct tl_item *from, const struct tl_item *to, uint32_t depth, bool aliases)
{
	struct editing editing = { .doc = doc, .aliases = aliases, .bytes = doc->source.bytes, .line_break = line_break_of(doc->source.bytes) };
	bool good = doc->root && from && to;

	good = good && (tl_item_equal(from, to) || edit_value(&editing, &(struct entry){ NULL, doc->root, from, to }, depth));
	if (good && aliases)
		write_out_aliases(&editing, doc->root, editing.count);
	good = good && apply(out, &editing);
	free(editing.changes);
	tl_buf_clear(&editing.texts);
	return good;
}
