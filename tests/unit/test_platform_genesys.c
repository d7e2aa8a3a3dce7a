/* tests/unit/test_platform_genesys.c: what a platform over the wire answers: lists in pages that move, flows and versions, roles, judgements and simulated calls;
 * and answers that are not what the contract says, which are refused in words and never believed. */
#include "genesys_yard.h"

#include <stdio.h>

#include "base/buf.h"
#include "doc/json.h"

/* ---- lists */

static void all_pages_are_read_and_sorted(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes remotes;

	for (int i = 612; i > 0; i--)
		stage_add(stage, tl_arena_printf(&stage->arena, "line-%03d", i).ptr, "base");
	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), 0);
	assert_int_equal(remotes.count, 612);
	assert_int_equal(stage->requests, 7);
	assert_str(remotes.items[0].name, "line-001");
	assert_str(remotes.items[611].name, "line-612");
	assert_true(remotes.items[5].version == 1 && remotes.items[5].published_version == 1 && remotes.items[5].content.len == 0);
}

/* How many of 612 flows were expected, and by how many requests all of them are had. */
static const struct {
	size_t expected, requests;
} expected_table[] = { { 1, 7 }, { 100, 7 }, { 101, 7 }, { 612, 7 }, { 700, 7 }, { 701, 8 }, { 1500, 15 } };

static void pages_that_are_expected_are_asked_for_at_once(void **unused)
{
	(void)unused;
	for (size_t row = 0; row < TL_COUNT(expected_table); row++) {
		struct tl_remotes remotes;
		struct stage *stage;

		stage_make((void **)&stage);
		stage->strict = row % 2 == 0;
		for (int i = 612; i > 0; i--)
			stage_add(stage, tl_arena_printf(&stage->arena, "line-%03d", i).ptr, "base");
		assert_int_equal(tl_platform_list_about(&remotes, &stage->arena, stage->platform, expected_table[row].expected, &stage->err), 0);
		assert_int_equal(remotes.count, 612);
		assert_int_equal(stage->requests, expected_table[row].requests);
		assert_str(remotes.items[611].name, "line-612");
		stage_remove((void **)&stage);
	}
}

static void no_flows_are_a_list_too(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes remotes;

	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), 0);
	assert_int_equal(remotes.count, 0);
	assert_int_equal(tl_platform_list_about(&remotes, &stage->arena, stage->platform, 1000, &stage->err), 0);
	assert_int_equal(remotes.count, 0);
}

/* Somebody makes a flow that comes first in every list, while the pages are read. */
static void insert_in_front(struct stage *stage)
{
	if (stage->requests != 2)
		return;
	stage_add(stage, "new", "base");
	for (size_t i = stage->n_flows - 1; i > 0; i--) {
		struct stage_flow moved = stage->flows[i];

		stage->flows[i] = stage->flows[i - 1];
		stage->flows[i - 1] = moved;
	}
}

static void a_list_that_grows_meanwhile_is_read_again(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes remotes;

	for (int i = 0; i < 250; i++)
		stage_add(stage, tl_arena_printf(&stage->arena, "line-%03d", i).ptr, "base");
	stage->meddle = insert_in_front;
	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), 0);
	assert_int_equal(remotes.count, 251);
	for (size_t i = 1; i < remotes.count; i++)
		assert_true(tl_str_compare(remotes.items[i - 1].name, remotes.items[i].name) < 0);
	assert_str(remotes.items[250].name, "new");
}

/* A flow goes with each page that is asked for. */
static void delete_one(struct stage *stage)
{
	memmove(&stage->flows[0], &stage->flows[1], (stage->n_flows - 1) * sizeof(stage->flows[0]));
	stage->n_flows--;
}

static void a_list_that_never_rests_is_refused(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes remotes;

	for (int i = 0; i < 250; i++)
		stage_add(stage, tl_arena_printf(&stage->arena, "line-%03d", i).ptr, "base");
	stage->meddle = delete_one;
	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_REFUSED);
	assert_int_equal(remotes.count, 0);
}

#define ROW "{\"id\":\"a\",\"name\":\"line\",\"version\":3,\"status\":\"draft\",\"publishedVersion\":2}"

