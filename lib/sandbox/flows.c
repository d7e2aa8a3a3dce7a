/* sandbox/flows.c: flows: lists, versions, writes by compare-and-set, and their deployment. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "doc/yaml.h"
#include "net/address.h"
#include "sandbox/answer.h"
#include "sandbox/inside.h"
#include "sandbox/judge.h"

#define FLOW_FILE_LIMIT ((uint64_t)64 << 20)

/* A version that is being published, and how that will end. */
struct deployment {
	struct deployment *before, *after;
	struct flows *flows;
	struct tl_str id, reason;
	int64_t version;
	enum tl_remote_status status;
	struct tl_arena arena;
};

struct flows {
	struct tl_sandbox *sandbox;
	struct deployment *deployments;
};

/* ---- deployments */

static void free_deployment(struct deployment *deployment)
{
	struct flows *flows = deployment->flows;

	*(deployment->before ? &deployment->before->after : &flows->deployments) = deployment->after;
	if (deployment->after)
		deployment->after->before = deployment->before;
	tl_arena_clear(&deployment->arena);
	free(deployment);
}

static void finish(void *data)
{
	struct deployment *deployment = data;

	/* Where somebody else has settled it meanwhile, that stands. */
	tl_local_store_settle(deployment->flows->sandbox->store, deployment->id, deployment->version, deployment->status, deployment->reason, NULL);
	free_deployment(deployment);
}

static void deploy(struct flows *flows, struct tl_str id, int64_t version, enum tl_remote_status status, struct tl_str reason)
{
	struct deployment *deployment = tl_alloc_zero(1, sizeof(*deployment));

	deployment->flows = flows;
	deployment->id = tl_arena_dup(&deployment->arena, id);
	deployment->reason = tl_arena_dup(&deployment->arena, reason);
	deployment->version = version;
	deployment->status = status;
	deployment->after = flows->deployments;
	if (deployment->after)
		deployment->after->before = deployment;
	flows->deployments = deployment;
	tl_server_after(flows->sandbox->server, flows->sandbox->config.publish_ms, finish, deployment);
}

static int open_flows(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct flows *flows = tl_alloc_zero(1, sizeof(*flows));
	struct tl_arena arena = { 0 };
	struct tl_remotes remotes;
	int ret;

	flows->sandbox = sandbox;
	*state = flows;
	/* What another process left half published is published now. */
	ret = tl_local_store_publishing(&remotes, &arena, sandbox->store, err);
	for (size_t i = 0; ret == 0 && i < remotes.count; i++)
		deploy(flows, remotes.items[i].id, remotes.items[i].version, TL_STATUS_PUBLISHED, TL_STR(""));
	tl_arena_clear(&arena);
	return ret;
}

static void close_flows(void *state)
{
	struct flows *flows = state;

	while (flows->deployments)
		free_deployment(flows->deployments);
	free(flows);
}

/* ---- flows as JSON */

static void put_head(struct tl_json *json, struct tl_arena *arena, const struct tl_remote *remote)
{
	tl_json_put(json, "id", remote->id);
	tl_json_put_integer(json, "version", remote->version);
	tl_json_put(json, "status", tl_str(tl_remote_status_name(remote->status)));
	if (remote->published_version > 0)
		tl_json_put_integer(json, "publishedVersion", remote->published_version);
	if (remote->reason.len > 0)
		tl_json_put(json, "statusReason", remote->reason);
	tl_json_put(json, "dateModified", tl_time_format(arena, remote->written_ms));
	tl_json_put(json, "selfUri", tl_arena_printf(arena, "/api/v2/flows/%.*s", TL_FMT(remote->id)));
}

/* A flow in a list. */
static void put_listed(struct tl_json *json, struct tl_arena *arena, const struct tl_remote *remote)
{
	tl_json_map(json);
	put_head(json, arena, remote);
	tl_json_put(json, "name", remote->title);
	if (!tl_str_equal(remote->name, remote->title))
		tl_json_put(json, "externalId", remote->name);
	tl_json_map_end(json);
}

