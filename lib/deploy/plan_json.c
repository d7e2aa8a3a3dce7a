/* deploy/plan_json.c: a plan as JSON, both ways. Its id is the SHA-256 of the canonical text of all the rest. */
#include <inttypes.h>

#include "deploy/plan.h"
#include "doc/json.h"

#define PLAN_VERSION 1

static const char *const kind_table[] = { [TL_PLAN_PUBLISH] = "publish", [TL_PLAN_ROLLBACK] = "rollback" };

static void put_text(struct tl_arena *arena, struct tl_item *map, const char *key, struct tl_str text)
{
	tl_item_put(map, tl_str(key), tl_item_string(arena, text));
}

static void put_number(struct tl_arena *arena, struct tl_item *map, const char *key, int64_t number)
{
	tl_item_put(map, tl_str(key), tl_item_number(arena, (double)number));
}

/* null where it is empty. */
static void put_or_null(struct tl_arena *arena, struct tl_item *map, const char *key, struct tl_str text)
{
	tl_item_put(map, tl_str(key), text.len > 0 ? tl_item_string(arena, text) : tl_item_new(arena, TL_NULL));
}

static struct tl_item *base_item(struct tl_arena *arena, const struct tl_planned *planned)
{
	struct tl_item *map = tl_item_new(arena, planned->base_version > 0 ? TL_MAP : TL_NULL);

	if (planned->base_version == 0)
		return map;
	put_number(arena, map, "version", planned->base_version);
	put_or_null(arena, map, "digest", planned->base_digest);
	tl_item_put(map, TL_STR("known"), tl_item_boolean(arena, planned->base_known));
	return map;
}

static struct tl_item *wanted_item(struct tl_arena *arena, const struct tl_planned *planned)
{
	struct tl_item *map = tl_item_new(arena, planned->wanted_digest.len > 0 ? TL_MAP : TL_NULL);

	if (planned->wanted_digest.len == 0)
		return map;
	put_text(arena, map, "digest", planned->wanted_digest);
	put_or_null(arena, map, "blob", planned->blob);
	put_or_null(arena, map, "source", planned->source);
	return map;
}

static struct tl_item *flow_item(struct tl_arena *arena, const struct tl_planned *planned)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	put_text(arena, map, "flow", planned->flow);
	put_text(arena, map, "action", tl_str(tl_action_name(planned->action)));
	tl_item_put_text(arena, map, "renamed_from", planned->renamed_from);
	tl_item_put_text(arena, map, "path", planned->path);
	put_or_null(arena, map, "platform_id", planned->platform_id);
	tl_item_put(map, TL_STR("base"), base_item(arena, planned));
	tl_item_put(map, TL_STR("wanted"), wanted_item(arena, planned));
	if (planned->to > 0)
		put_number(arena, map, "to", planned->to);
	tl_item_put_text(arena, map, "note", planned->note);
	return map;
}

static struct tl_item *cycles_item(struct tl_arena *arena, const struct tl_plan *plan)
{
	struct tl_item *cycles = tl_item_new(arena, TL_LIST);

	for (size_t i = 0; i < plan->n_cycles; i++) {
		struct tl_item *flows = tl_item_add(cycles, tl_item_new(arena, TL_LIST));

		for (size_t j = 0; j < plan->cycles[i].count; j++)
			tl_item_add(flows, tl_item_string(arena, plan->cycles[i].flows[j]));
	}
	return cycles;
}

/* The plan as a tree; without its id where `with_id` is false. */
static struct tl_item *plan_item(struct tl_arena *arena, const struct tl_plan *plan, bool with_id)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP), *flows;

	put_number(arena, map, "version", PLAN_VERSION);
	if (with_id)
		put_text(arena, map, "id", tl_str(plan->id));
	put_text(arena, map, "kind", tl_str(kind_table[plan->kind]));
	put_text(arena, map, "environment", plan->environment);
	put_text(arena, map, "platform", plan->platform);
	put_or_null(arena, map, "commit", plan->commit);
	tl_item_put(map, TL_STR("dirty"), tl_item_boolean(arena, plan->dirty));
	tl_item_put_text(arena, map, "promote_from", plan->promote_from);
	put_text(arena, map, "values", plan->values);
	put_text(arena, map, "created", tl_time_format(arena, plan->created_ms));
	put_text(arena, map, "expires", tl_time_format(arena, plan->expires_ms));
	flows = tl_item_put(map, TL_STR("flows"), tl_item_new(arena, TL_LIST));
	for (size_t i = 0; i < plan->n_flows; i++)
		tl_item_add(flows, flow_item(arena, &plan->flows[i]));
	tl_item_put(map, TL_STR("cycles"), cycles_item(arena, plan));
	return map;
}

