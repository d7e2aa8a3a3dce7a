/* sandbox/deployed.c: the store's flows as a library of them. */
#include "sandbox/deployed.h"

#include <stdlib.h>

#include "sim/library.h"

struct tl_deployed {
	struct tl_arena arena;
	struct tl_local_store *store;
	struct tl_remotes remotes;
	struct tl_flow_set set;
	struct tl_lower lower;
	struct tl_library *library;
	struct tl_trial_flow flow;
};

static int read_flow(void *data, size_t i, const struct tl_lower *lower, struct tl_flow **out, struct tl_error *err)
{
	struct tl_deployed *deployed = data;
	const struct tl_remote *listed = &deployed->remotes.items[i];
	int64_t version = listed->published_version > 0 ? listed->published_version : listed->version;
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	int status = tl_local_store_version(&remote, &arena, deployed->store, listed->id, version, err);

	*out = NULL;
	/* One that cannot be read is none; who wants it is told. */
	if (status == 0)
		(void)tl_remote_read(out, &remote, lower, NULL);
	tl_arena_clear(&arena);
	return status;
}

/* The library looks for a flow where a file is named after it first. */
static void list_files(struct tl_deployed *deployed)
{
	struct tl_flow_file *files = TL_ARENA_ARRAY(&deployed->arena, struct tl_flow_file, deployed->remotes.count + 1);

	for (size_t i = 0; i < deployed->remotes.count; i++)
		files[i].path = tl_arena_printf(&deployed->arena, "%.*s.flow.json", TL_FMT(deployed->remotes.items[i].name));
	deployed->set = (struct tl_flow_set){ .files = files, .count = deployed->remotes.count, .read = read_flow, .data = deployed };
}

/* The start node of the wire form that only leads on: the model has none. */
static struct tl_str start_of(const struct tl_flow *flow)
{
	const struct tl_item *nodes = tl_item_get(flow->doc->root, "nodes");

	for (const struct tl_item *node = nodes ? nodes->first : NULL; node; node = node->next) {
		struct tl_str name = nodes->kind == TL_MAP ? node->key : tl_item_text(node, "id");

		if (tl_str_is(tl_item_text(node, "type"), "start") && !tl_map_find(&flow->node_names, name))
			return name;
	}
	return (struct tl_str){ 0 };
}

static int get_ready(struct tl_deployed *deployed, size_t at, struct tl_error *err)
{
	const struct tl_remote *remote = &deployed->remotes.items[at];
	struct tl_findings problems = { 0 };
	const struct tl_flow *flow;
	int status = tl_library_get_file(&flow, deployed->library, at, &problems, err);

	if (status == 0 && !flow)
		status = tl_error_set(err, TL_REFUSED, "flow '%.*s' cannot run: %.*s", TL_FMT(remote->name),
		                      TL_FMT(problems.count > 0 ? problems.items[0].message : TL_STR("it cannot be read")));
	tl_findings_clear(&problems);
	if (status != 0)
		return -1;
	deployed->flow = (struct tl_trial_flow){ tl_library_program(deployed->library, flow), remote->id, start_of(flow) };
	return 0;
}

int tl_deployed_open(struct tl_deployed **out, struct tl_local_store *store, struct tl_str id, struct tl_error *err)
{
	struct tl_deployed *deployed = tl_alloc_zero(1, sizeof(*deployed));
	size_t at = 0;

	*out = NULL;
	deployed->store = store;
	deployed->lower.limits = tl_limits_default();
	if (tl_local_store_list(&deployed->remotes, &deployed->arena, store, err) != 0)
		goto failed;
	while (at < deployed->remotes.count && !tl_str_equal(deployed->remotes.items[at].id, id))
		at++;
	if (at == deployed->remotes.count) {
		tl_error_set(err, TL_NOT_FOUND, "there is no flow '%.*s'", TL_FMT(id));
		goto failed;
	}
	list_files(deployed);
	deployed->library = tl_library_new(&deployed->set, &deployed->lower);
	if (get_ready(deployed, at, err) != 0)
		goto failed;
	*out = deployed;
	return 0;
failed:
	tl_deployed_close(deployed);
	return -1;
}

void tl_deployed_close(struct tl_deployed *deployed)
{
	if (!deployed)
		return;
	tl_library_free(deployed->library);
	tl_arena_clear(&deployed->arena);
	free(deployed);
}

const struct tl_trial_flow *tl_deployed_flow(const struct tl_deployed *deployed)
{
	return &deployed->flow;
}
