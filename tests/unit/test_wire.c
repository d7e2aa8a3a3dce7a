/* dialect/wire: texts, the documents' own flows, and that nothing is lost and no edit stays unseen. */
#include "unit.h"

#include "base/file.h"
#include "dialect/wire.h"
#include "flow/canonical.h"
#include "unit_flow.h"

/* ---- texts */

static const struct {
	const char *wire, *native;
} text_table[] = {
	{ "plain", "plain" },
	{ "", "" },
	{ "{x}", "${x}" },
	{ "a {x.y-z_1} b", "a ${x.y-z_1} b" },
	{ "{now}{env.QUEUE}", "${now}${env.QUEUE}" },
	{ "{{x}", "{x}" },
	{ "{{{x}", "{${x}" },
	{ "{{{{x}", "{{x}" },
	{ "{{{{{x}}", "{{${x}}" },
	{ "{", "{" },
	{ "{{", "{{" },
	{ "{}", "{}" },
	{ "{ x }", "{ x }" },
	{ "{1}", "{1}" },
	{ "{\"a\":1}", "{\"a\":1}" },
	{ "{x", "{x" },
	{ "x}", "x}" },
	{ "cost $5", "cost $$5" },
	{ "$", "$$" },
	{ "${x}", "$$${x}" },
	{ "$${x}", "$$$$${x}" },
	{ "${{x}", "$${x}" },
	{ "{$a b}", "${a b}" },
	{ "{$50%25}", "${50%}" },
	{ "{$50%}", "{$$50%}" },
	{ "{$a}", "{$$a}" },
	{ "{$a%7Bb}", "${a{b}" },
	{ "{$}", "${}" },
	{ "{$a{b}", "{$$a${b}" },
	{ "{{$a b}", "{$$a b}" },
	{ "{a{b}", "{a${b}" },
	{ "{x}{y}", "${x}${y}" },
	{ "{{x}{{y}", "{x}{y}" },
	{ "\xc3\xbc{x}\xc3\xbc", "\xc3\xbc${x}\xc3\xbc" },
};

/* A native text as the wire writes it, by way of the model. */
static struct tl_str written(struct tl_arena *arena, struct tl_str native)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_builder builder;
	struct tl_item *item;
	struct tl_str text;

	tl_builder_init(&builder, NULL, TL_DIALECT_WIRE, &lower);
	item = tl_wire_value(arena, tl_builder_template(&builder, native, (struct tl_span){ 0 }, true, TL_NONE));
	text = tl_arena_dup(arena, item->text);
	tl_flow_free(tl_builder_finish(&builder));
	return text;
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(text_table); i++) {
		struct tl_arena arena = { 0 };

		assert_str(tl_wire_text_read(&arena, tl_str(text_table[i].wire)), text_table[i].native);
		assert_str(written(&arena, tl_str(text_table[i].native)), text_table[i].wire);
		tl_arena_clear(&arena);
	}
}

/* Every short text over the characters that mean something reads and is written back as it was. */
static void test_all_texts(void **state)
{
	static const char letters[] = "{}$a%. ";
	struct tl_arena arena = { 0 };
	char text[8];

	(void)state;
	for (size_t len = 0; len <= 5; len++) {
		size_t count = 1;

		for (size_t i = 0; i < len; i++)
			count *= sizeof(letters) - 1;
		for (size_t n = 0; n < count; n++) {
			size_t rest = n;

			for (size_t i = 0; i < len; i++, rest /= sizeof(letters) - 1)
				text[i] = letters[rest % (sizeof(letters) - 1)];
			text[len] = '\0';
			assert_str(written(&arena, tl_wire_text_read(&arena, tl_str(text))), text);
		}
		tl_arena_clear(&arena);
	}
}

/* ---- documents */

static struct tl_doc *parse(struct tl_str bytes)
{
	struct tl_error err = { 0 };
	struct tl_doc *doc;

	if (tl_json_parse(&doc, TL_STR("test.flow.json"), bytes, &err) < 0)
		fail_msg("%s", err.message);
	return doc;
}

static struct tl_flow *read_wire(struct tl_str bytes, const struct tl_map *values, struct tl_findings *findings)
{
	struct tl_lower lower = { .limits = tl_limits_default(), .values = values, .findings = findings };
	struct tl_flow *flow;

	tl_wire_read(&flow, parse(bytes), &lower);
	return flow;
}

static struct tl_item *write_wire(struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_error err = { 0 };
	struct tl_item *item;

	if (tl_wire_write(&item, arena, flow, &err) < 0)
		fail_msg("%s", err.message);
	return item;
}

