/* tests/unit/test_net_http.c: requests to a server that answers well, badly, slowly or not at all. Each fault has its name. */
#include "net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "net_peer.h"
#include "unit.h"

static struct tl_clock machine_clock;

static struct tl_http *open_http(struct tl_http_config config)
{
	struct tl_http *http;

	machine_clock = tl_clock_system();
	config.clock = &machine_clock;
	assert_int_equal(tl_http_open(&http, &config, NULL), 0);
	return http;
}

/* What a test holds in its hands. */
struct trial {
	struct tl_arena arena;
	struct tl_http *http;
	struct tl_http_answer answer;
	struct tl_error err;
};

static void begin(struct trial *trial, struct tl_http_config config)
{
	*trial = (struct trial){ .http = open_http(config) };
}

static void end(struct trial *trial)
{
	tl_http_close(trial->http);
	tl_arena_clear(&trial->arena);
}

static int send_to(struct trial *trial, const char *method, const char *base, const char *path, struct tl_http_request request)
{
	request.method = method;
	request.url = tl_arena_printf(&trial->arena, "%s%s", base, path);
	trial->err = (struct tl_error){ 0 };
	return tl_http_send(&trial->answer, &trial->arena, trial->http, &request, &trial->err);
}

static int get(struct trial *trial, const char *base, const char *path)
{
	return send_to(trial, "GET", base, path, (struct tl_http_request){ 0 });
}

