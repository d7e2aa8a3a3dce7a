/* monitor/drift.c: one listing, compared with the ledger; what nobody here wrote is read and remembered. */
#include "monitor/drift.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/pool.h"
#include "crypto/sha256.h"

/* So many versions that cannot be read, and not one that can: it is the platform that does not answer. */
#define UNREAD_MOST 16

static const char *const drift_table[TL_DRIFT_KINDS] = {
	[TL_DRIFT_NONE] = "none",
	[TL_DRIFT_EDITED] = "edited",
	[TL_DRIFT_BEHIND] = "behind",
	[TL_DRIFT_GONE] = "gone",
	[TL_DRIFT_FOREIGN] = "foreign",
};

const char *tl_drift_name(enum tl_drift_kind kind)
{
	assert(kind < TL_DRIFT_KINDS);
	return drift_table[kind];
}

/* What is known of the version that a flow was last seen at. */
struct seen {
	int64_t version, written_ms;
	int64_t since_ms;               /* of drift; 0: none */
	char content[TL_SHA256_SIZE];   /* of that version, where it was read; else empty */
};

/* One flow while it is looked at. */
struct look {
	const struct tl_remote *remote;     /* NULL: gone */
	const struct tl_deployed *deployed; /* NULL: foreign */
	struct tl_drift *drift;
	struct seen *seen;                  /* of an earlier look, or NULL */
	char content[TL_SHA256_SIZE];       /* of the platform's version, where it was read or remembered */
	int64_t since_ms;
	struct tl_str unread;               /* why the version could not be read, in the worker's arena */
	bool read;
};

struct looking {
	const struct tl_drift_scan *scan;
	struct tl_drift_memory *memory;
	struct tl_arena *arena;
	struct tl_remotes remotes;
	struct tl_deployed_list deployed;
	struct look *looks;
	size_t count;
	atomic_uint could, could_not;       /* versions that were read, and that could not be */
	struct tl_error *errors;            /* by worker */
	struct tl_arena *arenas;            /* by worker */
};

void tl_drift_forget(struct tl_drift_memory *memory)
{
	tl_map_clear(&memory->versions);
	tl_arena_clear(&memory->arena);
}

static void add_look(struct looking *looking, const struct tl_remote *remote, const struct tl_deployed *deployed)
{
	struct look *look = &looking->looks[looking->count++];

	look->remote = remote;
	look->deployed = deployed;
	if (remote)
		look->seen = tl_map_ptr(&looking->memory->versions, remote->id);
}

/* Every flow of either side: what we deployed first. */
static void join(struct looking *looking)
{
	const struct tl_deployed_list *deployed = &looking->deployed;
	struct tl_map by_id = { 0 }, ours = { 0 };

	looking->looks = TL_ARENA_ARRAY(looking->arena, struct look, looking->remotes.count + deployed->count + 1);
	for (size_t i = 0; i < looking->remotes.count; i++)
		tl_map_put(&by_id, looking->remotes.items[i].id, NULL)->value.ptr = &looking->remotes.items[i];
	for (size_t i = 0; i < deployed->count; i++) {
		add_look(looking, tl_map_ptr(&by_id, deployed->items[i].platform_id), &deployed->items[i]);
		tl_map_put(&ours, deployed->items[i].platform_id, NULL);
	}
	for (size_t i = 0; looking->scan->foreign && i < looking->remotes.count; i++) {
		if (!tl_map_find(&ours, looking->remotes.items[i].id))
			add_look(looking, &looking->remotes.items[i], NULL);
	}
	tl_map_clear(&by_id);
	tl_map_clear(&ours);
}

/* Whether the content must be looked at: a version that nobody here wrote, on top of one that was written here; or, of a platform that was set back, one of the
 * same number that was written at another time. */
static bool is_unknown(const struct look *look)
{
	return look->remote && look->deployed && !tl_deployed_is(look->deployed, look->remote->version, look->remote->written_ms);
}

/* ---- reading */

static int read_content(struct look *look, const struct tl_drift_scan *scan, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_remote version;
	int ret = tl_platform_version(&version, &arena, scan->platform, look->remote->id, look->remote->version, err);

	if (ret == 0)
		ret = tl_remote_digest(look->content, &version, scan->lower, err);
	tl_arena_clear(&arena);
	return ret;
}

