/* live/offer.c: reading what somebody offers as a call. */
#include "base/text.h"
#include "doc/json.h"
#include "live/session.h"

/* Deeper than any variable needs to be. */
#define DEPTH 64

/* A member of an offer or of its caller that is a text. */
struct member {
	const char *name;
	size_t offset; /* of struct tl_offer */
};
static const struct member caller_table[] = {
	{ "number", offsetof(struct tl_offer, number) },
	{ "name", offsetof(struct tl_offer, name) },
};
static const struct member text_table[] = {
	{ "callControlId", offsetof(struct tl_offer, id) },
	{ "externalId", offsetof(struct tl_offer, external_id) },
	{ "language", offsetof(struct tl_offer, language) },
};
static const char *const more[] = { "caller", "variables" };

static int unknown(const char *where, struct tl_str key, const struct tl_str *names, size_t count, struct tl_error *err)
{
	struct tl_str near = tl_text_nearest(key, names, count);

	if (near.len > 0)
		return tl_error_set(err, TL_USAGE, "%s has no member '%.*s', did you mean '%.*s'?", where, TL_FMT(key), TL_FMT(near));
	return tl_error_set(err, TL_USAGE, "%s has no member '%.*s'", where, TL_FMT(key));
}

static const struct member *find(const struct member *table, size_t count, struct tl_str key)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(key, table[i].name))
			return &table[i];
	}
	return NULL;
}

/* null is as good as nothing. */
static int take_text(struct tl_offer *out, struct tl_arena *arena, const struct member *member, const char *before, const struct tl_item *item, struct tl_error *err)
{
	if (item->kind == TL_NULL)
		return 0;
	if (item->kind != TL_STRING)
		return tl_error_set(err, TL_USAGE, "'%s%s' is no text", before, member->name);
	*(struct tl_str *)((char *)out + member->offset) = tl_arena_dup(arena, item->text);
	return 0;
}

static int take_caller(struct tl_offer *out, struct tl_arena *arena, const struct tl_item *caller, struct tl_error *err)
{
	struct tl_str names[TL_COUNT(caller_table)];

	if (caller->kind == TL_NULL)
		return 0;
	if (caller->kind != TL_MAP)
		return tl_error_set(err, TL_USAGE, "'caller' is no map such as {\"number\": \"+14155551234\"}");
	for (size_t i = 0; i < TL_COUNT(caller_table); i++)
		names[i] = tl_str(caller_table[i].name);
	for (const struct tl_item *item = caller->first; item; item = item->next) {
		const struct member *member = find(caller_table, TL_COUNT(caller_table), item->key);

		if (!member)
			return unknown("'caller'", item->key, names, TL_COUNT(caller_table), err);
		if (take_text(out, arena, member, "caller.", item, err) != 0)
			return -1;
	}
	return 0;
}

static int take_variables(struct tl_offer *out, struct tl_arena *arena, const struct tl_item *variables, struct tl_error *err)
{
	if (variables->kind == TL_NULL)
		return 0;
	if (variables->kind != TL_MAP)
		return tl_error_set(err, TL_USAGE, "'variables' is no map such as {\"tier\": \"gold\"}");
	out->variables = tl_item_dup(arena, variables);
	return 0;
}

static int take(struct tl_offer *out, struct tl_arena *arena, const struct tl_item *item, struct tl_error *err)
{
	const struct member *member = find(text_table, TL_COUNT(text_table), item->key);
	struct tl_str names[TL_COUNT(text_table) + TL_COUNT(more)];

	if (member)
		return take_text(out, arena, member, "", item, err);
	if (tl_str_is(item->key, "caller"))
		return take_caller(out, arena, item, err);
	if (tl_str_is(item->key, "variables"))
		return take_variables(out, arena, item, err);
	for (size_t i = 0; i < TL_COUNT(text_table); i++)
		names[i] = tl_str(text_table[i].name);
	for (size_t i = 0; i < TL_COUNT(more); i++)
		names[TL_COUNT(text_table) + i] = tl_str(more[i]);
	return unknown("an offer", item->key, names, TL_COUNT(names), err);
}

/* Letters and digits in parts of at most eight, the first of at least two letters: what a case can say. */
static bool is_language(struct tl_str text)
{
	size_t part = 0, parts = 0;

	for (size_t i = 0; i <= text.len; i++) {
		char c = i < text.len ? text.ptr[i] : '-';
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (c == '-') {
			if (part < (parts == 0 ? 2 : 1) || part > 8)
				return false;
			parts++;
			part = 0;
		} else if (letter || (parts > 0 && c >= '0' && c <= '9')) {
			part++;
		} else {
			return false;
		}
	}
	return true;
}

static int judge(const struct tl_offer *offer, struct tl_error *err)
{
	if (offer->id.len == 0)
		return tl_error_set(err, TL_USAGE, "an offer needs a callControlId");
	if (offer->id.len > TL_OFFER_ID_LIMIT || offer->external_id.len > TL_OFFER_ID_LIMIT)
		return tl_error_set(err, TL_USAGE, "an id is longer than %zu bytes", TL_OFFER_ID_LIMIT);
	if (memchr(offer->id.ptr, '\0', offer->id.len) || (offer->external_id.len > 0 && memchr(offer->external_id.ptr, '\0', offer->external_id.len)))
		return tl_error_set(err, TL_USAGE, "an id holds a NUL");
	if (offer->language.len > 0 && !is_language(offer->language))
		return tl_error_set(err, TL_USAGE, "'language' is none such as en-us: '%.*s'", TL_FMT(tl_str_cut(offer->language, 64)));
	return 0;
}

int tl_offer_read(struct tl_offer *out, struct tl_arena *arena, struct tl_str text, struct tl_error *err)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .bytes = TL_OFFER_LIMIT, .depth = DEPTH, .findings = &findings };
	struct tl_doc *doc = NULL;
	int ret = 0;

	*out = (struct tl_offer){ .text = tl_arena_dup(arena, text) };
	if (text.len > TL_OFFER_LIMIT)
		return tl_error_set(err, TL_USAGE, "an offer of %zu bytes, more than %zu", text.len, TL_OFFER_LIMIT);
	tl_json_read(&doc, TL_STR("offer"), text, &options);
	if (!doc->root || findings.count > 0)
		ret = tl_error_set(err, TL_USAGE, "an offer that is no JSON: %.*s", TL_FMT(findings.count > 0 ? findings.items[0].message : TL_STR("it is empty")));
	else if (doc->root->kind != TL_MAP)
		ret = tl_error_set(err, TL_USAGE, "an offer is a map such as {\"callControlId\": \"call-1\"}");
	for (const struct tl_item *item = ret == 0 ? doc->root->first : NULL; item && ret == 0; item = item->next)
		ret = take(out, arena, item, err);
	if (ret == 0)
		ret = judge(out, err);
	tl_doc_free(doc);
	tl_findings_clear(&findings);
	return ret;
}

struct tl_item *tl_offer_caller(struct tl_arena *arena, const struct tl_offer *offer)
{
	struct tl_item *caller = tl_item_new(arena, TL_MAP);
	struct tl_str number = offer->number.ptr ? offer->number : TL_STR("");

	tl_item_put(caller, TL_STR("number"), tl_item_string(arena, number));
	if (offer->name.ptr)
		tl_item_put(caller, TL_STR("name"), tl_item_string(arena, offer->name));
	return caller;
}
