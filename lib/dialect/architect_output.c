/* dialect/architect_output.c: the ways on from an action. What stands in one of its outputs goes on after the action. */
#include <stdlib.h>

#include "base/text.h"
#include "dialect/architect.h"

/* ---- Branches */

struct tl_arch_branch *tl_arch_branch(struct tl_arch_branches *branches, struct tl_str name, enum tl_role role,
                                      const struct tl_item *item)
{
	struct tl_arch_branch *branch;

	branches->items = tl_grow(branches->items, &branches->capacity, branches->count + 1, sizeof(*branches->items));
	branch = &branches->items[branches->count++];
	*branch = (struct tl_arch_branch){ .name = name, .role = role, .item = item, .label = TL_NONE };
	return branch;
}

static bool is_disabled(const struct tl_item *branch)
{
	const struct tl_item *enabled = tl_item_get(branch, "enabled");

	return enabled && enabled->kind == TL_BOOLEAN && !enabled->boolean;
}

static void add_phrase(struct tl_arch *arch, struct tl_outcome *outcome, struct tl_name phrase)
{
	outcome->phrases = TL_ARENA_NEW(tl_arch_arena(arch), struct tl_name);
	outcome->phrases[0] = phrase;
	outcome->n_phrases = 1;
}

static void add_outcome(struct tl_arch *arch, uint32_t node, struct tl_arch_branch *branch,
                        const struct tl_item *action, const struct tl_arch_scope *scope)
{
	struct tl_arch_taken taken = { .keys = { "enabled", "actions", "name", "value" }, .count = 4 };
	struct tl_outcome *outcome;

	branch->outcome = tl_arch_outcome(arch, node, branch->role, branch->name, branch->label,
	                                  branch->item ? branch->item->span : action->key_span);
	outcome = &tl_arch_flow(arch)->outcomes[branch->outcome];
	outcome->implied = !branch->item;
	outcome->disabled = is_disabled(branch->item);
	outcome->guard = branch->guard;
	outcome->exit = branch->role == TL_R_EXIT ? branch->name : TL_STR("");
	outcome->extras = tl_arch_extras(arch, branch->item, &taken, scope->path);
	if (branch->phrase.text.len > 0)
		add_phrase(arch, outcome, branch->phrase);
}

/* The steps to a branch's actions: yes/actions, paths/path[NAME]/actions. */
static void lower_branch(struct tl_arch *arch, const struct tl_arch_branch *branch, const struct tl_arch_scope *scope,
                         uint32_t next)
{
	struct tl_arch_path list = { scope->path, tl_str(branch->list ? branch->list : ""), NULL };
	struct tl_arch_path own = { branch->list ? &list : scope->path, branch->item->key,
		                    branch->list ? branch->item : NULL };
	struct tl_arch_path actions = { &own, TL_STR("actions"), NULL };
	struct tl_arch_scope inner = *scope;

	inner.path = &actions;
	tl_arch_actions(arch, tl_arch_child(arch, branch->item, "actions", TL_LIST), &inner, branch->label, next);
}

void tl_arch_lower_branches(struct tl_arch *arch, uint32_t node, struct tl_arch_branches *branches,
                            const struct tl_item *action, const struct tl_arch_scope *scope, uint32_t next)
{
	for (size_t i = 0; i < branches->count; i++) {
		struct tl_arch_branch *branch = &branches->items[i];

		if (branch->item || branch->label == TL_NONE)
			branch->label = branch->item ? tl_arch_label(arch) : next;
		add_outcome(arch, node, branch, action, scope);
	}
	for (size_t i = 0; i < branches->count; i++) {
		if (branches->items[i].item)
			lower_branch(arch, &branches->items[i], scope, next);
	}
	free(branches->items);
	*branches = (struct tl_arch_branches){ 0 };
}

/* ---- Outputs */

static int compare_branches(const void *a, const void *b)
{
	const struct tl_arch_branch *left = a, *right = b;

	return tl_str_compare(left->name, right->name);
}

static bool in_row(const struct tl_arch_action *row, struct tl_str name)
{
	for (size_t i = 0; row && i < TL_ARCH_OUTPUTS && row->outputs[i].name; i++) {
		if (tl_str_is(name, row->outputs[i].name))
			return true;
	}
	return false;
}

/* A map with `actions`, or nothing at all (`no:`); anything else is a mistake. */
static bool is_output(struct tl_arch *arch, const struct tl_item *output)
{
	if (output->kind == TL_MAP || output->kind == TL_NULL)
		return true;
	tl_arch_say(arch, output->span, TL_ERROR, "schema", "the output '%.*s' must be a map with 'actions'",
	            TL_FMT(output->key));
	return false;
}

