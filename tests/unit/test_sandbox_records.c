/* tests/unit/test_sandbox_records.c: interactions that change by compare-and-set, and profiles. */
#include "sandbox/interactions.h"
#include "sandbox/profiles.h"

#include <string.h>

#include "unit.h"

static struct tl_doc *parsed(const char *text)
{
	struct tl_doc *doc;
	struct tl_error err;

	if (tl_json_parse(&doc, TL_STR("text"), tl_str(text), &err) != 0)
		fail_msg("%s: %s", err.message, text);
	return doc;
}

static int put(struct tl_interactions *interactions, struct tl_refusal *refusal, const char *text)
{
	struct tl_doc *doc = parsed(text);
	int status = tl_interactions_put(interactions, refusal, doc->root);

	tl_doc_free(doc);
	return status;
}

static int patch(struct tl_interaction_answer *out, struct tl_interactions *interactions, struct tl_refusal *refusal, const char *id, const char *if_match,
                 const char *text)
{
	struct tl_doc *doc = text ? parsed(text) : NULL;
	int status;

	tl_buf_clear(&out->body);
	*out = (struct tl_interaction_answer){ 0 };
	status = tl_interactions_patch(out, refusal, interactions, tl_str(id), tl_str(if_match), doc ? doc->root : NULL);
	tl_doc_free(doc);
	return status;
}

static void an_interaction_changes_on_top_of_what_was_seen(void **state)
{
	struct tl_interactions *interactions = tl_interactions_new();
	struct tl_interaction_answer answer = { 0 };
	struct tl_buf history = { 0 };
	struct tl_refusal refusal;

	(void)state;
	assert_int_equal(put(interactions, &refusal, "{\"id\": \"i\", \"etag\": \"mine\", \"customAttributes\": {\"a\": 1, \"b\": {\"c\": 2}}, \"state\": \"live\"}"), 200);
	assert_int_equal(tl_interactions_get(&answer, &refusal, interactions, TL_STR("i")), 200);
	assert_string_equal(answer.body.data, "{\"customAttributes\":{\"a\":1,\"b\":{\"c\":2}},\"id\":\"i\",\"state\":\"live\",\"etag\":\"\\\"1\\\"\"}");
	assert_string_equal(answer.etag, "\"1\"");
	assert_true(answer.etag_in_header);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"1\"", "{\"customAttributes\": {\"b\": \"x\", \"n\": true, \"a\": null}}"), 200);
	assert_string_equal(answer.body.data, "{\"customAttributes\":{\"b\":\"x\",\"n\":true},\"id\":\"i\",\"state\":\"live\",\"etag\":\"\\\"2\\\"\"}");
	assert_string_equal(answer.etag, "\"2\"");
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"1\"", "{\"customAttributes\": {\"late\": 1}}"), 409);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"1\", \"2\"", "{\"customAttributes\": {}}"), 200);
	tl_buf_clear(&answer.body);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"3\"", "{\"customAttributes\": {\"flow_node\": \"n\", \"last_updated\": \"t\"}}"), 200);
	assert_int_equal(tl_interactions_history(&history, &refusal, interactions, TL_STR("i")), 200);
	assert_string_equal(history.data, "{\"id\":\"i\",\"revision\":4,\"history\":["
	                    "{\"etag\":\"\\\"1\\\"\",\"flowNode\":null,\"ifMatch\":null,\"lastUpdated\":null},"
	                    "{\"etag\":\"\\\"2\\\"\",\"flowNode\":null,\"ifMatch\":\"\\\"1\\\"\",\"lastUpdated\":null},"
	                    "{\"etag\":\"\\\"3\\\"\",\"flowNode\":null,\"ifMatch\":\"\\\"1\\\", \\\"2\\\"\",\"lastUpdated\":null},"
	                    "{\"etag\":\"\\\"4\\\"\",\"flowNode\":\"n\",\"ifMatch\":\"\\\"3\\\"\",\"lastUpdated\":\"t\"}]}");
	assert_int_equal(tl_interactions_history(&history, &refusal, interactions, TL_STR("j")), 404);
	tl_buf_clear(&history);
	assert_null(strstr(answer.body.data, "late"));
	tl_buf_clear(&answer.body);
	tl_interactions_free(interactions);
}

