/* report/fingerprint.c: hashes of what a finding says, not of where it stands. */
#include "report/fingerprint.h"

#include "base/buf.h"

static void add(struct tl_buf *buf, struct tl_str text)
{
	tl_buf_str(buf, text);
	tl_buf_char(buf, '\0');
}

void tl_fingerprint(char out[TL_SHA256_SIZE], struct tl_fingerprints *fingerprints, const struct tl_finding *finding)
{
	struct tl_buf buf = { 0 };
	struct tl_map_entry *entry;

	add(&buf, tl_str(finding->rule));
	add(&buf, finding->file);
	add(&buf, finding->message);
	add(&buf, tl_str_trim(finding->line_text));
	tl_sha256_hex(out, tl_buf_view(&buf));
	entry = tl_map_put(&fingerprints->seen, tl_arena_dup(&fingerprints->arena, tl_str(out)), NULL);
	if (entry->value.index++ > 0) {
		tl_buf_printf(&buf, "%u", entry->value.index);
		tl_sha256_hex(out, tl_buf_view(&buf));
	}
	tl_buf_clear(&buf);
}

void tl_fingerprints_clear(struct tl_fingerprints *fingerprints)
{
	tl_map_clear(&fingerprints->seen);
	tl_arena_clear(&fingerprints->arena);
}
