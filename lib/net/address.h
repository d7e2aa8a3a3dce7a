/* net/address.h: addresses of servers (RFC 3986, http and https only), and where a request may go at all. */
#ifndef TL_NET_ADDRESS_H
#define TL_NET_ADDRESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* An address, its parts in the arena it was parsed with, each NUL-terminated. */
struct tl_address {
	struct tl_str text;   /* whole, as it was given, without '/' at its end */
	struct tl_str scheme; /* "http" or "https" */
	struct tl_str host;   /* lower case; an IPv6 address without its brackets */
	uint16_t port;        /* the scheme's own where none was given */
	struct tl_str path;   /* with the query; "" or "/…" */
	bool loopback;        /* 127.0.0.0/8, ::1, localhost and *.localhost */
};

/* TL_USAGE for what is no http or https address, and for one that holds a user or password (a secret has no place in an address). */
int tl_address_parse(struct tl_address *out, struct tl_arena *arena, struct tl_str text, struct tl_error *err);
/* TL_USAGE in words for the person who wrote it, where requests would travel in plain text beyond this machine. */
int tl_address_check_secure(const struct tl_address *address, const char *what, struct tl_error *err);
/* Whether both have the same scheme, host and port. */
bool tl_address_same_origin(const struct tl_address *a, const struct tl_address *b);
/* Whether a numeric IPv4 or IPv6 address is one that only this machine, its network or its cloud can reach: loopback, private, link-local, unique local,
 * metadata, shared, multicast, unspecified, and all of them mapped into IPv6. What is no address counts as one. */
bool tl_ip_is_private(const char *ip);
/* Whether the host alone tells that: a name of this machine, or such an address in any spelling that resolvers take ("0x7f.1", "2130706433"). Of other names nobody
 * knows before they are resolved. */
bool tl_address_is_private(const struct tl_address *address);
/* A path segment or query value, percent-encoded (all but unreserved characters). */
struct tl_str tl_address_encode(struct tl_arena *arena, struct tl_str text);

#endif
