/* doc/tag.c: the tags of YAML's core schema. */
#include "doc/tag.h"

#define CORE "tag:yaml.org,2002:"

static const struct {
	const char *name;
	enum tl_tag tag;
} tag_table[] = {
	{ "!", TL_TAG_STR },          { CORE "str", TL_TAG_STR },   { CORE "int", TL_TAG_INT }, { CORE "float", TL_TAG_FLOAT },
	{ CORE "bool", TL_TAG_BOOL }, { CORE "null", TL_TAG_NULL }, { CORE "seq", TL_TAG_SEQ }, { CORE "map", TL_TAG_MAP },
};

enum tl_tag tl_tag_of(const unsigned char *name)
{
	if (!name || !*name)
		return TL_TAG_NONE;
	for (size_t i = 0; i < TL_COUNT(tag_table); i++) {
		if (strcmp(tag_table[i].name, (const char *)name) == 0)
			return tag_table[i].tag;
	}
	return TL_TAG_OTHER;
}

bool tl_tag_fits(enum tl_tag tag, const struct tl_scalar *scalar)
{
	switch (tag) {
	case TL_TAG_INT:
		return scalar->kind == TL_NUMBER && scalar->integer;
	case TL_TAG_FLOAT:
		return scalar->kind == TL_NUMBER;
	case TL_TAG_BOOL:
		return scalar->kind == TL_BOOLEAN;
	case TL_TAG_NULL:
		return scalar->kind == TL_NULL;
	default:
		return tag == TL_TAG_NONE || tag == TL_TAG_STR;
	}
}
