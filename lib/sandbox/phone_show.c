/* sandbox/phone_show.c: what is sent, what is on record, and what an admin sees of it. */
#include <string.h>

#include "base/clock.h"
#include "sandbox/answer.h"
#include "sandbox/phone_call.h"

/* Of one call; what comes later is not recorded. */
#define RECORD_LIMIT ((size_t)1 << 20)

static const char *const event_table[PHONE_EVENTS] = { "connected", "dtmf", "playback_completed", "transferred", "transfer_failed", "hangup", "others" };

/* ---- on record */

/* A value, with its time, at the end of a record. */
static void record(const struct phone_call *call, struct tl_buf *out, struct tl_str message)
{
	struct tl_arena arena = { 0 };
	struct tl_str at = tl_time_format(&arena, call->phone->hooks.now_ms(call->phone->hooks.data));

	if (out->len + message.len < RECORD_LIMIT)
		tl_buf_printf(out, "%s{\"at\":\"%.*s\",\"message\":%.*s}", out->len > 0 ? "," : "", TL_FMT(at), TL_FMT(message));
	tl_arena_clear(&arena);
}

/* As it came; text that is no JSON as a string. */
void tl_phone_record_command(struct phone_call *call, const struct tl_item *message, struct tl_str text)
{
	struct tl_buf copy = { 0 };
	struct tl_json json;

	if (call->n_commands++ >= call->record)
		return;
	tl_json_init(&json, &copy, false);
	if (message)
		tl_json_item(&json, message);
	else
		tl_json_string(&json, text);
	record(call, &call->commands, tl_buf_view(&copy));
	tl_buf_clear(&copy);
}

/* ---- sending */

static bool is_open(const struct phone_call *call)
{
	return call->session && !call->session->closing;
}

static void begin(struct tl_json *json, const struct phone_call *call, struct tl_str event, struct tl_str id)
{
	struct tl_buf *text = &call->phone->text;

	tl_buf_reset(text);
	tl_json_init(json, text, false);
	tl_json_map(json);
	tl_json_put(json, "event", event);
	tl_json_put(json, "callControlId", id);
}

static void finish(struct phone_call *call, enum phone_event event)
{
	struct tl_str text = tl_buf_view(&call->phone->text);

	call->phone->figures.events[event]++;
	if (call->n_events++ < call->record)
		record(call, &call->events, text);
	call->phone->hooks.send(call->session->wire, text, false);
}

void tl_phone_send(struct phone_call *call, struct tl_str event, const struct tl_item *more)
{
	struct tl_str other = tl_item_text(more, "callControlId");
	unsigned kind = 0;
	struct tl_json json;

	if (!is_open(call))
		return;
	while (kind < PHONE_OTHER_EVENT && !tl_str_is(event, event_table[kind]))
		kind++;
	begin(&json, call, event, other.len > 0 ? other : tl_str(call->id));
	for (const struct tl_item *member = more ? more->first : NULL; member; member = member->next) {
		if (tl_str_is(member->key, "event") || tl_str_is(member->key, "callControlId"))
			continue;
		tl_json_key_str(&json, member->key);
		tl_json_item(&json, member);
	}
	tl_json_map_end(&json);
	tl_phone_tell_event(call, event, tl_item_text(more, "digit"));
	finish(call, (enum phone_event)kind);
}

void tl_phone_send_text(struct phone_call *call, enum phone_event event, const char *key, struct tl_str value)
{
	struct tl_json json;

	if (!is_open(call))
		return;
	begin(&json, call, tl_str(event_table[event]), tl_str(call->id));
	if (key)
		tl_json_put(&json, key, value);
	tl_json_map_end(&json);
	tl_phone_tell_event(call, tl_str(event_table[event]), value);
	finish(call, event);
}

void tl_phone_send_raw(struct phone_call *call, struct tl_str message, bool binary)
{
	if (!is_open(call))
		return;
	call->phone->figures.events[PHONE_OTHER_EVENT]++;
	call->n_events++;
	tl_phone_tell(call, "\302\267 %zu bytes that are no event", message.len);
	call->phone->hooks.send(call->session->wire, message, binary);
}

/* ---- what an admin sees */

static void put_record(struct tl_json *json, const char *key, const struct tl_buf *record)
{
	tl_json_key(json, key);
	tl_json_list(json);
	if (record->len > 0)
		tl_json_raw(json, tl_buf_view(record));
	tl_json_list_end(json);
}

