/* deploy/import.c: each flow of the platform beside its file: alike, ahead, edited, or not there yet. The base is what callers get: a draft on top of it is
 * somebody's edit from then on, as it would be later. */
#include "deploy/import.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "deploy/import_edit.h"
#include "deploy/import_file.h"
#include "deploy/import_key.h"
#include "deploy/now.h"
#include "flow/canonical.h"
#include "ledger/audit.h"
#include "ledger/folder.h"
#include "project/edit.h"

/* So many flows that cannot be read, and not one that can: it is the platform that does not answer, and the rest is not asked for. */
#define UNREADABLE_MOST 16
/* So many flows are read and then written, before the next are: whoever is cut off finds them done. */
#define AT_ONCE 128

static const char *const import_table[TL_IMPORT_STATES] = {
	[TL_IMPORT_WRITTEN] = "written", [TL_IMPORT_RECORDED] = "recorded", [TL_IMPORT_KNOWN] = "known", [TL_IMPORT_AHEAD] = "ahead",
	[TL_IMPORT_EDITED] = "edited", [TL_IMPORT_UPDATED] = "updated", [TL_IMPORT_MERGED] = "merged", [TL_IMPORT_CONFLICT] = "conflict", [TL_IMPORT_EMPTY] = "empty",
	[TL_IMPORT_UNREADABLE] = "unread",
};

static const char *const twin_table[TL_TWIN_STATES] = {
	[TL_TWIN_NONE] = "none", [TL_TWIN_SAME] = "same", [TL_TWIN_FILLED] = "filled", [TL_TWIN_LEFT] = "left", [TL_TWIN_MISSING] = "missing",
};

const char *tl_import_twin_name(enum tl_import_twin twin)
{
	assert(twin < TL_TWIN_STATES);
	return twin_table[twin];
}

const char *tl_import_name(enum tl_import_state state)
{
	assert(state < TL_IMPORT_STATES);
	return import_table[state];
}

/* One flow of the platform on its way. */
struct incoming {
	const struct tl_remote *remote;
	const struct tl_wanted *wanted;     /* the flow of a file; NULL: there is none */
	struct tl_deployed base;            /* what the ledger says of the flow now; no platform_id: nothing */
	struct tl_str content;              /* what callers get: wire JSON */
	struct tl_wanted live;              /* its id and digests, with the schedules and the audio that are here */
	char last_digest[TL_SHA256_SIZE];   /* of the last write */
	struct tl_str trouble;              /* why it could not be read; or empty */
	const struct tl_remote *twin;       /* the flow of the other environment, or NULL */
	struct tl_str twin_content;         /* what callers get of it; empty: it was not read */
	char twin_digest[TL_SHA256_SIZE];
	struct tl_str twin_trouble;
	struct tl_str file;                 /* what is written, where that is not `content`: with keys, or the file as it was with their edit in it */
	char source[TL_SHA256_SIZE];        /* of that */
	bool edited;                        /* the file as it was: its bytes are written as they are */
	struct tl_arena arena;
	struct tl_imported *imported;
};

struct importing {
	struct tl_deploy *deploy;
	const struct tl_import_options *options;
	struct tl_import *out;
	struct tl_gathered gathered;
	struct tl_environment_state state;
	struct tl_match match;
	struct incoming *incoming;
	size_t count;
	struct tl_import_files files;
	struct tl_arena arena;              /* of what follows */
	struct tl_remotes twins;
	struct tl_map by_name;              /* of twins */
	struct tl_import_keys keys;
	size_t put;                         /* keys whose values are in the project file */
	bool by_hand;                       /* that cannot be done */
	atomic_uint readable, unreadable;
	size_t first;                       /* of those that are read at once */
	size_t n_read;
	pthread_mutex_t lock;               /* over n_read, and telling */
	struct tl_error *errors;            /* by worker */
};

void tl_import_free(struct tl_import *import)
{
	if (!import)
		return;
	tl_arena_clear(&import->arena);
	free(import);
}

/* ---- which flows */

/* Of a platform that tells names apart by types, the name alone. */
static struct tl_str bare_name(const struct tl_remote *remote)
{
	return remote->type.len > 0 ? tl_str_slice(remote->name, remote->type.len + 1, remote->name.len) : remote->name;
}

