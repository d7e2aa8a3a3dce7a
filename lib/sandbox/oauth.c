/* sandbox/oauth.c: OAuth 2.0 client credentials (RFC 6749, 4.4): clients, their tokens, what those may do. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/map.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "sandbox/inside.h"

/* Tokens are forgotten when they have ended; so many may hold at once. */
#define TOKENS_MAX 20000
#define SECRET_DIGITS 48

struct client {
	struct tl_str id, secret;
	struct tl_str *scopes;
	size_t n_scopes;
	int64_t token_ms; /* 0: the sandbox's */
};

struct oauth {
	struct tl_arena arena;
	struct client *clients;
	size_t n_clients, client_capacity;
	struct tl_token **tokens;
	size_t n_tokens, token_capacity;
	struct tl_map by_text; /* -> struct tl_token * */
	size_t busiest;        /* of those that are forgotten */
};

static const char *const scope_table[] = {
	"flow:view", "flow:read", "flow:edit", "flow:simulate", "flow:simulation:run", "authorization:read", "interaction:read",
	"interaction:update", "profile:read", "callcontrol:inbound", "callcontrol:media", "flow:simulator:run", "flow:simulator:read",
};

struct tl_str tl_sandbox_secret(struct tl_arena *arena, size_t count)
{
	char *text = tl_arena_alloc(arena, count + 1, 1);
	unsigned char byte;

	for (size_t i = 0; i < count; i++) {
		tl_random(&byte, 1);
		text[i] = "0123456789abcdef"[byte & 15];
	}
	return (struct tl_str){ text, count };
}

bool tl_sandbox_same(struct tl_str a, struct tl_str b)
{
	unsigned char difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
	return difference == 0;
}

/* ---- tokens */

static void free_token(struct tl_token *token)
{
	tl_rate_clear(&token->rate);
	for (size_t i = 0; i < token->n_own; i++)
		tl_rate_clear(&token->own[i].rate);
	tl_arena_clear(&token->arena);
	free(token);
}

static int64_t now(const struct tl_sandbox *sandbox)
{
	return sandbox->clock.monotonic_ms(sandbox->clock.data);
}

/* The map cannot forget: it is made anew of those that hold. */
static void forget_ended(struct tl_sandbox *sandbox, struct oauth *oauth)
{
	size_t kept = 0;

	tl_map_clear(&oauth->by_text);
	for (size_t i = 0; i < oauth->n_tokens; i++) {
		struct tl_token *token = oauth->tokens[i];

		if (token->ends_ms <= now(sandbox)) {
			if (token->rate.busiest > oauth->busiest)
				oauth->busiest = token->rate.busiest;
			free_token(token);
			continue;
		}
		oauth->tokens[kept++] = token;
		tl_map_put(&oauth->by_text, token->text, NULL)->value.ptr = token;
	}
	oauth->n_tokens = kept;
}

struct tl_token *tl_oauth_token(struct tl_sandbox *sandbox, unsigned face, struct tl_str text)
{
	struct oauth *oauth = tl_part_state(sandbox, &tl_part_oauth);
	struct tl_token *token = tl_map_ptr(&oauth->by_text, text);

	return token && token->face == face && token->ends_ms > now(sandbox) ? token : NULL;
}

void tl_oauth_end(struct tl_token *token)
{
	token->ends_ms = INT64_MIN;
}

void tl_oauth_end_all(struct tl_sandbox *sandbox)
{
	struct oauth *oauth = tl_part_state(sandbox, &tl_part_oauth);

	for (size_t i = 0; i < oauth->n_tokens; i++)
		tl_oauth_end(oauth->tokens[i]);
}

size_t tl_oauth_busiest(const struct tl_sandbox *sandbox)
{
	const struct oauth *oauth = tl_part_state(sandbox, &tl_part_oauth);
	size_t most = oauth->busiest;

	for (size_t i = 0; i < oauth->n_tokens; i++) {
		if (oauth->tokens[i]->rate.busiest > most)
			most = oauth->tokens[i]->rate.busiest;
	}
	return most;
}

/* ---- asking for one */

/* A value of a form (application/x-www-form-urlencoded), in `arena`. */
static struct tl_str decode(struct tl_arena *arena, struct tl_str text)
{
	char *blanks = tl_arena_alloc(arena, text.len + 1, 1);

	for (size_t i = 0; i < text.len; i++)
		blanks[i] = text.ptr[i] == '+' ? ' ' : text.ptr[i];
	return tl_text_percent_decode(arena, (struct tl_str){ blanks, text.len });
}

