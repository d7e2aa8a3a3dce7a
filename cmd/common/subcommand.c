/* cmd/common/subcommand.c: which command is meant, and what is said where there is none. */
#include "common/subcommand.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

const struct tl_option tl_subcommand_options[2] = {
	{ "help", 0, TL_OPTION_FLAG, offsetof(struct tl_common, help), NULL, "show this help", NULL },
	{ "version", 0, TL_OPTION_FLAG, offsetof(struct tl_common, version), NULL, "show the version", NULL },
};

static int no_such_command(struct tl_command *command, struct tl_str name, const struct tl_str *names, size_t count)
{
	struct tl_str near = tl_text_nearest(name, names, count);

	if (near.len > 0)
		tl_error_set(&command->err, TL_USAGE, "there is no command '%.*s', did you mean '%.*s'?", TL_FMT(name), TL_FMT(near));
	else
		tl_error_set(&command->err, TL_USAGE, "there is no command '%.*s': try '%s --help'", TL_FMT(name), command->usage->name);
	return tl_command_fail(command);
}

static int command_missing(struct tl_command *command, const struct tl_str *names, size_t count)
{
	struct tl_buf list = { 0 };

	for (size_t i = 0; i < count; i++)
		tl_buf_printf(&list, "%s%.*s", i == 0 ? "" : i + 1 < count ? ", " : " or ", TL_FMT(names[i]));
	tl_error_set(&command->err, TL_USAGE, "a command is missing: %.*s", TL_FMT(tl_buf_view(&list)));
	tl_buf_clear(&list);
	return tl_command_fail(command);
}

int tl_subcommand_main(const struct tl_subcommand *table, size_t count, const struct tl_usage *usage, int argc, char **argv)
{
	static char help[] = "--help";
	struct tl_option_list operands = { 0 };
	struct tl_str names[TL_SUBCOMMANDS];
	struct tl_common common = { 0 };
	struct tl_command command;
	int code;

	assert(count <= TL_SUBCOMMANDS);
	if (argc == 2 && strcmp(argv[1], "help") == 0)
		argv[1] = help;
	for (size_t i = 0; i < count; i++) {
		names[i] = tl_str(table[i].name);
		if (argc > 1 && strcmp(argv[1], table[i].name) == 0)
			return table[i].run(argc - 1, argv + 1);
	}
	code = tl_command_begin(&command, usage, argc, argv, &common, &common, &operands);
	if (code >= 0)
		return code;
	return operands.count > 0 ? no_such_command(&command, tl_str(operands.values[0]), names, count) : command_missing(&command, names, count);
}
