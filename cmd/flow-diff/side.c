/* cmd/flow-diff/side.c: where the flows of one side come from. */
#include "flow-diff/side.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/text.h"
#include "common/open.h"
#include "deploy/audio.h"
#include "flow/canonical.h"

/* So many versions that cannot be read, and not one that can: it is the platform that does not answer. */
#define UNREAD_MOST 16
/* Threads that wait for a server's answers. */
#define REMOTE_WORKERS 32

/* ---- what is meant */

/* In a bare repository there are no files, though its own lie about: HEAD is one. */
static bool is_there(struct tl_command *command, const char *path)
{
	bool bare = command->repo && command->root.len == 0;

	return !bare && access(tl_command_path(command, path), F_OK) == 0;
}

/* "REV" or "REV:PATH" */
static void parse_revision(struct side_spec *spec, struct tl_command *command, const char *text)
{
	struct tl_str whole = tl_str(text);
	size_t colon = tl_str_find(whole, TL_STR(":"), 0);
	bool has_path = colon != SIZE_MAX && colon + 1 < whole.len;

	spec->kind = SIDE_REVISION;
	spec->name = tl_arena_dup(&command->arena, tl_str_slice(whole, 0, colon == SIZE_MAX ? whole.len : colon)).ptr;
	spec->path = has_path ? text + colon + 1 : NULL;
}

struct side_spec side_parse(struct tl_command *command, const char *text)
{
	struct side_spec spec = { .kind = SIDE_TREE, .text = text ? text : "working tree" };

	if (!text)
		return spec;
	if (tl_str_starts(tl_str(text), TL_STR("env:"))) {
		spec.kind = SIDE_ENVIRONMENT;
		spec.name = text + strlen("env:");
	} else if (is_there(command, text)) {
		spec.kind = SIDE_PATH;
		spec.path = text;
	} else {
		parse_revision(&spec, command, text);
	}
	return spec;
}

const char *side_revision_for_bare(struct tl_command *command, const char *text)
{
	static const char *const marks[] = { "HEAD", "objects", "refs" };
	struct side_spec spec = { .text = text };

	for (size_t i = 0; i < TL_COUNT(marks); i++) {
		if (access(tl_command_path(command, marks[i]), F_OK) != 0)
			return NULL;
	}
	parse_revision(&spec, command, text);
	return spec.name;
}

bool side_is_ordered(const struct side *side)
{
	return side->spec.kind != SIDE_ENVIRONMENT && side->spec.kind != SIDE_DEPLOYED;
}

/* ---- files */

/* What a file is called without its kind: "a" of "flows/a.flow.yaml". */
static struct tl_str stem_of(struct tl_str path)
{
	struct tl_str name = tl_path_name(path);
	size_t dot = tl_str_find(name, TL_STR("."), 0);

	return dot == SIZE_MAX ? name : tl_str_slice(name, 0, dot);
}

/* The flow's file that is called like what was typed, or nearly so; or empty. In the command's arena. */
static struct tl_str nearest_file(struct tl_command *command, const char *text)
{
	static const struct tl_option_list none = { 0 };
	struct tl_str wanted = stem_of(tl_str(text)), near, found = { NULL, 0 };
	struct tl_workset workset;
	struct tl_str *stems;

	if (command->root.len == 0 || !command->view || tl_workset_open(&workset, command, &none) != 0)
		return found;
	stems = TL_ARENA_ARRAY(&command->arena, struct tl_str, workset.flows.count + 1);
	for (size_t i = 0; i < workset.flows.count; i++)
		stems[i] = stem_of(workset.flows.files[i].path);
	near = tl_text_nearest(wanted, stems, workset.flows.count);
	for (size_t i = 0; i < workset.flows.count; i++) {
		bool same = tl_str_equal(stems[i], wanted);

		if (!same && (found.len > 0 || near.len == 0 || !tl_str_equal(stems[i], near)))
			continue;
		found = tl_arena_dup(&command->arena, workset.flows.files[i].path);
		if (same)
			break;
	}
	tl_workset_clear(&workset);
	return found;
}

