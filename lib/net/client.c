/* net/client.c: a request with its token, its turn in the budget and its attempts. What an answer means is net/verdict.c's. */
#include "net/client.h"

#include <pthread.h>
#include <stdlib.h>

#include "net/address.h"
#include "net/complaint.h"
#include "net/retry.h"
#include "net/token.h"
#include "net/verdict.h"

#define DEADLINE_MS 300000
#define TOTAL_MS 60000
#define SPAN_MS 60000
/* One that was given up may still arrive a moment later. */
#define SPAN_SLACK_MS 250
#define SHOWN_MOST 300
#define LIMITED_LEAST_MS 250

struct tl_client {
	struct tl_client_config config;
	struct tl_arena arena;
	struct tl_address login, api;
	struct tl_token *token;
	struct tl_budget *budget;
	pthread_mutex_t lock; /* of what follows */
	struct tl_client_counts counts;
	bool met;             /* the API answered before */
};

/* One request on its way through its attempts. */
struct call {
	struct tl_client *client;
	const struct tl_api_request *request;
	struct tl_arena *arena;
	struct tl_api_answer *out;
	struct tl_retry retry;
	struct tl_str url;
	struct tl_http_answer answer;
	bool maybe;           /* an attempt may have taken effect */
	bool definite;        /* the last one was answered by the API itself, with a yes or a no */
	bool asked;           /* a token was there, so that the API itself was asked, or would have been */
	bool reauthorized;    /* a 401 was answered with a new token */
	bool held;            /* the last attempt was not even begun */
	unsigned limited;     /* how many were answered by 429 */
	unsigned strange;     /* attempts that did not reach a server that never answered */
};

static uint64_t share_of(const struct tl_client_config *config)
{
	uint64_t share = config->sends_a_minute;

	if (config->rate_top > 0 && config->rate_bottom > 0 && config->rate_top < config->rate_bottom)
		share = share * config->rate_top / config->rate_bottom;
	return share == 0 && config->sends_a_minute > 0 ? 1 : share;
}

int tl_client_open(struct tl_client **out, const struct tl_client_config *config, struct tl_error *err)
{
	struct tl_client *client = tl_alloc_zero(1, sizeof(*client));

	*out = NULL;
	client->config = *config;
	if (client->config.deadline_ms <= 0)
		client->config.deadline_ms = DEADLINE_MS;
	if (client->config.attempts == 0)
		client->config.attempts = TL_RETRY_ATTEMPTS;
	client->config.scopes = tl_arena_dup(&client->arena, config->scopes);
	pthread_mutex_init(&client->lock, NULL);
	client->budget = tl_budget_new(share_of(config), SPAN_MS + SPAN_SLACK_MS, config->clock);
	if (tl_address_parse(&client->login, &client->arena, config->login, err) != 0) {
		tl_error_wrap(err, "login");
	} else if (tl_address_parse(&client->api, &client->arena, config->api, err) != 0) {
		tl_error_wrap(err, "api");
	} else if (tl_str_find(client->login.path, TL_STR("?"), 0) != SIZE_MAX || tl_str_find(client->api.path, TL_STR("?"), 0) != SIZE_MAX) {
		tl_error_set(err, TL_USAGE, "a login or api address with a query ('?'): paths are put after it");
	} else {
		client->token = tl_token_new(&client->config, client->login.text);
		*out = client;
		return 0;
	}
	tl_client_close(client);
	return -1;
}

void tl_client_close(struct tl_client *client)
{
	if (!client)
		return;
	tl_token_free(client->token);
	tl_budget_free(client->budget);
	pthread_mutex_destroy(&client->lock);
	tl_arena_clear(&client->arena);
	free(client);
}

static int64_t header_number(const struct tl_http_answer *answer, const char *name)
{
	struct tl_str text = tl_http_header_of(answer, name);
	int64_t value = 0;

	if (text.len == 0 || text.len > 9)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return -1;
		value = value * 10 + (text.ptr[i] - '0');
	}
	return value;
}

/* Passes on what the server says of its own count. It counts for all who share the token: where only a part of it is ours, the others' sends are none of
 * our business until nothing is left. */
static void pass_on_rate(struct call *call)
{
	const struct tl_client_config *config = &call->client->config;
	int64_t used = header_number(&call->answer, "inin-ratelimit-count"), allowed = header_number(&call->answer, "inin-ratelimit-allowed"),
	        reset = header_number(&call->answer, "inin-ratelimit-reset");
	struct tl_budget *budget = call->request->budget ? call->request->budget : call->client->budget;
	bool shared = !call->request->budget && config->rate_top > 0 && config->rate_top < config->rate_bottom;

	if (used < 0 && allowed < 0)
		return;
	reset = reset < 0 ? -1 : reset * 1000;
	if (!shared) {
		tl_budget_told(budget, used, allowed, reset);
		return;
	}
	tl_budget_told(budget, -1, allowed < 0 ? -1 : (int64_t)((uint64_t)allowed * config->rate_top / config->rate_bottom), reset);
	if (allowed >= 0 && used >= allowed && reset > 0)
		tl_budget_pause(budget, reset);
}

