/* platform/genesys_live.c: interactions in progress: read with their ETag, changed only on top of it; who callers are, and where live calls are controlled. */
#include "doc/json.h"
#include "platform/genesys.h"

#define INTERACTIONS "/api/v2/interactions"
#define PROFILES "/api/v2/profiles/external"
#define CALL_CONTROL "/api/v2/callcontrol/websocket"
#define ANSWER_BYTES ((size_t)1 << 20)

static int path_of(struct tl_str *out, struct tl_arena *arena, struct tl_str id, struct tl_error *err)
{
	if (id.len == 0 || tl_str_is(id, ".") || tl_str_is(id, ".."))
		return tl_error_set(err, TL_USAGE, "'%.*s' can be no id of an interaction", TL_FMT(id));
	*out = tl_arena_printf(arena, INTERACTIONS "/%.*s", TL_FMT(tl_address_encode(arena, id)));
	return 0;
}

/* The interaction of an answer: its ETag from the header, else from the body. A tag that means any state is none. */
static int read_interaction(struct tl_interaction *out, struct tl_arena *arena, const struct tl_api_answer *answer, struct tl_str id, struct tl_str what,
                            struct tl_error *err)
{
	const struct tl_item *attributes, *own;
	struct tl_str etag = answer->etag;
	struct tl_doc *doc;
	int ret;

	if (tl_genesys_document(&doc, answer->body, what, err) != 0)
		return -1;
	ret = doc->root->kind == TL_MAP ? 0 : tl_genesys_bad(err, what, "it is no interaction");
	if (ret == 0)
		ret = tl_genesys_member_maybe(&own, doc->root, "id", TL_STRING, what, err);
	if (ret == 0)
		ret = tl_genesys_member_maybe(&attributes, doc->root, "customAttributes", TL_MAP, what, err);
	if (ret == 0 && own && !tl_str_equal(own->text, id))
		ret = tl_genesys_bad(err, what, "it is of another interaction");
	if (ret == 0 && etag.len == 0)
		etag = tl_item_text(doc->root, "etag");
	if (ret == 0 && (etag.len == 0 || tl_str_is(etag, "*")))
		ret = tl_genesys_bad(err, what, "it has no ETag, without which nothing can be changed safely");
	if (ret == 0) {
		out->id = tl_arena_dup(arena, id);
		out->etag = tl_arena_dup(arena, etag);
		out->attributes = attributes ? tl_item_dup(arena, attributes) : tl_item_new(arena, TL_MAP);
	}
	tl_doc_free(doc);
	return ret;
}

static int ask(struct tl_interaction *out, struct tl_arena *arena, struct tl_genesys *genesys, const struct tl_api_request *request, struct tl_str id,
               struct tl_remote_call *call, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_api_answer answer = { 0 };
	struct tl_str what = tl_genesys_what(&scratch, request);
	int ret = genesys->send(&answer, &scratch, genesys->data, request, err);

	if (call)
		tl_genesys_fill_call(call, arena, &answer);
	if (ret == 0) {
		ret = read_interaction(out, arena, &answer, id, what, err);
		/* It was accepted, whatever the answer says of it. */
		if (ret != 0 && request->if_match.len > 0)
			err->code = TL_LOST;
	} else if (answer.repeated && err->code == TL_CONFLICT) {
		/* What was sent again after a lost answer may be the first one's doing: only reading tells. */
		err->code = TL_LOST;
	}
	tl_arena_clear(&scratch);
	return ret;
}

int tl_genesys_interaction(struct tl_interaction *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct tl_api_request request = { .method = "GET", .again = TL_AGAIN_SAFE, .body_limit = ANSWER_BYTES };
	struct tl_arena scratch = { 0 };
	int ret = path_of(&request.path, &scratch, id, err);

	if (ret == 0)
		ret = ask(out, arena, state, &request, id, NULL, err);
	if (ret != 0 && err->code == TL_NOT_FOUND)
		tl_error_set(err, TL_NOT_FOUND, "the platform has no interaction '%.*s'", TL_FMT(id));
	tl_arena_clear(&scratch);
	return ret;
}

int tl_genesys_interaction_patch(struct tl_interaction *out, struct tl_arena *arena, void *state, const struct tl_interaction *base,
                                 const struct tl_item *attributes, struct tl_remote_call *call, struct tl_error *err)
{
	struct tl_api_request request = { .method = "PATCH", .again = TL_AGAIN_GUARDED, .if_match = base->etag, .body_limit = ANSWER_BYTES };
	struct tl_arena scratch = { 0 };
	struct tl_item *body = tl_item_new(&scratch, TL_MAP);
	int ret = path_of(&request.path, &scratch, base->id, err);

	tl_item_put(body, TL_STR("customAttributes"), tl_item_copy(&scratch, attributes));
	request.body = tl_genesys_text(&scratch, body);
	if (ret == 0)
		ret = ask(out, arena, state, &request, base->id, call, err);
	if (call)
		call->etag_used = tl_arena_dup(arena, base->etag);
	tl_arena_clear(&scratch);
	return ret;
}

