/* cmd/flow-audit/main.c: who did what, and whether that is still what was written down. */
#include "common/subcommand.h"
#include "flow-audit/audit.h"

static const struct tl_subcommand subcommand_table[] = {
	{ "log", audit_log },
	{ "query", audit_query },
	{ "verify", audit_verify },
	{ "checkpoint", audit_checkpoint },
	{ "export", audit_export },
	{ "purge", audit_purge },
	{ "rotate", audit_rotate },
};

static const struct tl_usage usage = {
	.name = "flow-audit",
	.synopsis = "COMMAND [OPTION]...",
	.summary = "who did what to which flow, and whether that record still holds",
	.options = tl_subcommand_options,
	.n_options = TL_COUNT(tl_subcommand_options),
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

int main(int argc, char **argv)
{
	return tl_subcommand_main(subcommand_table, TL_COUNT(subcommand_table), &usage, argc, argv);
}
