/* doc/scalar.h: what an unquoted YAML scalar is, by the core schema of YAML 1.2. Internal to doc/. */
#ifndef TL_DOC_SCALAR_H
#define TL_DOC_SCALAR_H

#include "doc/tree.h"

struct tl_scalar {
	enum tl_kind kind;
	bool boolean, integer;
	bool out_of_range; /* a number that no double holds: `number` is an infinity */
	double number;
};

/* null|Null|NULL|~|empty; true|True|TRUE and false; integers in base 10, 0o8, 0x16; decimals, .inf, .nan; else a string. */
struct tl_scalar tl_scalar_resolve(struct tl_str text);
/* A number by JSON's grammar; false where `text` is not wholly one. */
bool tl_scalar_json_number(struct tl_scalar *scalar, struct tl_str text);

#endif
