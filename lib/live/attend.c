/* live/attend.c: offers in, results out, versions of the flow between them. */
#include "live/attending.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PROFILE_THREADS 16
#define PROFILE_MS 20000
#define PATIENCE_MS 60000
#define MESSAGE_BYTES ((size_t)64 << 10)

int64_t tl_attend_now(const struct tl_attend *attend)
{
	return tl_loop_now_ms(attend->config.loop);
}

int64_t tl_attend_now_us(const struct tl_attend *attend)
{
	const struct tl_attend_config *config = &attend->config;

	return config->now_us ? config->now_us(config->data) : config->clock->monotonic_ms(config->clock->data) * 1000;
}

void tl_attend_say(struct tl_attend *attend, const char *fmt, ...)
{
	struct tl_buf text = { 0 };
	va_list args;

	va_start(args, fmt);
	tl_buf_vprintf(&text, fmt, args);
	va_end(args);
	if (attend->config.say)
		attend->config.say(attend->config.data, text.data);
	tl_buf_clear(&text);
}

void tl_attend_note(struct tl_attend *attend, struct tl_str id, const char *fmt, ...)
{
	const struct tl_clock *clock = attend->config.clock;
	char **place = &attend->errors[attend->n_errors++ % TL_ATTEND_ERRORS];
	struct tl_arena arena = { 0 };
	struct tl_buf line = { 0 };
	va_list args;

	va_start(args, fmt);
	tl_buf_printf(&line, "%.*s  ", TL_FMT(tl_time_format(&arena, clock->now_ms(clock->data))));
	if (id.len > 0)
		tl_text_safe(&line, tl_str_cut(id, 100));
	tl_buf_text(&line, id.len > 0 ? ": " : "");
	tl_text_safe(&line, tl_str_cut(tl_arena_vprintf(&arena, fmt, args), 300));
	va_end(args);
	free(*place);
	*place = tl_strdup(line.data);
	tl_buf_clear(&line);
	tl_arena_clear(&arena);
}

/* ---- calls by id */

static struct tl_attended **bucket_of(struct tl_attend *attend, struct tl_str id)
{
	return &attend->by_id[tl_str_hash(id) & (attend->n_buckets - 1)];
}

static struct tl_attended *find_call(struct tl_attend *attend, struct tl_str id)
{
	struct tl_attended *call = *bucket_of(attend, id);

	while (call && !tl_str_equal(tl_attend_id(call), id))
		call = call->chain;
	return call;
}

static void add_call(struct tl_attend *attend, struct tl_attended *call)
{
	struct tl_attended **bucket = bucket_of(attend, tl_attend_id(call));

	call->chain = *bucket;
	*bucket = call;
	call->next = attend->first;
	if (attend->first)
		attend->first->previous = call;
	attend->first = call;
	attend->calls++;
	call->held->calls++;
}

static void remove_call(struct tl_attend *attend, struct tl_attended *call)
{
	struct tl_attended **place = bucket_of(attend, tl_attend_id(call));

	while (*place != call)
		place = &(*place)->chain;
	*place = call->chain;
	if (call->next)
		call->next->previous = call->previous;
	if (call->previous)
		call->previous->next = call->next;
	else
		attend->first = call->next;
	attend->calls--;
}

/* ---- editions */

/* Gives back those that nobody uses, but for the newest. */
static void release_unused(struct tl_attend *attend)
{
	struct tl_held **place = attend->held ? &attend->held->next : &attend->held;

	while (*place) {
		struct tl_held *held = *place;

		if (held->calls > 0) {
			place = &held->next;
			continue;
		}
		*place = held->next;
		if (held->release)
			held->release(held->edition->owner);
		tl_attend_held_free(held);
	}
}

void tl_attend_edition(struct tl_attend *attend, const struct tl_edition *edition, void (*release)(void *owner))
{
	struct tl_held *held = tl_alloc_zero(1, sizeof(*held));

	held->edition = edition;
	held->release = release;
	held->next = attend->held;
	attend->held = held;
	tl_counts_add(&attend->counts, &held->flows, &edition->program);
	release_unused(attend);
}

/* ---- settling */