static int refuse_name(struct tl_command *command, const char *text)
{
	struct tl_str near = nearest_file(command, text);
	struct tl_error ignored = { 0 };
	char head[TL_OID_SIZE];

	if (near.len > 0)
		return tl_error_set(&command->err, TL_USAGE, "'%s' is neither a file nor a revision, did you mean '%.*s'?", text, TL_FMT(near));
	if (tl_repo_is_shallow(command->repo))
		return tl_error_set(&command->err, TL_USAGE, "'%s' is neither a file nor a revision of this shallow clone: 'git fetch --unshallow', or "
		                    "`fetch-depth: 0` in a GitHub workflow, brings the rest", text);
	if (command->repo && tl_repo_commit(head, command->repo, "HEAD", &ignored) != 0 && ignored.code == TL_NOT_FOUND)
		return tl_error_set(&command->err, TL_USAGE, "'%s' is neither a file nor a revision: nothing is committed here yet", text);
	return tl_error_set(&command->err, TL_USAGE, "'%s' is neither a file nor a revision", text);
}

/* The files of a revision, as the command would see them with --rev. */
static int open_revision(struct side *side, const struct tl_option_list *operands)
{
	struct tl_command *command = side->command;
	int status;

	if (!command->repo)
		return tl_error_set(&command->err, TL_USAGE, "there is no file '%s', and no repository in which it could be a revision",
		                    side->spec.text);
	side->other = *command;
	side->other.arena = (struct tl_arena){ 0 };
	side->other.view = NULL;
	side->other_common = *command->common;
	side->other_common.rev = side->spec.name;
	/* As git has it: a path in a revision is meant from the repository's root, one that begins with "./" from here. */
	if (side->spec.path && !tl_str_starts(tl_str(side->spec.path), TL_STR("./")))
		side->other.folder = command->root.len > 0 ? command->root : TL_STR("/");
	side->other.common = &side->other_common;
	if (tl_view_open_revision(&side->other.view, command->repo, side->spec.name, &command->err) != 0) {
		if (command->err.code == TL_NOT_FOUND)
			refuse_name(command, side->spec.text);
		return -1;
	}
	status = tl_workset_open(&side->workset, &side->other, operands);
	if (status != 0)
		command->err = side->other.err;
	return status;
}

static int open_files(struct side *side)
{
	struct tl_option_list operands = { .values = &side->spec.path, .count = side->spec.path ? 1 : 0 };
	const struct tl_flow_set *flows = &side->workset.flows;
	int status = side->spec.kind == SIDE_REVISION ? open_revision(side, &operands)
	                                              : tl_workset_open(&side->workset, side->command, &operands);

	side->narrow = side->spec.path != NULL;
	if (status != 0)
		return -1;
	side->files = TL_ARENA_ARRAY(&side->arena, size_t, flows->count + 1);
	for (size_t i = 0; i < flows->count; i++) {
		if (flows->files[i].chosen)
			side->files[side->count++] = i;
	}
	return 0;
}

/* ---- an environment */

static int open_deployment(struct side *side)
{
	struct tl_command *command = side->command;
	const struct tl_environment *environment;

	if (tl_command_environment(&environment, command, side->spec.name) != 0)
		return -1;
	return tl_deployment_open(&side->deployment, command, environment);
}

/* What we know of the flows there. Flows go by the ids that they have here, where they were published from here. */
static int name_flows(struct side *side)
{
	struct tl_deployed_list *deployed = &side->deployed;

	if (tl_ledger_deployed(deployed, &side->arena, side->deployment.ledger, tl_str(side->spec.name), &side->command->err) != 0)
		return -1;
	for (uint32_t i = 0; i < deployed->count; i++)
		tl_map_put(&side->by_id, deployed->items[i].platform_id, NULL)->value.index = i;
	side->ours = TL_ARENA_ARRAY(&side->arena, const struct tl_deployed *, side->remotes.count + 1);
	for (size_t i = 0; i < side->remotes.count; i++) {
		uint32_t index = tl_map_index(&side->by_id, side->remotes.items[i].id);

		if (index == TL_NONE)
			continue;
		side->ours[i] = &deployed->items[index];
		side->remotes.items[i].name = deployed->items[index].flow;
	}
	return 0;
}

static int open_environment(struct side *side)
{
	struct tl_command *command = side->command;
	size_t expected;

	if (open_deployment(side) != 0 ||
	    tl_ledger_count(&expected, side->deployment.ledger, tl_str(side->spec.name), &command->err) != 0 ||
	    tl_platform_list_about(&side->remotes, &side->arena, side->deployment.platform, expected, &command->err) != 0)
		return -1;
	side->count = side->remotes.count;
	return name_flows(side);
}

