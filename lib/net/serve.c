/* net/serve.c: listeners, their loop and its timers. */
#include "net/serving.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define BODY_LIMIT ((size_t)16 << 20)
#define MESSAGE_LIMIT ((size_t)64 << 10)
/* How often a signal or somebody's wish to stop is looked for where nothing else happens. */
#define LOOK_MS 200
/* Seconds: requests and their bodies may take as long to come in; idle connections are kept as long. */
#define INCOMING_S 60
#define IDLE_S 300
/* At most this many requests at once on one HTTP/2 connection; libwebsockets' own 24 would hold a client back. */
#define STREAMS 256

struct place {
	char host[64]; /* numeric */
	int port;
	bool v6, loopback;
};

static bool is_loopback(const char *host, bool v6)
{
	struct in6_addr six;
	struct in_addr four;

	if (v6)
		return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
	return inet_pton(AF_INET, host, &four) == 1 && (ntohl(four.s_addr) >> 24) == 127;
}

static bool read_port(int *port, const char *text)
{
	char *end;
	long number;

	if (text[0] < '0' || text[0] > '9')
		return false;
	number = strtol(text, &end, 10);
	*port = (int)number;
	return *end == '\0' && number <= 65535;
}

static int read_address(struct place *place, const char *address, struct tl_error *err)
{
	const char *colon = strrchr(address, ':'), *start = address, *end = colon;
	struct in6_addr any;

	place->v6 = address[0] == '[';
	if (place->v6 && colon && colon > address + 1 && colon[-1] == ']') {
		start++;
		end--;
	}
	if (!colon || end <= start || (size_t)(end - start) >= sizeof(place->host) || !read_port(&place->port, colon + 1))
		return tl_error_set(err, TL_USAGE, "'%s' is no address to listen on: it takes one such as 127.0.0.1:8080 or [::1]:0", address);
	memcpy(place->host, start, (size_t)(end - start));
	place->host[end - start] = '\0';
	if (strcmp(place->host, "localhost") == 0)
		strcpy(place->host, "127.0.0.1");
	if (inet_pton(place->v6 ? AF_INET6 : AF_INET, place->host, &any) != 1)
		return tl_error_set(err, TL_USAGE, "'%s' is no address to listen on: the host must be a number, or localhost", address);
	place->loopback = is_loopback(place->host, place->v6);
	return 0;
}

int64_t tl_serve_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- timers */

