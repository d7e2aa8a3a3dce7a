/* live/transition.c: checked on the deployed flow first, then written on top of the very state that was compared. */
#include "live/transition.h"

#include <assert.h>

#include "base/text.h"
#include "crypto/sha256.h"
#include "doc/json.h"
#include "expr/value.h"
#include "flow/graph.h"
#include "ledger/outbox.h"
#include "live/webhook.h"
#include "live/flows.h"

/* Of an idempotency key. */
#define KEY_BYTES 16

static const char *const moved_table[TL_MOVES] = {
	[TL_MOVED] = "moved", [TL_MOVE_CONFLICT] = "conflict", [TL_MOVE_REFUSED] = "refused", [TL_MOVE_FAILED] = "failed", [TL_MOVE_LOST] = "lost",
	[TL_MOVE_PLANNED] = "planned",
};

const char *tl_moved_name(enum tl_moved moved)
{
	assert(moved < TL_MOVES);
	return moved_table[moved];
}

int tl_mover_open(struct tl_mover *mover, struct tl_error *err)
{
	return tl_move_flows_new(&mover->flows, mover, err);
}

void tl_mover_close(struct tl_mover *mover)
{
	tl_move_flows_free(mover->flows);
	mover->flows = NULL;
}

/* One transition under way. */
struct moving {
	struct tl_mover *mover;
	const struct tl_transition *transition;
	struct tl_transition_result *out;
	struct tl_arena *arena;
	struct tl_arena scratch;         /* of one try */
	struct tl_str stamp;             /* our last_updated: by it we know our own write */
	bool unsure;                     /* an earlier PATCH may have taken effect */
	bool intended;                   /* the intent is on record */
	struct tl_item *told;            /* variables as the webhook hears of them */
	struct tl_outbox_row row;        /* id 0: there is none */
};

static void end(struct moving *moving, enum tl_moved moved, const struct tl_error *why)
{
	moving->out->moved = moved;
	moving->out->code = why ? why->code : TL_OK;
	if (why)
		moving->out->message = tl_arena_dup(moving->arena, tl_str(why->message));
}

/* ---- what is checked before anything is asked of the interaction */

static const char *const reserved_table[] = { "ivr_state", "flow_node", "last_updated" };

static bool is_reserved(struct tl_str name)
{
	for (size_t i = 0; i < TL_COUNT(reserved_table); i++) {
		if (tl_str_is(name, reserved_table[i]))
			return true;
	}
	return false;
}

/* A node by its name, or TL_NONE. */
static uint32_t node_of(const struct tl_flow *flow, struct tl_str name)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (tl_str_equal(flow->nodes[i].name.text, name))
			return i;
	}
	return TL_NONE;
}

static int no_node(const struct tl_flow *flow, const struct tl_transition *transition, struct tl_str name, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str *names = TL_ARENA_ARRAY(&arena, struct tl_str, flow->n_nodes + 1), near;

	for (uint32_t i = 0; i < flow->n_nodes; i++)
		names[i] = flow->nodes[i].name.text;
	near = tl_text_nearest(name, names, flow->n_nodes);
	if (near.len > 0)
		tl_error_set(err, TL_USAGE, "the deployed flow '%.*s' has no node '%.*s', did you mean '%.*s'?", TL_FMT(transition->flow), TL_FMT(name),
		             TL_FMT(near));
	else
		tl_error_set(err, TL_USAGE, "the deployed flow '%.*s' has no node '%.*s'", TL_FMT(transition->flow), TL_FMT(name));
	tl_arena_clear(&arena);
	return -1;
}

static int check_nodes(const struct tl_flow *flow, const struct tl_transition *transition, struct tl_error *err)
{
	uint32_t from = node_of(flow, transition->from), to = node_of(flow, transition->to);

	if (from == TL_NONE || to == TL_NONE)
		return no_node(flow, transition, from == TL_NONE ? transition->from : transition->to, err);
	/* A node is within its own reach, also where no way leads back to it: that sets variables alone. */
	if (from == to || tl_graph_path(flow, from, to))
		return 0;
	return tl_error_set(err, TL_USAGE, "no way leads from '%.*s' to '%.*s' in the deployed flow '%.*s'", TL_FMT(transition->from),
	                    TL_FMT(transition->to), TL_FMT(transition->flow));
}

