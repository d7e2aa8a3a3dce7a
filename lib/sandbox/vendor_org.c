/* sandbox/vendor_org.c: the vendor's organisation: users, OAuth clients and roles, and what they may do. */
#include <stdlib.h>

#include "crypto/sha256.h"
#include "doc/json.h"
#include "sandbox/vendor_job.h"
#include "store/db.h"

#define PUBLISHER "Flow publisher"
#define HOUR_MS ((int64_t)3600 * 1000)

/* What publishing flows takes, and looking up what they name. */
static const char publisher_policies[] =
	"[{\"domain\":\"architect\",\"entityName\":\"flow\",\"actionSet\":[\"add\",\"delete\",\"edit\",\"launch\",\"publish\",\"search\",\"unlock\",\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"job\",\"actionSet\":[\"create\",\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"jobExport\",\"actionSet\":[\"create\",\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"jobValidate\",\"actionSet\":[\"create\",\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"flowExecution\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"dependencyTracking\",\"actionSet\":[\"rebuild\",\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"userPrompt\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"systemPrompt\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"architect\",\"entityName\":\"datatable\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"queue\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"schedule\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"scheduleGroup\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"emergencyGroup\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"skill\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"language\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"routing\",\"entityName\":\"wrapupCode\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"integrations\",\"entityName\":\"action\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"integrations\",\"entityName\":\"integration\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"directory\",\"entityName\":\"user\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"directory\",\"entityName\":\"group\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"scripter\",\"entityName\":\"publishedScript\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"authorization\",\"entityName\":\"role\",\"actionSet\":[\"view\"]},"
	"{\"domain\":\"notifications\",\"entityName\":\"channel\",\"actionSet\":[\"*\"]}]";

struct tl_vendor *tl_vendor_of(const struct tl_sandbox *sandbox)
{
	return tl_part_state(sandbox, &tl_part_vendor);
}

int64_t tl_vendor_now(const struct tl_vendor *vendor)
{
	const struct tl_clock *clock = tl_sandbox_clock(vendor->sandbox);

	return clock->now_ms(clock->data);
}

struct tl_str tl_vendor_id(struct tl_arena *arena, const char *kind, struct tl_str name)
{
	struct tl_str seed = tl_arena_printf(arena, "%s\n%.*s", kind, TL_FMT(name));
	char hex[TL_SHA256_SIZE];

	tl_sha256_hex(hex, seed);
	return tl_arena_printf(arena, "%.8s-%.4s-5%.3s-a%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20);
}

/* ---- actors */

struct tl_vendor_actor *tl_vendor_find_actor(const struct tl_vendor *vendor, struct tl_str text)
{
	for (size_t i = 0; i < vendor->n_actors; i++) {
		struct tl_vendor_actor *actor = vendor->actors[i];

		if (tl_str_equal(actor->id, text) || tl_str_equal(actor->name, text) || (text.len > 0 && tl_str_equal_nocase(actor->email, text)))
			return actor;
	}
	return NULL;
}

struct tl_vendor_actor *tl_vendor_add_actor(struct tl_vendor *vendor, bool person, struct tl_str id, struct tl_str name)
{
	struct tl_vendor_actor *actor = NULL;

	for (size_t i = 0; i < vendor->n_actors && !actor; i++)
		actor = tl_str_equal(vendor->actors[i]->id, id) ? vendor->actors[i] : NULL;
	if (!actor) {
		actor = TL_ARENA_NEW(&vendor->arena, struct tl_vendor_actor);
		actor->id = tl_arena_dup(&vendor->arena, id);
		actor->roles = TL_ARENA_NEW(&vendor->arena, struct tl_str);
		actor->roles[actor->n_roles++] = TL_STR(PUBLISHER);
		vendor->actors = tl_grow(vendor->actors, &vendor->actor_capacity, vendor->n_actors + 1, sizeof(struct tl_vendor_actor *));
		vendor->actors[vendor->n_actors++] = actor;
	}
	actor->person = person;
	actor->name = tl_arena_dup(&vendor->arena, name);
	return actor;
}

struct tl_vendor_actor *tl_vendor_anybody(struct tl_vendor *vendor)
{
	for (size_t i = 0; i < vendor->n_actors; i++) {
		if (vendor->actors[i]->person)
			return vendor->actors[i];
	}
	return NULL;
}

struct tl_vendor_actor *tl_vendor_actor(const struct tl_routed *call)
{
	struct tl_vendor *vendor = tl_vendor_of(call->sandbox);

