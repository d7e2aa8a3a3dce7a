/* sandbox/judge.c: a flow as the platform judges it: there is one, it starts somewhere, and every transition leads to something. */
#include "sandbox/judge.h"

#include <string.h>

#include "check/check.h"

#define NAME_MAX_BYTES 1024

static struct tl_judgement *add(struct tl_judgements *out, bool error, const char *code, struct tl_str node, const char *field)
{
	struct tl_judgement *judgement = &out->items[out->count++];

	*judgement = (struct tl_judgement){ .node = node, .field = tl_str(field), .code = code, .error = error };
	out->errors += error;
	return judgement;
}

/* The name of the node that the call starts with, where there is one: the model has none for it. */
static struct tl_str start_of(const struct tl_item *wire)
{
	const struct tl_item *nodes = tl_item_get(wire, "nodes");

	for (const struct tl_item *node = nodes ? nodes->first : NULL; node; node = node->next) {
		if (tl_str_is(tl_item_text(node, "type"), "start"))
			return nodes->kind == TL_LIST ? tl_item_text(node, "id") : node->key;
	}
	return TL_STR("");
}

static void judge_start(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_item *wire)
{
	struct tl_judgement *judgement;

	if (flow->start.to != TL_TO_NOWHERE)
		return;
	if (flow->start.name.text.len == 0) {
		add(out, true, "missing.start", TL_STR(""), "nodes")->message = TL_STR("the flow has no node that a call starts with");
		return;
	}
	judgement = add(out, true, "unknown.node", tl_arena_dup(arena, start_of(wire)), "transition");
	judgement->message = tl_arena_printf(arena, "the flow starts with '%.*s', which is no node", TL_FMT(flow->start.name.text));
}

static struct tl_str name_of(const struct tl_item *nodes, const struct tl_item *node)
{
	return nodes->kind == TL_LIST ? tl_item_text(node, "id") : node->key;
}

static bool has_node(const struct tl_flow *flow, struct tl_str name)
{
	const struct tl_item *nodes = tl_item_get(flow->doc->root, "nodes");

	for (const struct tl_item *node = nodes ? nodes->first : NULL; node; node = node->next) {
		if (tl_str_equal(name_of(nodes, node), name))
			return true;
	}
	return false;
}

/* The node of the wire that one of the model was made of: further actions of one are name#2, name#3. In the arena. */
static struct tl_str wire_name(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node)
{
	struct tl_str name = node->name.text;
	size_t end = name.len;

	while (end > 0 && name.ptr[end - 1] != '#')
		end--;
	return tl_arena_dup(arena, end > 0 && !has_node(flow, name) ? tl_str_slice(name, 0, end - 1) : name);
}

static void judge_node(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node, bool reached)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);
	struct tl_str name;

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		const struct tl_target *target = &outcomes[i].target;

		if (target->to != TL_TO_NOWHERE || (target->name.text.len == 0 && !reached))
			continue;
		name = wire_name(arena, flow, node);
		if (target->name.text.len > 0) {
			add(out, true, "unknown.node", name, "transition")->message =
				tl_arena_printf(arena, "node '%.*s' leads to '%.*s', which is no node", TL_FMT(name), TL_FMT(target->name.text));
			continue;
		}
		add(out, true, "missing.transition", name, "transition")->message = tl_arena_printf(arena, "nothing follows node '%.*s'", TL_FMT(name));
		return;
	}
}

/* A call that comes to such a cycle never leaves it. */
static void judge_cycles(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const bool *reached)
{
	bool *inside = TL_ARENA_ARRAY(arena, bool, flow->n_nodes);
	struct tl_cycles cycles;

	tl_graph_cycles(&cycles, arena, flow, reached);
	for (size_t i = 0; i < cycles.count; i++) {
		struct tl_str name = wire_name(arena, flow, &flow->nodes[cycles.items[i].nodes[0]]);

		if (tl_check_is_endless(flow, &cycles.items[i], inside))
			add(out, true, "circular.reference", name, "transition")->message =
				tl_arena_printf(arena, "from node '%.*s' a call comes back to it for ever: nothing on the way takes input or leads out", TL_FMT(name));
	}
}

static void judge_reach(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const bool *reached)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		struct tl_str name = flow->nodes[i].name.text;

		if (!reached[i])
			add(out, false, "unreachable", tl_arena_dup(arena, name), "name")->message =
				tl_arena_printf(arena, "no call gets to node '%.*s'", TL_FMT(name));
	}
}

/* ---- what the reader found */

static bool stands_in(struct tl_span span, const struct tl_item *item)
{
	return span.start >= (item->key_span.end > 0 ? item->key_span.start : item->span.start) && span.start < item->span.end;
}

static bool is_spoken_of(const struct tl_judgements *out, struct tl_str node)
{
	for (size_t i = 0; i < out->count; i++) {
		if (out->items[i].error && tl_str_equal(out->items[i].node, node))
			return true;
	}
	return false;
}