static int coerce(struct tl_item *attributes, struct moving *moving, const struct tl_flow *flow, const struct tl_item *item, struct tl_error *err)
{
	uint32_t slot = tl_map_index(&flow->variable_names, item->key);
	struct tl_buf scratch = { 0 };
	struct tl_value given, value;
	struct tl_item *coerced;
	bool good;

	if (is_reserved(item->key))
		return tl_error_set(err, TL_USAGE, "'%.*s' is reserved: it is set by the transition itself", TL_FMT(item->key));
	if (slot == TL_NONE || !flow->variables[slot].declared)
		return tl_error_set(err, TL_USAGE, "the deployed flow '%.*s' declares no variable '%.*s'", TL_FMT(moving->transition->flow), TL_FMT(item->key));
	given = tl_value_of_item(&moving->scratch, item);
	good = tl_value_coerce(&value, &given, flow->variables[slot].type, &scratch);
	if (good) {
		value.text = tl_arena_dup(moving->arena, value.text);
		coerced = tl_value_item(moving->arena, &value);
		tl_item_put(attributes, tl_arena_dup(moving->arena, item->key), coerced);
		if (!flow->variables[slot].sensitive)
			tl_item_put(moving->told, coerced->key, tl_item_copy(moving->arena, coerced));
	}
	tl_buf_clear(&scratch);
	return good ? 0 : tl_error_set(err, TL_USAGE, "the variable '%.*s' takes %s, which the value given is not", TL_FMT(item->key),
	                               tl_type_name(flow->variables[slot].type));
}

/* What is sent: {ivr_state, flow_node, last_updated, …variables}. */
static int make_attributes(struct tl_item **out, struct moving *moving, const struct tl_flow *flow, struct tl_error *err)
{
	const struct tl_transition *transition = moving->transition;
	const struct tl_clock *clock = moving->mover->clock;
	struct tl_item *attributes = tl_item_new(moving->arena, TL_MAP);

	moving->told = tl_item_new(moving->arena, TL_MAP);
	moving->stamp = tl_time_format(moving->arena, clock->now_ms(clock->data));
	tl_item_put(attributes, TL_STR("ivr_state"), tl_item_string(moving->arena, tl_arena_dup(moving->arena, transition->to)));
	tl_item_put(attributes, TL_STR("flow_node"), tl_item_string(moving->arena, tl_arena_dup(moving->arena, transition->to)));
	tl_item_put(attributes, TL_STR("last_updated"), tl_item_string(moving->arena, moving->stamp));
	for (const struct tl_item *item = transition->variables ? transition->variables->first : NULL; item; item = item->next) {
		if (coerce(attributes, moving, flow, item, err) != 0)
			return -1;
	}
	*out = attributes;
	return 0;
}

/* What the attributes would be afterwards, as the platform counts them. */
static int check_size(struct moving *moving, const struct tl_interaction *now, const struct tl_item *attributes, struct tl_error *err)
{
	struct tl_item *merged = tl_item_new(&moving->scratch, TL_MAP);
	struct tl_buf text = { 0 };
	size_t bytes;

	for (const struct tl_item *item = now->attributes->first; item; item = item->next) {
		if (!tl_item_get_str(attributes, item->key))
			tl_item_put(merged, item->key, tl_item_copy(&moving->scratch, item));
	}
	for (const struct tl_item *item = attributes->first; item; item = item->next)
		tl_item_put(merged, item->key, tl_item_copy(&moving->scratch, item));
	tl_json_canonical(&text, merged);
	bytes = text.len;
	tl_buf_clear(&text);
	if (bytes <= TL_TRANSITION_BYTES)
		return 0;
	return tl_error_set(err, TL_LIMIT, "its attributes would take %zu bytes, and the platform takes %d", bytes, TL_TRANSITION_BYTES);
}

/* ---- the record, and the row of the outbox with it */

static struct tl_str text_of(const struct tl_interaction *now, const char *name)
{
	return tl_item_text(now->attributes, name);
}

static void reach(const struct moving *moving, const char *place)
{
	if (moving->mover->at)
		moving->mover->at(moving->mover->at_data, place);
}

static struct tl_audit_entry entry_of(struct moving *moving, const char *phase)
{
	const struct tl_transition *transition = moving->transition;
	struct tl_item *details = tl_item_new(&moving->scratch, TL_MAP);

	tl_item_put(details, TL_STR("from"), tl_item_string(&moving->scratch, transition->from));
	tl_item_put(details, TL_STR("to"), tl_item_string(&moving->scratch, transition->to));
	return (struct tl_audit_entry){
		.action = "transition", .phase = phase, .environment = moving->mover->environment->name, .flow = transition->flow,
		.interaction = transition->interaction, .etag = moving->out->etag, .details = details,
	};
}

static struct tl_str new_key(struct tl_arena *arena)
{
	unsigned char bytes[KEY_BYTES];
	struct tl_buf text = { 0 };
	struct tl_str key;

	tl_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		tl_buf_printf(&text, "%02x", bytes[i]);
	key = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return key;
}

/* {interactionId, previousState, newState, variables, timestamp} */
static struct tl_str event_body(struct moving *moving)
{
	struct tl_item *event = tl_item_new(&moving->scratch, TL_MAP);
	struct tl_buf text = { 0 };
	struct tl_str body;

