/* dialect/architect_extras.c: settings that the model has no room for are kept as they are, without tracking numbers; and the names of outside
 * things in them. */
#include <assert.h>

#include "dialect/architect.h"

void tl_arch_take(struct tl_arch_taken *taken, const char *key)
{
	assert(taken->count < TL_ARCH_TAKEN);
	taken->keys[taken->count++] = key;
}

void tl_arch_take_choice(struct tl_arch_taken *taken, const struct tl_item *item)
{
	static const char *const choice_table[] = { "dtmf", "globalDtmf", "globalSpeechRecTerms", "speechRecTerms" };

	for (size_t i = 0; i < TL_COUNT(choice_table) && tl_str_starts(item->key, TL_STR("menu")); i++)
		tl_arch_take(taken, choice_table[i]);
}

static bool is_taken(const struct tl_arch_taken *taken, struct tl_str key)
{
	for (size_t i = 0; i < taken->count; i++) {
		if (tl_str_is(key, taken->keys[i]))
			return true;
	}
	return false;
}

/* A number that the platform gives out, or a refId that is made of one. */
static bool is_tracking(const struct tl_item *map, const struct tl_item *child)
{
	if (tl_str_is(child->key, "trackingId"))
		return true;
	return tl_str_is(child->key, "refId") && child->kind == TL_STRING &&
	       tl_arch_is_tracked(child->text, tl_item_text(map, "name"));
}

static bool is_ref(const struct tl_item *item)
{
	return item->kind == TL_STRING && tl_str_ends(item->key, TL_STR("Ref")) &&
	       (tl_str_starts(item->text, TL_STR("/")) || tl_str_starts(item->text, TL_STR(".")));
}

/* Whether the item is fit to be shared as it is. Bounded by the reader's depth, as all that follows. */
static bool is_clean(const struct tl_arch *arch, const struct tl_item *item)
{
	if (is_ref(item) || !tl_arch_is_filled(arch, item->key_span))
		return false;
	if (item->kind != TL_MAP && item->kind != TL_LIST)
		return tl_arch_is_filled(arch, item->span);
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (is_tracking(item, child) || !is_clean(arch, child))
			return false;
	}
	return true;
}

/* A deep copy without tracking numbers and stand-ins. */
static struct tl_item *scrubbed(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_path *path)
{
	struct tl_item *copy;

	if (item->kind != TL_MAP && item->kind != TL_LIST) {
		copy = tl_item_copy(tl_arch_arena(arch), item);
		copy->text = is_ref(item)            ? tl_arch_plain(arch, path, item->text)
		             : item->kind == TL_NULL ? item->text
		                                     : tl_arch_text(arch, item);
		return copy;
	}
	copy = tl_item_new(tl_arch_arena(arch), item->kind);
	copy->span = item->span;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (item->kind == TL_LIST)
			tl_item_add(copy, scrubbed(arch, child, path));
		else if (!is_tracking(item, child))
			tl_item_put(copy, tl_arch_key(arch, child), scrubbed(arch, child, path));
	}
	return copy;
}

struct tl_item *tl_arch_extras(struct tl_arch *arch, const struct tl_item *map, const struct tl_arch_taken *taken,
                               const struct tl_arch_path *path)
{
	struct tl_item *extras = NULL;

	if (!map || map->kind != TL_MAP)
		return NULL;
	for (const struct tl_item *child = map->first; child; child = child->next) {
		if (is_tracking(map, child) || is_taken(taken, child->key))
			continue;
		if (!extras)
			extras = tl_item_new(tl_arch_arena(arch), TL_MAP);
		tl_item_put(extras, tl_arch_key(arch, child),
		            is_clean(arch, child) ? tl_item_copy(tl_arch_arena(arch), child)
		                                  : scrubbed(arch, child, path));
	}
	return extras;
}

/* ---- Needs */

struct tl_need *tl_arch_need(struct tl_arch *arch, enum tl_need_kind kind, struct tl_name name, uint32_t node)
{
	struct tl_need *need = NULL;

	if (name.text.len > 0) {
		need = tl_builder_need(&arch->builder, kind, name.text, name.span, node);
		need->fixed = tl_arch_is_filled(arch, name.span);
	}
	return need;
}

/* What a setting of that name holds the name of. */
enum tl_need_kind tl_arch_need_of(struct tl_str key)
{
	static const struct {
		const char *key;
		enum tl_need_kind kind;
	} need_table[] = {
		{ "targetQueue", TL_NEED_QUEUE },       { "queue", TL_NEED_QUEUE },
		{ "targetUser", TL_NEED_USER },         { "user", TL_NEED_USER },
		{ "targetFlow", TL_NEED_FLOW },         { "selectedSchedule", TL_NEED_SCHEDULE },
		{ "schedule", TL_NEED_SCHEDULE },       { "scheduleGroup", TL_NEED_SCHEDULE },
		{ "emergencyGroup", TL_NEED_SCHEDULE }, { "inServiceSchedules", TL_NEED_SCHEDULE },
		{ "holdMusic", TL_NEED_PROMPT },        { "processingPrompt", TL_NEED_PROMPT },
		{ "prompt", TL_NEED_PROMPT },           { "audio", TL_NEED_PROMPT },
		{ "inputAudio", TL_NEED_PROMPT },       { "dataTable", TL_NEED_DATA_TABLE },
		{ "targetGroup", TL_NEED_GROUP },       { "group", TL_NEED_GROUP },
		{ "skill", TL_NEED_SKILL },             { "languageSkill", TL_NEED_LANGUAGE },
		{ "wrapupCode", TL_NEED_WRAPUP_CODE },  { "screenPopScript", TL_NEED_SCRIPT },
	};

	for (size_t i = 0; i < TL_COUNT(need_table); i++) {
		if (tl_str_is(key, need_table[i].key))
			return need_table[i].kind;
	}
	return TL_NEED_OTHER;
}

static void named_needs(struct tl_arch *arch, const struct tl_item *setting, struct tl_str key, uint32_t node)
{
	const struct tl_item *literal = tl_item_get(setting, "lit"), *prompt = tl_item_get(setting, "prompt");

	if (literal && tl_item_get(literal, "name"))
		tl_arch_need(arch, tl_arch_need_of(key), tl_arch_name(arch, literal, "name"), node);
	if (prompt && prompt->kind == TL_STRING)
		tl_arch_need(arch, TL_NEED_PROMPT, tl_arch_name(arch, setting, "prompt"), node);
	/* {name: X} alone: a flow is named so. */
	if (tl_arch_need_of(key) == TL_NEED_FLOW)
		tl_arch_need(arch, TL_NEED_FLOW, tl_arch_name(arch, setting, "name"), node);
}

/* `key` is the setting's own or, of what stands in a list, the list's. */
static void find_needs(struct tl_arch *arch, const struct tl_item *setting, struct tl_str key, uint32_t node)
{
	if (setting->kind == TL_MAP)
		named_needs(arch, setting, key, node);
	if (setting->kind != TL_MAP && setting->kind != TL_LIST)
		return;
	for (const struct tl_item *child = setting->first; child; child = child->next)
		find_needs(arch, child, setting->kind == TL_LIST ? key : child->key, node);
}

void tl_arch_needs(struct tl_arch *arch, const struct tl_item *setting, uint32_t node)
{
	find_needs(arch, setting, setting->key, node);
}
