/* tests/unit/test_deploy_plan.c: plans, one idea a row: what is wanted and what is there, in words, and the plan that must come out. */
#include "unit.h"

#include <stdio.h>

#include "deploy/plan.h"

/* Lists are separated by "; ".
 * wanted:   FLOW=DIGEST [name=NAME] [title=TITLE] [content=C] [was=FLOW] [calls=FLOW,FLOW] [not-chosen]
 * there:    NAME@VERSION=DIGEST [content=C] [id=ID] [title=TITLE] [titled] [of=FLOW] [unknown] [draft|scheduled|publishing|failed|rejected] [published=N]
 *           (id-NAME, known to the ledger under its name (or FLOW), and published where nothing else is said; titled: NAME is a title and no more)
 * deployed: FLOW=PLATFORM_ID, besides those that are known
 * holds:    FLOW=DIGEST
 * ids:      FLOW=PLATFORM_ID, from the project file */
static const struct plan_row {
	const char *idea;
	const char *wanted, *there, *deployed, *holds, *ids;
	const char *plan;
} plan_table[] = {
	{ "nothing is nothing", "", "", "", "", "", "" },
	{ "what is not there is made", "a=d1", "", "", "", "", "create a" },
	{ "what was deleted on the platform is made anew, and said so", "a=d1", "", "a=id-gone", "", "",
	  "create a (it was deployed from here before, and the platform no longer has it)" },
	{ "what is there is left alone", "a=d1", "a@3=d1", "", "", "", "none a" },
	{ "what differs is updated", "a=d2", "a@3=d1", "", "", "", "update a on 3" },
	{ "flows are in the order of their ids", "c=1; a=1; b=1", "", "", "", "", "create a; create b; create c" },
	{ "a version by somebody else is compared by its model", "a=d1 content=c1", "a@4=c1 content=c1 unknown", "a=id-a", "", "", "none a" },
	{ "a foreign version that differs is updated", "a=d1 content=c1", "a@4=c2 content=c2 unknown", "a=id-a", "", "", "update a on 4, unknown" },
	{ "another audio is a change, though the model is the same", "a=d2 content=c1", "a@1=d1 content=c1", "", "", "", "update a on 1 (the flow says the same; the schedules or the audio that it uses changed)" },
	{ "a draft with the same content is published", "a=d1", "a@4=d1 draft published=3", "", "", "", "update a on 4 (version 4 is draft)" },
	{ "a deployment that failed is tried again", "a=d1", "a@4=d1 failed published=3", "", "", "", "update a on 4 (version 4 is failed: why)" },
	{ "a deployment under way is left alone", "a=d1", "a@4=d1 publishing published=3", "", "", "", "none a" },
	{ "a scheduled deployment is left alone", "a=d1", "a@4=d1 scheduled published=3", "", "", "", "none a" },
	{ "what was rolled back is held", "a=d2", "a@3=d1", "", "a=d2", "", "held a (why)" },
	{ "what changed since is not held", "a=d3", "a@3=d1", "", "a=d2", "", "update a on 3" },
	{ "a hold knows the model of a foreign version", "a=d2 content=c2", "a@3=d1", "", "a=c2", "", "held a (why)" },
	{ "a hold is one flow's", "a=d2; b=d2", "", "", "a=d2", "", "held a (why); create b" },
	{ "what is published needs no holding", "a=d1", "a@3=d1", "", "a=d1", "", "none a" },
	{ "a hold follows a renamed flow", "new=d2 was=old", "old@3=d1", "", "old=d2", "", "held new was old (why)" },
	{ "a flow gone from git is an orphan", "a=d1", "a@1=d1; b@2=d2", "", "", "", "none a; orphan b on 2" },
	{ "what was never ours is no orphan", "a=d1", "a@1=d1; b@2=d2 unknown", "", "", "", "none a" },
	{ "an orphan that the platform lost is no orphan", "a=d1", "a@1=d1", "b=id-b", "", "", "none a" },
	{ "a rename is an update of what was there", "new=d2 was=old", "old@3=d1", "", "", "", "update new on 3 was old" },
	{ "a rename alone is an update", "new=d1 was=old", "old@3=d1", "", "", "", "update new on 3 was old" },
	{ "a rename that was made is done", "new=d1 was=old", "new@4=d1", "", "", "", "none new" },
	{ "the former id is still somebody's", "new=d2 was=old; old=d1", "old@3=d1", "", "", "", "create new; none old" },
	{ "both ids are there", "new=d2 was=old", "new@1=d1; old@3=d0", "", "", "", "update new on 1; orphan old on 3" },
	{ "the project file's id comes first", "a=d2", "a@1=d1; x@5=d1 unknown", "", "", "a=id-x", "update a on 5, unknown; orphan a on 1" },
	{ "an id that is not there is not made up for by the name", "a=d2", "a@1=d1 unknown", "", "", "a=id-y", "create a" },
	{ "the learnt id comes before the name", "a=d2", "a@1=d1 unknown; x@5=d1 unknown", "a=id-x", "", "", "update a on 5, unknown" },
	{ "a flow that was made on the platform carries its id", "id-x=d2 name=X", "x@5=d1 unknown", "", "", "", "update id-x on 5, unknown" },
	{ "or its name", "zzz=d1 name=x", "x@5=d1 unknown", "", "", "", "none zzz" },
	{ "or what people call it, where the platform says no more", "line=d2 title=X", "X@5=d1 title=X unknown", "", "", "", "update line on 5, unknown" },
	{ "a title that is another flow's id means nothing", "line=d2 title=x", "x@5=d1 title=X unknown", "", "", "", "create line" },
	{ "a row that does not say whose it is goes by the ledger", "hello=d1 title=Hello", "Hello@3=d1 titled of=hello", "", "", "", "none hello" },
	{ "and differs where what was deployed does", "hello=d2 title=Hello", "Hello@3=d1 titled of=hello", "", "", "", "update hello on 3" },
	{ "and when the audio alone changed", "hello=d2 content=c1 title=Hello", "Hello@3=d1 content=c1 titled of=hello", "", "", "",
	  "update hello on 3 (the flow says the same; the schedules or the audio that it uses changed)" },
	{ "and when somebody else wrote the same", "hello=d1 content=c1 title=Hello", "Hello@4=c1 content=c1 titled unknown", "hello=id-Hello", "", "", "none hello" },
	{ "such a row of nobody's goes by its title", "hello=d1 title=Hello", "Hello@3=d1 titled unknown", "", "", "", "none hello" },
	{ "and by nothing else that it could be", "hello=d1 title=Hi", "hello@3=d1 titled unknown", "", "", "", "create hello" },
	{ "a title says nothing against the ledger", "new=d1 title=Hello", "Hello@3=d1 titled of=hello", "", "", "", "create new; orphan hello on 3" },
	{ "nor is it an id", "Hello=d1 title=X; hello=d1 title=Hello", "Hello@3=d1 titled of=hello", "", "", "", "create Hello; none hello" },
	{ "a rename alone is an update there, too", "new=d1 was=hello title=Hello", "Hello@3=d1 titled of=hello", "", "", "", "update new on 3 was hello" },
	{ "and one that was made is done", "new=d1 was=hello title=Hello", "Hello@4=d1 titled of=new", "", "", "", "none new" },
	{ "two of one name are neither, and none is made beside them", "a=d2; b=1", "a@5=d1 id=one unknown; a@1=d1 id=two unknown", "", "", "", "create a; create b; two a" },
	{ "but which one is meant may be said", "a=d2", "a@5=d1 id=one unknown; a@1=d1 id=two unknown", "", "", "a=one", "update a on 5, unknown" },
	{ "but for the one that is ours", "a=d2", "a@5=d1 id=one unknown; a@1=d1 id=two unknown", "a=two", "", "", "update a on 1, unknown" },
	{ "a title does not make up for an id that is not there", "a=d2 title=X", "X@1=d1 title=X unknown", "", "", "a=id-y", "create a" },
	{ "callees come first", "a=1 calls=b; b=1 calls=c; c=1", "", "", "", "", "create c; create b; create a" },
	{ "a call of something else does not matter", "a=1 calls=zzz; b=1", "", "", "", "", "create a; create b" },
	{ "a flow may call itself", "a=1 calls=a", "", "", "", "", "create a" },
	{ "a circle is stated", "a=1 calls=b; b=1 calls=a; c=1 calls=a", "", "", "", "", "create a; create b; create c; circle a b" },
	{ "two circles are two", "a=1 calls=b; b=1 calls=a,c; c=1 calls=d; d=1 calls=c", "", "", "", "", "create c; create d; create a; create b; circle c d; circle a b" },
	{ "a long way round is one circle", "a=1 calls=b; b=1 calls=c; c=1 calls=d; d=1 calls=a", "", "", "", "", "create a; create b; create c; create d; circle a b c d" },
	{ "only what was chosen is planned", "a=1 calls=b; b=1 not-chosen", "b@1=0", "", "", "", "create a" },
	{ "a circle with one chosen flow needs no drafts", "a=1 calls=b; b=1 calls=a not-chosen", "", "", "", "", "create a" },
};

