/* platform/genesys_run.c: the platform's own judgement of a flow, and calls on its simulators. */
#include <stdio.h>

#include "doc/json.h"
#include "platform/genesys.h"

#define ANSWER_BYTES ((size_t)64 << 20)
/* What the contract says where nothing else is asked for. */
#define TRACE_DEPTH 5
#define MAX_TIME_MS 120000

/* ---- validation */

/* The entries of a list of the answer, appended; they are errors or warnings. */
static int add_findings(struct tl_remote_findings *out, struct tl_arena *arena, const struct tl_item *list, bool error, struct tl_str what,
                        struct tl_error *err)
{
	for (const struct tl_item *item = list ? list->first : NULL; item; item = item->next) {
		struct tl_remote_finding *finding = &out->items[out->count];

		if (tl_genesys_finding(finding, arena, item, what, err) != 0)
			return -1;
		finding->error = error;
		out->count++;
	}
	return 0;
}

static int read_judgement(struct tl_remote_findings *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what,
                          struct tl_error *err)
{
	const struct tl_item *valid, *errors, *warnings;

	if (tl_genesys_member(&valid, root, "valid", TL_BOOLEAN, what, err) != 0 ||
	    tl_genesys_member_maybe(&errors, root, "errors", TL_LIST, what, err) != 0 ||
	    tl_genesys_member_maybe(&warnings, root, "warnings", TL_LIST, what, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_remote_finding, (errors ? errors->count : 0) + (warnings ? warnings->count : 0));
	out->valid = valid->boolean;
	if (add_findings(out, arena, errors, true, what, err) != 0 || add_findings(out, arena, warnings, false, what, err) != 0)
		return -1;
	if (out->valid && errors && errors->count > 0)
		return tl_genesys_bad(err, what, "it says that the flow is valid, and that it has errors");
	return 0;
}

/* A platform that refuses to look at the flow at all has judged it too. */
static void read_refusal(struct tl_remote_findings *out, struct tl_arena *arena, const struct tl_api_answer *answer)
{
	struct tl_str code, text;

	tl_genesys_complaint(&code, &text, arena, answer->body);
	out->items = TL_ARENA_NEW(arena, struct tl_remote_finding);
	out->items[0] = (struct tl_remote_finding){
		.error = true,
		.node = TL_STR(""),
		.field = TL_STR(""),
		.code = code,
		.message = text.len > 0 ? text : TL_STR("the platform refuses the flow and does not say why"),
	};
	out->count = 1;
}

static int validate(struct tl_remote_findings *out, struct tl_arena *arena, struct tl_genesys *genesys, const struct tl_api_request *request,
                    struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_api_answer answer = { 0 };
	struct tl_str what = tl_genesys_what(&scratch, request);
	struct tl_doc *doc = NULL;
	int ret = genesys->send(&answer, &scratch, genesys->data, request, err);

	if (ret != 0)
		goto out;
	if (answer.status >= 400) {
		read_refusal(out, arena, &answer);
		goto out;
	}
	ret = tl_genesys_document(&doc, answer.body, what, err);
	if (ret == 0)
		ret = read_judgement(out, arena, doc->root, what, err);
out:
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}

int tl_genesys_validate(struct tl_remote_findings *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_flow *flow,
                        struct tl_error *err)
{
	struct tl_api_request request = { .method = "POST", .again = TL_AGAIN_SAFE, .body_limit = ANSWER_BYTES, .accept_invalid = true };
	struct tl_arena scratch = { 0 };
	struct tl_item *wire;
	int ret = -1;

