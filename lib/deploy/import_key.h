/* deploy/import_key.h: the same flow in two environments: what differs becomes {{key}} in its text, with a value for each. */
#ifndef TL_DEPLOY_IMPORT_KEY_H
#define TL_DEPLOY_IMPORT_KEY_H

#include "base/error.h"
#include "base/map.h"
#include "deploy/import.h"

/* The keys of one import. */
struct tl_import_keys {
	struct tl_arena *arena;         /* of all texts */
	struct tl_import_key *items;
	size_t count, capacity;
	const struct tl_map *here, *there; /* what the two environments have already: key -> struct tl_str * */
};

/* One flow's text, and how far it got. */
struct tl_import_filled {
	struct tl_str text;             /* with its keys, in the arena given */
	size_t replaced;                /* places */
	struct tl_str why;              /* why nothing could be replaced; or empty */
};

/* What differs between the two texts of a flow, replaced in the first. Keys that are new are added to `keys`; whoever does not take the text sets their number back.
 * Where what differs is no value, out->why says what, and nothing is replaced. What it says must be proven by reading it with the values of both. */
void tl_import_fill(struct tl_import_filled *out, struct tl_arena *arena, struct tl_import_keys *keys, struct tl_str here, struct tl_str there);
/* What an environment has, and the keys. `here`: the values of this one, else of the other. Texts are borrowed; clear the map. */
void tl_import_values(struct tl_map *out, const struct tl_import_keys *keys, bool here);
void tl_import_keys_clear(struct tl_import_keys *keys);

#endif
