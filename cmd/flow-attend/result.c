/* cmd/flow-attend/result.c: one line a call. */
#include "flow-attend/result.h"

#include "base/text.h"
#include "common/output.h"
#include "doc/json.h"

/* ---- a line */

int result_exit(const struct tl_attend_result *result)
{
	switch (result->end) {
	case TL_END_COMPLETED:
	case TL_END_ABANDONED:
		return 0;
	case TL_END_FAILED:
		return 1;
	default:
		return 3;
	}
}

static void add_word(struct tl_buf *out, const char *before, struct tl_str text)
{
	if (text.len == 0)
		return;
	tl_buf_text(out, before);
	tl_text_safe(out, text);
}

void result_text(struct tl_buf *out, const struct tl_attend_result *result)
{
	tl_buf_printf(out, "%-9s  ", tl_attend_end_name(result->end));
	if (result->id.len > 0)
		tl_text_safe(out, result->id);
	else
		tl_buf_char(out, '-');
	if (result->started_ms > 0)
		tl_buf_printf(out, "  %lld.%03lld s", (long long)result->duration_ms / 1000, (long long)result->duration_ms % 1000);
	add_word(out, "  at ", result->node);
	add_word(out, ", transferred to ", result->transfer_kind);
	add_word(out, " ", result->transfer_target);
	add_word(out, ", exit ", result->exit);
	if (result->reconnects > 0)
		tl_buf_printf(out, ", %llu reconnect%s", (unsigned long long)result->reconnects, result->reconnects == 1 ? "" : "s");
	add_word(out, ", recorded in ", result->recording);
	add_word(out, ": ", result->message);
}

void result_say_all(const struct tl_command *command, const uint64_t ends[TL_ENDS])
{
	struct tl_buf text = { 0 };
	uint64_t all = 0;

	for (unsigned i = 0; i < TL_ENDS; i++) {
		all += ends[i];
		if (ends[i] > 0)
			tl_buf_printf(&text, "%s%llu %s", text.len > 0 ? ", " : ": ", (unsigned long long)ends[i], tl_attend_end_name((enum tl_attend_end)i));
	}
	tl_command_say(command, "%llu call%s%.*s", (unsigned long long)all, all == 1 ? "" : "s", TL_FMT(tl_buf_view(&text)));
	tl_buf_clear(&text);
}

static void put_maybe(struct tl_json *json, const char *key, struct tl_str text)
{
	tl_json_put_or_null(json, key, text.len > 0 ? text : (struct tl_str){ NULL, 0 });
}

static void put_transfer(struct tl_json *json, const struct tl_attend_result *result)
{
	tl_json_key(json, "transfer");
	if (result->transfer_kind.len == 0) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_key_str(json, result->transfer_kind);
	tl_json_string(json, result->transfer_target);
	tl_json_map_end(json);
}

void result_json(struct tl_buf *out, const struct tl_attend_result *result)
{
	struct tl_arena arena = { 0 };
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	put_maybe(&json, "call", result->id);
	tl_json_put_integer(&json, "duration_ms", result->duration_ms);
	tl_json_put(&json, "end", tl_str(tl_attend_end_name(result->end)));
	put_maybe(&json, "error", tl_str(result->error));
	put_maybe(&json, "exit", result->exit);
	tl_json_put_integer(&json, "flow_version", result->version);
	tl_json_put_integer(&json, "keys", (int64_t)result->keys);
	put_maybe(&json, "message", result->message);
	put_maybe(&json, "node", result->node);
	tl_json_put_integer(&json, "reconnects", (int64_t)result->reconnects);
	put_maybe(&json, "recording", result->recording);
	put_maybe(&json, "started", result->started_ms > 0 ? tl_time_format(&arena, result->started_ms) : (struct tl_str){ NULL, 0 });
	put_maybe(&json, "status", tl_str(result->status));
	put_transfer(&json, result);
	tl_json_put_integer(&json, "version", 1);
	tl_json_put_integer(&json, "visits", (int64_t)result->visits);
	tl_json_map_end(&json);
	tl_arena_clear(&arena);
}

void result_say_drain(const struct tl_command *command, size_t calls, int64_t drain_ms)
{
	if (calls > 0 && !command->common->quiet)
		tl_command_say(command, "no new calls: %zu in progress ha%s %lld s to end; the same signal once more ends them at once", calls,
		               calls == 1 ? "s" : "ve", (long long)drain_ms / 1000);
}

/* ---- on its way */

static void write_out(struct tl_help *help)
{
	struct scribe *scribe = (struct scribe *)help;

	if (tl_output_standard(tl_buf_view(&scribe->writing), &scribe->err) != 0)
		scribe->failed = true;
}

static void go_on(struct scribe *scribe);

static void written(struct tl_help *help)
{
	struct scribe *scribe = (struct scribe *)help;

	scribe->busy = false;
	if (!help->worked)
		write_out(help);
	tl_buf_reset(&scribe->writing);
	if (scribe->closing)
		return;
	go_on(scribe);
	if (scribe->relieved)
		scribe->relieved(scribe->data);
}

static void go_on(struct scribe *scribe)
{
	struct tl_buf empty = scribe->writing;

	if (scribe->busy || scribe->closing || scribe->failed || scribe->waiting.len == 0)
		return;
	scribe->writing = scribe->waiting;
	scribe->waiting = empty;
	scribe->busy = true;
	scribe->help = (struct tl_help){ .work = write_out, .done = written };
	tl_helpers_do(scribe->helpers, &scribe->help);
}

int scribe_open(struct scribe *scribe, struct tl_command *command, struct tl_loop *loop)
{
	scribe->command = command;
	return tl_helpers_open(&scribe->helpers, loop, 1, &command->err);
}

void scribe_close(struct scribe *scribe)
{
	if (!scribe->helpers)
		return;
	scribe->closing = true;
	tl_helpers_close(scribe->helpers);
	scribe->helpers = NULL;
	if (!scribe->failed && scribe->waiting.len > 0 && tl_output_standard(tl_buf_view(&scribe->waiting), &scribe->err) != 0)
		scribe->failed = true;
	if (scribe->failed && scribe->command->err.code == TL_OK)
		scribe->command->err = scribe->err;
	tl_buf_clear(&scribe->waiting);
	tl_buf_clear(&scribe->writing);
}

void scribe_line(struct scribe *scribe, struct tl_str line)
{
	struct tl_buf *out = scribe->command->common->output ? &scribe->command->out : &scribe->waiting;

	if (scribe->failed)
		return;
	tl_buf_str(out, line);
	tl_buf_char(out, '\n');
	go_on(scribe);
}

bool scribe_is_full(const struct scribe *scribe)
{
	return scribe->waiting.len > RESULT_BACKLOG;
}