static bool is_named(const struct importing *importing, const struct incoming *incoming, const char *name)
{
	return tl_str_is(bare_name(incoming->remote), name) || (incoming->wanted && tl_str_is(incoming->wanted->flow, name)) || tl_str_is(incoming->remote->name, name) ||
	       tl_str_is(incoming->remote->id, name) || (importing->match.orphan_flow[incoming->remote - importing->state.remotes.items].len > 0 &&
	       tl_str_is(importing->match.orphan_flow[incoming->remote - importing->state.remotes.items], name));
}

static int no_such_flow(struct importing *importing, const char *name, struct tl_error *err)
{
	const struct tl_remotes *remotes = &importing->state.remotes;
	struct tl_str *names = TL_ARENA_ARRAY(&importing->out->arena, struct tl_str, remotes->count + 1), near;

	for (size_t i = 0; i < remotes->count; i++)
		names[i] = bare_name(&remotes->items[i]);
	near = tl_text_nearest(tl_str(name), names, remotes->count);
	if (near.len == 0)
		return tl_error_set(err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%s'", TL_FMT(importing->deploy->environment->name), name);
	return tl_error_set(err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%s', did you mean '%.*s'?",
	                    TL_FMT(importing->deploy->environment->name), name, TL_FMT(near));
}

/* All flows, or those that were named. */
static int choose(struct importing *importing, struct tl_error *err)
{
	const struct tl_import_options *options = importing->options;
	size_t kept = 0;

	for (size_t n = 0; n < options->n_names; n++) {
		bool found = false;

		for (size_t i = 0; !found && i < importing->count; i++)
			found = is_named(importing, &importing->incoming[i], options->names[n]);
		if (!found)
			return no_such_flow(importing, options->names[n], err);
	}
	for (size_t i = 0; i < importing->count; i++) {
		bool named = options->n_names == 0;

		for (size_t n = 0; !named && n < options->n_names; n++)
			named = is_named(importing, &importing->incoming[i], options->names[n]);
		if (named)
			importing->incoming[kept++] = importing->incoming[i];
	}
	importing->count = kept;
	return 0;
}

/* What the ledger knows of the flow that goes by this platform id. */
static struct tl_deployed base_of(const struct importing *importing, struct tl_str platform_id)
{
	const struct tl_deployed_list *deployed = &importing->state.deployed;

	for (size_t i = 0; i < deployed->count; i++) {
		if (tl_str_equal(deployed->items[i].platform_id, platform_id))
			return deployed->items[i];
	}
	return (struct tl_deployed){ .version = 0 };
}

static void pair_up(struct importing *importing)
{
	const struct tl_remotes *remotes = &importing->state.remotes;

	importing->count = remotes->count;
	importing->incoming = tl_alloc_zero(remotes->count + 1, sizeof(*importing->incoming));
	for (size_t i = 0; i < remotes->count; i++) {
		importing->incoming[i].remote = &remotes->items[i];
		importing->incoming[i].base = base_of(importing, remotes->items[i].id);
	}
	for (size_t i = 0; i < importing->match.wanted->count; i++) {
		if (importing->match.of_wanted[i] != TL_NONE)
			importing->incoming[importing->match.of_wanted[i]].wanted = &importing->match.wanted->items[i];
	}
}

static int gather(struct importing *importing, struct tl_error *err)
{
	struct tl_deploy *deploy = importing->deploy;

	if (tl_gather(&importing->gathered, deploy, deploy->summaries, err) != 0 || tl_state_read(&importing->state, deploy, err) != 0)
		return -1;
	importing->match = (struct tl_match){
		.wanted = &importing->gathered.wanted,
		.environment = deploy->environment,
		.deployed = &importing->state.deployed,
		.remotes = &importing->state.remotes,
	};
	tl_plan_match(&importing->match, &importing->state.arena);
	pair_up(importing);
	return choose(importing, err);
}

/* ---- the other environment */

static int find_twins(struct importing *importing, struct tl_error *err)
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

/* The digest of a text as one of the platform's flows is read; false: nobody can read it so. */
static bool digest_of(char digest[TL_SHA256_SIZE], const struct tl_remote *remote, struct tl_str content, const struct tl_lower *lower)
{
	struct tl_remote read = { .id = remote->id, .name = remote->name, .type = remote->type, .version = remote->published_version, .content = content };
	struct tl_flow *flow = NULL;
	struct tl_error ignored = { 0 };
	bool good = tl_remote_read(&flow, &read, lower, &ignored) == 0;

	if (good)
		tl_flow_digest(digest, flow, NULL);
	tl_flow_free(flow);
	return good;
}

/* One that cannot be read there is no reason to leave it here. */
static int read_twin(struct importing *importing, struct incoming *incoming, struct tl_error *err)
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
	if (!digest_of(incoming->twin_digest, incoming->twin, remote.content, other->lower))
		incoming->twin_trouble = tl_arena_printf(&incoming->arena, "what it says in '%.*s' cannot be read", TL_FMT(other->environment->name));
	incoming->twin_content = remote.content;
	return 0;
}