static struct tl_str json_text(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_str copy;

	tl_json_init(&json, &text, false);
	tl_json_item(&json, item);
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy;
}

/* The document without what is the platform's own. */
static struct tl_item *owned(struct tl_arena *arena, const struct tl_item *root)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = root->first; item; item = item->next) {
		if (!tl_wire_is_platforms(item->key))
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	return map;
}

static void assert_same_json(struct tl_arena *arena, const struct tl_item *a, const struct tl_item *b)
{
	if (!tl_item_equal(a, b))
		assert_string_equal(unit_json(arena, a), unit_json(arena, b));
}

static const char *const fixture_table[] = {
	"tests/fixtures/wire/webchat-support.flow.json",
	"tests/fixtures/wire/listed.flow.json",
	"tests/fixtures/wire/odd.flow.json",
	"tests/fixtures/wire/nulls.flow.json",
};

static struct tl_str fixture(struct tl_arena *arena, const char *path)
{
	struct tl_error err = { 0 };
	struct tl_str bytes;

	if (tl_file_read(&bytes, arena, path, 1 << 20, &err) < 0)
		fail_msg("%s", err.message);
	return bytes;
}

/* What came from the platform is written back as it came, in the same shape. */
static void test_written_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(fixture_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_flow *flow = read_wire(fixture(&arena, fixture_table[i]), NULL, NULL), *again;
		struct tl_item *item = write_wire(&arena, flow);

		assert_same_json(&arena, item, owned(&arena, flow->doc->root));
		again = read_wire(json_text(&arena, item), NULL, NULL);
		assert_string_equal(unit_canonical(&arena, again), unit_canonical(&arena, flow));
		tl_flow_free(flow);
		tl_flow_free(again);
		tl_arena_clear(&arena);
	}
}

/* The leaves of a tree in document order: number n, or NULL. Those of what is the platform's own are passed over. */
static struct tl_item *leaf(struct tl_item *item, unsigned *n, bool top)
{
	struct tl_item *found = NULL;

	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return (*n)-- == 0 ? item : NULL;
	for (struct tl_item *child = item->first; child && !found; child = child->next) {
		if (!top || !tl_wire_is_platforms(child->key))
			found = leaf(child, n, false);
	}
	return found;
}

static void change_leaf(struct tl_arena *arena, struct tl_item *item, unsigned way)
{
	switch (item->kind) {
	case TL_STRING:
		item->text = way == 0 ? tl_arena_printf(arena, "%.*sx", TL_FMT(item->text)) : TL_STR("");
		break;
	case TL_NUMBER:
		item->number += way == 0 ? 1 : -0.5;
		break;
	case TL_BOOLEAN:
		item->boolean = !item->boolean;
		break;
	default:
		item->kind = TL_BOOLEAN;
	}
}

/* Any single edit of a scalar shows in the digest, and is written back. */
static void test_edits(void **state)
{
	unsigned edits = 0;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(fixture_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_str bytes = fixture(&arena, fixture_table[i]);
		struct tl_flow *flow = read_wire(bytes, NULL, NULL);
		char before[TL_SHA256_SIZE], after[TL_SHA256_SIZE];
		struct tl_item *item;

		tl_flow_digest(before, flow, NULL);
		for (unsigned n = 0, way = 0;; way = !way, n += way == 0) {
			struct tl_doc *doc = parse(bytes);
			unsigned at = n;
			struct tl_flow *edited;

			item = leaf(doc->root, &at, true);
			if (!item) {
				tl_doc_free(doc);
				break;
			}
			change_leaf(&doc->arena, item, way);
			edited = read_wire(json_text(&arena, doc->root), NULL, NULL);
			tl_flow_digest(after, edited, NULL);
			if (strcmp(before, after) == 0)
				fail_msg("edit %u of '%.*s' in %s does not show", way, TL_FMT(item->key), fixture_table[i]);
			assert_same_json(&arena, write_wire(&arena, edited), owned(&arena, doc->root));
			tl_flow_free(edited);
			tl_doc_free(doc);
			edits++;
		}
		tl_flow_free(flow);
		tl_arena_clear(&arena);
	}
	assert_true(edits > 200);
}

