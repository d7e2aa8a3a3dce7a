/* project/ledger_address.c: postgres:// addresses as libpq reads them. */
#include "project/ledger_address.h"

static struct tl_str scheme_of(struct tl_str text)
{
	static const char *const scheme_table[] = { "postgres://", "postgresql://" };

	for (size_t i = 0; i < TL_COUNT(scheme_table); i++) {
		if (tl_str_starts(text, tl_str(scheme_table[i])))
			return tl_str(scheme_table[i]);
	}
	return (struct tl_str){ NULL, 0 };
}

bool tl_ledger_is_server(struct tl_str text)
{
	return scheme_of(text).len > 0;
}

/* One host, perhaps with a port: this machine, by name, number or socket. */
static bool is_local(struct tl_str host)
{
	if (tl_str_starts(host, TL_STR("[")))
		return tl_str_starts(host, TL_STR("[::1]"));
	host = tl_str_slice(host, 0, tl_str_find(host, TL_STR(":"), 0) == SIZE_MAX ? host.len : tl_str_find(host, TL_STR(":"), 0));
	if (host.len == 0 || tl_str_starts(host, TL_STR("%2F")) || tl_str_starts(host, TL_STR("%2f")) || tl_str_is(host, "localhost"))
		return true;
	for (size_t i = 0; i < host.len; i++) {
		if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9'))
			return false;
	}
	return tl_str_starts(host, TL_STR("127."));
}

/* Several hosts may be named, separated by commas. */
static bool all_local(struct tl_str hosts)
{
	for (;;) {
		size_t comma = tl_str_find(hosts, TL_STR(","), 0), end = comma == SIZE_MAX ? hosts.len : comma;

		if (!is_local(tl_str_slice(hosts, 0, end)))
			return false;
		if (comma == SIZE_MAX)
			return true;
		hosts = tl_str_slice(hosts, comma + 1, hosts.len);
	}
}

/* What the parameters after '?' say of the connection. */
struct parameters {
	bool odd;        /* a name that cannot be read plainly, or that sets sslmode by another name */
	bool elsewhere;  /* a host is named here */
	unsigned modes;
	struct tl_str mode;
};

static void read_parameter(struct parameters *out, struct tl_str part)
{
	size_t equals = tl_str_find(part, TL_STR("="), 0);
	struct tl_str name = tl_str_slice(part, 0, equals == SIZE_MAX ? part.len : equals);
	struct tl_str value = tl_str_slice(part, equals == SIZE_MAX ? part.len : equals + 1, part.len);

	if (tl_str_find(name, TL_STR("%"), 0) != SIZE_MAX || tl_str_is(name, "ssl") || tl_str_is(name, "requiressl"))
		out->odd = true;
	if (tl_str_is(name, "host") || tl_str_is(name, "hostaddr") || tl_str_is(name, "service"))
		out->elsewhere = true;
	if (tl_str_is(name, "sslmode")) {
		out->modes++;
		out->mode = value;
	}
}

static struct parameters read_parameters(struct tl_str query)
{
	struct parameters out = { 0 };

	while (query.len > 0) {
		size_t mark = tl_str_find(query, TL_STR("&"), 0), end = mark == SIZE_MAX ? query.len : mark;

		read_parameter(&out, tl_str_slice(query, 0, end));
		query = tl_str_slice(query, end < query.len ? end + 1 : end, query.len);
	}
	return out;
}

int tl_ledger_address(struct tl_str *out, struct tl_arena *arena, struct tl_str text, struct tl_error *err)
{
	struct tl_str rest = tl_str_slice(text, scheme_of(text).len, text.len), hosts;
	size_t mark = tl_str_find(rest, TL_STR("?"), 0), slash, at = 0;
	struct tl_str query = mark == SIZE_MAX ? TL_STR("") : tl_str_slice(rest, mark + 1, rest.len);
	struct parameters parameters = read_parameters(query);

	*out = tl_arena_dup(arena, text);
	hosts = tl_str_slice(rest, 0, mark == SIZE_MAX ? rest.len : mark);
	slash = tl_str_find(hosts, TL_STR("/"), 0);
	hosts = tl_str_slice(hosts, 0, slash == SIZE_MAX ? hosts.len : slash);
	for (size_t i = 0; i < hosts.len; i++) {
		if (hosts.ptr[i] == '@')
			at = i + 1;
	}
	if (parameters.odd || parameters.modes > 1)
		return tl_error_set(err, TL_USAGE, "says how it is encrypted in a way that is not taken here: sslmode, once");
	if (all_local(tl_str_slice(hosts, at, hosts.len)) && !parameters.elsewhere)
		return 0;
	if (parameters.modes == 1 && !tl_str_is(parameters.mode, "verify-full"))
		return tl_error_set(err, TL_USAGE, "must have sslmode=verify-full, since it is not on this machine");
	if (parameters.modes == 0)
		*out = tl_arena_printf(arena, "%.*s%ssslmode=verify-full", TL_FMT(text), mark == SIZE_MAX ? "?" : query.len > 0 ? "&" : "");
	return 0;
}