static void answer_well(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	(void)number, (void)data;
	if (strncmp(request, "HEAD", 4) == 0) {
		out->len = (size_t)snprintf(out->bytes, sizeof(out->bytes), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
		return;
	}
	peer_reply_json(out, 200, "ETag: \"7\"\r\nX-Mixed:   two words \r\n", "{\"a\":1}");
}

static void whole_answers(void **state)
{
	struct peer *peer = peer_open(answer_well, NULL);
	struct trial trial;

	(void)state;
	begin(&trial, (struct tl_http_config){ 0 });
	assert_int_equal(get(&trial, peer_address(peer), "/a/../b/%2e?x=/"), 0);
	assert_int_equal(trial.answer.fate, TL_HTTP_ANSWERED);
	assert_int_equal(trial.answer.status, 200);
	assert_int_equal(trial.answer.version, 1);
	assert_str(trial.answer.body, "{\"a\":1}");
	assert_str(tl_http_header_of(&trial.answer, "etag"), "\"7\"");
	assert_str(tl_http_header_of(&trial.answer, "x-mixed"), "two words");
	assert_null(tl_http_header_of(&trial.answer, "not-there").ptr);
	/* As it was written, dots and slash at the end with it. */
	assert_ptr_equal(strstr(peer_request(peer, 0), "GET /a/../b/%2e?x=/ HTTP/1.1\r\n"), peer_request(peer, 0));
	assert_int_equal(send_to(&trial, "HEAD", peer_address(peer), "/", (struct tl_http_request){ 0 }), 0);
	assert_int_equal(trial.answer.body.len, 0);
	assert_int_equal(peer_connections(peer), 1);
	end(&trial);
	peer_close(peer);
}

static void bodies_and_headers_are_sent(void **state)
{
	struct peer *peer = peer_open(answer_well, NULL);
	struct tl_http_header headers[] = { { TL_STR("Content-Type"), TL_STR("application/json") },
		                            { TL_STR("If-Match"), TL_STR("\"3\"") },
		                            { TL_STR("X-Empty"), TL_STR("") } };
	struct trial trial;
	const char *text;

	(void)state;
	begin(&trial, (struct tl_http_config){ 0 });
	assert_int_equal(send_to(&trial, "PUT", peer_address(peer), "/x",
	                         (struct tl_http_request){ .headers = headers, .n_headers = 3, .body = TL_STR("{\"n\":\"\\u0000\"}") }), 0);
	text = peer_request(peer, 0);
	assert_int_equal(strncmp(text, "PUT /x HTTP/1.1\r\n", 17), 0);
	assert_non_null(strstr(text, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(text, "\r\nIf-Match: \"3\"\r\n"));
	assert_non_null(strstr(text, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(text, "\r\n\r\n{\"n\":\"\\u0000\"}"));
	assert_null(strstr(text, "Expect"));
	/* Without a body: told so, and no type made up. */
	assert_int_equal(send_to(&trial, "POST", peer_address(peer), "/y", (struct tl_http_request){ 0 }), 0);
	assert_non_null(strstr(peer_request(peer, 1), "\r\nContent-Length: 0\r\n"));
	assert_null(strcasestr(peer_request(peer, 1), "content-type"));
	assert_int_equal(send_to(&trial, "DELETE", peer_address(peer), "/z", (struct tl_http_request){ 0 }), 0);
	assert_int_equal(strncmp(peer_request(peer, 2), "DELETE /z ", 10), 0);
	end(&trial);
	peer_close(peer);
}

static void header_injection(void **state)
{
	static const struct tl_http_header rows[] = {
		{ { "X-A", 3 }, { "a\r\nX-B: b", 9 } }, { { "X-A", 3 }, { "a\nb", 3 } }, { { "X-A", 3 }, { "a\0b", 3 } },
		{ { "X\r\nA", 4 }, { "a", 1 } },        { { "X:A", 3 }, { "a", 1 } },    { { "", 0 }, { "a", 1 } },
	};
	struct peer *peer = peer_open(answer_well, NULL);
	struct trial trial;

	(void)state;
	begin(&trial, (struct tl_http_config){ 0 });
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		assert_int_equal(send_to(&trial, "GET", peer_address(peer), "/", (struct tl_http_request){ .headers = &rows[i], .n_headers = 1 }), -1);
		assert_int_equal(trial.err.code, TL_USAGE);
		assert_int_equal(trial.answer.fate, TL_HTTP_UNSENT);
	}
	assert_int_equal(peer_requests(peer), 0);
	end(&trial);
	peer_close(peer);
}

#define TEN_TIMES(text) text text text text text text text text text text
#define REPEAT(text) TEN_TIMES(TEN_TIMES(text text text))

/* One fault a row. */
struct bad_answer {
	const char *name;
	struct peer_answer answer;
	enum tl_http_fate fate;
	enum tl_code code;
	const char *says;
	int status;
};

static void answer_as_told(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	(void)request, (void)number;
	*out = *(const struct peer_answer *)data;
	if (out->len == 0)
		out->len = strlen(out->bytes);
}

static void bad_answers(void **state)
{
	static struct bad_answer rows[] = {
		{ "closed unanswered", { .end = PEER_CLOSE }, TL_HTTP_LOST, TL_IO, "closed without an answer", 0 },
		{ "reset unanswered", { .end = PEER_RESET }, TL_HTTP_LOST, TL_IO, "connection broke", 0 },
		{ "garbage", { .bytes = "\x16\x03\x01 garbage\r\n\r\n", .end = PEER_CLOSE }, TL_HTTP_LOST, TL_IO, "does not speak HTTP", 0 },
		{ "cut in the head", { .bytes = "HTTP/1.1 200 OK\r\nContent-", .end = PEER_CLOSE }, TL_HTTP_ANSWERED, TL_OK, "", 200 },
		{ "cut in the body", { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", .end = PEER_CLOSE }, TL_HTTP_LOST, TL_IO,
		  "cut off after 5 bytes", 200 },
		{ "reset in the body", { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", .end = PEER_RESET }, TL_HTTP_LOST, TL_IO, "",
		  200 },
		{ "cut in a chunk", { .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"a\":", .end = PEER_CLOSE }, TL_HTTP_LOST,
		  TL_IO, "", 200 },
		{ "bad chunk", { .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"a\":", .end = PEER_CLOSE }, TL_HTTP_LOST, TL_IO,
		  "", 200 },
		{ "too large by its length", { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n", .flood = 1 << 20, .end = PEER_CLOSE },
		  TL_HTTP_LOST, TL_REFUSED, "larger than the 65536 bytes", 200 },
		{ "too large without a length", { .bytes = "HTTP/1.1 200 OK\r\n\r\n", .flood = (uint64_t)2 << 30, .end = PEER_CLOSE }, TL_HTTP_LOST,
		  TL_REFUSED, "larger than the 65536 bytes", 200 },
		{ "endless head", { .bytes = "HTTP/1.1 200 OK\r\nX: ", .flood = (uint64_t)1 << 30, .end = PEER_CLOSE }, TL_HTTP_LOST, TL_REFUSED, "head of the answer", -1 },
		{ "very many headers", { .bytes = "HTTP/1.1 200 OK\r\nX: 1\r\n" REPEAT("X: 1\r\n") "\r\n", .end = PEER_KEEP }, TL_HTTP_LOST, TL_REFUSED,
		  "head of the answer", 200 },
		{ "no answer", { .end = PEER_HANG }, TL_HTTP_LOST, TL_TIMED_OUT, "no answer within 300 ms", 0 },
		{ "half an answer", { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", .end = PEER_HANG }, TL_HTTP_LOST, TL_TIMED_OUT,
		  "", 200 },
		{ "drop by drop", { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", .drip_ms = 5, .end = PEER_HANG }, TL_HTTP_LOST,
		  TL_TIMED_OUT, "", -1 },
		{ "not modified by nobody", { .bytes = "HTTP/1.1 304 Not Modified\r\n\r\n", .end = PEER_KEEP }, TL_HTTP_ANSWERED, TL_OK, "", 304 },
		{ "a hint first", { .bytes = "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 204 No\r\nY: 2\r\n\r\n", .end = PEER_KEEP },
		  TL_HTTP_ANSWERED, TL_OK, "", 204 },
		{ "redirect", { .bytes = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", .end = PEER_KEEP },
		  TL_HTTP_ANSWERED, TL_OK, "", 302 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct peer *peer = peer_open(answer_as_told, &rows[i].answer);
		struct trial trial;
		int status;

		begin(&trial, (struct tl_http_config){ .body_limit = 65536, .total_ms = 300 });
		status = get(&trial, peer_address(peer), "/");
		assert_row(rows[i].name, status == (rows[i].code == TL_OK ? 0 : -1));
		assert_row(rows[i].name, trial.err.code == rows[i].code);
		assert_row(rows[i].name, trial.answer.fate == rows[i].fate);
		assert_row(rows[i].name, rows[i].status < 0 || trial.answer.status == rows[i].status);
		if (!strstr(trial.err.message, rows[i].says))
			print_error("%s\n", trial.err.message);
		assert_row(rows[i].name, strstr(trial.err.message, rows[i].says) != NULL);
		assert_row(rows[i].name, peer_requests(peer) == 1);
		end(&trial);
		peer_close(peer);
	}
}

/* The first request of a connection is answered, the next one is not: by a close before it, or after it was read. */
struct fickle {
	enum peer_end first;
	bool second_unanswered;
};

static void answer_once(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	const struct fickle *fickle = data;

	(void)request;
	if (number == 1 && fickle->second_unanswered) {
		out->end = PEER_CLOSE;
		return;
	}
	peer_reply_json(out, 200, "", "{}");
	out->end = number == 0 ? fickle->first : PEER_KEEP;
}

static void nothing_is_sent_twice(void **state)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH" };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(methods); i++) {
		struct fickle fickle = { PEER_KEEP, true };
		struct peer *peer = peer_open(answer_once, &fickle);
		struct tl_http_request request = { .body = strcmp(methods[i], "GET") == 0 ? (struct tl_str){ 0 } : TL_STR("{}") };
		struct trial trial;

		begin(&trial, (struct tl_http_config){ 0 });
		assert_int_equal(send_to(&trial, methods[i], peer_address(peer), "/1", request), 0);
		assert_row(methods[i], send_to(&trial, methods[i], peer_address(peer), "/2", request) == -1);
		assert_row(methods[i], trial.answer.fate == TL_HTTP_LOST && trial.err.code == TL_IO);
		assert_row(methods[i], strstr(trial.err.message, "closed without an answer"));
		assert_row(methods[i], peer_requests(peer) == 2);
		/* And it goes on. */
		assert_row(methods[i], send_to(&trial, methods[i], peer_address(peer), "/3", request) == 0);
		end(&trial);
		peer_close(peer);
	}
}

static void closed_between_requests(void **state)
{
	struct fickle fickle = { PEER_CLOSE, false };
	struct peer *peer = peer_open(answer_once, &fickle);
	struct trial trial;

	(void)state;
	begin(&trial, (struct tl_http_config){ 0 });
	assert_int_equal(get(&trial, peer_address(peer), "/1"), 0);
	usleep(20000);
	assert_int_equal(send_to(&trial, "POST", peer_address(peer), "/2", (struct tl_http_request){ .body = TL_STR("{}") }), 0);
	assert_int_equal(peer_requests(peer), 2);
	assert_int_equal(peer_connections(peer), 2);
	end(&trial);
	peer_close(peer);
}

static void unreachable(void **state)
{
	static const struct {
		const char *name, *url;
		enum tl_code code;
		const char *says;
	} rows[] = {
		{ "refused", "http://127.0.0.1:1/x", TL_IO, "127.0.0.1:1: it refuses the connection" },
		{ "refused, IPv6", "http://[::1]:1/x", TL_IO, "[::1]:1: " },
		/* Of a machine without any name service the time runs out first. */
		{ "no such name", "https://no-such-host.invalid/", TL_IO, "name service (DNS)" },
		{ "plain text beyond this machine", "http://example.com/", TL_USAGE, "plain text" },
		{ "no address", "example.com", TL_USAGE, "https://" },
		{ "password", "https://u:hunter2@example.com/", TL_USAGE, "no place" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct trial trial;

		begin(&trial, (struct tl_http_config){ .connect_ms = 3000 });
		assert_row(rows[i].name, get(&trial, rows[i].url, "") == -1);
		assert_row(rows[i].name, trial.answer.fate == TL_HTTP_UNSENT && trial.answer.status == 0);
		if (trial.err.code != rows[i].code || !strstr(trial.err.message, rows[i].says))
			print_error("%s\n", trial.err.message);
		assert_row(rows[i].name, trial.err.code == rows[i].code || (trial.err.code == TL_TIMED_OUT && strstr(rows[i].says, "DNS")));
		assert_row(rows[i].name, strstr(trial.err.message, rows[i].says) && !strstr(trial.err.message, "hunter2"));
		end(&trial);
	}
}

/* A listener whose queue is full drops what else wants to connect, as a firewall does. */
static void nobody_takes_the_connection(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), waiting[4];
	struct trial trial;
	char url[64];

	(void)state;
	assert_true(bind(listener, (struct sockaddr *)&address, len) == 0 && listen(listener, 0) == 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	for (size_t i = 0; i < TL_COUNT(waiting); i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&address, sizeof(address));
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(address.sin_port));
	begin(&trial, (struct tl_http_config){ .connect_ms = 200 });
	assert_int_equal(get(&trial, url, ""), -1);
	assert_int_equal(trial.err.code, TL_TIMED_OUT);
	assert_int_equal(trial.answer.fate, TL_HTTP_UNSENT);
	assert_non_null(strstr(trial.err.message, "no connection to it within 200 ms"));
	end(&trial);
	for (size_t i = 0; i < TL_COUNT(waiting); i++)
		close(waiting[i]);
	close(listener);
}

static void no_tls_there(void **state)
{
	struct peer_answer garbage = { .bytes = "HTTP/1.1 400 Bad\r\n\r\n", .end = PEER_CLOSE };
	struct peer *peer = peer_open(answer_as_told, &garbage);
	char url[64];
	struct trial trial;

	(void)state;
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", peer_port(peer));
	begin(&trial, (struct tl_http_config){ .total_ms = 500 });
	assert_int_equal(get(&trial, url, ""), -1);
	assert_int_equal(trial.answer.fate, TL_HTTP_UNSENT);
	assert_true(trial.err.code == TL_IO || trial.err.code == TL_TIMED_OUT);
	end(&trial);
	peer_close(peer);
}

static void public_only(void **state)
{
	static const char *const rows[] = { "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/",
		                            "https://0x0a000001/", "https://localhost/", "http://127.0.0.1:1/", "https://2130706433/", "https://169.254.169.254./", "https://[fd00:ec2::254]/" };
	struct peer *proxy = peer_open(answer_well, NULL);

	(void)state;
	/* A proxy would ask for it in our place: it is not even told. */
	for (size_t i = 0; i < 2 * TL_COUNT(rows); i++) {
		const char *row = rows[i % TL_COUNT(rows)];
		struct trial trial;

		begin(&trial, (struct tl_http_config){ .public_only = true, .connect_ms = 2000, .proxy = i < TL_COUNT(rows) ? NULL : peer_address(proxy) });
		assert_row(row, get(&trial, row, "") == -1);
		if (trial.err.code != TL_USAGE)
			print_error("%s\n", trial.err.message);
		assert_row(row, trial.err.code == TL_USAGE && trial.answer.fate == TL_HTTP_UNSENT && strstr(trial.err.message, "public") &&
		                        strstr(trial.err.message, "allow_private"));
		end(&trial);
	}
	assert_int_equal(peer_requests(proxy), 0);
	peer_close(proxy);
}

static void answer_proxy(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	(void)request, (void)number;
	peer_reply(out, *(int *)data, "", "no");
	out->end = PEER_CLOSE;
}

static void proxies(void **state)
{
	static const struct {
		int status;
		const char *says;
		bool hopeless;
	} rows[] = { { 403, "does not let it through (403)", true }, { 407, "wants a user and a password", true }, { 502, "(502)", false } };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		int status = rows[i].status;
		struct peer *peer = peer_open(answer_proxy, &status);
		struct trial trial;
		char proxy[96];

		snprintf(proxy, sizeof(proxy), "http://user:hunter2@127.0.0.1:%u", peer_port(peer));
		begin(&trial, (struct tl_http_config){ .proxy = proxy });
		assert_int_equal(send_to(&trial, "GET", "https://api.example.com/x", "",
		                         (struct tl_http_request){ .headers = &(struct tl_http_header){ TL_STR("Authorization"), TL_STR("Bearer t0ken") }, .n_headers = 1 }), -1);
		/* What is the server's is not for the proxy. */
		assert_null(strstr(peer_request(peer, 0), "t0ken"));
		assert_row(rows[i].says, trial.err.code == TL_IO && trial.answer.fate == TL_HTTP_UNSENT);
		if (!strstr(trial.err.message, rows[i].says))
			print_error("%s\n", trial.err.message);
		assert_row(rows[i].says, strstr(trial.err.message, rows[i].says) && !strstr(trial.err.message, "hunter2"));
		assert_row(rows[i].says, trial.answer.hopeless == rows[i].hopeless);
		assert_int_equal(strncmp(peer_request(peer, 0), "CONNECT api.example.com:443 HTTP/1.1\r\n", 38), 0);
		end(&trial);
		peer_close(peer);
	}
}

static void proxy_not_there(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, (struct tl_http_config){ .proxy = "http://127.0.0.1:1" });
	assert_int_equal(get(&trial, "https://api.example.com/x", ""), -1);
	assert_non_null(strstr(trial.err.message, "refuses the connection"));
	end(&trial);
}

static void bad_proxies(void **state)
{
	static const char *const rows[] = { "proxy:3128", "socks5://h", "http://u:hunter2@", "http://u:hunter2@h:x" };
	struct tl_clock clock = tl_clock_system();

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_http *http;
		struct tl_error err = { 0 };

		assert_row(rows[i], tl_http_open(&http, &(struct tl_http_config){ .clock = &clock, .proxy = rows[i] }, &err) == -1);
		assert_row(rows[i], !http && err.code == TL_USAGE && !strstr(err.message, "hunter2"));
	}
}

static void the_environment_names_no_proxy(void **state)
{
	struct peer *peer = peer_open(answer_well, NULL);
	struct trial trial;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	begin(&trial, (struct tl_http_config){ 0 });
	assert_int_equal(get(&trial, peer_address(peer), "/"), 0);
	end(&trial);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	/* Nor does a proxy of the configuration carry what is on this machine. */
	begin(&trial, (struct tl_http_config){ .proxy = "http://127.0.0.1:1" });
	assert_int_equal(get(&trial, peer_address(peer), "/"), 0);
	end(&trial);
	peer_close(peer);
	/* And nobody goes past it by a word of the environment: without it this name would not be found. */
	setenv("no_proxy", "*", 1);
	begin(&trial, (struct tl_http_config){ .proxy = "http://127.0.0.1:1" });
	assert_int_equal(get(&trial, "https://api.example.invalid/x", ""), -1);
	assert_non_null(strstr(trial.err.message, "refuses the connection"));
	end(&trial);
	unsetenv("no_proxy");
}

/* A password that lies in the user's folder is nobody's but whose it was meant for. */
static void no_password_of_the_home_is_sent(void **state)
{
	struct peer *peer = peer_open(answer_well, NULL);
	const char *home = getenv("HOME");
	char *folder = unit_scratch(), *before = home ? tl_strdup(home) : NULL, path[512];
	struct trial trial;

	(void)state;
	snprintf(path, sizeof(path), "%s/.netrc", folder);
	assert_int_equal(tl_file_write(path, TL_STR("default login somebody password hunter2\n"), 0600, NULL), 0);
	setenv("HOME", folder, 1);
	begin(&trial, (struct tl_http_config){ 0 });
	assert_int_equal(get(&trial, peer_address(peer), "/"), 0);
	assert_null(strstr(peer_request(peer, 0), "uthorization"));
	end(&trial);
	if (before)
		setenv("HOME", before, 1);
	else
		unsetenv("HOME");
	free(before);
	peer_close(peer);
	unit_scratch_remove(folder);
}

static atomic_int stop_flag;
static int stop_asked(void)
{
	return atomic_load(&stop_flag);
}

static void *stop_soon(void *data)
{
	(void)data;
	usleep(50000);
	atomic_store(&stop_flag, 1);
	return NULL;
}

/* An answer that has begun has to go on: half of the time at most for a kilobyte. */
static void stalled(void **state)
{
	struct peer_answer slow = { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", .end = PEER_HANG };
	struct peer *peer = peer_open(answer_as_told, &slow);
	struct trial trial;

	(void)state;
	begin(&trial, (struct tl_http_config){ .total_ms = 1000 });
	assert_int_equal(get(&trial, peer_address(peer), "/"), -1);
	assert_int_equal(trial.err.code, TL_TIMED_OUT);
	assert_non_null(strstr(trial.err.message, "5 bytes"));
	assert_int_equal(trial.answer.fate, TL_HTTP_LOST);
	end(&trial);
	peer_close(peer);
}

static void interrupted(void **state)
{
	struct peer_answer never = { .end = PEER_HANG };
	struct peer *peer = peer_open(answer_as_told, &never);
	struct trial trial;
	pthread_t thread;

	(void)state;
	atomic_store(&stop_flag, 0);
	begin(&trial, (struct tl_http_config){ .stopped = stop_asked, .total_ms = 60000 });
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	assert_int_equal(get(&trial, peer_address(peer), "/"), -1);
	pthread_join(thread, NULL);
	assert_int_equal(trial.err.code, TL_INTERRUPTED);
	assert_int_equal(trial.answer.fate, TL_HTTP_LOST);
	assert_true(trial.answer.latency_ms < 30000);
	/* Nothing begins any more. */
	assert_int_equal(get(&trial, peer_address(peer), "/"), -1);
	assert_int_equal(trial.answer.fate, TL_HTTP_UNSENT);
	assert_int_equal(peer_requests(peer), 1);
	end(&trial);
	peer_close(peer);
}

/* Many threads over few connections. */
#define THREADS 16
#define EACH 20

struct many {
	struct tl_http *http;
	const char *base;
	atomic_uint good;
};

static void echo_path(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	char path[64] = "";

	(void)number, (void)data;
	sscanf(request, "GET %63s", path);
	peer_reply_json(out, 200, "", path);
}

static void *ask_many(void *data)
{
	struct many *many = data;

	for (int i = 0; i < EACH; i++) {
		struct tl_arena arena = { 0 };
		struct tl_str path = tl_arena_printf(&arena, "/%lx/%d", (unsigned long)pthread_self(), i);
		struct tl_http_request request = { .method = "GET", .url = tl_arena_printf(&arena, "%s%.*s", many->base, TL_FMT(path)) };
		struct tl_http_answer answer;

		if (tl_http_send(&answer, &arena, many->http, &request, NULL) == 0 && tl_str_equal(answer.body, path))
			atomic_fetch_add(&many->good, 1);
		tl_arena_clear(&arena);
	}
	return NULL;
}

static void many_threads_few_connections(void **state)
{
	struct peer *peer = peer_open(echo_path, NULL);
	struct many many = { .http = open_http((struct tl_http_config){ .connections = 4 }), .base = peer_address(peer) };
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &many), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(many.good, THREADS * EACH);
	assert_true(peer_connections(peer) <= 4);
	tl_http_close(many.http);
	peer_close(peer);
}

/* Connections are used again by those that come next: so many, so many at once. */
static void the_others_wait_for_their_turn(void **state)
{
	struct peer *peer = peer_open(echo_path, NULL);
	struct many many = { .http = open_http((struct tl_http_config){ .most = 2 }), .base = peer_address(peer) };
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &many), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(many.good, THREADS * EACH);
	assert_true(peer_connections(peer) <= 2);
	tl_http_close(many.http);
	peer_close(peer);
}

static bool no_longer(void *data)
{
	atomic_uint *asked = data;

	atomic_fetch_add(asked, 1);
	return false;
}

static void not_begun_where_it_is_no_longer_wanted(void **state)
{
	struct peer *peer = peer_open(answer_well, NULL);
	atomic_uint asked = 0;
	struct trial trial;

	(void)state;
	begin(&trial, (struct tl_http_config){ .most = 1 });
	assert_int_equal(send_to(&trial, "GET", peer_address(peer), "/", (struct tl_http_request){ .still = no_longer, .data = &asked }), -1);
	assert_true(trial.answer.withheld);
	assert_int_equal(trial.answer.fate, TL_HTTP_UNSENT);
	assert_int_equal(trial.err.code, TL_INTERRUPTED);
	assert_int_equal(asked, 1);
	assert_int_equal(get(&trial, peer_address(peer), "/"), 0);
	assert_false(trial.answer.withheld);
	assert_int_equal(peer_requests(peer), 1);
	end(&trial);
	peer_close(peer);
}

struct waiter {
	struct tl_http *http;
	const char *base;
	struct tl_http_answer answer;
	struct tl_error err;
};

static void *ask_and_wait(void *data)
{
	struct waiter *waiter = data;
	struct tl_arena arena = { 0 };
	struct tl_http_request request = { .method = "GET", .url = tl_str(waiter->base) };

	tl_http_send(&waiter->answer, &arena, waiter->http, &request, &waiter->err);
	tl_arena_clear(&arena);
	return NULL;
}

/* One is under way, the other waits: that one never reached the server. */
static void interrupted_while_it_waits(void **state)
{
	struct peer_answer never = { .end = PEER_HANG };
	struct peer *peer = peer_open(answer_as_told, &never);
	struct tl_http *http = open_http((struct tl_http_config){ .stopped = stop_asked, .most = 1 });
	struct waiter waiters[2] = { { .http = http, .base = peer_address(peer) }, { .http = http, .base = peer_address(peer) } };
	pthread_t threads[2];

	(void)state;
	atomic_store(&stop_flag, 0);
	for (size_t i = 0; i < TL_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_and_wait, &waiters[i]), 0);
	while (peer_requests(peer) == 0)
		usleep(1000);
	atomic_store(&stop_flag, 1);
	for (size_t i = 0; i < TL_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < TL_COUNT(threads); i++)
		assert_int_equal(waiters[i].err.code, TL_INTERRUPTED);
	assert_true((waiters[0].answer.fate == TL_HTTP_LOST) != (waiters[1].answer.fate == TL_HTTP_LOST));
	assert_int_equal(peer_requests(peer), 1);
	tl_http_close(http);
	peer_close(peer);
}

int test_net_http(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_answers), cmocka_unit_test(bodies_and_headers_are_sent), cmocka_unit_test(header_injection),
		cmocka_unit_test(bad_answers), cmocka_unit_test(nothing_is_sent_twice), cmocka_unit_test(closed_between_requests),
		cmocka_unit_test(unreachable), cmocka_unit_test(nobody_takes_the_connection), cmocka_unit_test(no_tls_there), cmocka_unit_test(public_only), cmocka_unit_test(proxies),
		cmocka_unit_test(proxy_not_there), cmocka_unit_test(bad_proxies), cmocka_unit_test(the_environment_names_no_proxy), cmocka_unit_test(no_password_of_the_home_is_sent),
		cmocka_unit_test(stalled), cmocka_unit_test(interrupted), cmocka_unit_test(many_threads_few_connections),
		cmocka_unit_test(the_others_wait_for_their_turn), cmocka_unit_test(not_begun_where_it_is_no_longer_wanted), cmocka_unit_test(interrupted_while_it_waits),
	};

	return cmocka_run_group_tests_name("net http", tests, NULL, NULL);
}
