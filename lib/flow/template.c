/* flow/template.c: names and ${…} templates of the native language to expressions. */
#include <stdlib.h>
#include <string.h>

#include "flow/build.h"

/* Values may make a flow this much longer. */
#define GROWTH ((size_t)16 << 20)

struct tl_str *tl_split_dots(struct tl_arena *arena, struct tl_str dotted, uint32_t *count)
{
	uint32_t n = 1, next = 0;
	size_t start = 0;
	struct tl_str *names;

	for (size_t i = 0; i < dotted.len; i++)
		n += dotted.ptr[i] == '.';
	names = TL_ARENA_ARRAY(arena, struct tl_str, n);
	for (size_t i = 0; i <= dotted.len; i++) {
		if (i < dotted.len && dotted.ptr[i] != '.')
			continue;
		names[next++] = tl_str_slice(dotted, start, i);
		start = i + 1;
	}
	*count = n;
	return names;
}

struct tl_variable_ref tl_builder_ref(struct tl_builder *builder, struct tl_str name)
{
	static const struct {
		const char *head;
		enum tl_scope scope;
	} builtin[] = { { "caller", TL_S_CALLER }, { "last", TL_S_LAST }, { "profile", TL_S_PROFILE } };
	struct tl_variable_ref ref = { .name = name };
	size_t dot = tl_str_find(name, TL_STR("."), 0);
	struct tl_str head = tl_str_slice(name, 0, dot == SIZE_MAX ? name.len : dot);

	if (dot != SIZE_MAX)
		ref.members = tl_split_dots(&builder->flow->arena, tl_str_slice(name, dot + 1, name.len), &ref.n_members);
	if (tl_str_is(name, "now") || tl_str_is(name, "call.language")) {
		ref.scope = name.len == 3 ? TL_S_NOW : TL_S_CALL;
		return ref;
	}
	for (size_t i = 0; i < TL_COUNT(builtin); i++) {
		if (tl_str_is(head, builtin[i].head)) {
			ref.scope = builtin[i].scope;
			return ref;
		}
	}
	ref.scope = TL_S_FLOW;
	ref.slot = tl_builder_variable(builder, head);
	return ref;
}

/* The parts of a template while it is read. */
struct parts {
	struct tl_builder *builder;
	struct tl_buf literal; /* text since the last variable */
	struct tl_expr *items;
	size_t count, capacity;
	struct tl_span span;
	uint32_t node;
};

static struct tl_expr *add_part(struct parts *parts, enum tl_expr_kind kind)
{
	struct tl_expr *part;

	parts->items = tl_grow(parts->items, &parts->capacity, parts->count + 1, sizeof(*parts->items));
	part = &parts->items[parts->count++];
	memset(part, 0, sizeof(*part));
	part->kind = kind;
	part->span = parts->span;
	return part;
}

static void end_literal(struct parts *parts)
{
	struct tl_str text;

	if (parts->literal.len == 0)
		return;
	text = tl_arena_dup(&parts->builder->flow->arena, tl_buf_view(&parts->literal));
	add_part(parts, TL_E_LITERAL)->value = tl_value_string(text);
	tl_buf_reset(&parts->literal);
}

/* Counts a value that goes in; false where a flow would get too long by them, which is said once. */
static bool may_fill(struct parts *parts, size_t len)
{
	struct tl_builder *builder = parts->builder;
	bool could = builder->filled <= GROWTH;

	builder->filled += len;
	if (builder->filled <= GROWTH)
		return true;
	if (could && builder->lower->findings)
		tl_findings_add(builder->lower->findings, &builder->flow->doc->source, parts->span, TL_ERROR, "limit",
		                "the environment's values make the flow longer by more than %zu bytes", GROWTH);
	return false;
}

/* ${env.NAME}: its value where the environment has one, else it stays as it is written. */
static void add_env(struct parts *parts, struct tl_str name)
{
	const struct tl_lower *lower = parts->builder->lower;
	struct tl_str key = tl_str_slice(name, strlen("env."), name.len);
	const struct tl_str *value = lower->values ? tl_map_ptr(lower->values, key) : NULL;
	struct tl_need *need = tl_builder_need(parts->builder, TL_NEED_ENV, key, parts->span, parts->node);
	struct tl_expr *part;

	need->set = value != NULL;
	if (value && may_fill(parts, value->len)) {
		tl_buf_str(&parts->literal, *value);
		return;
	}
	end_literal(parts);
	part = add_part(parts, TL_E_VARIABLE);
	part->variable = (struct tl_variable_ref){ .scope = TL_S_ENV, .name = name };
}

static void add_name(struct parts *parts, struct tl_str name)
{
	struct tl_expr *part;

	if (tl_str_starts(name, TL_STR("env."))) {
		add_env(parts, name);
		return;
	}
	end_literal(parts);
	part = add_part(parts, TL_E_VARIABLE);
	part->variable = tl_builder_ref(parts->builder, name);
}

static void read_parts(struct parts *parts, struct tl_str text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t dollar = tl_str_find(text, TL_STR("$"), at), close;
		char after;

		if (dollar == SIZE_MAX || dollar + 1 == text.len) {
			tl_buf_str(&parts->literal, tl_str_slice(text, at, text.len));
			break;
		}
		tl_buf_str(&parts->literal, tl_str_slice(text, at, dollar));
		after = text.ptr[dollar + 1];
		close = after == '{' ? tl_str_find(text, TL_STR("}"), dollar + 2) : SIZE_MAX;
		if (close != SIZE_MAX) {
			add_name(parts, tl_str_slice(text, dollar + 2, close));
			at = close + 1;
		} else {
			tl_buf_char(&parts->literal, '$');
			at = dollar + (after == '$' ? 2 : 1);
		}
	}
	end_literal(parts);
}

static struct tl_expr *literal(struct tl_arena *arena, struct tl_str text, struct tl_span span)
{
	struct tl_expr *expr = TL_ARENA_NEW(arena, struct tl_expr);

	expr->value = tl_value_string(text);
	expr->span = span;
	return expr;
}

struct tl_expr *tl_builder_template(struct tl_builder *builder, struct tl_str text, struct tl_span span, bool keep_type, uint32_t node)
{
	struct tl_arena *arena = &builder->flow->arena;
	struct parts parts = { .builder = builder, .span = span, .node = node };
	struct tl_expr *expr;

	if (text.len == 0 || !memchr(text.ptr, '$', text.len))
		return literal(arena, text, span);
	read_parts(&parts, text);
	if (parts.count == 0) {
		expr = literal(arena, TL_STR(""), span);
	} else if (parts.count == 1 && (parts.items[0].kind == TL_E_LITERAL || keep_type)) {
		expr = TL_ARENA_NEW(arena, struct tl_expr);
		*expr = parts.items[0];
	} else {
		expr = TL_ARENA_NEW(arena, struct tl_expr);
		expr->kind = TL_E_TEMPLATE;
		expr->span = span;
		expr->n_args = (uint32_t)parts.count;
		expr->args = TL_ARENA_ARRAY(arena, struct tl_expr, parts.count);
		memcpy(expr->args, parts.items, parts.count * sizeof(*parts.items));
	}
	free(parts.items);
	tl_buf_clear(&parts.literal);
	return expr;
}
