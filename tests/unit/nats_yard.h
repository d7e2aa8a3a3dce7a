/* tests/unit/nats_yard.h: the NATS server that tests of queues use, by tests/nats and nats-tool. */
#ifndef TL_UNIT_NATS_YARD_H
#define TL_UNIT_NATS_YARD_H

#include "unit.h"

struct nats_yard_info {
	unsigned pending, ack_pending, redelivered, waiting, messages;
};

/* Whether there is a server (tests/nats); says on standard error that tests are skipped where there is none. */
bool nats_yard_has_server(const char *tests);
/* "nats://127.0.0.1:PORT/STREAM/CONSUMER" */
void nats_yard_address(char *out, size_t size, const char *stream, const char *consumer);
/* Runs `nats-tool SERVER` with these arguments, which a shell reads. */
void nats_yard_tool(const char *fmt, ...) TL_PRINTF(1, 2);
/* An empty work queue whose subject has its name. */
void nats_yard_stream(const char *stream);
/* Puts `count` messages "FIRST", "FIRST+1", … there. */
void nats_yard_publish(const char *stream, unsigned first, unsigned count);
struct nats_yard_info nats_yard_info(const char *stream, const char *consumer);
/* "stop", "kill", "start", "restart" */
void nats_yard_control(const char *what);

#endif
