/* schema/node.h: a schema in its compiled form; for the files of this room alone. */
#ifndef TL_SCHEMA_NODE_H
#define TL_SCHEMA_NODE_H

#include "base/map.h"
#include "doc/tree.h"
#include "schema/builtin.h"
#include "schema/keys.h"
#include "schema/pattern.h"
#include "schema/schema.h"

/* A set of kinds: bit `1 << kind`, and one for whole numbers where other numbers are not allowed. */
enum {
	TL_TYPE_NUMBER = 1 << TL_NUMBER,
	TL_TYPE_STRING = 1 << TL_STRING,
	TL_TYPE_LIST = 1 << TL_LIST,
	TL_TYPE_MAP = 1 << TL_MAP,
	TL_TYPE_ANY = 63,
	TL_TYPE_INTEGER = 64,
};

/* Schemas within schemas within values, all counted: past it a value is refused, so that no schema can exhaust the stack. */
#define TL_SCHEMA_DEPTH 4000

struct tl_node;

/* Where a schema or a keyword stands: the way from the root, innermost step first. The root's step is its URI with '#'. */
struct tl_path {
	const struct tl_path *outer; /* NULL for the root */
	struct tl_str step;          /* not escaped */
};

/* A pointer as a key for a map: its bytes, read from where it is kept, which must outlive the map's entry. */
#define TL_ADDRESS(place) ((struct tl_str){ (const char *)&(place), sizeof(void *) })

/* A row of schemas. */
struct tl_nodes {
	struct tl_node **items;
	uint32_t count;
};

/* "enum" or "const". */
struct tl_values {
	const struct tl_item *list; /* the schema's own: the list of "enum", or the one value of "const" */
	bool constant;
	bool strings;        /* nothing but strings: `keys` answers */
	struct tl_keys keys;
};

struct tl_number_rules {
	bool has_least, has_most, has_above, has_below, has_step;
	double least, most, above, below, step;
};

struct tl_string_rules {
	double least, most; /* code points; `most` is infinite where not given */
	const struct tl_pattern *pattern;
	struct tl_str pattern_text;
};

struct tl_list_rules {
	struct tl_nodes prefix;
	const struct tl_node *items; /* of what follows the prefix, or NULL */
	const struct tl_node *contains;
	const struct tl_node *unevaluated;
	double least, most;
	double contains_least, contains_most;
	bool unique;
};

/* One name under "properties" or "required". */
struct tl_property {
	const struct tl_node *node; /* NULL where it is only required */
	bool required;
};

struct tl_pattern_property {
	const struct tl_pattern *pattern;
	const struct tl_node *node;
};

/* What the presence of one key asks for: other keys, a schema, or both. */
struct tl_dependent {
	struct tl_str key;
	const struct tl_str *keys;
	uint32_t n_keys;
	const struct tl_node *node;
};

struct tl_map_rules {
	struct tl_keys keys; /* names in "properties", then those that are only required */
	struct tl_property *properties;
	uint32_t n_known; /* the first of them: those in "properties" */
	uint32_t n_required;
	const struct tl_str *required; /* in the schema's order */
	struct tl_pattern_property *patterns;
	uint32_t n_patterns;
	const struct tl_node *additional;
	const struct tl_node *names;
	const struct tl_node *unevaluated;
	struct tl_dependent *dependents;
	uint32_t n_dependents;
	double least, most;
};

/* Members of an "allOf" of the form {if: {properties: {KEY: {const: "x"}}, required: [KEY]}, then: …}, found by one look-up. */
struct tl_switch {
	struct tl_str key;
	struct tl_keys values;
	const struct tl_node **then;    /* by value */
	const struct tl_node **members; /* as written, for what is no map */
};

/* What applies to the same value, of whatever kind. */
struct tl_logic {
	const struct tl_node *ref;
	const struct tl_node *dynamic_ref; /* where it leads to at first */
	struct tl_str dynamic_name;        /* no pointer: it is an ordinary reference */
	struct tl_nodes all, any, one;
	struct tl_nodes plain; /* those of `all` that no switch answers for */
	struct tl_switch *switches;
	uint32_t n_switches;
	const struct tl_node *not_;
	const struct tl_node *if_, *then_, *else_;
};

