#include "genesys_yard.h"

#include <inttypes.h>
#include <stdio.h>

#include "doc/json.h"
#include "platform/drivers.h"

#define ODD "{\"nodeId\":\"bye\",\"field\":\"reason\",\"message\":\"is odd\"}"

/* ---- the platform */

struct tl_flow *stage_flow(const char *title, const char *reason)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = unit_native(tl_arena_printf(&arena, "flow: %s\nname: %s\nchannel: voice\nstart: hello\nprompts:\n  welcome: {text: Hello}\n"
	                                                   "nodes:\n  hello: {type: play, prompt: welcome, next: bye}\n"
	                                                   "  bye: {type: end, reason: \"%s\"}\n", title, title, reason).ptr);

	tl_arena_clear(&arena);
	return flow;
}

/* The body as somebody else would send it. */
static struct tl_str body_of(struct stage *stage, const char *title, const char *reason)
{
	struct tl_flow *flow = stage_flow(title, reason);
	struct tl_item *wire;
	struct tl_str text;

	assert_int_equal(tl_genesys_compile(&wire, &stage->arena, flow, &stage->err), 0);
	text = tl_genesys_text(&stage->arena, wire);
	tl_flow_free(flow);
	return text;
}

static void write_version(struct stage *stage, struct stage_flow *flow, struct tl_str body, const char *status)
{
	struct stage_version *version = &flow->versions[flow->count++];

	assert_true(flow->count <= STAGE_VERSIONS);
	version->body = tl_arena_dup(&stage->arena, body);
	snprintf(version->status, sizeof(version->status), "%s", status);
}

static struct stage_flow *new_flow(struct stage *stage, const char *title)
{
	struct stage_flow *flow = &stage->flows[stage->n_flows++];
	size_t twins = stage_count(stage, title);

	assert_true(stage->n_flows <= STAGE_FLOWS);
	snprintf(flow->title, sizeof(flow->title), "%s", title);
	snprintf(flow->id, sizeof(flow->id), "id-%.20s", title);
	if (twins > 0)
		snprintf(flow->id, sizeof(flow->id), "id-%.16s-%zu", title, twins);
	return flow;
}

struct stage_flow *stage_add(struct stage *stage, const char *title, const char *reason)
{
	struct stage_flow *flow = new_flow(stage, title);

	write_version(stage, flow, body_of(stage, title, reason), "published");
	return flow;
}

void stage_edit(struct stage *stage, struct stage_flow *flow, const char *reason)
{
	write_version(stage, flow, body_of(stage, flow->title, reason), "published");
}

struct stage_flow *stage_find(struct stage *stage, const char *title)
{
	for (size_t i = 0; i < stage->n_flows; i++) {
		if (strcmp(stage->flows[i].title, title) == 0)
			return &stage->flows[i];
	}
	return NULL;
}

size_t stage_count(const struct stage *stage, const char *title)
{
	size_t count = 0;

	for (size_t i = 0; i < stage->n_flows; i++)
		count += stage->flows[i].count > 0 && strcmp(stage->flows[i].title, title) == 0;
	return count;
}

bool stage_holds(const struct stage_flow *flow, int64_t version, const char *reason)
{
	struct tl_arena arena = { 0 };
	struct tl_str wanted = tl_arena_printf(&arena, "\"%s\"", reason);
	bool holds = version <= flow->count && tl_str_find(flow->versions[version - 1].body, wanted, 0) != SIZE_MAX;

	tl_arena_clear(&arena);
	return holds;
}

/* ---- its answers */