/* What lists may look like, and what not. */
static const struct {
	const char *name, *body;
	int status;
	enum tl_code code;
	const char *message;
} list_table[] = {
	{ "one", "{\"entities\":[" ROW "],\"total\":1,\"pageCount\":1,\"pageSize\":100,\"pageNumber\":1}", 200, TL_OK, NULL },
	{ "without a count", "{\"entities\":[" ROW "]}", 200, TL_OK, NULL },
	{ "null where nothing is said", "{\"entities\":[" ROW "],\"total\":null,\"nextUri\":null}", 200, TL_OK, NULL },
	{ "no object", "[]", 200, TL_REFUSED, "'entities'" },
	{ "no entities", "{\"total\":0}", 200, TL_REFUSED, "lacks 'entities'" },
	{ "entities are an object", "{\"entities\":{}}", 200, TL_REFUSED, "'entities' is an object, not a list" },
	{ "an entity is a text", "{\"entities\":[\"x\"]}", 200, TL_REFUSED, "a text stands where an object" },
	{ "a total that is none", "{\"entities\":[" ROW "],\"total\":-1}", 200, TL_REFUSED, "'total' is -1" },
	{ "a total in words", "{\"entities\":[" ROW "],\"total\":\"1\"}", 200, TL_REFUSED, "'total' is a text" },
	{ "more pages than can be", "{\"entities\":[" ROW "],\"total\":1,\"pageCount\":900000}", 200, TL_REFUSED, "900000 pages" },
	{ "a total that does not come", "{\"entities\":[" ROW "],\"total\":2,\"pageCount\":1}", 200, TL_REFUSED, "not as long as it says" },
	{ "far more pages than flows", "{\"entities\":[" ROW "],\"total\":1,\"pageCount\":9000}", 200, TL_REFUSED, "not as long as it says" },
	{ "far more flows than pages hold", "{\"entities\":[" ROW "],\"total\":900000,\"pageCount\":9000}", 200, TL_REFUSED, "not as long as it says" },
	{ "the same page for ever", "{\"entities\":[" ROW "],\"nextUri\":\"/api/v2/flows?pageNumber=2\"}", 200, TL_REFUSED, "page 2 of the list is page 1 once more" },
	{ "one of the flows is odd", "{\"entities\":[" ROW ",{\"id\":\"f-7\",\"name\":\"x\",\"version\":1,\"status\":\"new\"}],\"total\":2}", 200, TL_REFUSED,
	  "flow 'f-7' stands in the way of reading its list: the platform's answer to GET /api/v2/flows?pageNumber=1&pageSize=100 is not what its contract says: 'status' is 'new'" },
	{ "nothing", "", 200, TL_REFUSED, "it is empty" },
	{ "no JSON", "{\"entities\":[", 200, TL_REFUSED, "cannot be read as JSON" },
	{ "not there", "{}", 404, TL_REFUSED, "is 'api' the address" },
};

/* However many flows are expected, the same is said of what comes. */
static void lists_are_held_against_the_contract(void **unused)
{
	static const size_t expected_of[] = { 0, 250 };

	(void)unused;
	for (size_t i = 0; i < TL_COUNT(list_table) * TL_COUNT(expected_of); i++) {
		const size_t at = i / TL_COUNT(expected_of), expected = expected_of[i % TL_COUNT(expected_of)];
		const char *row = list_table[at].name;
		struct tl_remotes remotes;
		struct stage *stage;
		int ret;

		stage_make((void **)&stage);
		stage->body = list_table[at].body;
		stage->status = list_table[at].status;
		ret = tl_platform_list_about(&remotes, &stage->arena, stage->platform, expected, &stage->err);
		assert_row(row, (ret == 0) == (list_table[at].code == TL_OK));
		assert_row(row, ret == 0 || stage->err.code == list_table[at].code);
		if (list_table[at].message && !strstr(stage->err.message, list_table[at].message))
			fail_msg("%s: %s", row, stage->err.message);
		assert_row(row, remotes.count == (ret == 0 ? 1 : 0) && stage->requests < 20);
		stage_remove((void **)&stage);
	}
}

#define OTHER "{\"id\":\"b\",\"name\":\"other\",\"version\":1,\"status\":\"published\"}"
#define NEXT "\"nextUri\":\"/api/v2/flows?pageNumber=9\""

