/* deploy/group.c: flows and circles of flows as the nodes of a graph without circles. */
#include "deploy/group.h"

struct making {
	struct tl_groups *out;
	struct tl_arena *arena;
	struct tl_applying *applying;
	const struct tl_wanted_list *wanted;
	struct tl_map by_flow;  /* -> index of wanted */
	uint32_t *group_of;     /* by index of wanted */
};

/* A number for each circle and for each flow that is in none, in dependency order. */
static void number(struct making *making)
{
	struct tl_plan_order order;
	uint32_t *of_circle;

	tl_plan_order(&order, making->arena, making->wanted);
	of_circle = TL_ARENA_ARRAY(making->arena, uint32_t, order.n_circles);
	for (uint32_t i = 0; i < order.n_circles; i++)
		of_circle[i] = TL_NONE;
	for (size_t i = 0; i < making->wanted->count; i++) {
		uint32_t flow = order.indexes[i], circle = order.circle[flow];

		if (circle != TL_NONE && of_circle[circle] != TL_NONE) {
			making->group_of[flow] = of_circle[circle];
			continue;
		}
		making->group_of[flow] = (uint32_t)making->out->count++;
		if (circle != TL_NONE)
			of_circle[circle] = making->group_of[flow];
	}
}

/* Calls visit(caller's group, callee's group) for each call between two groups. */
static void each_call(struct making *making, void (*visit)(struct making *making, uint32_t caller, uint32_t callee))
{
	for (size_t i = 0; i < making->wanted->count; i++) {
		const struct tl_wanted *wanted = &making->wanted->items[i];

		for (size_t j = 0; j < wanted->n_callees; j++) {
			uint32_t callee = tl_map_index(&making->by_flow, wanted->callees[j]);

			if (callee != TL_NONE && making->group_of[callee] != making->group_of[i])
				visit(making, making->group_of[i], making->group_of[callee]);
		}
	}
}

static void count_call(struct making *making, uint32_t caller, uint32_t callee)
{
	making->out->items[caller].awaits++;
	making->out->items[callee].n_callers++;
}

static void add_call(struct making *making, uint32_t caller, uint32_t callee)
{
	struct tl_group *group = &making->out->items[callee];

	if (!group->callers)
		group->callers = TL_ARENA_ARRAY(making->arena, uint32_t, group->n_callers);
	/* `left` counts what is filled in until the lines are there. */
	group->callers[group->left++] = caller;
}

static bool is_work(const struct tl_line *line)
{
	return line && (line->writes || line->follows);
}

static struct tl_line *line_of(const struct making *making, size_t wanted)
{
	struct tl_line *line = tl_map_ptr(&making->applying->by_flow, making->wanted->items[wanted].flow);

	return is_work(line) ? line : NULL;
}

static void put_line(struct making *making, struct tl_line *line, uint32_t group)
{
	line->group = group;
	making->out->items[group].lines[making->out->items[group].n_lines++] = line;
}

/* Gives each group its lines, in the plan's order. */
static void add_lines(struct making *making)
{
	struct tl_groups *out = making->out;
	size_t *counts = TL_ARENA_ARRAY(making->arena, size_t, out->count);
	uint32_t *group_of_line = TL_ARENA_ARRAY(making->arena, uint32_t, making->applying->plan->n_flows);

	for (size_t i = 0; i < making->wanted->count; i++) {
		struct tl_line *line = line_of(making, i);

		if (!line)
			continue;
		counts[making->group_of[i]]++;
		group_of_line[line - making->applying->lines] = making->group_of[i];
	}
	for (size_t i = 0; i < out->count; i++)
		out->items[i].lines = TL_ARENA_ARRAY(making->arena, struct tl_line *, counts[i]);
	for (size_t i = 0; i < making->applying->plan->n_flows; i++) {
		if (is_work(&making->applying->lines[i]))
			put_line(making, &making->applying->lines[i], group_of_line[i]);
	}
}

/* A rollback, whose one flow waits for nothing. */
static void make_one(struct making *making)
{
	making->out->items = TL_ARENA_NEW(making->arena, struct tl_group);
	making->out->count = 1;
	making->out->items[0].lines = TL_ARENA_ARRAY(making->arena, struct tl_line *, making->applying->plan->n_flows);
	for (size_t i = 0; i < making->applying->plan->n_flows; i++) {
		if (is_work(&making->applying->lines[i]))
			put_line(making, &making->applying->lines[i], 0);
	}
}

static void make_graph(struct making *making)
{
	struct tl_groups *out = making->out;

	making->group_of = TL_ARENA_ARRAY(making->arena, uint32_t, making->wanted->count);
	for (uint32_t i = 0; i < making->wanted->count; i++)
		tl_map_put(&making->by_flow, making->wanted->items[i].flow, NULL)->value.index = i;
	number(making);
	out->items = TL_ARENA_ARRAY(making->arena, struct tl_group, out->count);
	each_call(making, count_call);
	each_call(making, add_call);
	add_lines(making);
	tl_map_clear(&making->by_flow);
}

/* Flows that call each other are all on the platform before any of them is published, where it takes drafts. One alone needs none. */
static void choose_stage(struct tl_group *group, bool drafts)
{
	size_t undrafted = 0;

	for (size_t i = 0; i < group->n_lines; i++) {
		undrafted += group->lines[i]->writes && !group->lines[i]->drafted;
		group->lines[i]->circular = group->n_lines > 1;
	}
	group->drafting = drafts && group->n_lines > 1 && undrafted > 0;
	group->left = group->n_lines;
}

void tl_groups_make(struct tl_groups *out, struct tl_arena *arena, struct tl_applying *applying)
{
	struct making making = { .out = out, .arena = arena, .applying = applying, .wanted = &applying->now.gathered.wanted };

	*out = (struct tl_groups){ 0 };
	if (applying->plan->kind == TL_PLAN_ROLLBACK)
		make_one(&making);
	else
		make_graph(&making);
	for (size_t i = 0; i < out->count; i++)
		choose_stage(&out->items[i], !tl_platform_can(applying->deploy->platform, TL_CAN_LOCK));
}
