/* Names and references: "$id", anchors, "$ref", and the loops that they can make. */
#include "base/text.h"
#include "schema/compiler.h"
#include "schema/uri.h"

/* The one dialect, with and without the empty fragment. */
static const char *const dialect_table[] = {
	"https://json-schema.org/draft/2020-12/schema",
	"https://json-schema.org/draft/2020-12/schema#",
};

int tl_keyword_schema(struct tl_keyword *k)
{
	for (size_t i = 0; i < TL_COUNT(dialect_table); i++)
		if (k->value->kind == TL_STRING && tl_str_is(k->value->text, dialect_table[i]))
			return 0;
	return tl_compile_fail(k->c, TL_UNSUPPORTED, k->path, "the dialect '%.*s' is not supported", TL_FMT(k->value->text));
}

/* Done on entry to the schema. */
int tl_keyword_id(struct tl_keyword *k)
{
	return k->value->kind == TL_STRING ? 0 : tl_keyword_fail(k, "a URI reference");
}

struct tl_resource *tl_resource_enter(struct tl_compiler *c, const struct tl_item *item, struct tl_resource *outer, const struct tl_path *path)
{
	const struct tl_item *id = tl_item_get(item, "$id");
	struct tl_str uri, fragment;
	if (!id || id->kind != TL_STRING)
		return outer;
	tl_uri_split(tl_uri_resolve(c->arena, outer->uri, id->text), &uri, &fragment);
	if (fragment.len) {
		tl_compile_fail(c, TL_USAGE, path, "'$id' must be a URI without a fragment");
		return NULL;
	}
	struct tl_resource *known = tl_map_ptr(&c->resources, uri);
	if (known && known->root == item)
		return known;
	if (known) {
		tl_compile_fail(c, TL_USAGE, path, "there is another schema with the '$id' '%.*s'", TL_FMT(uri));
		return NULL;
	}
	/* a document's root has one resource, known by the address it was found at and by its own */
	struct tl_resource *resource = outer->root == item ? outer : TL_ARENA_NEW(c->arena, struct tl_resource);
	resource->uri = uri;
	resource->root = item;
	tl_map_put(&c->resources, uri, NULL)->value.ptr = resource;
	return resource;
}

struct tl_node *tl_resource_compile(struct tl_compiler *c, const struct tl_item *root, struct tl_str uri)
{
	struct tl_resource *resource = TL_ARENA_NEW(c->arena, struct tl_resource);
	resource->uri = uri;
	resource->root = root;
	tl_map_put(&c->resources, uri, NULL)->value.ptr = resource;
	return tl_compile_node(c, root, resource, tl_path_add(c, NULL, tl_arena_printf(c->arena, "%.*s#", TL_FMT(uri))));
}

static int add_anchor(struct tl_keyword *k, bool dynamic)
{
	struct tl_resource *resource = k->node->resource;
	if (k->value->kind != TL_STRING || k->value->text.len == 0)
		return tl_keyword_fail(k, "a name");
	for (const struct tl_anchor *anchor = resource->anchors; anchor; anchor = anchor->next)
		if (tl_str_equal(anchor->name, k->value->text) && anchor->node != k->node)
			return tl_keyword_fail(k, "a name that no other schema of the same resource has");
	struct tl_anchor *anchor = TL_ARENA_NEW(k->c->arena, struct tl_anchor);
	*anchor = (struct tl_anchor){ k->value->text, k->node, dynamic, resource->anchors };
	resource->anchors = anchor;
	return 0;
}

int tl_keyword_anchor(struct tl_keyword *k)
{
	return add_anchor(k, false);
}

int tl_keyword_dynamic_anchor(struct tl_keyword *k)
{
	return add_anchor(k, true);
}

static int add_pending(struct tl_keyword *k, bool dynamic)
{
	if (k->value->kind != TL_STRING)
		return tl_keyword_fail(k, "a URI reference");
	struct tl_pending *pending = TL_ARENA_NEW(k->c->arena, struct tl_pending);
	pending->node = k->node;
	pending->uri = tl_uri_resolve(k->c->arena, k->node->resource->uri, k->value->text);
	pending->path = k->path;
	pending->dynamic = dynamic;
	*k->c->pending_end = pending;
	k->c->pending_end = &pending->next;
	tl_logic_of(k);
	return 0;
}

int tl_keyword_ref(struct tl_keyword *k)
{
	return add_pending(k, false);
}

int tl_keyword_dynamic_ref(struct tl_keyword *k)
{
	k->c->schema->dynamic = true;
	return add_pending(k, true);
}

/* The resource of that URI, loaded and compiled where it is not known yet; NULL where nobody has it, or on failure. */
static const struct tl_resource *find_resource(struct tl_compiler *c, struct tl_str uri)
{
	const struct tl_resource *known = tl_map_ptr(&c->resources, uri);
	if (known || !c->loader)
		return known;
	const struct tl_item *root = c->loader(c->data, uri);
	if (!root || !tl_resource_compile(c, root, uri))
		return NULL;
	return tl_map_ptr(&c->resources, uri);
}

/* One step of a pointer, unescaped. */
static struct tl_str pointer_step(struct tl_arena *arena, struct tl_str step)
{
	char *out = tl_arena_alloc(arena, step.len + 1, 1);
	size_t len = 0;
	for (size_t i = 0; i < step.len; i++) {
		bool escape = step.ptr[i] == '~' && i + 1 < step.len && (step.ptr[i + 1] == '0' || step.ptr[i + 1] == '1');
		out[len++] = step.ptr[i];
		if (escape)
			out[len - 1] = step.ptr[++i] == '0' ? '~' : '/';
	}
	return (struct tl_str){ out, len };
}

