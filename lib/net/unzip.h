/* net/unzip.h: the files of a zip archive that a server sent. */
#ifndef TL_NET_UNZIP_H
#define TL_NET_UNZIP_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct tl_unzipped {
	struct tl_str name;  /* as the archive has it, its folders too: for comparing, never for a place on a disk */
	struct tl_str bytes;
};

/* Whether the bytes begin as an archive does. */
bool tl_is_zip(struct tl_str bytes);
/* All files, folders left out, in `arena`; names are views of `bytes`. TL_REFUSED where the archive is broken, encrypted, packed in a way other than the two that are
 * in use, or unpacks to more than `limit` bytes in all. */
int tl_unzip(struct tl_unzipped **out, size_t *count, struct tl_arena *arena, struct tl_str bytes, size_t limit, struct tl_error *err);

#endif
