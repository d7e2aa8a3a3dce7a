/* sandbox/vendor_notify.c: notification channels: topics, and the WebSocket on which a channel hears of flows that change (v2.flows.{id}), with a heartbeat. */
#include <stdlib.h>

#include "base/map.h"
#include "sandbox/vendor.h"

#define CHANNELS_MAX 1000
#define TOPICS_MAX 1000
#define CHANNEL_MS ((int64_t)24 * 3600 * 1000)
#define HEARTBEAT_MS 30000

struct channel {
	struct tl_vendor *vendor;
	struct tl_str id;
	const struct tl_vendor_actor *owner;
	int64_t expires_ms;
	struct tl_str *topics;
	size_t n_topics, topic_capacity;
	struct tl_socket *socket; /* NULL: nobody listens */
	struct tl_timer *heartbeat;
};

struct channels {
	struct channel **items;
	size_t count, capacity;
};

static int open_channels(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_alloc_zero(1, sizeof(struct channels));
	return 0;
}

static void close_channels(void *state)
{
	struct channels *channels = state;

	for (size_t i = 0; i < channels->count; i++) {
		free(channels->items[i]->topics);
		free(channels->items[i]);
	}
	free(channels->items);
	free(channels);
}

static struct channel *find_channel(const struct channels *channels, struct tl_str id)
{
	for (size_t i = 0; i < channels->count; i++) {
		if (tl_str_equal(channels->items[i]->id, id))
			return channels->items[i];
	}
	return NULL;
}

/* ---- what is said */

static void say(struct channel *channel, const char *topic, const char *message)
{
	struct tl_buf text = { 0 };
	struct tl_json json;

	tl_json_init(&json, &text, false);
	tl_json_map(&json);
	tl_json_put(&json, "topicName", tl_str(topic));
	tl_json_key(&json, "eventBody");
	tl_json_map(&json);
	tl_json_put(&json, "message", tl_str(message));
	tl_json_map_end(&json);
	tl_json_map_end(&json);
	tl_socket_send(channel->socket, tl_buf_view(&text));
	tl_buf_clear(&text);
}

static void beat(void *data)
{
	struct channel *channel = data;

	say(channel, "channel.metadata", "WebSocket Heartbeat");
	channel->heartbeat = tl_server_after(tl_sandbox_server(channel->vendor->sandbox), HEARTBEAT_MS, beat, channel);
}

static void put_version(struct tl_json *json, const char *key, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	if (!version)
		return;
	tl_json_key(json, key);
	tl_vendor_put_version(json, flow, version);
}

static void tell(struct channel *channel, struct tl_str topic, const struct tl_vendor_flow *flow)
{
	struct tl_buf text = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_json json;

	tl_json_init(&json, &text, false);
	tl_json_map(&json);
	tl_json_put(&json, "topicName", topic);
	tl_json_put(&json, "version", TL_STR("2"));
	tl_json_key(&json, "eventBody");
	tl_json_map(&json);
	tl_json_put(&json, "id", flow->id);
	tl_json_put(&json, "name", flow->name);
	tl_json_put_boolean(&json, "deleted", flow->deleted);
	put_version(&json, "savedVersion", flow, flow->saved);
	put_version(&json, "checkedInVersion", flow, flow->checked_in);
	put_version(&json, "publishedVersion", flow, flow->published);
	if (flow->operation.action) {
		tl_json_key(&json, "currentOperation");
		tl_vendor_put_operation(&json, &flow->operation);
	}
	tl_json_map_end(&json);
	tl_json_key(&json, "metadata");
	tl_json_map(&json);
	tl_json_put(&json, "CorrelationId", tl_sandbox_uuid(&arena));
	tl_json_map_end(&json);
	tl_json_map_end(&json);
	tl_socket_send(channel->socket, tl_buf_view(&text));
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
}

