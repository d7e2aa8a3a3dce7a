#include "vendor_yard.h"

#include <stdio.h>

#include "doc/json.h"
#include "platform/drivers.h"

#define OUR_CLIENT "client-1"

static bool is(const struct org *org, const char *bad)
{
	return org->bad && strcmp(org->bad, bad) == 0;
}

/* ---- flows */

struct tl_str org_yaml(struct tl_arena *arena, const char *type, const char *name, const char *words)
{
	return tl_arena_printf(arena, "%s:\n  name: %s\n  startUpRef: \"./tasks/task[Greet_10]\"\n  tasks:\n    - task:\n        name: Greet\n"
	                       "        refId: Greet_10\n        actions:\n          - playAudio:\n              name: Say hello\n"
	                       "              audio:\n                tts: %s\n          - disconnect:\n              name: Bye\n", type, name, words);
}

struct tl_flow *org_source(const char *type, const char *name, const char *words)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_arena arena = { 0 };
	struct tl_flow *flow;

	tl_flow_read(&flow, TL_STR("main.yaml"), org_yaml(&arena, type, name, words), &lower);
	assert_non_null(flow);
	tl_arena_clear(&arena);
	return flow;
}

static void upper(char *out, size_t size, struct tl_str text)
{
	size_t n = text.len < size - 1 ? text.len : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = text.ptr[i] >= 'a' && text.ptr[i] <= 'z' ? (char)(text.ptr[i] - 32) : text.ptr[i];
	out[n] = '\0';
}

static struct org_flow *new_flow(struct org *org, struct tl_str type, struct tl_str name)
{
	struct org_flow *flow = &org->flows[org->n_flows++];

	assert_true(org->n_flows <= ORG_FLOWS);
	upper(flow->type, sizeof(flow->type), type);
	snprintf(flow->name, sizeof(flow->name), "%.*s", TL_FMT(name));
	snprintf(flow->id, sizeof(flow->id), strcmp(flow->type, "INBOUNDCALL") == 0 ? "id-%s" : "id-%s-%s", flow->name, flow->type);
	return flow;
}

static void write_version(struct org *org, struct org_flow *flow, const char *by, bool publish, bool draft, struct tl_str yaml)
{
	struct org_version *last = flow->count > 0 ? &flow->versions[flow->count - 1] : NULL, *version = &flow->versions[flow->count++];

	assert_true(flow->count <= ORG_VERSIONS);
	version->major = last ? last->major + !draft : !draft;
	version->minor = draft ? (last ? last->minor : 0) + 1 : 0;
	version->by = by;
	version->publishes = publish;
	version->yaml = tl_arena_dup(&org->arena, yaml);
	flow->saved = flow->count;
	if (!draft)
		flow->checked_in = flow->count;
	if (publish)
		flow->published = flow->count;
}

void org_edit(struct org *org, struct org_flow *flow, const char *by, bool publish, bool draft, const char *words)
{
	struct tl_arena arena = { 0 };

	write_version(org, flow, by, publish, draft, org_yaml(&arena, "inboundCall", flow->name, words));
	tl_arena_clear(&arena);
}

struct org_flow *org_add(struct org *org, const char *type, const char *name, const char *words)
{
	struct org_flow *flow = new_flow(org, tl_str(type), tl_str(name));
	struct tl_arena arena = { 0 };

	write_version(org, flow, "Alice", true, false, org_yaml(&arena, type, name, words));
	tl_arena_clear(&arena);
	return flow;
}

bool org_says(const struct org_flow *flow, const char *words)
{
	return flow->published > 0 && tl_str_find(flow->versions[flow->published - 1].yaml, tl_str(words), 0) != SIZE_MAX;
}

struct org_flow *org_find(struct org *org, const char *name)
{
	for (size_t i = 0; i < org->n_flows; i++) {
		if (strcmp(org->flows[i].name, name) == 0)
			return &org->flows[i];
	}
	return NULL;
}

/* ---- answers */

