/* platform/merge.c: the three versions in the words of the file's dialect, put together entry by entry; then the file is edited where that differs from what it says, and read
 * again: only a text that says just that is given out. */
#include "platform/merge.h"

#include <string.h>

#include "crypto/sha256.h"
#include "dialect/dialect.h"
#include "doc/edit.h"
#include "doc/json.h"
#include "flow/canonical.h"

/* Of so many things that both changed the names are told. */
#define NAMED_MOST 4

struct merging {
	const struct tl_merge *merge;
	struct tl_arena *arena;
	struct tl_buf both;  /* what both changed, in words */
	size_t n_both;
};

static int write(struct tl_item **out, struct tl_arena *arena, const struct tl_merge *merge, const struct tl_flow *flow, struct tl_error *err)
{
	if (merge->ours->dialect == TL_DIALECT_NATIVE)
		return tl_native_write(out, arena, flow, err);
	if (merge->ours->dialect == TL_DIALECT_WIRE)
		return tl_wire_write(out, arena, flow, err);
	return tl_error_set(err, TL_UNSUPPORTED, "edits of Architect flows are taken over as whole files");
}

/* ---- entry by entry */

static void note_both(struct merging *merging, const char *what, struct tl_str name)
{
	const char *comma = merging->n_both > 0 ? ", " : "";

	if (merging->n_both++ < NAMED_MOST)
		tl_buf_printf(&merging->both, "%s%s'%.*s'", comma, what, TL_FMT(name));
}

static bool same(const struct tl_item *a, const struct tl_item *b)
{
	return a && b ? tl_item_equal(a, b) : !a && !b;
}

/* What becomes of one entry, NULL where it is gone. */
static const struct tl_item *choose(struct merging *merging, const struct tl_item *base, const struct tl_item *ours, const struct tl_item *theirs,
                                    const char *what, struct tl_str name)
{
	if (same(ours, theirs) || same(base, theirs))
		return ours;
	if (!same(base, ours))
		note_both(merging, what, name);
	return theirs;
}

/* The entries of ours and then those that only theirs has, each chosen. `what`: how an entry is called. */
static struct tl_item *put_together(struct merging *merging, const struct tl_item *base, const struct tl_item *ours, const struct tl_item *theirs,
                                    const char *what);

static const char *section_of(struct tl_str key)
{
	static const char *const table[][2] = { { "nodes", "node " }, { "prompts", "prompt " }, { "variables", "variable " } };

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_is(key, table[i][0]))
			return table[i][1];
	}
	return NULL;
}

static bool is_map(const struct tl_item *item)
{
	return !item || item->kind == TL_MAP;
}

static void put_entry(struct merging *merging, struct tl_item *map, struct tl_str key, const struct tl_item *versions[3], const char *what)
{
	const char *section = what[0] == '\0' ? section_of(key) : NULL;
	const struct tl_item *chosen;
	struct tl_item *entry;

	if (section && is_map(versions[0]) && is_map(versions[1]) && is_map(versions[2])) {
		entry = put_together(merging, versions[0], versions[1], versions[2], section);
		if (entry->count > 0)
			tl_item_put(map, key, entry);
		return;
	}
	chosen = choose(merging, versions[0], versions[1], versions[2], what, key);
	if (chosen)
		tl_item_put(map, key, tl_item_copy(merging->arena, chosen));
}

static struct tl_item *put_together(struct merging *merging, const struct tl_item *base, const struct tl_item *ours, const struct tl_item *theirs,
                                    const char *what)
{
	struct tl_item *map = tl_item_new(merging->arena, TL_MAP);

	for (const struct tl_item *item = ours ? ours->first : NULL; item; item = item->next)
		put_entry(merging, map, item->key, (const struct tl_item *[3]){ tl_item_get_str(base, item->key), item, tl_item_get_str(theirs, item->key) }, what);
	for (const struct tl_item *item = theirs ? theirs->first : NULL; item; item = item->next) {
		if (!tl_item_get_str(ours, item->key))
			put_entry(merging, map, item->key, (const struct tl_item *[3]){ tl_item_get_str(base, item->key), NULL, item }, what);
	}
	return map;
}

