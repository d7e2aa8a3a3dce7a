/* tests/nats-tool.c: what tests do with a NATS server, in place of the `nats` command, which Debian has not. It uses libnats's own JetStream functions and nothing of ours.
 *
 *	nats-tool SERVER stream STREAM SUBJECT      makes a work queue (file storage), or one that is there empty
 *	nats-tool SERVER publish SUBJECT            puts each line of standard input; each is acknowledged before the end
 *	nats-tool SERVER info STREAM CONSUMER       {"pending": N, "ack_pending": N, "redelivered": N, "waiting": N, "messages": N}: not given to
 *	                                            anybody yet; given and not settled; of those, more than once; requests that wait; in the stream
 *	nats-tool SERVER consumer STREAM CONSUMER MS [SUBJECT]
 *	                                            makes a pull consumer with so much time to acknowledge, of that subject alone
 *	nats-tool SERVER drop STREAM [CONSUMER]     removes the stream, or its consumer
 *
 * SERVER: nats://[user:password@]host:port. Exit status 1 where it could not be done, with the reason on standard error. */
#include <nats/nats.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 10000

/* Asked by the leak sanitizer. At its end libnats may have answers in hand that it never frees: what they weigh is no finding about us. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

static int fail(const char *what, natsStatus status)
{
	const char *why = nats_GetLastError(NULL);

	fprintf(stderr, "nats-tool: %s: %s\n", what, why && *why ? why : natsStatus_GetText(status));
	return 1;
}

static int make_stream(jsCtx *context, char **arguments)
{
	const char *subjects[] = { arguments[1] };
	jsStreamConfig config;
	jsErrCode code = 0;
	natsStatus status;

	jsStreamConfig_Init(&config);
	config.Name = arguments[0];
	config.Subjects = subjects;
	config.SubjectsLen = 1;
	config.Retention = js_WorkQueuePolicy;
	js_DeleteStream(context, arguments[0], NULL, &code);
	status = js_AddStream(NULL, context, &config, NULL, &code);
	return status == NATS_OK ? 0 : fail("stream", status);
}

static int publish(jsCtx *context, char **arguments)
{
	natsStatus status = NATS_OK;
	jsPubOptions options;
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, stdin);

	while (len >= 0 && status == NATS_OK) {
		if (len > 0 && line[len - 1] == '\n')
			len--;
		status = js_PublishAsync(context, arguments[0], line, (int)len, NULL);
		len = getline(&line, &size, stdin);
	}
	free(line);
	jsPubOptions_Init(&options);
	options.MaxWait = WAIT_MS;
	if (status == NATS_OK)
		status = js_PublishAsyncComplete(context, &options);
	return status == NATS_OK ? 0 : fail("publish", status);
}

static int show(jsCtx *context, char **arguments)
{
	jsConsumerInfo *consumer = NULL;
	jsStreamInfo *stream = NULL;
	jsErrCode code = 0;
	natsStatus status = js_GetConsumerInfo(&consumer, context, arguments[0], arguments[1], NULL, &code);

	if (status == NATS_OK)
		status = js_GetStreamInfo(&stream, context, arguments[0], NULL, &code);
	if (status == NATS_OK)
		printf("{\"pending\": %" PRIu64 ", \"ack_pending\": %" PRId64 ", \"redelivered\": %" PRId64 ", \"waiting\": %" PRId64 ", \"messages\": %" PRIu64 "}\n",
		       consumer->NumPending, consumer->NumAckPending, consumer->NumRedelivered, consumer->NumWaiting, stream->State.Msgs);
	jsConsumerInfo_Destroy(consumer);
	jsStreamInfo_Destroy(stream);
	return status == NATS_OK ? 0 : fail("info", status);
}

static int make_consumer(jsCtx *context, char **arguments)
{
	jsConsumerConfig config;
	jsErrCode code = 0;
	natsStatus status;

	jsConsumerConfig_Init(&config);
	config.Durable = arguments[1];
	config.AckPolicy = js_AckExplicit;
	config.AckWait = strtoll(arguments[2], NULL, 10) * 1000000;
	config.MaxAckPending = -1;
	config.FilterSubject = arguments[3];
	status = js_AddConsumer(NULL, context, arguments[0], &config, NULL, &code);
	return status == NATS_OK ? 0 : fail("consumer", status);
}

static int drop(jsCtx *context, char **arguments)
{
	jsErrCode code = 0;
	natsStatus status;

	if (arguments[1])
		status = js_DeleteConsumer(context, arguments[0], arguments[1], NULL, &code);
	else
		status = js_DeleteStream(context, arguments[0], NULL, &code);
	return status == NATS_OK ? 0 : fail("drop", status);
}

static const struct {
	const char *name;
	int least, most; /* arguments */
	int (*run)(jsCtx *context, char **arguments);
} job_table[] = {
	{ "stream", 2, 2, make_stream },
	{ "publish", 1, 1, publish },
	{ "info", 2, 2, show },
	{ "consumer", 3, 4, make_consumer },
	{ "drop", 1, 2, drop },
};

static int run(const char *server, int (*job)(jsCtx *context, char **arguments), char **arguments)
{
	natsConnection *connection = NULL;
	jsCtx *context = NULL;
	jsOptions options;
	natsStatus status = natsConnection_ConnectTo(&connection, server);
	int result;

	jsOptions_Init(&options);
	options.Wait = WAIT_MS;
	if (status == NATS_OK)
		status = natsConnection_JetStream(&context, connection, &options);
	result = status == NATS_OK ? job(context, arguments) : fail(server, status);
	jsCtx_Destroy(context);
	natsConnection_Destroy(connection);
	nats_Close();
	return result;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(job_table) / sizeof(job_table[0]); i++) {
		if (strcmp(argv[2], job_table[i].name) == 0 && argc - 3 >= job_table[i].least && argc - 3 <= job_table[i].most)
			return run(argv[1], job_table[i].run, argv + 3);
	}
	fprintf(stderr, "usage: nats-tool SERVER stream STREAM SUBJECT | publish SUBJECT | info STREAM CONSUMER | consumer STREAM CONSUMER MS [SUBJECT] | "
	                "drop STREAM [CONSUMER]\n");
	return 2;
}
