/* cmd/flow-transition/main.c: moves live interactions to another node of their flow. */
#include <stddef.h>

#include "common/deployment.h"
#include "flow-transition/batch.h"
#include "ledger/folder.h"

#define CONCURRENCY 32
#define CONCURRENCY_LIMIT 256

struct options {
	struct tl_common common;
	const char *interaction, *flow, *from, *to, *batch;
	struct tl_option_list set;
	uint64_t concurrency;
	bool dry_run;
};

static const struct tl_option option_table[] = {
	{ "interaction", 0, TL_OPTION_TEXT, offsetof(struct options, interaction), "ID", "the interaction to move", NULL },
	{ "flow", 0, TL_OPTION_TEXT, offsetof(struct options, flow), "FLOW", "the flow that it is in: its id here, or its id or name on the platform", NULL },
	{ "from", 0, TL_OPTION_TEXT, offsetof(struct options, from), "NODE", "where it stands now; anywhere else it is not moved", NULL },
	{ "to", 0, TL_OPTION_TEXT, offsetof(struct options, to), "NODE", "where it goes", NULL },
	{ "set", 0, TL_OPTION_MANY, offsetof(struct options, set), "NAME=VALUE", "a variable of the flow to set with it", NULL },
	{ "batch", 0, TL_OPTION_TEXT, offsetof(struct options, batch), "FILE", "many, a line of JSON each: {interaction, flow, from, to, variables}; - is standard input", NULL },
	{ "concurrency", 0, TL_OPTION_COUNT, offsetof(struct options, concurrency), "N", "requests under way at once (default: 32)", NULL },
	{ "dry-run", 'n', TL_OPTION_FLAG, offsetof(struct options, dry_run), NULL, "show the request, and send nothing that changes anything", NULL },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-transition",
	.synopsis = "--env NAME --interaction ID --flow FLOW --from NODE --to NODE [--set NAME=VALUE]...\n"
	            "       flow-transition --env NAME --batch FILE [OPTION]...",
	.summary = "move live interactions to another node of their flow",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "Formats: text, json (a line each).\n"
	         "Exit status: 0 moved, 1 refused: out of reach, or a variable that the flow does not take, 2 usage or configuration, 3 could not be done,\n"
	         "4 somebody else moved it. Of several, the highest.",
};

struct run {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_deployment deployment;
	struct tl_lower lower;
	struct tl_mover mover;
	struct batch batch;
};

static int usage_error(struct run *run, const char *what)
{
	return tl_error_set(&run->command.err, TL_USAGE, "%s", what);
}

/* --set NAME=VALUE, as texts: the flow's types say what they become. */
static int read_variables(struct run *run)
{
	const struct tl_option_list *set = &run->options.set;
	struct tl_arena *arena = &run->command.arena;
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (size_t i = 0; i < set->count; i++) {
		struct tl_str text = tl_str(set->values[i]), name;
		size_t equals = tl_str_find(text, TL_STR("="), 0);

		name = tl_str_slice(text, 0, equals == SIZE_MAX ? 0 : equals);
		if (name.len == 0)
			return tl_error_set(&run->command.err, TL_USAGE, "'--set' takes NAME=VALUE, not '%s'", set->values[i]);
		if (tl_item_get_str(map, name))
			return tl_error_set(&run->command.err, TL_USAGE, "the variable '%.*s' is set twice", TL_FMT(name));
		tl_item_put(map, name, tl_item_string(arena, tl_str_slice(text, equals + 1, text.len)));
	}
	run->batch.defaults.variables = set->count > 0 ? map : NULL;
	return 0;
}

static int check_usage(struct run *run)
{
	const struct options *options = &run->options;
	const char *format = options->common.format;

	if (run->operands.count > 0)
		return tl_error_set(&run->command.err, TL_USAGE, "'%s' is too much: everything is said by options", run->operands.values[0]);
	if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
		return tl_error_set(&run->command.err, TL_USAGE, "there is no format '%s'; formats are text, json", format);
	if (!options->batch && (!options->interaction || !options->flow || !options->from || !options->to))
		return usage_error(run, "an interaction, a flow, '--from' and '--to' are needed, or '--batch'");
	if (options->batch && options->interaction)
		return usage_error(run, "'--interaction' and '--batch' exclude each other");
	if (options->concurrency > CONCURRENCY_LIMIT)
		return tl_error_set(&run->command.err, TL_USAGE, "'--concurrency' is at most %d", CONCURRENCY_LIMIT);
	if (!options->common.environment)
		return usage_error(run, "'--env' names the environment whose calls are meant");
	return read_variables(run);
}

static struct tl_str text_or_none(const char *text)
{
	return text ? tl_str(text) : (struct tl_str){ NULL, 0 };
}

static int open_mover(struct run *run)
{
	struct tl_command *command = &run->command;
	const struct tl_environment *environment;

	command->concurrency = run->options.concurrency > 0 ? (unsigned)run->options.concurrency : CONCURRENCY;
	if (tl_deployment_open_command(&run->deployment, command) != 0)
		return -1;
	environment = command->environment;
	if (!tl_platform_can(run->deployment.platform, TL_CAN_INTERACT))
		return tl_error_set(&command->err, TL_UNSUPPORTED, "the platform '%s' of the environment '%.*s' has no live interactions",
		                    tl_platform_name(run->deployment.platform), TL_FMT(environment->name));
	if (!run->options.dry_run && tl_deployment_act(&run->deployment, command) != 0)
		return -1;
	run->lower.limits = command->project->limits;
	run->mover = (struct tl_mover){
		.platform = run->deployment.platform, .ledger = run->deployment.ledger, .clock = &command->clock, .environment = environment,
		.lower = &run->lower, .dry_run = run->options.dry_run, .stopped = tl_command_stopped,
	};
	return tl_mover_open(&run->mover, &command->err);
}

static int transition(struct run *run)
{
	const struct options *options = &run->options;
	struct batch *batch = &run->batch;
	int ret;

	if (check_usage(run) != 0 || open_mover(run) != 0)
		return tl_error_exit(run->command.err.code);
	batch->command = &run->command;
	batch->mover = &run->mover;
	batch->workers = run->command.concurrency;
	batch->json = options->common.format && strcmp(options->common.format, "json") == 0;
	batch->defaults.interaction = text_or_none(options->interaction);
	batch->defaults.flow = text_or_none(options->flow);
	batch->defaults.from = text_or_none(options->from);
	batch->defaults.to = text_or_none(options->to);
	ret = options->batch ? batch_run(batch, options->batch) : batch_one(batch);
	if (options->batch && !options->common.quiet)
		batch_say(batch);
	return ret == 0 ? batch->tally.worst : tl_error_exit(run->command.err.code);
}

int main(int argc, char **argv)
{
	struct run run = { .lower = { .values = NULL } };
	int code = tl_command_begin(&run.command, &usage, argc, argv, &run.options, &run.options.common, &run.operands);

	if (code >= 0)
		return code;
	code = transition(&run);
	tl_mover_close(&run.mover);
	batch_clear(&run.batch);
	tl_deployment_close(&run.deployment);
	return tl_command_end(&run.command, code);
}