static const struct tl_item *list_item(const struct tl_item *list, struct tl_str place)
{
	uint64_t at = 0;
	if (place.len == 0 || place.len > 9)
		return NULL;
	for (size_t i = 0; i < place.len; i++) {
		if (place.ptr[i] < '0' || place.ptr[i] > '9')
			return NULL;
		at = at * 10 + (uint64_t)(place.ptr[i] - '0');
	}
	const struct tl_item *item = list->first;
	while (item && at-- > 0)
		item = item->next;
	return item;
}

/* What a JSON pointer leads to, or NULL. */
static const struct tl_item *pointer_follow(struct tl_arena *arena, const struct tl_item *item, struct tl_str pointer)
{
	size_t at = 0;
	while (item && at < pointer.len) {
		size_t end = tl_str_find(pointer, TL_STR("/"), at + 1);
		if (end == SIZE_MAX)
			end = pointer.len;
		struct tl_str step = pointer_step(arena, tl_str_slice(pointer, at + 1, end));
		item = item->kind == TL_LIST ? list_item(item, step) : tl_item_get_str(item, step);
		at = end;
	}
	return item;
}

static const struct tl_anchor *find_anchor(const struct tl_resource *resource, struct tl_str name)
{
	for (const struct tl_anchor *anchor = resource->anchors; anchor; anchor = anchor->next)
		if (tl_str_equal(anchor->name, name))
			return anchor;
	return NULL;
}

/* The schema that `fragment` names within `resource`, or NULL. */
static const struct tl_node *find_node(struct tl_compiler *c, const struct tl_resource *resource, struct tl_str fragment)
{
	if (fragment.len && fragment.ptr[0] != '/') {
		const struct tl_anchor *anchor = find_anchor(resource, fragment);
		return anchor ? anchor->node : NULL;
	}
	const struct tl_item *item = pointer_follow(c->arena, resource->root, fragment);
	return item ? tl_map_ptr(&c->nodes, TL_ADDRESS(item)) : NULL;
}

static int resolve_one(struct tl_compiler *c, const struct tl_pending *pending)
{
	struct tl_str uri, fragment;
	struct tl_error none = { 0 };
	tl_uri_split(pending->uri, &uri, &fragment);
	fragment = tl_text_percent_decode(c->arena, fragment);
	if (c->err)
		*c->err = none;
	const struct tl_resource *resource = find_resource(c, uri);
	if (!resource && c->err && c->err->code != TL_OK)
		return -1;
	const struct tl_node *target = resource ? find_node(c, resource, fragment) : NULL;
	if (!target)
		return tl_compile_fail(c, TL_UNSUPPORTED, pending->path, "there is no schema '%.*s'", TL_FMT(pending->uri));
	struct tl_logic *logic = pending->node->logic;
	if (!pending->dynamic) {
		logic->ref = target;
		return 0;
	}
	const struct tl_anchor *anchor = find_anchor(resource, fragment);
	logic->dynamic_ref = target;
	if (anchor && anchor->dynamic && anchor->node == target)
		logic->dynamic_name = anchor->name;
	return 0;
}

int tl_references_resolve(struct tl_compiler *c)
{
	/* loading a document adds to the end of the row */
	for (const struct tl_pending *pending = c->pending; pending; pending = pending->next)
		if (resolve_one(c, pending) < 0)
			return -1;
	return 0;
}

static int visit(struct tl_compiler *c, struct tl_node *node, unsigned depth);

static int visit_list(struct tl_compiler *c, const struct tl_nodes *nodes, unsigned depth)
{
	for (uint32_t i = 0; i < nodes->count; i++)
		if (visit(c, nodes->items[i], depth) < 0)
			return -1;
	return 0;
}

/* Every schema that `node` lays on the same value. */
static int visit_edges(struct tl_compiler *c, const struct tl_node *node, unsigned depth)
{
	const struct tl_logic *logic = node->logic;
	for (uint32_t i = 0; node->map && i < node->map->n_dependents; i++)
		if (visit(c, (struct tl_node *)node->map->dependents[i].node, depth) < 0)
			return -1;
	if (!logic)
		return 0;
	const struct tl_node *single[] = { logic->ref, logic->dynamic_ref, logic->not_, logic->if_, logic->then_, logic->else_ };
	for (size_t i = 0; i < TL_COUNT(single); i++)
		if (visit(c, (struct tl_node *)single[i], depth) < 0)
			return -1;
	if (visit_list(c, &logic->all, depth) < 0 || visit_list(c, &logic->any, depth) < 0)
		return -1;
	return visit_list(c, &logic->one, depth);
}

static int visit(struct tl_compiler *c, struct tl_node *node, unsigned depth)
{
	if (!node || node->visit == 2)
		return 0;
	if (node->visit == 1 || depth > TL_SCHEMA_DEPTH)
		return tl_compile_fail(c, TL_UNSUPPORTED, node->path, "refers to itself for the same value");
	node->visit = 1;
	int result = visit_edges(c, node, depth + 1);
	node->visit = 2;
	return result;
}

int tl_loops_refuse(struct tl_compiler *c)
{
	for (struct tl_node *node = c->schema->last; node; node = node->made_before)
		if (visit(c, node, 0) < 0)
			return -1;
	return 0;
}
