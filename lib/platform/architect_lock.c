/* platform/architect_lock.c: the lock that a flow is edited under. Whoever else has it keeps it: nothing here takes a lock by force. */
#include <inttypes.h>

#include "platform/architect.h"

/* How long an operation of somebody else is waited for at most. */
#define QUIET_MS 60000
#define CHECKOUT_TRIES 4

static struct tl_str actions_path(struct tl_arena *arena, const char *action, struct tl_str id)
{
	return tl_arena_printf(arena, TL_GENESYS_FLOWS "/actions/%s?flow=%.*s", action, TL_FMT(tl_address_encode(arena, id)));
}

int tl_architect_look(struct tl_architect_flow *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, bool late, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_str path;
	int ret = tl_genesys_path(&path, &scratch, id, "", err);

	*out = (struct tl_architect_flow){ 0 };
	if (ret == 0)
		ret = tl_architect_ask(&doc, &scratch, architect, path, late, err);
	if (ret != 0 && err->code == TL_NOT_FOUND)
		tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(id));
	if (ret == 0)
		ret = tl_architect_flow(out, arena, doc->root, tl_arena_printf(&scratch, "GET %.*s", TL_FMT(path)), err);
	if (ret == 0 && !tl_str_equal(out->id, id))
		ret = tl_genesys_bad(err, path, "it is the flow '%.*s', not '%.*s'", TL_FMT(out->id), TL_FMT(id));
	if (ret == 0 && out->deleted)
		ret = tl_error_set(err, TL_NOT_FOUND, "the flow '%.*s' was deleted on the platform", TL_FMT(out->name));
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}

/* ---- whether it may be written */

static int is_ours(bool *yes, struct tl_architect *architect, const struct tl_architect_flow *flow, struct tl_error *err)
{
	*yes = false;
	if (flow->user.len > 0 || flow->client.len == 0)
		return 0;
	return tl_architect_is_us(yes, architect, flow->client, err);
}

/* "version 13, which Alice published at …" */
static struct tl_str describe(struct tl_arena *arena, const struct tl_architect_flow *flow)
{
	const struct tl_architect_version *last = tl_architect_last(flow);
	struct tl_str version = tl_version_text(arena, last->number), who = last->by;

	if (last->number == 0)
		return TL_STR("no version at all");
	if (who.len == 0 && last->by_client.len > 0)
		who = tl_arena_printf(arena, "the client '%.*s'", TL_FMT(last->by_client));
	if (who.len == 0)
		return tl_arena_printf(arena, "version %.*s", TL_FMT(version));
	return tl_arena_printf(arena, "version %.*s, which %.*s %s%s%.*s", TL_FMT(version), TL_FMT(who), last->publishes ? "published" : "saved",
	                       last->at_ms > 0 ? " at " : "", TL_FMT(last->at_ms > 0 ? tl_time_format(arena, last->at_ms) : TL_STR("")));
}

/* "Alice since …", or with when they saved a draft where nothing else is told. */
static struct tl_str holding(struct tl_arena *arena, struct tl_architect *architect, const struct tl_architect_flow *flow)
{
	int64_t since = tl_architect_since(architect, flow), saved = tl_architect_saved_ms(flow);
	struct tl_str who = tl_architect_holder(arena, flow);

	if (since > 0)
		return tl_arena_printf(arena, "%.*s since %.*s", TL_FMT(who), TL_FMT(tl_time_format(arena, since / 1000 * 1000)));
	if (saved > 0)
		return tl_arena_printf(arena, "%.*s, who saved a draft at %.*s", TL_FMT(who), TL_FMT(tl_time_format(arena, saved / 1000 * 1000)));
	return who;
}

