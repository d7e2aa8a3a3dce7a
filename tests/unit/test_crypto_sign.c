/* tests/unit/test_crypto_sign.c: the vectors of RFC 4231 and RFC 8032, and what is no key or no signature. */
#include "crypto/sign.h"

#include "unit.h"

#define PRIVATE(base64) "-----BEGIN PRIVATE KEY-----\n" base64 "\n-----END PRIVATE KEY-----\n"
#define PUBLIC(base64) "-----BEGIN PUBLIC KEY-----\n" base64 "\n-----END PUBLIC KEY-----\n"

/* RFC 8032, 7.1: tests 1 to 3. */
static const struct {
	const char *private, *public;
	struct tl_str message;
	const char *signature;
} ed25519_rows[] = {
	{ PRIVATE("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"),
	  PUBLIC("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
	  TL_STR(""),
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ PRIVATE("MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7"),
	  PUBLIC("MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="),
	  TL_STR("\x72"),
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ PRIVATE("MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3"),
	  PUBLIC("MCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU="),
	  TL_STR("\xaf\x82"),
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static struct tl_str repeat(char *buf, char byte, size_t count)
{
	memset(buf, byte, count);
	return (struct tl_str){ buf, count };
}

/* RFC 4231, tests 1, 2, 3 and 6. */
static void known_codes(void **state)
{
	char a[160], b[160], hex[TL_SHA256_SIZE];
	const struct {
		struct tl_str key, text;
		const char *hex;
	} rows[] = {
		{ repeat(a, 0x0b, 20), TL_STR("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ TL_STR("Jefe"), TL_STR("what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		tl_hmac_sha256_hex(hex, rows[i].key, rows[i].text);
		assert_string_equal(hex, rows[i].hex);
	}
	tl_hmac_sha256_hex(hex, repeat(a, '\xaa', 20), repeat(b, '\xdd', 50));
	assert_string_equal(hex, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	tl_hmac_sha256_hex(hex, repeat(a, '\xaa', 131), TL_STR("Test Using Larger Than Block-Size Key - Hash Key First"));
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	/* Nothing, under no key. */
	tl_hmac_sha256_hex(hex, (struct tl_str){ NULL, 0 }, (struct tl_str){ NULL, 0 });
	assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void secrets_are_compared_whole(void **state)
{
	(void)state;
	assert_true(tl_secret_equal(TL_STR("same"), TL_STR("same")));
	assert_true(tl_secret_equal((struct tl_str){ NULL, 0 }, TL_STR("")));
	assert_false(tl_secret_equal(TL_STR("same"), TL_STR("sane")));
	assert_false(tl_secret_equal(TL_STR("same"), TL_STR("same and more")));
	assert_false(tl_secret_equal(TL_STR("same"), TL_STR("")));
}

static void known_signatures(void **state)
{
	char id[TL_KEY_ID_SIZE], other_id[TL_KEY_ID_SIZE], signature[TL_SIGNATURE_SIZE];
	struct tl_key *private, *public;
	struct tl_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(ed25519_rows); i++) {
		assert_int_equal(tl_key_read_private(&private, tl_str(ed25519_rows[i].private), "k", &err), 0);
		assert_int_equal(tl_key_read_public(&public, tl_str(ed25519_rows[i].public), "k", &err), 0);
		tl_key_id(id, private);
		tl_key_id(other_id, public);
		assert_string_equal(id, other_id);
		assert_int_equal(tl_key_sign(signature, private, ed25519_rows[i].message, &err), 0);
		assert_string_equal(signature, ed25519_rows[i].signature);
		assert_true(tl_key_verify(public, ed25519_rows[i].message, tl_str(signature)));
		assert_int_equal(tl_key_sign(signature, public, ed25519_rows[i].message, &err), -1);
		assert_int_equal(err.code, TL_USAGE);
		tl_key_free(private);
		tl_key_free(public);
	}
}

static void what_is_no_signature(void **state)
{
	const char *good = ed25519_rows[1].signature;
	struct tl_str message = ed25519_rows[1].message;
	struct tl_error err = { 0 };
	struct tl_key *key, *other;
	char bad[TL_SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(tl_key_read_public(&key, tl_str(ed25519_rows[1].public), "k", &err), 0);
	assert_int_equal(tl_key_read_public(&other, tl_str(ed25519_rows[0].public), "k", &err), 0);
	assert_true(tl_key_verify(key, message, tl_str(good)));
	assert_false(tl_key_verify(other, message, tl_str(good)));
	assert_false(tl_key_verify(key, TL_STR("s"), tl_str(good)));
	assert_false(tl_key_verify(key, message, TL_STR("")));
	assert_false(tl_key_verify(key, message, (struct tl_str){ good, 126 }));
	memcpy(bad, good, sizeof(bad));
	bad[0] = 'A';
	assert_false(tl_key_verify(key, message, tl_str(bad)));
	bad[0] = '8';
	assert_false(tl_key_verify(key, message, tl_str(bad)));
	tl_key_free(key);
	tl_key_free(other);
}

static void made_keys_are_written_and_read(void **state)
{
	char signature[TL_SIGNATURE_SIZE], id[TL_KEY_ID_SIZE], read_id[TL_KEY_ID_SIZE];
	struct tl_key *key, *private, *public;
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_str pem;

	(void)state;
	assert_int_equal(tl_key_make(&key, &err), 0);
	assert_int_equal(tl_key_write_private(&pem, &arena, key, &err), 0);
	assert_int_equal(tl_key_read_private(&private, pem, "k", &err), 0);
	assert_int_equal(tl_key_write_public(&pem, &arena, key, &err), 0);
	assert_int_equal(tl_key_read_public(&public, pem, "k", &err), 0);
	tl_key_id(id, key);
	tl_key_id(read_id, public);
	assert_string_equal(id, read_id);
	assert_int_equal(tl_key_sign(signature, private, TL_STR("bytes"), &err), 0);
	assert_true(tl_key_verify(public, TL_STR("bytes"), tl_str(signature)));
	assert_int_equal(tl_key_write_private(&pem, &arena, public, &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	tl_key_free(key);
	tl_key_free(private);
	tl_key_free(public);
	tl_arena_clear(&arena);
}

/* A key on P-256, one with a password, and text. */
static void what_is_no_key(void **state)
{
	static const struct {
		const char *pem, *message;
	} rows[] = {
		{ "", "k: empty: not a key" },
		{ "hello", "k: not a private key (PKCS#8, PEM)" },
		{ PRIVATE("MC4CAQAw"), "k: not a private key (PKCS#8, PEM)" },
		{ PRIVATE("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIPWy8I8WwjVUmVP9\n"
		          "BWtQkQxfq3Lec4BhkQGhoaViVEihRANCAATODXMZEz36GLvS/0bAL9rqsrZYzurG\n"
		          "b2plYplDFPTBx7jDIiRuMpg26CUVZ3jXdlJAUQptR39Y0wYUoBkv9EJ8"), "k: not an Ed25519 key" },
		{ "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
		  "k: a key with a password: keep it without one, in a file that is closed to others" },
		{ PUBLIC("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "k: not a private key (PKCS#8, PEM)" },
	};
	struct tl_error err = { 0 };
	struct tl_key *key;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		assert_int_equal(tl_key_read_private(&key, tl_str(rows[i].pem), "k", &err), -1);
		assert_null(key);
		assert_int_equal(err.code, TL_USAGE);
		assert_string_equal(err.message, rows[i].message);
	}
	assert_int_equal(tl_key_read_public(&key, tl_str(ed25519_rows[0].private), "k", &err), -1);
	assert_string_equal(err.message, "k: not a public key (SubjectPublicKeyInfo, PEM)");
}

int test_crypto_sign(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_codes),
		cmocka_unit_test(secrets_are_compared_whole),
		cmocka_unit_test(known_signatures),
		cmocka_unit_test(what_is_no_signature),
		cmocka_unit_test(made_keys_are_written_and_read),
		cmocka_unit_test(what_is_no_key),
	};

	return cmocka_run_group_tests_name("crypto_sign", tests, NULL, NULL);
}