/* The schema's own words for findings; no pointer where it has none. */
struct tl_words {
	struct tl_str expected; /* "x-expected", else "title": "a duration such as 5s" */
	struct tl_str message;  /* "x-message": the whole message where this schema's own demands are not met */
	struct tl_str help;     /* "x-help" */
};

struct tl_node {
	const struct tl_item *item;  /* the schema itself */
	const struct tl_node *quick; /* itself, or what nothing but a chain of "$ref" leads to */
	const struct tl_path *path;  /* where it stands */
	struct tl_resource *resource;
	uint8_t types; /* allowed */
	uint8_t plain; /* kinds of which nothing but the type is asked */
	bool never;    /* false, or {not: {}} */
	bool tracks;   /* has "unevaluated…" */
	struct tl_values *enumeration, *constant;
	struct tl_number_rules *number;
	struct tl_string_rules *string;
	struct tl_list_rules *list;
	struct tl_map_rules *map;
	struct tl_logic *logic;
	struct tl_words words;
	uint8_t visit;           /* 0 not yet, 1 under way, 2 done: for finding loops */
	struct tl_node *made_before;
};

/* An "$anchor" or "$dynamicAnchor". */
struct tl_anchor {
	struct tl_str name;
	struct tl_node *node;
	bool dynamic;
	struct tl_anchor *next;
};

/* A schema with a URI of its own. */
struct tl_resource {
	struct tl_str uri; /* without fragment; empty for a document that has none */
	const struct tl_item *root;
	struct tl_anchor *anchors;
};

struct tl_schema {
	struct tl_arena arena;
	struct tl_node *root;
	struct tl_node *last; /* all of them, by made_before */
	struct tl_map patterns; /* text -> struct tl_pattern * */
	bool dynamic; /* "$dynamicRef" is used, so the way that led to a schema matters */
	struct tl_builtin *builtin; /* a schema of our own, which stands for the rest; or NULL */
};

/* The resources on the way from the root, innermost first. */
struct tl_scope {
	const struct tl_resource *resource;
	const struct tl_scope *outer;
};

/* One check under way. */
struct tl_run {
	const struct tl_schema *schema;
	const struct tl_scope *scope;
	struct tl_pattern_scratch scratch;
	unsigned depth;
	bool too_deep;
};

/* Which children of one value some schema has looked at; only where "unevaluated…" asks. */
struct tl_marks {
	bool *seen;
	uint32_t count;
};

static inline bool tl_is_whole(double number)
{
	return number >= -9007199254740992.0 && number <= 9007199254740992.0 ? number == (double)(int64_t)number
	                                                                     : number - number == 0;
}

static inline bool tl_node_takes_kind(const struct tl_node *node, const struct tl_item *item)
{
	if (node->types & (1u << item->kind))
		return true;
	return item->kind == TL_NUMBER && (node->types & TL_TYPE_INTEGER) && tl_is_whole(item->number);
}

/* Whether `item` is valid, without a word. `marks` (may be NULL) gains the children that were looked at, where it is. */
bool tl_node_valid(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks);
/* All of it but "unevaluated…"; `marks` gains children even where the answer is no. */
bool tl_node_demands_hold(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks);
/* Where "$dynamicRef" leads to here. */
const struct tl_node *tl_dynamic_target(const struct tl_run *run, const struct tl_logic *logic);
/* Enters the resource of `node` where it is another one; `scope` is the caller's and lives as long as the visit. */
void tl_scope_enter(struct tl_run *run, struct tl_scope *scope, const struct tl_node *node);

/* Single demands. */
bool tl_values_hold(const struct tl_values *values, const struct tl_item *item);
bool tl_number_holds(const struct tl_number_rules *rules, double number);
bool tl_string_holds(struct tl_run *run, const struct tl_string_rules *rules, struct tl_str text);
bool tl_step_holds(double number, double step);
bool tl_items_distinct(const struct tl_item *list, const struct tl_item **twin);

void tl_marks_init(struct tl_marks *marks, const struct tl_item *item);
void tl_marks_clear(struct tl_marks *marks);

#endif
