/* platform/architect_read.c: the vendor's answers, held against its models: Flow, FlowVersion, Operation, ArchitectJobStateResponse. */
#include <stdlib.h>
#include <string.h>

#include "dialect/dialect.h"
#include "doc/json.h"
#include "platform/architect.h"

#define MESSAGES_MAX 10000
#define SHOWN_BYTES 400

/* ---- flows */

static struct tl_str text_of(struct tl_arena *arena, const struct tl_item *map, const char *key)
{
	return tl_arena_dup(arena, tl_str_cut(tl_item_text(map, key), TL_GENESYS_NAME_BYTES));
}

/* Times of saving are milliseconds, those of publishing texts. */
static int64_t time_of(const struct tl_item *map)
{
	static const char *const keys[] = { "datePublished", "dateSaved", "dateCheckedIn", "dateCreated" };
	int64_t ms = 0;

	for (size_t i = 0; i < TL_COUNT(keys) && ms == 0; i++) {
		const struct tl_item *item = tl_item_get(map, keys[i]);

		if (item && item->kind == TL_NUMBER && item->number > 0 && item->number < 9e15)
			ms = (int64_t)item->number;
		else if (item && item->kind == TL_STRING && !tl_time_parse(&ms, item->text))
			ms = 0;
	}
	return ms;
}

int tl_architect_version(struct tl_architect_version *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *id;

	*out = (struct tl_architect_version){ 0 };
	if (tl_genesys_member(&id, item, "id", TL_STRING, what, err) != 0)
		return -1;
	if (!tl_version_parse(&out->number, id->text) || out->number == 0)
		return tl_genesys_bad(err, what, "'id' of a version is '%.*s', which is no version such as 12.0", TL_FMT(tl_str_cut(id->text, 60)));
	out->by = text_of(arena, tl_item_get(item, "createdBy"), "name");
	out->by_client = text_of(arena, tl_item_get(item, "createdByClient"), "id");
	out->at_ms = time_of(item);
	out->publishes = tl_str_equal_nocase(tl_item_text(item, "type"), TL_STR("PUBLISH"));
	return 0;
}

static int read_version(struct tl_architect_version *out, struct tl_arena *arena, const struct tl_item *map, const char *key, struct tl_str what,
                        struct tl_error *err)
{
	const struct tl_item *item;

	*out = (struct tl_architect_version){ 0 };
	if (tl_genesys_member_maybe(&item, map, key, TL_MAP, what, err) != 0)
		return -1;
	/* A reference without an id is none. */
	if (!item || tl_item_text(item, "id").len == 0)
		return 0;
	return tl_architect_version(out, arena, item, what, err);
}

static int read_name(struct tl_str *out, struct tl_arena *arena, const struct tl_item *map, const char *key, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *item;

	if (tl_genesys_member(&item, map, key, TL_STRING, what, err) != 0)
		return -1;
	if (item->text.len == 0)
		return tl_genesys_bad(err, what, "'%s' is empty", key);
	*out = tl_arena_dup(arena, tl_str_cut(item->text, TL_GENESYS_NAME_BYTES));
	return 0;
}

/* "Alice", or where the platform has no name for them their id. */
static struct tl_str person_of(struct tl_arena *arena, const struct tl_item *user)
{
	struct tl_str name = text_of(arena, user, "name");

	if (name.len > 0 || !user || user->kind != TL_MAP)
		return name;
	name = text_of(arena, user, "email");
	if (name.len == 0)
		name = text_of(arena, user, "id");
	return name.len > 0 ? name : TL_STR("somebody");
}

static struct tl_str client_of(struct tl_arena *arena, struct tl_str id, struct tl_str name)
{
	return tl_arena_printf(arena, "the client '%.*s'", TL_FMT(name.len > 0 ? name : id));
}

/* One that is complete, or says that it ended, is none. */
static void read_operation(struct tl_architect_flow *out, struct tl_arena *arena, const struct tl_item *map)
{
	const struct tl_item *operation = tl_item_get(map, "currentOperation"), *complete = tl_item_get(operation, "complete"),
	                     *client = tl_item_get(operation, "client");
	struct tl_str name = text_of(arena, operation, "actionName"), status = tl_item_text(operation, "actionStatus"), who;

	if (!operation || operation->kind != TL_MAP || (complete && complete->kind == TL_BOOLEAN && complete->boolean) ||
	    tl_str_is(status, "SUCCESS") || tl_str_is(status, "FAILURE"))
		return;
	/* Being locked is said by the lock. */
	if (name.len == 0 || tl_str_is(status, "LOCKED") || tl_str_is(status, "UNLOCKED"))
		return;
	who = person_of(arena, tl_item_get(operation, "user"));
	if (who.len == 0 && client && client->kind == TL_MAP)
		who = client_of(arena, text_of(arena, client, "id"), text_of(arena, client, "name"));
	out->operation = who.len > 0 ? tl_arena_printf(arena, "%.*s by %.*s", TL_FMT(name), TL_FMT(who)) : name;
	out->publishing = tl_str_is(name, "PUBLISH");
}

