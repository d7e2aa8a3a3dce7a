/* tests/unit/test_net_tls.c: HTTP/2 over TLS, and servers whose certificates are not what they should be. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/certificate.h"
#include "net/http.h"
#include "net/serve.h"
#include "net_peer.h"
#include "unit.h"

#define DAY_MS ((int64_t)86400000)

/* A server on a thread of its own. */
struct site {
	struct tl_str certificate, key; /* empty key: plain */
	struct tl_server *server;       /* the thread's own */
	pthread_t thread;
	atomic_int state;               /* 0: begins, 1: listens, -1: could not */
	atomic_bool stop;
	char address[64];
	struct tl_arena arena;
};

/* Looks now and then whether the test is over. */
static void look(void *data)
{
	struct site *site = data;

	if (atomic_load(&site->stop))
		tl_server_stop(site->server);
	else
		tl_server_after(site->server, 5, look, site);
}

static void answer_site(void *data, struct tl_exchange *exchange)
{
	struct tl_str path = tl_exchange_path(exchange);

	(void)data;
	if (tl_str_is(path, "/flood"))
		tl_exchange_reply_flood(exchange, 200, "application/json", (uint64_t)2 << 30);
	else if (tl_str_is(path, "/reset"))
		tl_exchange_reset(exchange);
	else if (tl_str_is(path, "/cut"))
		tl_exchange_reply_cut(exchange, 200, "application/json", TL_STR("{\"a\":\"0123456789\"}"), 6);
	else if (tl_str_is(path, "/slow"))
		tl_exchange_reply_slow(exchange, 200, "application/json", TL_STR("{\"a\":\"0123456789\"}"), 2);
	else
		tl_exchange_reply(exchange, 200, NULL, 0, "application/json", tl_exchange_body(exchange).len ? tl_exchange_body(exchange) : path);
}

static void *run_site(void *data)
{
	struct site *site = data;
	struct tl_serve_config config = { .address = "127.0.0.1:0", .certificate = site->certificate, .key = site->key, .request = answer_site };

	if (tl_server_open(&site->server, &config, NULL) != 0) {
		atomic_store(&site->state, -1);
		return NULL;
	}
	snprintf(site->address, sizeof(site->address), "%.*s", TL_FMT(tl_server_address(site->server)));
	atomic_store(&site->state, 1);
	look(site);
	tl_server_run(site->server, 0, NULL, NULL);
	tl_server_close(site->server);
	return NULL;
}

static void open_site(struct site *site)
{
	assert_int_equal(pthread_create(&site->thread, NULL, run_site, site), 0);
	while (atomic_load(&site->state) == 0)
		usleep(1000);
	assert_int_equal(atomic_load(&site->state), 1);
}

static void close_site(struct site *site)
{
	atomic_store(&site->stop, true);
	pthread_join(site->thread, NULL);
	tl_arena_clear(&site->arena);
}

/* A client's side. */
struct visit {
	char *folder;
	char ca[256];
	struct tl_clock clock;
	struct tl_http *http;
	struct tl_arena arena;
	struct tl_http_answer answer;
	struct tl_error err;
};

static void begin_visit(struct visit *visit, struct tl_str ca, struct tl_http_config config)
{
	*visit = (struct visit){ .folder = unit_scratch_in_memory(), .clock = tl_clock_system() };
	snprintf(visit->ca, sizeof(visit->ca), "%s/ca.pem", visit->folder);
	if (ca.ptr) {
		assert_int_equal(tl_file_write(visit->ca, ca, 0600, NULL), 0);
		config.ca = visit->ca;
	}
	config.clock = &visit->clock;
	assert_int_equal(tl_http_open(&visit->http, &config, NULL), 0);
}

static void end_visit(struct visit *visit)
{
	tl_http_close(visit->http);
	tl_arena_clear(&visit->arena);
	unit_scratch_remove(visit->folder);
}

static int visit_path(struct visit *visit, const char *base, const char *path)
{
	struct tl_http_request request = { .method = "GET", .url = tl_arena_printf(&visit->arena, "%s%s", base, path) };

	visit->err = (struct tl_error){ 0 };
	return tl_http_send(&visit->answer, &visit->arena, visit->http, &request, &visit->err);
}

/* Makes the site's certificate; returns its authority's. */
static struct tl_str make(struct site *site, const char *name, int64_t from_days, int64_t to_days)
{
	int64_t now = tl_clock_system().now_ms(NULL);
	struct tl_str authority;

	assert_int_equal(tl_certificate_make(&authority, &site->certificate, &site->key, &site->arena, &name, 1, now + from_days * DAY_MS,
	                                     now + to_days * DAY_MS, NULL), 0);
	return authority;
}