static int say(struct tl_api_answer *out, struct tl_arena *arena, int status, struct tl_buf *buf)
{
	out->status = status;
	out->attempts++;
	out->body = tl_arena_dup(arena, tl_buf_view(buf));
	out->correlation = TL_STR("corr-1");
	tl_buf_clear(buf);
	return 0;
}

static int complain(struct tl_api_answer *out, struct tl_arena *arena, int status, const char *code)
{
	struct tl_buf buf = { 0 };

	tl_buf_printf(&buf, "{\"message\":\"no: %s\",\"code\":\"%s\",\"status\":%d}", code, code, status);
	return say(out, arena, status, &buf);
}

static int lose(struct tl_api_answer *out, struct tl_error *err)
{
	out->fate = TL_HTTP_LOST;
	out->attempts++;
	return tl_error_set(err, TL_LOST, "the answer was lost");
}

static void put_version(struct tl_buf *buf, const struct org_version *version)
{
	bool us = strcmp(version->by, "us") == 0;

	tl_buf_printf(buf, "{\"id\":\"%u.%u\",\"commitVersion\":\"%u\",\"configurationVersion\":\"%u\",\"type\":\"%s\",\"dateSaved\":1781690400000,", version->major, version->minor,
	              version->major, version->minor, version->publishes ? "PUBLISH" : version->minor > 0 ? "SAVE" : "CHECKIN");
	if (us)
		tl_buf_text(buf, "\"createdByClient\":{\"id\":\"" OUR_CLIENT "\",\"name\":\"CI\"}}");
	else
		tl_buf_printf(buf, "\"createdBy\":{\"id\":\"u-1\",\"name\":\"%s\"}}", version->by);
}

static void put_maybe(struct tl_buf *buf, const struct org_flow *flow, const char *key, size_t version)
{
	if (version == 0)
		return;
	tl_buf_printf(buf, ",\"%s\":", key);
	put_version(buf, &flow->versions[version - 1]);
}

static void put_flow(struct tl_buf *buf, const struct org_flow *flow)
{
	tl_buf_printf(buf, "{\"id\":\"%s\",\"name\":\"%s\",\"type\":\"%s\",\"active\":true,\"system\":false,\"deleted\":%s", flow->id, flow->name, flow->type,
	              flow->deleted ? "true" : "false");
	put_maybe(buf, flow, "publishedVersion", flow->published);
	put_maybe(buf, flow, "checkedInVersion", flow->checked_in);
	put_maybe(buf, flow, "savedVersion", flow->saved);
	if (flow->holder && strcmp(flow->holder, "us") == 0)
		tl_buf_text(buf, ",\"lockedClient\":{\"id\":\"" OUR_CLIENT "\",\"name\":\"CI\"}");
	else if (flow->holder && strncmp(flow->holder, "client:", 7) == 0)
		tl_buf_printf(buf, ",\"lockedClient\":{\"id\":\"client-2\",\"name\":\"%s\"}", flow->holder + 7);
	else if (flow->holder)
		tl_buf_printf(buf, ",\"lockedUser\":{\"id\":\"u-1\",\"name\":\"%s\"}", flow->holder);
	if (flow->operation)
		tl_buf_printf(buf, ",\"currentOperation\":{\"id\":\"o\",\"complete\":false,\"actionName\":\"%s\",\"actionStatus\":\"STARTED\",\"user\":{\"name\":\"Bob\"}}", flow->operation);
	tl_buf_text(buf, ",\"selfUri\":\"/api/v2/flows/x\"}");
}

/* ---- reading */

static struct org_flow *by_id(struct org *org, struct tl_str id)
{
	for (size_t i = 0; i < org->n_flows; i++) {
		if (tl_str_is(id, org->flows[i].id))
			return &org->flows[i];
	}
	return NULL;
}

/* The value of a query's key, up to the next one; a view of `path`. */
static struct tl_str query(struct tl_str path, const char *key)
{
	size_t at = tl_str_find(path, tl_str(key), 0), end;