static void read_lock(struct tl_architect_flow *out, struct tl_arena *arena, const struct tl_item *map)
{
	const struct tl_item *client = tl_item_get(map, "lockedClient");

	out->user = person_of(arena, tl_item_get(map, "lockedUser"));
	if (!client || client->kind != TL_MAP)
		return;
	out->client = text_of(arena, client, "id");
	out->client_name = text_of(arena, client, "name");
	if (out->client.len == 0)
		out->client = out->client_name.len > 0 ? out->client_name : TL_STR("somebody");
}

int tl_architect_flow(struct tl_architect_flow *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *deleted;

	*out = (struct tl_architect_flow){ 0 };
	if (read_name(&out->id, arena, item, "id", what, err) != 0 || read_name(&out->name, arena, item, "name", what, err) != 0 ||
	    read_name(&out->type, arena, item, "type", what, err) != 0 ||
	    read_version(&out->published, arena, item, "publishedVersion", what, err) != 0 ||
	    read_version(&out->checked_in, arena, item, "checkedInVersion", what, err) != 0 ||
	    read_version(&out->saved, arena, item, "savedVersion", what, err) != 0 ||
	    tl_genesys_member_maybe(&deleted, item, "deleted", TL_BOOLEAN, what, err) != 0)
		return -1;
	if (tl_str_is(out->id, ".") || tl_str_is(out->id, ".."))
		return tl_genesys_bad(err, what, "'id' is '%.*s', which is no id", TL_FMT(out->id));
	out->deleted = deleted && deleted->boolean;
	read_lock(out, arena, item);
	read_operation(out, arena, item);
	return 0;
}

const struct tl_architect_version *tl_architect_last(const struct tl_architect_flow *flow)
{
	const struct tl_architect_version *last = &flow->published;

	if (last->number == 0 || (flow->checked_in.number > 0 && tl_version_compare(flow->checked_in.number, last->number) > 0))
		last = &flow->checked_in;
	if (last->number == 0 || (flow->saved.number > 0 && tl_version_compare(flow->saved.number, last->number) > 0))
		last = &flow->saved;
	return last;
}

int64_t tl_architect_saved_ms(const struct tl_architect_flow *flow)
{
	int64_t committed = flow->published.number;

	if (tl_version_compare(flow->checked_in.number, committed) > 0)
		committed = flow->checked_in.number;
	return tl_version_compare(flow->saved.number, committed) > 0 ? flow->saved.at_ms : 0;
}

struct tl_str tl_architect_holder(struct tl_arena *arena, const struct tl_architect_flow *flow)
{
	if (flow->user.len > 0 || flow->client.len == 0)
		return flow->user;
	return client_of(arena, flow->client, flow->client_name);
}

int tl_architect_remote(struct tl_remote *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_architect_flow *flow, struct tl_error *err)
{
	const struct tl_architect_version *last = tl_architect_last(flow);
	bool published, ours = false;

	*out = (struct tl_remote){ .id = flow->id, .published_version = flow->published.number, .version = last->number, .written_ms = last->at_ms, .by = last->by };
	if (out->version == 0)
		tl_version_parse(&out->version, TL_STR(TL_ARCHITECT_UNSAVED));
	if (flow->client.len > 0 && tl_architect_is_us(&ours, architect, flow->client, err) != 0)
		return -1;
	published = out->version == out->published_version;
	out->type = tl_architect_type_key(arena, flow->type);
	out->name = tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(out->type), TL_FMT(flow->name));
	out->status = flow->publishing ? TL_STATUS_PUBLISHING : published ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT;
	out->reached_published = published || last->publishes;
	out->held_by = tl_architect_holder(arena, flow);
	out->held_by_us = ours && flow->user.len == 0;
	out->draft_ms = out->held_by.len > 0 ? tl_architect_saved_ms(flow) : 0;
	out->operation = flow->operation;
	return 0;
}

/* ---- jobs */

/* What the details of a message say went wrong; *limited is set where a request was answered 429. Their bodies and addresses may hold anything: not shown. */
static struct tl_str read_details(bool *limited, const struct tl_item *message)
{
	const struct tl_item *details = tl_item_get(message, "details");
	struct tl_str words = { NULL, 0 };

	for (const struct tl_item *item = details && details->kind == TL_LIST ? details->first : NULL; item; item = item->next) {
		const struct tl_item *status = tl_item_get(item, "statusCode");

		*limited |= status && status->kind == TL_NUMBER && status->number >= 429 && status->number <= 429;
		if (words.len == 0)
			words = tl_str_trim(tl_item_text(item, "errorMessage"));
		if (words.len == 0)
			words = tl_str_trim(tl_item_text(item, "statusMessage"));
	}
	return words;
}