static void http_2_over_tls(void **state)
{
	struct site site = { 0 };
	struct tl_str authority = make(&site, "127.0.0.1", -1, 1);
	struct visit visit;

	(void)state;
	open_site(&site);
	begin_visit(&visit, authority, (struct tl_http_config){ 0 });
	for (int i = 0; i < 3; i++) {
		assert_int_equal(visit_path(&visit, site.address, "/hello"), 0);
		assert_int_equal(visit.answer.version, 2);
		assert_int_equal(visit.answer.status, 200);
		assert_str(visit.answer.body, "/hello");
		assert_str(tl_http_header_of(&visit.answer, "content-type"), "application/json");
	}
	end_visit(&visit);
	close_site(&site);
}

#define THREADS 16
#define EACH 25

struct many {
	struct tl_http *http;
	const char *base;
	atomic_uint good;
};

static void *ask_many(void *data)
{
	struct many *many = data;

	for (int i = 0; i < EACH; i++) {
		struct tl_arena arena = { 0 };
		struct tl_str body = tl_arena_printf(&arena, "{\"i\":\"%lx/%d\"}", (unsigned long)pthread_self(), i);
		struct tl_http_request request = { .method = "POST", .url = tl_arena_printf(&arena, "%s/echo", many->base), .body = body };
		struct tl_http_answer answer;

		if (tl_http_send(&answer, &arena, many->http, &request, NULL) == 0 && tl_str_equal(answer.body, body) && answer.version == 2)
			atomic_fetch_add(&many->good, 1);
		tl_arena_clear(&arena);
	}
	return NULL;
}

static void many_threads_over_http_2(void **state)
{
	struct site site = { 0 };
	struct tl_str authority = make(&site, "127.0.0.1", -1, 1);
	struct visit visit;
	struct many many;
	pthread_t threads[THREADS];

	(void)state;
	open_site(&site);
	begin_visit(&visit, authority, (struct tl_http_config){ 0 });
	many = (struct many){ .http = visit.http, .base = site.address };
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &many), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(many.good, THREADS * EACH);
	end_visit(&visit);
	close_site(&site);
}

static void faults_over_http_2(void **state)
{
	static const struct {
		const char *path;
		enum tl_code code;
		const char *says;
	} rows[] = {
		{ "/flood", TL_REFUSED, "larger than the 65536 bytes" },
		{ "/cut", TL_IO, "" },
		{ "/reset", TL_IO, "" },
		{ "/slow", TL_TIMED_OUT, "" },
	};
	struct site site = { 0 };
	struct tl_str authority = make(&site, "127.0.0.1", -1, 1);

	(void)state;
	open_site(&site);
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct visit visit;

		begin_visit(&visit, authority, (struct tl_http_config){ .body_limit = 65536, .total_ms = i == 3 ? 2000 : 20000 });
		assert_row(rows[i].path, visit_path(&visit, site.address, rows[i].path) == -1);
		if (visit.err.code != rows[i].code || !strstr(visit.err.message, rows[i].says))
			print_error("%s\n", visit.err.message);
		assert_row(rows[i].path, visit.err.code == rows[i].code && visit.answer.fate == TL_HTTP_LOST);
		assert_row(rows[i].path, strstr(visit.err.message, rows[i].says) != NULL);
		/* The next request is none the worse for it. */
		assert_row(rows[i].path, visit_path(&visit, site.address, "/after") == 0);
		end_visit(&visit);
	}
	close_site(&site);
}

static const char self_signed_certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBmzCCAUGgAwIBAgIUAIItECDwCevqWQi1gJ1jDFF6mzswCgYIKoZIzj0EAwIw\n"
	"FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA4NDI1OVoYDzIxMjYxMDI4\n"
	"MDg0MjU5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
	"PQMBBwNCAAQqapHUTstpy+UvlfbLrPJcxsLNgkBkj8f+CNCktLIKOFf83LXh4b8O\n"
	"o2ugxMzI3BH5G/lxtE5L9EsnIBqr7G3Mo28wbTAdBgNVHQ4EFgQUfobwyz18YSfP\n"
	"lGjaFRwwaoDqCxgwHwYDVR0jBBgwFoAUfobwyz18YSfPlGjaFRwwaoDqCxgwDwYD\n"
	"VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI\n"
	"zj0EAwIDSAAwRQIgGzfp5Li+SgmGpsIIXK8rTm2v3TdXWRL2k4oZ9uu3y6QCIQCJ\n"
	"R7RydN7X2+9/satjxSldtIbQTI7vAxeICYfFXctOhA==\n"
	"-----END CERTIFICATE-----\n"
	;
