/* base/option.c: reading argv by a table. */
#include "base/option.h"

#include "base/str.h"
#include "base/text.h"

#define PARSED_LIMIT ((uint64_t)1 << 53)
#define COLUMNS 80

/* What is being read. */
struct reader {
	const struct tl_usage *usage;
	char **argv;
	int argc, at;
	char *values;
	bool *given; /* by option */
	struct tl_arena *arena;
	struct tl_error *err;
};

/* How an option was written, for messages: "--format" or "-f". */
static const char *shown(struct reader *reader, const struct tl_option *option, bool as_letter)
{
	if (as_letter)
		return tl_arena_printf(reader->arena, "-%c", option->letter).ptr;
	return tl_arena_printf(reader->arena, "--%s", option->name).ptr;
}

static const struct tl_option *find_long(const struct tl_usage *usage, struct tl_str name)
{
	for (size_t i = 0; i < usage->n_options; i++) {
		if (tl_str_is(name, usage->options[i].name))
			return &usage->options[i];
	}
	return NULL;
}

static const struct tl_option *find_letter(const struct tl_usage *usage, char letter)
{
	for (size_t i = 0; i < usage->n_options; i++) {
		if (usage->options[i].letter && usage->options[i].letter == letter)
			return &usage->options[i];
	}
	return NULL;
}

static int fail_unknown(struct reader *reader, struct tl_str name)
{
	const struct tl_usage *usage = reader->usage;
	struct tl_str *names = TL_ARENA_ARRAY(reader->arena, struct tl_str, usage->n_options);
	struct tl_str nearest;

	for (size_t i = 0; i < usage->n_options; i++)
		names[i] = tl_str(usage->options[i].name);
	nearest = tl_text_nearest(name, names, usage->n_options);
	if (nearest.len == 0)
		return tl_error_set(reader->err, TL_USAGE, "unknown option '--%.*s'", TL_FMT(name));
	return tl_error_set(reader->err, TL_USAGE, "unknown option '--%.*s', did you mean '--%.*s'?", TL_FMT(name),
	                    TL_FMT(nearest));
}

/* Refuses a second time, and a second option of one group. */
static int mark_given(struct reader *reader, const struct tl_option *option, const char *name)
{
	const struct tl_usage *usage = reader->usage;
	size_t index = (size_t)(option - usage->options);

	if (reader->given[index] && option->kind != TL_OPTION_MANY)
		return tl_error_set(reader->err, TL_USAGE, "option '%s' is given twice", name);
	reader->given[index] = true;
	for (size_t i = 0; option->group && i < usage->n_options; i++) {
		const char *group = usage->options[i].group;

		if (i != index && reader->given[i] && group && strcmp(group, option->group) == 0)
			return tl_error_set(reader->err, TL_USAGE, "options '--%s' and '%s' exclude each other",
			                    usage->options[i].name, name);
	}
	return 0;
}

static int parse_count(struct reader *reader, uint64_t *count, const char *name, const char *value)
{
	struct tl_str text = tl_str(value);
	size_t at = 0;

	for (*count = 0; at < text.len && value[at] >= '0' && value[at] <= '9'; at++) {
		*count = *count * 10 + (uint64_t)(value[at] - '0');
		if (*count > PARSED_LIMIT)
			break;
	}
	if (at == 0 || at < text.len)
		return tl_error_set(reader->err, TL_USAGE, "option '%s' needs a whole number, not '%s'", name, value);
	return 0;
}

/* Appends; the array doubles in the arena whenever its count is a power of two. */
static void append(struct tl_arena *arena, struct tl_option_list *list, const char *value)
{
	if ((list->count & (list->count - 1)) == 0) {
		const char **values = TL_ARENA_ARRAY(arena, const char *, list->count ? list->count * 2 : 1);

		if (list->count)
			memcpy(values, list->values, list->count * sizeof(*values));
		list->values = values;
	}
	list->values[list->count++] = value;
}

/* Stores one option; `value` is NULL for a flag. */
static int store(struct reader *reader, const struct tl_option *option, const char *name, const char *value)
{
	void *field = reader->values + option->offset;

	if (mark_given(reader, option, name) < 0)
		return -1;
	switch (option->kind) {
	case TL_OPTION_FLAG:
		*(bool *)field = true;
		break;
	case TL_OPTION_TEXT:
		*(const char **)field = value;
		break;
	case TL_OPTION_MANY:
		append(reader->arena, field, value);
		break;
	case TL_OPTION_COUNT:
		return parse_count(reader, field, name, value);
	}
	return 0;
}