/* Lists whose length is not said, page for page; `count` rows are read of them, or they are refused. */
static const struct {
	const char *name;
	const char *pages[5];
	size_t count;
	const char *message;
} pages_table[] = {
	{ "rows after a page without any", { "{\"entities\":[]," NEXT "}", "{\"entities\":[" ROW "]}" }, 1, NULL },
	{ "rows on both sides of one", { "{\"entities\":[" ROW "]," NEXT "}", "{\"entities\":[]," NEXT "}", "{\"entities\":[" OTHER "]}" }, 2, NULL },
	{ "a next page that is off its origin is asked for by its number", { "{\"entities\":[],\"nextUri\":\"https://evil.example/2\"}", "{\"entities\":[" ROW "]}" }, 1, NULL },
	{ "a next page that has none is the end", { "{\"entities\":[]," NEXT "}", "{\"entities\":[]}" }, 0, NULL },
	{ "empty pages without an end", { "{\"entities\":[]," NEXT "}", "{\"entities\":[]," NEXT "}" }, 0, "page 2 of the list is page 1 once more" },
	{ "a count that comes late and is less than all", { "{\"entities\":[" ROW "]," NEXT "}", "{\"entities\":[" OTHER "],\"pageCount\":3}" }, 0, "not as long as it says" },
	{ "a last page that speaks of a next one", { "{\"entities\":[" ROW "],\"pageCount\":1," NEXT "}" }, 0, "not as long as it says" },
};

static void a_list_goes_on_as_long_as_it_says_so(void **unused)
{
	static const size_t expected_of[] = { 0, 250 };

	(void)unused;
	for (size_t row = 0; row < 2 * TL_COUNT(pages_table); row++) {
		size_t at = row / 2;
		struct tl_remotes remotes;
		struct stage *stage;
		int ret;

		stage_make((void **)&stage);
		stage->pages = pages_table[at].pages;
		ret = tl_platform_list_about(&remotes, &stage->arena, stage->platform, expected_of[row % 2], &stage->err);
		if (ret != (pages_table[at].message ? -1 : 0) || remotes.count != pages_table[at].count)
			fail_msg("%s: %zu: %s", pages_table[at].name, remotes.count, stage->err.message);
		if (ret != 0 && (stage->err.code != TL_REFUSED || !strstr(stage->err.message, pages_table[at].message)))
			fail_msg("%s: %s", pages_table[at].name, stage->err.message);
		stage_remove((void **)&stage);
	}
}

static void a_flow_that_carries_our_id_goes_by_it(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes remotes;

	stage->body = "{\"entities\":[{\"id\":\"a\",\"name\":\"Support line\",\"externalId\":\"support-line\",\"version\":3,\"status\":\"draft\"},"
		      "{\"id\":\"b\",\"name\":\"Made there\",\"version\":1,\"status\":\"published\"}],\"total\":2}";
	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), 0);
	assert_str(remotes.items[0].name, "Made there");
	assert_str(remotes.items[1].name, "support-line");
	assert_str(remotes.items[1].title, "Support line");
	assert_true(remotes.items[0].titled && !remotes.items[1].titled);
	assert_int_equal(remotes.items[1].published_version, 0);
}

/* The contract names neither, and a platform may well mean something else by them. */
static void members_that_the_contract_does_not_name_stand_in_nobodys_way(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes remotes;

	stage->body = "{\"entities\":[{\"id\":\"a\",\"name\":\"Line\",\"version\":3,\"status\":\"draft\",\"dateModified\":1781517600000,\"dateCreated\":\"2026-06-15T10:00:00Z\"},"
		      "{\"id\":\"b\",\"name\":\"Other\",\"version\":1,\"status\":\"published\",\"dateCreated\":{},\"externalId\":4711}],\"total\":2}";
	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), 0);
	assert_int_equal(remotes.count, 2);
	assert_true(remotes.items[0].written_ms == 1781517600000 && remotes.items[1].written_ms == 0);
	assert_str(remotes.items[1].name, "Other");
	assert_true(remotes.items[1].titled);
}

