/* deploy/now.c: plans of the present moment. */
#include "deploy/now.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/pool.h"
#include "check/check.h"
#include "deploy/audio.h"
#include "deploy/depend.h"
#include "doc/json.h"

/* Of flows that cannot be read. */
#define NAMES_SHOWN 5
/* Of the reason, so that what to do is not cut off. */
#define UNREAD_BYTES 300

static bool is_local(const struct tl_environment *environment)
{
	return tl_str_is(environment->platform, "local");
}

static struct tl_item *texts_item(struct tl_arena *arena, const struct tl_map *texts)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (size_t i = 0; i < texts->count; i++)
		tl_item_put(map, texts->entries[i].key, tl_item_string(arena, *(const struct tl_str *)texts->entries[i].value.ptr));
	return map;
}

/* SHA-256 of what the environment says where flows go and what is filled in, in canonical JSON. */
static struct tl_str configuration_digest(struct tl_arena *arena, const struct tl_environment *environment)
{
	struct tl_arena scratch = { 0 };
	struct tl_item *map = tl_item_new(&scratch, TL_MAP);
	char digest[TL_SHA256_SIZE];
	struct tl_buf buf = { 0 };

	tl_item_put(map, TL_STR("platform"), tl_item_string(&scratch, environment->platform));
	tl_item_put(map, TL_STR("database"), tl_item_string(&scratch, environment->database));
	tl_item_put(map, TL_STR("ids"), texts_item(&scratch, &environment->ids));
	tl_item_put(map, TL_STR("values"), texts_item(&scratch, &environment->values));
	tl_json_canonical(&buf, map);
	tl_sha256_hex(digest, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	tl_arena_clear(&scratch);
	return tl_arena_dup(arena, tl_str(digest));
}

/* A file that a plan rests on and that is not committed as it is: anything tracked, and flows and their audio that git does not know. No text (NULL) where there
 * is none. */
static int look_for_changes(struct tl_str *out, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_gathered *gathered, struct tl_error *err)
{
	const struct tl_flow_set *set = gathered->summaries->set;
	struct tl_str elsewhere = { NULL, 0 }, *paths, *audio;
	struct tl_arena scratch = { 0 };
	size_t count = 0, n_audio;
	int ret;

	n_audio = tl_audio_paths(&audio, &scratch, gathered->audio);
	paths = TL_ARENA_ARRAY(&scratch, struct tl_str, set->count + n_audio + 1);
	for (size_t i = 0; i < n_audio; i++) {
		if (tl_path_is_beneath(audio[i]))
			paths[count++] = audio[i];
	}
	if (deploy->project->path.len > 0)
		paths[count++] = deploy->project->path;
	for (size_t i = 0; i < set->count; i++) {
		if (set->files[i].chosen && tl_path_is_beneath(set->files[i].path))
			paths[count++] = set->files[i].path;
		else if (set->files[i].chosen)
			elsewhere = set->files[i].path;
	}
	ret = tl_repo_find_change(out, arena, deploy->repo, paths, count, err);
	/* A file from elsewhere is of no commit. */
	if (ret == 0 && elsewhere.ptr && !out->ptr)
		*out = tl_arena_dup(arena, elsewhere);
	tl_arena_clear(&scratch);
	return ret;
}

/* A plan of a commit has nothing else in it. */
static int refuse_elsewhere(const struct tl_deploy *deploy, const struct tl_flow_set *set, struct tl_error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->files[i].chosen && !tl_path_is_beneath(set->files[i].path))
			return tl_error_set(err, TL_USAGE, "'%.*s' is not in commit %.12s", TL_FMT(set->files[i].path), deploy->commit.ptr);
	}
	return 0;
}

