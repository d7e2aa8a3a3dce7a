/* cmd/flow-simulate/export.c: whom the documents are from, and where they go. */
#include "flow-simulate/export.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "common/actor.h"
#include "common/authority.h"
#include "common/output.h"
#include "trunkline.h"

struct tl_str export_commit(struct tl_command *command)
{
	char commit[TL_OID_SIZE];
	struct tl_error ignored;
	struct tl_str all = TL_STR(".");
	bool dirty = true;

	if (!command->repo || tl_view_kind(command->view) != TL_VIEW_DISK || tl_repo_commit(commit, command->repo, "HEAD", &ignored) != 0)
		return (struct tl_str){ NULL, 0 };
	if (tl_repo_is_dirty(&dirty, command->repo, &all, 1, &ignored) != 0 || dirty)
		return (struct tl_str){ NULL, 0 };
	return tl_arena_dup(&command->arena, tl_str(commit));
}

/* The configuration's audit key, where it has one. */
static int read_key(struct export *export, struct tl_command *command)
{
	struct tl_config *config;
	int ret = tl_command_config(&config, command);

	if (ret == 0 && config->audit_key.len > 0) {
		tl_command_keep_secrets();
		ret = tl_audit_key_read(&export->key, config->audit_key.ptr, config, &command->err);
	}
	tl_config_free(config);
	return ret;
}

int export_open(struct export *export, struct tl_command *command, const char *path, struct tl_str environment)
{
	export->command = command;
	export->path = path;
	if (!path)
		return 0;
	export->head = (struct tl_audit_export_head){
		.exported_by = TL_STR("flow-simulate " TL_VERSION),
		.environment = environment,
		.commit = export_commit(command),
		.at_ms = command->clock.now_ms(command->clock.data),
	};
	export->documents = tl_audit_export_new(&export->head);
	return read_key(export, command);
}

static bool is_folder(const char *path)
{
	struct stat st;
	size_t len = strlen(path);

	return (len > 0 && path[len - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static int write_one(struct export *export, size_t index, const char *path)
{
	struct tl_buf out = { 0 };
	struct tl_error *err = &export->command->err;
	int ret = tl_audit_export_write(&out, export->documents, index, export->key, err);

	if (ret == 0)
		ret = tl_output_file(path, tl_buf_view(&out), err);
	tl_buf_clear(&out);
	return ret;
}

/* A flow's id may be any text of the file's. */
static const char *file_of(struct export *export, const char *folder, size_t index)
{
	struct tl_arena *arena = &export->command->arena;
	struct tl_str name = tl_arena_printf(arena, "%.*s.audit.json", TL_FMT(tl_audit_export_flow(export->documents, index)));

	if (memchr(name.ptr, '/', name.len) || name.ptr[0] == '.')
		return NULL;
	return tl_path_join(arena, tl_str(folder), name).ptr;
}

static int write_folder(struct export *export, const char *folder)
{
	struct tl_error *err = &export->command->err;

	if (tl_folder_make(folder, 0777, err) != 0)
		return -1;
	for (size_t i = 0; i < tl_audit_export_count(export->documents); i++) {
		const char *path = file_of(export, folder, i);

		if (!path)
			return tl_error_set(err, TL_USAGE, "the flow '%.*s' has no name that a file could have",
			                    TL_FMT(tl_audit_export_flow(export->documents, i)));
		if (write_one(export, i, path) != 0)
			return -1;
	}
	return 0;
}

int export_write(struct export *export)
{
	const char *path = export->path ? tl_command_path(export->command, export->path) : NULL;
	size_t count = path ? tl_audit_export_count(export->documents) : 0;

	if (count == 0)
		return 0;
	if (is_folder(path))
		return write_folder(export, path);
	if (count == 1)
		return write_one(export, 0, path);
	return tl_error_set(&export->command->err, TL_USAGE, "there are %zu flows, and a document for each: '--audit-export' takes a folder then, such as '%s/'",
	                    count, export->path);
}

void export_close(struct export *export)
{
	tl_audit_export_free(export->documents);
	tl_key_free(export->key);
}