	*out = (struct tl_remote_findings){ .valid = true };
	/* It judges by the flow's id: what it has not got it cannot judge. */
	if (id.len == 0)
		return 0;
	if (tl_genesys_path(&request.path, &scratch, id, "/validate", err) != 0 || tl_genesys_compile(&wire, &scratch, flow, err) != 0)
		goto out;
	tl_item_put(wire, TL_STR("id"), tl_item_string(&scratch, id));
	request.body = tl_genesys_text(&scratch, wire);
	*out = (struct tl_remote_findings){ 0 };
	ret = validate(out, arena, state, &request, err);
out:
	if (ret != 0)
		*out = (struct tl_remote_findings){ 0 };
	tl_arena_clear(&scratch);
	return ret;
}

/* ---- simulation: what is asked */

static struct tl_item *variables_of(struct tl_arena *arena, const struct tl_remote_run_request *request)
{
	return request->variables ? tl_item_copy(arena, request->variables) : tl_item_new(arena, TL_MAP);
}

static struct tl_item *ivr_input(struct tl_arena *arena, const struct tl_remote_run_request *request)
{
	struct tl_item *input = tl_item_new(arena, TL_MAP), *dtmf = tl_item_new(arena, TL_LIST);
	struct tl_item *speech = tl_item_new(arena, TL_MAP), *caller = tl_item_new(arena, TL_MAP);

	for (size_t i = 0; i < request->n_inputs; i++)
		tl_item_add(dtmf, tl_item_string(arena, request->inputs[i]));
	tl_item_put_some(speech, "transcript", tl_item_string(arena, request->transcript));
	tl_item_put_some(speech, "confidence", tl_item_number(arena, request->confidence));
	tl_item_put_text(arena, caller, "phoneNumber", request->phone_number);
	tl_item_put_text(arena, caller, "name", request->name);
	tl_item_put_some(input, "dtmf", dtmf);
	if (request->transcript.len > 0)
		tl_item_put_some(input, "speech", speech);
	if (caller->count > 0)
		tl_item_put_some(input, "callerId", caller);
	tl_item_put_some(input, "variables", variables_of(arena, request));
	tl_item_put_some(input, "maxSimulationTime", tl_item_number(arena, (double)(request->max_time_ms > 0 ? request->max_time_ms : MAX_TIME_MS)));
	tl_item_put_some(input, "traceDepth", tl_item_number(arena, request->trace_depth > 0 ? request->trace_depth : TRACE_DEPTH));
	return input;
}

static struct tl_item *ivr_body(struct tl_arena *arena, const struct tl_remote_run_request *request)
{
	struct tl_item *body = tl_item_new(arena, TL_MAP);

	tl_item_put_some(body, "flowId", tl_item_string(arena, request->id));
	tl_item_put_some(body, "simulationType", tl_item_string(arena, TL_STR("IVR")));
	tl_item_put_some(body, "input", ivr_input(arena, request));
	return body;
}

static struct tl_item *chat_body(struct tl_arena *arena, const struct tl_remote_run_request *request)
{
	struct tl_item *body = tl_item_new(arena, TL_MAP), *transcript = tl_item_new(arena, TL_LIST);

