/* schema/words.h: places and words of which messages are made; for say.c and say_values.c alone. */
#ifndef TL_SCHEMA_WORDS_H
#define TL_SCHEMA_WORDS_H

#include "base/buf.h"
#include "schema/explain.h"

/* Values and keys that a message lists before it stops. */
#define TL_WORDS_LIST 24
/* Bytes of a user's text that a message repeats. */
#define TL_WORDS_TEXT 60

/* What is in `buf`, kept in the explanation's arena; the buffer is cleared. */
struct tl_str tl_words_take(struct tl_explain *ex, struct tl_buf *buf);
/* The longest start of `text` of at most `limit` bytes that cuts no character. */
struct tl_str tl_words_cut(struct tl_str text, size_t limit);
/* Appends a user's text in quotes, cut where it is long. */
void tl_words_quoted(struct tl_buf *buf, struct tl_str text);
void tl_words_number(struct tl_buf *buf, double number);
/* Appends what stands there: "number 5", "'abc'", "an empty list". */
void tl_words_value(struct tl_buf *buf, const struct tl_item *item);
/* Appends a value as the schema allows it: "5", "play", "a map". */
void tl_words_allowed(struct tl_buf *buf, const struct tl_item *item);
/* Appends "'type'", "each item of 'accept'", "the value". */
void tl_words_subject(struct tl_buf *buf, const struct tl_item *item, const struct tl_item *parent, bool key);

/* Whether the value stands under a key. */
bool tl_visit_has_key(const struct tl_visit *at);
/* What is expected there: the schema's words, else its types. */
struct tl_str tl_visit_expected(struct tl_explain *ex, const struct tl_visit *at);
/* Sets "expected …, got …". */
void tl_say_expected(struct tl_explain *ex, struct tl_problem *problem, struct tl_str expected);

#endif
