/* project/edit.c: the tree with the values in it, the file edited to say that, and read again. */
#include "project/edit.h"

#include "doc/edit.h"
#include "doc/yaml.h"

/* A copy whose children are copies too, so that others may be put beside them; they share what is below. */
static struct tl_item *opened(struct tl_arena *arena, const struct tl_item *map)
{
	struct tl_item *copy = tl_item_copy(arena, map);

	copy->first = copy->last = NULL;
	copy->count = 0;
	for (const struct tl_item *child = map->first; child; child = child->next)
		tl_item_put(copy, child->key, tl_item_copy(arena, child));
	return copy;
}

/* The map of that name in a map that was opened, opened too; NULL where it is something else, or (`make` false) not there. */
static struct tl_item *open_child(struct tl_arena *arena, struct tl_item *map, struct tl_str key, bool make)
{
	for (struct tl_item *child = map->first; child; child = child->next) {
		if (!tl_str_equal(child->key, key))
			continue;
		if (child->kind != TL_MAP)
			return NULL;
		struct tl_item *copy = opened(arena, child);

		child->first = copy->first;
		child->last = copy->last;
		return child;
	}
	return make ? tl_item_put(map, key, tl_item_new(arena, TL_MAP)) : NULL;
}

/* NULL: an environment is not there, or has a value of that name. */
static struct tl_item *with_values(struct tl_arena *arena, const struct tl_item *root, const struct tl_project_value *values, size_t count)
{
	struct tl_item *tree = opened(arena, root), *environments = open_child(arena, tree, TL_STR("environments"), false);

	for (size_t i = 0; i < count; i++) {
		struct tl_item *environment = environments ? open_child(arena, environments, values[i].environment, false) : NULL;
		struct tl_item *map = environment ? open_child(arena, environment, TL_STR("values"), true) : NULL;

		if (!map || tl_item_get_str(map, values[i].key))
			return NULL;
		/* In quotes, one like the other, whatever they look like. */
		tl_item_put(map, values[i].key, tl_item_string(arena, values[i].value))->quoted = true;
	}
	return tree;
}

/* Whether the text is a project file, and says just that. */
static bool says(struct tl_str path, struct tl_str text, const struct tl_item *tree, const struct tl_schemas *schemas)
{
	const struct tl_read_options options = { .findings = NULL };
	struct tl_findings findings = { 0 };
	struct tl_project *project = NULL;
	struct tl_error err = { 0 };
	struct tl_doc *doc;
	bool good;

	tl_yaml_read(&doc, path, text, &options);
	good = doc->root && tl_item_equal(doc->root, tree) && tl_project_read(&project, path, text, schemas, &findings, &err) == 0;
	tl_project_free(project);
	tl_findings_clear(&findings);
	tl_doc_free(doc);
	return good;
}

bool tl_project_add_values(struct tl_buf *out, struct tl_str path, struct tl_str bytes, const struct tl_project_value *values, size_t count,
                           const struct tl_schemas *schemas)
{
	const struct tl_read_options options = { .findings = NULL };
	struct tl_arena arena = { 0 };
	const struct tl_item *tree;
	struct tl_doc *doc;
	bool good;

	tl_yaml_read(&doc, path, bytes, &options);
	tree = doc->root && doc->root->kind == TL_MAP ? with_values(&arena, doc->root, values, count) : NULL;
	good = tree && tl_doc_edit(out, doc, doc->root, tree, TL_EDIT_ALL, false) && says(path, tl_buf_view(out), tree, schemas);
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return good;
}
