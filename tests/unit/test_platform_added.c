/* tests/unit/test_platform_added.c: what a platform adds by itself, beside what somebody changed there. */
#include "unit.h"

#include "platform/added.h"
#include "platform/merge.h"
#include "unit_flow.h"

#define NATIVE "flow: a\nchannel: voice\nstart: say\nprompts: {hi: {text: Hello}}\nnodes:\n  say: {type: play, prompt: hi, next: bye}\n  bye: {type: end}\n"
/* Its start node with a null. */
#define NULLS \
	"{\"name\":\"a\",\"externalId\":\"a\",\"channel\":\"voice\",\"prompts\":{\"hi\":{\"text\":\"Hello\"}},\"nodes\":{\"start\":{\"type\":\"start\",\"transition\":\"say\",\"actions\":null}," \
	"\"say\":{\"type\":\"action\",\"actions\":[{\"name\":\"play\",\"prompt\":\"hi\"}],\"transition\":\"bye\"},\"bye\":{\"type\":\"end\",\"transition\":null}}}"
/* The same on the wire; `hi`, `say`, `bye` and `more` begin with a comma where they are there. */
#define WIRE(hi, say, bye, more) \
	"{\"name\":\"a\",\"externalId\":\"a\",\"channel\":\"voice\",\"prompts\":{\"hi\":{\"text\":\"Hello\"" hi "}},\"nodes\":{\"start\":{\"type\":\"start\",\"transition\":\"say\"}," \
	"\"say\":{\"type\":\"action\",\"actions\":[{\"name\":\"play\",\"prompt\":\"hi\"}],\"transition\":\"bye\"" say "},\"bye\":{\"type\":\"end\"" bye "}}" more "}"
#define BARE WIRE("", "", "", "")
#define HOME ",\"division\":{\"id\":\"*\",\"name\":\"Home\"}"
#define AWAY ",\"division\":{\"id\":\"*\",\"name\":\"Away\"}"

/* A flow of its text: native where it does not begin as JSON does. */
static struct tl_flow *flow_of(const char *text)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *flow = tl_merge_read(text[0] == '{' ? TL_STR("a.flow.json") : TL_STR("a.flow.yaml"), tl_str(text), &lower);

	assert_non_null(flow);
	return flow;
}

static void assert_is(const struct tl_flow *flow, const char *text)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *wanted = flow_of(text);

	assert_string_equal(unit_canonical(&arena, flow), unit_canonical(&arena, wanted));
	tl_flow_free(wanted);
	tl_arena_clear(&arena);
}