/* What the file should say. */
static int wanted_tree(struct tl_item **out, struct tl_item **ours, struct merging *merging, struct tl_error *err)
{
	const struct tl_merge *merge = merging->merge;
	struct tl_item *base = NULL, *theirs;
	int ret = 0;

	if (write(ours, merging->arena, merge, merge->ours, err) != 0 || write(&theirs, merging->arena, merge, merge->theirs, err) != 0 ||
	    (merge->base && write(&base, merging->arena, merge, merge->base, err) != 0))
		return -1;
	/* Ours first: what is new on the platform comes behind it, in whatever order the platform keeps things. */
	*out = put_together(merging, merge->base ? base : *ours, *ours, theirs, "");
	if (merging->n_both > 0)
		ret = tl_error_set(err, TL_CONFLICT, "both sides changed %.*s%s", TL_FMT(tl_buf_view(&merging->both)), merging->n_both > NAMED_MOST ? " and more" : "");
	return ret;
}

/* ---- what it comes to */

/* Reads a text as the file is read, or (`filled`) one in which nothing is left to be filled in; NULL where anything is wrong with it. */
static struct tl_flow *read_text(const struct tl_merge *merge, struct tl_str path, struct tl_str text, bool filled)
{
	struct tl_findings findings = { .items = NULL };
	struct tl_lower lower = *merge->lower;
	struct tl_flow *flow = NULL;
	bool wrong = false;

	lower.findings = &findings;
	lower.limits.file = 0;
	if (filled) {
		lower.values = NULL;
		lower.has_environment = false;
	}
	tl_flow_read(&flow, path, text, &lower);
	for (size_t i = 0; i < findings.count; i++)
		wrong = wrong || findings.items[i].level == TL_ERROR;
	tl_findings_clear(&findings);
	if (wrong || !flow || flow->dialect != merge->ours->dialect) {
		tl_flow_free(flow);
		return NULL;
	}
	return flow;
}

/* What one of the two has, and what they come to lacks, was removed by the other. What neither has is a mistake of the flow's, and not of the merge. */
static bool was_node(const struct tl_merge *merge, struct tl_str name)
{
	return tl_map_find(&merge->ours->node_names, name) || tl_map_find(&merge->theirs->node_names, name);
}

static bool has_prompt(const struct tl_flow *flow, struct tl_str name)
{
	uint32_t index = tl_map_index(&flow->prompt_names, name);

	return index != TL_NONE && flow->prompts[index].declared;
}

static bool has_variable(const struct tl_flow *flow, struct tl_str name)
{
	uint32_t index = tl_map_index(&flow->variable_names, name);

	return index != TL_NONE && flow->variables[index].declared;
}

static int check_targets(const struct tl_merge *merge, const struct tl_flow *flow, struct tl_error *err)
{
	if (flow->start.to == TL_TO_NOWHERE && was_node(merge, flow->start.name.text))
		return tl_error_set(err, TL_CONFLICT, "one side starts at '%.*s', which the other removed", TL_FMT(flow->start.name.text));
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_outcome *outcomes = tl_node_outcomes(flow, &flow->nodes[i]);

		for (uint32_t j = 0; j < flow->nodes[i].n_outcomes; j++) {
			if (outcomes[j].target.to == TL_TO_NOWHERE && was_node(merge, outcomes[j].target.name.text))
				return tl_error_set(err, TL_CONFLICT, "one side leads from '%.*s' to '%.*s', which the other removed", TL_FMT(flow->nodes[i].name.text),
				                    TL_FMT(outcomes[j].target.name.text));
		}
	}
	return 0;
}

