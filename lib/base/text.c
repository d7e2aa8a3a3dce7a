/* base/text.c: numbers as JavaScript writes them, and text from outside made safe to show. */
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The digits of a finite number above 0, without zeros at the end, and n so that its value is 0.DIGITS × 10^n. */
struct digits {
	char text[18];
	int count, n;
};

/* Whole numbers up to 2^53 have their digits at once; most numbers are such. */
static size_t write_whole(char *out, uint64_t value)
{
	char reverse[20];
	size_t count = 0;

	do {
		reverse[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (size_t i = 0; i < count; i++)
		out[i] = reverse[count - 1 - i];
	return count;
}

/* Takes the digits and the exponent out of "d.ddde±x". */
static void take_digits(struct digits *digits, const char *text)
{
	digits->count = 0;
	for (; *text != 'e'; text++) {
		if (*text >= '0' && *text <= '9')
			digits->text[digits->count++] = *text;
	}
	digits->n = (int)strtol(text + 1, NULL, 10) + 1;
	while (digits->count > 1 && digits->text[digits->count - 1] == '0')
		digits->count--;
}

/* One more in the last place of "d.ddde±x". False where all digits are nines. */
static bool step_up(char *text)
{
	char *at = strchr(text, 'e') - 1;

	while (at > text && (*at == '9' || *at < '0'))
		at--;
	if (*at == '9')
		return false;
	++*at;
	for (at++; *at != 'e'; at++) {
		if (*at == '9')
			*at = '0';
	}
	return true;
}

/* The fewest digits that read back as the same number. Fifteen always survive the way through a double and back, so that
 * fewer need not be tried; for subnormals that does not hold. Below a power of two the neighbours lie half as far apart as
 * above it, so that the number of that many digits that reads back can be the one above the nearest. */
static void shortest_digits(struct digits *digits, double number)
{
	char text[40];
	int exponent;
	bool power_of_two = frexp(number, &exponent) == 0.5;

	for (int count = number >= DBL_MIN ? 15 : 1; count <= 17; count++) {
		snprintf(text, sizeof(text), "%.*e", count - 1, number);
		if (strtod(text, NULL) == number)
			break;
		if (power_of_two && step_up(text) && strtod(text, NULL) == number)
			break;
	}
	take_digits(digits, text);
}

/* Lays digits out by the steps of ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20). */
static size_t lay_out(char *out, const struct digits *digits)
{
	int count = digits->count, n = digits->n;

	if (count <= n && n <= 21)
		return (size_t)snprintf(out, TL_NUMBER_SIZE - 1, "%.*s%.*s", count, digits->text, n - count,
		                        "00000000000000000000");
	if (n > 0 && n < count)
		return (size_t)snprintf(out, TL_NUMBER_SIZE - 1, "%.*s.%.*s", n, digits->text, count - n,
		                        digits->text + n);
	if (n > -6 && n <= 0)
		return (size_t)snprintf(out, TL_NUMBER_SIZE - 1, "0.%.*s%.*s", -n, "000000", count, digits->text);
	return (size_t)snprintf(out, TL_NUMBER_SIZE - 1, "%c%s%.*se%+d", digits->text[0], count > 1 ? "." : "",
	                        count - 1, digits->text + 1, n - 1);
}

static size_t write_special(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len + 1);
	return len;
}

size_t tl_text_number_to(char *out, double number)
{
	struct digits digits = { .count = 0 };
	size_t sign = number < 0 ? 1 : 0, len;

	if (isnan(number))
		return write_special(out, "NaN");
	if (isinf(number))
		return write_special(out, sign ? "-Infinity" : "Infinity");
	/* Covers -0, which is written "0". */
	if (sign) {
		out[0] = '-';
		number = -number;
	}
	if (number <= 9007199254740992.0 && (double)(uint64_t)number == number) {
		len = write_whole(out + sign, (uint64_t)number);
		out[sign + len] = '\0';
		return sign + len;
	}
	shortest_digits(&digits, number);
	/* The longest layout has 25 characters, so that the sign fits too. */
	return sign + lay_out(out + sign, &digits);
}

void tl_text_number(struct tl_buf *buf, double number)
{
	char text[TL_NUMBER_SIZE];

	tl_buf_add(buf, text, tl_text_number_to(text, number));
}

static size_t skip_digits(struct tl_str text, size_t at)
{
	while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
		at++;
	return at;
}

static bool at_char(struct tl_str text, size_t at, char a, char b)
{
	return at < text.len && (text.ptr[at] == a || text.ptr[at] == b);
}

/* Whether the whole of `text` is a number by JSON's grammar (RFC 8259, 6). */
static bool is_json_number(struct tl_str text)
{
	size_t at = at_char(text, 0, '-', '-') ? 1 : 0, from = at;

	at = skip_digits(text, at);
	if (at == from || (text.ptr[from] == '0' && at > from + 1))
		return false;
	if (at_char(text, at, '.', '.')) {
		from = at + 1;
		at = skip_digits(text, from);
		if (at == from)
			return false;
	}
	if (at_char(text, at, 'e', 'E')) {
		from = at + 1;
		if (at_char(text, from, '+', '-'))
			from++;
		at = skip_digits(text, from);
		if (at == from)
			return false;
	}
	return at == text.len;
}

bool tl_text_number_parse(double *number, struct tl_str text)
{
	char small[64], *copy = small;

	if (!is_json_number(text))
		return false;
	if (text.len >= sizeof(small))
		copy = tl_alloc(text.len + 1);
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*number = strtod(copy, NULL);
	if (copy != small)
		free(copy);
	return isfinite(*number);
}

bool tl_text_is_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c || point == 0x200e ||
	       point == 0x200f || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

/* GitHub's runner reads the log: "::name::" after blanks at the start of a line, and "##[name]" anywhere, are orders to it. */
static bool is_order(struct tl_str text, size_t at)
{
	struct tl_str rest = tl_str_slice(text, at, text.len);

	if (tl_str_starts(rest, TL_STR("##[")))
		return true;
	return tl_str_starts(rest, TL_STR("::")) && tl_str_trim(tl_str_slice(text, 0, at)).len == 0;
}

static void escape_point(struct tl_buf *buf, uint32_t point)
{
	static const char letters[] = "\n\r\t";
	static const char *const escapes[] = { "\\n", "\\r", "\\t" };
	const char *letter = point < 0x80 && point ? strchr(letters, (int)point) : NULL;

	if (letter)
		tl_buf_text(buf, escapes[letter - letters]);
	else
		tl_buf_printf(buf, point < 0x80 ? "\\x%02x" : "\\u%04x", point);
}

void tl_text_safe(struct tl_buf *buf, struct tl_str text)
{
	size_t plain = 0, at = 0;

	while (at < text.len) {
		uint32_t point = 0;
		size_t len = tl_str_decode(text, at, &point);

		if (len && !tl_text_is_unsafe(point) && !((point == ':' || point == '#') && is_order(text, at))) {
			at += len;
			continue;
		}
		tl_buf_add(buf, text.ptr + plain, at - plain);
		if (len)
			escape_point(buf, point);
		else
			tl_buf_printf(buf, "\\x%02x", (unsigned)(unsigned char)text.ptr[at]);
		at += len ? len : 1;
		plain = at;
	}
	if (at > plain)
		tl_buf_add(buf, text.ptr + plain, at - plain);
}

struct tl_str tl_text_percent_decode(struct tl_arena *arena, struct tl_str text)
{
	char *out = tl_arena_alloc(arena, text.len + 1, 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		int high = i + 2 < text.len && text.ptr[i] == '%' ? tl_hex_digit(text.ptr[i + 1]) : -1;
		int low = high >= 0 ? tl_hex_digit(text.ptr[i + 2]) : -1;

		if (low >= 0) {
			out[len++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[len++] = text.ptr[i];
		}
	}
	return (struct tl_str){ out, len };
}
