/* deploy/promote.c: promotion from one environment to the next: what is written must be what the other one has published, placeholders unfilled. The values
 * of the two may differ, that is what they are for; audio and schedules of the same name may not. */
#include <inttypes.h>

#include "deploy/now.h"
#include "doc/json.h"

#define RULE "promotion"
/* Of a digest, for a person. */
#define SHORT_ID 12

/* One check. */
struct promoting {
	struct tl_now *now;
	struct tl_deploy *deploy;
	struct tl_findings *findings;
	struct tl_deployed_list live; /* of the environment that is promoted from */
	bool good;
};

/* At the flow's id in its file, with what is to be done first. */
static int complain(struct promoting *promoting, const struct tl_wanted *wanted, struct tl_str message, struct tl_error *err)
{
	struct tl_str from = promoting->deploy->promotion->from;
	struct tl_finding *finding;
	struct tl_flow *flow;

	if (tl_gathered_read(&flow, &promoting->now->gathered, wanted, err) != 0)
		return -1;
	finding = tl_findings_add(promoting->findings, &flow->doc->source, flow->id.span, TL_ERROR, RULE, "%.*s", TL_FMT(message));
	tl_findings_help(promoting->findings, finding, "publish it to '%.*s' first: flow-publish plan --env %.*s", TL_FMT(from), TL_FMT(from));
	promoting->good = false;
	tl_flow_free(flow);
	return 0;
}

static struct tl_str short_id(struct tl_str id)
{
	return tl_str_slice(id, 0, id.len < SHORT_ID ? id.len : SHORT_ID);
}

static struct tl_str other_source(struct tl_arena *arena, const struct tl_wanted *wanted, const struct tl_deployed *live, struct tl_str from)
{
	struct tl_str commit = live->commit.len > 0 ? short_id(live->commit) : TL_STR("no commit");

	if (live->source.len == 0)
		return tl_arena_printf(arena, "'%.*s' was published to '%.*s' when its source was not put on record yet", TL_FMT(wanted->flow),
		                       TL_FMT(from));
	return tl_arena_printf(arena, "'%.*s' is not what '%.*s' has: version %" PRId64 " there is source %.*s of %s%.*s, this is %.*s",
	                       TL_FMT(wanted->flow), TL_FMT(from), live->version, TL_FMT(short_id(live->source)), live->commit.len > 0 ? "commit " : "",
	                       TL_FMT(commit), TL_FMT(short_id(wanted->source)));
}

static bool is_same_item(const struct tl_item *a, const struct tl_item *b)
{
	struct tl_buf x = { 0 }, y = { 0 };
	bool same;

	tl_json_canonical(&x, a);
	tl_json_canonical(&y, b);
	same = tl_str_equal(tl_buf_view(&x), tl_buf_view(&y));
	tl_buf_clear(&x);
	tl_buf_clear(&y);
	return same;
}

/* The first audio file or schedule that both use and that is not the same in both; empty where there is none. */
static struct tl_str changed_use(struct tl_arena *arena, const struct tl_item *ours, const struct tl_item *theirs)
{
	static const char *const section_table[] = { "audio", "schedules" };

	for (size_t i = 0; i < TL_COUNT(section_table); i++) {
		const struct tl_item *section = tl_item_get(ours, section_table[i]), *other = tl_item_get(theirs, section_table[i]);

		for (const struct tl_item *item = section ? section->first : NULL; item; item = item->next) {
			const struct tl_item *same = tl_item_get_str(other, item->key);

			if (same && !is_same_item(item, same))
				return tl_arena_printf(arena, "%s '%.*s'", i == 0 ? "audio" : "the schedule", TL_FMT(item->key));
		}
	}
	return (struct tl_str){ NULL, 0 };
}

/* The source is the same: what lies beside the flow has to be so too. */
static int check_use(struct promoting *promoting, const struct tl_wanted *wanted, const struct tl_deployed *live, struct tl_error *err)
{
	struct tl_doc *ours = NULL, *theirs = NULL;
	struct tl_arena arena = { 0 };
	struct tl_str changed;
	int ret = -1;

	if (wanted->more.len == 0 || live->more.len == 0)
		return 0;
	if (tl_json_parse(&ours, wanted->path, wanted->more, err) != 0 || tl_json_parse(&theirs, TL_STR("the ledger"), live->more, err) != 0)
		goto out;
	changed = changed_use(&arena, ours->root, theirs->root);
	ret = 0;
	if (changed.len > 0)
		ret = complain(promoting, wanted, tl_arena_printf(&arena, "'%.*s' uses %.*s, which is not what '%.*s' has", TL_FMT(wanted->flow),
		                                                  TL_FMT(changed), TL_FMT(promoting->deploy->promotion->from)), err);
out:
	tl_doc_free(ours);
	tl_doc_free(theirs);
	tl_arena_clear(&arena);
	return ret;
}

static int check(struct promoting *promoting, const struct tl_wanted *wanted, const struct tl_deployed *live, struct tl_error *err)
{
	struct tl_str from = promoting->deploy->promotion->from;
	struct tl_arena arena = { 0 };
	int ret;

	if (live && live->source.len > 0 && tl_str_equal(live->source, wanted->source))
		return check_use(promoting, wanted, live, err);
	ret = complain(promoting, wanted, live ? other_source(&arena, wanted, live, from) :
	                                         tl_arena_printf(&arena, "'%.*s' was never published to '%.*s' from here", TL_FMT(wanted->flow), TL_FMT(from)),
	               err);
	tl_arena_clear(&arena);
	return ret;
}

static int check_all(struct promoting *promoting, struct tl_error *err)
{
	const struct tl_wanted_list *wanted = &promoting->now->gathered.wanted;
	struct tl_map writes = { 0 }, live = { 0 };
	int ret = 0;

	for (size_t i = 0; i < promoting->now->plan->n_flows; i++) {
		if (tl_planned_writes(&promoting->now->plan->flows[i]))
			tl_map_put(&writes, promoting->now->plan->flows[i].flow, NULL);
	}
	for (size_t i = 0; i < promoting->live.count; i++)
		tl_map_put(&live, promoting->live.items[i].flow, NULL)->value.ptr = &promoting->live.items[i];
	for (size_t i = 0; ret == 0 && i < wanted->count; i++) {
		if (wanted->items[i].chosen && tl_map_find(&writes, wanted->items[i].flow))
			ret = check(promoting, &wanted->items[i], tl_map_ptr(&live, wanted->items[i].flow), err);
	}
	tl_map_clear(&writes);
	tl_map_clear(&live);
	return ret;
}

int tl_now_promote(bool *good, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err)
{
	const struct tl_promotion *promotion = deploy->promotion;
	struct promoting promoting = { .now = now, .deploy = deploy, .findings = findings, .good = true };
	struct tl_arena arena = { 0 };
	int ret;

	*good = true;
	if (!promotion)
		return 0;
	ret = tl_ledger_live(&promoting.live, &arena, promotion->ledger, promotion->from, err);
	if (ret != 0)
		tl_error_wrap(err, "what '%.*s' has cannot be looked up", TL_FMT(promotion->from));
	else
		ret = check_all(&promoting, err);
	*good = promoting.good;
	tl_arena_clear(&arena);
	return ret;
}
