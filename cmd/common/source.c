/* cmd/common/source.c: the workset: which files there are, which of them are meant, and how they are read. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check/check.h"
#include "common/open.h"
#include "common/work.h"
#include "crypto/sha256.h"
#include "dialect/dialect.h"
#include "trunkline.h"

/* The bytes of a file that was listed. */
static int read_file(struct tl_str *out, struct tl_arena *arena, const struct tl_work_file *file, uint64_t limit, struct tl_error *err)
{
	if (tl_view_read_entry(out, arena, file->view, file->entry, limit, NULL, err) == 0)
		return 0;
	if (err->code == TL_NOT_FOUND)
		err->code = TL_IO; /* it was there when it was listed */
	return -1;
}

/* Inside a flow's file everything wrong is a finding, its size too. */
static int note_too_large(const struct tl_work_file *file, const struct tl_lower *lower, const struct tl_error *why)
{
	struct tl_finding *finding;
	struct tl_source source;

	if (!lower->findings)
		return 0;
	tl_source_init(&source, file->shown, TL_STR(""));
	finding = tl_findings_add(lower->findings, &source, (struct tl_span){ 0, 0 }, TL_ERROR, "limit", "%s", why->message);
	tl_findings_help(lower->findings, finding, "the limit 'file' can be raised: --limit file=SIZE");
	tl_source_clear(&source);
	return 0;
}

static int read_flow(void *data, size_t i, const struct tl_lower *lower, struct tl_flow **out, struct tl_error *err)
{
	const struct tl_work *work = data;
	const struct tl_work_file *file = &work->flows.items[i];
	struct tl_arena arena = { 0 };
	struct tl_error why = { 0 };
	struct tl_str bytes;
	int status = 0;

	*out = NULL;
	if (read_file(&bytes, &arena, file, lower->limits.file, &why) != 0) {
		if (why.code == TL_LIMIT && file->kind != TL_NAME_MAYBE)
			status = note_too_large(file, lower, &why);
		else if (why.code != TL_LIMIT)
			status = tl_error_set(err, why.code, "%s", why.message);
	} else if (file->kind != TL_NAME_MAYBE || tl_content_of(file->shown, bytes) != TL_CONTENT_UNKNOWN) {
		tl_flow_read(out, file->shown, bytes, lower);
	}
	tl_arena_clear(&arena);
	return status;
}

/* Audio: relative to the repository, or (outside of one) to the folder that the command works in. */
static bool file_exists(void *data, struct tl_str path)
{
	struct tl_work *work = data;
	struct tl_arena arena = { 0 };
	bool exists = tl_view_has(work->command->view, path);

	if (!exists && work->n_views > 0)
		exists = access(tl_path_join(&arena, work->command->folder, path).ptr, R_OK) == 0;
	tl_arena_clear(&arena);
	return exists;
}

/* What a file that is meant holds, by its bytes: TL_NAME_OTHER where it is nothing of ours. */
static int kind_by_content(enum tl_name_kind *kind, const struct tl_work *work, const struct tl_work_file *file)
{
	struct tl_arena arena = { 0 };
	struct tl_error why = { 0 };
	struct tl_str bytes;
	int status = read_file(&bytes, &arena, file, work->command->project->limits.file, &why);

	*kind = file->named ? TL_NAME_FLOW : TL_NAME_OTHER;
	if (status == 0) {
		switch (tl_content_of(file->shown, bytes)) {
		case TL_CONTENT_NATIVE:
		case TL_CONTENT_ARCHITECT:
		case TL_CONTENT_WIRE: *kind = TL_NAME_FLOW; break;
		case TL_CONTENT_SUITE: *kind = TL_NAME_SUITE; break;
		case TL_CONTENT_POLICY: *kind = TL_NAME_POLICY; break;
		case TL_CONTENT_UNKNOWN: break;
		}
	}
	tl_arena_clear(&arena);
	if (status == 0 || why.code == TL_LIMIT)
		return 0;
	return tl_error_set(&work->command->err, why.code, "%s", why.message);
}

