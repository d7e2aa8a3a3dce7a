/* tests/unit/test_net_client.c: token, budget, attempts and errors of an API client, against a server that says what each test needs. */
#include "net/client.h"
#include "net/complaint.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "net/complaint.h"
#include "net/retry.h"
#include "net_peer.h"
#include "unit.h"

#define SECRET "s3cr3t/of+mine&more"
#define TOKEN "token-%u"

/* A clock that only sleep moves. */
struct swift_clock {
	atomic_llong slept;
};

static int64_t swift_monotonic(void *data)
{
	struct swift_clock *swift = data;

	return atomic_load(&swift->slept);
}

static int64_t swift_now(void *data)
{
	(void)data;
	return 1700000000000; /* Tue, 14 Nov 2023 22:13:20 GMT */
}

static int swift_sleep(void *data, int64_t ms)
{
	struct swift_clock *swift = data;

	atomic_fetch_add(&swift->slept, ms);
	return 0;
}

/* A platform: its login server, and an API that answers by script. */
struct answer_row {
	int status;            /* 0: closes without an answer */
	const char *headers, *body;
};

struct platform {
	struct swift_clock swift;
	struct tl_clock clock, machine;
	struct peer *peer;
	struct tl_http *http;
	struct tl_client *client;
	struct tl_arena arena;
	struct tl_error err;
	struct tl_api_answer answer;
	struct answer_row login, api[16]; /* `login.status` 0: a token; api: the first with status -1 ends, the last one goes on */
	const char *expires;
	atomic_uint logins, calls, secrets;
	int login_delay_ms;
	bool wants_basic;
};

static void answer_login(struct peer_answer *out, struct platform *platform, const char *request)
{
	char body[256];

	platform->logins++;
	out->delay_ms = platform->login_delay_ms;
	if (platform->wants_basic && !strstr(request, "\r\nAuthorization: Basic ")) {
		peer_reply_json(out, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "{\"error\":\"invalid_client\"}");
		return;
	}
	if (platform->login.status != 0) {
		peer_reply_json(out, platform->login.status, platform->login.headers ? platform->login.headers : "", platform->login.body);
		return;
	}
	snprintf(body, sizeof(body), "{\"access_token\":\"" TOKEN "\",\"token_type\":\"bearer\",\"expires_in\":%s,\"scope\":\"flow:view flow:edit\"}",
	         platform->logins, platform->expires ? platform->expires : "3600");
	peer_reply_json(out, 200, "", body);
}

static void answer_platform(struct peer_answer *out, const char *request, unsigned number, void *data)
{
	struct platform *platform = data;
	const struct answer_row *row = platform->api;

	(void)number;
	if (strncmp(request, "POST /oauth/token ", 18) == 0) {
		answer_login(out, platform, request);
		return;
	}
	for (unsigned i = 0, calls = platform->calls; i < calls && row + 1 < platform->api + 16 && row[1].status >= 0; i++)
		row++;
	platform->calls++;
	if (row->status == 0) {
		out->end = PEER_CLOSE;
		return;
	}
	peer_reply_json(out, row->status, row->headers ? row->headers : "", row->body ? row->body : "{}");
}

static int read_secrets(struct tl_str *id, struct tl_str *secret, struct tl_arena *arena, void *data, struct tl_error *err)
{
	struct platform *platform = data;

	(void)err;
	platform->secrets++;
	*id = tl_arena_dup(arena, TL_STR("my client"));
	*secret = tl_arena_dup(arena, TL_STR(SECRET));
	return 0;
}

static void open_platform(struct platform *platform, struct tl_client_config config)
{
	unsigned rows = 0;

	while (rows < 16 && (platform->api[rows].status != 0 || platform->api[rows].body))
		rows++;
	if (rows < 16)
		platform->api[rows].status = -1;
	platform->clock = (struct tl_clock){ .now_ms = swift_now, .monotonic_ms = swift_monotonic, .sleep_ms = swift_sleep, .data = &platform->swift };
	platform->machine = tl_clock_system();
	platform->peer = peer_open(answer_platform, platform);
	assert_int_equal(tl_http_open(&platform->http, &(struct tl_http_config){ .clock = &platform->machine, .total_ms = 5000 }, NULL), 0);
	config.clock = &platform->clock;
	config.http = platform->http;
	config.login = tl_str(peer_address(platform->peer));
	config.api = tl_arena_printf(&platform->arena, "%s/", peer_address(platform->peer));
	config.secrets = read_secrets;
	config.data = platform;
	assert_int_equal(tl_client_open(&platform->client, &config, NULL), 0);
}

static void close_platform(struct platform *platform)
{
	tl_client_close(platform->client);
	tl_http_close(platform->http);
	peer_close(platform->peer);
	tl_arena_clear(&platform->arena);
}

static int ask(struct platform *platform, struct tl_api_request request)
{
	if (!request.method)
		request.method = "GET";
	if (!request.path.ptr)
		request.path = TL_STR("/api/v2/flows");
	platform->err = (struct tl_error){ 0 };
	return tl_client_send(&platform->answer, &platform->arena, platform->client, &request, &platform->err);
}

/* No message may hold a token or the secret. */
static void assert_no_secret(const struct platform *platform)
{
	assert_null(strstr(platform->err.message, "s3cr3t"));
	assert_null(strstr(platform->err.message, "token-"));
	assert_null(strstr(platform->err.message, "bXkl")); /* "my%" in base64 */
}

