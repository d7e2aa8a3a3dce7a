/* net/login.c: POST {login}/oauth/token. */
#include "net/login.h"

#include <stdlib.h>
#include <strings.h>

#include "base/base64.h"
#include "doc/json.h"
#include "net/address.h"
#include "net/complaint.h"
#include "net/retry.h"

#define ANSWER_LIMIT ((size_t)64 << 10)
#define TOTAL_MS 30000
#define TOKEN_MOST 16384
/* A server that does not say how long its token lives; and bounds for what one says. */
#define LIFE_DEFAULT_S 300
#define LIFE_MOST_S 604800

/* One request for a token. */
struct ask {
	struct tl_login *login;
	struct tl_arena *arena;
	struct tl_str url, id, secret;
	bool basic;
	struct tl_http_answer answer;
};

static struct tl_str form_of(const struct ask *ask)
{
	struct tl_str form = TL_STR("grant_type=client_credentials"), scopes = ask->login->config->scopes;

	if (!ask->basic)
		form = tl_arena_printf(ask->arena, "%.*s&client_id=%.*s&client_secret=%.*s", TL_FMT(form), TL_FMT(tl_address_encode(ask->arena, ask->id)),
		                       TL_FMT(tl_address_encode(ask->arena, ask->secret)));
	if (scopes.len > 0)
		form = tl_arena_printf(ask->arena, "%.*s&scope=%.*s", TL_FMT(form), TL_FMT(tl_address_encode(ask->arena, scopes)));
	return form;
}

/* RFC 6749, 2.3.1: both are form-encoded before they are joined. */
static struct tl_str basic_of(const struct ask *ask)
{
	struct tl_str pair = tl_arena_printf(ask->arena, "%.*s:%.*s", TL_FMT(tl_address_encode(ask->arena, ask->id)),
	                                     TL_FMT(tl_address_encode(ask->arena, ask->secret)));

	return tl_arena_printf(ask->arena, "Basic %.*s", TL_FMT(tl_base64_encode(ask->arena, pair)));
}

static int post(struct ask *ask, int64_t left_ms, struct tl_error *err)
{
	const struct tl_client_config *config = ask->login->config;
	struct tl_http_header headers[4] = {
		{ TL_STR("Content-Type"), TL_STR("application/x-www-form-urlencoded") },
		{ TL_STR("Accept"), TL_STR("application/json") },
		{ TL_STR("User-Agent"), tl_str(config->agent ? config->agent : "trunkline") },
	};
	struct tl_http_request request = {
		.method = "POST", .url = ask->url, .headers = headers, .n_headers = 3, .body = form_of(ask), .body_limit = ANSWER_LIMIT, .secret = true,
		.total_ms = left_ms < TOTAL_MS ? left_ms : TOTAL_MS,
	};

	if (ask->basic)
		headers[request.n_headers++] = (struct tl_http_header){ TL_STR("Authorization"), basic_of(ask) };
	ask->login->requests++;
	return tl_http_send(&ask->answer, ask->arena, config->http, &request, err);
}

static struct tl_str reason(const struct ask *ask)
{
	struct tl_str words = tl_answer_words(ask->arena, &ask->answer);

	return words.len > 0 ? tl_arena_printf(ask->arena, ": %.*s", TL_FMT(words)) : words;
}

/* What an answer other than 2xx means. */
static int refuse(const struct ask *ask, struct tl_error *err)
{
	struct tl_str why = reason(ask);

	switch (ask->answer.status) {
	case 400:
	case 401:
		if (tl_str_find(ask->answer.body, TL_STR("scope"), 0) != SIZE_MAX)
			return tl_error_set(err, TL_REFUSED, "it does not give the scopes that are asked for (%.*s): grant them to the client%.*s",
			                    TL_FMT(ask->login->config->scopes), TL_FMT(why));
		return tl_error_set(err, TL_REFUSED, "it does not accept the client's id and secret (%d): check what `credentials:` names%.*s", ask->answer.status, TL_FMT(why));
	case 403:
		return tl_error_set(err, TL_REFUSED, "it gives this client no token (403)%.*s", TL_FMT(why));
	case 404:
	case 405:
		return tl_error_set(err, TL_REFUSED, "it has no tokens there (%d): check `login:`%.*s", ask->answer.status, TL_FMT(why));
	default:
		return tl_error_set(err, TL_REFUSED, "it answers %d%s%.*s", ask->answer.status,
		                    ask->answer.status >= 300 && ask->answer.status < 400 ? ", a redirect, and those are not followed: check `login:`" : "",
		                    TL_FMT(why));
	}
}