/* A flow whole: what the platform says of it, then all that it holds, as it was sent. */
static void put_whole(struct tl_json *json, struct tl_arena *arena, const struct tl_remote *remote)
{
	struct tl_buf buf = { 0 };
	struct tl_json head;

	tl_json_init(&head, &buf, false);
	tl_json_map(&head);
	put_head(&head, arena, remote);
	tl_json_map_end(&head);
	/* The content is a canonical map, and no empty one: it has a name. */
	buf.data[buf.len - 1] = ',';
	tl_buf_str(&buf, tl_str_slice(remote->content, 1, remote->content.len));
	tl_json_raw(json, tl_buf_view(&buf));
	tl_buf_clear(&buf);
}

static void answer_flow(struct tl_routed *call, int status, const struct tl_remote *remote)
{
	tl_route_header(call, "etag", tl_arena_printf(call->arena, "\"%" PRId64 "\"", remote->version));
	put_whole(tl_route_json(call, status), call->arena, remote);
}

/* ---- reading */

static void handle_list(struct tl_routed *call)
{
	struct tl_str name = tl_exchange_query(call->exchange, "name");
	struct tl_error err = { 0 };
	struct tl_remotes remotes;
	struct tl_page page;
	struct tl_json *json;
	int64_t total;

	if (!tl_route_page(&page, call))
		return;
	if (tl_local_store_page(&remotes, &total, call->arena, call->sandbox->store, name, (int64_t)page.first, (int64_t)page.size, &err) != 0) {
		tl_route_failed(call, &err);
		return;
	}
	json = tl_route_page_begin(call);
	for (size_t i = 0; i < remotes.count; i++)
		put_listed(json, call->arena, &remotes.items[i]);
	tl_route_page_end(call, &page, (uint64_t)total,
	                 name.len > 0 ? tl_arena_printf(call->arena, "&name=%.*s", TL_FMT(tl_address_encode(call->arena, name))).ptr : "");
}

static void handle_get(struct tl_routed *call)
{
	struct tl_error err = { 0 };
	struct tl_remote remote;

	if (tl_local_store_get(&remote, call->arena, call->sandbox->store, call->params[0], &err) != 0)
		tl_route_failed(call, &err);
	else
		answer_flow(call, 200, &remote);
}

static bool read_version(int64_t *version, struct tl_str text)
{
	*version = 0;
	for (size_t i = 0; i < text.len && i < 18; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*version = *version * 10 + (text.ptr[i] - '0');
	}
	return text.len < 18;
}

static void handle_version(struct tl_routed *call)
{
	struct tl_error err = { 0 };
	struct tl_remote remote;
	int64_t version;

	if (!read_version(&version, call->params[1]))
		tl_error_set(&err, TL_NOT_FOUND, "the flow has no version '%.*s'", TL_FMT(call->params[1]));
	else
		tl_local_store_version(&remote, call->arena, call->sandbox->store, call->params[0], version, &err);
	if (err.code != TL_OK)
		tl_route_failed(call, &err);
	else
		answer_flow(call, 200, &remote);
}

/* History, newest first, each version whole. */
static void handle_versions(struct tl_routed *call)
{
	struct tl_error err = { 0 };
	struct tl_remotes remotes;
	struct tl_remote remote;
	struct tl_page page;
	struct tl_json *json;

	if (!tl_route_page(&page, call))
		return;
	if (tl_local_store_versions(&remotes, call->arena, call->sandbox->store, call->params[0], &err) != 0) {
		tl_route_failed(call, &err);
		return;
	}
	json = tl_route_page_begin(call);
	for (size_t i = page.first; i < remotes.count && i < page.first + page.size && err.code == TL_OK; i++) {
		if (tl_local_store_version(&remote, call->arena, call->sandbox->store, call->params[0], remotes.items[i].version, &err) == 0)
			put_whole(json, call->arena, &remote);
	}
	if (err.code != TL_OK)
		tl_route_failed(call, &err);
	else
		tl_route_page_end(call, &page, remotes.count, "");
}

/* ---- judging */

