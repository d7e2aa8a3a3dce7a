/* crypto/certificate.h: certificates for a server that lives as long as its process. */
#ifndef TL_CRYPTO_CERTIFICATE_H
#define TL_CRYPTO_CERTIFICATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* A certificate authority made on the spot and a server certificate of it (P-256, `days` long) for these names and addresses: for a sandbox. PEM, in `arena`. */
int tl_certificate_make(struct tl_str *authority, struct tl_str *certificate, struct tl_str *key, struct tl_arena *arena, const char *const *names,
                        size_t n_names, int64_t not_before_ms, int64_t not_after_ms, struct tl_error *err);

#endif
