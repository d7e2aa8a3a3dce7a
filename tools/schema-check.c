/* tools/schema-check.c: fails where the library would not obey a schema in full: schema-check FILE… */
#include <stdio.h>

#include "schemas.h"

int main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++) {
		struct schema_files files = { 0 };
		struct tl_schema *schema = NULL;
		struct tl_error err = { 0 };
		if (schema_files_compile(&files, &schema, argv[i], &err) < 0) {
			fprintf(stderr, "schema-check: %s\n", err.message);
			failed = 1;
		}
		tl_schema_free(schema);
		schema_files_clear(&files);
	}
	return failed;
}