/* Each flow as we wrote it last. Versions are kept whole, whatever came after. */
static int open_deployed(struct side *side)
{
	struct tl_command *command = side->command;
	struct tl_deployed_list *deployed = &side->deployed;

	if (open_deployment(side) != 0 ||
	    tl_ledger_deployed(deployed, &side->arena, side->deployment.ledger, tl_str(side->spec.name), &command->err) != 0)
		return -1;
	side->remotes.items = TL_ARENA_ARRAY(&side->arena, struct tl_remote, deployed->count + 1);
	side->ours = TL_ARENA_ARRAY(&side->arena, const struct tl_deployed *, deployed->count + 1);
	for (size_t i = 0; i < deployed->count; i++) {
		const struct tl_deployed *one = &deployed->items[i];

		side->ours[i] = one;
		side->remotes.items[i] = (struct tl_remote){
			.id = one->platform_id, .name = one->flow, .version = one->version, .published_version = one->version, .status = TL_STATUS_PUBLISHED,
		};
	}
	side->count = side->remotes.count = deployed->count;
	side->narrow = true;
	return 0;
}

/* One version, whole. Platforms that know no threads are asked by one at a time. */
static int ask_version(struct tl_remote *out, struct tl_arena *arena, struct side *side, struct tl_str id, int64_t version, struct tl_error *err)
{
	bool alone = !tl_platform_can(side->deployment.platform, TL_CAN_PARALLEL);
	int ret;

	if (alone)
		pthread_mutex_lock(&side->asking);
	ret = tl_platform_version(out, arena, side->deployment.platform, id, version, err);
	if (alone)
		pthread_mutex_unlock(&side->asking);
	return ret;
}

static int read_remote(struct tl_flow **out, struct side *side, size_t index, const struct tl_lower *lower, struct tl_error *err)
{
	const struct tl_remote *listed = &side->remotes.items[index];
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	int ret = ask_version(&remote, &arena, side, listed->id, listed->version, err);

	if (ret == 0)
		ret = tl_remote_read(out, &remote, lower, err);
	else if (err->code == TL_NOT_FOUND)
		tl_error_set(err, TL_REFUSED, "version %lld of '%.*s' is gone from '%s'", (long long)listed->version, TL_FMT(listed->name),
		             side->spec.name);
	tl_arena_clear(&arena);
	return ret;
}

int side_read_base(struct tl_flow **out, struct side *side, struct tl_str platform_id, int64_t version, struct tl_str digest, struct tl_error *err)
{
	char found[TL_SHA256_SIZE] = "";
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	int ret = ask_version(&remote, &arena, side, platform_id, version, err);

	*out = NULL;
	if (ret == 0)
		ret = tl_remote_read(out, &remote, &side->lower, err);
	if (ret == 0)
		tl_flow_digest(found, *out, NULL);
	/* Two sides are compared then, which is said: it is gone, or a platform that was set back has another one of that number. */
	if (ret == 0 && !tl_str_is(digest, found)) {
		tl_flow_free(*out);
		*out = NULL;
	}
	if (ret != 0 && tl_remote_is_unreadable(err->code)) {
		*err = (struct tl_error){ .code = TL_OK };
		ret = 0;
	}
	tl_arena_clear(&arena);
	return ret;
}

bool side_is_unread(struct side *side, enum tl_code code)
{
	if (side_is_ordered(side) || !tl_remote_is_unreadable(code))
		return false;
	return atomic_fetch_add(&side->could_not, 1) + 1 < UNREAD_MOST || atomic_load(&side->could) > 0;
}

const struct tl_deployed *side_deployed(const struct side *side, struct tl_str flow)
{
	for (size_t i = 0; i < side->deployed.count; i++) {
		if (tl_str_equal(side->deployed.items[i].flow, flow))
			return &side->deployed.items[i];
	}
	return NULL;
}

/* ---- flows */

int side_read(struct tl_flow **out, struct side *side, size_t index, struct tl_findings *findings, struct tl_error *err)
{
	struct tl_lower lower = side->lower;

	lower.findings = findings;
	*out = NULL;
	if (!side_is_ordered(side))
		return read_remote(out, side, index, &lower, err);
	return side->workset.flows.read(side->workset.flows.data, side->files[index], &lower, out, err);
}

/* What all workers have in common. */
struct loading {
	struct side *side;
	struct tl_arena *arenas;  /* by worker */
	struct tl_error *errors;  /* by worker */
};

/* What stands in for the id of a flow that has none. */
static struct tl_str name_of(const struct side *side, size_t index)
{
	return side_is_ordered(side) ? side->workset.flows.files[side->files[index]].path : side->remotes.items[index].id;
}

