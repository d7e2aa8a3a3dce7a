/* doc/tree.h: a document as a tree in which every key and value knows where it stood. One tree for YAML and JSON. */
#ifndef TL_DOC_TREE_H
#define TL_DOC_TREE_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/str.h"

enum tl_kind { TL_NULL, TL_BOOLEAN, TL_NUMBER, TL_STRING, TL_LIST, TL_MAP };

/* One value. Siblings are linked; a value that an alias repeats shares its children with the anchor's (spans too), its own span is the
 * alias's. Trees are never deeper than 1,024 collections, so that walking them may recurse. */
struct tl_item {
	enum tl_kind kind;
	bool boolean;
	bool quoted;           /* a scalar in quotes or a block scalar: always a string */
	bool integer;          /* a number written without fraction or exponent */
	bool substituted;      /* some of its text came out of a {{key}} */
	union {
		double number;        /* of TL_NUMBER */
		struct tl_item *last; /* of a collection: its last child, or NULL */
	};
	struct tl_str text;    /* of TL_STRING the value, of other scalars as written; NUL-terminated, may hold NULs from JSON */
	struct tl_str key;     /* where its parent is a map */
	struct tl_span key_span;
	struct tl_span span;   /* of the value: a scalar with its quotes, a collection from its first to its last character */
	struct tl_item *first; /* child, or NULL */
	struct tl_item *next;  /* sibling, or NULL */
	uint32_t count;        /* children */
	uint32_t weight;       /* scalars (keys too) below and at it after alias expansion, an empty collection as one; saturating */
};

/* A comment of a YAML file, for `# flow-ignore`. */
struct tl_comment {
	struct tl_span span;
	struct tl_str text; /* after the '#', trimmed */
	bool alone;         /* nothing but blanks before it on its line */
};

struct tl_doc {
	struct tl_arena arena;
	struct tl_source source;    /* path and bytes are copied into the arena */
	struct tl_item *root;       /* NULL where nothing could be read */
	struct tl_comment *comments;
	size_t n_comments;
	bool json;                  /* read as JSON */
	uint32_t depth;             /* collections open at once, at the deepest place */
};

void tl_doc_free(struct tl_doc *doc); /* NULL is fine */

/* The child of that key, or NULL; also where `map` is NULL or no map. */
const struct tl_item *tl_item_get(const struct tl_item *map, const char *key);
const struct tl_item *tl_item_get_str(const struct tl_item *map, struct tl_str key);
/* The text of a string child, or an empty view. */
struct tl_str tl_item_text(const struct tl_item *map, const char *key);
/* Deep equality: maps blind to key order, lists in order, numbers by value; a number never equals a string. */
bool tl_item_equal(const struct tl_item *a, const struct tl_item *b);

/* Making trees (canonical forms, reports, plans): everything in `arena`, spans zero, texts borrowed unless said. `key` is "" in a list. */
struct tl_item *tl_item_new(struct tl_arena *arena, enum tl_kind kind);
struct tl_item *tl_item_string(struct tl_arena *arena, struct tl_str text);
struct tl_item *tl_item_number(struct tl_arena *arena, double number);
struct tl_item *tl_item_boolean(struct tl_arena *arena, bool boolean);
/* Appends a child; returns it. A node may be in one collection only: copy (shallow) what is shared. */
struct tl_item *tl_item_add(struct tl_item *list, struct tl_item *child);
struct tl_item *tl_item_put(struct tl_item *map, struct tl_str key, struct tl_item *child);
/* What is said only where there is something to say: nothing where `child` is NULL, where the text is empty. */
void tl_item_put_some(struct tl_item *map, const char *key, struct tl_item *child);
void tl_item_put_text(struct tl_arena *arena, struct tl_item *map, const char *key, struct tl_str text);
/* A shallow copy (children shared) that may be put elsewhere. */
struct tl_item *tl_item_copy(struct tl_arena *arena, const struct tl_item *item);
/* A deep copy with its texts, keys too: it keeps nothing of where `item` came from. Spans zero. */
struct tl_item *tl_item_dup(struct tl_arena *arena, const struct tl_item *item);
/* The same tree with every map's keys in byte order, for canonical forms. Deep; children are copied. */
struct tl_item *tl_item_sorted(struct tl_arena *arena, const struct tl_item *item);

#endif
