/* cmd/common/changed.c: --staged and --range: what changed, and the flows and suites that depend on it. */
#include <stdlib.h>

#include "base/file.h"
#include "common/open.h"
#include "common/work.h"
#include "dialect/dialect.h"

struct choosing {
	struct tl_work *work;
	struct tl_workset *workset;
	struct tl_changes changes;
	struct tl_map by_path;   /* path -> its number in changes */
	struct tl_map ids;       /* keys of flows that are not what they were, as text */
	uint64_t bits;           /* tl_summary_bit of all of them */
	struct tl_map gone;      /* files other than flows that are no longer there: audio */
	struct tl_arena scratch;
	struct tl_error *err;
};

static void add_key(struct choosing *c, uint64_t key)
{
	struct tl_str bytes;

	if (key == 0)
		return;
	bytes = tl_arena_dup(&c->work->arena, (struct tl_str){ (const char *)&key, sizeof(key) });
	tl_map_put(&c->ids, bytes, NULL);
	c->bits |= tl_summary_bit(key);
}

static bool has_key(const struct choosing *c, uint64_t key)
{
	return key != 0 && tl_map_find(&c->ids, (struct tl_str){ (const char *)&key, sizeof(key) });
}

static int find_changes(struct choosing *c)
{
	struct tl_command *command = c->work->command;
	struct tl_arena *arena = &c->work->arena;
	int status = command->from ? tl_repo_changed(&c->changes, arena, command->repo, command->from, command->to, c->err)
	                           : tl_view_staged(&c->changes, arena, command->view, c->err);

	if (status != 0)
		return -1;
	for (size_t i = 0; i < c->changes.count; i++) {
		const struct tl_change *change = &c->changes.items[i];

		tl_map_put(&c->by_path, change->path, NULL)->value.index = (uint32_t)i;
		if (change->kind == TL_REMOVED && tl_name_kind_of(change->path) == TL_NAME_OTHER)
			tl_map_put(&c->gone, change->path, NULL);
	}
	return 0;
}

/* A project file that changed may change what is said of every flow: its rules, schedules and values. */
static bool project_changed(const struct choosing *c)
{
	for (size_t i = 0; i < c->changes.count; i++) {
		if (tl_name_kind_of(c->changes.items[i].path) == TL_NAME_PROJECT)
			return true;
	}
	return false;
}

static void choose_all(struct tl_work_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		files->items[i].chosen = files->items[i].asked;
}

static void choose_touched(const struct choosing *c, struct tl_work_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct tl_work_file *file = &files->items[i];

		file->chosen = file->asked && tl_map_find(&c->by_path, file->entry->path);
	}
}

/* The id that a flow had before. Nothing is noted where there was none, or the file could not be read. */
static void add_old_id(struct choosing *c, struct tl_view *old, struct tl_str path)
{
	struct tl_error ignored = { 0 };
	struct tl_flow *flow = NULL;
	struct tl_summary summary;
	struct tl_str bytes;

	if (tl_view_read(&bytes, &c->scratch, old, path, c->workset->lower.limits.file, NULL, &ignored) == 0 &&
	    tl_content_of(path, bytes) != TL_CONTENT_UNKNOWN)
		tl_flow_read(&flow, path, bytes, &c->workset->lower);
	if (flow) {
		tl_summary_of(&summary, &c->scratch, flow);
		add_key(c, tl_summary_key(&summary));
	}
	tl_flow_free(flow);
	tl_arena_clear(&c->scratch);
}

/* Flows that went away or took another name are missed under the old one. */
static void add_old_ids(struct choosing *c)
{
	struct tl_command *command = c->work->command;
	struct tl_error ignored = { 0 };
	struct tl_view *old;

	if (tl_view_open_revision(&old, command->repo, command->from ? command->from : "HEAD", &ignored) != 0)
		return; /* before the first commit */
	for (size_t i = 0; i < c->changes.count; i++) {
		const struct tl_change *change = &c->changes.items[i];
		enum tl_name_kind kind = tl_name_kind_of(change->path);

		if (change->kind != TL_ADDED && (kind == TL_NAME_FLOW || kind == TL_NAME_MAYBE))
			add_old_id(c, old, change->path);
	}
	tl_view_free(old);
}

static void add_new_ids(struct choosing *c)
{
	const struct tl_work_files *flows = &c->work->flows;

	for (size_t i = 0; i < flows->count; i++) {
		if (flows->items[i].chosen)
			add_key(c, c->workset->summaries.items[i].key);
	}
}

