/* cmd/flow-transition/outbox.c: the ledger's outbox for people, and the courier that empties it. */
#include "flow-transition/outbox.h"

#include <string.h>

#include "base/text.h"
#include "doc/json.h"
#include "ledger/outbox.h"

/* Rows that are read at once. */
#define PAGE 1000

bool outbox_is_wanted(const struct tl_deployment *deployment)
{
	return tl_courier_webhook(&deployment->access, TL_COURIER_CRM) != NULL;
}

static struct tl_str environment_of(const struct outbox *outbox)
{
	return outbox->command->environment->name;
}

int outbox_open(struct outbox *outbox)
{
	return tl_command_courier(&outbox->courier, outbox->command, outbox->deployment, outbox->webhook);
}

void outbox_close(struct outbox *outbox)
{
	tl_courier_close(&outbox->courier);
}

/* ---- delivering */

static int count_left(struct tl_outbox_counts *left, struct outbox *outbox)
{
	return tl_outbox_count(left, outbox->deployment->ledger, environment_of(outbox), tl_str(outbox->webhook), &outbox->command->err);
}

int outbox_end(struct outbox *outbox, int64_t ms)
{
	struct tl_outbox_counts left;

	/* What was moved stands: a signal ends the waiting, and nothing else. */
	outbox->command->finished = tl_command_stopped() == 0;
	if (tl_courier_finish(&outbox->courier, ms, &outbox->command->err) != 0 &&
	    !(outbox->command->finished && outbox->command->err.code == TL_INTERRUPTED))
		return -1;
	if (outbox->command->err.code == TL_INTERRUPTED)
		outbox->command->err = (struct tl_error){ .code = TL_OK };
	if (count_left(&left, outbox) != 0)
		return -1;
	if (left.waiting > left.dead)
		tl_command_say(outbox->command, "the webhook '%s' has %lld event%s to come: 'flow-transition --deliver', or the next run, goes on", outbox->webhook,
		               (long long)(left.waiting - left.dead), left.waiting - left.dead == 1 ? "" : "s");
	if (left.dead > 0)
		tl_command_say(outbox->command, "%lld dead letter%s for the webhook '%s': 'flow-transition --outbox' shows them, --replay and --drop decide",
		               (long long)left.dead, left.dead == 1 ? "" : "s", outbox->webhook);
	return 0;
}

int outbox_deliver(struct outbox *outbox, int64_t ms)
{
	struct tl_courier_counts *counts = &outbox->courier.counts;
	struct tl_outbox_counts left;
	struct tl_json json;

	if (tl_courier_finish(&outbox->courier, ms, &outbox->command->err) != 0 || count_left(&left, outbox) != 0)
		return -1;
	if (!outbox->json) {
		tl_buf_printf(&outbox->command->out, "%llu delivered, %llu put off, %llu settled; %lld to come, %lld dead\n",
		              (unsigned long long)atomic_load(&counts->delivered), (unsigned long long)atomic_load(&counts->later),
		              (unsigned long long)atomic_load(&counts->settled), (long long)(left.waiting - left.dead), (long long)left.dead);
	} else {
		tl_json_init(&json, &outbox->command->out, false);
		tl_json_map(&json);
		tl_json_put_integer(&json, "dead", left.dead);
		tl_json_put_integer(&json, "delivered", (int64_t)atomic_load(&counts->delivered));
		tl_json_put_integer(&json, "put_off", (int64_t)atomic_load(&counts->later));
		tl_json_put_integer(&json, "settled", (int64_t)atomic_load(&counts->settled));
		tl_json_put_integer(&json, "to_come", left.waiting - left.dead);
		tl_json_put_integer(&json, "version", 1);
		tl_json_map_end(&json);
		tl_buf_char(&outbox->command->out, '\n');
	}
	if (left.dead > 0)
		return 1;
	return left.waiting > 0 ? 3 : 0;
}

/* ---- looking */

static void write_row_json(struct tl_buf *out, const struct tl_outbox_row *row, struct tl_str from)
{
	struct tl_arena arena = { 0 };
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put_integer(&json, "attempts", row->attempts);
	tl_json_put_or_null(&json, "error", row->error.len > 0 ? row->error : (struct tl_str){ NULL, 0 });
	tl_json_put(&json, "flow", row->flow);
	tl_json_put_or_null(&json, "from", from);
	tl_json_put_integer(&json, "id", row->id);
	tl_json_put(&json, "interaction", row->interaction);
	tl_json_put(&json, "key", row->key);
	tl_json_put_or_null(&json, "not_before", row->not_before_ms > 0 ? tl_time_format(&arena, row->not_before_ms) : (struct tl_str){ NULL, 0 });
	tl_json_put(&json, "prepared", tl_time_format(&arena, row->made_ms));
	tl_json_put_integer(&json, "seq", row->seq);
	tl_json_put(&json, "state", tl_str(tl_outbox_state_name(row->state)));
	tl_json_put(&json, "to", row->node);
	tl_json_put_integer(&json, "version", 1);
	tl_json_put(&json, "webhook", row->webhook);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
	tl_arena_clear(&arena);
}

