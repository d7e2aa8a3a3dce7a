/* crypto/certificate.c: an authority and a server certificate of it (RFC 5280), by OpenSSL. */
#include "crypto/certificate.h"

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define AUTHORITY_SURPLUS_MS ((int64_t)3653 * 86400 * 1000)

/* OpenSSL's oldest complaint as ours; its queue is emptied. */
static int openssl_failed(struct tl_error *err, const char *what)
{
	char text[256];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	return tl_error_set(err, TL_IO, "cannot make %s: %s", what, text);
}

/* Adds an extension in OpenSSL's words. */
static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension = NULL;
	bool added = false;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension)
		added = X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return added;
}

/* A new alternative name: an address where `name` is one, else a host name. NULL: out of memory. */
static GENERAL_NAME *alternative_name(const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];
	bool four = inet_pton(AF_INET, name, address) == 1, six = !four && inet_pton(AF_INET6, name, address) == 1;
	GENERAL_NAME *made = GENERAL_NAME_new();
	ASN1_STRING *text = four || six ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	if (!made || !text || !ASN1_STRING_set(text, four || six ? (const void *)address : name, four ? 4 : six ? 16 : -1)) {
		GENERAL_NAME_free(made);
		ASN1_STRING_free(text);
		return NULL;
	}
	GENERAL_NAME_set0_value(made, four || six ? GEN_IPADD : GEN_DNS, text);
	return made;
}

static bool add_names(X509 *certificate, const char *const *names, size_t n_names)
{
	GENERAL_NAMES *all = GENERAL_NAMES_new();
	bool added = all != NULL;

	for (size_t i = 0; added && i < n_names; i++) {
		GENERAL_NAME *one = alternative_name(names[i]);

		added = one && sk_GENERAL_NAME_push(all, one);
		if (!added)
			GENERAL_NAME_free(one);
	}
	if (added)
		added = X509_add1_ext_i2d(certificate, NID_subject_alt_name, all, 0, X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(all);
	return added;
}

/* Version 3, a random serial number, the validity and the subject; NULL where OpenSSL fails. */
static X509 *certificate_new(EVP_PKEY *key, const char *subject, int64_t not_before_ms, int64_t not_after_ms)
{
	X509 *made = X509_new();
	unsigned char serial[16];
	BIGNUM *number = NULL;
	bool good = made && RAND_bytes(serial, sizeof(serial)) == 1;

	if (good) {
		serial[0] &= 0x7f; /* it must be positive */
		number = BN_bin2bn(serial, sizeof(serial), NULL);
	}
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)) && X509_set_version(made, X509_VERSION_3) &&
	       ASN1_TIME_set(X509_getm_notBefore(made), not_before_ms / 1000) && ASN1_TIME_set(X509_getm_notAfter(made), not_after_ms / 1000) &&
	       X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, (const unsigned char *)subject, -1, -1, 0) &&
	       X509_set_pubkey(made, key) && add_extension(made, made, NID_subject_key_identifier, "hash");
	BN_free(number);
	if (good)
		return made;
	X509_free(made);
	return NULL;
}

static bool sign_authority(X509 *authority, EVP_PKEY *key)
{
	return X509_set_issuer_name(authority, X509_get_subject_name(authority)) &&
	       add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") && X509_sign(authority, key, EVP_sha256());
}

