/* cmd/common/operand.c: from the paths of a command line to files. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "common/open.h"
#include "common/work.h"

#define PATTERNS_BESIDE 3

static const char *const beside_table[PATTERNS_BESIDE] = { "*.yaml", "*.yml", "*.json" };

enum tl_name_kind tl_name_kind_of(struct tl_str path)
{
	static const struct {
		const char *suffix;
		enum tl_name_kind kind;
	} table[] = {
		{ ".flow.yaml", TL_NAME_FLOW }, { ".flow.yml", TL_NAME_FLOW }, { ".flow.json", TL_NAME_FLOW },
		{ ".suite.yaml", TL_NAME_SUITE }, { ".suite.yml", TL_NAME_SUITE }, { ".suite.json", TL_NAME_SUITE },
		{ ".policy.yaml", TL_NAME_POLICY }, { ".policy.yml", TL_NAME_POLICY }, { ".policy.json", TL_NAME_POLICY },
		{ ".yaml", TL_NAME_MAYBE }, { ".yml", TL_NAME_MAYBE }, { ".json", TL_NAME_MAYBE }, { ".tftpl", TL_NAME_MAYBE },
	};

	if (path.len > 0 && tl_str_is(tl_path_name(path), TL_PROJECT_FILE))
		return TL_NAME_PROJECT;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_ends(path, tl_str(table[i].suffix)))
			return table[i].kind;
	}
	return TL_NAME_OTHER;
}

void tl_work_add(struct tl_work_files *files, const struct tl_work_file *file)
{
	files->items = tl_grow(files->items, &files->capacity, files->count + 1, sizeof(*files->items));
	files->items[files->count++] = *file;
}

static int compare_shown(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_work_file *)a)->shown, ((const struct tl_work_file *)b)->shown);
}

/* One listing comes sorted and without repetitions. */
static bool is_sorted(const struct tl_work_files *files)
{
	for (size_t i = 1; i < files->count; i++) {
		if (compare_shown(&files->items[i - 1], &files->items[i]) >= 0)
			return false;
	}
	return true;
}

void tl_work_sort(struct tl_work_files *files)
{
	size_t kept = 0;

	if (is_sorted(files))
		return;
	qsort(files->items, files->count, sizeof(*files->items), compare_shown);
	for (size_t i = 1; i < files->count; i++) {
		struct tl_work_file *last = &files->items[kept], *file = &files->items[i];

		if (compare_shown(last, file) != 0) {
			files->items[++kept] = *file;
			continue;
		}
		last->asked = last->asked || file->asked;
		last->named = last->named || file->named;
		last->chosen = last->chosen || file->chosen;
		last->stray = last->stray && file->stray;
	}
	files->count = kept + 1;
}

struct tl_work_file *tl_work_find(const struct tl_work_files *files, struct tl_str shown)
{
	struct tl_work_file wanted = { .shown = shown };

	if (files->count == 0)
		return NULL;
	return bsearch(&wanted, files->items, files->count, sizeof(wanted), compare_shown);
}

static bool has_wildcard(struct tl_str pattern)
{
	return memchr(pattern.ptr, '*', pattern.len) || memchr(pattern.ptr, '?', pattern.len);
}

static const struct tl_entry *new_entry(struct tl_work *work, struct tl_str path)
{
	struct tl_entry *entry = TL_ARENA_NEW(&work->arena, struct tl_entry);

	entry->path = tl_arena_dup(&work->arena, path);
	entry->kind = TL_ENTRY_FILE;
	return entry;
}

/* The entries of `view` that match, below the shown name `shown_folder`. */
static int list(struct tl_work *work, struct tl_view *view, const struct tl_str *patterns, size_t count, struct tl_str shown_folder,
                const struct tl_work_file *as, size_t *found)
{
	struct tl_entries entries;

	if (tl_view_list(&entries, &work->arena, view, patterns, count, &work->command->err) != 0)
		return -1;
	for (size_t i = 0; i < entries.count; i++) {
		struct tl_work_file file = *as;

		file.view = view;
		file.entry = &entries.items[i];
		file.kind = tl_name_kind_of(file.entry->path);
		file.shown = shown_folder.len > 0 ? tl_path_join(&work->arena, shown_folder, file.entry->path) : file.entry->path;
		tl_work_add(&work->all, &file);
	}
	*found = entries.count;
	return 0;
}

