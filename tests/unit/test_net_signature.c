/* tests/unit/test_net_signature.c: the signed request of AudioHook's documentation, and what is wrong with others. */
#include "base/buf.h"
#include "net/signature.h"
#include "unit.h"

#define KEY_ID "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
#define SECRET "MySuperSecretKeyTellNo-1!2@3#4$5"
#define TARGET "/api/v1/voicebiometrics/ws"
#define PARAMETERS ";keyid=\"" KEY_ID "\";nonce=\"VGhpc0lzQVVuaXF1ZU5vbmNl\";alg=\"hmac-sha256\";created=1641013200;expires=3282026430"
#define COMPONENTS \
	"(\"@request-target\" \"@authority\" \"audiohook-organization-id\" \"audiohook-session-id\" \"audiohook-correlation-id\" \"x-api-key\")"
#define SIGNATURE "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:"

struct headers {
	const char *input, *signature, *host;
};

static struct tl_str header(void *data, const char *name)
{
	const struct headers *headers = data;
	const struct {
		const char *name, *value;
	} table[] = {
		{ "host", headers->host },
		{ "signature-input", headers->input },
		{ "signature", headers->signature },
		{ "audiohook-organization-id", "d7934305-0972-4844-938e-9060eef73d05" },
		{ "audiohook-session-id", "30b0e395-84d3-4570-ac13-9a62d8f514c0" },
		{ "audiohook-correlation-id", "e160e428-53e2-487c-977d-96989bf5c99d" },
		{ "x-api-key", KEY_ID },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (strcmp(table[i].name, name) == 0 && table[i].value)
			return tl_str(table[i].value);
	}
	return (struct tl_str){ NULL, 0 };
}

static const char *const required_table[] = {
	"@request-target", "@authority", "audiohook-organization-id", "audiohook-session-id", "audiohook-correlation-id", "x-api-key", NULL,
};

static enum tl_signature_verdict check(struct headers *headers, const char *target, int64_t now_s, struct tl_str *nonce, const char **why, struct tl_arena *arena)
{
	struct tl_signed request = { .target = tl_str(target), .header = header, .data = headers };
	struct tl_signature_rules rules = {
		.key_id = TL_STR(KEY_ID), .key = TL_STR(SECRET), .required = required_table, .now_s = now_s, .max_age_s = 10, .skew_s = 3, .nonce_letters = 22,
	};

	return tl_signature_check(nonce, why, arena, &request, &rules);
}

static void documentation(void **state)
{
	struct headers headers = { "sig1=" COMPONENTS PARAMETERS, SIGNATURE, "audiohook.example.com" };
	struct tl_arena arena = { 0 };
	struct tl_str nonce;
	const char *why;

	(void)state;
	assert_int_equal(check(&headers, TARGET, 1641013201, &nonce, &why, &arena), TL_SIGNATURE_GOOD);
	assert_str(nonce, "VGhpc0lzQVVuaXF1ZU5vbmNl");
	assert_null(why);
	tl_arena_clear(&arena);
}

static void wrong_ones(void **state)
{
	static const struct {
		const char *input, *signature, *host, *target;
		int64_t now_s;
		enum tl_signature_verdict verdict;
		const char *why;
	} rows[] = {
		{ NULL, NULL, "h", TARGET, 1641013201, TL_SIGNATURE_MISSING, "not signed" },
		{ NULL, SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "sig1=" COMPONENTS PARAMETERS, NULL, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "sig1=" COMPONENTS PARAMETERS, SIGNATURE, "evil.example.com", TARGET, 1641013201, TL_SIGNATURE_DIFFERS, "does not match" },
		{ "sig1=" COMPONENTS PARAMETERS, SIGNATURE, "audiohook.example.com", TARGET "?x=1", 1641013201, TL_SIGNATURE_DIFFERS, "does not match" },
		{ "sig1=" COMPONENTS PARAMETERS, SIGNATURE, "audiohook.example.com", TARGET, 1641013214, TL_SIGNATURE_EXPIRED, "too old" },
		{ "sig1=" COMPONENTS PARAMETERS, SIGNATURE, "audiohook.example.com", TARGET, 1641013196, TL_SIGNATURE_EXPIRED, "future" },
		{ "sig1=" COMPONENTS PARAMETERS, SIGNATURE, NULL, TARGET, 1641013201, TL_SIGNATURE_BAD, "does not have" },
		{ "sig2=" COMPONENTS PARAMETERS, SIGNATURE, "audiohook.example.com", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "sig1=" COMPONENTS PARAMETERS, "sig1=:NZBw:", "audiohook.example.com", TARGET, 1641013201, TL_SIGNATURE_DIFFERS, "does not match" },
		{ "sig1=" COMPONENTS PARAMETERS, "sig1=NZBw", "audiohook.example.com", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "sig1=(\"@authority\")" PARAMETERS, SIGNATURE, "audiohook.example.com", TARGET, 1641013201, TL_SIGNATURE_BAD, "too little" },
		{ "sig1=" COMPONENTS ";keyid=\"other\";created=1", SIGNATURE, "audiohook.example.com", TARGET, 1641013201, TL_SIGNATURE_BAD, "another key" },
		{ "sig1=" COMPONENTS ";keyid=\"" KEY_ID "\";nonce=\"short\";created=1641013200", SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "nonce" },
		{ "sig1=" COMPONENTS PARAMETERS ";tag=\"x\"", SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "unknown" },
		{ "sig1=" COMPONENTS PARAMETERS ";created=1641013200", SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "there twice" },
		{ "sig1=" COMPONENTS PARAMETERS ",", SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "sig1=(\"a\";key=\"x\")" PARAMETERS, SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "sig1=(\"a", SIGNATURE, "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
		{ "", "", "h", TARGET, 1641013201, TL_SIGNATURE_BAD, "malformed" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct headers headers = { rows[i].input, rows[i].signature, rows[i].host };
		struct tl_arena arena = { 0 };
		struct tl_str nonce;
		const char *why = NULL;

		assert_row(rows[i].why, check(&headers, rows[i].target, rows[i].now_s, &nonce, &why, &arena) == rows[i].verdict);
		assert_row(rows[i].why, why && strstr(why, rows[i].why) && !nonce.ptr);
		tl_arena_clear(&arena);
	}
}

/* A field of very many components is refused, not read past its room. */
static void too_many(void **state)
{
	struct tl_buf input = { 0 };
	struct headers headers = { NULL, SIGNATURE, "h" };
	struct tl_arena arena = { 0 };
	struct tl_str nonce;
	const char *why;

	(void)state;
	tl_buf_text(&input, "sig1=(");
	for (unsigned i = 0; i < 500; i++)
		tl_buf_printf(&input, "\"c%u\" ", i);
	tl_buf_text(&input, ")" PARAMETERS);
	headers.input = input.data;
	assert_int_equal(check(&headers, TARGET, 1641013201, &nonce, &why, &arena), TL_SIGNATURE_BAD);
	tl_buf_clear(&input);
	tl_arena_clear(&arena);
}

int test_net_signature(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(documentation), cmocka_unit_test(wrong_ones), cmocka_unit_test(too_many) };

	return cmocka_run_group_tests_name("net signature", tests, NULL, NULL);
}
