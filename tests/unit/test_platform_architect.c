/* tests/unit/test_platform_architect.c: reading an organisation of the vendor's: lists, versions, exports, roles. */
#include "vendor_yard.h"

#include <stdio.h>

#include "base/pool.h"
#include "flow/canonical.h"

static void versions_are_numbers_and_come_back(void **state)
{
	static const struct {
		const char *text, *id, *shown;
		int64_t number;
	} table[] = {
		{ "12.0", "12.0", "12", 12 }, { "12", "12.0", "12", 12 }, { "1.0", "1.0", "1", 1 }, { "12.3", "12.3", "12.3", 12 + (3LL << 32) },
		{ "0.1", "0.1", "0.1", 1LL << 32 }, { "4294967295.1048575", "4294967295.1048575", "4294967295.1048575", 4294967295LL + (1048575LL << 32) },
	};
	static const char *const none[] = { "", ".", "12.", ".3", "12.3.4", "-1", "12a", "4294967296.0", "1.1048576", "99999999999999999999" };
	struct tl_arena arena = { 0 };
	int64_t number;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		assert_row(table[i].text, tl_version_parse(&number, tl_str(table[i].text)) && number == table[i].number);
		assert_row(table[i].text, tl_str_is(tl_version_id(&arena, number), table[i].id));
		assert_row(table[i].text, tl_str_is(tl_version_text(&arena, number), table[i].shown));
		assert_row(table[i].text, strcmp(tl_version_shown(number).text, table[i].shown) == 0);
	}
	for (size_t i = 0; i < TL_COUNT(none); i++)
		assert_row(none[i], !tl_version_parse(&number, tl_str(none[i])));
	assert_true(tl_version_compare(12, 12 + (3LL << 32)) < 0 && tl_version_compare(13, 12 + (3LL << 32)) > 0 && tl_version_compare(12, 12) == 0);
	tl_arena_clear(&arena);
}

static void a_list_has_types_versions_and_who_has_what(void **state)
{
	struct org *org = *state;
	struct tl_remotes list;
	struct org_flow *main_flow = org_add(org, "inboundCall", "Main", "hello"), *chat = org_add(org, "inboundChat", "Main", "hello");

	org_add(org, "workflow", "Zed", "hello");
	org_edit(org, main_flow, "Alice", false, true, "draft");
	main_flow->holder = "Alice";
	chat->holder = "client:Terraform";
	chat->operation = "PUBLISH";
	org->flows[2].deleted = true;
	assert_int_equal(tl_platform_list(&list, &org->arena, org->platform, &org->err), 0);
	assert_int_equal(list.count, 2);
	assert_str(list.items[0].name, "inboundCall/Main");
	assert_str(list.items[0].held_by, "Alice");
	assert_true(list.items[0].version == 1 + (1LL << 32) && list.items[0].published_version == 1 && list.items[0].draft_ms > 0);
	assert_int_equal(list.items[0].status, TL_STATUS_DRAFT);
	assert_str(list.items[1].name, "inboundChat/Main");
	assert_str(list.items[1].type, "inboundChat");
	assert_str(list.items[1].held_by, "the client 'Terraform'");
	assert_str(list.items[1].operation, "PUBLISH by Bob");
	assert_int_equal(list.items[1].status, TL_STATUS_PUBLISHING);
	assert_false(list.items[1].held_by_us);
	chat->holder = "us";
	chat->operation = NULL;
	assert_int_equal(tl_platform_list(&list, &org->arena, org->platform, &org->err), 0);
	assert_true(list.items[1].held_by_us);
}

static void what_is_asked_for_is_what_the_vendor_knows(void **state)
{
	struct org *org = *state;
	struct tl_remotes list;

	for (unsigned i = 0; i < 250; i++)
		org_add(org, "inboundCall", tl_arena_printf(&org->arena, "f%u", i).ptr, "hello");
	assert_int_equal(tl_platform_list(&list, &org->arena, org->platform, &org->err), 0);
	assert_int_equal(list.count, 250);
	assert_int_equal(org->requests, 3);
	assert_null(strstr(org->last_path.data, "virtualAgentEnabled"));
	assert_null(strstr(org->last_path.data, "evil"));
}

