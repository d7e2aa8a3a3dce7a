/* schema/builtin.h: the files of schemas/ as the build puts them into the library, each compiled at its first use. */
#ifndef TL_SCHEMA_BUILTIN_H
#define TL_SCHEMA_BUILTIN_H

#include "schema/schema.h"

/* By enum tl_schema_name; made by tools/embed. */
extern const struct tl_str tl_schema_text_table[];
extern const size_t tl_schema_text_count;

struct tl_builtin;

/* What stands behind a schema of our own: the compiled form, made by whoever asks first. Safe from several threads at once. */
const struct tl_schema *tl_builtin_schema(struct tl_builtin *builtin);
void tl_builtin_free(struct tl_builtin *builtin);

#endif