/* When the first version after ours was written: 0 where the platform does not say. */
static int read_since(struct look *look, const struct tl_drift_scan *scan, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_remotes versions;
	int ret = tl_platform_versions(&versions, &arena, scan->platform, look->remote->id, err);

	for (size_t i = 0; ret == 0 && i < versions.count; i++) {
		const struct tl_remote *version = &versions.items[i];

		if (tl_version_compare(version->version, look->deployed->version) > 0 && (look->since_ms == 0 || version->written_ms < look->since_ms))
			look->since_ms = version->written_ms;
	}
	tl_arena_clear(&arena);
	return ret;
}

/* Of a version that nobody here wrote: whether it says something else, or lies on another one that callers get. */
static bool is_edited(const struct look *look)
{
	if (!tl_str_is(look->deployed->content, look->content))
		return true;
	return !tl_remote_is_live(look->remote) && tl_version_compare(look->remote->published_version, look->deployed->version) > 0;
}

static int read_look(struct look *look, const struct tl_drift_scan *scan, struct tl_error *err)
{
	look->read = true;
	if (read_content(look, scan, err) != 0)
		return -1;
	return is_edited(look) ? read_since(look, scan, err) : 0;
}

/* One version that nobody can read must not hide what became of all others: 0 where it is taken as it is. */
static int take_unread(struct looking *looking, struct look *look, unsigned worker)
{
	struct tl_error *err = &looking->errors[worker], ignored;
	unsigned count = atomic_fetch_add(&looking->could_not, 1) + 1;

	if (!tl_remote_is_unreadable(err->code) || (count >= UNREAD_MOST && atomic_load(&looking->could) == 0))
		return -1;
	look->unread = tl_arena_dup(&looking->arenas[worker], tl_str(err->message));
	look->content[0] = '\0';
	*err = (struct tl_error){ .code = TL_OK };
	if (look->since_ms == 0)
		read_since(look, looking->scan, &ignored);
	return 0;
}

/* By a worker: everything that one flow needs and that is not remembered. */
static int look_at(void *data, unsigned worker, size_t i)
{
	struct looking *looking = data;
	const struct tl_drift_scan *scan = looking->scan;
	struct look *look = &looking->looks[i];
	struct tl_error *err = &looking->errors[worker];

	if (!is_unknown(look))
		return 0;
	if (scan->stopped && scan->stopped())
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	if (look->seen && look->seen->version == look->remote->version && look->seen->written_ms == look->remote->written_ms && look->seen->content[0]) {
		memcpy(look->content, look->seen->content, sizeof(look->content));
		look->since_ms = look->seen->since_ms;
		return 0;
	}
	if (read_look(look, scan, err) != 0)
		return take_unread(looking, look, worker);
	atomic_fetch_add(&looking->could, 1);
	return 0;
}

/* The worst of what the workers met. */
static int run_all(struct looking *looking, struct tl_error *err)
{
	unsigned workers = tl_platform_can(looking->scan->platform, TL_CAN_PARALLEL) && looking->scan->workers > 1 ? tl_platform_readers(looking->scan->platform, looking->scan->workers) : 1;
	int ret;

	looking->errors = TL_ARENA_ARRAY(looking->arena, struct tl_error, workers + 1u);
	looking->arenas = TL_ARENA_ARRAY(looking->arena, struct tl_arena, workers + 1u);
	ret = tl_pool_run(workers, looking->count, look_at, looking);
	for (unsigned i = 0; ret != 0 && i <= workers; i++) {
		if (looking->errors[i].code == TL_OK)
			continue;
		*err = looking->errors[i];
		break;
	}
	for (size_t i = 0; i < looking->count; i++)
		looking->looks[i].unread = tl_arena_dup(looking->arena, looking->looks[i].unread);
	for (unsigned i = 0; i <= workers; i++)
		tl_arena_clear(&looking->arenas[i]);
	return ret;
}

/* ---- judging */

static enum tl_drift_kind judge(const struct look *look)
{
	if (!look->remote)
		return TL_DRIFT_GONE;
	if (!look->deployed)
		return TL_DRIFT_FOREIGN;
	if (is_unknown(look) && is_edited(look))
		return TL_DRIFT_EDITED;
	/* Callers get ours, and a draft that says the same lies on top. */
	if (tl_remote_is_live(look->remote) || look->remote->published_version == look->deployed->version)
		return TL_DRIFT_NONE;
	return TL_DRIFT_BEHIND;
}

/* Since when: as the platform says, as an earlier look saw it, or from now on. */
static int64_t since(const struct looking *looking, const struct look *look, enum tl_drift_kind kind)
{
	const struct tl_clock *clock = looking->scan->clock;

	if (kind == TL_DRIFT_NONE)
		return 0;
	if (kind == TL_DRIFT_EDITED && look->since_ms > 0)
		return look->since_ms;
	if (look->seen && look->seen->since_ms > 0)
		return look->seen->since_ms;
	if (look->remote && kind != TL_DRIFT_GONE && look->remote->written_ms > 0)
		return look->remote->written_ms;
	return clock->now_ms(clock->data);
}

