/* project/edit.h: values added to a project file, whose every other byte stays. */
#ifndef TL_PROJECT_EDIT_H
#define TL_PROJECT_EDIT_H

#include "base/buf.h"
#include "project/project.h"

/* What ${env.KEY} and {{KEY}} become in an environment. */
struct tl_project_value {
	struct tl_str environment, key, value;
};

/* The file's text with the values, which no environment has yet, in `out`. False, and `out` is not to be used, where that cannot be done without touching
 * anything else (an environment that is not there or is an alias): the text is read again, and says what it said but for these values. */
bool tl_project_add_values(struct tl_buf *out, struct tl_str path, struct tl_str bytes, const struct tl_project_value *values, size_t count,
                           const struct tl_schemas *schemas);

#endif
