/* tools/schema-validate.c: holds YAML or JSON files against a schema and prints what is wrong: schema-validate SCHEMA FILE…
 * Exits 0 where all are valid, 1 where one is not, 2 where the schema or a file cannot be used. */
#include <stdio.h>

#include "base/file.h"
#include "doc/yaml.h"
#include "schemas.h"

#define FILE_LIMIT (1u << 30)

static void print_findings(const struct tl_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *f = &findings->items[i];
		printf("%.*s:%u:%u-%u:%u: %.*s\n", TL_FMT(f->file), f->place.line, f->place.column, f->place.end_line, f->place.end_column,
		       TL_FMT(f->message));
		if (f->help.len)
			printf("\thelp: %.*s\n", TL_FMT(f->help));
	}
}

/* 0, 1 or 2, as the exit status. */
static int validate(const struct tl_schema *schema, const char *path)
{
	struct tl_arena arena = { 0 };
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .depth = 256, .findings = &findings };
	struct tl_doc *doc = NULL;
	struct tl_error err = { 0 };
	struct tl_str bytes;
	if (tl_file_read(&bytes, &arena, path, FILE_LIMIT, &err) < 0) {
		fprintf(stderr, "schema-validate: %s\n", err.message);
		return 2;
	}
	tl_doc_read(&doc, tl_str(path), bytes, &options);
	if (doc->root)
		tl_schema_check(schema, doc->root, &doc->source, &findings);
	tl_findings_sort(&findings);
	print_findings(&findings);
	int status = findings.count ? 1 : 0;
	tl_findings_clear(&findings);
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return status;
}

int main(int argc, char **argv)
{
	struct schema_files files = { 0 };
	struct tl_schema *schema = NULL;
	struct tl_error err = { 0 };
	int status = 0;
	if (argc < 3) {
		fprintf(stderr, "usage: schema-validate SCHEMA FILE...\n");
		return 2;
	}
	if (schema_files_compile(&files, &schema, argv[1], &err) < 0) {
		fprintf(stderr, "schema-validate: %s\n", err.message);
		status = 2;
	}
	for (int i = 2; i < argc && schema; i++) {
		int one = validate(schema, argv[i]);
		status = one > status ? one : status;
	}
	tl_schema_free(schema);
	schema_files_clear(&files);
	return status;
}
