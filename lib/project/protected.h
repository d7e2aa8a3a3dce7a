/* project/protected.h: what the files about the protected configuration share. Private to the room. */
#ifndef TL_PROJECT_PROTECTED_H
#define TL_PROJECT_PROTECTED_H

#include "project/access.h"

/* Parses and checks the text of a configuration; TL_USAGE with the first thing that is wrong, which never shows what may be a secret. `schemas` NULL: only its
 * syntax. Free *out with tl_doc_free(). */
int tl_config_parse(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas, struct tl_error *err);
/* Whether a text holds nothing but blanks and comments. */
bool tl_config_is_blank(struct tl_str bytes);
/* A path of the protected configuration, absolute. */
struct tl_str tl_config_file(struct tl_config *config, struct tl_str path);

#endif
