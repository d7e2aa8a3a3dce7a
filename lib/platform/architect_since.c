/* platform/architect_since.c: since when somebody has a flow locked. The flow itself says only who; its history, which the platform puts together when it is asked
 * to, says when they checked it out. What it does not say holds nobody up. */
#include "platform/architect.h"

#define ASKED_MS 10000
#define LOOKS 4

/* Asks for the history; its id. */
static int begin(struct tl_str *id, struct tl_arena *arena, struct tl_architect *architect, struct tl_str flow, struct tl_error *err)
{
	struct tl_api_request request = { .method = "POST", .again = TL_AGAIN_SAFE, .deadline_ms = ASKED_MS };
	const struct tl_item *item;
	struct tl_api_answer answer;
	struct tl_doc *doc = NULL;
	int ret = tl_genesys_path(&request.path, arena, flow, "/history", err);

	if (ret == 0)
		ret = tl_architect_send(&answer, arena, architect, &request, false, err);
	if (ret == 0)
		ret = tl_genesys_document(&doc, answer.body, tl_genesys_what(arena, &request), err);
	if (ret == 0)
		ret = tl_genesys_member(&item, doc->root, "id", TL_STRING, tl_genesys_what(arena, &request), err);
	if (ret == 0)
		*id = tl_arena_dup(arena, item->text);
	tl_doc_free(doc);
	return ret;
}

/* Whether that is who has the flow now. */
static bool is_holder(const struct tl_architect_flow *flow, const struct tl_item *entry)
{
	const struct tl_item *user = tl_item_get(entry, "user");

	if (flow->user.len == 0)
		return tl_str_equal_nocase(tl_item_text(tl_item_get(entry, "client"), "id"), flow->client);
	return tl_str_equal(tl_item_text(user, "name"), flow->user) || tl_str_equal(tl_item_text(user, "email"), flow->user) ||
	       tl_str_equal(tl_item_text(user, "id"), flow->user);
}

/* The newest time at which the holder checked the flow out; 0: none is told. */
static int64_t read_entries(const struct tl_architect_flow *flow, const struct tl_item *entities)
{
	int64_t newest = 0, at;

	for (const struct tl_item *entry = entities && entities->kind == TL_LIST ? entities->first : NULL; entry; entry = entry->next) {
		if (tl_str_equal_nocase(tl_item_text(entry, "action"), TL_STR("CHECKOUT")) && is_holder(flow, entry) &&
		    tl_time_parse(&at, tl_item_text(entry, "timestamp")) && at > newest)
			newest = at;
	}
	return newest;
}

/* True where the history is complete; *since is what it says then. */
static bool look(int64_t *since, struct tl_architect *architect, const struct tl_architect_flow *flow, struct tl_str path)
{
	struct tl_arena arena = { 0 };
	const struct tl_item *complete;
	struct tl_doc *doc = NULL;
	struct tl_error ignored;
	/* Who cannot ask now cannot ask again. */
	bool over = true;

	if (tl_architect_ask(&doc, &arena, architect, path, false, &ignored) == 0) {
		complete = tl_item_get(doc->root, "complete");
		*since = read_entries(flow, tl_item_get(doc->root, "entities"));
		over = *since > 0 || (complete && complete->kind == TL_BOOLEAN && complete->boolean);
	}
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return over;
}

int64_t tl_architect_since(struct tl_architect *architect, const struct tl_architect_flow *flow)
{
	struct tl_arena arena = { 0 };
	struct tl_error ignored;
	struct tl_str id, path;
	int64_t since = 0;

	if (begin(&id, &arena, architect, flow->id, &ignored) == 0 &&
	    tl_genesys_path(&path, &arena, flow->id, tl_arena_printf(&arena, "/history/%.*s?pageSize=25&sortBy=timestamp&sortOrder=desc&action=checkout",
	                                                            TL_FMT(tl_address_encode(&arena, id))).ptr, &ignored) == 0) {
		for (unsigned n = 1; !look(&since, architect, flow, path) && n < LOOKS; n++) {
			if (tl_genesys_pause(architect->genesys, n, &ignored) != 0)
				break;
		}
	}
	tl_arena_clear(&arena);
	return since;
}
