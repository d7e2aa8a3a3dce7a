/* cmd/flow-simulate/qa.c: rows in the outbox while calls are made; told when all were made, so that a slow receiver holds nobody up. */
#include "flow-simulate/qa.h"

#include <stdlib.h>

#include "common/authority.h"
#include "crypto/sha256.h"
#include "doc/json.h"
#include "ledger/folder.h"

#define CORRELATION_BYTES 16
/* Calls that cost nothing are kept so many at a time. */
#define ROWS 256
/* How long the end waits for the webhook. */
#define SEND_MS 30000
#define LOOK_MS 100
/* Rows of the outbox that are read at once. */
#define PAGE 1000

struct tl_str qa_correlation(struct tl_arena *arena)
{
	unsigned char bytes[CORRELATION_BYTES];
	struct tl_buf text = { 0 };
	struct tl_str copy;

	tl_random(bytes, sizeof(bytes));
	tl_buf_text(&text, "audit-");
	for (size_t i = 0; i < sizeof(bytes); i++)
		tl_buf_printf(&text, "%02x", bytes[i]);
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy;
}

/* ---- opening */

static int open_ledger(struct qa *qa, struct tl_deployment *deployment)
{
	struct tl_command *command = qa->command;
	const struct tl_environment *environment = command->environment;

	qa->deployment = deployment ? deployment : &qa->own;
	if (!deployment && tl_deployment_open_other(&qa->own, command, environment) != 0)
		return -1;
	if (tl_str_is(environment->platform, "local") && tl_ledger_folder_make(qa->deployment->root, command->repo, &command->err) != 0)
		return -1;
	return tl_deployment_act(qa->deployment, command);
}

int qa_open(struct qa *qa, struct tl_command *command, struct tl_deployment *deployment, bool at_once)
{
	const struct tl_access *access;

	qa->command = command;
	qa->at_once = at_once;
	if (open_ledger(qa, deployment) != 0)
		return -1;
	access = &qa->deployment->access;
	if (!tl_courier_webhook(access, TL_COURIER_QA))
		return tl_error_set(&command->err, TL_USAGE, "environment '%.*s' has no webhook 'qa' for '--qa-export'; %.*s has them for each environment",
		                    TL_FMT(command->environment->name), TL_FMT(access->from.len > 0 ? access->from : TL_STR("your trunkline/config.yaml")));
	tl_command_keep_secrets();
	qa->correlation = qa_correlation(&command->arena);
	return tl_command_courier(&qa->courier, command, qa->deployment, TL_COURIER_QA);
}

/* ---- keeping */

/* The same for one simulation of a platform, whoever asks for it; a call that was run here has no other one. */
static struct tl_str key_of(struct qa *qa, const struct tl_case_result *result, struct tl_str test, struct tl_str body)
{
	char key[TL_SHA256_SIZE];
	struct tl_buf text = { 0 };
	struct tl_json json;

	tl_json_init(&json, &text, false);
	tl_json_list(&json);
	tl_json_string(&json, qa->command->environment->name);
	tl_json_string(&json, test);
	tl_json_string(&json, result->simulation_id.len > 0 ? result->simulation_id : body);
	tl_json_list_end(&json);
	tl_sha256_hex(key, tl_buf_view(&text));
	tl_buf_clear(&text);
	return tl_arena_dup(&qa->arena, tl_str(key));
}

/* What nobody waits for one after the other: each simulation is told by itself. */
static struct tl_str name_of(struct qa *qa, const struct tl_case_result *result, struct tl_str test)
{
	if (result->simulation_id.len > 0)
		return tl_arena_dup(&qa->arena, result->simulation_id);
	return tl_arena_printf(&qa->arena, "%.*s/%.*s", TL_FMT(qa->correlation), TL_FMT(test));
}

static struct tl_outbox_row row_of(struct qa *qa, const struct tl_case_result *result, struct tl_str flow)
{
	const struct tl_clock *clock = &qa->command->clock;
	struct tl_qa_head head = { .flow = flow, .correlation = qa->correlation, .at_ms = clock->now_ms(clock->data) };
	struct tl_str test = tl_arena_printf(&qa->arena, "%.*s/%.*s", TL_FMT(result->run.flow->id.text), TL_FMT(result->given.id));
	struct tl_buf text = { 0 };
	struct tl_outbox_row row;

	tl_qa_json(&text, result, &head);
	row = (struct tl_outbox_row){
		.environment = qa->command->environment->name, .webhook = TL_STR(TL_COURIER_QA), .interaction = name_of(qa, result, test),
		.flow = tl_arena_dup(&qa->arena, flow), .node = test, .stamp = TL_STR(""), .body = tl_arena_dup(&qa->arena, tl_buf_view(&text)),
		.owner = qa->courier.owner,
	};
	row.key = key_of(qa, result, test, row.body);
	tl_buf_clear(&text);
	return row;
}

