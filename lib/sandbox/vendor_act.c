/* sandbox/vendor_act.c: what people do in the organisation while a client is at work: edits, locks, deletions, permissions taken away. */
#include "sandbox/vendor.h"

/* ---- an edit */

/* Where the value of the first `key:` that stands on one line begins and ends; false: there is none. */
static bool find_value(size_t *start, size_t *end, struct tl_str yaml, struct tl_str key)
{
	size_t at = tl_str_find(yaml, key, 0);

	if (at == SIZE_MAX)
		return false;
	*start = at + key.len;
	*end = tl_str_find(yaml, TL_STR("\n"), *start);
	if (*end == SIZE_MAX)
		*end = yaml.len;
	return true;
}

/* The YAML with that in place of [start, end), where it can still be read; else empty. */
static struct tl_str replaced(struct tl_arena *arena, struct tl_str yaml, size_t start, size_t end, struct tl_str text)
{
	struct tl_str edited = tl_arena_printf(arena, "%.*s%.*s%.*s", TL_FMT(tl_str_slice(yaml, 0, start)), TL_FMT(text), TL_FMT(tl_str_slice(yaml, end, yaml.len)));
	struct tl_vendor_source source;

	tl_vendor_read(&source, arena, edited);
	return source.n_errors == 0 ? edited : TL_STR("");
}

/* What somebody would change: what the flow says first, else its description. */
static struct tl_str edited(struct tl_arena *arena, const struct tl_vendor_flow *flow, struct tl_str yaml, const struct tl_vendor_actor *actor)
{
	struct tl_str text = tl_arena_printf(arena, " Edited by %.*s, %zu", TL_FMT(actor->name), flow->n_versions), out = TL_STR("");
	size_t start, end;

	if (find_value(&start, &end, yaml, TL_STR(" tts:")))
		out = replaced(arena, yaml, start, end, text);
	if (out.len == 0 && find_value(&start, &end, yaml, TL_STR("\n  description:")))
		out = replaced(arena, yaml, start, end, text);
	if (out.len == 0 && find_value(&start, &end, yaml, TL_STR("\n  name:")))
		out = replaced(arena, yaml, end, end, tl_arena_printf(arena, "\n  description:%.*s", TL_FMT(text)));
	return out;
}

bool tl_vendor_edit(struct tl_vendor_flow *flow, const struct tl_vendor_actor *actor, struct tl_str yaml, bool publish)
{
	struct tl_arena arena = { 0 };
	struct tl_vendor_source source;
	bool good;

	if (yaml.len == 0 && flow->saved)
		yaml = edited(&arena, flow, flow->saved->content, actor);
	tl_vendor_read(&source, &arena, yaml);
	good = source.n_errors == 0;
	if (good) {
		flow->description = tl_arena_dup(&flow->vendor->arena, source.description);
		tl_vendor_add_version(flow, publish ? TL_VENDOR_PUBLISH : TL_VENDOR_SAVE, yaml, actor);
		tl_vendor_event(flow, publish ? "PUBLISH" : "SAVE", actor, flow->saved->id);
		flow->holder = publish ? NULL : actor;
		tl_vendor_changed(flow);
	}
	tl_arena_clear(&arena);
	return good;
}

/* ---- as faults ask for it */

/* The flow that an act is about, or NULL. */
static struct tl_vendor_flow *flow_of(const struct tl_routed *call, const struct tl_fault *fault)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_vendor_flow *flow = tl_vendor_flow(vendor, fault->flow);
	struct tl_str id = tl_exchange_query(call->exchange, "flow");

	if (!flow && fault->flow.len > 0)
		return tl_vendor_flow_named(vendor, fault->flow, TL_STR(""));
	if (!flow && id.len > 0)
		flow = tl_vendor_flow(vendor, id);
	if (!flow && call->params[0].len > 0)
		flow = tl_vendor_flow(vendor, call->params[0]);
	return flow || !call->token ? flow : tl_vendor_actor(call)->last;
}

static void edit(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	(void)fault;
	tl_vendor_edit(flow, tl_vendor_anybody(flow->vendor), TL_STR(""), true);
}

static void save(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	(void)fault;
	tl_vendor_edit(flow, tl_vendor_anybody(flow->vendor), TL_STR(""), false);
}

static void lock(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	(void)fault;
	flow->holder = tl_vendor_anybody(flow->vendor);
	tl_vendor_event(flow, "CHECKOUT", flow->holder, TL_STR(""));
}

static void lock_client(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	struct tl_vendor *vendor = flow->vendor;

	(void)fault;
	flow->holder = tl_vendor_add_actor(vendor, false, tl_vendor_id(&vendor->arena, "client", TL_STR("Another pipeline")), TL_STR("Another pipeline"));
	tl_vendor_event(flow, "CHECKOUT", flow->holder, TL_STR(""));
}

static void unlock(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	(void)fault;
	tl_vendor_check_in(flow, tl_vendor_anybody(flow->vendor));
	flow->holder = NULL;
}

static void rename_flow(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	struct tl_arena *arena = &flow->vendor->arena;

	flow->name = fault->reason.len > 0 ? tl_arena_dup(arena, fault->reason) : tl_arena_printf(arena, "%.*s (renamed)", TL_FMT(flow->name));
}

static void delete_flow(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	(void)fault;
	flow->deleted = true;
	flow->holder = NULL;
}

static void be_busy(struct tl_vendor_flow *flow, const struct tl_fault *fault)
{
	(void)fault;
	flow->operation = (struct tl_vendor_operation){
		.id = tl_sandbox_uuid(&flow->vendor->arena), .flow = flow->id, .actor = tl_vendor_anybody(flow->vendor), .action = "PUBLISH", .status = "STARTED",
	};
}

void tl_vendor_act(struct tl_routed *call, const struct tl_fault *fault)
{
	static const struct {
		const char *what;
		void (*act)(struct tl_vendor_flow *flow, const struct tl_fault *fault);
	} act_table[] = {
		{ "edit", edit }, { "save", save }, { "lock", lock }, { "lock-client", lock_client }, { "unlock", unlock },
		{ "rename", rename_flow }, { "delete", delete_flow }, { "busy", be_busy },
	};
	struct tl_vendor_flow *flow;

	if (call->face != TL_FACE_ARCHITECT)
		return;
	if (tl_str_is(fault->what, "revoke")) {
		tl_vendor_revoke(tl_vendor_of(call->sandbox), fault->reason, false);
		return;
	}
	flow = flow_of(call, fault);
	for (size_t i = 0; flow && i < TL_COUNT(act_table); i++) {
		if (!tl_str_is(fault->what, act_table[i].what))
			continue;
		act_table[i].act(flow, fault);
		tl_vendor_changed(flow);
	}
}
