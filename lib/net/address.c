/* net/address.c: addresses of servers, and which of them lie where. */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "base/text.h"

#define TEXT_LIMIT 8192
#define HOST_LIMIT 253

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What is wrong with an address, with the address made safe to show. It is not shown where it may hold a password. */
static int complain(struct tl_error *err, struct tl_str text, const char *why)
{
	struct tl_buf shown = { 0 };

	if (memchr(text.ptr ? text.ptr : "", '@', text.len))
		return tl_error_set(err, TL_USAGE, "an address that holds '@': %s", why);
	tl_text_safe(&shown, tl_str_cut(text, 200));
	tl_error_set(err, TL_USAGE, "address '%.*s': %s", TL_FMT(tl_buf_view(&shown)), why);
	tl_buf_clear(&shown);
	return -1;
}

/* Takes the scheme and "://" off the front of *rest; its default port, or 0 where it is neither of ours. */
static uint16_t take_scheme(struct tl_address *out, struct tl_str *rest)
{
	static const struct {
		struct tl_str prefix;
		const char *name;
		uint16_t port;
	} scheme_table[] = { { { "http://", 7 }, "http", 80 }, { { "https://", 8 }, "https", 443 } };

	for (size_t i = 0; i < TL_COUNT(scheme_table); i++) {
		size_t len = scheme_table[i].prefix.len;

		if (rest->len < len || !tl_str_equal_nocase(tl_str_slice(*rest, 0, len), scheme_table[i].prefix))
			continue;
		out->scheme = tl_str(scheme_table[i].name);
		*rest = tl_str_slice(*rest, len, rest->len);
		return scheme_table[i].port;
	}
	return 0;
}

/* A port in digits alone, 1 to 65535. */
static bool read_port(uint16_t *port, struct tl_str text)
{
	unsigned value = 0;

	if (text.len == 0 || text.len > 5)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.ptr[i]))
			return false;
		value = value * 10 + (unsigned)(text.ptr[i] - '0');
	}
	*port = (uint16_t)value;
	return value > 0 && value <= UINT16_MAX;
}

static bool is_host_name(struct tl_str host)
{
	if (host.len == 0 || host.len > HOST_LIMIT || host.ptr[0] == '.' || host.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
			return false;
		if (c == '.' && i + 1 < host.len && host.ptr[i + 1] == '.')
			return false;
	}
	return true;
}

static struct tl_str lower(struct tl_arena *arena, struct tl_str text)
{
	struct tl_str copy = tl_arena_dup(arena, text);
	char *bytes = tl_arena_alloc(arena, copy.len + 1, 1);

	for (size_t i = 0; i < copy.len; i++)
		bytes[i] = copy.ptr[i] >= 'A' && copy.ptr[i] <= 'Z' ? (char)(copy.ptr[i] + ('a' - 'A')) : copy.ptr[i];
	return (struct tl_str){ bytes, copy.len };
}

/* Host and port of "host:port" or "[v6]:port"; NULL, or what is wrong. */
static const char *read_authority(struct tl_address *out, struct tl_arena *arena, struct tl_str authority, uint16_t port)
{
	struct tl_str host = authority, rest = { 0 };
	struct in6_addr v6;
	size_t end;

	if (authority.len > 0 && authority.ptr[0] == '[') {
		end = tl_str_find(authority, TL_STR("]"), 0);
		if (end == SIZE_MAX)
			return "the bracket of its IPv6 address is not closed";
		host = lower(arena, tl_str_slice(authority, 1, end));
		rest = tl_str_slice(authority, end + 1, authority.len);
		if (inet_pton(AF_INET6, host.ptr, &v6) != 1)
			return "what stands in its brackets is no IPv6 address";
	} else {
		end = tl_str_find(authority, TL_STR(":"), 0);
		if (end != SIZE_MAX) {
			host = tl_str_slice(authority, 0, end);
			rest = tl_str_slice(authority, end, authority.len);
		}
		if (!is_host_name(host))
			return "its host is no name that a server can have (letters, digits, '-' and '.'; others as punycode)";
		host = lower(arena, host);
	}
	out->host = host;
	out->port = port;
	if (rest.len > 0 && (rest.ptr[0] != ':' || !read_port(&out->port, tl_str_slice(rest, 1, rest.len))))
		return "its port is no number from 1 to 65535";
	return NULL;
}

/* Printable ASCII without what other readers of addresses take for something else. */
static bool is_plain(struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\\\"<>^`{|}#", c))
			return false;
	}
	return true;
}

static bool is_loopback(struct tl_str host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host.ptr, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host.ptr, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return tl_str_is(host, "localhost") || tl_str_ends(host, TL_STR(".localhost"));
}

