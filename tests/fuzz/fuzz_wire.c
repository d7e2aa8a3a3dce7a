/* tests/fuzz/fuzz_wire.c: any document as a flow of the platform: it is written back as it came, and reads again to an equal model. */
#include "dialect/wire.h"
#include "flow/canonical.h"
#include "flow/graph.h"
#include "fuzz.h"

/* The document without what is the platform's own. */
static struct tl_item *owned(struct tl_arena *arena, const struct tl_item *root)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = root->first; item; item = item->next) {
		if (!tl_wire_is_platforms(item->key))
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	return map;
}

static int by_text(const void *a, const void *b)
{
	return tl_str_compare(*(const struct tl_str *)a, *(const struct tl_str *)b);
}

/* The elements of a list as sorted texts. */
static struct tl_str *texts_of(struct tl_arena *arena, const struct tl_item *list)
{
	struct tl_str *texts = TL_ARENA_ARRAY(arena, struct tl_str, (size_t)list->count + 1);
	struct tl_buf text = { 0 };
	size_t n = 0;

	for (const struct tl_item *item = list->first; item; item = item->next) {
		tl_buf_reset(&text);
		tl_json_canonical(&text, item);
		texts[n++] = tl_arena_dup(arena, tl_buf_view(&text));
	}
	qsort(texts, n, sizeof(*texts), by_text);
	tl_buf_clear(&text);
	return texts;
}

/* Nodes have ids: where one stands in a list of them means nothing. */
static bool same_nodes(struct tl_arena *arena, const struct tl_item *a, const struct tl_item *b)
{
	struct tl_str *left, *right;

	if (a->kind != TL_LIST || b->kind != TL_LIST || a->count != b->count)
		return tl_item_equal(a, b);
	left = texts_of(arena, a);
	right = texts_of(arena, b);
	for (size_t i = 0; i < a->count; i++) {
		if (!tl_str_equal(left[i], right[i]))
			return false;
	}
	return true;
}

static bool same_document(struct tl_arena *arena, const struct tl_item *a, const struct tl_item *b)
{
	if (a->count != b->count)
		return false;
	for (const struct tl_item *item = a->first; item; item = item->next) {
		const struct tl_item *other = tl_item_get_str(b, item->key);

		if (!other || !(tl_str_is(item->key, "nodes") ? same_nodes(arena, item, other) : tl_item_equal(item, other)))
			return false;
	}
	return true;
}

static void check_graph(struct tl_arena *arena, const struct tl_flow *flow)
{
	bool *reached = TL_ARENA_ARRAY(arena, bool, (size_t)flow->n_nodes + 1);
	struct tl_cycles cycles;

	tl_graph_reach(flow, reached, NULL);
	tl_graph_cycles(&cycles, arena, flow, NULL);
	if (flow->start.to == TL_TO_NODE)
		demand(reached[flow->start.node]);
}

/* What is written of `flow` is the document, and reads to the same. */
static void check_flow(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_lower *lower)
{
	struct tl_buf text = { 0 };
	struct tl_item *item;
	struct tl_flow *again;
	struct tl_json json;
	struct tl_doc *doc;

	demand(tl_wire_write(&item, arena, flow, NULL) == 0);
	demand(same_document(arena, item, owned(arena, flow->doc->root)));
	tl_json_init(&json, &text, false);
	tl_json_item(&json, item);
	demand(tl_json_parse(&doc, TL_STR("t.flow.json"), tl_buf_view(&text), NULL) == 0);
	tl_wire_read(&again, doc, lower);
	demand(tl_item_equal(tl_flow_canonical(arena, flow), tl_flow_canonical(arena, again)));
	tl_flow_free(again);
	tl_buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .bytes = 1 << 20, .depth = 64, .scalars = 20000, .findings = &findings };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_arena arena = { 0 };
	struct tl_flow *flow;
	struct tl_doc *doc;

	tl_doc_read(&doc, TL_STR("t.flow.json"), (struct tl_str){ (const char *)data, size }, &options);
	if (!doc->root || doc->root->kind != TL_MAP || findings.count > 0 || !tl_item_get(doc->root, "nodes")) {
		tl_doc_free(doc);
	} else {
		tl_wire_read(&flow, doc, &lower);
		check_graph(&arena, flow);
		check_flow(&arena, flow, &lower);
		tl_flow_free(flow);
	}
	tl_arena_clear(&arena);
	tl_findings_clear(&findings);
	return 0;
}