	tl_item_put(event, TL_STR("interactionId"), tl_item_string(&moving->scratch, moving->transition->interaction));
	tl_item_put(event, TL_STR("previousState"), tl_item_string(&moving->scratch, moving->transition->from));
	tl_item_put(event, TL_STR("newState"), tl_item_string(&moving->scratch, moving->transition->to));
	tl_item_put(event, TL_STR("variables"), tl_item_copy(&moving->scratch, moving->told));
	tl_item_put(event, TL_STR("timestamp"), tl_item_string(&moving->scratch, moving->stamp));
	tl_json_jcs(&text, event);
	body = tl_arena_dup(&moving->scratch, tl_buf_view(&text));
	tl_buf_clear(&text);
	return body;
}

static int prepare(struct moving *moving, const struct tl_outbox_seen *seen, const struct tl_audit_entry *intent, struct tl_error *err)
{
	moving->row = (struct tl_outbox_row){
		.environment = moving->mover->environment->name, .interaction = moving->transition->interaction, .flow = moving->transition->flow,
		.node = moving->transition->to, .stamp = moving->stamp, .key = new_key(&moving->scratch), .body = event_body(moving),
		.owner = moving->mover->owner, .webhook = TL_STR(TL_COURIER_CRM),
	};
	return tl_outbox_prepare(moving->mover->ledger, &moving->row, seen, intent, err);
}

/* No intent, no write. One record is enough for all tries; the row's place is that of the last one. */
static int before_write(struct moving *moving, const struct tl_interaction *now, struct tl_error *err)
{
	struct tl_outbox_seen seen = { text_of(now, "flow_node"), text_of(now, "last_updated") };
	struct tl_audit_entry intent;
	int ret;

	if (!moving->mover->ledger || (moving->out->tries > 1 && moving->row.id == 0))
		return 0;
	if (moving->out->tries > 1)
		return tl_outbox_again(moving->mover->ledger, &moving->row, &seen, err);
	intent = entry_of(moving, "intent");
	intent.personal = moving->transition->variables;
	ret = moving->mover->notify ? prepare(moving, &seen, &intent, err) : tl_audit_append(moving->mover->ledger, &intent, err);
	moving->intended = ret == 0;
	if (moving->mover->notify)
		reach(moving, "prepared");
	return ret;
}

static enum tl_outbox_outcome outbox_outcome(const struct moving *moving)
{
	if (moving->out->moved == TL_MOVED)
		return TL_OUTBOX_HAPPENED;
	return moving->out->moved == TL_MOVE_LOST || moving->unsure ? TL_OUTBOX_NOT_KNOWN : TL_OUTBOX_NOT_HAPPENED;
}

static int record_outcome(struct moving *moving, struct tl_error *err)
{
	const struct tl_transition_result *out = moving->out;
	/* What came to no write, as somebody else had moved it before, has this record alone. */
	struct tl_audit_entry entry = entry_of(moving, moving->intended ? "outcome" : NULL);

	if (!moving->mover->ledger)
		return 0;
	entry.outcome = tl_moved_name(out->moved);
	entry.status = out->status;
	entry.attempts = out->attempts;
	entry.latency_ms = out->latency_ms;
	entry.correlation = out->correlation;
	entry.error = out->message;
	if (moving->row.id == 0)
		return tl_audit_append(moving->mover->ledger, &entry, err);
	return tl_outbox_end(moving->mover->ledger, moving->row.id, outbox_outcome(moving), &entry, err);
}

/* ---- one try */

static bool is_ours(const struct moving *moving, const struct tl_interaction *now)
{
	return tl_str_equal(text_of(now, "flow_node"), moving->transition->to) && tl_str_equal(text_of(now, "last_updated"), moving->stamp);
}

/* Whether the interaction stands where the caller says. */
static int compare(const struct moving *moving, const struct tl_interaction *now, struct tl_error *err)
{
	struct tl_str node = text_of(now, "flow_node");

	if (tl_str_equal(node, moving->transition->from))
		return 0;
	if (node.len == 0)
		return tl_error_set(err, TL_CONFLICT, "it stands at no node of a flow, not at '%.*s'", TL_FMT(moving->transition->from));
	return tl_error_set(err, TL_CONFLICT, "it stands at '%.*s', not at '%.*s': somebody else moved it", TL_FMT(node), TL_FMT(moving->transition->from));
}

static void end_unsure(struct moving *moving, struct tl_error *why)
{
	tl_error_wrap(why, "whether it was moved is not known");
	why->code = TL_LOST;
	end(moving, TL_MOVE_LOST, why);
}

