/* project/edit.c: where values go in the text of a project file: behind those that are there, in the manner of those. */
#include "project/edit.h"

#include "doc/json.h"
#include "doc/yaml.h"

/* What is wanted of one environment. */
struct adding {
	const struct tl_project_value *values;
	size_t count;
	struct tl_str environment;
};

static bool is_first(const struct tl_project_value *values, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (tl_str_equal(values[j].environment, values[i].environment))
			return false;
	}
	return true;
}

static void put_entry(struct tl_buf *out, const struct tl_project_value *value)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_buf_printf(out, "%.*s: ", TL_FMT(value->key));
	tl_json_string(&json, value->value);
}

/* Each on a line of its own, so far in. */
static void put_block(struct tl_buf *out, const struct adding *adding, size_t indent)
{
	for (size_t i = 0; i < adding->count; i++) {
		if (!tl_str_equal(adding->values[i].environment, adding->environment))
			continue;
		for (size_t n = 0; n < indent; n++)
			tl_buf_char(out, ' ');
		put_entry(out, &adding->values[i]);
		tl_buf_char(out, '\n');
	}
}

/* Between braces, behind what is there. */
static void put_inline(struct tl_buf *out, const struct adding *adding, bool comma)
{
	for (size_t i = 0; i < adding->count; i++) {
		if (!tl_str_equal(adding->values[i].environment, adding->environment))
			continue;
		tl_buf_text(out, comma ? ", " : "");
		put_entry(out, &adding->values[i]);
		comma = true;
	}
}

static bool in_braces(struct tl_str text, const struct tl_item *map)
{
	return map->span.start < text.len && text.ptr[map->span.start] == '{';
}

static size_t column_of(struct tl_str text, size_t at)
{
	size_t start = at;

	while (start > 0 && text.ptr[start - 1] != '\n')
		start--;
	return at - start;
}

/* The start of the line after the one that holds the last byte of what ends at `end`. */
static size_t next_line(struct tl_str text, size_t end)
{
	size_t at = tl_str_find(text, TL_STR("\n"), end > 0 ? end - 1 : 0);

	return at == SIZE_MAX ? text.len : at + 1;
}

static const struct tl_item *last_child(const struct tl_item *map)
{
	const struct tl_item *last = map->first;

	while (last && last->next)
		last = last->next;
	return last;
}

/* The end of the last thing in a map, however deep. */
static size_t end_of(const struct tl_item *item)
{
	size_t end = item->span.end > item->key_span.end ? item->span.end : item->key_span.end;

	for (const struct tl_item *child = item->kind == TL_MAP || item->kind == TL_LIST ? item->first : NULL; child; child = child->next) {
		size_t inner = end_of(child);

		end = inner > end ? inner : end;
	}
	return end;
}

static void put_before(struct tl_buf *out, struct tl_str text, size_t at)
{
	tl_buf_str(out, tl_str_slice(text, 0, at));
	if (at > 0 && text.ptr[at - 1] != '\n')
		tl_buf_char(out, '\n');
}

/* Before the closing brace of a map, blanks before it kept behind. */
static size_t inside_brace(struct tl_str text, const struct tl_item *map)
{
	size_t at = map->span.end - 1;

	while (at > map->span.start + 1 && text.ptr[at - 1] == ' ')
		at--;
	return at;
}

static void add_to_braces(struct tl_buf *out, struct tl_str text, const struct tl_item *map, const struct adding *adding, bool nested)
{
	size_t at = inside_brace(text, map);

	tl_buf_str(out, tl_str_slice(text, 0, at));
	if (nested)
		tl_buf_text(out, map->count > 0 ? ", values: {" : "values: {");
	put_inline(out, adding, !nested && map->count > 0);
	if (nested)
		tl_buf_char(out, '}');
	tl_buf_str(out, tl_str_slice(text, at, text.len));
}

static void add_to_block(struct tl_buf *out, struct tl_str text, const struct tl_item *map, const struct adding *adding, bool nested)
{
	size_t indent = column_of(text, map->first->key_span.start), at = next_line(text, end_of(last_child(map)));

	put_before(out, text, at);
	if (nested) {
		for (size_t n = 0; n < indent; n++)
			tl_buf_char(out, ' ');
		tl_buf_text(out, "values:\n");
	}
	put_block(out, adding, nested ? indent + 2 : indent);
	tl_buf_str(out, tl_str_slice(text, at, text.len));
}