struct fixture {
	struct tl_arena arena;
	struct tl_wanted_list wanted;
	struct tl_remotes remotes;
	struct tl_present *present;
	struct tl_deployed_list deployed;
	struct tl_holds holds;
	struct tl_environment environment;
	struct tl_match match;
};

/* Takes the text before `separator` off the front of `rest`. False where nothing is left. */
static bool take(struct tl_str *out, struct tl_str *rest, const char *separator)
{
	size_t at;

	*out = (struct tl_str){ NULL, 0 };
	if (rest->len == 0)
		return false;
	at = tl_str_find(*rest, tl_str(separator), 0);
	*out = tl_str_slice(*rest, 0, at == SIZE_MAX ? rest->len : at);
	*rest = at == SIZE_MAX ? (struct tl_str){ NULL, 0 } : tl_str_slice(*rest, at + strlen(separator), rest->len);
	return true;
}

/* "KEY=VALUE": whether the word has that key, and its value. */
static bool word_is(struct tl_str word, const char *key, struct tl_str *value)
{
	struct tl_str name;

	*value = word;
	return take(&name, value, "=") && tl_str_is(name, key);
}

static void add_callees(struct fixture *fixture, struct tl_wanted *wanted, struct tl_str list)
{
	struct tl_str *callees = TL_ARENA_ARRAY(&fixture->arena, struct tl_str, list.len + 1);

	while (take(&callees[wanted->n_callees], &list, ","))
		wanted->n_callees++;
	wanted->callees = callees;
}

