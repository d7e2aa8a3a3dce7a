/* cmd/flow-publish/status.c: what an environment has. */
#include <stddef.h>

#include "flow-publish/publish.h"

struct options {
	struct tl_common common;
};

static const struct tl_option option_table[] = {
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish status",
	.synopsis = "[--env NAME] [OPTION]...",
	.summary = "say what is deployed, of which commit",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
};

static int run(struct publish *publish)
{
	struct tl_command *command = &publish->command;
	struct tl_deploy_states states;

	command->head_if_bare = true;
	if (publish->operands.count > 0)
		tl_error_set(&command->err, TL_USAGE, "status takes no operand such as '%s'", publish->operands.values[0]);
	if (command->err.code != TL_OK || publish_open(publish) != 0 ||
	    tl_deploy_status(&states, &command->arena, &publish->deploy, &command->err) != 0)
		return tl_error_exit(command->err.code);
	publish->format->status(&command->out, &states, command->environment->name, command->color);
	return 0;
}

int publish_status(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : publish_close(&publish, run(&publish));
}