static void a_version_is_exported_and_read(void **state)
{
	struct org *org = *state;
	struct org_flow *flow = org_add(org, "inboundCall", "Main", "hello");
	struct tl_lower lower = { .limits = tl_limits_default() };
	char theirs[TL_SHA256_SIZE], ours[TL_SHA256_SIZE];
	struct tl_flow *there, *here = org_source("inboundCall", "Main", "hello");
	struct tl_remote remote;
	struct tl_remotes versions;

	assert_int_equal(tl_platform_version(&remote, &org->arena, org->platform, TL_STR("id-Main"), 1, &org->err), 0);
	assert_true(remote.reached_published && remote.published_version == 1);
	assert_non_null(strstr(org->last_body.data, "\"version\":\"1.0\""));
	assert_int_equal(tl_remote_read(&there, &remote, &lower, &org->err), 0);
	assert_str(tl_remote_name(there), "inboundCall/Main");
	tl_flow_digest(theirs, there, NULL);
	tl_flow_digest(ours, here, NULL);
	assert_string_equal(theirs, ours);
	org_edit(org, flow, "Alice", false, false, "checked in");
	org_edit(org, flow, "Alice", false, true, "saved");
	assert_int_equal(tl_platform_version(&remote, &org->arena, org->platform, TL_STR("id-Main"), 2 + (1LL << 32), &org->err), 0);
	assert_true(!remote.reached_published && tl_str_find(remote.content, TL_STR("saved"), 0) != SIZE_MAX);
	assert_int_equal(tl_platform_versions(&versions, &org->arena, org->platform, TL_STR("id-Main"), &org->err), 0);
	assert_true(versions.count == 3 && versions.items[0].version == 2 + (1LL << 32) && versions.items[1].version == 2 && versions.items[2].reached_published);
	assert_int_equal(tl_platform_version(&remote, &org->arena, org->platform, TL_STR("id-Main"), 7, &org->err), -1);
	assert_int_equal(org->err.code, TL_NOT_FOUND);
	assert_int_equal(tl_platform_version(&remote, &org->arena, org->platform, TL_STR("id-None"), 1, &org->err), -1);
	assert_int_equal(org->err.code, TL_NOT_FOUND);
	tl_flow_free(there);
	tl_flow_free(here);
}

/* It stands in the way of nothing: a first version may be published over it. */
static void a_flow_that_was_never_saved_says_its_name(void **state)
{
	struct org *org = *state;
	struct org_flow *flow = org_add(org, "inboundCall", "Stub", "hello");
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_remotes list;
	struct tl_remote remote;
	struct tl_flow *there;

	flow->count = flow->published = flow->checked_in = flow->saved = 0;
	assert_int_equal(tl_platform_list(&list, &org->arena, org->platform, &org->err), 0);
	assert_true(list.items[0].version == 1LL << 32 && list.items[0].published_version == 0);
	assert_int_equal(tl_platform_version(&remote, &org->arena, org->platform, list.items[0].id, list.items[0].version, &org->err), 0);
	assert_int_equal(tl_remote_read(&there, &remote, &lower, &org->err), 0);
	assert_str(tl_remote_name(there), "inboundCall/Stub");
	assert_int_equal(org->exports, 0);
	tl_flow_free(there);
}

/* Flows that several threads read at once. */
struct reading {
	struct org *org;
	struct tl_arena arenas[16];
	struct tl_error errors[600];
	bool good[600];
};

static int read_one(void *data, unsigned worker, size_t i)
{
	struct reading *reading = data;
	struct tl_str id = tl_arena_printf(&reading->arenas[worker], "id-f%zu", i), words = tl_arena_printf(&reading->arenas[worker], "words of %zu\n", i);
	struct tl_remote remote;

	reading->good[i] = tl_platform_version(&remote, &reading->arenas[worker], reading->org->platform, id, 1, &reading->errors[i]) == 0 &&
	                   tl_str_find(remote.content, words, 0) != SIZE_MAX;
	return 0;
}

/* How an organisation hands out many flows; which of them cannot be had. */
static const struct {
	const char *name, *bad;
	bool archives, nameless;
	const char *missing; /* what is said of f3, or NULL: it comes too */
} export_table[] = {
	{ "an archive by our names", NULL, true, false, NULL },
	{ "an archive by their names", NULL, true, true, NULL },
	{ "documents one after the other", NULL, false, false, NULL },
	{ "one cannot be exported", "one cannot be exported", true, false, "cannot be exported" },
	{ "an export omits one", "an export omits one", true, false, "omits the flow" },
	{ "the limit hides in the job", "limited", true, false, NULL },
	{ "an address that has expired", "download expired once", true, false, NULL },
};

