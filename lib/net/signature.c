/* net/signature.c: the two header fields are read strictly (RFC 8941, as much of it as signatures use), what was signed is written again from what was read, and that is
 * held against the secret. */
#include "net/signature.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/buf.h"
#include "crypto/sign.h"

/* Components and parameters of one signature. */
#define PARTS 32
/* Of one header field. */
#define FIELD_BYTES 8192

enum value_kind { VALUE_TEXT, VALUE_NUMBER, VALUE_FLAG };

struct parameter {
	struct tl_str name;
	enum value_kind kind;
	struct tl_str text;   /* without the quotes */
	int64_t number;       /* of a flag 0 or 1 */
};

/* One member of Signature-Input. */
struct covered {
	struct tl_str label;
	struct tl_str components[PARTS];
	size_t n_components;
	struct parameter parameters[PARTS];
	size_t n_parameters;
};

struct reader {
	struct tl_arena *arena;
	struct tl_str text;
	size_t at;
	bool bad;
};

/* ---- structured fields */

static char peek(const struct reader *reader)
{
	return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';
}

static bool take(struct reader *reader, char wanted)
{
	if (peek(reader) != wanted)
		return false;
	reader->at++;
	return true;
}

static void need(struct reader *reader, char wanted)
{
	if (!take(reader, wanted))
		reader->bad = true;
}

static void skip_blanks(struct reader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\t')
		reader->at++;
}

static bool is_key_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '*';
}

static struct tl_str read_key(struct reader *reader)
{
	size_t start = reader->at;

	while (is_key_letter(peek(reader)))
		reader->at++;
	if (reader->at == start || (reader->text.ptr[start] != '*' && (reader->text.ptr[start] < 'a' || reader->text.ptr[start] > 'z')))
		reader->bad = true;
	return tl_str_slice(reader->text, start, reader->at);
}

/* A quoted string without escapes: nothing that is signed here has any. */
static struct tl_str read_string(struct reader *reader)
{
	size_t start;

	need(reader, '"');
	start = reader->at;
	while (peek(reader) >= ' ' && peek(reader) < 0x7f && peek(reader) != '"' && peek(reader) != '\\')
		reader->at++;
	need(reader, '"');
	return reader->bad ? TL_STR("") : tl_str_slice(reader->text, start, reader->at - 1);
}

static int64_t read_number(struct reader *reader)
{
	int64_t number = 0;
	size_t start = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9' && reader->at - start < 15)
		number = number * 10 + (reader->text.ptr[reader->at++] - '0');
	reader->bad |= reader->at == start || (reader->at - start > 1 && reader->text.ptr[start] == '0');
	return number;
}

static void read_parameter(struct reader *reader, struct covered *covered)
{
	struct parameter *parameter = &covered->parameters[covered->n_parameters];

	if (covered->n_parameters == PARTS) {
		reader->bad = true;
		return;
	}
	covered->n_parameters++;
	parameter->name = read_key(reader);
	parameter->kind = VALUE_FLAG;
	parameter->number = 1;
	if (!take(reader, '='))
		return;
	if (peek(reader) == '"') {
		parameter->kind = VALUE_TEXT;
		parameter->text = read_string(reader);
	} else if (take(reader, '?')) {
		parameter->number = peek(reader) == '1';
		if (!take(reader, '0'))
			need(reader, '1');
	} else {
		parameter->kind = VALUE_NUMBER;
		parameter->number = read_number(reader);
	}
}

/* ("a" "b");keyid="x";created=1. Components with parameters of their own are nothing that a client of ours sends. */
static void read_covered(struct reader *reader, struct covered *covered)
{
	need(reader, '(');
	while (!reader->bad) {
		while (take(reader, ' '))
			continue;
		if (take(reader, ')'))
			break;
		if (covered->n_components == PARTS)
			reader->bad = true;
		else
			covered->components[covered->n_components++] = read_string(reader);
		if (peek(reader) != ' ' && peek(reader) != ')')
			reader->bad = true;
	}
	while (!reader->bad && take(reader, ';')) {
		while (take(reader, ' '))
			continue;
		read_parameter(reader, covered);
	}
}

/* The next member's key, or false at the end. */
static bool next_member(struct reader *reader, struct tl_str *label)
{
	skip_blanks(reader);
	if (reader->bad || reader->at == reader->text.len)
		return false;
	*label = read_key(reader);
	need(reader, '=');
	return !reader->bad;
}

static void end_member(struct reader *reader)
{
	skip_blanks(reader);
	if (reader->at == reader->text.len)
		return;
	need(reader, ',');
	skip_blanks(reader);
	reader->bad |= reader->at == reader->text.len;
}