static void show(struct tl_json *json, const struct phone_call *call)
{
	tl_json_map(json);
	tl_json_put(json, "callControlId", tl_str(call->id));
	tl_json_put(json, "state", tl_str(tl_phone_state_name(call->state)));
	tl_json_put_or_null(json, "sessionId", call->session_id[0] ? tl_str(call->session_id) : (struct tl_str){ 0 });
	tl_json_put_integer(json, "closeCode", call->close_code);
	tl_json_put_integer(json, "connections", call->connections);
	tl_json_put_integer(json, "commandCount", (int64_t)call->n_commands);
	put_record(json, "commands", &call->commands);
	tl_json_put_integer(json, "eventCount", (int64_t)call->n_events);
	put_record(json, "events", &call->events);
	tl_json_put(json, "unheard", tl_buf_view(&call->unheard));
	tl_json_map_end(json);
}

static int not_found(struct tl_refusal *refusal, struct tl_str id)
{
	return tl_refuse(refusal, 404, "not.found", "there is no call '%.*s'", TL_FMT(id));
}

int tl_phone_show(struct tl_json *json, struct tl_refusal *refusal, const struct tl_phone *phone, struct tl_str id)
{
	const struct phone_call *call = tl_map_ptr(&phone->by_id, id);

	if (!call)
		return not_found(refusal, id);
	show(json, call);
	return 200;
}

void tl_phone_show_all(struct tl_json *json, const struct tl_phone *phone)
{
	tl_json_list(json);
	for (size_t i = 0; i < phone->by_id.count; i++)
		show(json, phone->by_id.entries[i].value.ptr);
	tl_json_list_end(json);
}

int tl_phone_steps(struct tl_phone *phone, struct tl_refusal *refusal, struct tl_str id, const struct tl_item *steps)
{
	struct phone_call *call = tl_map_ptr(&phone->by_id, id);
	struct tl_doc *copy;

	if (!call)
		return not_found(refusal, id);
	if (tl_phone_check_steps(refusal, steps) != 200)
		return refusal->status;
	copy = tl_seed_copy(steps);
	tl_phone_add_steps(call, copy, copy->root);
	tl_phone_go_on(call);
	return 200;
}

/* ---- all calls in figures */

static void put_states(struct tl_json *json, const struct tl_phone *phone)
{
	int64_t counts[PHONE_STATES] = { 0 };

	for (size_t i = 0; i < phone->by_id.count; i++)
		counts[((const struct phone_call *)phone->by_id.entries[i].value.ptr)->state]++;
	tl_json_key(json, "states");
	tl_json_map(json);
	for (unsigned i = 0; i < PHONE_STATES; i++)
		tl_json_put_integer(json, tl_phone_state_name((enum phone_state)i), counts[i]);
	tl_json_map_end(json);
}

static void put_messages(struct tl_json *json, const struct phone_figures *figures)
{
	tl_json_key(json, "commands");
	tl_json_map(json);
	for (unsigned i = 0; i < PHONE_ACTIONS; i++)
		tl_json_put_integer(json, tl_phone_action_name((enum phone_action)i), (int64_t)figures->commands[i]);
	tl_json_map_end(json);
	tl_json_key(json, "events");
	tl_json_map(json);
	for (unsigned i = 0; i < PHONE_EVENTS; i++)
		tl_json_put_integer(json, event_table[i], (int64_t)figures->events[i]);
	tl_json_map_end(json);
	tl_json_key(json, "keys");
	tl_json_map(json);
	tl_json_put_integer(json, "heard", (int64_t)figures->heard);
	tl_json_put_integer(json, "unheard", (int64_t)figures->unheard);
	tl_json_map_end(json);
}

void tl_phone_summary(struct tl_json *json, const struct tl_phone *phone)
{
	const struct phone_figures *figures = &phone->figures;

	tl_json_map(json);
	tl_json_put_integer(json, "calls", (int64_t)phone->by_id.count);
	put_states(json, phone);
	tl_json_put_integer(json, "sessions", (int64_t)phone->n_sessions);
	tl_json_put_integer(json, "connections", (int64_t)figures->connections);
	tl_json_put_integer(json, "reconnections", (int64_t)figures->reconnections);
	tl_json_put_integer(json, "refusals", (int64_t)figures->refusals);
	tl_json_put_integer(json, "violations", (int64_t)figures->violations);
	put_messages(json, figures);
	tl_json_key(json, "answers");
	tl_json_map(json);
	tl_json_put_integer(json, "count", (int64_t)figures->answers.count);
	tl_json_put_integer(json, "p50Us", tl_latency_percentile(&figures->answers, 50));
	tl_json_put_integer(json, "p99Us", tl_latency_percentile(&figures->answers, 99));
	tl_json_put_integer(json, "maxUs", figures->answers.max);
	tl_json_map_end(json);
	tl_json_map_end(json);
}

void tl_phone_summary_reset(struct tl_phone *phone)
{
	phone->figures = (struct phone_figures){ 0 };
}
