/* tests/unit/net_peer.h: a server on loopback that answers as a test says: well, badly, slowly or not at all. */
#ifndef TL_NET_PEER_H
#define TL_NET_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_end {
	PEER_KEEP,  /* the connection stays open for another request */
	PEER_CLOSE,
	PEER_RESET, /* closed with RST */
	PEER_HANG,  /* nothing more until the client or the test leaves */
};

struct peer_answer {
	char bytes[16384];
	size_t len;
	int delay_ms;     /* before the first byte */
	int drip_ms;      /* between every two bytes; 0: at once */
	uint64_t flood;   /* so many bytes of 'x' after them */
	enum peer_end end;
};

struct peer;

/* Answers the request `number` (from 0, over all connections). Called on the connection's thread, one at a time. */
typedef void peer_handler(struct peer_answer *out, const char *request, unsigned number, void *data);

struct peer *peer_open(peer_handler *answer, void *data);
void peer_close(struct peer *peer);
/* "http://127.0.0.1:PORT"; lives as long as the peer. */
const char *peer_address(const struct peer *peer);
unsigned peer_port(const struct peer *peer);
unsigned peer_requests(struct peer *peer);
unsigned peer_connections(struct peer *peer);
/* The text of a request, one of the first 64; "" where there was none. */
const char *peer_request(struct peer *peer, unsigned number);

/* Answers with a status line, headers (each with "\r\n", or ""), Content-Length and the body. */
void peer_reply(struct peer_answer *out, int status, const char *headers, const char *body);
/* The same as application/json. */
void peer_reply_json(struct peer_answer *out, int status, const char *headers, const char *body);

#endif
