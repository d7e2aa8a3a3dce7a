/* platform/genesys.c: the driver for platforms that speak the `genesys` contract: how it is opened, what it can do, and what is asked about one flow. */
#include <inttypes.h>
#include <stdlib.h>

#include "dialect/dialect.h"
#include "doc/json.h"
#include "net/address.h"
#include "platform/drivers.h"
#include "platform/genesys.h"

/* The platform's own limit for a token. */
#define SENDS_A_MINUTE 300
#define PROFILES_A_MINUTE 200
/* As the client counts a minute: one that was given up may still arrive a moment later. */
#define MINUTE_MS 60250
#define WORKERS 32
/* Of an answer that holds one flow. */
#define FLOW_BYTES ((size_t)64 << 20)
#define SCOPES_MAX 10000

/* ---- opening */

/* For the client, at each token. */
static int read_secrets(struct tl_str *id, struct tl_str *secret, struct tl_arena *arena, void *data, struct tl_error *err)
{
	const struct tl_genesys *genesys = data;
	const struct tl_access *access = genesys->access;

	if (tl_secret_read(id, arena, &access->client_id, genesys->surroundings, "client_id", err) != 0)
		return -1;
	return tl_secret_read(secret, arena, &access->client_secret, genesys->surroundings, "client_secret", err);
}

/* What the environment must be told to be reached at all, in words for who is at a loss. */
static int lacks(const struct tl_platform_config *config, const char *what, struct tl_error *err)
{
	const struct tl_access *access = config->access;
	struct tl_str from = access && access->from.len > 0 ? access->from : TL_STR("your trunkline/config.yaml");
	const char *state = "has it for each environment";

	if (access && access->from_missing)
		state = "should have it, but there is no such file";
	else if (access && access->unnamed)
		state = "should have it, but does not name this environment";
	return tl_error_set(err, TL_USAGE, "environment '%.*s': %s is not said; %.*s %s; the platform 'local' works without an account",
	                    TL_FMT(config->environment->name), what, TL_FMT(from), state);
}

static int check_access(const struct tl_platform_config *config, struct tl_error *err)
{
	const struct tl_access *access = config->access;

	if (!access || access->api.len == 0)
		return lacks(config, "where its platform is ('region', or 'login' and 'api')", err);
	if (access->login.len == 0)
		return lacks(config, "where its platform gives tokens ('login')", err);
	if (access->client_id.kind == TL_SECRET_NONE || access->client_secret.kind == TL_SECRET_NONE)
		return lacks(config, "where its client_id and client_secret are ('credentials')", err);
	return 0;
}

struct tl_genesys *tl_genesys_new(const struct tl_platform_config *config, tl_genesys_send *send, void *data)
{
	struct tl_genesys *genesys = tl_alloc_zero(1, sizeof(*genesys));

	genesys->send = send;
	genesys->data = data;
	genesys->clock = config->clock;
	genesys->stopped = config->stopped;
	genesys->workers = config->concurrency > 0 ? config->concurrency : WORKERS;
	genesys->access = config->access;
	genesys->surroundings = config->surroundings;
	genesys->list_ms = config->list_ms;
	genesys->waits = config->waits;
	genesys->waits_data = config->data;
	return genesys;
}

/* A NUL-terminated copy, or NULL for an empty text. The arena's. */
static const char *maybe_text(struct tl_arena *arena, struct tl_str text)
{
	return text.len > 0 ? tl_arena_dup(arena, text).ptr : NULL;
}

static void pass_on_wait(void *data, int64_t ms, const char *why)
{
	const struct tl_genesys *genesys = data;

	genesys->waits(genesys->waits_data, ms, why);
}

