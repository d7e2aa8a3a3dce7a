/* tests/fuzz/fuzz.h: what the fuzz targets share. A target is tests/fuzz/NAME.c with one LLVMFuzzerTestOneInput; what must hold is
 * held by demand(), which aborts. */
#ifndef TL_FUZZ_H
#define TL_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "doc/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define demand(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

static inline void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

/* Whether every span lies within the file, and each number can be written. */
static inline void fuzz_check_item(const struct tl_doc *doc, const struct tl_item *item)
{
	demand(item->span.start <= item->span.end && item->span.end <= doc->source.bytes.len);
	demand(item->key_span.start <= item->key_span.end && item->key_span.end <= doc->source.bytes.len);
	demand(item->text.ptr && item->text.ptr[item->text.len] == '\0');
	demand(item->weight > 0);
}

/* As above for a whole tree; returns its values. */
static inline uint32_t fuzz_check_tree(const struct tl_doc *doc, const struct tl_item *item)
{
	uint32_t count = 1, children = 0;

	fuzz_check_item(doc, item);
	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return count;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		children++;
		demand(child->next || child == item->last);
		count += fuzz_check_tree(doc, child);
	}
	demand(children == item->count);
	return count;
}

/* A document has a tree, or something was said of it; findings lie within the file and are bounded. */
static inline void fuzz_check_doc(struct tl_doc *doc, const struct tl_findings *findings)
{
	demand(doc->root || tl_findings_count(findings, TL_ERROR));
	demand(findings->count <= 300);
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *finding = &findings->items[i];

		demand(finding->span.start <= finding->span.end && finding->span.end <= doc->source.bytes.len);
		demand(finding->message.len && finding->place.line && finding->place.column);
	}
	for (size_t i = 0; i < doc->n_comments; i++)
		demand(doc->source.bytes.ptr[doc->comments[i].span.start] == '#');
	if (doc->root)
		fuzz_check_tree(doc, doc->root);
}

#endif