static const char self_signed_key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKRnPay7lhgpDYHww\n"
	"OL82KvcR3UpS7tYtL4MnWAIV6U+hRANCAAQqapHUTstpy+UvlfbLrPJcxsLNgkBk\n"
	"j8f+CNCktLIKOFf83LXh4b8Oo2ugxMzI3BH5G/lxtE5L9EsnIBqr7G3M\n"
	"-----END PRIVATE KEY-----\n"
	;

static void bad_certificates(void **state)
{
	enum { KNOWN, UNKNOWN, SELF_SIGNED };
	static const struct {
		const char *name, *host;
		int64_t from, to;
		int authority;
		const char *says;
	} rows[] = {
		{ "expired", "127.0.0.1", -10, -1, KNOWN, "its certificate has expired" },
		{ "not yet", "127.0.0.1", 1, 10, KNOWN, "its certificate is not valid yet" },
		{ "another host", "api.example.com", -1, 1, KNOWN, "its certificate was issued for another host name" },
		{ "nobody knows who issued it", "127.0.0.1", -1, 1, UNKNOWN, "`ca:`" },
		{ "self-signed", NULL, 0, 0, SELF_SIGNED, "its certificate is self-signed: if that is meant, name the authority's file as `ca:`" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct site site = { .certificate = tl_str(self_signed_certificate), .key = tl_str(self_signed_key) };
		struct tl_str authority = { 0 };
		struct visit visit;

		if (rows[i].host)
			authority = make(&site, rows[i].host, rows[i].from, rows[i].to);
		open_site(&site);
		begin_visit(&visit, rows[i].authority == KNOWN ? authority : (struct tl_str){ 0 }, (struct tl_http_config){ 0 });
		assert_row(rows[i].name, visit_path(&visit, site.address, "/") == -1);
		if (!strstr(visit.err.message, rows[i].says))
			print_error("%s\n", visit.err.message);
		assert_row(rows[i].name, visit.err.code == TL_IO && strstr(visit.err.message, rows[i].says));
		assert_row(rows[i].name, visit.answer.fate == TL_HTTP_UNSENT && visit.answer.hopeless);
		end_visit(&visit);
		close_site(&site);
	}
}

static void bad_ca_files(void **state)
{
	struct site site = { 0 };
	struct visit visit;

	(void)state;
	make(&site, "127.0.0.1", -1, 1);
	open_site(&site);
	for (int missing = 0; missing < 2; missing++) {
		begin_visit(&visit, TL_STR("no certificate\n"), (struct tl_http_config){ 0 });
		if (missing)
			unlink(visit.ca);
		assert_int_equal(visit_path(&visit, site.address, "/"), -1);
		assert_int_equal(visit.err.code, TL_USAGE);
		assert_int_equal(visit.answer.fate, TL_HTTP_UNSENT);
		assert_true(visit.answer.hopeless);
		assert_non_null(strstr(visit.err.message, "the file of `ca:` cannot be read, or holds no certificate: '"));
		end_visit(&visit);
	}
	close_site(&site);
}

static void tls_where_there_is_none_and_the_other_way_round(void **state)
{
	struct site plain = { 0 }, site = { 0 };
	struct tl_str authority;
	struct visit visit;
	char url[160];

	(void)state;
	open_site(&plain);
	begin_visit(&visit, (struct tl_str){ 0 }, (struct tl_http_config){ .total_ms = 3000 });
	snprintf(url, sizeof(url), "https%s", plain.address + strlen("http"));
	assert_int_equal(visit_path(&visit, url, "/"), -1);
	assert_int_equal(visit.answer.fate, TL_HTTP_UNSENT);
	assert_non_null(strstr(visit.err.message, "is it https at that port"));
	end_visit(&visit);
	close_site(&plain);

	authority = make(&site, "127.0.0.1", -1, 1);
	open_site(&site);
	begin_visit(&visit, authority, (struct tl_http_config){ .total_ms = 3000 });
	snprintf(url, sizeof(url), "http%s", site.address + strlen("https"));
	assert_true(visit_path(&visit, url, "/") == -1 || visit.answer.status >= 300);
	end_visit(&visit);
	close_site(&site);
}

/* A proxy that leads every connection to one port of this machine, whatever it is asked for. */
struct tunnel {
	int listener;
	unsigned port, to;
	pthread_t thread;
	char asked[512];
};

/* Moves what one side says to the other; false where it has nothing more to say. */
static bool pass_on(int from, int to)
{
	char bytes[16384];
	ssize_t count = recv(from, bytes, sizeof(bytes), 0);

	return count > 0 && send(to, bytes, (size_t)count, MSG_NOSIGNAL) == count;
}

static void *run_tunnel(void *data)
{
	static const char reply[] = "HTTP/1.1 200 Go on\r\n\r\n";
	struct tunnel *tunnel = data;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)tunnel->to) };
	int client = accept(tunnel->listener, NULL, NULL), server = socket(AF_INET, SOCK_STREAM, 0);
	size_t len = 0;

	while (client >= 0 && len + 1 < sizeof(tunnel->asked) && !strstr(tunnel->asked, "\r\n\r\n") && recv(client, tunnel->asked + len, 1, 0) == 1)
		len++;
	if (client >= 0 && send(client, reply, strlen(reply), MSG_NOSIGNAL) > 0 && connect(server, (struct sockaddr *)&address, sizeof(address)) == 0) {
		struct pollfd fds[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };

		while (poll(fds, 2, -1) > 0 && (!fds[0].revents || pass_on(client, server)) && (!fds[1].revents || pass_on(server, client)))
			continue;
	}
	close(client);
	close(server);
	return NULL;
}