int tl_address_parse(struct tl_address *out, struct tl_arena *arena, struct tl_str text, struct tl_error *err)
{
	struct tl_str rest = text, authority;
	const char *why;
	uint16_t port;
	size_t end;

	*out = (struct tl_address){ 0 };
	if (text.len > TEXT_LIMIT)
		return tl_error_set(err, TL_USAGE, "an address of %zu bytes: more than %d", text.len, TEXT_LIMIT);
	if (!is_plain(text))
		return complain(err, text, "it holds a blank, a fragment ('#'), or another character that has to be percent-encoded");
	port = take_scheme(out, &rest);
	if (port == 0)
		return complain(err, text, "it has to begin with https:// (or http://, on this machine)");
	for (end = 0; end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?'; end++)
		continue;
	authority = tl_str_slice(rest, 0, end);
	if (tl_str_find(authority, TL_STR("@"), 0) != SIZE_MAX)
		return complain(err, text, "a user or a password has no place in it");
	why = read_authority(out, arena, authority, port);
	if (why)
		return complain(err, text, why);
	rest = tl_str_slice(rest, end, rest.len);
	while (tl_str_ends(rest, TL_STR("/"))) {
		rest.len--;
		text.len--;
	}
	out->text = tl_arena_dup(arena, text);
	out->path = tl_arena_dup(arena, rest);
	if (rest.len > 0 && rest.ptr[0] == '?')
		out->path = tl_arena_printf(arena, "/%.*s", TL_FMT(rest));
	out->loopback = is_loopback(out->host);
	return 0;
}

int tl_address_check_secure(const struct tl_address *address, const char *what, struct tl_error *err)
{
	if (address->loopback || tl_str_is(address->scheme, "https"))
		return 0;
	return tl_error_set(err, TL_USAGE, "%s '%.*s': without https everything would travel in plain text; write https://, plain http is for this machine alone",
	                    what, TL_FMT(address->text));
}

bool tl_address_same_origin(const struct tl_address *a, const struct tl_address *b)
{
	return tl_str_equal(a->scheme, b->scheme) && tl_str_equal(a->host, b->host) && a->port == b->port;
}

/* Networks that are no public unicast: IANA's special-purpose registries, and multicast. */
static const struct network {
	const char *address;
	unsigned bits;
} private_v4_table[] = {
	{ "0.0.0.0", 8 },      { "10.0.0.0", 8 },     { "100.64.0.0", 10 },  { "127.0.0.0", 8 },    { "169.254.0.0", 16 },
	{ "172.16.0.0", 12 },  { "192.0.0.0", 24 },   { "192.0.2.0", 24 },   { "192.88.99.0", 24 }, { "192.168.0.0", 16 },
	{ "198.18.0.0", 15 },  { "198.51.100.0", 24 }, { "203.0.113.0", 24 }, { "224.0.0.0", 4 },    { "240.0.0.0", 4 },
};

static bool is_private_v4(uint32_t ip)
{
	for (size_t i = 0; i < TL_COUNT(private_v4_table); i++) {
		struct in_addr network;
		uint32_t mask = ~(uint32_t)0 << (32 - private_v4_table[i].bits);

		inet_pton(AF_INET, private_v4_table[i].address, &network);
		if ((ip & mask) == ntohl(network.s_addr))
			return true;
	}
	/* The address of Azure's host on every machine of its, from where it hands out credentials. */
	return ip == 0xa83f8110;
}

static uint32_t v4_at(const struct in6_addr *ip, size_t at)
{
	const uint8_t *b = ip->s6_addr + at;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Only 2000::/3 is handed out for public use; what carries an IPv4 address inside is judged by that one. */
static bool is_private_v6(const struct in6_addr *ip)
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	const uint8_t *b = ip->s6_addr;

	if (IN6_IS_ADDR_V4MAPPED(ip))
		return is_private_v4(v4_at(ip, 12));
	if (memcmp(b, nat64, sizeof(nat64)) == 0)
		return is_private_v4(v4_at(ip, 12));
	if (b[0] == 0x20 && b[1] == 0x02)
		return is_private_v4(v4_at(ip, 2));
	/* Teredo and the other protocol assignments of 2001::/23, documentation, 3fff::/20 */
	if (b[0] == 0x20 && b[1] == 0x01 && (b[2] < 2 || (b[2] == 0x0d && b[3] == 0xb8)))
		return true;
	if (b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10)
		return true;
	return (b[0] & 0xe0) != 0x20;
}

bool tl_ip_is_private(const char *ip)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, ip, &v4) == 1)
		return is_private_v4(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, ip, &v6) == 1)
		return is_private_v6(&v6);
	return true;
}

bool tl_address_is_private(const struct tl_address *address)
{
	char host[HOST_LIMIT + 1];
	size_t len = address->host.len;
	struct in6_addr v6;
	struct in_addr v4;

	/* The dot at the end of a whole name says nothing of where it leads. */
	if (len > 0 && address->host.ptr[len - 1] == '.')
		len--;
	if (len > HOST_LIMIT)
		return true;
	memcpy(host, address->host.ptr, len);
	host[len] = '\0';
	if (is_loopback((struct tl_str){ host, len }))
		return true;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return is_private_v6(&v6);
	return inet_aton(host, &v4) && is_private_v4(ntohl(v4.s_addr));
}

struct tl_str tl_address_encode(struct tl_arena *arena, struct tl_str text)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = tl_arena_alloc(arena, 3 * text.len + 1, 1);
	/* As a path segment, dots alone would mean a folder. */
	bool dots = tl_str_is(text, ".") || tl_str_is(text, "..");
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_letter((char)c) || is_digit((char)c) || c == '-' || c == '_' || c == '~' || (c == '.' && !dots)) {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '%';
		out[len++] = hex[c >> 4];
		out[len++] = hex[c & 15];
	}
	return (struct tl_str){ out, len };
}
