/* tests/fuzz/fuzz_yaml.c: any bytes as YAML; what is read is written as JSON and read back. */
#include <math.h>

#include "fuzz.h"

/* JSON has no infinities and no NaN: they come back as null. */
static bool is_finite(const struct tl_item *item)
{
	if (item->kind == TL_NUMBER)
		return isfinite(item->number);
	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return true;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (!is_finite(child))
			return false;
	}
	return true;
}

static void write_and_read_back(const struct tl_item *root)
{
	struct tl_buf text = { 0 }, canonical[2] = { { 0 }, { 0 } };
	struct tl_doc *doc;
	struct tl_json json;

	tl_json_init(&json, &text, true);
	tl_json_item(&json, root);
	demand(tl_json_parse(&doc, TL_STR("t.json"), tl_buf_view(&text), NULL) == 0);
	demand(tl_item_equal(root, doc->root));
	tl_json_canonical(&canonical[0], root);
	tl_json_canonical(&canonical[1], doc->root);
	demand(tl_str_equal(tl_buf_view(&canonical[0]), tl_buf_view(&canonical[1])));
	tl_doc_free(doc);
	tl_buf_clear(&text);
	tl_buf_clear(&canonical[0]);
	tl_buf_clear(&canonical[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .bytes = 1 << 20, .depth = 256, .scalars = 20000, .findings = &findings };
	struct tl_doc *doc;

	tl_yaml_read(&doc, TL_STR("t.yaml"), (struct tl_str){ (const char *)data, size }, &options);
	fuzz_check_doc(doc, &findings);
	if (doc->root)
		demand(doc->root->weight <= 20000 && doc->depth <= 256);
	if (doc->root && is_finite(doc->root))
		write_and_read_back(doc->root);
	tl_doc_free(doc);
	tl_findings_clear(&findings);
	return 0;
}
