/* sandbox/phone_announce.c: calls that there are from now on, one by one or many alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/answer.h"
#include "sandbox/phone_call.h"

#define MS_LIMIT 3600000

/* What the call holds; its id stays. It has no timers. */
static void forget(struct phone_call *call)
{
	tl_phone_clear_steps(call);
	tl_doc_free(call->doc);
	tl_buf_clear(&call->commands);
	tl_buf_clear(&call->events);
	tl_buf_clear(&call->unheard);
	free(call->playing);
	free(call->target);
}

/* ---- what an announcement says */

static bool is_time(const struct tl_item *item)
{
	return !item || (item->kind == TL_NUMBER && item->number >= -1 && item->number <= MS_LIMIT);
}

static bool is_whole(const struct tl_item *item, double most)
{
	return item && item->kind == TL_NUMBER && item->number >= 0 && item->number <= most && floor(item->number) == item->number;
}

static int64_t ms_of(const struct tl_item *call, const char *key)
{
	const struct tl_item *item = tl_item_get(call, key);

	return item ? (int64_t)item->number : 0;
}

/* A number, or a boolean: what is usual, or nothing. */
static uint32_t record_of(const struct tl_item *call, uint32_t usual)
{
	const struct tl_item *item = tl_item_get(call, "record");

	if (!item || (item->kind == TL_BOOLEAN && item->boolean))
		return usual;
	return item->kind == TL_NUMBER ? (uint32_t)item->number : 0;
}

static int check_call(struct tl_refusal *refusal, const struct tl_item *call)
{
	static const char *const member_table[] = { "callControlId", "id", "count", "playbackMs", "transferMs", "refuse", "record", "script" };
	const struct tl_item *refuse = tl_item_get(call, "refuse"), *record = tl_item_get(call, "record"), *script = tl_item_get(call, "script");

	for (const struct tl_item *member = call->kind == TL_MAP ? call->first : NULL; member; member = member->next) {
		size_t i = 0;

		while (i < TL_COUNT(member_table) && !tl_str_is(member->key, member_table[i]))
			i++;
		if (i == TL_COUNT(member_table))
			return tl_refuse(refusal, 422, "unprocessable", "a call has no '%.*s': it has callControlId, playbackMs, transferMs, refuse, record and script",
			                 TL_FMT(member->key));
	}
	if (!is_time(tl_item_get(call, "playbackMs")) || !is_time(tl_item_get(call, "transferMs")))
		return tl_refuse(refusal, 422, "unprocessable", "playbackMs and transferMs are numbers from -1 to %d", MS_LIMIT);
	if (refuse && refuse->kind != TL_LIST)
		return tl_refuse(refusal, 422, "unprocessable", "refuse is no list");
	if (record && record->kind != TL_BOOLEAN && !is_whole(record, 1e6))
		return tl_refuse(refusal, 422, "unprocessable", "record is neither a boolean nor a whole number up to 1000000");
	return script ? tl_phone_check_steps(refusal, script) : 200;
}

/* ---- calls */

static int check_free(struct tl_refusal *refusal, const struct tl_phone *phone, struct tl_str id)
{
	const struct phone_call *call = tl_map_ptr(&phone->by_id, id);

	if (!call || !call->session)
		return 200;
	return tl_refuse(refusal, 409, "conflict", "call '%.*s' is connected", TL_FMT(id));
}

static struct phone_call *put_call(struct tl_phone *phone, struct tl_str id, const struct tl_item *announced)
{
	struct phone_call *call = tl_map_ptr(&phone->by_id, id);
	const struct tl_item *script = tl_item_get(announced, "script");
	char *name;

	if (!call)
		call = tl_phone_call_new(phone, id);
	name = call->id;
	tl_phone_end(call);
	forget(call);
	*call = (struct phone_call){ .phone = phone, .id = name, .announced = announced, .key_us = -1 };
	call->playback_ms = ms_of(announced, "playbackMs");
	call->transfer_ms = ms_of(announced, "transferMs");
	if (script)
		tl_phone_add_steps(call, NULL, script);
	phone->announced = true;
	return call;
}

