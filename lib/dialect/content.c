/* dialect/content.c: what a file holds, by its name and the keys at its top. The bytes are looked at as they are: an Architect file is YAML only once
 * its {{keys}} are replaced. */
#include "dialect/architect.h"

/* Keys that say what a document is. */
struct top {
	bool flow, nodes, suite, policies;
	bool architect; /* the first key is a type of flow */
	size_t count;
};

static void note_key(struct top *top, struct tl_str key)
{
	if (top->count++ == 0)
		top->architect = tl_arch_type_of(key) != NULL;
	top->flow = top->flow || tl_str_is(key, "flow");
	top->nodes = top->nodes || tl_str_is(key, "nodes");
	top->suite = top->suite || tl_str_is(key, "suite");
	top->policies = top->policies || tl_str_is(key, "policies");
}

static struct tl_str unquoted(struct tl_str key)
{
	bool quoted = key.len >= 2 && (key.ptr[0] == '"' || key.ptr[0] == '\'') && key.ptr[key.len - 1] == key.ptr[0];

	return quoted ? tl_str_slice(key, 1, key.len - 1) : key;
}

/* ---- Block YAML: the keys stand at the start of lines, all as far in as the first */

static size_t count_blanks(struct tl_str line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == ' ')
		n++;
	return n;
}

/* Lines that come before a document or say nothing. */
static bool is_aside(struct tl_str line)
{
	struct tl_str text = tl_str_trim(line);

	return text.len == 0 || text.ptr[0] == '#' || text.ptr[0] == '%' || tl_str_starts(line, TL_STR("---"));
}

/* The key of "key:" or "key: value"; empty where the line has none. */
static struct tl_str line_key(struct tl_str line)
{
	for (size_t at = 0; at < line.len; at++) {
		bool ends = line.ptr[at] == ':' && (at + 1 == line.len || line.ptr[at + 1] == ' ' ||
		                                    line.ptr[at + 1] == '\t' || line.ptr[at + 1] == '\r');

		if (ends)
			return unquoted(tl_str_trim(tl_str_slice(line, 0, at)));
	}
	return TL_STR("");
}

static void read_block(struct top *top, struct tl_str bytes)
{
	size_t start = 0, indent = SIZE_MAX;

	while (start < bytes.len) {
		size_t end = tl_str_find(bytes, TL_STR("\n"), start), blanks;
		struct tl_str line = tl_str_slice(bytes, start, end == SIZE_MAX ? bytes.len : end);

		start += line.len + 1;
		if (is_aside(line))
			continue;
		blanks = count_blanks(line);
		if (indent == SIZE_MAX)
			indent = blanks;
		if (blanks == indent)
			note_key(top, line_key(tl_str_slice(line, blanks, line.len)));
	}
}

/* ---- JSON, or YAML in braces: the keys stand one bracket deep */

/* How many characters of a text in quotes belong together: an escape, or a single quote that is doubled. */
static size_t unit_of_text(struct tl_str bytes, size_t at, char quote)
{
	if (quote == '"')
		return bytes.ptr[at] == '\\' ? 2 : 1;
	return bytes.ptr[at] == '\'' && at + 1 < bytes.len && bytes.ptr[at + 1] == '\'' ? 2 : 1;
}