/* ---- what callers get */

/* One version, as it would be read from its file. */
static int read_version(struct tl_wanted *digests, struct tl_str *content, struct incoming *incoming, struct importing *importing, int64_t version,
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
static int read_versions(struct incoming *incoming, struct importing *importing, struct tl_error *err)
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

/* Whether what callers get may be another version of the number that is on record. The list says when the last one was written. */
static bool is_redated(const struct incoming *incoming)
{
	const struct tl_remote *remote = incoming->remote;

	return remote->version == remote->published_version && incoming->base.version == remote->version &&
	       !tl_deployed_is(&incoming->base, remote->version, remote->written_ms);
}

/* What callers get is what the ledger says, and there is a file: nothing will be written, so nothing is read. */
static bool take_known(struct incoming *incoming)
{
	const struct tl_deployed *base = &incoming->base;

	if (!incoming->wanted || base->platform_id.len == 0 || base->version != incoming->remote->published_version || base->content.len == 0 || is_redated(incoming))
		return false;
	incoming->live = (struct tl_wanted){ .flow = base->flow, .content = base->content, .digest = base->digest, .more = base->more };
	return true;
}

/* A flow that cannot be read is one of many: it is said, and the others are imported. */
static int take_trouble(struct incoming *incoming, struct importing *importing, const struct tl_error *err)
{
	unsigned count = atomic_fetch_add(&importing->unreadable, 1) + 1;

	if (!tl_remote_is_unreadable(err->code) || (count >= UNREADABLE_MOST && atomic_load(&importing->readable) == 0))
		return -1;
	incoming->trouble = tl_arena_dup(&incoming->arena, tl_str(err->message));
	return 0;
}

static void tell_read(struct importing *importing, const struct incoming *incoming)
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

static int look_at(struct importing *importing, struct incoming *incoming, struct tl_error *err)
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
	struct importing *importing = data;
	struct incoming *incoming = &importing->incoming[importing->first + i];

	if (look_at(importing, incoming, &importing->errors[worker]) != 0)
		return -1;
	tell_read(importing, incoming);
	return 0;
}

static int read_some(struct importing *importing, size_t count, struct tl_error *err)
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

/* ---- judging */

/* Whether what is known of the flow is as new as what callers get: a version of ours that was never published stays the base. */
static bool base_is_recorded(const struct incoming *incoming)
{
	const struct tl_deployed *base = &incoming->base;

	/* One above all that the platform has is of before it was set back. */
	return base->platform_id.len > 0 && tl_version_compare(base->version, incoming->remote->published_version) >= 0 &&
	       tl_version_compare(base->version, incoming->remote->version) <= 0 && !is_redated(incoming);
}

static enum tl_import_state judge(const struct importing *importing, const struct incoming *incoming)
{
	bool known = incoming->base.platform_id.len > 0, file_is_base, theirs_is_base;
	struct tl_str base = incoming->base.content;

	if (incoming->remote->published_version == 0)
		return TL_IMPORT_EMPTY;
	if (incoming->trouble.len > 0)
		return TL_IMPORT_UNREADABLE;
	if (!incoming->wanted)
		return TL_IMPORT_WRITTEN;
	if (tl_str_equal(incoming->wanted->content, incoming->live.content))
		return base_is_recorded(incoming) ? TL_IMPORT_KNOWN : TL_IMPORT_RECORDED;
	file_is_base = known && tl_str_equal(incoming->wanted->content, base);
	theirs_is_base = known && (tl_str_equal(base, incoming->live.content) || tl_str_is(base, incoming->last_digest));
	if (theirs_is_base)
		return TL_IMPORT_AHEAD;
	if (!file_is_base)
		return TL_IMPORT_CONFLICT;
	return importing->options->update || importing->options->merge ? TL_IMPORT_UPDATED : TL_IMPORT_EDITED;
}