static bool chooses_changed(const struct tl_command *command)
{
	return command->common->staged || command->common->range;
}

/* Whether a pattern of the project means the path itself, and not a folder that it lies in. */
static bool is_meant(const struct tl_work *work, struct tl_str path)
{
	for (size_t i = 0; i < work->n_patterns; i++) {
		if (tl_path_match(work->patterns[i], path) && !tl_path_match(work->patterns[i], tl_path_folder(path)))
			return true;
	}
	return false;
}

static void note_not_followed(struct tl_work *work, const struct tl_work_file *file)
{
	bool link = file->entry->kind == TL_ENTRY_LINK;
	bool ours = file->kind == TL_NAME_FLOW || file->kind == TL_NAME_SUITE || file->kind == TL_NAME_POLICY || is_meant(work, file->entry->path);
	struct tl_source source;

	if (!file->asked || (!file->named && !(link ? ours : work->command->project->doc != NULL)))
		return;
	tl_source_init(&source, file->shown, TL_STR(""));
	tl_findings_add(work->findings, &source, (struct tl_span){ 0, 0 }, TL_WARNING, "not-followed",
	                "%s is not followed: nothing in it is checked", link ? "a symbolic link" : "a submodule");
	tl_source_clear(&source);
	if (file->named && work->named_link.len == 0)
		work->named_link = file->shown;
}

static bool is_noted(const struct tl_findings *findings, struct tl_str path)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (tl_str_equal(findings->items[i].file, path))
			return true;
	}
	return false;
}

static void note_blocking(struct tl_work *work, struct tl_str path)
{
	struct tl_source source;

	if (is_noted(work->findings, path))
		return;
	tl_source_init(&source, path, TL_STR(""));
	tl_findings_add(work->findings, &source, (struct tl_span){ 0, 0 }, TL_WARNING, "not-followed", "a link or a submodule is not followed: nothing in it is checked");
	tl_source_clear(&source);
}

/* Whether the working tree says that it is a link to a file, below which no pattern leads. */
static bool is_link_to_file(const struct tl_work *work, struct tl_str path)
{
	struct tl_arena arena = { 0 };
	struct stat info;
	bool is = stat(tl_path_join(&arena, work->command->root, path).ptr, &info) == 0 && !S_ISDIR(info.st_mode);

	tl_arena_clear(&arena);
	return is;
}

/* Links and submodules that the beginning of a pattern, its wildcards in it, means: the rest of it would be looked for below them. */
static int note_meant(struct tl_work *work, struct tl_str beginning)
{
	struct tl_entries entries;

	if (tl_view_list(&entries, &work->arena, work->command->view, &beginning, 1, &work->command->err) != 0)
		return -1;
	for (size_t i = 0; i < entries.count; i++) {
		const struct tl_entry *entry = &entries.items[i];

		if (entry->kind != TL_ENTRY_FILE && !tl_path_match(beginning, tl_path_folder(entry->path)) && !is_link_to_file(work, entry->path))
			note_blocking(work, entry->path);
	}
	return 0;
}

/* The link or submodule that a pattern of the project leads to or through: then nothing below it is listed, and a project without flows would pass for good. */
static int note_blocked(struct tl_work *work, struct tl_str pattern)
{
	const char *text = tl_arena_dup(&work->arena, pattern).ptr;
	size_t wildcard = strcspn(text, "*?"), end = 0;
	struct tl_error why = { 0 };
	struct tl_str path, bytes;

	while (end < pattern.len) {
		end += end > 0;
		end += strcspn(text + end, "/");
		path = tl_arena_dup(&work->arena, tl_str_slice(pattern, 0, end));
		/* Nothing is read: a file is larger than nothing. The folder itself is the view's. */
		if (end <= wildcard && !tl_str_is(tl_path_name(path), "."))
			tl_view_read(&bytes, &work->arena, work->command->view, path, 0, NULL, &why);
		if (why.code == TL_REFUSED) {
			note_blocking(work, path);
			return 0;
		}
		/* Where any folder would do none is meant; what the whole pattern means is in the list. */
		if (end > wildcard && end < pattern.len && !tl_str_is(tl_path_name(path), "**") && note_meant(work, path) != 0)
			return -1;
	}
	return 0;
}