/* ---- profiles */

static int read_profile(struct tl_profile *out, struct tl_arena *arena, const struct tl_api_answer *answer, struct tl_str external_id, struct tl_str what,
                        struct tl_error *err)
{
	const struct tl_item *attributes, *own;
	struct tl_doc *doc;
	int ret;

	if (tl_genesys_document(&doc, answer->body, what, err) != 0)
		return -1;
	ret = tl_genesys_member_maybe(&own, doc->root, "externalId", TL_STRING, what, err);
	if (ret == 0)
		ret = tl_genesys_member_maybe(&attributes, doc->root, "attributes", TL_MAP, what, err);
	if (ret == 0 && own && !tl_str_equal(own->text, external_id))
		ret = tl_genesys_bad(err, what, "it is of somebody else");
	if (ret == 0) {
		out->found = true;
		out->attributes = attributes ? tl_item_dup(arena, attributes) : tl_item_new(arena, TL_MAP);
	}
	tl_doc_free(doc);
	return ret;
}

int tl_genesys_profile(struct tl_profile *out, struct tl_arena *arena, void *state, struct tl_str external_id, int64_t deadline_ms, struct tl_error *err)
{
	struct tl_genesys *genesys = state;
	struct tl_api_request request = {
		.method = "GET", .again = TL_AGAIN_SAFE, .body_limit = ANSWER_BYTES, .deadline_ms = deadline_ms, .accept_missing = true, .budget = genesys->profiles,
	};
	struct tl_arena scratch = { 0 };
	struct tl_api_answer answer = { 0 };
	int ret;

	if (external_id.len == 0 || tl_str_is(external_id, ".") || tl_str_is(external_id, ".."))
		return tl_error_set(err, TL_USAGE, "'%.*s' can be no external id of a profile", TL_FMT(external_id));
	request.path = tl_arena_printf(&scratch, PROFILES "/%.*s", TL_FMT(tl_address_encode(&scratch, external_id)));
	ret = genesys->send(&answer, &scratch, genesys->data, &request, err);
	if (ret == 0 && answer.status != 404)
		ret = read_profile(out, arena, &answer, external_id, tl_genesys_what(&scratch, &request), err);
	tl_arena_clear(&scratch);
	return ret;
}

/* ---- call control */

/* Where the login server names scopes, all that the handshake asks for are among them. */
static int check_control(struct tl_genesys *genesys, struct tl_error *err)
{
	static const char *const wanted_table[] = { "callcontrol:inbound", "callcontrol:media" };
	struct tl_arena scratch = { 0 };
	struct tl_str *scopes;
	size_t count, at;
	int ret = tl_genesys_own_scopes(&scopes, &count, &scratch, genesys, err);

	for (size_t i = 0; i < TL_COUNT(wanted_table) && ret == 0 && count > 0; i++) {
		for (at = 0; at < count && !tl_str_is(scopes[at], wanted_table[i]); at++)
			;
		if (at == count)
			ret = tl_error_set(err, TL_REFUSED, "the client lacks the scope '%s', without which it may not control calls", wanted_table[i]);
	}
	tl_arena_clear(&scratch);
	return ret;
}

int tl_genesys_line(struct tl_phone_line *out, struct tl_arena *arena, void *state, struct tl_str used, struct tl_error *err)
{
	struct tl_genesys *genesys = state;
	const struct tl_access *access = genesys->access;
	struct tl_address api;

	if (!genesys->client)
		return tl_error_set(err, TL_UNSUPPORTED, "without a server there are no calls to be controlled");
	if (tl_address_parse(&api, arena, access->api, err) != 0 || tl_client_bearer(&out->bearer, arena, genesys->client, used, err) != 0)
		return -1;
	if (check_control(genesys, err) != 0) {
		tl_secret_wipe(out->bearer);
		out->bearer = (struct tl_str){ NULL, 0 };
		return -1;
	}
	out->url = tl_arena_printf(arena, "%.*s" CALL_CONTROL, TL_FMT(api.text));
	out->ca = access->ca;
	out->proxy = access->proxy;
	out->insecure = access->insecure;
	return 0;
}
