/* cmd/flow-audit/main.c: who did what, and whether that is still what was written down. */
#include <stddef.h>

#include "base/text.h"
#include "flow-audit/audit.h"

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommand_table[] = {
	{ "log", audit_log },
	{ "query", audit_query },
	{ "verify", audit_verify },
	{ "checkpoint", audit_checkpoint },
	{ "export", audit_export },
	{ "purge", audit_purge },
	{ "rotate", audit_rotate },
};

struct options {
	struct tl_common common;
};

static const struct tl_option option_table[] = {
	{ "help", 0, TL_OPTION_FLAG, offsetof(struct options, common.help), NULL, "show this help", NULL },
	{ "version", 0, TL_OPTION_FLAG, offsetof(struct options, common.version), NULL, "show the version", NULL },
};

static const struct tl_usage usage = {
	.name = "flow-audit",
	.synopsis = "COMMAND [OPTION]...",
	.summary = "who did what to which flow, and whether that record still holds",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "commands:\n"
	         "  log         the last records, the newest last\n"
	         "  query       the records that are asked for\n"
	         "  verify      whether any record was changed, dropped, swapped or inserted\n"
	         "  checkpoint  where the chain of records ends now, to be kept elsewhere\n"
	         "  export      records for another program, signed where there is a key\n"
	         "  purge       remove personal data; the chain stays\n"
	         "  rotate      let a new key sign from now on\n"
	         "\n"
	         "'flow-audit COMMAND --help' says more of each.\n"
	         "Exit status: 0 good, 1 the chain does not hold, 2 usage or configuration, 3 could not be done.",
};

int audit_open(struct audit *audit)
{
	struct tl_command *command = &audit->command;

	if (audit->operands.count > 0)
		return tl_error_set(&command->err, TL_USAGE, "'%s' is too much: try '%s --help'", audit->operands.values[0], command->usage->name);
	return tl_deployment_open_ledger(&audit->deployment, command);
}

int audit_close(struct audit *audit, int code)
{
	tl_deployment_close(&audit->deployment);
	return tl_command_end(&audit->command, code);
}

int audit_moment(int64_t *ms, struct audit *audit, const char *option, const char *text)
{
	struct tl_str midnight = tl_arena_printf(&audit->command.arena, "%sT00:00:00Z", text);

	if (tl_time_parse(ms, tl_str(text)) || tl_time_parse(ms, midnight))
		return 0;
	return tl_error_set(&audit->command.err, TL_USAGE, "'%s' takes a day or a time such as 2026-06-15 or 2026-06-15T10:00:00Z, not '%s'", option, text);
}

static int no_such_command(struct tl_command *command, struct tl_str name)
{
	struct tl_str names[TL_COUNT(subcommand_table)], near;

	for (size_t i = 0; i < TL_COUNT(subcommand_table); i++)
		names[i] = tl_str(subcommand_table[i].name);
	near = tl_text_nearest(name, names, TL_COUNT(names));
	if (near.len > 0)
		tl_error_set(&command->err, TL_USAGE, "there is no command '%.*s', did you mean '%.*s'?", TL_FMT(name), TL_FMT(near));
	else
		tl_error_set(&command->err, TL_USAGE, "there is no command '%.*s': try 'flow-audit --help'", TL_FMT(name));
	return tl_command_fail(command);
}

int main(int argc, char **argv)
{
	static char help[] = "--help";
	struct tl_option_list operands = { 0 };
	struct tl_command command;
	struct options options = { 0 };
	int code;

	if (argc == 2 && strcmp(argv[1], "help") == 0)
		argv[1] = help;
	for (size_t i = 0; argc > 1 && i < TL_COUNT(subcommand_table); i++) {
		if (strcmp(argv[1], subcommand_table[i].name) == 0)
			return subcommand_table[i].run(argc - 1, argv + 1);
	}
	code = tl_command_begin(&command, &usage, argc, argv, &options, &options.common, &operands);
	if (code >= 0)
		return code;
	if (operands.count > 0)
		return no_such_command(&command, tl_str(operands.values[0]));
	tl_error_set(&command.err, TL_USAGE, "a command is missing: log, query, verify, checkpoint, export, purge or rotate");
	return tl_command_fail(&command);
}
