/* cmd/flow-publish/main.c: from a commit to what callers get. Each subcommand is a file of its own. */
#include "common/subcommand.h"
#include "flow-publish/publish.h"

static const struct tl_subcommand subcommand_table[] = {
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

static const struct tl_usage usage = {
	.name = "flow-publish",
	.synopsis = "COMMAND [OPTION]... [OPERAND]...",
	.summary = "publish flows: a plan, and exactly that plan",
	.options = tl_subcommand_options,
	.n_options = TL_COUNT(tl_subcommand_options),
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

int main(int argc, char **argv)
{
	return tl_subcommand_main(subcommand_table, TL_COUNT(subcommand_table), &usage, argc, argv);
}
