/* live/editions.c: a flow and its callees, breadth first, kept together as one. */
#include "live/editions.h"

#include <stdlib.h>

#include "flow/canonical.h"
#include "live/flows.h"

/* One flow of an edition. */
struct member {
	const struct tl_flow *flow;
	struct tl_str platform_id; /* of a deployed one */
	int64_t version;
};

struct bundle {
	struct tl_edition edition;
	struct tl_arena arena;
	struct tl_mover mover;         /* by whom `flows` finds its way */
	struct tl_move_flows *flows;   /* of deployed ones, else NULL */
	struct tl_library *library;    /* of files, else NULL */
	void (*close)(void *data);
	void *data;
	struct member *members;
	size_t count, capacity;
	struct tl_map by_name;         /* as the flows name each other -> index of members */
	char digest[TL_SHA256_SIZE], all[TL_SHA256_SIZE]; /* of the flow; of all members */
};

static struct bundle *bundle_new(const struct tl_edition_origin *origin)
{
	struct bundle *bundle = tl_alloc_zero(1, sizeof(*bundle));
	const struct tl_limits *limits = &origin->project->limits;

	bundle->edition = (struct tl_edition){
		.project = origin->project, .audio_base = origin->environment->audio_base, .max_steps = limits->max_steps, .max_text = limits->text,
		.max_time_ms = origin->max_time_ms, .owner = bundle,
	};
	return bundle;
}

void tl_edition_free(void *owner)
{
	struct bundle *bundle = owner;

	if (!bundle)
		return;
	tl_move_flows_free(bundle->flows);
	tl_library_free(bundle->library);
	if (bundle->close)
		bundle->close(bundle->data);
	tl_map_clear(&bundle->by_name);
	free(bundle->members);
	tl_arena_clear(&bundle->arena);
	free(bundle);
}

static const struct tl_flow *find(void *data, struct tl_str id)
{
	const struct bundle *bundle = data;
	uint32_t index = tl_map_index(&bundle->by_name, id);

	return index == TL_NONE ? NULL : bundle->members[index].flow;
}

/* ---- members */

/* Adds the flow that goes by that name, once, whatever it is called. */
static void add_member(struct bundle *bundle, struct tl_str name, const struct member *member)
{
	size_t at = 0;

	while (at < bundle->count && bundle->members[at].flow != member->flow)
		at++;
	if (at == bundle->count) {
		bundle->members = tl_grow(bundle->members, &bundle->capacity, at + 1, sizeof(*bundle->members));
		bundle->members[bundle->count++] = *member;
	}
	tl_map_put(&bundle->by_name, tl_arena_dup(&bundle->arena, name), NULL)->value.index = (uint32_t)at;
}

/* The flow of a call to another one, by its name; empty for any other node. */
static struct tl_str callee_of(const struct tl_node *node)
{
	return node->op == TL_CALL && node->callee == TL_NONE && node->subject ? node->subject->value.text : (struct tl_str){ NULL, 0 };
}

static int add_callees(struct bundle *bundle, int (*add)(struct bundle *bundle, struct tl_str name, struct tl_error *err), struct tl_error *err)
{
	for (size_t i = 0; i < bundle->count; i++) {
		const struct tl_flow *flow = bundle->members[i].flow;

		for (uint32_t j = 0; j < flow->n_nodes; j++) {
			struct tl_str name = callee_of(&flow->nodes[j]);

			/* One that is not there is for whoever judges the flow. */
			if (name.len > 0 && !tl_map_find(&bundle->by_name, name) && add(bundle, name, err) != 0 && err->code != TL_NOT_FOUND)
				return tl_error_wrap(err, "flow '%.*s', node '%.*s'", TL_FMT(flow->id.text), TL_FMT(flow->nodes[j].name.text));
		}
	}
	return 0;
}

static void digest_all(struct bundle *bundle)
{
	struct tl_buf text = { 0 };
	char digest[TL_SHA256_SIZE];

	for (size_t i = 0; i < bundle->count; i++) {
		tl_flow_digest(digest, bundle->members[i].flow, NULL);
		tl_buf_text(&text, digest);
		if (i == 0)
			memcpy(bundle->digest, digest, sizeof(digest));
	}
	tl_sha256_hex(bundle->all, tl_buf_view(&text));
	tl_buf_clear(&text);
}

