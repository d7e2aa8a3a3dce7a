/* deploy/wanted.c: reading what is wanted, by all workers. */
#include "deploy/wanted.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/pool.h"
#include "deploy/audio.h"
#include "deploy/depend.h"
#include "doc/json.h"
#include "flow/canonical.h"

static void put_schedule(struct tl_arena *arena, struct tl_item *schedules, const struct tl_project *project, struct tl_str name)
{
	const struct tl_schedule *schedule = tl_project_schedule(project, name);

	if (schedule && schedule->item && !tl_item_get_str(schedules, name))
		tl_item_put(schedules, name, tl_item_copy(arena, schedule->item));
}

/* A file that is not there is no digest: the checks speak of it. */
static int put_audio(struct tl_arena *arena, struct tl_item *files, struct tl_audio *audio, struct tl_str path, struct tl_error *err)
{
	struct tl_str digest;

	if (!tl_path_is_beneath(path) || tl_item_get_str(files, path))
		return 0;
	if (tl_audio_digest(&digest, audio, path, err) != 0)
		return -1;
	tl_item_put(files, path, digest.len > 0 ? tl_item_string(arena, digest) : tl_item_new(arena, TL_NULL));
	return 0;
}

/* What belongs to a deployed flow and stands outside of its file: {audio: {path: digest}, schedules: {name: …}}, or NULL where it needs none. */
static int more_of(struct tl_item **out, struct tl_arena *arena, const struct tl_gathered *gathered, const struct tl_flow *flow,
                   struct tl_error *err)
{
	struct tl_item *schedules = tl_item_new(arena, TL_MAP), *audio = tl_item_new(arena, TL_MAP);

	for (uint32_t i = 0; i < flow->n_needs; i++) {
		const struct tl_need *need = &flow->needs[i];

		if (!need->fixed)
			continue;
		if (need->kind == TL_NEED_SCHEDULE)
			put_schedule(arena, schedules, gathered->deploy->project, need->name);
		if (need->kind == TL_NEED_AUDIO && put_audio(arena, audio, gathered->audio, need->name, err) != 0)
			return -1;
	}
	*out = schedules->count + audio->count > 0 ? tl_item_new(arena, TL_MAP) : NULL;
	if (audio->count > 0)
		tl_item_put(*out, TL_STR("audio"), audio);
	if (schedules->count > 0)
		tl_item_put(*out, TL_STR("schedules"), schedules);
	return 0;
}

static void set_digests(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_item *more)
{
	char digest[TL_SHA256_SIZE];
	struct tl_buf buf = { 0 };

	tl_flow_digest(digest, flow, NULL);
	wanted->content = tl_arena_dup(arena, tl_str(digest));
	if (more)
		tl_flow_digest(digest, flow, more);
	wanted->digest = tl_arena_dup(arena, tl_str(digest));
	if (more)
		tl_json_canonical(&buf, more);
	wanted->more = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
}

static void set_callees(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_str *callees = TL_ARENA_ARRAY(arena, struct tl_str, flow->n_needs + flow->n_nodes);
	bool architect = flow->dialect == TL_DIALECT_ARCHITECT;

	for (uint32_t i = 0; !architect && i < flow->n_nodes; i++) {
		const struct tl_expr *callee = tl_node_callee(&flow->nodes[i]);

		if (callee && callee->value.text.len > 0)
			callees[wanted->n_callees++] = tl_arena_dup(arena, callee->value.text);
	}
	for (uint32_t i = 0; architect && i < flow->n_needs; i++) {
		if ((flow->needs[i].kind == TL_NEED_FLOW || flow->needs[i].kind == TL_NEED_MODULE) && flow->needs[i].fixed)
			callees[wanted->n_callees++] = tl_arena_dup(arena, flow->needs[i].name);
	}
	wanted->callees = callees;
}

/* Whether the environment filled something in; of a dialect that is filled before it is read nobody can tell. */
static bool may_be_filled(const struct tl_flow *flow)
{
	bool filled = flow->dialect == TL_DIALECT_ARCHITECT;

	for (uint32_t i = 0; i < flow->n_needs; i++)
		filled |= flow->needs[i].kind == TL_NEED_ENV;
	return filled;
}

