/* sandbox/profiles.c: each profile is one JSON document, complete as it is answered. */
#include "sandbox/profiles.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "crypto/sha256.h"

struct tl_profiles {
	struct tl_map by_id; /* externalId -> struct tl_doc */
};

struct tl_profiles *tl_profiles_new(void)
{
	return tl_alloc_zero(1, sizeof(struct tl_profiles));
}

void tl_profiles_free(struct tl_profiles *profiles)
{
	if (!profiles)
		return;
	for (size_t i = 0; i < profiles->by_id.count; i++)
		tl_doc_free(profiles->by_id.entries[i].value.ptr);
	tl_map_clear(&profiles->by_id);
	free(profiles);
}

static struct tl_item *map_or_empty(struct tl_arena *arena, const struct tl_item *map)
{
	return map ? tl_item_copy(arena, map) : tl_item_new(arena, TL_MAP);
}

static struct tl_item *text_or(struct tl_arena *arena, struct tl_str text, struct tl_str otherwise)
{
	return tl_item_string(arena, text.len > 0 ? text : otherwise);
}

/* With everything that was left out; the id is made of the external one, so that it is the same each time. */
static struct tl_item *completed(struct tl_arena *arena, const struct tl_item *profile, int64_t now_ms)
{
	struct tl_item *whole = tl_item_new(arena, TL_MAP);
	struct tl_str external = tl_item_text(profile, "externalId"), now = tl_time_format(arena, now_ms), created = tl_item_text(profile, "dateCreated");
	char digest[TL_SHA256_SIZE];

	tl_sha256_hex(digest, external);
	tl_item_put(whole, TL_STR("id"), text_or(arena, tl_item_text(profile, "id"), tl_arena_dup(arena, (struct tl_str){ digest, 32 })));
	tl_item_put(whole, TL_STR("externalId"), tl_item_string(arena, external));
	tl_item_put(whole, TL_STR("attributes"), map_or_empty(arena, tl_item_get(profile, "attributes")));
	tl_item_put(whole, TL_STR("dateCreated"), text_or(arena, created, now));
	tl_item_put(whole, TL_STR("dateModified"), text_or(arena, tl_item_text(profile, "dateModified"), created.len > 0 ? created : now));
	tl_item_put(whole, TL_STR("metadata"), map_or_empty(arena, tl_item_get(profile, "metadata")));
	return whole;
}

static bool is_map_or_missing(const struct tl_item *item)
{
	return !item || item->kind == TL_MAP;
}

int tl_profiles_put(struct tl_profiles *profiles, struct tl_refusal *refusal, const struct tl_item *profile, int64_t now_ms)
{
	struct tl_str external = tl_item_text(profile, "externalId");
	struct tl_arena arena = { 0 };
	struct tl_buf text = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_map_entry *entry;

	if (external.len == 0)
		return tl_refuse(refusal, 422, "unprocessable", "a profile has no externalId");
	if (!is_map_or_missing(tl_item_get(profile, "attributes")) || !is_map_or_missing(tl_item_get(profile, "metadata")))
		return tl_refuse(refusal, 422, "unprocessable", "attributes and metadata of profile '%.*s' are objects", TL_FMT(external));
	tl_json_canonical(&text, completed(&arena, profile, now_ms));
	if (tl_json_parse(&doc, external, tl_buf_view(&text), NULL) == 0) {
		/* The key is the document's own text: an older one goes with its document. */
		entry = tl_map_put(&profiles->by_id, external, NULL);
		tl_doc_free(entry->value.ptr);
		entry->value.ptr = doc;
		entry->key = tl_item_text(doc->root, "externalId");
	}
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
	return doc ? 200 : tl_refuse(refusal, 422, "unprocessable", "the profile cannot be read");
}

int tl_profiles_get(struct tl_str *out, struct tl_refusal *refusal, const struct tl_profiles *profiles, struct tl_str external_id)
{
	const struct tl_doc *doc = tl_map_ptr(&profiles->by_id, external_id);

	*out = (struct tl_str){ 0 };
	if (!doc)
		return tl_refuse(refusal, 404, "not.found", "there is no profile '%.*s'", TL_FMT(external_id));
	*out = doc->source.bytes;
	return 200;
}

const struct tl_item *tl_profiles_attributes(void *profiles, struct tl_str external_id)
{
	const struct tl_doc *doc = tl_map_ptr(&((const struct tl_profiles *)profiles)->by_id, external_id);

	return doc ? tl_item_get(doc->root, "attributes") : NULL;
}