static void a_request_has_its_token(void **state)
{
	struct platform platform = { .api = { { 200, "ETag: \"4\"\r\ninin-correlation-id: c-1\r\n", "{\"id\":\"x\"}" } } };
	struct tl_str scopes;

	(void)state;
	open_platform(&platform, (struct tl_client_config){ .scopes = TL_STR("flow:view flow:edit"), .agent = "trunkline/test" });
	assert_int_equal(ask(&platform, (struct tl_api_request){ .method = "PUT", .body = TL_STR("{\"a\":1}"), .if_match = TL_STR("\"3\"") }), 0);
	assert_str(platform.answer.body, "{\"id\":\"x\"}");
	assert_str(platform.answer.etag, "\"4\"");
	assert_str(platform.answer.correlation, "c-1");
	assert_int_equal(platform.answer.attempts, 1);
	assert_false(platform.answer.repeated);
	assert_non_null(strstr(peer_request(platform.peer, 0), "Content-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(peer_request(platform.peer, 0), "\r\n\r\ngrant_type=client_credentials&client_id=my%20client&"
	                                                       "client_secret=s3cr3t%2Fof%2Bmine%26more&scope=flow%3Aview%20flow%3Aedit"));
	assert_ptr_equal(strstr(peer_request(platform.peer, 1), "PUT /api/v2/flows HTTP/1.1\r\n"), peer_request(platform.peer, 1));
	assert_non_null(strstr(peer_request(platform.peer, 1), "\r\nAuthorization: Bearer token-1\r\n"));
	assert_non_null(strstr(peer_request(platform.peer, 1), "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(peer_request(platform.peer, 1), "\r\nIf-Match: \"3\"\r\n"));
	assert_non_null(strstr(peer_request(platform.peer, 1), "\r\nUser-Agent: trunkline/test\r\n"));
	assert_int_equal(tl_client_scopes(&scopes, &platform.arena, platform.client, NULL), 0);
	assert_str(scopes, "flow:view flow:edit");
	assert_int_equal(platform.logins, 1);
	close_platform(&platform);
}

static void basic_where_it_is_wanted(void **state)
{
	struct platform platform = { .api = { { 200, "", "{}" } }, .wants_basic = true, .expires = "60" };

	(void)state;
	open_platform(&platform, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
	assert_int_equal(platform.logins, 2);
	/* base64("my%20client:s3cr3t%2Fof%2Bmine%26more") */
	assert_non_null(strstr(peer_request(platform.peer, 1), "\r\nAuthorization: Basic bXklMjBjbGllbnQ6czNjcjN0JTJGb2YlMkJtaW5lJTI2bW9yZQ==\r\n"));
	assert_null(strstr(peer_request(platform.peer, 1), "client_secret"));
	/* And it is remembered. */
	swift_sleep(&platform.swift, 61000);
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
	assert_int_equal(platform.logins, 3);
	close_platform(&platform);
}

#define CROWD 32

static void *ask_once(void *data)
{
	struct platform *platform = data;
	struct tl_arena arena = { 0 };
	struct tl_api_answer answer;
	struct tl_api_request request = { .method = "GET", .path = TL_STR("/x") };
	struct tl_error err = { 0 };
	int status = tl_client_send(&answer, &arena, platform->client, &request, &err);

	tl_arena_clear(&arena);
	return status == 0 ? NULL : (void *)(uintptr_t)err.code;
}

static void crowd_asks(struct platform *platform, enum tl_code code)
{
	pthread_t threads[CROWD];

	for (size_t i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_once, platform), 0);
	for (size_t i = 0; i < CROWD; i++) {
		void *result;

		pthread_join(threads[i], &result);
		assert_int_equal((enum tl_code)(uintptr_t)result, code);
	}
}

static void one_token_for_all_threads(void **state)
{
	struct platform platform = { .api = { { 200, "", "{}" } }, .login_delay_ms = 30 };

	(void)state;
	open_platform(&platform, (struct tl_client_config){ 0 });
	crowd_asks(&platform, TL_OK);
	assert_int_equal(platform.logins, 1);
	assert_int_equal(platform.secrets, 1);
	assert_int_equal(platform.calls, CROWD);
	assert_int_equal(tl_client_counts(platform.client).tokens, 1);
	assert_int_equal(tl_client_counts(platform.client).sends, CROWD);
	close_platform(&platform);
}

/* A wrong secret is not tried thirty-two times: accounts are locked for less. */
static void one_refusal_for_all_threads(void **state)
{
	struct platform platform = { .api = { { 200, "", "{}" } }, .login = { 401, NULL, "{\"error\":\"invalid_client\"}" }, .login_delay_ms = 30 };

	(void)state;
	open_platform(&platform, (struct tl_client_config){ 0 });
	crowd_asks(&platform, TL_REFUSED);
	assert_int_equal(platform.calls, 0);
	assert_int_equal(platform.logins, 1);
	/* Later it may be another one. */
	swift_sleep(&platform.swift, 5001);
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), -1);
	assert_int_equal(platform.logins, 2);
	close_platform(&platform);
}

static void renewed_before_its_end(void **state)
{
	static const struct {
		const char *expires;
		int64_t good_ms, renewed_ms;
	} rows[] = { { "3600", 3530000, 3541000 }, { "100", 70000, 76000 }, { "\"100\"", 70000, 76000 }, { "\"soon\"", 230000, 241000 },
		     { "1e9", 604700000 - 60000, 604800000 } };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .api = { { 200, "", "{}" } }, .expires = rows[i].expires };
		open_platform(&platform, (struct tl_client_config){ 0 });
		assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
		swift_sleep(&platform.swift, rows[i].good_ms);
		assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
		assert_row(rows[i].expires, platform.logins == 1);
		swift_sleep(&platform.swift, rows[i].renewed_ms - rows[i].good_ms);
		assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
		assert_row(rows[i].expires, platform.logins == 2);
		close_platform(&platform);
	}
}