static struct tl_edition *complete(struct bundle *bundle)
{
	digest_all(bundle);
	bundle->edition.program = (struct tl_program){ .flow = bundle->members[0].flow, .find = find, .data = bundle };
	bundle->edition.version = bundle->members[0].version;
	bundle->edition.digest = tl_str(bundle->digest);
	return &bundle->edition;
}

/* ---- of what is deployed */

static int add_deployed(struct bundle *bundle, struct tl_str name, struct tl_error *err)
{
	const struct tl_remote *listed;
	struct member member;

	if (tl_move_flows_listed(&listed, bundle->flows, name, err) != 0 || tl_move_flows_get(&member.flow, bundle->flows, name, err) != 0)
		return -1;
	member.platform_id = listed->id;
	member.version = listed->published_version;
	add_member(bundle, name, &member);
	return 0;
}

/* Whether the platform lists every flow of it at the version that it holds. */
static bool is_listed(const struct bundle *present, const struct tl_move_flows *flows)
{
	for (size_t i = 0; i < present->by_name.count; i++) {
		const struct member *member = &present->members[present->by_name.entries[i].value.index];
		const struct tl_remote *listed;
		struct tl_error ignored;

		if (tl_move_flows_listed(&listed, flows, present->by_name.entries[i].key, &ignored) != 0 || !tl_str_equal(listed->id, member->platform_id) ||
		    listed->published_version != member->version)
			return false;
	}
	return true;
}

int tl_edition_deployed(struct tl_edition **out, const struct tl_edition_origin *origin, const struct tl_edition *present, struct tl_error *err)
{
	struct bundle *bundle = bundle_new(origin);
	int ret;

	*out = NULL;
	bundle->mover = (struct tl_mover){
		.platform = origin->platform, .ledger = origin->ledger, .clock = origin->clock, .environment = origin->environment, .lower = origin->lower,
	};
	ret = tl_move_flows_new(&bundle->flows, &bundle->mover, err);
	if (ret == 0 && present && is_listed(present->owner, bundle->flows)) {
		tl_edition_free(bundle);
		return 0;
	}
	if (ret == 0)
		ret = add_deployed(bundle, origin->name, err);
	if (ret == 0)
		ret = add_callees(bundle, add_deployed, err);
	if (ret == 0)
		*out = complete(bundle);
	else
		tl_edition_free(bundle);
	return ret;
}

/* ---- of files */

/* A callee that is not there takes the outcome that the flow has for it, as in the simulator. */
static int add_read(struct bundle *bundle, struct tl_str name, struct tl_error *err)
{
	struct tl_program program = tl_library_program(bundle->library, bundle->members[0].flow);
	struct member member = { .flow = program.find(program.data, name) };

	(void)err;
	if (member.flow)
		add_member(bundle, name, &member);
	return 0;
}

struct tl_edition *tl_edition_of_files(const struct tl_edition_origin *origin, struct tl_library *library, const struct tl_flow *flow, void (*close)(void *data), void *data)
{
	struct bundle *bundle = bundle_new(origin);
	struct member member = { .flow = flow };

	bundle->library = library;
	bundle->close = close;
	bundle->data = data;
	add_member(bundle, flow->id.text, &member);
	add_callees(bundle, add_read, NULL);
	return complete(bundle);
}

/* ---- questions */

bool tl_edition_is_same(const struct tl_edition *a, const struct tl_edition *b)
{
	const struct bundle *x = a->owner, *y = b->owner;

	return strcmp(x->all, y->all) == 0;
}

const struct tl_flow *tl_edition_flow(const struct tl_edition *edition, size_t i)
{
	const struct bundle *bundle = edition->owner;

	return i < bundle->count ? bundle->members[i].flow : NULL;
}

bool tl_edition_asks_profiles(const struct tl_edition *edition)
{
	const struct bundle *bundle = edition->owner;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct tl_flow *flow = bundle->members[i].flow;

		for (uint32_t j = 0; j < flow->n_nodes; j++) {
			if (flow->nodes[j].op == TL_INVOKE && flow->nodes[j].service == TL_SERVICE_PROFILE)
				return true;
		}
	}
	return false;
}
