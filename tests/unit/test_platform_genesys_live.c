/* tests/unit/test_platform_genesys_live.c: who callers are and where interactions stand, as the platform answers it; that there is nobody is an answer, what breaks the contract is not. */
#include "genesys_yard.h"

static const struct {
	const char *name, *body;
	int status;
	bool found;
	const char *attribute; /* "tier" of it, or NULL */
	const char *message;   /* of the refusal, or NULL */
} profile_table[] = {
	{ "found", "{\"id\":\"p\",\"externalId\":\"CRM/7\",\"attributes\":{\"tier\":\"gold\"},\"metadata\":{}}", 200, true, "gold", NULL },
	{ "without attributes", "{\"id\":\"p\",\"externalId\":\"CRM/7\"}", 200, true, NULL, NULL },
	{ "attributes are null", "{\"attributes\":null}", 200, true, NULL, NULL },
	{ "nobody", "{\"message\":\"no\",\"code\":\"not.found\",\"status\":404}", 404, false, NULL, NULL },
	{ "of somebody else", "{\"externalId\":\"CRM/8\",\"attributes\":{}}", 200, false, NULL, "of somebody else" },
	{ "attributes are a list", "{\"attributes\":[]}", 200, false, NULL, "'attributes' is a list" },
	{ "nothing", "", 200, false, NULL, "it is empty" },
	{ "no JSON", "{", 200, false, NULL, "cannot be read as JSON" },
};

static void profiles_are_held_against_the_contract(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(profile_table); i++) {
		const char *row = profile_table[i].name;
		struct tl_profile profile;
		struct stage *stage;
		int ret;

		stage_make((void **)&stage);
		stage->body = profile_table[i].body;
		stage->status = profile_table[i].status;
		ret = tl_platform_profile(&profile, &stage->arena, stage->platform, TL_STR("CRM/7"), 0, &stage->err);
		assert_row(row, (ret == 0) == (profile_table[i].message == NULL));
		assert_row(row, profile.found == profile_table[i].found && (profile.attributes != NULL) == profile.found);
		assert_str(tl_buf_view(&stage->last_path), "/api/v2/profiles/external/CRM%2F7");
		if (profile_table[i].attribute)
			assert_str(tl_item_text(profile.attributes, "tier"), profile_table[i].attribute);
		if (profile_table[i].message)
			assert_row(row, stage->err.code == TL_REFUSED && strstr(stage->err.message, profile_table[i].message));
		stage_remove((void **)&stage);
	}
}

static void what_can_be_no_id_is_not_asked_for(void **state)
{
	static const char *const id_table[] = { "", ".", ".." };
	struct stage *stage = *state;
	struct tl_profile profile;

	for (size_t i = 0; i < TL_COUNT(id_table); i++) {
		assert_row(id_table[i], tl_platform_profile(&profile, &stage->arena, stage->platform, tl_str(id_table[i]), 0, &stage->err) == -1);
		assert_row(id_table[i], stage->err.code == TL_USAGE && stage->requests == 0);
	}
}

static const struct {
	const char *name, *body, *etag;
	const char *read;      /* the ETag that is read, or NULL: it is refused */
	enum tl_code changed;  /* what a change answered so comes to */
} interaction_table[] = {
	{ "as it should be", "{\"id\":\"i1\",\"customAttributes\":{\"a\":1}}", "\"3\"", "\"3\"", TL_OK },
	{ "its tag in the body", "{\"id\":\"i1\",\"customAttributes\":{},\"etag\":\"W3\"}", "", "W3", TL_OK },
	{ "without an id", "{\"customAttributes\":{}}", "\"3\"", "\"3\"", TL_OK },
	{ "without a tag", "{\"id\":\"i1\",\"customAttributes\":{}}", "", NULL, TL_LOST },
	{ "any state's tag", "{\"id\":\"i1\"}", "*", NULL, TL_LOST },
	{ "of another one", "{\"id\":\"i2\",\"customAttributes\":{}}", "\"3\"", NULL, TL_LOST },
	{ "no object", "[]", "\"3\"", NULL, TL_LOST },
	{ "nothing", "", "\"3\"", NULL, TL_LOST },
};

/* A change that was accepted is no failure, whatever the answer looks like. */
static void interactions_are_held_against_the_contract(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(interaction_table); i++) {
		const char *row = interaction_table[i].name;
		struct tl_interaction now, base = { .id = TL_STR("i1"), .etag = TL_STR("\"2\"") };
		struct stage *stage;
		int ret;

		stage_make((void **)&stage);
		stage->body = interaction_table[i].body;
		stage->etag = interaction_table[i].etag;
		stage->status = 200;
		ret = tl_platform_interaction(&now, &stage->arena, stage->platform, TL_STR("i1"), &stage->err);
		assert_row(row, (ret == 0) == (interaction_table[i].read != NULL));
		if (interaction_table[i].read)
			assert_str(now.etag, interaction_table[i].read);
		else
			assert_row(row, stage->err.code == TL_REFUSED);
		base.attributes = tl_item_new(&stage->arena, TL_MAP);
		stage->err = (struct tl_error){ 0 };
		ret = tl_platform_interaction_patch(&now, &stage->arena, stage->platform, &base, base.attributes, NULL, &stage->err);
		assert_row(row, (ret == 0) == (interaction_table[i].changed == TL_OK) && stage->err.code == interaction_table[i].changed);
		stage_remove((void **)&stage);
	}
}

static void without_a_server_there_is_no_line(void **state)
{
	struct stage *stage = *state;
	struct tl_phone_line line;

	assert_true(tl_platform_can(stage->platform, TL_CAN_CONTROL));
	assert_int_equal(tl_platform_line(&line, &stage->arena, stage->platform, TL_STR(""), &stage->err), -1);
	assert_int_equal(stage->err.code, TL_UNSUPPORTED);
	assert_null(line.bearer.ptr);
}

int test_platform_genesys_live(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles_are_held_against_the_contract),
		cmocka_unit_test(interactions_are_held_against_the_contract),
		cmocka_unit_test_setup_teardown(what_can_be_no_id_is_not_asked_for, stage_make, stage_remove),
		cmocka_unit_test_setup_teardown(without_a_server_there_is_no_line, stage_make, stage_remove),
	};

	return cmocka_run_group_tests_name("platform: genesys, live", tests, NULL, NULL);
}
