/* platform/cxone_run.c: one job on the simulator: submitted, asked for until it has ended, its execution path read. */
#include <inttypes.h>

#include "doc/json.h"
#include "platform/cxone.h"

#define ANSWER_BYTES ((size_t)64 << 20)
#define ID_MOST 256

struct job {
	struct tl_genesys *genesys;
	const struct tl_remote_run_request *request;
	struct tl_remote_run *out;
	struct tl_arena *arena;       /* the caller's: what the answer is read into */
	struct tl_arena scratch;
	struct tl_str id, path;
	struct tl_str status;         /* as it was told last */
	int64_t deadline_ms;          /* of the monotonic clock */
};

/* ---- what is asked */

static const char *const media_table[] = { [TL_MEDIA_AUDIO] = "audio", [TL_MEDIA_TTS] = "tts", [TL_MEDIA_VIDEO] = "video" };

static struct tl_item *media_of(struct tl_arena *arena, const struct tl_remote_run_request *request)
{
	struct tl_item *list = tl_item_new(arena, TL_LIST);

	for (size_t i = 0; i < request->n_media; i++) {
		struct tl_item *one = tl_item_add(list, tl_item_new(arena, TL_MAP));

		tl_item_put_some(one, "assetId", tl_item_string(arena, request->media[i].id));
		tl_item_put_some(one, "type", tl_item_string(arena, tl_str(media_table[request->media[i].kind])));
	}
	return list;
}

static struct tl_str body_of(struct tl_arena *arena, const struct tl_remote_run_request *request)
{
	struct tl_item *body = tl_item_new(arena, TL_MAP), *signs = tl_item_new(arena, TL_LIST);

	for (size_t i = 0; i < request->n_inputs; i++)
		tl_item_add(signs, tl_item_string(arena, request->inputs[i]));
	tl_item_put_some(body, "flowId", tl_item_string(arena, request->id));
	tl_item_put_some(body, "dtmfSequence", signs);
	tl_item_put_some(body, "variableStateMatrix", request->variables ? tl_item_copy(arena, request->variables) : tl_item_new(arena, TL_MAP));
	tl_item_put_some(body, "mediaAssetReferences", media_of(arena, request));
	return tl_genesys_text(arena, body);
}

/* ---- how it is answered */

static struct tl_str by_id(struct tl_arena *arena, struct tl_str id)
{
	return tl_arena_printf(arena, TL_CXONE_SIMULATOR "/%.*s", TL_FMT(tl_address_encode(arena, id)));
}

struct tl_str tl_cxone_result_path(struct tl_arena *arena, struct tl_str api, struct tl_str result_url, struct tl_str id)
{
	struct tl_address here, there;
	struct tl_error ignored;

	if (result_url.len == 0 || tl_address_parse(&here, arena, api, &ignored) != 0 || tl_address_parse(&there, arena, result_url, &ignored) != 0)
		return by_id(arena, id);
	return here.path.len == 0 && there.path.len > 0 && there.path.ptr[0] == '/' && tl_address_same_origin(&here, &there) ? there.path : by_id(arena, id);
}

static int read_ms(int64_t *out, const struct tl_item *map, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *item;

	*out = 0;
	if (tl_genesys_member_maybe(&item, map, "durationMs", TL_NUMBER, what, err) != 0)
		return -1;
	return item ? tl_genesys_integer(out, item, "durationMs", what, err) : 0;
}

static int read_step(struct tl_remote_step *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err)
{
	out->status = TL_STR("executed");
	if (tl_genesys_read_text(&out->node, arena, item, "nodeId", true, what, err) != 0 || tl_genesys_read_text(&out->type, arena, item, "nodeType", true, what, err) != 0 ||
	    tl_genesys_read_text(&out->decision, arena, item, "decision", false, what, err) != 0 ||
	    tl_genesys_read_map(&out->properties, arena, item, "input", what, err) != 0 || tl_genesys_read_map(&out->variables, arena, item, "output", what, err) != 0)
		return -1;
	return read_ms(&out->duration_ms, item, what, err);
}

/* A call that failed may have no path. */
static int read_path(struct tl_remote_run *out, struct tl_arena *arena, const struct tl_item *root, bool must, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *path;

	if ((must ? tl_genesys_member(&path, root, "executionPath", TL_LIST, what, err) :
	     tl_genesys_member_maybe(&path, root, "executionPath", TL_LIST, what, err)) != 0)
		return -1;
	out->steps = TL_ARENA_ARRAY(arena, struct tl_remote_step, path ? path->count : 0);
	for (const struct tl_item *item = path ? path->first : NULL; item; item = item->next) {
		if (read_step(&out->steps[out->n_steps], arena, item, what, err) != 0)
			return -1;
		out->n_steps++;
	}
	return 0;
}