/* Whether one side uses what the other removed. */
static int check_whole(const struct tl_merge *merge, const struct tl_flow *flow, struct tl_error *err)
{
	if (check_targets(merge, flow, err) != 0)
		return -1;
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		struct tl_str name = flow->prompts[i].name.text;

		if (!flow->prompts[i].declared && (has_prompt(merge->ours, name) || has_prompt(merge->theirs, name)))
			return tl_error_set(err, TL_CONFLICT, "one side plays the prompt '%.*s', which the other removed", TL_FMT(name));
	}
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		struct tl_str name = flow->variables[i].name.text;

		if (!flow->variables[i].declared && (has_variable(merge->ours, name) || has_variable(merge->theirs, name)))
			return tl_error_set(err, TL_CONFLICT, "one side uses the variable '%.*s', which the other removed", TL_FMT(name));
	}
	return 0;
}

/* The digest of a tree in the file's dialect, which is filled in already. */
static int tree_digest(char digest[TL_SHA256_SIZE], const struct tl_merge *merge, const struct tl_item *tree, struct tl_error *err)
{
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_flow *flow;
	int ret;

	tl_json_init(&json, &text, false);
	tl_json_item(&json, tree);
	flow = read_text(merge, TL_STR("merged.flow.json"), tl_buf_view(&text), true);
	ret = flow ? check_whole(merge, flow, err) : tl_error_set(err, TL_UNSUPPORTED, "what the two come to together cannot be read");
	if (ret == 0)
		tl_flow_digest(digest, flow, NULL);
	tl_flow_free(flow);
	tl_buf_clear(&text);
	return ret;
}

static bool says(const struct tl_merge *merge, struct tl_str text, const char *digest)
{
	struct tl_flow *flow = read_text(merge, merge->ours->doc->source.path, text, false);
	char found[TL_SHA256_SIZE] = "";

	if (flow)
		tl_flow_digest(found, flow, NULL);
	tl_flow_free(flow);
	return strcmp(found, digest) == 0;
}

/* As finely as it goes: single values, then whole nodes, then whole sections. */
static int edit(struct tl_buf *out, const struct tl_merge *merge, const struct tl_item *ours, const struct tl_item *wanted, const char *digest, struct tl_error *err)
{
	static const uint32_t depths[] = { TL_EDIT_ALL, 2, 1 };
	size_t before = out->len;

	for (size_t i = 0; i < TL_COUNT(depths); i++) {
		if (tl_doc_edit(out, merge->ours->doc, ours, wanted, depths[i], true) && says(merge, tl_str_slice(tl_buf_view(out), before, out->len), digest))
			return 0;
		out->len = before;
	}
	return tl_error_set(err, TL_UNSUPPORTED, "the file says it in a way that is not edited here: take it over by hand, flow-diff shows what it is");
}

int tl_merge_into_file(struct tl_buf *out, const struct tl_merge *merge, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct merging merging = { .merge = merge, .arena = &arena };
	struct tl_item *ours, *wanted;
	char digest[TL_SHA256_SIZE];
	int ret = wanted_tree(&wanted, &ours, &merging, err);

	if (ret == 0)
		ret = tree_digest(digest, merge, wanted, err);
	if (ret == 0 && !merge->base) {
		char theirs[TL_SHA256_SIZE];

		tl_flow_digest(theirs, merge->theirs, NULL);
		if (strcmp(theirs, digest) != 0)
			ret = tl_error_set(err, TL_UNSUPPORTED, "files of this dialect cannot say all of it");
	}
	if (ret == 0)
		ret = edit(out, merge, ours, wanted, digest, err);
	tl_buf_clear(&merging.both);
	tl_arena_clear(&arena);
	return ret;
}

struct tl_flow *tl_merge_read(struct tl_str path, struct tl_str text, const struct tl_lower *lower)
{
	struct tl_flow *flow = NULL;

	tl_flow_read(&flow, path, text, lower);
	return flow;
}