static void a_401_asks_for_one_new_token(void **state)
{
	struct platform good = { .api = { { 401, NULL, NULL }, { 200, NULL, "{}" } } };
	struct platform bad = { .api = { { 401, NULL, "{\"message\":\"no\",\"code\":\"bad.credentials\"}" } } };

	(void)state;
	open_platform(&good, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&good, (struct tl_api_request){ .method = "POST", .again = TL_AGAIN_NEVER, .body = TL_STR("{}") }), 0);
	assert_int_equal(good.logins, 2);
	assert_int_equal(good.calls, 2);
	assert_false(good.answer.repeated);
	close_platform(&good);

	open_platform(&bad, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&bad, (struct tl_api_request){ 0 }), -1);
	assert_int_equal(bad.err.code, TL_REFUSED);
	assert_int_equal(bad.answer.status, 401);
	assert_int_equal(bad.logins, 2);
	assert_int_equal(bad.calls, 2);
	assert_non_null(strstr(bad.err.message, "no (bad.credentials)"));
	assert_no_secret(&bad);
	close_platform(&bad);
}

static void login_says_no(void **state)
{
	static const struct {
		const char *name;
		struct answer_row login;
		enum tl_code code;
		const char *says;
		unsigned logins;
	} rows[] = {
		{ "wrong secret", { 401, NULL, "{\"error\":\"invalid_client\",\"error_description\":\"no such client\"}" }, TL_REFUSED,
		  "does not accept the client's id and secret (401): check what `credentials:` names: no such client (invalid_client)", 1 },
		{ "bad request", { 400, NULL, "{\"error\":\"invalid_client\"}" }, TL_REFUSED, "id and secret (400)", 1 },
		{ "scope", { 400, NULL, "{\"error\":\"invalid_scope\"}" }, TL_REFUSED, "the scopes that are asked for (flow:fly)", 1 },
		{ "not here", { 404, NULL, "{}" }, TL_REFUSED, "check `login:`", 1 },
		{ "redirect", { 302, "Location: https://elsewhere\r\n", "{}" }, TL_REFUSED, "not followed", 1 },
		{ "redirect with a token", { 302, NULL, "{\"access_token\":\"sesame\"}" }, TL_REFUSED, "'{\"access_token\":\"******\"}'", 1 },
		{ "down", { 503, NULL, "{}" }, TL_REFUSED, "after 8 attempts: it answers 503", 8 },
		{ "too many", { 429, "Retry-After: 2\r\n", "{}" }, TL_REFUSED, "after 8 attempts", 8 },
		{ "far too many", { 429, "Retry-After: 800\r\n", "{}" }, TL_TIMED_OUT, "past the deadline", 1 },
		{ "no token", { 200, NULL, "{\"token_type\":\"bearer\"}" }, TL_REFUSED, "no bearer token", 1 },
		{ "no bearer", { 200, NULL, "{\"access_token\":\"a\",\"token_type\":\"mac\"}" }, TL_REFUSED, "no bearer token", 1 },
		{ "line break", { 200, NULL, "{\"access_token\":\"token-\\r\\nX-Evil: 1\"}" }, TL_REFUSED, "no bearer token", 1 },
		{ "no JSON", { 200, "Content-Type: text/html\r\n", "<html>token-1</html>" }, TL_REFUSED, "is `login:` the login server", 1 },
		{ "packed", { 200, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "\x1f\x8b\x08" }, TL_REFUSED,
		  "what it answers cannot be read: it is packed as 'gzip', which nobody asked for", 1 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .api = { { 200, "", "{}" } }, .login = rows[i].login };

		open_platform(&platform, (struct tl_client_config){ .scopes = TL_STR("flow:fly") });
		assert_row(rows[i].name, ask(&platform, (struct tl_api_request){ .again = TL_AGAIN_NEVER }) == -1);
		if (platform.err.code != rows[i].code || !strstr(platform.err.message, rows[i].says))
			print_error("%s\n", platform.err.message);
		assert_row(rows[i].name, platform.err.code == rows[i].code && strstr(platform.err.message, rows[i].says));
		assert_row(rows[i].name, platform.logins == rows[i].logins && platform.calls == 0);
		assert_row(rows[i].name, platform.answer.fate == TL_HTTP_UNSENT);
		assert_no_secret(&platform);
		close_platform(&platform);
	}
}

/* A renewal that fails leaves the old token in use while it is good. */
static void a_renewal_that_fails_can_wait(void **state)
{
	struct platform platform = { .api = { { 200, "", "{}" } }, .expires = "1000" };

	(void)state;
	open_platform(&platform, (struct tl_client_config){ .attempts = 2 });
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
	platform.login = (struct answer_row){ 503, NULL, "{}" };
	swift_sleep(&platform.swift, 945000);
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
	assert_int_equal(platform.logins, 3);
	/* Not each request asks anew. */
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
	assert_int_equal(platform.logins, 3);
	swift_sleep(&platform.swift, 60000);
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), -1);
	assert_int_equal(platform.logins, 5);
	platform.login = (struct answer_row){ 0, NULL, NULL };
	assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
	close_platform(&platform);
}

enum { SAFE = TL_AGAIN_SAFE, NEVER = TL_AGAIN_NEVER, GUARDED = TL_AGAIN_GUARDED };

