/* platform/architect_export.c: what versions of flows say, by export jobs. Threads that ask at the same time share a job: the first of them waits a moment, then
 * asks for all. A job that fails for one of many is done again one by one, so that one flow keeps nobody from the others. */
#include <stdlib.h>

#include "dialect/dialect.h"
#include "doc/json.h"
#include "platform/architect.h"

#define BATCH_MOST 50
/* How long the first waits for others. */
#define GATHER_MS 60
#define FIRST_PAUSE_MS 250
#define LONGEST_PAUSE_MS 5000
#define EXPORT_MS ((int64_t)5 * 60 * 1000)
/* A job that met the platform's own limit. */
#define LIMITED_MOST 6
#define LIMITED_PAUSE_MS 5000
/* What was exported is kept, as a version never changes, up to so many bytes. */
#define KEPT_BYTES ((size_t)64 << 20)

/* One version that somebody waits for. */
struct wish {
	struct tl_str id, name;      /* name: "inboundCall/Main", where it is known */
	int64_t version;
	struct tl_arena arena;       /* of what follows */
	struct tl_str yaml;
	struct tl_error err;
	bool found, done;
	struct wish *next;
};

struct tl_architect_exports {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct wish *first, **last;
	bool leading;                /* somebody gathers */
	bool alone;                  /* the platform hands out one flow a job only */
	struct tl_arena arena;       /* of what is kept */
	struct tl_map kept;          /* "ID N.M" -> struct tl_str *, its YAML */
};

struct tl_architect_exports *tl_architect_exports_new(void)
{
	struct tl_architect_exports *exports = tl_alloc_zero(1, sizeof(*exports));

	pthread_mutex_init(&exports->lock, NULL);
	pthread_cond_init(&exports->moved, NULL);
	exports->last = &exports->first;
	return exports;
}

void tl_architect_exports_free(struct tl_architect_exports *exports)
{
	tl_map_clear(&exports->kept);
	tl_arena_clear(&exports->arena);
	pthread_cond_destroy(&exports->moved);
	pthread_mutex_destroy(&exports->lock);
	free(exports);
}

/* ---- one job */

/* One job for the wishes of a batch. */
struct batch {
	struct tl_architect *architect;
	struct wish **wishes;
	size_t count;
	struct tl_arena arena;
	struct tl_str job;           /* "/api/v2/flows/export/jobs/ID?expand=messages" */
	int64_t end_ms;
};

/* By which a file of an archive is known again. */
static struct tl_str stem_of(struct tl_arena *arena, const struct wish *wish)
{
	return tl_arena_printf(arena, "%.*s_%.*s", TL_FMT(wish->id), TL_FMT(tl_version_id(arena, wish->version)));
}

static struct tl_str body_of(struct batch *batch)
{
	struct tl_buf buf = { 0 };
	struct tl_json json;
	struct tl_str body;

	tl_json_init(&json, &buf, false);
	tl_json_map(&json);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < batch->count; i++) {
		tl_json_map(&json);
		tl_json_key(&json, "flow");
		tl_json_map(&json);
		tl_json_put(&json, "id", batch->wishes[i]->id);
		tl_json_put(&json, "version", tl_version_id(&batch->arena, batch->wishes[i]->version));
		tl_json_map_end(&json);
		tl_json_put(&json, "exportType", TL_STR("Yaml"));
		tl_json_put(&json, "fileName", stem_of(&batch->arena, batch->wishes[i]));
		tl_json_map_end(&json);
	}
	tl_json_list_end(&json);
	tl_json_map_end(&json);
	body = tl_arena_dup(&batch->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return body;
}

static int no_such_version(const struct batch *batch, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	const struct wish *wish = batch->wishes[0];

	tl_error_set(err, batch->count == 1 ? TL_NOT_FOUND : TL_REFUSED, "the platform has no version %.*s of a flow '%.*s'",
	             TL_FMT(tl_version_text(&arena, wish->version)), TL_FMT(wish->name.len > 0 ? wish->name : wish->id));
	tl_arena_clear(&arena);
	return -1;
}

/* Nothing but an export comes of it, so a second one does no harm. */
static int begin(struct batch *batch, struct tl_error *err)
{
	struct tl_api_request request = {
		.method = "POST", .path = TL_STR(TL_ARCHITECT_EXPORTS), .body = body_of(batch), .again = TL_AGAIN_SAFE, .accept_missing = true,
	};
	struct tl_str what = tl_genesys_what(&batch->arena, &request);
	const struct tl_item *id;
	struct tl_api_answer answer;
	struct tl_doc *doc = NULL;
	int ret = tl_architect_send(&answer, &batch->arena, batch->architect, &request, false, err);

	if (ret == 0 && answer.status == 404)
		return no_such_version(batch, err);
	if (ret == 0)
		ret = tl_genesys_document(&doc, answer.body, what, err);
	if (ret == 0)
		ret = tl_genesys_member(&id, doc->root, "id", TL_STRING, what, err);
	if (ret == 0)
		batch->job = tl_arena_printf(&batch->arena, TL_ARCHITECT_EXPORTS "/%.*s?expand=messages", TL_FMT(tl_address_encode(&batch->arena, id->text)));
	tl_doc_free(doc);
	return ret;
}