static int refuse_dirty(const struct tl_deploy *deploy, struct tl_str changed, struct tl_error *err)
{
	static const char rule[] = "only the environment 'local' takes what is not committed: commit first, so that what";
	struct tl_str name = deploy->environment->name;

	if (!deploy->repo)
		return tl_error_set(err, TL_USAGE, "this is no git repository, and only the environment 'local' takes what is in none: 'git init', and commit first, "
		                    "so that what '%.*s' gets can be found again", TL_FMT(name));
	if (!changed.ptr)
		return tl_error_set(err, TL_USAGE, "nothing is committed yet; %s '%.*s' gets can be found again", rule, TL_FMT(name));
	return tl_error_set(err, TL_USAGE, "'%.*s' is not committed as it is; %s '%.*s' gets can be found again", TL_FMT(changed), rule, TL_FMT(name));
}

/* The commit that the files are of; empty where they are not all of one. */
static int describe_git(struct tl_plan *plan, struct tl_deploy *deploy, const struct tl_gathered *gathered, struct tl_error *err)
{
	char commit[TL_OID_SIZE] = "";
	struct tl_str changed = { NULL, 0 };
	struct tl_error why = { 0 };

	if (deploy->commit.len > 0) {
		plan->commit = tl_arena_dup(&plan->arena, deploy->commit);
		return refuse_elsewhere(deploy, gathered->summaries->set, err);
	}
	if (deploy->repo && tl_repo_commit(commit, deploy->repo, "HEAD", &why) != 0) {
		if (why.code != TL_NOT_FOUND) {
			*err = why;
			return -1;
		}
		commit[0] = '\0'; /* before the first commit */
	}
	if (commit[0] && look_for_changes(&changed, &plan->arena, deploy, gathered, err) != 0)
		return -1;
	plan->dirty = !commit[0] || changed.ptr;
	if (!plan->dirty)
		plan->commit = tl_arena_dup(&plan->arena, tl_str(commit));
	return plan->dirty && !is_local(deploy->environment) ? refuse_dirty(deploy, changed, err) : 0;
}

void tl_plan_begin(struct tl_plan *plan, struct tl_deploy *deploy, int64_t lifetime_ms)
{
	struct tl_arena *arena = &plan->arena;

	plan->environment = tl_arena_dup(arena, deploy->environment->name);
	plan->platform = tl_arena_dup(arena, tl_str(tl_platform_name(deploy->platform)));
	plan->values = configuration_digest(arena, deploy->environment);
	/* Whole seconds: shorter to read, and nobody waits for less. */
	plan->created_ms = deploy->clock->now_ms(deploy->clock->data) / 1000 * 1000;
	plan->expires_ms = plan->created_ms + lifetime_ms;
}

/* Whether the chosen flows pass; adds what is said of them to `findings`. What is read on the way is gathered. */
static int check_flows(bool *pass, struct tl_gathered *gathered, struct tl_deploy *deploy, struct tl_summaries *summaries,
                       struct tl_findings *findings, struct tl_error *err)
{
	struct tl_check_options options = {
		.project = deploy->project,
		.environment = deploy->environment,
		.schemas = deploy->schemas,
		.workers = summaries->workers,
		.stopped = deploy->stopped,
		.seen = tl_gather_seen,
		.data = gathered,
	};
	struct tl_check_result result = { 0 };
	int ret = tl_check_levels(deploy->project, err);

	if (ret == 0)
		ret = tl_check_run(&result, summaries, &options, err);
	*pass = ret == 0 && tl_findings_count(&result.findings, TL_ERROR) == 0;
	tl_findings_append(findings, &result.findings);
	tl_check_result_clear(&result);
	return ret;
}

/* Where only some files were chosen, or are there, nobody can say what is gone from git. */
static void forget_orphans(struct tl_match *match, const struct tl_flow_set *set, bool partial)
{
	bool all = !partial;

	for (size_t i = 0; i < set->count; i++)
		all &= set->files[i].chosen;
	for (size_t i = 0; !all && i < match->remotes->count; i++)
		match->orphan_flow[i] = (struct tl_str){ NULL, 0 };
}

/* One reading of digests: what the workers share. */
struct reading {
	struct tl_now *now;
	struct tl_deploy *deploy;
	uint32_t *indexes;       /* of remotes that have to be looked at */
	size_t n_indexes;
	size_t count, done;      /* of those that the ledger knows, too */
	pthread_mutex_t lock;    /* over `done`, and telling */
	struct tl_arena *arenas; /* one a worker */
	struct tl_error *errors;
};