/* A version as it is answered: what was sent, and what the platform says of it. */
static void add_version(struct tl_buf *buf, const struct stage_flow *flow, int64_t n, bool nodes)
{
	const struct stage_version *version = &flow->versions[n - 1];
	struct tl_error err;
	struct tl_doc *doc;
	struct tl_json json;

	tl_json_init(&json, buf, false);
	tl_json_map(&json);
	tl_json_put(&json, "id", tl_str(flow->id));
	tl_json_put_integer(&json, "version", n);
	tl_json_put(&json, "status", tl_str(version->status));
	tl_json_put(&json, "dateModified", TL_STR("2026-06-15T10:00:00.000Z"));
	tl_json_put(&json, "selfUri", TL_STR("/api/v2/flows/x"));
	assert_int_equal(tl_json_parse(&doc, TL_STR("body"), version->body, &err), 0);
	for (const struct tl_item *item = doc->root->first; item; item = item->next) {
		if (tl_str_is(item->key, "id") || tl_str_is(item->key, "version") || tl_str_is(item->key, "status") ||
		    (!nodes && !tl_str_is(item->key, "name")))
			continue;
		tl_json_key_str(&json, item->key);
		tl_json_item(&json, item);
	}
	tl_json_map_end(&json);
	tl_doc_free(doc);
}

static int say(struct tl_api_answer *out, struct tl_arena *arena, int status, struct tl_buf *buf, int64_t version)
{
	out->status = status;
	out->attempts++;
	out->body = tl_arena_dup(arena, tl_buf_view(buf));
	if (version > 0)
		out->etag = tl_arena_printf(arena, "\"%" PRId64 "\"", version);
	out->correlation = TL_STR("corr-1");
	tl_buf_clear(buf);
	return 0;
}

static int complain(struct tl_api_answer *out, struct tl_arena *arena, int status, const char *code, const char *more)
{
	struct tl_buf buf = { 0 };

	tl_buf_printf(&buf, "{\"message\":\"no\",\"code\":\"%s\",\"status\":%d,\"contextId\":\"c\",\"details\":[],\"errors\":[%s]}", code, status, more);
	return say(out, arena, status, &buf, 0);
}

static int answer_version(struct tl_api_answer *out, struct tl_arena *arena, const struct stage_flow *flow, int64_t version, int status, bool nodes)
{
	struct tl_buf buf = { 0 };

	add_version(&buf, flow, version, nodes);
	return say(out, arena, status, &buf, version);
}

/* No answer: it may have been taken. */
static int lose(struct tl_api_answer *out, int status, struct tl_error *err)
{
	out->fate = status == 0 ? TL_HTTP_LOST : TL_HTTP_ANSWERED;
	out->status = status;
	out->attempts++;
	return tl_error_set(err, TL_LOST, "the answer was lost");
}

/* ---- writes */

static int64_t version_in(struct tl_str body, char *status, size_t size, char *title, size_t title_size)
{
	struct tl_error err;
	struct tl_doc *doc;
	int64_t version;

	assert_int_equal(tl_json_parse(&doc, TL_STR("body"), body, &err), 0);
	version = (int64_t)tl_item_get(doc->root, "version")->number;
	snprintf(status, size, "%.*s", TL_FMT(tl_item_text(doc->root, "status")));
	snprintf(title, title_size, "%.*s", TL_FMT(tl_item_text(doc->root, "name")));
	tl_doc_free(doc);
	return version;
}

/* The write takes effect where the contract lets it: true. *flow is made where it is NULL. */
static bool take(struct stage *stage, struct stage_flow **flow, const struct tl_api_request *request)
{
	char status[16], title[64];
	int64_t version = version_in(request->body, status, sizeof(status), title, sizeof(title));
	char etag[32];

	if (!*flow) {
		*flow = new_flow(stage, title);
	} else {
		snprintf(etag, sizeof(etag), "\"%" PRId64 "\"", (*flow)->count);
		if (version != (*flow)->count + 1 || !tl_str_is(request->if_match, etag))
			return false;
	}
	write_version(stage, *flow, request->body, status);
	return true;
}

static int answer_write(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct stage_flow **flow,
                        const struct tl_api_request *request)
{
	bool create = !*flow;

	if (!take(stage, flow, request))
		return complain(out, arena, 409, "version.conflict", "");
	return answer_version(out, arena, *flow, (*flow)->count, create ? 201 : 200, !stage->compact);
}

/* Those whose answer is lost. */
static int do_lost(struct tl_api_answer *out, struct stage *stage, struct stage_flow *flow, const struct tl_api_request *request, char how,
                   struct tl_error *err)
{
	char status[16], title[64];

