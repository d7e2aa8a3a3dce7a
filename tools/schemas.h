/* tools/schemas.h: schema files as the tools read them: by path, "$ref" to files beside them. */
#ifndef TL_TOOLS_SCHEMAS_H
#define TL_TOOLS_SCHEMAS_H

#include "base/map.h"
#include "schema/schema.h"

/* The documents that were read; {0} is empty. */
struct schema_files {
	struct tl_arena arena;
	struct tl_map docs; /* path -> struct tl_doc * */
	const char *folder; /* where references are looked up */
};

/* Compiles the schema at `path`; 0, or -1 with a message that names the file. */
int schema_files_compile(struct schema_files *files, struct tl_schema **out, const char *path, struct tl_error *err);
void schema_files_clear(struct schema_files *files);

#endif