	if (at == SIZE_MAX)
		return (struct tl_str){ NULL, 0 };
	at += strlen(key);
	end = tl_str_find(path, TL_STR("&"), at);
	return tl_str_slice(path, at, end == SIZE_MAX ? path.len : end);
}

static bool is_listed(const struct org_flow *flow, struct tl_str path)
{
	struct tl_str name = query(path, "&name="), type = query(path, "&type=");

	/* A filter, not exact. */
	return !flow->deleted && (name.len == 0 || tl_str_find(tl_str(flow->name), name, 0) != SIZE_MAX) && (type.len == 0 || tl_str_is(type, flow->type));
}

static int answer_list(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, struct tl_str path)
{
	size_t number = (size_t)atoi(query(path, "pageNumber=").ptr), size = (size_t)atoi(query(path, "pageSize=").ptr), total = 0;
	struct tl_buf buf = { 0 };

	tl_buf_text(&buf, "{\"entities\":[");
	for (size_t i = 0; i < org->n_flows; i++) {
		if (!is_listed(&org->flows[i], path))
			continue;
		total++;
		if (total <= (number - 1) * size || total > number * size)
			continue;
		tl_buf_text(&buf, buf.data[buf.len - 1] == '}' ? "," : "");
		put_flow(&buf, &org->flows[i]);
	}
	tl_buf_printf(&buf, "],\"pageNumber\":%zu,\"pageSize\":%zu,\"total\":%zu,\"pageCount\":%zu,\"nextUri\":\"https://evil.example/next\"}", number, size, total,
	              (total + size - 1) / size);
	return say(out, arena, 200, &buf);
}

static int answer_versions(struct tl_api_answer *out, struct tl_arena *arena, const struct org_flow *flow, struct tl_str which)
{
	struct tl_buf buf = { 0 };
	char id[32];

	if (which.len == 0)
		tl_buf_text(&buf, "{\"entities\":[");
	for (size_t i = 0; i < flow->count; i++) {
		snprintf(id, sizeof(id), "%u.%u", flow->versions[i].major, flow->versions[i].minor);
		if (which.len > 0 && !tl_str_is(which, id))
			continue;
		tl_buf_text(&buf, which.len == 0 && i > 0 ? "," : "");
		put_version(&buf, &flow->versions[i]);
	}
	if (which.len > 0)
		return buf.len > 0 ? say(out, arena, 200, &buf) : complain(out, arena, 404, "not.found");
	tl_buf_printf(&buf, "],\"pageNumber\":1,\"pageSize\":100,\"total\":%zu,\"pageCount\":1}", flow->count);
	return say(out, arena, 200, &buf);
}

static int answer_flow(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, struct tl_str path)
{
	struct tl_str rest = tl_str_slice(path, strlen("/api/v2/flows/"), path.len);
	size_t slash = tl_str_find(rest, TL_STR("/versions"), 0);
	struct org_flow *flow = by_id(org, tl_str_slice(rest, 0, slash == SIZE_MAX ? rest.len : slash));
	struct tl_buf buf = { 0 };

	if (!flow)
		return complain(out, arena, 404, "not.found");
	if (slash == SIZE_MAX) {
		if (is(org, "another is done soon") && flow->holder && org->times++ == 2) {
			org_edit(org, flow, "us", true, false, "theirs");
			flow->holder = NULL;
		}
		put_flow(&buf, flow);
		return say(out, arena, 200, &buf);
	}
	rest = tl_str_slice(rest, slash + strlen("/versions"), rest.len);
	return answer_versions(out, arena, flow, tl_str_starts(rest, TL_STR("/")) ? tl_str_slice(rest, 1, rest.len) : TL_STR(""));
}

/* ---- actions */

