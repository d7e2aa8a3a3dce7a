/* base/text.h: near names, numbers as JavaScript writes them, and text from outside made safe to show. */
#ifndef TL_BASE_TEXT_H
#define TL_BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* The one of `names` nearest to `name` by edit distance with transpositions, where near enough to be a slip of the
 * keyboard (distance at most a third of the length, at least 1 from two letters on; case alone counts as near). The first of several
 * equally near ones; empty where none is. */
struct tl_str tl_text_nearest(struct tl_str name, const struct tl_str *names, size_t count);

/* A double as ECMAScript's Number::toString writes it (the shortest text that reads back): 1, 0.5, 1e+21. */
void tl_text_number(struct tl_buf *buf, double number);
#define TL_NUMBER_SIZE 32
/* The same into a buffer of TL_NUMBER_SIZE; returns the length. */
size_t tl_text_number_to(char *out, double number);
/* Reads a JSON number. False where `text` is not wholly one. Overflow is false too. */
bool tl_text_number_parse(double *number, struct tl_str text);

/* %41 is "A"; what is no such escape stays as it is. In `arena`. */
struct tl_str tl_text_percent_decode(struct tl_arena *arena, struct tl_str text);

/* Whether a code point is never shown as it is: a control character, a separator of lines, a mark that turns the direction of writing and so can hide what a
 * text says. */
bool tl_text_is_unsafe(uint32_t point);
/* Appends `text` for a terminal: what is tl_text_is_unsafe() and bytes that are no UTF-8 are shown as \n, \x1b, \u202e …; everything else as it is, but for what a
 * CI runner would take for a command of the log's: "::" at the start and "##[" anywhere lose their first sign to \x3a and \x23. */
void tl_text_safe(struct tl_buf *buf, struct tl_str text);
/* Terminal columns that `text` takes (wide East Asian characters 2, combining marks 0). */
size_t tl_text_width(struct tl_str text);

#endif
