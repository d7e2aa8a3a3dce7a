/* base/buf.h: a growing byte buffer that has a cap. Always NUL-terminated after the first append (NUL not counted). */
#ifndef TL_BASE_BUF_H
#define TL_BASE_BUF_H

#include <stdarg.h>

#include "base/base.h"
#include "base/str.h"

struct tl_buf {
	char *data;
	size_t len, capacity;
	size_t limit;  /* 0: TL_BUF_LIMIT */
	bool overflow; /* an append did not fit the limit: nothing more is appended, and the caller must look */
};

/* What a buffer may hold where nothing else is said: 1 GiB. */
#define TL_BUF_LIMIT ((size_t)1 << 30)

/* {0} is an empty buffer. */
void tl_buf_init(struct tl_buf *buf, size_t limit);
void tl_buf_clear(struct tl_buf *buf); /* frees; may be used again, keeps the limit */
void tl_buf_reset(struct tl_buf *buf); /* empties, keeps the memory */
void tl_buf_add(struct tl_buf *buf, const void *bytes, size_t len);
void tl_buf_str(struct tl_buf *buf, struct tl_str text);
void tl_buf_text(struct tl_buf *buf, const char *text);
void tl_buf_char(struct tl_buf *buf, char c);
void tl_buf_printf(struct tl_buf *buf, const char *fmt, ...) TL_PRINTF(2, 3);
void tl_buf_vprintf(struct tl_buf *buf, const char *fmt, va_list args) TL_PRINTF(2, 0);
/* Space for `len` more bytes at the end, to be filled by the caller, who then adds to `len`; NULL past the limit. */
char *tl_buf_reserve(struct tl_buf *buf, size_t len);
/* A view of what is in it; valid until the next append. */
struct tl_str tl_buf_view(const struct tl_buf *buf);

#endif