static int open_client(struct tl_genesys *genesys, bool queues, struct tl_error *err)
{
	const struct tl_access *access = genesys->access;
	struct tl_http_config http = {
		.clock = genesys->clock,
		.proxy = maybe_text(&genesys->arena, access->proxy),
		.ca = maybe_text(&genesys->arena, access->ca),
		.connections = genesys->workers,
		.most = queues ? genesys->workers : 0,
		.insecure = access->insecure,
		.stopped = genesys->stopped,
	};
	struct tl_client_config client = {
		.clock = genesys->clock,
		.login = access->login,
		.api = access->api,
		.secrets = read_secrets,
		.data = genesys,
		.rate_top = access->rate_top,
		.rate_bottom = access->rate_bottom,
		.sends_a_minute = access->unlimited ? 0 : SENDS_A_MINUTE,
		.stopped = genesys->stopped,
		.agent = "trunkline",
		.waits = genesys->waits ? pass_on_wait : NULL,
	};

	if (tl_http_open(&genesys->http, &http, err) != 0)
		return -1;
	client.http = genesys->http;
	return tl_client_open(&genesys->client, &client, err);
}

/* Profiles have a limit of their own, of which a client that shares its budget has the same part. */
static struct tl_budget *profile_budget(const struct tl_genesys *genesys)
{
	const struct tl_access *access = genesys->access;
	uint64_t sends = PROFILES_A_MINUTE;

	if (access->unlimited)
		return NULL;
	if (access->rate_top > 0 && access->rate_top < access->rate_bottom)
		sends = sends * access->rate_top / access->rate_bottom;
	return tl_budget_new(sends > 0 ? sends : 1, MINUTE_MS, genesys->clock);
}

static int send_by_client(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request,
                          struct tl_error *err)
{
	return tl_client_send(out, arena, data, request, err);
}

void tl_genesys_close(void *state)
{
	struct tl_genesys *genesys = state;

	tl_client_close(genesys->client);
	tl_http_close(genesys->http);
	tl_budget_free(genesys->profiles);
	tl_arena_clear(&genesys->arena);
	free(genesys);
}

static int open_state(void **state, const struct tl_platform_config *config, bool queues, struct tl_error *err)
{
	struct tl_genesys *genesys;

	if (check_access(config, err) != 0)
		return -1;
	genesys = tl_genesys_new(config, send_by_client, NULL);
	if (open_client(genesys, queues, err) != 0) {
		tl_genesys_close(genesys);
		return tl_error_wrap(err, "environment '%.*s'", TL_FMT(config->environment->name));
	}
	genesys->data = genesys->client;
	genesys->profiles = profile_budget(genesys);
	*state = genesys;
	return 0;
}

int tl_genesys_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	return open_state(state, config, false, err);
}

/* As this driver has it: requests wait for their turn in the room below. */
static int open_queueing(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	return open_state(state, config, true, err);
}

static void genesys_warm(void *state)
{
	const struct tl_genesys *genesys = state;

	if (genesys->http)
		tl_http_warm(genesys->http);
}

void tl_genesys_counts(struct tl_platform_counts *out, void *state)
{
	const struct tl_genesys *genesys = state;
	struct tl_client_counts counts;

	if (!genesys->client)
		return;
	counts = tl_client_counts(genesys->client);
	*out = (struct tl_platform_counts){
		.requests = counts.sends,
		.retries = counts.retries,
		.rate_limited = counts.rate_limited,
		.waited_ms = counts.waited_ms,
	};
}

/* ---- asking */

int64_t tl_genesys_now(const struct tl_genesys *genesys)
{
	return genesys->clock->monotonic_ms(genesys->clock->data);
}

int tl_genesys_sleep(struct tl_genesys *genesys, int64_t ms, struct tl_error *err)
{
	if (tl_clock_rest(genesys->clock, ms, genesys->stopped) == 0)
		return 0;
	return tl_error_set(err, TL_INTERRUPTED, "interrupted");
}