/* Id, version and status are the platform's: no part of what the flow is. */
static void test_platforms(void **state)
{
	static const char other[] = "{\"id\":\"x\",\"version\":9,\"status\":\"published\",\"publishedVersion\":3,\"nodes\":{}}";
	struct tl_flow *a = read_wire(TL_STR("{\"id\":\"y\",\"nodes\":{}}"), NULL, NULL), *b = read_wire(tl_str(other), NULL, NULL);
	char digest_a[TL_SHA256_SIZE], digest_b[TL_SHA256_SIZE];

	(void)state;
	tl_flow_digest(digest_a, a, NULL);
	tl_flow_digest(digest_b, b, NULL);
	assert_string_equal(digest_a, digest_b);
	assert_str(b->id.text, "x");
	tl_flow_free(a);
	tl_flow_free(b);
}

/* ---- what the documents' flows mean */

static const struct tl_node *node_named(const struct tl_flow *flow, const char *name)
{
	uint32_t index = tl_map_index(&flow->node_names, tl_str(name));

	if (index == TL_NONE)
		fail_msg("no node %s", name);
	return &flow->nodes[index];
}

static const char *next_of(const struct tl_flow *flow, const char *name, unsigned outcome)
{
	const struct tl_node *node = node_named(flow, name);
	const struct tl_target *target = &tl_node_outcomes(flow, node)[outcome].target;

	assert_true(outcome < node->n_outcomes);
	return target->to == TL_TO_NODE ? flow->nodes[target->node].name.text.ptr : "";
}

static void test_webchat(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_findings findings = { 0 };
	struct tl_flow *flow = read_wire(fixture(&arena, fixture_table[0]), NULL, &findings);

	(void)state;
	assert_int_equal(findings.count, 0);
	assert_int_equal(flow->n_nodes, 5);
	assert_int_equal(flow->channel, TL_MESSAGE);
	assert_true(flow->foreign);
	assert_null(flow->extras);
	assert_int_equal(flow->start.to, TL_TO_NODE);
	assert_str(flow->nodes[flow->start.node].name.text, "set_context");
	assert_int_equal(node_named(flow, "set_context")->op, TL_ASSIGN);
	assert_int_equal(node_named(flow, "set_context")->n_assignments, 2);
	assert_int_equal(node_named(flow, "set_context")->assignments[1].value->variable.scope, TL_S_NOW);
	assert_int_equal(node_named(flow, "route_intent")->op, TL_BRANCH);
	assert_string_equal(next_of(flow, "route_intent", 1), "tech_queue");
	assert_string_equal(next_of(flow, "route_intent", 2), "default_end");
	assert_int_equal(node_named(flow, "tech_queue")->op, TL_TRANSFER);
	assert_str(node_named(flow, "tech_queue")->kind, "queue");
	assert_int_equal(tl_node_outcomes(flow, node_named(flow, "tech_queue"))->role, TL_R_FAILED);
	assert_int_equal(node_named(flow, "default_end")->op, TL_END);
	for (uint32_t i = 0; i < flow->n_variables; i++)
		assert_true(flow->variables[i].declared);
	tl_flow_free(flow);
	tl_arena_clear(&arena);
}

static void test_listed(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = read_wire(fixture(&arena, fixture_table[1]), NULL, NULL);

	(void)state;
	assert_int_equal(flow->n_nodes, 4);
	assert_str(flow->nodes[flow->start.node].name.text, "MainMenu");
	assert_true(node_named(flow, "MainMenu")->unknown);
	assert_string_equal(next_of(flow, "MainMenu", 0), "BillingInquiry");
	assert_string_equal(next_of(flow, "MainMenu", 1), "Agent");
	assert_string_equal(next_of(flow, "BillingInquiry", 0), "Goodbye");
	assert_int_equal(node_named(flow, "Agent")->op, TL_END);
	assert_str(node_named(flow, "Agent")->type, "transfer");
	tl_flow_free(flow);
	tl_arena_clear(&arena);
}

