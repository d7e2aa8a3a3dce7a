/* doc/edit.h: a file changed where its tree is to be another, and nowhere else: layout, comments and the order of keys stay. */
#ifndef TL_DOC_EDIT_H
#define TL_DOC_EDIT_H

#include "base/buf.h"
#include "doc/tree.h"

/* How deep edits go where nothing else is said: to single scalars. */
#define TL_EDIT_ALL UINT32_MAX

/* Appends to `out` the bytes of the file `doc`, with as few changes as make it say what `to` says beyond `from`. `from` is what the file is taken to say now: its
 * own tree, or one in the same words with placeholders filled in; what the two have in common stays as the file has it. Below `depth` collections from the root a
 * value that differs is replaced whole. What is new is written in the manner of its surroundings: JSON, YAML's flow style on one line where that is short, else
 * block style. Comments inside of what is removed go, and inside of what is replaced by reason of `depth`; else a value that holds
 * any is never replaced whole. With `aliases` one that becomes something else, or whose anchor's value does, is written out.
 *
 * false, and `out` is as it was: the file says it in a way that cannot be edited so (aliases that are to stay, keys that `from` has and the file lacks); a lower
 * `depth` may do. The text is not read again: whoever calls does that, and compares. */
bool tl_doc_edit(struct tl_buf *out, const struct tl_doc *doc, const struct tl_item *from, const struct tl_item *to, uint32_t depth, bool aliases);

#endif
