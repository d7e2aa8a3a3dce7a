/* net/complaint.c: reading the bodies of answers that say no. They come from anywhere: a proxy's page, a login form, half a text. */
#include "net/complaint.h"

#include <strings.h>

#include "base/text.h"
#include "doc/json.h"

#define SHOWN_MOST 200
/* No API complains at greater length. */
#define BODY_MOST ((size_t)256 << 10)
#define SCOPES_MOST 4
#define SCOPE_MOST 80
/* Shorter ones are no secrets; and a good answer may well hold a word as short as the second. */
#define SECRET_LEAST 4
#define TOKEN_LEAST 16

static struct tl_str safe(struct tl_arena *arena, struct tl_str text)
{
	struct tl_buf buf = { 0 };
	struct tl_str cut = tl_str_trim(tl_str_cut(text, SHOWN_MOST)), copy;

	tl_text_safe(&buf, cut);
	copy = tl_arena_printf(arena, "%.*s%s", TL_FMT(tl_buf_view(&buf)), cut.len < text.len && text.len > SHOWN_MOST ? "…" : "");
	tl_buf_clear(&buf);
	return copy;
}

static bool holds(struct tl_str text, const char *part)
{
	size_t len = strlen(part);

	for (size_t i = 0; i + len <= text.len; i++)
		if (strncasecmp(text.ptr + i, part, len) == 0)
			return true;
	return false;
}

bool tl_answer_is_json(const struct tl_http_answer *answer)
{
	struct tl_str type = tl_http_header_of(answer, "content-type"), body = tl_str_trim(answer->body);

	if (body.len == 0)
		return true;
	if (type.len > 0 && !holds(type, "json"))
		return false;
	return (body.ptr[0] == '{' && body.ptr[body.len - 1] == '}') || (body.ptr[0] == '[' && body.ptr[body.len - 1] == ']');
}

static bool is_html(const struct tl_http_answer *answer)
{
	struct tl_str body = tl_str_trim(answer->body);

	return holds(tl_http_header_of(answer, "content-type"), "html") || holds(tl_str_cut(body, 256), "<html") ||
	       holds(tl_str_cut(body, 256), "<!doctype html");
}

/* The body as a tree; NULL where it is no JSON. Freed by the caller. */
static struct tl_doc *read_body(const struct tl_http_answer *answer)
{
	struct tl_doc *doc;

	if (answer->body.len > BODY_MOST || !tl_answer_is_json(answer) || tl_json_parse(&doc, TL_STR("answer"), answer->body, NULL) != 0)
		return NULL;
	return doc;
}

/* The first of these keys that holds a text. */
static struct tl_str first_text(const struct tl_item *map, const char *const *keys, size_t count)
{
	struct tl_str text = { 0 };

	for (size_t i = 0; i < count && text.len == 0; i++)
		text = tl_item_text(map, keys[i]);
	return text;
}

/* What the first of `errors` or `details` adds: a text, or a map with a message and perhaps a field. */
static struct tl_str first_detail(struct tl_arena *arena, const struct tl_item *root)
{
	static const char *const lists[] = { "errors", "details" }, *const messages[] = { "message", "description", "errorCode", "code" },
	                         *const fields[] = { "nodeId", "field", "fieldName" };

	for (size_t i = 0; i < TL_COUNT(lists); i++) {
		const struct tl_item *list = tl_item_get(root, lists[i]), *first = list && list->kind == TL_LIST ? list->first : NULL;
		struct tl_str field, message;

		if (!first)
			continue;
		if (first->kind == TL_STRING)
			return first->text;
		message = first_text(first, messages, TL_COUNT(messages));
		field = first_text(first, fields, TL_COUNT(fields));
		if (message.len > 0)
			return tl_arena_printf(arena, "%.*s%s%.*s", TL_FMT(field), field.len ? ": " : "", TL_FMT(message));
	}
	return (struct tl_str){ 0 };
}

static struct tl_str json_words(struct tl_arena *arena, const struct tl_item *root)
{
	static const char *const messages[] = { "message", "error_description", "description", "errorMessage", "error" },
	                         *const codes[] = { "code", "error" };
	struct tl_str message = first_text(root, messages, TL_COUNT(messages)), code = first_text(root, codes, TL_COUNT(codes));
	struct tl_str detail = first_detail(arena, root), text;

	if (message.len == 0)
		message = detail;
	text = safe(arena, message);
	if (detail.len > 0 && !tl_str_equal(detail, message) && tl_str_find(message, detail, 0) == SIZE_MAX)
		text = tl_arena_printf(arena, "%.*s: %.*s", TL_FMT(text), TL_FMT(safe(arena, detail)));
	if (code.len > 0 && !tl_str_equal(code, message))
		text = tl_arena_printf(arena, "%.*s%s%.*s%s", TL_FMT(text), text.len ? " (" : "", TL_FMT(safe(arena, code)), text.len ? ")" : "");
	return text;
}

