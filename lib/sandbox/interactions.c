/* sandbox/interactions.c: each interaction is one JSON text and a number that grows with each write. */
#include "sandbox/interactions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "sandbox/answer.h"

struct interaction {
	char *id;
	struct tl_buf text; /* canonical JSON without `etag` */
	struct tl_buf history; /* what was written, as members of a JSON list */
	uint64_t revision;
	bool etag_in_header;
};

struct tl_interactions {
	struct tl_map by_id; /* id -> struct interaction */
};

struct tl_interactions *tl_interactions_new(void)
{
	return tl_alloc_zero(1, sizeof(struct tl_interactions));
}

void tl_interactions_free(struct tl_interactions *interactions)
{
	if (!interactions)
		return;
	for (size_t i = 0; i < interactions->by_id.count; i++) {
		struct interaction *one = interactions->by_id.entries[i].value.ptr;

		tl_buf_clear(&one->text);
		tl_buf_clear(&one->history);
		free(one->id);
		free(one);
	}
	tl_map_clear(&interactions->by_id);
	free(interactions);
}

static struct interaction *made(struct tl_interactions *interactions, struct tl_str id)
{
	struct interaction *one = tl_map_ptr(&interactions->by_id, id);

	if (one)
		return one;
	one = tl_alloc_zero(1, sizeof(*one));
	one->id = tl_alloc(id.len + 1);
	snprintf(one->id, id.len + 1, "%.*s", TL_FMT(id));
	tl_map_put(&interactions->by_id, tl_str(one->id), NULL)->value.ptr = one;
	return one;
}

/* Whether the attributes stay within the limit. */
static bool fits(const struct tl_item *attributes)
{
	struct tl_buf text = { 0 };
	bool good;

	tl_buf_init(&text, TL_INTERACTION_LIMIT);
	if (attributes)
		tl_json_canonical(&text, attributes);
	good = !text.overflow;
	tl_buf_clear(&text);
	return good;
}

static int too_large(struct tl_refusal *refusal)
{
	return tl_refuse(refusal, 422, "attributes.too.large", "customAttributes would take more than %u bytes", TL_INTERACTION_LIMIT);
}

static struct tl_str text_or_null(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = map ? tl_item_get(map, key) : NULL;

	return item && item->kind == TL_STRING ? item->text : (struct tl_str){ NULL, 0 };
}

static void keep_history(struct interaction *one, const struct tl_item *attributes, struct tl_str if_match)
{
	struct tl_buf text = { 0 };
	struct tl_json json;
	char etag[32];

	snprintf(etag, sizeof(etag), "\"%" PRIu64 "\"", one->revision);
	tl_json_init(&json, &text, false);
	tl_json_map(&json);
	tl_json_put(&json, "etag", tl_str(etag));
	tl_json_put_or_null(&json, "flowNode", text_or_null(attributes, "flow_node"));
	tl_json_put_or_null(&json, "ifMatch", if_match);
	tl_json_put_or_null(&json, "lastUpdated", text_or_null(attributes, "last_updated"));
	tl_json_map_end(&json);
	if (one->history.len + text.len < TL_INTERACTION_HISTORY) {
		tl_buf_text(&one->history, one->history.len > 0 ? "," : "");
		tl_buf_str(&one->history, tl_buf_view(&text));
	}
	tl_buf_clear(&text);
}

/* The members to keep: `attributes` in place of what is there, and nothing that is ours. */
static void write_text(struct interaction *one, const struct tl_item *interaction, const struct tl_item *attributes, struct tl_str if_match)
{
	struct tl_arena arena = { 0 };
	struct tl_item *kept = tl_item_new(&arena, TL_MAP);

	for (const struct tl_item *member = interaction->first; member; member = member->next) {
		if (!tl_str_is(member->key, "customAttributes") && !tl_str_is(member->key, "etag") && !tl_str_is(member->key, "etagIn"))
			tl_item_put(kept, member->key, tl_item_copy(&arena, member));
	}
	tl_item_put(kept, TL_STR("customAttributes"), attributes ? tl_item_copy(&arena, attributes) : tl_item_new(&arena, TL_MAP));
	tl_buf_reset(&one->text);
	tl_json_canonical(&one->text, kept);
	one->revision++;
	keep_history(one, attributes, if_match);
	tl_arena_clear(&arena);
}

int tl_interactions_put(struct tl_interactions *interactions, struct tl_refusal *refusal, const struct tl_item *interaction)
{
	const struct tl_item *attributes = tl_item_get(interaction, "customAttributes");
	struct tl_str id = tl_item_text(interaction, "id");
	struct interaction *one;

	if (id.len == 0)
		return tl_refuse(refusal, 422, "unprocessable", "an interaction has no id");
	if (attributes && attributes->kind != TL_MAP)
		return tl_refuse(refusal, 422, "unprocessable", "customAttributes of interaction '%.*s' is no object", TL_FMT(id));
	if (!fits(attributes))
		return too_large(refusal);
	one = made(interactions, id);
	one->etag_in_header = !tl_str_is(tl_item_text(interaction, "etagIn"), "body");
	write_text(one, interaction, attributes, (struct tl_str){ NULL, 0 });
	return 200;
}