static int announce_one(struct tl_phone *phone, struct tl_refusal *refusal, const struct tl_item *item)
{
	struct tl_str id = tl_item_text(item, "callControlId");
	struct phone_call *call;
	struct tl_doc *doc;

	if (id.len == 0)
		return tl_refuse(refusal, 422, "unprocessable", "a call has no callControlId");
	if (check_free(refusal, phone, id) != 200)
		return refusal->status;
	doc = tl_seed_copy(item);
	call = put_call(phone, tl_item_text(doc->root, "callControlId"), doc->root);
	call->doc = doc;
	call->record = record_of(item, TL_PHONE_RECORD);
	return 200;
}

/* The id of the one with that number: "call-{n}" -> "call-7". Valid until the next one. */
static struct tl_str numbered(struct tl_buf *buf, struct tl_str pattern, unsigned number)
{
	size_t at = tl_str_find(pattern, TL_STR("{n}"), 0);

	tl_buf_reset(buf);
	tl_buf_str(buf, tl_str_slice(pattern, 0, at));
	tl_buf_printf(buf, "%u", number);
	tl_buf_str(buf, tl_str_slice(pattern, at + 3, pattern.len));
	return tl_buf_view(buf);
}

static int check_all_free(const struct tl_phone *phone, struct tl_refusal *refusal, struct tl_str pattern, unsigned count)
{
	struct tl_buf id = { 0 };
	int status = 200;

	for (unsigned i = 1; i <= count && status == 200; i++)
		status = check_free(refusal, phone, numbered(&id, pattern, i));
	tl_buf_clear(&id);
	return status;
}

static void put_many(struct tl_phone *phone, const struct tl_item *announced, struct tl_str pattern, unsigned count)
{
	uint32_t record = record_of(announced, TL_PHONE_RECORD_MANY);
	struct tl_buf id = { 0 };

	for (unsigned i = 1; i <= count; i++)
		put_call(phone, numbered(&id, pattern, i), announced)->record = record;
	tl_buf_clear(&id);
}

static int announce_many(struct tl_phone *phone, struct tl_refusal *refusal, const struct tl_item *item)
{
	const struct tl_item *count = tl_item_get(item, "count");
	struct tl_str pattern = tl_item_text(item, "id");
	struct tl_doc *doc;

	if (!is_whole(count, TL_PHONE_MANY) || count->number < 1)
		return tl_refuse(refusal, 422, "unprocessable", "count is no whole number from 1 to %d", TL_PHONE_MANY);
	if (tl_str_find(pattern, TL_STR("{n}"), 0) == SIZE_MAX)
		return tl_refuse(refusal, 422, "unprocessable", "the id of many calls holds {n}, such as call-{n}");
	if (check_all_free(phone, refusal, pattern, (unsigned)count->number) != 200)
		return refusal->status;
	doc = tl_seed_copy(item);
	phone->shared = tl_grow(phone->shared, &phone->shared_capacity, phone->n_shared + 1, sizeof(*phone->shared));
	phone->shared[phone->n_shared++] = doc;
	put_many(phone, doc->root, tl_item_text(doc->root, "id"), (unsigned)count->number);
	return 200;
}

int tl_phone_announce(struct tl_phone *phone, struct tl_refusal *refusal, const struct tl_item *item)
{
	if (check_call(refusal, item) != 200)
		return refusal->status;
	return tl_item_get(item, "count") ? announce_many(phone, refusal, item) : announce_one(phone, refusal, item);
}

/* ---- all of it */

struct tl_phone *tl_phone_new(const struct tl_phone_hooks *hooks)
{
	struct tl_phone *phone = tl_alloc_zero(1, sizeof(*phone));

	phone->hooks = *hooks;
	return phone;
}

void tl_phone_free(struct tl_phone *phone)
{
	if (!phone)
		return;
	for (size_t i = 0; i < phone->by_id.count; i++) {
		struct phone_call *call = phone->by_id.entries[i].value.ptr;

		forget(call);
		free(call->id);
		free(call);
	}
	for (size_t i = 0; i < phone->n_shared; i++)
		tl_doc_free(phone->shared[i]);
	free(phone->shared);
	tl_map_clear(&phone->by_id);
	tl_buf_clear(&phone->text);
	free(phone);
}
