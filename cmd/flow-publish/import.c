/* cmd/flow-publish/import.c: the first day with flows that are live already. */
#include <stddef.h>
#include <sys/stat.h>

#include "base/file.h"
#include "deploy/import.h"
#include "dialect/dialect.h"
#include "flow-publish/publish.h"
#include "report/import.h"
#include "report/skeleton.h"

/* For new files, where the project file names no folder. */
#define FOLDER "flows"

struct options {
	struct tl_common common;
	const char *folder, *compare;
	bool update, merge, dry_run, suites;
};

static const struct tl_option option_table[] = {
	{ "compare-env", 0, TL_OPTION_TEXT, offsetof(struct options, compare), "NAME",
	  "write what differs in that environment as {{key}}, with a value for each of the two", NULL },
	{ "dry-run", 'n', TL_OPTION_FLAG, offsetof(struct options, dry_run), NULL, "only say what would be done", NULL },
	{ "folder", 0, TL_OPTION_TEXT, offsetof(struct options, folder), "DIR", "where new files go (default: the project's first folder of flows)", NULL },
	{ "suites", 0, TL_OPTION_FLAG, offsetof(struct options, suites), NULL, "write a suite's skeleton beside each new file of an Architect flow", NULL },
	{ "update", 0, TL_OPTION_FLAG, offsetof(struct options, update), NULL, "take over edits on the platform into files that were not changed here", NULL },
	{ "merge", 0, TL_OPTION_FLAG, offsetof(struct options, merge), NULL, "the same, also into files that were changed here in other nodes", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish import",
	.synopsis = "--env NAME [OPTION]... [FLOW]...",
	.summary = "make files of what an environment has, and record their base",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "Without a FLOW (by its id here, its name or its id on the platform) all are imported. A change made here is never written over.\n"
	         "Exit status: 0 done, 2 usage or configuration, 3 could not be done or a flow cannot be read, 4 file and platform differ, and not by an edit of one side alone.",
};

/* The first of the project's folders that is one by its name. */
static struct tl_str folder_of(const struct publish *publish, const struct options *options)
{
	const struct tl_project *project = publish->command.project;

	if (options->folder)
		return tl_str(options->folder);
	for (uint32_t i = 0; i < project->n_flows; i++) {
		if (!memchr(project->flows[i].ptr, '*', project->flows[i].len) && !tl_str_is(project->flows[i], "."))
			return project->flows[i];
	}
	return TL_STR(FOLDER);
}

/* A folder of the project, in which its flows are looked for: else the next import would know nothing of the files of this one. */
static int check_folder(struct publish *publish, struct tl_str folder)
{
	const struct tl_project *project = publish->command.project;
	bool typed = tl_platform_can(publish->deployment.platform, TL_CAN_LOCK);
	struct tl_str sample = tl_path_join(&publish->command.arena, folder, typed ? TL_STR("inboundCall/name.yaml") : TL_STR("name.flow.json"));
	bool taken = project->n_flows == 0;

	if (!tl_path_is_beneath(folder))
		return tl_error_set(&publish->command.err, TL_USAGE, "'--folder' takes a folder of the project, relative to its project file, not '%.*s'",
		                    TL_FMT(folder));
	for (uint32_t i = 0; i < project->n_flows; i++)
		taken |= tl_str_is(project->flows[i], ".") || tl_path_match(project->flows[i], sample);
	if (taken)
		return 0;
	return tl_error_set(&publish->command.err, TL_USAGE, "the project's `flows:` do not take in '%.*s': add it there, or name another folder with '--folder'",
	                    TL_FMT(sample));
}

/* The environment whose flows are compared: another one, which takes the same kind of flows. */
static int open_other(struct tl_import_other *other, struct tl_lower *lower, struct publish *publish, const char *name)
{
	struct tl_command *command = &publish->command;

	if (tl_command_environment(&other->environment, command, name) != 0)
		return -1;
	if (tl_str_equal(other->environment->name, command->environment->name))
		return tl_error_set(&command->err, TL_USAGE, "'%s' cannot be compared with itself", name);
	if (!tl_platform_can(publish->deployment.platform, TL_CAN_LOCK) || !tl_str_equal(other->environment->platform, command->environment->platform))
		return tl_error_set(&command->err, TL_USAGE, "'--compare-env' is for two environments of the platform 'architect'");
	if (tl_deployment_open(&publish->other, command, other->environment) != 0)
		return tl_error_wrap(&command->err, "what '%s' has cannot be looked up", name);
	*lower = (struct tl_lower){ .values = &other->environment->values, .has_environment = true, .limits = command->project->limits };
	other->platform = publish->other.platform;
	other->lower = lower;
	return 0;
}

/* Beside a new file; one that is there stays. */
static int write_suite(struct publish *publish, struct tl_str path, size_t *written)
{
	struct tl_command *command = &publish->command;
	struct tl_lower unfilled = { .limits = command->project->limits };
	struct tl_arena arena = { 0 };
	struct tl_str bytes, beside = tl_path_join(&arena, command->root, tl_skeleton_path(&arena, path, false));
	struct tl_flow *flow = NULL;
	struct tl_skeleton skeleton;
	struct tl_buf text = { 0 };
	struct stat st;
	int ret = 0;

	if (lstat(beside.ptr, &st) == 0)
		goto out;
	ret = tl_file_read(&bytes, &arena, tl_path_join(&arena, command->root, path).ptr, unfilled.limits.file, &command->err);
	if (ret == 0)
		tl_flow_read(&flow, path, bytes, &unfilled);
	if (flow) {
		tl_skeleton_make(&skeleton, flow, NULL, command->project, NULL, &unfilled.limits);
		tl_skeleton_yaml(&text, &skeleton, path);
		/* A flow without menus has no ways to name. */
		if (skeleton.n_cases > 0) {
			ret = tl_file_write(beside.ptr, tl_buf_view(&text), 0666, &command->err);
			*written += ret == 0;
		}
		tl_skeleton_clear(&skeleton);
	}
out:
	tl_flow_free(flow);
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
	return ret;
}

static int write_suites(struct publish *publish, const struct tl_import *import)
{
	size_t written = 0;

	for (size_t i = 0; i < import->count; i++) {
		if (import->flows[i].state == TL_IMPORT_WRITTEN && write_suite(publish, import->flows[i].path, &written) != 0)
			return -1;
	}
	if (written > 0 && !publish->command.common->quiet)
		tl_command_say(&publish->command, "beside them: %zu skeleton%s of suites, *.skeleton.yaml", written, written == 1 ? "" : "s");
	return 0;
}

static int run(struct publish *publish, const struct options *options)
{
	struct tl_command *command = &publish->command;
	struct tl_option_list none = { 0 };
	struct tl_import_options import_options = {
		.names = publish->operands.values, .n_names = publish->operands.count, .update = options->update, .merge = options->merge, .dry_run = options->dry_run,
	};
	struct tl_import_heading heading = { .dry_run = options->dry_run, .quiet = command->common->quiet, .color = command->color };
	struct tl_import_other other = { 0 };
	struct tl_lower lower;
	struct tl_import *import;
	struct tl_str folder;
	int code;

	if (publish_open(publish) != 0 || publish_open_flows(publish, &none) != 0 || publish_refuse_sparse(publish, "") != 0)
		return tl_error_exit(command->err.code);
	if (options->suites && !tl_platform_can(publish->deployment.platform, TL_CAN_LOCK)) {
		tl_error_set(&command->err, TL_USAGE, "'--suites' is for the platform 'architect'; of native and wire flows 'flow-simulate --generate-skeleton' makes suites that run");
		return tl_error_exit(command->err.code);
	}
	if (options->compare && open_other(&other, &lower, publish, options->compare) != 0)
		return tl_error_exit(command->err.code);
	import_options.other = options->compare ? &other : NULL;
	heading.other = options->compare ? other.environment->name : (struct tl_str){ NULL, 0 };
	folder = folder_of(publish, options);
	import_options.tree = command->root;
	import_options.folder = tl_path_join(&command->arena, command->base, folder);
	if (check_folder(publish, folder) != 0 || publish_progress_open(publish, NULL) != 0)
		return tl_error_exit(command->err.code);
	code = tl_deploy_import(&import, &publish->deploy, &import_options, &command->err);
	publish_progress_rest(publish);
	if (code != 0)
		return tl_error_exit(command->err.code);
	heading.environment = command->environment->name;
	if (publish->format == &tl_deploy_format_json)
		tl_import_json(&command->out, import, &heading);
	else
		tl_import_text(&command->out, import, &heading);
	if (options->suites && !options->dry_run && write_suites(publish, import) != 0) {
		tl_import_free(import);
		return tl_error_exit(command->err.code);
	}
	code = import->counts[TL_IMPORT_CONFLICT] > 0 ? 4 : import->counts[TL_IMPORT_UNREADABLE] > 0 ? 3 : 0;
	tl_import_free(import);
	return code;
}

int publish_import(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : publish_close(&publish, run(&publish, &options));
}
