/* deploy/import.c: each flow of the platform beside its file: alike, ahead, edited, or not there yet. */
#include "deploy/import.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "deploy/present.h"
#include "deploy/wanted.h"
#include "doc/json.h"
#include "flow/canonical.h"
#include "ledger/audit.h"
#include "ledger/folder.h"

#define NAME_BYTES 100

static const char *const import_table[TL_IMPORT_STATES] = {
	[TL_IMPORT_WRITTEN] = "written", [TL_IMPORT_RECORDED] = "recorded", [TL_IMPORT_KNOWN] = "known", [TL_IMPORT_AHEAD] = "ahead",
	[TL_IMPORT_EDITED] = "edited", [TL_IMPORT_UPDATED] = "updated", [TL_IMPORT_CONFLICT] = "conflict", [TL_IMPORT_EMPTY] = "empty",
};

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
	char digest[TL_SHA256_SIZE];        /* of that */
	char last_digest[TL_SHA256_SIZE];   /* of the last write */
	struct tl_str flow;                 /* the id of what callers get */
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
	struct tl_map paths;                /* of new files, so that no two are one */
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

static bool is_named(const struct importing *importing, const struct incoming *incoming, const char *name)
{
	return (incoming->wanted && tl_str_is(incoming->wanted->flow, name)) || tl_str_is(incoming->remote->name, name) ||
	       tl_str_is(incoming->remote->id, name) || (importing->match.orphan_flow[incoming->remote - importing->state.remotes.items].len > 0 &&
	       tl_str_is(importing->match.orphan_flow[incoming->remote - importing->state.remotes.items], name));
}

