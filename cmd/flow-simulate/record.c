/* cmd/flow-simulate/record.c: one record a suite. */
#include "flow-simulate/record.h"

#include "ledger/folder.h"

int record_open(struct record *record, struct tl_command *command, struct tl_deployment *deployment)
{
	const struct tl_environment *environment = command->environment;

	record->command = command;
	record->remote = deployment != NULL;
	record->deployment = deployment ? deployment : &record->own;
	if (!deployment && tl_deployment_open(&record->own, command, environment) != 0)
		return -1;
	if (tl_str_is(environment->platform, "local") && tl_ledger_folder_make(record->deployment->root, command->repo, &command->err) != 0)
		return -1;
	return tl_deployment_act(record->deployment, command);
}

int record_suite(struct record *record, const struct tl_simulate_report *report)
{
	struct tl_arena arena = { 0 };
	struct tl_item *details = tl_item_new(&arena, TL_MAP);
	struct tl_audit_entry entry = {
		.action = "simulate", .outcome = report->suite_failed > 0 ? "failed" : report->suite_undone > 0 ? "undone" : "passed", .environment = record->command->environment->name,
		.flow = report->suite->flow_id, .details = details,
		.correlation = record->correlation,
	};
	int ret;

	tl_item_put(details, TL_STR("cases"), tl_item_number(&arena, (double)report->suite_cases));
	tl_item_put(details, TL_STR("engine"), tl_item_string(&arena, record->remote ? TL_STR("remote") : TL_STR("local")));
	tl_item_put(details, TL_STR("failed"), tl_item_number(&arena, (double)report->suite_failed));
	if (record->possibly_twice > 0)
		tl_item_put(details, TL_STR("possibly_twice"), tl_item_number(&arena, (double)record->possibly_twice));
	tl_item_put(details, TL_STR("skipped"), tl_item_number(&arena, (double)report->suite_skipped));
	if (report->suite_undone > 0)
		tl_item_put(details, TL_STR("undone"), tl_item_number(&arena, (double)report->suite_undone));
	tl_item_put(details, TL_STR("suite"), tl_item_string(&arena, report->suite->path));
	ret = tl_audit_append(record->deployment->ledger, &entry, &record->command->err);
	record->possibly_twice = 0;
	tl_arena_clear(&arena);
	return ret;
}

void record_close(struct record *record)
{
	tl_deployment_close(&record->own);
}
