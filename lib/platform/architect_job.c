/* platform/architect_job.c: one publishing job: registered, handed the flow's YAML at the address that came with it, asked for until it is over. */
#include <stdlib.h>

#include "doc/json.h"
#include "platform/architect.h"

#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 6000
/* Uploads of one job; jobs that had to be registered since an address had expired. */
#define UPLOADS_MOST 3
#define ADDRESSES_MOST 3
/* A job that failed for the platform's own limit. */
#define LIMITED_MOST 6
#define LIMITED_PAUSE_MS 5000
#define UPLOAD_MS 60000
#define HEADERS_MOST 64
#define SHOWN_BYTES 900

/* What a registration gave. */
struct address {
	struct tl_str url;
	struct tl_http_header *headers;
	size_t n_headers;
};

static int64_t left(const struct tl_architect_job *job)
{
	return job->end_ms - tl_genesys_now(job->architect->genesys);
}

static int send(struct tl_architect_job *job, const struct tl_api_request *request, struct tl_error *err)
{
	int ret = tl_architect_send(&job->answer, job->arena, job->architect, request, false, err);

	job->requests += job->answer.attempts;
	return ret;
}

/* ---- registering */

static int read_headers(struct address *out, struct tl_arena *arena, const struct tl_item *map, struct tl_str what, struct tl_error *err)
{
	if (map && map->count > HEADERS_MOST)
		return tl_genesys_bad(err, what, "it asks for %u headers", map->count);
	out->headers = TL_ARENA_ARRAY(arena, struct tl_http_header, map ? map->count : 0);
	for (const struct tl_item *item = map ? map->first : NULL; item; item = item->next) {
		if (item->kind != TL_STRING)
			return tl_genesys_bad(err, what, "the header '%.*s' is no text", TL_FMT(tl_str_cut(item->key, 60)));
		out->headers[out->n_headers++] = (struct tl_http_header){ tl_arena_dup(arena, item->key), tl_arena_dup(arena, item->text) };
	}
	return 0;
}

/* A job that is handed nothing does nothing: one whose registration was lost is no loss. */
static int register_job(struct address *out, struct tl_architect_job *job, struct tl_error *err)
{
	struct tl_api_request request = { .method = "POST", .path = TL_STR(TL_ARCHITECT_JOBS), .again = TL_AGAIN_SAFE };
	struct tl_str what = tl_genesys_what(job->arena, &request);
	const struct tl_item *id, *url, *headers;
	struct tl_doc *doc = NULL;
	int ret;

	*out = (struct address){ .n_headers = 0 };
	if (job->put->circular)
		request.body = TL_STR("{\"createStubs\":true}");
	ret = send(job, &request, err);
	if (ret == 0)
		ret = tl_genesys_document(&doc, job->answer.body, what, err);
	if (ret == 0 && (tl_genesys_member(&id, doc->root, "id", TL_STRING, what, err) != 0 ||
	                 tl_genesys_member(&url, doc->root, "presignedUrl", TL_STRING, what, err) != 0 ||
	                 tl_genesys_member_maybe(&headers, doc->root, "headers", TL_MAP, what, err) != 0 ||
	                 read_headers(out, job->arena, headers, what, err) != 0))
		ret = -1;
	if (ret == 0) {
		job->id = tl_arena_dup(job->arena, id->text);
		out->url = tl_arena_dup(job->arena, url->text);
	}
	tl_doc_free(doc);
	return ret;
}

/* ---- handing over */

enum handing { HANDED, EXPIRED, FAILED };

/* Whether the job was begun although the answer to the upload was lost. */
static bool was_taken(struct tl_architect_job *job)
{
	struct tl_error ignored;

	return tl_architect_job_look(&job->state, job->arena, job->architect, job->id, false, &ignored) == 0 && job->state.state != TL_ARCHITECT_WAITS;
}