/* What the platform says of the last write, as far as it makes a difference: a version that says what ours does, and a draft of what callers have, make none. */
static void keep_state(struct side_entry *entry, const struct side *side, const struct tl_remote *remote, const struct tl_deployed *ours)
{
	bool same = ours && tl_str_equal(ours->content, entry->digest);
	bool live = tl_remote_is_live(remote) || (same && ours->version == remote->published_version);

	entry->status = tl_str(tl_remote_status_name(live ? TL_STATUS_PUBLISHED : remote->status));
	entry->version = !side->deployed_versions ? 0 : same && live ? ours->version : remote->version;
}

/* On the platform a flow goes by its id here. */
static void keep_remote(struct side_entry *entry, const struct side *side, size_t index)
{
	const struct tl_remote *remote = &side->remotes.items[index];
	const struct tl_deployed *ours = side->ours[index];

	if (remote->name.len > 0)
		entry->flow = remote->name;
	entry->platform_id = remote->id;
	if (ours) {
		entry->base_digest = ours->content;
		entry->base_version = ours->version;
		entry->base_beside = ours->more;
		entry->knows_beside = entry->is_ours = tl_deployed_is(ours, remote->version, remote->written_ms);
		entry->beside = entry->knows_beside ? ours->more : (struct tl_str){ NULL, 0 };
	}
	keep_state(entry, side, remote, ours);
}

static void keep_entry(struct side_entry *entry, struct tl_arena *arena, const struct side *side, size_t index, const struct tl_flow *flow)
{
	char digest[TL_SHA256_SIZE];

	tl_flow_digest(digest, flow, NULL);
	entry->digest = tl_arena_dup(arena, tl_str(digest));
	entry->renamed_from = tl_arena_dup(arena, flow->renamed_from.text);
	entry->flow = tl_arena_dup(arena, flow->id.text.len > 0 ? tl_flow_key(flow) : name_of(side, index));
	if (!side_is_ordered(side)) {
		keep_remote(entry, side, index);
	} else if (side->asks_beside) {
		entry->status = tl_str(tl_remote_status_name(TL_STATUS_PUBLISHED));
	} else {
		entry->version = flow->version;
		entry->status = tl_arena_dup(arena, flow->status);
	}
}

/* A version that was written from here is as the ledger says: nothing needs to be read. False for any other. */
static bool keep_known(struct side_entry *entry, const struct side *side, size_t index)
{
	const struct tl_remote *remote = &side->remotes.items[index];
	const struct tl_deployed *ours = side->ours[index];

	if (!ours || !tl_deployed_is(ours, remote->version, remote->written_ms))
		return false;
	entry->digest = ours->content;
	keep_remote(entry, side, index);
	return true;
}

/* What files use is part of what would be deployed. */
static int keep_beside(struct side_entry *entry, struct tl_arena *arena, const struct side *side, const struct tl_flow *flow, struct tl_error *err)
{
	struct tl_wanted wanted = { .index = 0 };

	if (!side->asks_beside || !side_is_ordered(side))
		return 0;
	if (tl_wanted_digests(&wanted, arena, &side->gathered, flow, err) != 0)
		return -1;
	entry->beside = wanted.more;
	entry->knows_beside = true;
	return 0;
}

/* A version that nobody can read is known by its name. */
static int keep_unread(struct loading *loading, unsigned worker, size_t index)
{
	struct side *side = loading->side;
	struct side_entry *entry = &side->entries[index];
	struct tl_error *err = &loading->errors[worker];

	if (!side_is_unread(side, err->code))
		return -1;
	entry->flow = name_of(side, index);
	entry->unread = tl_arena_dup(&loading->arenas[worker], tl_str(err->message));
	keep_remote(entry, side, index);
	*err = (struct tl_error){ .code = TL_OK };
	return 0;
}

static int load(void *data, unsigned worker, size_t index)
{
	struct loading *loading = data;
	struct side *side = loading->side;
	struct tl_flow *flow;
	int ret;

	if (tl_command_stopped())
		return tl_error_set(&loading->errors[worker], TL_INTERRUPTED, "interrupted");
	if (!side_is_ordered(side) && keep_known(&side->entries[index], side, index))
		return 0;
	if (side_read(&flow, side, index, &side->findings[index], &loading->errors[worker]) != 0)
		return keep_unread(loading, worker, index);
	if (!flow)
		return 0;
	atomic_fetch_add(&side->could, 1);
	/* Only of what cannot be read at all is there something to say here: mistakes are flow-validate's. */
	tl_findings_clear(&side->findings[index]);
	keep_entry(&side->entries[index], &loading->arenas[worker], side, index, flow);
	ret = keep_beside(&side->entries[index], &loading->arenas[worker], side, flow, &loading->errors[worker]);
	tl_flow_free(flow);
	return ret;
}

