/* From a tree to the compiled form: one table of keywords, and whatever it does not name is refused. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "schema/compiler.h"

/* A view of a literal, for a table. */
#define TEXT(literal) { (literal), sizeof(literal) - 1 }

static const struct {
	struct tl_str name;
	tl_keyword_fn *compile;
} keyword_table[] = {
	{ TEXT("$schema"), tl_keyword_schema },
	{ TEXT("$vocabulary"), tl_keyword_anything },
	{ TEXT("$id"), tl_keyword_id },
	{ TEXT("$anchor"), tl_keyword_anchor },
	{ TEXT("$dynamicAnchor"), tl_keyword_dynamic_anchor },
	{ TEXT("$ref"), tl_keyword_ref },
	{ TEXT("$dynamicRef"), tl_keyword_dynamic_ref },
	{ TEXT("$defs"), tl_keyword_defs },
	{ TEXT("$comment"), tl_keyword_string },
	{ TEXT("allOf"), tl_keyword_all },
	{ TEXT("anyOf"), tl_keyword_any },
	{ TEXT("oneOf"), tl_keyword_one },
	{ TEXT("not"), tl_keyword_not },
	{ TEXT("if"), tl_keyword_if },
	{ TEXT("then"), tl_keyword_then },
	{ TEXT("else"), tl_keyword_else },
	{ TEXT("dependentSchemas"), tl_keyword_dependent_schemas },
	{ TEXT("prefixItems"), tl_keyword_prefix },
	{ TEXT("items"), tl_keyword_items },
	{ TEXT("contains"), tl_keyword_contains },
	{ TEXT("properties"), tl_keyword_properties },
	{ TEXT("patternProperties"), tl_keyword_patterns },
	{ TEXT("additionalProperties"), tl_keyword_additional },
	{ TEXT("propertyNames"), tl_keyword_names },
	{ TEXT("unevaluatedItems"), tl_keyword_unevaluated_items },
	{ TEXT("unevaluatedProperties"), tl_keyword_unevaluated_properties },
	{ TEXT("type"), tl_keyword_type },
	{ TEXT("enum"), tl_keyword_enum },
	{ TEXT("const"), tl_keyword_const },
	{ TEXT("multipleOf"), tl_keyword_step },
	{ TEXT("maximum"), tl_keyword_maximum },
	{ TEXT("exclusiveMaximum"), tl_keyword_below },
	{ TEXT("minimum"), tl_keyword_minimum },
	{ TEXT("exclusiveMinimum"), tl_keyword_above },
	{ TEXT("maxLength"), tl_keyword_max_length },
	{ TEXT("minLength"), tl_keyword_min_length },
	{ TEXT("pattern"), tl_keyword_pattern },
	{ TEXT("maxItems"), tl_keyword_max_items },
	{ TEXT("minItems"), tl_keyword_min_items },
	{ TEXT("uniqueItems"), tl_keyword_unique },
	{ TEXT("maxContains"), tl_keyword_count },
	{ TEXT("minContains"), tl_keyword_count },
	{ TEXT("maxProperties"), tl_keyword_max_properties },
	{ TEXT("minProperties"), tl_keyword_min_properties },
	{ TEXT("required"), tl_keyword_properties },
	{ TEXT("dependentRequired"), tl_keyword_dependent_required },
	{ TEXT("title"), tl_keyword_title },
	{ TEXT("description"), tl_keyword_string },
	{ TEXT("default"), tl_keyword_anything },
	{ TEXT("deprecated"), tl_keyword_boolean },
	{ TEXT("readOnly"), tl_keyword_boolean },
	{ TEXT("writeOnly"), tl_keyword_boolean },
	{ TEXT("examples"), tl_keyword_anything },
	{ TEXT("format"), tl_keyword_format },
	{ TEXT("contentEncoding"), tl_keyword_string },
	{ TEXT("contentMediaType"), tl_keyword_string },
	{ TEXT("contentSchema"), tl_keyword_content },
	{ TEXT("x-expected"), tl_keyword_expected },
	{ TEXT("x-message"), tl_keyword_message },
	{ TEXT("x-help"), tl_keyword_help },
};

const struct tl_path *tl_path_add(struct tl_compiler *c, const struct tl_path *outer, struct tl_str step)
{
	struct tl_path *path = TL_ARENA_NEW(c->arena, struct tl_path);
	*path = (struct tl_path){ outer, step };
	return path;
}

/* As a JSON pointer behind the URI. Recursive, as deep as the schema's own nesting. */
static void add_path(struct tl_buf *buf, const struct tl_path *path)
{
	if (!path->outer) {
		tl_buf_str(buf, path->step);
		return;
	}
	add_path(buf, path->outer);
	tl_buf_char(buf, '/');
	for (size_t i = 0; i < path->step.len; i++) {
		if (path->step.ptr[i] == '~')
			tl_buf_text(buf, "~0");
		else if (path->step.ptr[i] == '/')
			tl_buf_text(buf, "~1");
		else
			tl_buf_char(buf, path->step.ptr[i]);
	}
}

