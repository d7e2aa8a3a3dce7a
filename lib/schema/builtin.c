/* The project's own schemas. Most runs use one or two of them, so each is read and compiled at its first use. */
#include "schema/builtin.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "doc/json.h"
#include "schema/node.h"

struct tl_builtin {
	enum tl_schema_name name;
	pthread_mutex_t lock;
	_Atomic(struct tl_schema *) compiled; /* NULL until then */
	struct tl_doc *docs[TL_SCHEMA_COUNT]; /* those that were read for it */
};

struct tl_str tl_schema_text(enum tl_schema_name name)
{
	assert(tl_schema_text_count == TL_SCHEMA_COUNT);
	return tl_schema_text_table[name];
}

static const struct tl_item *read_schema(struct tl_builtin *builtin, enum tl_schema_name name)
{
	struct tl_error err = { 0 };
	if (!builtin->docs[name] && tl_json_parse(&builtin->docs[name], TL_STR("schema"), tl_schema_text(name), &err) < 0)
		assert(!"a schema of our own is no JSON");
	return builtin->docs[name]->root;
}

/* "$ref" from one of our schemas to another, by "$id". */
static const struct tl_item *load(void *data, struct tl_str uri)
{
	for (int i = 0; i < TL_SCHEMA_COUNT; i++) {
		const struct tl_item *root = read_schema(data, (enum tl_schema_name)i);
		if (tl_str_equal(tl_item_text(root, "$id"), uri))
			return root;
	}
	return NULL;
}

const struct tl_schema *tl_builtin_schema(struct tl_builtin *builtin)
{
	struct tl_schema *schema = atomic_load_explicit(&builtin->compiled, memory_order_acquire);
	struct tl_error err = { 0 };
	if (schema)
		return schema;
	pthread_mutex_lock(&builtin->lock);
	schema = atomic_load_explicit(&builtin->compiled, memory_order_relaxed);
	if (!schema && tl_schema_compile(&schema, read_schema(builtin, builtin->name), load, builtin, &err) < 0)
		assert(!"a schema of our own does not compile");
	atomic_store_explicit(&builtin->compiled, schema, memory_order_release);
	pthread_mutex_unlock(&builtin->lock);
	return schema;
}

void tl_builtin_free(struct tl_builtin *builtin)
{
	tl_schema_free(atomic_load(&builtin->compiled));
	for (int i = 0; i < TL_SCHEMA_COUNT; i++)
		tl_doc_free(builtin->docs[i]);
	pthread_mutex_destroy(&builtin->lock);
	free(builtin);
}

void tl_schemas_init(struct tl_schemas *schemas)
{
	for (int i = 0; i < TL_SCHEMA_COUNT; i++) {
		struct tl_builtin *builtin = tl_alloc_zero(1, sizeof(*builtin));
		builtin->name = (enum tl_schema_name)i;
		pthread_mutex_init(&builtin->lock, NULL);
		schemas->compiled[i] = tl_alloc_zero(1, sizeof(*schemas->compiled[i]));
		schemas->compiled[i]->builtin = builtin;
	}
}

void tl_schemas_clear(struct tl_schemas *schemas)
{
	for (int i = 0; i < TL_SCHEMA_COUNT; i++)
		tl_schema_free(schemas->compiled[i]);
	*schemas = (struct tl_schemas){ 0 };
}
