/* net/socket.c: WebSockets, whichever side opened them. */
#include "net/dial.h"
#include "net/socketing.h"

void tl_socket_send(struct tl_socket *socket, struct tl_str text)
{
	socket->way->send(socket, text, false);
}

void tl_socket_send_binary(struct tl_socket *socket, struct tl_str bytes)
{
	socket->way->send(socket, bytes, true);
}

size_t tl_socket_backlog(const struct tl_socket *socket)
{
	return socket->way->backlog(socket);
}

void tl_socket_close(struct tl_socket *socket, int code, const char *reason)
{
	socket->way->close(socket, code, reason);
}

void tl_socket_end(struct tl_socket *socket)
{
	socket->way->end(socket);
}

void tl_socket_cut(struct tl_socket *socket)
{
	socket->way->cut(socket);
}

void *tl_socket_data(const struct tl_socket *socket)
{
	return socket->data;
}

void tl_socket_set_data(struct tl_socket *socket, void *data)
{
	socket->data = data;
}
