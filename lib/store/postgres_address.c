/* store/postgres_address.c: postgres://…, taken apart by libpq and put together again so that nothing but the address says where it leads. */
#include <ctype.h>
#include <stdlib.h>

#include "store/postgres.h"

#define DEFAULT_SCHEMA "trunkline"
#define CONNECT_SECONDS "10"

/* What may stand in an address beside what is before the '?'. The rest of what libpq knows would lead elsewhere, weaken it or hold a secret. */
static const char *const option_table[] = {
	"host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "application_name", "target_session_attrs", "channel_binding",
};

static bool may_be_said(const char *keyword)
{
	for (size_t i = 0; i < TL_COUNT(option_table); i++) {
		if (strcmp(option_table[i], keyword) == 0)
			return true;
	}
	return false;
}

static struct tl_str value_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword; options++) {
		if (strcmp(options->keyword, keyword) == 0)
			return tl_str(options->val);
	}
	return (struct tl_str){ NULL, 0 };
}

/* 127.0.0.0/8, ::1, localhost and what ends in it, and sockets of this machine. */
static bool is_loopback(struct tl_str host)
{
	char text[256];
	unsigned octet[4];
	char end;

	if (host.len == 0 || host.ptr[0] == '/' || host.ptr[0] == '@' || tl_str_is(host, "::1") || tl_str_equal_nocase(host, TL_STR("localhost")))
		return true;
	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return sscanf(text, "127.%3u.%3u.%3u%c", &octet[1], &octet[2], &octet[3], &end) == 3;
}

/* Whether each host of a list "a,b" is on this machine. */
static bool all_loopback(struct tl_str hosts)
{
	size_t start = 0, comma;

	do {
		comma = tl_str_find(hosts, TL_STR(","), start);
		if (!is_loopback(tl_str_slice(hosts, start, comma == SIZE_MAX ? hosts.len : comma)))
			return false;
		start = comma + 1;
	} while (comma != SIZE_MAX);
	return true;
}

static bool is_schema(struct tl_str name)
{
	if (name.len == 0 || name.len > 40 || !(name.ptr[0] == '_' || islower((unsigned char)name.ptr[0])))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (!(name.ptr[i] == '_' || islower((unsigned char)name.ptr[i]) || isdigit((unsigned char)name.ptr[i])))
			return false;
	}
	return !tl_str_starts(name, TL_STR("pg_"));
}

/* Takes schema=NAME, which is ours and not libpq's, out of the text; *text is what is left. */
static int take_schema(struct tl_str *schema, struct tl_str *text, struct tl_arena *arena, struct tl_error *err)
{
	struct tl_str whole = *text, pair;
	size_t at = tl_str_find(whole, TL_STR("?"), 0), end;
	struct tl_buf rest = { 0 };
	char before = '?';

	*schema = TL_STR(DEFAULT_SCHEMA);
	if (at == SIZE_MAX)
		return 0;
	tl_buf_str(&rest, tl_str_slice(whole, 0, at));
	for (; at < whole.len; at = end) {
		end = tl_str_find(whole, TL_STR("&"), at + 1);
		end = end == SIZE_MAX ? whole.len : end;
		pair = tl_str_slice(whole, at + 1, end);
		if (tl_str_starts(pair, TL_STR("schema="))) {
			*schema = tl_arena_dup(arena, tl_str_slice(pair, strlen("schema="), pair.len));
			continue;
		}
		tl_buf_char(&rest, before);
		tl_buf_str(&rest, pair);
		before = '&';
	}
	*text = tl_arena_dup(arena, tl_buf_view(&rest));
	tl_buf_clear(&rest);
	if (!is_schema(*schema))
		return tl_error_set(err, TL_USAGE, "schema=%.*s in the database's address: a name of at most 40 small letters, digits and '_' is wanted", TL_FMT(*schema));
	return 0;
}

/* A file that libpq reads; "system" is its name for the authorities of the machine. */
static bool is_relative_file(const PQconninfoOption *option)
{
	static const char *const file_table[] = { "sslrootcert", "sslcert", "sslkey", "sslcrl" };
	bool file = false;

	for (size_t i = 0; i < TL_COUNT(file_table); i++)
		file = file || strcmp(option->keyword, file_table[i]) == 0;
	return file && option->val[0] != '\0' && option->val[0] != '/' && strcmp(option->val, "system") != 0;
}

static int check_options(const PQconninfoOption *options, struct tl_error *err)
{
	for (; options->keyword; options++) {
		if (!options->val)
			continue;
		if (strstr(options->keyword, "password"))
			return tl_error_set(err, TL_USAGE, "a password has no place in the database's address: put it into ~/.pgpass (mode 0600), and take it out there");
		if (!may_be_said(options->keyword))
			return tl_error_set(err, TL_USAGE, "'%s' has no place in the database's address", options->keyword);
		/* In the folder where a command is started anybody's change may lie. */
		if (is_relative_file(options))
			return tl_error_set(err, TL_USAGE, "'%s' must be an absolute path in the database's address", options->keyword);
	}
	return 0;
}