/* The value of that name, in `arena`; no pointer: it is not there. *count: how often it is. */
static struct tl_str form_value(size_t *count, struct tl_arena *arena, struct tl_str form, const char *name)
{
	struct tl_str piece, value = { NULL, 0 };
	size_t equals;

	*count = 0;
	for (size_t start = 0, end; start < form.len; start = end + 1) {
		end = tl_str_find(form, TL_STR("&"), start);
		if (end == SIZE_MAX)
			end = form.len;
		piece = tl_str_slice(form, start, end);
		equals = tl_str_find(piece, TL_STR("="), 0);
		if (equals == SIZE_MAX || !tl_str_is(decode(arena, tl_str_slice(piece, 0, equals)), name))
			continue;
		value = decode(arena, tl_str_slice(piece, equals + 1, piece.len));
		++*count;
	}
	return value;
}

/* What the form holds. */
struct form {
	struct tl_str grant_type, id, secret, scope;
};

/* False: a name comes twice, which no two readers read alike (RFC 6749, 3.2). */
static bool read_form(struct form *form, struct tl_arena *arena, struct tl_str text)
{
	struct { const char *name; struct tl_str *value; } table[] = {
		{ "grant_type", &form->grant_type }, { "client_id", &form->id }, { "client_secret", &form->secret }, { "scope", &form->scope },
	};
	bool once = true;
	size_t count;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		*table[i].value = form_value(&count, arena, text, table[i].name);
		once = once && count <= 1;
	}
	return once;
}

/* RFC 6749, 2.3.1: in the header, or in the form. In the header they should be encoded as in a form; where they are not, *raw is what stands there. */
static void read_credentials(struct tl_str *id, struct tl_str *secret, struct tl_str *raw, struct tl_routed *call, const struct form *form)
{
	struct tl_str header = tl_exchange_header(call->exchange, "authorization"), pair;
	size_t colon;

	if (header.len > 6 && tl_str_equal_nocase(tl_str_slice(header, 0, 6), TL_STR("basic "))) {
		/* What is no base64 is nobody's. */
		(void)tl_base64_decode(&pair, call->arena, tl_str_trim(tl_str_slice(header, 6, header.len)));
		colon = tl_str_find(pair, TL_STR(":"), 0);
		*id = decode(call->arena, tl_str_slice(pair, 0, colon == SIZE_MAX ? pair.len : colon));
		*raw = colon == SIZE_MAX ? TL_STR("") : tl_str_slice(pair, colon + 1, pair.len);
		*secret = decode(call->arena, *raw);
		return;
	}
	*id = form->id;
	*secret = *raw = form->secret;
}

/* Anything else would be read as a form by chance alone. */
static bool is_form(const struct tl_exchange *exchange)
{
	struct tl_str type = tl_exchange_header(exchange, "content-type"), form = TL_STR("application/x-www-form-urlencoded");

	return type.len == 0 || (type.len >= form.len && tl_str_equal_nocase(tl_str_slice(type, 0, form.len), form));
}

static const struct client *find_client(const struct oauth *oauth, struct tl_str id, struct tl_str secret)
{
	for (size_t i = 0; i < oauth->n_clients; i++) {
		if (tl_str_equal(oauth->clients[i].id, id))
			return tl_sandbox_same(oauth->clients[i].secret, secret) ? &oauth->clients[i] : NULL;
	}
	return NULL;
}

static bool has_scope(const struct client *client, struct tl_str scope)
{
	for (size_t i = 0; i < client->n_scopes; i++) {
		if (tl_str_equal(client->scopes[i], scope))
			return true;
	}
	return false;
}

bool tl_oauth_has(const struct tl_token *token, struct tl_str scope)
{
	for (size_t i = 0; i < token->n_scopes; i++) {
		if (tl_str_equal(token->scopes[i], scope))
			return true;
	}
	return false;
}

/* What was asked for and the client may do; all of it where nothing was asked for. */
static void grant(struct tl_token *token, const struct client *client, struct tl_str asked)
{
	size_t start = 0, end, most = asked.len / 2 + 1;
	struct tl_str scope;

	if (tl_str_trim(asked).len == 0) {
		token->scopes = client->scopes;
		token->n_scopes = client->n_scopes;
		return;
	}
	token->scopes = TL_ARENA_ARRAY(&token->arena, struct tl_str, most);
	for (; start < asked.len; start = end + 1) {
		end = tl_str_find(asked, TL_STR(" "), start);
		if (end == SIZE_MAX)
			end = asked.len;
		scope = tl_str_slice(asked, start, end);
		if (scope.len > 0 && has_scope(client, scope) && !tl_oauth_has(token, scope))
			token->scopes[token->n_scopes++] = tl_arena_dup(&token->arena, scope);
	}
}

