/* deploy/import_read.c: nothing is read of what is known already; a flow that cannot be read is one of many. */
#include "deploy/importing.h"

#include "base/pool.h"

/* So many flows that cannot be read, and not one that can: it is the platform that does not answer, and the rest is not asked for. */
#define UNREADABLE_MOST 16

/* ---- the other environment */

int tl_importing_find_twins(struct tl_importing *importing, struct tl_error *err)
{
	const struct tl_import_other *other = importing->options->other;

	if (!other)
		return 0;
	importing->keys = (struct tl_import_keys){
		.arena = &importing->out->arena, .here = &importing->deploy->environment->values, .there = &other->environment->values,
	};
	if (tl_platform_list(&importing->twins, &importing->arena, other->platform, err) != 0)
		return tl_error_wrap(err, "the environment '%.*s'", TL_FMT(other->environment->name));
	for (uint32_t i = 0; i < importing->twins.count; i++)
		tl_map_put(&importing->by_name, importing->twins.items[i].name, NULL)->value.index = i;
	for (size_t i = 0; i < importing->count; i++) {
		uint32_t index = tl_map_index(&importing->by_name, importing->incoming[i].remote->name);

		if (index != TL_NONE && importing->twins.items[index].published_version > 0)
			importing->incoming[i].twin = &importing->twins.items[index];
	}
	return 0;
}

bool tl_incoming_digest(char digest[TL_SHA256_SIZE], const struct tl_remote *remote, struct tl_str content, const struct tl_lower *lower)
{
	struct tl_remote read = { .id = remote->id, .name = remote->name, .type = remote->type, .version = remote->published_version, .content = content };
	struct tl_error ignored;

	return tl_remote_digest(digest, &read, lower, &ignored) == 0;
}

/* One that cannot be read there is no reason to leave it here. */
static int read_twin(struct tl_importing *importing, struct tl_incoming *incoming, struct tl_error *err)
{
	const struct tl_import_other *other = importing->options->other;
	struct tl_remote remote;

	if (tl_platform_version(&remote, &incoming->arena, other->platform, incoming->twin->id, incoming->twin->published_version, err) != 0) {
		if (!tl_remote_is_unreadable(err->code))
			return tl_error_wrap(err, "the environment '%.*s'", TL_FMT(other->environment->name));
		incoming->twin_trouble = tl_arena_printf(&incoming->arena, "it cannot be read in '%.*s': %s", TL_FMT(other->environment->name), err->message);
		*err = (struct tl_error){ .code = TL_OK };
		return 0;
	}
	if (!tl_incoming_digest(incoming->twin_digest, incoming->twin, remote.content, other->lower))
		incoming->twin_trouble = tl_arena_printf(&incoming->arena, "what it says in '%.*s' cannot be read", TL_FMT(other->environment->name));
	incoming->twin_content = remote.content;
	return 0;
}

/* ---- what callers get */

/* One version, as it would be read from its file. */
static int read_version(struct tl_wanted *digests, struct tl_str *content, struct tl_incoming *incoming, struct tl_importing *importing, int64_t version,
                        struct tl_error *err)
{
	struct tl_remote remote;
	struct tl_flow *flow = NULL;
	int ret = tl_platform_version(&remote, &incoming->arena, importing->deploy->platform, incoming->remote->id, version, err);

	if (ret == 0)
		ret = tl_remote_read(&flow, &remote, importing->deploy->lower, err);
	if (ret == 0)
		ret = tl_wanted_digests(digests, &incoming->arena, &importing->gathered, flow, err);
	if (ret == 0) {
		digests->flow = tl_arena_dup(&incoming->arena, flow->foreign ? incoming->remote->id : tl_flow_key(flow));
		*content = remote.content;
	}
	tl_flow_free(flow);
	return ret;
}

