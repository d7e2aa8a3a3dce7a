/* doc/substitute.h: {{key}} replaced in raw text before parsing, and where each resulting byte came from. */
#ifndef TL_DOC_SUBSTITUTE_H
#define TL_DOC_SUBSTITUTE_H

#include "base/finding.h"
#include "base/map.h"

/* From `at` on, the substituted text comes from `from` of the original: byte for byte, or (`key`) all of it from one key's span. */
struct tl_piece {
	uint32_t at;
	struct tl_span from;
	bool key;
};

struct tl_pieces {
	struct tl_piece *items; /* in the arena given; ascending `at`; count 0: text and original are the same */
	size_t count;
};

/* One {{key}} of the original text. */
struct tl_placeholder {
	struct tl_str key; /* trimmed */
	struct tl_span span; /* with its braces */
	bool set;            /* the values had it */
};

struct tl_substitution {
	struct tl_str text; /* what to parse */
	struct tl_pieces pieces;
	struct tl_placeholder *placeholders; /* in order of appearance */
	size_t count;
};

/* Replaces each {{key}} by its value (`values`: key -> struct tl_str *), one without a value by a stand-in that keeps the text readable as
 * YAML: a plain word made of the key (its letters and digits, others as '_', "_unset_" before it) so that keys stay distinct. Everything in `arena`;
 * where there is no placeholder `text` is `original` itself. A value with a line break, or one that would change the tree's shape where it is used (`a: b`
 * outside of quotes, a quote within them), or that makes another {{key}}, is a finding, error `bad-substitution` at the key's span, and the
 * stand-in is used.
 * Findings about unset keys are NOT added here: the reader of the dialect does, at the level it knows. */
void tl_substitute(struct tl_substitution *out, struct tl_arena *arena, struct tl_source *original, const struct tl_map *values,
                   struct tl_findings *findings);

/* Whether a value is text of one line, in UTF-8 and without control characters: no other is filled in anywhere. */
bool tl_substitution_is_text(struct tl_str value);

/* Whether [start, end) of the substituted text holds text of a key's value. */
bool tl_pieces_touch(const struct tl_pieces *pieces, size_t start, size_t end);

/* The original span of [start, end) of the substituted text. A range that touches a key's value spans the whole key. */
struct tl_span tl_pieces_span(const struct tl_pieces *pieces, size_t start, size_t end);

#endif
