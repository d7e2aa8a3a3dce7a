/* report/diff_json.c: differences as JSON, version 1: schemas/diff-result.schema.json. */
#include "doc/json.h"
#include "report/diff.h"
#include "report/three.h"

static void add_item(struct tl_json *json, const char *key, const struct tl_item *item)
{
	tl_json_key(json, key);
	if (item)
		tl_json_item(json, item);
	else
		tl_json_null(json);
}

static void add_fields(struct tl_json *json, const struct tl_fields *fields)
{
	tl_json_key(json, "fields");
	tl_json_list(json);
	for (size_t i = 0; i < fields->count; i++) {
		tl_json_map(json);
		tl_json_put(json, "field", fields->items[i].field);
		add_item(json, "before", fields->items[i].before);
		add_item(json, "after", fields->items[i].after);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

static void add_was(struct tl_json *json, struct tl_str was)
{
	tl_json_put_or_null(json, "was", was.len > 0 ? was : (struct tl_str){ 0 });
}

static void add_node(struct tl_json *json, const struct tl_node_change *node)
{
	tl_json_map(json);
	tl_json_put(json, "node", node->node);
	tl_json_put(json, "type", node->type);
	tl_json_put(json, "change", tl_str(tl_difference_name(node->change)));
	add_was(json, node->was);
	add_fields(json, &node->fields);
	tl_json_map_end(json);
}

static void add_flow(struct tl_json *json, const struct tl_flow_change *flow)
{
	tl_json_map(json);
	tl_json_put(json, "flow", flow->flow);
	tl_json_put(json, "change", tl_str(tl_difference_name(flow->change)));
	add_was(json, flow->was);
	tl_json_put_or_null(json, "title", tl_diff_title(flow).len > 0 ? tl_diff_title(flow) : (struct tl_str){ 0 });
	add_fields(json, &flow->fields);
	tl_json_key(json, "nodes");
	tl_json_list(json);
	for (size_t i = 0; i < flow->n_nodes; i++)
		add_node(json, &flow->nodes[i]);
	tl_json_list_end(json);
	tl_json_key(json, "behaviour");
	tl_json_list(json);
	tl_json_list_end(json);
	tl_json_put_or_null(json, "origin", tl_str(tl_origin_name(flow->origin)));
	tl_json_key(json, "three");
	if (flow->three)
		tl_three_json(json, flow->three);
	else
		tl_json_null(json);
	tl_json_map_end(json);
}

static void write_json(struct tl_buf *out, const struct tl_diff *diff, const struct tl_diff_heading *heading)
{
	struct tl_json json;

	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put_integer(&json, "version", 1);
	tl_json_put(&json, "before", heading->before);
	tl_json_put(&json, "after", heading->after);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < diff->count; i++)
		add_flow(&json, &diff->flows[i]);
	tl_json_list_end(&json);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

const struct tl_diff_format tl_diff_format_json = { "json", write_json };