/* Each error at its node and the node's member, unless something was said of the node before. */
static void judge_findings(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_findings *findings)
{
	const struct tl_item *nodes = tl_item_get(flow->doc->root, "nodes");

	for (size_t i = 0; findings && i < findings->count; i++) {
		const struct tl_finding *finding = &findings->items[i];
		const struct tl_item *node = nodes ? nodes->first : NULL, *member;
		struct tl_str name = TL_STR("");

		while (node && !stands_in(finding->span, node))
			node = node->next;
		for (member = node && node->kind == TL_MAP ? node->first : NULL; member && !stands_in(finding->span, member);)
			member = member->next;
		if (node)
			name = tl_arena_dup(arena, name_of(nodes, node));
		if (finding->level == TL_ERROR && !is_spoken_of(out, name))
			add(out, true, strcmp(finding->rule, "duplicate-key") == 0 ? "duplicate.node" : "invalid.parameter", name,
			    member ? tl_arena_dup(arena, member->key).ptr : "nodes")->message = tl_arena_dup(arena, finding->message);
	}
}

/* ---- the shape: what the reader would pass over, as the platform has another idea of what it is than who wrote it */

static bool is_text_or_missing(const struct tl_item *item)
{
	return !item || item->kind == TL_STRING;
}

static bool is_node_type(struct tl_str type)
{
	static const char *const type_table[] = { "start", "action", "transition", "end", "webchat" };

	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (tl_str_is(type, type_table[i]))
			return true;
	}
	return false;
}

static bool are_maps_with_text(const struct tl_item *list, const char *key)
{
	if (list && list->kind != TL_LIST)
		return false;
	for (const struct tl_item *item = list ? list->first : NULL; item; item = item->next) {
		const struct tl_item *text = tl_item_get(item, key);

		if (item->kind != TL_MAP || !text || text->kind != TL_STRING)
			return false;
	}
	return true;
}

/* An optional member, NULL too where it is null. */
static const struct tl_item *optional(const struct tl_item *node, const char *key)
{
	const struct tl_item *item = tl_item_get(node, key);

	return item && item->kind != TL_NULL ? item : NULL;
}

/* The member that is not what it must be, or NULL. In a list of nodes (002 has a map, 001 a list) a type is any text. */
static const char *misshapen(const struct tl_item *node, bool listed)
{
	if (node->kind != TL_MAP)
		return "nodes";
	if (listed && tl_item_text(node, "id").len == 0)
		return "id";
	if (listed ? !is_text_or_missing(tl_item_get(node, "type")) : !is_node_type(tl_item_text(node, "type")))
		return "type";
	if (!is_text_or_missing(optional(node, "transition")))
		return "transition";
	if (!are_maps_with_text(optional(node, "actions"), "name"))
		return "actions";
	if (!are_maps_with_text(optional(node, "conditions"), "transition"))
		return "conditions";
	return are_maps_with_text(tl_item_get(node, "transitions"), "targetId") ? NULL : "transitions";
}

/* By its name a flow is known to everybody who lists flows: one that cannot be read would be in the way of all of them. */
static void judge_name(struct tl_judgements *out, const struct tl_item *wire, const char *key)
{
	struct tl_str name = tl_item_text(wire, key);

	if (name.len > NAME_MAX_BYTES)
		add(out, true, "invalid.field", TL_STR(""), key)->message = TL_STR("the flow's name is longer than 1,024 bytes");
	else if (name.len > 0 && memchr(name.ptr, '\0', name.len))
		add(out, true, "invalid.field", TL_STR(""), key)->message = TL_STR("the flow's name has a NUL in it");
}

static void judge_shape(struct tl_judgements *out, struct tl_arena *arena, const struct tl_item *wire)
{
	const struct tl_item *nodes = tl_item_get(wire, "nodes");
	bool listed = nodes && nodes->kind == TL_LIST;

	if (wire && tl_str_trim(tl_item_text(wire, "name")).len == 0)
		add(out, true, "missing.name", TL_STR(""), "name")->message = TL_STR("the flow has no 'name'");
	judge_name(out, wire, "name");
	judge_name(out, wire, "externalId");
	for (const struct tl_item *node = nodes ? nodes->first : NULL; node; node = node->next) {
		struct tl_str name = tl_arena_dup(arena, listed ? tl_item_text(node, "id") : node->key);
		const char *field = misshapen(node, listed);

		if (field)
			add(out, true, "invalid.field", name, field)->message =
				tl_arena_printf(arena, "'%s' of node '%.*s' is not what it must be", field, TL_FMT(name));
	}
}

void tl_judge_flow(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_item *wire, const struct tl_findings *findings)
{
	const struct tl_item *nodes = tl_item_get(wire, "nodes");
	bool *reached;

	*out = (struct tl_judgements){ 0 };
	/* Each node, outcome, cycle, finding, the names and the start may be spoken of once, and each node's shape. */
	out->items = TL_ARENA_ARRAY(arena, struct tl_judgement, 4 + (nodes ? (size_t)nodes->count : 0) + (findings ? findings->count : 0) +
	                            (flow ? (size_t)flow->n_outcomes + 2 * (size_t)flow->n_nodes : 0));
	judge_shape(out, arena, wire);
	if (!flow) {
		add(out, true, "unreadable", TL_STR(""), "nodes")->message = TL_STR("this is no flow: its 'nodes' cannot be read");
		return;
	}
	reached = TL_ARENA_ARRAY(arena, bool, flow->n_nodes);
	tl_graph_reach(flow, reached, NULL);
	judge_start(out, arena, flow, wire);
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		judge_node(out, arena, flow, &flow->nodes[i], reached[i]);
	judge_cycles(out, arena, flow, reached);
	judge_findings(out, arena, flow, findings);
	if (out->errors == 0)
		judge_reach(out, arena, flow, reached);
}
