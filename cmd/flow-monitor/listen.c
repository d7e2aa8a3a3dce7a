/* cmd/flow-monitor/listen.c: four paths, read-only. */
#include "flow-monitor/listen.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "net/serve.h"

struct listener {
	struct watch *watch;
	struct tl_server *server;
	pthread_t thread;
	atomic_bool ending;
	bool running;
};

static const struct path {
	const char *path, *type;
	size_t offset; /* of the buffer in struct watch_shown */
} path_table[] = {
	{ "/", "text/html; charset=utf-8", offsetof(struct watch_shown, page) },
	{ "/status.json", "application/json", offsetof(struct watch_shown, status) },
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", offsetof(struct watch_shown, metrics) },
};

static const struct tl_reply_header header_table[] = {
	{ "cache-control", TL_STR("no-store") },
	{ "x-content-type-options", TL_STR("nosniff") },
	{ "content-security-policy", TL_STR("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'") },
};

static void reply(struct tl_exchange *exchange, int status, const char *type, struct tl_str body)
{
	tl_exchange_reply(exchange, status, header_table, TL_COUNT(header_table), type, body);
}

static void reply_shown(struct listener *listener, struct tl_exchange *exchange, const struct path *path)
{
	struct watch_shown *shown = &listener->watch->shown;
	struct tl_str body;

	pthread_mutex_lock(&shown->lock);
	body = tl_arena_dup(tl_exchange_arena(exchange), tl_buf_view((const struct tl_buf *)(const void *)((const char *)shown + path->offset)));
	pthread_mutex_unlock(&shown->lock);
	reply(exchange, 200, path->type, body);
}

/* For those who only ask whether what is shown is of now. */
static void reply_health(struct listener *listener, struct tl_exchange *exchange)
{
	struct watch_shown *shown = &listener->watch->shown;
	struct tl_str body = TL_STR("good\n");
	bool good;

	pthread_mutex_lock(&shown->lock);
	good = shown->trouble.len == 0;
	if (!good)
		body = tl_arena_printf(tl_exchange_arena(exchange), "trouble: %.*s\n", TL_FMT(tl_buf_view(&shown->trouble)));
	pthread_mutex_unlock(&shown->lock);
	reply(exchange, good ? 200 : 503, "text/plain; charset=utf-8", body);
}

static void answer(void *data, struct tl_exchange *exchange)
{
	struct tl_str path = tl_exchange_path(exchange);

	if (strcmp(tl_exchange_method(exchange), "GET") != 0) {
		reply(exchange, 405, "text/plain", TL_STR("this is read only\n"));
		return;
	}
	for (size_t i = 0; i < TL_COUNT(path_table); i++) {
		if (tl_str_is(path, path_table[i].path)) {
			reply_shown(data, exchange, &path_table[i]);
			return;
		}
	}
	if (tl_str_is(path, "/healthz"))
		reply_health(data, exchange);
	else
		reply(exchange, 404, "text/plain", TL_STR("there are /, /status.json, /metrics and /healthz\n"));
}

/* In steps, so that an end that is asked for between two of them is seen. */
static void *serve(void *data)
{
	struct listener *listener = data;
	struct tl_error err = { 0 };

	while (!atomic_load(&listener->ending) && tl_server_run(listener->server, 100, NULL, &err) == 0)
		continue;
	return NULL;
}

int listen_start(struct listener **out, struct watch *watch)
{
	struct listener *listener;
	struct tl_serve_config config = {
		.address = watch->options.listen, .request = answer,
		.expose_hint = "the page is for this machine alone; a proxy with a login of its own, or 'ssh -L', shows it elsewhere",
	};
	struct tl_error *err = &watch->command->err;

	*out = NULL;
	if (!watch->options.listen)
		return 0;
	listener = tl_alloc_zero(1, sizeof(*listener));
	listener->watch = watch;
	config.data = listener;
	if (tl_server_open(&listener->server, &config, err) != 0) {
		listen_stop(listener);
		return -1;
	}
	if (pthread_create(&listener->thread, NULL, serve, listener) != 0) {
		listen_stop(listener);
		return tl_error_set(err, TL_IO, "cannot start a thread for '%s'", watch->options.listen);
	}
	listener->running = true;
	tl_command_say(watch->command, "listening on %.*s/", TL_FMT(tl_server_address(listener->server)));
	*out = listener;
	return 0;
}

void listen_stop(struct listener *listener)
{
	if (!listener)
		return;
	atomic_store(&listener->ending, true);
	if (listener->running)
		pthread_join(listener->thread, NULL);
	tl_server_close(listener->server);
	free(listener);
}
