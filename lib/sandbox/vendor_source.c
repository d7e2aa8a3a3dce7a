/* sandbox/vendor_source.c: the YAML of Architect flows, as the platform reads it: what is wrong with it, what it depends on, and its configuration. */
#include "platform/reading.h"
#include "sandbox/vendor.h"

static const char *const type_table[] = {
	"BOT", "COMMONMODULE", "DIGITALBOT", "EMAILSEND", "INBOUNDCALL", "INBOUNDCHAT", "INBOUNDEMAIL", "INBOUNDSHORTMESSAGE", "INQUEUECALL", "INQUEUEEMAIL",
	"INQUEUESHORTMESSAGE", "OUTBOUNDCALL", "SECURECALL", "SPEECH", "SURVEYINVITE", "VOICE", "VOICEMAIL", "VOICESURVEY", "WORKFLOW", "WORKITEM",
};

bool tl_vendor_is_type(struct tl_str type)
{
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (tl_str_equal_nocase(type, tl_str(type_table[i])))
			return true;
	}
	return false;
}

/* The map below the type; NULL where there is none. */
static const struct tl_item *body_of(const struct tl_flow *flow)
{
	const struct tl_item *root = flow && flow->doc ? flow->doc->root : NULL;

	return root && root->kind == TL_MAP && root->first && root->first->kind == TL_MAP ? root->first : NULL;
}

static void add_error(struct tl_vendor_source *out, struct tl_arena *arena, struct tl_str text)
{
	struct tl_str *more = TL_ARENA_ARRAY(arena, struct tl_str, out->n_errors + 1);

	for (size_t i = 0; i < out->n_errors; i++)
		more[i] = out->errors[i];
	more[out->n_errors++] = tl_arena_dup(arena, text);
	out->errors = more;
}

/* They say nothing of where it stands. */
static struct tl_str in_their_words(struct tl_arena *arena, const struct tl_finding *finding)
{
	size_t open = tl_str_find(finding->message, TL_STR("{{"), 0), close = tl_str_find(finding->message, TL_STR("}}"), 0);

	if (strcmp(finding->rule, "unset-substitution") != 0 || open == SIZE_MAX || close == SIZE_MAX)
		return finding->message;
	return tl_arena_printf(arena, "The pre-processor substitution key '%.*s' was not found in the options file.",
	                       TL_FMT(tl_str_trim(tl_str_slice(finding->message, open + 2, close))));
}

#define ERRORS_MAX 50

void tl_vendor_read(struct tl_vendor_source *out, struct tl_arena *arena, struct tl_str yaml)
{
	struct tl_findings findings = { 0 };
	struct tl_flow *flow = tl_reading_architect(yaml, &findings);
	const struct tl_item *body = body_of(flow);

	*out = (struct tl_vendor_source){ 0 };
	for (size_t i = 0; i < findings.count && out->n_errors < ERRORS_MAX; i++) {
		if (findings.items[i].level == TL_ERROR)
			add_error(out, arena, in_their_words(arena, &findings.items[i]));
	}
	if (!body && out->n_errors == 0)
		add_error(out, arena, TL_STR("The file is no Architect flow: it must begin with the flow's type, such as 'inboundCall'."));
	if (body) {
		out->type = tl_arena_dup(arena, body->key);
		out->name = tl_arena_dup(arena, tl_item_text(body, "name"));
		out->description = tl_arena_dup(arena, tl_item_text(body, "description"));
		out->division = tl_arena_dup(arena, tl_item_text(body, "division"));
		if (!tl_vendor_is_type(out->type))
			add_error(out, arena, tl_arena_printf(arena, "'%.*s' is no type of a flow.", TL_FMT(out->type)));
		else if (out->name.len == 0)
			add_error(out, arena, TL_STR("The flow has no name."));
	}
	tl_flow_free(flow);
	tl_findings_clear(&findings);
}

void tl_vendor_describe(const struct tl_vendor_flow *flow, struct tl_vendor_version *version)
{
	struct tl_flow *read = tl_reading_architect(version->content, NULL);
	const struct tl_item *body = body_of(read), *list = tl_item_get(body, "supportedLanguages");
	struct tl_arena *arena = &flow->vendor->arena;

	version->language = tl_arena_dup(arena, tl_item_text(body, "defaultLanguage"));
	if (list && (list->kind == TL_MAP || list->kind == TL_LIST)) {
		version->languages = TL_ARENA_ARRAY(arena, struct tl_str, list->count);
		for (const struct tl_item *item = list->first; item; item = item->next) {
			struct tl_str language = list->kind == TL_MAP ? item->key : item->kind == TL_MAP && item->first ? item->first->key : item->text;

			version->languages[version->n_languages++] = tl_arena_dup(arena, language);
		}
	}
	tl_flow_free(read);
}