static void a_name_that_is_too_long_hides_no_other_flow(void **state)
{
	struct stage *stage = *state;
	struct tl_remote_call call;
	struct tl_put put = { .version = 1, .publish = true, .call = &call };
	struct tl_flow *flow;
	struct tl_remotes remotes;
	struct tl_remote remote;
	char name[1026];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	stage->body = tl_arena_printf(&stage->arena, "{\"entities\":[{\"id\":\"a\",\"name\":\"%s\",\"version\":3,\"status\":\"draft\"},"
	                              "{\"id\":\"b\",\"name\":\"line\",\"version\":1,\"status\":\"published\"}],\"total\":2}", name).ptr;
	assert_int_equal(tl_platform_list(&remotes, &stage->arena, stage->platform, &stage->err), 0);
	assert_int_equal(remotes.count, 2);
	assert_str(remotes.items[0].name, "line");
	assert_int_equal(remotes.items[1].title.len, 1024);
	/* Whoever would write one could not find it again. */
	flow = stage_flow(name, "over");
	put.flow = flow;
	stage->body = NULL;
	assert_int_equal(tl_platform_create(&remote, &stage->arena, stage->platform, &put, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_REFUSED);
	assert_non_null(strstr(stage->err.message, "longer than 1,024 bytes"));
	assert_int_equal(stage->n_flows, 0);
	tl_flow_free(flow);
}

/* ---- flows */

#define FLOW(more) "{\"id\":\"a\",\"name\":\"line\"," more ",\"nodes\":{}}"

static const struct {
	const char *name, *body, *etag;
	const char *message;   /* NULL: it is taken */
	enum tl_remote_status status;
	int64_t published;
	bool reached;
	const char *reason;
} flow_table[] = {
	{ "published", FLOW("\"version\":3,\"status\":\"published\""), "\"3\"", NULL, TL_STATUS_PUBLISHED, 3, true, "" },
	{ "a draft", FLOW("\"version\":3,\"status\":\"draft\",\"publishedVersion\":2"), "\"3\"", NULL, TL_STATUS_DRAFT, 2, false, "" },
	{ "publishing", FLOW("\"version\":3,\"status\":\"publishing\",\"publishedVersion\":null"), NULL, NULL, TL_STATUS_PUBLISHING, 0, false, "" },
	{ "scheduled", FLOW("\"version\":3,\"status\":\"scheduled\""), "W/\"3\"", NULL, TL_STATUS_SCHEDULED, 0, false, "" },
	{ "failed", FLOW("\"version\":3,\"status\":\"failed\",\"statusReason\":\"no audio\",\"publishedVersion\":1"), "3", NULL, TL_STATUS_FAILED, 1,
	  false, "no audio" },
	{ "rejected", FLOW("\"version\":3,\"status\":\"rejected\",\"statusReason\":\"no\""), "", NULL, TL_STATUS_REJECTED, 0, false, "no" },
	{ "a reason that does not matter", FLOW("\"version\":3,\"status\":\"draft\",\"statusReason\":\"old\",\"publishedVersion\":3"), NULL, NULL,
	  TL_STATUS_DRAFT, 3, true, "" },
	{ "nodes in a list", "{\"id\":\"a\",\"name\":\"x\",\"version\":3,\"status\":\"draft\",\"nodes\":[]}", NULL, NULL, TL_STATUS_DRAFT, 0, false, "" },
	{ "another version in the ETag", FLOW("\"version\":3,\"status\":\"draft\""), "\"4\"", "its ETag is \"4\", its version 3", 0, 0, false, NULL },
	{ "an ETag that is none", FLOW("\"version\":3,\"status\":\"draft\""), "\"abc\"", "its ETag", 0, 0, false, NULL },
	{ "an ETag without an end", FLOW("\"version\":3,\"status\":\"draft\""), "\"99999999999999999999\"", "its ETag", 0, 0, false, NULL },
	{ "another flow", "{\"id\":\"b\",\"name\":\"x\",\"version\":3,\"status\":\"draft\",\"nodes\":{}}", NULL, "it is the flow 'b', not 'a'", 0, 0, false, NULL },
	{ "a version that is no integer", FLOW("\"version\":3.5,\"status\":\"draft\""), NULL, "'version' is 3.5", 0, 0, false, NULL },
	{ "a version in words", FLOW("\"version\":\"3\",\"status\":\"draft\""), NULL, "'version' is a text, not a number", 0, 0, false, NULL },
	{ "a version of nothing", FLOW("\"version\":0,\"status\":\"draft\""), NULL, "'version' is 0", 0, 0, false, NULL },
	{ "a version below nothing", FLOW("\"version\":-3,\"status\":\"draft\""), NULL, "'version' is -3", 0, 0, false, NULL },
	{ "a version past all numbers", FLOW("\"version\":1e300,\"status\":\"draft\""), NULL, "'version' is 1e300", 0, 0, false, NULL },
	{ "no version", FLOW("\"status\":\"draft\""), NULL, "lacks 'version'", 0, 0, false, NULL },
	{ "no status", FLOW("\"version\":3"), NULL, "lacks 'status'", 0, 0, false, NULL },
	{ "a status that is none", FLOW("\"version\":3,\"status\":\"PUBLISHED\""), NULL, "'PUBLISHED', which is no status", 0, 0, false, NULL },
	{ "published above the last", FLOW("\"version\":3,\"status\":\"draft\",\"publishedVersion\":4"), NULL, "above the last", 0, 0, false, NULL },
	{ "no nodes", "{\"id\":\"a\",\"name\":\"x\",\"version\":3,\"status\":\"draft\"}", NULL, "lacks 'nodes'", 0, 0, false, NULL },
	{ "nodes are a text", "{\"id\":\"a\",\"name\":\"x\",\"version\":3,\"status\":\"draft\",\"nodes\":\"no\"}", NULL, "'nodes' is a text", 0, 0, false, NULL },
	{ "no id", "{\"name\":\"x\",\"version\":3,\"status\":\"draft\",\"nodes\":{}}", NULL, "lacks 'id'", 0, 0, false, NULL },
	{ "no name", "{\"id\":\"a\",\"version\":3,\"status\":\"draft\",\"nodes\":{}}", NULL, "lacks 'name'", 0, 0, false, NULL },
	{ "an empty name", "{\"id\":\"a\",\"name\":\"\",\"version\":3,\"status\":\"draft\",\"nodes\":{}}", NULL, "'name' is empty", 0, 0, false, NULL },
	{ "null", "null", NULL, "null stands where", 0, 0, false, NULL },
	{ "twice", "{\"id\":\"a\",\"id\":\"b\"}", NULL, "cannot be read as JSON", 0, 0, false, NULL },
};

static void flows_are_held_against_the_contract(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(flow_table); i++) {
		const char *row = flow_table[i].name;
		struct tl_remote remote;
		struct stage *stage;
		int ret;

		stage_make((void **)&stage);
		stage->body = flow_table[i].body;
		stage->etag = flow_table[i].etag;
		ret = tl_platform_get(&remote, &stage->arena, stage->platform, TL_STR("a"), &stage->err);
		assert_row(row, (ret == 0) == !flow_table[i].message);
		if (ret != 0) {
			assert_row(row, stage->err.code == TL_REFUSED);
			if (!strstr(stage->err.message, flow_table[i].message) || !strstr(stage->err.message, "GET /api/v2/flows/a is not what its contract says"))
				fail_msg("%s: %s", row, stage->err.message);
		} else {
			assert_row(row, remote.version == 3 && remote.status == flow_table[i].status);
			assert_row(row, remote.published_version == flow_table[i].published && remote.reached_published == flow_table[i].reached);
			assert_row(row, tl_str_is(remote.reason, flow_table[i].reason));
		}
		stage_remove((void **)&stage);
	}
}