struct tl_str *tl_work_patterns(struct tl_work *work, size_t *count)
{
	const struct tl_project *project = work->command->project;
	struct tl_str *patterns = TL_ARENA_ARRAY(&work->arena, struct tl_str, project->n_flows);

	for (uint32_t i = 0; i < project->n_flows; i++) {
		struct tl_str base = work->command->base, own = project->flows[i];

		patterns[i] = tl_str_is(own, ".") ? (base.len > 0 ? base : own) : tl_path_join(&work->arena, base, own);
	}
	*count = project->n_flows;
	return patterns;
}

/* Suites and policies lie beside the flows: where patterns name flow files alone, those in the same folders belong to them. */
static int gather_beside(struct tl_work *work, const struct tl_str *patterns, size_t count, const struct tl_work_file *as)
{
	bool narrow = false;
	struct tl_map folders = { 0 };
	size_t from = work->all.count, found, kept;

	for (size_t i = 0; i < count; i++)
		narrow = narrow || has_wildcard(patterns[i]) || tl_name_kind_of(patterns[i]) != TL_NAME_OTHER;
	if (!narrow)
		return 0;
	for (size_t i = 0; i < from; i++)
		tl_map_put(&folders, tl_path_folder(work->all.items[i].entry->path), NULL);
	if (list(work, work->command->view, NULL, 0, TL_STR(""), as, &found) != 0) {
		tl_map_clear(&folders);
		return -1;
	}
	kept = from;
	for (size_t i = from; i < work->all.count; i++) {
		struct tl_work_file *file = &work->all.items[i];
		bool beside = file->kind == TL_NAME_SUITE || file->kind == TL_NAME_POLICY;

		if (beside && tl_map_find(&folders, tl_path_folder(file->entry->path)))
			work->all.items[kept++] = *file;
	}
	work->all.count = kept;
	tl_map_clear(&folders);
	return 0;
}

static int gather_project(struct tl_work *work, const struct tl_work_file *as)
{
	size_t count, found;
	struct tl_str *patterns = tl_work_patterns(work, &count);

	if (as->asked) {
		work->patterns = patterns;
		work->n_patterns = count;
	}
	if (list(work, work->command->view, patterns, count, TL_STR(""), as, &found) != 0)
		return -1;
	return gather_beside(work, patterns, count, as);
}

/* A path that names nothing, with the nearest name in its folder. */
static int fail_missing(struct tl_work *work, struct tl_view *view, struct tl_str folder, struct tl_str name, const char *operand)
{
	struct tl_error *err = &work->command->err;
	struct tl_entries entries = { 0 };
	struct tl_str near = { 0 };
	struct tl_str *names;
	size_t count = 0;

	if (view && tl_view_list(&entries, &work->arena, view, folder.len > 0 ? &folder : NULL, folder.len > 0, err) != 0)
		return -1;
	names = TL_ARENA_ARRAY(&work->arena, struct tl_str, entries.count);
	for (size_t i = 0; i < entries.count; i++) {
		if (tl_str_equal(tl_path_folder(entries.items[i].path), folder))
			names[count++] = tl_path_name(entries.items[i].path);
	}
	near = tl_text_nearest(name, names, count);
	if (near.len == 0)
		return tl_error_set(err, TL_NOT_FOUND, "there is no '%s'", operand);
	/* The folder as it was typed. */
	folder = tl_path_folder(tl_str(operand));
	return tl_error_set(err, TL_NOT_FOUND, "there is no '%s', did you mean '%.*s%s%.*s'?", operand, TL_FMT(folder), folder.len > 0 ? "/" : "",
	                    TL_FMT(near));
}

/* A file that git ignores is read all the same where it is named. */
static bool add_unlisted(struct tl_work *work, struct tl_str path)
{
	struct tl_work_file file = { .shown = path, .view = work->command->view, .asked = true, .named = true, .kind = tl_name_kind_of(path) };

	if (!tl_view_has(work->command->view, path))
		return false;
	file.entry = new_entry(work, path);
	tl_work_add(&work->all, &file);
	return true;
}

/* The path itself, or the folder above it, that is a symlink; empty where none is. */
static struct tl_str find_link(struct tl_work *work, struct tl_str path)
{
	struct stat info;