static int no_such_flow(struct importing *importing, const char *name, struct tl_error *err)
{
	const struct tl_remotes *remotes = &importing->state.remotes;
	struct tl_str *names = TL_ARENA_ARRAY(&importing->out->arena, struct tl_str, remotes->count + 1), near;

	for (size_t i = 0; i < remotes->count; i++)
		names[i] = remotes->items[i].name;
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

/* ---- what callers get */

static int read_version(char digest[TL_SHA256_SIZE], struct tl_remote *out, struct incoming *incoming, struct importing *importing, int64_t version,
                        struct tl_error *err)
{
	struct tl_flow *flow = NULL;
	int ret = tl_platform_version(out, &incoming->arena, importing->deploy->platform, incoming->remote->id, version, err);

	if (ret == 0)
		ret = tl_remote_read(&flow, out, importing->deploy->lower, err);
	if (ret == 0) {
		tl_flow_digest(digest, flow, NULL);
		incoming->flow = tl_arena_dup(&incoming->arena, flow->foreign ? incoming->remote->id : flow->id.text);
	}
	tl_flow_free(flow);
	return ret;
}

static int read_one(void *data, unsigned worker, size_t i)
{
	struct importing *importing = data;
	struct incoming *incoming = &importing->incoming[i];
	const struct tl_remote *remote = incoming->remote;
	struct tl_error *err = &importing->errors[worker];
	struct tl_remote version;

	if (importing->deploy->stopped && importing->deploy->stopped())
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	if (remote->published_version == 0)
		return 0;
	if (read_version(incoming->last_digest, &version, incoming, importing, remote->version, err) != 0)
		return -1;
	memcpy(incoming->digest, incoming->last_digest, sizeof(incoming->digest));
	if (remote->published_version != remote->version &&
	    read_version(incoming->digest, &version, incoming, importing, remote->published_version, err) != 0)
		return -1;
	incoming->content = version.content;
	return 0;
}

static int read_all(struct importing *importing, struct tl_error *err)
{
	unsigned workers = tl_platform_can(importing->deploy->platform, TL_CAN_PARALLEL) ? TL_DEPLOY_CONCURRENCY : 1;
	int ret;

	importing->errors = TL_ARENA_ARRAY(&importing->out->arena, struct tl_error, workers + 1u);
	ret = tl_pool_run(workers, importing->count, read_one, importing);
	for (unsigned i = 0; ret != 0 && i <= workers; i++) {
		if (importing->errors[i].code == TL_OK)
			continue;
		*err = importing->errors[i];
		break;
	}
	return ret;
}

/* ---- judging */

static enum tl_import_state judge(const struct importing *importing, const struct incoming *incoming)
{
	bool known = incoming->base.platform_id.len > 0, file_is_theirs, file_is_base, theirs_is_base;

	if (incoming->remote->published_version == 0)
		return TL_IMPORT_EMPTY;
	if (!incoming->wanted)
		return TL_IMPORT_WRITTEN;
	file_is_theirs = tl_str_is(incoming->wanted->content, incoming->digest);
	file_is_base = known && tl_str_equal(incoming->wanted->content, incoming->base.content);
	theirs_is_base = known && tl_str_is(incoming->base.content, incoming->last_digest);
	if (file_is_theirs)
		return known && incoming->base.version == incoming->remote->version ? TL_IMPORT_KNOWN : TL_IMPORT_RECORDED;
	if (theirs_is_base)
		return TL_IMPORT_AHEAD;
	if (!file_is_base)
		return TL_IMPORT_CONFLICT;
	return importing->options->update ? TL_IMPORT_UPDATED : TL_IMPORT_EDITED;
}

/* ---- files */

/* "Support Line (EN)" -> "support-line-en" */
static struct tl_str slug_of(struct tl_arena *arena, struct tl_str name)
{
	char *slug = TL_ARENA_ARRAY(arena, char, NAME_BYTES + 1);
	size_t len = 0;

	for (size_t i = 0; i < name.len && len < NAME_BYTES; i++) {
		char c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
			slug[len++] = c;
		else if (len > 0 && slug[len - 1] != '-')
			slug[len++] = '-';
	}
	while (len > 0 && slug[len - 1] == '-')
		len--;
	return len > 0 ? (struct tl_str){ slug, len } : TL_STR("flow");
}

static const char *on_disk(struct importing *importing, struct tl_str path)
{
	return tl_path_join(&importing->out->arena, importing->options->tree, path).ptr;
}

static bool is_there(struct importing *importing, struct tl_str path)
{
	struct stat st;

	return tl_map_find(&importing->paths, path) || lstat(on_disk(importing, path), &st) == 0;
}

/* A path that nothing has yet. */
static struct tl_str free_path(struct importing *importing, const struct incoming *incoming)
{
	struct tl_arena *arena = &importing->out->arena;
	struct tl_str slug = slug_of(arena, incoming->remote->name), name = tl_arena_printf(arena, "%.*s.flow.json", TL_FMT(slug));
	struct tl_str path = tl_path_join(arena, importing->options->folder, name);

	for (unsigned i = 2; is_there(importing, path); i++)
		path = tl_path_join(arena, importing->options->folder, tl_arena_printf(arena, "%.*s-%u.flow.json", TL_FMT(slug), i));
	tl_map_put(&importing->paths, path, NULL);
	return path;
}

/* The wire form as a file: for a flow that was made on the platform with its id there, by which it is found again. */
static int file_text(struct tl_buf *out, const struct incoming *incoming, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_item *root;
	struct tl_json json;

	if (tl_json_parse(&doc, incoming->remote->name, incoming->content, err) != 0)
		return -1;
	root = tl_item_new(&arena, TL_MAP);
	if (tl_item_text(doc->root, "externalId").len == 0)
		tl_item_put(root, TL_STR("id"), tl_item_string(&arena, incoming->remote->id));
	for (const struct tl_item *item = doc->root->first; item; item = item->next) {
		if (!tl_str_is(item->key, "id"))
			tl_item_put(root, item->key, tl_item_copy(&arena, item));
	}
	tl_json_init(&json, out, true);
	tl_json_item(&json, root);
	tl_buf_char(out, '\n');
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return 0;
}

static int write_file(struct importing *importing, const struct incoming *incoming, struct tl_error *err)
{
	struct tl_str folder = tl_path_join(&importing->out->arena, importing->options->tree, importing->options->folder);
	struct tl_buf text = { 0 };
	int ret = file_text(&text, incoming, err);

	if (ret == 0 && incoming->imported->state == TL_IMPORT_WRITTEN)
		ret = tl_folder_make(folder.ptr, 0777, err);
	if (ret == 0)
		ret = tl_file_write(on_disk(importing, incoming->imported->path), tl_buf_view(&text), 0666, err);
	tl_buf_clear(&text);
	return ret;
}

/* ---- recording */

static int record(struct importing *importing, const struct incoming *incoming, struct tl_error *err)
{
	const struct tl_wanted *wanted = incoming->wanted;
	bool same = wanted && tl_str_is(wanted->content, incoming->last_digest);
	struct tl_deployed deployed = {
		.environment = importing->deploy->environment->name,
		.flow = incoming->imported->flow,
		.platform_id = incoming->remote->id,
		.version = incoming->remote->version,
		.digest = same ? wanted->digest : tl_str(incoming->last_digest),
		.content = tl_str(incoming->last_digest),
		.more = same ? wanted->more : TL_STR(""),
		.blob = same ? wanted->blob : TL_STR(""),
	};
	struct tl_audit_entry entry = {
		.action = "import", .outcome = tl_import_name(incoming->imported->state), .environment = deployed.environment, .flow = deployed.flow,
		.base_version = incoming->base.version, .version = deployed.version, .base_digest = incoming->base.content, .digest = deployed.digest,
	};

	if ((importing->deploy->root.len > 0 && tl_ledger_folder_make(importing->deploy->root, importing->deploy->repo, err) != 0) ||
	    tl_ledger_adopt(importing->deploy->ledger, &deployed, err) != 0)
		return -1;
	return tl_audit_append(importing->deploy->ledger, &entry, err);
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
	if (incoming->wanted) {
		imported->flow = tl_arena_dup(arena, incoming->wanted->flow);
		imported->path = tl_arena_dup(arena, incoming->wanted->path);
	} else {
		imported->flow = tl_arena_dup(arena, incoming->flow.len > 0 ? incoming->flow : incoming->remote->name);
		if (imported->state == TL_IMPORT_WRITTEN)
			imported->path = free_path(importing, incoming);
	}
}

static bool writes_file(enum tl_import_state state)
{
	return state == TL_IMPORT_WRITTEN || state == TL_IMPORT_UPDATED;
}

static int take(struct importing *importing, struct incoming *incoming, struct tl_error *err)
{
	struct tl_import *out = importing->out;
	enum tl_import_state state;

	incoming->imported = &out->flows[out->count];
	describe(importing, incoming);
	state = incoming->imported->state;
	if (!importing->options->dry_run) {
		if (writes_file(state) && write_file(importing, incoming, err) != 0)
			return tl_error_wrap(err, "flow '%.*s'", TL_FMT(incoming->imported->name));
		if ((writes_file(state) || state == TL_IMPORT_RECORDED) && record(importing, incoming, err) != 0)
			return tl_error_wrap(err, "flow '%.*s' was written, but its base could not be recorded", TL_FMT(incoming->imported->name));
	}
	out->count++;
	out->counts[state]++;
	return 0;
}

static int import_all(struct importing *importing, struct tl_error *err)
{
	if (gather(importing, err) != 0 || read_all(importing, err) != 0)
		return -1;
	importing->out->flows = TL_ARENA_ARRAY(&importing->out->arena, struct tl_imported, importing->count + 1);
	for (size_t i = 0; i < importing->count; i++) {
		if (importing->deploy->stopped && importing->deploy->stopped())
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		if (take(importing, &importing->incoming[i], err) != 0)
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
	ret = import_all(&importing, err);
	if (importing.gathered.deploy)
		tl_gathered_clear(&importing.gathered);
	tl_state_clear(&importing.state);
	/* Entries were moved about by choosing, but each stands once up to its number. */
	for (size_t i = 0; i < importing.count; i++)
		tl_arena_clear(&importing.incoming[i].arena);
	free(importing.incoming);
	tl_map_clear(&importing.paths);
	if (ret == 0)
		*out = importing.out;
	else
		tl_import_free(importing.out);
	return ret;
}
