/* sandbox/vendor_job.c: jobs as such, and the import job: an address to put YAML to, and what becomes of it. */
#include "sandbox/vendor_job.h"

#include <stdlib.h>

/* ---- any job */

struct tl_vendor_job *tl_vendor_job_new(struct tl_routed *call, enum tl_vendor_job_kind kind)
{
	static const char *const command_table[] = { [TL_JOB_IMPORT] = "Publish", [TL_JOB_EXPORT] = "Export", [TL_JOB_VALIDATE] = "Validate" };
	struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_vendor_job *job = TL_ARENA_NEW(&vendor->arena, struct tl_vendor_job);
	const struct tl_fault *fault = tl_sandbox_job_fault(call);

	job->vendor = vendor;
	job->kind = kind;
	job->id = tl_sandbox_uuid(&vendor->arena);
	job->actor = tl_vendor_actor(call);
	job->status = "Registered";
	job->command = command_table[kind];
	job->signature = tl_sandbox_secret(&vendor->arena, 64);
	job->url_end_ms = tl_vendor_now(vendor) + vendor->url_ms;
	if (fault) {
		job->outcome = tl_arena_dup(&vendor->arena, fault->what);
		job->reason = tl_arena_dup(&vendor->arena, fault->reason);
	}
	vendor->jobs = tl_grow(vendor->jobs, &vendor->job_capacity, vendor->n_jobs + 1, sizeof(struct tl_vendor_job *));
	vendor->jobs[vendor->n_jobs++] = job;
	tl_map_put(&vendor->job_ids, job->id, NULL)->value.ptr = job;
	return job;
}

struct tl_vendor_job *tl_vendor_job_find(const struct tl_vendor *vendor, struct tl_str id)
{
	return tl_map_ptr(&vendor->job_ids, id);
}

struct tl_vendor_job *tl_vendor_job_of(struct tl_routed *call, enum tl_vendor_job_kind kind)
{
	struct tl_vendor_job *job = tl_vendor_job_find(tl_vendor_of(call->sandbox), call->params[0]);

	if (job && job->kind == kind)
		return job;
	tl_vendor_refuse(call, 404, "architect.job.not.found", NULL, "Could not find the job with id '%.*s'.", TL_FMT(call->params[0]));
	return NULL;
}

void tl_vendor_clear_jobs(struct tl_vendor *vendor)
{
	for (size_t i = 0; i < vendor->n_jobs; i++)
		free(vendor->jobs[i]->messages);
	free(vendor->jobs);
	tl_map_clear(&vendor->job_ids);
}

void tl_vendor_job_say(struct tl_vendor_job *job, const char *type, const char *fmt, ...)
{
	va_list args;
	struct tl_str text;

	va_start(args, fmt);
	text = tl_arena_vprintf(&job->vendor->arena, fmt, args);
	va_end(args);
	job->messages = tl_grow(job->messages, &job->message_capacity, job->n_messages + 1, sizeof(*job->messages));
	job->messages[job->n_messages++] = (struct tl_vendor_message){ tl_vendor_now(job->vendor), type, text };
}

/* ---- how it runs */

struct running {
	struct tl_vendor_job *job;
	void (*work)(struct tl_vendor_job *job);
};

/* Whether a fault ended it. */
static bool end_by_fault(struct tl_vendor_job *job)
{
	if (tl_str_is(job->outcome, "fail"))
		tl_vendor_job_say(job, "Error", "%s", job->reason.len > 0 ? job->reason.ptr : "An unexpected error occurred while the job was processed.");
	else if (tl_str_is(job->outcome, "not-found"))
		tl_vendor_job_say(job, "Error", "Could not find the flow with id '%.*s'. The command ended with exit code 107.",
		                  TL_FMT(job->n_asked > 0 && job->asked[0].id.len > 0 ? job->asked[0].id : job->id));
	else if (!tl_str_is(job->outcome, "silent"))
		return false;
	job->status = "Failure";
	return true;
}

static void finish(void *data)
{
	struct running *running = data;

	if (!end_by_fault(running->job))
		running->work(running->job);
}

static void start(void *data)
{
	struct running *running = data;
	struct tl_vendor_job *job = running->job;

	job->status = "Started";
	if (tl_str_is(job->outcome, "hang"))
		job->hangs = running->work;
	else
		tl_server_after(tl_sandbox_server(job->vendor->sandbox), job->vendor->run_ms, finish, running);
}

void tl_vendor_job_run(struct tl_vendor_job *job, void (*work)(struct tl_vendor_job *job))
{
	struct running *running = TL_ARENA_NEW(&job->vendor->arena, struct running);

	*running = (struct running){ job, work };
	tl_server_after(tl_sandbox_server(job->vendor->sandbox), job->vendor->start_ms, start, running);
}

size_t tl_vendor_job_release(struct tl_vendor *vendor, struct tl_str reason)
{
	size_t count = 0;

	for (size_t i = 0; i < vendor->n_jobs; i++) {
		struct tl_vendor_job *job = vendor->jobs[i];

		if (!job->hangs)
			continue;
		if (reason.len > 0) {
			tl_vendor_job_say(job, "Error", "%.*s", TL_FMT(reason));
			job->status = "Failure";
		} else {
			job->hangs(job);
		}
		job->hangs = NULL;
		count++;
	}
	return count;
}

