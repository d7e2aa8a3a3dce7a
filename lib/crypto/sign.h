/* crypto/sign.h: HMAC-SHA-256 (RFC 2104) and Ed25519 (RFC 8032) by OpenSSL. */
#ifndef TL_CRYPTO_SIGN_H
#define TL_CRYPTO_SIGN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/sha256.h"

void tl_hmac_sha256_hex(char out[TL_SHA256_SIZE], struct tl_str key, struct tl_str bytes);
/* Whether both are the same, in time that depends on their length alone. */
bool tl_secret_equal(struct tl_str a, struct tl_str b);

struct tl_key; /* private or public */

#define TL_SIGNATURE_SIZE 129 /* 64 bytes in hex and a NUL */
#define TL_KEY_ID_SIZE 65     /* SHA-256 of the public key's 32 bytes, in hex */

/* A private key: PKCS#8 PEM without a password. TL_USAGE for anything else; the caller has read the file and checked its mode. */
int tl_key_read_private(struct tl_key **out, struct tl_str pem, const char *what, struct tl_error *err);
/* A public key: SubjectPublicKeyInfo PEM. */
int tl_key_read_public(struct tl_key **out, struct tl_str pem, const char *what, struct tl_error *err);
int tl_key_make(struct tl_key **out, struct tl_error *err);
void tl_key_free(struct tl_key *key); /* NULL is fine */
/* The PEM of either half, in `arena`. */
int tl_key_write_private(struct tl_str *out, struct tl_arena *arena, const struct tl_key *key, struct tl_error *err);
int tl_key_write_public(struct tl_str *out, struct tl_arena *arena, const struct tl_key *key, struct tl_error *err);
void tl_key_id(char out[TL_KEY_ID_SIZE], const struct tl_key *key);
int tl_key_sign(char out[TL_SIGNATURE_SIZE], const struct tl_key *key, struct tl_str bytes, struct tl_error *err);
bool tl_key_verify(const struct tl_key *key, struct tl_str bytes, struct tl_str signature_hex);

#endif