/* What callers get, and the digest of the last write where that is something else. */
static int read_versions(struct tl_incoming *incoming, struct tl_importing *importing, struct tl_error *err)
{
	const struct tl_remote *remote = incoming->remote;
	struct tl_wanted last = { .index = 0 };
	struct tl_str ignored;

	if (read_version(&incoming->live, &incoming->content, incoming, importing, remote->published_version, err) != 0)
		return -1;
	memcpy(incoming->last_digest, incoming->live.content.ptr, sizeof(incoming->last_digest));
	if (remote->published_version == remote->version)
		return 0;
	if (read_version(&last, &ignored, incoming, importing, remote->version, err) != 0)
		return -1;
	memcpy(incoming->last_digest, last.content.ptr, sizeof(incoming->last_digest));
	return 0;
}

bool tl_incoming_is_redated(const struct tl_incoming *incoming)
{
	const struct tl_remote *remote = incoming->remote;

	return remote->version == remote->published_version && incoming->base.version == remote->version &&
	       !tl_deployed_is(&incoming->base, remote->version, remote->written_ms);
}

/* What callers get is what the ledger says, and there is a file: nothing will be written, so nothing is read. */
static bool take_known(struct tl_incoming *incoming)
{
	const struct tl_deployed *base = &incoming->base;

	if (!incoming->wanted || base->platform_id.len == 0 || base->version != incoming->remote->published_version || base->content.len == 0 || tl_incoming_is_redated(incoming))
		return false;
	incoming->live = (struct tl_wanted){ .flow = base->flow, .content = base->content, .digest = base->digest, .more = base->more };
	return true;
}

/* A flow that cannot be read is one of many: it is said, and the others are imported. */
static int take_trouble(struct tl_incoming *incoming, struct tl_importing *importing, const struct tl_error *err)
{
	unsigned count = atomic_fetch_add(&importing->unreadable, 1) + 1;

	if (!tl_remote_is_unreadable(err->code) || (count >= UNREADABLE_MOST && atomic_load(&importing->readable) == 0))
		return -1;
	incoming->trouble = tl_arena_dup(&incoming->arena, tl_str(err->message));
	return 0;
}

static void tell_read(struct tl_importing *importing, const struct tl_incoming *incoming)
{
	struct tl_deploy *deploy = importing->deploy;
	struct tl_told told = { .kind = TL_TOLD_READ, .platform_id = incoming->remote->id, .total = importing->count };

	pthread_mutex_lock(&importing->lock);
	told.done = ++importing->n_read;
	told.at_ms = deploy->clock->now_ms(deploy->clock->data);
	if (deploy->told)
		deploy->told(deploy->data, &told);
	pthread_mutex_unlock(&importing->lock);
}

static int look_at(struct tl_importing *importing, struct tl_incoming *incoming, struct tl_error *err)
{
	if (importing->deploy->stopped && importing->deploy->stopped())
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	if (incoming->remote->published_version == 0 || take_known(incoming))
		return 0;
	if (read_versions(incoming, importing, err) != 0) {
		if (take_trouble(incoming, importing, err) != 0)
			return -1;
		*err = (struct tl_error){ .code = TL_OK };
		return 0;
	}
	atomic_fetch_add(&importing->readable, 1);
	return incoming->twin && !incoming->wanted ? read_twin(importing, incoming, err) : 0;
}

static int read_one(void *data, unsigned worker, size_t i)
{
	struct tl_importing *importing = data;
	struct tl_incoming *incoming = &importing->incoming[importing->first + i];

	if (look_at(importing, incoming, &importing->errors[worker]) != 0)
		return -1;
	tell_read(importing, incoming);
	return 0;
}

int tl_importing_read(struct tl_importing *importing, size_t count, struct tl_error *err)
{
	unsigned workers = tl_platform_readers(importing->deploy->platform, tl_deploy_requests(importing->deploy));
	int ret;

	importing->errors = TL_ARENA_ARRAY(&importing->out->arena, struct tl_error, workers + 1u);
	ret = tl_pool_run(workers, count, read_one, importing);
	for (unsigned i = 0; ret != 0 && i <= workers; i++) {
		if (importing->errors[i].code == TL_OK)
			continue;
		*err = importing->errors[i];
		break;
	}
	return ret;
}
