/* deploy/depend.c: what flows name is looked up before anything is published: a job would fail for it after minutes, and without a place. */
#include "deploy/depend.h"

#include <stdlib.h>

#include "base/pool.h"
#include "base/text.h"
#include "check/run.h"

#define RULE "missing-dependency"
/* Names that are made of others are near to everything. */
#define NEAR_MOST 20000

#define BIT(kind) (1u << (kind))

/* What may be meant by a need: one of these kinds has to have the name. */
static const struct {
	enum tl_need_kind need;
	unsigned kinds;
	const char *noun;
} need_table[] = {
	{ TL_NEED_QUEUE, BIT(TL_NAMED_QUEUE), "queue" },
	{ TL_NEED_PROMPT, BIT(TL_NAMED_PROMPT), "user prompt" },
	{ TL_NEED_ACTION, BIT(TL_NAMED_ACTION), "data action" },
	{ TL_NEED_SCHEDULE, BIT(TL_NAMED_SCHEDULE) | BIT(TL_NAMED_SCHEDULE_GROUP) | BIT(TL_NAMED_EMERGENCY_GROUP), "schedule or group of schedules" },
	{ TL_NEED_DATA_TABLE, BIT(TL_NAMED_DATA_TABLE), "data table" },
	{ TL_NEED_GROUP, BIT(TL_NAMED_GROUP), "group" },
	{ TL_NEED_SKILL, BIT(TL_NAMED_SKILL), "skill" },
	{ TL_NEED_LANGUAGE, BIT(TL_NAMED_LANGUAGE), "language skill" },
	{ TL_NEED_WRAPUP_CODE, BIT(TL_NAMED_WRAPUP_CODE), "wrap-up code" },
	{ TL_NEED_SCRIPT, BIT(TL_NAMED_SCRIPT), "script" },
};

/* The row of a need, or none: TL_COUNT(need_table). */
static size_t row_of(const struct tl_need *need)
{
	size_t row = 0;

	while (row < TL_COUNT(need_table) && need_table[row].need != need->kind)
		row++;
	return row;
}

/* "Prompt.Hello" is the user prompt "Hello"; those of the platform's own come with it. */
static struct tl_str prompt_name(struct tl_str name, bool *own)
{
	static const char *const prefix_table[] = { "Prompt.", "PromptUser." };

	*own = tl_str_starts(name, TL_STR("PromptSystem."));
	for (size_t i = 0; i < TL_COUNT(prefix_table); i++) {
		if (tl_str_starts(name, tl_str(prefix_table[i])))
			return tl_str_slice(name, strlen(prefix_table[i]), name.len);
	}
	return name;
}

/* Whether a need can be looked up: that it has a name which stands in the file. */
static bool is_certain(const struct tl_need *need)
{
	bool own = false;

	if (need->kind == TL_NEED_PROMPT)
		prompt_name(need->name, &own);
	return need->fixed && need->name.len > 0 && !own;
}

unsigned tl_depend_kinds(const struct tl_flow *flow)
{
	unsigned kinds = 0;

	for (uint32_t i = 0; flow->dialect == TL_DIALECT_ARCHITECT && i < flow->n_needs; i++) {
		size_t row = row_of(&flow->needs[i]);

		if (row < TL_COUNT(need_table) && is_certain(&flow->needs[i]))
			kinds |= need_table[row].kinds;
	}
	return kinds;
}

/* One looking up. */
struct depending {
	struct tl_now *now;
	struct tl_deploy *deploy;
	struct tl_arena arena;
	struct tl_arena arenas[TL_NAMED_KINDS];
	enum tl_named_kind kinds[TL_NAMED_KINDS]; /* those that are needed */
	size_t n_kinds;
	struct tl_named_list lists[TL_NAMED_KINDS];
	struct tl_error errors[TL_NAMED_KINDS];
	struct tl_map names[TL_NAMED_KINDS];      /* lower case -> the first of struct tl_named that is called so */
	struct tl_map flows;                      /* what other flows may name: name -> whether callers get it, then or now */
	struct tl_map modules;
	struct tl_map written;                    /* by the plan */
	struct tl_findings findings;
};

