/* net/serve.c: listeners and what they live on. */
#include "net/serving.h"

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/certificate.h"
#include "net/looping.h"

#define BODY_LIMIT ((size_t)16 << 20)
#define MESSAGE_LIMIT ((size_t)64 << 10)
/* Seconds: requests and their bodies may take as long to come in; idle connections are kept as long. */
#define INCOMING_S 60
#define IDLE_S 300
/* At most this many requests at once on one HTTP/2 connection; libwebsockets' own 24 would hold a client back. */
#define STREAMS 256
/* What each WebSocket keeps ready for what comes in, and how much goes out by one write. */
#define SOCKET_ROOM 4096
#define WRITE_MOST ((size_t)128 << 10)
/* Seconds after which the kernel asks whether a silent client is still there, between two questions, and how many are asked. */
#define SILENT_S 60
#define QUESTION_S 10
#define QUESTIONS 6

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
	return tl_loop_clock_us();
}

/* ---- events */

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct tl_server *server;

	switch (reason) {
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
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
	case LWS_CALLBACK_CLOSED:
		server = lws_vhost_user(lws_get_vhost(wsi));
		return user ? tl_serve_socket(server, wsi, reason, user, in, len) : 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocol_table[] = {
	{ .name = "trunkline", .callback = on_event, .per_session_data_size = sizeof(struct tl_session), .rx_buffer_size = SOCKET_ROOM,
	  .tx_packet_size = WRITE_MOST },
	{ .name = NULL },
};

/* ---- opening */

/* No pings of libwebsockets' own: they would be thousands of timers in one sorted list. */
static const lws_retry_bo_t no_pings = { .secs_since_valid_hangup = 0 };

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
	info->retry_and_idle_policy = &no_pings;
	info->ka_time = SILENT_S;
	info->ka_interval = QUESTION_S;
	info->ka_probes = QUESTIONS;
	info->options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_LIBUV;
	if (!place->v6)
		info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (server->secure) {
		info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info->server_ssl_cert_mem = config->certificate.ptr;
		info->server_ssl_cert_mem_len = (unsigned)config->certificate.len;
		info->server_ssl_private_key_mem = config->key.ptr;
		info->server_ssl_private_key_mem_len = (unsigned)config->key.len;
		info->alpn = "h2,http/1.1";
		server->outward = SSL_CTX_new(TLS_client_method());
		info->provided_client_ssl_ctx = server->outward;
	}
	/* As libwebsockets has them, but for the number of streams, and for the window: it gives none, so that a body has to wait until it was asked for, while
	 * libcurl 7.88 runs in circles. */
	info->http2_settings[0] = 1;
	info->http2_settings[H2SET_HEADER_TABLE_SIZE] = 65536;
	info->http2_settings[H2SET_ENABLE_PUSH] = 0;
	info->http2_settings[H2SET_MAX_CONCURRENT_STREAMS] = STREAMS;
	info->http2_settings[H2SET_INITIAL_WINDOW_SIZE] = 65535;
	info->http2_settings[H2SET_MAX_FRAME_SIZE] = 16384;
	info->max_http_header_data2 = 16384;
	info->pt_serv_buf_size = 65536;
	info->server_string = "trunkline";
	info->gid = -1;
	info->uid = -1;
}

/* Handles are walked from the oldest to the newest, which is the one that libwebsockets has just made: its pipe. */
static void keep_newest_fd(uv_handle_t *handle, void *data)
{
	uv_os_fd_t fd;

	if (uv_handle_get_type(handle) == UV_POLL && uv_fileno(handle, &fd) == 0)
		*(int *)data = fd;
}

static int make_context(struct tl_server *server, struct lws_context_creation_info *info, struct tl_error *err)
{
	void *loops[] = { &server->loop->uv };

	/* What it has to say is said here, in our words. */
	lws_set_log_level(0, NULL);
	info->foreign_loops = loops;
	server->context = lws_create_context(info);
	if (server->context)
		uv_walk(&server->loop->uv, keep_newest_fd, &server->pipe_fd);
	return server->context ? 0 : tl_error_set(err, TL_IO, "cannot start the server (it needs the Debian package libwebsockets-evlib-uv)");
}

