/* sandbox/vendor_seed.c: what a seed says under `architect`: people, clients, roles, lists, flows with their locks, and how the platform behaves.
 *
 * architect: {users: [{name, email, id, roles}], clients: [{id, name, roles}], roles: [{name, id, description, permissionPolicies}], queues: […] (and the other lists),
 * flows: [FILE or {file or yaml, id, draft, published, locked}], values: {KEY: TEXT}, revoked: [PERMISSION], strict, exportStyle, ownLock, jobs: {start, run}, urlLife} */
#include <stdlib.h>

#include "base/file.h"
#include "sandbox/vendor.h"

#define FLOW_LIMIT ((uint64_t)16 << 20)

struct seeding {
	struct tl_vendor *vendor;
	const char *folder;
	const struct tl_item *values; /* for {{key}}; may be NULL */
	struct tl_error *err;
};

/* ---- people */

static struct tl_str text_or(const struct tl_item *map, const char *key, struct tl_str usual)
{
	struct tl_str text = tl_item_text(map, key);

	return text.len > 0 ? text : usual;
}

static void take_roles(struct tl_vendor *vendor, struct tl_vendor_actor *actor, const struct tl_item *roles)
{
	if (!roles || roles->kind != TL_LIST)
		return;
	actor->roles = TL_ARENA_ARRAY(&vendor->arena, struct tl_str, roles->count);
	actor->n_roles = 0;
	for (const struct tl_item *role = roles->first; role; role = role->next)
		actor->roles[actor->n_roles++] = tl_arena_dup(&vendor->arena, role->text);
}

static int seed_user(struct seeding *seeding, const struct tl_item *item)
{
	struct tl_vendor *vendor = seeding->vendor;
	struct tl_str name = item->kind == TL_STRING ? item->text : tl_item_text(item, "name");
	struct tl_vendor_actor *user;

	if (name.len == 0)
		return tl_error_set(seeding->err, TL_USAGE, "a user is a name, or a map with 'name'");
	user = tl_vendor_add_actor(vendor, true, text_or(item, "id", tl_vendor_id(&vendor->arena, "user", name)), name);
	user->email = tl_arena_dup(&vendor->arena, tl_item_text(item, "email"));
	take_roles(vendor, user, tl_item_get(item, "roles"));
	return 0;
}

static int seed_client(struct seeding *seeding, const struct tl_item *item)
{
	struct tl_str id = tl_item_text(item, "id");

	/* The sandbox's own one, whose id nobody knows before it is there. */
	if (tl_str_is(id, "own"))
		id = seeding->vendor->sandbox->client_id;
	if (id.len == 0)
		return tl_error_set(seeding->err, TL_USAGE, "a client needs 'id': one of the seed's clients, or 'own'");
	take_roles(seeding->vendor, tl_vendor_add_actor(seeding->vendor, false, id, text_or(item, "name", id)), tl_item_get(item, "roles"));
	return 0;
}

static int seed_role(struct seeding *seeding, const struct tl_item *item)
{
	const struct tl_item *policies = tl_item_get(item, "permissionPolicies");
	struct tl_vendor *vendor = seeding->vendor;

	if (tl_item_text(item, "name").len == 0 || !policies || policies->kind != TL_LIST)
		return tl_error_set(seeding->err, TL_USAGE, "a role needs 'name' and 'permissionPolicies', a list");
	tl_vendor_add_role(vendor, tl_item_text(item, "id"), tl_item_text(item, "name"), policies)->description =
		tl_arena_dup(&vendor->arena, tl_item_text(item, "description"));
	return 0;
}

static int seed_revoked(struct seeding *seeding, const struct tl_item *item)
{
	tl_vendor_revoke(seeding->vendor, item->text, false);
	return 0;
}

/* ---- flows */

/* {{key}} of the values replaced; what has none stays. */
static struct tl_str fill(struct tl_arena *arena, struct tl_str yaml, const struct tl_item *values)
{
	struct tl_buf out = { 0 };
	struct tl_str filled;
	size_t at = 0, open, close;

	while (values && (open = tl_str_find(yaml, TL_STR("{{"), at)) != SIZE_MAX && (close = tl_str_find(yaml, TL_STR("}}"), open)) != SIZE_MAX) {
		const struct tl_item *value = tl_item_get_str(values, tl_str_trim(tl_str_slice(yaml, open + 2, close)));

		tl_buf_str(&out, tl_str_slice(yaml, at, open));
		tl_buf_str(&out, value ? value->text : tl_str_slice(yaml, open, close + 2));
		at = close + 2;
	}
	tl_buf_str(&out, tl_str_slice(yaml, at, yaml.len));
	filled = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return filled;
}

