/* net/queue_consumer.c: the stream and the consumer behind a queue: JetStream's own requests, in JSON. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "doc/json.h"
#include "net/queue_link.h"

#define ANSWER_MS 3000
#define NS_PER_MS 1000000

/* Why there was no answer: libnats' own words are about itself. */
static int no_answer(struct tl_queue_link *link, natsConnection *connection, natsStatus status, struct tl_error *err)
{
	const char *last = NULL;

	link->nats->connection_last_error(connection, &last);
	if (status == NATS_NO_RESPONDERS)
		return tl_error_set(err, TL_REFUSED, "there is no JetStream for this user there (nats-server is started with -js)");
	if (last && strcasestr(last, "permissions violation"))
		return tl_error_set(err, TL_REFUSED, "the server does not permit it: %s", last);
	if (status == NATS_TIMEOUT)
		return tl_error_set(err, TL_IO, "JetStream does not answer");
	return tl_error_set(err, TL_IO, "%s", link->nats->status_text(status));
}

/* The answer to a request as a tree, free it with tl_doc_free(); what the server refuses is an error: 404 is TL_NOT_FOUND. */
static int ask(struct tl_doc **out, struct tl_queue_link *link, natsConnection *connection, const char *subject, const char *body, struct tl_error *err)
{
	const struct tl_nats *nats = link->nats;
	const struct tl_item *refusal, *code;
	natsMsg *answer = NULL;
	natsStatus status = nats->connection_request(&answer, connection, subject, body, ANSWER_MS);
	int ret;

	*out = NULL;
	if (status != NATS_OK)
		return no_answer(link, connection, status, err);
	ret = tl_json_parse(out, TL_STR("JetStream's answer"), (struct tl_str){ nats->message_data(answer), (size_t)nats->message_length(answer) }, err);
	nats->message_destroy(answer);
	if (ret != 0) {
		err->code = TL_IO;
		return -1;
	}
	refusal = tl_item_get((*out)->root, "error");
	if (!refusal)
		return 0;
	code = tl_item_get(refusal, "code");
	ret = tl_error_set(err, code && tl_str_is(code->text, "404") ? TL_NOT_FOUND : TL_REFUSED, "%.*s", TL_FMT(tl_item_text(refusal, "description")));
	tl_doc_free(*out);
	*out = NULL;
	return ret;
}

static int check_stream(struct tl_queue_link *link, natsConnection *connection, struct tl_error *err)
{
	const char *stream = link->address.stream.ptr;
	struct tl_buf subject = { 0 };
	struct tl_doc *doc;
	int ret;

	tl_buf_printf(&subject, "$JS.API.STREAM.INFO.%s", stream);
	ret = ask(&doc, link, connection, subject.data, "", err);
	tl_buf_clear(&subject);
	tl_doc_free(doc);
	if (ret != 0 && err->code == TL_NOT_FOUND)
		return tl_error_set(err, TL_NOT_FOUND, "there is no stream '%s': make one, such as by 'nats stream add %s --subjects calls --retention work --defaults'",
		                    stream, stream);
	return ret == 0 ? 0 : tl_error_wrap(err, "stream '%s'", stream);
}

/* What a consumer must be for us: one that is asked, and whose messages are acknowledged one by one. */
static int judge_consumer(int64_t *work_ms, struct tl_queue_link *link, const struct tl_item *config, struct tl_error *err)
{
	const char *consumer = link->address.consumer.ptr;
	const struct tl_item *wait = tl_item_get(config, "ack_wait");

	if (tl_item_text(config, "deliver_subject").len > 0)
		return tl_error_set(err, TL_USAGE, "the consumer '%s' pushes its messages to one place: a pull consumer is needed", consumer);
	if (!tl_str_is(tl_item_text(config, "ack_policy"), "explicit"))
		return tl_error_set(err, TL_USAGE, "the consumer '%s' does not wait for each message to be acknowledged: its policy must be explicit", consumer);
	*work_ms = link->wanted_work_ms;
	if (wait && wait->kind == TL_NUMBER && wait->number >= NS_PER_MS)
		*work_ms = (int64_t)(wait->number / NS_PER_MS);
	return 0;
}

/* No limit to what is under way: each worker takes as many as it has room for. */
static int make_consumer(struct tl_doc **out, struct tl_queue_link *link, natsConnection *connection, struct tl_error *err)
{
	const char *stream = link->address.stream.ptr, *consumer = link->address.consumer.ptr;
	struct tl_buf subject = { 0 }, body = { 0 };
	int ret;

	tl_buf_printf(&subject, "$JS.API.CONSUMER.DURABLE.CREATE.%s.%s", stream, consumer);
	tl_buf_printf(&body, "{\"stream_name\":\"%s\",\"config\":{\"durable_name\":\"%s\",\"deliver_policy\":\"all\",\"ack_policy\":\"explicit\",\"ack_wait\":%" PRId64
	              ",\"max_deliver\":-1,\"max_ack_pending\":-1,\"replay_policy\":\"instant\"}}", stream, consumer, link->wanted_work_ms * NS_PER_MS);
	ret = ask(out, link, connection, subject.data, body.data, err);
	tl_buf_clear(&subject);
	tl_buf_clear(&body);
	return ret;
}

int tl_queue_take_consumer(int64_t *work_ms, struct tl_queue_link *link, natsConnection *connection, struct tl_error *err)
{
	struct tl_buf subject = { 0 };
	struct tl_doc *doc = NULL;
	int ret;

	if (check_stream(link, connection, err) != 0)
		return -1;
	tl_buf_printf(&subject, "$JS.API.CONSUMER.INFO.%s.%s", link->address.stream.ptr, link->address.consumer.ptr);
	ret = ask(&doc, link, connection, subject.data, "", err);
	tl_buf_clear(&subject);
	if (ret != 0 && err->code == TL_NOT_FOUND)
		ret = make_consumer(&doc, link, connection, err);
	if (ret != 0)
		return tl_error_wrap(err, "consumer '%s'", link->address.consumer.ptr);
	ret = judge_consumer(work_ms, link, tl_item_get(doc->root, "config"), err);
	tl_doc_free(doc);
	return ret;
}
