/* tests/unit/test_platform_architect_write.c: publishing to an organisation of the vendor's: nobody's lock is forced, nothing is guessed, and our own lock is
 * given back however it goes. */
#include "vendor_yard.h"

#include <stdio.h>

/* How a version that is put on top of version 1 ends. */
static const struct {
	const char *bad;
	enum tl_code code;
	int64_t made;          /* version that it made, where it took effect */
	const char *says;      /* what callers get then */
	const char *message;   /* is in the error's, or NULL */
	const char *holder;    /* who has the lock then; NULL: nobody */
} put_table[] = {
	{ "", TL_OK, 2, "ours", NULL, NULL },
	{ "slow", TL_OK, 2, "ours", NULL, NULL },
	{ "checkout saves", TL_OK, 2, "ours", NULL, NULL },
	{ "checkout lost before", TL_OK, 2, "ours", NULL, NULL },
	{ "checkout lost after", TL_OK, 2, "ours", NULL, NULL },
	{ "edited before the lock", TL_CONFLICT, 0, "theirs", "published by somebody else just now", NULL },
	{ "edited under the lock", TL_CONFLICT, 0, "theirs", "version 2, which Eve published", NULL },
	{ "locked before the lock", TL_CONFLICT, 0, "base", "locked by Eve", "Eve" },
	{ "upload lost before", TL_OK, 2, "ours", NULL, NULL },
	{ "upload lost after", TL_OK, 2, "ours", NULL, NULL },
	{ "upload refused", TL_REFUSED, 0, "base", "does not take the file (400)", NULL },
	{ "storage fails once", TL_OK, 2, "ours", NULL, NULL },
	{ "address expired once", TL_OK, 2, "ours", NULL, NULL },
	{ "address expired", TL_REFUSED, 0, "base", "not taken any more (403)", NULL },
	{ "plain address", TL_REFUSED, 0, "base", "https", NULL },
	{ "fails", TL_REFUSED, 0, "base", "In task 'Greet' the action 'Say hello' has no audio", NULL },
	{ "fails without a word", TL_REFUSED, 0, "base", "gives no reason; run flow-validate", NULL },
	{ "hangs", TL_LOST, 0, "base", "the job is at work still after 10m", "us" },
	{ "permission lost", TL_LOST, 0, "base", "the client has no right to do that", "us" },
	{ "fails in a detail", TL_REFUSED, 0, "base", "The division is unknown", NULL },
	{ "limited in a detail", TL_OK, 2, "ours", NULL, NULL },
	{ "limited", TL_OK, 2, "ours", NULL, NULL },
	{ "limited for ever", TL_REFUSED, 0, "base", "limit of requests is used up within its job", NULL },
	{ "own lock refused", TL_OK, 2, "ours", NULL, NULL },
	{ "own draft stays", TL_OK, 2, "ours", NULL, NULL },
	{ "nothing published", TL_REFUSED, 0, "base", "callers still get version 1", NULL },
	{ "somebody on top", TL_CONFLICT, 2, "theirs", "published, then replaced: Eve published version 3", NULL },
	{ "somebody below", TL_CONFLICT, 3, "ours", "somebody else published in the same moment, below it", NULL },
	{ "stopped after the lock", TL_INTERRUPTED, 0, "base", "interrupted", NULL },
	{ "stopped under way", TL_INTERRUPTED, 0, "base", "was at work", NULL },
};

static void every_end_of_a_put_is_known(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(put_table); i++) {
		struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
		struct tl_remote_call call = { 0 };
		struct tl_remote_findings said;
		struct tl_put put = { .flow = ours, .version = 2, .publish = true, .call = &call, .said = &said };
		const char *row = put_table[i].bad;
		struct tl_remote remote;
		struct org_flow *flow;
		struct org *org;
		int ret;

		org_make((void **)&org);
		flow = org_add(org, "inboundCall", "Main", "base");
		org->bad = row;
		ret = tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, &org->err);
		if ((ret == 0) != (put_table[i].code == TL_OK) || (ret != 0 && org->err.code != put_table[i].code))
			fail_msg("%s: %d %s\n%s", row, (int)org->err.code, org->err.message, org->log);
		if (put_table[i].message && !strstr(org->err.message, put_table[i].message))
			fail_msg("%s: %s", row, org->err.message);
		assert_row(row, org_says(flow, put_table[i].says));
		assert_row(row, put_table[i].holder ? flow->holder && strcmp(flow->holder, put_table[i].holder) == 0 : !flow->holder);
		if (ret == 0) {
			assert_row(row, remote.version >= put_table[i].made && remote.version == remote.published_version && tl_str_is(remote.id, "id-Main"));
			assert_row(row, tl_str_equal(tl_buf_view(&org->last_upload), ours->text));
			assert_row(row, strstr(org->last_headers, "x-amz-meta-job: ") && strstr(org->last_headers, "Content-Type: application/x-yaml;"));
		} else {
			assert_row(row, call.took_effect == (put_table[i].made > 0) && call.version == put_table[i].made);
		}
		assert_row(row, put_table[i].code != TL_INTERRUPTED || call.called_off == (strcmp(row, "stopped after the lock") == 0));
		tl_flow_free(ours);
		org_remove((void **)&org);
	}
}

