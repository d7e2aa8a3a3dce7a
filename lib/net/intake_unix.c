/* net/intake_unix.c: offers as lines of the clients of a Unix socket, and results as lines back to them. Two epoll descriptors on the loop: one with everything that can
 * be read, which is not looked at while there is no room, and one with the clients that do not take what we write. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "doc/json.h"
#include "net/intake_kind.h"
#include "net/intake_socket.h"

#define CLIENTS 1024
/* Results that a client did not take: more, and it is cut off. */
#define BACKLOG ((size_t)1 << 20)
/* Events of one turn: others of the loop have their turn too. */
#define EVENTS_AT_ONCE 256
/* After the process had no descriptor for a client. */
#define REST_MS 100
/* At the end, for results that clients did not take yet. */
#define FLUSH_MS 1000

struct client {
	struct client *next;
	int fd;
	struct tl_line_reader reader;
	struct tl_buf out;       /* from `sent` on */
	size_t sent;
	size_t awaited;          /* its offers that are not settled */
	bool blocked;            /* it is waited for to read */
	bool deaf;               /* it hears nothing any more: results are dropped. What it said before counts all the same */
	bool reading;            /* it may say more */
	bool drained;            /* it will not, and all that it said was offered */
};

struct door {
	struct tl_intake *intake;
	struct tl_socket_file file;
	int readable, writable;  /* epoll */
	struct tl_watch *watch_readable, *watch_writable;
	struct tl_timer *timer;  /* pumps at the loop's next turn */
	struct tl_timer *rest;   /* the listener is not looked at until then */
	struct client *clients;
	size_t n_clients;
	bool listening;
	unsigned busy;           /* clients are being gone through: none is freed */
};

/* --- Clients */

static void stop_reading(struct door *door, struct client *client)
{
	if (client->reading)
		epoll_ctl(door->readable, EPOLL_CTL_DEL, client->fd, NULL);
	client->reading = false;
}

static void forget_results(struct door *door, struct client *client)
{
	if (client->blocked)
		epoll_ctl(door->writable, EPOLL_CTL_DEL, client->fd, NULL);
	client->blocked = false;
	tl_buf_reset(&client->out);
	client->sent = 0;
}

static void deafen(struct door *door, struct client *client)
{
	client->deaf = true;
	forget_results(door, client);
}

static bool is_done(const struct client *client)
{
	return client->drained && client->awaited == 0 && client->sent == client->out.len;
}

static void free_client(struct client *client)
{
	close(client->fd);
	tl_line_reader_clear(&client->reader);
	tl_buf_clear(&client->out);
	free(client);
}

static void listen_again(struct door *door)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (!door->listening && !door->rest && door->n_clients < CLIENTS)
		door->listening = epoll_ctl(door->readable, EPOLL_CTL_ADD, door->file.fd, &event) == 0;
}

static void stop_listening(struct door *door)
{
	if (door->listening)
		epoll_ctl(door->readable, EPOLL_CTL_DEL, door->file.fd, NULL);
	door->listening = false;
}

/* Frees the clients that nothing more comes from or goes to. */
static void sweep(struct door *door)
{
	struct client **at = &door->clients;

	if (door->busy > 0)
		return;
	while (*at) {
		struct client *client = *at;

		if (!is_done(client)) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		free_client(client);
		door->n_clients--;
	}
	listen_again(door);
}