/* The same document as a flow whose placeholders nobody filled. */
static void digest_unfilled(char digest[TL_SHA256_SIZE], const struct tl_flow *flow, const struct tl_lower *unfilled)
{
	struct tl_flow *plain;

	flow->again(&plain, flow->doc, unfilled);
	tl_flow_digest(digest, plain, NULL);
	/* The document is the other's. */
	plain->doc = NULL;
	tl_flow_free(plain);
}

/* The digest that is the same in every environment: of the file's flow with its placeholders as they are written. */
static int set_source(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_gathered *gathered, const struct tl_flow *flow, struct tl_error *err)
{
	const struct tl_flow_set *set = gathered->summaries->set;
	struct tl_lower unfilled = { .limits = gathered->summaries->lower.limits };
	char digest[TL_SHA256_SIZE] = "";
	struct tl_flow *plain = NULL;

	wanted->source = wanted->content;
	if (!may_be_filled(flow))
		return 0;
	if (flow->again)
		digest_unfilled(digest, flow, &unfilled);
	else if (set->read(set->data, wanted->index, &unfilled, &plain, err) != 0)
		return -1;
	if (plain)
		tl_flow_digest(digest, plain, NULL);
	wanted->source = tl_arena_dup(arena, tl_str(digest));
	tl_flow_free(plain);
	return 0;
}

int tl_wanted_digests(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_gathered *gathered, const struct tl_flow *flow,
                      struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_item *more;
	int ret = more_of(&more, &scratch, gathered, flow, err);

	if (ret == 0)
		set_digests(wanted, arena, flow, more);
	tl_arena_clear(&scratch);
	return ret;
}

/* All that a plan says of a flow; in `arena`, nothing of the flow is kept. */
static int describe(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_gathered *gathered, const struct tl_flow *flow,
                    struct tl_error *err)
{
	if (tl_wanted_digests(wanted, arena, gathered, flow, err) != 0)
		return -1;
	wanted->flow = tl_arena_dup(arena, tl_flow_key(flow));
	wanted->called = tl_arena_dup(arena, flow->id.text);
	wanted->name = tl_arena_dup(arena, tl_remote_name(flow));
	/* Where names are told apart by type, the name alone is nobody's. */
	wanted->title = flow->key.len > 0 ? wanted->name : tl_arena_dup(arena, flow->name.text);
	wanted->renamed_from = tl_arena_dup(arena, flow->renamed_from.text);
	set_callees(wanted, arena, flow);
	wanted->needs = tl_depend_kinds(flow);
	return 0;
}

/* git's id of the file's bytes. Empty where they are not part of the view (a path from elsewhere). */
static struct tl_str blob_of(struct tl_arena *arena, const struct tl_gathered *gathered, const struct tl_flow_file *file)
{
	struct tl_arena scratch = { 0 };
	char blob[TL_OID_SIZE] = "";
	struct tl_str bytes;

	if (file->blob[0])
		return tl_arena_dup(arena, tl_str(file->blob));
	if (tl_view_read(&bytes, &scratch, gathered->deploy->view, file->path, gathered->summaries->lower.limits.file, blob, NULL) != 0)
		blob[0] = '\0';
	tl_arena_clear(&scratch);
	return tl_arena_dup(arena, tl_str(blob));
}

/* What a plan says of a chosen file that holds a flow. */
static int take_chosen(struct tl_gathered *gathered, unsigned worker, size_t i, const struct tl_flow *flow)
{
	const struct tl_flow_file *file = &gathered->summaries->set->files[i];
	struct tl_error *err = &gathered->errors[worker];
	struct tl_arena *arena = &gathered->arenas[worker];
	struct tl_wanted *wanted = &gathered->found[i];
	int ret = tl_platform_takes(gathered->deploy->platform, flow->dialect, err);

	wanted->index = i;
	if (ret == 0)
		ret = describe(wanted, arena, gathered, flow, err);
	if (ret == 0)
		ret = set_source(wanted, arena, gathered, flow, err);
	if (ret != 0)
		tl_error_wrap(err, "%.*s", TL_FMT(file->path));
	wanted->chosen = true;
	wanted->path = file->path;
	wanted->blob = blob_of(arena, gathered, file);
	return ret;
}

void tl_gather_seen(void *data, unsigned worker, size_t file, const struct tl_flow *flow)
{
	struct tl_gathered *gathered = data;

	/* The first that goes wrong is the reason. */
	if (gathered->errors[worker].code == TL_OK)
		take_chosen(gathered, worker, file, flow);
}