/* The text of a file or the text itself: `map` has `key` for the former, `other` for the latter. */
static int read_yaml(struct tl_str *yaml, struct tl_arena *arena, struct seeding *seeding, struct tl_str file, struct tl_str text)
{
	if (file.len > 0 && tl_file_read(&text, arena, tl_path_join(arena, tl_str(seeding->folder), file).ptr, FLOW_LIMIT, seeding->err) != 0)
		return -1;
	*yaml = fill(arena, text, seeding->values);
	return 0;
}

static int lock(struct seeding *seeding, struct tl_vendor_flow *flow, const struct tl_item *locked)
{
	struct tl_str name = tl_item_text(locked, "user");

	if (!locked)
		return 0;
	if (name.len == 0)
		name = tl_item_text(locked, "client");
	flow->holder = tl_vendor_find_actor(seeding->vendor, name);
	return flow->holder ? 0 : tl_error_set(seeding->err, TL_USAGE, "'locked' takes {user: NAME} or {client: ID} of those there are");
}

static bool is_false(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	return item && item->kind == TL_BOOLEAN && !item->boolean;
}

/* `item` may be NULL: the file's name is all there is. */
static int add_flow(struct seeding *seeding, struct tl_arena *arena, struct tl_str yaml, struct tl_str what, const struct tl_item *item)
{
	struct tl_vendor *vendor = seeding->vendor;
	struct tl_str draft_file = tl_item_text(item, "draftFile"), draft = tl_item_text(item, "draft");
	struct tl_vendor_source source;
	struct tl_vendor_flow *flow;
	enum tl_vendor_kind kind = is_false(item, "published") ? TL_VENDOR_CHECKIN : TL_VENDOR_PUBLISH;

	tl_vendor_read(&source, arena, yaml);
	if (source.n_errors > 0)
		return tl_error_set(seeding->err, TL_USAGE, "flow '%.*s': %.*s", TL_FMT(what), TL_FMT(source.errors[0]));
	if (read_yaml(&draft, arena, seeding, draft_file, draft) != 0)
		return -1;
	flow = tl_vendor_flow_named(vendor, source.name, source.type);
	if (!flow)
		flow = tl_vendor_add_flow(vendor, tl_item_text(item, "id"), source.name, source.type);
	flow->description = tl_arena_dup(&vendor->arena, source.description);
	/* A seed that is given again changes nothing. */
	if (!flow->checked_in || !tl_str_equal(flow->checked_in->content, yaml))
		tl_vendor_add_version(flow, kind, yaml, tl_vendor_anybody(vendor));
	if (draft.len > 0)
		tl_vendor_add_version(flow, TL_VENDOR_SAVE, draft, tl_vendor_anybody(vendor));
	if (lock(seeding, flow, tl_item_get(item, "locked")) != 0)
		return -1;
	tl_vendor_changed(flow);
	return 0;
}

static int seed_flow(struct seeding *seeding, const struct tl_item *item)
{
	struct tl_arena arena = { 0 };
	struct tl_str file = item->kind == TL_STRING ? item->text : tl_item_text(item, "file"), yaml;
	int ret = -1;

	if (file.len == 0 && tl_item_text(item, "yaml").len == 0)
		tl_error_set(seeding->err, TL_USAGE, "a flow is the name of a file, or a map with 'file' or 'yaml'");
	else if (read_yaml(&yaml, &arena, seeding, file, tl_item_text(item, "yaml")) == 0)
		ret = add_flow(seeding, &arena, yaml, file.len > 0 ? file : TL_STR("yaml"), item->kind == TL_MAP ? item : NULL);
	tl_arena_clear(&arena);
	return ret;
}

/* ---- how the platform behaves */

static int seed_strict(struct seeding *seeding, const struct tl_item *item)
{
	seeding->vendor->strict = item->kind == TL_BOOLEAN && item->boolean;
	return item->kind == TL_BOOLEAN ? 0 : tl_error_set(seeding->err, TL_USAGE, "it takes true or false");
}