/* {error, error_description} of RFC 6749, and our own form beside it. */
static void refuse(struct tl_routed *call, int status, const char *error, const char *why)
{
	struct tl_json *json = tl_route_error_begin(call, status, error, tl_str(why));

	tl_json_put(json, "error", tl_str(error));
	tl_json_put(json, "error_description", tl_str(why));
	tl_route_error_end(json);
}

static void answer(struct tl_routed *call, const struct tl_token *token, int64_t life_ms)
{
	struct tl_json *json = tl_route_json(call, 200);
	struct tl_buf scopes = { 0 };

	for (size_t i = 0; i < token->n_scopes; i++)
		tl_buf_printf(&scopes, "%s%.*s", i > 0 ? " " : "", TL_FMT(token->scopes[i]));
	tl_route_header(call, "cache-control", TL_STR("no-store"));
	tl_route_header(call, "pragma", TL_STR("no-cache"));
	tl_json_map(json);
	tl_json_put(json, "access_token", token->text);
	tl_json_put(json, "token_type", TL_STR("bearer"));
	tl_json_put_integer(json, "expires_in", (life_ms + 999) / 1000);
	if (token->face == TL_FACE_OWN)
		tl_json_put(json, "scope", tl_buf_view(&scopes));
	tl_json_map_end(json);
	tl_buf_clear(&scopes);
}

static void keep(struct tl_sandbox *sandbox, struct oauth *oauth, struct tl_token *token, int64_t life_ms)
{
	token->text = tl_sandbox_secret(&token->arena, SECRET_DIGITS);
	token->ends_ms = now(sandbox) + life_ms;
	tl_rate_init(&token->rate, sandbox->config.rate);
	oauth->tokens = tl_grow(oauth->tokens, &oauth->token_capacity, oauth->n_tokens + 1, sizeof(struct tl_token *));
	oauth->tokens[oauth->n_tokens++] = token;
	tl_map_put(&oauth->by_text, token->text, NULL)->value.ptr = token;
}

struct tl_token *tl_oauth_give(struct tl_sandbox *sandbox, struct tl_str id)
{
	struct tl_token *token = tl_alloc_zero(1, sizeof(*token));

	token->face = TL_FACE_ARCHITECT;
	token->client = tl_arena_dup(&token->arena, id);
	keep(sandbox, tl_part_state(sandbox, &tl_part_oauth), token, sandbox->config.token_ms);
	return token;
}

static void give(struct tl_routed *call, struct oauth *oauth, const struct client *client, struct tl_str asked)
{
	struct tl_sandbox *sandbox = call->sandbox;
	struct tl_token *token = tl_alloc_zero(1, sizeof(*token));
	int64_t life = client->token_ms > 0 ? client->token_ms : sandbox->config.token_ms;

	token->face = call->face;
	/* The vendor's clients have roles, no scopes. */
	if (call->face == TL_FACE_ARCHITECT)
		asked = TL_STR("");
	grant(token, client, asked);
	if (token->n_scopes == 0 && tl_str_trim(asked).len > 0) {
		free_token(token);
		refuse(call, 400, "invalid_scope", "the client has none of the scopes that were asked for");
		return;
	}
	token->client = client->id;
	keep(sandbox, oauth, token, life);
	answer(call, token, life);
}

static void handle_token(struct tl_routed *call)
{
	struct oauth *oauth = call->state;
	struct tl_str id, secret, raw;
	const struct client *client;
	struct form form;

	if (!read_form(&form, call->arena, tl_exchange_body(call->exchange)) || !is_form(call->exchange) || form.grant_type.len == 0) {
		refuse(call, 400, "invalid_request", "the body must be a form (application/x-www-form-urlencoded) with grant_type, and nothing in it twice");
		return;
	}
	if (!tl_str_is(form.grant_type, "client_credentials")) {
		refuse(call, 400, "unsupported_grant_type", "grant_type must be client_credentials");
		return;
	}
	read_credentials(&id, &secret, &raw, call, &form);
	client = find_client(oauth, id, secret);
	if (!client)
		client = find_client(oauth, id, raw);
	if (!client) {
		tl_route_header(call, "www-authenticate", TL_STR("Basic realm=\"sandbox\""));
		refuse(call, 401, "invalid_client", "there is no such client, or its secret is another one");
		return;
	}
	forget_ended(call->sandbox, oauth);
	if (oauth->n_tokens >= TOKENS_MAX) {
		refuse(call, 503, "temporarily_unavailable", "too many tokens were given out");
		return;
	}
	give(call, oauth, client, form.scope);
}

