/* cmd/flow-transition/main.c: moves live interactions to another node of their flow, and tells the CRM. */
#include <stddef.h>
#include <string.h>

#include "common/deployment.h"
#include "common/listen.h"
#include "flow-transition/batch.h"
#include "flow-transition/outbox.h"
#include "ledger/folder.h"

#define CONCURRENCY 32
#define CONCURRENCY_LIMIT 256
/* How long the end waits for the webhook where nothing is said. */
#define DELIVERY_MS 30000

struct options {
	struct tl_common common;
	const char *interaction, *flow, *from, *to, *batch, *listen;
	struct tl_option_list set;
	uint64_t concurrency;
	bool dry_run, deliver, outbox;
	const char *replay, *drop, *reason, *timeout, *webhook;
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
	{ "timeout", 0, TL_OPTION_TEXT, offsetof(struct options, timeout), "DURATION", "how long the end waits for the webhook (default: 30s); what is left stays for the next run", NULL },
	{ "listen", 0, TL_OPTION_TEXT, offsetof(struct options, listen), "ADDRESS", "serve figures of a batch for Prometheus while it runs: 127.0.0.1:9465", NULL },
	{ "deliver", 0, TL_OPTION_FLAG, offsetof(struct options, deliver), NULL, "move nothing: only tell the webhook what it was not told yet", "what" },
	{ "outbox", 0, TL_OPTION_FLAG, offsetof(struct options, outbox), NULL, "list what the webhook was not told yet", "what" },
	{ "replay", 0, TL_OPTION_TEXT, offsetof(struct options, replay), "ID|all", "a dead letter is to be delivered again, or all are", "what" },
	{ "drop", 0, TL_OPTION_TEXT, offsetof(struct options, drop), "ID", "the webhook is never told of this event", "what" },
	{ "reason", 0, TL_OPTION_TEXT, offsetof(struct options, reason), "TEXT", "why, for the record; with --drop", NULL },
	{ "webhook", 0, TL_OPTION_TEXT, offsetof(struct options, webhook), "NAME", "whose events are meant, crm or qa (default: crm); with the four above", NULL },
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-transition",
	.synopsis = "--env NAME --interaction ID --flow FLOW --from NODE --to NODE [--set NAME=VALUE]...\n"
	            "       flow-transition --env NAME --batch FILE [OPTION]...\n"
	            "       flow-transition --env NAME --deliver|--outbox|--replay ID|--drop ID --reason TEXT [--webhook NAME]",
	.summary = "move live interactions to another node of their flow",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "Formats: text, json (a line each).\n"
	         "Exit status: 0 moved, 1 refused: out of reach, or a variable that the flow does not take, 2 usage or configuration, 3 could not be done,\n"
	         "4 somebody else moved it. Of several, the highest. --deliver: 0 nothing is left, 1 there are dead letters, 3 something is left.",
};