/* RFC 6750, 2.1: what a token may consist of, so that it can stand in a header. */
static bool is_token(struct tl_str text)
{
	if (text.len == 0 || text.len > TOKEN_MOST)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= 0x20 || (unsigned char)text.ptr[i] >= 0x7f)
			return false;
	return true;
}

static int64_t life_of(const struct tl_item *root)
{
	const struct tl_item *item = tl_item_get(root, "expires_in");
	double seconds = LIFE_DEFAULT_S;
	char *end = NULL;

	if (item && item->kind == TL_NUMBER)
		seconds = item->number;
	if (item && item->kind == TL_STRING)
		seconds = strtod(item->text.ptr, &end);
	if (end && (end == item->text.ptr || *end != '\0'))
		seconds = LIFE_DEFAULT_S;
	if (!(seconds >= 1))
		seconds = 1;
	return (int64_t)((seconds > LIFE_MOST_S ? LIFE_MOST_S : seconds) * 1000);
}

static int read_grant(struct tl_grant *out, const struct ask *ask, struct tl_error *err)
{
	struct tl_doc *doc = NULL;
	struct tl_str type, token;
	int status = -1;

	if (!tl_answer_is_json(&ask->answer) || ask->answer.body.len == 0 || tl_json_parse(&doc, TL_STR("answer"), ask->answer.body, NULL) != 0) {
		struct tl_str packed = tl_answer_packing(ask->arena, &ask->answer);

		if (packed.len > 0)
			return tl_error_set(err, TL_REFUSED, "what it answers cannot be read: %.*s", TL_FMT(packed));
		return tl_error_set(err, TL_REFUSED, "what it answers is no token: is `login:` the login server%s",
		                    tl_answer_is_json(&ask->answer) ? "" : " (it sends something else than JSON)");
	}
	token = tl_item_text(doc->root, "access_token");
	type = tl_item_text(doc->root, "token_type");
	if (!is_token(token) || (type.len > 0 && !tl_str_equal_nocase(type, TL_STR("bearer")))) {
		tl_error_set(err, TL_REFUSED, "what it answers holds no bearer token");
	} else {
		out->token = tl_arena_dup(ask->arena, token);
		/* RFC 6749, 5.1: where it says nothing of scopes, they are those that were asked for. */
		out->scopes = tl_item_text(doc->root, "scope");
		out->scopes = tl_arena_dup(ask->arena, out->scopes.len > 0 ? out->scopes : ask->login->config->scopes);
		out->life_ms = life_of(doc->root);
		status = 0;
	}
	tl_arena_wipe(&doc->arena);
	tl_doc_free(doc);
	return status;
}

/* A server may take id and secret as HTTP Basic alone; it says so by a challenge, or by an error of the form. */
static bool wants_basic(const struct ask *ask)
{
	struct tl_str challenge = tl_http_header_of(&ask->answer, "www-authenticate");

	if (ask->basic || (ask->answer.status != 400 && ask->answer.status != 401))
		return false;
	return (challenge.len >= 5 && strncasecmp(challenge.ptr, "basic", 5) == 0) || tl_str_find(ask->answer.body, TL_STR("invalid_request"), 0) != SIZE_MAX;
}

/* A token in an answer that gives none is a secret all the same, and the answer is shown. */
static void mask_token(struct ask *ask)
{
	struct tl_doc *doc = NULL;

	if (tl_json_parse(&doc, TL_STR("answer"), ask->answer.body, NULL) != 0)
		return;
	tl_answer_mask(&ask->answer, tl_item_text(doc->root, "access_token"), false);
	tl_arena_wipe(&doc->arena);
	tl_doc_free(doc);
}

/* What became of one request. */
enum verdict { DONE, FAILED, ASK_AGAIN, ASK_AT_ONCE };