/* A turn that is far off is told, unless it lies past the deadline: that is an error, which tells itself. */
static void tell_turn(const struct call *call, struct tl_budget *budget)
{
	char why[96];
	int64_t ms = tl_budget_ahead(budget, why, sizeof(why));

	if (ms <= call->retry.deadline_ms - tl_retry_now(&call->retry))
		tl_retry_tell(&call->retry, ms, why);
}

static int take_turn(struct call *call, struct tl_error *err)
{
	struct tl_client *client = call->client;
	int64_t waited = 0, waited_route = 0;
	int status = 0;

	tell_turn(call, call->request->budget ? call->request->budget : client->budget);
	if (call->request->budget)
		status = tl_budget_take(&waited_route, call->request->budget, call->retry.deadline_ms, client->config.stopped, err);
	if (status == 0)
		status = tl_budget_take(&waited, client->budget, call->retry.deadline_ms, client->config.stopped, err);
	pthread_mutex_lock(&client->lock);
	client->counts.waited_ms += waited + waited_route;
	client->counts.sends += status == 0;
	pthread_mutex_unlock(&client->lock);
	return status;
}

/* One exchange with the API; `bearer` is "Bearer …". */
static int exchange(struct call *call, const struct tl_buf *bearer, struct tl_error *err)
{
	const struct tl_api_request *request = call->request;
	const struct tl_client_config *config = &call->client->config;
	int64_t left = call->retry.deadline_ms - tl_retry_now(&call->retry);
	struct tl_http_header headers[5] = {
		{ TL_STR("Authorization"), tl_buf_view(bearer) },
		{ TL_STR("Accept"), TL_STR("application/json") },
		{ TL_STR("User-Agent"), tl_str(config->agent ? config->agent : "trunkline") },
	};
	struct tl_http_request http = {
		.method = request->method, .url = call->url, .headers = headers, .n_headers = 3, .body = request->body,
		.body_limit = request->body_limit, .total_ms = left < TOTAL_MS ? left : 0, .still = request->still, .data = request->data,
	};

	if (left <= 0) {
		call->answer.hopeless = true;
		call->answer.withheld = false;
		return tl_error_set(err, TL_TIMED_OUT, "the deadline has passed");
	}
	if (request->body.ptr)
		headers[http.n_headers++] = (struct tl_http_header){ TL_STR("Content-Type"), TL_STR("application/json") };
	if (request->if_match.len > 0)
		headers[http.n_headers++] = (struct tl_http_header){ TL_STR("If-Match"), request->if_match };
	return tl_http_send(&call->answer, call->arena, config->http, &http, err);
}

/* The same, where it is still wanted when its turn has come. */
static int exchange_wanted(struct call *call, const struct tl_buf *bearer, struct tl_error *err)
{
	const struct tl_api_request *request = call->request;
	int status;

	do {
		call->held = request->ready && request->ready(request->data, err) != 0;
		status = call->held ? -1 : exchange(call, bearer, err);
	} while (!call->held && status != 0 && call->answer.withheld && request->ready);
	return status;
}

/* What the caller is told of the last attempt. */
static void fill_out(struct call *call)
{
	struct tl_api_answer *out = call->out;

	out->status = call->answer.status;
	out->fate = call->answer.fate;
	out->latency_ms = call->answer.latency_ms;
	out->body = call->answer.body;
	out->etag = tl_http_header_of(&call->answer, "etag");
	out->correlation = tl_answer_correlation(call->arena, &call->answer);
}

/* A 401 drops the token, and a new one is tried exactly once. */
static enum tl_verdict judge_401(struct call *call, const struct tl_buf *bearer)
{
	tl_token_drop(call->client->token, tl_str_slice(tl_buf_view(bearer), strlen("Bearer "), bearer->len));
	if (call->reauthorized)
		return TL_VERDICT_FAILED;
	call->reauthorized = true;
	return TL_VERDICT_AT_ONCE;
}

/* A 429: nobody sends for so long; the wait itself is in the budget, past whose deadline it ends at once. A server that does not say how long gets
 * longer pauses from time to time: its count may take a minute. When that starts anew matters only where it is used up: else something else was too much. */
