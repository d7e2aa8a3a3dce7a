/* audio [SESSIONS [SECONDS [PIECE]]]: what a call costs that is served in sound: that many (1000) of the Audio Connector's are held against a connector in another process, each
 * with a prompt that plays on and on in pieces of so many ms (20), for that time (10). Prints one line: sessions, microseconds of CPU a session and second on the server's side, bytes of memory a
 * session there, pieces of sound that came, microseconds that they came apart from a piece's length (half of them, 99 of 100), microseconds after its time that the server sent a
 * piece (the same), and bytes that a session was behind at the end, at most. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/latency.h"
#include "dialect/dialect.h"
#include "live/connector.h"

#define PROMPT_S 60
#define KEY "bench"
#define SESSION "30b0e395-84d3-4570-ac13-9a62d8f514c0"
/* Connections that are being made at once: a listener's queue is not endless. */
#define BUSY 32
/* Until calls have found their pace. */
#define SETTLE_US 2000000

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What the server's process tells of itself. */
struct cost {
	int64_t cpu_us, memory, late_p50_us, late_p99_us;
};

/* ---- the server's process */

static const char flow_text[] = "flow: bench\nchannel: voice\nstart: main\nprompts:\n  long: {audio: long.wav}\nnodes:\n"
                                "  main: {type: play, prompt: long, next: main}\n";

struct serving {
	struct tl_loop *loop;
	struct tl_connector *connector;
	int in, out;
};