static enum verdict ask_once(struct tl_grant *out, struct ask *ask, const struct tl_retry *retry, int64_t *at_least_ms, struct tl_error *err)
{
	struct tl_login *login = ask->login;
	int64_t left = retry->deadline_ms - tl_retry_now(retry);
	int status;

	*at_least_ms = 0;
	login->denied = false;
	if (left <= 0) {
		tl_error_set(err, TL_TIMED_OUT, "the deadline has passed");
		return FAILED;
	}
	if (post(ask, left, err) != 0)
		return err->code == TL_IO || err->code == TL_TIMED_OUT ? (ask->answer.hopeless ? FAILED : ASK_AGAIN) : FAILED;
	login->met = true;
	status = ask->answer.status;
	if (status >= 200 && status < 300)
		return read_grant(out, ask, err) == 0 ? DONE : FAILED;
	tl_answer_mask(&ask->answer, ask->secret, false);
	tl_answer_mask(&ask->answer, tl_address_encode(ask->arena, ask->secret), false);
	mask_token(ask);
	if (wants_basic(ask)) {
		ask->basic = true;
		return ASK_AT_ONCE;
	}
	refuse(ask, err);
	if (status == 429 || (status >= 500 && tl_http_header_of(&ask->answer, "retry-after").ptr))
		*at_least_ms = tl_retry_after(tl_http_header_of(&ask->answer, "retry-after"), tl_http_header_of(&ask->answer, "date"),
		                              login->config->clock->now_ms(login->config->clock->data));
	login->denied = status != 429 && status != 408 && status < 500;
	return login->denied ? FAILED : ASK_AGAIN;
}

/* A server that hangs up on all who come without TLS has never answered yet. */
static int give_up(const struct ask *ask, const struct tl_retry *retry, struct tl_error *err)
{
	if (!ask->login->met && ask->answer.fate == TL_HTTP_LOST && tl_str_starts(ask->url, TL_STR("http:")))
		tl_error_set(err, err->code, "%s; write https:// if that port speaks it", err->message);
	return tl_error_wrap(err, "after %u attempts", retry->attempts);
}

static int ask_until_done(struct tl_grant *out, struct ask *ask, struct tl_retry *retry, struct tl_error *err)
{
	enum verdict verdict = ASK_AGAIN;
	int64_t at_least_ms;

	for (;;) {
		struct tl_error waiting = { 0 };

		retry->attempts++;
		retry->begun_ms = tl_retry_now(retry);
		verdict = ask_once(out, ask, retry, &at_least_ms, err);
		if (verdict == ASK_AT_ONCE)
			continue;
		if (verdict != ASK_AGAIN)
			break;
		if (retry->attempts >= (ask->login->met ? retry->most : TL_RETRY_STRANGER))
			return give_up(ask, retry, err);
		if (tl_retry_wait(retry, at_least_ms, err->message, &waiting) != 0) {
			char last[512];

			memcpy(last, err->message, sizeof(last) - 1);
			last[sizeof(last) - 1] = '\0';
			return tl_error_set(err, waiting.code, "%s; %s", last, waiting.message);
		}
	}
	return verdict == DONE ? 0 : -1;
}

int tl_login_ask(struct tl_grant *out, struct tl_arena *arena, struct tl_login *login, int64_t deadline_ms, struct tl_error *err)
{
	const struct tl_client_config *config = login->config;
	struct ask ask = { .login = login, .arena = arena, .basic = login->basic };
	struct tl_retry retry = {
		.clock = config->clock, .stopped = config->stopped, .deadline_ms = deadline_ms, .most = config->attempts ? config->attempts : TL_RETRY_ATTEMPTS,
		.waits = config->waits, .data = config->data,
	};

	if (config->secrets(&ask.id, &ask.secret, arena, config->data, err) != 0)
		return -1;
	ask.url = tl_arena_printf(arena, "%.*s/oauth/token", TL_FMT(login->address));
	if (ask_until_done(out, &ask, &retry, err) != 0)
		return tl_error_wrap(err, "no token from %.*s", TL_FMT(login->address));
	login->basic = ask.basic;
	return 0;
}