static bool sign_server(X509 *server, X509 *authority, EVP_PKEY *authority_key, const char *const *names, size_t n_names)
{
	return X509_set_issuer_name(server, X509_get_subject_name(authority)) &&
	       add_extension(server, authority, NID_authority_key_identifier, "keyid:always") &&
	       add_extension(server, authority, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(server, authority, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(server, authority, NID_ext_key_usage, "serverAuth") && add_names(server, names, n_names) &&
	       X509_sign(server, authority_key, EVP_sha256());
}

/* What was written to `bio`, in `arena`. */
static struct tl_str written(struct tl_arena *arena, BIO *bio)
{
	char *text = NULL;
	long len = BIO_get_mem_data(bio, &text);
	struct tl_str copy = tl_arena_dup(arena, (struct tl_str){ text, len > 0 ? (size_t)len : 0 });

	(void)BIO_reset(bio);
	return copy;
}

/* No name is empty, longer than a host name may be, or holds anything but what is printed in ASCII. */
static int names_check(const char *const *names, size_t n_names, struct tl_error *err)
{
	if (!n_names)
		return tl_error_set(err, TL_USAGE, "a certificate needs a name");
	for (size_t i = 0; i < n_names; i++) {
		size_t len = strlen(names[i]), plain = 0;

		while (names[i][plain] > ' ' && names[i][plain] < 127)
			plain++;
		if (!len || len > 253 || plain != len)
			return tl_error_set(err, TL_USAGE, "no certificate can be made for the name '%s'", names[i]);
	}
	return 0;
}

int tl_certificate_make(struct tl_str *authority, struct tl_str *certificate, struct tl_str *key, struct tl_arena *arena, const char *const *names,
                        size_t n_names, int64_t not_before_ms, int64_t not_after_ms, struct tl_error *err)
{
	EVP_PKEY *authority_key = NULL, *server_key = NULL;
	X509 *root = NULL, *server = NULL;
	BIO *bio = NULL;
	int status = -1;

	*authority = *certificate = *key = (struct tl_str){ 0 };
	if (names_check(names, n_names, err) != 0)
		return -1;
	if (not_after_ms <= not_before_ms)
		return tl_error_set(err, TL_USAGE, "a certificate cannot end before it begins");
	authority_key = EVP_EC_gen("P-256");
	server_key = EVP_EC_gen("P-256");
	bio = BIO_new(BIO_s_mem());
	if (!authority_key || !server_key || !bio) {
		openssl_failed(err, "a key");
		goto out;
	}
	root = certificate_new(authority_key, "Trunkline sandbox authority", not_before_ms, not_after_ms + AUTHORITY_SURPLUS_MS);
	server = certificate_new(server_key, "Trunkline sandbox", not_before_ms, not_after_ms);
	if (!root || !server || !sign_authority(root, authority_key) || !sign_server(server, root, authority_key, names, n_names)) {
		openssl_failed(err, "a certificate");
		goto out;
	}
	if (PEM_write_bio_X509(bio, root))
		*authority = written(arena, bio);
	if (PEM_write_bio_X509(bio, server))
		*certificate = written(arena, bio);
	if (PEM_write_bio_PrivateKey(bio, server_key, NULL, NULL, 0, NULL, NULL))
		*key = written(arena, bio);
	status = authority->len && certificate->len && key->len ? 0 : openssl_failed(err, "the text of a certificate");
out:
	BIO_free(bio);
	X509_free(server);
	X509_free(root);
	EVP_PKEY_free(server_key);
	EVP_PKEY_free(authority_key);
	return status;
}

/* ---- what somebody gives */

/* A key with a passphrase would have it asked for at the terminal. */
static int no_passphrase(char *out, int size, int writes, void *data)
{
	(void)out;
	(void)size;
	(void)writes;
	(void)data;
	return -1;
}

int tl_certificate_check(struct tl_str certificate, struct tl_str key, struct tl_error *err)
{
	BIO *shown = BIO_new_mem_buf(certificate.ptr, (int)certificate.len), *secret = BIO_new_mem_buf(key.ptr, (int)key.len);
	X509 *first = shown ? PEM_read_bio_X509(shown, NULL, no_passphrase, NULL) : NULL;
	EVP_PKEY *own = secret ? PEM_read_bio_PrivateKey(secret, NULL, no_passphrase, NULL) : NULL;
	int ret = 0;

	if (!first)
		ret = tl_error_set(err, TL_USAGE, "the certificate is no PEM certificate");
	else if (!own)
		ret = tl_error_set(err, TL_USAGE, "the certificate's key is no PEM key, or has a passphrase");
	else if (X509_check_private_key(first, own) != 1)
		ret = tl_error_set(err, TL_USAGE, "the key is not that of the certificate (the first one, where there are several)");
	ERR_clear_error();
	EVP_PKEY_free(own);
	X509_free(first);
	BIO_free(secret);
	BIO_free(shown);
	return ret;
}
