/* sim/library.c: reading flows by id, and saying which of them cannot run. */
#include "sim/library.h"

#include <stdlib.h>
#include <string.h>

struct tl_library {
	const struct tl_flow_set *set;
	const struct tl_lower *lower;
	struct tl_flow **flows; /* by index of the set; NULL: not read, or unreadable */
	bool *tried;
	struct tl_map by_id;    /* id -> flow; the first file in order of reading wins */
	bool complete;          /* every file was tried */
};

struct tl_library *tl_library_new(const struct tl_flow_set *set, const struct tl_lower *lower)
{
	struct tl_library *library = tl_alloc_zero(1, sizeof(*library));

	library->set = set;
	library->lower = lower;
	library->flows = tl_alloc_zero(set->count + 1, sizeof(struct tl_flow *));
	library->tried = tl_alloc_zero(set->count + 1, sizeof(bool));
	return library;
}

void tl_library_free(struct tl_library *library)
{
	if (!library)
		return;
	for (size_t i = 0; i < library->set->count; i++)
		tl_flow_free(library->flows[i]);
	free(library->flows);
	free(library->tried);
	tl_map_clear(&library->by_id);
	free(library);
}

static int read_file(struct tl_library *library, size_t i, struct tl_error *err)
{
	struct tl_map_entry *entry;
	bool made;

	if (library->tried[i])
		return 0;
	library->tried[i] = true;
	if (library->set->read(library->set->data, i, library->lower, &library->flows[i], err) < 0)
		return -1;
	if (!library->flows[i])
		return 0;
	entry = tl_map_put(&library->by_id, library->flows[i]->id.text, &made);
	if (made)
		entry->value.ptr = library->flows[i];
	return 0;
}

/* Whether a file is named after the id: "…/ID.flow.yaml", "ID.flow.json", "ID.yaml". */
static bool is_named(struct tl_str path, struct tl_str id)
{
	size_t slash = path.len;
	struct tl_str base;

	while (slash > 0 && path.ptr[slash - 1] != '/')
		slash--;
	base = tl_str_slice(path, slash, path.len);
	return base.len > id.len && base.ptr[id.len] == '.' && tl_str_starts(base, id);
}

/* The flow of that id, read where need be; NULL where there is none. */
static int find(struct tl_flow **out, struct tl_library *library, struct tl_str id, struct tl_error *err)
{
	*out = tl_map_ptr(&library->by_id, id);
	for (size_t i = 0; i < library->set->count && !*out; i++) {
		if (!is_named(library->set->files[i].path, id))
			continue;
		if (read_file(library, i, err) < 0)
			return -1;
		*out = tl_map_ptr(&library->by_id, id);
	}
	for (size_t i = 0; i < library->set->count && !*out && !library->complete; i++) {
		if (read_file(library, i, err) < 0)
			return -1;
		*out = tl_map_ptr(&library->by_id, id);
	}
	library->complete = library->complete || !*out;
	return 0;
}

/* ---- what cannot run */

static bool is_opaque(const struct tl_expr *expr)
{
	bool opaque = expr && expr->kind == TL_E_OPAQUE;

	for (uint32_t i = 0; expr && i < expr->n_args && !opaque; i++)
		opaque = is_opaque(&expr->args[i]);
	return opaque;
}

/* "BEFORE 'NAME' AFTER" at a place of the flow. */
static void complain(struct tl_findings *problems, const struct tl_flow *flow, struct tl_span span, const char *rule, const char *before,
                     struct tl_str name, const char *after)
{
	if (problems)
		tl_findings_add(problems, &flow->doc->source, span, TL_ERROR, rule, "%s '%.*s'%s", before, TL_FMT(name), after);
}

static bool outcome_runs(const struct tl_flow *flow, const struct tl_node *node, const struct tl_outcome *outcome, struct tl_findings *problems)
{
	if (outcome->target.to == TL_TO_NODE && !is_opaque(outcome->guard))
		return true;
	if (outcome->target.name.text.len > 0 && outcome->target.to == TL_TO_NOWHERE)
		complain(problems, flow, outcome->target.name.span, "unknown-node", "there is no node", outcome->target.name.text, "");
	else if (outcome->target.to == TL_TO_NOWHERE)
		complain(problems, flow, node->name.span, "schema", "node", node->name.text, " lacks a transition that it needs");
	else
		complain(problems, flow, node->name.span, "unsupported", "node", node->name.text,
		         " cannot be simulated: its expressions are only kept as text");
	return false;
}