static int read_messages(struct tl_architect_state *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *messages;

	if (tl_genesys_member_maybe(&messages, root, "messages", TL_LIST, what, err) != 0)
		return -1;
	if (!messages)
		return 0;
	if (messages->count > MESSAGES_MAX)
		return tl_genesys_bad(err, what, "it has %u messages", messages->count);
	out->messages = TL_ARENA_ARRAY(arena, struct tl_architect_message, messages->count);
	for (const struct tl_item *item = messages->first; item; item = item->next) {
		struct tl_str text = tl_str_trim(tl_item_text(item, "text")), type = tl_item_text(item, "type"), detail = read_details(&out->limited, item);

		if (text.len == 0)
			text = detail;
		if (text.len == 0)
			continue;
		out->messages[out->n_messages++] = (struct tl_architect_message){
			.error = !tl_str_equal_nocase(type, TL_STR("Warning")) && !tl_str_equal_nocase(type, TL_STR("Information")) &&
			         !tl_str_equal_nocase(type, TL_STR("Info")),
			.text = tl_arena_dup(arena, tl_str_cut(text, 8192)),
		};
	}
	return 0;
}

int tl_architect_state(struct tl_architect_state *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err)
{
	static const char *const names[] = {
		[TL_ARCHITECT_WAITS] = "Registered", [TL_ARCHITECT_RUNS] = "Started", [TL_ARCHITECT_GOOD] = "Success", [TL_ARCHITECT_BAD] = "Failure",
	};
	const struct tl_item *status, *flow;
	size_t i = 0;

	*out = (struct tl_architect_state){ 0 };
	/* One that says nothing of how it stands has not begun. */
	if (tl_genesys_member_maybe(&status, root, "status", TL_STRING, what, err) != 0 || tl_genesys_member_maybe(&flow, root, "flow", TL_MAP, what, err) != 0)
		return -1;
	while (status && i < TL_COUNT(names) && !tl_str_equal_nocase(status->text, tl_str(names[i])))
		i++;
	if (i == TL_COUNT(names))
		return tl_genesys_bad(err, what, "'status' is '%.*s', which is no status of a job", TL_FMT(tl_str_cut(status->text, 60)));
	out->state = i;
	out->flow = text_of(arena, flow, "id");
	out->download = tl_arena_dup(arena, tl_item_text(root, "downloadUrl"));
	return read_messages(out, arena, root, what, err);
}

struct tl_str tl_architect_words(struct tl_arena *arena, const struct tl_architect_state *state, size_t limit)
{
	struct tl_buf buf = { 0 };
	struct tl_str words;
	bool errors = false;

	for (size_t i = 0; i < state->n_messages; i++)
		errors |= state->messages[i].error;
	for (size_t i = 0; i < state->n_messages && buf.len < limit; i++) {
		if (errors && !state->messages[i].error)
			continue;
		tl_buf_printf(&buf, "%s%.*s", buf.len > 0 ? "; " : "", TL_FMT(tl_str_cut(state->messages[i].text, SHOWN_BYTES)));
	}
	words = tl_arena_dup(arena, tl_str_cut(tl_buf_view(&buf), limit));
	tl_buf_clear(&buf);
	return words;
}

static bool says(const struct tl_architect_state *state, const char *const *words)
{
	for (size_t i = 0; i < state->n_messages; i++) {
		struct tl_str text = state->messages[i].text;
		bool all = true;

		for (const char *const *word = words; *word; word++)
			all = all && strcasestr(text.ptr, *word);
		if (all)
			return true;
	}
	return false;
}

/* The backend that runs the job has met the limit of the organisation; what it says of that is a flow that it could not find. */
bool tl_architect_is_limited(const struct tl_architect_state *state)
{
	static const char *const disguises[][3] = {
		{ "could not find the flow", "exit code 107", NULL },
		{ "exit code 107", NULL, NULL },
		{ "status code 429", NULL, NULL },
		{ "too many requests", NULL, NULL },
		{ "rate limit", NULL, NULL },
	};

	if (state->state == TL_ARCHITECT_BAD && state->limited)
		return true;
	for (size_t i = 0; state->state == TL_ARCHITECT_BAD && i < TL_COUNT(disguises); i++) {
		if (says(state, disguises[i]))
			return true;
	}
	return false;
}

bool tl_architect_is_locked_out(const struct tl_architect_state *state)
{
	static const char *const locked[] = { "locked by", NULL };
	static const char *const forced[] = { "forceunlock", NULL };

	return state->state == TL_ARCHITECT_BAD && (says(state, locked) || says(state, forced));
}

bool tl_architect_is_verdict(const struct tl_architect_state *state)
{
	static const char *const forbidden[] = { "missing", "permission", NULL };

	return state->state == TL_ARCHITECT_BAD && !tl_architect_is_limited(state) && !tl_architect_is_locked_out(state) && !says(state, forbidden);
}
