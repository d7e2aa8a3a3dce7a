/* cmd/flow-publish/main.c: from a commit to what callers get. Each subcommand is a file of its own. */
#include <stddef.h>

#include "base/text.h"
#include "flow-publish/publish.h"

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommand_table[] = {
	{ "init", publish_init },
	{ "import", publish_import },
	{ "plan", publish_plan },
	{ "apply", publish_apply },
	{ "resume", publish_resume },
	{ "rollback", publish_rollback },
	{ "release", publish_release },
	{ "status", publish_status },
	{ "trust", publish_trust },
};

struct options {
	struct tl_common common;
};

static const struct tl_option option_table[] = {
	{ "help", 0, TL_OPTION_FLAG, offsetof(struct options, common.help), NULL, "show this help", NULL },
	{ "version", 0, TL_OPTION_FLAG, offsetof(struct options, common.version), NULL, "show the version", NULL },
};

static const struct tl_usage usage = {
	.name = "flow-publish",
	.synopsis = "COMMAND [OPTION]... [OPERAND]...",
	.summary = "publish flows: a plan, and exactly that plan",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "commands:\n"
	         "  init      make a repository with a first flow, its suite and the hooks\n"
	         "  import    make files of what an environment has, and record their base\n"
	         "  plan      say what would change, and write it down for apply\n"
	         "  apply     publish what a plan says, and nothing else\n"
	         "  resume    finish what a publisher left that was killed or cut off\n"
	         "  rollback  publish what an earlier version of a flow says\n"
	         "  release   let a flow that was rolled back be published again\n"
	         "  status    say what is deployed, of which commit\n"
	         "  trust     approve the addresses, credentials and ledger that trunkline.yaml names\n"
	         "\n"
	         "'flow-publish COMMAND --help' says more of each.\n"
	         "Exit status: 0 good, 1 the flows do not pass or a deployment failed, 2 usage or configuration, 3 could not be done, 4 somebody else changed a flow.",
};

static int no_such_command(struct tl_command *command, struct tl_str name)
{
	struct tl_str names[TL_COUNT(subcommand_table)], near;

	for (size_t i = 0; i < TL_COUNT(subcommand_table); i++)
		names[i] = tl_str(subcommand_table[i].name);
	near = tl_text_nearest(name, names, TL_COUNT(names));
	if (near.len > 0)
		tl_error_set(&command->err, TL_USAGE, "there is no command '%.*s', did you mean '%.*s'?", TL_FMT(name), TL_FMT(near));
	else
		tl_error_set(&command->err, TL_USAGE, "there is no command '%.*s': try 'flow-publish --help'", TL_FMT(name));
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
	tl_error_set(&command.err, TL_USAGE, "a command is missing: init, import, plan, apply, resume, rollback, release, status or trust");
	return tl_command_fail(&command);
}
