/* tests/unit/main.c: runs every group of tests, or those whose name holds the first argument: `build/tests/unit base_map`.
 * The table of groups is made by the Makefile, of the tests/unit/test_NAME.c that are listed there. */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#define GROUP(name) int name(void);
#include "unit-groups.h"
#undef GROUP

#define GROUP(name) { #name, name },
static const struct {
	const char *name;
	int (*run)(void);
} group_table[] = {
#include "unit-groups.h"
};
#undef GROUP

int main(int argc, char **argv)
{
	size_t run = 0, failed = 0;

	for (size_t i = 0; i < TL_COUNT(group_table); i++) {
		if (argc > 1 && !strstr(group_table[i].name, argv[1]))
			continue;
		run++;
		if (group_table[i].run() == 0)
			continue;
		failed++;
		fprintf(stderr, "FAILED: %s\n", group_table[i].name);
	}
	fprintf(stderr, "%zu groups, %zu failed\n", run, failed);
	/* A filter that matches nothing has tested nothing. */
	return failed || run == 0 ? 1 : 0;
}