static int look(struct tl_architect_state *out, struct batch *batch, struct tl_error *err)
{
	struct tl_doc *doc;
	int ret = tl_architect_ask(&doc, &batch->arena, batch->architect, batch->job, false, err);

	if (ret == 0)
		ret = tl_architect_state(out, &batch->arena, doc->root, tl_arena_printf(&batch->arena, "GET %.*s", TL_FMT(batch->job)), err);
	tl_doc_free(doc);
	return ret;
}

/* Until it is over. */
static int wait_for(struct tl_architect_state *out, struct batch *batch, struct tl_error *err)
{
	struct tl_genesys *genesys = batch->architect->genesys;
	int64_t pause = FIRST_PAUSE_MS;

	for (;;) {
		if (look(out, batch, err) != 0)
			return -1;
		if (out->state == TL_ARCHITECT_GOOD || out->state == TL_ARCHITECT_BAD)
			return 0;
		if (tl_genesys_now(genesys) >= batch->end_ms)
			return tl_error_set(err, TL_TIMED_OUT, "the platform's export of %zu flow%s does not come to its end", batch->count,
			                    batch->count == 1 ? "" : "s");
		if (tl_genesys_sleep(genesys, pause, err) != 0)
			return -1;
		pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
	}
}

static int refuse(const struct batch *batch, const struct tl_architect_state *state, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str words = tl_architect_words(&arena, state, 600);

	tl_error_set(err, TL_REFUSED, "the platform does not export it (%.*s): %.*s", TL_FMT(batch->wishes[0]->name.len > 0 ? batch->wishes[0]->name : batch->wishes[0]->id),
	             TL_FMT(words.len > 0 ? words : TL_STR("it gives no reason; is it open in Architect, and can it be exported there?")));
	tl_arena_clear(&arena);
	return -1;
}

/* A job to its good end; *out has an address. One that met the platform's limit, which says so in words alone, is begun anew after a while. */
static int run(struct tl_architect_state *out, struct batch *batch, struct tl_error *err)
{
	for (unsigned tries = 1;; tries++) {
		if (begin(batch, err) != 0 || wait_for(out, batch, err) != 0)
			return -1;
		if (out->state == TL_ARCHITECT_GOOD)
			break;
		if (!tl_architect_is_limited(out))
			return refuse(batch, out, err);
		if (tries == LIMITED_MOST)
			return tl_error_set(err, TL_TIMED_OUT, "the platform's limit of requests is used up within its exports, also after %d tries: try again later",
			                    LIMITED_MOST);
		if (tl_genesys_sleep(batch->architect->genesys, (int64_t)tries * LIMITED_PAUSE_MS, err) != 0)
			return -1;
	}
	if (out->download.len > 0)
		return 0;
	return tl_error_set(err, TL_REFUSED, "the platform's export omits the flow '%.*s': it went well, but gives no address to fetch it from",
	                    TL_FMT(batch->wishes[0]->name.len > 0 ? batch->wishes[0]->name : batch->wishes[0]->id));
}

/* ---- what came of it */

/* An address that has expired is asked for once more. */
static int download(struct tl_str *out, struct batch *batch, struct tl_architect_state *state, struct tl_error *err)
{
	struct tl_http_request request = { .method = "GET", .body_limit = TL_ARCHITECT_YAML_BYTES };
	struct tl_http_answer answer;

	for (unsigned tries = 1;; tries++) {
		int ret;

		request.url = state->download;
		ret = tl_architect_fetch_from(&answer, &batch->arena, batch->architect, &request, err);
		if (ret == 0 && answer.status >= 200 && answer.status < 300) {
			*out = answer.body;
			return 0;
		}
		if (ret == 0)
			tl_error_set(err, TL_REFUSED, "the address of the platform's export answers %d%s", answer.status, answer.status == 403 ? ": it has expired" : "");
		if (tries == 3 || err->code == TL_INTERRUPTED || (ret != 0 && err->code != TL_IO && err->code != TL_TIMED_OUT))
			return -1;
		if (tl_genesys_pause(batch->architect->genesys, tries, err) != 0 || look(state, batch, err) != 0)
			return -1;
		if (state->state != TL_ARCHITECT_GOOD || state->download.len == 0)
			return tl_error_set(err, TL_REFUSED, "the platform no longer has its export");
	}
}

