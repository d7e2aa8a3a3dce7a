/* dialect/architect_container.c: menus, tasks, states, bots and the actions that a flow without them starts with: each a routine. */
#include "dialect/architect.h"

/* In this order they are read, wherever they stand in the file: names do not depend on the order of keys. */
static const struct {
	const char *list, *kind;
	enum tl_routine_kind routine;
} container_table[] = {
	{ "menus", "menu", TL_ROUTINE_MENU },
	{ "tasks", "task", TL_ROUTINE_TASK },
	{ "states", "state", TL_ROUTINE_STATE },
	{ "bots", "bot", TL_ROUTINE_BOT },
};

static struct tl_arch_container *add_container(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_arch_container *container;

	arch->containers =
		tl_grow(arch->containers, &arch->container_capacity, arch->n_containers + 1, sizeof(*arch->containers));
	container = &arch->containers[arch->n_containers++];
	*container = (struct tl_arch_container){ .item = item, .entry = tl_arch_label(arch) };
	return container;
}

/* The menu that Architect makes first has the tracking number 10; a flow that starts elsewhere has it still. */
static bool is_vendor_default(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_path *path)
{
	struct tl_name start = tl_arch_name(arch, arch->root, "startUpRef");
	struct tl_str name = tl_arch_name(arch, item, "name").text, id = tl_arch_name(arch, item, "refId").text;

	return start.text.len > 0 && id.len == name.len + 3 && tl_str_starts(id, name) &&
	       tl_str_ends(id, TL_STR("_10")) &&
	       !tl_str_equal(tl_arch_absolute(arch, &arch->top, start.text), tl_arch_path_text(arch, path));
}

static void find_container(struct tl_arch *arch, const struct tl_item *entry, size_t row)
{
	const struct tl_item *item = tl_arch_one(arch, entry, container_table[row].list, container_table[row].kind);
	struct tl_arch_path list = { &arch->top, tl_str(container_table[row].list), NULL };
	struct tl_arch_path path = { &list, tl_str(container_table[row].kind), item };
	struct tl_arch_container *container;
	struct tl_name name;

	if (!item)
		return;
	if (!tl_str_is(item->key, container_table[row].kind) || item->kind != TL_MAP) {
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema", "'%s' must hold maps of one '%s' each",
		            container_table[row].list, container_table[row].kind);
		return;
	}
	name = tl_arch_name(arch, item, "name");
	if (name.text.len == 0)
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema", "a %s needs a 'name'", container_table[row].kind);
	name.text = tl_arch_unique(arch, &arch->routine_names, TL_STR(""), name.text.len > 0 ? name.text : item->key);
	container = add_container(arch, item);
	container->list = tl_str(container_table[row].list);
	container->kind = tl_str(container_table[row].kind);
	container->routine = tl_arch_routine(arch, container_table[row].routine, name, item, container->entry);
	tl_arch_flow(arch)->routines[container->routine].vendor_default =
		container_table[row].routine == TL_ROUTINE_MENU && is_vendor_default(arch, item, &path);
	tl_arch_place(arch, &path, name.text, container->entry, container->routine);
}

/* startUpTaskActions: [ACTION…] */
static void find_startup(struct tl_arch *arch)
{
	const struct tl_item *list = tl_arch_child(arch, arch->root, "startUpTaskActions", TL_LIST);
	struct tl_arch_container *container;
	struct tl_name name;

	if (!list)
		return;
	name = (struct tl_name){ tl_arch_unique(arch, &arch->routine_names, TL_STR(""), list->key), list->key_span };
	container = add_container(arch, list);
	container->list = list->key;
	container->routine = tl_arch_routine(arch, TL_ROUTINE_TASK, name, list, container->entry);
	tl_arch_flow(arch)->routines[container->routine].repeats = arch->type->repeats;
}

void tl_arch_containers(struct tl_arch *arch)
{
	find_startup(arch);
	for (size_t row = 0; row < TL_COUNT(container_table); row++) {
		const struct tl_item *list = tl_arch_child(arch, arch->root, container_table[row].list, TL_LIST);

		for (const struct tl_item *entry = list ? list->first : NULL; entry; entry = entry->next)
			find_container(arch, entry, row);
	}
}

/* ---- Lowering */

static void lower_container(struct tl_arch *arch, const struct tl_arch_container *container)
{
	struct tl_arch_taken taken = { .keys = { "name", "actions", "variables" }, .count = 3 };
	struct tl_arch_path list = { &arch->top, container->list, NULL },
			    path = { &list, container->kind, container->item };
	struct tl_arch_path actions = { &path, TL_STR("actions"), NULL };
	bool is_startup = container->kind.len == 0;
	const struct tl_item *variables = is_startup ? tl_arch_child(arch, arch->root, "startUpTaskVariables", TL_LIST)
	                                             : tl_arch_child(arch, container->item, "variables", TL_LIST);
	struct tl_item *described = tl_item_new(tl_arch_arena(arch), TL_MAP), *extras;
	struct tl_arch_scope scope = {
		.path = is_startup ? &list : &actions,
		.routine = container->routine,
		.loop_head = TL_NONE,
		.loop_exit = TL_NONE,
		.menu = TL_NONE,
		.menu_before = TL_NONE,
		.prefix = tl_arch_flow(arch)->routines[container->routine].name.text,
	};

	tl_arch_variables(arch, variables, container->routine, described);
	if (tl_str_is(container->kind, "menu")) {
		scope.path = &path;
		tl_arch_menu(arch, container->item, &scope, container->entry, TL_NONE);
		return;
	}
	extras = is_startup ? NULL : tl_arch_extras(arch, container->item, &taken, &path);
	if (described->count > 0) {
		extras = extras ? extras : tl_item_new(tl_arch_arena(arch), TL_MAP);
		tl_item_put(extras, TL_STR("variables"), described);
	}
	tl_arch_flow(arch)->routines[container->routine].extras = extras;
	tl_arch_body(arch, container->item,
	             is_startup ? container->item : tl_arch_child(arch, container->item, "actions", TL_LIST), &scope,
	             container->entry);
}

void tl_arch_lower_containers(struct tl_arch *arch)
{
	for (size_t i = 0; i < arch->n_containers; i++)
		lower_container(arch, &arch->containers[i]);
}
