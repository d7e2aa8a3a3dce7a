/* net/verdict.c: from status and kind of request to what is done about it: one row a status. */
#include "net/verdict.h"

#include "base/text.h"
#include "net/complaint.h"

/* The server's own words after ours, and its id of the request. */
static struct tl_str words_of(const struct tl_judged *judged)
{
	struct tl_str words = tl_answer_words(judged->arena, judged->answer), id = tl_answer_correlation(judged->arena, judged->answer);

	if (words.len > 0)
		words = tl_arena_printf(judged->arena, ": %.*s", TL_FMT(words));
	if (id.len > 0)
		words = tl_arena_printf(judged->arena, "%.*s [request %.*s]", TL_FMT(words), TL_FMT(id));
	return words;
}

static enum tl_verdict fail(const struct tl_judged *judged, struct tl_error *err, enum tl_code code, const char *what)
{
	tl_error_set(err, code, "%s (%d)%.*s", what, judged->answer->status, TL_FMT(words_of(judged)));
	return TL_VERDICT_FAILED;
}

/* A 2xx. What is no JSON does not come from the API, or only half of it did: a write may have been done all the same. */
static enum tl_verdict judge_good(struct tl_judged *judged, struct tl_error *err)
{
	if (tl_answer_is_json(judged->answer))
		return TL_VERDICT_DONE;
	judged->maybe = true;
	return fail(judged, err, judged->request->again == TL_AGAIN_SAFE ? TL_REFUSED : TL_LOST,
	            "what answers is not the API as it should be; is the address right, and no proxy or sign-in page in between");
}

static enum tl_verdict judge_redirect(struct tl_judged *judged, struct tl_error *err)
{
	struct tl_str place = tl_http_header_of(judged->answer, "location"), to = { NULL, 0 };
	struct tl_buf shown = { 0 };

	tl_text_safe(&shown, tl_str_cut(place, 200));
	if (place.len > 0)
		to = tl_arena_printf(judged->arena, " to '%.*s'", TL_FMT(tl_buf_view(&shown)));
	tl_buf_clear(&shown);
	tl_error_set(err, TL_REFUSED, "it redirects (%d)%.*s, and redirects are not followed: check `api:`", judged->answer->status, TL_FMT(to));
	return TL_VERDICT_FAILED;
}

static enum tl_verdict judge_invalid(struct tl_judged *judged, struct tl_error *err)
{
	if (judged->request->accept_invalid && tl_answer_is_json(judged->answer))
		return TL_VERDICT_DONE;
	return fail(judged, err, TL_REFUSED, "the platform does not accept what was sent");
}

static enum tl_verdict judge_unauthorized(struct tl_judged *judged, struct tl_error *err)
{
	return fail(judged, err, TL_REFUSED, "the platform does not take the token that the login server gave: do `login:` and `api:` belong together");
}

static enum tl_verdict judge_forbidden(struct tl_judged *judged, struct tl_error *err)
{
	struct tl_str scopes = tl_answer_scopes(judged->arena, judged->answer);

	if (scopes.len == 0)
		return fail(judged, err, TL_REFUSED, "the client has no right to do that");
	tl_error_set(err, TL_REFUSED, "the client lacks the scope %.*s: grant it to the client's role (403)%.*s", TL_FMT(scopes),
	             TL_FMT(words_of(judged)));
	return TL_VERDICT_FAILED;
}

/* A page that says 404 is no flow that is missing, but another server. */
static enum tl_verdict judge_missing(struct tl_judged *judged, struct tl_error *err)
{
	if (!tl_answer_is_json(judged->answer))
		return fail(judged, err, TL_REFUSED, "the API is not there: check `api:`");
	if (judged->request->accept_missing)
		return TL_VERDICT_DONE;
	return fail(judged, err, TL_NOT_FOUND, "it does not exist there");
}

static enum tl_verdict judge_conflict(struct tl_judged *judged, struct tl_error *err)
{
	if (judged->request->accept_conflict && tl_answer_is_json(judged->answer))
		return TL_VERDICT_DONE;
	return fail(judged, err, TL_CONFLICT, "it was changed meanwhile");
}

static enum tl_verdict judge_too_many(struct tl_judged *judged, struct tl_error *err)
{
	fail(judged, err, TL_REFUSED, "the platform's limit of requests is used up");
	return TL_VERDICT_AGAIN;
}

static enum tl_verdict judge_slow_request(struct tl_judged *judged, struct tl_error *err)
{
	fail(judged, err, TL_REFUSED, "the platform waited too long for the request");
	return judged->request->again == TL_AGAIN_NEVER ? TL_VERDICT_FAILED : TL_VERDICT_AGAIN;
}

static enum tl_verdict judge_unable(struct tl_judged *judged, struct tl_error *err)
{
	return fail(judged, err, TL_REFUSED, "the platform cannot do that");
}

/* A fault on the other side may come after the deed. */
static enum tl_verdict judge_fault(struct tl_judged *judged, struct tl_error *err)
{
	judged->maybe = true;
	fail(judged, err, judged->request->again == TL_AGAIN_SAFE ? TL_REFUSED : TL_LOST, "the platform failed");
	return judged->request->again == TL_AGAIN_NEVER ? TL_VERDICT_FAILED : TL_VERDICT_AGAIN;
}

static enum tl_verdict judge_other(struct tl_judged *judged, struct tl_error *err)
{
	return fail(judged, err, TL_REFUSED, "the platform said no");
}

/* The first row that holds the status. */
static const struct status_row {
	int first, last;
	enum tl_verdict (*judge)(struct tl_judged *judged, struct tl_error *err);
} status_table[] = {
	{ 200, 299, judge_good },
	{ 300, 399, judge_redirect },
	{ 400, 400, judge_invalid },
	{ 401, 401, judge_unauthorized },
	{ 403, 403, judge_forbidden },
	{ 404, 404, judge_missing },
	{ 408, 408, judge_slow_request },
	{ 409, 409, judge_conflict },
	{ 412, 412, judge_conflict },
	{ 422, 422, judge_invalid },
	{ 429, 429, judge_too_many },
	{ 501, 501, judge_unable },
	{ 505, 505, judge_unable },
	{ 500, 599, judge_fault },
};

enum tl_verdict tl_verdict_of_answer(struct tl_judged *judged, struct tl_error *err)
{
	int status = judged->answer->status;

	for (size_t i = 0; i < TL_COUNT(status_table); i++)
		if (status >= status_table[i].first && status <= status_table[i].last)
			return status_table[i].judge(judged, err);
	return judge_other(judged, err);
}

enum tl_verdict tl_verdict_of_failure(struct tl_judged *judged, const struct tl_error *err)
{
	judged->maybe = judged->answer->fate == TL_HTTP_LOST;
	if (judged->answer->hopeless || (err->code != TL_IO && err->code != TL_TIMED_OUT))
		return TL_VERDICT_FAILED;
	return judged->maybe && judged->request->again == TL_AGAIN_NEVER ? TL_VERDICT_FAILED : TL_VERDICT_AGAIN;
}
