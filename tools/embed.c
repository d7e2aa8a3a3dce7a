/* tools/embed.c: writes C source with the bytes of files: embed FILE… >schemas.c. The table is in the order of the files. */
#include <stdio.h>

/* One byte of a string literal. */
static void put_byte(int c)
{
	if (c == '\n')
		printf("\\n\"\n\t\"");
	else if (c == '\t')
		printf("\\t");
	else if (c == '"' || c == '\\')
		printf("\\%c", c);
	else if (c < ' ' || c > 126 || c == '?')
		printf("\\%03o", (unsigned)c);
	else
		putchar(c);
}

static int put_file(int number, const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return -1;
	}
	printf("/* %s */\nstatic const char text_%d[] =\n\t\"", path, number);
	for (int c = getc(file); c != EOF; c = getc(file))
		put_byte(c);
	printf("\";\n\n");
	int failed = ferror(file);
	if (failed)
		perror(path);
	fclose(file);
	return failed ? -1 : 0;
}

int main(int argc, char **argv)
{
	printf("#include \"schema/builtin.h\"\n\n");
	for (int i = 1; i < argc; i++)
		if (put_file(i, argv[i]) < 0)
			return 1;
	printf("const struct tl_str tl_schema_text_table[] = {\n");
	for (int i = 1; i < argc; i++)
		printf("\t{ text_%d, sizeof(text_%d) - 1 },\n", i, i);
	printf("};\nconst size_t tl_schema_text_count = %d;\n", argc - 1);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