static void put_little(unsigned char *at, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

/* Silence, coded as it is sent. */
static int make_sound(void *data, struct tl_str *bytes, struct tl_arena *arena, struct tl_str path, struct tl_error *err)
{
	size_t length = 8000 * PROMPT_S;
	unsigned char *wav = tl_arena_alloc(arena, 44 + length, 1);

	(void)data;
	(void)path;
	(void)err;
	memset(wav, 0xff, 44 + length);
	memcpy(wav, "RIFF", 4);
	put_little(wav + 4, (uint32_t)(36 + length), 4);
	memcpy(wav + 8, "WAVEfmt ", 8);
	put_little(wav + 16, 16, 4);
	put_little(wav + 20, 7, 2);
	put_little(wav + 22, 1, 2);
	put_little(wav + 24, 8000, 4);
	put_little(wav + 28, 8000, 4);
	put_little(wav + 32, 1, 2);
	put_little(wav + 34, 8, 2);
	memcpy(wav + 36, "data", 4);
	put_little(wav + 40, (uint32_t)length, 4);
	*bytes = (struct tl_str){ (const char *)wav, 44 + length };
	return 0;
}

static struct cost cost_now(const struct serving *serving)
{
	struct tl_connector_figures figures;
	struct tl_arena arena = { 0 };
	struct cost cost = { 0 };
	struct rusage usage;
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	tl_connector_figures(&figures, &arena, serving->connector);
	tl_arena_clear(&arena);
	cost.late_p50_us = figures.lateness.p50_us;
	cost.late_p99_us = figures.lateness.p99_us;
	getrusage(RUSAGE_SELF, &usage);
	cost.cpu_us = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	if (file && fscanf(file, "%*d %ld", &pages) == 1)
		cost.memory = (int64_t)pages * sysconf(_SC_PAGESIZE);
	if (file)
		fclose(file);
	return cost;
}

/* A byte asks for the cost so far; the end of the pipe for the end. */
static void answer(void *data)
{
	struct serving *serving = data;
	struct cost cost = cost_now(serving);
	char byte;

	if (read(serving->in, &byte, 1) != 1 || write(serving->out, &cost, sizeof(cost)) != (ssize_t)sizeof(cost))
		tl_loop_stop(serving->loop);
}

static void release(void *owner)
{
	(void)owner;
}

static int64_t wall_ms(void *data)
{
	struct timespec now;

	(void)data;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t fine_us(void *data)
{
	(void)data;
	return now_us();
}

static int begin_serving(struct serving *serving, struct tl_edition *edition, const struct tl_clock *clock, int64_t piece_ms)
{
	struct tl_findings findings = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_connector_config config = {
		.clock = clock, .address = "127.0.0.1:0", .api_key = TL_STR(KEY), .max_calls = 100000, .now_us = fine_us, .piece_ms = piece_ms,
	};
	struct tl_sounds *sounds;
	struct tl_flow *flow;
	const struct tl_flow *flows[1];

	tl_flow_read(&flow, TL_STR("bench.flow.yaml"), tl_str(flow_text), &lower);
	if (!flow || tl_loop_open(&serving->loop, NULL) != 0)
		return -1;
	flows[0] = flow;
	edition->program.flow = flow;
	config.loop = serving->loop;
	if (tl_sounds_load(&sounds, flows, 1, make_sound, NULL, &findings) != 0 || tl_connector_open(&serving->connector, &config, NULL) != 0)
		return -1;
	tl_connector_edition(serving->connector, edition, sounds, release);
	return 0;
}

static void serve(int in, int out, int64_t piece_ms)
{
	const struct tl_clock clock = { .now_ms = wall_ms };
	struct tl_edition edition = { .max_steps = 1000000, .max_time_ms = 1000000 };
	struct serving serving = { .in = in, .out = out };
	struct tl_watch *watch;
	char address[64] = "";

	if (begin_serving(&serving, &edition, &clock, piece_ms) != 0 || tl_loop_watch(&watch, serving.loop, in, answer, &serving, NULL) != 0)
		exit(1);
	snprintf(address, sizeof(address), "%.*s", TL_FMT(tl_connector_address(serving.connector)));
	if (write(out, address, sizeof(address)) != (ssize_t)sizeof(address))
		exit(1);
	tl_loop_run(serving.loop, 0, NULL, NULL);
	exit(0);
}

static struct cost ask(int out, int in)
{
	struct cost cost = { 0 };

	if (write(out, "?", 1) != 1 || read(in, &cost, sizeof(cost)) != (ssize_t)sizeof(cost))
		exit(1);
	return cost;
}

/* ---- the platform's */

struct line {
	int fd;
	bool open;                 /* answered 101, and told `open` */
	unsigned char head[4096];  /* what is there of a frame or of the answer */
	size_t have;
	int64_t came_us;           /* the last piece; 0: none */
	uint64_t pieces;
	int64_t first_us;
};

struct bench {
	struct line *lines;
	size_t count, opened;
	int64_t piece_us;
	int epoll;
	bool measures;
	uint64_t pieces;
	struct tl_latencies apart; /* of 20 ms, in microseconds */
};

static void fail(const char *what)
{
	fprintf(stderr, "audio: %s\n", what);
	exit(1);
}

static void send_all(int fd, const void *bytes, size_t length)
{
	if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
		fail("cannot send");
}

/* A masked frame of text, masked by nothing. */
static void say(int fd, const char *text)
{
	unsigned char frame[1024] = { 0x81, 0x80 | 126 };
	size_t length = strlen(text);

	frame[2] = (unsigned char)(length >> 8);
	frame[3] = (unsigned char)length;
	memcpy(frame + 8, text, length);
	send_all(fd, frame, 8 + length);
}

static void connect_line(struct bench *bench, struct line *line, const struct sockaddr_in *to)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	                              "Sec-WebSocket-Version: 13\r\nAudiohook-Session-Id: " SESSION "\r\nX-API-KEY: " KEY "\r\n\r\n";
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = line };

	line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0 || connect(line->fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
		fail("cannot connect");
	fcntl(line->fd, F_SETFL, O_NONBLOCK);
	send_all(line->fd, request, sizeof(request) - 1);
	if (epoll_ctl(bench->epoll, EPOLL_CTL_ADD, line->fd, &event) != 0)
		fail("cannot wait");
}

static void hear_piece(struct bench *bench, struct line *line, int64_t at_us)
{
	int64_t gap = at_us - line->came_us;

	if (bench->measures && line->came_us > 0) {
		tl_latency_add(&bench->apart, gap > bench->piece_us ? gap - bench->piece_us : bench->piece_us - gap);
		bench->pieces++;
	}
	if (line->pieces++ == 0)
		line->first_us = at_us;
	line->came_us = at_us;
}

/* How long the frame at the front is, header and all; 0: it is not all there. */
static size_t frame_length(const unsigned char *bytes, size_t have)
{
	size_t length = have >= 2 ? bytes[1] & 0x7f : 0, header = 2;

	if (have >= 4 && length == 126) {
		length = (size_t)bytes[2] << 8 | bytes[3];
		header = 4;
	}
	return have < header || (header == 2 && length > 125) || have < header + length ? 0 : header + length;
}

static void accept_line(struct bench *bench, struct line *line)
{
	static const char end[] = "\r\n\r\n";
	unsigned char *found = memmem(line->head, line->have, end, 4);

	if (!found)
		return;
	if (memcmp(line->head, "HTTP/1.1 101", 12) != 0)
		fail("the connector refuses");
	line->have -= (size_t)(found + 4 - line->head);
	memmove(line->head, found + 4, line->have);
	line->open = true;
	bench->opened++;
	say(line->fd, "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1,\"serverseq\":0,\"position\":\"PT0S\",\"parameters\":{\"organizationId\":\"o\","
	    "\"conversationId\":\"c\",\"participant\":{\"id\":\"p\",\"ani\":\"\",\"aniName\":\"\",\"dnis\":\"\"},"
	    "\"media\":[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\"],\"rate\":8000}]}}");
}

static void hear(struct bench *bench, struct line *line)
{
	ssize_t count = recv(line->fd, line->head + line->have, sizeof(line->head) - line->have, 0);
	int64_t at_us = now_us();
	size_t length, at = 0;

	if (count <= 0)
		fail("a line was lost");
	line->have += (size_t)count;
	if (!line->open)
		accept_line(bench, line);
	while (line->open && (length = frame_length(line->head + at, line->have - at)) > 0) {
		if ((line->head[at] & 0x0f) == 2)
			hear_piece(bench, line, at_us);
		at += length;
	}
	line->have -= at;
	memmove(line->head, line->head + at, line->have);
}

static void turn(struct bench *bench, int wait_ms)
{
	struct epoll_event events[256];
	int count = epoll_wait(bench->epoll, events, 256, wait_ms);

	for (int i = 0; i < count; i++)
		hear(bench, events[i].data.ptr);
}

static void run_for(struct bench *bench, int64_t us)
{
	int64_t end = now_us() + us;

	while (now_us() < end)
		turn(bench, 10);
}

/* Spread over three seconds, as calls come. */
static void connect_all(struct bench *bench, const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int64_t start = now_us();

	to.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
	for (size_t i = 0; i < bench->count; i++) {
		connect_line(bench, &bench->lines[i], &to);
		while (i + 1 - bench->opened > BUSY || now_us() < start + (int64_t)i * 3000000 / (int64_t)bench->count)
			turn(bench, 1);
	}
	while (bench->opened < bench->count)
		turn(bench, 10);
}

/* The bytes that the slowest line lacks for the pace of speech. */
static uint64_t behind(const struct bench *bench)
{
	int64_t now = now_us();
	uint64_t most = 0, due, has;

	for (size_t i = 0; i < bench->count; i++) {
		due = (uint64_t)(now - bench->lines[i].first_us) / 125;
		has = bench->lines[i].pieces * (uint64_t)bench->piece_us / 125;
		most = due > has && due - has > most ? due - has : most;
	}
	return most;
}

static void measure(struct bench *bench, int out, int in, const char *address, int seconds)
{
	struct cost before = ask(out, in), start, end;
	double sessions = (double)bench->count;

	connect_all(bench, address);
	run_for(bench, SETTLE_US);
	start = ask(out, in);
	bench->measures = true;
	run_for(bench, (int64_t)seconds * 1000000);
	bench->measures = false;
	end = ask(out, in);
	printf("%zu %.0f %.0f %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64 "\n", bench->count,
	       (double)(end.cpu_us - start.cpu_us) / sessions / seconds, (double)(start.memory - before.memory) / sessions, bench->pieces,
	       tl_latency_percentile(&bench->apart, 50), tl_latency_percentile(&bench->apart, 99), end.late_p50_us, end.late_p99_us, behind(bench));
}

int main(int argc, char **argv)
{
	struct bench bench = { .count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000 };
	int seconds = argc > 2 ? atoi(argv[2]) : 10, piece_ms = argc > 3 ? atoi(argv[3]) : 20, to[2], from[2];
	struct rlimit limit;
	char address[64];
	pid_t child;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	bench.piece_us = (int64_t)piece_ms * 1000;
	if (bench.count == 0 || seconds <= 0 || piece_ms < TL_AUDIOHOOK_PIECE_MS || piece_ms > 480 || bench.count + 64 > limit.rlim_cur || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
		fprintf(stderr, "usage: audio [SESSIONS [SECONDS [PIECE]]], within the limit of open files\n");
		return 2;
	}
	child = fork();
	if (child == 0) {
		close(to[1]);
		serve(to[0], from[1], piece_ms);
	}
	close(to[0]);
	close(from[1]);
	bench.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (child < 0 || bench.epoll < 0 || read(from[0], address, sizeof(address)) != (ssize_t)sizeof(address))
		return 1;
	bench.lines = tl_alloc_zero(bench.count, sizeof(*bench.lines));
	measure(&bench, to[1], from[0], address, seconds);
	close(to[1]);
	waitpid(child, NULL, 0);
	free(bench.lines);
	return 0;
}