/* An output that the row does not have, but one much like it. */
static void check_spelling(struct tl_arch *arch, const struct tl_item *outputs, const struct tl_item *output,
                           const struct tl_arch_action *row)
{
	struct tl_str names[TL_ARCH_OUTPUTS], near;
	size_t count = 0;

	for (size_t i = 0; row && i < TL_ARCH_OUTPUTS && row->outputs[i].name; i++) {
		if (!tl_item_get(outputs, row->outputs[i].name))
			names[count++] = tl_str(row->outputs[i].name);
	}
	near = count > 0 ? tl_text_nearest(output->key, names, count) : TL_STR("");
	if (near.len > 0)
		tl_arch_suggest(arch,
		                tl_arch_say(arch, output->key_span, TL_WARNING, "schema", "'%s' has no output '%.*s'",
		                            row->kind, TL_FMT(output->key)),
		                output->key, names, count);
}

static enum tl_role listed_role(const struct tl_arch_action *row)
{
	if (row && row->op == TL_MENU)
		return TL_R_CHOICE;
	return row && row->op == TL_CALL ? TL_R_EXIT : TL_R_OTHER;
}

/* paths: [{path: {name, actions}}] */
static void add_listed(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *list,
                       const struct tl_arch_action *row)
{
	enum tl_role role = listed_role(row);
	struct tl_arch_branch *branch;

	for (const struct tl_item *entry = list->first; entry; entry = entry->next) {
		const struct tl_item *path = tl_arch_one(arch, entry, "paths", "path");
		struct tl_name name = tl_arch_name(arch, path, "name");

		if (!path || !is_output(arch, path))
			continue;
		branch = tl_arch_branch(branches, name.text, role, path);
		branch->list = list->key.ptr;
		if (role == TL_R_CHOICE) {
			branch->phrase = name;
			branch->name = tl_arena_printf(tl_arch_arena(arch), "choice %zu", branches->count);
		}
	}
}

static void add_others(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *outputs,
                       const struct tl_arch_action *row)
{
	size_t first = branches->count;
	bool call = row && row->op == TL_CALL;

	for (const struct tl_item *output = outputs ? outputs->first : NULL; output; output = output->next) {
		if (in_row(row, output->key) || output->kind == TL_LIST || !is_output(arch, output))
			continue;
		check_spelling(arch, outputs, output, row);
		tl_arch_branch(branches, tl_arch_key(arch, output), call ? TL_R_EXIT : tl_arch_role_of(output->key),
		               output);
	}
	if (branches->count > first)
		qsort(branches->items + first, branches->count - first, sizeof(*branches->items), compare_branches);
}

static void add_of_row(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *outputs,
                       const struct tl_arch_output *own)
{
	const struct tl_item *output = tl_item_get(outputs, own->name);
	struct tl_arch_branch *branch;

	output = output && is_output(arch, output) ? output : NULL;
	branch = tl_arch_branch(branches, tl_str(own->name), own->role, output);
	if (own->role == TL_R_CHOICE)
		branch->phrase =
			(struct tl_name){ tl_str(own->name), output ? output->key_span : (struct tl_span){ 0, 0 } };
}

/* Choices stand before what happens without one, other paths behind what every such action has. */
static void add_lists(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *outputs,
                      const struct tl_arch_action *row)
{
	for (const struct tl_item *list = outputs ? outputs->first : NULL; list; list = list->next) {
		if (list->kind == TL_LIST && !in_row(row, list->key))
			add_listed(arch, branches, list, row);
	}
}

void tl_arch_outputs(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *action,
                     const struct tl_arch_action *row)
{
	const struct tl_item *outputs = tl_arch_child(arch, action, "outputs", TL_MAP);
	bool choices = listed_role(row) == TL_R_CHOICE;

	if (choices)
		add_lists(arch, branches, outputs, row);
	for (size_t i = 0; row && i < TL_ARCH_OUTPUTS && row->outputs[i].name; i++)
		add_of_row(arch, branches, outputs, &row->outputs[i]);
	/* An action that has no outputs of its own goes on, whatever else it may do. */
	if (!row || (row->shape == TL_SHAPE_STEP && !row->outputs[0].name))
		tl_arch_branch(branches, TL_STR("next"), TL_R_NEXT, NULL);
	add_others(arch, branches, outputs, row);
	if (!choices)
		add_lists(arch, branches, outputs, row);
}