static void write_row_text(struct tl_buf *out, const struct tl_outbox_row *row, struct tl_str from)
{
	tl_buf_printf(out, "%-8s  %lld  ", tl_outbox_state_name(row->state), (long long)row->id);
	tl_text_safe(out, row->interaction);
	tl_buf_text(out, "  ");
	tl_text_safe(out, from);
	tl_buf_text(out, from.len > 0 ? " > " : "");
	tl_text_safe(out, row->node);
	if (row->attempts > 0)
		tl_buf_printf(out, "  %lld attempt%s", (long long)row->attempts, row->attempts == 1 ? "" : "s");
	if (row->error.len > 0) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, row->error);
	}
	tl_buf_char(out, '\n');
}

static void write_row(struct outbox *outbox, const struct tl_outbox_row *row)
{
	struct tl_doc *doc = NULL;
	struct tl_str from = { NULL, 0 };

	if (tl_json_parse(&doc, TL_STR("event"), row->body, NULL) == 0)
		from = tl_item_text(doc->root, "previousState");
	if (outbox->json)
		write_row_json(&outbox->command->out, row, from);
	else
		write_row_text(&outbox->command->out, row, from);
	tl_doc_free(doc);
}

int outbox_list(struct outbox *outbox)
{
	struct tl_outbox_rows rows;
	int64_t after = 0;
	int ret;

	do {
		struct tl_arena arena = { 0 };

		ret = tl_outbox_list(&rows, &arena, outbox->deployment->ledger, environment_of(outbox), tl_str(outbox->webhook), after, PAGE, &outbox->command->err);
		for (size_t i = 0; ret == 0 && i < rows.count; i++) {
			write_row(outbox, &rows.items[i]);
			after = rows.items[i].id;
		}
		tl_arena_clear(&arena);
	} while (ret == 0 && rows.count == PAGE);
	return ret;
}

/* ---- deciding */

static int read_id(int64_t *id, struct outbox *outbox, const char *text)
{
	const char *end = text + strspn(text, "0123456789");

	*id = 0;
	if (end == text || *end != '\0' || end - text > 18)
		return tl_error_set(&outbox->command->err, TL_USAGE, "'%s' is no id of an event: 'flow-transition --outbox' shows them", text);
	for (const char *at = text; at < end; at++)
		*id = *id * 10 + (*at - '0');
	return 0;
}

static int no_such_event(struct outbox *outbox, const char *id, const char *what)
{
	return tl_error_set(&outbox->command->err, TL_USAGE, "the outbox of '%.*s' has no %s '%s'", TL_FMT(environment_of(outbox)), what, id);
}

int outbox_replay(struct outbox *outbox, const char *id)
{
	bool all = strcmp(id, "all") == 0;
	int64_t number = 0, count;

	if (!all && read_id(&number, outbox, id) != 0)
		return -1;
	if (!all && number == 0)
		return no_such_event(outbox, id, "dead letter");
	if (tl_outbox_replay(&count, outbox->deployment->ledger, environment_of(outbox), tl_str(outbox->webhook), number, &outbox->command->err) != 0)
		return -1;
	if (count == 0 && !all)
		return no_such_event(outbox, id, "dead letter");
	tl_buf_printf(&outbox->command->out, "%lld dead letter%s to be delivered again\n", (long long)count, count == 1 ? "" : "s");
	return 0;
}

int outbox_drop(struct outbox *outbox, const char *id, const char *reason)
{
	int64_t number;
	bool found;

	if (read_id(&number, outbox, id) != 0 ||
	    tl_outbox_drop(&found, outbox->deployment->ledger, environment_of(outbox), tl_str(outbox->webhook), number, tl_str(reason), &outbox->command->err) != 0)
		return -1;
	if (!found)
		return no_such_event(outbox, id, "event that could be dropped,");
	tl_buf_printf(&outbox->command->out, "dropped event %lld\n", (long long)number);
	return 0;
}