static enum handing upload_once(struct tl_architect_job *job, const struct address *address, bool *again, struct tl_error *err)
{
	struct tl_http_request request = {
		.method = "PUT", .url = address->url, .headers = address->headers, .n_headers = address->n_headers, .body = job->put->flow->text,
		.total_ms = left(job) < UPLOAD_MS ? left(job) : UPLOAD_MS,
	};
	struct tl_http_answer answer;
	int ret = tl_architect_fetch_from(&answer, job->arena, job->architect, &request, err);

	*again = true;
	if (ret == 0 && answer.status >= 200 && answer.status < 300) {
		job->handed_over = true;
		return HANDED;
	}
	/* What never left, and what was refused, begins nothing. */
	if ((ret != 0 && answer.fate == TL_HTTP_LOST) || (ret == 0 && answer.status >= 500)) {
		job->handed_over = true;
		if (was_taken(job))
			return HANDED;
	}
	if (ret != 0) {
		*again = err->code == TL_IO || err->code == TL_TIMED_OUT;
		return FAILED;
	}
	if (answer.status == 403 || answer.status == 401) {
		tl_error_set(err, TL_REFUSED, "%.*s: the address for its file is not taken any more (%d)", TL_FMT(job->title), answer.status);
		return EXPIRED;
	}
	*again = answer.status >= 500 || answer.status == 429 || answer.status == 408;
	tl_error_set(err, TL_REFUSED, "%.*s: the platform's storage does not take the file (%d)", TL_FMT(job->title), answer.status);
	return FAILED;
}

/* The bytes at the address, again where that may help. */
static enum handing upload(struct tl_architect_job *job, const struct address *address, struct tl_error *err)
{
	enum handing end;
	bool again;

	for (unsigned tries = 1;; tries++) {
		end = upload_once(job, address, &again, err);
		if (end != FAILED || !again || tries == UPLOADS_MOST)
			return end;
		if (tl_genesys_pause(job->architect->genesys, tries, err) != 0)
			return FAILED;
	}
}

static int hand_over(struct tl_architect_job *job, struct tl_error *err)
{
	struct address address;

	for (unsigned tries = 1;; tries++) {
		if (register_job(&address, job, err) != 0)
			return -1;
		if (job->put->begun)
			job->put->begun(job->put->data, job->id);
		switch (upload(job, &address, err)) {
		case HANDED:
			return 0;
		case FAILED:
			return -1;
		case EXPIRED:
			if (tries == ADDRESSES_MOST)
				return -1;
			break;
		}
	}
}

/* ---- its end */

int tl_architect_job_look(struct tl_architect_state *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, bool late,
                          struct tl_error *err)
{
	struct tl_str path = tl_arena_printf(arena, TL_ARCHITECT_JOBS "/%.*s?expand=messages", TL_FMT(tl_address_encode(arena, id)));
	struct tl_doc *doc;
	int ret = tl_architect_ask(&doc, arena, architect, path, late, err);

	if (ret == 0)
		ret = tl_architect_state(out, arena, doc->root, tl_arena_printf(arena, "GET %.*s", TL_FMT(path)), err);
	tl_doc_free(doc);
	return ret;
}

/* The job goes on, or may, and nobody here sees it. */
static int lose_sight(const struct tl_architect_job *job, const char *reason, struct tl_error *err)
{
	return tl_error_set(err, TL_LOST, "%.*s: whether it was published is not known: %s; 'flow-publish resume' looks what became of job %.*s", TL_FMT(job->title), reason,
	                    TL_FMT(job->id));
}

static int hangs(const struct tl_architect_job *job, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	const char *how = job->state.state == TL_ARCHITECT_WAITS ? "the job has not begun" : "the job is at work still";

	lose_sight(job, tl_arena_printf(&arena, "%s after %.*s", how, TL_FMT(tl_duration_format(&arena, tl_put_wait_ms(job->put)))).ptr,
	           err);
	tl_arena_clear(&arena);
	return -1;
}