bool tl_flow_runs(const struct tl_flow *flow, struct tl_findings *problems)
{
	bool good = flow->start.to == TL_TO_NODE;

	if (flow->dialect == TL_DIALECT_ARCHITECT) {
		complain(problems, flow, flow->name.span, "unsupported", "the Architect flow", flow->name.text,
		         " can be checked and compared, not simulated");
		return false;
	}
	if (!good)
		complain(problems, flow, flow->start.name.span, "unknown-node", "'start' names no node:", flow->start.name.text, "");
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (node->unknown && !node->subject) {
			complain(problems, flow, node->type_span, "schema", "there is no node type", node->type, "");
			good = false;
			continue;
		}
		for (uint32_t j = 0; j < node->n_outcomes; j++)
			good = outcome_runs(flow, node, &tl_node_outcomes(flow, node)[j], problems) && good;
	}
	return good;
}

/* Reads all flows that `flow` leads to by subflow nodes; *good turns false where one of them cannot run. */
static int read_callees(struct tl_library *library, const struct tl_flow *flow, struct tl_map *seen, struct tl_findings *problems,
                        bool *good, struct tl_error *err)
{
	struct tl_flow *callee;
	bool made;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (node->op != TL_CALL || !node->subject || node->callee != TL_NONE)
			continue;
		if (find(&callee, library, node->subject->value.text, err) < 0)
			return -1;
		if (!callee)
			continue;
		tl_map_put(seen, callee->id.text, &made);
		if (made)
			*good = tl_flow_runs(callee, problems) && *good;
	}
	return 0;
}

/* Makes `flow` ready: breadth first over its callees. */
static int get_ready(const struct tl_flow **out, struct tl_library *library, const struct tl_flow *flow, struct tl_findings *problems,
                     struct tl_error *err)
{
	struct tl_map seen = { 0 };
	bool good = tl_flow_runs(flow, problems), made;
	int result = 0;

	tl_map_put(&seen, flow->id.text, &made);
	result = read_callees(library, flow, &seen, problems, &good, err);
	for (size_t i = 1; i < seen.count && result == 0; i++) {
		const struct tl_flow *callee = tl_map_ptr(&library->by_id, seen.entries[i].key);

		result = read_callees(library, callee, &seen, problems, &good, err);
	}
	tl_map_clear(&seen);
	*out = good && result == 0 ? flow : NULL;
	return result;
}

int tl_library_get(const struct tl_flow **out, struct tl_library *library, struct tl_str id, struct tl_findings *problems,
                   struct tl_error *err)
{
	struct tl_flow *flow;

	*out = NULL;
	if (find(&flow, library, id, err) < 0)
		return -1;
	return flow ? get_ready(out, library, flow, problems, err) : 0;
}

int tl_library_get_file(const struct tl_flow **out, struct tl_library *library, size_t file, struct tl_findings *problems, struct tl_error *err)
{
	*out = NULL;
	if (read_file(library, file, err) < 0)
		return -1;
	return library->flows[file] ? get_ready(out, library, library->flows[file], problems, err) : 0;
}

static const struct tl_flow *find_read(void *data, struct tl_str id)
{
	const struct tl_library *library = data;

	return tl_map_ptr(&library->by_id, id);
}

struct tl_program tl_library_program(struct tl_library *library, const struct tl_flow *flow)
{
	return (struct tl_program){ .flow = flow, .find = find_read, .data = library };
}

size_t tl_library_ids(struct tl_library *library, struct tl_str **ids, struct tl_arena *arena)
{
	*ids = TL_ARENA_ARRAY(arena, struct tl_str, library->by_id.count + 1);
	for (size_t i = 0; i < library->by_id.count; i++)
		(*ids)[i] = library->by_id.entries[i].key;
	return library->by_id.count;
}

struct tl_str tl_library_id_of_name(const struct tl_library *library, struct tl_str name)
{
	for (size_t i = 0; i < library->set->count; i++) {
		if (library->flows[i] && tl_str_equal(library->flows[i]->name.text, name))
			return library->flows[i]->id.text;
	}
	return TL_STR("");
}