static int checkout(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, struct org_flow *flow, struct tl_error *err)
{
	struct tl_buf buf = { 0 };

	if (is(org, "edited before the lock"))
		org_edit(org, flow, "Eve", true, false, "theirs");
	if (is(org, "locked before the lock"))
		flow->holder = "Eve";
	if (is(org, "checkout lost before") && org->times++ == 0)
		return lose(out, err);
	if (flow->holder && strcmp(flow->holder, "us") != 0)
		return complain(out, arena, 409, "architect.flow.locked.by.user");
	flow->holder = "us";
	if (is(org, "edited under the lock"))
		org_edit(org, flow, "Eve", true, false, "theirs");
	if (is(org, "checkout saves") || is(org, "own draft stays"))
		write_version(org, flow, "us", false, true, flow->versions[flow->published - 1].yaml);
	if (is(org, "checkout lost after") && org->times++ == 0)
		return lose(out, err);
	if (is(org, "stopped after the lock"))
		org->stopped = true;
	put_flow(&buf, flow);
	return say(out, arena, 200, &buf);
}

static int act(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, struct tl_str path, struct tl_error *err)
{
	struct org_flow *flow = by_id(org, query(path, "?flow="));
	struct tl_buf buf = { 0 };

	if (!flow)
		return complain(out, arena, 404, "not.found");
	if (tl_str_find(path, TL_STR("/checkout"), 0) != SIZE_MAX)
		return checkout(out, arena, org, flow, err);
	if (!flow->holder || strcmp(flow->holder, "us") != 0)
		return complain(out, arena, 409, "architect.flow.not.locked.by.user");
	if (is(org, "own draft stays") && tl_str_find(path, TL_STR("/revert"), 0) != SIZE_MAX)
		return complain(out, arena, 409, "architect.flow.no.changes");
	flow->holder = NULL;
	if (!is(org, "own draft stays"))
		flow->saved = flow->checked_in;
	put_flow(&buf, flow);
	return say(out, arena, 200, &buf);
}

/* ---- publishing jobs */

#define HIDDEN "{\"type\":\"Error\",\"text\":\"Could not find the flow with id 7. Process ended with exit code 107\"}"
#define LOCKED "{\"type\":\"Error\",\"text\":\"Flow is locked by another entity. You can use the --forceUnlock command line parameter\"}"
#define DETAILED "{\"type\":\"Error\",\"text\":null,\"details\":[null,{\"statusCode\":400,\"errorMessage\":\"The division is unknown\",\"responseBody\":\"secret\"}]}"
#define SLOWED "{\"type\":\"Error\",\"text\":\"Failed\",\"details\":[{\"statusCode\":429}]}"
#define BROKEN "{\"type\":\"Warning\",\"text\":\"The flow has no description\"},{\"type\":\"Error\",\"text\":\"In task 'Greet' the action 'Say hello' has no audio\"}"

static int register_job(struct tl_api_answer *out, struct tl_arena *arena, struct org *org)
{
	struct tl_buf buf = { 0 };

	tl_buf_printf(&buf, "{\"id\":\"job-%zu\",\"presignedUrl\":\"%s://storage.example/up/%zu\",\"headers\":{\"x-amz-meta-job\":\"%zu\",\"Content-Type\":\"application/x-yaml\"},"
	              "\"selfUri\":\"/x\"}", org->n_jobs, is(org, "plain address") ? "http" : "https", org->n_jobs, org->n_jobs);
	org->n_jobs++;
	assert_true(org->n_jobs <= ORG_JOBS);
	return say(out, arena, 200, &buf);
}

static void fail_job(struct org_job *job, const char *messages)
{
	job->over = true;
	job->messages = messages;
}

static bool is_limited(struct org *org)
{
	return (is(org, "limited") && org->times++ < 2) || is(org, "limited for ever");
}

/* Which flow a job's file is of: found by name and type, else made. */
static struct org_flow *flow_of(struct org *org, struct tl_str yaml)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct org_flow *found = NULL;
	struct tl_flow *flow;
	char type[32];

	tl_flow_read(&flow, TL_STR("job.yaml"), yaml, &lower);
	assert_non_null(flow);
	upper(type, sizeof(type), flow->architect_type);
	for (size_t i = 0; i < org->n_flows; i++) {
		if (!org->flows[i].deleted && tl_str_is(flow->name.text, org->flows[i].name) && strcmp(type, org->flows[i].type) == 0)
			found = &org->flows[i];
	}
	if (!found)
		found = new_flow(org, flow->architect_type, flow->name.text);
	tl_flow_free(flow);
	return found;
}