static void tell_read(struct reading *reading)
{
	struct tl_deploy *deploy = reading->deploy;
	struct tl_told told = { .kind = TL_TOLD_READ, .total = reading->count };

	pthread_mutex_lock(&reading->lock);
	told.done = ++reading->done;
	told.at_ms = deploy->clock->now_ms(deploy->clock->data);
	if (deploy->told)
		deploy->told(deploy->data, &told);
	pthread_mutex_unlock(&reading->lock);
}

/* What one flow is need not keep anybody from the others; that nobody answers does. */
static int take_trouble(struct reading *reading, struct tl_present *present, const struct tl_error *err)
{
	if (!tl_remote_is_unreadable(err->code))
		return -1;
	pthread_mutex_lock(&reading->lock);
	present->unread = tl_arena_dup(&reading->now->plan->arena, tl_str(err->message));
	pthread_mutex_unlock(&reading->lock);
	return 0;
}

static int read_one(void *data, unsigned worker, size_t i)
{
	struct reading *reading = data;
	struct tl_present *present = &reading->now->state.present[reading->indexes[i]];
	struct tl_deploy *deploy = reading->deploy;

	if (deploy->stopped && deploy->stopped())
		return tl_error_set(&reading->errors[worker], TL_INTERRUPTED, "interrupted");
	if (tl_version_digest(present, &reading->arenas[worker], deploy, &present->remote, &reading->errors[worker]) != 0 ||
	    tl_version_live(present, &reading->arenas[worker], deploy, &reading->errors[worker]) != 0) {
		if (take_trouble(reading, present, &reading->errors[worker]) != 0)
			return -1;
	}
	tell_read(reading);
	return 0;
}

/* What the workers found stays after them. */
static void keep_digests(struct reading *reading)
{
	struct tl_environment_state *state = &reading->now->state;

	for (size_t i = 0; i < reading->n_indexes; i++) {
		struct tl_present *present = &state->present[reading->indexes[i]];

		present->digest = tl_arena_dup(&state->arena, present->digest);
		present->content = tl_arena_dup(&state->arena, present->content);
		present->live = tl_arena_dup(&state->arena, present->live);
	}
}

static int read_all(struct reading *reading, struct tl_error *err)
{
	unsigned workers = tl_platform_readers(reading->deploy->platform, tl_deploy_requests(reading->deploy));
	int ret;

	reading->arenas = tl_alloc_zero(workers, sizeof(*reading->arenas));
	reading->errors = tl_alloc_zero(workers, sizeof(*reading->errors));
	pthread_mutex_init(&reading->lock, NULL);
	for (size_t i = reading->n_indexes; i < reading->count; i++)
		tell_read(reading);
	ret = tl_pool_run(workers, reading->n_indexes, read_one, reading) == 0 ? 0 : -1;
	pthread_mutex_destroy(&reading->lock);
	if (ret == 0)
		keep_digests(reading);
	for (unsigned i = 0; i < workers; i++) {
		if (ret != 0 && reading->errors[i].code != TL_OK)
			*err = reading->errors[i];
		tl_arena_clear(&reading->arenas[i]);
	}
	free(reading->arenas);
	free(reading->errors);
	return ret;
}

/* A server knows flows by what people call them: two of one title would be refused half way through. */
static int check_titles(const struct tl_match *match, const struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_map titles = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < match->wanted->count && !is_local(deploy->environment); i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i], *other;

		if (wanted->title.len == 0)
			continue;
		other = tl_map_ptr(&titles, wanted->title);
		if (other && (other->chosen || wanted->chosen))
			ret = tl_error_set(err, TL_USAGE, "'%.*s' and '%.*s' are both called '%.*s', and '%.*s' tells flows apart by their names: rename one",
			                   TL_FMT(other->path), TL_FMT(wanted->path), TL_FMT(wanted->title), TL_FMT(deploy->environment->name));
		tl_map_put(&titles, wanted->title, NULL)->value.ptr = (void *)(uintptr_t)wanted;
	}
	tl_map_clear(&titles);
	return ret;
}

