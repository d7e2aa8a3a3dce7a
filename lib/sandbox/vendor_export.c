/* sandbox/vendor_export.c: export jobs (one flow: its file; several: an archive of them) and validate jobs, over flows that are there. */
#include "sandbox/vendor_job.h"

#define FLOWS_MAX 1000

/* ---- what is asked for */

static bool read_asked(struct tl_vendor_asked *asked, struct tl_arena *arena, const struct tl_item *item)
{
	const struct tl_item *flow = tl_item_get(item, "flow");
	struct tl_str type = tl_item_text(item, "exportType");

	*asked = (struct tl_vendor_asked){
		.id = tl_arena_dup(arena, tl_item_text(flow, "id")),
		.name = tl_arena_dup(arena, tl_item_text(flow, "name")),
		.type = tl_arena_dup(arena, tl_item_text(flow, "type")),
		.version = tl_arena_dup(arena, tl_item_text(flow, "version")),
		.file = tl_arena_dup(arena, tl_item_text(item, "fileName")),
		.yaml = type.len == 0 || tl_str_equal_nocase(type, TL_STR("Yaml")),
	};
	return (asked->id.len > 0 || (asked->name.len > 0 && asked->type.len > 0)) && (asked->yaml || tl_str_equal_nocase(type, TL_STR("Architect")));
}

/* NULL: 400 has been answered. */
static struct tl_vendor_job *read_job(struct tl_routed *call, enum tl_vendor_job_kind kind)
{
	const struct tl_item *body = tl_route_body_map(call), *flows = tl_item_get(body, "flows");
	struct tl_vendor_job *job;

	if (!body)
		return NULL;
	if (!flows || flows->kind != TL_LIST || flows->count == 0 || flows->count > FLOWS_MAX) {
		tl_vendor_refuse(call, 400, "architect.job.invalid.flows", NULL, "The body needs 'flows', a list of 1 to %d.", FLOWS_MAX);
		return NULL;
	}
	job = tl_vendor_job_new(call, kind);
	job->asked = TL_ARENA_ARRAY(&job->vendor->arena, struct tl_vendor_asked, flows->count);
	for (const struct tl_item *item = flows->first; item; item = item->next) {
		if (read_asked(&job->asked[job->n_asked++], &job->vendor->arena, item))
			continue;
		tl_vendor_refuse(call, 400, "architect.job.invalid.flows", NULL,
		                 "Each of the flows needs 'flow' with 'id', or with 'name' and 'type', and an 'exportType' of Yaml or Architect.");
		return NULL;
	}
	return job;
}

static void answer_registered(struct tl_routed *call, const struct tl_vendor_job *job)
{
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_put(json, "id", job->id);
	tl_json_put(json, "status", tl_str(job->status));
	tl_json_put_integer(json, "totalFlows", (int64_t)job->n_asked);
	tl_json_put(json, "selfUri", tl_arena_printf(call->arena, "%.*s/%.*s", TL_FMT(tl_exchange_path(call->exchange)), TL_FMT(job->id)));
	tl_json_map_end(json);
}

/* The version that is asked for: the last saved one where nothing is said. NULL: a message says that there is none. */
static const struct tl_vendor_version *find_version(struct tl_vendor_job *job, const struct tl_vendor_asked *asked, const struct tl_vendor_flow **flow)
{
	const struct tl_vendor_version *version;

	*flow = asked->id.len > 0 ? tl_vendor_flow(job->vendor, asked->id) : tl_vendor_flow_named(job->vendor, asked->name, asked->type);
	if (!*flow || (*flow)->deleted) {
		tl_vendor_job_say(job, "Error", "Could not find the flow with %s '%.*s'.", asked->id.len > 0 ? "id" : "name",
		                  TL_FMT(asked->id.len > 0 ? asked->id : asked->name));
		return NULL;
	}
	if (asked->version.len == 0 || tl_str_equal_nocase(asked->version, TL_STR("latest")))
		version = (*flow)->saved;
	else if (tl_str_equal_nocase(asked->version, TL_STR("published")))
		version = (*flow)->published;
	else
		version = tl_vendor_version(*flow, asked->version);
	if (!version)
		tl_vendor_job_say(job, "Error", "Could not find version '%.*s' of the flow '%.*s'.", TL_FMT(asked->version), TL_FMT((*flow)->name));
	return version;
}

/* ---- the other format: base64(encodeURIComponent(JSON)) */

static void put_percent(struct tl_buf *out, struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("-_.!~*'()", (char)c)))
			tl_buf_char(out, (char)c);
		else
			tl_buf_printf(out, "%%%02X", c);
	}
}

static void put_base64(struct tl_buf *out, struct tl_str text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < text.len; i += 3) {
		size_t left = text.len - i;
		unsigned bits = (unsigned)(unsigned char)text.ptr[i] << 16;

		bits |= left > 1 ? (unsigned)(unsigned char)text.ptr[i + 1] << 8 : 0;
		bits |= left > 2 ? (unsigned)(unsigned char)text.ptr[i + 2] : 0;
		tl_buf_char(out, digits[bits >> 18]);
		tl_buf_char(out, digits[bits >> 12 & 63]);
		tl_buf_char(out, left > 1 ? digits[bits >> 6 & 63] : '=');
		tl_buf_char(out, left > 2 ? digits[bits & 63] : '=');
	}
}

