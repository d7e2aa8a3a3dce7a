/* schema/pattern.h: regular expressions in the way of JSON Schema (ECMA-262 with the u flag, not anchored), without their library's types. */
#ifndef TL_SCHEMA_PATTERN_H
#define TL_SCHEMA_PATTERN_H

#include "base/error.h"
#include "base/str.h"

struct tl_pattern;

/* What matching needs beside the pattern; one a thread, {0} to begin with. */
struct tl_pattern_scratch {
	void *data;
};

/* Compiles `text`; TL_USAGE where it is no regular expression, TL_UNSUPPORTED for \S within a class. Names, digits and the like (`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`) become a
 * table of character classes, everything else PCRE2's machine code. Owned by the caller. */
int tl_pattern_new(struct tl_pattern **out, struct tl_str text, struct tl_error *err);
void tl_pattern_free(struct tl_pattern *pattern); /* NULL is fine */
/* Whether the pattern occurs in `text`. False too where the search passes its limit, so that hostile text costs bounded time. */
bool tl_pattern_matches(const struct tl_pattern *pattern, struct tl_str text, struct tl_pattern_scratch *scratch);
/* Whether it became a table of classes (for tests and figures). */
bool tl_pattern_is_simple(const struct tl_pattern *pattern);
void tl_pattern_scratch_clear(struct tl_pattern_scratch *scratch);

#endif