/* The PATCH; true: it is over. */
static bool write_once(struct moving *moving, const struct tl_interaction *now, const struct tl_item *attributes)
{
	struct tl_remote_call call = { 0 };
	struct tl_interaction after;
	struct tl_error why = { 0 };
	int ret = tl_platform_interaction_patch(&after, moving->arena, moving->mover->platform, now, attributes, &call, &why);

	moving->out->status = call.status;
	moving->out->attempts += call.attempts;
	moving->out->correlation = call.correlation;
	reach(moving, "patched");
	if (ret == 0) {
		end(moving, TL_MOVED, NULL);
		return true;
	}
	moving->unsure |= why.code == TL_LOST;
	if (why.code == TL_LOST || why.code == TL_CONFLICT)
		return false;
	end(moving, TL_MOVE_FAILED, &why);
	return true;
}

/* Reads, compares, writes; true: it is over. */
static bool try_once(struct moving *moving, const struct tl_item *attributes)
{
	struct tl_interaction now;
	struct tl_error why = { 0 };

	moving->out->tries++;
	if (tl_platform_interaction(&now, &moving->scratch, moving->mover->platform, moving->transition->interaction, &why) != 0) {
		if (moving->unsure)
			end_unsure(moving, &why);
		else
			end(moving, TL_MOVE_FAILED, &why);
		return true;
	}
	if (moving->unsure && is_ours(moving, &now)) {
		end(moving, TL_MOVED, NULL);
		return true;
	}
	if (compare(moving, &now, &why) != 0) {
		end(moving, TL_MOVE_CONFLICT, &why);
		return true;
	}
	if (check_size(moving, &now, attributes, &why) != 0) {
		end(moving, TL_MOVE_REFUSED, &why);
		return true;
	}
	moving->out->etag = tl_arena_dup(moving->arena, now.etag);
	if (moving->mover->dry_run) {
		end(moving, TL_MOVE_PLANNED, NULL);
		return true;
	}
	if (before_write(moving, &now, &why) != 0) {
		if (moving->unsure)
			end_unsure(moving, &why);
		else
			end(moving, TL_MOVE_FAILED, &why);
		return true;
	}
	return write_once(moving, &now, attributes);
}

static void settle(struct moving *moving)
{
	struct tl_interaction now;
	struct tl_error why = { 0 };

	if (tl_platform_interaction(&now, &moving->scratch, moving->mover->platform, moving->transition->interaction, &why) != 0)
		end_unsure(moving, &why);
	else if (is_ours(moving, &now))
		end(moving, TL_MOVED, NULL);
	else if (compare(moving, &now, &why) != 0)
		end(moving, TL_MOVE_CONFLICT, &why);
	else
		end(moving, TL_MOVE_CONFLICT, (tl_error_set(&why, TL_CONFLICT, "it was changed at each of %d tries: nothing was written", TL_TRANSITION_TRIES), &why));
}

static void move(struct moving *moving)
{
	const struct tl_flow *flow;
	struct tl_item *attributes;
	struct tl_error why = { 0 };

	if (tl_move_flows_get(&flow, moving->mover->flows, moving->transition->flow, &why) != 0) {
		end(moving, why.code == TL_NOT_FOUND || why.code == TL_USAGE ? TL_MOVE_REFUSED : TL_MOVE_FAILED, &why);
		return;
	}
	if (check_nodes(flow, moving->transition, &why) != 0 || make_attributes(&attributes, moving, flow, &why) != 0) {
		end(moving, TL_MOVE_REFUSED, &why);
		return;
	}
	moving->out->attributes = attributes;
	while (moving->out->tries < TL_TRANSITION_TRIES) {
		if (moving->mover->stopped && moving->mover->stopped() && !moving->unsure) {
			end(moving, TL_MOVE_FAILED, (tl_error_set(&why, TL_INTERRUPTED, "interrupted"), &why));
			return;
		}
		if (try_once(moving, attributes))
			return;
	}
	settle(moving);
}

void tl_mover_move(struct tl_transition_result *out, struct tl_arena *arena, struct tl_mover *mover, const struct tl_transition *transition)
{
	struct moving moving = { .mover = mover, .transition = transition, .out = out, .arena = arena };
	int64_t begun = mover->clock->monotonic_ms(mover->clock->data);
	struct tl_error why = { 0 };

	*out = (struct tl_transition_result){ .moved = TL_MOVE_FAILED };
	move(&moving);
	out->latency_ms = mover->clock->monotonic_ms(mover->clock->data) - begun;
	/* A move that is not on record is not done well: it is said. */
	if (out->tries > 0 && !mover->dry_run && record_outcome(&moving, &why) != 0 && out->moved == TL_MOVED) {
		tl_error_wrap(&why, "it was moved, but the record could not be written");
		end(&moving, TL_MOVE_FAILED, &why);
	}
	reach(&moving, "ready");
	tl_arena_clear(&moving.scratch);
}
