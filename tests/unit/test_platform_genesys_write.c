/* tests/unit/test_platform_genesys_write.c: writes to a platform over the wire: nothing is guessed about an answer that was lost, nobody else's version is ever
 * written over, and nothing is written twice. */
#include "genesys_yard.h"

#include <stdio.h>

/* How a version that is put on top of version 1 ends. */
static const struct {
	const char *name, *script;
	enum tl_code code;
	bool settled;          /* by reading back */
	int64_t versions;      /* there are afterwards */
	const char *second;    /* what version 2 says; NULL: there is none */
	const char *log;
	const char *message;   /* is in the error's, or NULL */
} put_table[] = {
	{ "it goes well", "", TL_OK, false, 2, "ours", "PUT", NULL },
	{ "lost before it took effect", "b", TL_OK, true, 2, "ours", "PUT GET PUT", NULL },
	{ "lost before it took effect, twice", "bb", TL_OK, true, 2, "ours", "PUT GET PUT GET PUT", NULL },
	{ "lost before it took effect, always", "bbbb", TL_LOST, true, 1, NULL, "PUT GET PUT GET PUT GET", "it may still arrive" },
	{ "lost after it took effect", "a", TL_OK, true, 2, "ours", "PUT GET GET", NULL },
	{ "500 after it took effect", "5", TL_OK, true, 2, "ours", "PUT GET GET", NULL },
	{ "503 before it took effect", "6", TL_OK, true, 2, "ours", "PUT GET PUT", NULL },
	{ "409 to a repeated send that had taken effect", "r", TL_OK, true, 2, "ours", "PUT GET GET", NULL },
	{ "200 to a repeated send", "R", TL_OK, false, 2, "ours", "PUT", NULL },
	{ "a publish is under way", "pp", TL_OK, false, 2, "ours", "PUT PUT PUT", NULL },
	{ "our own publish is under way when it is repeated", "P", TL_OK, true, 2, "ours", "PUT GET GET", NULL },
	{ "a publish is under way after one that was lost", "bp", TL_OK, true, 2, "ours", "PUT GET PUT GET PUT", NULL },
	{ "409 after one that was lost and had taken effect late", "b.", TL_OK, true, 2, "ours", "PUT GET PUT", NULL },
	{ "somebody else's version in between", "s", TL_CONFLICT, true, 2, "theirs", "PUT GET GET", "somebody else's" },
	{ "somebody else's after one that was lost", "bc", TL_CONFLICT, true, 2, "theirs", "PUT GET PUT GET GET", "somebody else's" },
	{ "ours, and a newer one on top", "t", TL_CONFLICT, true, 3, "ours", "PUT GET GET", "published, then replaced" },
	{ "somebody else was first, and the platform hides it", "C", TL_CONFLICT, true, 3, "theirs", "PUT GET GET", "version 3, which says what was sent, hides it" },
	{ "somebody else was first", "c", TL_CONFLICT, false, 2, "theirs", "PUT", "somebody else changed it" },
	{ "answered with HTML", "h", TL_OK, true, 2, "ours", "PUT GET GET", NULL },
	{ "answered with another flow", "g", TL_OK, true, 2, "ours", "PUT GET GET", NULL },
	{ "refused", "v", TL_REFUSED, false, 1, NULL, "PUT", "node 'bye', field 'reason': is odd" },
	{ "refused when it was repeated", "V", TL_REFUSED, true, 1, NULL, "PUT GET", "node 'bye'" },
	{ "lost, and it cannot be read back", "d", TL_LOST, true, 2, "ours", "PUT GET", "the answer was lost, and it cannot be read back" },
	{ "answered with HTML, and it cannot be read back", "H", TL_LOST, true, 2, "ours", "PUT GET", "its answer cannot be understood, and it cannot be read back" },
	{ "lost, and the flow is gone", "x", TL_NOT_FOUND, true, 1, NULL, "PUT GET", "no flow" },
	{ "may not", "f", TL_REFUSED, false, 1, NULL, "PUT", "flow:edit" },
	{ "may not after one that was lost", "bf", TL_REFUSED, true, 1, NULL, "PUT GET PUT GET", "flow:edit" },
	{ "never left", "u", TL_IO, false, 1, NULL, "PUT", "cannot reach" },
};