/* Whether flow `i` names one of those flows, or a file that is gone. */
static int depends(bool *out, struct choosing *c, size_t i)
{
	const struct tl_cached *item = &c->workset->summaries.items[i];
	struct tl_summary summary;

	*out = false;
	if (item->key == 0 || ((item->refs & c->bits) == 0 && c->gone.count == 0))
		return 0;
	if (tl_summaries_get(&summary, &c->scratch, &c->workset->summaries, i, c->err) != 0)
		return -1;
	for (uint32_t r = 0; r < summary.n_refs && !*out; r++)
		*out = has_key(c, tl_summary_key_of(summary.refs[r].flow.text));
	for (uint32_t a = 0; a < summary.n_audios && !*out; a++)
		*out = tl_map_find(&c->gone, summary.audios[a]) != NULL;
	tl_arena_clear(&c->scratch);
	return 0;
}

/* Until nothing more depends on what is chosen. A flow is chosen once, so this ends after at most as many rounds as calls nest. */
static int choose_dependants(struct choosing *c)
{
	struct tl_work_files *flows = &c->work->flows;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < flows->count; i++) {
			bool found;

			if (flows->items[i].chosen)
				continue;
			if (depends(&found, c, i) != 0)
				return -1;
			if (!found)
				continue;
			flows->items[i].chosen = flows->items[i].asked;
			add_key(c, c->workset->summaries.items[i].key);
			more = more || flows->items[i].chosen;
		}
	}
	return 0;
}

/* The flow that a suite is for: the value of the first line that starts with "suite:". */
static struct tl_str suite_id(struct tl_str bytes)
{
	size_t at = 0;

	while (at < bytes.len) {
		size_t end = tl_str_find(bytes, TL_STR("\n"), at);
		struct tl_str line = tl_str_slice(bytes, at, end == SIZE_MAX ? bytes.len : end);

		if (tl_str_starts(line, TL_STR("suite:"))) {
			struct tl_str id = tl_str_trim(tl_str_slice(line, 6, line.len));
			size_t n = 0;

			if (id.len > 0 && (id.ptr[0] == '"' || id.ptr[0] == '\''))
				id = tl_str_slice(id, 1, id.len);
			while (n < id.len && !strchr(" \t#\"'\r", id.ptr[n]))
				n++;
			return tl_str_slice(id, 0, n);
		}
		at = end == SIZE_MAX ? bytes.len : end + 1;
	}
	return TL_STR("");
}

/* The key of the flow that a suite is for, out of the cache or the file. */
static int suite_key(uint64_t *key, struct choosing *c, const struct tl_work_file *file)
{
	struct tl_summary summary = { .kind = TL_SUMMARY_SUITE };
	struct tl_cached cached = { 0 };
	struct tl_buf buf = { 0 };
	struct tl_str bytes;

	if (c->work->cache && file->entry->blob[0] && tl_cache_find(c->work->cache, file->entry->blob, &cached)) {
		*key = cached.key;
		return 0;
	}
	if (tl_view_read_entry(&bytes, &c->scratch, file->view, file->entry, c->workset->lower.limits.suite, NULL, c->err) != 0)
		return -1;
	summary.id.text = suite_id(bytes);
	*key = tl_summary_key_of(summary.id.text);
	if (c->work->cache && file->entry->blob[0]) {
		tl_summary_pack(&buf, &summary);
		cached = (struct tl_cached){ .bytes = tl_arena_dup(&c->work->arena, tl_buf_view(&buf)), .key = *key };
		tl_cache_add(c->work->cache, file->entry->blob, &cached);
		tl_buf_clear(&buf);
	}
	tl_arena_clear(&c->scratch);
	return 0;
}

static int choose_suites(struct choosing *c)
{
	struct tl_work_files *suites = &c->work->suites;

	choose_touched(c, suites);
	for (size_t i = 0; i < suites->count; i++) {
		uint64_t key;

		if (suites->items[i].chosen)
			continue;
		if (suite_key(&key, c, &suites->items[i]) != 0)
			return -1;
		suites->items[i].chosen = suites->items[i].asked && has_key(c, key);
	}
	return 0;
}

static int choose(struct choosing *c)
{
	struct tl_work *work = c->work;

	if (find_changes(c) != 0)
		return -1;
	if (project_changed(c)) {
		choose_all(&work->flows);
		choose_all(&work->suites);
		choose_all(&work->policies);
		return 0;
	}
	choose_touched(c, &work->flows);
	choose_touched(c, &work->policies);
	if (c->changes.count == 0)
		return 0;
	if (tl_summaries_load(&c->workset->summaries, tl_command_stopped, c->err) != 0)
		return -1;
	add_new_ids(c);
	add_old_ids(c);
	if (choose_dependants(c) != 0)
		return -1;
	return choose_suites(c);
}

int tl_work_choose_changed(struct tl_work *work, struct tl_workset *workset)
{
	struct choosing c = { .work = work, .workset = workset, .err = &work->command->err };
	int status = choose(&c);

	for (size_t i = 0; i < work->flows.count; i++)
		work->shown[i].chosen = work->flows.items[i].chosen;
	tl_map_clear(&c.by_path);
	tl_map_clear(&c.ids);
	tl_map_clear(&c.gone);
	tl_arena_clear(&c.scratch);
	return status;
}
