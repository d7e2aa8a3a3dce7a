/* platform/architect.c: the driver for the vendor's own API: how it is opened, what it can do, one flow and its versions, and what a role may do. */
#include "platform/architect.h"

#include <inttypes.h>
#include <stdlib.h>

#include "doc/json.h"
#include "platform/drivers.h"

#define POLICIES_MAX 10000
/* Giving back what was taken is tried for so long. */
#define LATE_MS 15000

/* ---- opening */

struct tl_architect *tl_architect_new(const struct tl_platform_config *config, struct tl_genesys *genesys)
{
	struct tl_architect *architect = tl_alloc_zero(1, sizeof(*architect));

	architect->genesys = genesys;
	architect->config = *config;
	architect->exports = tl_architect_exports_new();
	pthread_mutex_init(&architect->lock, NULL);
	return architect;
}

static int fetch_by_http(struct tl_http_answer *out, struct tl_arena *arena, void *data, const struct tl_http_request *request, struct tl_error *err)
{
	const struct tl_genesys *genesys = data;

	return tl_http_send(out, arena, genesys->http, request, err);
}

static int architect_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	struct tl_architect *architect;
	void *genesys;

	if (tl_genesys_open(&genesys, config, err) != 0)
		return -1;
	architect = tl_architect_new(config, genesys);
	architect->fetch = fetch_by_http;
	architect->fetch_data = genesys;
	*state = architect;
	return 0;
}

static void architect_close(void *state)
{
	struct tl_architect *architect = state;

	tl_genesys_close(architect->genesys);
	if (architect->late_genesys)
		tl_genesys_close(architect->late_genesys);
	tl_architect_exports_free(architect->exports);
	tl_map_clear(&architect->known);
	tl_arena_clear(&architect->arena);
	pthread_mutex_destroy(&architect->lock);
	free(architect);
}

static void architect_counts(struct tl_platform_counts *out, void *state)
{
	const struct tl_architect *architect = state;

	tl_genesys_counts(out, architect->genesys);
}

/* ---- asking */

/* A client that nobody stops. Its own, as a stop ends whatever the other one has under way. */
static int open_late(struct tl_architect *architect, struct tl_error *err)
{
	struct tl_platform_config config = architect->config;
	void *genesys;

	config.stopped = NULL;
	config.waits = NULL;
	config.concurrency = 1;
	if (tl_genesys_open(&genesys, &config, err) != 0)
		return -1;
	architect->late_genesys = genesys;
	architect->late = architect->late_genesys->send;
	architect->late_data = architect->late_genesys->data;
	return 0;
}

static int send_late(struct tl_api_answer *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_api_request *request, struct tl_error *err)
{
	struct tl_api_request hurried = *request;
	int ret = 0;

	pthread_mutex_lock(&architect->lock);
	if (!architect->late)
		ret = open_late(architect, err);
	pthread_mutex_unlock(&architect->lock);
	hurried.deadline_ms = LATE_MS;
	return ret == 0 ? architect->late(out, arena, architect->late_data, &hurried, err) : -1;
}

int tl_architect_send(struct tl_api_answer *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_api_request *request, bool late,
                      struct tl_error *err)
{
	*out = (struct tl_api_answer){ 0 };
	if (late)
		return send_late(out, arena, architect, request, err);
	return architect->genesys->send(out, arena, architect->genesys->data, request, err);
}

int tl_architect_ask(struct tl_doc **doc, struct tl_arena *arena, struct tl_architect *architect, struct tl_str path, bool late, struct tl_error *err)
{
	struct tl_api_request request = { .method = "GET", .path = path, .again = TL_AGAIN_SAFE, .accept_missing = true };
	struct tl_str what = tl_genesys_what(arena, &request);
	struct tl_api_answer answer;

	*doc = NULL;
	if (tl_architect_send(&answer, arena, architect, &request, late, err) != 0)
		return -1;
	if (answer.status == 404)
		return tl_error_set(err, TL_NOT_FOUND, "the platform has nothing at %.*s", TL_FMT(path));
	return tl_genesys_document(doc, answer.body, what, err);
}