/* ---- clients */

static struct client *add_client(struct oauth *oauth, struct tl_str id)
{
	struct client *client;

	for (size_t i = 0; i < oauth->n_clients; i++) {
		if (tl_str_equal(oauth->clients[i].id, id))
			return &oauth->clients[i];
	}
	oauth->clients = tl_grow(oauth->clients, &oauth->client_capacity, oauth->n_clients + 1, sizeof(*oauth->clients));
	client = &oauth->clients[oauth->n_clients++];
	*client = (struct client){ .id = tl_arena_dup(&oauth->arena, id) };
	return client;
}

static void all_scopes(struct oauth *oauth, struct client *client)
{
	client->scopes = TL_ARENA_ARRAY(&oauth->arena, struct tl_str, TL_COUNT(scope_table));
	client->n_scopes = TL_COUNT(scope_table);
	for (size_t i = 0; i < TL_COUNT(scope_table); i++)
		client->scopes[i] = tl_str(scope_table[i]);
}

static int open_oauth(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct oauth *oauth = tl_alloc_zero(1, sizeof(*oauth));
	struct client *client = add_client(oauth, sandbox->client_id);

	(void)err;
	client->secret = sandbox->client_secret;
	all_scopes(oauth, client);
	*state = oauth;
	return 0;
}

static void close_oauth(void *state)
{
	struct oauth *oauth = state;

	for (size_t i = 0; i < oauth->n_tokens; i++)
		free_token(oauth->tokens[i]);
	free(oauth->tokens);
	free(oauth->clients);
	tl_map_clear(&oauth->by_text);
	tl_arena_clear(&oauth->arena);
	free(oauth);
}

static int seed_scopes(struct oauth *oauth, struct client *client, const struct tl_item *scopes, struct tl_error *err)
{
	if (!scopes) {
		all_scopes(oauth, client);
		return 0;
	}
	if (scopes->kind != TL_LIST)
		return tl_error_set(err, TL_USAGE, "the scopes of client '%.*s' must be a list", TL_FMT(client->id));
	client->scopes = TL_ARENA_ARRAY(&oauth->arena, struct tl_str, scopes->count);
	client->n_scopes = 0;
	for (const struct tl_item *scope = scopes->first; scope; scope = scope->next)
		client->scopes[client->n_scopes++] = tl_arena_dup(&oauth->arena, scope->text);
	return 0;
}

/* clients: [{id, secret, scopes: […], expires_in: SECONDS}] */
static int seed_clients(void *state, struct tl_sandbox *sandbox, const struct tl_item *list, const char *folder, struct tl_error *err)
{
	struct oauth *oauth = state;
	const struct tl_item *life;
	struct client *client;

	(void)sandbox;
	(void)folder;
	if (list->kind != TL_LIST)
		return tl_error_set(err, TL_USAGE, "they must be a list of {id, secret, scopes}");
	for (const struct tl_item *item = list->first; item; item = item->next) {
		if (tl_item_text(item, "id").len == 0 || tl_item_text(item, "secret").len == 0)
			return tl_error_set(err, TL_USAGE, "a client needs 'id' and 'secret', both texts");
		client = add_client(oauth, tl_item_text(item, "id"));
		client->secret = tl_arena_dup(&oauth->arena, tl_item_text(item, "secret"));
		life = tl_item_get(item, "expires_in");
		client->token_ms = life && life->kind == TL_NUMBER && life->number > 0 && life->number < 1e9 ? (int64_t)(life->number * 1000) : 0;
		if (seed_scopes(oauth, client, tl_item_get(item, "scopes"), err) != 0)
			return -1;
	}
	return 0;
}

static const struct tl_route route_table[] = {
	{ "POST", "/oauth/token", NULL, handle_token, TL_GUARD_OPEN, 0 },
	{ "POST", "/api/v2/oauth/token", NULL, handle_token, TL_GUARD_OPEN, 0 },
};

const struct tl_part tl_part_oauth = {
	.name = "oauth",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_oauth,
	.close = close_oauth,
	.seed_key = "clients",
	.seed = seed_clients,
	.faces = TL_FACE_OWN | TL_FACE_ARCHITECT,
};