static void attempts_and_outcomes(void **state)
{
	static const struct {
		const char *name;
		int again;
		struct answer_row api[4];
		enum tl_code code;
		unsigned calls;
		int status;
		bool repeated;
		const char *says;
	} rows[] = {
		{ "good", SAFE, { { 200, NULL, "[]" } }, TL_OK, 1, 200, false, "" },
		{ "5xx once, safe", SAFE, { { 503, NULL, NULL }, { 200, NULL, "{}" } }, TL_OK, 2, 200, true, "" },
		{ "5xx once, guarded", GUARDED, { { 500, NULL, NULL }, { 200, NULL, "{}" } }, TL_OK, 2, 200, true, "" },
		{ "5xx once, create", NEVER, { { 502, NULL, NULL }, { 200, NULL, "{}" } }, TL_LOST, 1, 502, false, "it may have taken effect" },
		{ "5xx for ever, safe", SAFE, { { 503, NULL, "{\"message\":\"down\"}" } }, TL_REFUSED, 8, 503, true, "after 8 attempts: the platform failed (503): down" },
		{ "5xx for ever, guarded", GUARDED, { { 503, NULL, NULL } }, TL_LOST, 8, 503, true, "it may have taken effect" },
		{ "lost once, safe", SAFE, { { 0, NULL, "" }, { 200, NULL, "{}" } }, TL_OK, 2, 200, true, "" },
		{ "lost once, guarded", GUARDED, { { 0, NULL, "" }, { 409, NULL, "{}" } }, TL_CONFLICT, 2, 409, true, "changed meanwhile" },
		{ "lost once, create", NEVER, { { 0, NULL, "" }, { 200, NULL, "{}" } }, TL_LOST, 1, 0, false, "closed without an answer; it may have taken effect" },
		{ "lost for ever, guarded", GUARDED, { { 0, NULL, "" } }, TL_LOST, 3, 0, true, "it may have taken effect" },
		{ "lost for ever, safe", SAFE, { { 0, NULL, "" } }, TL_IO, 3, 0, true, "after 3 attempts" },
		{ "429, create", NEVER, { { 429, "Retry-After: 3\r\n", NULL }, { 201, NULL, "{}" } }, TL_OK, 2, 201, false, "" },
		{ "429 for ever", SAFE, { { 429, "Retry-After: 1\r\n", NULL } }, TL_REFUSED, 8, 429, false, "limit of requests" },
		{ "429 after the deadline", SAFE, { { 429, "Retry-After: 400\r\n", NULL } }, TL_TIMED_OUT, 1, 429, false, "asks to wait for 400 s" },
		{ "429 after an hour", SAFE, { { 429, "Retry-After: 3600\r\n", NULL } }, TL_TIMED_OUT, 1, 429, false, "asks to wait for 3600 s, which is past" },
		{ "lost, then 429 after the deadline", GUARDED, { { 500, NULL, NULL }, { 429, "Retry-After: 400\r\n", NULL } }, TL_LOST, 2, 429, true, "may have taken" },
		{ "lost, then 401 for ever", GUARDED, { { 500, NULL, NULL }, { 401, NULL, NULL } }, TL_LOST, 3, 401, true, "may have taken" },
		{ "lost, then 403", GUARDED, { { 500, NULL, NULL }, { 403, NULL, NULL } }, TL_REFUSED, 2, 403, true, "no right" },
		{ "503 after the deadline", SAFE, { { 503, "Retry-After: 400\r\n", NULL } }, TL_TIMED_OUT, 1, 503, false, "the platform failed (503)" },
		{ "400", SAFE, { { 400, NULL, "{\"message\":\"bad name\",\"code\":\"bad.request\",\"contextId\":\"ctx-9\"}" } }, TL_REFUSED, 1, 400, false,
		  "bad name (bad.request) [request ctx-9]" },
		{ "422", NEVER, { { 422, NULL, "{\"message\":\"invalid\",\"errors\":[{\"nodeId\":\"menu\",\"message\":\"no way out\"}]}" } }, TL_REFUSED, 1, 422,
		  false, "invalid: menu: no way out" },
		{ "403", SAFE, { { 403, NULL, "{\"message\":\"Missing flow:edit scope.\",\"code\":\"missing.scope\"}" } }, TL_REFUSED, 1, 403, false,
		  "lacks the scope flow:edit:" },
		{ "403, elsewhere in it", SAFE, { { 403, NULL, "{\"message\":\"Forbidden at 12:30, see https://x\",\"details\":[{\"scope\":\"flow:simulation:run\"}]}" } },
		  TL_REFUSED, 1, 403, false, "lacks the scope flow:simulation:run:" },
		{ "404", SAFE, { { 404, NULL, NULL } }, TL_NOT_FOUND, 1, 404, false, "does not exist" },
		{ "404 of somebody else", SAFE, { { 404, "Content-Type: text/html\r\n", "<html>nginx</html>" } }, TL_REFUSED, 1, 404, false, "check `api:`" },
		{ "409", GUARDED, { { 409, NULL, NULL } }, TL_CONFLICT, 1, 409, false, "changed" },
		{ "412", GUARDED, { { 412, NULL, NULL } }, TL_CONFLICT, 1, 412, false, "changed" },
		{ "redirect", SAFE, { { 307, "Location: https://evil/\x1b[31m\r\n", NULL } }, TL_REFUSED, 1, 307, false, "'https://evil/\\x1b[31m'" },
		{ "HTML, safe", SAFE, { { 200, "Content-Type: text/html\r\n", "<html><title>Sign in\x1b</title>" } }, TL_REFUSED, 1, 200, false,
		  "HTML instead of JSON: '<html><title>Sign in\\x1b</title>'" },
		{ "HTML, guarded", GUARDED, { { 200, "Content-Type: text/html\r\n", "<html>" } }, TL_LOST, 1, 200, false, "HTML instead of JSON" },
		{ "half of JSON", SAFE, { { 200, NULL, "{\"a\":" } }, TL_REFUSED, 1, 200, false, "not the API" },
		{ "501", SAFE, { { 501, NULL, NULL } }, TL_REFUSED, 1, 501, false, "cannot do that" },
		{ "418", SAFE, { { 418, NULL, NULL } }, TL_REFUSED, 1, 418, false, "said no (418)" },
		{ "408, create", NEVER, { { 408, NULL, NULL } }, TL_REFUSED, 1, 408, false, "waited too long" },
		{ "nothing", SAFE, { { 204, NULL, "" } }, TL_OK, 1, 204, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .expires = "86400" };
		int status;

		memcpy(platform.api, rows[i].api, sizeof(rows[i].api));
		open_platform(&platform, (struct tl_client_config){ .sends_a_minute = 300 });
		status = ask(&platform, (struct tl_api_request){ .method = "POST", .body = TL_STR("{}"), .again = (enum tl_again)rows[i].again });
		if (platform.err.code != rows[i].code || !strstr(platform.err.message, rows[i].says))
			print_error("%s\n", platform.err.message);
		assert_row(rows[i].name, status == (rows[i].code == TL_OK ? 0 : -1) && platform.err.code == rows[i].code);
		assert_row(rows[i].name, strstr(platform.err.message, rows[i].says) != NULL);
		if (platform.calls != rows[i].calls)
			print_error("%u calls\n", platform.calls);
		assert_row(rows[i].name, platform.calls == rows[i].calls && platform.answer.attempts == rows[i].calls);
		assert_row(rows[i].name, platform.answer.status == rows[i].status && platform.answer.repeated == rows[i].repeated);
		assert_row(rows[i].name, status == 0 || strstr(platform.err.message, "POST http://127.0.0.1:"));
		assert_no_secret(&platform);
		close_platform(&platform);
	}
}