static void test_odd(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_findings findings = { 0 };
	struct tl_flow *flow = read_wire(fixture(&arena, fixture_table[2]), NULL, &findings);
	const struct tl_node *menu = node_named(flow, "greet#4"), *begin = node_named(flow, "begin");

	(void)state;
	/* the start is led back to, so it is a node; the action and the type that are not known are notes */
	assert_int_equal(begin->op, TL_JUMP);
	assert_int_equal(flow->start.node, begin - flow->nodes);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.items[0].rule, "unknown-action");
	assert_int_equal(findings.items[0].level, TL_NOTE);
	/* play, two sets, sms, menu, and a branch; the name greet#2 is taken */
	assert_int_equal(node_named(flow, "greet")->op, TL_SAY);
	assert_string_equal(next_of(flow, "greet", 0), "greet#2#");
	assert_int_equal(node_named(flow, "greet#2#")->n_assignments, 2);
	assert_true(node_named(flow, "greet#3")->unknown);
	assert_int_equal(menu->op, TL_MENU);
	assert_string_equal(next_of(flow, "greet#4", 0), "queue");
	assert_string_equal(next_of(flow, "greet#4", 1), "greet#5");
	assert_string_equal(next_of(flow, "greet#4", 2), "begin");
	assert_int_equal(menu->ask.timeout_ms, 7000);
	assert_int_equal(tl_node_outcomes(flow, menu)[0].guard->op, TL_OP_EQUALS);
	assert_int_equal(tl_node_outcomes(flow, menu)[1].guard->kind, TL_E_OPAQUE);
	assert_int_equal(tl_node_outcomes(flow, node_named(flow, "greet#5"))[0].guard->kind, TL_E_OPAQUE);
	assert_int_equal(tl_node_outcomes(flow, node_named(flow, "greet#5"))[1].guard->op, TL_OP_ALL);
	assert_int_equal(node_named(flow, "chat")->op, TL_SAY);
	assert_int_equal(flow->prompts[node_named(flow, "chat")->prompt].n_texts, 2);
	assert_int_equal(node_named(flow, "bye#2")->op, TL_END);
	assert_str(node_named(flow, "bye#2")->exit, "done");
	tl_findings_clear(&findings);
	tl_flow_free(flow);
	tl_arena_clear(&arena);
}

/* Members that are null are as good as absent: the start node only leads on, and nothing is wrong with it. */
static void test_nulls(void **state)
{
	static const char listed[] = "{\"name\":\"x\",\"nodes\":[{\"id\":\"Start\",\"type\":\"start\",\"actions\":null,\"transitions\":[{\"targetId\":\"b\"}]},"
	                             "{\"id\":\"b\",\"type\":\"end\",\"actions\":null,\"transitions\":null}]}";
	struct tl_arena arena = { 0 };
	struct tl_findings findings = { 0 };
	struct tl_flow *flow = read_wire(fixture(&arena, fixture_table[3]), NULL, &findings);

	(void)state;
	assert_int_equal(findings.count, 0);
	assert_int_equal(flow->n_nodes, 3);
	assert_int_equal(flow->start.node, node_named(flow, "mark") - flow->nodes);
	assert_string_equal(next_of(flow, "mark", 0), "which");
	assert_int_equal(node_named(flow, "bye")->op, TL_END);
	tl_flow_free(flow);
	flow = read_wire(TL_STR(listed), NULL, &findings);
	assert_int_equal(findings.count, 0);
	assert_int_equal(flow->n_nodes, 1);
	assert_same_json(&arena, write_wire(&arena, flow), owned(&arena, flow->doc->root));
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	tl_arena_clear(&arena);
}

/* A start node that leads to another start node is written again. */
static void test_two_starts(void **state)
{
	static const char *const texts[] = {
		"{\"name\":\"x\",\"nodes\":[{\"id\":\"Start\",\"type\":\"start\",\"transitions\":[{\"targetId\":\"Menu\"}]},{\"id\":\"Menu\",\"type\":\"start\"}]}",
		"{\"name\":\"x\",\"nodes\":{\"start\":{\"type\":\"start\",\"transition\":\"b\"},\"b\":{\"type\":\"start\",\"transition\":\"b\"}}}",
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(texts); i++) {
		struct tl_arena arena = { 0 };
		struct tl_flow *flow = read_wire(tl_str(texts[i]), NULL, NULL);
		struct tl_flow *again = read_wire(json_text(&arena, write_wire(&arena, flow)), NULL, NULL);

		assert_true(tl_item_equal(write_wire(&arena, flow), flow->doc->root));
		assert_true(tl_item_equal(tl_flow_canonical(&arena, flow), tl_flow_canonical(&arena, again)));
		tl_flow_free(flow);
		tl_flow_free(again);
		tl_arena_clear(&arena);
	}
}

/* ---- values of the environment */

