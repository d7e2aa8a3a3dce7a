/* net/intake_queue.c: offers as the messages of a queue. */
#include "net/intake_kind.h"
#include "net/queue_address.h"

static bool takes(struct tl_str address)
{
	return tl_queue_address_is(address);
}

static void take_message(void *data, struct tl_queued *queued, struct tl_str text, uint64_t deliveries)
{
	struct tl_intake *intake = data;

	(void)deliveries;
	if (tl_str_trim(text).len > 0) {
		tl_intake_offer(intake, queued, 0, text);
		return;
	}
	tl_queue_settle(queued, TL_QUEUE_REFUSED);
	tl_intake_refuse(intake, "a message of the queue is empty: it is removed");
	tl_queue_want(intake->source, intake->room);
}

static void hear_refusal(void *data, const char *why)
{
	tl_intake_refuse(data, why);
}

static void hear_trouble(void *data, const char *why)
{
	struct tl_intake *intake = data;

	if (intake->config.trouble)
		intake->config.trouble(intake->config.data, why);
}

static int open_queue(struct tl_intake *intake, struct tl_error *err)
{
	const struct tl_intake_config *config = &intake->config;
	struct tl_queue_config queue = {
		.loop = config->loop, .address = config->address, .login = config->login, .insecure = config->insecure, .work_ms = config->work_ms,
		.message_limit = config->limit, .message = take_message, .refused = hear_refusal, .trouble = hear_trouble, .data = intake,
	};
	struct tl_queue *opened;

	if (tl_queue_open(&opened, &queue, err) != 0)
		return -1;
	intake->source = opened;
	return 0;
}

static void close_queue(struct tl_intake *intake)
{
	tl_queue_close(intake->source);
}

static void want(struct tl_intake *intake)
{
	tl_queue_want(intake->source, intake->room);
}

static void settle(struct tl_intake *intake, void *origin, enum tl_queue_verdict verdict, struct tl_str result)
{
	(void)intake;
	(void)result;
	tl_queue_settle(origin, verdict);
}

const struct tl_intake_kind tl_intake_queue = { takes, open_queue, close_queue, want, settle };
