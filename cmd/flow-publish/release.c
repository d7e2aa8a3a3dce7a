/* cmd/flow-publish/release.c: lifting the hold that a rollback left. */
#include <inttypes.h>
#include <stddef.h>

#include "flow-publish/publish.h"

struct options {
	struct tl_common common;
	const char *reason;
};

static const struct tl_option option_table[] = {
	{ "reason", 0, TL_OPTION_TEXT, offsetof(struct options, reason), "TEXT", "why; it stays on record", NULL },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish release",
	.synopsis = "--env NAME --reason TEXT [OPTION]... FLOW",
	.summary = "let a flow that was rolled back be published again",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
};

static int run(struct publish *publish, const struct options *options)
{
	struct tl_command *command = &publish->command;
	const char *flow;
	int64_t count;

	command->head_if_bare = true;
	if (publish_operand(&flow, publish, "FLOW") != 0)
		return tl_error_exit(command->err.code);
	if (!options->reason || tl_str_trim(tl_str(options->reason)).len == 0)
		tl_error_set(&command->err, TL_USAGE, "a hold is lifted for a reason: --reason TEXT");
	if (command->err.code != TL_OK || publish_only_text(command) != 0 || publish_open(publish) != 0 ||
	    tl_ledger_release(&count, publish->deployment.ledger, command->environment->name, tl_str(flow), tl_str(options->reason), &command->err) != 0)
		return tl_error_exit(command->err.code);
	if (count == 0)
		return tl_error_exit((tl_error_set(&command->err, TL_NOT_FOUND, "nothing of flow '%s' is held in the environment '%.*s'; "
		                                   "'flow-publish status' says what is", flow,
		                                   TL_FMT(command->environment->name)), command->err.code));
	tl_buf_printf(&command->out, "%.*s: %s may be published again\n", TL_FMT(command->environment->name), flow);
	return 0;
}

int publish_release(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : publish_close(&publish, run(&publish, &options));
}