static void publish(struct org *org, struct org_job *job)
{
	job->flow = flow_of(org, job->yaml);
	job->over = job->good = true;
	if (is(org, "somebody below"))
		org_edit(org, job->flow, "Eve", true, false, "theirs");
	if (!is(org, "nothing published"))
		write_version(org, job->flow, "us", true, false, job->yaml);
	if (is(org, "somebody on top"))
		org_edit(org, job->flow, "Eve", true, false, "theirs");
	if (is(org, "a twin is made")) {
		struct org_flow *twin = new_flow(org, TL_STR("inboundCall"), tl_str(job->flow->name));

		snprintf(twin->id, sizeof(twin->id), "id-twin");
		org_edit(org, twin, "Eve", true, false, "theirs");
	}
	job->flow->holder = NULL;
}

static void work(struct org *org, struct org_job *job)
{
	if (is(org, "hangs") || (is(org, "slow") && job->looks < 4))
		return;
	if (is(org, "stopped under way")) {
		org->stopped = true;
		return;
	}
	if (is(org, "fails"))
		fail_job(job, BROKEN);
	else if (is(org, "fails without a word"))
		fail_job(job, "");
	else if (is(org, "fails in a detail"))
		fail_job(job, DETAILED);
	else if (is(org, "limited in a detail") && org->times++ < 2)
		fail_job(job, SLOWED);
	else if (is_limited(org))
		fail_job(job, HIDDEN);
	else if ((is(org, "own lock refused") || is(org, "own draft stays")) && flow_of(org, job->yaml)->holder)
		fail_job(job, LOCKED);
	else
		publish(org, job);
}

static void put_state(struct tl_buf *buf, const struct org_job *job, size_t number)
{
	const char *status = job->over ? job->good ? "Success" : "Failure" : job->handed || job->export ? "Started" : "Registered";

	tl_buf_printf(buf, "{\"id\":\"job-%zu\",\"status\":\"%s\",\"command\":\"%s\"", number, status, job->export ? "Export" : "Publish");
	if (job->flow && !job->export)
		tl_buf_printf(buf, ",\"flow\":{\"id\":\"%s\"}", job->flow->id);
	if (job->over && job->good && job->export)
		tl_buf_printf(buf, ",\"downloadUrl\":\"https://storage.example/down/%zu\"", number);
	tl_buf_printf(buf, ",\"messages\":[%s]}", job->messages ? job->messages : "");
}

static int look_at_job(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, struct tl_str path, struct tl_error *err)
{
	size_t at = tl_str_find(path, TL_STR("/job-"), 0), number = (size_t)atoi(path.ptr + at + 5);
	struct org_job *job = &org->jobs[number];
	struct tl_buf buf = { 0 };

	if (number >= org->n_jobs)
		return complain(out, arena, 404, "not.found");
	job->looks++;
	if (is(org, "permission lost") && job->handed) {
		out->status = 403;
		return tl_error_set(err, TL_REFUSED, "the client has no right to do that (403)");
	}
	if (!job->export && job->handed && !job->over)
		work(org, job);
	put_state(&buf, job, number);
	return say(out, arena, 200, &buf);
}

/* ---- exports */

static struct org_version *version_of(struct org *org, const struct tl_item *entry, struct org_flow **flow)
{
	const struct tl_item *reference = tl_item_get(entry, "flow");
	struct tl_str wanted = tl_item_text(reference, "version");
	char id[32];

	*flow = by_id(org, tl_item_text(reference, "id"));
	for (size_t i = 0; *flow && i < (*flow)->count; i++) {
		snprintf(id, sizeof(id), "%u.%u", (*flow)->versions[i].major, (*flow)->versions[i].minor);
		if (tl_str_is(wanted, id))
			return &(*flow)->versions[i];
	}
	return NULL;
}

static void put16(struct tl_buf *buf, unsigned value)
{
	tl_buf_char(buf, (char)(value & 255));
	tl_buf_char(buf, (char)(value >> 8 & 255));
}