void tl_vendor_changed(struct tl_vendor_flow *flow)
{
	const struct channels *channels = tl_part_state(flow->vendor->sandbox, &tl_part_vendor_notify);
	struct tl_arena arena = { 0 };
	struct tl_str topic = tl_arena_printf(&arena, "v2.flows.%.*s", TL_FMT(flow->id));

	tl_vendor_keep(flow);
	/* Flows of a seed may be there before anybody can listen. */
	for (size_t i = 0; channels && i < channels->count; i++) {
		struct channel *channel = channels->items[i];

		for (size_t j = 0; channel->socket && j < channel->n_topics; j++) {
			if (tl_str_equal(channel->topics[j], topic))
				tell(channel, topic, flow);
		}
	}
	tl_arena_clear(&arena);
}

/* ---- the socket */

static struct channel *channel_of(const struct channels *channels, const struct tl_exchange *exchange)
{
	struct tl_str path = tl_exchange_path(exchange);

	return find_channel(channels, tl_str_slice(path, sizeof("/channels/") - 1, path.len));
}

static bool welcome(void *state, const struct tl_exchange *exchange)
{
	const struct channel *channel = channel_of(state, exchange);

	return channel && channel->expires_ms > tl_vendor_now(channel->vendor);
}

/* The last one to come is who hears. */
static void *joined(struct tl_sandbox *sandbox, void *state, struct tl_socket *socket, const struct tl_exchange *exchange)
{
	struct channel *channel = channel_of(state, exchange);

	if (channel->socket)
		tl_timer_cancel(channel->heartbeat);
	channel->socket = socket;
	channel->heartbeat = tl_server_after(tl_sandbox_server(sandbox), HEARTBEAT_MS, beat, channel);
	return channel;
}

static void message(void *session, struct tl_socket *socket, struct tl_str text, bool binary)
{
	struct channel *channel = session;
	struct tl_doc *doc = NULL;

	(void)binary;
	if (channel->socket == socket && tl_json_parse(&doc, TL_STR("message"), text, NULL) == 0 && tl_str_is(tl_item_text(doc->root, "message"), "ping"))
		say(channel, "channel.metadata", "pong");
	tl_doc_free(doc);
}

static void closed(void *session, struct tl_socket *socket)
{
	struct channel *channel = session;

	if (channel->socket != socket)
		return;
	tl_timer_cancel(channel->heartbeat);
	channel->socket = NULL;
}

/* ---- channels and their topics */

static void put_channel(struct tl_json *json, struct tl_routed *call, const struct channel *channel)
{
	struct tl_str origin = tl_server_address(call->sandbox->architect.server);

	tl_json_map(json);
	/* http becomes ws, https wss. */
	tl_json_put(json, "connectUri", tl_arena_printf(call->arena, "ws%.*s/channels/%.*s", TL_FMT(tl_str_slice(origin, 4, origin.len)), TL_FMT(channel->id)));
	tl_json_put(json, "id", channel->id);
	tl_vendor_put_time(json, "expires", channel->expires_ms);
	tl_json_map_end(json);
}

static void handle_create(struct tl_routed *call)
{
	struct channels *channels = call->state;
	struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct channel *channel;

	if (channels->count >= CHANNELS_MAX) {
		tl_vendor_refuse(call, 400, "too.many.channels", NULL, "There are %d channels already.", CHANNELS_MAX);
		return;
	}
	channel = tl_alloc_zero(1, sizeof(*channel));
	channel->vendor = vendor;
	channel->id = tl_arena_printf(&vendor->arena, "streaming-0-%.*s", TL_FMT(tl_sandbox_secret(call->arena, 32)));
	channel->owner = tl_vendor_actor(call);
	channel->expires_ms = tl_vendor_now(vendor) + CHANNEL_MS;
	channels->items = tl_grow(channels->items, &channels->capacity, channels->count + 1, sizeof(struct channel *));
	channels->items[channels->count++] = channel;
	put_channel(tl_route_json(call, 200), call, channel);
}

static void handle_channels(struct tl_routed *call)
{
	const struct channels *channels = call->state;
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_key(json, "entities");
	tl_json_list(json);
	for (size_t i = 0; i < channels->count; i++) {
		if (channels->items[i]->owner == tl_vendor_actor(call))
			put_channel(json, call, channels->items[i]);
	}
	tl_json_list_end(json);
	tl_json_map_end(json);
}