static void answer(struct tl_interaction_answer *out, const struct interaction *one)
{
	snprintf(out->etag, sizeof(out->etag), "\"%" PRIu64 "\"", one->revision);
	out->etag_in_header = one->etag_in_header;
	/* The text is an object with a member at least. */
	tl_buf_add(&out->body, one->text.data, one->text.len - 1);
	tl_buf_printf(&out->body, ",\"etag\":\"\\\"%" PRIu64 "\\\"\"}", one->revision);
}

static struct interaction *find(struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id)
{
	struct interaction *one = tl_map_ptr(&interactions->by_id, id);

	if (!one)
		tl_refuse(refusal, 404, "not.found", "there is no interaction '%.*s'", TL_FMT(id));
	return one;
}

int tl_interactions_get(struct tl_interaction_answer *out, struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id)
{
	const struct interaction *one = find(refusal, interactions, id);

	if (!one)
		return refusal->status;
	answer(out, one);
	return 200;
}

int tl_interactions_history(struct tl_buf *out, struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id)
{
	const struct interaction *one = find(refusal, interactions, id);
	struct tl_json json;

	if (!one)
		return refusal->status;
	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put(&json, "id", tl_str(one->id));
	tl_json_put_integer(&json, "revision", (int64_t)one->revision);
	tl_json_key(&json, "history");
	tl_json_list(&json);
	if (one->history.len > 0)
		tl_json_raw(&json, tl_buf_view(&one->history));
	tl_json_list_end(&json);
	tl_json_map_end(&json);
	return 200;
}

static int check_state(struct tl_refusal *refusal, const struct interaction *one, struct tl_str if_match)
{
	char etag[32];

	if_match = tl_str_trim(if_match);
	if (if_match.len == 0 || tl_str_is(if_match, "*"))
		return tl_refuse(refusal, 428, "precondition.required", "If-Match must name the state that the change is made on");
	snprintf(etag, sizeof(etag), "\"%" PRIu64 "\"", one->revision);
	if (!tl_etag_listed(if_match, tl_str(etag)))
		return tl_refuse(refusal, 409, "conflict", "the interaction has changed: it is at %s now", etag);
	return 200;
}

static int check_body(struct tl_refusal *refusal, const struct tl_item *body)
{
	const struct tl_item *attributes = tl_item_get(body, "customAttributes");

	if (!body || body->kind != TL_MAP)
		return tl_refuse(refusal, 422, "unprocessable", "the body is no JSON object");
	if (!attributes || attributes->kind != TL_MAP)
		return tl_refuse(refusal, 422, "unprocessable", "customAttributes is no object");
	if (body->count > 1)
		return tl_refuse(refusal, 422, "unprocessable", "nothing but customAttributes can be changed");
	return 200;
}

/* Both maps' members, the later ones first in rank; those that are null then are left out. */
static struct tl_item *merged(struct tl_arena *arena, const struct tl_item *old, const struct tl_item *changes)
{
	struct tl_item *all = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *member = old->first; member; member = member->next) {
		if (!tl_item_get_str(changes, member->key))
			tl_item_put(all, member->key, tl_item_copy(arena, member));
	}
	for (const struct tl_item *member = changes->first; member; member = member->next) {
		if (member->kind != TL_NULL)
			tl_item_put(all, member->key, tl_item_copy(arena, member));
	}
	return all;
}

int tl_interactions_patch(struct tl_interaction_answer *out, struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id,
                          struct tl_str if_match, const struct tl_item *body)
{
	struct interaction *one = find(refusal, interactions, id);
	struct tl_arena arena = { 0 };
	struct tl_doc *old = NULL;
	struct tl_item *attributes;
	int status = 404;

	if (!one)
		return status;
	status = check_state(refusal, one, if_match);
	if (status == 200)
		status = check_body(refusal, body);
	/* It is our own text. */
	if (status != 200 || tl_json_parse(&old, TL_STR("interaction"), tl_buf_view(&one->text), NULL) != 0)
		return status == 200 ? tl_refuse(refusal, 500, "internal", "the interaction cannot be read") : status;
	attributes = merged(&arena, tl_item_get(old->root, "customAttributes"), tl_item_get(body, "customAttributes"));
	if (fits(attributes)) {
		write_text(one, old->root, attributes, if_match);
		answer(out, one);
	} else {
		status = too_large(refusal);
	}
	tl_doc_free(old);
	tl_arena_clear(&arena);
	return status;
}