/* Sends what it takes; the rest when it can be written to. */
static void flush(struct door *door, struct client *client)
{
	struct epoll_event event = { .events = EPOLLOUT, .data = { .ptr = client } };
	ssize_t sent = 0;

	while (client->sent < client->out.len && (sent >= 0 || errno == EINTR)) {
		sent = send(client->fd, client->out.data + client->sent, client->out.len - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			client->sent += (size_t)sent;
	}
	if (sent < 0 && errno == EAGAIN && !client->blocked)
		client->blocked = epoll_ctl(door->writable, EPOLL_CTL_ADD, client->fd, &event) == 0;
	if (sent >= 0)
		forget_results(door, client);
	else if (!client->blocked || errno != EAGAIN)
		deafen(door, client);
}

/* A client that does not read is cut off. */
static void answer(struct door *door, struct client *client, struct tl_str line)
{
	if (client->deaf)
		return;
	if (client->sent > 0)
		memmove(client->out.data, client->out.data + client->sent, client->out.len - client->sent);
	client->out.len -= client->sent;
	client->sent = 0;
	tl_buf_str(&client->out, line);
	tl_buf_char(&client->out, '\n');
	if (client->out.overflow) {
		client->out.overflow = false;
		stop_reading(door, client);
		deafen(door, client);
	} else if (!client->blocked) {
		flush(door, client);
	}
}

/* --- Lines */

static void refuse(struct door *door, struct client *client)
{
	char why[120];
	struct tl_buf line = { 0 };
	struct tl_json json;

	snprintf(why, sizeof(why), "the line is longer than %zu bytes", door->intake->config.limit);
	tl_json_init(&json, &line, false);
	tl_json_map(&json);
	tl_json_put(&json, "error", tl_str(why));
	tl_json_map_end(&json);
	answer(door, client, tl_buf_view(&line));
	tl_buf_clear(&line);
	snprintf(why, sizeof(why), "a client of the socket sent a line that is longer than %zu bytes", door->intake->config.limit);
	tl_intake_refuse(door->intake, why);
}

/* One line of it, where there is one. */
static bool take_line(struct door *door, struct client *client)
{
	struct tl_str line;
	enum tl_line found = tl_line_reader_next(&client->reader, &line);

	if (found == TL_LINE_NONE)
		client->drained = !client->reading;
	if (found == TL_LINE_TOO_LONG)
		refuse(door, client);
	if (found == TL_LINE_TAKEN) {
		client->awaited++;
		tl_intake_offer(door->intake, client, client->reader.number, line);
	}
	return found != TL_LINE_NONE;
}

/* Offers what was read, a line of each in turn, while there is room. */
static void pump(struct door *door)
{
	bool any = true;

	door->busy++;
	while (any && door->intake->room > 0) {
		any = false;
		for (struct client *client = door->clients; client && door->intake->room > 0; client = client->next)
			any = take_line(door, client) || any;
	}
	door->busy--;
	tl_watch_pause(door->watch_readable, door->intake->room == 0);
	sweep(door);
}

static void take_all_lines(struct door *door, struct client *client)
{
	while (door->intake->room > 0 && take_line(door, client))
		;
}

/* --- What happens */

static void look_again(void *data)
{
	struct door *door = data;

	door->rest = NULL;
	listen_again(door);
}

static void add_client(struct door *door, int fd)
{
	struct client *client = tl_alloc_zero(1, sizeof(*client));
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = client } };

	client->fd = fd;
	client->reading = epoll_ctl(door->readable, EPOLL_CTL_ADD, fd, &event) == 0;
	client->drained = !client->reading;
	tl_line_reader_init(&client->reader, door->intake->config.limit);
	tl_buf_init(&client->out, BACKLOG);
	client->next = door->clients;
	door->clients = client;
	if (++door->n_clients >= CLIENTS)
		stop_listening(door);
}

static void accept_client(struct door *door)
{
	int fd = accept4(door->file.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		add_client(door, fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		stop_listening(door);
		door->rest = tl_loop_after(door->intake->config.loop, REST_MS, look_again, door);
	}
}

/* At its end what it still is to hear is sent all the same: it may have closed its own half alone. */
static void hear(struct door *door, struct client *client)
{
	ssize_t got = tl_line_reader_fill(&client->reader, client->fd);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0)
		deafen(door, client);
	if (got <= 0)
		stop_reading(door, client);
	take_all_lines(door, client);
}