/* The file of a flow that is about to be written, and that cannot be read as it is: it may be just that flow. */
static struct tl_str broken_file(const struct importing *importing, const struct incoming *incoming)
{
	const struct tl_gathered *gathered = &importing->gathered;

	for (size_t i = 0; i < gathered->n_unread; i++) {
		if (tl_import_is_named_after(gathered->unread[i], bare_name(incoming->remote)) || tl_import_is_named_after(gathered->unread[i], incoming->live.flow))
			return gathered->unread[i];
	}
	return (struct tl_str){ NULL, 0 };
}

/* ---- keys */

/* Whether the text is what each environment has, with its values. */
static bool is_proven(const struct importing *importing, struct incoming *incoming, struct tl_str text)
{
	struct tl_lower here = *importing->deploy->lower, there = *importing->options->other->lower, unfilled = { .limits = here.limits };
	struct tl_map mine = { 0 }, theirs = { 0 };
	char digest[TL_SHA256_SIZE];
	bool good;

	tl_import_values(&mine, &importing->keys, true);
	tl_import_values(&theirs, &importing->keys, false);
	here.values = &mine;
	there.values = &theirs;
	good = digest_of(digest, incoming->remote, text, &here) && tl_str_is(incoming->live.content, digest) &&
	       digest_of(digest, incoming->twin, text, &there) && strcmp(incoming->twin_digest, digest) == 0 &&
	       digest_of(incoming->source, incoming->remote, text, &unfilled);
	tl_map_clear(&mine);
	tl_map_clear(&theirs);
	return good;
}

static void leave(struct importing *importing, struct incoming *incoming, struct tl_str why)
{
	incoming->imported->twin = TL_TWIN_LEFT;
	incoming->imported->left = tl_arena_dup(&importing->out->arena, why);
}

static void count_places(struct tl_import_keys *keys, struct tl_str text)
{
	for (size_t i = 0; i < keys->count; i++) {
		struct tl_str placeholder = tl_arena_printf(keys->arena, "{{%.*s}}", TL_FMT(keys->items[i].key));

		for (size_t at = tl_str_find(text, placeholder, 0); at != SIZE_MAX; at = tl_str_find(text, placeholder, at + placeholder.len))
			keys->items[i].places++;
	}
}

static void try_keys(struct importing *importing, struct incoming *incoming)
{
	size_t before = importing->keys.count;
	struct tl_import_filled filled;

	tl_import_fill(&filled, &incoming->arena, &importing->keys, incoming->content, incoming->twin_content);
	if (filled.why.len == 0 && filled.replaced > 0 && is_proven(importing, incoming, filled.text)) {
		incoming->file = filled.text;
		count_places(&importing->keys, filled.text);
		incoming->imported->twin = TL_TWIN_FILLED;
		incoming->imported->replaced = filled.replaced;
		return;
	}
	importing->keys.count = before;
	leave(importing, incoming, filled.why.len > 0 ? filled.why : TL_STR("the two do not become one text with other values: their steps or settings differ"));
}

static void fill_in(struct importing *importing, struct incoming *incoming)
{
	if (!incoming->twin)
		incoming->imported->twin = TL_TWIN_MISSING;
	else if (incoming->twin_trouble.len > 0)
		leave(importing, incoming, incoming->twin_trouble);
	else if (tl_str_is(incoming->live.content, incoming->twin_digest))
		incoming->imported->twin = TL_TWIN_SAME;
	else
		try_keys(importing, incoming);
}

/* ---- the values of keys */

