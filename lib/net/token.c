/* net/token.c: keeping the token, and letting one thread alone ask for it. The asking itself is net/login.c. */
#include "net/token.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "net/login.h"

/* A token is renewed so long before its end, or after three quarters of its life. */
#define EARLY_MS 60000
/* Where renewing failed and the old token is still good: when to try again. */
#define AGAIN_MS 5000
/* A no is a no for all who ask soon after: many threads with a wrong secret must not lock an account. */
#define DENIED_MS 5000
#define SLICE_MS 100

struct tl_token {
	const struct tl_client_config *config;
	struct tl_login login;       /* used by the thread that asks */
	pthread_mutex_t lock;        /* of what follows */
	pthread_cond_t landed;
	bool flying;                 /* a thread is asking */
	uint64_t flights;            /* that were begun */
	uint64_t failed;             /* the last of them that failed, and why */
	struct tl_error failure;
	struct tl_buf value, scopes;
	int64_t renew_at, ends_at;
	int64_t denied_until;        /* failure holds until then */
};

struct tl_token *tl_token_new(const struct tl_client_config *config, struct tl_str login)
{
	struct tl_token *token = tl_alloc_zero(1, sizeof(*token));

	token->config = config;
	token->login = (struct tl_login){ .config = config, .address = login };
	pthread_mutex_init(&token->lock, NULL);
	pthread_cond_init(&token->landed, NULL);
	token->denied_until = INT64_MIN;
	return token;
}

static void forget(struct tl_token *token)
{
	if (token->value.data)
		explicit_bzero(token->value.data, token->value.len);
	tl_buf_clear(&token->value);
}

void tl_token_free(struct tl_token *token)
{
	if (!token)
		return;
	forget(token);
	tl_buf_clear(&token->scopes);
	pthread_cond_destroy(&token->landed);
	pthread_mutex_destroy(&token->lock);
	free(token);
}

static int64_t now(const struct tl_token *token)
{
	return token->config->clock->monotonic_ms(token->config->clock->data);
}

static void keep(struct tl_token *token, const struct tl_grant *grant)
{
	int64_t at = now(token), early = grant->life_ms / 4 < EARLY_MS ? grant->life_ms / 4 : EARLY_MS;

	forget(token);
	tl_buf_str(&token->value, grant->token);
	tl_buf_reset(&token->scopes);
	tl_buf_str(&token->scopes, grant->scopes);
	token->ends_at = at + grant->life_ms;
	token->renew_at = token->ends_at - early;
}

/* Asks for a token, with the lock held but while it asks. A renewal that fails for reasons that may pass leaves the old token in use. */
static int fly(struct tl_token *token, int64_t deadline_ms, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_grant grant = { 0 };
	uint64_t number = ++token->flights;
	int status;

	token->flying = true;
	pthread_mutex_unlock(&token->lock);
	status = tl_login_ask(&grant, &arena, &token->login, deadline_ms, err);
	pthread_mutex_lock(&token->lock);
	token->flying = false;
	if (status == 0) {
		keep(token, &grant);
	} else if (token->value.len > 0 && now(token) < token->ends_at && !token->login.denied && err->code != TL_INTERRUPTED) {
		token->renew_at = now(token) + AGAIN_MS;
		status = 0;
	} else {
		token->failed = number;
		token->failure = *err;
		token->denied_until = token->login.denied ? now(token) + DENIED_MS : INT64_MIN;
	}
	pthread_cond_broadcast(&token->landed);
	tl_arena_wipe(&arena);
	return status;
}

/* A moment of the condition, so that deadline and interrupt are looked at; the time read here decides nothing. */
static void wait_slice(struct tl_token *token)
{
	struct timespec until = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SLICE_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_clockwait(&token->landed, &token->lock, CLOCK_MONOTONIC, &until);
}

/* Waits for the one that asks. Its failure is this one's too, but where it had less time. */
static int wait_landing(struct tl_token *token, int64_t deadline_ms, struct tl_error *err)
{
	uint64_t flight = token->flights;

	while (token->flying && token->flights == flight) {
		if (token->config->stopped && token->config->stopped())
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		if (now(token) >= deadline_ms)
			return tl_error_set(err, TL_TIMED_OUT, "no token before the deadline");
		wait_slice(token);
	}
	if (token->failed < flight || (token->failure.code == TL_TIMED_OUT && now(token) < deadline_ms))
		return 0;
	*err = token->failure;
	return -1;
}

int tl_token_get(struct tl_buf *out, struct tl_token *token, int64_t deadline_ms, struct tl_error *err)
{
	struct tl_error own = { 0 };
	int status = 0;

	pthread_mutex_lock(&token->lock);
	while (status == 0) {
		int64_t at = now(token);
		bool good = token->value.len > 0 && at < token->ends_at;

		if (good && (at < token->renew_at || token->flying)) {
			tl_buf_str(out, tl_buf_view(&token->value));
			break;
		}
		if (!token->flying && at < token->denied_until) {
			own = token->failure;
			status = -1;
			break;
		}
		status = token->flying ? wait_landing(token, deadline_ms, &own) : fly(token, deadline_ms, &own);
	}
	pthread_mutex_unlock(&token->lock);
	if (status != 0 && err)
		*err = own;
	return status;
}

void tl_token_drop(struct tl_token *token, struct tl_str used)
{
	pthread_mutex_lock(&token->lock);
	if (tl_str_equal(tl_buf_view(&token->value), used))
		forget(token);
	pthread_mutex_unlock(&token->lock);
}

struct tl_str tl_token_scopes(struct tl_arena *arena, struct tl_token *token)
{
	struct tl_str scopes;

	pthread_mutex_lock(&token->lock);
	scopes = tl_arena_dup(arena, tl_buf_view(&token->scopes));
	pthread_mutex_unlock(&token->lock);
	return scopes;
}

uint64_t tl_token_requests(struct tl_token *token)
{
	uint64_t count;

	pthread_mutex_lock(&token->lock);
	count = token->login.requests;
	pthread_mutex_unlock(&token->lock);
	return count;
}
