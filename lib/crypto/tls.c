/* crypto/tls.c: TLS over sockets that do not block. */
#include "crypto/tls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct tl_tls_trust {
	SSL_CTX *context;
	BIO_METHOD *method; /* how bytes go to and come from a socket */
};

struct tl_tls {
	SSL *ssl;
	int os_error;      /* of the socket, where that was what failed */
	unsigned long why; /* OpenSSL's own word for the failure, or 0 */
};

/* ---- bytes: OpenSSL's own way raises SIGPIPE where the other side has gone */

static int keep_trying(BIO *bio, int result, int flags)
{
	BIO_clear_retry_flags(bio);
	if (result < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_flags(bio, flags | BIO_FLAGS_SHOULD_RETRY);
	return result;
}

static int fd_of(BIO *bio)
{
	return (int)(intptr_t)BIO_get_data(bio);
}

static int write_bytes(BIO *bio, const char *bytes, int len)
{
	return keep_trying(bio, (int)send(fd_of(bio), bytes, (size_t)len, MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}

static int read_bytes(BIO *bio, char *bytes, int len)
{
	return keep_trying(bio, (int)recv(fd_of(bio), bytes, (size_t)len, 0), BIO_FLAGS_READ);
}

static long control(BIO *bio, int what, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *make_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "trunkline");

	if (!method || !BIO_meth_set_write(method, write_bytes) || !BIO_meth_set_read(method, read_bytes) || !BIO_meth_set_ctrl(method, control)) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

/* ---- trust */

static int read_authorities(SSL_CTX *context, const char *ca, struct tl_error *err)
{
	/* A machine without a bundle of its own has none to offer: then only what is named here counts. */
	SSL_CTX_set_default_verify_paths(context);
	ERR_clear_error();
	if (!ca || !*ca || SSL_CTX_load_verify_file(context, ca) == 1)
		return 0;
	ERR_clear_error();
	return tl_error_set(err, TL_USAGE, "the file of `ca:` cannot be read, or holds no certificate: '%s'", ca);
}

int tl_tls_trust_open(struct tl_tls_trust **out, const char *ca, struct tl_error *err)
{
	static const unsigned char protocols[] = "\x08http/1.1";
	struct tl_tls_trust *trust = tl_alloc(sizeof(*trust));
	SSL_CTX *context = trust->context = SSL_CTX_new(TLS_client_method());

	*out = NULL;
	trust->method = make_method();
	if (!context || !trust->method)
		tl_error_set(err, TL_IO, "TLS cannot be started");
	if (!context || !trust->method || read_authorities(context, ca, err) != 0) {
		tl_tls_trust_close(trust);
		return -1;
	}
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	/* Thousands of connections are open and silent most of the time: their 34 KB of buffers are given back meanwhile. */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols) - 1);
	*out = trust;
	return 0;
}

void tl_tls_trust_close(struct tl_tls_trust *trust)
{
	if (!trust)
		return;
	SSL_CTX_free(trust->context);
	BIO_meth_free(trust->method);
	free(trust);
}

/* ---- connections */

/* An address is compared with the certificate's addresses; a name also goes to the server, which may have several certificates. */
static bool expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return true;
	ERR_clear_error();
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

int tl_tls_open(struct tl_tls **out, const struct tl_tls_trust *trust, int fd, const char *host, struct tl_error *err)
{
	SSL *ssl = SSL_new(trust->context);
	BIO *bio = BIO_new(trust->method);

	*out = NULL;
	if (!ssl || !bio || !expect_host(ssl, host)) {
		SSL_free(ssl);
		BIO_free(bio);
		ERR_clear_error();
		return tl_error_set(err, TL_IO, "TLS cannot be started");
	}
	BIO_set_data(bio, (void *)(intptr_t)fd);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_connect_state(ssl);
	*out = tl_alloc_zero(1, sizeof(**out));
	(*out)->ssl = ssl;
	return 0;
}

void tl_tls_close(struct tl_tls *tls)
{
	if (!tls)
		return;
	/* The other side is told, where the socket takes it. */
	if (SSL_is_init_finished(tls->ssl) && tls->why == 0 && tls->os_error == 0)
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
	SSL_free(tls->ssl);
	free(tls);
}

static enum tl_tls_state state_of(struct tl_tls *tls, int result)
{
	int os_error = errno;

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_NONE:
		return TL_TLS_DONE;
	case SSL_ERROR_WANT_READ:
		return TL_TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return TL_TLS_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TL_TLS_ENDED;
	default:
		tls->why = ERR_peek_error();
		tls->os_error = tls->why == 0 && os_error == 0 ? ECONNRESET : os_error;
		ERR_clear_error();
		return TL_TLS_FAILED;
	}
}

enum tl_tls_state tl_tls_shake_hands(struct tl_tls *tls)
{
	errno = 0;
	return state_of(tls, SSL_do_handshake(tls->ssl));
}

static int capped(size_t size)
{
	return size > INT_MAX ? INT_MAX : (int)size;
}

enum tl_tls_state tl_tls_read(struct tl_tls *tls, void *out, size_t size, size_t *count)
{
	int result;

	errno = 0;
	result = SSL_read(tls->ssl, out, capped(size));
	*count = result > 0 ? (size_t)result : 0;
	return result > 0 ? TL_TLS_DONE : state_of(tls, result);
}

enum tl_tls_state tl_tls_write(struct tl_tls *tls, const void *bytes, size_t size, size_t *count)
{
	int result;

	errno = 0;
	result = SSL_write(tls->ssl, bytes, capped(size));
	*count = result > 0 ? (size_t)result : 0;
	return result > 0 ? TL_TLS_DONE : state_of(tls, result);
}

bool tl_tls_pending(const struct tl_tls *tls)
{
	return SSL_pending(tls->ssl) > 0;
}

/* ---- failures */

static const struct {
	long code;
	const char *words;
} certificate_table[] = {
	{ X509_V_ERR_HOSTNAME_MISMATCH, "its certificate was issued for another host name: is the address right, or does something stand in between" },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, "its certificate was issued for another address: is the address right, or does something stand in between" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, "its certificate has expired: it has to be renewed there, unless this machine's clock is wrong" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "its certificate is not valid yet: is this machine's clock right" },
	{ X509_V_ERR_CERT_REVOKED, "its certificate was revoked" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	  "its certificate is self-signed: if that is meant, name the authority's file as `ca:` in the configuration" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
	  "its certificate is self-signed: if that is meant, name the authority's file as `ca:` in the configuration" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	  "its certificate was issued by an authority that is not known here: name that authority's file as `ca:` in the configuration, if it is yours" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	  "its certificate was issued by an authority that is not known here: name that authority's file as `ca:` in the configuration, if it is yours" },
};

bool tl_tls_fault(const struct tl_tls *tls, struct tl_error *err)
{
	long verdict = SSL_get_verify_result(tls->ssl);
	const char *words;

	for (size_t i = 0; i < TL_COUNT(certificate_table); i++) {
		if (certificate_table[i].code == verdict) {
			tl_error_set(err, TL_IO, "%s", certificate_table[i].words);
			return true;
		}
	}
	if (verdict != X509_V_OK) {
		tl_error_set(err, TL_IO, "its certificate is not accepted (%s)", X509_verify_cert_error_string(verdict));
		return true;
	}
	words = tls->why ? ERR_reason_error_string(tls->why) : NULL;
	tl_error_set(err, TL_IO, "TLS could not be agreed on: is it https at that port (%s)",
	             words ? words : tls->os_error ? strerror(tls->os_error) : "the connection was closed");
	return false;
}