static void content_is_what_the_flow_is_alone(void **state)
{
	struct stage *stage = *state;
	struct tl_remote remote;

	stage->body = "{\"version\":3,\"status\":\"draft\",\"id\":\"a\",\"name\":\"x\",\"nodes\":{},\"dateModified\":\"2026-06-15T10:00:00Z\",\"selfUri\":\"/x\","
		      "\"custom\":{\"b\":1,\"a\":2}}";
	assert_int_equal(tl_platform_get(&remote, &stage->arena, stage->platform, TL_STR("a"), &stage->err), 0);
	assert_str(remote.content, "{\"custom\":{\"a\":2,\"b\":1},\"name\":\"x\",\"nodes\":{}}");
	assert_true(remote.written_ms > 0);
}

static void ids_never_leave_their_place_in_the_path(void **state)
{
	struct stage *stage = *state;
	struct tl_remote remote;

	assert_int_equal(tl_platform_get(&remote, &stage->arena, stage->platform, TL_STR("a/../../x?y#z"), &stage->err), -1);
	assert_int_equal(stage->err.code, TL_NOT_FOUND);
	assert_str(tl_buf_view(&stage->last_path), "/api/v2/flows/a%2F..%2F..%2Fx%3Fy%23z");
	assert_int_equal(tl_platform_get(&remote, &stage->arena, stage->platform, TL_STR(".."), &stage->err), -1);
	assert_int_equal(stage->err.code, TL_USAGE);
	assert_int_equal(tl_platform_get(&remote, &stage->arena, stage->platform, TL_STR(""), &stage->err), -1);
	assert_int_equal(stage->requests, 1);
}

