/* net/serve_pipeline.c: requests of HTTP/1.1 that were sent before the one in front of them was answered.
 *
 * What libwebsockets has read beyond a request's end it keeps, and reads the next request from there. That is sound for one without a body. Where there is one,
 * libwebsockets 4.1 takes it from the start of what it keeps, which is the request's head, and then goes round for ever. So such a request must be known by then.
 * As nothing is read from the socket while something is kept, it is one whose head was there in full when the answer before it had been written. */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "net/serving.h"

/* Bytes that the shortest request has; the kernel counts the end of what comes as one. */
#define SHORTEST 16

/* What the kernel has received, or 0 where it does not tell. */
static uint64_t received(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))
		return 0;
	return info.tcpi_bytes_received;
}

/* What has been read of it. More may come between two questions: both are asked again then. */
static uint64_t taken(struct lws *wsi)
{
	int fd = lws_get_socket_fd(wsi), waiting = 0;
	uint64_t before, after = received(fd);

	do {
		before = after;
		if (ioctl(fd, SIOCINQ, &waiting) != 0)
			waiting = 0;
		after = received(fd);
	} while (after != before);
	return after - (uint64_t)waiting;
}

void tl_pipeline_mark(struct lws *wsi)
{
	lws_set_opaque_user_data(wsi, (void *)(uintptr_t)taken(wsi));
}

bool tl_pipeline_came_early(struct lws *wsi)
{
	uint64_t marked = (uintptr_t)lws_get_opaque_user_data(wsi);

	return marked > 0 && taken(wsi) < marked + SHORTEST;
}