/* ---- what it depends on */

/* "Prompt.Hello" is the user prompt "Hello". */
static struct tl_str prompt_name(struct tl_str name, bool *system)
{
	*system = tl_str_starts(name, TL_STR("PromptSystem."));
	if (*system)
		return tl_str_slice(name, 13, name.len);
	return tl_str_starts(name, TL_STR("Prompt.")) ? tl_str_slice(name, 7, name.len) : name;
}

static void look_up(struct tl_vendor_need *need, const struct tl_vendor *vendor, enum tl_vendor_list list, const char *type, const char *noun)
{
	const struct tl_vendor_thing *thing = tl_vendor_thing(vendor, list, need->name);

	if (need->id.len > 0)
		return;
	need->type = type;
	need->noun = noun;
	if (thing)
		need->id = thing->id;
}

static void look_up_flow(struct tl_vendor_need *need, struct tl_arena *arena, const struct tl_vendor *vendor, struct tl_str type)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_named(vendor, need->name, type);

	need->type = type.len > 0 ? "COMMONMODULEFLOW" : flow ? tl_arena_printf(arena, "%.*sFLOW", TL_FMT(flow->type)).ptr : "INBOUNDCALLFLOW";
	need->noun = type.len > 0 ? "common module" : "flow";
	if (flow && flow->published) {
		need->id = flow->id;
		need->version = flow->published->id;
	}
}

static void look_up_schedule(struct tl_vendor_need *need, const struct tl_vendor *vendor)
{
	look_up(need, vendor, TL_LIST_SCHEDULE_GROUPS, "SCHEDULEGROUP", "schedule group");
	look_up(need, vendor, TL_LIST_EMERGENCY_GROUPS, "EMERGENCYGROUP", "emergency group");
	look_up(need, vendor, TL_LIST_SCHEDULES, "SCHEDULE", "schedule");
}

/* "Category/Action" */
static void look_up_action(struct tl_vendor_need *need, const struct tl_vendor *vendor)
{
	size_t slash = tl_str_find(need->name, TL_STR("/"), 0);

	if (slash != SIZE_MAX)
		need->name = tl_str_slice(need->name, slash + 1, need->name.len);
	look_up(need, vendor, TL_LIST_ACTIONS, "DATAACTION", "data action");
}

static void look_up_user(struct tl_vendor_need *need, const struct tl_vendor *vendor)
{
	const struct tl_vendor_actor *actor = tl_vendor_find_actor(vendor, need->name);

	need->type = "USER";
	need->noun = "user";
	if (actor && actor->person)
		need->id = actor->id;
}

/* False: nothing that the platform keeps. */
static bool look_up_need(struct tl_vendor_need *need, struct tl_arena *arena, const struct tl_vendor *vendor, const struct tl_need *named)
{
	bool system = false;

	*need = (struct tl_vendor_need){ .name = tl_arena_dup(arena, named->name) };
	if (!named->fixed)
		return false;
	switch (named->kind) {
	case TL_NEED_QUEUE:
		look_up(need, vendor, TL_LIST_QUEUES, "QUEUE", "queue");
		return true;
	case TL_NEED_FLOW:
		look_up_flow(need, arena, vendor, TL_STR(""));
		return true;
	case TL_NEED_MODULE:
		look_up_flow(need, arena, vendor, TL_STR("COMMONMODULE"));
		return true;
	case TL_NEED_ACTION:
		look_up_action(need, vendor);
		return true;
	case TL_NEED_SCHEDULE:
		look_up_schedule(need, vendor);
		return true;
	case TL_NEED_USER:
		look_up_user(need, vendor);
		return true;
	case TL_NEED_PROMPT:
		need->name = prompt_name(need->name, &system);
		look_up(need, vendor, TL_LIST_PROMPTS, "USERPROMPT", "user prompt");
		return !system;
	default:
		return false;
	}
}

struct tl_vendor_need *tl_vendor_needs(size_t *count, struct tl_arena *arena, const struct tl_vendor *vendor, struct tl_str yaml)
{
	struct tl_flow *flow = tl_reading_architect(yaml, NULL);
	struct tl_vendor_need *list = TL_ARENA_ARRAY(arena, struct tl_vendor_need, flow ? flow->n_needs : 0), need;
	struct tl_map seen = { 0 };
	bool made;

