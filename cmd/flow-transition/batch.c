/* cmd/flow-transition/batch.c: reading, sending side by side, writing in order. */
#include "flow-transition/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pool.h"
#include "base/text.h"
#include "common/output.h"
#include "doc/json.h"

/* One record of a batch. */
struct record {
	struct tl_arena arena;
	struct tl_doc *doc;               /* of its line, or NULL */
	struct tl_transition transition;
	struct tl_transition_result result;
	struct tl_str mistake;            /* why its line is no record, or empty */
	size_t next;                      /* the next one of the same interaction, or SIZE_MAX */
	bool first;                       /* of its interaction */
};

/* Some records that are under way. */
struct chunk {
	struct batch *batch;
	struct record *records;
	size_t count;
	size_t *firsts;                   /* the first record of each interaction */
	size_t n_firsts;
};

/* ---- one line in */

static struct tl_str member(const struct tl_item *root, const char *key, struct tl_str otherwise)
{
	const struct tl_item *item = tl_item_get(root, key);

	return item && item->kind == TL_STRING ? item->text : otherwise;
}

static const char *const known_members[] = { "interaction", "flow", "from", "to", "variables" };

static bool is_known(struct tl_str key)
{
	for (size_t i = 0; i < TL_COUNT(known_members); i++) {
		if (tl_str_is(key, known_members[i]))
			return true;
	}
	return false;
}

/* Empty, or what is wrong with a record. */
static struct tl_str mistake_of(struct record *record, const struct tl_item *root)
{
	const struct tl_transition *transition = &record->transition;

	if (!root || root->kind != TL_MAP)
		return TL_STR("it is no JSON object");
	for (const struct tl_item *item = root->first; item; item = item->next) {
		if (!is_known(item->key))
			return tl_arena_printf(&record->arena, "unknown member '%.*s'; known are interaction, flow, from, to, variables", TL_FMT(item->key));
		if (!tl_str_is(item->key, "variables") && item->kind != TL_STRING)
			return tl_arena_printf(&record->arena, "'%.*s' is no text", TL_FMT(item->key));
	}
	if (tl_item_get(root, "variables") && tl_item_get(root, "variables")->kind != TL_MAP)
		return TL_STR("'variables' is no object");
	if (transition->interaction.len == 0 || transition->flow.len == 0 || transition->from.len == 0 || transition->to.len == 0)
		return TL_STR("it needs interaction, flow, from and to");
	return (struct tl_str){ NULL, 0 };
}

/* What is wrong with a line, by its number: it may have no interaction to know it by. */
static void note_mistake(struct record *record, uint64_t number, struct tl_str what)
{
	if (what.len > 0)
		record->mistake = tl_arena_printf(&record->arena, "line %" PRIu64 ": %.*s", number, TL_FMT(what));
}

static void read_record(struct record *record, const struct batch *batch, struct tl_str line, uint64_t number)
{
	struct tl_error err = { 0 };
	const struct tl_item *root;
	struct tl_str what;
	size_t at;

	record->transition = batch->defaults;
	if (tl_json_parse(&record->doc, TL_STR("line"), line, &err) != 0) {
		/* Where it stands in "line" is not where it stands in the file. */
		what = tl_str(err.message);
		at = tl_str_find(what, TL_STR(": "), 0);
		note_mistake(record, number, at == SIZE_MAX ? what : tl_str_slice(what, at + 2, what.len));
		return;
	}
	root = record->doc->root;
	record->transition.interaction = member(root, "interaction", batch->defaults.interaction);
	record->transition.flow = member(root, "flow", batch->defaults.flow);
	record->transition.from = member(root, "from", batch->defaults.from);
	record->transition.to = member(root, "to", batch->defaults.to);
	if (root->kind == TL_MAP && tl_item_get(root, "variables"))
		record->transition.variables = tl_item_get(root, "variables");
	note_mistake(record, number, mistake_of(record, root));
}

/* ---- many at once */

static int exit_of(const struct record *record)
{
	if (record->mistake.len > 0)
		return 2;
	switch (record->result.moved) {
	case TL_MOVED:
	case TL_MOVE_PLANNED:
	case TL_MOVES:
		return 0;
	case TL_MOVE_CONFLICT:
		return 4;
	case TL_MOVE_REFUSED:
		return record->result.code == TL_NOT_FOUND ? 2 : 1;
	case TL_MOVE_FAILED:
	case TL_MOVE_LOST:
		break;
	}
	return 3;
}

static void count(struct tally *tally, const struct record *record)
{
	struct tl_transition_figures *figures = &tally->figures;
	int code = exit_of(record);

	pthread_mutex_lock(&tally->lock);
	figures->records++;
	if (record->mistake.len > 0)
		figures->malformed++;
	else
		figures->by_state[record->result.moved]++;
	if (record->result.tries > 0)
		tl_latency_add(&figures->latencies, record->result.latency_ms);
	if (code > tally->worst)
		tally->worst = code;
	pthread_mutex_unlock(&tally->lock);
}