/* The first signature: whoever sends several must be content with it. */
static bool read_input(struct covered *covered, struct tl_arena *arena, struct tl_str field)
{
	struct reader reader = { .arena = arena, .text = tl_str_trim(field) };
	struct covered other;
	struct tl_str label;
	bool first = true;

	while (next_member(&reader, &label)) {
		struct covered *into = first ? covered : &other;

		*into = (struct covered){ .label = label };
		read_covered(&reader, into);
		end_member(&reader);
		first = false;
	}
	return !first && !reader.bad;
}

/* The bytes of the signature with that label. */
static bool read_signature(struct tl_str *out, struct tl_arena *arena, struct tl_str field, struct tl_str wanted)
{
	struct reader reader = { .arena = arena, .text = tl_str_trim(field) };
	struct tl_str label, bytes;
	bool found = false;
	size_t start;

	while (next_member(&reader, &label)) {
		need(&reader, ':');
		start = reader.at;
		while (peek(&reader) != ':' && peek(&reader) != '\0')
			reader.at++;
		need(&reader, ':');
		if (reader.bad || !tl_base64_decode(&bytes, arena, tl_str_slice(reader.text, start, reader.at - 1)))
			return false;
		if (tl_str_equal(label, wanted)) {
			*out = bytes;
			found = true;
		}
		end_member(&reader);
	}
	return found && !reader.bad;
}

/* ---- what was signed */

static const struct parameter *parameter_of(const struct covered *covered, const char *name, enum value_kind kind)
{
	for (size_t i = 0; i < covered->n_parameters; i++) {
		if (tl_str_is(covered->parameters[i].name, name))
			return covered->parameters[i].kind == kind ? &covered->parameters[i] : NULL;
	}
	return NULL;
}

static bool is_known_parameter(const struct parameter *parameter)
{
	static const struct {
		const char *name;
		enum value_kind kind;
	} table[] = {
		{ "keyid", VALUE_TEXT }, { "nonce", VALUE_TEXT }, { "alg", VALUE_TEXT }, { "created", VALUE_NUMBER }, { "expires", VALUE_NUMBER },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_is(parameter->name, table[i].name))
			return parameter->kind == table[i].kind;
	}
	return false;
}

/* Each parameter is known, and stands there once. */
static bool parameters_are_good(const struct covered *covered)
{
	for (size_t i = 0; i < covered->n_parameters; i++) {
		if (!is_known_parameter(&covered->parameters[i]))
			return false;
		for (size_t j = 0; j < i; j++) {
			if (tl_str_equal(covered->parameters[i].name, covered->parameters[j].name))
				return false;
		}
	}
	return true;
}

static bool covers(const struct covered *covered, const char *name)
{
	for (size_t i = 0; i < covered->n_components; i++) {
		if (tl_str_is(covered->components[i], name))
			return true;
	}
	return false;
}

/* The value of a component; no pointer: the request has none, or it is none that is known. */
static struct tl_str component_of(struct tl_arena *arena, const struct tl_signed *request, struct tl_str name)
{
	if (tl_str_is(name, "@request-target"))
		return request->target;
	if (tl_str_is(name, "@authority"))
		return request->header(request->data, "host");
	if (name.len == 0 || name.ptr[0] == '@' || tl_str_is(name, "signature"))
		return (struct tl_str){ NULL, 0 };
	return request->header(request->data, tl_arena_dup(arena, name).ptr);
}

static void write_parameters(struct tl_buf *base, const struct covered *covered)
{
	tl_buf_text(base, "\"@signature-params\": (");
	for (size_t i = 0; i < covered->n_components; i++)
		tl_buf_printf(base, "%s\"%.*s\"", i > 0 ? " " : "", TL_FMT(covered->components[i]));
	tl_buf_char(base, ')');
	for (size_t i = 0; i < covered->n_parameters; i++) {
		const struct parameter *parameter = &covered->parameters[i];

		tl_buf_printf(base, ";%.*s=", TL_FMT(parameter->name));
		if (parameter->kind == VALUE_TEXT)
			tl_buf_printf(base, "\"%.*s\"", TL_FMT(parameter->text));
		else
			tl_buf_printf(base, "%lld", (long long)parameter->number);
	}
}

/* False where a component is missing, or is covered twice. */
static bool write_base(struct tl_buf *base, struct tl_arena *arena, const struct tl_signed *request, const struct covered *covered)
{
	for (size_t i = 0; i < covered->n_components; i++) {
		struct tl_str value = component_of(arena, request, covered->components[i]);

		if (!value.ptr)
			return false;
		for (size_t j = 0; j < i; j++) {
			if (tl_str_equal(covered->components[i], covered->components[j]))
				return false;
		}
		tl_buf_printf(base, "\"%.*s\": %.*s\n", TL_FMT(covered->components[i]), TL_FMT(tl_str_trim(value)));
	}
	write_parameters(base, covered);
	return !base->overflow;
}

