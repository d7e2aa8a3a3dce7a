/* dial [SOCKETS [MESSAGES]]: what a WebSocket of net/dial.h costs: that many (1000) are held against a server of ours in another process, and exchange that many
 * messages (20 each) of the size of a call's. Prints one line: sockets, messages both ways, microseconds of CPU a message on the client's side and on the server's,
 * bytes of memory a socket on either side, microseconds from a message to its answer (half of them, 99 of 100). */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/dial.h"

#define MESSAGE                                                                                                                            \
	"{\"action\":\"play\",\"audio\":\"https://example.com/audio/menu.wav\",\"callControlId\":\"2f0c8e9a-7d64-4f6e-9c36-0d8a2f0b1c22\",\"dtmf\":" \
	"{\"enabled\":true,\"keys\":\"120*\"}}"
/* So many sockets have a message under way at once: as many as have one in a millisecond or two of a busy hour. */
#define BUSY 64

struct line {
	struct bench *bench;
	struct tl_socket *socket;
	int64_t sent_us;
};

struct bench {
	struct tl_loop *loop;
	struct line *lines;
	int64_t *took_us;  /* by message */
	uint64_t wanted, sent, received;
	size_t count, opened, gone, next;
};

/* ---- the server's process */

static int accept_all(void *data, struct tl_exchange *exchange, struct tl_buf *body)
{
	(void)data;
	(void)exchange;
	(void)body;
	return 101;
}

static void echo(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	(void)data;
	(void)binary;
	tl_socket_send(socket, message);
}

/* CPU in microseconds and resident memory in bytes of this process. */
struct cost {
	int64_t cpu_us;
	int64_t memory;
};

static struct cost cost_now(void)
{
	struct rusage usage;
	struct cost cost = { 0 };
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	getrusage(RUSAGE_SELF, &usage);
	cost.cpu_us = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	if (file && fscanf(file, "%*d %ld", &pages) == 1)
		cost.memory = (int64_t)pages * sysconf(_SC_PAGESIZE);
	if (file)
		fclose(file);
	return cost;
}

struct serving {
	struct tl_server *server;
	int in, out;
};

/* A byte asks for the cost so far; the end of the pipe for the end. */
static void answer(void *data)
{
	struct serving *serving = data;
	struct cost cost = cost_now();
	char byte;

	if (read(serving->in, &byte, 1) != 1 || write(serving->out, &cost, sizeof(cost)) != (ssize_t)sizeof(cost))
		tl_server_stop(serving->server);
}

static void serve(int in, int out)
{
	struct tl_serve_config config = { .address = "127.0.0.1:0", .upgrade = accept_all, .message = echo };
	struct serving serving = { .in = in, .out = out };
	struct tl_watch *watch;
	char address[64] = "";

	if (tl_server_open(&serving.server, &config, NULL) != 0 || tl_loop_watch(&watch, tl_server_loop(serving.server), in, answer, &serving, NULL) != 0)
		exit(1);
	snprintf(address, sizeof(address), "%.*s/", TL_FMT(tl_server_address(serving.server)));
	if (write(out, address, sizeof(address)) != (ssize_t)sizeof(address))
		exit(1);
	tl_server_run(serving.server, 0, NULL, NULL);
	exit(0);
}

static struct cost ask(int out, int in)
{
	struct cost cost = { 0 };

	if (write(out, "?", 1) != 1 || read(in, &cost, sizeof(cost)) != (ssize_t)sizeof(cost))
		exit(1);
	return cost;
}

/* ---- ours */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void on_opened(void *data, struct tl_socket *socket)
{
	struct bench *bench = ((struct line *)data)->bench;

	(void)socket;
	if (++bench->opened == bench->count)
		tl_loop_stop(bench->loop);
}

static void send_one(struct bench *bench)
{
	struct line *line = &bench->lines[bench->next++ % bench->count];

	if (bench->sent == bench->wanted)
		return;
	bench->sent++;
	line->sent_us = now_us();
	tl_socket_send(line->socket, TL_STR(MESSAGE));
}