static struct tl_str lower(struct tl_arena *arena, struct tl_str text)
{
	char *out = tl_arena_alloc(arena, text.len + 1, 1);

	for (size_t i = 0; i < text.len; i++)
		out[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? (char)(text.ptr[i] + 'a' - 'A') : text.ptr[i];
	return (struct tl_str){ out, text.len };
}

/* ---- what there is */

static int list_one(void *data, unsigned worker, size_t i)
{
	struct depending *depending = data;
	enum tl_named_kind kind = depending->kinds[i];

	(void)worker;
	/* One that fails does not keep the others from being read. */
	(void)tl_platform_named(&depending->lists[kind], &depending->arenas[kind], depending->deploy->platform, kind, &depending->errors[kind]);
	return 0;
}

static void index_list(struct depending *depending, enum tl_named_kind kind)
{
	for (size_t i = 0; i < depending->lists[kind].count; i++) {
		struct tl_named *named = &depending->lists[kind].items[i];
		bool made;
		struct tl_map_entry *entry = tl_map_put(&depending->names[kind], lower(&depending->arena, named->name), &made);

		if (made)
			entry->value.ptr = named;
	}
}

/* What we may not look at, and what does not answer in its form, keeps nobody from publishing. */
static int take_lists(struct depending *depending, struct tl_error *err)
{
	for (size_t i = 0; i < depending->n_kinds; i++) {
		enum tl_named_kind kind = depending->kinds[i];
		struct tl_error *why = &depending->errors[kind];

		if (why->code == TL_OK) {
			index_list(depending, kind);
			continue;
		}
		if (!tl_remote_is_unreadable(why->code)) {
			*err = *why;
			return tl_error_wrap(err, "looking up what the flows name");
		}
		tl_findings_add(&depending->findings, NULL, (struct tl_span){ 0 }, TL_WARNING, RULE, "whether each %s is there that the flows name cannot be said: %s",
		                tl_named_noun(kind), why->message);
	}
	return 0;
}

static bool writes(const struct depending *depending, const struct tl_wanted *wanted)
{
	return wanted->chosen && tl_map_find(&depending->written, wanted->flow);
}

static int read_lists(struct depending *depending, struct tl_error *err)
{
	unsigned workers = tl_deploy_requests(depending->deploy), kinds = 0;
	const struct tl_wanted_list *wanted = &depending->now->gathered.wanted;

	for (size_t i = 0; i < wanted->count; i++) {
		if (writes(depending, &wanted->items[i]))
			kinds |= wanted->items[i].needs;
	}
	for (unsigned kind = 0; kind < TL_NAMED_KINDS; kind++) {
		if (kinds & BIT(kind))
			depending->kinds[depending->n_kinds++] = (enum tl_named_kind)kind;
	}
	tl_pool_run(workers, depending->n_kinds, list_one, depending);
	return take_lists(depending, err);
}

static bool is_module(struct tl_str key)
{
	return tl_str_starts(key, TL_STR("commonModule/"));
}

static void add_flow(struct depending *depending, struct tl_str key, bool published)
{
	size_t slash = tl_str_find(key, TL_STR("/"), 0);
	struct tl_str name = lower(&depending->arena, slash == SIZE_MAX ? key : tl_str_slice(key, slash + 1, key.len));
	struct tl_map_entry *entry = tl_map_put(is_module(key) ? &depending->modules : &depending->flows, name, NULL);

	entry->value.index |= published;
}

/* Flows of the platform, and those that the plan makes. */
static void index_flows(struct depending *depending)
{
	const struct tl_remotes *remotes = &depending->now->state.remotes;
	const struct tl_plan *plan = depending->now->plan;

	for (size_t i = 0; i < remotes->count; i++)
		add_flow(depending, remotes->items[i].name, remotes->items[i].published_version > 0);
	for (size_t i = 0; i < plan->n_flows; i++) {
		if (tl_planned_writes(&plan->flows[i]))
			add_flow(depending, plan->flows[i].flow, true);
	}
}

/* ---- what is missing */

/* One flow that is looked at. */
struct looking {
	struct depending *depending;
	const struct tl_flow *flow;
	const struct tl_need *need;
	size_t row;
	struct tl_str name, category; /* of the need */
};

/* `what` is said of the name: "there is no queue". */
static void complain(const struct looking *looking, struct tl_str what, struct tl_str near)
{
	struct tl_findings *findings = &looking->depending->findings;
	struct tl_finding *finding = tl_findings_add(findings, &looking->flow->doc->source, looking->need->span, TL_ERROR, RULE, "%.*s in '%.*s'", TL_FMT(what),
	                                             TL_FMT(looking->depending->deploy->environment->name));

	if (near.len > 0)
		tl_findings_help(findings, finding, "did you mean '%.*s'?", TL_FMT(near));
}

/* Data actions of one name in several categories stand one after the other. */
static bool has_category(const struct looking *looking, const struct tl_named *first)
{
	const struct tl_named_list *list = &looking->depending->lists[TL_NAMED_ACTION];

	if (looking->category.len == 0)
		return true;
	for (const struct tl_named *named = list->items; named < list->items + list->count; named++) {
		if (tl_str_equal_nocase(named->name, first->name) && (named->category.len == 0 || tl_str_equal_nocase(named->category, looking->category)))
			return true;
	}
	return false;
}

static struct tl_str nearest(struct tl_arena *arena, struct tl_str name, const struct tl_named_list *list)
{
	struct tl_str *names = TL_ARENA_ARRAY(arena, struct tl_str, list->count);

