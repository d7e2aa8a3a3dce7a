/* schema/classes.h: anchored patterns that are a row of ASCII character classes with counts, matched in one pass without going back. */
#ifndef TL_SCHEMA_CLASSES_H
#define TL_SCHEMA_CLASSES_H

#include "base/str.h"

/* More steps than this are left to the general machine. */
#define TL_CLASSES_MAX 16

/* `min` to `max` bytes of one class. */
struct tl_class_step {
	uint64_t members[4]; /* a bit for each byte value; those above 127 are never set */
	uint32_t min, max;
};

struct tl_classes {
	struct tl_class_step steps[TL_CLASSES_MAX];
	unsigned count;
};

/* Reads `^…$` made of literals, classes and counts. False where it holds anything else, or where taking as much as possible at each
 * step could be wrong: then *out is undefined. */
bool tl_classes_read(struct tl_classes *out, struct tl_str pattern);
bool tl_classes_match(const struct tl_classes *classes, struct tl_str text);

#endif