	for (size_t i = 1; i <= path.len; i++) {
		struct tl_str part = tl_str_slice(path, 0, i);

		if ((i == path.len || path.ptr[i] == '/') && lstat(tl_path_join(&work->arena, work->command->root, part).ptr, &info) == 0 && S_ISLNK(info.st_mode))
			return part;
	}
	return (struct tl_str){ NULL, 0 };
}

/* What is there and was not listed: a symlink or what lies behind one, a folder without files, a device, a FIFO. 0 where nothing is there. */
static int fail_odd(struct tl_work *work, struct tl_str path, const char *operand)
{
	struct tl_command *command = work->command;
	struct tl_str link;
	struct stat info;

	if (tl_view_kind(command->view) != TL_VIEW_DISK)
		return 0;
	link = find_link(work, path);
	if (link.len > 0)
		return tl_error_set(&command->err, TL_REFUSED, "'%.*s' is a symlink, and in a repository none is followed: name what it leads to", TL_FMT(link));
	if (lstat(tl_path_join(&work->arena, command->root, path).ptr, &info) != 0)
		return 0;
	if (S_ISDIR(info.st_mode))
		return tl_error_set(&command->err, TL_NOT_FOUND, "there is no flow in '%s'", operand);
	return tl_error_set(&command->err, TL_REFUSED, "'%s' is neither a file nor a folder", operand);
}

/* An operand inside of the view: a file, a folder or a pattern. */
static int gather_inside(struct tl_work *work, struct tl_str path, const char *operand)
{
	struct tl_work_file as = { .asked = true };
	size_t first = work->all.count, found;

	path = path.len > 0 ? path : TL_STR(".");
	if (list(work, work->command->view, &path, 1, TL_STR(""), &as, &found) != 0)
		return -1;
	if (found == 1 && tl_str_equal(work->all.items[first].entry->path, path))
		work->all.items[first].named = true;
	if (found > 0 || add_unlisted(work, path))
		return 0;
	if (fail_odd(work, path, operand) != 0)
		return -1;
	return fail_missing(work, work->command->view, tl_path_folder(path), tl_path_name(path), operand);
}

/* The view of a folder outside of the command's own; opened once. */
static struct tl_view *outside_view(struct tl_work *work, struct tl_str folder)
{
	struct tl_view *view;

	for (size_t i = 0; i < work->n_views; i++) {
		if (tl_str_equal(work->views[i].folder, folder))
			return work->views[i].view;
	}
	folder = tl_arena_dup(&work->arena, folder);
	if (tl_view_open_disk(&view, NULL, folder.ptr, &work->command->err) != 0)
		return NULL;
	work->views = tl_grow(work->views, &work->views_capacity, work->n_views + 1, sizeof(*work->views));
	work->views[work->n_views++] = (struct tl_work_view){ folder, view };
	return view;
}

/* A file outside: itself, as it was typed; and those beside it, for references, in the folder where it really lies. */
static int gather_outside_file(struct tl_work *work, struct tl_str real, const char *operand)
{
	struct tl_str shown = tl_str(operand), patterns[PATTERNS_BESIDE];
	struct tl_work_file file = { .shown = shown, .asked = true, .named = true, .kind = tl_name_kind_of(shown) };
	struct tl_work_file beside = { .stray = true };
	size_t before = work->n_views, found;
	struct tl_view *view = outside_view(work, tl_path_folder(real).len > 0 ? tl_path_folder(real) : TL_STR("/"));

	if (!view)
		return -1;
	file.view = view;
	file.entry = new_entry(work, tl_path_name(real));
	tl_work_add(&work->all, &file);
	if (work->n_views == before)
		return 0;
	for (size_t i = 0; i < PATTERNS_BESIDE; i++)
		patterns[i] = tl_str(beside_table[i]);
	return list(work, view, patterns, PATTERNS_BESIDE, tl_path_folder(shown), &beside, &found);
}

static int gather_outside(struct tl_work *work, const char *operand)
{
	struct tl_work_file as = { .asked = true };
	char *real = realpath(tl_command_path(work->command, operand), NULL);
	struct stat info;
	size_t found;
	int status = -1;

	if (!real || stat(real, &info) != 0) {
		status = tl_error_errno(&work->command->err, errno, "cannot read '%s'", operand);
	} else if (!S_ISDIR(info.st_mode)) {
		status = gather_outside_file(work, tl_str(real), operand);
	} else {
		struct tl_view *view = outside_view(work, tl_str(real));

		if (view)
			status = list(work, view, NULL, 0, tl_str(operand), &as, &found);
	}
	free(real);
	return status;
}

