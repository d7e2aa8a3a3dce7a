/* dialect/wire: every native flow is written to the wire and read back to an equal model. */
#include "unit.h"

#include "flow/canonical.h"
#include "unit_flow.h"
#include "unit_gen.h"

#define FLOWS 3000

static struct tl_flow *read_with(void (*read)(struct tl_flow **out, struct tl_doc *doc, const struct tl_lower *lower), struct tl_str json,
                                 const struct tl_map *values)
{
	struct tl_lower lower = { .limits = tl_limits_default(), .values = values };
	struct tl_error err = { 0 };
	struct tl_flow *flow;
	struct tl_doc *doc;

	if (tl_json_parse(&doc, TL_STR("test.flow.json"), json, &err) < 0)
		fail_msg("%s", err.message);
	read(&flow, doc, &lower);
	return flow;
}

/* `sorted`: as a platform may give it back, with the keys of all maps in another order. */
static struct tl_flow *through_wire(struct tl_arena *arena, const struct tl_flow *flow, bool sorted, const struct tl_map *values)
{
	struct tl_error err = { 0 };
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_item *item;
	struct tl_flow *back;

	assert_int_equal(tl_wire_write(&item, arena, flow, &err), 0);
	tl_json_init(&json, &text, false);
	if (sorted)
		tl_json_canonical(&text, item);
	else
		tl_json_item(&json, item);
	back = read_with(tl_wire_read, tl_buf_view(&text), values);
	tl_buf_clear(&text);
	return back;
}

static void assert_equal_models(struct tl_arena *arena, const struct tl_flow *a, const struct tl_flow *b, uint64_t seed)
{
	const struct tl_item *left = tl_flow_canonical(arena, a), *right = tl_flow_canonical(arena, b);

	if (tl_item_equal(left, right))
		return;
	print_error("seed %llu\n", (unsigned long long)seed);
	assert_string_equal(unit_json(arena, right), unit_json(arena, left));
}

/* The text of a tree with its keys in the order in which they were made. */
static struct tl_str as_written(struct tl_arena *arena, const struct tl_item *item)
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

/* As a native file says it, read again. */
static struct tl_flow *through_native(struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_error err = { 0 };
	struct tl_item *item;

	if (tl_native_write(&item, arena, flow, &err) != 0)
		fail_msg("%s", err.message);
	return read_with(tl_native_read, as_written(arena, item), NULL);
}

static void test_one(uint64_t seed, const struct tl_map *values)
{
	struct tl_arena arena = { 0 };
	struct tl_str json = as_written(&arena, unit_random_flow(&arena, seed));
	struct tl_flow *native = read_with(tl_native_read, json, NULL), *filled = read_with(tl_native_read, json, values);
	struct tl_flow *back = through_wire(&arena, native, seed % 2, NULL), *filled_back = through_wire(&arena, filled, seed % 2, NULL);
	struct tl_flow *late = through_wire(&arena, native, seed % 2, values), *twice = through_wire(&arena, back, !(seed % 2), NULL);
	struct tl_flow *again = through_native(&arena, seed % 3 ? back : native), *filled_again = through_native(&arena, filled_back);

	assert_equal_models(&arena, native, back, seed);
	assert_equal_models(&arena, back, twice, seed);
	/* Values may be filled in before the wire or on reading it. */
	assert_equal_models(&arena, filled, filled_back, seed);
	assert_equal_models(&arena, filled, late, seed);
	/* And what came back from the platform is said in a native file again. */
	assert_equal_models(&arena, native, again, seed);
	assert_equal_models(&arena, filled, filled_again, seed);
	for (uint32_t i = 0; i < back->n_nodes; i++)
		assert_null(back->nodes[i].extras);
	assert_int_equal(native->n_nodes, back->n_nodes);
	assert_int_equal(native->start.to, back->start.to);
	tl_flow_free(native);
	tl_flow_free(filled);
	tl_flow_free(back);
	tl_flow_free(filled_back);
	tl_flow_free(late);
	tl_flow_free(twice);
	tl_flow_free(again);
	tl_flow_free(filled_again);
	tl_arena_clear(&arena);
}

static void test_random(void **state)
{
	struct tl_str region = TL_STR("eu {x} $y"), brace = TL_STR("{");
	struct tl_map values = { 0 };

	(void)state;
	tl_map_put(&values, TL_STR("REGION"), NULL)->value.ptr = &region;
	tl_map_put(&values, TL_STR("BRACE"), NULL)->value.ptr = &brace;
	for (uint64_t seed = 1; seed <= FLOWS; seed++)
		test_one(seed, &values);
	tl_map_clear(&values);
}