	for (size_t i = 0; i < vendor->n_actors; i++) {
		if (tl_str_equal(vendor->actors[i]->id, call->token->client))
			return vendor->actors[i];
	}
	/* A client of the seed's `clients` that `architect` says nothing of. */
	return tl_vendor_add_actor(vendor, false, call->token->client, call->token->client);
}

/* ---- what they may do */

const struct tl_vendor_role *tl_vendor_role(const struct tl_vendor *vendor, struct tl_str text)
{
	for (size_t i = 0; i < vendor->n_roles; i++) {
		if (tl_str_equal(vendor->roles[i]->id, text) || tl_str_equal(vendor->roles[i]->name, text))
			return vendor->roles[i];
	}
	return NULL;
}

static bool is_revoked(const struct tl_vendor *vendor, struct tl_str permission)
{
	for (size_t i = 0; i < vendor->n_revoked; i++) {
		if (tl_str_equal(vendor->revoked[i], permission))
			return true;
	}
	return false;
}

static bool text_covers(struct tl_str text, struct tl_str wanted)
{
	return tl_str_is(text, "*") || tl_str_equal(text, wanted);
}

static bool policy_covers(const struct tl_item *policy, const struct tl_str parts[3])
{
	const struct tl_item *actions = tl_item_get(policy, "actionSet");

	if (!text_covers(tl_item_text(policy, "domain"), parts[0]) || !text_covers(tl_item_text(policy, "entityName"), parts[1]))
		return false;
	for (const struct tl_item *action = actions ? actions->first : NULL; action; action = action->next) {
		if (text_covers(action->text, parts[2]))
			return true;
	}
	return false;
}

/* "architect:flow:view" */
static void split_permission(struct tl_str parts[3], struct tl_str permission)
{
	size_t first = tl_str_find(permission, TL_STR(":"), 0), second;

	parts[0] = tl_str_slice(permission, 0, first == SIZE_MAX ? permission.len : first);
	parts[1] = parts[2] = TL_STR("");
	if (first == SIZE_MAX)
		return;
	second = tl_str_find(permission, TL_STR(":"), first + 1);
	parts[1] = tl_str_slice(permission, first + 1, second == SIZE_MAX ? permission.len : second);
	if (second != SIZE_MAX)
		parts[2] = tl_str_slice(permission, second + 1, permission.len);
}

bool tl_vendor_may(const struct tl_vendor *vendor, const struct tl_vendor_actor *actor, struct tl_str permission)
{
	struct tl_str parts[3];

	if (is_revoked(vendor, permission))
		return false;
	split_permission(parts, permission);
	for (size_t i = 0; i < actor->n_roles; i++) {
		const struct tl_vendor_role *role = tl_vendor_role(vendor, actor->roles[i]);

		for (const struct tl_item *policy = role ? role->policies->first : NULL; policy; policy = policy->next) {
			if (policy_covers(policy, parts))
				return true;
		}
	}
	return false;
}

bool tl_vendor_permits(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	const struct tl_vendor_actor *actor = tl_vendor_actor(call);
	struct tl_str text = tl_str(call->route->scope);
	size_t start = 0, end;

	if (!call->route->scope)
		return true;
	for (; start < text.len; start = end + 1) {
		end = tl_str_find(text, TL_STR("|"), start);
		if (end == SIZE_MAX)
			end = text.len;
		if (tl_vendor_may(vendor, actor, tl_str_slice(text, start, end)))
			return true;
	}
	if (tl_str_find(text, TL_STR("|"), 0) == SIZE_MAX) {
		const char *params[][2] = { { "permissions", call->route->scope }, { NULL, NULL } };

		tl_vendor_refuse(call, 403, "missing.permissions", params, "Unable to perform the requested action. You are missing the following permission(s): %s",
		                 call->route->scope);
	} else {
		struct tl_str listed = tl_arena_printf(call->arena, "[%s]", call->route->scope);
		const char *params[][2] = { { "permissions", listed.ptr }, { NULL, NULL } };

		for (size_t i = 0; i < listed.len; i++)
			((char *)(uintptr_t)listed.ptr)[i] = listed.ptr[i] == '|' ? ',' : listed.ptr[i];
		tl_vendor_refuse(call, 403, "missing.any.permissions", params,
		                 "Unable to perform the requested action. You must have at least one of the following permissions assigned: %s", listed.ptr);
	}
	return false;
}

void tl_vendor_revoke(struct tl_vendor *vendor, struct tl_str permission, bool back)
{
	for (size_t i = 0; i < vendor->n_revoked; i++) {
		if (!tl_str_equal(vendor->revoked[i], permission))
			continue;
		if (back)
			vendor->revoked[i] = vendor->revoked[--vendor->n_revoked];
		return;
	}
	if (back)
		return;
	vendor->revoked = tl_grow(vendor->revoked, &vendor->revoked_capacity, vendor->n_revoked + 1, sizeof(*vendor->revoked));
	vendor->revoked[vendor->n_revoked++] = tl_arena_dup(&vendor->arena, permission);
}

/* ---- roles */

struct tl_vendor_role *tl_vendor_add_role(struct tl_vendor *vendor, struct tl_str id, struct tl_str name, const struct tl_item *policies)
{
	struct tl_vendor_role *role = TL_ARENA_NEW(&vendor->arena, struct tl_vendor_role);