static void every_end_of_a_put_is_known(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(put_table); i++) {
		struct tl_flow *ours = stage_flow("line", "ours");
		struct tl_remote_call call;
		struct tl_put put = { .flow = ours, .version = 2, .publish = true, .call = &call };
		struct tl_remote remote;
		struct stage_flow *flow;
		struct stage *stage;
		const char *row = put_table[i].name;
		int ret;

		stage_make((void **)&stage);
		flow = stage_add(stage, "line", "base");
		stage->script = put_table[i].script;
		ret = tl_platform_put(&remote, &stage->arena, stage->platform, TL_STR("id-line"), &put, &stage->err);
		assert_row(row, (ret == 0) == (put_table[i].code == TL_OK));
		assert_row(row, ret == 0 || stage->err.code == put_table[i].code);
		assert_row(row, call.settled == put_table[i].settled);
		assert_row(row, call.took_effect == (strcmp(put_table[i].script, "t") == 0));
		assert_row(row, tl_str_is(call.id, call.took_effect ? "id-line" : ""));
		assert_row(row, flow->count == put_table[i].versions);
		assert_row(row, !put_table[i].second || stage_holds(flow, 2, put_table[i].second));
		if (strcmp(stage->log, put_table[i].log) != 0)
			fail_msg("%s: %s", row, stage->log);
		if (put_table[i].message && !strstr(stage->err.message, put_table[i].message))
			fail_msg("%s: %s", row, stage->err.message);
		if (ret == 0) {
			assert_row(row, remote.version == 2 && tl_str_is(remote.id, "id-line") && remote.content.len == 0);
			assert_row(row, tl_str_is(remote.name, "line"));
		}
		tl_flow_free(ours);
		stage_remove((void **)&stage);
	}
}

static const struct {
	const char *name, *script;
	enum tl_code code;
	bool settled;
	size_t flows;          /* of that name afterwards */
	const char *log, *message;
} create_table[] = {
	{ "it goes well", "", TL_OK, false, 1, "LIST POST LIST", NULL },
	{ "lost before it took effect", "b", TL_OK, true, 1, "LIST POST LIST POST LIST", NULL },
	{ "lost before it took effect, twice", "bb", TL_LOST, true, 0, "LIST POST LIST POST LIST", "it may still arrive" },
	{ "lost before, then after it took effect", "ba", TL_OK, true, 1, "LIST POST LIST POST LIST GET GET", NULL },
	{ "lost after it took effect", "a", TL_OK, true, 1, "LIST POST LIST GET GET", NULL },
	{ "500 after it took effect", "5", TL_OK, true, 1, "LIST POST LIST GET GET", NULL },
	{ "lost, and two of that name are there", "2", TL_CONFLICT, true, 2, "LIST POST LIST", "one of these may be what was sent: the platform has 2 flows" },
	{ "lost, and somebody else made one", "s", TL_CONFLICT, true, 1, "LIST POST LIST GET GET", "somebody else's" },
	{ "ours, and a newer one on top", "t", TL_CONFLICT, true, 1, "LIST POST LIST GET GET", "then replaced" },
	{ "answered with HTML", "h", TL_OK, true, 1, "LIST POST LIST GET GET", NULL },
	{ "refused", "v", TL_REFUSED, false, 0, "LIST POST", "node 'bye'" },
	{ "lost, and it cannot be looked up", "d", TL_LOST, true, 1, "LIST POST LIST", "the answer was lost, and it cannot be looked up" },
	{ "answered with HTML, and it cannot be looked up", "H", TL_LOST, true, 1, "LIST POST LIST", "its answer cannot be understood, and it cannot be looked up" },
	{ "may not", "f", TL_REFUSED, false, 0, "LIST POST", "flow:edit" },
};

static void every_end_of_a_creation_is_known(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(create_table); i++) {
		struct tl_flow *ours = stage_flow("line", "ours");
		struct tl_remote_call call;
		struct tl_put put = { .flow = ours, .version = 1, .publish = true, .call = &call };
		struct tl_remote remote;
		struct stage *stage;
		const char *row = create_table[i].name;
		int ret;

		stage_make((void **)&stage);
		/* What is only like it does not matter. */
		stage_add(stage, "line-2", "base");
		stage->script = create_table[i].script;
		ret = tl_platform_create(&remote, &stage->arena, stage->platform, &put, &stage->err);
		assert_row(row, (ret == 0) == (create_table[i].code == TL_OK));
		assert_row(row, ret == 0 || stage->err.code == create_table[i].code);
		assert_row(row, call.settled == create_table[i].settled);
		assert_row(row, call.may_have == (strcmp(create_table[i].script, "2") == 0));
		assert_row(row, call.took_effect == (strcmp(create_table[i].script, "t") == 0));
		assert_row(row, stage_count(stage, "line") == create_table[i].flows);
		if (strcmp(stage->log, create_table[i].log) != 0)
			fail_msg("%s: %s", row, stage->log);
		if (create_table[i].message && !strstr(stage->err.message, create_table[i].message))
			fail_msg("%s: %s", row, stage->err.message);
		assert_row(row, ret != 0 || (remote.version == 1 && tl_str_is(remote.id, "id-line")));
		tl_flow_free(ours);
		stage_remove((void **)&stage);
	}
}