/* ---- the verdict */

static enum tl_signature_verdict bad(const char **why, const char *what)
{
	*why = what;
	return TL_SIGNATURE_BAD;
}

static enum tl_signature_verdict differs(const char **why, const char *what)
{
	*why = what;
	return TL_SIGNATURE_DIFFERS;
}

static enum tl_signature_verdict expired(const char **why, const char *what)
{
	*why = what;
	return TL_SIGNATURE_EXPIRED;
}

static enum tl_signature_verdict check_time(const char **why, const struct covered *covered, const struct tl_signature_rules *rules)
{
	const struct parameter *created = parameter_of(covered, "created", VALUE_NUMBER), *expires = parameter_of(covered, "expires", VALUE_NUMBER);

	if (!created)
		return bad(why, "the signature does not say when it was made");
	if (created->number > rules->now_s + rules->skew_s)
		return expired(why, "the signature is of the future: do the clocks agree?");
	if (created->number + rules->max_age_s + rules->skew_s < rules->now_s || (expires && expires->number + rules->skew_s < rules->now_s))
		return expired(why, "the signature is too old");
	return TL_SIGNATURE_GOOD;
}

static enum tl_signature_verdict check_parameters(const char **why, const struct covered *covered, const struct tl_signature_rules *rules)
{
	const struct parameter *key_id = parameter_of(covered, "keyid", VALUE_TEXT), *nonce = parameter_of(covered, "nonce", VALUE_TEXT);
	const struct parameter *alg = parameter_of(covered, "alg", VALUE_TEXT);

	if (!parameters_are_good(covered))
		return bad(why, "the signature has a parameter that is unknown, there twice, or of another type");
	if (!key_id || !tl_str_equal(key_id->text, rules->key_id))
		return bad(why, "the signature is of another key");
	if (alg && !tl_str_is(alg->text, "hmac-sha256"))
		return bad(why, "the signature is not hmac-sha256");
	if (!nonce || nonce->text.len < rules->nonce_letters)
		return bad(why, "the signature's nonce is missing or too short");
	for (size_t i = 0; rules->required[i]; i++) {
		if (!covers(covered, rules->required[i]))
			return bad(why, "the signature covers too little");
	}
	return check_time(why, covered, rules);
}

static bool matches(struct tl_str base, struct tl_str signature, struct tl_str key)
{
	char wanted[TL_SHA256_SIZE], given[TL_SHA256_SIZE];

	if (signature.len != 32)
		return false;
	tl_hmac_sha256_hex(wanted, key, base);
	for (size_t i = 0; i < 32; i++)
		snprintf(given + 2 * i, 3, "%02x", (unsigned char)signature.ptr[i]);
	return tl_secret_equal(tl_str(wanted), tl_str(given));
}

enum tl_signature_verdict tl_signature_check(struct tl_str *nonce, const char **why, struct tl_arena *arena, const struct tl_signed *request,
                                             const struct tl_signature_rules *rules)
{
	struct tl_str input = request->header(request->data, "signature-input"), signature = request->header(request->data, "signature"), bytes = { NULL, 0 };
	enum tl_signature_verdict verdict;
	struct covered covered;
	struct tl_buf base = { .limit = 4 * FIELD_BYTES };

	*nonce = (struct tl_str){ NULL, 0 };
	*why = NULL;
	if (!input.ptr && !signature.ptr) {
		*why = "the request is not signed";
		return TL_SIGNATURE_MISSING;
	}
	if (!input.ptr || !signature.ptr || input.len > FIELD_BYTES || signature.len > FIELD_BYTES || !read_input(&covered, arena, input) ||
	    !read_signature(&bytes, arena, signature, covered.label))
		return bad(why, "Signature or Signature-Input is malformed");
	verdict = check_parameters(why, &covered, rules);
	if (verdict != TL_SIGNATURE_GOOD)
		return verdict;
	if (!write_base(&base, arena, request, &covered))
		verdict = bad(why, "the signature covers what the request does not have");
	else if (!matches(tl_buf_view(&base), bytes, rules->key))
		verdict = differs(why, "the signature does not match");
	else
		*nonce = tl_arena_dup(arena, parameter_of(&covered, "nonce", VALUE_TEXT)->text);
	tl_buf_clear(&base);
	return verdict;
}