static void answers_that_are_asked_for(void **state)
{
	static const struct {
		int status;
		struct tl_api_request request;
	} rows[] = {
		{ 404, { .accept_missing = true } },  { 409, { .accept_conflict = true } }, { 412, { .accept_conflict = true } },
		{ 400, { .accept_invalid = true } },  { 422, { .accept_invalid = true } },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform good = { .api = { { rows[i].status, NULL, "{\"code\":\"x\"}" } } };
		struct platform page = { .api = { { rows[i].status, "Content-Type: text/html\r\n", "<html>" } } };

		open_platform(&good, (struct tl_client_config){ 0 });
		assert_int_equal(ask(&good, rows[i].request), 0);
		assert_int_equal(good.answer.status, rows[i].status);
		assert_str(good.answer.body, "{\"code\":\"x\"}");
		close_platform(&good);
		/* But not from whoever answers in the API's place. */
		open_platform(&page, (struct tl_client_config){ 0 });
		assert_int_equal(ask(&page, rows[i].request), -1);
		close_platform(&page);
	}
}

/* A server that repeats a secret in its complaint. */
static void echoes_are_masked(void **state)
{
	struct platform login = { .login = { 401, NULL, "{\"error_description\":\"no client my client with " SECRET " here\"}" } };
	struct platform encoded = { .login = { 401, NULL, "{\"error_description\":\"client_secret=s3cr3t%2Fof%2Bmine%26more\"}" } };
	struct platform api = { .api = { { 403, "X-Request-Id: of token-1\r\n", "{\"message\":\"token-1 may not\"}" } } };
	struct platform page = { .api = { { 200, "Content-Type: text/html\r\n", "<html>you sent token-1</html>" } } };
	struct platform place = { .api = { { 302, "Location: https://elsewhere.example.com/?token=token-1\r\n", "" } } };

	(void)state;
	open_platform(&login, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&login, (struct tl_api_request){ 0 }), -1);
	assert_non_null(strstr(login.err.message, "with ******************* here"));
	assert_no_secret(&login);
	close_platform(&login);
	open_platform(&encoded, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&encoded, (struct tl_api_request){ 0 }), -1);
	assert_non_null(strstr(encoded.err.message, "client_secret=****"));
	assert_no_secret(&encoded);
	close_platform(&encoded);
	open_platform(&api, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&api, (struct tl_api_request){ 0 }), -1);
	assert_non_null(strstr(api.err.message, "******* may not [request of *******]"));
	assert_no_secret(&api);
	close_platform(&api);
	open_platform(&page, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&page, (struct tl_api_request){ 0 }), -1);
	assert_non_null(strstr(page.err.message, "you sent *******"));
	assert_no_secret(&page);
	close_platform(&page);
	open_platform(&place, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&place, (struct tl_api_request){ 0 }), -1);
	assert_non_null(strstr(place.err.message, "elsewhere.example.com/?token=*******"));
	assert_no_secret(&place);
	close_platform(&place);
}

