/* doc/write.h: trees as text in the manner of a file that is there: YAML in flow or block style, or JSON. */
#ifndef TL_DOC_WRITE_H
#define TL_DOC_WRITE_H

#include "base/buf.h"
#include "doc/tree.h"

/* Flow style stays on one line up to this column. */
#define TL_MANNER_WIDTH 120

/* Where text goes, and what surrounds it. */
struct tl_manner {
	bool json;      /* keys and texts in quotes */
	bool flow;      /* within braces or brackets: on one line */
	bool quoted;    /* a text gets quotes, as the one before it had them; one whose item is `quoted` does anyway */
	bool in_place;  /* a collection in block style begins where it is written, not on the next line */
	size_t column;  /* where the entry begins that the value belongs to: its key or dash; with `in_place` the value itself */
};

/* A value; a collection that is too long for one line in block style, which begins with a line break unless it is `in_place`. */
void tl_doc_write_value(struct tl_buf *out, const struct tl_item *item, const struct tl_manner *manner);
/* "key: value" */
void tl_doc_write_entry(struct tl_buf *out, struct tl_str key, const struct tl_item *item, const struct tl_manner *manner);
/* An element of a list: "- value" in block style, else the value. */
void tl_doc_write_element(struct tl_buf *out, const struct tl_item *item, const struct tl_manner *manner);

#endif