static void fill_from_call(struct tl_attend_result *result, const struct tl_attended *call)
{
	const struct tl_call *inner = tl_session_call(call->session);
	const struct tl_node *node = tl_call_node(inner);

	result->status = tl_session_status(call->session);
	result->error = tl_call_error(inner);
	if (result->message.len == 0)
		result->message = tl_call_error_message(inner);
	if (node)
		result->node = node->name.text;
	result->transfer_kind = tl_call_transfer_kind(inner);
	result->transfer_target = tl_call_transfer_target(inner, true);
	result->exit = tl_call_exit(inner);
	result->started_ms = call->started_ms;
	result->duration_ms = call->ended_ms - call->begun_ms;
}

static void tell_end(struct tl_attend *attend, void *offer_data, const struct tl_attend_result *result)
{
	attend->ended[result->end]++;
	attend->config.ended(attend->config.data, offer_data, result);
}

/* What was offered twice is given back once more, or not at all, as the first one was. */
static void tell_twins(struct tl_attend *attend, struct tl_attended *call, bool again)
{
	while (call->twins) {
		struct tl_twin *twin = call->twins;
		struct tl_attend_result result = {
			.id = tl_attend_id(call), .end = TL_END_REFUSED, .message = TL_STR("the call is in progress here already"), .again = again,
		};

		call->twins = twin->next;
		tell_end(attend, twin->offer_data, &result);
		free(twin);
	}
}

static void free_call(struct tl_attended *call)
{
	tl_timer_cancel(call->timer);
	tl_session_free(call->session);
	tl_recording_free(call->recording);
	free((char *)(uintptr_t)call->recorded.ptr);
	free(call->message);
	free(call);
}

void tl_attend_settle(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	struct tl_attend_result result = {
		.id = tl_attend_id(call), .end = call->end, .message = tl_str(call->message ? call->message : ""), .version = call->held->edition->version,
		.again = call->end >= TL_END_LOST && !call->hopeless, .visits = call->visits, .keys = call->keys, .reconnects = call->reconnects, .recording = call->recorded,
	};

	if (call->begun)
		fill_from_call(&result, call);
	remove_call(attend, call);
	if (call->here)
		call->here->here--;
	tell_end(attend, call->offer_data, &result);
	tell_twins(attend, call, result.again);
	call->held->calls--;
	free_call(call);
	if (attend->closing)
		return;
	release_unused(attend);
	if (attend->config.room && !attend->draining)
		attend->config.room(attend->config.data);
}

/* ---- offers */

static void refuse(struct tl_attend *attend, void *offer_data, struct tl_str id, const struct tl_error *why)
{
	struct tl_attend_result result = { .id = id, .end = TL_END_REFUSED, .message = tl_str(why->message) };

	tl_attend_note(attend, id, "%s", why->message);
	tell_end(attend, offer_data, &result);
}

static void add_twin(struct tl_attended *call, void *offer_data)
{
	struct tl_twin *twin = tl_alloc_zero(1, sizeof(*twin));

	twin->offer_data = offer_data;
	twin->next = call->twins;
	call->twins = twin;
}

static struct tl_attended *call_new(struct tl_attend *attend, struct tl_str id, void *offer_data)
{
	struct tl_attended *call = tl_alloc_zero(1, sizeof(*call) + id.len + 1);

	call->attend = attend;
	call->offer_data = offer_data;
	call->held = attend->held;
	call->offered_ms = tl_attend_now(attend);
	call->due_ms = -1;
	call->id_len = id.len;
	memcpy(call->id, id.ptr, id.len);
	if (attend->config.record)
		call->recording = tl_recording_new(attend->config.record_sensitive);
	return call;
}

/* A call of an offer that is good; else the offer is refused. */
static void take(struct tl_attend *attend, const struct tl_offer *offer, void *offer_data)
{
	struct tl_attended *call = call_new(attend, offer->id, offer_data);
	struct tl_error err = { 0 };

	if (tl_session_new(&call->session, attend->held->edition, offer, &tl_attend_hooks, call, call->recording, &err) != 0) {
		refuse(attend, offer_data, offer->id, &err);
		free_call(call);
		return;
	}
	add_call(attend, call);
	tl_attend_wait_for_line(call, false);
	tl_attend_pump(attend);
}

bool tl_attend_offer(struct tl_attend *attend, struct tl_str text, void *offer_data)
{
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_offer offer = { .id = { NULL, 0 } };
	struct tl_attended *twin;

	if (tl_attend_room(attend) == 0)
		return false;
	attend->offered++;
	if (tl_offer_read(&offer, &arena, text, &err) != 0) {
		refuse(attend, offer_data, offer.id, &err);
	} else {
		twin = find_call(attend, offer.id);
		if (twin)
			add_twin(twin, offer_data);
		else
			take(attend, &offer, offer_data);
	}
	tl_arena_clear(&arena);
	return true;
}

