/* cmd/flow-simulate/qa.c: sent when all calls were made, so that a slow receiver holds nobody up. */
#include "flow-simulate/qa.h"

#include <stdlib.h>

#include "common/authority.h"
#include "crypto/sha256.h"
#include "net/webhook.h"

#define HOOK_NAME "qa"
/* Of one document; the wait before the next doubles. */
#define ATTEMPTS 5
#define WAIT_MS 1000
#define WAIT_MOST_MS 30000
#define CORRELATION_BYTES 16

static int is_stopped(void)
{
	return tl_command_stopped();
}

static struct tl_str new_correlation(struct tl_arena *arena)
{
	unsigned char bytes[CORRELATION_BYTES];
	struct tl_buf text = { 0 };
	struct tl_str copy;

	tl_random(bytes, sizeof(bytes));
	tl_buf_text(&text, "audit-");
	for (size_t i = 0; i < sizeof(bytes); i++)
		tl_buf_printf(&text, "%02x", bytes[i]);
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy;
}

int qa_open(struct qa *qa, struct tl_command *command)
{
	const struct tl_access *access = &qa->access;

	qa->command = command;
	if (tl_command_config(&qa->config, command) != 0 ||
	    tl_config_access(&qa->access, qa->config, command->project, command->environment, &command->err) != 0)
		return -1;
	for (size_t i = 0; i < access->n_webhooks; i++) {
		if (tl_str_is(access->webhooks[i].name, HOOK_NAME))
			qa->webhook = &access->webhooks[i];
	}
	if (!qa->webhook)
		return tl_error_set(&command->err, TL_USAGE, "environment '%.*s' has no webhook 'qa' for '--qa-export'; %.*s has them for each environment",
		                    TL_FMT(command->environment->name), TL_FMT(access->from.len > 0 ? access->from : TL_STR("your trunkline/config.yaml")));
	tl_command_keep_secrets();
	qa->correlation = new_correlation(&qa->arena);
	return 0;
}

void qa_add(struct qa *qa, const struct tl_case_result *result, struct tl_str flow)
{
	const struct tl_clock *clock = qa->command ? &qa->command->clock : NULL;
	struct tl_qa_head head = { .flow = flow, .correlation = qa->correlation };
	struct tl_buf body = { 0 };

	if (!clock || result->skipped.len > 0)
		return;
	head.at_ms = clock->now_ms(clock->data);
	tl_qa_json(&body, result, &head);
	qa->bodies = tl_grow(qa->bodies, &qa->capacity, qa->count + 1, sizeof(*qa->bodies));
	qa->bodies[qa->count++] = tl_arena_dup(&qa->arena, tl_buf_view(&body));
	tl_buf_clear(&body);
}

/* ---- sending */

/* How long to wait before the next try. */
static int64_t wait_of(unsigned attempt, int64_t asked_ms)
{
	int64_t ms = (int64_t)WAIT_MS << attempt;

	if (asked_ms > ms)
		ms = asked_ms;
	return ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS;
}

static int send_one(struct qa *qa, struct tl_http *http, struct tl_str secret, struct tl_str body)
{
	const struct tl_clock *clock = &qa->command->clock;
	struct tl_error *err = &qa->command->err;
	char key[TL_SHA256_SIZE];
	struct tl_delivery delivery = { .url = qa->webhook->url, .secret = secret, .body = body };
	enum tl_delivered delivered = TL_DELIVERY_LATER;

	tl_sha256_hex(key, body);
	delivery.key = tl_str(key);
	for (unsigned attempt = 0; attempt < ATTEMPTS && delivered == TL_DELIVERY_LATER; attempt++) {
		int64_t retry_ms = 0;

		delivery.now_ms = clock->now_ms(clock->data);
		delivered = tl_webhook_send(&retry_ms, http, &delivery, err);
		if (delivered == TL_DELIVERY_LATER && attempt + 1 < ATTEMPTS && clock->sleep_ms(clock->data, wait_of(attempt, retry_ms)) != 0)
			break;
		if (tl_command_stopped())
			break;
	}
	if (delivered == TL_DELIVERED) {
		*err = (struct tl_error){ 0 };
		return 0;
	}
	return tl_command_stopped() ? tl_error_set(err, TL_INTERRUPTED, "interrupted") : -1;
}

static int send_all(struct qa *qa, struct tl_http *http, struct tl_str secret)
{
	struct tl_error *err = &qa->command->err;

	for (; qa->sent < qa->count; qa->sent++) {
		if (send_one(qa, http, secret, qa->bodies[qa->sent]) == 0)
			continue;
		if (err->code == TL_INTERRUPTED)
			return -1;
		return tl_error_set(err, TL_IO, "webhook 'qa': %s; %zu of %zu results were delivered", err->message, qa->sent, qa->count);
	}
	return 0;
}

int qa_send(struct qa *qa)
{
	struct tl_http_config config = { .stopped = is_stopped };
	struct tl_str secret = { NULL, 0 };
	struct tl_arena arena = { 0 };
	struct tl_http *http = NULL;
	int ret = 0;

	if (!qa->command || qa->count == 0)
		return 0;
	config.clock = &qa->command->clock;
	config.public_only = !qa->webhook->allow_private;
	config.proxy = qa->access.proxy.len > 0 ? qa->access.proxy.ptr : NULL;
	config.ca = qa->access.ca.len > 0 ? qa->access.ca.ptr : NULL;
	if (qa->webhook->secret.kind != TL_SECRET_NONE)
		ret = tl_secret_read(&secret, &arena, &qa->webhook->secret, qa->config->surroundings, "the webhook's secret", &qa->command->err);
	if (ret == 0)
		ret = tl_http_open(&http, &config, &qa->command->err);
	if (ret == 0)
		ret = send_all(qa, http, secret);
	tl_http_close(http);
	tl_secret_wipe(secret);
	tl_arena_clear(&arena);
	return ret;
}

void qa_close(struct qa *qa)
{
	free(qa->bodies);
	tl_arena_clear(&qa->arena);
	tl_config_free(qa->config);
}
