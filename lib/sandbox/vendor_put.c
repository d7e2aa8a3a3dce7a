/* sandbox/vendor_put.c: the vendor's models on the wire, as its SDK declares them: Flow, FlowVersion, Operation, ErrorBody, the paged lists. */
#include "base/buf.h"
#include "sandbox/trial.h"
#include "sandbox/vendor.h"

void tl_vendor_put_time(struct tl_json *json, const char *key, int64_t ms)
{
	struct tl_arena arena = { 0 };

	tl_json_put(json, key, tl_trial_time(&arena, ms));
	tl_arena_clear(&arena);
}

void tl_vendor_put_ref(struct tl_json *json, const char *key, struct tl_str id, struct tl_str name, const char *path)
{
	struct tl_arena arena = { 0 };

	tl_json_key(json, key);
	tl_json_map(json);
	tl_json_put(json, "id", id);
	if (name.ptr)
		tl_json_put(json, "name", name);
	tl_json_put(json, "selfUri", tl_arena_printf(&arena, "%s/%.*s", path, TL_FMT(id)));
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

void tl_vendor_put_actor(struct tl_json *json, const char *user_key, const char *client_key, const struct tl_vendor_actor *actor)
{
	if (actor && actor->person)
		tl_vendor_put_ref(json, user_key, actor->id, actor->name, "/api/v2/users");
	else if (actor && client_key)
		tl_vendor_put_ref(json, client_key, actor->id, actor->name, "/api/v2/oauth/clients");
}

void tl_vendor_put_operation(struct tl_json *json, const struct tl_vendor_operation *operation)
{
	tl_json_map(json);
	tl_json_put(json, "id", operation->id);
	tl_json_put_boolean(json, "complete", operation->complete);
	tl_vendor_put_actor(json, "user", "client", operation->actor);
	if (operation->code) {
		tl_json_put(json, "errorMessage", operation->message);
		tl_json_put(json, "errorCode", tl_str(operation->code));
	}
	tl_json_put(json, "actionName", tl_str(operation->action));
	tl_json_put(json, "actionStatus", tl_str(operation->status));
	tl_json_map_end(json);
}

/* ---- flows */

static void put_languages(struct tl_json *json, const struct tl_vendor_version *version)
{
	if (version->n_languages == 0)
		return;
	tl_json_key(json, "supportedLanguages");
	tl_json_list(json);
	for (size_t i = 0; i < version->n_languages; i++) {
		tl_json_map(json);
		tl_json_put(json, "language", version->languages[i]);
		tl_json_put_boolean(json, "isDefault", tl_str_equal(version->languages[i], version->language));
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

void tl_vendor_put_version(struct tl_json *json, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	static const char *const kind_table[] = { [TL_VENDOR_SAVE] = "SAVE", [TL_VENDOR_CHECKIN] = "CHECKIN", [TL_VENDOR_PUBLISH] = "PUBLISH" };
	struct tl_arena arena = { 0 };
	struct tl_str path = tl_arena_printf(&arena, "/api/v2/flows/%.*s/versions/%.*s", TL_FMT(flow->id), TL_FMT(version->id));

	tl_json_map(json);
	tl_json_put(json, "id", version->id);
	tl_json_put(json, "name", version->id);
	tl_json_put(json, "commitVersion", tl_arena_printf(&arena, "%u", version->major));
	tl_json_put(json, "configurationVersion", tl_arena_printf(&arena, "%u", version->minor));
	tl_json_put(json, "type", tl_str(kind_table[version->kind]));
	tl_json_put_boolean(json, "secure", tl_str_is(flow->type, "SECURECALL"));
	tl_json_put_boolean(json, "debug", false);
	tl_vendor_put_actor(json, "createdBy", "createdByClient", version->actor);
	tl_json_put(json, "configurationUri", tl_arena_printf(&arena, "%.*s/configuration", TL_FMT(path)));
	tl_json_put_integer(json, "dateCreated", version->created_ms);
	if (version->checked_in_ms)
		tl_json_put_integer(json, "dateCheckedIn", version->checked_in_ms);
	tl_json_put_integer(json, "dateSaved", version->saved_ms);
	tl_json_put(json, "generationId", version->generation);
	if (version->published_ms) {
		tl_json_put(json, "publishResultUri", tl_arena_printf(&arena, "%.*s/publishresult", TL_FMT(path)));
		tl_vendor_put_time(json, "datePublished", version->published_ms);
	}
	put_languages(json, version);
	tl_json_put(json, "selfUri", path);
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static void put_versions(struct tl_json *json, const struct tl_vendor_flow *flow)
{
	const struct { const char *key; const struct tl_vendor_version *version; } list[] = {
		{ "publishedVersion", flow->published }, { "savedVersion", flow->saved }, { "checkedInVersion", flow->checked_in },
	};

	for (size_t i = 0; i < TL_COUNT(list); i++) {
		if (!list[i].version)
			continue;
		tl_json_key(json, list[i].key);
		tl_vendor_put_version(json, flow, list[i].version);
	}
}

static void put_schema(struct tl_json *json, const char *key, const struct tl_vendor_flow *flow)
{
	tl_json_key(json, key);
	tl_json_map(json);
	tl_json_put(json, "title", flow->name);
	tl_json_put(json, "type", TL_STR("object"));
	tl_json_key(json, "properties");
	tl_json_map(json);
	tl_json_map_end(json);
	tl_json_map_end(json);
}

void tl_vendor_put_flow(struct tl_json *json, const struct tl_vendor_flow *flow, bool schemas)
{
	struct tl_arena arena = { 0 };

	tl_json_map(json);
	tl_json_put(json, "id", flow->id);
	tl_json_put(json, "name", flow->name);
	tl_vendor_put_ref(json, "division", flow->division, tl_vendor_division_name(flow->vendor, flow->division), "/api/v2/authorization/divisions");
	if (flow->description.len > 0)
		tl_json_put(json, "description", flow->description);
	tl_json_put(json, "type", flow->type);
	tl_vendor_put_actor(json, "lockedUser", "lockedClient", flow->holder);
	tl_json_put_boolean(json, "active", flow->active);
	tl_json_put_boolean(json, "system", false);
	tl_json_put_boolean(json, "deleted", flow->deleted);
	put_versions(json, flow);
	if (schemas) {
		put_schema(json, "inputSchema", flow);
		put_schema(json, "outputSchema", flow);
	}
	tl_vendor_put_actor(json, "publishedBy", NULL, flow->published_by);
	if (flow->operation.action) {
		tl_json_key(json, "currentOperation");
		tl_vendor_put_operation(json, &flow->operation);
	}
	if (flow->saved)
		put_languages(json, flow->saved);
	tl_json_put(json, "selfUri", tl_arena_printf(&arena, "/api/v2/flows/%.*s", TL_FMT(flow->id)));
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

/* ---- errors */

void tl_vendor_refuse(struct tl_routed *call, int status, const char *code, const char *params[][2], const char *fmt, ...)
{
	struct tl_json *json;
	struct tl_str message;
	va_list args;

	va_start(args, fmt);
	message = tl_arena_vprintf(call->arena, fmt, args);
	va_end(args);
	json = tl_route_error_begin(call, status, code, message);
	tl_json_key(json, "messageParams");
	tl_json_map(json);
	for (size_t i = 0; params && params[i][0]; i++)
		tl_json_put(json, params[i][0], tl_str(params[i][1]));
	tl_json_map_end(json);
	tl_route_error_end(json);
}

/* ---- queries and pages */

struct tl_str *tl_vendor_query(size_t *count, const struct tl_routed *call, const char *name)
{
	struct tl_str key, value, *list = NULL;
	size_t capacity = 0, start, end;

	*count = 0;
	for (size_t i = 0; tl_exchange_query_at(&key, &value, call->exchange, i); i++) {
		if (!tl_str_is(key, name))
			continue;
		for (start = 0; start <= value.len; start = end + 1) {
			end = tl_str_find(value, TL_STR(","), start);
			if (end == SIZE_MAX)
				end = value.len;
			if (*count == capacity) {
				struct tl_str *more = TL_ARENA_ARRAY(call->arena, struct tl_str, capacity = capacity * 2 + 8);

				for (size_t j = 0; j < *count; j++)
					more[j] = list[j];
				list = more;
			}
			if (end > start)
				list[(*count)++] = tl_str_slice(value, start, end);
		}
	}
	return list;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Greedy with one place to come back to: linear for one '*', quadratic at worst. */
static bool matches_pattern(struct tl_str text, struct tl_str pattern)
{
	size_t at = 0, in = 0, star = SIZE_MAX, from = 0;

	while (at < text.len) {
		if (in < pattern.len && pattern.ptr[in] == '*') {
			star = in++;
			from = at;
		} else if (in < pattern.len && lower(pattern.ptr[in]) == lower(text.ptr[at])) {
			in++;
			at++;
		} else if (star != SIZE_MAX) {
			in = star + 1;
			at = ++from;
		} else {
			return false;
		}
	}
	while (in < pattern.len && pattern.ptr[in] == '*')
		in++;
	return in == pattern.len;
}

bool tl_vendor_matches(struct tl_str text, struct tl_str filter)
{
	struct tl_arena arena = { 0 };
	bool good;

	if (tl_str_find(filter, TL_STR("*"), 0) != SIZE_MAX)
		return matches_pattern(text, filter);
	good = matches_pattern(text, tl_arena_printf(&arena, "*%.*s*", TL_FMT(filter)));
	tl_arena_clear(&arena);
	return good;
}

static void put_encoded(struct tl_buf *buf, struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-_.~", (char)c))
			tl_buf_char(buf, (char)c);
		else
			tl_buf_printf(buf, "%%%02X", c);
	}
}

/* The address of one page, with all else that was asked. */
static void put_page_uri(struct tl_json *json, const char *key, const struct tl_routed *call, uint64_t size, uint64_t number)
{
	struct tl_buf uri = { 0 };
	struct tl_str name, value;

	tl_buf_str(&uri, tl_exchange_path(call->exchange));
	tl_buf_printf(&uri, "?pageSize=%llu&pageNumber=%llu", (unsigned long long)size, (unsigned long long)number);
	for (size_t i = 0; tl_exchange_query_at(&name, &value, call->exchange, i); i++) {
		if (tl_str_is(name, "pageSize") || tl_str_is(name, "pageNumber"))
			continue;
		tl_buf_char(&uri, '&');
		put_encoded(&uri, name);
		tl_buf_char(&uri, '=');
		put_encoded(&uri, value);
	}
	tl_json_put(json, key, tl_buf_view(&uri));
	tl_buf_clear(&uri);
}

void tl_vendor_page(struct tl_routed *call, void *const *entities, size_t total, void (*put)(struct tl_json *json, const void *entity))
{
	struct tl_page page;
	struct tl_json *json;
	uint64_t pages;

	if (!tl_route_page(&page, call))
		return;
	json = tl_route_page_begin(call);
	for (uint64_t i = page.first; i < total && i < page.first + page.size; i++)
		put(json, entities[i]);
	tl_json_list_end(json);
	pages = (total + page.size - 1) / page.size;
	tl_json_put_integer(json, "pageSize", (int64_t)page.size);
	tl_json_put_integer(json, "pageNumber", (int64_t)page.number);
	tl_json_put_integer(json, "total", (int64_t)total);
	put_page_uri(json, "firstUri", call, page.size, 1);
	put_page_uri(json, "selfUri", call, page.size, page.number);
	if (page.number < pages)
		put_page_uri(json, "nextUri", call, page.size, page.number + 1);
	if (page.number > 1)
		put_page_uri(json, "previousUri", call, page.size, page.number - 1);
	put_page_uri(json, "lastUri", call, page.size, pages > 0 ? pages : 1);
	tl_json_put_integer(json, "pageCount", (int64_t)pages);
	tl_json_map_end(json);
}
