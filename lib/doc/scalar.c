/* doc/scalar.c: the core schema's types, by hand: no locale, no regular expressions. */
#include "doc/scalar.h"

#include <math.h>

#include "base/buf.h"
#include "base/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_one_of(struct tl_str text, const char *a, const char *b, const char *c)
{
	return tl_str_is(text, a) || tl_str_is(text, b) || tl_str_is(text, c);
}

static size_t skip_digits(struct tl_str text, size_t at)
{
	while (at < text.len && is_digit(text.ptr[at]))
		at++;
	return at;
}

/* [eE][-+]?[0-9]+ at `at`; SIZE_MAX where it is broken off. */
static size_t skip_exponent(struct tl_str text, size_t at)
{
	size_t digits;

	if (at == text.len || (text.ptr[at] != 'e' && text.ptr[at] != 'E'))
		return at;
	at++;
	if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
		at++;
	digits = skip_digits(text, at);
	return digits > at ? digits : SIZE_MAX;
}

/* Up to 15 digits are exact in a double. */
static double small_integer(struct tl_str digits)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits.len; i++)
		value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
	return (double)value;
}

/* The value of a text that JSON takes as a number. */
static void set_number(struct tl_scalar *scalar, struct tl_str json)
{
	scalar->kind = TL_NUMBER;
	if (tl_text_number_parse(&scalar->number, json))
		return;
	scalar->out_of_range = true;
	scalar->number = json.ptr[0] == '-' ? -INFINITY : INFINITY;
}

/* Decimals that JSON does not write so (+1, 007, .5, 1.) are turned into what it does. `whole`, `fraction`: their digits. */
static void set_decimal(struct tl_scalar *scalar, bool negative, struct tl_str whole, struct tl_str fraction, struct tl_str exponent)
{
	struct tl_buf json = { 0 };

	while (whole.len > 1 && whole.ptr[0] == '0')
		whole = tl_str_slice(whole, 1, whole.len);
	if (negative)
		tl_buf_char(&json, '-');
	tl_buf_str(&json, whole.len ? whole : TL_STR("0"));
	if (fraction.len) {
		tl_buf_char(&json, '.');
		tl_buf_str(&json, fraction);
	}
	tl_buf_str(&json, exponent);
	set_number(scalar, tl_buf_view(&json));
	tl_buf_clear(&json);
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool resolve_decimal(struct tl_scalar *scalar, struct tl_str text)
{
	size_t sign = text.ptr[0] == '-' || text.ptr[0] == '+', whole = skip_digits(text, sign), end = whole, exponent;

	if (end < text.len && text.ptr[end] == '.')
		end = skip_digits(text, end + 1);
	if (whole == sign && end < whole + 2)
		return false;
	exponent = end;
	if (skip_exponent(text, exponent) != text.len)
		return false;
	scalar->integer = whole == text.len;
	if (scalar->integer && whole - sign <= 15) {
		scalar->kind = TL_NUMBER;
		scalar->number = small_integer(tl_str_slice(text, sign, whole));
		if (text.ptr[0] == '-')
			scalar->number = -scalar->number;
		return true;
	}
	set_decimal(scalar, text.ptr[0] == '-', tl_str_slice(text, sign, whole),
	            end > whole ? tl_str_slice(text, whole + 1, end) : (struct tl_str){ "", 0 },
	            tl_str_slice(text, exponent, text.len));
	return true;
}

/* 0o[0-7]+ and 0x[0-9a-fA-F]+ */
static bool resolve_based(struct tl_scalar *scalar, struct tl_str text)
{
	int base = text.len < 3 || text.ptr[0] != '0' ? 0 : text.ptr[1] == 'o' ? 8 : text.ptr[1] == 'x' ? 16 : 0;
	double number = 0;
	uint64_t exact = 0;

	if (base == 0)
		return false;
	for (size_t i = 2; i < text.len; i++) {
		int digit = tl_hex_digit(text.ptr[i]);

		if (digit < 0 || digit >= base)
			return false;
		number = number * base + digit;
		exact = exact * (uint64_t)base + (uint64_t)digit;
	}
	scalar->kind = TL_NUMBER;
	scalar->integer = true;
	/* Up to 2^64 the integer is exact, and is rounded once; above, each digit rounds. */
	scalar->number = number < 0x1p64 ? (double)exact : number;
	scalar->out_of_range = isinf(number);
	return true;
}

/* [-+]?\.(inf|Inf|INF), \.(nan|NaN|NAN) */
static bool resolve_special(struct tl_scalar *scalar, struct tl_str text)
{
	bool sign = text.ptr[0] == '-' || text.ptr[0] == '+';
	struct tl_str name = tl_str_slice(text, sign, text.len);

	if (is_one_of(name, ".inf", ".Inf", ".INF"))
		scalar->number = text.ptr[0] == '-' ? -INFINITY : INFINITY;
	else if (!sign && is_one_of(name, ".nan", ".NaN", ".NAN"))
		scalar->number = NAN;
	else
		return false;
	scalar->kind = TL_NUMBER;
	return true;
}

static bool resolve_number(struct tl_scalar *scalar, struct tl_str text)
{
	return resolve_decimal(scalar, text) || resolve_based(scalar, text) || resolve_special(scalar, text);
}

struct tl_scalar tl_scalar_resolve(struct tl_str text)
{
	struct tl_scalar scalar = { .kind = TL_STRING };

	switch (text.len ? text.ptr[0] : '~') {
	case '~':
		if (text.len <= 1)
			scalar.kind = TL_NULL;
		break;
	case 'n':
	case 'N':
		if (is_one_of(text, "null", "Null", "NULL"))
			scalar.kind = TL_NULL;
		break;
	case 't':
	case 'T':
		scalar.boolean = is_one_of(text, "true", "True", "TRUE");
		if (scalar.boolean)
			scalar.kind = TL_BOOLEAN;
		break;
	case 'f':
	case 'F':
		if (is_one_of(text, "false", "False", "FALSE"))
			scalar.kind = TL_BOOLEAN;
		break;
	case '-':
	case '+':
	case '.':
		resolve_number(&scalar, text);
		break;
	default:
		if (is_digit(text.ptr[0]))
			resolve_number(&scalar, text);
		break;
	}
	return scalar;
}

bool tl_scalar_json_number(struct tl_scalar *scalar, struct tl_str text)
{
	size_t sign = text.len && text.ptr[0] == '-', whole = skip_digits(text, sign), end = whole;

	*scalar = (struct tl_scalar){ .kind = TL_STRING };
	if (whole == sign || (whole - sign > 1 && text.ptr[sign] == '0'))
		return false;
	if (end < text.len && text.ptr[end] == '.') {
		end = skip_digits(text, end + 1);
		if (end == whole + 1)
			return false;
	}
	if (skip_exponent(text, end) != text.len)
		return false;
	return resolve_decimal(scalar, text);
}
