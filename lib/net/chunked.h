/* net/chunked.h: bodies that come in chunks (RFC 9112, 7.1). */
#ifndef TL_NET_CHUNKED_H
#define TL_NET_CHUNKED_H

#include "base/buf.h"

enum tl_chunked_state {
	TL_CHUNKED_SIZE,      /* within the digits of a chunk's size */
	TL_CHUNKED_EXTENSION, /* behind them, until the line ends */
	TL_CHUNKED_DATA,
	TL_CHUNKED_DATA_END,  /* the line break behind a chunk */
	TL_CHUNKED_TRAILER,   /* lines behind the last chunk, until an empty one */
	TL_CHUNKED_DONE,
	TL_CHUNKED_BROKEN,
};

/* Starts as zeros. */
struct tl_chunked {
	enum tl_chunked_state state;
	uint64_t left;        /* of the chunk; while its size is read: so far */
	size_t line;          /* bytes of the line so far */
};

/* Takes what came in, and adds what it carries to `body`, which keeps to its own limit. What comes behind the end is passed over. The state that it is in then. */
enum tl_chunked_state tl_chunked_take(struct tl_chunked *chunked, struct tl_buf *body, const char *in, size_t len);

#endif