static int wait_for(struct tl_architect_job *job, struct tl_error *err)
{
	int64_t pause = FIRST_PAUSE_MS;

	for (;;) {
		int64_t rest = left(job);

		if (tl_genesys_sleep(job->architect->genesys, rest > 0 && rest < pause ? rest : pause, err) != 0)
			return -1;
		job->requests++;
		if (tl_architect_job_look(&job->state, job->arena, job->architect, job->id, false, err) != 0) {
			struct tl_error why = *err;

			return why.code == TL_INTERRUPTED ? -1 : lose_sight(job, why.message, err);
		}
		if (job->state.state == TL_ARCHITECT_GOOD || job->state.state == TL_ARCHITECT_BAD)
			return 0;
		if (left(job) <= 0)
			return hangs(job, err);
		pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
	}
}

static int run_once(struct tl_architect_job *job, struct tl_error *err)
{
	struct tl_error why = { 0 };

	job->handed_over = false;
	if (hand_over(job, &why) != 0) {
		/* The last upload may have arrived all the same. */
		if (job->handed_over && why.code != TL_INTERRUPTED)
			return lose_sight(job, why.message, err);
		if (err)
			*err = why;
		return -1;
	}
	return wait_for(job, err);
}

int tl_architect_job_run(struct tl_architect_job *job, struct tl_error *err)
{
	for (unsigned tries = 1;; tries++) {
		int64_t pause = (int64_t)tries * LIMITED_PAUSE_MS;

		if (run_once(job, err) != 0)
			return -1;
		job->tries = tries;
		if (!tl_architect_is_limited(&job->state) || tries == LIMITED_MOST || left(job) <= pause)
			return 0;
		/* It is over, and published nothing. */
		job->handed_over = false;
		if (job->architect->genesys->waits)
			job->architect->genesys->waits(job->architect->genesys->waits_data, pause, "the platform's limit of requests is used up within its job");
		if (tl_genesys_sleep(job->architect->genesys, pause, err) != 0)
			return -1;
	}
}

/* ---- what it says */

void tl_architect_job_say(struct tl_remote_findings *said, struct tl_arena *arena, const struct tl_architect_state *state)
{
	if (!said || (state->state == TL_ARCHITECT_BAD && !tl_architect_is_verdict(state)))
		return;
	*said = (struct tl_remote_findings){ .valid = state->state != TL_ARCHITECT_BAD };
	said->items = TL_ARENA_ARRAY(arena, struct tl_remote_finding, state->n_messages);
	for (size_t i = 0; i < state->n_messages; i++)
		said->items[said->count++] = (struct tl_remote_finding){ .error = state->messages[i].error, .message = tl_arena_dup(arena, state->messages[i].text) };
}

int tl_architect_job_failed(const struct tl_architect_job *job, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str words = tl_architect_words(&arena, &job->state, SHOWN_BYTES);

	if (tl_architect_is_limited(&job->state))
		tl_error_set(err, TL_REFUSED, "%.*s was not published: the platform's limit of requests is used up within its job (%.*s)%s; try again later",
		             TL_FMT(job->title), TL_FMT(words), job->tries > 1 ? ", and in those that were tried after it" : "");
	else if (words.len > 0)
		tl_error_set(err, tl_architect_is_locked_out(&job->state) ? TL_CONFLICT : TL_REFUSED, "%.*s was not published: %.*s", TL_FMT(job->title), TL_FMT(words));
	else
		tl_error_set(err, TL_REFUSED, "%.*s was not published: job %.*s failed, and the platform gives no reason; run flow-validate on the file, look whether what it "
		             "names (queues, prompts, data actions, flows) is there and whether the client may use it, then import the file in Architect, "
		             "which says more", TL_FMT(job->title), TL_FMT(job->id));
	tl_arena_clear(&arena);
	return -1;
}