static int run_chain(void *data, unsigned worker, size_t i)
{
	struct chunk *chunk = data;

	(void)worker;
	for (size_t at = chunk->firsts[i]; at != SIZE_MAX; at = chunk->records[at].next) {
		struct record *record = &chunk->records[at];

		if (record->mistake.len == 0)
			tl_mover_move(&record->result, &record->arena, chunk->batch->mover, &record->transition);
		count(&chunk->batch->tally, record);
	}
	return 0;
}

/* Chains the records of one interaction, so that they are sent in the order of the file. */
static void chain(struct chunk *chunk)
{
	struct tl_map last = { 0 };

	chunk->n_firsts = 0;
	for (size_t i = 0; i < chunk->count; i++) {
		struct record *record = &chunk->records[i];
		struct tl_map_entry *entry;
		bool made;

		record->next = SIZE_MAX;
		entry = tl_map_put(&last, record->transition.interaction, &made);
		if (made)
			chunk->firsts[chunk->n_firsts++] = i;
		else
			chunk->records[entry->value.index].next = i;
		entry->value.index = (uint32_t)i;
	}
	tl_map_clear(&last);
}

/* ---- one line out */

static void put_request(struct tl_json *json, const struct record *record)
{
	tl_json_key(json, "request");
	tl_json_map(json);
	tl_json_key(json, "customAttributes");
	tl_json_item(json, record->result.attributes);
	tl_json_put(json, "if_match", record->result.etag);
	tl_json_map_end(json);
}

static void write_json(struct tl_buf *out, const struct record *record)
{
	const struct tl_transition_result *result = &record->result;
	struct tl_str message = record->mistake.len > 0 ? record->mistake : result->message;
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put_integer(&json, "exit", exit_of(record));
	tl_json_put(&json, "flow", record->transition.flow);
	tl_json_put(&json, "from", record->transition.from);
	tl_json_put(&json, "interaction", record->transition.interaction);
	tl_json_put_integer(&json, "latency_ms", result->latency_ms);
	tl_json_put_or_null(&json, "message", message.len > 0 ? message : (struct tl_str){ NULL, 0 });
	if (result->moved == TL_MOVE_PLANNED && record->mistake.len == 0)
		put_request(&json, record);
	tl_json_put(&json, "state", record->mistake.len > 0 ? TL_STR("malformed") : tl_str(tl_moved_name(result->moved)));
	tl_json_key(&json, "status");
	if (result->status > 0)
		tl_json_integer(&json, result->status);
	else
		tl_json_null(&json);
	tl_json_put(&json, "to", record->transition.to);
	tl_json_put_integer(&json, "tries", result->tries);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

static void write_text(struct tl_buf *out, const struct record *record)
{
	const struct tl_transition_result *result = &record->result;
	struct tl_str message = record->mistake.len > 0 ? record->mistake : result->message;

	tl_buf_printf(out, "%-8s  ", record->mistake.len > 0 ? "malformed" : tl_moved_name(result->moved));
	tl_text_safe(out, record->transition.interaction);
	tl_buf_text(out, "  ");
	tl_text_safe(out, record->transition.from);
	tl_buf_text(out, " > ");
	tl_text_safe(out, record->transition.to);
	if (message.len > 0) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, message);
	}
	tl_buf_char(out, '\n');
	if (result->moved == TL_MOVE_PLANNED && record->mistake.len == 0) {
		struct tl_buf body = { 0 };

		tl_json_canonical(&body, result->attributes);
		tl_buf_printf(out, "  PATCH /api/v2/interactions/%.*s  If-Match: %.*s\n  {\"customAttributes\":", TL_FMT(record->transition.interaction),
		              TL_FMT(result->etag));
		tl_text_safe(out, tl_buf_view(&body));
		tl_buf_text(out, "}\n");
		tl_buf_clear(&body);
	}
}

static void report(struct batch *batch, struct tl_buf *out, const struct record *record)
{
	if (batch->json)
		write_json(out, record);
	else if (!batch->command->common->quiet || exit_of(record) != 0)
		write_text(out, record);
}

static void clear_record(struct record *record)
{
	tl_doc_free(record->doc);
	tl_arena_clear(&record->arena);
	*record = (struct record){ .doc = NULL };
}

/* Results go out chunk by chunk, so that whoever reads them sees how far it is. */
static int run_chunk(struct chunk *chunk)
{
	struct batch *batch = chunk->batch;
	struct tl_buf out = { 0 };
	int ret = 0;

	chain(chunk);
	tl_pool_run(batch->workers, chunk->n_firsts, run_chain, chunk);
	for (size_t i = 0; i < chunk->count; i++) {
		report(batch, &out, &chunk->records[i]);
		clear_record(&chunk->records[i]);
	}
	chunk->count = 0;
	if (batch->command->common->output)
		tl_buf_str(&batch->command->out, tl_buf_view(&out));
	else
		ret = tl_output_standard(tl_buf_view(&out), &batch->command->err);
	tl_buf_clear(&out);
	return ret;
}

