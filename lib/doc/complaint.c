/* doc/complaint.c: what libyaml says of bad text, in words that name the mistake and the mend. */
#include <stdio.h>

#include "doc/scan.h"

/* Where a complaint points: at the place where reading stopped, or at the start of what was being read. */
enum at { AT_PROBLEM, AT_CONTEXT };

struct words {
	const char *problem; /* libyaml's */
	const char *context; /* libyaml's, where the problem alone does not say it; or NULL */
	enum at at;
	const char *message, *help;
};

#define QUOTE_HELP "close it; within '…' a quote is written '', within \"…\" it is written \\\""
#define ESCAPE_HELP "write \\\\ for a backslash, or put the text in single quotes, where nothing is escaped"
#define INDENT_HELP "keys of one map start in the same column; look at the indentation and at the quotes of the lines before"
#define TAB_HELP "indent with spaces: YAML takes no tabs there"

static const struct words words_table[] = {
	{ "could not find expected ':'", NULL, AT_CONTEXT, "this key has no ':' after it",
	  "write 'key: value', or indent the line if it continues the value above; a key may have 1024 characters and no line break" },
	{ "mapping values are not allowed in this context", NULL, AT_PROBLEM, "no key can stand here",
	  "put a value that holds ': ' in quotes; if this is a key, look at its indentation" },
	{ "block sequence entries are not allowed in this context", NULL, AT_PROBLEM, "no list item can stand here",
	  "start the list on a line of its own below its key; put a value that starts with '- ' in quotes" },
	{ "mapping keys are not allowed in this context", NULL, AT_PROBLEM, "no '? ' key can stand here",
	  "put a value that starts with '? ' in quotes" },
	{ "found unexpected end of stream", NULL, AT_CONTEXT, "this quote is never closed", QUOTE_HELP },
	{ "found unexpected document indicator", NULL, AT_CONTEXT, "this quote is not closed before the document ends", QUOTE_HELP },
	{ "found unknown escape character", NULL, AT_PROBLEM, "there is no such escape in double quotes", ESCAPE_HELP },
	{ "did not find expected hexdecimal number", NULL, AT_PROBLEM, "an escape lacks hexadecimal digits",
	  "\\x takes two of them, \\u four, \\U eight" },
	{ "found invalid Unicode character escape code", NULL, AT_PROBLEM, "the escape names no Unicode character",
	  "characters above \\uFFFF are written with \\U and eight digits" },
	{ "found unexpected ':'", NULL, AT_CONTEXT, "a ':' within this value is taken for the end of a key",
	  "put the value in quotes" },
	{ "found a tab character that violates indentation", NULL, AT_PROBLEM, "a tab in the indentation", TAB_HELP },
	{ "found a tab character where an indentation space is expected", NULL, AT_PROBLEM, "a tab in the indentation", TAB_HELP },
	{ "found an indentation indicator equal to 0", NULL, AT_CONTEXT, "the indentation of a block text cannot be 0",
	  "write '|' or '>' alone, or with a digit from 1 to 9" },
	{ "did not find expected comment or line break", "while scanning a block scalar", AT_CONTEXT,
	  "the text of a block starts on the line after its '|' or '>'", "put a value that starts with '|' or '>' in quotes" },
	{ "did not find expected comment or line break", NULL, AT_PROBLEM, "something stands after a directive",
	  "put a value that starts with '%' in quotes" },
	{ "did not find expected node content", NULL, AT_PROBLEM, "a value is missing before this",
	  "remove the surplus ',' or ':', close the bracket, or write null" },
	{ "did not find expected '-' indicator", NULL, AT_PROBLEM, "this belongs to no item of the list around it",
	  "items of one list start with '- ' in the same column; look at the indentation" },
	{ "did not find expected key", NULL, AT_PROBLEM, "this is no key of the map around it", INDENT_HELP },
	{ "did not find expected <document start>", NULL, AT_PROBLEM, "this stands outside of the document",
	  "look at the indentation: what belongs together starts in the same column" },
	{ "found undefined tag handle", NULL, AT_PROBLEM, "a tag that nothing declares",
	  "put a value that starts with '!' in quotes" },
	{ "found incompatible YAML document", NULL, AT_PROBLEM, "this version of YAML is not known", "remove the line, or write %YAML 1.2" },
	{ "found unknown directive name", NULL, AT_CONTEXT, "there is no such directive", "put a value that starts with '%' in quotes" },
	{ "did not find expected alphabetic or numeric character", NULL, AT_CONTEXT, "an anchor or alias has no name, or a sign that names cannot have",
	  "put a value that starts with '*' or '&' in quotes" },
	{ "did not find expected whitespace or line break", NULL, AT_PROBLEM, "a tag does not end here",
	  "put a value that starts with '!' in quotes" },
};

/* What is wrong with a character that starts nothing, and the mend. */
static void say_character(struct tl_complaint *out, struct tl_str text)
{
	char c = out->start < text.len ? text.ptr[out->start] : '\n';

	if (c == '\t') {
		snprintf(out->message, sizeof(out->message), "a tab in the indentation");
		out->help = TAB_HELP;
	} else if (c > ' ' && c < 0x7f) {
		snprintf(out->message, sizeof(out->message), "a value cannot start with '%c'", c);
		out->help = "put the value in quotes";
	} else {
		snprintf(out->message, sizeof(out->message), "no value can start here");
		out->help = "put the value in quotes";
	}
}