static int seed_style(struct seeding *seeding, const struct tl_item *item)
{
	static const char *const name_table[] = {
		[TL_STYLE_AS_IS] = "as-is", [TL_STYLE_RENUMBERED] = "renumbered", [TL_STYLE_DEFAULTS] = "defaults",
	};

	for (unsigned i = 0; i < TL_COUNT(name_table); i++) {
		if (!tl_str_is(item->text, name_table[i]))
			continue;
		seeding->vendor->style = (enum tl_vendor_style)i;
		return 0;
	}
	return tl_error_set(seeding->err, TL_USAGE, "it takes as-is, renumbered or defaults");
}

static int seed_own_lock(struct seeding *seeding, const struct tl_item *item)
{
	seeding->vendor->own_lock_refused = tl_str_is(item->text, "refused");
	if (tl_str_is(item->text, "refused") || tl_str_is(item->text, "passed"))
		return 0;
	return tl_error_set(seeding->err, TL_USAGE, "it takes passed or refused");
}

static int seed_jobs(struct seeding *seeding, const struct tl_item *item)
{
	struct tl_str start = tl_item_text(item, "start"), run = tl_item_text(item, "run");

	if ((start.len == 0 || tl_duration_parse(&seeding->vendor->start_ms, start)) && (run.len == 0 || tl_duration_parse(&seeding->vendor->run_ms, run)))
		return 0;
	return tl_error_set(seeding->err, TL_USAGE, "'start' and 'run' take durations such as 200ms");
}

static int seed_url_life(struct seeding *seeding, const struct tl_item *item)
{
	if (tl_duration_parse(&seeding->vendor->url_ms, item->text))
		return 0;
	return tl_error_set(seeding->err, TL_USAGE, "it takes a duration such as 10m");
}

/* In the order in which they are read: later ones name earlier ones. A list's `read` is given each of its members. */
static const struct {
	const char *key;
	bool list;
	int (*read)(struct seeding *seeding, const struct tl_item *item);
} key_table[] = {
	{ "roles", true, seed_role },
	{ "users", true, seed_user },
	{ "clients", true, seed_client },
	{ "revoked", true, seed_revoked },
	{ "strict", false, seed_strict },
	{ "exportStyle", false, seed_style },
	{ "ownLock", false, seed_own_lock },
	{ "jobs", false, seed_jobs },
	{ "urlLife", false, seed_url_life },
	{ "flows", true, seed_flow },
};

static int read_key(struct seeding *seeding, size_t row, const struct tl_item *item)
{
	if (!key_table[row].list)
		return key_table[row].read(seeding, item);
	if (item->kind != TL_LIST)
		return tl_error_set(seeding->err, TL_USAGE, "it must be a list");
	for (const struct tl_item *member = item->first; member; member = member->next) {
		if (key_table[row].read(seeding, member) != 0)
			return -1;
	}
	return 0;
}

/* The lists, and keys that there are none of. */
static int read_lists(struct seeding *seeding, const struct tl_item *map)
{
	for (const struct tl_item *item = map->first; item; item = item->next) {
		enum tl_vendor_list list = tl_vendor_list_of(item->key);
		size_t row = 0;

		while (row < TL_COUNT(key_table) && !tl_str_is(item->key, key_table[row].key))
			row++;
		if (row < TL_COUNT(key_table) || tl_str_is(item->key, "values"))
			continue;
		if (list == TL_LISTS)
			return tl_error_set(seeding->err, TL_USAGE, "there is no '%.*s'", TL_FMT(item->key));
		if (item->kind != TL_LIST)
			return tl_error_set(seeding->err, TL_USAGE, "%.*s: it must be a list", TL_FMT(item->key));
		for (const struct tl_item *member = item->first; member; member = member->next) {
			if (tl_vendor_add_thing(seeding->vendor, list, member, seeding->err) != 0)
				return -1;
		}
	}
	return 0;
}

int tl_vendor_seed(void *state, struct tl_sandbox *sandbox, const struct tl_item *map, const char *folder, struct tl_error *err)
{
	struct seeding seeding = { .vendor = state, .folder = folder, .values = tl_item_get(map, "values"), .err = err };
	const struct tl_item *item;

	(void)sandbox;
	if (map->kind != TL_MAP)
		return tl_error_set(err, TL_USAGE, "it must be a map");
	if (read_lists(&seeding, map) != 0)
		return -1;
	for (size_t i = 0; i < TL_COUNT(key_table); i++) {
		item = tl_item_get(map, key_table[i].key);
		if (item && read_key(&seeding, i, item) != 0)
			return tl_error_wrap(err, "%s", key_table[i].key);
	}
	return 0;
}