/* Two flows that would take over what is deployed under one former id: which of them does is not guessed, whatever the checks were told to pass over. */
static int check_former(const struct tl_match *match, struct tl_error *err)
{
	struct tl_map heirs = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i], *other;

		if (wanted->renamed_from.len == 0)
			continue;
		other = tl_map_ptr(&heirs, wanted->renamed_from);
		if (other && (other->chosen || wanted->chosen))
			ret = tl_error_set(err, TL_USAGE, "'%.*s' and '%.*s' both say that they were renamed from '%.*s': only one of them can take it over",
			                   TL_FMT(other->path), TL_FMT(wanted->path), TL_FMT(wanted->renamed_from));
		tl_map_put(&heirs, wanted->renamed_from, NULL)->value.ptr = (void *)(uintptr_t)wanted;
	}
	tl_map_clear(&heirs);
	return ret;
}

/* Making a flow that the platform has twice under its name would make a third. */
static int check_names(const struct tl_match *match, const struct tl_deploy *deploy, struct tl_error *err)
{
	for (size_t i = 0; i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];

		if (wanted->chosen && match->ambiguous[i])
			return tl_error_set(err, TL_CONFLICT, "the platform has two flows that could be '%.*s': say which one is meant under 'ids' of the "
			                    "environment '%.*s' in trunkline.yaml", TL_FMT(wanted->flow), TL_FMT(deploy->environment->name));
	}
	return 0;
}

/* Two flows that are one on the platform, as the configuration's ids have it. */
static int refuse_rivals(const struct tl_match *match, size_t i, const struct tl_environment *environment, struct tl_error *err)
{
	const struct tl_wanted *wanted = &match->wanted->items[i], *rival = &match->wanted->items[match->rival[i]];
	const struct tl_str *id = tl_map_ptr(&environment->ids, wanted->flow), *other = tl_map_ptr(&environment->ids, rival->flow);
	/* The one whose id is given, and the one that goes by what is on record, or by its name. */
	const struct tl_wanted *given = other ? rival : wanted, *known = other ? wanted : rival;

	if ((!id && !other) || (!wanted->chosen && !rival->chosen))
		return 0;
	if (id && other)
		return tl_error_set(err, TL_USAGE, "'ids' of the environment '%.*s' gives the flows '%.*s' and '%.*s' one id, '%.*s'", TL_FMT(environment->name),
		                    TL_FMT(rival->flow), TL_FMT(wanted->flow), TL_FMT(*id));
	return tl_error_set(err, TL_USAGE, "'ids' of the environment '%.*s' says that flow '%.*s' is '%.*s', but that is flow '%.*s', by its name there or as it was "
	                    "deployed from here: mend that line, or give '%.*s' an id, too", TL_FMT(environment->name), TL_FMT(given->flow),
	                    TL_FMT(other ? *other : *id), TL_FMT(known->flow), TL_FMT(known->flow));
}

/* Of a flow whose id on the platform the configuration gives: another one is not made, whatever the platform has; nor is one made for a flow whose own was given away.
 * When a plan is applied such a flow is one that went meanwhile. */
static int check_ids(const struct tl_match *match, const struct tl_deploy *deploy, struct tl_error *err)
{
	const struct tl_environment *environment = deploy->environment;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];
		const struct tl_str *id = tl_map_ptr(&environment->ids, wanted->flow);

		if (match->of_wanted[i] != TL_NONE)
			continue;
		if (match->rival[i] != TL_NONE)
			ret = refuse_rivals(match, i, environment, err);
		else if (id && wanted->chosen)
			ret = tl_error_set(err, TL_USAGE, "'ids' of the environment '%.*s' says that flow '%.*s' is '%.*s', and the platform has no such flow: mend that line, "
			                   "or take it out where the flow is to be made", TL_FMT(environment->name), TL_FMT(wanted->flow), TL_FMT(*id));
	}
	return ret;
}

