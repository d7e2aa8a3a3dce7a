/* crypto/tls.h: the client's side of TLS over a connected socket that does not block (1.2 and 1.3, HTTP/1.1), by OpenSSL. Certificates and names are verified, always. */
#ifndef TL_CRYPTO_TLS_H
#define TL_CRYPTO_TLS_H

#include "base/error.h"

struct tl_tls_trust; /* whose certificates are believed; any number of connections with it */
struct tl_tls;

/* The system's authorities, and those of the file `ca` (PEM; NULL: none). TL_USAGE where that cannot be read or holds no certificate. */
int tl_tls_trust_open(struct tl_tls_trust **out, const char *ca, struct tl_error *err);
void tl_tls_trust_close(struct tl_tls_trust *trust); /* NULL is fine */

enum tl_tls_state {
	TL_TLS_DONE,
	TL_TLS_WANTS_READ,  /* go on once the socket can be read */
	TL_TLS_WANTS_WRITE, /* … or written */
	TL_TLS_ENDED,       /* the other side has closed it */
	TL_TLS_FAILED,
};

/* `host`: the name or IP address that the certificate must have been issued for. The descriptor is borrowed. */
int tl_tls_open(struct tl_tls **out, const struct tl_tls_trust *trust, int fd, const char *host, struct tl_error *err);
void tl_tls_close(struct tl_tls *tls); /* NULL is fine */
enum tl_tls_state tl_tls_shake_hands(struct tl_tls *tls);
/* DONE with at least one byte of `size`, in *count. */
enum tl_tls_state tl_tls_read(struct tl_tls *tls, void *out, size_t size, size_t *count);
enum tl_tls_state tl_tls_write(struct tl_tls *tls, const void *bytes, size_t size, size_t *count);
/* Whether something can be read although the socket has nothing. */
bool tl_tls_pending(const struct tl_tls *tls);
/* Why shaking hands failed, in words that say what to do (TL_IO). True where trying again would change nothing: it is the certificate. */
bool tl_tls_fault(const struct tl_tls *tls, struct tl_error *err);

#endif