int tl_architect_check(struct tl_architect *architect, const struct tl_architect_flow *flow, int64_t base, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str name = flow->name;
	int64_t last = tl_architect_last(flow)->number;
	bool ours = false;
	int ret = is_ours(&ours, architect, flow, err);

	if (last == 0)
		tl_version_parse(&last, TL_STR(TL_ARCHITECT_UNSAVED));
	if (ret == 0 && (flow->user.len > 0 || flow->client.len > 0) && !ours)
		ret = tl_error_set(err, TL_CONFLICT, "flow '%.*s' is locked by %.*s: it is published once they have checked it in or discarded their changes; nothing was forced",
		                   TL_FMT(name), TL_FMT(holding(&arena, architect, flow)));
	else if (ret == 0 && last != base)
		ret = tl_error_set(err, TL_CONFLICT, "flow '%.*s' is not at version %.*s on the platform any more: it has %.*s", TL_FMT(name),
		                   TL_FMT(tl_version_text(&arena, base)), TL_FMT(describe(&arena, flow)));
	else if (ret == 0 && flow->operation.len > 0)
		ret = tl_error_set(err, TL_CONFLICT, "flow '%.*s' has an operation under way on the platform: %.*s", TL_FMT(name), TL_FMT(flow->operation));
	tl_arena_clear(&arena);
	return ret;
}

/* Before the nth next look, but not beyond the end. */
static int pause_before(struct tl_architect *architect, unsigned n, int64_t end, struct tl_error *err)
{
	int64_t left = end - tl_genesys_now(architect->genesys), pause = tl_genesys_pause_ms(n);

	return tl_genesys_sleep(architect->genesys, pause < left ? pause : left, err);
}

int tl_architect_quiet(struct tl_architect_flow *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, int64_t end_ms, struct tl_error *err)
{
	int64_t end = tl_genesys_now(architect->genesys) + QUIET_MS;

	end = end < end_ms ? end : end_ms;
	for (unsigned n = 1;; n++) {
		if (tl_architect_look(out, arena, architect, id, false, err) != 0)
			return -1;
		if (out->operation.len == 0 || tl_genesys_now(architect->genesys) >= end)
			return 0;
		if (pause_before(architect, n + 1, end, err) != 0)
			return -1;
	}
}

int tl_architect_idle(struct tl_architect_flow *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, int64_t end_ms, struct tl_error *err)
{
	/* However soon this write is to end: whoever is at work with the same client is not cut short. */
	int64_t end = tl_genesys_now(architect->genesys) + QUIET_MS;
	bool ours;

	for (unsigned n = 1;; n++) {
		if (tl_architect_quiet(out, arena, architect, id, end_ms, err) != 0 || is_ours(&ours, architect, out, err) != 0)
			return -1;
		if (!ours || tl_genesys_now(architect->genesys) >= end)
			return 0;
		if (n == 1 && architect->genesys->waits)
			architect->genesys->waits(architect->genesys->waits_data, QUIET_MS, "another publisher with this client may be at work on the flow");
		if (pause_before(architect, n + 1, end, err) != 0)
			return -1;
	}
}

/* ---- taking it */

int tl_architect_compare(struct tl_architect *architect, const struct tl_architect_flow *before, const struct tl_architect_flow *now, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	const char *what = NULL;
	bool ours = false;
	int ret = tl_architect_is_us(&ours, architect, now->saved.by_client, err);

	if (ret == 0 && now->published.number != before->published.number)
		what = "published";
	else if (ret == 0 && now->checked_in.number != before->checked_in.number)
		what = "checked in";
	else if (ret == 0 && now->saved.number != before->saved.number && !ours)
		what = "saved";
	if (what)
		ret = tl_error_set(err, TL_CONFLICT, "flow '%.*s' was %s by somebody else just now: it has %.*s; the lock was given back, nothing was written",
		                   TL_FMT(now->name), what, TL_FMT(describe(&arena, now)));
	tl_arena_clear(&arena);
	return ret;
}

/* Looks at the flow under our lock. 0: all is as it was; 1: it is not locked by us. */
static int look_again(struct tl_arena *arena, struct tl_architect *architect, const struct tl_architect_flow *before, struct tl_error *err)
{
	struct tl_architect_flow now;
	bool ours;

	if (tl_architect_look(&now, arena, architect, before->id, false, err) != 0 || is_ours(&ours, architect, &now, err) != 0)
		return -1;
	if (!ours)
		return 1;
	return tl_architect_compare(architect, before, &now, err);
}