/* Without a repository a link that is named is followed: nothing there says what lies inside. */
static struct tl_str follow_plain_link(struct tl_work *work, const char *operand, struct tl_str path)
{
	struct stat info;
	char *real = NULL;

	if (!work->command->repo && lstat(path.ptr, &info) == 0 && S_ISLNK(info.st_mode))
		real = realpath(tl_command_path(work->command, operand), NULL);
	if (real)
		path = tl_arena_dup(&work->arena, tl_str(real));
	free(real);
	return path;
}

static int gather_operand(struct tl_work *work, const char *operand, bool *inside)
{
	struct tl_command *command = work->command;
	struct tl_str root = command->root.len > 0 ? command->root : TL_STR("/"), rest;
	struct tl_str path = tl_path_absolute(&work->arena, command->root.len > 0 ? command->folder : root, tl_str(operand));

	*inside = tl_path_below(&rest, root, follow_plain_link(work, operand, path));
	if (*inside)
		return gather_inside(work, rest, operand);
	if (tl_view_kind(command->view) != TL_VIEW_DISK)
		return tl_error_set(&command->err, TL_USAGE, "'%s' lies outside of the repository", operand);
	return gather_outside(work, operand);
}

/* What references may lead to beside the operands: the project, the repository, or (with neither) the folders of the files that are named. */
static int gather_rest(struct tl_work *work)
{
	struct tl_command *command = work->command;
	struct tl_work_file as = { 0 };
	struct tl_map folders = { 0 };
	size_t count = work->all.count, found;
	int status = 0;

	if (command->project->doc)
		return gather_project(work, &as);
	if (command->repo)
		return list(work, command->view, NULL, 0, TL_STR(""), &as, &found);
	as.stray = true;
	for (size_t i = 0; i < count && status == 0; i++) {
		struct tl_str folder = tl_path_folder(work->all.items[i].entry->path), patterns[PATTERNS_BESIDE];
		bool fresh;

		if (work->all.items[i].view != command->view)
			continue;
		tl_map_put(&folders, folder, &fresh);
		for (size_t j = 0; j < PATTERNS_BESIDE; j++)
			patterns[j] = tl_path_join(&work->arena, folder, tl_str(beside_table[j]));
		if (fresh)
			status = list(work, command->view, patterns, PATTERNS_BESIDE, TL_STR(""), &as, &found);
	}
	tl_map_clear(&folders);
	return status;
}

/* One that is gone is nobody's: whoever asked for it finds out. */
static int gather_known(struct tl_work *work, const struct tl_work_files *listed, const char *path)
{
	struct tl_work_file *file = tl_work_find(listed, tl_str(path));
	bool inside;

	if (file)
		file->asked = true;
	else if (tl_path_is_beneath(tl_str(path)))
		add_unlisted(work, tl_arena_dup(&work->arena, tl_str(path)));
	else if (tl_view_kind(work->command->view) == TL_VIEW_DISK)
		return gather_operand(work, path, &inside);
	return 0;
}

int tl_work_gather_known(struct tl_work *work, const struct tl_option_list *paths)
{
	struct tl_work_files listed;

	tl_work_sort(&work->all);
	listed = work->all;
	for (size_t i = 0; i < paths->count; i++) {
		/* What is added comes after, and may move all of them. */
		listed.items = work->all.items;
		if (gather_known(work, &listed, paths->values[i]) != 0)
			return -1;
	}
	return 0;
}

int tl_work_gather(struct tl_work *work, const struct tl_option_list *operands)
{
	struct tl_work_file as = { .asked = true };
	bool any_inside = false;

	if (operands->count == 0 && gather_project(work, &as) != 0)
		return -1;
	/* A project's patterns are all of it; without a project, what lies outside of the folder that was started in belongs to it too. */
	if (operands->count == 0)
		return work->command->project->doc || !work->command->repo || work->command->prefix.len == 0 ? 0 : gather_rest(work);
	for (size_t i = 0; i < operands->count; i++) {
		bool inside;

		if (gather_operand(work, operands->values[i], &inside) != 0)
			return -1;
		any_inside = any_inside || inside;
	}
	return any_inside ? gather_rest(work) : 0;
}
