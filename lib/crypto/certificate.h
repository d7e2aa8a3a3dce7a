/* crypto/certificate.h: certificates for a server that lives as long as its process. */
#ifndef TL_CRYPTO_CERTIFICATE_H
#define TL_CRYPTO_CERTIFICATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* A certificate authority made on the spot and a server certificate of it (both P-256) for these host names and IP addresses: for a sandbox. The server's is valid
 * between the two instants (ms since 1970, whole seconds count), the authority's ten years longer, so that it is the server's that is found expired. The
 * authority's key is thrown away: nothing else can ever be signed by it. PEM, in `arena`. TL_USAGE where there is no name, one cannot stand in a certificate, or the
 * times are in the wrong order. */
int tl_certificate_make(struct tl_str *authority, struct tl_str *certificate, struct tl_str *key, struct tl_arena *arena, const char *const *names,
                        size_t n_names, int64_t not_before_ms, int64_t not_after_ms, struct tl_error *err);

/* Whether a server can show that certificate (PEM, with those of its issuers after it) and has its key (PEM, without a passphrase): TL_USAGE in words where not. */
int tl_certificate_check(struct tl_str certificate, struct tl_str key, struct tl_error *err);

#endif