int tl_genesys_path(struct tl_str *out, struct tl_arena *arena, struct tl_str id, const char *more, struct tl_error *err)
{
	if (id.len == 0 || tl_str_is(id, ".") || tl_str_is(id, ".."))
		return tl_error_set(err, TL_USAGE, "'%.*s' is no id of a flow on the platform", TL_FMT(id));
	*out = tl_arena_printf(arena, TL_GENESYS_FLOWS "/%.*s%s", TL_FMT(tl_address_encode(arena, id)), more);
	return 0;
}

/* A GET that may be repeated. */
static int get(struct tl_api_answer *out, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_str path, size_t body_limit, struct tl_error *err)
{
	struct tl_api_request request = { .method = "GET", .path = path, .again = TL_AGAIN_SAFE, .body_limit = body_limit, .accept_missing = true };

	*out = (struct tl_api_answer){ 0 };
	return genesys->send(out, arena, genesys->data, &request, err);
}

struct tl_str tl_genesys_text(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_buf buf = { 0 };
	struct tl_str text;

	tl_json_canonical(&buf, item);
	text = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return text;
}

int tl_genesys_compile(struct tl_item **out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_error *err)
{
	return tl_wire_write(out, arena, flow, err);
}

/* A flow or version from `path`. */
static int get_flow(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_str path, struct tl_str id,
                    int64_t version, struct tl_error *err)
{
	enum tl_genesys_shape shape = version > 0 ? TL_GENESYS_PAST : TL_GENESYS_FLOW;
	struct tl_arena scratch = { 0 };
	struct tl_api_answer answer;
	int ret = get(&answer, &scratch, genesys, path, FLOW_BYTES, err);

	if (ret == 0 && answer.status == 404 && version > 0)
		ret = tl_error_set(err, TL_NOT_FOUND, "the platform has no version %" PRId64 " of a flow '%.*s'", version, TL_FMT(id));
	else if (ret == 0 && answer.status == 404)
		ret = tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(id));
	else if (ret == 0)
		ret = tl_genesys_flow_of(out, arena, &answer, shape, id, version, tl_arena_printf(&scratch, "GET %.*s", TL_FMT(path)), err);
	tl_arena_clear(&scratch);
	return ret;
}

int tl_genesys_flow_get(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct tl_str path;

	if (tl_genesys_path(&path, arena, id, "", err) != 0)
		return -1;
	return get_flow(out, arena, state, path, id, 0, err);
}

int tl_genesys_flow_version(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version, struct tl_error *err)
{
	struct tl_str path, more = tl_arena_printf(arena, "/versions/%" PRId64, version);

	if (version < 1)
		return tl_error_set(err, TL_NOT_FOUND, "the platform has no version %" PRId64 " of a flow '%.*s'", version, TL_FMT(id));
	if (tl_genesys_path(&path, arena, id, more.ptr, err) != 0)
		return -1;
	return get_flow(out, arena, state, path, id, version, err);
}

/* ---- roles */

/* The scopes as an array. Who may read flows as `flow:read` says it may view them: both open the same calls. */
static int read_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, const struct tl_item *root, struct tl_str what,
                       struct tl_error *err)
{
	const struct tl_item *list;
	bool reads = false, views = false;

	if (tl_genesys_member(&list, root, "scopes", TL_LIST, what, err) != 0)
		return -1;
	if (list->count > SCOPES_MAX)
		return tl_genesys_bad(err, what, "it has %u scopes", list->count);
	*out = TL_ARENA_ARRAY(arena, struct tl_str, list->count + 1);
	for (const struct tl_item *item = list->first; item; item = item->next) {
		if (item->kind != TL_STRING)
			return tl_genesys_bad(err, what, "one of its 'scopes' is no text");
		reads = reads || tl_str_is(item->text, "flow:read");
		views = views || tl_str_is(item->text, "flow:view");
		(*out)[(*count)++] = tl_arena_dup(arena, item->text);
	}
	if (reads && !views)
		(*out)[(*count)++] = TL_STR("flow:view");
	return 0;
}