/* One environment's. */
static bool add_some(struct tl_buf *out, struct tl_str path, struct tl_str text, const struct adding *adding)
{
	struct tl_read_options options = { .findings = NULL };
	const struct tl_item *environment, *values, *map;
	struct tl_doc *doc = NULL;
	bool good = false;

	tl_yaml_read(&doc, path, text, &options);
	environment = doc->root ? tl_item_get_str(tl_item_get(doc->root, "environments"), adding->environment) : NULL;
	values = tl_item_get(environment, "values");
	map = values ? values : environment;
	if (!doc->json && map && map->kind == TL_MAP && map->span.end > map->span.start) {
		good = in_braces(text, map) || map->first;
		if (in_braces(text, map))
			add_to_braces(out, text, map, adding, !values);
		else if (good)
			add_to_block(out, text, map, adding, !values);
	}
	tl_doc_free(doc);
	return good;
}

/* ---- the proof */

static bool has_values(const struct tl_project *project, const struct tl_project_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct tl_environment *environment = tl_project_environment(project, values[i].environment);
		const struct tl_str *value = environment ? tl_map_ptr(&environment->values, values[i].key) : NULL;

		if (!value || !tl_str_equal(*value, values[i].value))
			return false;
	}
	return true;
}

/* The tree without these values, and without a map of values that has no others. */
static struct tl_item *without(struct tl_arena *arena, const struct tl_item *item, const struct tl_project_value *values, size_t count, unsigned depth,
                               struct tl_str environment)
{
	struct tl_item *copy = tl_item_copy(arena, item);

	if (item->kind != TL_MAP || depth > 3)
		return copy;
	copy->first = copy->last = NULL;
	copy->count = 0;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		struct tl_item *kept;
		bool added = false;

		if (depth == 0 && !tl_str_is(child->key, "environments")) {
			tl_item_put(copy, child->key, tl_item_copy(arena, child));
			continue;
		}
		for (size_t i = 0; i < count && depth == 3; i++)
			added |= tl_str_equal(values[i].environment, environment) && tl_str_equal(values[i].key, child->key);
		if (added)
			continue;
		if (depth == 2 && !tl_str_is(child->key, "values")) {
			tl_item_put(copy, child->key, tl_item_copy(arena, child));
			continue;
		}
		kept = without(arena, child, values, count, depth + 1, depth == 1 ? child->key : environment);
		if (depth != 2 || kept->kind != TL_MAP || kept->count > 0)
			tl_item_put(copy, child->key, kept);
	}
	return copy;
}

static bool says_the_same(struct tl_str path, struct tl_str before, struct tl_str after, const struct tl_project_value *values, size_t count)
{
	struct tl_read_options options = { .findings = NULL };
	struct tl_doc *old = NULL, *new = NULL;
	struct tl_arena arena = { 0 };
	bool same = false;

	tl_yaml_read(&old, path, before, &options);
	tl_yaml_read(&new, path, after, &options);
	if (old->root && new->root)
		same = tl_item_equal(without(&arena, old->root, values, count, 0, TL_STR("")), without(&arena, new->root, values, count, 0, TL_STR("")));
	tl_doc_free(old);
	tl_doc_free(new);
	tl_arena_clear(&arena);
	return same;
}

static bool is_proven(struct tl_str path, struct tl_str before, struct tl_str after, const struct tl_project_value *values, size_t count,
                      const struct tl_schemas *schemas)
{
	struct tl_findings findings = { 0 };
	struct tl_project *project = NULL;
	struct tl_error err = { 0 };
	bool good = tl_project_read(&project, path, after, schemas, &findings, &err) == 0 && has_values(project, values, count) &&
		    says_the_same(path, before, after, values, count);

	tl_project_free(project);
	tl_findings_clear(&findings);
	return good;
}

bool tl_project_add_values(struct tl_buf *out, struct tl_str path, struct tl_str bytes, const struct tl_project_value *values, size_t count,
                           const struct tl_schemas *schemas)
{
	struct tl_buf now = { 0 };
	bool good = true;

	tl_buf_str(out, bytes);
	for (size_t i = 0; i < count && good; i++) {
		const struct adding adding = { values, count, values[i].environment };

		if (!is_first(values, i))
			continue;
		good = add_some(&now, path, tl_buf_view(out), &adding);
		tl_buf_clear(out);
		*out = now;
		now = (struct tl_buf){ 0 };
	}
	return good && is_proven(path, bytes, tl_buf_view(out), values, count, schemas);
}