static struct tl_str write_other(struct tl_arena *arena, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	struct tl_buf text = { 0 }, encoded = { 0 }, out = { 0 };
	struct tl_json json;
	struct tl_str result;

	tl_json_init(&json, &text, false);
	tl_vendor_put_configuration(&json, flow, version);
	put_percent(&encoded, tl_buf_view(&text));
	put_base64(&out, tl_buf_view(&encoded));
	result = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&text);
	tl_buf_clear(&encoded);
	tl_buf_clear(&out);
	return result;
}

/* ---- the export job */

/* As it was asked for, else by the flow's name; a name that is taken gets the id. */
static struct tl_str file_name(struct tl_arena *arena, const struct tl_vendor_asked *asked, const struct tl_vendor_flow *flow, struct tl_map *taken)
{
	const char *extension = asked->yaml ? "yaml" : "i3Flow";
	struct tl_str name = asked->file.len > 0 ? asked->file : tl_arena_printf(arena, "%.*s.%s", TL_FMT(flow->name), extension);
	bool made;

	tl_map_put(taken, name, &made);
	return made ? name : tl_arena_printf(arena, "%.*s-%.*s.%s", TL_FMT(flow->name), TL_FMT(flow->id), extension);
}

static void export(struct tl_vendor_job *job)
{
	struct tl_arena scratch = { 0 };
	struct tl_vendor_file *files = TL_ARENA_ARRAY(&scratch, struct tl_vendor_file, job->n_asked);
	struct tl_map taken = { 0 };
	const struct tl_vendor_version *version;
	const struct tl_vendor_flow *flow;
	size_t count = 0;

	for (size_t i = tl_str_is(job->outcome, "omit") ? 1 : 0; i < job->n_asked; i++) {
		version = find_version(job, &job->asked[i], &flow);
		if (!version)
			continue;
		files[count].name = file_name(&scratch, &job->asked[i], flow, &taken);
		files[count++].bytes = job->asked[i].yaml ? tl_vendor_write(&scratch, version->content, job->vendor->style) : write_other(&scratch, flow, version);
	}
	if (count > 0 && job->n_asked == 1)
		job->content = tl_arena_dup(&job->vendor->arena, files[0].bytes);
	else if (count > 0)
		job->content = tl_vendor_zip(&job->vendor->arena, files, count);
	job->status = job->n_messages > 0 ? "Failure" : "Success";
	tl_map_clear(&taken);
	tl_arena_clear(&scratch);
}

static void handle_export(struct tl_routed *call)
{
	struct tl_vendor_job *job = read_job(call, TL_JOB_EXPORT);

	if (!job)
		return;
	answer_registered(call, job);
	tl_vendor_job_run(job, export);
}

static void handle_export_state(struct tl_routed *call)
{
	const struct tl_vendor_job *job = tl_vendor_job_of(call, TL_JOB_EXPORT);

	if (job)
		tl_vendor_job_put(call, job);
}

static void handle_download(struct tl_routed *call)
{
	const struct tl_vendor_job *job = tl_vendor_job_find(tl_vendor_of(call->sandbox), call->params[0]);

	if (!tl_vendor_job_signed(call, job))
		return;
	tl_route_empty(call, job->kind == TL_JOB_EXPORT && job->content.len > 0 ? 200 : 404);
	if (call->status != 200)
		return;
	tl_buf_str(&call->body, job->content);
	call->type = job->n_asked > 1 ? "application/zip" : "application/octet-stream";
}

/* ---- the validate job */

static void validate(struct tl_vendor_job *job)
{
	struct tl_arena arena = { 0 };
	const struct tl_vendor_version *version;
	const struct tl_vendor_flow *flow;
	struct tl_vendor_source source;
	struct tl_str missing;

	for (size_t i = 0; i < job->n_asked; i++) {
		version = find_version(job, &job->asked[i], &flow);
		if (!version)
			continue;
		tl_vendor_read(&source, &arena, version->content);
		for (size_t j = 0; j < source.n_errors; j++)
			tl_vendor_job_say(job, "Error", "Flow '%.*s': %.*s", TL_FMT(flow->name), TL_FMT(source.errors[j]));
		missing = tl_vendor_missing(&arena, job->vendor, version->content);
		if (job->vendor->strict && missing.len > 0)
			tl_vendor_job_say(job, "Error", "Flow '%.*s': unable to find %.*s.", TL_FMT(flow->name), TL_FMT(missing));
	}
	job->status = job->n_messages > 0 ? "Failure" : "Success";
	tl_arena_clear(&arena);
}

static void handle_validate(struct tl_routed *call)
{
	struct tl_vendor_job *job = read_job(call, TL_JOB_VALIDATE);

	if (!job)
		return;
	answer_registered(call, job);
	tl_vendor_job_run(job, validate);
}

static void handle_validate_state(struct tl_routed *call)
{
	const struct tl_vendor_job *job = tl_vendor_job_of(call, TL_JOB_VALIDATE);

	if (job)
		tl_vendor_job_put(call, job);
}

static const struct tl_route route_table[] = {
	{ "POST", "/api/v2/flows/export/jobs", "architect:jobExport:create", handle_export, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/export/jobs/{id}", "architect:jobExport:view", handle_export_state, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/validate/jobs", "architect:jobValidate:create", handle_validate, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/validate/jobs/{id}", "architect:jobValidate:view", handle_validate_state, TL_GUARD_TOKEN, 0 },
	{ "GET", "/store/architect/{id}", NULL, handle_download, TL_GUARD_OPEN, 0 },
};

const struct tl_part tl_part_vendor_export = {
	.name = "architect exports",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};