static int listen_at(struct tl_server *server, const struct place *place, struct tl_error *err)
{
	struct lws_context_creation_info info = { 0 };
	struct tl_arena arena = { 0 };
	const char *scheme = server->secure ? "https" : "http";
	struct tl_str address;
	int port;

	describe(&info, server, place);
	if (server->first == server && make_context(server, &info, err) != 0)
		return -1;
	server->context = server->first->context;
	server->vhost = lws_create_vhost(server->context, &info);
	if (!server->vhost)
		return tl_error_set(err, TL_IO, "cannot listen on '%s': it is taken, not this machine's, or not allowed", server->config.address);
	port = lws_get_vhost_listen_port(server->vhost);
	address = tl_arena_printf(&arena, place->v6 ? "%s://[%s]:%d" : "%s://%s:%d", scheme, place->host, port);
	server->address = tl_strdup(address.ptr);
	tl_arena_clear(&arena);
	return 0;
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
	if (config->certificate.len > 0 && tl_certificate_check(config->certificate, config->key, err) != 0)
		return -1;
	server = tl_alloc_zero(1, sizeof(*server));
	server->config = *config;
	server->first = first ? first : server;
	server->secure = config->certificate.len > 0;
	server->loop = first ? first->loop : config->loop;
	server->pipe_fd = -1;
	if (server->config.body_limit == 0)
		server->config.body_limit = BODY_LIMIT;
	if (server->config.message_limit == 0)
		server->config.message_limit = MESSAGE_LIMIT;
	server->own_loop = !server->loop;
	if ((server->own_loop && tl_loop_open(&server->loop, err) != 0) || listen_at(server, &place, err) != 0) {
		if (first)
			SSL_CTX_free(server->outward);
		if (first)
			free(server);
		else
			tl_server_close(server);
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

/* libwebsockets gives itself back in two steps: the first closes everything, the second frees it when libuv has called back for all that was closed. */
static void free_server(void *data)
{
	struct tl_server *server = data, *next;

	if (server->context)
		lws_context_destroy(server->context);
	for (; server; server = next) {
		next = server->joined;
		SSL_CTX_free(server->outward);
		free(server->address);
		free(server);
	}
}

/* On a libuv loop libwebsockets 4.1 closes its pipe twice, the second time when libuv has called back. Who had opened something meanwhile would lose it, so the
 * number is taken here. */
static void hold_pipe(const struct tl_loop *loop, int fd)
{
	int held = fd >= 0 ? fcntl(uv_backend_fd(&loop->uv), F_DUPFD_CLOEXEC, fd) : -1;

	if (held >= 0 && held != fd)
		close(held);
}

void tl_server_close(struct tl_server *server)
{
	struct tl_loop *own;

	if (!server)
		return;
	assert(server->first == server);
	own = server->own_loop ? server->loop : NULL;
	if (server->context) {
		lws_context_destroy(server->context);
		hold_pipe(server->loop, server->pipe_fd);
		tl_loop_bury(server->loop, free_server, server);
	} else {
		free_server(server);
	}
	tl_loop_close(own);
}

struct tl_str tl_server_address(const struct tl_server *server)
{
	return tl_str(server->address);
}

/* ---- running */

struct tl_loop *tl_server_loop(const struct tl_server *server)
{
	return server->loop;
}

int tl_server_run(struct tl_server *server, int64_t for_ms, int (*stopped)(void), struct tl_error *err)
{
	return tl_loop_run(server->loop, for_ms, stopped, err);
}

void tl_server_stop(struct tl_server *server)
{
	tl_loop_stop(server->loop);
}

struct tl_timer *tl_server_after(struct tl_server *server, int64_t ms, void (*fire)(void *data), void *data)
{
	return tl_loop_after(server->loop, ms, fire, data);
}
