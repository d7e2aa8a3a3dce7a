/* base/option.h: one table of options a command, from which parsing, --help and the man page's synopsis are made. */
#ifndef TL_BASE_OPTION_H
#define TL_BASE_OPTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum tl_option_kind {
	TL_OPTION_FLAG,  /* bool */
	TL_OPTION_TEXT,  /* const char *: one value, given once */
	TL_OPTION_MANY,  /* struct tl_option_list: may be repeated */
	TL_OPTION_COUNT, /* uint64_t: a whole number */
};

struct tl_option {
	const char *name;     /* long, without the dashes: "format" */
	char letter;          /* 'f', or 0 */
	enum tl_option_kind kind;
	size_t offset;        /* of the field in the command's own struct of options */
	const char *argument; /* "FORMAT" as help shows it; NULL for a flag */
	const char *summary;  /* one line */
	const char *group;    /* options of one group exclude each other ("source"); or NULL */
};

struct tl_option_list {
	const char **values; /* borrowed from argv, array in the arena */
	size_t count;
};

/* A command or, where it has them, one of its subcommands. */
struct tl_usage {
	const char *name;     /* "flow-validate", "flow-publish plan" */
	const char *synopsis; /* "[SOURCE] [OPTION]… [PATH…]" */
	const char *summary;  /* one line, lower case */
	const struct tl_option *options;
	size_t n_options;
	const char *notes; /* more paragraphs for --help, or NULL */
};

/* Reads argv[1..] into `values` (the command's own struct, zeroed) and the operands into `operands`. GNU manners: `--name=value`,
 * `--name value`, `-n value`, `-nvalue`, joined flags, `--` ends options, options after operands, no abbreviations. Unknown options
 * (with the nearest name), repeated ones, options of one group together and missing values are TL_USAGE errors. */
int tl_options_parse(const struct tl_usage *usage, int argc, char **argv, void *values, struct tl_option_list *operands,
                     struct tl_arena *arena, struct tl_error *err);
/* The text of --help. */
void tl_options_help(struct tl_buf *buf, const struct tl_usage *usage);

#endif