	for (size_t i = 0; i < list->count; i++)
		names[i] = list->items[i].name;
	return list->count <= NEAR_MOST ? tl_text_nearest(name, names, list->count) : (struct tl_str){ NULL, 0 };
}

static void look_up_thing(const struct looking *looking)
{
	struct depending *depending = looking->depending;
	struct tl_str key = lower(&depending->arena, looking->name), near = { NULL, 0 };
	const struct tl_named *named = NULL;

	for (unsigned kind = 0; kind < TL_NAMED_KINDS; kind++) {
		if (!(need_table[looking->row].kinds & BIT(kind)))
			continue;
		if (depending->errors[kind].code != TL_OK)
			return;
		named = named ? named : tl_map_ptr(&depending->names[kind], key);
		if (near.len == 0)
			near = nearest(&depending->arena, looking->name, &depending->lists[kind]);
	}
	if (!named)
		complain(looking, tl_arena_printf(&depending->arena, "there is no %s '%.*s'", need_table[looking->row].noun, TL_FMT(looking->name)), near);
	else if (!has_category(looking, named))
		complain(looking, tl_arena_printf(&depending->arena, "there is no data action '%.*s' of the category '%.*s', only of '%.*s',", TL_FMT(looking->name),
		                                  TL_FMT(looking->category), TL_FMT(named->category)), named->category);
}

static void look_up_flow(const struct looking *looking)
{
	struct depending *depending = looking->depending;
	bool module = looking->need->kind == TL_NEED_MODULE;
	const char *noun = module ? "common module" : "flow";
	const struct tl_map *map = module ? &depending->modules : &depending->flows;
	const struct tl_map_entry *entry = tl_map_find(map, lower(&depending->arena, looking->name));
	const struct tl_remotes *remotes = &depending->now->state.remotes;
	struct tl_named_list list = { .items = TL_ARENA_ARRAY(&depending->arena, struct tl_named, remotes->count) };

	if (entry && entry->value.index)
		return;
	for (size_t i = 0; i < remotes->count; i++) {
		struct tl_str key = remotes->items[i].name;

		if (is_module(key) == module && remotes->items[i].published_version > 0)
			list.items[list.count++] = (struct tl_named){ .name = tl_str_slice(key, remotes->items[i].type.len + 1, key.len) };
	}
	if (entry)
		complain(looking, tl_arena_printf(&depending->arena, "the %s '%.*s' was never published", noun, TL_FMT(looking->name)), (struct tl_str){ NULL, 0 });
	else
		complain(looking, tl_arena_printf(&depending->arena, "there is no %s '%.*s'", noun, TL_FMT(looking->name)), nearest(&depending->arena, looking->name, &list));
}

static void look_up(struct looking *looking)
{
	const struct tl_need *need = looking->need;
	size_t slash = tl_str_find(need->name, TL_STR("/"), 0);
	bool own;

	looking->row = row_of(need);
	looking->name = need->name;
	looking->category = TL_STR("");
	if (need->kind == TL_NEED_PROMPT)
		looking->name = prompt_name(need->name, &own);
	if (need->kind == TL_NEED_ACTION && slash != SIZE_MAX) {
		looking->category = tl_str_slice(need->name, 0, slash);
		looking->name = tl_str_slice(need->name, slash + 1, need->name.len);
	}
	if (need->kind == TL_NEED_FLOW || need->kind == TL_NEED_MODULE)
		look_up_flow(looking);
	else if (looking->row < TL_COUNT(need_table))
		look_up_thing(looking);
}

static int check_flow(struct depending *depending, const struct tl_wanted *wanted, struct tl_error *err)
{
	struct looking looking = { .depending = depending };
	struct tl_flow *flow;

	if (tl_gathered_read(&flow, &depending->now->gathered, wanted, err) != 0)
		return -1;
	looking.flow = flow;
	for (uint32_t i = 0; flow->dialect == TL_DIALECT_ARCHITECT && i < flow->n_needs; i++) {
		looking.need = &flow->needs[i];
		if (is_certain(looking.need))
			look_up(&looking);
	}
	tl_flow_free(flow);
	return 0;
}

static int check_flows(struct depending *depending, struct tl_error *err)
{
	const struct tl_wanted_list *wanted = &depending->now->gathered.wanted;

	index_flows(depending);
	for (size_t i = 0; i < wanted->count; i++) {
		if (writes(depending, &wanted->items[i]) && check_flow(depending, &wanted->items[i], err) != 0)
			return -1;
	}
	return 0;
}

/* What Architect flows name. */
static int look_up_all(struct tl_findings *findings, struct tl_now *now, struct tl_deploy *deploy, struct tl_error *err)
{
	struct depending *depending = tl_alloc_zero(1, sizeof(*depending));
	int ret;

	depending->now = now;
	depending->deploy = deploy;
	for (size_t i = 0; i < now->plan->n_flows; i++) {
		if (tl_planned_writes(&now->plan->flows[i]))
			tl_map_put(&depending->written, now->plan->flows[i].flow, NULL);
	}
	ret = read_lists(depending, err);
	if (ret == 0)
		ret = check_flows(depending, err);
	tl_findings_append(findings, &depending->findings);
	tl_findings_clear(&depending->findings);
	for (unsigned kind = 0; kind < TL_NAMED_KINDS; kind++) {
		tl_map_clear(&depending->names[kind]);
		tl_arena_clear(&depending->arenas[kind]);
	}
	tl_map_clear(&depending->flows);
	tl_map_clear(&depending->modules);
	tl_map_clear(&depending->written);
	tl_arena_clear(&depending->arena);
	free(depending);
	return ret;
}

int tl_now_depend(bool *found, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err)
{
	const struct tl_check_options options = { .project = deploy->project, .environment = deploy->environment };
	struct tl_findings missing = { 0 };
	int ret;

	*found = true;
	if (tl_check_is_off(&options, tl_rule_find(TL_STR(RULE))))
		return 0;
	if (tl_platform_can(deploy->platform, TL_CAN_NAME))
		ret = look_up_all(&missing, now, deploy, err);
	else
		ret = tl_now_callees(&missing, now, deploy, err);
	if (ret == 0) {
		tl_check_set_levels(&missing, &options);
		*found = tl_findings_count(&missing, TL_ERROR) == 0;
		tl_findings_append(findings, &missing);
	}
	tl_findings_clear(&missing);
	return ret;
}