static size_t skip_text(struct tl_str bytes, size_t at)
{
	char quote = bytes.ptr[at++];

	while (at < bytes.len) {
		size_t unit = unit_of_text(bytes, at, quote);

		if (unit == 1 && bytes.ptr[at] == quote)
			return at + 1;
		at += unit;
	}
	return bytes.len;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether a quote here opens a text. Within a plain scalar, as in "Members' line", it is a letter like others. */
static bool opens_text(struct tl_str bytes, size_t at)
{
	while (at > 0 && is_white(bytes.ptr[at - 1]))
		at--;
	return at == 0 || strchr("{[,:", bytes.ptr[at - 1]) != NULL;
}

/* Past what is no structure and begins here: a text in quotes, a comment; else `at`. */
static size_t skip_opaque(struct tl_str bytes, size_t at)
{
	char c = bytes.ptr[at];
	size_t end;

	if ((c == '"' || c == '\'') && opens_text(bytes, at))
		return skip_text(bytes, at);
	if (c != '#' || at == 0 || !is_white(bytes.ptr[at - 1]))
		return at;
	end = tl_str_find(bytes, TL_STR("\n"), at);
	return end == SIZE_MAX ? bytes.len : end;
}

static void read_flow_style(struct top *top, struct tl_str bytes)
{
	size_t depth = 0, key = 0;

	for (size_t at = 0; at < bytes.len;) {
		size_t past = skip_opaque(bytes, at);
		char c = bytes.ptr[at];

		if (past > at) {
			key = c == '#' && key > 0 ? past : key; /* a comment is no part of the key after it */
			at = past;
			continue;
		}
		at++;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth -= depth > 0;
		else if (c == ':' && depth == 1 && key > 0)
			note_key(top, unquoted(tl_str_trim(tl_str_slice(bytes, key, at - 1))));
		if (depth == 1 && (c == '{' || c == ','))
			key = at;
		else if (c == ':' && depth == 1)
			key = 0;
	}
}

static enum tl_content content_of_name(struct tl_str path)
{
	static const struct {
		const char *ending;
		enum tl_content content;
	} name_table[] = {
		{ ".suite.yaml", TL_CONTENT_SUITE },  { ".suite.yml", TL_CONTENT_SUITE },
		{ ".suite.json", TL_CONTENT_SUITE },  { ".policy.yaml", TL_CONTENT_POLICY },
		{ ".policy.yml", TL_CONTENT_POLICY }, { ".policy.json", TL_CONTENT_POLICY },
	};

	for (size_t i = 0; i < TL_COUNT(name_table); i++) {
		if (tl_str_ends(path, tl_str(name_table[i].ending)))
			return name_table[i].content;
	}
	return TL_CONTENT_UNKNOWN;
}

/* A file that is called a flow is one, so that what is wrong with it is said. */
static bool is_named_flow(struct tl_str path)
{
	return tl_str_ends(path, TL_STR(".flow.yaml")) || tl_str_ends(path, TL_STR(".flow.yml")) ||
	       tl_str_ends(path, TL_STR(".flow.json"));
}

/* From where a document begins: past comments, directives and blank lines. */
static struct tl_str skip_asides(struct tl_str bytes)
{
	size_t start = 0;

	while (start < bytes.len) {
		size_t end = tl_str_find(bytes, TL_STR("\n"), start);

		if (!is_aside(tl_str_slice(bytes, start, end == SIZE_MAX ? bytes.len : end)))
			break;
		start = end == SIZE_MAX ? bytes.len : end + 1;
	}
	return tl_str_trim(tl_str_slice(bytes, start, bytes.len));
}

enum tl_content tl_content_of(struct tl_str path, struct tl_str bytes)
{
	enum tl_content named = content_of_name(path);
	struct tl_str text = tl_str_starts(bytes, TL_STR("\xef\xbb\xbf")) ? tl_str_slice(bytes, 3, bytes.len) : bytes,
		      start = skip_asides(text);
	struct top top = { 0 };

	if (named != TL_CONTENT_UNKNOWN)
		return named;
	if (start.len > 0 && start.ptr[0] == '{' && !tl_str_starts(start, TL_STR("{{")))
		read_flow_style(&top, start);
	else
		read_block(&top, text);
	if (top.flow)
		return TL_CONTENT_NATIVE;
	if (top.architect)
		return TL_CONTENT_ARCHITECT;
	if (top.nodes)
		return TL_CONTENT_WIRE;
	if (top.suite)
		return TL_CONTENT_SUITE;
	if (top.policies)
		return TL_CONTENT_POLICY;
	return is_named_flow(path) ? TL_CONTENT_NATIVE : TL_CONTENT_UNKNOWN;
}