static const struct row {
	const char *ours, *base, *theirs; /* base NULL: there is none */
	const char *left;                 /* of theirs */
	const char *base_left;
	bool any;
} rows[] = {
	/* Nothing, and what both have alike. */
	{ NATIVE, BARE, BARE, BARE, BARE, false },
	{ NATIVE, WIRE("", "", "", HOME), WIRE("", "", "", HOME), BARE, BARE, true },
	{ NATIVE, WIRE(",\"id\":5", ",\"seen\":[]", ",\"x\":1", HOME), WIRE(",\"id\":5", ",\"seen\":[]", ",\"x\":1", HOME), BARE, BARE, true },
	/* What somebody changed, added or took away there. */
	{ NATIVE, WIRE("", "", "", HOME), WIRE("", "", "", AWAY), WIRE("", "", "", AWAY), WIRE("", "", "", HOME), true },
	{ NATIVE, WIRE("", "", "", HOME), WIRE("", "", "", HOME ",\"tags\":[]"), WIRE("", "", "", ",\"tags\":[]"), BARE, true },
	{ NATIVE, WIRE("", ",\"x\":1", "", ""), WIRE("", ",\"x\":2", "", ""), WIRE("", ",\"x\":2", "", ""), WIRE("", ",\"x\":1", "", ""), true },
	{ NATIVE, WIRE("", ",\"x\":1", "", ""), WIRE("", "", ",\"x\":1", ""), WIRE("", "", ",\"x\":1", ""), WIRE("", ",\"x\":1", "", ""), true },
	{ NATIVE, WIRE("", "", "", HOME), BARE, BARE, WIRE("", "", "", HOME), false },
	/* Without a base nobody knows, but documented members that hold nothing say nothing. */
	{ NATIVE, NULL, WIRE("", "", "", HOME), WIRE("", "", "", HOME), NULL, true },
	{ NATIVE, NULL, WIRE("", ",\"conditions\":[]", "", ",\"environmentVariables\":null,\"applicationSettings\":null"), BARE, NULL, true },
	{ NATIVE, BARE, WIRE("", "", ",\"actions\":[]", ",\"environmentVariables\":{},\"applicationSettings\":{}"), BARE, BARE, true },
	{ NATIVE, BARE, WIRE("", "", "", ",\"applicationSettings\":{\"x\":1}"), WIRE("", "", "", ",\"applicationSettings\":{\"x\":1}"), BARE, false },
	{ NATIVE, BARE, NULLS, BARE, BARE, true },
	{ NULLS, BARE, NULLS, NULLS, BARE, false },
	/* A file in the platform's form keeps what it has. */
	{ WIRE("", ",\"x\":1", "", HOME), WIRE("", ",\"x\":1", "", HOME), WIRE("", ",\"x\":1", "", HOME ",\"tags\":[]"), WIRE("", ",\"x\":1", "", HOME ",\"tags\":[]"),
	  WIRE("", ",\"x\":1", "", HOME), true },
	{ WIRE("", "", "", ",\"environmentVariables\":{},\"applicationSettings\":{}"), NULL, WIRE("", "", "", ",\"environmentVariables\":null,\"applicationSettings\":{}"),
	  WIRE("", "", "", ",\"environmentVariables\":null,\"applicationSettings\":{}"), NULL, false },
	{ WIRE("", ",\"x\":1", "", ""), WIRE("", ",\"x\":1,\"y\":2", "", HOME), WIRE("", ",\"x\":1,\"y\":2", "", HOME), WIRE("", ",\"x\":1", "", ""), WIRE("", ",\"x\":1", "", ""), true },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct tl_flow *ours = flow_of(row->ours), *theirs = flow_of(row->theirs), *base = row->base ? flow_of(row->base) : NULL;

		if (tl_added_is_any(theirs, ours) != row->any)
			fail_msg("row %zu: %s are left out", i, row->any ? "members that" : "none");
		tl_added_leave_out(theirs, base, ours);
		assert_is(theirs, row->left);
		if (base)
			assert_is(base, row->base_left);
		tl_flow_free(ours);
		tl_flow_free(theirs);
		tl_flow_free(base);
	}
}

/* Entries that are gone take with them what was kept of them. */
static void test_sections(void **state)
{
	static const char both[] = "{\"name\":\"a\",\"externalId\":\"a\",\"channel\":\"voice\",\"prompts\":{\"hi\":{\"text\":\"Hello\",\"id\":1},\"on\":{\"text\":\"Hold\",\"id\":2}},"
	                           "\"nodes\":{\"start\":{\"type\":\"start\",\"transition\":\"bye\"},\"bye\":{\"type\":\"end\"}}}";
	static const char one[] = "{\"name\":\"a\",\"externalId\":\"a\",\"channel\":\"voice\",\"prompts\":{\"hi\":{\"text\":\"Hello\",\"id\":1}},"
	                          "\"nodes\":{\"start\":{\"type\":\"start\",\"transition\":\"bye\"},\"bye\":{\"type\":\"end\"}}}";
	struct tl_flow *ours = flow_of(NATIVE), *theirs = flow_of(one), *base = flow_of(both);

	(void)state;
	tl_added_leave_out(theirs, base, ours);
	assert_null(theirs->extras);
	tl_flow_free(theirs);
	tl_flow_free(base);
	theirs = flow_of(both);
	base = flow_of(one);
	tl_added_leave_out(theirs, base, ours);
	assert_non_null(theirs->extras);
	tl_flow_free(theirs);
	tl_flow_free(base);
	tl_flow_free(ours);
}

/* One flow for both: nothing is left that the file does not have. */
static void test_all(void **state)
{
	struct tl_flow *ours = flow_of(NATIVE), *sent = flow_of(WIRE(",\"id\":5", ",\"x\":1", "", AWAY));

	(void)state;
	tl_added_leave_out(sent, sent, ours);
	assert_is(sent, BARE);
	tl_flow_free(sent);
	tl_flow_free(ours);
}

int test_platform_added(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests_name("platform_added", tests, NULL, NULL);
}
