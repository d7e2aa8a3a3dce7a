/* base/base64.c: three bytes are four letters. */
#include "base/base64.h"

static const char letter_table[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct tl_str tl_base64_encode(struct tl_arena *arena, struct tl_str bytes)
{
	char *out = tl_arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1, 1);
	size_t len = 0;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t bits = (uint32_t)(unsigned char)bytes.ptr[i] << 16;

		bits |= left > 1 ? (uint32_t)(unsigned char)bytes.ptr[i + 1] << 8 : 0;
		bits |= left > 2 ? (uint32_t)(unsigned char)bytes.ptr[i + 2] : 0;
		out[len++] = letter_table[bits >> 18];
		out[len++] = letter_table[bits >> 12 & 63];
		out[len++] = left > 1 ? letter_table[bits >> 6 & 63] : '=';
		out[len++] = left > 2 ? letter_table[bits & 63] : '=';
	}
	out[len] = '\0';
	return (struct tl_str){ out, len };
}

static int value_of(char letter)
{
	const char *at = letter ? strchr(letter_table, letter) : NULL;

	return at ? (int)(at - letter_table) : -1;
}

bool tl_base64_decode(struct tl_str *out, struct tl_arena *arena, struct tl_str text)
{
	char *bytes = tl_arena_alloc(arena, text.len / 4 * 3 + 1, 1);
	size_t len = 0, padding = 0;

	*out = (struct tl_str){ bytes, 0 };
	if (text.len % 4 != 0)
		return false;
	while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < text.len; i += 4) {
		uint32_t bits = 0;

		for (size_t j = i; j < i + 4; j++) {
			int value = j < text.len - padding ? value_of(text.ptr[j]) : 0;

			if (value < 0)
				return false;
			bits = bits << 6 | (uint32_t)value;
		}
		bytes[len++] = (char)(bits >> 16);
		bytes[len++] = (char)(bits >> 8 & 0xff);
		bytes[len++] = (char)(bits & 0xff);
	}
	bytes[len - (len > 0 ? padding : 0)] = '\0';
	*out = (struct tl_str){ bytes, len - (len > 0 ? padding : 0) };
	return true;
}
