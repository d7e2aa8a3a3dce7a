/* tests/unit/test_crypto_sha256.c: the test values of FIPS 180-4, and that random bytes differ. */
#include "crypto/sha256.h"

#include "unit.h"

static void known_digests(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[TL_SHA256_SIZE];

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		tl_sha256_hex(hex, tl_str(rows[i].text));
		assert_string_equal(hex, rows[i].hex);
	}
	tl_sha256_hex(hex, (struct tl_str){ NULL, 0 });
	assert_string_equal(hex, rows[0].hex);
}

static void random_bytes_differ(void **state)
{
	static unsigned char a[100000], b[100000];

	(void)state;
	tl_random(a, sizeof(a));
	tl_random(b, sizeof(b));
	assert_memory_not_equal(a, b, 32);
	assert_memory_not_equal(a + sizeof(a) - 32, b + sizeof(b) - 32, 32);
}

int test_crypto_sha256(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests_name("crypto_sha256", tests, NULL, NULL);
}