static int create(struct stage *stage, const char *title)
{
	struct tl_flow *flow = stage_flow(title, "ours");
	struct tl_put put = { .flow = flow, .version = 1, .publish = true };
	struct tl_remote remote;
	int ret = tl_platform_create(&remote, &stage->arena, stage->platform, &put, &stage->err);

	tl_flow_free(flow);
	return ret;
}

static void a_name_that_is_taken_is_not_made_again(void **state)
{
	struct stage *stage = *state;

	stage_add(stage, "line", "theirs");
	assert_int_equal(create(stage, "line"), -1);
	assert_int_equal(stage->err.code, TL_CONFLICT);
	assert_string_equal(stage->log, "LIST");
}

/* Between our look and our write. */
static void make_a_twin(struct stage *stage)
{
	if (stage->requests == 3)
		stage_add(stage, "line", "theirs");
}

/* The caller has just listed all flows. */
static void a_name_that_is_known_to_be_free_is_not_looked_up_before(void **state)
{
	struct stage *stage = *state;
	struct tl_flow *flow = stage_flow("line", "ours");
	struct tl_put put = { .flow = flow, .version = 1, .publish = true, .name_is_free = true };
	struct tl_remote remote;

	assert_int_equal(tl_platform_create(&remote, &stage->arena, stage->platform, &put, &stage->err), 0);
	assert_string_equal(stage->log, "POST LIST");
	/* Where somebody took it in that moment, there are two, and it is said. */
	assert_int_equal(tl_platform_create(&remote, &stage->arena, stage->platform, &put, &stage->err), -1);
	assert_int_equal(stage->err.code, TL_CONFLICT);
	assert_non_null(strstr(stage->err.message, "2 flows"));
	assert_string_equal(stage->log, "POST LIST POST LIST");
	tl_flow_free(flow);
}

static void a_twin_of_the_same_moment_is_a_conflict(void **state)
{
	struct stage *stage = *state;

	stage->meddle = make_a_twin;
	assert_int_equal(create(stage, "line"), -1);
	assert_int_equal(stage->err.code, TL_CONFLICT);
	assert_string_equal(stage->log, "LIST POST LIST");
}

static int put_on(struct stage *stage, int64_t version, bool publish, struct tl_remote *remote, struct tl_remote_call *call)
{
	struct tl_flow *flow = stage_flow("line", "ours");
	struct tl_put put = { .flow = flow, .version = version, .publish = publish, .call = call };
	int ret = tl_platform_put(remote, &stage->arena, stage->platform, TL_STR("id-line"), &put, &stage->err);

	tl_flow_free(flow);
	return ret;
}

/* What is done where an earlier publish of the flow goes on and on, or until somebody is asked to stop. */
static const struct {
	const char *name, *before; /* the script before that */
	int64_t wait_ms, stop_ms;
	enum tl_code code;
	bool called_off;
	int64_t slept;
	const char *message;
} wait_table[] = {
	{ "a short time", "", 2000, 0, TL_TIMED_OUT, false, 2000, "flow 'line' is still being published after 2s, so version 2 was not written" },
	{ "no multiple of the pauses", "", 61001, 0, TL_TIMED_OUT, false, 61001, "after 61001ms" },
	{ "a long time", "", 1800000, 0, TL_TIMED_OUT, false, 1800000, "after 30m" },
	{ "as long as where nobody says", "", 0, 0, TL_TIMED_OUT, false, 600000, "after 10m" },
	{ "stopped", "", 1800000, 20000, TL_INTERRUPTED, true, 20000, "interrupted" },
	{ "after a send that was lost", "b", 2000, 0, TL_LOST, false, 2000, "it may still arrive: flow 'line' is still being published" },
	{ "stopped after a send that was lost", "b", 1800000, 20000, TL_INTERRUPTED, false, 20000, "interrupted" },
};