/* "inboundCall/Main" of a document; empty where it is no flow. */
static struct tl_str key_of(struct tl_arena *arena, struct tl_str yaml)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_str key = { NULL, 0 };
	struct tl_flow *flow;

	lower.limits.file = 0;
	tl_flow_read(&flow, TL_STR("export.yaml"), yaml, &lower);
	if (flow)
		key = tl_arena_dup(arena, flow->key);
	tl_flow_free(flow);
	return key;
}

static bool is_called(const struct tl_architect_file *file, struct tl_str stem)
{
	const char *slash = file->name.len > 0 ? memrchr(file->name.ptr, '/', file->name.len) : NULL;
	struct tl_str name = slash ? tl_str_slice(file->name, (size_t)(slash - file->name.ptr) + 1, file->name.len) : file->name;

	return tl_str_starts(name, stem) && (name.len == stem.len || name.ptr[stem.len] == '.');
}

static void grant(struct wish *wish, const struct tl_architect_file *file)
{
	wish->yaml = tl_arena_dup(&wish->arena, file->bytes);
	wish->found = true;
}

/* Whether only one wish of the batch is of that flow. */
static bool is_single(const struct batch *batch, const struct wish *wish)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->wishes[i] != wish && tl_str_equal(batch->wishes[i]->name, wish->name))
			return false;
	}
	return wish->name.len > 0;
}

/* Files go by the name that was asked for; where the platform names them itself, by the flow that they hold. */
static void hand_out(struct batch *batch, const struct tl_architect_file *files, size_t count)
{
	struct tl_str *keys = TL_ARENA_ARRAY(&batch->arena, struct tl_str, count + 1);

	if (batch->count == 1 && count == 1) {
		grant(batch->wishes[0], &files[0]);
		return;
	}
	for (size_t i = 0; i < batch->count; i++) {
		struct tl_str stem = stem_of(&batch->arena, batch->wishes[i]);

		for (size_t j = 0; !batch->wishes[i]->found && j < count; j++) {
			if (is_called(&files[j], stem))
				grant(batch->wishes[i], &files[j]);
		}
	}
	for (size_t j = 0; j < count; j++)
		keys[j] = key_of(&batch->arena, files[j].bytes);
	for (size_t i = 0; i < batch->count; i++) {
		struct wish *wish = batch->wishes[i];

		for (size_t j = 0; !wish->found && is_single(batch, wish) && j < count; j++) {
			if (tl_str_equal(keys[j], wish->name))
				grant(wish, &files[j]);
		}
	}
}

static int fulfil(struct batch *batch, struct tl_error *err)
{
	struct tl_architect_state state;
	struct tl_architect_file *files;
	struct tl_str bytes;
	size_t count;

	batch->end_ms = tl_genesys_now(batch->architect->genesys) + EXPORT_MS;
	if (run(&state, batch, err) != 0 || download(&bytes, batch, &state, err) != 0 ||
	    tl_architect_unpack(&files, &count, &batch->arena, bytes, TL_ARCHITECT_YAML_BYTES * 4, err) != 0)
		return -1;
	hand_out(batch, files, count);
	return 0;
}

/* Whether what went wrong may be the fault of one of many. */
static bool is_one_of_many(const struct tl_error *err)
{
	return err->code == TL_REFUSED || err->code == TL_NOT_FOUND || err->code == TL_CONFLICT;
}

static void fulfil_alone(struct tl_architect *architect, struct wish *wish)
{
	struct batch one = { .architect = architect, .wishes = &wish, .count = 1 };

	if (fulfil(&one, &wish->err) == 0 && !wish->found)
		tl_error_set(&wish->err, TL_REFUSED, "the platform's export omits the flow '%.*s'", TL_FMT(wish->name.len > 0 ? wish->name : wish->id));
	tl_arena_clear(&one.arena);
}

/* Those that were not found, moved to the front; how many. */
static size_t keep_unfound(struct wish **wishes, size_t count)
{
	size_t rest = 0;

	for (size_t i = 0; i < count; i++) {
		if (!wishes[i]->found)
			wishes[rest++] = wishes[i];
	}
	return rest;
}

static void fulfil_each(struct tl_architect *architect, struct wish **wishes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fulfil_alone(architect, wishes[i]);
}

/* All wishes of a batch. What a job of many does not bring is asked for alone; of one that fails for one of many, the halves are asked for. `wishes` is put into
 * another order. */
