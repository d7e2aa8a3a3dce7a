/* crypto/sha256.h: SHA-256 (FIPS 180-4). */
#ifndef TL_CRYPTO_SHA256_H
#define TL_CRYPTO_SHA256_H

#include "base/base.h"
#include "base/str.h"

#define TL_SHA256_SIZE 65 /* 64 hex digits, lower case, and a NUL */

void tl_sha256_hex(char out[TL_SHA256_SIZE], struct tl_str bytes);
/* `count` random bytes from the system's generator; aborts where there are none. */
void tl_random(void *out, size_t count);

#endif