static void put32(struct tl_buf *buf, uint32_t value)
{
	put16(buf, value & 65535);
	put16(buf, value >> 16);
}

static uint32_t crc_of(struct tl_str bytes)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.ptr[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

/* What both headers of a file have in common, from the version that is needed on. */
static void put_entry(struct tl_buf *buf, struct tl_str name, struct tl_str bytes)
{
	put16(buf, 20);
	put16(buf, 0);
	put16(buf, 0);
	put32(buf, 0);
	put32(buf, crc_of(bytes));
	put32(buf, (uint32_t)bytes.len);
	put32(buf, (uint32_t)bytes.len);
	put16(buf, (unsigned)name.len);
	put16(buf, 0);
}

static void add_to_archive(struct tl_buf *archive, struct tl_buf *directory, struct tl_str name, struct tl_str bytes)
{
	uint32_t at = (uint32_t)archive->len;

	tl_buf_add(archive, "PK\003\004", 4);
	put_entry(archive, name, bytes);
	tl_buf_str(archive, name);
	tl_buf_str(archive, bytes);
	tl_buf_add(directory, "PK\001\002", 4);
	put16(directory, 20);
	put_entry(directory, name, bytes);
	put16(directory, 0);
	put16(directory, 0);
	put16(directory, 0);
	put32(directory, 0);
	put32(directory, at);
	tl_buf_str(directory, name);
}

static void end_archive(struct tl_buf *archive, struct tl_buf *directory, unsigned count)
{
	uint32_t at = (uint32_t)archive->len;

	tl_buf_str(archive, tl_buf_view(directory));
	tl_buf_add(archive, "PK\005\006", 4);
	put32(archive, 0);
	put16(archive, count);
	put16(archive, count);
	put32(archive, (uint32_t)directory->len);
	put32(archive, at);
	put16(archive, 0);
}

static struct tl_str file_of(struct org *org, const struct tl_item *entry, const struct org_flow *flow)
{
	if (org->nameless)
		return tl_arena_printf(&org->arena, "export/%s_%s.yaml", flow->name, flow->type);
	return tl_arena_printf(&org->arena, "%.*s.yaml", TL_FMT(tl_item_text(entry, "fileName")));
}

static int export(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, struct tl_str body)
{
	struct org_job *job = &org->jobs[org->n_jobs];
	struct tl_buf all = { 0 }, directory = { 0 }, buf = { 0 };
	unsigned count = 0;
	struct tl_doc *doc;
	const struct tl_item *flows;

	assert_int_equal(tl_json_parse(&doc, TL_STR("body"), body, &org->err), 0);
	flows = tl_item_get(doc->root, "flows");
	org->exports++;
	org->most_in_job = flows->count > org->most_in_job ? flows->count : org->most_in_job;
	*job = (struct org_job){ .export = true, .over = true, .good = true };
	for (const struct tl_item *entry = flows->first; entry; entry = entry->next) {
		struct org_flow *flow;
		struct org_version *version = version_of(org, entry, &flow);

		if (!version || (is(org, "one cannot be exported") && strcmp(flow->name, "f3") == 0)) {
			fail_job(job, "{\"type\":\"Error\",\"text\":\"The flow cannot be exported\"}");
			job->good = false;
			break;
		}
		if (is(org, "an export omits one") && strcmp(flow->name, "f3") == 0)
			continue;
		if (flows->count > 1 && org->archives)
			add_to_archive(&all, &directory, file_of(org, entry, flow), version->yaml);
		else
			tl_buf_printf(&all, "%s%.*s", count > 0 ? "---\n" : "", TL_FMT(version->yaml));
		count++;
	}
	if (flows->count > 1 && org->archives)
		end_archive(&all, &directory, count);
	if (job->good && is_limited(org)) {
		job->good = false;
		fail_job(job, HIDDEN);
	}
	job->yaml = tl_arena_dup(&org->arena, tl_buf_view(&all));
	tl_buf_printf(&buf, "{\"id\":\"job-%zu\",\"status\":\"Registered\",\"totalFlows\":%u}", org->n_jobs++, flows->count);
	tl_buf_clear(&all);
	tl_buf_clear(&directory);
	tl_doc_free(doc);
	return say(out, arena, 200, &buf);
}

/* ---- in place of the client */

static void note(struct org *org, const char *what)
{
	if (strlen(org->log) < sizeof(org->log) - 24)
		sprintf(org->log + strlen(org->log), "%s%s", org->log[0] ? " " : "", what);
}

static const char *name_of(const struct tl_api_request *request)
{
	static const struct {
		const char *part, *name;
	} table[] = {
		{ "/actions/checkout", "CHECKOUT" }, { "/actions/revert", "REVERT" }, { "/actions/unlock", "UNLOCK" }, { "/export/jobs/", "EXPORTED" },
		{ "/export/jobs", "EXPORT" }, { "/flows/jobs/", "LOOK" }, { "/flows/jobs", "JOB" }, { "/flows?", "LIST" }, { "/versions", "VERSIONS" },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_find(request->path, tl_str(table[i].part), 0) != SIZE_MAX)
			return table[i].name;
	}
	return request->method;
}