static void on_message(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	struct line *line = data;
	struct bench *bench = line->bench;

	(void)socket;
	(void)message;
	(void)binary;
	bench->took_us[bench->received++] = now_us() - line->sent_us;
	if (bench->received == bench->wanted)
		tl_loop_stop(bench->loop);
	else
		send_one(bench);
}

static void on_gone(void *data, struct tl_socket *socket, const struct tl_gone *gone)
{
	struct bench *bench = ((struct line *)data)->bench;

	(void)socket;
	if (bench->gone++ == 0 && bench->received < bench->wanted) {
		fprintf(stderr, "dial: %.*s\n", TL_FMT(gone->reason));
		exit(1);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* At most so many connections are being made at once: a listener's queue is not endless. */
static void connect_all(struct bench *bench, struct tl_dialer *dialer, const char *address)
{
	struct tl_error err = { 0 };

	for (size_t i = 0; i < bench->count; i++) {
		bench->lines[i].bench = bench;
		if (tl_dial(&bench->lines[i].socket, dialer, tl_str(address), TL_STR(""), &bench->lines[i], &err) != 0) {
			fprintf(stderr, "dial: %s\n", err.message);
			exit(1);
		}
		while (i + 1 - bench->opened > BUSY)
			tl_loop_run(bench->loop, 1, NULL, NULL);
	}
	while (bench->opened < bench->count)
		tl_loop_run(bench->loop, 10, NULL, NULL);
}

static void measure(struct bench *bench, int out, int in, const char *address)
{
	struct tl_dial_config config = { .loop = bench->loop, .opened = on_opened, .message = on_message, .gone = on_gone };
	struct tl_dialer *dialer;
	struct cost before, open, after, there_before, there_open, there_after;
	double messages = 2 * (double)bench->wanted, sockets = (double)bench->count;

	before = cost_now();
	there_before = ask(out, in);
	if (tl_dialer_open(&dialer, &config, NULL) != 0)
		exit(1);
	connect_all(bench, dialer, address);
	open = cost_now();
	there_open = ask(out, in);
	for (size_t i = 0; i < BUSY; i++)
		send_one(bench);
	while (bench->received < bench->wanted)
		tl_loop_run(bench->loop, 0, NULL, NULL);
	after = cost_now();
	there_after = ask(out, in);
	qsort(bench->took_us, bench->wanted, sizeof(int64_t), compare);
	printf("%zu %" PRIu64 " %.2f %.2f %.0f %.0f %" PRId64 " %" PRId64 "\n", bench->count, 2 * bench->wanted, (double)(after.cpu_us - open.cpu_us) / messages,
	       (double)(there_after.cpu_us - there_open.cpu_us) / messages, (double)(open.memory - before.memory) / sockets,
	       (double)(there_open.memory - there_before.memory) / sockets, bench->took_us[bench->wanted / 2], bench->took_us[bench->wanted * 99 / 100]);
	tl_dialer_close(dialer);
}

int main(int argc, char **argv)
{
	struct bench bench = { .count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000 };
	struct rlimit limit;
	int to[2], from[2];
	char address[64];
	pid_t child;

	bench.wanted = argc > 2 ? strtoull(argv[2], NULL, 10) : 20 * bench.count;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (bench.count == 0 || bench.wanted < BUSY || bench.count + 64 > limit.rlim_cur || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
		fprintf(stderr, "usage: dial [SOCKETS [MESSAGES]], within the limit of open files\n");
		return 2;
	}
	child = fork();
	if (child == 0) {
		close(to[1]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	if (child < 0 || read(from[0], address, sizeof(address)) != (ssize_t)sizeof(address) || tl_loop_open(&bench.loop, NULL) != 0)
		return 1;
	bench.lines = tl_alloc_zero(bench.count, sizeof(*bench.lines));
	bench.took_us = tl_alloc_zero(bench.wanted, sizeof(int64_t));
	/* They count as what is there before. */
	memset(bench.lines, 1, bench.count * sizeof(*bench.lines));
	memset(bench.took_us, 1, bench.wanted * sizeof(int64_t));
	measure(&bench, to[1], from[0], address);
	tl_loop_close(bench.loop);
	close(to[1]);
	waitpid(child, NULL, 0);
	free(bench.lines);
	free(bench.took_us);
	return 0;
}