static int read_chosen(struct tl_gathered *gathered, unsigned worker, size_t i)
{
	const struct tl_flow_set *set = gathered->summaries->set;
	struct tl_flow *flow = NULL;
	int ret = 0;

	if (gathered->found[i].chosen)
		return 0;
	if (set->read(set->data, i, &gathered->summaries->lower, &flow, &gathered->errors[worker]) != 0)
		return -1;
	if (flow)
		ret = take_chosen(gathered, worker, i, flow);
	tl_flow_free(flow);
	return ret;
}

/* `found[i]` has no flow id where file i holds no flow. */
static int read_one(void *data, unsigned worker, size_t i)
{
	struct tl_gathered *gathered = data;

	if (gathered->deploy->stopped && gathered->deploy->stopped())
		return tl_error_set(&gathered->errors[worker], TL_INTERRUPTED, "interrupted");
	gathered->found[i].index = i;
	if (gathered->summaries->set->files[i].chosen)
		return read_chosen(gathered, worker, i);
	return tl_summaries_fetch(gathered->summaries, worker, i, &gathered->errors[worker]);
}

/* Of a flow that is not planned only what others need to know: its id, and whom it calls. */
static int describe_other(struct tl_gathered *gathered, size_t i, struct tl_error *err)
{
	struct tl_wanted *wanted = &gathered->found[i];
	struct tl_summary summary;
	struct tl_str *callees;

	if (tl_summaries_get(&summary, &gathered->arena, gathered->summaries, i, err) != 0)
		return -1;
	if (summary.kind != TL_SUMMARY_FLOW || summary.dialect == TL_DIALECT_ARCHITECT)
		return 0;
	callees = TL_ARENA_ARRAY(&gathered->arena, struct tl_str, summary.n_refs);
	for (uint32_t j = 0; j < summary.n_refs; j++)
		callees[j] = summary.refs[j].flow.text;
	wanted->flow = wanted->name = wanted->called = summary.id.text;
	wanted->renamed_from = summary.renamed_from.text;
	wanted->path = gathered->summaries->set->files[i].path;
	wanted->callees = callees;
	wanted->n_callees = summary.n_refs;
	return 0;
}

static int compare_wanted(const void *a, const void *b)
{
	const struct tl_wanted *x = a, *y = b;
	int order = tl_str_compare(x->flow, y->flow);

	return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static const struct tl_str *resolve_of(struct tl_wanted *wanted, struct tl_arena *arena, const struct tl_wanted_list *list, const struct tl_map *by_name,
                                       const uint32_t *next)
{
	struct tl_str *keys = TL_ARENA_ARRAY(arena, struct tl_str, list->count);
	size_t count = 0;

	for (size_t i = 0; i < wanted->n_callees; i++) {
		for (uint32_t j = tl_map_index(by_name, wanted->callees[i]); j != TL_NONE; j = next[j]) {
			if (&list->items[j] != wanted && count < list->count)
				keys[count++] = list->items[j].flow;
		}
	}
	wanted->n_callees = count;
	return keys;
}

/* Flows name others by what those are called: where types tell names apart, any of that name may be meant. */
static void resolve_callees(struct tl_gathered *gathered)
{
	struct tl_wanted_list *list = &gathered->wanted;
	uint32_t *next = TL_ARENA_ARRAY(&gathered->arena, uint32_t, list->count);
	struct tl_map by_name = { 0 };
	bool any = false;

	for (uint32_t i = 0; i < list->count; i++) {
		struct tl_map_entry *entry;
		bool made;

		any |= !tl_str_equal(list->items[i].called, list->items[i].flow);
		entry = tl_map_put(&by_name, list->items[i].called, &made);
		next[i] = made ? TL_NONE : entry->value.index;
		entry->value.index = i;
	}
	for (uint32_t i = 0; any && i < list->count; i++)
		list->items[i].callees = resolve_of(&list->items[i], &gathered->arena, list, &by_name, next);
	tl_map_clear(&by_name);
}

/* The flows that there are, sorted by id, and no two of one id. */
static int collect(struct tl_gathered *gathered, size_t count, struct tl_error *err)
{
	struct tl_wanted_list *list = &gathered->wanted;

	list->items = gathered->found;
	gathered->unread = TL_ARENA_ARRAY(&gathered->arena, struct tl_str, count);
	for (size_t i = 0; i < count; i++) {
		const struct tl_flow_file *file = &gathered->summaries->set->files[i];

		if (gathered->found[i].flow.len == 0 && file->chosen)
			gathered->unread[gathered->n_unread++] = file->path;
		if (gathered->found[i].flow.len > 0)
			list->items[list->count++] = gathered->found[i];
	}
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), compare_wanted);
	for (size_t i = 1; i < list->count; i++) {
		const struct tl_wanted *a = &list->items[i - 1], *b = &list->items[i];

		if (tl_str_equal(a->flow, b->flow) && (a->chosen || b->chosen))
			return tl_error_set(err, TL_USAGE, "'%.*s' and '%.*s' hold the same flow '%.*s'", TL_FMT(a->path), TL_FMT(b->path),
			                    TL_FMT(a->flow));
	}
	resolve_callees(gathered);
	return 0;
}

