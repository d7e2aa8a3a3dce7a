/* tests/unit/net_peer.c: a thread that listens, and one for each connection. */
#include "net_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define REQUESTS_KEPT 64
#define REQUEST_SIZE 16384
#define CONNECTIONS_MOST 256

struct peer {
	peer_handler *answer;
	void *data;
	int listener, stop[2]; /* the pipe is closed at the end */
	unsigned port;
	char address[64];
	pthread_t thread;
	pthread_mutex_t lock, turn; /* of what follows; of calls of `answer` */
	unsigned requests, connections;
	char *kept[REQUESTS_KEPT];
	pthread_t threads[CONNECTIONS_MOST];
};

struct connection {
	struct peer *peer;
	int fd;
};

/* Waits for input, at most so long (-1: any time). False where the test ends or the time is over. */
static bool wait_input(struct peer *peer, int fd, int ms)
{
	struct pollfd fds[2] = { { .fd = peer->stop[0], .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	int ready = poll(fds, fd >= 0 ? 2 : 1, ms);

	return ready > 0 && !fds[0].revents && fd >= 0;
}

/* The length of a whole request at the front of `text`, or 0. */
static size_t whole_request(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length:");
	size_t body = 0;

	if (!end)
		return 0;
	if (length && length < end)
		body = strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
	return strlen(end + 4) >= body ? (size_t)(end - text) + 4 + body : 0;
}

static bool read_request(struct connection *c, char *text, size_t *len)
{
	for (;;) {
		ssize_t count;

		text[*len] = '\0';
		if (whole_request(text) > 0)
			return true;
		if (*len + 1 >= REQUEST_SIZE || !wait_input(c->peer, c->fd, -1))
			return false;
		count = recv(c->fd, text + *len, REQUEST_SIZE - 1 - *len, 0);
		if (count <= 0)
			return false;
		*len += (size_t)count;
	}
}

static bool send_bytes(struct connection *c, const char *bytes, size_t len)
{
	while (len > 0) {
		struct pollfd fds[2] = { { .fd = c->peer->stop[0], .events = POLLIN }, { .fd = c->fd, .events = POLLOUT } };
		ssize_t count;

		if (poll(fds, 2, -1) < 0 || fds[0].revents)
			return false;
		count = send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (count <= 0)
			return false;
		bytes += count;
		len -= (size_t)count;
	}
	return true;
}

static bool send_answer(struct connection *c, const struct peer_answer *answer)
{
	static const char filling[4096] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	size_t piece = answer->drip_ms > 0 ? 1 : answer->len;

	if (answer->delay_ms > 0)
		wait_input(c->peer, -1, answer->delay_ms);
	for (size_t at = 0; at < answer->len; at += piece) {
		if (!send_bytes(c, answer->bytes + at, piece))
			return false;
		if (answer->drip_ms > 0)
			wait_input(c->peer, -1, answer->drip_ms);
	}
	for (uint64_t left = answer->flood; left > 0;) {
		size_t most = left < sizeof(filling) ? (size_t)left : sizeof(filling);

		if (!send_bytes(c, filling, most))
			return false;
		left -= most;
	}
	return true;
}

/* Answers one request; false where the connection ends. */
static bool serve_one(struct connection *c, const char *text, struct peer_answer *answer)
{
	struct peer *peer = c->peer;
	unsigned number;

	pthread_mutex_lock(&peer->lock);
	number = peer->requests++;
	if (number < REQUESTS_KEPT)
		peer->kept[number] = strdup(text);
	pthread_mutex_unlock(&peer->lock);
	memset(answer, 0, sizeof(*answer));
	pthread_mutex_lock(&peer->turn);
	peer->answer(answer, text, number, peer->data);
	pthread_mutex_unlock(&peer->turn);
	if (!send_answer(c, answer))
		return false;
	if (answer->end == PEER_HANG) {
		char byte;

		while (wait_input(peer, c->fd, -1) && recv(c->fd, &byte, 1, 0) > 0)
			continue;
	}
	if (answer->end == PEER_RESET) {
		struct linger now = { .l_onoff = 1 };

		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	return answer->end == PEER_KEEP;
}

static void *serve(void *data)
{
	struct connection *c = data;
	char *text = calloc(1, REQUEST_SIZE);
	struct peer_answer *answer = malloc(sizeof(*answer));
	size_t len = 0;

	while (read_request(c, text, &len)) {
		size_t whole = whole_request(text);
		char rest = text[whole];
		bool open;

		text[whole] = '\0';
		open = serve_one(c, text, answer);
		text[whole] = rest;
		memmove(text, text + whole, len - whole);
		len -= whole;
		if (!open)
			break;
	}
	close(c->fd);
	free(answer);
	free(text);
	free(c);
	return NULL;
}

static void *listen_on(void *data)
{
	struct peer *peer = data;

	while (wait_input(peer, peer->listener, -1) && peer->connections < CONNECTIONS_MOST) {
		struct connection *c = malloc(sizeof(*c));
		int one = 1;

		*c = (struct connection){ peer, accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC) };
		if (c->fd < 0) {
			free(c);
			continue;
		}
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		pthread_mutex_lock(&peer->lock);
		if (pthread_create(&peer->threads[peer->connections], NULL, serve, c) == 0)
			peer->connections++;
		pthread_mutex_unlock(&peer->lock);
	}
	return NULL;
}

struct peer *peer_open(peer_handler *answer, void *data)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	peer->answer = answer;
	peer->data = data;
	pthread_mutex_init(&peer->lock, NULL);
	pthread_mutex_init(&peer->turn, NULL);
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(peer->listener >= 0 && bind(peer->listener, (struct sockaddr *)&address, len) == 0 && listen(peer->listener, 128) == 0);
	assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(pipe(peer->stop), 0);
	peer->port = ntohs(address.sin_port);
	snprintf(peer->address, sizeof(peer->address), "http://127.0.0.1:%u", peer->port);
	assert_int_equal(pthread_create(&peer->thread, NULL, listen_on, peer), 0);
	return peer;
}

void peer_close(struct peer *peer)
{
	close(peer->stop[1]);
	pthread_join(peer->thread, NULL);
	for (unsigned i = 0; i < peer->connections; i++)
		pthread_join(peer->threads[i], NULL);
	close(peer->listener);
	close(peer->stop[0]);
	for (unsigned i = 0; i < REQUESTS_KEPT; i++)
		free(peer->kept[i]);
	pthread_mutex_destroy(&peer->lock);
	pthread_mutex_destroy(&peer->turn);
	free(peer);
}

const char *peer_address(const struct peer *peer)
{
	return peer->address;
}

unsigned peer_port(const struct peer *peer)
{
	return peer->port;
}

unsigned peer_requests(struct peer *peer)
{
	unsigned count;

	pthread_mutex_lock(&peer->lock);
	count = peer->requests;
	pthread_mutex_unlock(&peer->lock);
	return count;
}

unsigned peer_connections(struct peer *peer)
{
	unsigned count;

	pthread_mutex_lock(&peer->lock);
	count = peer->connections;
	pthread_mutex_unlock(&peer->lock);
	return count;
}

const char *peer_request(struct peer *peer, unsigned number)
{
	const char *text;

	pthread_mutex_lock(&peer->lock);
	text = number < REQUESTS_KEPT ? peer->kept[number] : NULL;
	pthread_mutex_unlock(&peer->lock);
	return text ? text : "";
}

void peer_reply(struct peer_answer *out, int status, const char *headers, const char *body)
{
	int len = snprintf(out->bytes, sizeof(out->bytes), "HTTP/1.1 %d Whatever\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body), body);

	out->len = (size_t)len < sizeof(out->bytes) ? (size_t)len : sizeof(out->bytes) - 1;
}

void peer_reply_json(struct peer_answer *out, int status, const char *headers, const char *body)
{
	char all[8192];

	snprintf(all, sizeof(all), "Content-Type: application/json\r\n%s", headers);
	peer_reply(out, status, all, body);
}