/* What one file is in this run: TL_NAME_FLOW or _MAYBE, _SUITE, _POLICY, or _OTHER for none of ours. */
static int decide(struct tl_work *work, struct tl_work_file *file)
{
	bool changed = chooses_changed(work->command);

	if (file->entry->kind != TL_ENTRY_FILE) {
		note_not_followed(work, file);
		file->kind = TL_NAME_OTHER;
		return 0;
	}
	if (file->kind == TL_NAME_PROJECT || (file->kind == TL_NAME_OTHER && !file->named)) {
		file->kind = TL_NAME_OTHER;
		return 0;
	}
	file->chosen = file->asked && !changed;
	/* What is not meant stays a guess, and so does what may not have changed. */
	if ((file->kind == TL_NAME_MAYBE && file->chosen) || (file->named && !changed && file->kind == TL_NAME_OTHER))
		return kind_by_content(&file->kind, work, file);
	return 0;
}

/* Puts files where they belong: flows stay where they are, closed up. */
static int distribute(struct tl_work *work)
{
	struct tl_work_files *all = &work->all;
	size_t flows = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct tl_work_file *file = &all->items[i];

		if (decide(work, file) != 0)
			return -1;
		if (file->kind == TL_NAME_SUITE && file->asked)
			tl_work_add(&work->suites, file);
		else if (file->kind == TL_NAME_POLICY && file->asked)
			tl_work_add(&work->policies, file);
		else if (file->kind == TL_NAME_FLOW || file->kind == TL_NAME_MAYBE)
			all->items[flows++] = *file;
	}
	work->flows = *all;
	work->flows.count = flows;
	*all = (struct tl_work_files){ 0 };
	return 0;
}

/* Version, values and limits: everything but a file's bytes that a summary depends on. */
static uint64_t cache_key(const struct tl_command *command)
{
	const struct tl_map *values = &command->environment->values;
	uint64_t key = tl_str_hash(TL_STR(TL_VERSION));

	for (size_t i = 0; i < values->count; i++) {
		const struct tl_str *value = values->entries[i].value.ptr;

		key = key * 31 + tl_str_hash(values->entries[i].key);
		key = key * 31 + tl_str_hash(*value);
	}
	return key * 31 + tl_str_hash((struct tl_str){ (const char *)&command->project->limits, sizeof(struct tl_limits) });
}

/* One file an environment, in the git folder that all worktrees share. */
static void open_cache(struct tl_work *work)
{
	const struct tl_command *command = work->command;
	struct tl_str environment = tl_str(command->common->environment), folder;

	if (!command->repo)
		return;
	folder = tl_repo_common_folder(command->repo);
	if (environment.len > 0 && (!tl_path_is_beneath(environment) || memchr(environment.ptr, '/', environment.len)))
		return;
	tl_cache_open(&work->cache, tl_arena_printf(&work->arena, "%.*s/trunkline/summaries%s%.*s", TL_FMT(folder),
	                                            environment.len > 0 ? "." : "", TL_FMT(environment)).ptr,
	              cache_key(command));
}

/* A file that was just written may be written again within the same tick of its clock. */
#define SETTLED_MS 2000

