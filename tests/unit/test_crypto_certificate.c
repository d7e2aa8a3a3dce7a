/* tests/unit/test_crypto_certificate.c: what OpenSSL's own verification says of the certificates that are made. */
#include "crypto/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "unit.h"

#define START_MS INT64_C(1750000000000)
#define DAY_MS INT64_C(86400000)

static const char *const names[] = { "localhost", "sandbox.test", "127.0.0.1", "::1" };

struct made {
	struct tl_arena arena;
	struct tl_str authority, certificate, key;
};

static void make(struct made *made)
{
	struct tl_error err;

	*made = (struct made){ 0 };
	assert_int_equal(tl_certificate_make(&made->authority, &made->certificate, &made->key, &made->arena, names, TL_COUNT(names), START_MS, START_MS + DAY_MS, &err),
	                 0);
}

static X509 *read_certificate(struct tl_str pem)
{
	BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	X509 *read = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(read);
	return read;
}

/* X509_V_OK or why `certificate` is not good for that host or address at that instant, trusting `authority` alone. */
static int verify(X509 *authority, X509 *certificate, const char *name, int64_t at_ms)
{
	X509_STORE *trusted = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *wanted;
	int result;

	assert_true(X509_STORE_add_cert(trusted, authority));
	assert_true(X509_STORE_CTX_init(context, trusted, certificate, NULL));
	wanted = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(wanted, at_ms / 1000);
	X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT);
	if (!X509_VERIFY_PARAM_set1_ip_asc(wanted, name))
		assert_true(X509_VERIFY_PARAM_set1_host(wanted, name, 0));
	X509_verify_cert(context);
	result = X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(trusted);
	return result;
}

static void it_is_good_for_its_names_and_times(void **state)
{
	static const struct {
		const char *name;
		int64_t at_ms;
		int result;
	} rows[] = {
		{ "localhost", START_MS + 1000, X509_V_OK },
		{ "sandbox.test", START_MS + DAY_MS - 1000, X509_V_OK },
		{ "127.0.0.1", START_MS + 1000, X509_V_OK },
		{ "::1", START_MS + 1000, X509_V_OK },
		{ "127.0.0.2", START_MS + 1000, X509_V_ERR_IP_ADDRESS_MISMATCH },
		{ "other.test", START_MS + 1000, X509_V_ERR_HOSTNAME_MISMATCH },
		{ "localhost", START_MS + DAY_MS + 1000, X509_V_ERR_CERT_HAS_EXPIRED },
		{ "localhost", START_MS - 1000, X509_V_ERR_CERT_NOT_YET_VALID },
	};
	struct made made, other;
	X509 *authority, *certificate, *stranger;

	(void)state;
	make(&made);
	make(&other);
	authority = read_certificate(made.authority);
	certificate = read_certificate(made.certificate);
	stranger = read_certificate(other.authority);
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i].name, verify(authority, certificate, rows[i].name, rows[i].at_ms) == rows[i].result);
	assert_int_not_equal(verify(stranger, certificate, "localhost", START_MS + 1000), X509_V_OK);
	X509_free(stranger);
	X509_free(certificate);
	X509_free(authority);
	tl_arena_clear(&made.arena);
	tl_arena_clear(&other.arena);
}

static void the_key_is_the_certificates(void **state)
{
	struct made made;
	X509 *certificate;
	EVP_PKEY *key;
	BIO *bio;

	(void)state;
	make(&made);
	certificate = read_certificate(made.certificate);
	bio = BIO_new_mem_buf(made.key.ptr, (int)made.key.len);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	assert_non_null(key);
	assert_true(X509_check_private_key(certificate, key));
	EVP_PKEY_free(key);
	BIO_free(bio);
	X509_free(certificate);
	tl_arena_clear(&made.arena);
}

static void what_cannot_be_certified_is_refused(void **state)
{
	static const char *const bad[] = { "", "two words", "a\nb", "b\xc3\xbc" "cher.test" };
	struct tl_str authority, certificate, key;
	struct tl_arena arena = { 0 };
	struct tl_error err;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(bad); i++) {
		assert_row(bad[i], tl_certificate_make(&authority, &certificate, &key, &arena, bad + i, 1, START_MS, START_MS + DAY_MS, &err) == -1);
		assert_row(bad[i], err.code == TL_USAGE && !authority.len && !certificate.len && !key.len);
	}
	assert_int_equal(tl_certificate_make(&authority, &certificate, &key, &arena, names, 0, START_MS, START_MS + DAY_MS, &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_int_equal(tl_certificate_make(&authority, &certificate, &key, &arena, names, 1, START_MS, START_MS, &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	tl_arena_clear(&arena);
}

static void what_is_given_fits_or_not(void **state)
{
	struct tl_str authority, certificate, key, other;
	struct tl_arena arena = { 0 };
	struct tl_error err;

	(void)state;
	assert_int_equal(tl_certificate_make(&authority, &certificate, &other, &arena, names, 1, START_MS, START_MS + DAY_MS, &err), 0);
	assert_int_equal(tl_certificate_make(&authority, &certificate, &key, &arena, names, 1, START_MS, START_MS + DAY_MS, &err), 0);
	assert_int_equal(tl_certificate_check(certificate, key, &err), 0);
	assert_int_equal(tl_certificate_check(certificate, other, &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_non_null(strstr(err.message, "not that of the certificate"));
	assert_int_equal(tl_certificate_check(key, certificate, &err), -1);
	assert_non_null(strstr(err.message, "no PEM certificate"));
	assert_int_equal(tl_certificate_check(certificate, TL_STR(""), &err), -1);
	assert_non_null(strstr(err.message, "no PEM key"));
	tl_arena_clear(&arena);
}

int test_crypto_certificate(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_good_for_its_names_and_times),
		cmocka_unit_test(the_key_is_the_certificates),
		cmocka_unit_test(what_cannot_be_certified_is_refused),
		cmocka_unit_test(what_is_given_fits_or_not),
	};

	return cmocka_run_group_tests_name("crypto_certificate", tests, NULL, NULL);
}