/* What git wants of the flow, where that is not what was deployed; or NULL. */
static const struct tl_drift_wanted *more_wanted(const struct looking *looking, const struct look *look)
{
	const struct tl_drift_wanted *wanted;

	if (!looking->scan->wanted || !look->deployed)
		return NULL;
	wanted = tl_map_ptr(looking->scan->wanted, look->deployed->flow);
	return wanted && !tl_str_equal(wanted->digest, look->deployed->digest) ? wanted : NULL;
}

static void describe(struct looking *looking, const struct look *look, struct tl_drift *drift)
{
	const struct tl_remote *remote = look->remote;
	const struct tl_deployed *deployed = look->deployed;
	const struct tl_drift_wanted *wanted = more_wanted(looking, look);

	*drift = (struct tl_drift){
		.flow = deployed ? deployed->flow : remote->name,
		.platform_id = deployed ? deployed->platform_id : remote->id,
		.kind = judge(look),
		.ours = wanted != NULL,
		.beside = wanted && tl_str_equal(wanted->content, deployed->content),
		.unread = look->unread,
		.base_version = deployed ? deployed->version : 0,
		.base_digest = deployed ? deployed->content : (struct tl_str){ NULL, 0 },
		.digest = look->content[0] ? tl_arena_dup(looking->arena, tl_str(look->content)) : (struct tl_str){ NULL, 0 },
	};
	drift->since_ms = since(looking, look, drift->kind);
	if (!remote)
		return;
	drift->name = remote->title.len > 0 ? remote->title : remote->name;
	drift->version = remote->version;
	drift->published_version = remote->published_version;
	drift->status = remote->status;
	drift->reason = remote->reason;
	if (drift->kind == TL_DRIFT_EDITED || drift->kind == TL_DRIFT_FOREIGN)
		drift->by = remote->by;
	drift->draft = drift->kind == TL_DRIFT_EDITED && remote->published_version != remote->version && remote->published_version <= drift->base_version;
}

/* A flow that is gone has no version; it is remembered since when, by its id all the same. */
static void remember(struct looking *looking, const struct look *look, const struct tl_drift *drift)
{
	struct tl_drift_memory *memory = looking->memory;
	struct seen *seen = tl_map_ptr(&memory->versions, drift->platform_id);

	if (!seen) {
		seen = TL_ARENA_NEW(&memory->arena, struct seen);
		tl_map_put(&memory->versions, tl_arena_dup(&memory->arena, drift->platform_id), NULL)->value.ptr = seen;
	}
	seen->version = drift->version;
	seen->written_ms = look->remote ? look->remote->written_ms : 0;
	seen->since_ms = drift->since_ms;
	memcpy(seen->content, look->content, sizeof(seen->content));
}

static int compare_drifts(const void *a, const void *b)
{
	const struct tl_drift *x = a, *y = b;
	int order = tl_str_compare(x->flow, y->flow);

	return order != 0 ? order : tl_str_compare(x->platform_id, y->platform_id);
}

static void finish(struct tl_drifts *out, struct looking *looking)
{
	out->items = TL_ARENA_ARRAY(looking->arena, struct tl_drift, looking->count + 1);
	for (size_t i = 0; i < looking->count; i++) {
		struct look *look = &looking->looks[i];
		struct tl_drift *drift = &out->items[out->count++];

		if (!look->remote)
			look->seen = tl_map_ptr(&looking->memory->versions, look->deployed->platform_id);
		describe(looking, look, drift);
		remember(looking, look, drift);
		out->drifted += drift->kind != TL_DRIFT_NONE;
		out->reads += look->read;
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), compare_drifts);
}

int tl_drift_look(struct tl_drifts *out, struct tl_arena *arena, struct tl_drift_memory *memory, const struct tl_drift_scan *scan,
                  struct tl_error *err)
{
	struct looking looking = { .scan = scan, .memory = memory, .arena = arena };
	size_t expected;

	*out = (struct tl_drifts){ 0 };
	if (tl_ledger_count(&expected, scan->ledger, scan->environment, err) != 0 ||
	    tl_platform_list_about(&looking.remotes, arena, scan->platform, expected, err) != 0 ||
	    tl_ledger_deployed(&looking.deployed, arena, scan->ledger, scan->environment, err) != 0)
		return -1;
	join(&looking);
	if (run_all(&looking, err) != 0)
		return -1;
	finish(out, &looking);
	return 0;
}