int tl_architect_fetch_from(struct tl_http_answer *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_http_request *request,
                            struct tl_error *err)
{
	const struct tl_access *access = architect->config.access;
	struct tl_address address;

	*out = (struct tl_http_answer){ .fate = TL_HTTP_UNSENT };
	if (tl_address_parse(&address, arena, request->url, err) != 0 ||
	    (!(access && access->insecure) && tl_address_check_secure(&address, "the platform hands out the address", err) != 0))
		return tl_error_set(err, TL_REFUSED, "%s", err->message);
	return architect->fetch(out, arena, architect->fetch_data, request, err);
}

/* ---- what is known */

static int read_client_id(struct tl_architect *architect, struct tl_error *err)
{
	const struct tl_access *access = architect->config.access;
	struct tl_arena arena = { 0 };
	struct tl_str id = { NULL, 0 };
	int ret = 0;

	if (architect->client_id.len > 0)
		return 0;
	if (access)
		ret = tl_secret_read(&id, &arena, &access->client_id, architect->config.surroundings, "client_id", err);
	if (ret == 0)
		architect->client_id = tl_arena_dup(&architect->arena, id);
	tl_arena_wipe(&arena);
	return ret;
}

int tl_architect_is_us(bool *yes, struct tl_architect *architect, struct tl_str client, struct tl_error *err)
{
	int ret = 0;

	*yes = false;
	if (client.len == 0)
		return 0;
	pthread_mutex_lock(&architect->lock);
	ret = read_client_id(architect, err);
	*yes = ret == 0 && tl_str_equal_nocase(architect->client_id, client);
	pthread_mutex_unlock(&architect->lock);
	return ret;
}

void tl_architect_remember(struct tl_architect *architect, const struct tl_remotes *remotes)
{
	pthread_mutex_lock(&architect->lock);
	for (size_t i = 0; i < remotes->count; i++) {
		struct tl_map_entry *entry = tl_map_find(&architect->known, remotes->items[i].id);
		struct tl_remote *kept = entry ? entry->value.ptr : NULL;

		/* Lists are read again and again by whoever watches: only what changed is kept anew. */
		if (kept && kept->version == remotes->items[i].version && kept->published_version == remotes->items[i].published_version)
			continue;
		if (!kept) {
			kept = TL_ARENA_NEW(&architect->arena, struct tl_remote);
			kept->id = tl_arena_dup(&architect->arena, remotes->items[i].id);
			tl_map_put(&architect->known, kept->id, NULL)->value.ptr = kept;
		}
		if (!tl_str_equal(kept->name, remotes->items[i].name))
			kept->name = tl_arena_dup(&architect->arena, remotes->items[i].name);
		if (!tl_str_equal(kept->type, remotes->items[i].type))
			kept->type = tl_arena_dup(&architect->arena, remotes->items[i].type);
		kept->version = remotes->items[i].version;
		kept->published_version = remotes->items[i].published_version;
		kept->written_ms = remotes->items[i].written_ms;
	}
	pthread_mutex_unlock(&architect->lock);
}

bool tl_architect_recall(struct tl_remote *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id)
{
	const struct tl_remote *kept;

	*out = (struct tl_remote){ 0 };
	pthread_mutex_lock(&architect->lock);
	kept = tl_map_ptr(&architect->known, id);
	if (kept) {
		*out = *kept;
		out->id = tl_arena_dup(arena, kept->id);
		out->name = tl_arena_dup(arena, kept->name);
		out->type = tl_arena_dup(arena, kept->type);
	}
	pthread_mutex_unlock(&architect->lock);
	return kept != NULL;
}

/* ---- one flow */

static int architect_get(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct tl_architect_flow flow;

	if (tl_architect_look(&flow, arena, state, id, false, err) != 0 || tl_architect_remote(out, arena, state, &flow, err) != 0)
		return -1;
	if (out->held_by.len > 0 && !out->held_by_us)
		out->held_ms = tl_architect_since(state, &flow);
	return 0;
}