static void many_flows_share_a_job(void **unused)
{
	(void)unused;
	for (size_t row = 0; row < TL_COUNT(export_table); row++) {
		static struct reading reading;
		struct tl_remotes list;
		struct org *org;

		org_make((void **)&org);
		org->archives = export_table[row].archives;
		org->nameless = export_table[row].nameless;
		memset(&reading, 0, sizeof(reading));
		reading.org = org;
		for (unsigned i = 0; i < 100; i++)
			org_add(org, "inboundCall", tl_arena_printf(&org->arena, "f%u", i).ptr, tl_arena_printf(&org->arena, "words of %u", i).ptr);
		assert_int_equal(tl_platform_list(&list, &org->arena, org->platform, &org->err), 0);
		org->bad = export_table[row].bad;
		tl_pool_run(16, 100, read_one, &reading);
		for (size_t i = 0; i < 100; i++) {
			if (i == 3 && export_table[row].missing)
				assert_row(export_table[row].name, !reading.good[i] && strstr(reading.errors[i].message, export_table[row].missing));
			else if (!reading.good[i])
				fail_msg("%s: %zu: %s", export_table[row].name, i, reading.errors[i].message);
		}
		for (size_t i = 0; i < 16; i++)
			tl_arena_clear(&reading.arenas[i]);
		org_remove((void **)&org);
	}
}

static void what_a_role_may_do_is_in_its_policies(void **state)
{
	static const struct {
		const char *role;
		size_t count;
	} table[] = {
		{ "{\"permissionPolicies\":[]}", 0 },
		{ "{\"permissionPolicies\":[{\"domain\":\"architect\",\"entityName\":\"flow\",\"actionSet\":[\"view\",\"edit\"]}]}", 2 },
		{ "{\"permissionPolicies\":[{\"domain\":\"architect\",\"entityName\":\"flow\",\"actionSet\":[\"*\"]}]}", 3 },
		{ "{\"permissionPolicies\":[{\"domain\":\"architect\",\"entityName\":\"*\",\"actionSet\":[\"view\",\"create\"]}]}", 5 },
		{ "{\"permissionPolicies\":[{\"domain\":\"*\",\"entityName\":\"*\",\"actionSet\":[\"*\"]}]}", 7 },
		{ "{\"permissionPolicies\":[{\"domain\":\"architect\",\"entityName\":\"job\",\"actionSet\":[\"create\"]}],\"permissions\":[\"architect:flow:*\"]}", 4 },
		{ "{\"permissionPolicies\":[{\"domain\":\"routing\",\"entityName\":\"*\",\"actionSet\":[\"*\"]},7]}", 0 },
	};
	struct org *org = *state;
	struct tl_str *scopes;
	size_t count;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		org->role = table[i].role;
		assert_int_equal(tl_platform_scopes(&scopes, &count, &org->arena, org->platform, TL_STR("r"), &org->err), 0);
		assert_row(table[i].role, count == table[i].count);
	}
	org->role = "{\"name\":\"x\"}";
	assert_int_equal(tl_platform_scopes(&scopes, &count, &org->arena, org->platform, TL_STR("r"), &org->err), -1);
	assert_int_equal(tl_platform_scopes(&scopes, &count, &org->arena, org->platform, TL_STR(""), &org->err), 0);
	assert_int_equal(count, 0);
}

int test_platform_architect(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_numbers_and_come_back),
		cmocka_unit_test_setup_teardown(a_list_has_types_versions_and_who_has_what, org_make, org_remove),
		cmocka_unit_test_setup_teardown(what_is_asked_for_is_what_the_vendor_knows, org_make, org_remove),
		cmocka_unit_test_setup_teardown(a_version_is_exported_and_read, org_make, org_remove),
		cmocka_unit_test_setup_teardown(a_flow_that_was_never_saved_says_its_name, org_make, org_remove),
		cmocka_unit_test(many_flows_share_a_job),
		cmocka_unit_test_setup_teardown(what_a_role_may_do_is_in_its_policies, org_make, org_remove),
	};

	return cmocka_run_group_tests_name("platform/architect", tests, NULL, NULL);
}
