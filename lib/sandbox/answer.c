/* sandbox/answer.c: from refusals to answers. */
#include "sandbox/answer.h"

void tl_route_refused(struct tl_routed *call, const struct tl_refusal *refusal)
{
	tl_route_error(call, refusal->status, refusal->code, "%s", refusal->message);
}

void tl_route_done(struct tl_routed *call, int status, const struct tl_refusal *refusal)
{
	if (status == 200)
		tl_route_empty(call, 204);
	else
		tl_route_refused(call, refusal);
}

void tl_route_told(struct tl_routed *call, int status, struct tl_str json, const struct tl_refusal *refusal)
{
	if (status == 200)
		tl_route_text(call, 200, json);
	else
		tl_route_refused(call, refusal);
}

bool tl_etag_listed(struct tl_str if_match, struct tl_str etag)
{
	size_t at = 0;

	while (at <= if_match.len) {
		size_t comma = tl_str_find(if_match, TL_STR(","), at);

		if (comma == SIZE_MAX)
			comma = if_match.len;
		if (tl_str_equal(tl_str_trim(tl_str_slice(if_match, at, comma)), etag))
			return true;
		at = comma + 1;
	}
	return false;
}

void tl_route_text(struct tl_routed *call, int status, struct tl_str json)
{
	tl_json_raw(tl_route_json(call, status), json);
}

int tl_seed_each(const struct tl_item *list, void *state, int (*put)(void *state, struct tl_refusal *refusal, const struct tl_item *item),
                 struct tl_error *err)
{
	struct tl_refusal refusal = { 0 };

	if (list->kind != TL_LIST)
		return tl_error_set(err, TL_USAGE, "it must be a list");
	for (const struct tl_item *item = list->first; item; item = item->next) {
		if (put(state, &refusal, item) != 200)
			return tl_error_set(err, TL_USAGE, "%s", refusal.message);
	}
	return 0;
}

struct tl_doc *tl_seed_copy(const struct tl_item *item)
{
	struct tl_buf text = { 0 };
	struct tl_doc *doc = NULL;

	if (!item)
		return NULL;
	tl_json_canonical(&text, item);
	/* It is our own text. */
	(void)tl_json_parse(&doc, TL_STR("seed"), tl_buf_view(&text), NULL);
	tl_buf_clear(&text);
	return doc;
}