/* Whether a refusal is for an operation under way, which ends. */
static bool is_busy(struct tl_arena *arena, const struct tl_api_answer *answer)
{
	struct tl_str code, text;

	tl_genesys_complaint(&code, &text, arena, answer->body);
	return tl_str_find(code, TL_STR("operation"), 0) != SIZE_MAX && tl_str_find(code, TL_STR("in.progress"), 0) != SIZE_MAX;
}

static int refused(struct tl_arena *arena, const struct tl_architect_flow *flow, const struct tl_api_answer *answer, struct tl_error *err)
{
	struct tl_str code, text;

	tl_genesys_complaint(&code, &text, arena, answer->body);
	return tl_error_set(err, TL_CONFLICT, "the platform does not let flow '%.*s' be checked out: %.*s", TL_FMT(flow->name),
	                    TL_FMT(text.len > 0 ? text : code.len > 0 ? code : TL_STR("it does not say why")));
}

int tl_architect_checkout(struct tl_arena *arena, struct tl_architect *architect, const struct tl_architect_flow *flow, int64_t base, int64_t end_ms,
                          struct tl_error *err)
{
	struct tl_api_request request = {
		.method = "POST", .path = actions_path(arena, "checkout", flow->id), .again = TL_AGAIN_NEVER, .accept_conflict = true, .accept_missing = true,
	};
	struct tl_architect_flow now;
	struct tl_api_answer answer;

	for (unsigned tries = 1;; tries++) {
		int ret = tl_architect_send(&answer, arena, architect, &request, false, err), held;

		/* One whose answer was lost may have taken effect. */
		if (ret != 0 && err->code != TL_LOST)
			return -1;
		if (ret == 0 && answer.status == 404)
			return tl_error_set(err, TL_NOT_FOUND, "the platform no longer has the flow '%.*s'", TL_FMT(flow->name));
		held = answer.status == 409 && ret == 0 ? 1 : look_again(arena, architect, flow, err);
		if (held != 1)
			return held;
		if (tl_architect_quiet(&now, arena, architect, flow->id, end_ms, err) != 0 || tl_architect_check(architect, &now, base, err) != 0)
			return -1;
		if (tries == CHECKOUT_TRIES || (ret == 0 && answer.status == 409 && !is_busy(arena, &answer)))
			return refused(arena, flow, &answer, err);
		if (tl_genesys_pause(architect->genesys, tries, err) != 0)
			return -1;
	}
}

/* ---- giving it back */

static int act(struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, const char *action, bool late, struct tl_error *err)
{
	struct tl_api_request request = {
		.method = "POST", .path = actions_path(arena, action, id), .again = TL_AGAIN_SAFE, .accept_conflict = true, .accept_missing = true,
	};
	struct tl_api_answer answer;

	return tl_architect_send(&answer, arena, architect, &request, late, err);
}

/* Whether the lock is ours still. */
static int holds(bool *yes, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, bool late, struct tl_error *err)
{
	struct tl_architect_flow flow;

	*yes = false;
	if (tl_architect_look(&flow, arena, architect, id, late, err) != 0)
		return err->code == TL_NOT_FOUND ? 0 : -1;
	return is_ours(yes, architect, &flow, err);
}

int tl_architect_give_back(struct tl_architect *architect, struct tl_str id, struct tl_error *err)
{
	static const char *const ways[] = { "revert", "unlock" };
	bool late = architect->genesys->stopped && architect->genesys->stopped();
	struct tl_arena arena = { 0 };
	struct tl_error why = { 0 };
	bool ours = true;
	int ret = holds(&ours, &arena, architect, id, late, &why);

	/* What was reverted is as it was checked in last. Unlocking needs a right of its own, and is for what has nothing to revert to. */
	for (size_t i = 0; ret == 0 && ours && i < TL_COUNT(ways); i++) {
		act(&arena, architect, id, ways[i], late, &why);
		ret = holds(&ours, &arena, architect, id, late, &why);
	}
	if (ret == 0 && ours)
		ret = tl_error_set(err, TL_REFUSED, "our lock of the flow could not be given back%s%s: unlock it in Architect", why.code == TL_OK ? "" : ": ",
		                   why.code == TL_OK ? "" : why.message);
	else if (ret != 0)
		tl_error_set(err, why.code, "whether our lock of the flow was given back is not known: %s", why.message);
	tl_arena_clear(&arena);
	return ret;
}