	for (size_t i = 0; i < request->n_inputs; i++) {
		struct tl_item *said = tl_item_add(transcript, tl_item_new(arena, TL_MAP));

		tl_item_put_some(said, "from", tl_item_string(arena, TL_STR("user")));
		tl_item_put_some(said, "text", tl_item_string(arena, request->inputs[i]));
	}
	tl_item_put_some(body, "transcript", transcript);
	tl_item_put_some(body, "initialData", variables_of(arena, request));
	return body;
}

static int make_request(struct tl_api_request *out, struct tl_arena *arena, const struct tl_remote_run_request *request, struct tl_error *err)
{
	bool chat = request->kind == TL_REMOTE_CHAT;

	*out = (struct tl_api_request){ .method = "POST", .again = TL_AGAIN_SAFE, .body_limit = ANSWER_BYTES, .accept_invalid = true,
	                                .accept_missing = true, .accept_conflict = true };
	if (chat && tl_genesys_path(&out->path, arena, request->id, "/simulate", err) != 0)
		return -1;
	if (!chat)
		out->path = TL_STR(TL_GENESYS_FLOWS "/simulation/run");
	out->body = tl_genesys_text(arena, chat ? chat_body(arena, request) : ivr_body(arena, request));
	return 0;
}

/* ---- simulation: what is answered */

/* An error is a text, or an object with a message. */
static int read_error(struct tl_str *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err)
{
	*out = TL_STR("");
	if (!item || item->kind == TL_NULL)
		return 0;
	if (item->kind == TL_STRING)
		*out = tl_arena_dup(arena, item->text);
	else if (item->kind == TL_MAP && tl_item_text(item, "message").len > 0)
		*out = tl_arena_dup(arena, tl_item_text(item, "message"));
	else
		return tl_genesys_bad(err, what, "one of its errors is neither a text nor an object with a 'message'");
	return 0;
}

static int read_step(struct tl_remote_step *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err)
{
	if (tl_genesys_read_text(&out->node, arena, item, "nodeId", true, what, err) != 0 || tl_genesys_read_text(&out->type, arena, item, "nodeType", true, what, err) != 0 ||
	    tl_genesys_read_text(&out->status, arena, item, "status", true, what, err) != 0 ||
	    tl_genesys_read_text(&out->timestamp, arena, item, "timestamp", false, what, err) != 0 ||
	    tl_genesys_read_map(&out->variables, arena, item, "variables", what, err) != 0 || tl_genesys_read_map(&out->properties, arena, item, "properties", what, err) != 0)
		return -1;
	return read_error(&out->error, arena, tl_item_get(item, "error"), what, err);
}

static int read_trace(struct tl_remote_run *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *trace;

	if (tl_genesys_member(&trace, root, "trace", TL_LIST, what, err) != 0)
		return -1;
	out->steps = TL_ARENA_ARRAY(arena, struct tl_remote_step, trace->count);
	for (const struct tl_item *item = trace->first; item; item = item->next) {
		if (read_step(&out->steps[out->n_steps], arena, item, what, err) != 0)
			return -1;
		out->n_steps++;
	}
	return 0;
}

static int read_errors(struct tl_remote_run *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *errors;

	if (tl_genesys_member_maybe(&errors, root, "errors", TL_LIST, what, err) != 0)
		return -1;
	out->errors = TL_ARENA_ARRAY(arena, struct tl_str, errors ? errors->count : 0);
	for (const struct tl_item *item = errors ? errors->first : NULL; item; item = item->next) {
		if (read_error(&out->errors[out->n_errors], arena, item, what, err) != 0)
			return -1;
		out->n_errors++;
	}
	return 0;
}

static int read_run(struct tl_remote_run *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	if (tl_genesys_read_text(&out->status, arena, root, "status", true, what, err) != 0 ||
	    tl_genesys_read_text(&out->simulation_id, arena, root, "simulationId", false, what, err) != 0 ||
	    read_trace(out, arena, root, what, err) != 0 || read_errors(out, arena, root, what, err) != 0)
		return -1;
	return tl_genesys_read_map(&out->variables, arena, root, "variables", what, err);
}

static int refused(struct tl_arena *arena, const struct tl_remote_run_request *request, const struct tl_api_answer *answer, struct tl_error *err)
{
	struct tl_str code, text;

	if (answer->status == 404)
		return tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(request->id));
	tl_genesys_complaint(&code, &text, arena, answer->body);
	return tl_error_set(err, TL_REFUSED, "the platform does not simulate this call of flow '%.*s' (%d): %.*s", TL_FMT(request->id), answer->status,
	                    TL_FMT(text.len > 0 ? text : TL_STR("it does not say why")));
}

int tl_genesys_simulate(struct tl_remote_run *out, struct tl_arena *arena, void *state, const struct tl_remote_run_request *request,
                        struct tl_error *err)
{
	struct tl_genesys *genesys = state;
	struct tl_arena scratch = { 0 };
	struct tl_api_answer answer = { 0 };
	struct tl_api_request api;
	struct tl_doc *doc = NULL;
	struct tl_str what;
	int ret = make_request(&api, &scratch, request, err);

	if (ret != 0)
		goto out;
	what = tl_genesys_what(&scratch, &api);
	ret = genesys->send(&answer, &scratch, genesys->data, &api, err);
	tl_genesys_fill_call(&out->call, arena, &answer);
	out->own = ret == 0 && answer.status != 404;
	if (ret == 0 && answer.status >= 400)
		ret = refused(&scratch, request, &answer, err);
	if (ret == 0)
		ret = tl_genesys_document(&doc, answer.body, what, err);
	if (ret == 0)
		ret = read_run(out, arena, doc->root, what, err);
out:
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}
