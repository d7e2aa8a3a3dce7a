/* tests/fuzz/fuzz_record.c: any bytes as an audit record and as a checkpoint: one spelling of a value is its only one, and showing it harms nobody. */
#include "fuzz.h"
#include "report/audit.h"

static void check_spelling(const struct tl_item *root)
{
	struct tl_buf once = { 0 }, twice = { 0 };
	struct tl_doc *again;

	tl_json_jcs(&once, root);
	demand(tl_json_parse(&again, TL_STR("again"), tl_buf_view(&once), NULL) == 0);
	demand(tl_item_equal(root, again->root));
	tl_json_jcs(&twice, again->root);
	demand(tl_str_equal(tl_buf_view(&once), tl_buf_view(&twice)));
	tl_doc_free(again);
	tl_buf_clear(&once);
	tl_buf_clear(&twice);
}

static void show(const struct tl_audit_record *record, const struct tl_item *root, enum tl_audit_format format)
{
	struct tl_audit_list list;
	struct tl_buf out = { 0 };

	tl_audit_list_begin(&list, &out, format);
	list.personal = true;
	tl_audit_list_record(&list, record, root);
	demand(tl_audit_list_end(&list, NULL, NULL) == 0);
	for (size_t i = 0; i < out.len; i++)
		demand((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n' || (out.data[i] == '\t' && format == TL_AUDIT_JSON));
	tl_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_str bytes = { (const char *)data, size };
	struct tl_audit_record record = { .seq = 1, .bytes = bytes, .hash = TL_STR("h"), .personal = bytes, .salt = TL_STR("s") };
	struct tl_audit_filter filter = { .flow = TL_STR("a"), .since_ms = 1 };
	struct tl_checkpoint checkpoint;
	struct tl_arena arena = { 0 };
	struct tl_doc *doc;

	if (tl_audit_parse(&doc, &record, NULL) == 0) {
		check_spelling(doc->root);
		tl_audit_matches(&filter, doc->root);
		for (unsigned format = 0; format < TL_AUDIT_FORMATS; format++)
			show(&record, doc->root, (enum tl_audit_format)format);
		tl_doc_free(doc);
	}
	if (tl_checkpoint_read(&checkpoint, &arena, bytes, "c", NULL) == 0)
		demand(checkpoint.seq >= 0 && checkpoint.chain.len > 0);
	tl_arena_clear(&arena);
	return 0;
}