static void what_a_good_put_asks_for(void **state)
{
	struct org *org = *state;
	struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
	struct tl_put put = { .flow = ours, .version = 2, .publish = true };
	struct tl_remote remote;

	org_add(org, "inboundCall", "Main", "base");
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, &org->err), 0);
	assert_string_equal(org->log, "GET CHECKOUT GET JOB PUT LOOK GET");
	tl_flow_free(ours);
}

/* Our own client's lock, before it was taken here: another publisher at work, or what one left that was killed. */
static void a_lock_of_our_own_is_waited_for(void **state)
{
	struct org *org = *state;
	struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
	struct tl_put put = { .flow = ours, .version = 2, .publish = true };
	struct org_flow *flow = org_add(org, "inboundCall", "Main", "base");
	struct tl_remote remote;

	flow->holder = "us";
	org->bad = "another is done soon";
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, &org->err), -1);
	assert_true(org->err.code == TL_CONFLICT && strstr(org->err.message, "not at version 1"));
	assert_null(strstr(org->log, "CHECKOUT"));
	flow->holder = "us";
	org->bad = NULL;
	put.version = 3;
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, &org->err), 0);
	assert_true(org_says(flow, "ours") && !flow->holder);
	tl_flow_free(ours);
}

/* What keeps a write from being begun, without a lock being taken. */
static void what_stands_in_the_way_is_named(void **state)
{
	struct org *org = *state;
	struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
	struct tl_put put = { .flow = ours, .version = 2, .publish = true };
	struct org_flow *flow = org_add(org, "inboundCall", "Main", "base");
	struct tl_remote remote;
	struct tl_error *err = &org->err;
	int64_t begun;

	flow->holder = "Alice";
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_CONFLICT && strstr(err->message, "locked by Alice"));
	org_edit(org, flow, "Alice", false, true, "draft");
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_CONFLICT && strstr(err->message, "locked by Alice, who saved a draft at 2026-06-17"));
	flow->holder = "client:Terraform";
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_CONFLICT && strstr(err->message, "locked by the client 'Terraform'"));
	flow->holder = NULL;
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_CONFLICT && strstr(err->message, "not at version 1 on the platform any more: it has version 1.1, which Alice saved"));
	flow->saved = 1;
	flow->operation = "PUBLISH";
	put.wait_ms = 2000;
	begun = org->now;
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_CONFLICT && strstr(err->message, "an operation under way on the platform: PUBLISH by Bob"));
	assert_true(org->now - begun > 1000 && org->now - begun < 3000);
	flow->operation = NULL;
	snprintf(flow->name, sizeof(flow->name), "Renamed");
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_CONFLICT && strstr(err->message, "is called 'Renamed' (INBOUNDCALL)"));
	flow->deleted = true;
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, err), -1);
	assert_true(err->code == TL_NOT_FOUND && strstr(err->message, "deleted"));
	assert_null(strstr(org->log, "CHECKOUT"));
	assert_null(strstr(org->log, "JOB"));
	tl_flow_free(ours);
}

static const struct {
	const char *bad;
	enum tl_code code;
	size_t flows;
	const char *message;
} create_table[] = {
	{ "", TL_OK, 2, NULL },
	{ "fails", TL_REFUSED, 1, "has no audio" },
	{ "hangs", TL_LOST, 1, "at work still" },
	{ "upload lost after", TL_OK, 2, NULL },
	{ "limited", TL_OK, 2, NULL },
	{ "a twin is made", TL_CONFLICT, 3, "2 flows 'Main' (INBOUNDCALL)" },
};

