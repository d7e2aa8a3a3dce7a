/* cmd/common/listen.c: four paths, read only. */
#include "common/listen.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "net/serve.h"

struct tl_listen {
	struct tl_listen_config config;
	struct tl_server *server;
	pthread_t thread;
	atomic_bool ending;
	bool running;
};

static const struct path {
	const char *path, *type;
} path_table[] = {
	[TL_SHOWN_PAGE] = { "/", "text/html; charset=utf-8" },
	[TL_SHOWN_STATUS] = { "/status.json", "application/json" },
	[TL_SHOWN_METRICS] = { "/metrics", "text/plain; version=0.0.4; charset=utf-8" },
	[TL_SHOWN_TROUBLE] = { "/healthz", "text/plain; charset=utf-8" },
};

static const struct tl_reply_header header_table[] = {
	{ "cache-control", TL_STR("no-store") },
	{ "x-content-type-options", TL_STR("nosniff") },
	{ "content-security-policy", TL_STR("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
	                                    "frame-ancestors 'none'") },
};

static void reply(struct tl_exchange *exchange, int status, const char *type, struct tl_str body)
{
	tl_exchange_reply(exchange, status, header_table, TL_COUNT(header_table), type, body);
}

static void refuse_method(struct tl_exchange *exchange)
{
	struct tl_reply_header headers[TL_COUNT(header_table) + 1] = { { "allow", TL_STR("GET, HEAD") } };

	memcpy(&headers[1], header_table, sizeof(header_table));
	tl_exchange_reply(exchange, 405, headers, TL_COUNT(headers), "text/plain; charset=utf-8", TL_STR("this is read only\n"));
}

static void reply_text(struct tl_listen *listen, struct tl_exchange *exchange, enum tl_shown_text which)
{
	struct tl_buf text = { 0 };

	listen->config.show(listen->config.data, which, &text);
	reply(exchange, 200, path_table[which].type, tl_buf_view(&text));
	tl_buf_clear(&text);
}

/* For those who only ask whether all is well. */
static void reply_health(struct tl_listen *listen, struct tl_exchange *exchange)
{
	const char *type = path_table[TL_SHOWN_TROUBLE].type;
	struct tl_buf trouble = { 0 };

	listen->config.show(listen->config.data, TL_SHOWN_TROUBLE, &trouble);
	if (trouble.len == 0)
		reply(exchange, 200, type, TL_STR("good\n"));
	else
		reply(exchange, 503, type, tl_arena_printf(tl_exchange_arena(exchange), "trouble: %.*s\n", TL_FMT(tl_buf_view(&trouble))));
	tl_buf_clear(&trouble);
}

static void answer(void *data, struct tl_exchange *exchange)
{
	struct tl_listen *listen = data;
	struct tl_str path = tl_exchange_path(exchange);
	enum tl_shown_text which = listen->config.page ? TL_SHOWN_PAGE : TL_SHOWN_STATUS;

	while (which < TL_SHOWN_TEXTS && !tl_str_is(path, path_table[which].path))
		which++;
	if (strcmp(tl_exchange_method(exchange), "GET") != 0 && strcmp(tl_exchange_method(exchange), "HEAD") != 0)
		refuse_method(exchange);
	else if (which == TL_SHOWN_TEXTS)
		reply(exchange, 404, "text/plain; charset=utf-8",
		      listen->config.page ? TL_STR("there are /, /status.json, /metrics and /healthz\n") : TL_STR("there are /status.json, /metrics and /healthz\n"));
	else if (which == TL_SHOWN_TROUBLE)
		reply_health(listen, exchange);
	else
		reply_text(listen, exchange, which);
}

/* In steps, so that an end that is asked for between two of them is seen. */
static void *serve(void *data)
{
	struct tl_listen *listen = data;
	struct tl_error err = { 0 };

	while (!atomic_load(&listen->ending) && tl_server_run(listen->server, 100, NULL, &err) == 0)
		continue;
	return NULL;
}

/* Signals are left to the caller's own threads. */
static int start_thread(struct tl_listen *listen)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&listen->thread, NULL, serve, listen);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	listen->running = rc == 0;
	return rc;
}

int tl_listen_start(struct tl_listen **out, struct tl_command *command, const struct tl_listen_config *config)
{
	struct tl_listen *listen = tl_alloc_zero(1, sizeof(*listen));
	struct tl_serve_config serve_config = {
		.address = config->address, .request = answer, .data = listen,
		.expose_hint = "what is shown is for this machine alone; a proxy with a login of its own, or 'ssh -L', shows it elsewhere",
	};
	int ret, rc = 0;

	*out = NULL;
	listen->config = *config;
	ret = tl_server_open(&listen->server, &serve_config, &command->err);
	if (ret == 0)
		rc = start_thread(listen);
	if (rc != 0)
		ret = tl_error_errno(&command->err, rc, "cannot start a thread for '%s'", config->address);
	if (ret != 0) {
		tl_listen_stop(listen);
		return -1;
	}
	tl_command_say(command, "listening on %.*s/", TL_FMT(tl_server_address(listen->server)));
	*out = listen;
	return 0;
}

void tl_listen_stop(struct tl_listen *listen)
{
	if (!listen)
		return;
	atomic_store(&listen->ending, true);
	if (listen->running)
		pthread_join(listen->thread, NULL);
	tl_server_close(listen->server);
	free(listen);
}

/* ---- texts of one moment */

void tl_shown_init(struct tl_shown *shown)
{
	*shown = (struct tl_shown){ .texts = { { NULL } } };
	pthread_mutex_init(&shown->lock, NULL);
}

void tl_shown_clear(struct tl_shown *shown)
{
	for (size_t i = 0; i < TL_SHOWN_TEXTS; i++)
		tl_buf_clear(&shown->texts[i]);
	pthread_mutex_destroy(&shown->lock);
}

void tl_shown_take(struct tl_shown *shown, struct tl_buf texts[TL_SHOWN_TEXTS])
{
	pthread_mutex_lock(&shown->lock);
	for (size_t i = 0; i < TL_SHOWN_TEXTS; i++) {
		struct tl_buf former = shown->texts[i];

		shown->texts[i] = texts[i];
		texts[i] = former;
	}
	pthread_mutex_unlock(&shown->lock);
	for (size_t i = 0; i < TL_SHOWN_TEXTS; i++)
		tl_buf_reset(&texts[i]);
}

void tl_shown_show(void *data, enum tl_shown_text which, struct tl_buf *out)
{
	struct tl_shown *shown = data;

	pthread_mutex_lock(&shown->lock);
	tl_buf_str(out, tl_buf_view(&shown->texts[which]));
	pthread_mutex_unlock(&shown->lock);
}