/* What went wrong, of the workers in their order. */
static int first_error(const struct tl_gathered *gathered, struct tl_error *err)
{
	for (unsigned i = 0; i < gathered->summaries->workers; i++) {
		if (gathered->errors[i].code != TL_OK) {
			*err = gathered->errors[i];
			return -1;
		}
	}
	return 0;
}

void tl_gather_begin(struct tl_gathered *out, struct tl_deploy *deploy, struct tl_summaries *summaries)
{
	*out = (struct tl_gathered){ .deploy = deploy, .summaries = summaries };
	out->arenas = tl_alloc_zero(summaries->workers, sizeof(*out->arenas));
	out->audio = tl_audio_new(deploy->view);
	out->errors = tl_alloc_zero(summaries->workers, sizeof(*out->errors));
	out->found = TL_ARENA_ARRAY(&out->arena, struct tl_wanted, summaries->set->count);
}

int tl_gather_end(struct tl_gathered *gathered, struct tl_error *err)
{
	size_t count = gathered->summaries->set->count;

	if (first_error(gathered, err) != 0)
		return -1;
	if (tl_pool_run(gathered->summaries->workers, count, read_one, gathered) != 0)
		return first_error(gathered, err);
	for (size_t i = 0; i < count; i++) {
		if (!gathered->summaries->set->files[i].chosen && describe_other(gathered, i, err) != 0)
			return -1;
	}
	return collect(gathered, count, err);
}

int tl_gather(struct tl_gathered *out, struct tl_deploy *deploy, struct tl_summaries *summaries, struct tl_error *err)
{
	tl_gather_begin(out, deploy, summaries);
	return tl_gather_end(out, err);
}

void tl_gathered_clear(struct tl_gathered *gathered)
{
	for (unsigned i = 0; gathered->arenas && i < gathered->summaries->workers; i++)
		tl_arena_clear(&gathered->arenas[i]);
	free(gathered->arenas);
	free(gathered->errors);
	tl_audio_free(gathered->audio);
	tl_arena_clear(&gathered->arena);
	*gathered = (struct tl_gathered){ 0 };
}

int tl_gathered_read(struct tl_flow **out, struct tl_gathered *gathered, const struct tl_wanted *wanted, struct tl_error *err)
{
	const struct tl_flow_set *set = gathered->summaries->set;
	char digest[TL_SHA256_SIZE] = "";

	if (set->read(set->data, wanted->index, &gathered->summaries->lower, out, err) != 0)
		return -1;
	if (*out)
		tl_flow_digest(digest, *out, NULL);
	if (tl_str_is(wanted->content, digest))
		return 0;
	tl_flow_free(*out);
	*out = NULL;
	return tl_error_set(err, TL_USAGE, "'%.*s' was changed while the plan was being applied: make a new plan", TL_FMT(wanted->path));
}

int tl_gathered_unchanged(struct tl_gathered *gathered, const struct tl_wanted *wanted, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	bool same = tl_str_equal(blob_of(&scratch, gathered, &gathered->summaries->set->files[wanted->index]), wanted->blob);

	tl_arena_clear(&scratch);
	return same ? 0 : tl_error_set(err, TL_CONFLICT, "'%.*s' was changed meanwhile: nothing was written there", TL_FMT(wanted->path));
}