/* ---- how it is shown */

static void put_messages(struct tl_json *json, const struct tl_vendor_job *job)
{
	tl_json_key(json, "messages");
	tl_json_list(json);
	for (size_t i = 0; i < job->n_messages; i++) {
		tl_json_map(json);
		tl_vendor_put_time(json, "dateTime", job->messages[i].at_ms);
		tl_json_put(json, "type", tl_str(job->messages[i].type));
		tl_json_put(json, "text", job->messages[i].text);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

static bool wants_messages(const struct tl_routed *call)
{
	size_t count;
	const struct tl_str *expand = tl_vendor_query(&count, call, "expand");

	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(expand[i], "messages"))
			return true;
	}
	return false;
}

static bool is_over(const struct tl_vendor_job *job)
{
	return strcmp(job->status, "Success") == 0 || strcmp(job->status, "Failure") == 0;
}

/* Its presigned address. */
static struct tl_str presigned(const struct tl_routed *call, const struct tl_vendor_job *job)
{
	return tl_arena_printf(call->arena, "%.*s/store/architect/%.*s?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=%lld&X-Amz-Signature=%.*s",
	                       TL_FMT(tl_server_address(call->sandbox->architect.server)), TL_FMT(job->id), (long long)(job->vendor->url_ms / 1000),
	                       TL_FMT(job->signature));
}

void tl_vendor_job_put(struct tl_routed *call, const struct tl_vendor_job *job)
{
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_put(json, "id", job->id);
	if (job->flow) {
		tl_json_key(json, "flow");
		tl_json_map(json);
		tl_json_put(json, "id", job->flow->id);
		tl_json_put(json, "selfUri", tl_arena_printf(call->arena, "/api/v2/flows/%.*s", TL_FMT(job->flow->id)));
		tl_json_map_end(json);
	}
	tl_json_put(json, "status", tl_str(job->status));
	tl_json_put(json, "command", tl_str(job->command));
	if (job->kind == TL_JOB_EXPORT && job->content.len > 0)
		tl_json_put(json, "downloadUrl", presigned(call, job));
	if (wants_messages(call) && (job->n_messages > 0 || is_over(job)))
		put_messages(json, job);
	tl_json_put(json, "selfUri", tl_exchange_path(call->exchange));
	tl_json_map_end(json);
}

/* ---- presigned addresses */

/* What the address was signed with: the upload has to send it again. */
static const struct {
	const char *name, *value;
} header_table[] = {
	{ "x-amz-server-side-encryption", "AES256" },
	{ "x-amz-tagging", "service=architect&kind=flow" },
};

/* As the vendor's store answers, in XML. */
static void refuse_store(struct tl_routed *call, int status, const char *code, const char *message)
{
	tl_route_empty(call, status);
	tl_buf_printf(&call->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message);
	call->type = "application/xml";
}