static int pause_all(struct call *call, struct tl_error *err)
{
	struct tl_client *client = call->client;
	struct tl_str after = tl_http_header_of(&call->answer, "retry-after");
	int64_t reset = header_number(&call->answer, "inin-ratelimit-reset"), used = header_number(&call->answer, "inin-ratelimit-count"),
	        allowed = header_number(&call->answer, "inin-ratelimit-allowed"), left = call->retry.deadline_ms - tl_retry_now(&call->retry);
	int64_t now = client->config.clock->now_ms(client->config.clock->data), asked = tl_retry_asked(after, tl_http_header_of(&call->answer, "date"), now),
	        ms = tl_retry_after(after, tl_http_header_of(&call->answer, "date"), now);

	call->limited++;
	if (after.len == 0)
		ms = reset > 0 && (used < 0 || allowed < 0 || used >= allowed) ? reset * 1000 : ms * call->limited;
	/* "At once", or a date that is over, is no time to give one that has just had too much. */
	if (ms < LIMITED_LEAST_MS)
		ms = tl_retry_delay(call->limited, LIMITED_LEAST_MS);
	tl_budget_pause(call->request->budget ? call->request->budget : client->budget, ms);
	pthread_mutex_lock(&client->lock);
	client->counts.rate_limited++;
	pthread_mutex_unlock(&client->lock);
	if (ms > left)
		return tl_error_set(err, TL_TIMED_OUT, "%s; it asks to wait for %lld s, which is past the deadline", err->message,
		                    (long long)((asked > ms ? asked : ms) + 999) / 1000);
	if (call->retry.attempts < call->retry.most)
		tl_retry_tell(&call->retry, ms, err->message);
	return 0;
}

static enum tl_verdict judge(struct call *call, int status, const struct tl_buf *bearer, struct tl_error *err)
{
	struct tl_client *client = call->client;
	struct tl_judged judged = { .request = call->request, .answer = &call->answer, .arena = call->arena };
	enum tl_verdict verdict;

	tl_answer_mask(&call->answer, tl_str_slice(tl_buf_view(bearer), strlen("Bearer "), bearer->len),
	               call->answer.status / 100 == 2 && tl_answer_is_json(&call->answer));
	fill_out(call);
	if (status == 0) {
		pthread_mutex_lock(&client->lock);
		client->met = true;
		pthread_mutex_unlock(&client->lock);
		pass_on_rate(call);
	}
	verdict = status == 0 ? tl_verdict_of_answer(&judged, err) : tl_verdict_of_failure(&judged, err);
	if (status == 0 && call->answer.status == 401)
		verdict = judge_401(call, bearer);
	if (status == 0 && call->answer.status == 429 && pause_all(call, err) != 0)
		verdict = TL_VERDICT_FAILED;
	call->maybe = call->maybe || judged.maybe;
	call->definite = status == 0 && !judged.maybe && call->answer.status != 401 && call->answer.status != 429;
	return verdict;
}

static enum tl_verdict attempt(struct call *call, struct tl_error *err)
{
	struct tl_buf bearer = { 0 };
	enum tl_verdict verdict = TL_VERDICT_FAILED;
	int status = -1;

	call->definite = false;
	call->out->repeated = call->maybe;
	tl_buf_text(&bearer, "Bearer ");
	call->asked = tl_token_get(&bearer, call->client->token, call->retry.deadline_ms, err) == 0;
	if (call->asked && take_turn(call, err) == 0) {
		call->retry.begun_ms = tl_retry_now(&call->retry);
		status = exchange_wanted(call, &bearer, err);
		tl_budget_done(call->client->budget, call->retry.begun_ms);
		if (call->request->budget)
			tl_budget_done(call->request->budget, call->retry.begun_ms);
		if (!call->held) {
			call->retry.attempts++;
			call->out->attempts++;
			verdict = judge(call, status, &bearer, err);
		}
	}
	explicit_bzero(bearer.data, bearer.len);
	tl_buf_clear(&bearer);
	return verdict;
}

/* Whether another attempt is left, and the wait for it. -1: the error is what the last attempt said, and why there is no other. */
static int prepare_again(struct call *call, struct tl_error *err)
{
	struct tl_client *client = call->client;
	struct tl_error waiting = { 0 };
	struct tl_str after = tl_http_header_of(&call->answer, "retry-after"), last;
	int64_t at_least = 0;
	bool met;

	pthread_mutex_lock(&client->lock);
	met = client->met;
	pthread_mutex_unlock(&client->lock);
	if (!met)
		call->strange++;
	if (call->retry.attempts >= call->retry.most || call->strange >= TL_RETRY_STRANGER)
		return tl_error_wrap(err, "after %u attempts", call->retry.attempts);
	if (call->answer.status == 429)
		return 0;
	if (after.len > 0)
		at_least = tl_retry_after(after, tl_http_header_of(&call->answer, "date"), client->config.clock->now_ms(client->config.clock->data));
	if (tl_retry_wait(&call->retry, at_least, err->message, &waiting) == 0)
		return 0;
	last = tl_str_cut(tl_str(err->message), 600);
	return tl_error_set(err, waiting.code, "%.*s; %s", TL_FMT(last), waiting.message);
}