/* A plan that left a flow out would be taken for one of all that was asked for: which it is, is said, and that the others can be named. */
static int refuse_unread(const struct tl_now *now, struct tl_error *err)
{
	const struct tl_match *match = &now->match;
	const struct tl_wanted *first = NULL;
	const struct tl_present *present = NULL;
	struct tl_buf others = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];

		if (!wanted->chosen || match->of_wanted[i] == TL_NONE || now->state.present[match->of_wanted[i]].unread.len == 0)
			continue;
		if (count++ == 0) {
			first = wanted;
			present = &now->state.present[match->of_wanted[i]];
		} else if (count <= NAMES_SHOWN) {
			tl_buf_printf(&others, "%s '%.*s'", count == 2 ? "; nor can" : ",", TL_FMT(wanted->flow));
		}
	}
	if (count > NAMES_SHOWN)
		tl_buf_printf(&others, " and %zu more", count - NAMES_SHOWN);
	if (first)
		tl_error_set(err, TL_REFUSED, "flow '%.*s' (%.*s): version %s on the platform, which was not written from here, cannot be read: %.*s%.*s; "
		             "nothing is planned, but a plan of other flows can be had by naming their files", TL_FMT(first->flow), TL_FMT(first->path),
		             tl_version_shown(present->remote.version).text, TL_FMT(tl_str_cut(present->unread, UNREAD_BYTES)), TL_FMT(tl_buf_view(&others)));
	tl_buf_clear(&others);
	return first ? -1 : 0;
}

/* What the ledger's list told of already needs no look, and so no threads. */
static void add_index(struct reading *reading, uint32_t remote)
{
	reading->count++;
	if (!reading->now->state.present[remote].known)
		reading->indexes[reading->n_indexes++] = remote;
}

/* The digests of everything that the plan will speak of. */
static int read_digests(struct tl_now *now, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_match *match = &now->match;
	struct reading reading = { .now = now, .deploy = deploy };

	reading.indexes = TL_ARENA_ARRAY(&now->state.arena, uint32_t, match->remotes->count);
	for (size_t i = 0; i < match->wanted->count; i++) {
		if (match->wanted->items[i].chosen && match->of_wanted[i] != TL_NONE)
			add_index(&reading, match->of_wanted[i]);
	}
	for (uint32_t i = 0; i < match->remotes->count; i++) {
		if (match->orphan_flow[i].len > 0)
			add_index(&reading, i);
	}
	if (deploy->stopped && deploy->stopped())
		return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	return read_all(&reading, err) == 0 ? refuse_unread(now, err) : -1;
}

/* What is looked at at once: while the platform is asked, flows are read. */
enum { LOOK_ROLE, LOOK_FLOWS, LOOK_STATE, LOOKS };

struct looking {
	struct tl_now *now;
	struct tl_deploy *deploy;
	struct tl_summaries *summaries;
	struct tl_findings *findings;
	int64_t lifetime_ms;
	bool pass;
	int rets[LOOKS];
	struct tl_error errors[LOOKS];
};

static int look_at_flows(struct looking *looking, struct tl_error *err)
{
	struct tl_now *now = looking->now;
	struct tl_deploy *deploy = looking->deploy;

	tl_gather_begin(&now->gathered, deploy, looking->summaries);
	if (check_flows(&looking->pass, &now->gathered, deploy, looking->summaries, looking->findings, err) != 0)
		return -1;
	if (!looking->pass)
		return 0;
	now->plan = tl_plan_new(TL_PLAN_PUBLISH);
	tl_plan_begin(now->plan, deploy, looking->lifetime_ms);
	if (tl_gather_end(&now->gathered, err) != 0 || describe_git(now->plan, deploy, &now->gathered, err) != 0)
		return -1;
	return tl_source_check(deploy, now->plan->commit, err);
}

static int look_at_one(void *data, unsigned worker, size_t i)
{
	struct looking *looking = data;
	struct tl_error *err = &looking->errors[i];

	(void)worker;
	switch (i) {
	case LOOK_ROLE:
		looking->rets[i] = tl_deploy_check_role(looking->deploy, err);
		break;
	case LOOK_FLOWS:
		looking->rets[i] = look_at_flows(looking, err);
		break;
	default:
		looking->rets[i] = tl_state_read(&looking->now->state, looking->deploy, err);
		break;
	}
	return 0;
}

