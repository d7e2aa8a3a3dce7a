/* tests/unit/nats_yard.c: the NATS server that tests of queues use. */
#include "nats_yard.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

bool nats_yard_has_server(const char *tests)
{
	const char *address = getenv("TRUNKLINE_TEST_NATS");

	if (address && *address)
		return true;
	fprintf(stderr, "[  SKIPPED ] %s: $TRUNKLINE_TEST_NATS names no server (tests/nats starts one)\n", tests);
	return false;
}

void nats_yard_address(char *out, size_t size, const char *stream, const char *consumer)
{
	snprintf(out, size, "%s/%s/%s", getenv("TRUNKLINE_TEST_NATS"), stream, consumer);
}

/* It lies beside the program of the tests. */
static void add_tool(struct tl_buf *command)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(len > 0);
	self[len] = '\0';
	tl_buf_printf(command, "'%s/nats-tool' '%s' ", dirname(self), getenv("TRUNKLINE_TEST_NATS"));
}

void nats_yard_tool(const char *fmt, ...)
{
	struct tl_buf command = { 0 };
	va_list args;

	add_tool(&command);
	va_start(args, fmt);
	tl_buf_vprintf(&command, fmt, args);
	va_end(args);
	assert_row(command.data, system(command.data) == 0);
	tl_buf_clear(&command);
}

void nats_yard_stream(const char *stream)
{
	nats_yard_tool("stream %s %s", stream, stream);
}

void nats_yard_publish(const char *stream, unsigned first, unsigned count)
{
	struct tl_buf command = { 0 };

	tl_buf_printf(&command, "seq %u %u | ", first, first + count - 1);
	add_tool(&command);
	tl_buf_printf(&command, "publish %s", stream);
	assert_row(command.data, system(command.data) == 0);
	tl_buf_clear(&command);
}

struct nats_yard_info nats_yard_info(const char *stream, const char *consumer)
{
	struct nats_yard_info info = { 0 };
	struct tl_buf command = { 0 };
	FILE *output;

	add_tool(&command);
	tl_buf_printf(&command, "info %s %s", stream, consumer);
	output = popen(command.data, "r");
	assert_non_null(output);
	assert_int_equal(fscanf(output, "{\"pending\": %u, \"ack_pending\": %u, \"redelivered\": %u, \"waiting\": %u, \"messages\": %u}", &info.pending,
	                        &info.ack_pending, &info.redelivered, &info.waiting, &info.messages), 5);
	pclose(output);
	tl_buf_clear(&command);
	return info;
}

void nats_yard_control(const char *what)
{
	struct tl_buf command = { 0 };

	tl_buf_printf(&command, "'%s' %s", getenv("TRUNKLINE_TEST_NATS_CONTROL"), what);
	assert_row(what, system(command.data) == 0);
	tl_buf_clear(&command);
}