/* One event at a time, since what one of them brings may end the client of the next. */
static void be_readable(void *data)
{
	struct door *door = data;
	struct epoll_event event;

	door->busy++;
	for (unsigned i = 0; i < EVENTS_AT_ONCE && door->intake->room > 0 && epoll_wait(door->readable, &event, 1, 0) == 1; i++) {
		if (event.data.ptr)
			hear(door, event.data.ptr);
		else
			accept_client(door);
	}
	door->busy--;
	tl_watch_pause(door->watch_readable, door->intake->room == 0);
	sweep(door);
}

static void be_writable(void *data)
{
	struct door *door = data;
	struct epoll_event event;

	door->busy++;
	for (unsigned i = 0; i < EVENTS_AT_ONCE && epoll_wait(door->writable, &event, 1, 0) == 1; i++)
		flush(door, event.data.ptr);
	door->busy--;
	sweep(door);
}

static void go_on(void *data)
{
	struct door *door = data;

	door->timer = NULL;
	pump(door);
}

static void want(struct tl_intake *intake)
{
	struct door *door = intake->source;

	if (!door->timer)
		door->timer = tl_loop_after(intake->config.loop, 0, go_on, door);
}

static void settle(struct tl_intake *intake, void *origin, enum tl_queue_verdict verdict, struct tl_str result)
{
	struct door *door = intake->source;
	struct client *client = origin;

	(void)verdict;
	client->awaited--;
	if (result.len > 0)
		answer(door, client, result);
	/* Whoever has settled may be within a turn of ours, or not: the next one frees the client. */
	if (!client->reading && client->awaited == 0)
		want(intake);
}

/* --- Opening and closing */

static bool takes(struct tl_str address)
{
	return tl_str_starts(address, TL_STR("unix:"));
}

static void free_door(struct door *door)
{
	tl_timer_cancel(door->timer);
	tl_timer_cancel(door->rest);
	tl_watch_close(door->watch_readable);
	tl_watch_close(door->watch_writable);
	while (door->clients) {
		struct client *client = door->clients;

		door->clients = client->next;
		free_client(client);
	}
	if (door->readable >= 0)
		close(door->readable);
	if (door->writable >= 0)
		close(door->writable);
	tl_socket_file_close(&door->file);
	free(door);
}

static int open_door(struct tl_intake *intake, struct tl_error *err)
{
	struct door *door = tl_alloc_zero(1, sizeof(*door));
	struct tl_loop *loop = intake->config.loop;
	int ret = -1;

	door->intake = intake;
	door->file.fd = -1;
	door->readable = epoll_create1(EPOLL_CLOEXEC);
	door->writable = epoll_create1(EPOLL_CLOEXEC);
	if (door->readable < 0 || door->writable < 0)
		tl_error_errno(err, errno, "waiting for clients");
	else if (tl_socket_file_open(&door->file, intake->config.address + strlen("unix:"), err) == 0 &&
	         tl_loop_watch(&door->watch_readable, loop, door->readable, be_readable, door, err) == 0 &&
	         tl_loop_watch(&door->watch_writable, loop, door->writable, be_writable, door, err) == 0)
		ret = 0;
	if (ret != 0) {
		free_door(door);
		return -1;
	}
	tl_watch_pause(door->watch_readable, true);
	listen_again(door);
	intake->source = door;
	return 0;
}

static bool has_backlog(const struct door *door)
{
	bool any = false;

	for (const struct client *client = door->clients; client; client = client->next)
		any = any || client->sent < client->out.len;
	return any;
}

/* What was settled is still told to whoever reads. */
static void close_door(struct tl_intake *intake)
{
	struct door *door = intake->source;
	struct epoll_event event;

	for (int waited = 0; waited < FLUSH_MS && has_backlog(door); waited += 10) {
		if (epoll_wait(door->writable, &event, 1, 10) == 1)
			flush(door, event.data.ptr);
	}
	free_door(door);
}

const struct tl_intake_kind tl_intake_unix = { takes, open_door, close_door, want, settle };
