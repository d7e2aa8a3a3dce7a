/* net/serve_target.c: what a request's line may have looked like before libwebsockets took it apart: it keeps the pieces with every %XX decoded, '+' in the query as a
 * space, and no other. Whoever holds the line against a signature tries what clients write. */
#include "net/serving.h"

/* Which bytes are written as they are, beside letters, digits and what every client leaves alone. */
static const struct writing {
	const char *path, *query;
	bool plain;      /* nothing is encoded */
	bool form;       /* a space of the query is '+' */
} writing_table[] = {
	{ "", "", true, false },
	/* URL of browsers and Node, which leave alone whatever can be read back. */
	{ "!$&'()*+,/:;=@[\\]^|~", "!$&()*+,/:;=?@[\\]^`{|}~", false, false },
	/* java.net.URI and most else: RFC 3986's path and query. */
	{ "!$&'()*+,/:;=@~", "!$'()*+,/:;=?@~", false, false },
	/* encodeURIComponent, of each segment and value. */
	{ "/!'()*~", "!'()*~=", false, false },
	{ "/~", "~=", false, false },
	/* Forms. */
	{ "/!'()*~", "*=", false, true },
	{ "/~", "*=", false, true },
};

static bool stays(char c, const char *also)
{
	bool usual = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';

	return usual || (c != '\0' && strchr(also, c));
}

static void put(struct tl_buf *out, struct tl_str text, const struct writing *writing, bool query)
{
	bool named = false; /* a second '=' is the value's own */

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool own = query && c == '=' && named && !strchr(writing->query, ':');

		if (writing->plain || (stays(c, query ? writing->query : writing->path) && !own))
			tl_buf_char(out, c);
		else if (c == ' ' && query && writing->form)
			tl_buf_char(out, '+');
		else
			tl_buf_printf(out, "%%%02X", (unsigned char)c);
		named |= c == '=';
	}
}

struct tl_str tl_exchange_target(const struct tl_exchange *exchange, size_t guess)
{
	struct tl_arena *arena = (struct tl_arena *)(uintptr_t)&exchange->arena;
	struct tl_buf text = { 0 };
	struct tl_str name, value, piece;

	if (guess >= TL_COUNT(writing_table))
		return (struct tl_str){ NULL, 0 };
	put(&text, exchange->path, &writing_table[guess], false);
	for (size_t i = 0; tl_exchange_query_at(&name, &value, exchange, i); i++) {
		piece = value.ptr ? tl_arena_printf(arena, "%.*s=%.*s", TL_FMT(name), TL_FMT(value)) : name;
		tl_buf_char(&text, i == 0 ? '?' : '&');
		put(&text, piece, &writing_table[guess], true);
	}
	piece = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return piece;
}