static void add_wanted(struct fixture *fixture, struct tl_str text)
{
	struct tl_wanted *wanted = &fixture->wanted.items[fixture->wanted.count++];
	struct tl_str word, value;

	wanted->chosen = true;
	take(&word, &text, " ");
	wanted->digest = word;
	take(&wanted->flow, &wanted->digest, "=");
	wanted->content = wanted->digest;
	wanted->name = wanted->flow;
	while (take(&word, &text, " ")) {
		if (word_is(word, "content", &value))
			wanted->content = value;
		else if (word_is(word, "name", &value))
			wanted->name = value;
		else if (word_is(word, "title", &value))
			wanted->title = value;
		else if (word_is(word, "was", &value))
			wanted->renamed_from = value;
		else if (word_is(word, "calls", &value))
			add_callees(fixture, wanted, value);
		else if (tl_str_is(word, "not-chosen"))
			wanted->chosen = false;
		else
			fail_msg("'%.*s'?", TL_FMT(word));
	}
}

static int64_t number(struct tl_str text)
{
	return strtoll(text.ptr, NULL, 10);
}

static void add_there(struct fixture *fixture, struct tl_str text)
{
	struct tl_present *present = &fixture->present[fixture->remotes.count];
	struct tl_remote *remote = &present->remote;
	struct tl_str word, value, version;

	present->known = true;
	take(&word, &text, " ");
	take(&remote->name, &word, "@");
	present->flow = remote->name;
	take(&version, &word, "=");
	present->digest = present->content = word;
	remote->version = remote->published_version = number(version);
	remote->status = TL_STATUS_PUBLISHED;
	remote->id = tl_arena_printf(&fixture->arena, "id-%.*s", TL_FMT(remote->name));
	while (take(&word, &text, " ")) {
		if (word_is(word, "content", &value))
			present->content = value;
		else if (word_is(word, "id", &value))
			remote->id = value;
		else if (word_is(word, "title", &value))
			remote->title = value;
		else if (word_is(word, "published", &value))
			remote->published_version = number(value);
		else if (word_is(word, "of", &value))
			present->flow = value;
		else if (tl_str_is(word, "titled"))
			remote->titled = true;
		else if (tl_str_is(word, "unknown"))
			present->known = false;
		else
			remote->status = tl_remote_status_parse(word);
		assert_true(remote->status < TL_STATUS_COUNT);
	}
	if (remote->status == TL_STATUS_FAILED)
		remote->reason = TL_STR("why");
	if (remote->titled)
		remote->title = remote->name;
	if (present->known)
		fixture->deployed.items[fixture->deployed.count++] = (struct tl_deployed){ .flow = present->flow, .platform_id = remote->id };
	else
		present->flow = (struct tl_str){ NULL, 0 };
	fixture->remotes.items[fixture->remotes.count++] = *remote;
}