static const struct words *find_words(const yaml_parser_t *parser)
{
	for (size_t i = 0; i < TL_COUNT(words_table); i++) {
		const struct words *words = &words_table[i];

		if (strcmp(words->problem, parser->problem) != 0)
			continue;
		if (!words->context || (parser->context && strcmp(words->context, parser->context) == 0))
			return words;
	}
	return NULL;
}

static unsigned line_of(struct tl_str text, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at && i < text.len; i++)
		line += text.ptr[i] == '\n';
	return line;
}

/* libyaml takes no longer one for a key; so that the ':' behind it is where no key can be. */
#define KEY_LENGTH 1024

static bool say_long_key(struct tl_complaint *out, const yaml_parser_t *parser)
{
	if (strcmp(parser->problem, "mapping values are not allowed in this context") != 0 || parser->problem_mark.column <= KEY_LENGTH)
		return false;
	snprintf(out->message, sizeof(out->message), "no key can stand here, or it has more than %d characters", KEY_LENGTH);
	out->help = "put a value that holds ': ' in quotes; write a long key as '? key' with its ': value' on the next line";
	return true;
}

/* A list or map in brackets that goes wrong: where it is still open at the end of the text its bracket is the place. */
static bool say_brackets(struct tl_complaint *out, const yaml_parser_t *parser, struct tl_cursor *cursor)
{
	bool list = strcmp(parser->problem, "did not find expected ',' or ']'") == 0;
	bool map = strcmp(parser->problem, "did not find expected ',' or '}'") == 0;
	size_t opened = tl_cursor_at(cursor, parser->context_mark);
	char open = list ? '[' : '{', close = list ? ']' : '}';

	if (!list && !map)
		return false;
	out->help = list ? "add the missing ',' or ']'; put a value that holds brackets or commas in quotes"
	                 : "add the missing ',' or '}'; put a value that holds brackets or commas in quotes";
	if (tl_scan_trim(cursor->text, 0, cursor->text.len) <= out->start) {
		out->start = opened;
		snprintf(out->message, sizeof(out->message), "this '%c' is never closed", open);
	} else {
		snprintf(out->message, sizeof(out->message), "a ',' is missing before this, or the '%c' of the '%c' in line %u", close,
		         open, line_of(cursor->text, opened));
	}
	return true;
}

/* What git writes into a file where both sides of a merge changed the same lines. */
static bool say_merge(struct tl_complaint *out, struct tl_str text)
{
	static const char *const marks[] = { "<<<<<<<", "=======", ">>>>>>>" };
	size_t start = out->start < text.len ? out->start : text.len;

	while (start > 0 && text.ptr[start - 1] != '\n')
		start--;
	for (size_t i = 0; i < TL_COUNT(marks); i++) {
		if (!tl_str_starts(tl_str_slice(text, start, text.len), tl_str(marks[i])))
			continue;
		out->start = start;
		snprintf(out->message, sizeof(out->message), "git left a conflict of a merge here");
		out->help = "choose between the two sides, and remove the lines '<<<<<<<', '=======' and '>>>>>>>'";
		return true;
	}
	return false;
}

/* The place is one character; at the end of the text, or of a line, it is empty. */
static void set_end(struct tl_complaint *out, struct tl_str text)
{
	uint32_t point;
	size_t len;

	if (out->start > text.len)
		out->start = text.len;
	out->end = out->start;
	if (out->start == text.len || text.ptr[out->start] == '\n' || text.ptr[out->start] == '\r')
		return;
	len = tl_str_decode(text, out->start, &point);
	out->end += len ? len : 1;
}

/* A character that YAML does not take at all; libyaml gives its byte offset and its code point. */
static void say_control(struct tl_complaint *out, const yaml_parser_t *parser, const struct tl_cursor *cursor)
{
	out->start = cursor->first + parser->problem_offset;
	snprintf(out->message, sizeof(out->message), "the control character U+%04X (libyaml: %s)", (unsigned)parser->problem_value,
	         parser->problem);
	out->help = "remove it, or write it as an escape in double quotes";
	set_end(out, cursor->text);
}

static void add_problem(struct tl_complaint *out, const yaml_parser_t *parser)
{
	size_t len = strlen(out->message);

	snprintf(out->message + len, sizeof(out->message) - len, " (libyaml: %s%s%s)", parser->context ? parser->context : "",
	         parser->context ? ", " : "", parser->problem);
}

void tl_scan_complaint(struct tl_complaint *out, const yaml_parser_t *parser, struct tl_cursor *cursor)
{
	const struct words *words;

	*out = (struct tl_complaint){ .rule = "yaml-syntax" };
	/* Its buffers end at half of INT_MAX bytes: the one way in which it runs out while we do not. */
	if (parser->error == YAML_MEMORY_ERROR || !parser->problem) {
		out->rule = "limit";
		snprintf(out->message, sizeof(out->message), "a value or a nesting is too large to be read");
		return;
	}
	if (parser->error == YAML_READER_ERROR) {
		say_control(out, parser, cursor);
		return;
	}
	words = find_words(parser);
	out->start = tl_cursor_at(cursor, words && words->at == AT_CONTEXT ? parser->context_mark : parser->problem_mark);
	if (strcmp(parser->problem, "found character that cannot start any token") == 0) {
		say_character(out, cursor->text);
	} else if (!say_merge(out, cursor->text) && !say_brackets(out, parser, cursor) && !say_long_key(out, parser)) {
		snprintf(out->message, sizeof(out->message), "%s", words ? words->message : "this is not YAML");
		out->help = words ? words->help : NULL;
	}
	set_end(out, cursor->text);
	add_problem(out, parser);
}
