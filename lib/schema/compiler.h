/* schema/compiler.h: a schema being compiled; shared by compile.c, keywords*.c and resolve.c alone. */
#ifndef TL_SCHEMA_COMPILER_H
#define TL_SCHEMA_COMPILER_H

#include "schema/node.h"

/* A "$ref" or "$dynamicRef" whose target is sought when every schema of the document is known. */
struct tl_pending {
	struct tl_node *node;
	struct tl_str uri;     /* absolute, with its fragment */
	const struct tl_path *path; /* of the keyword */
	bool dynamic;
	struct tl_pending *next;
};

struct tl_compiler {
	struct tl_schema *schema;
	struct tl_arena *arena; /* the schema's */
	tl_schema_loader *loader;
	void *data;
	struct tl_map resources; /* URI -> struct tl_resource * */
	struct tl_map nodes;     /* address of the item -> struct tl_node * */
	struct tl_pending *pending, **pending_end;
	struct tl_error *err;
};

/* One keyword of a schema. */
struct tl_keyword {
	struct tl_compiler *c;
	struct tl_node *node;
	const struct tl_item *value;
	const struct tl_path *path;
};

/* Compiles `item` and all schemas within it; NULL on failure, c->err says why. Owned by the schema. */
struct tl_node *tl_compile_node(struct tl_compiler *c, const struct tl_item *item, struct tl_resource *resource,
                                const struct tl_path *path);
/* One step further than `outer`. */
const struct tl_path *tl_path_add(struct tl_compiler *c, const struct tl_path *outer, struct tl_str step);
/* Sets the error "#/properties/start: …"; always -1. */
int tl_compile_fail(struct tl_compiler *c, enum tl_code code, const struct tl_path *path, const char *fmt, ...) TL_PRINTF(4, 5);
/* The keyword's value is not what the keyword takes; always -1. */
int tl_keyword_fail(const struct tl_keyword *k, const char *wanted);

/* The functions of the table in compile.c; 0 or -1. */
typedef int tl_keyword_fn(struct tl_keyword *k);
/* keywords.c: demands on single values */
tl_keyword_fn tl_keyword_type, tl_keyword_enum, tl_keyword_const;
tl_keyword_fn tl_keyword_minimum, tl_keyword_maximum, tl_keyword_above, tl_keyword_below, tl_keyword_step;
tl_keyword_fn tl_keyword_min_length, tl_keyword_max_length, tl_keyword_pattern, tl_keyword_format;
tl_keyword_fn tl_keyword_min_items, tl_keyword_max_items, tl_keyword_unique;
tl_keyword_fn tl_keyword_min_properties, tl_keyword_max_properties;
tl_keyword_fn tl_keyword_count, tl_keyword_string, tl_keyword_boolean, tl_keyword_anything;
tl_keyword_fn tl_keyword_expected, tl_keyword_message, tl_keyword_help, tl_keyword_title;
/* applicators.c: schemas within schemas */
tl_keyword_fn tl_keyword_defs, tl_keyword_all, tl_keyword_any, tl_keyword_one, tl_keyword_not;
tl_keyword_fn tl_keyword_if, tl_keyword_then, tl_keyword_else;
tl_keyword_fn tl_keyword_prefix, tl_keyword_items, tl_keyword_contains, tl_keyword_unevaluated_items;
tl_keyword_fn tl_keyword_properties, tl_keyword_patterns, tl_keyword_additional, tl_keyword_names;
tl_keyword_fn tl_keyword_unevaluated_properties, tl_keyword_dependent_schemas, tl_keyword_dependent_required;
tl_keyword_fn tl_keyword_content;
/* resolve.c: names and references */
tl_keyword_fn tl_keyword_schema, tl_keyword_id, tl_keyword_anchor, tl_keyword_dynamic_anchor;
tl_keyword_fn tl_keyword_ref, tl_keyword_dynamic_ref;

/* The compiled pattern of that text, shared by all that ask for it; NULL on failure. */
const struct tl_pattern *tl_compile_pattern(const struct tl_keyword *k, struct tl_str text);
/* The rules of a node, made where there were none yet. */
struct tl_list_rules *tl_list_rules_of(const struct tl_keyword *k);
struct tl_map_rules *tl_map_rules_of(const struct tl_keyword *k);
struct tl_logic *tl_logic_of(const struct tl_keyword *k);

/* The resource that begins at `item` where it has an "$id" (registered, with its absolute URI), else `outer`. NULL on failure. */
struct tl_resource *tl_resource_enter(struct tl_compiler *c, const struct tl_item *item, struct tl_resource *outer, const struct tl_path *path);
/* Registers a document's root under `uri` and compiles it; NULL on failure. */
struct tl_node *tl_resource_compile(struct tl_compiler *c, const struct tl_item *root, struct tl_str uri);
/* Finds the target of every reference, loading documents as they are named; 0 or -1. */
int tl_references_resolve(struct tl_compiler *c);
/* Refuses a schema that refers to itself for the same value; 0 or -1. */
int tl_loops_refuse(struct tl_compiler *c);

#endif
