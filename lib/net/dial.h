/* net/dial.h: WebSockets to a server: any number of them on one loop. The socket itself is net/serve.h's: tl_socket_send(), tl_socket_backlog(), tl_socket_close().
 *
 * The protocol is spoken here, on libuv and crypto/tls.h, not by libwebsockets, whose client is not sound on a libuv loop in 4.1: a connection that is refused leaves
 * its handle on the loop for ever (lib/roles/http/client/client-handshake.c closes the descriptor without it), names are looked up while everything else stands still,
 * close frames are lost (net/serve_socket.c), and each frame costs a read of /dev/urandom. */
#ifndef TL_NET_DIAL_H
#define TL_NET_DIAL_H

#include "base/buf.h"
#include "net/loop.h"
#include "net/serve.h"

struct tl_dialer;

/* Why a socket is no more. */
enum tl_gone_kind {
	TL_GONE_CLOSED,  /* a close frame came, or ours was answered: `code` */
	TL_GONE_DROPPED, /* cut off without one, or the other side no longer answers pings */
	TL_GONE_REFUSED, /* the handshake was answered by `status` (401, 403, 503, …), or by something that is no WebSocket server: 0 */
	TL_GONE_UNREACHABLE, /* name, connection, certificate, time */
};

struct tl_gone {
	enum tl_gone_kind kind;
	int code;              /* 1000, 1008, 1011, …; 0: none */
	int status;            /* HTTP, of a handshake that was refused */
	int64_t retry_after_ms; /* -1: the answer does not say */
	bool hopeless;         /* trying again would change nothing: certificate, wrong host name, a proxy's refusal */
	struct tl_str reason;  /* in words, during the call */
};

struct tl_dial_config {
	struct tl_loop *loop;
	const char *ca;        /* file of certificates that are trusted beside the system's, or NULL */
	const char *proxy;     /* http address of a proxy (CONNECT), or NULL */
	bool insecure;         /* ws beyond this machine is allowed */
	int64_t connect_ms;    /* for connection and handshake; 0: 10 s */
	int64_t ping_ms;       /* a ping where nothing came for so long; 0: 20 s */
	int64_t pong_ms;       /* and dropped where nothing came for so long after it; 0: 10 s */
	size_t message_limit;  /* of messages that come; larger: closed with 1009. 0: 64 KiB */
	size_t backlog_limit;  /* of bytes that were not sent yet; more: dropped, "does not read". 0: 1 MiB */
	/* `data` is the socket's, as given to tl_dial(). Exactly one `gone` for each socket, the last that is heard of it; the socket is freed after it. */
	void (*opened)(void *data, struct tl_socket *socket);
	void (*message)(void *data, struct tl_socket *socket, struct tl_str message, bool binary);
	void (*gone)(void *data, struct tl_socket *socket, const struct tl_gone *gone);
};

/* `config` is copied, what it points to is borrowed. */
int tl_dialer_open(struct tl_dialer **out, const struct tl_dial_config *config, struct tl_error *err);
/* Cuts off what is still open; `gone` is called for each, within the call. Not to be called by one of its own callbacks. NULL is fine. */
void tl_dialer_close(struct tl_dialer *dialer);
/* Begins to connect to `url` ("https://host/path" or wss; http or ws on loopback) with `bearer` in Authorization (empty: none), which is copied, and wiped when it was answered. Everything
 * else is told by `opened` and `gone`, never within this call. TL_USAGE for an address that is none, or plain beyond this machine. */
int tl_dial(struct tl_socket **out, struct tl_dialer *dialer, struct tl_str url, struct tl_str bearer, void *data, struct tl_error *err);
/* Cuts it off without a close frame: `gone` comes, DROPPED, by the loop. A socket that was served (net/serve.h) as well: `closed` comes. */
void tl_socket_cut(struct tl_socket *socket);

/* Frames and their bytes so far, of open sockets. */
struct tl_dial_counts {
	uint64_t received, sent, received_bytes, sent_bytes;
	uint64_t pings, pongs; /* of ours; that came */
	size_t open;           /* sockets whose `gone` was not called yet */
};
struct tl_dial_counts tl_dialer_counts(const struct tl_dialer *dialer);

#endif
