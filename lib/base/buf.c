/* base/buf.c: a growing byte buffer with a cap. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void tl_buf_init(struct tl_buf *buf, size_t limit)
{
	*buf = (struct tl_buf){ .limit = limit };
}

void tl_buf_clear(struct tl_buf *buf)
{
	free(buf->data);
	tl_buf_init(buf, buf->limit);
}

void tl_buf_reset(struct tl_buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
	if (buf->data)
		buf->data[0] = '\0';
}

char *tl_buf_reserve(struct tl_buf *buf, size_t len)
{
	size_t limit = buf->limit ? buf->limit : TL_BUF_LIMIT;

	if (buf->overflow || len > limit || buf->len > limit - len) {
		buf->overflow = true;
		return NULL;
	}
	buf->data = tl_grow(buf->data, &buf->capacity, buf->len + len + 1, 1);
	/* So that the NUL is there after a caller who fills all of it. */
	buf->data[buf->len + len] = '\0';
	return buf->data + buf->len;
}

void tl_buf_add(struct tl_buf *buf, const void *bytes, size_t len)
{
	char *space = tl_buf_reserve(buf, len);

	if (!space)
		return;
	if (len)
		memcpy(space, bytes, len);
	buf->len += len;
}

void tl_buf_str(struct tl_buf *buf, struct tl_str text)
{
	tl_buf_add(buf, text.ptr, text.len);
}

void tl_buf_text(struct tl_buf *buf, const char *text)
{
	tl_buf_add(buf, text, strlen(text));
}

void tl_buf_char(struct tl_buf *buf, char c)
{
	if (buf->overflow || buf->len + 1 >= buf->capacity || buf->limit) {
		tl_buf_add(buf, &c, 1);
		return;
	}
	buf->data[buf->len++] = c;
	buf->data[buf->len] = '\0';
}

void tl_buf_printf(struct tl_buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tl_buf_vprintf(buf, fmt, args);
	va_end(args);
}

void tl_buf_vprintf(struct tl_buf *buf, const char *fmt, va_list args)
{
	char small[256], *space;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), fmt, args);
	assert(len >= 0);
	if ((size_t)len < sizeof(small)) {
		tl_buf_add(buf, small, (size_t)len);
	} else {
		space = tl_buf_reserve(buf, (size_t)len);
		if (space) {
			vsnprintf(space, (size_t)len + 1, fmt, again);
			buf->len += (size_t)len;
		}
	}
	va_end(again);
}

struct tl_str tl_buf_view(const struct tl_buf *buf)
{
	return (struct tl_str){ buf->data ? buf->data : "", buf->len };
}