/* The first of them that failed says why: who may not publish hears of nothing else, and what is wrong with the flows does not wait for the platform. */
static int look(struct looking *looking, struct tl_error *err)
{
	unsigned workers = tl_platform_can(looking->deploy->platform, TL_CAN_PARALLEL) ? LOOKS : 1;

	tl_pool_run(workers, LOOKS, look_at_one, looking);
	for (size_t i = 0; i < LOOKS; i++) {
		if (i == LOOK_STATE && !looking->pass)
			break;
		if (looking->rets[i] != 0) {
			*err = looking->errors[i];
			return -1;
		}
	}
	return 0;
}

static int compute(struct tl_now *now, struct tl_deploy *deploy, struct tl_summaries *summaries, struct tl_error *err)
{
	now->match = (struct tl_match){
		.wanted = &now->gathered.wanted,
		.environment = deploy->environment,
		.deployed = &now->state.deployed,
		.remotes = &now->state.remotes,
	};
	tl_plan_match(&now->match, &now->state.arena);
	if (check_former(&now->match, err) != 0 || check_titles(&now->match, deploy, err) != 0 || check_names(&now->match, deploy, err) != 0)
		return -1;
	forget_orphans(&now->match, summaries->set, deploy->partial);
	if (read_digests(now, deploy, err) != 0 || tl_now_hold(now, deploy, err) != 0)
		return -1;
	tl_plan_fill(now->plan, &now->match, now->state.present, &now->state.holds);
	tl_now_note_renamed(now, deploy);
	if (deploy->promotion)
		now->plan->promote_from = tl_arena_dup(&now->plan->arena, deploy->promotion->from);
	tl_plan_seal(now->plan);
	return 0;
}

int tl_now_compute(struct tl_now *out, struct tl_deploy *deploy, struct tl_summaries *summaries, int64_t lifetime_ms,
                   struct tl_findings *findings, struct tl_error *err)
{
	struct looking looking = { .now = out, .deploy = deploy, .summaries = summaries, .findings = findings, .lifetime_ms = lifetime_ms };
	struct tl_error why = { 0 };
	bool good;

	*out = (struct tl_now){ 0 };
	if (look(&looking, &why) != 0) {
		if (err)
			*err = why;
		return -1;
	}
	if (!looking.pass)
		return 0;
	if (compute(out, deploy, summaries, err) != 0 || tl_now_promote(&good, out, deploy, findings, err) != 0)
		return -1;
	if (!good) {
		tl_plan_free(out->plan);
		out->plan = NULL;
	}
	return 0;
}

void tl_now_clear(struct tl_now *now)
{
	tl_plan_free(now->plan);
	tl_state_clear(&now->state);
	if (now->gathered.deploy)
		tl_gathered_clear(&now->gathered);
	*now = (struct tl_now){ 0 };
}

int tl_deploy_plan(struct tl_plan **out, struct tl_deploy *deploy, int64_t lifetime_ms, struct tl_findings *findings, struct tl_error *err)
{
	struct tl_now now = { 0 };
	bool valid = true, found = true, fit = true;
	int ret;

	*out = NULL;
	ret = tl_now_compute(&now, deploy, deploy->summaries, lifetime_ms, findings, err);
	if (ret == 0 && now.plan)
		ret = check_ids(&now.match, deploy, err);
	if (ret == 0 && now.plan)
		ret = tl_now_depend(&found, &now, deploy, findings, err);
	if (ret == 0 && now.plan)
		ret = tl_now_fit(&fit, &now, deploy, findings, err);
	if (ret == 0 && now.plan && fit)
		ret = tl_now_validate(&valid, &now, deploy, findings, err);
	if (ret == 0 && valid && found && fit) {
		*out = now.plan;
		now.plan = NULL;
	}
	tl_now_clear(&now);
	return ret;
}