static void test_environment(void **state)
{
	struct tl_str queue = TL_STR("{q}"), brand = TL_STR("Acme"), a = TL_STR("$1");
	struct tl_map values = { 0 };
	char filled[TL_SHA256_SIZE], back[TL_SHA256_SIZE], unfilled[TL_SHA256_SIZE];

	(void)state;
	tl_map_put(&values, TL_STR("QUEUE"), NULL)->value.ptr = &queue;
	tl_map_put(&values, TL_STR("BRAND"), NULL)->value.ptr = &brand;
	tl_map_put(&values, TL_STR("A"), NULL)->value.ptr = &a;
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = read_wire(fixture(&arena, fixture_table[2]), &values, NULL);
	struct tl_flow *plain = read_wire(fixture(&arena, fixture_table[2]), NULL, NULL);
	struct tl_item *item = write_wire(&arena, flow);
	struct tl_flow *again = read_wire(json_text(&arena, item), NULL, NULL);
	const struct tl_item *greet = tl_item_get(tl_item_get(item, "nodes"), "greet"), *environment = tl_item_get(item, "environmentVariables");
	const struct tl_item *actions = tl_item_get(greet, "actions");
	uint32_t set = 0, wanted = 0;

	/* known and unknown texts alike */
	assert_str(tl_item_text(actions->first, "text"), "Hello {caller.name}, {{not} Acme");
	assert_str(tl_item_text(actions->first->next->next->next, "body"), "from Acme");
	assert_str(tl_item_text(environment, "q"), "{{q}");
	assert_str(tl_item_text(environment, "both"), "$1-{env.B}");
	assert_true(flow->variables[tl_map_index(&flow->variable_names, TL_STR("q"))].environment);
	assert_str(flow->variables[tl_map_index(&flow->variable_names, TL_STR("q"))].default_value.text, "{q}");
	for (uint32_t i = 0; i < flow->n_needs; i++) {
		wanted += flow->needs[i].kind == TL_NEED_ENV;
		set += flow->needs[i].kind == TL_NEED_ENV && flow->needs[i].set;
	}
	assert_true(wanted >= 5);
	assert_int_equal(wanted - set, 1);
	/* what is written reads back to the same, and is not the source */
	tl_flow_digest(filled, flow, NULL);
	tl_flow_digest(back, again, NULL);
	tl_flow_digest(unfilled, plain, NULL);
	assert_string_equal(filled, back);
	assert_string_not_equal(filled, unfilled);
	tl_flow_free(flow);
	tl_flow_free(plain);
	tl_flow_free(again);
	tl_arena_clear(&arena);
	tl_map_clear(&values);
}

/* ---- bad documents */

static const struct {
	const char *document, *rule, *message;
} bad_table[] = {
	{ "{\"nodes\":5}", "schema", "'nodes' must be a map or a list" },
	{ "{\"nodes\":{}}", "schema", "the flow has no node of type 'start'" },
	{ "{\"nodes\":{\"start\":5}}", "schema", "a node must be a map" },
	{ "{\"nodes\":[{\"type\":\"start\"}]}", "schema", "a node must be a map with an 'id'" },
	{ "{\"nodes\":[{\"id\":\"a\",\"type\":\"end\"},{\"id\":\"a\",\"type\":\"end\"}]}", "duplicate-key", "there is a node 'a' already" },
	{ "{\"nodes\":{\"start\":{}}}", "schema", "node 'start' needs a 'type'" },
	{ "{\"nodes\":{\"start\":{\"type\":\"action\",\"actions\":{}}}}", "schema", "'actions' must be a list" },
	{ "{\"nodes\":{\"start\":{\"type\":\"action\",\"actions\":[5]}}}", "schema", "an action needs a 'name'" },
	{ "{\"nodes\":{\"start\":{\"type\":\"action\",\"actions\":[{\"name\":\"set\"}]}}}", "schema", "a 'set' needs a 'variable' and a 'value'" },
	{ "{\"nodes\":{\"start\":{\"type\":\"transition\",\"conditions\":[5]}}}", "schema", "a condition must be a map" },
	{ "{\"nodes\":{\"start\":{\"type\":\"start\",\"transition\":5}}}", "schema", "'transition' must be the name of a node" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(bad_table); i++) {
		struct tl_findings findings = { 0 };
		struct tl_arena arena = { 0 };
		struct tl_flow *flow = read_wire(tl_str(bad_table[i].document), NULL, &findings);
		bool found = false;

		for (size_t n = 0; n < findings.count; n++) {
			found = found || (strcmp(findings.items[n].rule, bad_table[i].rule) == 0 &&
			                  tl_str_is(findings.items[n].message, bad_table[i].message));
		}
		assert_row(bad_table[i].document, found);
		assert_same_json(&arena, write_wire(&arena, flow), flow->doc->root);
		tl_flow_free(flow);
		tl_findings_clear(&findings);
		tl_arena_clear(&arena);
	}
}

int test_wire(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_all_texts),
		cmocka_unit_test(test_written_back),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_platforms),
		cmocka_unit_test(test_webchat),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_nulls),
		cmocka_unit_test(test_two_starts),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