	*count = 0;
	for (uint32_t i = 0; flow && i < flow->n_needs; i++) {
		if (!look_up_need(&need, arena, vendor, &flow->needs[i]))
			continue;
		tl_map_put(&seen, tl_arena_printf(arena, "%s %.*s", need.noun, TL_FMT(need.name)), &made);
		if (made)
			list[(*count)++] = need;
	}
	tl_map_clear(&seen);
	tl_flow_free(flow);
	return list;
}

struct tl_str tl_vendor_missing(struct tl_arena *arena, const struct tl_vendor *vendor, struct tl_str yaml)
{
	struct tl_str text = TL_STR("");
	size_t count;
	const struct tl_vendor_need *needs = tl_vendor_needs(&count, arena, vendor, yaml);

	for (size_t i = 0; i < count; i++) {
		if (needs[i].id.len == 0)
			text = tl_arena_printf(arena, "%.*s%s%s '%.*s'", TL_FMT(text), text.len > 0 ? ", " : "", needs[i].noun, TL_FMT(needs[i].name));
	}
	return text;
}

/* ---- the configuration */

/* The number after the last '_' of a refId; 0: it has none. */
static int64_t tracking(struct tl_str id)
{
	int64_t number = 0;
	size_t at = id.len;

	while (at > 0 && id.len - at < 9 && id.ptr[at - 1] >= '0' && id.ptr[at - 1] <= '9')
		at--;
	for (size_t i = at; i < id.len; i++)
		number = number * 10 + (id.ptr[i] - '0');
	return at > 0 && id.ptr[at - 1] == '_' ? number : 0;
}

static void put_piece(struct tl_json *json, const struct tl_item *piece)
{
	const struct tl_item *actions = tl_item_get(piece, "actions");
	struct tl_arena arena = { 0 };
	struct tl_str id = tl_item_text(piece, "refId");

	tl_json_map(json);
	tl_json_put(json, "__type", piece->key);
	tl_json_put(json, "id", tl_vendor_id(&arena, "item", id.len > 0 ? id : tl_item_text(piece, "name")));
	tl_json_put(json, "name", tl_item_text(piece, "name"));
	tl_json_put_integer(json, "trackingId", tracking(id));
	if (actions && actions->kind == TL_LIST) {
		tl_json_key(json, "actionList");
		tl_json_list(json);
		for (const struct tl_item *action = actions->first; action; action = action->next) {
			if (action->kind != TL_MAP || !action->first)
				continue;
			tl_json_map(json);
			tl_json_put(json, "__type", action->first->key);
			tl_json_put(json, "name", tl_item_text(action->first, "name"));
			tl_json_map_end(json);
		}
		tl_json_list_end(json);
	}
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static void put_manifest(struct tl_json *json, const struct tl_vendor *vendor, struct tl_str yaml)
{
	struct tl_arena arena = { 0 };
	size_t count;
	const struct tl_vendor_need *needs = tl_vendor_needs(&count, &arena, vendor, yaml);

	tl_json_key(json, "manifest");
	tl_json_list(json);
	for (size_t i = 0; i < count; i++) {
		tl_json_map(json);
		tl_json_put(json, "type", tl_str(needs[i].type));
		tl_json_put(json, "id", needs[i].id);
		tl_json_put(json, "name", needs[i].name);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_arena_clear(&arena);
}

void tl_vendor_put_configuration(struct tl_json *json, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	static const char *const list_table[] = { "menus", "tasks", "states", "bots" };
	struct tl_flow *read = tl_reading_architect(version->content, NULL);
	const struct tl_item *body = body_of(read), *list;

	tl_json_map(json);
	tl_json_put(json, "name", flow->name);
	tl_json_put(json, "type", flow->type);
	tl_json_put(json, "description", flow->description);
	tl_json_put(json, "defaultLanguage", version->language);
	tl_json_key(json, "flowSequenceItemList");
	tl_json_list(json);
	for (size_t i = 0; i < TL_COUNT(list_table); i++) {
		list = tl_item_get(body, list_table[i]);
		for (const struct tl_item *item = list && list->kind == TL_LIST ? list->first : NULL; item; item = item->next) {
			if (item->kind == TL_MAP && item->first && item->first->kind == TL_MAP)
				put_piece(json, item->first);
		}
	}
	tl_json_list_end(json);
	put_manifest(json, flow->vendor, version->content);
	tl_json_map_end(json);
	tl_flow_free(read);
}