static void open_tunnel(struct tunnel *tunnel, unsigned to)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	*tunnel = (struct tunnel){ .listener = socket(AF_INET, SOCK_STREAM, 0), .to = to };
	assert_int_equal(bind(tunnel->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(tunnel->listener, 1), 0);
	assert_int_equal(getsockname(tunnel->listener, (struct sockaddr *)&address, &len), 0);
	tunnel->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&tunnel->thread, NULL, run_tunnel, tunnel), 0);
}

/* The proxy is used, names are its to resolve, and the certificate is the server's, not the proxy's. */
static void through_a_proxy(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = { { "api.example.com", true }, { "other.example.com", false } };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct site site = { 0 };
		struct tl_str authority = make(&site, rows[i].name, -1, 1);
		struct tunnel tunnel;
		struct visit visit;
		char proxy[64];

		open_site(&site);
		open_tunnel(&tunnel, (unsigned)atoi(strrchr(site.address, ':') + 1));
		snprintf(proxy, sizeof(proxy), "http://me:pass@127.0.0.1:%u", tunnel.port);
		begin_visit(&visit, authority, (struct tl_http_config){ .proxy = proxy });
		assert_row(rows[i].name, visit_path(&visit, "https://api.example.com", "/hello") == (rows[i].good ? 0 : -1));
		/* The site, which is not exposed, answers to no such name; but it answers. */
		assert_row(rows[i].name, !rows[i].good || (visit.answer.version == 2 && visit.answer.status == 421));
		assert_row(rows[i].name, rows[i].good || (strstr(visit.err.message, "another host name") && visit.answer.hopeless));
		end_visit(&visit);
		close_site(&site);
		pthread_join(tunnel.thread, NULL);
		close(tunnel.listener);
		assert_ptr_equal(strstr(tunnel.asked, "CONNECT api.example.com:443 HTTP/1.1\r\n"), tunnel.asked);
		assert_non_null(strstr(tunnel.asked, "\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n"));
	}
}

/* libcurl looks for SSLKEYLOGFILE when it is loaded, so a process of its own is needed: this one once more, with that group alone. */
#define CHILD "TRUNKLINE_TEST_KEYLOG_CHILD"

static void no_keys_are_logged(void **state)
{
	char *folder, log[256];
	char *argv[] = { (char[]){ "unit" }, (char[]){ "test_net_tls" }, NULL };
	posix_spawn_file_actions_t actions;
	pid_t child;
	int status = 0;
	extern char **environ;

	(void)state;
	folder = unit_scratch_in_memory();
	snprintf(log, sizeof(log), "%s/keys", folder);
	setenv("SSLKEYLOGFILE", log, 1);
	setenv(CHILD, "1", 1);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawn(&child, "/proc/self/exe", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	unsetenv("SSLKEYLOGFILE");
	unsetenv(CHILD);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(access(log, F_OK), -1);
	unit_scratch_remove(folder);
}

int test_net_tls(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_2_over_tls), cmocka_unit_test(many_threads_over_http_2), cmocka_unit_test(faults_over_http_2),
		cmocka_unit_test(bad_certificates), cmocka_unit_test(bad_ca_files), cmocka_unit_test(tls_where_there_is_none_and_the_other_way_round),
		cmocka_unit_test(through_a_proxy), cmocka_unit_test(no_keys_are_logged),
	};

	const struct CMUnitTest child[] = { cmocka_unit_test(http_2_over_tls) };

	if (getenv(CHILD))
		return cmocka_run_group_tests_name("net tls, alone", child, NULL, NULL);
	return cmocka_run_group_tests_name("net tls", tests, NULL, NULL);
}
