/* tests/fuzz/fuzz_json.c: any bytes as JSON; what is read is written and read back. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .bytes = 1 << 20, .depth = 256, .scalars = 20000, .findings = &findings };
	struct tl_buf text = { 0 };
	struct tl_doc *doc, *again;
	struct tl_json json;

	tl_json_read(&doc, TL_STR("t.json"), (struct tl_str){ (const char *)data, size }, &options);
	fuzz_check_doc(doc, &findings);
	if (doc->root && findings.count == 0) {
		tl_json_init(&json, &text, false);
		tl_json_item(&json, doc->root);
		demand(tl_json_parse(&again, TL_STR("t.json"), tl_buf_view(&text), NULL) == 0);
		demand(tl_item_equal(doc->root, again->root));
		tl_doc_free(again);
	}
	tl_buf_clear(&text);
	tl_doc_free(doc);
	tl_findings_clear(&findings);
	return 0;
}