static void add_deployed(struct fixture *fixture, struct tl_str text)
{
	struct tl_deployed *deployed = &fixture->deployed.items[fixture->deployed.count++];

	take(&deployed->flow, &text, "=");
	deployed->platform_id = text;
	for (size_t i = 0; i < fixture->remotes.count; i++) {
		if (tl_str_equal(fixture->remotes.items[i].id, text))
			fixture->present[i].flow = deployed->flow;
	}
}

static void add_hold(struct fixture *fixture, struct tl_str text)
{
	struct tl_hold *hold = &fixture->holds.items[fixture->holds.count++];

	take(&hold->flow, &text, "=");
	hold->digest = text;
	hold->reason = TL_STR("why");
}

static void add_id(struct fixture *fixture, struct tl_str text)
{
	struct tl_str *id = TL_ARENA_NEW(&fixture->arena, struct tl_str), flow;

	take(&flow, &text, "=");
	*id = text;
	tl_map_put(&fixture->environment.ids, flow, NULL)->value.ptr = id;
}

static void each(struct fixture *fixture, const char *text, void (*add)(struct fixture *fixture, struct tl_str text))
{
	struct tl_str rest = tl_str(text), item;

	while (take(&item, &rest, "; "))
		add(fixture, item);
}

static int compare_wanted(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_wanted *)a)->flow, ((const struct tl_wanted *)b)->flow);
}

#define FIXTURE_ITEMS 16

static void fixture_init(struct fixture *fixture, const struct plan_row *row)
{
	struct tl_arena *arena = &fixture->arena;

	*fixture = (struct fixture){ .environment = { .name = TL_STR("local"), .platform = TL_STR("local") } };
	fixture->wanted.items = TL_ARENA_ARRAY(arena, struct tl_wanted, FIXTURE_ITEMS);
	fixture->remotes.items = TL_ARENA_ARRAY(arena, struct tl_remote, FIXTURE_ITEMS);
	fixture->present = TL_ARENA_ARRAY(arena, struct tl_present, FIXTURE_ITEMS);
	fixture->deployed.items = TL_ARENA_ARRAY(arena, struct tl_deployed, FIXTURE_ITEMS);
	fixture->holds.items = TL_ARENA_ARRAY(arena, struct tl_hold, FIXTURE_ITEMS);
	each(fixture, row->wanted, add_wanted);
	each(fixture, row->there, add_there);
	each(fixture, row->deployed, add_deployed);
	each(fixture, row->holds, add_hold);
	each(fixture, row->ids, add_id);
	if (fixture->wanted.count > 0)
		qsort(fixture->wanted.items, fixture->wanted.count, sizeof(struct tl_wanted), compare_wanted);
	fixture->match = (struct tl_match){
		.wanted = &fixture->wanted,
		.environment = &fixture->environment,
		.deployed = &fixture->deployed,
		.remotes = &fixture->remotes,
	};
	tl_plan_match(&fixture->match, arena);
}

static void fixture_clear(struct fixture *fixture)
{
	tl_map_clear(&fixture->environment.ids);
	tl_arena_clear(&fixture->arena);
}

static struct tl_plan *make_plan(struct fixture *fixture)
{
	struct tl_plan *plan = tl_plan_new(TL_PLAN_PUBLISH);

	plan->environment = plan->platform = TL_STR("local");
	plan->commit = TL_STR("c0ffee");
	plan->values = TL_STR("v");
	plan->created_ms = 1000;
	plan->expires_ms = 6000;
	tl_plan_fill(plan, &fixture->match, fixture->present, &fixture->holds);
	tl_plan_seal(plan);
	return plan;
}