	version_in(request->body, status, sizeof(status), title, sizeof(title));
	if (strchr("a5td2", how))
		take(stage, &flow, request);
	if (how == 's' && !flow)
		stage_add(stage, title, "theirs");
	else if (how == 's' || how == 't')
		stage_edit(stage, flow, "theirs");
	if (how == '2')
		stage_add(stage, title, "theirs");
	if (how == 'd')
		stage->deaf = true;
	if (how == 'x')
		snprintf(flow->id, sizeof(flow->id), "deleted");
	return lose(out, how == '5' ? 500 : how == '6' ? 503 : 0, err);
}

/* Those that the client had to send again. */
static int do_repeated(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct stage_flow *flow,
                       const struct tl_api_request *request, char how)
{
	out->attempts++;
	out->repeated = true;
	if (how == 'R')
		return answer_write(out, arena, stage, &flow, request);
	if (how == 'V')
		return complain(out, arena, 422, "invalid.flow", ODD);
	take(stage, &flow, request);
	if (how == 'r')
		return complain(out, arena, 409, "version.conflict", "");
	snprintf(flow->versions[flow->count - 1].status, sizeof(flow->versions[0].status), "publishing");
	return complain(out, arena, 409, "operation.in.progress", "");
}

/* Those that are taken, and answered with something else. */
static int do_garbled(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct stage_flow *flow,
                      const struct tl_api_request *request, char how)
{
	struct tl_buf buf = { 0 };

	take(stage, &flow, request);
	tl_buf_text(&buf, how != 'g' ? "<html>fine</html>" : "{\"id\":\"another\",\"name\":\"x\",\"version\":1,\"status\":\"published\"}");
	return say(out, arena, 200, &buf, 0);
}

/* Somebody else was first, and the platform looks at neither If-Match nor version. */
static int do_careless(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct stage_flow *flow, const struct tl_api_request *request)
{
	stage_edit(stage, flow, "theirs");
	write_version(stage, flow, request->body, "published");
	return answer_version(out, arena, flow, flow->count, 200, !stage->compact);
}

/* Those that the client gives up on. */
static int do_refused(struct tl_api_answer *out, char how, struct tl_error *err)
{
	out->attempts++;
	if (how == 'u') {
		out->fate = TL_HTTP_UNSENT;
		return tl_error_set(err, TL_IO, "cannot reach the server");
	}
	out->status = 403;
	return tl_error_set(err, TL_REFUSED, "the scope 'flow:edit' is missing");
}

/* A write and what the script's letter makes of it:
 * '.' goes well; 'b' lost before it took effect; 'a' after; '5' and '6' the same, with a 500 and a 503; 'r' and 'R': lost after or before, and the client sends it
 * again; 'p' a publish is under way; 'P' lost after, sent again while that publish is under way; 's' lost before, and somebody else wrote in its place; 't' lost
 * after, and somebody else wrote on top; 'h' taken, and answered with HTML; 'H' so it is, and nothing can be read from then on;
 * 'g' taken, and answered with another flow; 'v' refused as invalid; 'V' the same after one that was lost; 'c' somebody else was first; 'C' so it was, and what is sent is put on top of it; 'd' lost after, and nothing can be read from then on;
 * 'x' lost before, and the flow is deleted; '2' lost after, and somebody else makes another one of the name; 'f' may not; 'u' never reached the server. */
static int do_write(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct stage_flow *flow,
                    const struct tl_api_request *request, char how, struct tl_error *err)
{
	if (strchr("b6a5std2x", how))
		return do_lost(out, stage, flow, request, how, err);
	if (strchr("rRPV", how))
		return do_repeated(out, arena, stage, flow, request, how);
	if (how == 'C')
		return do_careless(out, arena, stage, flow, request);
	stage->deaf = stage->deaf || how == 'H';
	if (strchr("hHg", how))
		return do_garbled(out, arena, stage, flow, request, how);
	if (strchr("fu", how))
		return do_refused(out, how, err);
	if (how == 'p')
		return complain(out, arena, 409, "operation.in.progress", "");
	if (how == 'v')
		return complain(out, arena, 422, "invalid.flow", ODD);
	if (how == 'c')
		stage_edit(stage, flow, "theirs");
	return answer_write(out, arena, stage, &flow, request);
}