static void an_earlier_publish_is_waited_for_as_long_as_is_wished(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(wait_table); i++) {
		struct tl_flow *ours = stage_flow("line", "ours");
		struct tl_remote_call call;
		struct tl_put put = { .flow = ours, .version = 2, .publish = true, .call = &call, .wait_ms = wait_table[i].wait_ms };
		const char *row = wait_table[i].name;
		struct tl_remote remote;
		struct stage_flow *flow;
		struct stage *stage;
		char script[600] = "";
		int64_t begun;

		stage_make((void **)&stage);
		flow = stage_add(stage, "line", "base");
		memset(script, 'p', sizeof(script) - 1);
		memcpy(script, wait_table[i].before, strlen(wait_table[i].before));
		stage->script = script;
		begun = stage->now;
		stage->stop_at = wait_table[i].stop_ms > 0 ? begun + wait_table[i].stop_ms : 0;
		assert_row(row, tl_platform_put(&remote, &stage->arena, stage->platform, TL_STR("id-line"), &put, &stage->err) == -1);
		if (stage->err.code != wait_table[i].code || !strstr(stage->err.message, wait_table[i].message))
			fail_msg("%s: %s", row, stage->err.message);
		assert_row(row, call.called_off == wait_table[i].called_off && call.attempts > 1 && flow->count == 1);
		if (stage->slept < wait_table[i].slept || stage->slept > wait_table[i].slept + 200)
			fail_msg("%s: %lld ms", row, (long long)stage->slept);
		tl_flow_free(ours);
		stage_remove((void **)&stage);
	}
}

static void what_is_sent_says_what_it_becomes(void **state)
{
	struct stage *stage = *state;
	struct tl_remote remote;
	struct tl_remote_call call;
	struct tl_doc *doc;

	stage_add(stage, "line", "base");
	assert_int_equal(put_on(stage, 2, false, &remote, &call), 0);
	assert_int_equal(tl_json_parse(&doc, TL_STR("sent"), tl_buf_view(&stage->last_body), &stage->err), 0);
	assert_str(tl_item_text(doc->root, "id"), "id-line");
	assert_str(tl_item_text(doc->root, "status"), "draft");
	assert_str(tl_item_text(doc->root, "name"), "line");
	assert_true(tl_item_get(doc->root, "version")->number == 2);
	assert_non_null(tl_item_get(tl_item_get(doc->root, "nodes"), "hello"));
	tl_doc_free(doc);
	assert_int_equal(remote.status, TL_STATUS_DRAFT);
	assert_int_equal(call.status, 200);
	assert_int_equal(call.attempts, 1);
	assert_str(call.etag_used, "\"1\"");
	assert_str(call.correlation, "corr-1");
}

static void an_answer_without_nodes_will_do(void **state)
{
	struct stage *stage = *state;
	struct tl_remote remote;

	stage_add(stage, "line", "base");
	stage->compact = true;
	assert_int_equal(put_on(stage, 2, true, &remote, NULL), 0);
	assert_string_equal(stage->log, "PUT");
}

static void a_platform_that_was_set_back_is_a_conflict(void **state)
{
	struct stage *stage = *state;
	struct tl_remote remote;

	stage_add(stage, "line", "base");
	stage->script = "b";
	assert_int_equal(put_on(stage, 3, true, &remote, NULL), -1);
	assert_int_equal(stage->err.code, TL_CONFLICT);
	assert_non_null(strstr(stage->err.message, "older"));
	assert_string_equal(stage->log, "PUT GET");
}

static void what_was_published_reads_back_as_the_same_model(void **state)
{
	struct stage *stage = *state;
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_flow *ours = stage_flow("line", "ours"), *theirs;
	struct tl_put put = { .flow = ours, .version = 1, .publish = true };
	struct tl_remote made, remote;

	assert_int_equal(tl_platform_create(&made, &stage->arena, stage->platform, &put, &stage->err), 0);
	assert_int_equal(tl_platform_get(&remote, &stage->arena, stage->platform, made.id, &stage->err), 0);
	assert_int_equal(tl_remote_read(&theirs, &remote, &lower, &stage->err), 0);
	assert_string_equal(unit_canonical(&stage->arena, ours), unit_canonical(&stage->arena, theirs));
	tl_flow_free(ours);
	tl_flow_free(theirs);
}

int test_platform_genesys_write(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end_of_a_put_is_known),
		cmocka_unit_test(every_end_of_a_creation_is_known),
		cmocka_unit_test_setup_teardown(a_name_that_is_taken_is_not_made_again, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_name_that_is_known_to_be_free_is_not_looked_up_before, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_twin_of_the_same_moment_is_a_conflict, stage_make, stage_remove),
		cmocka_unit_test(an_earlier_publish_is_waited_for_as_long_as_is_wished),
		cmocka_unit_test_setup_teardown(what_is_sent_says_what_it_becomes, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(an_answer_without_nodes_will_do, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(a_platform_that_was_set_back_is_a_conflict, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(what_was_published_reads_back_as_the_same_model, stage_make, stage_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