static int answer(struct tl_api_answer *out, struct tl_arena *arena, struct org *org, const struct tl_api_request *request, struct tl_error *err)
{
	const char *name = name_of(request);
	struct tl_buf buf = { 0 };

	if (strcmp(name, "LIST") == 0)
		return answer_list(out, arena, org, request->path);
	if (strcmp(name, "JOB") == 0)
		return register_job(out, arena, org);
	if (strcmp(name, "LOOK") == 0 || strcmp(name, "EXPORTED") == 0)
		return look_at_job(out, arena, org, request->path, err);
	if (strcmp(name, "EXPORT") == 0)
		return export(out, arena, org, request->body);
	if (tl_str_find(request->path, TL_STR("/roles/"), 0) != SIZE_MAX) {
		tl_buf_text(&buf, org->role);
		return say(out, arena, 200, &buf);
	}
	return strcmp(request->method, "POST") == 0 ? act(out, arena, org, request->path, err) : answer_flow(out, arena, org, request->path);
}

static int org_send(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request, struct tl_error *err)
{
	struct org *org = data;
	int ret;

	pthread_mutex_lock(&org->lock);
	org->requests++;
	note(org, name_of(request));
	tl_buf_reset(&org->last_path);
	tl_buf_str(&org->last_path, request->path);
	if (request->body.ptr) {
		tl_buf_reset(&org->last_body);
		tl_buf_str(&org->last_body, request->body);
	}
	ret = org->stopped ? tl_error_set(err, TL_INTERRUPTED, "interrupted") : answer(out, arena, org, request, err);
	pthread_mutex_unlock(&org->lock);
	return ret;
}

/* As the above, although somebody asked to stop. */
static int org_late(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request, struct tl_error *err)
{
	struct org *org = data;
	bool stopped = org->stopped;
	int ret;

	org->stopped = false;
	ret = org_send(out, arena, data, request, err);
	org->stopped = stopped;
	return ret;
}

/* ---- in place of other servers */

static int upload(struct tl_http_answer *out, struct org *org, struct org_job *job, const struct tl_http_request *request, struct tl_error *err)
{
	note(org, "PUT");
	tl_buf_reset(&org->last_upload);
	tl_buf_str(&org->last_upload, request->body);
	org->last_headers[0] = '\0';
	for (size_t i = 0; i < request->n_headers; i++)
		sprintf(org->last_headers + strlen(org->last_headers), "%.*s: %.*s;", TL_FMT(request->headers[i].name), TL_FMT(request->headers[i].value));
	out->fate = TL_HTTP_ANSWERED;
	out->status = 200;
	if (is(org, "upload refused"))
		out->status = 400;
	else if (is(org, "address expired") || (is(org, "address expired once") && org->times++ == 0))
		out->status = 403;
	else if (is(org, "storage fails once") && org->times++ == 0)
		out->status = 503;
	if (out->status != 200)
		return 0;
	out->fate = TL_HTTP_LOST;
	if (is(org, "upload lost before") && org->times++ == 0)
		return tl_error_set(err, TL_IO, "the connection was cut");
	job->handed = true;
	job->yaml = tl_arena_dup(&org->arena, request->body);
	if (is(org, "upload lost after") && org->times++ == 0)
		return tl_error_set(err, TL_IO, "the connection was cut");
	out->fate = TL_HTTP_ANSWERED;
	return 0;
}

