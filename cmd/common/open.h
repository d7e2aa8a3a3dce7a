/* cmd/common/open.h: where a command works: repository, view, project, limits. Shared by the files of this folder. */
#ifndef TL_CMD_OPEN_H
#define TL_CMD_OPEN_H

#include "common/command.h"

/* Sets the limits of --limit over those in *limits. */
int tl_command_limits(struct tl_command *command, struct tl_limits *limits);
/* The project file that a view has, found upwards from the command's prefix, and the folder it lies in; the default one, and the prefix, where there is none. */
int tl_command_project(struct tl_project **out, struct tl_str *base, struct tl_command *command, struct tl_view *view);
/* Frees what tl_command_open opened. */
void tl_command_close(struct tl_command *command);

/* An absolute path without ".", ".." and doubled slashes, by its text alone; relative ones are meant from `folder` (absolute). */
struct tl_str tl_path_absolute(struct tl_arena *arena, struct tl_str folder, struct tl_str path);
/* Whether `path` is `root` or below it (both absolute); *rest is what follows the root, "" for the root itself. */
bool tl_path_below(struct tl_str *rest, struct tl_str root, struct tl_str path);
/* What stands before the last slash, and after it; "" and all of it where there is none. */
struct tl_str tl_path_folder(struct tl_str path);
struct tl_str tl_path_name(struct tl_str path);

#endif