/* New keys go into the project file, where that is possible without touching anything else in it. */
static int edit_project(struct importing *importing, const struct tl_project_value *values, size_t count, struct tl_error *err)
{
	struct tl_str path = importing->deploy->project->path, bytes;
	const char *file = tl_path_join(&importing->arena, importing->options->tree, path).ptr;
	struct tl_buf out = { 0 };
	int ret = 0;

	if (path.len == 0 || importing->by_hand) {
		importing->by_hand = true;
		return 0;
	}
	if (tl_file_read(&bytes, &importing->arena, file, importing->deploy->project->limits.file, err) != 0)
		return -1;
	if (tl_project_add_values(&out, path, bytes, values, count, importing->deploy->schemas))
		ret = tl_file_write(file, tl_buf_view(&out), TL_FILE_AS_IT_IS, err);
	else
		importing->by_hand = true;
	if (ret == 0 && !importing->by_hand)
		importing->out->project = tl_arena_dup(&importing->out->arena, path);
	tl_buf_clear(&out);
	return ret;
}

static int put_values(struct importing *importing, struct tl_error *err)
{
	struct tl_import_keys *keys = &importing->keys;
	size_t rest = keys->count - importing->put, count = 0;
	struct tl_project_value *values = TL_ARENA_ARRAY(&importing->arena, struct tl_project_value, 2 * rest);

	for (size_t i = importing->put; i < keys->count; i++) {
		if (keys->items[i].known)
			continue;
		values[count++] = (struct tl_project_value){ importing->deploy->environment->name, keys->items[i].key, keys->items[i].here };
		values[count++] = (struct tl_project_value){ importing->options->other->environment->name, keys->items[i].key, keys->items[i].there };
	}
	importing->put = keys->count;
	return count > 0 ? edit_project(importing, values, count, err) : 0;
}

static void keep_keys(struct importing *importing)
{
	struct tl_import *out = importing->out;

	out->keys = TL_ARENA_ARRAY(&out->arena, struct tl_import_key, importing->keys.count);
	out->n_keys = importing->keys.count;
	if (out->n_keys > 0)
		memcpy(out->keys, importing->keys.items, out->n_keys * sizeof(*out->keys));
	if (importing->by_hand)
		out->project = (struct tl_str){ NULL, 0 };
}

/* ---- recording */

static int record(struct importing *importing, const struct incoming *incoming, struct tl_error *err)
{
	/* A file that says the same is what was deployed, as far as anybody here can know: with the schedules and the audio of today. */
	bool is_file = incoming->imported->state == TL_IMPORT_RECORDED;
	struct tl_deployed deployed = {
		.environment = importing->deploy->environment->name,
		.flow = incoming->imported->flow,
		.platform_id = incoming->remote->id,
		.version = incoming->remote->published_version,
		.digest = incoming->live.digest,
		.content = incoming->live.content,
		.more = incoming->live.more,
		.blob = is_file ? incoming->wanted->blob : TL_STR(""),
		.source = is_file ? incoming->wanted->source : incoming->file.len > 0 ? tl_str(incoming->source) : incoming->live.content,
		.live = true,
		.written_ms = incoming->remote->version == incoming->remote->published_version ? incoming->remote->written_ms : 0,
	};
	const struct tl_clock *clock = importing->deploy->clock;
	int64_t ago = clock->monotonic_ms(clock->data) - importing->state.listed_ms;
	struct tl_audit_entry entry = {
		.action = "import", .outcome = tl_import_name(incoming->imported->state), .environment = deployed.environment, .flow = deployed.flow,
		.base_version = incoming->base.version, .version = deployed.version, .base_digest = incoming->base.content, .digest = deployed.digest,
	};

	if ((importing->deploy->root.len > 0 && tl_ledger_folder_make(importing->deploy->root, importing->deploy->repo, err) != 0) ||
	    (!base_is_recorded(incoming) && tl_ledger_adopt(importing->deploy->ledger, &deployed, ago, err) != 0))
		return -1;
	return tl_audit_append(importing->deploy->ledger, &entry, err);
}