/* What a file on disk is known by without being read: what changes whenever its bytes do. */
static void stamp(struct tl_flow_file *shown, struct tl_work *work, const struct tl_work_file *file, int64_t now_ms)
{
	char digest[TL_SHA256_SIZE];
	struct tl_arena arena = { 0 };
	struct tl_buf buf = { 0 };
	struct stat info;
	bool there = lstat(tl_path_join(&arena, work->command->root, file->entry->path).ptr, &info) == 0 && S_ISREG(info.st_mode);
	int64_t changed = there ? info.st_ctim.tv_sec * INT64_C(1000) + info.st_ctim.tv_nsec / 1000000 : 0;

	if (there && changed < now_ms - SETTLED_MS) {
		tl_buf_printf(&buf, "%.*s %llu %llu %lld %lld.%09ld %lld.%09ld", TL_FMT(file->entry->path), (unsigned long long)info.st_dev,
		              (unsigned long long)info.st_ino, (long long)info.st_size, (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
		              (long long)info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
		tl_sha256_hex(digest, tl_buf_view(&buf));
		memcpy(shown->stamp, digest, sizeof(shown->stamp) - 1);
	}
	tl_buf_clear(&buf);
	tl_arena_clear(&arena);
}

static void show_flows(struct tl_work *work, struct tl_workset *workset)
{
	int64_t now_ms = work->command->clock.now_ms(work->command->clock.data);

	work->shown = TL_ARENA_ARRAY(&work->arena, struct tl_flow_file, work->flows.count);
	for (size_t i = 0; i < work->flows.count; i++) {
		const struct tl_work_file *file = &work->flows.items[i];

		work->shown[i] = (struct tl_flow_file){ .path = file->shown, .chosen = file->chosen, .stray = file->stray };
		work->shown[i].maybe = file->kind == TL_NAME_MAYBE;
		memcpy(work->shown[i].blob, file->entry->blob, sizeof(work->shown[i].blob));
		if (work->cache && !file->entry->blob[0] && file->view == work->command->view)
			stamp(&work->shown[i], work, file, now_ms);
	}
	workset->flows = (struct tl_flow_set){ work->shown, work->flows.count, read_flow, file_exists, work };
}

/* The chosen ones, under the names that are shown. */
static void show_entries(struct tl_entries *out, struct tl_work *work, const struct tl_work_files *files)
{
	out->items = TL_ARENA_ARRAY(&work->arena, struct tl_entry, files->count);
	out->count = 0;
	for (size_t i = 0; i < files->count; i++) {
		if (!files->items[i].chosen)
			continue;
		out->items[out->count] = *files->items[i].entry;
		out->items[out->count++].path = files->items[i].shown;
	}
}

static int fill(struct tl_work *work, struct tl_workset *workset, const struct tl_option_list *operands, const struct tl_option_list *known)
{
	const struct tl_command *command = work->command;

	if (tl_work_gather(work, operands) != 0 || (known && tl_work_gather_known(work, known) != 0))
		return -1;
	tl_work_sort(&work->all);
	if (distribute(work) != 0)
		return -1;
	for (size_t i = 0; i < work->n_patterns; i++) {
		if (note_blocked(work, work->patterns[i]) != 0)
			return -1;
	}
	open_cache(work);
	show_flows(work, workset);
	tl_summaries_init(&workset->summaries, &workset->flows, work->cache, &workset->lower, command->jobs);
	if (chooses_changed(command) && tl_work_choose_changed(work, workset) != 0)
		return -1;
	show_entries(&workset->suites, work, &work->suites);
	show_entries(&workset->policies, work, &work->policies);
	return 0;
}

static int open_workset(struct tl_workset *workset, struct tl_command *command, const struct tl_option_list *operands, const struct tl_option_list *known)
{
	struct tl_work *work = tl_alloc_zero(1, sizeof(*work));

	*workset = (struct tl_workset){ .work = work };
	workset->lower = (struct tl_lower){
		.values = &command->environment->values,
		.has_environment = command->common->environment != NULL,
		.limits = command->project->limits,
	};
	work->command = command;
	work->findings = &workset->findings;
	if (fill(work, workset, operands, known) == 0) {
		workset->named_link = work->named_link;
		return 0;
	}
	tl_workset_clear(workset);
	return -1;
}

int tl_workset_open(struct tl_workset *workset, struct tl_command *command, const struct tl_option_list *operands)
{
	return open_workset(workset, command, operands, NULL);
}

int tl_workset_open_known(struct tl_workset *workset, struct tl_command *command, const struct tl_option_list *paths)
{
	static const struct tl_option_list none;

	/* Who names nothing but files from elsewhere has nothing to do with the project. */
	for (size_t i = 0; i < paths->count; i++) {
		if (tl_path_is_beneath(tl_str(paths->values[i])))
			return open_workset(workset, command, &none, paths);
	}
	return open_workset(workset, command, paths, NULL);
}

/* By its name, else by what the commit has; what cannot be read counts as a flow. */
static bool may_be_flow(struct tl_work *work, const struct tl_entry *entry)
{
	enum tl_name_kind kind = tl_name_kind_of(entry->path);
	struct tl_work_file file = { .shown = entry->path, .view = work->command->view, .entry = entry };

	if (kind == TL_NAME_MAYBE && kind_by_content(&kind, work, &file) != 0) {
		work->command->err = (struct tl_error){ 0 };
		return true;
	}
	return kind == TL_NAME_FLOW;
}

int tl_workset_left_out(struct tl_str *out, const struct tl_workset *workset, struct tl_command *command)
{
	struct tl_work *work = workset->work;
	struct tl_entries entries;
	struct tl_str *patterns;
	size_t count;

	*out = (struct tl_str){ NULL, 0 };
	if (!command->repo || tl_view_kind(command->view) != TL_VIEW_DISK)
		return 0;
	patterns = tl_work_patterns(work, &count);
	if (tl_repo_left_out(&entries, &work->arena, command->repo, patterns, count, &command->err) != 0)
		return -1;
	for (size_t i = 0; i < entries.count && !out->ptr; i++) {
		const struct tl_entry *entry = &entries.items[i];

		if (entry->kind == TL_ENTRY_FILE && !tl_view_has(command->view, entry->path) && may_be_flow(work, entry))
			*out = entry->path;
	}
	return 0;
}

static bool was_said(const struct tl_workset *said, struct tl_str file)
{
	for (size_t i = 0; said && i < said->findings.count; i++) {
		if (tl_str_equal(said->findings.items[i].file, file))
			return true;
	}
	return false;
}

void tl_workset_warn(struct tl_workset *workset, const struct tl_workset *said, const struct tl_command *command)
{
	struct tl_check_options options = { .project = command->project };

	tl_check_set_levels(&workset->findings, &options);
	for (size_t i = 0; !command->common->quiet && i < workset->findings.count; i++) {
		const struct tl_finding *finding = &workset->findings.items[i];

		if (!was_said(said, finding->file))
			tl_command_say(command, "warning: '%.*s': %.*s", TL_FMT(finding->file), TL_FMT(finding->message));
	}
}

int tl_workset_read(struct tl_str *out, struct tl_arena *arena, const struct tl_workset *workset, const struct tl_entry *entry,
                    uint64_t limit, struct tl_error *err)
{
	const struct tl_work *work = workset->work;
	const struct tl_work_file *file = tl_work_find(&work->suites, entry->path);

	if (!file)
		file = tl_work_find(&work->policies, entry->path);
	if (!file)
		return tl_error_set(err, TL_NOT_FOUND, "'%.*s' is no file of this run", TL_FMT(entry->path));
	return read_file(out, arena, file, limit, err);
}

void tl_workset_clear(struct tl_workset *workset)
{
	struct tl_work *work = workset->work;
	struct tl_error ignored; /* a cache that cannot be written costs time, nothing else */

	if (!work)
		return;
	if (workset->summaries.items && !tl_command_stopped())
		tl_summaries_save(&workset->summaries, &ignored);
	tl_summaries_clear(&workset->summaries);
	tl_cache_close(work->cache);
	for (size_t i = 0; i < work->n_views; i++)
		tl_view_free(work->views[i].view);
	free(work->views);
	free(work->all.items);
	free(work->flows.items);
	free(work->suites.items);
	free(work->policies.items);
	tl_arena_clear(&work->arena);
	free(work);
	tl_findings_clear(&workset->findings);
	*workset = (struct tl_workset){ 0 };
}
