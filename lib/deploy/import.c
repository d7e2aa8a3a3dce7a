/* deploy/import.c: each flow of the platform beside its file: alike, ahead, edited, or not there yet. The base is what callers get: a draft on top of it is
 * somebody's edit from then on, as it would be later. */
#include "deploy/importing.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "deploy/import_edit.h"
#include "ledger/audit.h"
#include "ledger/folder.h"

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

static bool is_named(const struct tl_importing *importing, const struct tl_incoming *incoming, const char *name)
{
	return tl_str_is(bare_name(incoming->remote), name) || (incoming->wanted && tl_str_is(incoming->wanted->flow, name)) || tl_str_is(incoming->remote->name, name) ||
	       tl_str_is(incoming->remote->id, name) || (importing->match.orphan_flow[incoming->remote - importing->state.remotes.items].len > 0 &&
	       tl_str_is(importing->match.orphan_flow[incoming->remote - importing->state.remotes.items], name));
}

static int no_such_flow(struct tl_importing *importing, const char *name, struct tl_error *err)
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
static int choose(struct tl_importing *importing, struct tl_error *err)
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

static void pair_up(struct tl_importing *importing)
{
	const struct tl_remotes *remotes = &importing->state.remotes;
	const struct tl_deployed_list *deployed = &importing->state.deployed;
	struct tl_map by_id = { 0 };

	/* Of several that go by one id, the first. */
	for (size_t i = deployed->count; i-- > 0;)
		tl_map_put(&by_id, deployed->items[i].platform_id, NULL)->value.ptr = &deployed->items[i];
	importing->count = remotes->count;
	importing->incoming = tl_alloc_zero(remotes->count + 1, sizeof(*importing->incoming));
	for (size_t i = 0; i < remotes->count; i++) {
		const struct tl_deployed *base = tl_map_ptr(&by_id, remotes->items[i].id);

		importing->incoming[i].remote = &remotes->items[i];
		if (base)
			importing->incoming[i].base = *base;
	}
	tl_map_clear(&by_id);
	for (size_t i = 0; i < importing->match.wanted->count; i++) {
		if (importing->match.of_wanted[i] != TL_NONE)
			importing->incoming[importing->match.of_wanted[i]].wanted = &importing->match.wanted->items[i];
	}
}

static int gather(struct tl_importing *importing, struct tl_error *err)
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

/* ---- judging */

/* Whether what is known of the flow is as new as what callers get: a version of ours that was never published stays the base. */
static bool base_is_recorded(const struct tl_incoming *incoming)
{
	const struct tl_deployed *base = &incoming->base;

	/* One above all that the platform has is of before it was set back. */
	return base->platform_id.len > 0 && tl_version_compare(base->version, incoming->remote->published_version) >= 0 &&
	       tl_version_compare(base->version, incoming->remote->version) <= 0 && !tl_incoming_is_redated(incoming);
}

static enum tl_import_state judge(const struct tl_importing *importing, const struct tl_incoming *incoming)
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
static struct tl_str broken_file(const struct tl_importing *importing, const struct tl_incoming *incoming)
{
	const struct tl_gathered *gathered = &importing->gathered;

	for (size_t i = 0; i < gathered->n_unread; i++) {
		if (tl_import_is_named_after(gathered->unread[i], bare_name(incoming->remote)) || tl_import_is_named_after(gathered->unread[i], incoming->live.flow))
			return gathered->unread[i];
	}
	return (struct tl_str){ NULL, 0 };
}

/* ---- recording */

static int record(struct tl_importing *importing, const struct tl_incoming *incoming, struct tl_error *err)
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
static void describe_new(struct tl_importing *importing, struct tl_incoming *incoming)
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

