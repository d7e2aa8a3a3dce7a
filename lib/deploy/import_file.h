/* deploy/import_file.h: the files that an import makes: their names, and their bytes. */
#ifndef TL_DEPLOY_IMPORT_FILE_H
#define TL_DEPLOY_IMPORT_FILE_H

#include "base/error.h"
#include "base/map.h"

/* Where files go. */
struct tl_import_files {
	struct tl_arena *arena;
	struct tl_str tree;   /* absolute */
	struct tl_str folder; /* for new files, relative to it */
	struct tl_map taken;  /* paths of new files, so that no two are one; the caller clears it */
};

/* What a file holds. */
struct tl_import_content {
	struct tl_str id, name; /* on the platform */
	struct tl_str content;  /* wire JSON, or what is written as it is */
	bool as_is;
};

/* Refuses (TL_USAGE) a folder that is or lies below a symlink or a submodule: what is written there would be read by nobody, or be somewhere else. */
int tl_import_check_folder(const struct tl_import_files *files, struct tl_error *err);
/* A path for the flow of that name that nothing has yet; it is taken from then on. In files->arena. Where flows have types (`type` is not empty) it is
 * "FOLDER/TYPE/NAME.yaml", else "FOLDER/NAME.flow.json". *other: the path that it would have had, where another flow has that; else empty. */
struct tl_str tl_import_path(struct tl_import_files *files, struct tl_str type, struct tl_str name, struct tl_str *other);
/* Whether a file goes by the name that a flow's file would have, whatever its dialect: "flows/support-line.flow.yaml" for "Support Line". */
bool tl_import_is_named_after(struct tl_str path, struct tl_str name);
/* Writes the wire form as a file, whole or not at all: for a flow that was made on the platform with its id there, by which it is found again. */
int tl_import_write(const struct tl_import_files *files, struct tl_str path, const struct tl_import_content *content, struct tl_error *err);

#endif