/* ---- reads */

static struct stage_flow *by_id(struct stage *stage, struct tl_str id)
{
	for (size_t i = 0; i < stage->n_flows; i++) {
		if (tl_str_is(id, stage->flows[i].id))
			return &stage->flows[i];
	}
	return NULL;
}

static uint64_t query_number(struct tl_str path, const char *key)
{
	size_t at = tl_str_find(path, tl_str(key), 0);

	return at == SIZE_MAX ? 0 : strtoull(path.ptr + at + strlen(key), NULL, 10);
}

static bool is_named(const struct stage_flow *flow, struct tl_str path)
{
	size_t at = tl_str_find(path, TL_STR("&name="), 0);

	/* As platforms do, whatever has the name in it. */
	return flow->count > 0 && (at == SIZE_MAX || strstr(flow->title, path.ptr + at + 6));
}

static int answer_page(struct tl_api_answer *out, struct tl_arena *arena, const char *const *pages, uint64_t number)
{
	struct tl_buf buf = { 0 };

	while (*pages && number > 1) {
		pages++;
		number--;
	}
	tl_buf_text(&buf, *pages ? *pages : "{\"entities\":[]}");
	return say(out, arena, 200, &buf, 0);
}

static int answer_list(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct tl_str path)
{
	size_t number = query_number(path, "pageNumber="), size = query_number(path, "pageSize="), total = 0;
	struct tl_buf buf = { 0 };

	if (stage->meddle)
		stage->meddle(stage);
	if (stage->pages)
		return answer_page(out, arena, stage->pages, number);
	tl_buf_text(&buf, "{\"entities\":[");
	for (size_t i = 0; i < stage->n_flows; i++) {
		if (!is_named(&stage->flows[i], path))
			continue;
		total++;
		if (total <= (number - 1) * size || total > number * size)
			continue;
		if (buf.data[buf.len - 1] == '}')
			tl_buf_char(&buf, ',');
		add_version(&buf, &stage->flows[i], stage->flows[i].count, false);
	}
	if (stage->strict && number > 1 && total <= (number - 1) * size) {
		tl_buf_clear(&buf);
		tl_buf_text(&buf, "{\"message\":\"there is no such page\"}");
		return say(out, arena, 400, &buf, 0);
	}
	tl_buf_printf(&buf, "],\"pageNumber\":%zu,\"pageSize\":%zu,\"total\":%zu,\"pageCount\":%zu,\"nextUri\":\"https://evil.example/next\"}", number, size,
	              total, (total + size - 1) / size);
	return say(out, arena, 200, &buf, 0);
}

static int answer_versions(struct tl_api_answer *out, struct tl_arena *arena, const struct stage_flow *flow)
{
	struct tl_buf buf = { 0 };

	tl_buf_char(&buf, '[');
	for (int64_t i = 1; i <= flow->count; i++) {
		tl_buf_text(&buf, i > 1 ? "," : "");
		add_version(&buf, flow, i, true);
	}
	tl_buf_char(&buf, ']');
	return say(out, arena, 200, &buf, 0);
}