static int read_end(struct tl_remote_run *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	bool failed = tl_str_is(out->status, "failed");
	struct tl_str message;

	if (read_path(out, arena, root, !failed, what, err) != 0 || tl_genesys_read_map(&out->variables, arena, root, "variables", what, err) != 0 ||
	    read_ms(&out->duration_ms, root, what, err) != 0 || tl_genesys_read_text(&message, arena, root, "errorMessage", false, what, err) != 0)
		return -1;
	if (!failed && message.len == 0)
		return 0;
	out->errors = TL_ARENA_NEW(arena, struct tl_str);
	out->errors[0] = message.len > 0 ? message : TL_STR("the platform does not say why the call failed");
	out->n_errors = 1;
	return 0;
}

/* Reads what a job has come to; *ended says whether that is its end. */
static int read_answer(bool *ended, struct job *job, struct tl_str body, struct tl_str what, struct tl_error *err)
{
	static const char *const under_way[] = { "queued", "running" }, *const over[] = { "completed", "failed" };
	struct tl_doc *doc = NULL;
	int ret = tl_genesys_document(&doc, body, what, err);

	*ended = false;
	if (ret == 0)
		ret = tl_genesys_read_text(&job->status, &job->scratch, doc->root, "status", true, what, err);
	if (ret != 0)
		goto out;
	for (size_t i = 0; i < TL_COUNT(over); i++)
		*ended = *ended || tl_str_is(job->status, over[i]);
	if (*ended) {
		job->out->status = tl_arena_dup(job->arena, job->status);
		ret = read_end(job->out, job->arena, doc->root, what, err);
	} else if (!tl_str_is(job->status, under_way[0]) && !tl_str_is(job->status, under_way[1])) {
		ret = tl_genesys_bad(err, what, "'status' is '%.*s', which is none of queued, running, completed and failed",
		                     TL_FMT(tl_str_cut(job->status, 100)));
	}
out:
	tl_doc_free(doc);
	return ret;
}

/* ---- submitting */

static int read_begun(struct job *job, struct tl_str body, struct tl_str what, struct tl_error *err)
{
	struct tl_str url = { NULL, 0 };
	struct tl_doc *doc = NULL;
	int ret = tl_genesys_document(&doc, body, what, err);

	if (ret == 0)
		ret = tl_genesys_read_text(&job->id, job->arena, doc->root, "simulationId", true, what, err);
	if (ret == 0 && (job->id.len == 0 || job->id.len > ID_MOST || tl_str_is(job->id, ".") || tl_str_is(job->id, "..")))
		ret = tl_genesys_bad(err, what, "'simulationId' is no id");
	if (ret == 0)
		ret = tl_genesys_read_text(&url, &job->scratch, doc->root, "resultUrl", false, what, err);
	if (ret == 0)
		job->path = tl_cxone_result_path(&job->scratch, job->genesys->access ? job->genesys->access->api : TL_STR(""), url, job->id);
	tl_doc_free(doc);
	return ret;
}

static int refused(struct job *job, const struct tl_api_answer *answer, struct tl_error *err)
{
	struct tl_str code, text;

	tl_genesys_complaint(&code, &text, &job->scratch, answer->body);
	return tl_error_set(err, TL_REFUSED, "the platform does not simulate this call of flow '%.*s' (%d): %.*s", TL_FMT(job->request->id), answer->status,
	                    TL_FMT(text.len > 0 ? text : TL_STR("it does not say why")));
}

static int64_t left_ms(const struct job *job)
{
	return job->deadline_ms - tl_genesys_now(job->genesys);
}

static int timed_out(const struct job *job, struct tl_error *err)
{
	return tl_error_set(err, TL_TIMED_OUT, "simulation '%.*s' has not ended in time: the platform says '%.*s'; a longer '--timeout' waits on for it",
	                    TL_FMT(job->id), TL_FMT(tl_str_cut(job->status, 100)));
}

/* A job that is begun twice runs twice, which changes nothing; that it may have been is on record. */
static int submit(struct job *job, struct tl_error *err)
{
	struct tl_api_request api = {
		.method = "POST", .path = TL_STR(TL_CXONE_SIMULATOR), .body = body_of(&job->scratch, job->request), .again = TL_AGAIN_SAFE,
		.body_limit = ANSWER_BYTES, .accept_invalid = true, .deadline_ms = left_ms(job),
	};
	struct tl_api_answer answer = { 0 };
	int ret = job->genesys->send(&answer, &job->scratch, job->genesys->data, &api, err);

	tl_genesys_fill_call(&job->out->call, job->arena, &answer);
	job->out->possibly_twice = answer.repeated;
	job->out->own = ret == 0;
	if (ret == 0 && answer.status >= 400)
		ret = refused(job, &answer, err);
	if (ret == 0)
		ret = read_begun(job, answer.body, tl_genesys_what(&job->scratch, &api), err);
	if (ret == 0 && job->request->begun)
		job->request->begun(job->request->data, job->id);
	job->status = TL_STR("queued");
	return ret;
}