int tl_compile_fail(struct tl_compiler *c, enum tl_code code, const struct tl_path *path, const char *fmt, ...)
{
	struct tl_buf buf = { 0 };
	va_list args;
	add_path(&buf, path);
	tl_buf_text(&buf, ": ");
	va_start(args, fmt);
	tl_buf_vprintf(&buf, fmt, args);
	va_end(args);
	tl_error_set(c->err, code, "%.*s", TL_FMT(tl_buf_view(&buf)));
	tl_buf_clear(&buf);
	return -1;
}

int tl_keyword_fail(const struct tl_keyword *k, const char *wanted)
{
	return tl_compile_fail(k->c, TL_USAGE, k->path, "must be %s", wanted);
}

static int compile_keyword(struct tl_keyword *k)
{
	struct tl_str name = k->value->key;
	for (size_t i = 0; i < TL_COUNT(keyword_table); i++)
		if (tl_str_equal(name, keyword_table[i].name))
			return keyword_table[i].compile(k);
	if (tl_str_starts(name, TL_STR("x-")))
		return 0;
	return tl_compile_fail(k->c, TL_UNSUPPORTED, k->path, "the keyword '%.*s' is not supported", TL_FMT(name));
}

/* Kinds of which nothing is asked beyond the type. */
static uint8_t plain_kinds(const struct tl_node *node)
{
	unsigned plain = node->logic || node->enumeration || node->constant ? 0 : TL_TYPE_ANY;
	if (node->number)
		plain &= ~(unsigned)TL_TYPE_NUMBER;
	if (node->string)
		plain &= ~(unsigned)TL_TYPE_STRING;
	if (node->list)
		plain &= ~(unsigned)TL_TYPE_LIST;
	if (node->map)
		plain &= ~(unsigned)TL_TYPE_MAP;
	return (uint8_t)plain;
}

static struct tl_node *node_new(struct tl_compiler *c, const struct tl_item *item, struct tl_resource *resource, const struct tl_path *path)
{
	struct tl_node *node = TL_ARENA_NEW(c->arena, struct tl_node);
	node->item = item;
	node->quick = node;
	node->path = path;
	node->resource = resource;
	node->types = TL_TYPE_ANY;
	node->made_before = c->schema->last;
	c->schema->last = node;
	tl_map_put(&c->nodes, TL_ADDRESS(node->item), NULL)->value.ptr = node;
	return node;
}

struct tl_node *tl_compile_node(struct tl_compiler *c, const struct tl_item *item, struct tl_resource *resource,
                                const struct tl_path *path)
{
	if (item->kind != TL_MAP && item->kind != TL_BOOLEAN) {
		tl_compile_fail(c, TL_USAGE, path, "must be a schema: a map, true or false");
		return NULL;
	}
	resource = tl_resource_enter(c, item, resource, path);
	if (!resource)
		return NULL;
	struct tl_node *node = node_new(c, item, resource, path);
	node->never = item->kind == TL_BOOLEAN && !item->boolean;
	for (const struct tl_item *value = item->first; value; value = value->next) {
		struct tl_keyword k = { c, node, value, tl_path_add(c, path, value->key) };
		if (compile_keyword(&k) < 0)
			return NULL;
	}
	if (node->never)
		node->types = 0;
	node->plain = plain_kinds(node);
	return node;
}

/* Whether a node says nothing but "$ref" (and words). */
static bool is_lone_reference(const struct tl_node *node)
{
	const struct tl_logic *logic = node->logic;
	return logic && logic->ref && node->types == TL_TYPE_ANY && !node->enumeration && !node->constant && !node->number &&
	       !node->string && !node->list && !node->map && !logic->dynamic_ref && !logic->all.count && !logic->any.count &&
	       !logic->one.count && !logic->not_ && !logic->if_;
}

/* Lets each lone reference be stepped over, unless the way to a schema matters. */
static void shorten_references(struct tl_schema *schema)
{
	for (struct tl_node *node = schema->last; node && !schema->dynamic; node = node->made_before) {
		const struct tl_node *target = node;
		while (is_lone_reference(target))
			target = target->logic->ref;
		node->quick = target;
	}
}

int tl_schema_compile(struct tl_schema **out, const struct tl_item *root, tl_schema_loader *loader, void *data, struct tl_error *err)
{
	struct tl_schema *schema = tl_alloc_zero(1, sizeof(*schema));
	struct tl_compiler c = { .schema = schema, .arena = &schema->arena, .loader = loader, .data = data, .err = err };
	int result = -1;
	*out = NULL;
	tl_arena_init(&schema->arena);
	c.pending_end = &c.pending;
	schema->root = tl_resource_compile(&c, root, TL_STR(""));
	if (!schema->root || tl_references_resolve(&c) < 0 || tl_loops_refuse(&c) < 0)
		goto out;
	shorten_references(schema);
	*out = schema;
	result = 0;
out:
	tl_map_clear(&c.resources);
	tl_map_clear(&c.nodes);
	if (result < 0)
		tl_schema_free(schema);
	return result;
}

void tl_schema_free(struct tl_schema *schema)
{
	if (!schema)
		return;
	if (schema->builtin)
		tl_builtin_free(schema->builtin);
	for (size_t i = 0; i < schema->patterns.count; i++)
		tl_pattern_free(schema->patterns.entries[i].value.ptr);
	tl_map_clear(&schema->patterns);
	tl_arena_clear(&schema->arena);
	free(schema);
}