static void say_line(struct tl_buf *buf, const struct tl_planned *line)
{
	tl_buf_printf(buf, "%s%s %.*s", buf->len > 0 ? "; " : "", tl_action_name(line->action), TL_FMT(line->flow));
	if (line->action == TL_ACTION_UPDATE || line->action == TL_ACTION_ORPHAN)
		tl_buf_printf(buf, " on %lld", (long long)line->base_version);
	if (line->action == TL_ACTION_UPDATE && !line->base_known)
		tl_buf_text(buf, ", unknown");
	if (line->renamed_from.len > 0)
		tl_buf_printf(buf, " was %.*s", TL_FMT(line->renamed_from));
	if (line->note.len > 0)
		tl_buf_printf(buf, " (%.*s)", TL_FMT(line->note));
}

static void say_plan(struct tl_buf *buf, const struct tl_plan *plan)
{
	tl_buf_text(buf, "");
	for (size_t i = 0; i < plan->n_flows; i++)
		say_line(buf, &plan->flows[i]);
	for (size_t i = 0; i < plan->n_cycles; i++) {
		tl_buf_text(buf, "; circle");
		for (size_t j = 0; j < plan->cycles[i].count; j++)
			tl_buf_printf(buf, " %.*s", TL_FMT(plan->cycles[i].flows[j]));
	}
}

static void plans_are_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(plan_table); i++) {
		struct tl_buf buf = { 0 };
		struct fixture fixture;
		struct tl_plan *plan;

		fixture_init(&fixture, &plan_table[i]);
		plan = make_plan(&fixture);
		say_plan(&buf, plan);
		for (size_t w = 0; w < fixture.wanted.count; w++) {
			if (fixture.match.ambiguous[w])
				tl_buf_printf(&buf, "; two %.*s", TL_FMT(fixture.wanted.items[w].flow));
		}
		if (!tl_str_is(tl_buf_view(&buf), plan_table[i].plan))
			fail_msg("%s:\ngot  '%.*s'\nwant '%s'", plan_table[i].idea, TL_FMT(tl_buf_view(&buf)), plan_table[i].plan);
		tl_plan_free(plan);
		tl_buf_clear(&buf);
		fixture_clear(&fixture);
	}
}

/* Writes and reads every plan of the table: the same plan, the same id, the same bytes. */
static void json_keeps_everything(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(plan_table); i++) {
		struct tl_buf first = { 0 }, second = { 0 };
		struct tl_plan *plan, *back;
		struct fixture fixture;
		struct tl_error err;

		fixture_init(&fixture, &plan_table[i]);
		plan = make_plan(&fixture);
		tl_plan_write(&first, plan);
		if (tl_plan_read(&back, TL_STR("plan.json"), tl_buf_view(&first), &err) != 0)
			fail_msg("%s: %s", plan_table[i].idea, err.message);
		tl_plan_write(&second, back);
		assert_row(plan_table[i].idea, tl_str_equal(tl_buf_view(&first), tl_buf_view(&second)));
		assert_row(plan_table[i].idea, strcmp(plan->id, back->id) == 0 && back->expires_ms == 6000);
		tl_plan_free(back);
		tl_plan_free(plan);
		tl_buf_clear(&first);
		tl_buf_clear(&second);
		fixture_clear(&fixture);
	}
}

/* A plan of one update, as JSON. */
static void write_example(struct tl_buf *buf)
{
	static const struct plan_row row = { "", "a=d2", "a@3=d1", "", "", "", "" };
	struct fixture fixture;
	struct tl_plan *plan;

	fixture_init(&fixture, &row);
	plan = make_plan(&fixture);
	tl_plan_write(buf, plan);
	tl_plan_free(plan);
	fixture_clear(&fixture);
}

