/* net/queue_address.c: the parts of nats://host:port/STREAM/CONSUMER. The host is judged as those of other addresses are. */
#include "net/queue_address.h"

#include "base/buf.h"
#include "base/text.h"
#include "net/address.h"

#define SHOWN 200
#define NAME_LIMIT 128

static const struct {
	const char *prefix;
	const char *like; /* what tl_address_parse() knows it as */
	bool secure;
} scheme_table[] = {
	{ "nats://", "http://", false },
	{ "tls://", "https://", true },
};

/* What is wrong with it, with the address made safe to show; it is not shown where it may hold a password. */
static int complain(struct tl_error *err, struct tl_str text, const char *why)
{
	struct tl_buf shown = { 0 };

	if (memchr(text.ptr ? text.ptr : "", '@', text.len))
		return tl_error_set(err, TL_USAGE, "the address of a queue holds '@': users, passwords and tokens stand in your configuration ('calls'), not in an address");
	tl_text_safe(&shown, tl_str_cut(text, SHOWN));
	tl_error_set(err, TL_USAGE, "queue '%.*s': %s", TL_FMT(tl_buf_view(&shown)), why);
	tl_buf_clear(&shown);
	return -1;
}

static size_t scheme_of(struct tl_str text)
{
	size_t i = 0;

	while (i < TL_COUNT(scheme_table)) {
		struct tl_str prefix = tl_str(scheme_table[i].prefix);

		if (text.len >= prefix.len && tl_str_equal_nocase(tl_str_slice(text, 0, prefix.len), prefix))
			break;
		i++;
	}
	return i;
}

bool tl_queue_address_is(struct tl_str text)
{
	return scheme_of(text) < TL_COUNT(scheme_table);
}

/* What may be the name of a stream or consumer, and so a part of a subject: no dots, blanks or wildcards. */
static bool is_name(struct tl_str text)
{
	if (text.len == 0 || text.len > NAME_LIMIT)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* "STREAM/CONSUMER" */
static bool read_names(struct tl_queue_address *out, struct tl_arena *arena, struct tl_str names)
{
	size_t slash = tl_str_find(names, TL_STR("/"), 0);

	if (slash == SIZE_MAX)
		return false;
	out->stream = tl_arena_dup(arena, tl_str_slice(names, 0, slash));
	out->consumer = tl_arena_dup(arena, tl_str_slice(names, slash + 1, names.len));
	return is_name(out->stream) && is_name(out->consumer);
}

/* Whether "host:port" names a port. */
static bool has_port(struct tl_str authority)
{
	size_t bracket = tl_str_find(authority, TL_STR("]"), 0);

	return tl_str_find(authority, TL_STR(":"), bracket == SIZE_MAX ? 0 : bracket) != SIZE_MAX;
}

int tl_queue_address_parse(struct tl_queue_address *out, struct tl_arena *arena, struct tl_str text, bool insecure, struct tl_error *err)
{
	size_t scheme = scheme_of(text), slash;
	struct tl_address address;
	struct tl_error why = { 0 };
	struct tl_str rest, authority;
	bool v6;

	*out = (struct tl_queue_address){ 0 };
	if (scheme == TL_COUNT(scheme_table) || memchr(text.ptr, '@', text.len))
		return complain(err, text, "it is no nats://host:port/STREAM/CONSUMER");
	rest = tl_str_slice(text, strlen(scheme_table[scheme].prefix), text.len);
	slash = tl_str_find(rest, TL_STR("/"), 0);
	authority = tl_str_slice(rest, 0, slash == SIZE_MAX ? rest.len : slash);
	if (tl_address_parse(&address, arena, tl_arena_printf(arena, "%s%.*s", scheme_table[scheme].like, TL_FMT(authority)), &why) != 0 || address.path.len > 0)
		return complain(err, text, "its host or port is none that a server can have");
	if (slash == SIZE_MAX || !read_names(out, arena, tl_str_slice(rest, slash + 1, rest.len)))
		return complain(err, text, "after the host comes /STREAM/CONSUMER: letters, digits, '-' and '_'");
	out->secure = scheme_table[scheme].secure;
	out->loopback = address.loopback;
	out->host = address.host;
	v6 = memchr(address.host.ptr, ':', address.host.len) != NULL;
	out->server = tl_arena_printf(arena, "%s%s%.*s%s:%u", scheme_table[scheme].prefix, v6 ? "[" : "", TL_FMT(address.host), v6 ? "]" : "",
	                              has_port(authority) ? (unsigned)address.port : 4222U);
	if (!out->secure && !out->loopback && !insecure)
		return complain(err, text, "its messages would travel in plain text beyond this machine: use tls://, or say 'insecure: true' in your configuration");
	return 0;
}