/* A flow without a file, which becomes one unless a file that nobody can read stands in its place. */
static void describe_new(struct importing *importing, struct incoming *incoming)
{
	struct tl_arena *arena = &importing->out->arena;
	struct tl_imported *imported = incoming->imported;
	struct tl_str broken, other = { NULL, 0 };

	imported->flow = tl_arena_dup(arena, incoming->live.flow.len > 0 ? incoming->live.flow : incoming->remote->name);
	if (imported->state != TL_IMPORT_WRITTEN)
		return;
	broken = broken_file(importing, incoming);
	imported->path = broken.len > 0 ? tl_arena_dup(arena, broken) : tl_import_path(&importing->files, incoming->remote->type, bare_name(incoming->remote), &other);
	if (broken.len == 0 && other.len > 0)
		imported->reason = tl_arena_printf(arena, "'%.*s' is another's", TL_FMT(other));
	if (broken.len == 0)
		return;
	imported->state = TL_IMPORT_CONFLICT;
	imported->reason = TL_STR("the file cannot be read: mend it first, flow-validate says where; nothing was written");
}

static void describe(struct importing *importing, struct incoming *incoming)
{
	struct tl_arena *arena = &importing->out->arena;
	struct tl_imported *imported = incoming->imported;

	imported->state = judge(importing, incoming);
	imported->platform_id = tl_arena_dup(arena, incoming->remote->id);
	imported->name = tl_arena_dup(arena, incoming->remote->name);
	imported->version = incoming->remote->version;
	imported->published_version = incoming->remote->published_version;
	imported->reason = tl_arena_dup(arena, incoming->trouble);
	if (!incoming->wanted) {
		describe_new(importing, incoming);
		return;
	}
	imported->flow = tl_arena_dup(arena, incoming->wanted->flow);
	imported->path = tl_arena_dup(arena, incoming->wanted->path);
}

/* Why a flow that differs here and there is left as it is, before anything of it is looked at; empty: it is merged. */
static struct tl_str why_not_merged(const struct importing *importing, const struct incoming *incoming)
{
	if (incoming->base.platform_id.len == 0)
		return TL_STR("file and platform differ, and no ledger here says what both started from, so nothing can be merged: flow-diff shows what it is; a plan replaces "
		              "what is there, and an import without the file takes it; nothing was written");
	if (incoming->remote->type.len > 0)
		return TL_STR("file and platform were both changed, and Architect's files are not merged: put into the file by hand what flow-diff shows, then a plan replaces "
		              "what is there; nothing was written");
	if (!importing->options->merge)
		return TL_STR("file and platform were both changed: --merge puts both into the file where they do not touch the same nodes; nothing was written");
	return TL_STR("");
}

/* Their edit goes into the file that is there. Where its dialect has no words for it, the file becomes the platform's form; what both changed is nobody's to decide here. */
static int edit_file(struct importing *importing, struct incoming *incoming, struct tl_error *err)
{
	struct tl_imported *imported = incoming->imported;
	bool merge = imported->state == TL_IMPORT_CONFLICT;
	const struct tl_import_edit edit = {
		.gathered = &importing->gathered, .wanted = incoming->wanted, .remote = incoming->remote, .content = incoming->content, .base = merge ? &incoming->base : NULL,
	};

	if (!incoming->wanted || (!merge && (imported->state != TL_IMPORT_UPDATED || incoming->remote->type.len > 0)))
		return 0;
	imported->reason = merge ? why_not_merged(importing, incoming) : imported->reason;
	if (imported->reason.len > 0)
		return 0;
	if (tl_import_edit(&incoming->file, incoming->source, &incoming->arena, &edit, err) == 0) {
		incoming->edited = true;
		imported->state = merge ? TL_IMPORT_MERGED : TL_IMPORT_UPDATED;
		return 0;
	}
	if (err->code != TL_CONFLICT && err->code != TL_UNSUPPORTED)
		return -1;
	imported->reason = tl_arena_printf(&importing->out->arena, merge ? "%s: see flow-diff; nothing was written" : "the file is in the platform's form now: %s", err->message);
	*err = (struct tl_error){ .code = TL_OK };
	return 0;
}

static bool writes_file(enum tl_import_state state)
{
	return state == TL_IMPORT_WRITTEN || state == TL_IMPORT_UPDATED || state == TL_IMPORT_MERGED;
}

static int write_file(struct importing *importing, const struct incoming *incoming, struct tl_error *err)
{
	const struct tl_import_content content = {
		.id = incoming->remote->id, .name = incoming->remote->name, .content = incoming->file.len > 0 ? incoming->file : incoming->content, .as_is = incoming->remote->type.len > 0 || incoming->edited,
	};

	if (incoming->wanted && tl_gathered_unchanged(&importing->gathered, incoming->wanted, err) != 0)
		return -1;
	return tl_import_write(&importing->files, incoming->imported->path, &content, err);
}

