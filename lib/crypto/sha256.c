/* crypto/sha256.c: digests and random bytes, by OpenSSL. */
#include "crypto/sha256.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

void tl_sha256_hex(char out[TL_SHA256_SIZE], struct tl_str bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	/* It fails only where OpenSSL cannot allocate or was built without SHA-256: there is nothing to go on with. */
	if (!EVP_Digest(bytes.len ? bytes.ptr : "", bytes.len, digest, &len, EVP_sha256(), NULL) || len * 2 + 1 != TL_SHA256_SIZE)
		abort();
	for (unsigned i = 0; i < len; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * len] = '\0';
}

void tl_random(void *out, size_t count)
{
	unsigned char *at = out;

	while (count) {
		int piece = count > 65536 ? 65536 : (int)count;

		if (RAND_bytes(at, piece) != 1)
			abort();
		at += piece;
		count -= (size_t)piece;
	}
}