static int run(struct call *call, struct tl_error *err)
{
	struct tl_client *client = call->client;

	for (;;) {
		enum tl_verdict verdict = attempt(call, err);

		if (verdict == TL_VERDICT_DONE)
			return 0;
		if (verdict == TL_VERDICT_FAILED || (verdict == TL_VERDICT_AGAIN && prepare_again(call, err) != 0))
			return -1;
		pthread_mutex_lock(&client->lock);
		client->counts.retries++;
		pthread_mutex_unlock(&client->lock);
	}
}

/* The end of a request that failed: the caller of a write has to know first of all whether it may have taken effect. */
static int fail(struct call *call, struct tl_error *err)
{
	struct tl_client *client = call->client;

	pthread_mutex_lock(&client->lock);
	client->counts.failures++;
	pthread_mutex_unlock(&client->lock);
	if (call->maybe && !call->definite && err->code != TL_INTERRUPTED && call->request->again != TL_AGAIN_SAFE)
		err->code = TL_LOST;
	/* Without a token it is the login server, or the configuration, that is to be looked at. */
	if ((call->asked && !call->held) || call->maybe)
		tl_error_wrap(err, "%s %.*s", call->request->method, TL_FMT(tl_str_cut(call->url, SHOWN_MOST)));
	if (err->code == TL_LOST)
		tl_error_set(err, TL_LOST, "%s; it may have taken effect", err->message);
	return -1;
}

int tl_client_send(struct tl_api_answer *out, struct tl_arena *arena, struct tl_client *client, const struct tl_api_request *request,
                   struct tl_error *err)
{
	const struct tl_client_config *config = &client->config;
	struct call call = { .client = client, .request = request, .arena = arena, .out = out };
	struct tl_error own = { 0 };
	int status;

	*out = (struct tl_api_answer){ .fate = TL_HTTP_UNSENT };
	call.retry = (struct tl_retry){
		.clock = config->clock, .stopped = config->stopped, .most = config->attempts, .waits = config->waits, .data = config->data,
	};
	call.retry.deadline_ms = tl_retry_now(&call.retry) + (request->deadline_ms > 0 ? request->deadline_ms : config->deadline_ms);
	call.url = tl_arena_printf(arena, "%.*s%.*s", TL_FMT(client->api.text), TL_FMT(request->path));
	if (request->path.len == 0 || request->path.ptr[0] != '/')
		return tl_error_set(err, TL_USAGE, "a request's path has to begin with '/'");
	if (tl_str_is(request->if_match, "*"))
		return tl_error_set(err, TL_USAGE, "If-Match: * would write over whatever is there");
	status = run(&call, &own);
	if (status != 0)
		status = fail(&call, &own);
	if (status != 0 && err)
		*err = own;
	return status;
}

int tl_client_scopes(struct tl_str *out, struct tl_arena *arena, struct tl_client *client, struct tl_error *err)
{
	const struct tl_clock *clock = client->config.clock;
	struct tl_buf token = { 0 };
	int status;

	*out = (struct tl_str){ 0 };
	status = tl_token_get(&token, client->token, clock->monotonic_ms(clock->data) + client->config.deadline_ms, err);
	if (token.data)
		explicit_bzero(token.data, token.len);
	tl_buf_clear(&token);
	if (status == 0)
		*out = tl_token_scopes(arena, client->token);
	return status;
}

int tl_client_bearer(struct tl_str *out, struct tl_arena *arena, struct tl_client *client, struct tl_str used, struct tl_error *err)
{
	const struct tl_clock *clock = client->config.clock;
	struct tl_buf token = { 0 };
	int status;

	*out = (struct tl_str){ 0 };
	if (used.len > 0)
		tl_token_drop(client->token, used);
	status = tl_token_get(&token, client->token, clock->monotonic_ms(clock->data) + client->config.deadline_ms, err);
	if (status == 0)
		*out = tl_arena_dup(arena, tl_buf_view(&token));
	if (token.data)
		explicit_bzero(token.data, token.len);
	tl_buf_clear(&token);
	return status;
}

struct tl_client_counts tl_client_counts(struct tl_client *client)
{
	struct tl_client_counts counts;

	pthread_mutex_lock(&client->lock);
	counts = client->counts;
	pthread_mutex_unlock(&client->lock);
	counts.tokens = tl_token_requests(client->token);
	return counts;
}