	role->name = tl_arena_dup(&vendor->arena, name);
	role->id = id.len > 0 ? tl_arena_dup(&vendor->arena, id) : tl_vendor_id(&vendor->arena, "role", role->name);
	role->policies = tl_item_dup(&vendor->arena, policies);
	for (size_t i = 0; i < vendor->n_roles; i++) {
		if (tl_str_equal(vendor->roles[i]->id, role->id)) {
			vendor->roles[i] = role;
			return role;
		}
	}
	vendor->roles = tl_grow(vendor->roles, &vendor->role_capacity, vendor->n_roles + 1, sizeof(struct tl_vendor_role *));
	vendor->roles[vendor->n_roles++] = role;
	return role;
}

/* The actions of a policy that were not taken away. */
void tl_vendor_put_actions(struct tl_json *json, const char *key, const struct tl_vendor *vendor, const struct tl_item *policy)
{
	const struct tl_item *actions = tl_item_get(policy, "actionSet");
	struct tl_arena arena = { 0 };

	tl_json_key(json, key);
	tl_json_list(json);
	for (const struct tl_item *action = actions ? actions->first : NULL; action; action = action->next) {
		if (!is_revoked(vendor, tl_arena_printf(&arena, "%.*s:%.*s:%.*s", TL_FMT(tl_item_text(policy, "domain")),
		                                        TL_FMT(tl_item_text(policy, "entityName")), TL_FMT(action->text))))
			tl_json_string(json, action->text);
	}
	tl_json_list_end(json);
	tl_arena_clear(&arena);
}

/* ---- the part */

static int open_vendor(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct tl_vendor *vendor = tl_alloc_zero(1, sizeof(*vendor));
	struct tl_vendor_actor *person;
	struct tl_doc *policies = NULL;

	*state = vendor;
	vendor->sandbox = sandbox;
	vendor->run_ms = sandbox->config.publish_ms;
	vendor->url_ms = HOUR_MS;
	vendor->lists[TL_LIST_DIVISIONS].items = tl_grow(NULL, &vendor->lists[TL_LIST_DIVISIONS].capacity, 1, sizeof(struct tl_vendor_thing));
	vendor->lists[TL_LIST_DIVISIONS].items[0] = (struct tl_vendor_thing){ tl_vendor_id(&vendor->arena, "division", TL_STR("Home")), TL_STR("Home"), NULL };
	vendor->lists[TL_LIST_DIVISIONS].count = 1;
	vendor->organization = tl_vendor_id(&vendor->arena, "organization", TL_STR("Sandbox"));
	if (tl_json_parse(&policies, TL_STR("policies"), tl_str(publisher_policies), err) != 0)
		return -1;
	tl_vendor_add_role(vendor, TL_STR(""), TL_STR(PUBLISHER), policies->root)->description = TL_STR("Publishes flows from a repository");
	tl_doc_free(policies);
	tl_vendor_add_actor(vendor, false, sandbox->client_id, TL_STR("Trunkline"));
	person = tl_vendor_add_actor(vendor, true, tl_vendor_id(&vendor->arena, "user", TL_STR("Pat Example")), TL_STR("Pat Example"));
	person->email = TL_STR("pat@example.com");
	return tl_vendor_load(vendor, err);
}

static void close_vendor(void *state)
{
	struct tl_vendor *vendor = state;

	for (size_t i = 0; i < vendor->n_flows; i++) {
		free(vendor->flows[i]->versions);
		free(vendor->flows[i]->events);
	}
	free(vendor->flows);
	free(vendor->actors);
	free(vendor->roles);
	free(vendor->revoked);
	tl_map_clear(&vendor->flow_ids);
	tl_db_close(vendor->db);
	tl_vendor_clear_lists(vendor);
	tl_vendor_clear_jobs(vendor);
	tl_arena_clear(&vendor->arena);
	free(vendor);
}

struct tl_str tl_vendor_publisher(const struct tl_sandbox *sandbox)
{
	return tl_vendor_of(sandbox)->roles[0]->id;
}

const struct tl_part tl_part_vendor = {
	.name = "architect",
	.open = open_vendor,
	.close = close_vendor,
	.seed_key = "architect",
	.seed = tl_vendor_seed,
	.faces = TL_FACE_ARCHITECT,
};
