/* tests/unit/store_yard.c: addresses on the server that tests/postgres started. */
#include "store_yard.h"

#include <stdio.h>
#include <sys/random.h>

bool store_yard_has_server(const char *tests)
{
	const char *address = getenv("TRUNKLINE_TEST_POSTGRES");

	if (address && *address)
		return true;
	fprintf(stderr, "[  SKIPPED ] %s on PostgreSQL: $TRUNKLINE_TEST_POSTGRES names no server (tests/postgres starts one)\n", tests);
	return false;
}

void store_yard_address(char *out, size_t size, const char *base)
{
	unsigned long long number;

	assert_int_equal(getrandom(&number, sizeof(number), 0), sizeof(number));
	snprintf(out, size, "%s%cschema=t%llx", base, strchr(base, '?') ? '&' : '?', number);
}

void store_yard_sql(const char *sql)
{
	const char *control = getenv("TRUNKLINE_TEST_POSTGRES_CONTROL"), *address = getenv("TRUNKLINE_TEST_POSTGRES");
	const char *port = address ? strstr(address, "port=") : NULL;
	char command[4096];

	if (!control || !port)
		skip();
	snprintf(command, sizeof(command), "'%s' psql -p %d -d trunkline -c \"%s\" >/dev/null", control, atoi(port + 5), sql);
	assert_int_equal(system(command), 0);
}