struct tl_str tl_answer_packing(struct tl_arena *arena, const struct tl_http_answer *answer)
{
	struct tl_str packed = tl_http_header_of(answer, "content-encoding");

	if (packed.len == 0 || tl_str_equal_nocase(packed, TL_STR("identity")))
		return (struct tl_str){ NULL, 0 };
	return tl_arena_printf(arena, "it is packed as '%.*s', which nobody asked for", TL_FMT(safe(arena, packed)));
}

struct tl_str tl_answer_words(struct tl_arena *arena, const struct tl_http_answer *answer)
{
	struct tl_doc *doc = read_body(answer);
	struct tl_str words = { 0 }, packed = tl_answer_packing(arena, answer);

	if (doc) {
		words = json_words(arena, doc->root);
		tl_doc_free(doc);
	}
	if (words.len > 0 || tl_str_trim(answer->body).len == 0)
		return words;
	if (packed.len > 0)
		return packed;
	if (!tl_str_is_utf8(answer->body, NULL))
		return tl_arena_printf(arena, "%zu bytes that are no text", answer->body.len);
	if (is_html(answer))
		return tl_arena_printf(arena, "HTML instead of JSON: '%.*s'", TL_FMT(safe(arena, answer->body)));
	return tl_arena_printf(arena, "'%.*s'", TL_FMT(safe(arena, answer->body)));
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '*';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of the scope at `at`: words joined by colons, at least two, each beginning with a letter ("12:30" and "https://" are none); or 0. */
static size_t scope_at(struct tl_str text, size_t at)
{
	size_t i = at;
	unsigned words = 0;

	while (i < text.len && (is_letter(text.ptr[i]) || (words > 0 && text.ptr[i] == '*'))) {
		while (i < text.len && is_word(text.ptr[i]))
			i++;
		words++;
		if (i + 1 >= text.len || text.ptr[i] != ':' || !(is_letter(text.ptr[i + 1]) || text.ptr[i + 1] == '*'))
			break;
		i++;
	}
	while (i > at && text.ptr[i - 1] == '.')
		i--;
	return words >= 2 && i - at <= SCOPE_MOST ? i - at : 0;
}

static struct tl_str find_scopes(struct tl_arena *arena, struct tl_str text)
{
	struct tl_str found = { 0 };
	unsigned count = 0;

	for (size_t i = 0; i < text.len && count < SCOPES_MOST;) {
		size_t len = scope_at(text, i);
		struct tl_str scope = tl_str_slice(text, i, i + len);

		if (len > 0 && tl_str_find(found, scope, 0) == SIZE_MAX) {
			found = tl_arena_printf(arena, "%.*s%s%.*s", TL_FMT(found), count ? ", " : "", TL_FMT(scope));
			count++;
		}
		/* A scope begins where a word does. */
		i += len;
		while (len == 0 && i < text.len && is_word(text.ptr[i]))
			i++;
		while (i < text.len && !is_word(text.ptr[i]))
			i++;
	}
	return found;
}

struct tl_str tl_answer_scopes(struct tl_arena *arena, const struct tl_http_answer *answer)
{
	struct tl_doc *doc = read_body(answer);
	struct tl_str found = { 0 };

	if (!doc)
		return found;
	found = find_scopes(arena, tl_item_text(doc->root, "message"));
	if (found.len == 0)
		found = find_scopes(arena, answer->body);
	tl_doc_free(doc);
	return found;
}

struct tl_str tl_answer_correlation(struct tl_arena *arena, const struct tl_http_answer *answer)
{
	static const char *const headers[] = { "inin-correlation-id", "x-correlation-id", "x-request-id" };
	struct tl_str id = { 0 };
	struct tl_doc *doc;

	for (size_t i = 0; i < TL_COUNT(headers) && id.len == 0; i++)
		id = tl_http_header_of(answer, headers[i]);
	if (id.len > 0 || answer->status < 400)
		return safe(arena, id);
	doc = read_body(answer);
	if (doc)
		id = safe(arena, tl_item_text(doc->root, "contextId"));
	tl_doc_free(doc);
	return id;
}

/* The bytes are ours alone: copies in the caller's arena. */
static void overwrite(struct tl_str text, struct tl_str secret)
{
	char *bytes = (char *)(uintptr_t)text.ptr;

	for (size_t at = tl_str_find(text, secret, 0); at != SIZE_MAX; at = tl_str_find(text, secret, at))
		memset(bytes + at, '*', secret.len);
}

void tl_answer_mask(struct tl_http_answer *answer, struct tl_str secret, bool good)
{
	if (secret.len < SECRET_LEAST)
		return;
	for (size_t i = 0; i < answer->n_headers; i++)
		overwrite(answer->headers[i].value, secret);
	if (!good || secret.len >= TOKEN_LEAST)
		overwrite(answer->body, secret);
}