static void describe(struct tl_importing *importing, struct tl_incoming *incoming)
{
	struct tl_arena *arena = &importing->out->arena;
	struct tl_imported *imported = incoming->imported;
	bool own;

	imported->state = judge(importing, incoming);
	imported->platform_id = tl_arena_dup(arena, incoming->remote->id);
	/* One that nobody gave an id of its own goes by its title. */
	own = incoming->remote->titled && incoming->live.flow.len > 0 && !tl_str_equal(incoming->live.flow, incoming->remote->id);
	imported->name = tl_arena_dup(arena, own ? incoming->live.flow : incoming->remote->name);
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

/* A new file that git leaves out would be seen by no command: each import would write it once more, under another name. */
static int check_seen(const struct tl_importing *importing, const struct tl_incoming *incoming, struct tl_error *err)
{
	struct tl_repo *repo = importing->deploy->repo;
	struct tl_str path = incoming->imported->path;
	bool ignored = false;

	if (!repo || incoming->imported->state != TL_IMPORT_WRITTEN)
		return 0;
	if (tl_repo_ignores(&ignored, repo, path, err) != 0)
		return -1;
	if (!ignored)
		return 0;
	return tl_error_set(err, TL_USAGE, "git ignores '%.*s', so that no command would see the file: mend the rule, which 'git check-ignore -v' names, or name another folder with "
	                    "--folder", TL_FMT(path));
}

/* Why a flow that differs here and there is left as it is, before anything of it is looked at; empty: it is merged. */
static struct tl_str why_not_merged(const struct tl_importing *importing, const struct tl_incoming *incoming)
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
static int edit_file(struct tl_importing *importing, struct tl_incoming *incoming, struct tl_error *err)
{
	struct tl_imported *imported = incoming->imported;
	bool merge = imported->state == TL_IMPORT_CONFLICT;
	const struct tl_import_edit edit = {
		.gathered = &importing->gathered, .wanted = incoming->wanted, .remote = incoming->remote, .content = incoming->content, .base = &incoming->base, .merge = merge,
	};

	if (!incoming->wanted || (!merge && (imported->state != TL_IMPORT_UPDATED || incoming->remote->type.len > 0)))
		return 0;
	imported->reason = merge ? why_not_merged(importing, incoming) : imported->reason;
	if (imported->reason.len > 0)
		return 0;
	if (tl_import_edit(&incoming->file, incoming->source, &incoming->live, &incoming->arena, &edit, err) == 0) {
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

static int write_file(struct tl_importing *importing, const struct tl_incoming *incoming, struct tl_error *err)
{
	const struct tl_import_content content = {
		.id = incoming->remote->id, .name = incoming->remote->name, .content = incoming->file.len > 0 ? incoming->file : incoming->content, .as_is = incoming->remote->type.len > 0 || incoming->edited,
	};

	if (incoming->wanted && tl_gathered_unchanged(&importing->gathered, incoming->wanted, err) != 0)
		return -1;
	return tl_import_write(&importing->files, incoming->imported->path, &content, err);
}

static int take(struct tl_importing *importing, struct tl_incoming *incoming, struct tl_error *err)
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
static int import_some(struct tl_importing *importing, size_t count, struct tl_error *err)
{
	if (tl_importing_read(importing, count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct tl_incoming *incoming = &importing->incoming[importing->first + i];

		incoming->imported = &importing->out->flows[importing->first + i];
		describe(importing, incoming);
		if (check_seen(importing, incoming, err) != 0 || edit_file(importing, incoming, err) != 0)
			return tl_error_wrap(err, "flow '%.*s'", TL_FMT(incoming->imported->name));
		if (incoming->imported->state == TL_IMPORT_WRITTEN && importing->options->other)
			tl_importing_fill(importing, incoming);
	}
	/* The values first: files whose keys have none would be of no use to whoever comes after a crash. */
	if (!importing->options->dry_run && tl_importing_put_values(importing, err) != 0)
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

static int import_all(struct tl_importing *importing, struct tl_error *err)
{
	size_t written;

	if (gather(importing, err) != 0 || tl_importing_find_twins(importing, err) != 0)
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
	struct tl_importing importing = { .deploy = deploy, .options = options };
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
	tl_importing_keep_keys(&importing);
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