/* ---- waiting */

/* What a server on a bad day says; that is waited out. */
static bool passes(const struct tl_api_answer *answer, const struct tl_error *err)
{
	if (err->code == TL_INTERRUPTED)
		return false;
	return answer->status == 429 || answer->status >= 500 || err->code == TL_IO || err->code == TL_TIMED_OUT;
}

/* Asks once. *ended: the answer is whole; *gone: there is no such job. */
static int ask(bool *ended, bool *gone, struct job *job, struct tl_error *err)
{
	struct tl_api_request api = {
		.method = "GET", .path = job->path, .again = TL_AGAIN_SAFE, .body_limit = ANSWER_BYTES, .accept_missing = true, .deadline_ms = left_ms(job),
	};
	struct tl_api_answer answer = { 0 };
	struct tl_error own = { 0 };

	*ended = *gone = false;
	if (job->genesys->send(&answer, &job->scratch, job->genesys->data, &api, &own) != 0) {
		if (passes(&answer, &own))
			return 0;
		tl_genesys_fill_call(&job->out->call, job->arena, &answer);
		*err = own;
		return -1;
	}
	*gone = answer.status == 404;
	job->out->own = !*gone;
	return *gone ? 0 : read_answer(ended, job, answer.body, tl_genesys_what(&job->scratch, &api), err);
}

/* From here on the job is asked for by its id; false: it was so before. */
static bool ask_by_id(struct job *job)
{
	struct tl_str path = by_id(&job->scratch, job->id);

	if (tl_str_equal(job->path, path))
		return false;
	job->path = path;
	return true;
}

/* Waits for the job's end, `wait` ms before it is asked for first. */
static int wait_for(bool *gone, struct job *job, int64_t wait, struct tl_error *err)
{
	bool ended;

	*gone = false;
	for (;;) {
		int64_t left = left_ms(job);

		if (wait > 0 && tl_genesys_sleep(job->genesys, wait < left ? wait : left, err) != 0)
			return -1;
		if (left_ms(job) <= 0)
			return timed_out(job, err);
		if (ask(&ended, gone, job, err) != 0)
			return -1;
		if (*gone && ask_by_id(job)) {
			*gone = false;
			wait = 0;
			continue;
		}
		if (ended || *gone)
			return 0;
		wait = wait == 0 ? TL_CXONE_POLL_MS : wait * 2;
		if (wait > TL_CXONE_POLL_MOST_MS)
			wait = TL_CXONE_POLL_MOST_MS;
	}
}

/* Takes up what was begun before; *gone: the platform does not know it any more. */
static int resume(bool *gone, struct job *job, struct tl_error *err)
{
	job->id = tl_arena_dup(job->arena, job->request->job);
	job->path = by_id(&job->scratch, job->id);
	job->status = TL_STR("queued");
	job->out->resumed = true;
	return wait_for(gone, job, 0, err);
}

static int run(struct job *job, struct tl_error *err)
{
	bool gone = true;

	if (job->request->job.len > 0 && resume(&gone, job, err) != 0)
		return -1;
	if (!gone)
		return 0;
	job->out->resumed = false;
	if (submit(job, err) != 0 || wait_for(&gone, job, TL_CXONE_POLL_MS, err) != 0)
		return -1;
	return gone ? tl_error_set(err, TL_NOT_FOUND, "the platform does not know simulation '%.*s' any more, which it began a moment ago", TL_FMT(job->id)) : 0;
}

int tl_cxone_simulate(struct tl_remote_run *out, struct tl_arena *arena, void *state, const struct tl_remote_run_request *request,
                      struct tl_error *err)
{
	struct job job = { .genesys = state, .request = request, .out = out, .arena = arena };
	int ret;

	if (tl_simulation_check(&tl_cxone_limits, request, err) != 0)
		return -1;
	job.deadline_ms = tl_genesys_now(state) + (request->wait_ms > 0 ? request->wait_ms : TL_CXONE_WAIT_MS);
	ret = run(&job, err);
	out->simulation_id = job.id;
	tl_arena_clear(&job.scratch);
	return ret;
}