/* In the body of a good answer only what can be no word of a flow. */
static void good_answers_are_masked(void **state)
{
	static const struct {
		const char *secret, *body, *header;
	} rows[] = {
		{ "abc", "{\"name\":\"abc of 0123456789abcdef\"}", "abc, 0123456789abcdef" },
		{ "0123456789abcde", "{\"name\":\"abc of 0123456789abcdef\"}", "abc, ***************f" },
		{ "0123456789abcdef", "{\"name\":\"abc of ****************\"}", "abc, ****************" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		char body[] = "{\"name\":\"abc of 0123456789abcdef\"}", value[] = "abc, 0123456789abcdef";
		struct tl_http_header header = { TL_STR("etag"), { value, sizeof(value) - 1 } };
		struct tl_http_answer answer = { .status = 200, .headers = &header, .n_headers = 1, .body = { body, sizeof(body) - 1 } };

		tl_answer_mask(&answer, tl_str(rows[i].secret), true);
		assert_string_equal(body, rows[i].body);
		assert_string_equal(value, rows[i].header);
	}
}

/* What is no text is not shown as one. */
static void bodies_that_are_no_text(void **state)
{
	static const struct {
		const char *headers, *said;
	} rows[] = {
		{ "Content-Encoding: gzip\r\n", "it is packed as 'gzip', which nobody asked for" },
		{ "", ": 4 bytes that are no text" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .api = { { 200, rows[i].headers, "\x1f\x8b\xff\xfe" } } };

		open_platform(&platform, (struct tl_client_config){ 0 });
		assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), -1);
		assert_non_null(strstr(platform.err.message, rows[i].said));
		close_platform(&platform);
	}
}

/* A server that says "too many" and "at once" together is not asked again at once, however it says it. */
static void pauses_where_none_is_asked_for(void **state)
{
	static const char *const rows[] = { "Retry-After: 0\r\n", "Retry-After: Tue, 14 Nov 2023 22:13:10 GMT\r\n" };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .api = { { 429, rows[i], NULL }, { 429, rows[i], NULL }, { 429, rows[i], NULL }, { 200, NULL, NULL } } };

		open_platform(&platform, (struct tl_client_config){ 0 });
		assert_int_equal(ask(&platform, (struct tl_api_request){ 0 }), 0);
		assert_true(tl_client_counts(platform.client).waited_ms >= 3 * 250);
		close_platform(&platform);
	}
}

static void pauses_of_429(void **state)
{
	static const struct {
		const char *name;
		struct answer_row api[4];
		int64_t slept;
	} rows[] = {
		{ "said", { { 429, "Retry-After: 3\r\n", NULL }, { 200, NULL, NULL } }, 3000 },
		{ "said twice", { { 429, "Retry-After: 3\r\n", NULL }, { 429, "Retry-After: 4\r\n", NULL }, { 200, NULL, NULL } }, 7000 },
		{ "not said", { { 429, NULL, NULL }, { 200, NULL, NULL } }, 5000 },
		{ "not said twice", { { 429, NULL, NULL }, { 429, NULL, NULL }, { 200, NULL, NULL } }, 15000 },
		{ "as a date", { { 429, "Retry-After: Tue, 14 Nov 2023 22:13:30 GMT\r\n", NULL }, { 200, NULL, NULL } }, 10000 },
		{ "not said, and not of the count", { { 429, "inin-ratelimit-count: 2\r\ninin-ratelimit-allowed: 300\r\ninin-ratelimit-reset: 40\r\n", NULL },
		  { 200, NULL, NULL } }, 5000 },
		{ "as a count", { { 429, "inin-ratelimit-reset: 40\r\n", NULL }, { 200, NULL, NULL } }, 40000 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { 0 };
		int64_t waited;

		memcpy(platform.api, rows[i].api, sizeof(rows[i].api));
		open_platform(&platform, (struct tl_client_config){ 0 });
		assert_row(rows[i].name, ask(&platform, (struct tl_api_request){ .again = TL_AGAIN_NEVER }) == 0);
		waited = tl_client_counts(platform.client).waited_ms;
		assert_row(rows[i].name, waited == rows[i].slept && atomic_load(&platform.swift.slept) == waited);
		close_platform(&platform);
	}
}

static atomic_int stop_calls;
static int stop_later(void)
{
	return atomic_fetch_add(&stop_calls, 1) > 6;
}

static void interrupts_and_deadlines(void **state)
{
	static const struct {
		const char *name;
		struct answer_row login, api[4];
		bool stops;
		int64_t deadline_ms, most_ms;
		enum tl_code code;
	} rows[] = {
		{ "stopped in a pause", { 0 }, { { 429, "Retry-After: 200\r\n", NULL } }, true, 0, 2000, TL_INTERRUPTED },
		{ "stopped between attempts", { 0 }, { { 503, "Retry-After: 200\r\n", NULL } }, true, 0, 2000, TL_INTERRUPTED },
		{ "stopped at the login", { 503, "Retry-After: 200\r\n", "{}" }, { { 200, NULL, NULL } }, true, 0, 2000, TL_INTERRUPTED },
		{ "deadline in a pause", { 0 }, { { 429, "Retry-After: 20\r\n", NULL } }, false, 10000, 0, TL_TIMED_OUT },
		{ "deadline between attempts", { 0 }, { { 503, "Retry-After: 20\r\n", NULL } }, false, 10000, 0, TL_TIMED_OUT },
		{ "deadline at the login", { 503, "Retry-After: 20\r\n", "{}" }, { { 200, NULL, NULL } }, false, 10000, 0, TL_TIMED_OUT },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .login = rows[i].login };

		memcpy(platform.api, rows[i].api, sizeof(rows[i].api));
		atomic_store(&stop_calls, 0);
		open_platform(&platform, (struct tl_client_config){ .stopped = rows[i].stops ? stop_later : NULL });
		assert_row(rows[i].name, ask(&platform, (struct tl_api_request){ .deadline_ms = rows[i].deadline_ms }) == -1);
		assert_row(rows[i].name, platform.err.code == rows[i].code);
		/* At once: nothing was slept through. */
		assert_row(rows[i].name, atomic_load(&platform.swift.slept) <= rows[i].most_ms);
		close_platform(&platform);
	}
}