static int do_read(struct tl_api_answer *out, struct tl_arena *arena, struct stage *stage, struct tl_str path, struct tl_error *err)
{
	struct tl_str rest = tl_str_slice(path, sizeof(TL_GENESYS_FLOWS) - 1, path.len);
	size_t slash = tl_str_find(rest, TL_STR("/versions"), 0);
	struct stage_flow *flow;
	int64_t version;

	if (stage->deaf) {
		out->fate = TL_HTTP_UNSENT;
		return tl_error_set(err, TL_IO, "cannot reach the server");
	}
	if (stage->body) {
		struct tl_buf buf = { 0 };

		tl_buf_text(&buf, stage->body);
		say(out, arena, stage->status, &buf, 0);
		out->etag = tl_str(stage->etag ? stage->etag : "");
		return 0;
	}
	if (tl_str_starts(rest, TL_STR("?")))
		return answer_list(out, arena, stage, path);
	flow = by_id(stage, tl_str_slice(rest, 1, slash == SIZE_MAX ? rest.len : slash));
	if (!flow)
		return complain(out, arena, 404, "not.found", "");
	if (slash == SIZE_MAX)
		return answer_version(out, arena, flow, flow->count, 200, true);
	if (rest.len == slash + 9 || rest.ptr[slash + 9] == '?')
		return answer_versions(out, arena, flow);
	version = (int64_t)strtoll(rest.ptr + slash + 10, NULL, 10);
	return version <= flow->count ? answer_version(out, arena, flow, version, 200, true) : complain(out, arena, 404, "not.found", "");
}

/* ---- in place of the client */

static int stage_send(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request, struct tl_error *err)
{
	struct stage *stage = data;
	bool list = tl_str_starts(request->path, TL_STR(TL_GENESYS_FLOWS "?"));
	char how = '.';
	int ret;

	pthread_mutex_lock(&stage->lock);
	stage->requests++;
	tl_buf_reset(&stage->last_body);
	tl_buf_reset(&stage->last_path);
	tl_buf_str(&stage->last_body, request->body);
	tl_buf_str(&stage->last_path, request->path);
	if (strlen(stage->log) < sizeof(stage->log) - 16)
		sprintf(stage->log + strlen(stage->log), "%s%s", stage->log[0] ? " " : "", list ? "LIST" : request->method);
	if (strcmp(request->method, "GET") == 0 || stage->body) {
		ret = do_read(out, arena, stage, request->path, err);
	} else {
		struct tl_str id = tl_str_slice(request->path, sizeof(TL_GENESYS_FLOWS), request->path.len);
		struct stage_flow *flow = request->path.len > sizeof(TL_GENESYS_FLOWS) ? by_id(stage, id) : NULL;

		if (stage->script && *stage->script)
			how = *stage->script++;
		if (strcmp(request->method, "PUT") == 0 && !flow)
			ret = complain(out, arena, 404, "not.found", "");
		else
			ret = do_write(out, arena, stage, flow, request, how, err);
	}
	pthread_mutex_unlock(&stage->lock);
	return ret;
}

static int64_t now_ms(void *data)
{
	return ((struct stage *)data)->now;
}

static int sleep_ms(void *data, int64_t ms)
{
	struct stage *stage = data;

	stage->now += ms;
	stage->slept += ms;
	return stage->stop_at > 0 && stage->now >= stage->stop_at ? -1 : 0;
}

/* The stage comes in with its clock. */
static int stage_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	struct stage *stage = config->clock->data;

	(void)err;
	*state = tl_genesys_new(config, stage_send, stage);
	return 0;
}

int stage_make(void **state)
{
	struct stage *stage = tl_alloc_zero(1, sizeof(*stage));
	static struct tl_driver driver;
	struct tl_platform_config config = { .environment = &stage->environment, .clock = &stage->clock, .concurrency = 4 };

	driver = tl_driver_genesys;
	driver.open = stage_open;
	pthread_mutex_init(&stage->lock, NULL);
	stage->flows = tl_alloc_zero(STAGE_FLOWS, sizeof(*stage->flows));
	stage->status = 200;
	stage->now = 1000;
	stage->clock = (struct tl_clock){ now_ms, now_ms, sleep_ms, stage };
	stage->environment = (struct tl_environment){ .name = TL_STR("test"), .platform = TL_STR("genesys") };
	assert_int_equal(tl_platform_open_driver(&stage->platform, &driver, &config, &stage->err), 0);
	*state = stage;
	return 0;
}

int stage_remove(void **state)
{
	struct stage *stage = *state;

	tl_platform_close(stage->platform);
	tl_buf_clear(&stage->last_body);
	tl_buf_clear(&stage->last_path);
	pthread_mutex_destroy(&stage->lock);
	tl_arena_clear(&stage->arena);
	free(stage->flows);
	free(stage);
	return 0;
}