static void what_cannot_be_written_is_not_written(void **state)
{
	static const struct {
		const char *id, *if_match, *body;
		int status;
	} rows[] = {
		{ "nobody", "\"1\"", "{\"customAttributes\": {}}", 404 },
		{ "i", NULL, "{\"customAttributes\": {}}", 428 },
		{ "i", " ", "{\"customAttributes\": {}}", 428 },
		{ "i", "*", "{\"customAttributes\": {}}", 428 },
		{ "i", "1", "{\"customAttributes\": {}}", 409 },
		{ "i", "\"10\"", "{\"customAttributes\": {}}", 409 },
		{ "i", "W/\"1\"", "{\"customAttributes\": {}}", 409 },
		{ "i", "\"1\"", NULL, 422 },
		{ "i", "\"1\"", "[]", 422 },
		{ "i", "\"1\"", "{}", 422 },
		{ "i", "\"1\"", "{\"customAttributes\": []}", 422 },
		{ "i", "\"1\"", "{\"customAttributes\": null}", 422 },
		{ "i", "\"1\"", "{\"customAttributes\": {}, \"id\": \"j\"}", 422 },
	};
	struct tl_interactions *interactions = tl_interactions_new();
	struct tl_interaction_answer answer = { 0 };
	struct tl_refusal refusal;

	(void)state;
	assert_int_equal(put(interactions, &refusal, "{\"id\": \"i\", \"customAttributes\": {\"a\": 1}, \"etagIn\": \"body\"}"), 200);
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		assert_row(rows[i].body ? rows[i].body : rows[i].id,
		           patch(&answer, interactions, &refusal, rows[i].id, rows[i].if_match, rows[i].body) == rows[i].status);
		assert_row(rows[i].id, refusal.status == rows[i].status && answer.body.len == 0);
	}
	assert_int_equal(tl_interactions_get(&answer, &refusal, interactions, TL_STR("i")), 200);
	assert_string_equal(answer.body.data, "{\"customAttributes\":{\"a\":1},\"id\":\"i\",\"etag\":\"\\\"1\\\"\"}");
	assert_false(answer.etag_in_header);
	assert_int_equal(tl_interactions_get(&answer, &refusal, interactions, TL_STR("j")), 404);
	assert_int_equal(put(interactions, &refusal, "{\"customAttributes\": {}}"), 422);
	assert_int_equal(put(interactions, &refusal, "{\"id\": \"i\", \"customAttributes\": []}"), 422);
	tl_buf_clear(&answer.body);
	tl_interactions_free(interactions);
}

/* {"customAttributes": {KEY: "xxx…"}} whose attributes alone take `bytes`. */
static void fill(struct tl_buf *text, const char *key, size_t bytes)
{
	tl_buf_printf(text, "{\"customAttributes\": {\"%s\": \"", key);
	for (size_t i = 0; i < bytes - strlen("{\"\":\"\"}") - strlen(key); i++)
		tl_buf_char(text, 'x');
	tl_buf_text(text, "\"}}");
}

static void all_attributes_together_have_a_limit(void **state)
{
	struct tl_interactions *interactions = tl_interactions_new();
	struct tl_interaction_answer answer = { 0 };
	struct tl_refusal refusal;
	struct tl_buf text = { 0 };

	(void)state;
	assert_int_equal(put(interactions, &refusal, "{\"id\": \"i\"}"), 200);
	fill(&text, "a", TL_INTERACTION_LIMIT + 1);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"1\"", text.data), 422);
	assert_string_equal(refusal.code, "attributes.too.large");
	tl_buf_reset(&text);
	fill(&text, "a", TL_INTERACTION_LIMIT);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"1\"", text.data), 200);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"2\"", "{\"customAttributes\": {\"b\": 1}}"), 422);
	assert_int_equal(patch(&answer, interactions, &refusal, "i", "\"2\"", "{\"customAttributes\": {\"a\": 1, \"b\": 1}}"), 200);
	tl_buf_clear(&text);
	tl_buf_clear(&answer.body);
	tl_interactions_free(interactions);
}

static int put_profile(struct tl_profiles *profiles, struct tl_refusal *refusal, const char *text)
{
	struct tl_doc *doc = parsed(text);
	int status = tl_profiles_put(profiles, refusal, doc->root, 0);

	tl_doc_free(doc);
	return status;
}

static void a_profile_is_found_by_its_external_id(void **state)
{
	struct tl_profiles *profiles = tl_profiles_new();
	struct tl_refusal refusal;
	struct tl_str text;

	(void)state;
	assert_int_equal(put_profile(profiles, &refusal, "{\"externalId\": \"+1\", \"id\": \"p\", \"attributes\": {\"tier\": \"gold\"}}"), 200);
	assert_int_equal(tl_profiles_get(&text, &refusal, profiles, TL_STR("+1")), 200);
	assert_str(text, "{\"attributes\":{\"tier\":\"gold\"},\"dateCreated\":\"1970-01-01T00:00:00Z\",\"dateModified\":\"1970-01-01T00:00:00Z\","
	                 "\"externalId\":\"+1\",\"id\":\"p\",\"metadata\":{}}");
	assert_str(tl_item_text(tl_profiles_attributes(profiles, TL_STR("+1")), "tier"), "gold");
	assert_int_equal(put_profile(profiles, &refusal, "{\"externalId\": \"+1\", \"attributes\": {\"tier\": \"none\"}}"), 200);
	assert_str(tl_item_text(tl_profiles_attributes(profiles, TL_STR("+1")), "tier"), "none");
	assert_int_equal(tl_profiles_get(&text, &refusal, profiles, TL_STR("+2")), 404);
	assert_null(tl_profiles_attributes(profiles, TL_STR("+2")));
	assert_int_equal(put_profile(profiles, &refusal, "{\"attributes\": {}}"), 422);
	assert_int_equal(put_profile(profiles, &refusal, "{\"externalId\": \"+3\", \"attributes\": []}"), 422);
	tl_profiles_free(profiles);
}

int test_sandbox_records(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interaction_changes_on_top_of_what_was_seen),
		cmocka_unit_test(what_cannot_be_written_is_not_written),
		cmocka_unit_test(all_attributes_together_have_a_limit),
		cmocka_unit_test(a_profile_is_found_by_its_external_id),
	};

	return cmocka_run_group_tests_name("sandbox_records", tests, NULL, NULL);
}