static int org_fetch(struct tl_http_answer *out, struct tl_arena *arena, void *data, const struct tl_http_request *request, struct tl_error *err)
{
	struct org *org = data;
	size_t at = tl_str_find(request->url, TL_STR("/up/"), 0), down = tl_str_find(request->url, TL_STR("/down/"), 0);
	int ret = 0;

	for (size_t i = 0; i < request->n_headers; i++)
		assert_false(tl_str_equal_nocase(request->headers[i].name, TL_STR("Authorization")));
	pthread_mutex_lock(&org->lock);
	*out = (struct tl_http_answer){ .fate = TL_HTTP_ANSWERED, .status = 200 };
	if (at != SIZE_MAX) {
		ret = upload(out, org, &org->jobs[atoi(request->url.ptr + at + 4)], request, err);
	} else {
		note(org, "DOWN");
		if (is(org, "download expired once") && org->times++ == 0)
			out->status = 403;
		else
			out->body = tl_arena_dup(arena, org->jobs[atoi(request->url.ptr + down + 6)].yaml);
	}
	pthread_mutex_unlock(&org->lock);
	return ret;
}

/* ---- making one */

static int64_t now_ms(void *data)
{
	return ((struct org *)data)->now;
}

static int sleep_ms(void *data, int64_t ms)
{
	struct org *org = data;

	pthread_mutex_lock(&org->lock);
	org->now += ms;
	pthread_mutex_unlock(&org->lock);
	return org->stopped ? -1 : 0;
}

static struct org *the_org;

static int is_stopped(void)
{
	return the_org->stopped;
}

static int org_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	struct org *org = the_org;

	(void)err;
	org->architect = tl_architect_new(config, tl_genesys_new(config, org_send, org));
	org->architect->fetch = org_fetch;
	org->architect->fetch_data = org;
	org->architect->late = org_late;
	org->architect->late_data = org;
	org->architect->client_id = TL_STR(OUR_CLIENT);
	*state = org->architect;
	return 0;
}

const struct tl_driver *org_driver(struct org *org)
{
	static struct tl_driver driver;

	the_org = org;
	driver = tl_driver_architect;
	driver.open = org_open;
	return &driver;
}

int org_make(void **state)
{
	struct org *org = tl_alloc_zero(1, sizeof(*org));
	struct tl_platform_config config = { .environment = &org->environment, .clock = &org->clock, .concurrency = 8, .stopped = is_stopped };

	pthread_mutex_init(&org->lock, NULL);
	org->flows = tl_alloc_zero(ORG_FLOWS, sizeof(*org->flows));
	org->jobs = tl_alloc_zero(ORG_JOBS, sizeof(*org->jobs));
	org->now = 1000;
	org->archives = true;
	org->clock = (struct tl_clock){ now_ms, now_ms, sleep_ms, org };
	org->environment = (struct tl_environment){ .name = TL_STR("test"), .platform = TL_STR("architect") };
	assert_int_equal(tl_platform_open_driver(&org->platform, org_driver(org), &config, &org->err), 0);
	*state = org;
	return 0;
}

int org_remove(void **state)
{
	struct org *org = *state;

	tl_platform_close(org->platform);
	tl_buf_clear(&org->last_body);
	tl_buf_clear(&org->last_path);
	tl_buf_clear(&org->last_upload);
	pthread_mutex_destroy(&org->lock);
	tl_arena_clear(&org->arena);
	free(org->flows);
	free(org->jobs);
	free(org);
	return 0;
}
