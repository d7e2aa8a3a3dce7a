/* flood PORT CONNECTIONS REQUESTS PATH: so many GETs of a path over so many connections to this machine, each kept alive and asked again as soon as it answered.
 * The token stands on standard input. Prints the answers a second; exit status 3 where one is none, or is not 200. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 256

struct connection {
	char answer[65536];
	size_t len;
};

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void quit(const char *what)
{
	fprintf(stderr, "flood: %s\n", what);
	exit(3);
}

static int connect_to(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		quit("cannot connect");
	return fd;
}

/* Whether the whole answer is there, by its content-length. */
static bool is_whole(struct connection *connection)
{
	const char *end, *length;

	connection->answer[connection->len] = '\0';
	end = strstr(connection->answer, "\r\n\r\n");
	length = strcasestr(connection->answer, "\r\ncontent-length:");
	if (!end || !length || length > end)
		return false;
	return connection->len >= (size_t)(end - connection->answer) + 4 + strtoul(length + 17, NULL, 10);
}

/* Reads what came; true where that ends the answer. */
static bool read_some(struct connection *connection, int fd)
{
	ssize_t n = recv(fd, connection->answer + connection->len, sizeof(connection->answer) - 1 - connection->len, 0);

	if (n <= 0)
		quit("the connection ended");
	connection->len += (size_t)n;
	if (!is_whole(connection))
		return false;
	if (strncmp(connection->answer, "HTTP/1.1 200", 12) != 0)
		quit("an answer is not 200");
	connection->len = 0;
	return true;
}

static void ask(int fd, const char *request)
{
	size_t len = strlen(request);

	if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		quit("cannot send");
}

static void run(struct pollfd *polled, struct connection *connections, nfds_t count, unsigned long requests, const char *request)
{
	unsigned long sent = 0, answered = 0;

	for (nfds_t i = 0; i < count && sent < requests; i++, sent++)
		ask(polled[i].fd, request);
	while (answered < requests) {
		if (poll(polled, count, 10000) <= 0)
			quit("no answer for ten seconds");
		for (nfds_t i = 0; i < count; i++) {
			if (polled[i].revents == 0 || !read_some(&connections[i], polled[i].fd))
				continue;
			answered++;
			if (sent < requests) {
				ask(polled[i].fd, request);
				sent++;
			}
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 5 ? strtoul(argv[2], NULL, 10) : 0, requests = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	static struct connection connections[CONNECTIONS];
	struct pollfd polled[CONNECTIONS];
	char token[2048], request[8192];
	double start;

	if (count < 1 || count > CONNECTIONS || requests < 1 || !fgets(token, sizeof(token), stdin)) {
		fprintf(stderr, "usage: flood PORT CONNECTIONS REQUESTS PATH <TOKEN\n");
		return 2;
	}
	token[strcspn(token, "\r\n")] = '\0';
	snprintf(request, sizeof(request), "GET %.4000s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", argv[4], token);
	for (unsigned long i = 0; i < count; i++)
		polled[i] = (struct pollfd){ .fd = connect_to((unsigned)strtoul(argv[1], NULL, 10)), .events = POLLIN };
	start = now();
	run(polled, connections, (nfds_t)count, requests, request);
	printf("%.0f\n", (double)requests / (now() - start));
	for (unsigned long i = 0; i < count; i++)
		close(polled[i].fd);
	return 0;
}