/* What libpq is told of TLS; NULL where the address may not be used. */
static const char *tls_mode(const PQconninfoOption *options, struct tl_error *err)
{
	struct tl_str mode = value_of(options, "sslmode"), host = value_of(options, "host");

	if (all_loopback(host))
		return mode.len > 0 ? mode.ptr : "prefer";
	if (mode.len > 0 && !tl_str_is(mode, "verify-full")) {
		tl_error_set(err, TL_USAGE, "sslmode=%.*s to the database on '%.*s': beyond this machine nothing less than verify-full is used "
		             "(with sslrootcert=FILE for an authority of your own)", TL_FMT(mode), TL_FMT(host));
		return NULL;
	}
	return "verify-full";
}

static void add_option(struct tl_buf *out, const char *keyword, struct tl_str value)
{
	tl_buf_printf(out, " %s='", keyword);
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] == '\'' || value.ptr[i] == '\\')
			tl_buf_char(out, '\\');
		tl_buf_char(out, value.ptr[i]);
	}
	tl_buf_char(out, '\'');
}

/* Where the server is and who asks is said even where it is empty, as libpq would ask its environment else; certificates and the password file are not. */
static struct tl_str conninfo(struct tl_arena *arena, const PQconninfoOption *options, const char *mode)
{
	struct tl_str application = value_of(options, "application_name"), attributes = value_of(options, "target_session_attrs");
	struct tl_buf out = { 0 };
	struct tl_str text;

	add_option(&out, "host", value_of(options, "host"));
	add_option(&out, "hostaddr", TL_STR(""));
	add_option(&out, "port", value_of(options, "port"));
	add_option(&out, "dbname", value_of(options, "dbname"));
	if (value_of(options, "user").len > 0)
		add_option(&out, "user", value_of(options, "user"));
	for (const char *const *keyword = (const char *const[]){ "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", NULL }; *keyword; keyword++) {
		if (value_of(options, *keyword).len > 0)
			add_option(&out, *keyword, value_of(options, *keyword));
	}
	add_option(&out, "application_name", application.len > 0 ? application : TL_STR("trunkline"));
	add_option(&out, "target_session_attrs", attributes.len > 0 ? attributes : TL_STR("any"));
	add_option(&out, "sslmode", tl_str(mode));
	tl_buf_text(&out, " options='' gssencmode=disable client_encoding=UTF8 ssl_min_protocol_version=TLSv1.2 connect_timeout=" CONNECT_SECONDS
	                  " keepalives=1 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=20000");
	text = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return text;
}

static struct tl_str shown(struct tl_arena *arena, const struct tl_postgres_address *address, struct tl_str port)
{
	struct tl_buf out = { 0 };
	struct tl_str text;

	tl_buf_text(&out, "postgres://");
	if (address->user.len > 0)
		tl_buf_printf(&out, "%.*s@", TL_FMT(address->user));
	tl_buf_str(&out, address->host);
	if (port.len > 0)
		tl_buf_printf(&out, ":%.*s", TL_FMT(port));
	tl_buf_printf(&out, "/%.*s", TL_FMT(address->database));
	text = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return text;
}

int tl_postgres_address_parse(struct tl_postgres_address *out, struct tl_arena *arena, const struct tl_libpq *pq, const char *text,
                              struct tl_error *err)
{
	struct tl_str rest = tl_arena_dup(arena, tl_str(text));
	PQconninfoOption *options = NULL;
	char *complaint = NULL;
	const char *mode;
	int ret = -1;

	*out = (struct tl_postgres_address){ 0 };
	if (take_schema(&out->schema, &rest, arena, err) != 0)
		return -1;
	options = pq->conninfoParse(rest.ptr, &complaint);
	if (!options) {
		/* What libpq says of it repeats pieces of it, and one of them may be a password. */
		tl_error_set(err, TL_USAGE, "the database's address is no postgres://USER@HOST:PORT/DATABASE");
		goto out;
	}
	if (check_options(options, err) != 0)
		goto out;
	if (value_of(options, "dbname").len == 0) {
		tl_error_set(err, TL_USAGE, "the database's address names no database: postgres://USER@HOST:PORT/DATABASE");
		goto out;
	}
	mode = tls_mode(options, err);
	if (!mode)
		goto out;
	out->user = tl_arena_dup(arena, value_of(options, "user"));
	out->host = tl_arena_dup(arena, value_of(options, "host"));
	out->database = tl_arena_dup(arena, value_of(options, "dbname"));
	out->conninfo = conninfo(arena, options, mode);
	out->shown = shown(arena, out, value_of(options, "port"));
	ret = 0;
out:
	if (options)
		pq->conninfoFree(options);
	if (complaint)
		pq->freemem(complaint);
	return ret;
}
