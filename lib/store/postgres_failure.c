/* store/postgres_failure.c: what the server and libpq complain of, in our words. */
#include <ctype.h>

#include "store/postgres.h"

/* One line, without what libpq adds for developers, and without what a terminal would obey. */
static void one_line(char *out, size_t size, const char *text)
{
	size_t length = 0;

	for (; *text && strncmp(text, "\nLOCATION:", 10) != 0 && length + 1 < size; text++) {
		char c = iscntrl((unsigned char)*text) ? ' ' : *text;

		if (c != ' ' || (length > 0 && out[length - 1] != ' '))
			out[length++] = c;
	}
	while (length > 0 && out[length - 1] == ' ')
		length--;
	out[length] = '\0';
}

/* The SQLSTATE in a message like "FATAL:  28P01: password …", whatever its language; empty where there is none. */
static struct tl_str state_in(const char *message)
{
	struct tl_str text = tl_str(message);
	size_t at = 0, i;

	for (at = tl_str_find(text, TL_STR(":  "), at); at != SIZE_MAX; at = tl_str_find(text, TL_STR(":  "), at + 1)) {
		for (i = at + 3; i < text.len && i < at + 8 && (isdigit((unsigned char)text.ptr[i]) || isupper((unsigned char)text.ptr[i])); i++)
			;
		if (i == at + 8 && i < text.len && text.ptr[i] == ':')
			return tl_str_slice(text, at + 3, at + 8);
	}
	return (struct tl_str){ NULL, 0 };
}

/* What the server calls by a number when it turns a connection away. */
static int refused_by_server(const struct tl_postgres *db, struct tl_str state, const char *line, struct tl_error *err)
{
	const struct tl_postgres_address *address = &db->address;

	if (tl_str_is(state, "28P01"))
		return tl_error_set(err, TL_IO, "%.*s refuses the password of '%.*s': is the one in ~/.pgpass (or $PGPASSFILE) right?", TL_FMT(address->shown),
		                    TL_FMT(address->user));
	if (tl_str_starts(state, TL_STR("28")))
		return tl_error_set(err, TL_IO, "%.*s does not let '%.*s' in: %s", TL_FMT(address->shown), TL_FMT(address->user), line);
	if (tl_str_is(state, "3D000"))
		return tl_error_set(err, TL_IO, "%.*s: that server has no database '%.*s': make it (createdb %.*s), or mend the address", TL_FMT(address->shown),
		                    TL_FMT(address->database), TL_FMT(address->database));
	if (tl_str_is(state, "53300"))
		return tl_error_set(err, TL_IO, "%.*s takes no more connections: run this again later", TL_FMT(address->shown));
	return tl_error_set(err, TL_IO, "cannot connect to %.*s: %s", TL_FMT(address->shown), line);
}

static const struct {
	const char *words, *help;
} connect_table[] = {
	{ "no password supplied", "the server asks for a password: put it into ~/.pgpass (mode 0600)" },
	{ "root certificate file", "name the authority of the server's certificate: sslrootcert=FILE in the address, or ~/.postgresql/root.crt" },
	{ "does not support SSL", "the server speaks no TLS, and beyond this machine nothing is sent without" },
	{ "certificate verify failed", "the server's certificate is not signed by an authority that is trusted here, or is expired" },
	{ "does not match host name", "the server's certificate is for another host" },
	{ "could not translate host name", "is the host's name right?" },
	{ "Connection refused", "does the server run, and listen there?" },
	{ "No such file or directory", "does the server run, and is its socket there?" },
};

int tl_postgres_failed_connect(struct tl_postgres *db, bool *starting, bool *refused, struct tl_error *err)
{
	const char *message = db->connection ? db->pq.errorMessage(db->connection) : "out of memory";
	struct tl_str state = state_in(message);
	char line[1024];

	one_line(line, sizeof(line), message);
	if (starting)
		*starting = tl_str_is(state, "57P03");
	if (refused)
		*refused = state.len == 0 && (strstr(line, "Connection refused") || strstr(line, "No such file or directory") ||
		                              strstr(line, "closed the connection unexpectedly"));
	if (state.len > 0)
		return refused_by_server(db, state, line, err);
	for (size_t i = 0; i < TL_COUNT(connect_table); i++) {
		if (strstr(line, connect_table[i].words))
			return tl_error_set(err, TL_IO, "cannot connect to %.*s: %s (%s)", TL_FMT(db->address.shown), connect_table[i].help, line);
	}
	return tl_error_set(err, TL_IO, "cannot connect to %.*s: %s", TL_FMT(db->address.shown), line);
}

/* By the beginning of SQLSTATE; the first that fits. "%s" of none: the words are whole. */
static const struct {
	const char *state;
	enum tl_code code;
	const char *words;
} state_table[] = {
	{ "55P03", TL_TIMED_OUT, "is busy: other programs have been writing to it all the time; run this again" },
	{ "57014", TL_TIMED_OUT, "took too long to answer: run this again" },
	{ "40", TL_TIMED_OUT, "is busy: other programs were writing to it at the same moment; run this again" },
	{ "25006", TL_IO, "is read-only: it is a standby, or was made so; the address must lead to the server that takes writes" },
	{ "53100", TL_IO, "has no space left: nothing was written to it; make room and run this again" },
	{ "22021", TL_USAGE, "takes UTF-8 text alone, and this is none" },
	{ "54", TL_LIMIT, "cannot hold a value as large as this" },
};

int tl_postgres_failed(struct tl_postgres *db, const PGresult *result, struct tl_error *err)
{
	const char *state = result ? db->pq.resultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *message = result ? db->pq.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	char line[1024];

	one_line(line, sizeof(line), message ? message : db->pq.errorMessage(db->connection));
	if (db->pq.status(db->connection) == CONNECTION_BAD || (state && strncmp(state, "57P0", 4) == 0)) {
		db->cut_off = true;
		return tl_error_set(err, TL_IO, "the connection to %.*s was lost: %s", TL_FMT(db->address.shown), line);
	}
	for (size_t i = 0; state && i < TL_COUNT(state_table); i++) {
		if (strncmp(state, state_table[i].state, strlen(state_table[i].state)) == 0)
			return tl_error_set(err, state_table[i].code, "%.*s %s", TL_FMT(db->address.shown), state_table[i].words);
	}
	if (state && strcmp(state, "42501") == 0)
		return tl_error_set(err, TL_IO, "%.*s does not let '%.*s' do that: %s", TL_FMT(db->address.shown), TL_FMT(db->address.user), line);
	return tl_error_set(err, TL_IO, "%.*s: %s", TL_FMT(db->address.shown), line);
}