/* Texts of the entries move from the workers' arenas to the side's. */
static void adopt(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		struct side_entry *entry = &side->entries[i];

		entry->flow = tl_arena_dup(&side->arena, entry->flow);
		entry->renamed_from = tl_arena_dup(&side->arena, entry->renamed_from);
		entry->digest = tl_arena_dup(&side->arena, entry->digest);
		entry->status = tl_arena_dup(&side->arena, entry->status);
		entry->beside = tl_arena_dup(&side->arena, entry->beside);
		entry->unread = tl_arena_dup(&side->arena, entry->unread);
	}
}

unsigned side_workers(const struct side *side)
{
	bool remote = !side_is_ordered(side) && tl_platform_can(side->deployment.platform, TL_CAN_PARALLEL);

	return remote && side->command->jobs < REMOTE_WORKERS ? tl_platform_readers(side->deployment.platform, REMOTE_WORKERS) : side->command->jobs;
}

static int load_all(struct side *side)
{
	struct tl_command *command = side->command;
	struct loading loading = { .side = side };
	unsigned workers = side_workers(side);
	int status;

	side->entries = TL_ARENA_ARRAY(&side->arena, struct side_entry, side->count + 1);
	side->findings = TL_ARENA_ARRAY(&side->arena, struct tl_findings, side->count + 1);
	loading.arenas = tl_alloc_zero(workers + 1u, sizeof(*loading.arenas));
	loading.errors = tl_alloc_zero(workers + 1u, sizeof(*loading.errors));
	status = tl_pool_run(workers, side->count, load, &loading);
	for (unsigned i = 0; i <= workers; i++) {
		if (status != 0 && loading.errors[i].code != TL_OK)
			command->err = loading.errors[i];
	}
	if (status == 0)
		adopt(side);
	for (unsigned i = 0; i <= workers; i++)
		tl_arena_clear(&loading.arenas[i]);
	free(loading.arenas);
	free(loading.errors);
	return status;
}

/* A name in which there is nothing to compare must not pass for no difference. */
static int refuse_nothing(struct side *side)
{
	if (!side->spec.path)
		return 0;
	for (size_t i = 0; i < side->count; i++) {
		if (side->entries[i].flow.len > 0 || side->findings[i].count > 0)
			return 0;
	}
	return tl_error_set(&side->command->err, TL_USAGE, "there is no flow in '%s'", side->spec.text);
}

int side_open(struct side *side, struct tl_command *command, const struct side_spec *spec, const struct tl_map *values)
{
	int status;

	side->command = command;
	side->spec = *spec;
	pthread_mutex_init(&side->asking, NULL);
	side->lower = (struct tl_lower){ .values = values, .has_environment = values != NULL, .limits = command->project->limits };
	/* What an environment has was filled in when it was published. */
	if (!side_is_ordered(side))
		side->lower.values = NULL;
	if (spec->kind == SIDE_ENVIRONMENT)
		status = open_environment(side);
	else
		status = spec->kind == SIDE_DEPLOYED ? open_deployed(side) : open_files(side);
	if (side->asks_beside && side_is_ordered(side)) {
		side->deploy = (struct tl_deploy){ .project = command->project };
		side->gathered = (struct tl_gathered){ .deploy = &side->deploy, .audio = tl_audio_new(side->other.view ? side->other.view : command->view) };
	}
	return status == 0 && load_all(side) == 0 ? refuse_nothing(side) : -1;
}

void side_clear(struct side *side)
{
	if (!side->command)
		return;
	for (size_t i = 0; side->findings && i < side->count; i++)
		tl_findings_clear(&side->findings[i]);
	tl_audio_free(side->gathered.audio);
	if (side->workset.work)
		tl_workset_clear(&side->workset);
	if (side->other.view)
		tl_view_free(side->other.view);
	tl_arena_clear(&side->other.arena);
	tl_deployment_close(&side->deployment);
	tl_map_clear(&side->by_id);
	pthread_mutex_destroy(&side->asking);
	tl_arena_clear(&side->arena);
}