static void unreachable_is_not_tried_for_long(void **state)
{
	struct platform platform = { .api = { { 200, NULL, "{}" } } };
	struct tl_client *client;
	struct tl_client_config config;

	(void)state;
	open_platform(&platform, (struct tl_client_config){ 0 });
	config = (struct tl_client_config){ .clock = &platform.clock, .http = platform.http, .login = tl_str(peer_address(platform.peer)),
		                            .api = TL_STR("http://127.0.0.1:1"), .secrets = read_secrets, .data = &platform };
	assert_int_equal(tl_client_open(&client, &config, NULL), 0);
	tl_client_close(platform.client);
	platform.client = client;
	assert_int_equal(ask(&platform, (struct tl_api_request){ .again = TL_AGAIN_NEVER }), -1);
	assert_int_equal(platform.err.code, TL_IO);
	assert_int_equal(platform.answer.attempts, 3);
	assert_int_equal(platform.answer.fate, TL_HTTP_UNSENT);
	assert_non_null(strstr(platform.err.message, "after 3 attempts: 127.0.0.1:1: it refuses the connection"));
	assert_true(atomic_load(&platform.swift.slept) <= 1000);
	close_platform(&platform);
}

static void budget_of_the_client(void **state)
{
	/* What is set and said, and how long the clock moved after so many requests. */
	static const struct {
		const char *name, *headers;
		uint64_t sends, top, bottom;
		int requests;
		int64_t slept;
	} rows[] = {
		{ "within", "", 10, 0, 0, 10, 0 },
		{ "one too many", "", 10, 0, 0, 11, 60251 },
		{ "a half", "", 10, 1, 2, 6, 60251 },
		{ "less than one", "", 10, 1, 100, 2, 60251 },
		{ "no limit", "", 0, 0, 0, 40, 0 },
		{ "the server allows less", "inin-ratelimit-count: 1\r\ninin-ratelimit-allowed: 3\r\ninin-ratelimit-reset: 60\r\n", 10, 0, 0, 4, 60251 },
		{ "a half of less", "inin-ratelimit-count: 1\r\ninin-ratelimit-allowed: 4\r\ninin-ratelimit-reset: 60\r\n", 10, 1, 2, 3, 60251 },
		{ "others used it up", "inin-ratelimit-count: 10\r\ninin-ratelimit-allowed: 10\r\ninin-ratelimit-reset: 20\r\n", 10, 0, 0, 2, 20001 },
		{ "nonsense", "inin-ratelimit-count: -1\r\ninin-ratelimit-allowed: lots\r\ninin-ratelimit-reset: 99999999999\r\n", 10, 0, 0, 10, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct platform platform = { .api = { { 200, rows[i].headers, "{}" } } };
		int64_t slept;

		open_platform(&platform, (struct tl_client_config){ .sends_a_minute = rows[i].sends, .rate_top = rows[i].top, .rate_bottom = rows[i].bottom });
		for (int n = 0; n < rows[i].requests; n++)
			assert_row(rows[i].name, ask(&platform, (struct tl_api_request){ 0 }) == 0);
		slept = atomic_load(&platform.swift.slept);
		if (slept != rows[i].slept)
			print_error("%lld ms\n", (long long)slept);
		assert_row(rows[i].name, slept == rows[i].slept && tl_client_counts(platform.client).waited_ms == slept);
		close_platform(&platform);
	}
}

static void routes_have_budgets_of_their_own(void **state)
{
	struct platform platform = { .api = { { 429, "Retry-After: 7\r\n", NULL }, { 200, NULL, "{}" } } };
	struct tl_budget *route;

	(void)state;
	open_platform(&platform, (struct tl_client_config){ .sends_a_minute = 300 });
	route = tl_budget_new(200, 60000, &platform.clock);
	assert_int_equal(ask(&platform, (struct tl_api_request){ .budget = route }), 0);
	assert_int_equal(atomic_load(&platform.swift.slept), 7000);
	assert_int_equal(tl_client_counts(platform.client).rate_limited, 1);
	assert_int_equal(tl_client_counts(platform.client).retries, 1);
	close_platform(&platform);
	tl_budget_free(route);
}

static void bad_requests_and_addresses(void **state)
{
	static const char *const apis[] = { "api.example.com", "https://h?x=1", "https://u:hunter2@h" };
	struct platform platform = { .api = { { 200, NULL, "{}" } } };

	(void)state;
	open_platform(&platform, (struct tl_client_config){ 0 });
	assert_int_equal(ask(&platform, (struct tl_api_request){ .if_match = TL_STR("*") }), -1);
	assert_int_equal(platform.err.code, TL_USAGE);
	assert_int_equal(ask(&platform, (struct tl_api_request){ .path = TL_STR("@evil.example/") }), -1);
	assert_int_equal(platform.err.code, TL_USAGE);
	assert_int_equal(platform.logins, 0);
	for (size_t i = 0; i < TL_COUNT(apis); i++) {
		struct tl_client_config config = { .clock = &platform.clock, .http = platform.http, .login = TL_STR("https://login"), .api = tl_str(apis[i]) };
		struct tl_client *client;
		struct tl_error err = { 0 };

		assert_row(apis[i], tl_client_open(&client, &config, &err) == -1 && !client && err.code == TL_USAGE);
		assert_row(apis[i], !strstr(err.message, "hunter2"));
	}
	close_platform(&platform);
}

/* What is asked before a request goes out: the readiness that takes its time, and what is known at once. */
struct doubt {
	unsigned ready_asked, still_asked, not_still; /* so many times `still` says no */
	unsigned ready_until;                         /* so many times `ready` says yes */
};

static int is_ready(void *data, struct tl_error *err)
{
	struct doubt *doubt = data;

	return doubt->ready_asked++ < doubt->ready_until ? 0 : tl_error_set(err, TL_CONFLICT, "somebody else took over");
}

static bool is_still(void *data)
{
	struct doubt *doubt = data;

	return doubt->still_asked++ >= doubt->not_still;
}

static int put_in_doubt(struct platform *platform, struct doubt *doubt)
{
	return ask(platform, (struct tl_api_request){ .method = "PUT", .again = TL_AGAIN_GUARDED, .ready = is_ready, .still = is_still, .data = doubt });
}

static void a_write_is_asked_for_once_more_before_it_goes_out(void **state)
{
	struct platform platform = { .api = { { 200, NULL, "{}" }, { 503, NULL, "{}" } } };
	struct doubt sure = { .ready_until = 9, .not_still = 2 }, never = { .ready_until = 0 }, once = { .ready_until = 1 };

	(void)state;
	open_platform(&platform, (struct tl_client_config){ 0 });
	/* Twice it had to be asked for again; it was sent once. */
	assert_int_equal(put_in_doubt(&platform, &sure), 0);
	assert_int_equal(sure.ready_asked, 3);
	assert_int_equal(platform.answer.attempts, 1);
	assert_int_equal(platform.calls, 1);
	/* Nothing was sent, and the reason is said as it is. */
	assert_int_equal(put_in_doubt(&platform, &never), -1);
	assert_int_equal(platform.err.code, TL_CONFLICT);
	assert_string_equal(platform.err.message, "somebody else took over");
	assert_int_equal(platform.answer.attempts, 0);
	assert_int_equal(never.still_asked, 0);
	assert_int_equal(platform.calls, 1);
	/* The first attempt may have taken effect. */
	assert_int_equal(put_in_doubt(&platform, &once), -1);
	assert_int_equal(platform.err.code, TL_LOST);
	assert_int_equal(platform.answer.attempts, 1);
	assert_int_equal(platform.calls, 2);
	close_platform(&platform);
}

static void retry_after_is_read(void **state)
{
	static const struct {
		const char *value, *date;
		int64_t ms;
	} rows[] = {
		{ "", "", 5000 },           { "0", "", 0 },           { "7", "", 7000 },   { " 7 ", "", 7000 }, { "-1", "", 5000 },
		{ "soon", "", 5000 },       { "1.5", "", 5000 },      { "901", "", 900000 }, { "999999999999", "", 900000 }, { "9999999999999999999999", "", 900000 },
		{ "Tue, 14 Nov 2023 22:13:30 GMT", "", 10000 },
		{ "Tue, 14 Nov 2023 22:13:10 GMT", "", 0 },
		{ "Tue, 14 Nov 2023 22:13:30 GMT", "Tue, 14 Nov 2023 22:13:28 GMT", 2000 },
		{ "Tue, 14 Nov 2053 22:13:30 GMT", "", 900000 },
		{ "Tue, 14 Foo 2023 22:13:30 GMT", "", 5000 },
		{ "Tue, 14 Nov 2023 22:13:30 CET", "", 5000 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i].value, tl_retry_after(tl_str(rows[i].value), tl_str(rows[i].date), 1700000000000) == rows[i].ms);
}

static void delays_have_bounds(void **state)
{
	static const int64_t bounds[] = { 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

	(void)state;
	for (unsigned attempt = 1; attempt <= TL_COUNT(bounds); attempt++) {
		bool moved = false;

		for (int i = 0; i < 200; i++) {
			int64_t delay = tl_retry_delay(attempt, 0);

			assert_true(delay >= 0 && delay <= bounds[attempt - 1]);
			moved = moved || delay > bounds[attempt - 1] / 2;
		}
		/* Full jitter: all of the range is used. 200 draws that all fall into one half are no chance. */
		assert_true(moved);
	}
	assert_int_equal(tl_retry_delay(1, 60000), 60000);
}

int test_net_client(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_its_token), cmocka_unit_test(basic_where_it_is_wanted), cmocka_unit_test(one_token_for_all_threads),
		cmocka_unit_test(one_refusal_for_all_threads), cmocka_unit_test(renewed_before_its_end), cmocka_unit_test(a_401_asks_for_one_new_token),
		cmocka_unit_test(login_says_no), cmocka_unit_test(a_renewal_that_fails_can_wait), cmocka_unit_test(attempts_and_outcomes),
		cmocka_unit_test(answers_that_are_asked_for), cmocka_unit_test(unreachable_is_not_tried_for_long), cmocka_unit_test(budget_of_the_client),
		cmocka_unit_test(routes_have_budgets_of_their_own), cmocka_unit_test(bad_requests_and_addresses), cmocka_unit_test(retry_after_is_read),
		cmocka_unit_test(delays_have_bounds), cmocka_unit_test(echoes_are_masked), cmocka_unit_test(pauses_of_429),
		cmocka_unit_test(good_answers_are_masked), cmocka_unit_test(bodies_that_are_no_text), cmocka_unit_test(pauses_where_none_is_asked_for),
		cmocka_unit_test(interrupts_and_deadlines), cmocka_unit_test(a_write_is_asked_for_once_more_before_it_goes_out),
	};

	return cmocka_run_group_tests_name("net client", tests, NULL, NULL);
}
