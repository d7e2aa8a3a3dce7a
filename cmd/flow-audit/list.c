/* cmd/flow-audit/list.c: log, query and export: records that were asked for, in the order in which they were made. */
#include <stddef.h>

#include "flow-audit/audit.h"
#include "base/text.h"
#include "report/audit.h"

/* Records read at once. */
#define PIECE 512

struct options {
	struct tl_common common;
	const char *flow, *action, *actor, *outcome, *interaction, *ticket, *since, *until;
	bool personal;
	uint64_t last;
};

/* NOLINTBEGIN(bugprone-macro-parentheses): a row of a table */
#define FILTER_OPTIONS \
	{ "flow", 0, TL_OPTION_TEXT, offsetof(struct options, flow), "FLOW", "only of this flow", NULL }, \
	{ "action", 0, TL_OPTION_TEXT, offsetof(struct options, action), "ACTION", "only of this action: publish, rollback, plan...", NULL }, \
	{ "actor", 0, TL_OPTION_TEXT, offsetof(struct options, actor), "ACTOR", "only of this actor: alice@laptop", NULL }, \
	{ "outcome", 0, TL_OPTION_TEXT, offsetof(struct options, outcome), "OUTCOME", "only with this outcome: published, failed, conflict...", NULL }, \
	{ "interaction", 0, TL_OPTION_TEXT, offsetof(struct options, interaction), "ID", "only of this interaction", NULL }, \
	{ "ticket", 0, TL_OPTION_TEXT, offsetof(struct options, ticket), "ID", "only of this change", NULL }, \
	{ "since", 0, TL_OPTION_TEXT, offsetof(struct options, since), "TIME", "not before this day or time (RFC 3339)", NULL }, \
	{ "until", 0, TL_OPTION_TEXT, offsetof(struct options, until), "TIME", "before this day or time", NULL }, \
	{ "personal", 0, TL_OPTION_FLAG, offsetof(struct options, personal), NULL, "with personal data, in the JSON formats", NULL }
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct tl_option log_table[] = {
	{ "last", 'n', TL_OPTION_COUNT, offsetof(struct options, last), "N", "how many, at most (default: 50; 0: all)", NULL },
	FILTER_OPTIONS,
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_option query_table[] = {
	FILTER_OPTIONS,
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage log_usage = {
	.name = "flow-audit log",
	.synopsis = "[--env NAME] [-n N] [OPTION]...",
	.summary = "the last records, the newest last",
	.options = log_table,
	.n_options = TL_COUNT(log_table),
	.notes = "Formats: text, json, jsonl.",
};

static const struct tl_usage query_usage = {
	.name = "flow-audit query",
	.synopsis = "[--env NAME] [--flow FLOW] [--since TIME] [OPTION]...",
	.summary = "the records that are asked for",
	.options = query_table,
	.n_options = TL_COUNT(query_table),
	.notes = "Formats: text, json, jsonl.",
};

static const struct tl_usage export_usage = {
	.name = "flow-audit export",
	.synopsis = "[--env NAME] [--format json|jsonl] [-o FILE] [OPTION]...",
	.summary = "records for another program, signed where there is a key",
	.options = query_table,
	.n_options = TL_COUNT(query_table),
	.notes = "Formats: json (the default), jsonl.",
};

#define LAST_DEFAULT 50

struct listing {
	struct audit audit;
	struct options options;
	struct tl_audit_filter filter;
	enum tl_audit_format format;
	struct tl_audit_list list;
	bool exports;         /* with a statement of who vouches for it */
	uint64_t skip;        /* of those that match, from the first one */
};

/* A slip in an action would find nothing, and look as if nobody had done it. */
static int check_action(struct listing *listing, const char *action)
{
	static const char *const action_table[] = {
		"plan", "apply", "publish", "rollback", "undo", "adopt", "release", "import", "steal", "simulate", "transition", "webhook", "purge", "rotate",
	};
	struct tl_error *err = &listing->audit.command.err;
	struct tl_str names[TL_COUNT(action_table)], near;

	for (size_t i = 0; i < TL_COUNT(action_table); i++) {
		names[i] = tl_str(action_table[i]);
		if (tl_str_is(names[i], action))
			return 0;
	}
	near = tl_text_nearest(tl_str(action), names, TL_COUNT(action_table));
	if (near.len > 0)
		return tl_error_set(err, TL_USAGE, "there is no action '%s', did you mean '%.*s'?", action, TL_FMT(near));
	return tl_error_set(err, TL_USAGE, "there is no action '%s': see '--action' in flow-audit(1)", action);
}

static int read_filter(struct listing *listing)
{
	const struct options *options = &listing->options;

	if (options->action && check_action(listing, options->action) != 0)
		return -1;

	listing->filter = (struct tl_audit_filter){
		.flow = tl_str(options->flow),
		.action = tl_str(options->action),
		.actor = tl_str(options->actor),
		.outcome = tl_str(options->outcome),
		.interaction = tl_str(options->interaction),
		.ticket = tl_str(options->ticket),
	};
	if (options->since && audit_moment(&listing->filter.since_ms, &listing->audit, "--since", options->since) != 0)
		return -1;
	listing->filter.ends = options->until != NULL;
	return options->until ? audit_moment(&listing->filter.until_ms, &listing->audit, "--until", options->until) : 0;
}

static int visit(struct listing *listing, const struct tl_audit_record *record, uint64_t *matched, bool count_only)
{
	struct tl_doc *doc;

	if (tl_audit_parse(&doc, record, NULL) != 0)
		return tl_error_set(&listing->audit.command.err, TL_IO, "record %lld was changed: it is no JSON any more; see 'flow-audit verify'", (long long)record->seq);
	if (tl_audit_matches(&listing->filter, doc->root) && (*matched)++ >= listing->skip && !count_only)
		tl_audit_list_record(&listing->list, record, doc->root);
	tl_doc_free(doc);
	return 0;
}

/* Goes through the whole chain; *matched is how many records were asked for. */
static int walk(uint64_t *matched, struct listing *listing, bool count_only)
{
	struct tl_error *err = &listing->audit.command.err;
	struct tl_audit_records records = { .count = PIECE };
	struct tl_arena arena = { 0 };
	int64_t next = 1;
	int ret = 0;

	*matched = 0;
	while (ret == 0 && records.count == PIECE) {
		tl_arena_clear(&arena);
		if (tl_command_stopped())
			ret = tl_error_set(err, TL_INTERRUPTED, "interrupted");
		if (ret == 0)
			ret = tl_audit_read(&records, &arena, listing->audit.deployment.ledger, next, PIECE, err);
		for (size_t i = 0; ret == 0 && i < records.count; i++)
			ret = visit(listing, &records.items[i], matched, count_only);
		if (ret == 0 && records.count > 0)
			next = records.items[records.count - 1].seq + 1;
	}
	tl_arena_clear(&arena);
	return ret;
}

/* Who vouches for an export, and where the chain ended when it was made. */
static int end_list(struct listing *listing)
{
	struct tl_command *command = &listing->audit.command;
	struct tl_audit_statement statement = { 0 };

	if (!listing->exports)
		return tl_audit_list_end(&listing->list, NULL, &command->err);
	statement.by = listing->audit.deployment.acting.actor.name;
	statement.key = listing->audit.deployment.acting.actor.key;
	statement.at_ms = command->clock.now_ms(command->clock.data);
	if (tl_audit_head(&statement.head, &command->arena, listing->audit.deployment.ledger, &command->err) != 0)
		return -1;
	return tl_audit_list_end(&listing->list, &statement, &command->err);
}

/* Only the last ones are shown: those before them are counted first. */
static int skip_older(struct listing *listing)
{
	uint64_t matched, last = listing->options.last;

	if (last == 0)
		return 0;
	if (walk(&matched, listing, true) != 0)
		return -1;
	listing->skip = matched > last ? matched - last : 0;
	return 0;
}

static int run(struct listing *listing)
{
	struct tl_command *command = &listing->audit.command;
	uint64_t matched;

	if (read_filter(listing) != 0 || audit_open(&listing->audit) != 0 ||
	    (listing->exports && tl_deployment_act(&listing->audit.deployment, command) != 0))
		return tl_error_exit(command->err.code);
	listing->filter.environment = command->environment->name;
	if (skip_older(listing) != 0)
		return tl_error_exit(command->err.code);
	tl_audit_list_begin(&listing->list, &command->out, listing->format);
	listing->list.color = command->color;
	listing->list.personal = listing->options.personal;
	if (walk(&matched, listing, false) != 0 || end_list(listing) != 0) {
		tl_buf_reset(&command->out);
		return tl_error_exit(command->err.code);
	}
	if (matched == 0 && !command->common->quiet)
		tl_command_say(command, "nothing that was asked for is on record in the environment '%.*s'", TL_FMT(command->environment->name));
	return 0;
}

static int begin(struct listing *listing, const struct tl_usage *usage, int argc, char **argv, enum tl_audit_format otherwise)
{
	struct tl_command *command = &listing->audit.command;
	int code = tl_command_begin(command, usage, argc, argv, &listing->options, &listing->options.common, &listing->audit.operands);

	if (code >= 0)
		return code;
	if (tl_audit_format(&listing->format, listing->options.common.format, otherwise, &command->err) != 0)
		return audit_close(&listing->audit, 2);
	if (listing->exports && listing->format == TL_AUDIT_TEXT) {
		tl_error_set(&command->err, TL_USAGE, "an export is for programs: json or jsonl");
		return audit_close(&listing->audit, 2);
	}
	if (listing->options.personal && listing->format == TL_AUDIT_TEXT) {
		tl_error_set(&command->err, TL_USAGE, "'--personal' goes with '--format json' or '--format jsonl'");
		return audit_close(&listing->audit, 2);
	}
	return audit_close(&listing->audit, run(listing));
}

int audit_log(int argc, char **argv)
{
	struct listing listing = { .options = { .last = LAST_DEFAULT } };

	return begin(&listing, &log_usage, argc, argv, TL_AUDIT_TEXT);
}

int audit_query(int argc, char **argv)
{
	struct listing listing = { 0 };

	return begin(&listing, &query_usage, argc, argv, TL_AUDIT_TEXT);
}

int audit_export(int argc, char **argv)
{
	struct listing listing = { .exports = true };

	return begin(&listing, &export_usage, argc, argv, TL_AUDIT_JSON);
}