static void digest_of(char out[TL_SHA256_SIZE], const struct tl_item *item)
{
	struct tl_buf buf = { 0 };

	tl_json_canonical(&buf, item);
	tl_sha256_hex(out, tl_buf_view(&buf));
	tl_buf_clear(&buf);
}

void tl_plan_seal(struct tl_plan *plan)
{
	struct tl_arena arena = { 0 };

	digest_of(plan->id, plan_item(&arena, plan, false));
	tl_arena_clear(&arena);
}

void tl_plan_write(struct tl_buf *buf, const struct tl_plan *plan)
{
	struct tl_arena arena = { 0 };
	struct tl_json json;

	tl_json_init(&json, buf, true);
	tl_json_item(&json, tl_item_sorted(&arena, plan_item(&arena, plan, true)));
	tl_buf_char(buf, '\n');
	tl_arena_clear(&arena);
}

/* What reading needs: where it stands, and whether something was missing or of another kind. */
struct reader {
	struct tl_plan *plan;
	bool bad;
};

static const struct tl_item *take(struct reader *reader, const struct tl_item *map, const char *key, enum tl_kind kind)
{
	const struct tl_item *item = tl_item_get(map, key);

	if (item && item->kind == kind)
		return item;
	reader->bad = true;
	return NULL;
}

static struct tl_str take_text(struct reader *reader, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = take(reader, map, key, TL_STRING);

	return item ? tl_arena_dup(&reader->plan->arena, item->text) : (struct tl_str){ NULL, 0 };
}

/* Where it may be null or left out. */
static struct tl_str take_some(struct reader *reader, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	if (!item || item->kind == TL_NULL)
		return (struct tl_str){ NULL, 0 };
	return take_text(reader, map, key);
}

static int64_t take_number(struct reader *reader, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = take(reader, map, key, TL_NUMBER);

	/* Up to 2^53 a double holds every whole number. */
	if (item && item->integer && item->number >= 0 && item->number <= 9007199254740992.0)
		return (int64_t)item->number;
	reader->bad = true;
	return 0;
}

static bool take_boolean(struct reader *reader, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = take(reader, map, key, TL_BOOLEAN);

	return item && item->boolean;
}

static int64_t take_time(struct reader *reader, const struct tl_item *map, const char *key)
{
	int64_t ms = 0;

	if (!tl_time_parse(&ms, take_text(reader, map, key)))
		reader->bad = true;
	return ms;
}

/* The place of a word in a table, or 0 with `bad`. */
static unsigned take_word(struct reader *reader, const struct tl_item *map, const char *key, const char *const *table, unsigned count)
{
	struct tl_str word = take_text(reader, map, key);

	for (unsigned i = 0; i < count; i++) {
		if (tl_str_is(word, table[i]))
			return i;
	}
	reader->bad = true;
	return 0;
}

static enum tl_action take_action(struct reader *reader, const struct tl_item *map)
{
	const char *names[TL_ACTION_COUNT];

	for (unsigned i = 0; i < TL_ACTION_COUNT; i++)
		names[i] = tl_action_name((enum tl_action)i);
	return (enum tl_action)take_word(reader, map, "action", names, TL_ACTION_COUNT);
}

/* A map, or NULL where it is null. */
static const struct tl_item *take_map_or_null(struct reader *reader, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	if (item && item->kind == TL_NULL)
		return NULL;
	return take(reader, map, key, TL_MAP);
}

static void read_flow(struct reader *reader, struct tl_planned *planned, const struct tl_item *map)
{
	const struct tl_item *base = take_map_or_null(reader, map, "base");
	const struct tl_item *wanted = take_map_or_null(reader, map, "wanted");

	planned->flow = take_text(reader, map, "flow");
	planned->action = take_action(reader, map);
	planned->renamed_from = take_some(reader, map, "renamed_from");
	planned->path = take_some(reader, map, "path");
	planned->platform_id = take_some(reader, map, "platform_id");
	planned->note = take_some(reader, map, "note");
	if (tl_item_get(map, "to"))
		planned->to = take_number(reader, map, "to");
	if (base) {
		planned->base_version = take_number(reader, base, "version");
		planned->base_digest = take_some(reader, base, "digest");
		planned->base_known = take_boolean(reader, base, "known");
	}
	if (wanted) {
		planned->wanted_digest = take_text(reader, wanted, "digest");
		planned->blob = take_some(reader, wanted, "blob");
		planned->source = take_some(reader, wanted, "source");
	}
}