/* The next argument as the value of an option that needs one; NULL with the error set where there is none. */
static const char *take_value(struct reader *reader, const struct tl_option *option, const char *name)
{
	if (reader->at < reader->argc)
		return reader->argv[reader->at++];
	tl_error_set(reader->err, TL_USAGE, "option '%s' needs a value (%s)", name, option->argument);
	return NULL;
}

/* "--name", "--name=value", "--name value"; `text` is what follows the dashes. */
static int parse_long(struct reader *reader, const char *text)
{
	const char *equals = strchr(text, '='), *value = equals ? equals + 1 : NULL, *name;
	struct tl_str wanted = equals ? (struct tl_str){ text, (size_t)(equals - text) } : tl_str(text);
	const struct tl_option *option = find_long(reader->usage, wanted);

	if (!option)
		return fail_unknown(reader, wanted);
	name = shown(reader, option, false);
	if (option->kind == TL_OPTION_FLAG) {
		if (value)
			return tl_error_set(reader->err, TL_USAGE, "option '%s' takes no value", name);
	} else if (!value) {
		value = take_value(reader, option, name);
		if (!value)
			return -1;
	}
	return store(reader, option, name, value);
}

/* "-q", "-qv", "-j4", "-j 4"; `text` is what follows the dash. */
static int parse_letters(struct reader *reader, const char *text)
{
	while (*text) {
		const struct tl_option *option = find_letter(reader->usage, *text);
		const char *name, *value = NULL;

		/* What people try first. */
		if (!option && *text == 'h')
			option = find_long(reader->usage, TL_STR("help"));
		if (!option)
			return tl_error_set(reader->err, TL_USAGE, "unknown option '-%.*s'",
			                    TL_FMT(tl_str_slice(tl_str(text), 0, 1)));
		name = shown(reader, option, true);
		text++;
		if (option->kind != TL_OPTION_FLAG) {
			value = *text ? text : take_value(reader, option, name);
			if (!value)
				return -1;
			text = "";
		}
		if (store(reader, option, name, value) < 0)
			return -1;
	}
	return 0;
}

int tl_options_parse(const struct tl_usage *usage, int argc, char **argv, void *values, struct tl_option_list *operands,
                     struct tl_arena *arena, struct tl_error *err)
{
	struct reader reader = {
		.usage = usage, .argv = argv, .argc = argc, .at = 1, .values = values, .arena = arena, .err = err
	};
	bool only_operands = false;

	*operands = (struct tl_option_list){ NULL, 0 };
	reader.given = TL_ARENA_ARRAY(arena, bool, usage->n_options);
	while (reader.at < argc) {
		const char *text = argv[reader.at++];
		int status = 0;

		/* "-" alone is standard input, an operand. */
		if (only_operands || text[0] != '-' || text[1] == '\0')
			append(arena, operands, text);
		else if (strcmp(text, "--") == 0)
			only_operands = true;
		else if (text[1] == '-')
			status = parse_long(&reader, text + 2);
		else
			status = parse_letters(&reader, text + 1);
		if (status < 0)
			return -1;
	}
	return 0;
}

/* "-f, --format FORMAT" */
static void describe(struct tl_buf *buf, const struct tl_option *option)
{
	if (option->letter)
		tl_buf_printf(buf, "-%c, ", option->letter);
	else
		tl_buf_text(buf, "    ");
	tl_buf_printf(buf, "--%s", option->name);
	if (option->argument)
		tl_buf_printf(buf, " %s", option->argument);
}

/* ---- help, for a terminal of COLUMNS */

/* Where the word ends that begins at `from`. What stands in square brackets is one. */
static size_t word_end(struct tl_str text, size_t from)
{
	size_t at = from, depth = 0;

	while (at < text.len && (text.ptr[at] != ' ' || depth > 0)) {
		if (text.ptr[at] == '[')
			depth++;
		else if (text.ptr[at] == ']' && depth > 0)
			depth--;
		at++;
	}
	return at;
}