bool tl_vendor_job_signed(struct tl_routed *call, const struct tl_vendor_job *job)
{
	struct tl_str signature = tl_exchange_query(call->exchange, "X-Amz-Signature");

	if (tl_exchange_header(call->exchange, "authorization").ptr)
		refuse_store(call, 400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
		             "parameter or the Authorization header should be specified");
	else if (!job || !tl_sandbox_same(signature, job->signature))
		refuse_store(call, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
	else if (tl_str_is(job->outcome, "url-expired") || tl_vendor_now(job->vendor) >= job->url_end_ms)
		refuse_store(call, 403, "AccessDenied", "Request has expired");
	else if (tl_str_is(job->outcome, "upload-refused"))
		refuse_store(call, 403, "AccessDenied", "Access Denied");
	else
		return true;
	return false;
}

/* Over HTTP/2 such headers are not seen at all, so that nothing can be said of them. */
static bool check_headers(struct tl_routed *call)
{
	bool seen = !call->sandbox->config.tls;

	for (size_t i = 0; i < TL_COUNT(header_table); i++)
		seen = seen || tl_exchange_header(call->exchange, header_table[i].name).ptr;
	for (size_t i = 0; seen && i < TL_COUNT(header_table); i++) {
		if (tl_str_is(tl_exchange_header(call->exchange, header_table[i].name), header_table[i].value))
			continue;
		refuse_store(call, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
		return false;
	}
	return true;
}

/* ---- the import job */

static bool refused_by_lock(const struct tl_vendor_job *job, const struct tl_vendor_flow *flow)
{
	return flow->holder && (flow->holder != job->actor || job->vendor->own_lock_refused);
}

/* Why it cannot publish that; messages say so. */
static bool is_refused(struct tl_vendor_job *job, const struct tl_vendor_flow *flow, const struct tl_vendor_source *source)
{
	struct tl_vendor *vendor = job->vendor;
	struct tl_arena arena = { 0 };
	size_t count;
	const struct tl_vendor_need *needs = tl_vendor_needs(&count, &arena, vendor, job->content);
	size_t before = job->n_messages;
	const char *code, *why = tl_vendor_bad_name(source->name, &code);

	if (why)
		tl_vendor_job_say(job, "Error", "The flow name '%.*s' is invalid: %s.", TL_FMT(source->name), why);
	if (!tl_vendor_may(vendor, job->actor, TL_STR("architect:flow:publish")))
		tl_vendor_job_say(job, "Error", "Unable to publish the flow '%.*s': missing the following permission(s): architect:flow:publish", TL_FMT(source->name));
	if (flow && refused_by_lock(job, flow))
		tl_vendor_job_say(job, "Error", "Flow '%.*s' is locked by another entity. You can use the --forceUnlock command line parameter to unlock it.",
		                  TL_FMT(source->name));
	else if (flow && flow->operation.action && !flow->operation.complete)
		tl_vendor_job_say(job, "Error", "An operation is already in progress on the flow '%.*s'.", TL_FMT(source->name));
	for (size_t i = 0; vendor->strict && i < count; i++) {
		if (needs[i].id.len == 0)
			tl_vendor_job_say(job, "Error", "Unable to find the %s '%.*s'.", needs[i].noun, TL_FMT(needs[i].name));
	}
	tl_arena_clear(&arena);
	return job->n_messages > before;
}

static void publish(struct tl_vendor_job *job, struct tl_vendor_flow *flow, const struct tl_vendor_source *source)
{
	struct tl_arena *arena = &job->vendor->arena;
	struct tl_vendor_version *version;

	flow->description = tl_arena_dup(arena, source->description);
	version = tl_vendor_add_version(flow, TL_VENDOR_PUBLISH, job->content, job->actor);
	flow->holder = NULL;
	flow->operation = (struct tl_vendor_operation){
		.id = tl_sandbox_uuid(arena), .flow = flow->id, .actor = job->actor, .action = "PUBLISH", .status = "SUCCESS", .complete = true,
	};
	tl_vendor_event(flow, "PUBLISH", job->actor, version->id);
	job->flow = flow;
	job->status = "Success";
	tl_vendor_changed(flow);
}

static void import(struct tl_vendor_job *job)
{
	struct tl_arena arena = { 0 };
	struct tl_vendor_source source;
	struct tl_vendor_flow *flow;

	tl_vendor_read(&source, &arena, job->content);
	for (size_t i = 0; i < source.n_errors; i++)
		tl_vendor_job_say(job, "Error", "%.*s", TL_FMT(source.errors[i]));
	flow = source.n_errors == 0 ? tl_vendor_flow_named(job->vendor, source.name, source.type) : NULL;
	job->command = flow || source.n_errors > 0 ? "Publish" : "Create";
	if (source.n_errors > 0 || is_refused(job, flow, &source))
		job->status = "Failure";
	else
		publish(job, flow ? flow : tl_vendor_add_flow(job->vendor, TL_STR(""), source.name, source.type), &source);
	tl_arena_clear(&arena);
}

static void handle_register(struct tl_routed *call)
{
	const struct tl_vendor_job *job = tl_vendor_job_new(call, TL_JOB_IMPORT);
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_put(json, "id", job->id);
	tl_json_put(json, "presignedUrl", presigned(call, job));
	tl_json_key(json, "headers");
	tl_json_map(json);
	for (size_t i = 0; i < TL_COUNT(header_table); i++)
		tl_json_put(json, header_table[i].name, tl_str(header_table[i].value));
	tl_json_map_end(json);
	tl_json_put(json, "selfUri", tl_arena_printf(call->arena, "/api/v2/flows/jobs/%.*s", TL_FMT(job->id)));
	tl_json_map_end(json);
}

static void handle_upload(struct tl_routed *call)
{
	struct tl_vendor_job *job = tl_vendor_job_find(tl_vendor_of(call->sandbox), call->params[0]);

	if (!tl_vendor_job_signed(call, job) || !check_headers(call))
		return;
	if (job->kind != TL_JOB_IMPORT) {
		refuse_store(call, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
		return;
	}
	tl_route_empty(call, 200);
	/* The store takes a second upload, which the job no longer sees. */
	if (job->uploaded)
		return;
	job->uploaded = true;
	job->content = tl_arena_dup(&job->vendor->arena, tl_exchange_body(call->exchange));
	tl_vendor_job_run(job, import);
}

static void handle_state(struct tl_routed *call)
{
	const struct tl_vendor_job *job = tl_vendor_job_of(call, TL_JOB_IMPORT);

	if (job)
		tl_vendor_job_put(call, job);
}

static const struct tl_route route_table[] = {
	{ "POST", "/api/v2/flows/jobs", "architect:job:create", handle_register, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/jobs/{id}", "architect:job:view", handle_state, TL_GUARD_TOKEN, 0 },
	{ "PUT", "/store/architect/{id}", NULL, handle_upload, TL_GUARD_OPEN, 0 },
};

const struct tl_part tl_part_vendor_jobs = {
	.name = "architect jobs",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};
