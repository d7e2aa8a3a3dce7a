/* doc/tag.h: the tags of YAML's core schema. Internal to doc/. */
#ifndef TL_DOC_TAG_H
#define TL_DOC_TAG_H

#include "doc/scalar.h"

enum tl_tag {
	TL_TAG_NONE,
	TL_TAG_STR, /* `!` too */
	TL_TAG_INT,
	TL_TAG_FLOAT,
	TL_TAG_BOOL,
	TL_TAG_NULL,
	TL_TAG_SEQ,
	TL_TAG_MAP,
	TL_TAG_OTHER,
};

/* The tag of that name, as libyaml writes it out: "tag:yaml.org,2002:str". NULL or empty is none. */
enum tl_tag tl_tag_of(const unsigned char *name);
/* Whether a scalar that reads as `scalar` may have that tag. */
bool tl_tag_fits(enum tl_tag tag, const struct tl_scalar *scalar);

#endif