static struct channel *asked_channel(struct tl_routed *call)
{
	struct channel *channel = find_channel(call->state, call->params[0]);

	if (!channel)
		tl_vendor_refuse(call, 404, "not.found", NULL, "There is no channel with the id '%.*s'.", TL_FMT(call->params[0]));
	return channel;
}

static void answer_topics(struct tl_routed *call, const struct channel *channel)
{
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_key(json, "entities");
	tl_json_list(json);
	for (size_t i = 0; i < channel->n_topics; i++) {
		tl_json_map(json);
		tl_json_put(json, "id", channel->topics[i]);
		tl_json_put(json, "state", TL_STR("Permitted"));
		tl_json_put(json, "selfUri", tl_arena_printf(call->arena, "/api/v2/notifications/availabletopics/%.*s", TL_FMT(channel->topics[i])));
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_map_end(json);
}

static void handle_topics(struct tl_routed *call)
{
	const struct channel *channel = asked_channel(call);

	if (channel)
		answer_topics(call, channel);
}

static void add_topic(struct channel *channel, struct tl_str topic)
{
	for (size_t i = 0; i < channel->n_topics; i++) {
		if (tl_str_equal(channel->topics[i], topic))
			return;
	}
	channel->topics = tl_grow(channel->topics, &channel->topic_capacity, channel->n_topics + 1, sizeof(*channel->topics));
	channel->topics[channel->n_topics++] = tl_arena_dup(&channel->vendor->arena, topic);
}

/* [{id}, …]: PUT in place of those there are, POST beside them. */
static void handle_subscribe(struct tl_routed *call)
{
	struct channel *channel = asked_channel(call);
	const struct tl_item *body = channel ? tl_route_body(call) : NULL;

	if (!body)
		return;
	if (body->kind != TL_LIST || body->count > TOPICS_MAX) {
		tl_vendor_refuse(call, 400, "bad.request", NULL, "The body must be a list of at most %d topics.", TOPICS_MAX);
		return;
	}
	for (const struct tl_item *item = body->first; item; item = item->next) {
		if (tl_str_starts(tl_item_text(item, "id"), TL_STR("v2.")))
			continue;
		tl_vendor_refuse(call, 400, "invalid.topic", NULL, "There is no topic '%.*s'.", TL_FMT(tl_item_text(item, "id")));
		return;
	}
	if (strcmp(tl_exchange_method(call->exchange), "PUT") == 0)
		channel->n_topics = 0;
	for (const struct tl_item *item = body->first; item; item = item->next)
		add_topic(channel, tl_item_text(item, "id"));
	answer_topics(call, channel);
}

static void handle_unsubscribe(struct tl_routed *call)
{
	struct channel *channel = asked_channel(call);

	if (!channel)
		return;
	channel->n_topics = 0;
	tl_route_empty(call, 204);
}

#define CHANNELS "/api/v2/notifications/channels"

static const struct tl_route route_table[] = {
	{ "POST", CHANNELS, NULL, handle_create, TL_GUARD_TOKEN, 0 },
	{ "GET", CHANNELS, NULL, handle_channels, TL_GUARD_TOKEN, 0 },
	{ "GET", CHANNELS "/{id}/subscriptions", NULL, handle_topics, TL_GUARD_TOKEN, 0 },
	{ "POST", CHANNELS "/{id}/subscriptions", NULL, handle_subscribe, TL_GUARD_TOKEN, 0 },
	{ "PUT", CHANNELS "/{id}/subscriptions", NULL, handle_subscribe, TL_GUARD_TOKEN, 0 },
	{ "DELETE", CHANNELS "/{id}/subscriptions", NULL, handle_unsubscribe, TL_GUARD_TOKEN, 0 },
};

static const struct tl_socket_route socket_table[] = {
	{ .pattern = "/channels/{id}", .message = message, .closed = closed, .welcome = welcome, .joined = joined },
};

const struct tl_part tl_part_vendor_notify = {
	.name = "architect notifications",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.sockets = socket_table,
	.n_sockets = TL_COUNT(socket_table),
	.open = open_channels,
	.close = close_channels,
	.faces = TL_FACE_ARCHITECT,
};