static int take(struct importing *importing, struct incoming *incoming, struct tl_error *err)
{
	struct tl_import *out = importing->out;
	enum tl_import_state state = incoming->imported->state;

	if (!importing->options->dry_run) {
		if (writes_file(state) && write_file(importing, incoming, err) != 0)
			return tl_error_wrap(err, "flow '%.*s'", TL_FMT(incoming->imported->name));
		if ((writes_file(state) || state == TL_IMPORT_RECORDED) && record(importing, incoming, err) != 0)
			return tl_error_wrap(err, "flow '%.*s' was written, but its base could not be recorded", TL_FMT(incoming->imported->name));
	}
	out->count++;
	out->counts[state]++;
	out->twins[incoming->imported->twin]++;
	return 0;
}

/* The next flows: read, then written one after the other. */
static int import_some(struct importing *importing, size_t count, struct tl_error *err)
{
	if (read_some(importing, count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct incoming *incoming = &importing->incoming[importing->first + i];

		incoming->imported = &importing->out->flows[importing->first + i];
		describe(importing, incoming);
		if (edit_file(importing, incoming, err) != 0)
			return tl_error_wrap(err, "flow '%.*s'", TL_FMT(incoming->imported->name));
		if (incoming->imported->state == TL_IMPORT_WRITTEN && importing->options->other)
			fill_in(importing, incoming);
	}
	/* The values first: files whose keys have none would be of no use to whoever comes after a crash. */
	if (!importing->options->dry_run && put_values(importing, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (importing->deploy->stopped && importing->deploy->stopped())
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		if (take(importing, &importing->incoming[importing->first + i], err) != 0)
			return -1;
	}
	for (size_t i = 0; i < count; i++)
		tl_arena_clear(&importing->incoming[importing->first + i].arena);
	return 0;
}

static int import_all(struct importing *importing, struct tl_error *err)
{
	size_t written;

	if (gather(importing, err) != 0 || find_twins(importing, err) != 0)
		return -1;
	importing->out->flows = TL_ARENA_ARRAY(&importing->out->arena, struct tl_imported, importing->count + 1);
	for (; importing->first < importing->count; importing->first += AT_ONCE) {
		size_t rest = importing->count - importing->first;

		if (import_some(importing, rest < AT_ONCE ? rest : AT_ONCE, err) == 0)
			continue;
		written = importing->out->counts[TL_IMPORT_WRITTEN] + importing->out->counts[TL_IMPORT_UPDATED] + importing->out->counts[TL_IMPORT_MERGED];
		if (written > 0 && !importing->options->dry_run)
			tl_error_wrap(err, "%zu of %zu flows were imported, and once more goes on with the rest", written, importing->count);
		return -1;
	}
	return 0;
}

int tl_deploy_import(struct tl_import **out, struct tl_deploy *deploy, const struct tl_import_options *options, struct tl_error *err)
{
	struct importing importing = { .deploy = deploy, .options = options };
	int ret;

	*out = NULL;
	importing.out = tl_alloc_zero(1, sizeof(*importing.out));
	pthread_mutex_init(&importing.lock, NULL);
	importing.files = (struct tl_import_files){ .arena = &importing.out->arena, .tree = options->tree, .folder = options->folder };
	ret = tl_import_check_folder(&importing.files, err);
	if (ret == 0)
		ret = import_all(&importing, err);
	if (importing.gathered.deploy)
		tl_gathered_clear(&importing.gathered);
	tl_state_clear(&importing.state);
	/* Entries were moved about by choosing, but each stands once up to its number. */
	for (size_t i = 0; i < importing.count; i++)
		tl_arena_clear(&importing.incoming[i].arena);
	free(importing.incoming);
	keep_keys(&importing);
	tl_import_keys_clear(&importing.keys);
	tl_map_clear(&importing.by_name);
	tl_arena_clear(&importing.arena);
	pthread_mutex_destroy(&importing.lock);
	tl_map_clear(&importing.files.taken);
	if (ret == 0)
		*out = importing.out;
	else
		tl_import_free(importing.out);
	return ret;
}