/* `set`, `decide`, a transfer to a queue and `end` look as in the platform's documents; the other types hold their parameters in their action. */
static void test_words(void **state)
{
	static const char text[] =
		"flow: words\nname: All words\nchannel: voice\nstart: a\n"
		"variables: {n: {type: number}, o: {type: object}}\n"
		"nodes:\n"
		"  a: {type: set, values: {n: 1, o: 'is ${n}'}, next: b}\n"
		"  b: {type: decide, cases: [{when: {variable: n, equals: 1}, next: c}, {when: {not: {variable: n, is_set: true}}, next: d}], otherwise: d}\n"
		"  c: {type: transfer, to: {queue: '${env.Q}'}, failed: d}\n"
		"  d: {type: menu, prompt: {text: {en: 'Hi {n}', de: x}}, choices: [{key: '1', set: {n: 2}, next: c}], no_input: {timeout: 3s, next: e}, otherwise: e}\n"
		"  e: {type: data_action, action: crm, inputs: {who: '${caller.number}'}, outputs: {n: a.b}, next: f, failed: start}\n"
		"  f: {type: end, exit: done}\n"
		"  start: {type: subflow, flow: other, exits: {done: f}, otherwise: f}\n";
	struct tl_flow *flow = unit_native(text);
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_item *item;

	(void)state;
	assert_int_equal(tl_wire_write(&item, &arena, flow, &err), 0);
	assert_string_equal(unit_json(&arena, tl_item_get(item, "nodes")),
		"{\"#start\":{\"transition\":\"a\",\"type\":\"start\"},"
		"\"a\":{\"actions\":[{\"name\":\"set\",\"value\":1,\"variable\":\"n\"},{\"name\":\"set\",\"value\":\"is {n}\",\"variable\":\"o\"}],"
		"\"transition\":\"b\",\"type\":\"action\"},"
		"\"b\":{\"conditions\":[{\"condition\":\"equals\",\"transition\":\"c\",\"value\":1,\"variable\":\"n\"},"
		"{\"condition\":\"not\",\"conditions\":[{\"condition\":\"is_set\",\"value\":true,\"variable\":\"n\"}],\"transition\":\"d\"}],"
		"\"transition\":\"d\",\"type\":\"transition\"},"
		"\"c\":{\"actions\":[{\"name\":\"route\",\"queueId\":\"{env.Q}\"}],\"transition\":\"d\",\"type\":\"action\"},"
		"\"d\":{\"actions\":[{\"choices\":[{\"key\":\"1\",\"set\":[{\"value\":2,\"variable\":\"n\"}]}],\"name\":\"menu\","
		"\"no_input\":{\"timeout\":\"3s\"},"
		"\"prompt\":{\"text\":[{\"language\":\"en\",\"text\":\"Hi {{n}\"},{\"language\":\"de\",\"text\":\"x\"}]}}],"
		"\"conditions\":[{\"condition\":\"equals\",\"transition\":\"c\",\"value\":\"choice 1\",\"variable\":\"last.outcome\"},"
		"{\"condition\":\"equals\",\"transition\":\"e\",\"value\":\"no_input.next\",\"variable\":\"last.outcome\"}],"
		"\"transition\":\"e\",\"type\":\"action\"},"
		"\"e\":{\"actions\":[{\"action\":\"crm\",\"inputs\":{\"who\":\"{caller.number}\"},\"name\":\"data_action\",\"outputs\":{\"n\":\"a.b\"}}],"
		"\"conditions\":[{\"condition\":\"equals\",\"transition\":\"start\",\"value\":\"failed\",\"variable\":\"last.outcome\"}],"
		"\"transition\":\"f\",\"type\":\"action\"},"
		"\"f\":{\"exit\":\"done\",\"type\":\"end\"},"
		"\"start\":{\"actions\":[{\"flow\":\"other\",\"name\":\"subflow\"}],"
		"\"conditions\":[{\"condition\":\"equals\",\"transition\":\"f\",\"value\":\"exit done\",\"variable\":\"last.outcome\"}],"
		"\"transition\":\"f\",\"type\":\"action\"}}");
	assert_str(tl_item_text(item, "externalId"), "words");
	assert_null(tl_item_get(item, "flow"));
	assert_null(tl_item_get(item, "id"));
	tl_flow_free(flow);
	tl_arena_clear(&arena);
}

static void test_architect(void **state)
{
	struct tl_flow flow = { .dialect = TL_DIALECT_ARCHITECT };
	struct tl_error err = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_item *item;

	(void)state;
	assert_int_equal(tl_wire_write(&item, &arena, &flow, &err), -1);
	assert_int_equal(err.code, TL_UNSUPPORTED);
	assert_null(item);
}

int test_wire_native(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_architect),
	};

	return cmocka_run_group_tests_name("wire_native", tests, NULL, NULL);
}
