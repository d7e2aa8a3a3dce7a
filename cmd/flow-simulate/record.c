/* cmd/flow-simulate/record.c: one record a suite. */
#include "flow-simulate/record.h"

#include "flow-simulate/export.h"
#include "flow-simulate/qa.h"
#include "flow/canonical.h"
#include "ledger/folder.h"

/* Of the names of cases in an error; the document for change control has them all. */
#define NAMES_BYTES 400

static int64_t now_ms(const struct record *record)
{
	return record->command->clock.monotonic_ms(record->command->clock.data);
}

/* A suite begins where the one before ended. */
static void begin_suite(struct record *record)
{
	record->possibly_twice = 0;
	record->status = 0;
	record->attempts = 0;
	record->begun_ms = now_ms(record);
	tl_buf_reset(&record->failed);
}

int record_open(struct record *record, struct tl_command *command, const struct tl_remote_suites *remote)
{
	const struct tl_environment *environment = command->environment;

	record->command = command;
	record->remote = remote;
	record->deployment = remote ? remote->deployment : &record->own;
	record->commit = export_commit(command);
	record->correlation = qa_correlation(&command->arena);
	begin_suite(record);
	if (!remote && tl_deployment_open(&record->own, command, environment) != 0)
		return -1;
	if (tl_str_is(environment->platform, "local") && tl_ledger_folder_make(record->deployment->root, command->repo, &command->err) != 0)
		return -1;
	return tl_deployment_act(record->deployment, command);
}

void record_case(struct record *record, const struct tl_case_result *result)
{
	if (!record->command)
		return;
	record->possibly_twice += result->possibly_twice;
	record->attempts += result->remote_attempts;
	if (result->remote_status > record->status)
		record->status = result->remote_status;
	if (result->failures.count == 0 || record->failed.len > NAMES_BYTES)
		return;
	tl_buf_printf(&record->failed, "%s%.*s", record->failed.len > 0 ? ", " : "failed: ", TL_FMT(tl_str_cut(result->given.id, NAMES_BYTES)));
	if (record->failed.len > NAMES_BYTES)
		tl_buf_text(&record->failed, ", …");
}

static const char *outcome_of(const struct tl_simulate_report *report)
{
	if (report->suite_failed > 0)
		return "failed";
	return report->broken || report->suite_undone > 0 ? "undone" : "passed";
}

static void put_count(struct tl_arena *arena, struct tl_item *details, const char *key, uint64_t count)
{
	tl_item_put(details, tl_str(key), tl_item_number(arena, (double)count));
}

static struct tl_item *details_of(struct tl_arena *arena, const struct record *record, const struct tl_simulate_report *report)
{
	const struct tl_remote_suites *remote = record->remote;
	struct tl_item *details = tl_item_new(arena, TL_MAP);

	put_count(arena, details, "cases", report->suite_cases);
	tl_item_put(details, TL_STR("engine"), tl_item_string(arena, !remote ? TL_STR("local") : remote->conform ? TL_STR("both") : TL_STR("remote")));
	put_count(arena, details, "failed", report->suite_failed);
	if (remote)
		tl_item_put(details, TL_STR("platform_id"), tl_item_string(arena, remote->id));
	if (record->possibly_twice > 0)
		put_count(arena, details, "possibly_twice", record->possibly_twice);
	put_count(arena, details, "skipped", report->suite_skipped);
	tl_item_put(details, TL_STR("suite"), tl_item_string(arena, report->suite->path));
	if (report->suite_undone > 0)
		put_count(arena, details, "undone", report->suite_undone);
	return details;
}

int record_suite(struct record *record, const struct tl_simulate_report *report, const struct tl_flow *flow)
{
	struct tl_error *err = &record->command->err, ignored = { 0 };
	struct tl_arena arena = { 0 };
	char digest[TL_SHA256_SIZE];
	struct tl_audit_entry entry = {
		.action = "simulate",
		.outcome = outcome_of(report),
		.environment = record->command->environment->name,
		.flow = report->suite->flow_id,
		.commit = record->commit,
		.version = record->remote ? record->remote->version : 0,
		.status = record->status,
		.attempts = record->attempts,
		.latency_ms = now_ms(record) - record->begun_ms,
		.error = report->broken ? tl_str(err->message) : tl_buf_view(&record->failed),
		.correlation = record->correlation,
		.details = details_of(&arena, record, report),
	};
	int ret;

	tl_flow_digest(digest, flow, NULL);
	entry.digest = tl_str(digest);
	ret = tl_audit_append(record->deployment->ledger, &entry, report->broken ? &ignored : err);
	begin_suite(record);
	tl_arena_clear(&arena);
	return ret;
}

void record_close(struct record *record)
{
	tl_deployment_close(&record->own);
	tl_buf_clear(&record->failed);
}