/* One of the same name and another type is no obstacle. */
static void every_end_of_a_create_is_known(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(create_table); i++) {
		struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
		struct tl_remote_call call = { 0 };
		struct tl_put put = { .flow = ours, .version = 1, .publish = true, .call = &call };
		const char *row = create_table[i].bad;
		struct tl_remote remote;
		struct org *org;
		int ret;

		org_make((void **)&org);
		org_add(org, "inboundChat", "Main", "base");
		org->bad = row;
		ret = tl_platform_create(&remote, &org->arena, org->platform, &put, &org->err);
		if ((ret == 0) != (create_table[i].code == TL_OK) || (ret != 0 && org->err.code != create_table[i].code))
			fail_msg("%s: %d %s\n%s", row, (int)org->err.code, org->err.message, org->log);
		assert_row(row, !create_table[i].message || strstr(org->err.message, create_table[i].message));
		assert_row(row, org->n_flows == create_table[i].flows);
		assert_row(row, ret != 0 || (tl_str_is(remote.id, "id-Main") && remote.version == 1));
		assert_row(row, call.took_effect == (strcmp(row, "a twin is made") == 0));
		tl_flow_free(ours);
		org_remove((void **)&org);
	}
}

static void a_name_that_is_taken_is_not_made_again(void **state)
{
	struct org *org = *state;
	struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
	struct tl_put put = { .flow = ours, .version = 1, .publish = true };
	struct tl_remote remote;

	org_add(org, "inboundCall", "Main line", "theirs");
	org_add(org, "inboundCall", "Main", "theirs");
	assert_int_equal(tl_platform_create(&remote, &org->arena, org->platform, &put, &org->err), -1);
	assert_int_equal(org->err.code, TL_CONFLICT);
	assert_null(strstr(org->log, "JOB"));
	tl_flow_free(ours);
}

/* The id of the job that was begun. */
static void keep(void *data, struct tl_str job)
{
	snprintf(data, 32, "%.*s", TL_FMT(job));
}

static void a_job_can_be_asked_for_later(void **state)
{
	struct org *org = *state;
	struct tl_flow *ours = org_source("inboundCall", "Main", "ours");
	char kept[32] = "";
	struct tl_put put = { .flow = ours, .version = 2, .publish = true, .begun = keep, .data = kept, .wait_ms = 30000 };
	struct org_flow *flow = org_add(org, "inboundCall", "Main", "base");
	struct tl_remote remote;
	struct tl_remote_job job;

	org->bad = "hangs";
	assert_int_equal(tl_platform_put(&remote, &org->arena, org->platform, TL_STR("id-Main"), &put, &org->err), -1);
	assert_true(org->err.code == TL_LOST && strstr(org->err.message, "after 30s"));
	assert_string_equal(kept, "job-0");
	assert_int_equal(tl_platform_job(&job, &org->arena, org->platform, tl_str(kept), &org->err), 0);
	assert_true(!job.over && job.begun);
	org->bad = "";
	assert_int_equal(tl_platform_job(&job, &org->arena, org->platform, tl_str(kept), &org->err), 0);
	assert_true(job.over && job.good && tl_str_is(job.id, "id-Main") && org_says(flow, "ours"));
	assert_int_equal(tl_platform_job(&job, &org->arena, org->platform, TL_STR("job-9"), &org->err), -1);
	assert_int_equal(org->err.code, TL_NOT_FOUND);
	flow->holder = "Alice";
	assert_int_equal(tl_platform_give_back(org->platform, TL_STR("id-Main"), &org->err), 0);
	assert_string_equal(flow->holder, "Alice");
	flow->holder = "us";
	assert_int_equal(tl_platform_give_back(org->platform, TL_STR("id-Main"), &org->err), 0);
	assert_null(flow->holder);
	tl_flow_free(ours);
}

int test_platform_architect_write(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end_of_a_put_is_known),
		cmocka_unit_test_setup_teardown(what_a_good_put_asks_for, org_make, org_remove),
		cmocka_unit_test_setup_teardown(a_lock_of_our_own_is_waited_for, org_make, org_remove),
		cmocka_unit_test_setup_teardown(what_stands_in_the_way_is_named, org_make, org_remove),
		cmocka_unit_test(every_end_of_a_create_is_known),
		cmocka_unit_test_setup_teardown(a_name_that_is_taken_is_not_made_again, org_make, org_remove),
		cmocka_unit_test_setup_teardown(a_job_can_be_asked_for_later, org_make, org_remove),
	};

	return cmocka_run_group_tests_name("platform/architect_write", tests, NULL, NULL);
}