static void read_flows(struct reader *reader, const struct tl_item *list)
{
	struct tl_plan *plan = reader->plan;

	if (!list)
		return;
	plan->flows = TL_ARENA_ARRAY(&plan->arena, struct tl_planned, list->count);
	for (const struct tl_item *item = list->first; item; item = item->next)
		read_flow(reader, &plan->flows[plan->n_flows++], item);
}

static void read_cycle(struct reader *reader, struct tl_plan_cycle *cycle, const struct tl_item *list)
{
	struct tl_str *flows;

	if (list->kind != TL_LIST) {
		reader->bad = true;
		return;
	}
	flows = TL_ARENA_ARRAY(&reader->plan->arena, struct tl_str, list->count);
	for (const struct tl_item *item = list->first; item; item = item->next) {
		reader->bad |= item->kind != TL_STRING;
		flows[cycle->count++] = tl_arena_dup(&reader->plan->arena, item->text);
	}
	cycle->flows = flows;
}

static void read_cycles(struct reader *reader, const struct tl_item *list)
{
	struct tl_plan *plan = reader->plan;

	if (!list)
		return;
	plan->cycles = TL_ARENA_ARRAY(&plan->arena, struct tl_plan_cycle, list->count);
	for (const struct tl_item *item = list->first; item; item = item->next)
		read_cycle(reader, &plan->cycles[plan->n_cycles++], item);
}

static void read_all(struct reader *reader, const struct tl_item *root)
{
	struct tl_plan *plan = reader->plan;

	plan->kind = (enum tl_plan_kind)take_word(reader, root, "kind", kind_table, TL_COUNT(kind_table));
	plan->environment = take_text(reader, root, "environment");
	plan->platform = take_text(reader, root, "platform");
	plan->commit = take_some(reader, root, "commit");
	plan->dirty = take_boolean(reader, root, "dirty");
	plan->promote_from = take_some(reader, root, "promote_from");
	plan->values = take_text(reader, root, "values");
	plan->created_ms = take_time(reader, root, "created");
	plan->expires_ms = take_time(reader, root, "expires");
	read_flows(reader, take(reader, root, "flows", TL_LIST));
	read_cycles(reader, take(reader, root, "cycles", TL_LIST));
}

/* The id that the rest of the file has, whatever it says. */
static void id_of(char out[TL_SHA256_SIZE], const struct tl_item *root)
{
	struct tl_arena arena = { 0 };
	struct tl_item *rest = tl_item_new(&arena, TL_MAP);

	for (const struct tl_item *item = root->first; item; item = item->next) {
		if (!tl_str_is(item->key, "id"))
			tl_item_put(rest, item->key, tl_item_copy(&arena, item));
	}
	digest_of(out, rest);
	tl_arena_clear(&arena);
}

/* Whether it is a plan of this version that nobody changed. */
static int check_root(char id[TL_SHA256_SIZE], struct tl_str path, const struct tl_item *root, struct tl_error *err)
{
	const struct tl_item *version = tl_item_get(root, "version");
	struct tl_str claimed = tl_item_text(root, "id");

	if (!version || version->kind != TL_NUMBER || version->number < PLAN_VERSION || claimed.len == 0)
		return tl_error_set(err, TL_USAGE, "'%.*s' is no plan: `flow-publish plan -o FILE` makes one", TL_FMT(path));
	if (version->number > PLAN_VERSION)
		return tl_error_set(err, TL_USAGE, "'%.*s' is a plan of a newer version of Trunkline", TL_FMT(path));
	id_of(id, root);
	if (!tl_str_is(claimed, id))
		return tl_error_set(err, TL_USAGE, "'%.*s' was changed since it was made: its id does not fit what it says; make a new plan",
		                    TL_FMT(path));
	return 0;
}

int tl_plan_read(struct tl_plan **out, struct tl_str path, struct tl_str bytes, struct tl_error *err)
{
	struct reader reader = { 0 };
	struct tl_doc *doc = NULL;
	char id[TL_SHA256_SIZE];
	int ret = -1;

	*out = NULL;
	if (tl_json_parse(&doc, path, bytes, err) != 0)
		return tl_error_wrap(err, "this is no plan");
	if (check_root(id, path, doc->root, err) != 0)
		goto out;
	reader.plan = tl_plan_new(TL_PLAN_PUBLISH);
	read_all(&reader, doc->root);
	memcpy(reader.plan->id, id, sizeof(id));
	if (reader.bad) {
		tl_plan_free(reader.plan);
		tl_error_set(err, TL_USAGE, "'%.*s' is no plan that this version of Trunkline can read", TL_FMT(path));
		goto out;
	}
	*out = reader.plan;
	ret = 0;
out:
	tl_doc_free(doc);
	return ret;
}
