/* crypto/sign.c: HMAC and Ed25519 by OpenSSL 3. */
#include "crypto/sign.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define SIGNATURE_BYTES 64
#define PUBLIC_BYTES 32
/* A PEM of one such key is 119 bytes, comments before it are allowed. */
#define PEM_LIMIT (64 << 10)

struct tl_key {
	EVP_PKEY *pkey;
	bool private;
	char id[TL_KEY_ID_SIZE];
};

static void put_hex(char *out, const unsigned char *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	/* Capitals are no digits here: one signature has one spelling. */
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether `hex` is exactly `count` bytes. */
static bool read_hex(unsigned char *out, size_t count, struct tl_str hex)
{
	if (hex.len != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++) {
		int high = digit_of(hex.ptr[2 * i]), low = digit_of(hex.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

void tl_hmac_sha256_hex(char out[TL_SHA256_SIZE], struct tl_str key, struct tl_str bytes)
{
	unsigned char code[EVP_MAX_MD_SIZE];
	size_t len = 0;

	/* As SHA-256 itself: it fails only where OpenSSL cannot allocate or was built without it. */
	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.len ? key.ptr : "", key.len, (const unsigned char *)(bytes.len ? bytes.ptr : ""),
	               bytes.len, code, sizeof(code), &len) ||
	    len * 2 + 1 != TL_SHA256_SIZE)
		abort();
	put_hex(out, code, len);
}

bool tl_secret_equal(struct tl_str a, struct tl_str b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* OpenSSL's own words name its files and lines: they are of no use to the person, and stay in no queue. */
static int failed(struct tl_error *err, enum tl_code code, const char *what, const char *why)
{
	ERR_clear_error();
	return tl_error_set(err, code, "%s: %s", what, why);
}

/* A key takes its pkey over; frees it where it is no Ed25519 key. */
static int take(struct tl_key **out, EVP_PKEY *pkey, bool private, const char *what, struct tl_error *err)
{
	unsigned char public[PUBLIC_BYTES];
	size_t len = sizeof(public);
	struct tl_key *key;

	if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(pkey, public, &len) != 1 || len != sizeof(public)) {
		EVP_PKEY_free(pkey);
		return failed(err, TL_USAGE, what, "not an Ed25519 key");
	}
	key = tl_alloc_zero(1, sizeof(*key));
	key->pkey = pkey;
	key->private = private;
	tl_sha256_hex(key->id, (struct tl_str){ (const char *)public, len });
	*out = key;
	return 0;
}

/* A reader over the PEM's bytes, which must outlive it. */
static BIO *open_pem(struct tl_str pem, const char *what, struct tl_error *err)
{
	BIO *bio;

	if (pem.len == 0 || pem.len > PEM_LIMIT) {
		failed(err, TL_USAGE, what, pem.len ? "too long for a key" : "empty: not a key");
		return NULL;
	}
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (!bio)
		abort();
	return bio;
}

int tl_key_read_private(struct tl_key **out, struct tl_str pem, const char *what, struct tl_error *err)
{
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *pkey;
	BIO *bio;

	*out = NULL;
	if (tl_str_find(pem, TL_STR("BEGIN ENCRYPTED PRIVATE KEY"), 0) != SIZE_MAX)
		return failed(err, TL_USAGE, what, "a key with a password: keep it without one, in a file that is closed to others");
	bio = open_pem(pem, what, err);
	if (!bio)
		return -1;
	info = PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio, NULL, NULL, NULL);
	BIO_free(bio);
	pkey = info ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	if (!pkey)
		return failed(err, TL_USAGE, what, "not a private key (PKCS#8, PEM)");
	return take(out, pkey, true, what, err);
}

int tl_key_read_public(struct tl_key **out, struct tl_str pem, const char *what, struct tl_error *err)
{
	EVP_PKEY *pkey;
	BIO *bio;

	*out = NULL;
	bio = open_pem(pem, what, err);
	if (!bio)
		return -1;
	pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (!pkey)
		return failed(err, TL_USAGE, what, "not a public key (SubjectPublicKeyInfo, PEM)");
	return take(out, pkey, false, what, err);
}

int tl_key_make(struct tl_key **out, struct tl_error *err)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	*out = NULL;
	if (!pkey)
		return failed(err, TL_IO, "a new key", "could not be made");
	return take(out, pkey, true, "a new key", err);
}

void tl_key_free(struct tl_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* What was written, copied into the arena and wiped behind. */
static struct tl_str take_written(struct tl_arena *arena, BIO *bio)
{
	char *bytes = NULL;
	long len = BIO_get_mem_data(bio, &bytes);
	struct tl_str text = tl_arena_dup(arena, (struct tl_str){ bytes, (size_t)len });

	OPENSSL_cleanse(bytes, (size_t)len);
	return text;
}

/* Either half as PEM. */
static int write_key(struct tl_str *out, struct tl_arena *arena, const struct tl_key *key, bool private, struct tl_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int ok;

	*out = (struct tl_str){ NULL, 0 };
	if (!bio)
		abort();
	ok = private ? PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key->pkey);
	if (ok)
		*out = take_written(arena, bio);
	BIO_free(bio);
	return ok ? 0 : failed(err, TL_IO, "the key", "could not be written as PEM");
}

int tl_key_write_private(struct tl_str *out, struct tl_arena *arena, const struct tl_key *key, struct tl_error *err)
{
	*out = (struct tl_str){ NULL, 0 };
	if (!key->private)
		return failed(err, TL_USAGE, "the key", "only its public half is here");
	return write_key(out, arena, key, true, err);
}

int tl_key_write_public(struct tl_str *out, struct tl_arena *arena, const struct tl_key *key, struct tl_error *err)
{
	return write_key(out, arena, key, false, err);
}

void tl_key_id(char out[TL_KEY_ID_SIZE], const struct tl_key *key)
{
	memcpy(out, key->id, TL_KEY_ID_SIZE);
}

int tl_key_sign(char out[TL_SIGNATURE_SIZE], const struct tl_key *key, struct tl_str bytes, struct tl_error *err)
{
	unsigned char signature[SIGNATURE_BYTES];
	size_t len = sizeof(signature);
	EVP_MD_CTX *context;
	bool ok;

	out[0] = '\0';
	if (!key->private)
		return failed(err, TL_USAGE, "the key", "a public key signs nothing");
	context = EVP_MD_CTX_new();
	ok = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	     EVP_DigestSign(context, signature, &len, (const unsigned char *)(bytes.len ? bytes.ptr : ""), bytes.len) == 1 &&
	     len == sizeof(signature);
	EVP_MD_CTX_free(context);
	if (!ok)
		return failed(err, TL_IO, "the key", "could not sign");
	put_hex(out, signature, sizeof(signature));
	return 0;
}

bool tl_key_verify(const struct tl_key *key, struct tl_str bytes, struct tl_str signature_hex)
{
	unsigned char signature[SIGNATURE_BYTES];
	EVP_MD_CTX *context;
	bool ok;

	if (!read_hex(signature, sizeof(signature), signature_hex))
		return false;
	context = EVP_MD_CTX_new();
	ok = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
	     EVP_DigestVerify(context, signature, sizeof(signature), (const unsigned char *)(bytes.len ? bytes.ptr : ""), bytes.len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return ok;
}