/* What the platform says of one version beside its content. */
static int describe_version(struct tl_remote *out, struct tl_arena *arena, struct tl_architect *architect, int64_t version, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_str more = tl_arena_printf(&scratch, "/versions/%.*s", TL_FMT(tl_version_id(&scratch, version))), path;
	struct tl_architect_version told;
	struct tl_doc *doc = NULL;
	int ret = tl_genesys_path(&path, &scratch, out->id, more.ptr, err);

	if (ret == 0)
		ret = tl_architect_ask(&doc, &scratch, architect, path, false, err);
	if (ret == 0)
		ret = tl_architect_version(&told, arena, doc->root, tl_arena_printf(&scratch, "GET %.*s", TL_FMT(path)), err);
	if (ret == 0) {
		out->written_ms = told.at_ms;
		out->reached_published = told.publishes;
		out->status = told.publishes ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT;
	}
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}

/* A flow that somebody made and never saved says nothing but what it is called. */
static bool is_unsaved(struct tl_remote *out, struct tl_arena *arena, const struct tl_remote *known)
{
	struct tl_buf buf = { 0 };
	struct tl_json json;
	int64_t unsaved;

	tl_version_parse(&unsaved, TL_STR(TL_ARCHITECT_UNSAVED));
	if (out->version != unsaved || known->version != unsaved || known->published_version > 0)
		return false;
	tl_buf_printf(&buf, "%.*s:\n  name: ", TL_FMT(known->type));
	tl_json_init(&json, &buf, false);
	tl_json_string(&json, tl_str_slice(known->name, known->type.len + 1, known->name.len));
	tl_buf_char(&buf, '\n');
	out->content = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return true;
}

/* Of the version that callers get the last list says it all; of others the platform is asked. */
static int architect_version(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version, struct tl_error *err)
{
	struct tl_architect *architect = state;
	struct tl_remote known;

	if (version < 1)
		return tl_error_set(err, TL_NOT_FOUND, "the platform has no version %" PRId64 " of a flow '%.*s'", version, TL_FMT(id));
	if (!tl_architect_recall(&known, arena, architect, id) && architect_get(&known, arena, state, id, err) != 0)
		return -1;
	*out = (struct tl_remote){ .id = known.id, .name = known.name, .type = known.type, .version = version, .published_version = known.published_version };
	if (is_unsaved(out, arena, &known))
		return 0;
	if (version == known.published_version) {
		out->status = TL_STATUS_PUBLISHED;
		out->reached_published = true;
		out->written_ms = known.version == version ? known.written_ms : 0;
	} else if (describe_version(out, arena, architect, version, err) != 0) {
		return -1;
	}
	return tl_architect_export(&out->content, arena, architect, id, version, err);
}

/* ---- roles */

/* What publishing needs, in the words of permissionPolicies: domain, entity, action. */
static const char *const publish_scopes[] = {
	"architect:flow:view", "architect:flow:edit", "architect:flow:publish", "architect:job:create", "architect:job:view",
	"architect:jobExport:create", "architect:jobExport:view", NULL,
};

/* Takes the part up to the next ':' off the front. */
static struct tl_str next_part(struct tl_str *text)
{
	size_t end = tl_str_find(*text, TL_STR(":"), 0);
	struct tl_str part = tl_str_slice(*text, 0, end == SIZE_MAX ? text->len : end);

	*text = tl_str_slice(*text, end == SIZE_MAX ? text->len : end + 1, text->len);
	return part;
}

static bool covers(struct tl_str granted, struct tl_str wanted)
{
	return tl_str_is(granted, "*") || tl_str_equal_nocase(granted, wanted);
}

static bool grants_action(const struct tl_item *policy, struct tl_str action)
{
	const struct tl_item *actions = tl_item_get(policy, "actionSet");

	for (const struct tl_item *item = actions && actions->kind == TL_LIST ? actions->first : NULL; item; item = item->next) {
		if (item->kind == TL_STRING && covers(item->text, action))
			return true;
	}
	return false;
}

