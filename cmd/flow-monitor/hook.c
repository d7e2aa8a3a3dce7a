/* cmd/flow-monitor/hook.c: a small queue in memory: whoever must not miss an event reads the status page or the next look. */
#include "flow-monitor/hook.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "net/webhook.h"
#include "report/drift.h"

#define HOOK_NAME "monitor"
/* After each look. */
#define LONGEST_DELIVERY_MS 30000

static int is_stopped(void)
{
	return tl_command_stopped();
}

int hook_open(struct hook *hook, struct tl_command *command, const struct tl_deployment *deployment)
{
	const struct tl_access *access = &deployment->access;
	struct tl_http_config config = { .clock = &command->clock, .stopped = is_stopped };

	hook->command = command;
	for (size_t i = 0; i < access->n_webhooks; i++) {
		if (tl_str_is(access->webhooks[i].name, HOOK_NAME))
			hook->webhook = &access->webhooks[i];
	}
	if (!hook->webhook)
		return 0;
	hook->surroundings = deployment->config->surroundings;
	config.public_only = !hook->webhook->allow_private;
	config.proxy = access->proxy.len > 0 ? access->proxy.ptr : NULL;
	config.ca = access->ca.len > 0 ? access->ca.ptr : NULL;
	return tl_http_open(&hook->http, &config, &command->err);
}

static void drop_first(struct hook *hook)
{
	free(hook->waiting[0].body);
	free(hook->waiting[0].key);
	memmove(&hook->waiting[0], &hook->waiting[1], (hook->count - 1) * sizeof(hook->waiting[0]));
	hook->count--;
}

void hook_close(struct hook *hook)
{
	if (hook->count > 0)
		tl_command_say(hook->command, "the webhook '%s' did not take %zu event%s", HOOK_NAME, hook->count, hook->count == 1 ? "" : "s");
	while (hook->count > 0)
		drop_first(hook);
	tl_http_close(hook->http);
}

/* The event of one flow, and a key that is the same wherever the same thing is told again. */
static struct hook_event event_of(const struct hook *hook, const struct tl_drift *drift, int64_t at_ms)
{
	struct tl_arena arena = { 0 };
	struct tl_buf body = { 0 }, id = { 0 };
	char key[TL_SHA256_SIZE];
	struct hook_event event;
	struct tl_json json;

	tl_json_init(&json, &body, false);
	tl_json_map(&json);
	tl_json_put(&json, "at", tl_time_format(&arena, at_ms));
	tl_json_put(&json, "environment", hook->command->environment->name);
	tl_json_put(&json, "event", TL_STR("drift"));
	tl_json_key(&json, "flow");
	tl_drift_json(&json, drift);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_printf(&id, "%.*s\n%.*s\n%s\n%lld %lld %d %d %lld", TL_FMT(hook->command->environment->name), TL_FMT(drift->platform_id),
	              tl_drift_name(drift->kind), (long long)drift->version, (long long)drift->published_version, drift->ours, (int)drift->status,
	              (long long)drift->since_ms);
	tl_sha256_hex(key, tl_buf_view(&id));
	event = (struct hook_event){ tl_strdup(body.data), tl_strdup(key) };
	tl_buf_clear(&body);
	tl_buf_clear(&id);
	tl_arena_clear(&arena);
	return event;
}

void hook_tell(struct hook *hook, const struct tl_drift *drifts, size_t count, int64_t at_ms)
{
	for (size_t i = 0; hook->webhook && i < count; i++) {
		if (hook->count == HOOK_WAITING) {
			tl_command_say(hook->command, "the webhook '%s' takes nothing: its oldest event is dropped", HOOK_NAME);
			drop_first(hook);
		}
		hook->waiting[hook->count++] = event_of(hook, &drifts[i], at_ms);
	}
}

static enum tl_delivered send_first(struct hook *hook, struct tl_str secret, struct tl_error *err)
{
	const struct tl_clock *clock = &hook->command->clock;
	struct tl_delivery delivery = {
		.url = hook->webhook->url, .secret = secret, .body = tl_str(hook->waiting[0].body), .key = tl_str(hook->waiting[0].key),
		.now_ms = clock->now_ms(clock->data),
	};
	int64_t retry_ms;
	enum tl_delivered delivered = tl_webhook_send(&retry_ms, hook->http, &delivery, err);

	hook->not_before_ms = clock->monotonic_ms(clock->data) + retry_ms;
	return delivered;
}

/* Trouble is said once, and when it is over. */
static void say_trouble(struct hook *hook, const struct tl_error *err)
{
	if (!hook->in_trouble)
		tl_command_say(hook->command, "webhook '%s': %s; trying again", HOOK_NAME, err->message);
	hook->in_trouble = true;
}

/* For as long as a look may be late: the rest is sent after the next one. */
static void deliver_all(struct hook *hook, struct tl_str secret)
{
	const struct tl_clock *clock = &hook->command->clock;
	int64_t until = clock->monotonic_ms(clock->data) + LONGEST_DELIVERY_MS;

	while (hook->count > 0 && !tl_command_stopped() && clock->monotonic_ms(clock->data) < until) {
		struct tl_error err = { 0 };
		enum tl_delivered delivered = send_first(hook, secret, &err);

		if (delivered == TL_DELIVERY_LATER) {
			say_trouble(hook, &err);
			return;
		}
		if (delivered == TL_DELIVERY_REFUSED)
			tl_command_say(hook->command, "webhook '%s': %s; the event is dropped", HOOK_NAME, err.message);
		else if (hook->in_trouble)
			tl_command_say(hook->command, "webhook '%s' takes events again", HOOK_NAME);
		hook->in_trouble = false;
		drop_first(hook);
	}
}

void hook_deliver(struct hook *hook)
{
	const struct tl_clock *clock = &hook->command->clock;
	struct tl_str secret = { NULL, 0 };
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };

	if (hook->count == 0 || clock->monotonic_ms(clock->data) < hook->not_before_ms)
		return;
	if (hook->webhook->secret.kind != TL_SECRET_NONE &&
	    tl_secret_read(&secret, &arena, &hook->webhook->secret, hook->surroundings, "the webhook's secret", &err) != 0)
		say_trouble(hook, &err);
	else
		deliver_all(hook, secret);
	tl_secret_wipe(secret);
	tl_arena_clear(&arena);
}