static int role_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_str role, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_str path = tl_arena_printf(&scratch, "/api/v2/authorization/roles/%.*s", TL_FMT(tl_address_encode(&scratch, role)));
	struct tl_str what = tl_arena_printf(&scratch, "GET %.*s", TL_FMT(path));
	struct tl_api_answer answer;
	struct tl_doc *doc = NULL;
	int ret = get(&answer, &scratch, genesys, path, 0, err);

	*count = 0;
	if (ret == 0 && answer.status == 404)
		ret = tl_error_set(err, TL_NOT_FOUND, "the platform has no role '%.*s'", TL_FMT(role));
	else if (ret == 0)
		ret = tl_genesys_document(&doc, answer.body, what, err);
	if (ret == 0 && doc)
		ret = read_scopes(out, count, arena, doc->root, what, err);
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}

/* Takes the first word off a text. */
static bool next_word(struct tl_str *word, struct tl_str *text)
{
	size_t end;

	*text = tl_str_trim(*text);
	for (end = 0; end < text->len && text->ptr[end] != ' '; end++)
		;
	*word = tl_str_slice(*text, 0, end);
	*text = tl_str_slice(*text, end, text->len);
	return word->len > 0;
}

/* The scopes of our own token, as the login server named them: words between blanks. A wildcard says nothing of what is missing. */
int tl_genesys_own_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_error *err)
{
	struct tl_str text = { NULL, 0 }, word;
	bool reads = false, views = false;

	*count = 0;
	if (!genesys->client)
		return 0;
	if (tl_client_scopes(&text, arena, genesys->client, err) != 0)
		return -1;
	*out = TL_ARENA_ARRAY(arena, struct tl_str, text.len / 2 + 2);
	while (next_word(&word, &text)) {
		if (memchr(word.ptr, '*', word.len)) {
			*count = 0;
			return 0;
		}
		reads = reads || tl_str_is(word, "flow:read");
		views = views || tl_str_is(word, "flow:view");
		(*out)[(*count)++] = word;
	}
	if (reads && !views)
		(*out)[(*count)++] = TL_STR("flow:view");
	return 0;
}

static int genesys_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, void *state, struct tl_str role, struct tl_error *err)
{
	return role.len > 0 ? role_scopes(out, count, arena, state, role, err) : tl_genesys_own_scopes(out, count, arena, state, err);
}

static const char *const view_scopes[] = { "flow:view", NULL };
static const char *const publish_scopes[] = { "flow:view", "flow:edit", NULL };

const struct tl_driver tl_driver_genesys = {
	.name = "genesys",
	.can = TL_CAN_VALIDATE | TL_CAN_SIMULATE | TL_CAN_COMPARE_AND_SET | TL_CAN_EXPORT | TL_CAN_PARALLEL | TL_CAN_ROLES | TL_CAN_INTERACT |
	       TL_CAN_CONTROL | TL_CAN_QUEUE,
	.dialects = 1u << TL_DIALECT_NATIVE | 1u << TL_DIALECT_WIRE,
	.open = open_queueing,
	.close = tl_genesys_close,
	.list = tl_genesys_list,
	.get = tl_genesys_flow_get,
	.version = tl_genesys_flow_version,
	.versions = tl_genesys_versions,
	.create = tl_genesys_create,
	.put = tl_genesys_put,
	.scopes = genesys_scopes,
	.validate = tl_genesys_validate,
	.simulate = tl_genesys_simulate,
	.interaction = tl_genesys_interaction,
	.interaction_patch = tl_genesys_interaction_patch,
	.profile = tl_genesys_profile,
	.line = tl_genesys_line,
	.counts = tl_genesys_counts,
	.warm = genesys_warm,
	.view_scopes = view_scopes,
	.publish_scopes = publish_scopes,
	.role_scope = "authorization:read",
	.name_bytes = TL_GENESYS_NAME_BYTES,
};
