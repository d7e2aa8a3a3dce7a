/* report/audit_verdict.c: whether a chain holds, in words and as JSON. */
#include <inttypes.h>

#include "base/text.h"
#include "report/audit.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

static void put_head(struct tl_json *json, const struct tl_checkpoint *head)
{
	tl_json_key(json, "head");
	if (head->chain.len == 0) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_put(json, "chain", head->chain);
	tl_json_put(json, "hash", head->hash);
	tl_json_put_integer(json, "seq", head->seq);
	tl_json_map_end(json);
}

static void put_problem(struct tl_json *json, const struct tl_audit_verdict *verdict)
{
	tl_json_key(json, "problem");
	if (verdict->good) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_put_integer(json, "seq", verdict->seq);
	tl_json_put(json, "what", verdict->what);
	tl_json_map_end(json);
}

void tl_audit_verdict_json(struct tl_buf *out, const struct tl_audit_verdict *verdict)
{
	struct tl_json json;

	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put_boolean(&json, "checkpoint", verdict->has_checkpoint);
	tl_json_put_boolean(&json, "good", verdict->good);
	put_head(&json, &verdict->head);
	put_problem(&json, verdict);
	tl_json_put_integer(&json, "purged", (int64_t)verdict->purged);
	tl_json_put_integer(&json, "records", (int64_t)verdict->records);
	tl_json_put_integer(&json, "signed", (int64_t)verdict->signed_records);
	tl_json_put_integer(&json, "unchecked", (int64_t)verdict->unchecked);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

static void add_counts(struct tl_buf *out, const struct tl_audit_verdict *verdict)
{
	tl_buf_printf(out, "%" PRIu64 " record%s, %" PRIu64 " signed", verdict->records, verdict->records == 1 ? "" : "s", verdict->signed_records);
	if (verdict->unchecked > 0)
		tl_buf_printf(out, ", %" PRIu64 " with a signature that was not checked: no key is known (--key)", verdict->unchecked);
	if (verdict->purged > 0)
		tl_buf_printf(out, ", personal data of %" PRIu64 " purged", verdict->purged);
	tl_buf_char(out, '\n');
}

void tl_audit_verdict_text(struct tl_buf *out, const struct tl_audit_verdict *verdict, bool color)
{
	if (!verdict->good) {
		tl_buf_printf(out, "%sthe chain does not hold%s: ", color ? RED : "", color ? PLAIN : "");
		tl_text_safe(out, verdict->what);
		tl_buf_char(out, '\n');
		return;
	}
	tl_buf_printf(out, "%sthe chain holds%s: ", color ? GREEN : "", color ? PLAIN : "");
	add_counts(out, verdict);
	if (!verdict->has_checkpoint)
		tl_buf_text(out, "without a checkpoint nothing shows whether records are missing at the end: keep the line below elsewhere, and name it with "
		                 "--checkpoint the next time\n");
	if (verdict->head.chain.len > 0) {
		tl_checkpoint_write(out, &verdict->head);
		tl_buf_char(out, '\n');
	}
}
