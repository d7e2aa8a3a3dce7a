/* cmd/common/output.h: writing a whole result, to standard output or into a file. */
#ifndef TL_CMD_OUTPUT_H
#define TL_CMD_OUTPUT_H

#include "base/error.h"
#include "base/str.h"

/* Writes all of it; a full disk is TL_IO, and so is a closed pipe, with an empty message. */
int tl_output_standard(struct tl_str text, struct tl_error *err);
/* Into a regular file (or one that is not there yet) atomically, with the mode that the file has or the umask gives; into a
 * device or a pipe as it is. */
int tl_output_file(const char *path, struct tl_str text, struct tl_error *err);

#endif