/* Adds words to a line that has `*at` columns so far; lines that they begin are indented. */
static void add_words(struct tl_buf *buf, size_t *at, size_t indent, struct tl_str text)
{
	size_t from = 0;

	while (from < text.len) {
		size_t to = word_end(text, from);
		struct tl_str word = tl_str_slice(text, from, to);
		size_t width = tl_text_width(word);

		if (*at > indent && *at + 1 + width > COLUMNS) {
			tl_buf_printf(buf, "\n%*s", (int)indent, "");
			*at = indent;
		} else if (*at > indent) {
			tl_buf_char(buf, ' ');
			(*at)++;
		}
		tl_buf_str(buf, word);
		*at += width;
		from = to < text.len ? to + 1 : to;
	}
}

static struct tl_str next_line(struct tl_str text, size_t *from)
{
	size_t begin = *from, end = tl_str_find(text, TL_STR("\n"), begin);

	*from = end == SIZE_MAX ? text.len : end + 1;
	return tl_str_slice(text, begin, end == SIZE_MAX ? text.len : end);
}

/* Each way of calling it on a line of its own, which goes on below its first argument. */
static void add_synopsis(struct tl_buf *buf, const struct tl_usage *usage)
{
	size_t indent = strlen("usage: ") + strlen(usage->name) + 1, from = 0;
	struct tl_str text = tl_str(usage->synopsis);

	tl_buf_printf(buf, "usage: %s%s", usage->name, text.len > 0 ? " " : "");
	while (from < text.len) {
		bool first = from == 0;
		struct tl_str line = next_line(text, &from);
		size_t at = indent;

		/* Further ones are written out: blanks, the name. */
		if (!first && line.len > indent) {
			tl_buf_printf(buf, "\n%.*s", TL_FMT(tl_str_slice(line, 0, indent)));
			line = tl_str_slice(line, indent, line.len);
		}
		add_words(buf, &at, indent, line);
	}
}

/* Of "  name  what it is": where the second column begins; 0 where there is none. */
static size_t second_column(struct tl_str line)
{
	size_t at = 0;

	while (at < line.len && line.ptr[at] == ' ')
		at++;
	at = tl_str_find(line, TL_STR("  "), at);
	while (at < line.len && line.ptr[at] == ' ')
		at++;
	return at < line.len ? at : 0;
}

/* What is laid out already stays; long lines are wrapped, and one that ends within a sentence goes on with the next. */
static void add_notes(struct tl_buf *buf, struct tl_str text)
{
	size_t from = 0, at = 0;

	while (from < text.len) {
		struct tl_str line = next_line(text, &from);
		bool goes_on = at > 0 && line.len > 0 && line.ptr[0] != ' ';

		if (!goes_on && tl_text_width(line) <= COLUMNS) {
			tl_buf_printf(buf, "%s%.*s\n", at > 0 ? "\n" : "", TL_FMT(line));
			at = 0;
			continue;
		}
		if (!goes_on && at > 0) {
			tl_buf_char(buf, '\n');
			at = 0;
		}
		if (line.ptr[0] == ' ') {
			at = second_column(line);
			tl_buf_str(buf, tl_str_slice(line, 0, at));
			add_words(buf, &at, at, tl_str_slice(line, at, line.len));
		} else {
			add_words(buf, &at, 0, line);
		}
		if (line.ptr[0] == ' ' || tl_str_ends(line, TL_STR("."))) {
			tl_buf_char(buf, '\n');
			at = 0;
		}
	}
	if (at > 0)
		tl_buf_char(buf, '\n');
}

void tl_options_help(struct tl_buf *buf, const struct tl_usage *usage)
{
	struct tl_buf left = { 0 };
	size_t width = 0;

	for (size_t i = 0; i < usage->n_options; i++) {
		size_t len;

		tl_buf_reset(&left);
		describe(&left, &usage->options[i]);
		len = tl_text_width(tl_buf_view(&left));
		width = len > width ? len : width;
	}
	add_synopsis(buf, usage);
	tl_buf_printf(buf, "\n\n%s\n", usage->summary);
	if (usage->n_options)
		tl_buf_text(buf, "\noptions:\n");
	for (size_t i = 0; i < usage->n_options; i++) {
		size_t at = width + 4;

		tl_buf_reset(&left);
		describe(&left, &usage->options[i]);
		tl_buf_printf(buf, "  %.*s%*s  ", TL_FMT(tl_buf_view(&left)), (int)(width - tl_text_width(tl_buf_view(&left))), "");
		add_words(buf, &at, width + 4, tl_str(usage->options[i].summary));
		tl_buf_char(buf, '\n');
	}
	if (usage->notes) {
		tl_buf_char(buf, '\n');
		add_notes(buf, tl_str(usage->notes));
	}
	tl_buf_clear(&left);
}