int qa_keep(struct qa *qa)
{
	if (qa->n_rows == 0)
		return 0;
	qa->failed = tl_outbox_add(qa->deployment->ledger, qa->rows, qa->n_rows, &qa->command->err) != 0;
	if (qa->failed)
		return tl_error_wrap(&qa->command->err, "keeping results for the webhook 'qa'");
	qa->ids = tl_grow(qa->ids, &qa->id_capacity, qa->n_ids + qa->n_rows, sizeof(*qa->ids));
	for (size_t i = 0; i < qa->n_rows; i++) {
		if (qa->rows[i].id > 0)
			qa->ids[qa->n_ids++] = qa->rows[i].id;
	}
	qa->n_rows = 0;
	tl_arena_clear(&qa->arena);
	return 0;
}

int qa_add(struct qa *qa, const struct tl_case_result *result, struct tl_str flow)
{
	if (!qa->command || !tl_case_was_run(result))
		return 0;
	qa->rows = tl_grow(qa->rows, &qa->row_capacity, qa->n_rows + 1, sizeof(*qa->rows));
	qa->rows[qa->n_rows++] = row_of(qa, result, flow);
	return qa->at_once || qa->n_rows == ROWS ? qa_keep(qa) : 0;
}

/* ---- sending */

/* What is left of this run. */
struct left {
	size_t count, elsewhere; /* all; those that another program is telling at this moment */
	struct tl_str why;       /* of the first that says so */
};

/* The ids of this run rise as those of the outbox do. */
static int count_left(struct left *left, struct qa *qa, struct tl_arena *arena)
{
	int64_t after = qa->n_ids > 0 ? qa->ids[0] - 1 : 0;
	struct tl_outbox_rows rows = { .count = PAGE };
	size_t at = 0;

	*left = (struct left){ 0 };
	while (rows.count == PAGE && at < qa->n_ids) {
		if (tl_outbox_list(&rows, arena, qa->deployment->ledger, qa->command->environment->name, TL_STR(TL_COURIER_QA), after, PAGE,
		                   &qa->command->err) != 0)
			return -1;
		for (size_t i = 0; i < rows.count; i++) {
			const struct tl_outbox_row *row = &rows.items[i];

			after = row->id;
			while (at < qa->n_ids && qa->ids[at] < after)
				at++;
			if (at == qa->n_ids || qa->ids[at] != after)
				continue;
			left->count++;
			left->elsewhere += row->state == TL_OUTBOX_READY && row->held_ms > 0;
			if (left->why.len == 0)
				left->why = row->error;
		}
	}
	return 0;
}

static int judge(struct qa *qa, const struct left *left)
{
	struct tl_command *command = qa->command;

	if (left->count == 0)
		return 0;
	return tl_error_set(&command->err, TL_IO, "webhook 'qa': %.*s%s%zu of %zu results were delivered; the others stay: the next '--qa-export', or "
	                    "'flow-transition --env %.*s --webhook qa --deliver', goes on; with --outbox in its place it shows them", TL_FMT(left->why),
	                    left->why.len > 0 ? "; " : "", qa->n_ids - left->count, qa->n_ids, TL_FMT(command->environment->name));
}

/* Programs that share a ledger share the work, so that what is ours may be in somebody else's hands. */
static int send_all(struct qa *qa, struct left *left, struct tl_arena *arena)
{
	const struct tl_clock *clock = &qa->command->clock;
	int64_t until = clock->monotonic_ms(clock->data) + SEND_MS, now = until - SEND_MS;

	for (;;) {
		if (tl_courier_finish(&qa->courier, until - now, &qa->command->err) != 0 || count_left(left, qa, arena) != 0)
			return -1;
		now = clock->monotonic_ms(clock->data);
		if (left->elsewhere == 0 || now >= until)
			return 0;
		if (clock->sleep_ms(clock->data, LOOK_MS) != 0)
			return tl_error_set(&qa->command->err, TL_INTERRUPTED, "interrupted");
	}
}

int qa_send(struct qa *qa)
{
	struct tl_arena arena = { 0 };
	struct left left;
	int ret = 0;

	if (!qa->command)
		return 0;
	if (qa_keep(qa) != 0 || send_all(qa, &left, &arena) != 0 || judge(qa, &left) != 0)
		ret = -1;
	tl_arena_clear(&arena);
	return ret;
}

void qa_close(struct qa *qa)
{
	tl_courier_close(&qa->courier);
	tl_deployment_close(&qa->own);
	tl_arena_clear(&qa->arena);
	free(qa->rows);
	free(qa->ids);
}