size_t tl_attend_room(const struct tl_attend *attend)
{
	return attend->draining || attend->closing || !attend->held || attend->calls >= attend->config.max_calls ? 0 : attend->config.max_calls - attend->calls;
}

size_t tl_attend_calls(const struct tl_attend *attend)
{
	return attend->calls;
}

/* ---- the end */

/* Calls `each` with every call there is; each may go meanwhile, others stay. */
static void with_all(struct tl_attend *attend, void (*each)(struct tl_attended *call))
{
	struct tl_attended *call = attend->first, *next;

	for (; call; call = next) {
		next = call->next;
		each(call);
	}
}

static void give_back_waiting(struct tl_attended *call)
{
	if (call->phase == TL_PHASE_WAITING)
		tl_attend_conclude(call, TL_END_UNSERVED, 1001, "no new calls are begun here any more");
}

static void give_back(struct tl_attended *call)
{
	tl_attend_conclude(call, TL_END_UNSERVED, 1001, "this worker ends");
}

static void drain_is_over(void *data)
{
	struct tl_attend *attend = data;

	attend->drain_timer = NULL;
	with_all(attend, give_back);
}

void tl_attend_drain(struct tl_attend *attend, int64_t deadline_ms)
{
	if (attend->draining && attend->drain_timer)
		tl_timer_cancel(attend->drain_timer);
	attend->draining = true;
	attend->drain_timer = tl_loop_after(attend->config.loop, deadline_ms > 0 ? deadline_ms : 0, drain_is_over, attend);
	with_all(attend, give_back_waiting);
}


int tl_attend_open(struct tl_attend **out, const struct tl_attend_config *config, struct tl_error *err)
{
	struct tl_attend *attend = tl_alloc_zero(1, sizeof(*attend));
	struct tl_attend_config *own = &attend->config;
	struct tl_dial_config dial = {
		.loop = config->loop, .ca = config->ca, .proxy = config->proxy, .insecure = config->insecure, .message_limit = config->message_limit,
		.backlog_limit = config->backlog_limit > 0 ? config->backlog_limit : MESSAGE_BYTES, .opened = tl_attend_opened, .message = tl_attend_heard, .gone = tl_attend_gone,
	};

	*out = NULL;
	*own = *config;
	own->max_calls = own->max_calls > 0 ? own->max_calls : TL_ATTEND_CALLS;
	own->profile_ms = own->profile_ms > 0 ? own->profile_ms : PROFILE_MS;
	own->patience_ms = own->patience_ms > 0 ? own->patience_ms : PATIENCE_MS;
	attend->line.attend = attend;
	attend->n_buckets = 16;
	while (attend->n_buckets < own->max_calls && attend->n_buckets < (size_t)1 << 20)
		attend->n_buckets *= 2;
	attend->by_id = tl_alloc_zero(attend->n_buckets, sizeof(*attend->by_id));
	if (tl_dialer_open(&attend->dialer, &dial, err) != 0 || tl_helpers_open(&attend->clerk, config->loop, 1, err) != 0 ||
	    tl_helpers_open(&attend->helpers, config->loop, config->profile_threads > 0 ? config->profile_threads : PROFILE_THREADS, err) != 0) {
		tl_attend_close(attend);
		return -1;
	}
	*out = attend;
	return 0;
}

/* Lines that are still there are cut by the dialer's close, which tells each call; the others have none. */
static void end_all(struct tl_attend *attend)
{
	attend->draining = true;
	attend->closing = true;
	with_all(attend, give_back);
	tl_dialer_close(attend->dialer);
	tl_helpers_close(attend->helpers);
	tl_helpers_close(attend->clerk);
}

void tl_attend_close(struct tl_attend *attend)
{
	if (!attend)
		return;
	end_all(attend);
	tl_timer_cancel(attend->pump_timer);
	tl_timer_cancel(attend->drain_timer);
	tl_attend_line_clear(attend);
	while (attend->held) {
		struct tl_held *held = attend->held;

		attend->held = held->next;
		if (held->release)
			held->release(held->edition->owner);
		tl_attend_held_free(held);
	}
	for (size_t i = 0; i < TL_ATTEND_ERRORS; i++)
		free(attend->errors[i]);
	free(attend->by_id);
	tl_buf_clear(&attend->out);
	tl_arena_clear(&attend->scratch);
	tl_counts_clear(&attend->counts);
	free(attend);
}