static void put_judgements(struct tl_json *json, const char *key, const struct tl_judgements *judgements, bool errors)
{
	tl_json_key(json, key);
	tl_json_list(json);
	for (size_t i = 0; i < judgements->count; i++) {
		const struct tl_judgement *judgement = &judgements->items[i];

		if (judgement->error != errors)
			continue;
		tl_json_map(json);
		tl_json_put_or_null(json, "nodeId", judgement->node.len > 0 ? judgement->node : (struct tl_str){ NULL, 0 });
		tl_json_put(json, "field", judgement->field);
		tl_json_put(json, "code", tl_str(judgement->code));
		tl_json_put(json, "message", judgement->message);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

/* 422, with the first mistake's node and field at the top and all of them below, in both places where they are looked for. */
static void refuse_flow(struct tl_routed *call, const struct tl_judgements *judgements)
{
	const struct tl_judgement *first = &judgements->items[0];
	struct tl_json *json;

	for (size_t i = 0; i < judgements->count && !first->error; i++)
		first = &judgements->items[i];
	json = tl_route_error_begin(call, 422, "flow.invalid", first->message);
	tl_json_put_or_null(json, "nodeId", first->node.len > 0 ? first->node : (struct tl_str){ NULL, 0 });
	tl_json_put(json, "field", first->field);
	put_judgements(json, "details", judgements, true);
	put_judgements(json, "errors", judgements, true);
	tl_json_map_end(json);
}

/* Takes what is to be written from a flow of the wire, and judges it; one without a name is judged, too. */
static int take_and_judge(struct tl_judgements *out, struct tl_local_write *write, struct tl_arena *arena, const struct tl_item *wire, struct tl_error *err)
{
	struct tl_findings findings = { 0 };
	struct tl_flow *flow;
	int ret;

	write->findings = &findings;
	ret = tl_local_write_take(write, &flow, arena, wire, err);
	if (ret == 0 || err->code == TL_USAGE) {
		tl_judge_flow(out, arena, flow, wire, &findings);
		tl_flow_free(flow);
		ret = 0;
	}
	tl_findings_clear(&findings);
	write->findings = NULL;
	return ret;
}

/* The flow of a body, judged. False where it is refused; that has been answered. */
static bool take_flow(struct tl_local_write *write, struct tl_routed *call, const struct tl_item *body)
{
	struct tl_judgements judgements;
	struct tl_error err = { 0 };

	if (take_and_judge(&judgements, write, call->arena, body, &err) != 0) {
		tl_route_failed(call, &err);
		return false;
	}
	if (judgements.errors == 0)
		return true;
	refuse_flow(call, &judgements);
	return false;
}

static void judge_stored(struct tl_judgements *judgements, struct tl_routed *call, const struct tl_remote *remote)
{
	struct tl_findings findings = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_flow *flow;

	tl_remote_read_aloud(&flow, remote, &lower, NULL);
	tl_judge_flow(judgements, call->arena, flow, NULL, &findings);
	tl_flow_free(flow);
	tl_findings_clear(&findings);
}

/* The flow that is sent, or without one the flow that is there. */
static void handle_validate(struct tl_routed *call)
{
	struct tl_local_write write = { 0 };
	struct tl_judgements judgements;
	const struct tl_item *body = NULL;
	struct tl_error err = { 0 };
	struct tl_remote remote;
	struct tl_json *json;

	if (tl_exchange_body(call->exchange).len > 0) {
		body = tl_route_body_map(call);
		if (!body)
			return;
	}
	if (tl_local_store_get(&remote, call->arena, call->sandbox->store, call->params[0], &err) != 0) {
		tl_route_failed(call, &err);
		return;
	}
	if (!body || body->count == 0) {
		judge_stored(&judgements, call, &remote);
	} else if (take_and_judge(&judgements, &write, call->arena, body, &err) != 0) {
		tl_route_failed(call, &err);
		return;
	}
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put_boolean(json, "valid", judgements.errors == 0);
	put_judgements(json, "errors", &judgements, true);
	put_judgements(json, "warnings", &judgements, false);
	tl_json_map_end(json);
}

/* ---- writing */

/* What a version becomes at once, and how its deployment ends where it takes time. */
struct outcome {
	enum tl_remote_status now, end;
	struct tl_str reason;
	bool hang;
};

/* 400 where the body asks for what is no status that can be written. */
static bool read_status(struct outcome *outcome, struct tl_routed *call, const struct tl_item *body)
{
	const struct tl_item *status = tl_item_get(body, "status");
	enum tl_remote_status asked = status ? tl_remote_status_parse(tl_item_text(body, "status")) : TL_STATUS_PUBLISHED;

	*outcome = (struct outcome){ .now = asked, .end = TL_STATUS_PUBLISHED };
	if (asked == TL_STATUS_DRAFT || asked == TL_STATUS_SCHEDULED)
		return true;
	if (asked == TL_STATUS_COUNT) {
		tl_route_error(call, 400, "bad.request", "'status' is no status of a flow: it is draft, scheduled or published");
		return false;
	}
	outcome->end = tl_sandbox_deployment(&outcome->reason, &outcome->hang, call);
	outcome->now = TL_STATUS_PUBLISHING;
	if (outcome->end == TL_STATUS_PUBLISHED && !outcome->hang && call->sandbox->config.publish_ms == 0)
		outcome->now = TL_STATUS_PUBLISHED;
	return true;
}

static void refuse_write(struct tl_routed *call, const struct tl_local_write *write, const struct tl_error *err)
{
	if (write->busy)
		tl_route_error(call, 409, "operation.in.progress", "%s", err->message);
	else
		tl_route_failed(call, err);
}

static int start_deployment(struct tl_routed *call, const struct tl_local_write *write, const struct outcome *outcome, struct tl_error *err)
{
	if (outcome->now != TL_STATUS_PUBLISHING || outcome->hang)
		return 0;
	if (call->sandbox->config.publish_ms > 0) {
		deploy(call->state, write->id, write->version, outcome->end, outcome->reason);
		return 0;
	}
	return tl_local_store_settle(call->sandbox->store, write->id, write->version, outcome->end, outcome->reason, err);
}

static void write_flow(struct tl_routed *call, int status, struct tl_local_write *write, const struct outcome *outcome)
{
	struct tl_error err = { 0 };
	struct tl_remote remote;

	write->status = outcome->now;
	if (tl_local_store_write(write, call->arena, call->sandbox->store, &err) != 0) {
		refuse_write(call, write, &err);
		return;
	}
	if (start_deployment(call, write, outcome, &err) != 0 ||
	    tl_local_store_get(&remote, call->arena, call->sandbox->store, write->id, &err) != 0) {
		tl_route_failed(call, &err);
		return;
	}
	answer_flow(call, status, &remote);
}

static void handle_create(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	struct tl_local_write write = { .version = 1 };
	struct outcome outcome;

	if (!body || !take_flow(&write, call, body) || !read_status(&outcome, call, body))
		return;
	write_flow(call, 201, &write, &outcome);
	if (call->status == 201)
		tl_route_header(call, "location", tl_arena_printf(call->arena, "/api/v2/flows/%.*s", TL_FMT(write.id)));
}

/* If-Match (RFC 9110, 13.1.1), where it is sent: the version in quotes, alone or in a list. */
static bool if_match_holds(const struct tl_routed *call, int64_t version)
{
	struct tl_str header = tl_exchange_header(call->exchange, "if-match"), tag = tl_arena_printf(call->arena, "\"%" PRId64 "\"", version);

	if (!header.ptr)
		return true;
	header = tl_str_trim(header);
	return tl_str_is(header, "*") || tl_etag_listed(header, tag);
}

/* 409 (or 400, where the body says nothing of use), and nothing is written. */
static bool check_base(struct tl_routed *call, const struct tl_remote *now, const struct tl_item *body)
{
	const struct tl_item *version = tl_item_get(body, "version");

	if (tl_item_get(body, "id") && !tl_str_equal(tl_item_text(body, "id"), now->id)) {
		tl_route_error(call, 400, "bad.request", "the body's 'id' is not that of the flow");
		return false;
	}
	if (now->status == TL_STATUS_PUBLISHING) {
		tl_route_error(call, 409, "operation.in.progress", "version %" PRId64 " of the flow is being published", now->version);
		return false;
	}
	if (!if_match_holds(call, now->version)) {
		tl_route_error(call, 409, "version.conflict", "the flow is at version %" PRId64 ", not the one that If-Match names", now->version);
		return false;
	}
	if (!version || version->kind != TL_NUMBER || !version->integer) {
		tl_route_error(call, 400, "bad.request", "'version' is missing: it must be %" PRId64, now->version + 1);
		return false;
	}
	if (version->number == (double)(now->version + 1))
		return true;
	tl_route_error(call, 409, "version.conflict", "the flow is at version %" PRId64 ": the next one is %" PRId64 ", not %.*s", now->version,
	              now->version + 1, TL_FMT(version->text));
	return false;
}

static void handle_put(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	struct tl_local_write write = { .id = call->params[0] };
	struct tl_error err = { 0 };
	struct outcome outcome;
	struct tl_remote now;

	if (!body)
		return;
	if (tl_local_store_get(&now, call->arena, call->sandbox->store, write.id, &err) != 0) {
		tl_route_failed(call, &err);
		return;
	}
	write.version = now.version + 1;
	if (check_base(call, &now, body) && take_flow(&write, call, body) && read_status(&outcome, call, body))
		write_flow(call, 200, &write, &outcome);
}

/* ---- seeds */

/* A flow that was written: the first time it is made, later a version on top, unless it is the same. */
static int seed_write(struct tl_sandbox *sandbox, struct tl_arena *arena, const struct tl_item *wire, struct tl_error *err)
{
	struct tl_local_write write = { .version = 1, .status = TL_STATUS_PUBLISHED };
	struct tl_judgements judgements;

	if (wire->kind != TL_MAP)
		return tl_error_set(err, TL_USAGE, "a flow is a map with 'name' and 'nodes'");
	if (take_and_judge(&judgements, &write, arena, wire, err) != 0)
		return -1;
	if (judgements.errors > 0)
		return tl_error_set(err, TL_USAGE, "the flow '%.*s' cannot run: %.*s", TL_FMT(write.title), TL_FMT(judgements.items[0].message));
	if (tl_str_is(tl_item_text(wire, "status"), "draft"))
		write.status = TL_STATUS_DRAFT;
	return tl_local_store_seed(&write, arena, sandbox->store, err);
}

static int seed_file(struct tl_sandbox *sandbox, struct tl_str path, const char *folder, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str full = tl_path_join(&arena, tl_str(folder), path), bytes, content;
	struct tl_doc *doc = NULL;
	int ret = -1;

	if (tl_file_read(&bytes, &arena, full.ptr, FLOW_FILE_LIMIT, err) != 0)
		goto out;
	if (tl_local_content_of(&content, &arena, path, bytes, err) != 0 || tl_json_parse(&doc, path, content, err) != 0)
		goto out;
	ret = seed_write(sandbox, &arena, doc->root, err);
out:
	if (ret != 0)
		tl_error_wrap(err, "'%.*s'", TL_FMT(path));
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return ret;
}

/* flows: [PATH or a flow of the wire, …] */
static int seed_flows(void *state, struct tl_sandbox *sandbox, const struct tl_item *list, const char *folder, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	int ret = 0;

	(void)state;
	if (list->kind != TL_LIST)
		return tl_error_set(err, TL_USAGE, "they must be a list of files or of flows");
	for (const struct tl_item *item = list->first; item && ret == 0; item = item->next)
		ret = item->kind == TL_STRING ? seed_file(sandbox, item->text, folder, err) : seed_write(sandbox, &arena, item, err);
	tl_arena_clear(&arena);
	return ret;
}

static const struct tl_route route_table[] = {
	{ "GET", "/api/v2/flows", "flow:view|flow:read", handle_list, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows", "flow:edit", handle_create, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}", "flow:view|flow:read", handle_get, TL_GUARD_TOKEN, 0 },
	{ "PUT", "/api/v2/flows/{id}", "flow:edit", handle_put, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/versions", "flow:view|flow:read", handle_versions, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/versions/{version}", "flow:view|flow:read", handle_version, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/{id}/validate", "flow:edit", handle_validate, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_flows = {
	.name = "flows",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_flows,
	.close = close_flows,
	.seed_key = "flows",
	.seed = seed_flows,
};