/* What somebody may do to a plan file: `from` becomes `to`; NULL: the whole file does. */
static const struct edit_row {
	const char *from, *to, *words;
} edit_table[] = {
	{ "\"d2\"", "\"d3\"", "was changed since it was made" },
	{ "\"local\"", "\"production\"", "was changed since it was made" },
	{ "1970-01-01T00:00:06Z", "2970-01-01T00:00:06Z", "was changed since it was made" },
	{ "\"update\"", "\"create\"", "was changed since it was made" },
	{ "\"dirty\"", "\"extra\": 1, \"dirty\"", "was changed since it was made" },
	{ "\"version\": 1", "\"version\": 2", "newer version of Trunkline" },
	{ NULL, "", "no plan" },
	{ NULL, "[]", "no plan" },
	{ NULL, "{}", "no plan" },
	{ NULL, "{\"version\": 1}", "no plan" },
	{ NULL, "{\"version\": 1, \"id\": \"x\"}", "was changed since it was made" },
	{ NULL, "flow: a\n", "no plan" },
	{ NULL, "{\"version\": 1, \"id\": \"df12b48f39f1ac8d4ff0d9e92ca6bbe1f9f0b1d2b0c8e7f5d0eaef7ab07d7f0e\", \"flows\": []}", "changed" },
};

static void edited_plans_are_refused(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_buf buf = { 0 };

	(void)state;
	write_example(&buf);
	for (size_t i = 0; i < TL_COUNT(edit_table); i++) {
		const struct edit_row *row = &edit_table[i];
		struct tl_str text = tl_buf_view(&buf), edited = tl_str(row->to);
		struct tl_plan *plan;
		struct tl_error err = { 0 };
		size_t at;

		if (row->from) {
			at = tl_str_find(text, tl_str(row->from), 0);
			assert_row(row->to, at != SIZE_MAX);
			edited = tl_arena_printf(&arena, "%.*s%s%s", (int)at, text.ptr, row->to, text.ptr + at + strlen(row->from));
		}
		assert_row(row->to, tl_plan_read(&plan, TL_STR("plan.json"), edited, &err) == -1);
		assert_row(row->to, plan == NULL && err.code == TL_USAGE);
		if (!strstr(err.message, row->words))
			fail_msg("'%s' does not say '%s'", err.message, row->words);
	}
	tl_buf_clear(&buf);
	tl_arena_clear(&arena);
}

static void a_layout_of_ones_own_is_fine(void **state)
{
	struct tl_buf buf = { 0 }, flat = { 0 };
	struct tl_plan *plan;
	struct tl_error err;

	(void)state;
	write_example(&buf);
	for (size_t i = 0; i < buf.len; i++) {
		if (buf.data[i] != '\n' && buf.data[i] != '\t')
			tl_buf_char(&flat, buf.data[i]);
	}
	assert_int_equal(tl_plan_read(&plan, TL_STR("plan.json"), tl_buf_view(&flat), &err), 0);
	assert_int_equal(tl_plan_changes(plan), 1);
	assert_non_null(tl_plan_find(plan, TL_STR("a")));
	assert_null(tl_plan_find(plan, TL_STR("b")));
	tl_plan_free(plan);
	tl_buf_clear(&buf);
	tl_buf_clear(&flat);
}

/* A chain of calls as long as there are flows, and one great circle: no recursion, no quadratic time. */
static void long_chains_are_ordered(void **state)
{
	enum { LENGTH = 100000 };
	struct tl_arena arena = { 0 };
	struct tl_wanted_list wanted = { TL_ARENA_ARRAY(&arena, struct tl_wanted, LENGTH), LENGTH };
	struct tl_plan_order order;

	(void)state;
	for (int i = 0; i < LENGTH; i++)
		wanted.items[i].flow = tl_arena_printf(&arena, "f%06d", i);
	for (int i = 0; i < LENGTH - 1; i++) {
		wanted.items[i].callees = &wanted.items[i + 1].flow;
		wanted.items[i].n_callees = 1;
	}
	tl_plan_order(&order, &arena, &wanted);
	assert_int_equal(order.indexes[0], LENGTH - 1);
	assert_int_equal(order.indexes[LENGTH - 1], 0);
	assert_int_equal(order.n_circles, 0);
	wanted.items[LENGTH - 1].callees = &wanted.items[0].flow;
	wanted.items[LENGTH - 1].n_callees = 1;
	tl_plan_order(&order, &arena, &wanted);
	assert_int_equal(order.indexes[0], 0);
	assert_int_equal(order.n_circles, 1);
	assert_int_equal(order.circle[LENGTH / 2], 0);
	tl_arena_clear(&arena);
}

int test_deploy_plan(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_as_the_table_says),
		cmocka_unit_test(json_keeps_everything),
		cmocka_unit_test(edited_plans_are_refused),
		cmocka_unit_test(a_layout_of_ones_own_is_fine),
		cmocka_unit_test(long_chains_are_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