/* Whoever keeps a history need not keep what became of each version. */
static void a_history_need_not_say_what_became_of_a_version(void **state)
{
	struct stage *stage = *state;
	struct tl_remotes versions;

	stage->body = "[{\"id\":\"a\",\"name\":\"line\",\"version\":1},{\"id\":\"a\",\"name\":\"line\",\"version\":2,\"status\":null,\"publishedVersion\":2}]";
	assert_int_equal(tl_platform_versions(&versions, &stage->arena, stage->platform, TL_STR("a"), &stage->err), 0);
	assert_int_equal(versions.count, 2);
	assert_true(versions.items[0].reached_published && !versions.items[1].reached_published);
	assert_true(versions.items[1].status == TL_STATUS_DRAFT && versions.items[1].published_version == 2);
	stage->body = "[{\"id\":\"a\",\"name\":\"line\",\"version\":1,\"status\":4}]";
	assert_int_equal(tl_platform_versions(&versions, &stage->arena, stage->platform, TL_STR("a"), &stage->err), -1);
	assert_non_null(strstr(stage->err.message, "'status' is a number"));
}

static void versions_are_those_that_were_asked_for(void **state)
{
	struct stage *stage = *state;
	struct stage_flow *flow = stage_add(stage, "line", "one");
	struct tl_remotes versions;
	struct tl_remote remote;

	stage_edit(stage, flow, "two");
	stage_edit(stage, flow, "three");
	snprintf(flow->versions[1].status, sizeof(flow->versions[1].status), "failed");
	assert_int_equal(tl_platform_versions(&versions, &stage->arena, stage->platform, TL_STR("id-line"), &stage->err), 0);
	assert_int_equal(versions.count, 3);
	assert_true(versions.items[0].version == 3 && versions.items[2].version == 1);
	assert_true(versions.items[0].reached_published && !versions.items[1].reached_published && versions.items[2].reached_published);
	assert_true(versions.items[1].status == TL_STATUS_FAILED && versions.items[2].published_version == 3);
	assert_int_equal(tl_platform_version(&remote, &stage->arena, stage->platform, TL_STR("id-line"), 2, &stage->err), 0);
	assert_true(tl_str_find(remote.content, TL_STR("\"two\""), 0) != SIZE_MAX);
	assert_int_equal(tl_platform_version(&remote, &stage->arena, stage->platform, TL_STR("id-line"), 4, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_NOT_FOUND);
	assert_int_equal(tl_platform_versions(&versions, &stage->arena, stage->platform, TL_STR("id-other"), &stage->err), -1);
	assert_int_equal(stage->err.code, TL_NOT_FOUND);
	stage->body = FLOW("\"version\":3,\"status\":\"draft\"");
	assert_int_equal(tl_platform_version(&remote, &stage->arena, stage->platform, TL_STR("a"), 2, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_REFUSED);
}

/* ---- roles, judgements, simulated calls */

static void a_role_has_scopes(void **state)
{
	struct stage *stage = *state;
	struct tl_str *scopes;
	size_t count;

	stage->body = "{\"id\":\"r\",\"name\":\"publisher\",\"scopes\":[\"flow:read\",\"flow:edit\"]}";
	assert_int_equal(tl_platform_scopes(&scopes, &count, &stage->arena, stage->platform, TL_STR("r 1"), &stage->err), 0);
	assert_str(tl_buf_view(&stage->last_path), "/api/v2/authorization/roles/r%201");
	/* Either of the two opens the same calls. */
	assert_int_equal(count, 3);
	assert_str(scopes[2], "flow:view");
	stage->body = "{\"scopes\":[1]}";
	assert_int_equal(tl_platform_scopes(&scopes, &count, &stage->arena, stage->platform, TL_STR("r"), &stage->err), -1);
	assert_int_equal(stage->err.code, TL_REFUSED);
	stage->body = "{}";
	stage->status = 404;
	assert_int_equal(tl_platform_scopes(&scopes, &count, &stage->arena, stage->platform, TL_STR("r"), &stage->err), -1);
	assert_int_equal(stage->err.code, TL_NOT_FOUND);
}

static int validate(struct stage *stage, struct tl_remote_findings *out, const char *id)
{
	struct tl_flow *flow = stage_flow("line", "ours");
	int ret = tl_platform_validate(out, &stage->arena, stage->platform, tl_str(id), flow, &stage->err);

	tl_flow_free(flow);
	return ret;
}

static void the_platform_judges_a_flow(void **state)
{
	struct stage *stage = *state;
	struct tl_remote_findings findings;

	stage->body = "{\"valid\":false,\"errors\":[{\"nodeId\":\"bye\",\"field\":\"reason\",\"code\":\"x\",\"message\":\"is odd\"}],"
		      "\"warnings\":[{\"message\":\"hm\"}]}";
	assert_int_equal(validate(stage, &findings, "a"), 0);
	assert_false(findings.valid);
	assert_int_equal(findings.count, 2);
	assert_true(findings.items[0].error && !findings.items[1].error);
	assert_str(findings.items[0].node, "bye");
	assert_str(findings.items[1].message, "hm");
	assert_true(tl_str_find(tl_buf_view(&stage->last_body), TL_STR("\"id\":\"a\""), 0) != SIZE_MAX);
	stage->body = "{\"valid\":true}";
	assert_int_equal(validate(stage, &findings, "a"), 0);
	assert_true(findings.valid && findings.count == 0);
	stage->status = 422;
	stage->body = "{\"code\":\"bad\",\"nodeId\":\"bye\",\"message\":\"no\"}";
	assert_int_equal(validate(stage, &findings, "a"), 0);
	assert_true(!findings.valid && findings.count == 1);
	assert_str(findings.items[0].message, "node 'bye': no");
}

static void a_judgement_that_contradicts_itself_is_refused(void **state)
{
	static const char *const table[] = {
		"{}", "{\"valid\":1}", "{\"valid\":true,\"errors\":[{\"message\":\"x\"}]}", "{\"valid\":false,\"errors\":{}}", "{\"valid\":false,\"errors\":[7]}",
	};
	struct stage *stage = *state;
	struct tl_remote_findings findings;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		stage->body = table[i];
		assert_row(table[i], validate(stage, &findings, "a") == -1 && stage->err.code == TL_REFUSED);
		assert_row(table[i], findings.count == 0 && !findings.valid);
	}
}

static void a_flow_that_is_not_there_yet_is_not_judged(void **state)
{
	struct stage *stage = *state;
	struct tl_remote_findings findings;

	assert_int_equal(validate(stage, &findings, ""), 0);
	assert_true(findings.valid);
	assert_int_equal(stage->requests, 0);
}

static void a_call_is_simulated_there(void **state)
{
	struct stage *stage = *state;
	const struct tl_str keys[] = { TL_STR("1"), TL_STR("#") };
	struct tl_remote_run_request request = {
		.kind = TL_REMOTE_IVR, .id = TL_STR("a"), .inputs = keys, .n_inputs = 2, .transcript = TL_STR("billing"), .confidence = 0.9,
		.phone_number = TL_STR("+1"), .max_time_ms = 1000, .trace_depth = 3,
	};
	struct tl_remote_run run;

	stage->body = "{\"simulationId\":\"s\",\"status\":\"completed\",\"trace\":[{\"nodeId\":\"hello\",\"nodeType\":\"PlayPrompt\",\"timestamp\":\"t\","
		      "\"status\":\"executed\",\"variables\":{\"x\":\"1\"},\"properties\":{\"audioFileId\":\"f\"},\"error\":null}],"
		      "\"variables\":{\"y\":2},\"errors\":[\"one\",{\"message\":\"two\"}]}";
	assert_int_equal(tl_platform_simulate(&run, &stage->arena, stage->platform, &request, &stage->err), 0);
	assert_str(tl_buf_view(&stage->last_path), "/api/v2/flows/simulation/run");
	assert_str(tl_buf_view(&stage->last_body), "{\"flowId\":\"a\",\"input\":{\"callerId\":{\"phoneNumber\":\"+1\"},\"dtmf\":[\"1\",\"#\"],"
	           "\"maxSimulationTime\":1000,\"speech\":{\"confidence\":0.9,\"transcript\":\"billing\"},\"traceDepth\":3,\"variables\":{}},"
	           "\"simulationType\":\"IVR\"}");
	assert_int_equal(run.n_steps, 1);
	assert_str(run.steps[0].type, "PlayPrompt");
	assert_str(tl_item_text(run.steps[0].properties, "audioFileId"), "f");
	assert_int_equal(run.n_errors, 2);
	assert_str(run.errors[1], "two");
	assert_true(tl_item_get(run.variables, "y")->number == 2);
	assert_int_equal(run.call.status, 200);
}

static void a_chat_is_simulated_there(void **state)
{
	struct stage *stage = *state;
	const struct tl_str texts[] = { TL_STR("hello") };
	struct tl_remote_run_request request = { .kind = TL_REMOTE_CHAT, .id = TL_STR("a"), .inputs = texts, .n_inputs = 1 };
	struct tl_remote_run run;

	stage->body = "{\"status\":\"completed\",\"trace\":[],\"variables\":null}";
	assert_int_equal(tl_platform_simulate(&run, &stage->arena, stage->platform, &request, &stage->err), 0);
	assert_str(tl_buf_view(&stage->last_path), "/api/v2/flows/a/simulate");
	assert_str(tl_buf_view(&stage->last_body), "{\"initialData\":{},\"transcript\":[{\"from\":\"user\",\"text\":\"hello\"}]}");
	assert_true(run.n_steps == 0 && !run.variables);
	stage->status = 404;
	assert_int_equal(tl_platform_simulate(&run, &stage->arena, stage->platform, &request, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_NOT_FOUND);
	stage->status = 400;
	stage->body = "{\"message\":\"no such key\",\"code\":\"bad.request\"}";
	assert_int_equal(tl_platform_simulate(&run, &stage->arena, stage->platform, &request, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_REFUSED);
	assert_non_null(strstr(stage->err.message, "no such key"));
	assert_int_equal(run.call.status, 400);
}

static void a_run_that_is_none_is_refused(void **state)
{
	static const char *const table[] = {
		"{}", "{\"status\":\"x\"}", "{\"status\":\"x\",\"trace\":{}}", "{\"status\":\"x\",\"trace\":[1]}", "{\"status\":\"x\",\"trace\":[{\"nodeId\":1}]}",
		"{\"status\":\"x\",\"trace\":[],\"errors\":[[]]}", "{\"status\":\"x\",\"trace\":[],\"variables\":[]}",
	};
	struct stage *stage = *state;
	struct tl_remote_run_request request = { .kind = TL_REMOTE_IVR, .id = TL_STR("a") };
	struct tl_remote_run run;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		stage->body = table[i];
		assert_row(table[i], tl_platform_simulate(&run, &stage->arena, stage->platform, &request, &stage->err) == -1);
		assert_row(table[i], stage->err.code == TL_REFUSED);
	}
}

/* ---- opening */

static void what_opening_needs_is_said(void **unused)
{
	struct tl_environment environment = { .name = TL_STR("production"), .platform = TL_STR("genesys") };
	struct tl_access access = { .api = TL_STR("https://api.example.com") };
	struct tl_clock clock = tl_clock_system();
	struct tl_platform_config config = { .environment = &environment, .clock = &clock };
	struct tl_platform *platform;
	struct tl_error err;

	(void)unused;
	assert_int_equal(tl_platform_open(&platform, &config, &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_non_null(strstr(err.message, "where its platform is"));
	config.access = &access;
	assert_int_equal(tl_platform_open(&platform, &config, &err), -1);
	assert_non_null(strstr(err.message, "gives tokens"));
	access.login = TL_STR("https://login.example.com");
	assert_int_equal(tl_platform_open(&platform, &config, &err), -1);
	assert_non_null(strstr(err.message, "credentials"));
	assert_non_null(strstr(err.message, "'local' works without an account"));
}

int test_platform_genesys(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_pages_are_read_and_sorted, stage_make, stage_remove),
		cmocka_unit_test(pages_that_are_expected_are_asked_for_at_once),
		cmocka_unit_test_setup_teardown(no_flows_are_a_list_too, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_list_that_grows_meanwhile_is_read_again, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_list_that_never_rests_is_refused, stage_make, stage_remove),
		cmocka_unit_test(lists_are_held_against_the_contract),
		cmocka_unit_test(a_list_goes_on_as_long_as_it_says_so),
		cmocka_unit_test_setup_teardown(a_flow_that_carries_our_id_goes_by_it, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(members_that_the_contract_does_not_name_stand_in_nobodys_way, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_name_that_is_too_long_hides_no_other_flow, stage_make, stage_remove),
		cmocka_unit_test(flows_are_held_against_the_contract),
		cmocka_unit_test_setup_teardown(content_is_what_the_flow_is_alone, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(ids_never_leave_their_place_in_the_path, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_history_need_not_say_what_became_of_a_version, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(versions_are_those_that_were_asked_for, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_role_has_scopes, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(the_platform_judges_a_flow, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_judgement_that_contradicts_itself_is_refused, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_flow_that_is_not_there_yet_is_not_judged, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_call_is_simulated_there, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_chat_is_simulated_there, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_run_that_is_none_is_refused, stage_make, stage_remove),
		cmocka_unit_test(what_opening_needs_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