static void set_alarm(struct tl_server *server)
{
	struct itimerspec when = { 0 };
	int64_t due = server->earliest ? server->earliest->due_us : 0;

	when.it_value.tv_sec = due / 1000000;
	when.it_value.tv_nsec = due % 1000000 * 1000;
	timerfd_settime(server->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void unlink_timer(struct tl_timer *timer)
{
	struct tl_server *server = timer->server;

	*(timer->before ? &timer->before->after : &server->earliest) = timer->after;
	*(timer->after ? &timer->after->before : &server->latest) = timer->before;
}

struct tl_timer *tl_server_after(struct tl_server *server, int64_t ms, void (*fire)(void *data), void *data)
{
	struct tl_timer *timer = tl_alloc_zero(1, sizeof(*timer)), *before;

	timer->server = server->first;
	timer->due_us = tl_serve_now_us() + (ms > 0 ? ms * 1000 : 1);
	timer->fire = fire;
	timer->data = data;
	/* Most are asked for in the order in which they fall due. */
	before = timer->server->latest;
	while (before && before->due_us > timer->due_us)
		before = before->before;
	timer->before = before;
	timer->after = before ? before->after : timer->server->earliest;
	*(before ? &before->after : &timer->server->earliest) = timer;
	*(timer->after ? &timer->after->before : &timer->server->latest) = timer;
	if (!before)
		set_alarm(timer->server);
	return timer;
}

void tl_timer_cancel(struct tl_timer *timer)
{
	if (!timer)
		return;
	unlink_timer(timer);
	free(timer);
}

static void fire_timers(struct tl_server *server)
{
	int64_t now = tl_serve_now_us();
	struct tl_timer timer;
	uint64_t count;

	(void)!read(server->timer_fd, &count, sizeof(count));
	while (server->earliest && server->earliest->due_us <= now) {
		timer = *server->earliest;
		tl_timer_cancel(server->earliest);
		timer.fire(timer.data);
	}
	set_alarm(server);
}

/* ---- events */

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct lws_vhost *vhost;
	struct tl_server *server;

	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE:
		vhost = lws_get_vhost(wsi);
		fire_timers(((struct tl_server *)lws_vhost_user(vhost))->first);
		return 0;
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_BODY:
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		server = lws_vhost_user(lws_get_vhost(wsi));
		return user ? tl_serve_http(server, wsi, reason, user, in, len) : 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return tl_serve_socket(lws_vhost_user(lws_get_vhost(wsi)), wsi, reason, user, in, len);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLOSED:
		server = lws_vhost_user(lws_get_vhost(wsi));
		return user ? tl_serve_socket(server, wsi, reason, user, in, len) : 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocol_table[] = {
	{ .name = "trunkline", .callback = on_event, .per_session_data_size = sizeof(struct tl_session), .rx_buffer_size = 65536 },
	{ .name = NULL },
};

/* ---- opening */

static void describe(struct lws_context_creation_info *info, struct tl_server *server, const struct place *place)
{
	const struct tl_serve_config *config = &server->config;

	info->port = place->port;
	info->iface = place->host;
	info->vhost_name = server->first == server ? "first" : "joined";
	info->protocols = protocol_table;
	info->user = server;
	info->keepalive_timeout = IDLE_S;
	info->timeout_secs = INCOMING_S;
	info->options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
	if (!place->v6)
		info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (server->secure) {
		info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info->server_ssl_cert_mem = config->certificate.ptr;
		info->server_ssl_cert_mem_len = (unsigned)config->certificate.len;
		info->server_ssl_private_key_mem = config->key.ptr;
		info->server_ssl_private_key_mem_len = (unsigned)config->key.len;
		info->alpn = "h2,http/1.1";
	}
	/* As libwebsockets has them, but for the number of streams. */
	info->http2_settings[0] = 1;
	info->http2_settings[H2SET_HEADER_TABLE_SIZE] = 65536;
	info->http2_settings[H2SET_ENABLE_PUSH] = 0;
	info->http2_settings[H2SET_MAX_CONCURRENT_STREAMS] = STREAMS;
	info->http2_settings[H2SET_INITIAL_WINDOW_SIZE] = 0;
	info->http2_settings[H2SET_MAX_FRAME_SIZE] = 16384;
	info->max_http_header_data2 = 16384;
	info->pt_serv_buf_size = 65536;
	info->server_string = "trunkline";
	info->gid = -1;
	info->uid = -1;
}

static int make_loop(struct tl_server *server, const struct lws_context_creation_info *info, struct tl_error *err)
{
	/* What it has to say is said here, in our words. */
	lws_set_log_level(0, NULL);
	server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (server->timer_fd < 0)
		return tl_error_set(err, TL_IO, "cannot make a timer");
	server->context = lws_create_context(info);
	return server->context ? 0 : tl_error_set(err, TL_IO, "cannot start the server");
}

static int adopt_timer(struct tl_server *server, struct tl_error *err)
{
	lws_sock_file_fd_type fd = { .filefd = server->timer_fd };

	server->timer_adopted = lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, NULL, NULL) != NULL;
	if (server->timer_adopted)
		return 0;
	return tl_error_set(err, TL_IO, "cannot start the server's clock");
}

static int listen_at(struct tl_server *server, const struct place *place, struct tl_error *err)
{
	struct lws_context_creation_info info = { 0 };
	struct tl_arena arena = { 0 };
	const char *scheme = server->secure ? "https" : "http";
	struct tl_str address;
	int port;

	describe(&info, server, place);
	if (server->first == server && make_loop(server, &info, err) != 0)
		return -1;
	server->context = server->first->context;
	server->vhost = lws_create_vhost(server->context, &info);
	if (!server->vhost)
		return tl_error_set(err, TL_IO, "cannot listen on '%s': it is taken, not this machine's, or not allowed", server->config.address);
	port = lws_get_vhost_listen_port(server->vhost);
	address = tl_arena_printf(&arena, place->v6 ? "%s://[%s]:%d" : "%s://%s:%d", scheme, place->host, port);
	server->address = tl_strdup(address.ptr);
	tl_arena_clear(&arena);
	return server->first == server ? adopt_timer(server, err) : 0;
}

static int open_server(struct tl_server **out, struct tl_server *first, const struct tl_serve_config *config, struct tl_error *err)
{
	struct place place = { 0 };
	struct tl_server *server;

	*out = NULL;
	if (read_address(&place, config->address, err) != 0)
		return -1;
	if (!place.loopback && !config->exposed)
		return tl_error_set(err, TL_USAGE, "'%s' can be reached from other machines%s%s", config->address, config->expose_hint ? ": " : "",
		                    config->expose_hint ? config->expose_hint : "");
	server = tl_alloc_zero(1, sizeof(*server));
	server->config = *config;
	server->first = first ? first : server;
	server->secure = config->certificate.len > 0;
	server->timer_fd = -1;
	if (server->config.body_limit == 0)
		server->config.body_limit = BODY_LIMIT;
	if (server->config.message_limit == 0)
		server->config.message_limit = MESSAGE_LIMIT;
	if (listen_at(server, &place, err) != 0) {
		if (!first)
			tl_server_close(server);
		else
			free(server);
		return -1;
	}
	*out = server;
	return 0;
}

int tl_server_open(struct tl_server **out, const struct tl_serve_config *config, struct tl_error *err)
{
	return open_server(out, NULL, config, err);
}

int tl_server_join(struct tl_server **out, struct tl_server *first, const struct tl_serve_config *config, struct tl_error *err)
{
	assert(first->first == first);
	if (open_server(out, first, config, err) != 0)
		return -1;
	(*out)->joined = first->joined;
	first->joined = *out;
	return 0;
}

void tl_server_close(struct tl_server *server)
{
	struct tl_server *next;

	if (!server)
		return;
	assert(server->first == server);
	if (server->context)
		lws_context_destroy(server->context);
	if (server->timer_fd >= 0 && !server->timer_adopted)
		close(server->timer_fd);
	while (server->earliest)
		tl_timer_cancel(server->earliest);
	for (; server; server = next) {
		next = server->joined;
		free(server->address);
		free(server);
	}
}

struct tl_str tl_server_address(const struct tl_server *server)
{
	return tl_str(server->address);
}

/* ---- running */

static void be_over(void *data)
{
	*(bool *)data = true;
}

/* Wakes the loop now and then, so that somebody's wish to stop is seen. */
struct look {
	struct tl_server *server;
	struct tl_timer *timer;
};

static void look_again(void *data)
{
	struct look *look = data;

	look->timer = tl_server_after(look->server, LOOK_MS, look_again, look);
}

static int serve_once(struct tl_server *server, int timeout, struct tl_error *err)
{
	return lws_service(server->context, timeout) < 0 ? tl_error_set(err, TL_IO, "the server's loop failed") : 0;
}

/* What waits now takes a few turns: it is read, answered, written. */
static int serve_what_is_there(struct tl_server *server, struct tl_error *err)
{
	for (unsigned i = 0; i < 16; i++) {
		if (serve_once(server, -1, err) != 0)
			return -1;
	}
	return 0;
}

int tl_server_run(struct tl_server *server, int64_t for_ms, int (*stopped)(void), struct tl_error *err)
{
	struct look look = { .server = server };
	struct tl_timer *end = NULL;
	bool over = false;
	int ret = 0;

	assert(server->first == server);
	if (for_ms < 0)
		return serve_what_is_there(server, err);
	server->stopping = false;
	look_again(&look);
	if (for_ms > 0)
		end = tl_server_after(server, for_ms, be_over, &over);
	while (ret == 0 && !server->stopping && !over && !(stopped && stopped()))
		ret = serve_once(server, 0, err);
	if (!over)
		tl_timer_cancel(end);
	tl_timer_cancel(look.timer);
	return ret;
}

void tl_server_stop(struct tl_server *server)
{
	server->first->stopping = true;
	lws_cancel_service(server->context);
}