struct run {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_deployment deployment;
	struct tl_lower lower;
	struct tl_mover mover;
	struct batch batch;
	struct outbox outbox;
	bool delivering;         /* the courier is open */
	struct tl_listen *listen;
	int64_t since_ms;
	int64_t timeout_ms;
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

/* Whether it is the outbox alone that is meant. */
static bool is_outbox(const struct options *options)
{
	return options->deliver || options->outbox || options->replay || options->drop;
}

static bool is_of_qa(const struct options *options)
{
	return options->webhook && strcmp(options->webhook, TL_COURIER_QA) == 0;
}

/* What has to do with the webhook. */
static int check_outbox(struct run *run)
{
	const struct options *options = &run->options;

	run->timeout_ms = DELIVERY_MS;
	if (options->timeout && !tl_duration_parse(&run->timeout_ms, tl_str(options->timeout)))
		return tl_error_set(&run->command.err, TL_USAGE, "'--timeout' takes a duration such as 30s, not '%s'", options->timeout);
	if (options->drop && (!options->reason || options->reason[0] == '\0'))
		return usage_error(run, "'--drop' needs '--reason': what is never told is on record");
	if (options->webhook && !is_of_qa(options) && strcmp(options->webhook, TL_COURIER_CRM) != 0)
		return tl_error_set(&run->command.err, TL_USAGE, "'--webhook' is crm, who hears of transitions, or qa, who hears of simulated calls; not '%s'", options->webhook);
	if (options->webhook && !is_outbox(options))
		return usage_error(run, "'--webhook' goes with '--deliver', '--outbox', '--replay' or '--drop'");
	if (options->reason && !options->drop)
		return usage_error(run, "'--reason' belongs to '--drop'");
	if (is_outbox(options) && (options->interaction || options->flow || options->from || options->to || options->batch || options->set.count > 0 ||
	                           options->dry_run))
		return usage_error(run, "what is told and what is moved are two commands: '--deliver', '--outbox', '--replay' and '--drop' move nothing");
	if ((options->replay || options->drop) && options->common.format && strcmp(options->common.format, "text") != 0)
		return usage_error(run, "'--replay' and '--drop' have no other format than text");
	return 0;
}

static int check_usage(struct run *run)
{
	const struct options *options = &run->options;

	if (tl_command_options_alone(&run->command, &run->operands) != 0)
		return -1;
	if (check_outbox(run) != 0)
		return -1;
	if (!is_outbox(options) && !options->batch && (!options->interaction || !options->flow || !options->from || !options->to))
		return usage_error(run, "an interaction, a flow, '--from' and '--to' are needed, or '--batch'");
	if (options->batch && options->interaction)
		return usage_error(run, "'--interaction' and '--batch' exclude each other");
	if (options->listen && !options->batch)
		return usage_error(run, "'--listen' shows how a batch goes on: it goes with '--batch'");
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

/* ---- the webhook */

static void set_up_outbox(struct run *run)
{
	run->outbox.command = &run->command;
	run->outbox.deployment = &run->deployment;
	run->outbox.webhook = run->options.webhook ? run->options.webhook : TL_COURIER_CRM;
	run->outbox.json = run->options.common.format && strcmp(run->options.common.format, "json") == 0;
}

/* Whoever is not asked to hear of transitions costs nothing. */
static int open_delivery(struct run *run)
{
	if (run->options.dry_run || !outbox_is_wanted(&run->deployment))
		return 0;
	set_up_outbox(run);
	run->delivering = true;
	if (outbox_open(&run->outbox) != 0 || tl_courier_start(&run->outbox.courier, &run->command.err) != 0)
		return -1;
	run->mover.notify = true;
	run->mover.owner = run->outbox.courier.owner;
	return 0;
}

static int only_outbox(struct run *run)
{
	const struct options *options = &run->options;
	struct tl_command *command = &run->command;
	int ret;

	command->concurrency = run->options.concurrency > 0 ? (unsigned)run->options.concurrency : CONCURRENCY;
	/* What a transition came to is read back; a simulated call has been made. */
	ret = options->deliver && !is_of_qa(options) ? tl_deployment_open_command(&run->deployment, command) : tl_deployment_open_ledger(&run->deployment, command);
	if (ret == 0 && !options->outbox)
		ret = tl_deployment_act(&run->deployment, command);
	if (ret != 0)
		return tl_error_exit(command->err.code);
	set_up_outbox(run);
	if (options->outbox) {
		ret = outbox_list(&run->outbox);
	} else if (options->replay) {
		ret = outbox_replay(&run->outbox, options->replay);
	} else if (options->drop) {
		ret = outbox_drop(&run->outbox, options->drop, options->reason);
	} else {
		run->delivering = true;
		ret = outbox_open(&run->outbox);
		if (ret == 0)
			ret = outbox_deliver(&run->outbox, run->timeout_ms);
	}
	return ret >= 0 ? ret : tl_error_exit(command->err.code);
}

/* ---- figures */

static void read_figures(struct tl_transition_figures *out, struct run *run)
{
	struct tl_courier_counts *counts = &run->outbox.courier.counts;

	batch_figures(out, &run->batch);
	out->webhook = run->delivering;
	out->delivered = atomic_load(&counts->delivered);
	out->put_off = atomic_load(&counts->later);
	out->dead = atomic_load(&counts->dead);
	out->settled = atomic_load(&counts->settled);
}

static void show(void *data, enum tl_shown_text which, struct tl_buf *out)
{
	struct run *run = data;
	const struct tl_clock *clock = &run->command.clock;
	struct tl_transition_figures figures;
	struct tl_transition_report report = {
		.environment = run->command.environment->name, .since_ms = run->since_ms, .at_ms = clock->now_ms(clock->data), .figures = &figures,
	};

	read_figures(&figures, run);
	if (which == TL_SHOWN_METRICS)
		tl_transition_metrics(out, &report);
	else if (which == TL_SHOWN_STATUS)
		tl_transition_status(out, &report);
}

static int start_listening(struct run *run)
{
	struct tl_listen_config config = { .address = run->options.listen, .show = show, .data = run };

	run->since_ms = run->command.clock.now_ms(run->command.clock.data);
	return run->options.listen ? tl_listen_start(&run->listen, &run->command, &config) : 0;
}

static void say_figures(struct run *run)
{
	struct tl_transition_figures figures;
	struct tl_buf text = { 0 };

	read_figures(&figures, run);
	tl_transition_text(&text, &figures);
	tl_command_say(&run->command, "%.*s", TL_FMT(tl_buf_view(&text)));
	tl_buf_clear(&text);
}

/* ---- the moves */

static int move_all(struct run *run)
{
	const struct options *options = &run->options;
	struct batch *batch = &run->batch;
	int ret = options->batch ? batch_run(batch, options->batch) : batch_one(batch);

	/* Of a batch that could not be read there are none. */
	if (options->batch && !options->common.quiet && (ret == 0 || batch->tally.figures.records > 0))
		say_figures(run);
	return ret;
}

static int transition(struct run *run)
{
	const struct options *options = &run->options;
	struct batch *batch = &run->batch;

	if (check_usage(run) != 0)
		return tl_error_exit(run->command.err.code);
	if (is_outbox(options))
		return only_outbox(run);
	if (open_mover(run) != 0 || open_delivery(run) != 0)
		return tl_error_exit(run->command.err.code);
	batch->command = &run->command;
	batch->mover = &run->mover;
	batch->workers = run->command.concurrency;
	batch->json = options->common.format && strcmp(options->common.format, "json") == 0;
	batch->defaults.interaction = text_or_none(options->interaction);
	batch->defaults.flow = text_or_none(options->flow);
	batch->defaults.from = text_or_none(options->from);
	batch->defaults.to = text_or_none(options->to);
	if (start_listening(run) != 0 || move_all(run) != 0 || (run->delivering && outbox_end(&run->outbox, run->timeout_ms) != 0))
		return tl_error_exit(run->command.err.code);
	return batch->tally.worst;
}

int main(int argc, char **argv)
{
	struct run run = { .lower = { .values = NULL } };
	int code = tl_command_begin(&run.command, &usage, argc, argv, &run.options, &run.options.common, &run.operands);

	if (code >= 0)
		return code;
	batch_init(&run.batch);
	code = transition(&run);
	tl_listen_stop(run.listen);
	if (run.delivering)
		outbox_close(&run.outbox);
	tl_mover_close(&run.mover);
	batch_clear(&run.batch);
	tl_deployment_close(&run.deployment);
	return tl_command_end(&run.command, code);
}
