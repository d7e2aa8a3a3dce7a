/* net/socketing.h: what a WebSocket is for both sides: how it is done, and whose it is. The room's own. */
#ifndef TL_NET_SOCKETING_H
#define TL_NET_SOCKETING_H

#include "net/serve.h"

struct tl_socket_way {
	void (*send)(struct tl_socket *socket, struct tl_str bytes, bool binary);
	size_t (*backlog)(const struct tl_socket *socket);
	void (*close)(struct tl_socket *socket, int code, const char *reason);
	void (*end)(struct tl_socket *socket);
	void (*cut)(struct tl_socket *socket);
};

/* The first member of either side's own. */
struct tl_socket {
	const struct tl_socket_way *way;
	void *data;
};

#endif