static void fulfil_all(struct tl_architect *architect, struct wish **wishes, size_t count)
{
	struct batch batch = { .architect = architect, .wishes = wishes, .count = count };
	struct tl_error why = { 0 };
	size_t rest;
	int ret;

	if (count <= 1) {
		fulfil_each(architect, wishes, count);
		return;
	}
	ret = fulfil(&batch, &why);
	tl_arena_clear(&batch.arena);
	rest = keep_unfound(wishes, count);
	if (ret == 0) {
		pthread_mutex_lock(&architect->exports->lock);
		architect->exports->alone |= rest + 1 >= count && count > 2;
		pthread_mutex_unlock(&architect->exports->lock);
		fulfil_each(architect, wishes, rest);
	} else if (is_one_of_many(&why)) {
		fulfil_all(architect, wishes, rest / 2);
		fulfil_all(architect, wishes + rest / 2, rest - rest / 2);
	} else {
		for (size_t i = 0; i < rest; i++)
			wishes[i]->err = why;
	}
}

/* ---- many threads */

/* The oldest wishes, as many as go into a job; the lock is held. */
static size_t take(struct wish **out, struct tl_architect_exports *exports)
{
	size_t most = exports->alone ? 1 : BATCH_MOST, count = 0;

	while (exports->first && count < most) {
		out[count++] = exports->first;
		exports->first = exports->first->next;
	}
	if (!exports->first)
		exports->last = &exports->first;
	return count;
}

/* Gathers a batch and sees to it; the lock is held before and after. */
static void lead(struct tl_architect *architect)
{
	struct tl_architect_exports *exports = architect->exports;
	struct wish *wishes[BATCH_MOST], *taken[BATCH_MOST];
	struct tl_error ignored;
	size_t count;

	exports->leading = true;
	if (architect->genesys->workers > 1 && !exports->alone) {
		pthread_mutex_unlock(&exports->lock);
		tl_genesys_sleep(architect->genesys, GATHER_MS, &ignored);
		pthread_mutex_lock(&exports->lock);
	}
	count = take(taken, exports);
	memcpy(wishes, taken, count * sizeof(*wishes));
	exports->leading = false;
	pthread_cond_broadcast(&exports->moved);
	pthread_mutex_unlock(&exports->lock);
	if (count > 0)
		fulfil_all(architect, wishes, count);
	pthread_mutex_lock(&exports->lock);
	for (size_t i = 0; i < count; i++)
		taken[i]->done = true;
	pthread_cond_broadcast(&exports->moved);
}

static bool is_queued(const struct tl_architect_exports *exports, const struct wish *wish)
{
	const struct wish *queued = exports->first;

	while (queued && queued != wish)
		queued = queued->next;
	return queued != NULL;
}

/* Whether it was exported before; the lock is held. */
static bool recall(struct wish *wish, struct tl_architect_exports *exports)
{
	const struct tl_str *yaml = tl_map_ptr(&exports->kept, stem_of(&wish->arena, wish));

	if (yaml)
		wish->yaml = *yaml;
	wish->found = wish->done = yaml != NULL;
	return yaml != NULL;
}

/* As above. */
static void keep(struct tl_architect_exports *exports, const struct wish *wish)
{
	struct tl_map_entry *entry;
	struct tl_str *yaml;
	bool made;

	if (exports->arena.used + wish->yaml.len > KEPT_BYTES)
		return;
	entry = tl_map_put(&exports->kept, stem_of(&exports->arena, wish), &made);
	if (!made)
		return;
	yaml = TL_ARENA_NEW(&exports->arena, struct tl_str);
	*yaml = tl_arena_dup(&exports->arena, wish->yaml);
	entry->value.ptr = yaml;
}

int tl_architect_export(struct tl_str *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, int64_t version, struct tl_error *err)
{
	struct tl_architect_exports *exports = architect->exports;
	struct wish wish = { .id = id, .version = version };
	struct tl_remote known;
	int ret = 0;

	if (tl_architect_recall(&known, arena, architect, id))
		wish.name = known.name;
	pthread_mutex_lock(&exports->lock);
	if (!recall(&wish, exports)) {
		*exports->last = &wish;
		exports->last = &wish.next;
	}
	while (!wish.done) {
		if (!exports->leading && is_queued(exports, &wish))
			lead(architect);
		else
			pthread_cond_wait(&exports->moved, &exports->lock);
	}
	if (wish.found)
		keep(exports, &wish);
	pthread_mutex_unlock(&exports->lock);
	if (wish.found) {
		*out = tl_arena_dup(arena, wish.yaml);
	} else {
		ret = -1;
		if (err)
			*err = wish.err;
	}
	tl_arena_clear(&wish.arena);
	return ret;
}
