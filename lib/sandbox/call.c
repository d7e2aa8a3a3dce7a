/* sandbox/call.c: what handlers read and answer with. */
#include "sandbox/route.h"

#include <stdlib.h>

#include "base/text.h"
#include "crypto/sha256.h"

#define PAGE_SIZE 25
#define PAGE_SIZE_MAX 500

struct tl_str tl_sandbox_uuid(struct tl_arena *arena)
{
	unsigned char b[16];

	tl_random(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return tl_arena_printf(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
	                       b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* ---- the request */

static bool is_json_maybe(struct tl_str type)
{
	static const char *const table[] = { "application/json", "text/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream" };
	size_t end = tl_str_find(type, TL_STR(";"), 0);

	type = tl_str_trim(tl_str_slice(type, 0, end == SIZE_MAX ? type.len : end));
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_equal_nocase(type, tl_str(table[i])))
			return true;
	}
	return type.len == 0 || (type.len > 5 && tl_str_equal_nocase(tl_str_slice(type, type.len - 5, type.len), TL_STR("+json")));
}

bool tl_route_takes_body(struct tl_routed *call)
{
	struct tl_str type = tl_exchange_header(call->exchange, "content-type"), coding = tl_exchange_header(call->exchange, "content-encoding");

	if (is_json_maybe(type) && (coding.len == 0 || tl_str_equal_nocase(coding, TL_STR("identity"))))
		return true;
	tl_route_error(call, 415, "unsupported.media.type", "the body must be JSON (application/json) without a content encoding, not '%.*s'",
	               TL_FMT(coding.len > 0 ? coding : type));
	return false;
}

const struct tl_item *tl_route_body(struct tl_routed *call)
{
	struct tl_error err = { 0 };

	if (!tl_route_takes_body(call))
		return NULL;
	if (!call->doc && tl_json_parse(&call->doc, TL_STR("body"), tl_exchange_body(call->exchange), &err) != 0)
		tl_route_error(call, 400, "bad.request", "the body is no JSON that can be read: %s", err.message);
	return call->doc ? call->doc->root : NULL;
}

const struct tl_item *tl_route_body_map(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body(call);

	if (!body || body->kind == TL_MAP)
		return body;
	tl_route_error(call, 400, "bad.request", "the body must be an object");
	return NULL;
}

/* ---- the answer */

struct tl_json *tl_route_json(struct tl_routed *call, int status)
{
	call->status = status;
	tl_buf_reset(&call->body);
	tl_json_init(&call->json, &call->body, false);
	return &call->json;
}

void tl_route_empty(struct tl_routed *call, int status)
{
	call->status = status;
	tl_buf_reset(&call->body);
}

struct tl_json *tl_route_error_begin(struct tl_routed *call, int status, const char *code, struct tl_str message)
{
	struct tl_json *json = tl_route_json(call, status);

	tl_json_map(json);
	tl_json_put(json, "message", message);
	tl_json_put(json, "code", tl_str(code));
	tl_json_put_integer(json, "status", status);
	tl_json_put(json, "contextId", call->correlation);
	return json;
}

void tl_route_error_end(struct tl_json *json)
{
	tl_json_key(json, "details");
	tl_json_list(json);
	tl_json_list_end(json);
	tl_json_key(json, "errors");
	tl_json_list(json);
	tl_json_list_end(json);
	tl_json_map_end(json);
}

void tl_route_error(struct tl_routed *call, int status, const char *code, const char *fmt, ...)
{
	struct tl_str message;
	va_list args;

	va_start(args, fmt);
	message = tl_arena_vprintf(call->arena, fmt, args);
	va_end(args);
	tl_route_error_end(tl_route_error_begin(call, status, code, message));
}

void tl_route_failed(struct tl_routed *call, const struct tl_error *err)
{
	switch (err->code) {
	case TL_NOT_FOUND:
		tl_route_error(call, 404, "not.found", "%s", err->message);
		break;
	case TL_CONFLICT:
		tl_route_error(call, 409, "version.conflict", "%s", err->message);
		break;
	case TL_USAGE:
	case TL_LIMIT:
		tl_route_error(call, 400, "bad.request", "%s", err->message);
		break;
	default:
		tl_route_error(call, 500, "internal.server.error", "%s", err->message);
	}
}

void tl_route_header(struct tl_routed *call, const char *name, struct tl_str value)
{
	if (call->n_headers < TL_ROUTE_HEADERS)
		call->headers[call->n_headers++] = (struct tl_reply_header){ name, tl_arena_dup(call->arena, value) };
}

/* ---- paging */

static bool read_number(uint64_t *out, struct tl_routed *call, const char *name, uint64_t usual, uint64_t most)
{
	struct tl_str text = tl_exchange_query(call->exchange, name);
	uint64_t number = 0;

	*out = usual;
	if (!text.ptr)
		return true;
	for (size_t i = 0; i < text.len && number <= most; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			number = most;
		number = number * 10 + (uint64_t)(text.ptr[i] - '0');
	}
	*out = number;
	if (text.len > 0 && number > 0 && number <= most)
		return true;
	tl_route_error(call, 400, "bad.request", "%s must be a whole number from 1 to %llu", name, (unsigned long long)most);
	return false;
}

bool tl_route_page(struct tl_page *page, struct tl_routed *call)
{
	if (!read_number(&page->number, call, "pageNumber", 1, 1000000) || !read_number(&page->size, call, "pageSize", PAGE_SIZE, PAGE_SIZE_MAX))
		return false;
	page->first = (page->number - 1) * page->size;
	return true;
}

struct tl_json *tl_route_page_begin(struct tl_routed *call)
{
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_key(json, "entities");
	tl_json_list(json);
	return json;
}

void tl_route_page_end(struct tl_routed *call, const struct tl_page *page, uint64_t total, const char *query)
{
	uint64_t count = (total + page->size - 1) / page->size;
	struct tl_str path = tl_exchange_path(call->exchange);
	struct tl_json *json = &call->json;

	tl_json_list_end(json);
	tl_json_put_integer(json, "pageNumber", (int64_t)page->number);
	tl_json_put_integer(json, "pageSize", (int64_t)page->size);
	tl_json_put_integer(json, "total", (int64_t)total);
	tl_json_put_integer(json, "pageCount", (int64_t)count);
	if (page->number < count)
		tl_json_put(json, "nextUri", tl_arena_printf(call->arena, "%.*s?pageNumber=%llu&pageSize=%llu%s", TL_FMT(path),
		                                             (unsigned long long)page->number + 1, (unsigned long long)page->size, query));
	tl_json_map_end(json);
}
