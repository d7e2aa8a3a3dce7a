/* schema/schema.h: JSON Schema 2020-12 over a doc tree: findings at spans, with near names and the values that are allowed. */
#ifndef TL_SCHEMA_SCHEMA_H
#define TL_SCHEMA_SCHEMA_H

#include "base/error.h"
#include "doc/tree.h"

struct tl_schema;

/* Other documents that "$ref" may name: returns the document's root for an absolute URI, or NULL. */
typedef const struct tl_item *tl_schema_loader(void *data, struct tl_str uri);

/* Compiles a schema; a keyword, format, dialect or reference that is not supported is an error (TL_UNSUPPORTED, with its path), never half obeyed.
 * `root` must outlive the schema. */
int tl_schema_compile(struct tl_schema **out, const struct tl_item *root, tl_schema_loader *loader, void *data, struct tl_error *err);
void tl_schema_free(struct tl_schema *schema);

/* Whether `item` is valid; adds a finding (rule `schema`, level error) for each violation, at the narrowest span: an unknown key at the key with
 * the nearest known key as help ("did you mean 'otherwise'?"), a wrong value at the value with the allowed ones, a missing key at the key of the map that lacks it
 * (or the map's first line). `findings` may be NULL: only the answer. Where an anyOf/oneOf fails the findings speak of the branch that fits best
 * (by its `type`/const discriminator, else the fewest errors). Past 10,000 findings a last one says that there is more. A document of more than
 * 2^28 values after alias expansion is one finding `limit`. Safe from several threads at once. */
bool tl_schema_check(const struct tl_schema *schema, const struct tl_item *item, struct tl_source *source, struct tl_findings *findings);

/* The project's own schemas, from schemas/NAME.schema.json as compiled in. TL_SCHEMA_CASE is what `flow-simulate --case` reads, TL_SCHEMA_CONFIG the
 * user's own configuration. */
enum tl_schema_name {
	TL_SCHEMA_FLOW,
	TL_SCHEMA_SUITE,
	TL_SCHEMA_CASE,
	TL_SCHEMA_POLICY,
	TL_SCHEMA_PROJECT,
	TL_SCHEMA_CONFIG,
	TL_SCHEMA_COUNT
};
/* The text of a schema file as compiled in. */
struct tl_str tl_schema_text(enum tl_schema_name name);
/* All of them; never fails (the build compiled the same bytes). Each is read and compiled when something is first checked against it, by whichever
 * thread that is. Owned by the caller. */
struct tl_schemas {
	struct tl_schema *compiled[TL_SCHEMA_COUNT];
};
void tl_schemas_init(struct tl_schemas *schemas);
void tl_schemas_clear(struct tl_schemas *schemas);

#endif