/* Whether a policy, or one of the role's plain permissions ("architect:flow:*"), covers the whole of what is needed. */
static bool grants(const struct tl_item *policies, const struct tl_item *permissions, const char *needed)
{
	struct tl_str rest = tl_str(needed), domain = next_part(&rest), entity = next_part(&rest), action = next_part(&rest);

	for (const struct tl_item *item = policies ? policies->first : NULL; item; item = item->next) {
		if (item->kind == TL_MAP && covers(tl_item_text(item, "domain"), domain) && covers(tl_item_text(item, "entityName"), entity) &&
		    grants_action(item, action))
			return true;
	}
	for (const struct tl_item *item = permissions ? permissions->first : NULL; item; item = item->next) {
		struct tl_str text = item->kind == TL_STRING ? item->text : TL_STR("");

		if (covers(next_part(&text), domain) && covers(next_part(&text), entity) && covers(next_part(&text), action))
			return true;
	}
	return false;
}

static int read_role(struct tl_str **out, size_t *count, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *policies, *permissions;

	if (tl_genesys_member(&policies, root, "permissionPolicies", TL_LIST, what, err) != 0 ||
	    tl_genesys_member_maybe(&permissions, root, "permissions", TL_LIST, what, err) != 0)
		return -1;
	if (policies->count > POLICIES_MAX)
		return tl_genesys_bad(err, what, "it has %u policies", policies->count);
	*out = TL_ARENA_ARRAY(arena, struct tl_str, TL_COUNT(publish_scopes));
	for (const char *const *needed = publish_scopes; *needed; needed++) {
		if (grants(policies, permissions, *needed))
			(*out)[(*count)++] = tl_str(*needed);
	}
	return 0;
}

/* Of what publishing needs, what the role may. A token says nothing of what its client may. */
static int architect_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, void *state, struct tl_str role, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_str path = tl_arena_printf(&scratch, "/api/v2/authorization/roles/%.*s", TL_FMT(tl_address_encode(&scratch, role)));
	struct tl_doc *doc = NULL;
	int ret = 0;

	*count = 0;
	if (role.len > 0)
		ret = tl_architect_ask(&doc, &scratch, state, path, false, err);
	if (ret != 0 && err->code == TL_NOT_FOUND)
		tl_error_set(err, TL_NOT_FOUND, "the platform has no role '%.*s'", TL_FMT(role));
	if (ret == 0 && doc)
		ret = read_role(out, count, arena, doc->root, tl_arena_printf(&scratch, "GET %.*s", TL_FMT(path)), err);
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}

/* ---- jobs */

static int architect_job(struct tl_remote_job *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct tl_architect_state job;

	if (tl_architect_job_look(&job, arena, state, id, false, err) != 0)
		return -1;
	*out = (struct tl_remote_job){
		.over = job.state == TL_ARCHITECT_GOOD || job.state == TL_ARCHITECT_BAD,
		.good = job.state == TL_ARCHITECT_GOOD,
		.begun = job.state != TL_ARCHITECT_WAITS,
		.id = job.flow,
	};
	if (job.state == TL_ARCHITECT_BAD)
		out->text = tl_architect_words(arena, &job, 600);
	return 0;
}

static int architect_give_back(void *state, struct tl_str id, struct tl_error *err)
{
	return tl_architect_give_back(state, id, err);
}

const struct tl_driver tl_driver_architect = {
	.name = "architect",
	.can = TL_CAN_EXPORT | TL_CAN_PARALLEL | TL_CAN_ROLES | TL_CAN_LOCK | TL_CAN_NAME,
	.dialects = 1u << TL_DIALECT_ARCHITECT,
	.open = architect_open,
	.close = architect_close,
	.list = tl_architect_list,
	.get = architect_get,
	.version = architect_version,
	.versions = tl_architect_versions,
	.create = tl_architect_create,
	.put = tl_architect_put,
	.scopes = architect_scopes,
	.job = architect_job,
	.give_back = architect_give_back,
	.named = tl_architect_list_named,
	.counts = architect_counts,
	.publish_scopes = publish_scopes,
};