/* ---- lines */

struct lines {
	int fd;
	struct tl_buf buf;     /* what was read and not used */
	size_t at;
	uint64_t number;       /* of the last line, from 1 */
	bool ended;
};

/* The next line, without its end; *more false at the end. A view until the next call. */
static int next_line(struct tl_str *line, bool *more, struct lines *lines, struct tl_error *err)
{
	for (;;) {
		struct tl_str rest = tl_str_slice(tl_buf_view(&lines->buf), lines->at, lines->buf.len);
		char *end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
		char *space;
		ssize_t n;

		*more = true;
		if (end || (lines->ended && rest.len > 0)) {
			line->ptr = rest.ptr;
			line->len = end ? (size_t)(end - rest.ptr) : rest.len;
			lines->at += line->len + (end ? 1 : 0);
			lines->number++;
			return 0;
		}
		*more = !lines->ended;
		if (lines->ended)
			return 0;
		if (rest.len > BATCH_LINE)
			return tl_error_set(err, TL_LIMIT, "a line of the batch is longer than %zu bytes", BATCH_LINE);
		if (rest.len > 0)
			memmove(lines->buf.data, rest.ptr, rest.len);
		lines->buf.len = rest.len;
		lines->at = 0;
		space = tl_buf_reserve(&lines->buf, 65536);
		n = read(lines->fd, space, 65536);
		if (n < 0 && errno == EINTR && !tl_command_stopped())
			continue;
		if (n < 0)
			return tl_command_stopped() ? tl_error_set(err, TL_INTERRUPTED, "interrupted") : tl_error_errno(err, errno, "cannot read the batch");
		lines->buf.len += (size_t)n;
		lines->ended = n == 0;
	}
}

/* Whether more is there already: else what was read is sent before anybody waits for it. */
static bool is_waiting(const struct lines *lines)
{
	struct tl_str rest = tl_str_slice(tl_buf_view(&lines->buf), lines->at, lines->buf.len);

	return !lines->ended && (rest.len == 0 || !memchr(rest.ptr, '\n', rest.len));
}

static int run_lines(struct chunk *chunk, struct lines *lines)
{
	struct tl_error *err = &chunk->batch->command->err;
	struct tl_str line;
	bool more;

	do {
		if (tl_command_stopped())
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		if (next_line(&line, &more, lines, err) != 0)
			return -1;
		if (more && tl_str_trim(line).len > 0)
			read_record(&chunk->records[chunk->count++], chunk->batch, line, lines->number);
		if (chunk->count > 0 && (chunk->count == BATCH_RECORDS || !more || is_waiting(lines)) && run_chunk(chunk) != 0)
			return -1;
	} while (more);
	return 0;
}

int batch_run(struct batch *batch, const char *file)
{
	struct lines lines = { .fd = 0 };
	struct chunk chunk = { .batch = batch };
	struct stat info;
	int ret;

	tl_buf_init(&lines.buf, 4 * BATCH_LINE);
	if (strcmp(file, "-") != 0)
		lines.fd = open(tl_command_path(batch->command, file), O_RDONLY | O_CLOEXEC);
	if (lines.fd < 0)
		return tl_error_errno(&batch->command->err, errno, "cannot read '%s'", file);
	if (fstat(lines.fd, &info) == 0 && S_ISDIR(info.st_mode)) {
		close(lines.fd);
		return tl_error_set(&batch->command->err, TL_USAGE, "cannot read '%s': it is a folder", file);
	}
	chunk.records = tl_alloc_zero(BATCH_RECORDS, sizeof(*chunk.records));
	chunk.firsts = tl_alloc_zero(BATCH_RECORDS, sizeof(*chunk.firsts));
	ret = run_lines(&chunk, &lines);
	for (size_t i = 0; i < chunk.count; i++)
		clear_record(&chunk.records[i]);
	free(chunk.records);
	free(chunk.firsts);
	tl_buf_clear(&lines.buf);
	if (lines.fd > 0)
		close(lines.fd);
	return ret;
}

int batch_one(struct batch *batch)
{
	struct record record = { .transition = batch->defaults };

	tl_mover_move(&record.result, &record.arena, batch->mover, &record.transition);
	count(&batch->tally, &record);
	report(batch, &batch->command->out, &record);
	clear_record(&record);
	return 0;
}

/* ---- figures */

void batch_init(struct batch *batch)
{
	pthread_mutex_init(&batch->tally.lock, NULL);
}

void batch_clear(struct batch *batch)
{
	pthread_mutex_destroy(&batch->tally.lock);
}

void batch_figures(struct tl_transition_figures *out, struct batch *batch)
{
	pthread_mutex_lock(&batch->tally.lock);
	*out = batch->tally.figures;
	pthread_mutex_unlock(&batch->tally.lock);
	out->requests = tl_platform_counts(batch->mover->platform);
}
