/* dialect/architect: the public flows of the shared data. Each is lowered whole: its routines and nodes were counted by other means (a walk over the
 * YAML that counts containers, choices and actions), every reference resolves, and nothing is said of it but placeholders without values. */
#include "unit.h"

#include "base/file.h"
#include "dialect/dialect.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "flow/canonical.h"
#include "flow/graph.h"

static const struct real_row {
	const char *file, *type;
	uint32_t routines, nodes;
	bool default_menu; /* it has the menu that the vendor always makes, and nothing leads there */
} real_table[] = {
	{ "GenesysCloudBlueprints__ani-blacklist__blacklist.yaml", "workflow", 2, 8, false },
	{ "GenesysCloudBlueprints__automated-callback-blueprint__Proactive_callback_connect.yaml", "outboundCall", 4, 10, false },
	{ "GenesysCloudBlueprints__automated-callback-blueprint__Proactive_callback_offer.yaml", "inqueueCall", 2, 13, false },
	{ "GenesysCloudBlueprints__automated-callback-blueprint__Proactive_callback_workbin.yaml", "workflow", 2, 11, false },
	{ "GenesysCloudBlueprints__automated-callback-blueprint__Trigger_proactive_callback_workflow.yaml", "inboundCall", 2, 7, false },
	{ "GenesysCloudBlueprints__automatic-offer-callback-for-disconnected-call__SMS_Schedule_Callback.yaml", "inboundShortMessage", 2, 12, false },
	{ "GenesysCloudBlueprints__automatic-offer-callback-for-disconnected-call__Send_SMS_to_Schedule_Callback.yaml", "workflow", 2, 5, false },
	{ "GenesysCloudBlueprints__aws-pipeline-cx-as-code-blueprint__BasicMessageFlow.yaml", "inboundShortMessage", 2, 4, false },
	{ "GenesysCloudBlueprints__callback-prioritization__Callback-Prioritization-Workflow.yaml", "workflow", 2, 17, false },
	{ "GenesysCloudBlueprints__cx-as-code-cicd-gitactions-blueprint__EmailComprehendFlow.yaml", "inboundEmail", 2, 10, false },
	{ "GenesysCloudBlueprints__deploy-webmessaging-chatbot-with-lambda-blueprint__DudeWheresMyStuffMessage.yaml", "inboundShortMessage", 2, 20, false },
	{ "GenesysCloudBlueprints__digital-messaging-translator-blueprint__InboundMessageFlow.yaml", "inboundShortMessage", 2, 4, false },
	{ "GenesysCloudBlueprints__dr-fallback-ivr__DR-Emergency-IVR.yaml", "inboundCall", 9, 28, false },
	{ "GenesysCloudBlueprints__dr-fallback-ivr__DR-Fallback-Ivr.yaml", "inboundCall", 3, 8, true },
	{ "GenesysCloudBlueprints__dr-webmessaging-blueprint__MyWebMessenger__flows.yaml", "inboundShortMessage", 2, 11, false },
	{ "GenesysCloudBlueprints__email-aws-comprehend-blueprint__EmailComprehendFlow.yaml", "inboundEmail", 2, 10, false },
	{ "GenesysCloudBlueprints__gc-presence-update-from-ms-teams__ms-teams-integrations-presence-trigger.yaml", "workflow", 2, 8, false },
	{ "GenesysCloudBlueprints__genesys-cloud-call-park__default-in-queue-flow.yaml", "inqueueCall", 2, 3, false },
	{ "GenesysCloudBlueprints__genesys-cloud-call-park__in-queue-orbit-call-park-hold.yaml", "inqueueCall", 2, 5, false },
	{ "GenesysCloudBlueprints__genesys-cloud-call-park__orbit-parked-call-retrieval.yaml", "inboundCall", 3, 13, true },
	{ "GenesysCloudBlueprints__merge-ephemeral-message-to-external-contact-blueprint__MergeExternalContactMessageFlow.yaml", "inboundShortMessage", 2, 6, false },
	{ "GenesysCloudBlueprints__merge-ephemeral-message-to-external-contact-blueprint__ResolveContact.yaml", "commonModule", 2, 8, false },
	{ "GenesysCloudBlueprints__process-automation-trigger-with-salesforce__Conversation_Summary.yaml", "workflow", 2, 12, false },
	{ "GenesysCloudBlueprints__process-automation-trigger-with-salesforce__Conversation_Summary__flow.yaml", "workflow", 2, 12, false },
	{ "GenesysCloudBlueprints__process-automation-workitem-blueprint__WorkitemFlow.yaml", "workitem", 9, 25, false },
	{ "GenesysCloudBlueprints__process-participant-attributes-event-triggers-blueprint__EventOrchestrator_Flow.yaml", "inboundCall", 3, 9, false },
	{ "GenesysCloudBlueprints__process-participant-attributes-event-triggers-blueprint__EventOrchestrator_Secure_Flow.tftpl.yaml", "secureCall", 2, 9, false },
	{ "GenesysCloudBlueprints__process-participant-attributes-event-triggers-blueprint__EventOrchestrator_Workflow.tftpl.yaml", "workflow", 2, 7, false },
	{ "GenesysCloudBlueprints__scheduling-bot-blueprint__SchedulerBotInboundMessageFlow.yaml", "inboundShortMessage", 2, 3, false },
	{ "GenesysCloudBlueprints__send-email-notification-when-outbound-message-fails-blueprint__SendEmailWorkflow.yaml", "workflow", 2, 6, false },
	{ "GenesysCloudBlueprints__send-message-transcript-by-email__message-conv-with-transcript.yaml", "inboundShortMessage", 2, 5, false },
	{ "GenesysCloudBlueprints__send-message-transcript-by-email__send-message-transcript-to-customer-by-email.yaml", "workflow", 8, 47, false },
	{ "GenesysCloudBlueprints__set-emergency-group-lambda-blueprint__main_flow.yaml", "inboundCall", 3, 19, false },
	{ "GenesysCloudBlueprints__set-emergency-group-lambda-blueprint__spare_flow.yaml", "inboundCall", 2, 5, false },
	{ "GenesysCloudBlueprints__simple-ivr-deploy-with-cx-as-code-blueprint__SimpleFinancialIvr_v2-0.yaml", "inboundCall", 2, 7, false },
	{ "GenesysCloudBlueprints__sms-followup-on-missed-callback-blueprint__callback_sms_eventrigger_flow.tftpl.yaml", "workflow", 2, 5, false },
	{ "GenesysCloudBlueprints__survey-sms-delivery-blueprint__SendSurvey_v1-0.yaml", "surveyInvite", 2, 7, false },
	{ "GenesysCloudBlueprints__switch-voice-to-web-messaging__Switch_from_Voice_Channel_with_Context.yaml", "inboundShortMessage", 4, 19, false },
	{ "GenesysCloudBlueprints__switch-voice-to-web-messaging__Switch_to_Web_Messaging_via_SMS.yaml", "inqueueCall", 2, 19, false },
	{ "GenesysCloudBlueprints__terminate-voice-calls-with-no-queue__terminate-outbound-call-missing-queue-with-pstn-call-leg-check.yaml", "workflow", 2, 7, false },
	{ "GenesysCloudBlueprints__terminate-voice-calls-with-no-queue__terminate-outbound-call-missing-queue.yaml", "workflow", 2, 4, false },
	{ "GenesysCloudBlueprints__update-gc-presence-on-communicate-call-activity-blueprint__Set_GC_User_to_Available.yaml", "workflow", 2, 5, false },
	{ "GenesysCloudBlueprints__update-gc-presence-on-communicate-call-activity-blueprint__Set_GC_User_to_Busy.yaml", "workflow", 2, 28, false },
	{ "GenesysCloudBlueprints__web-messaging-chatbot-with-knowledge-base__DevOpsKnowledgeInbound_v1-0.yaml", "inboundShortMessage", 2, 3, false },
	{ "GenesysCloudBlueprints__web-messaging-triage-bot-blueprint__web-messaging-triage-bot.yaml", "inboundShortMessage", 2, 8, false },
	{ "GenesysCloudBlueprints__webmessaging-chatbot-that-differentiates-on-and-off-hour-schedules__del-webmessage_flow.yaml", "inboundShortMessage", 2, 6, false },
	{ "GenesysCloudBlueprints__webmessaging-chatbot-that-differentiates-on-and-off-hour-schedules__webmessage_flow.yaml", "inboundShortMessage", 2, 6, false },
	{ "MakingChatbots__genesys-cloud-cx-as-code-demo__digital-bot.yaml", "digitalBot", 2, 5, false },
	{ "MakingChatbots__genesys-cloud-cx-as-code-demo__inbound-msg.yaml", "inboundShortMessage", 2, 3, false },
};

static struct tl_str read_real(struct tl_arena *arena, const char *name)
{
	struct tl_str path = tl_arena_printf(arena, "real-flows/%s", name), text = { 0 };
	struct tl_error err = { 0 };

	if (tl_file_read(&text, arena, unit_shared(arena, path.ptr), 1 << 20, &err) != 0)
		fail_msg("%s", err.message);
	return text;
}

static struct tl_flow *lower_text(struct tl_str text, struct tl_findings *findings)
{
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = findings };
	struct tl_flow *flow = NULL;

	tl_flow_read(&flow, TL_STR("real.yaml"), text, &lower);
	return flow;
}

static void check_targets(const char *row, const struct tl_flow *flow)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		assert_row(row, !flow->nodes[i].unknown && flow->nodes[i].routine < flow->n_routines);
	for (uint32_t i = 0; i < flow->n_outcomes; i++)
		assert_row(row, flow->outcomes[i].target.to != TL_TO_NOWHERE);
	assert_row(row, flow->node_names.count == flow->n_nodes);
}

/* Of the containers, only default menus are never entered; of the actions in the others, none. */
static void check_reach(const struct real_row *row, const struct tl_flow *flow)
{
	bool *reached = calloc(flow->n_nodes, sizeof(bool)), *entered = calloc(flow->n_routines, sizeof(bool)), unused = false;

	tl_graph_reach(flow, reached, entered);
	for (uint32_t i = 0; i < flow->n_routines; i++) {
		assert_row(row->file, entered[i] || flow->routines[i].vendor_default);
		unused = unused || !entered[i];
	}
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		assert_row(row->file, reached[i] == entered[flow->nodes[i].routine]);
	assert_row(row->file, unused == row->default_menu);
	free(reached);
	free(entered);
}

static void real_flows_are_lowered(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(real_table); i++) {
		const struct real_row *row = &real_table[i];
		struct tl_findings findings = { 0 };
		struct tl_arena arena = { 0 };
		struct tl_flow *flow = lower_text(read_real(&arena, row->file), &findings);

		assert_row(row->file, flow != NULL);
		assert_row(row->file, tl_str_is(flow->architect_type, row->type));
		assert_row(row->file, flow->n_routines == row->routines && flow->n_nodes == row->nodes);
		for (size_t j = 0; j < findings.count; j++)
			assert_row(row->file, strcmp(findings.items[j].rule, "unset-substitution") == 0 && findings.items[j].level == TL_NOTE);
		check_targets(row->file, flow);
		check_reach(row, flow);
		tl_flow_free(flow);
		tl_findings_clear(&findings);
		tl_arena_clear(&arena);
	}
}

/* ---- The same flow in another file */

/* Other tracking numbers: NAME_12 becomes NAME_1012 wherever a refId or reference ends so. */
static struct tl_str renumbered(struct tl_arena *arena, struct tl_str text)
{
	size_t end = tl_str_ends(text, TL_STR("]")) ? text.len - 1 : text.len, at = end;

	while (at > 0 && text.ptr[at - 1] >= '0' && text.ptr[at - 1] <= '9')
		at--;
	if (at == end || at == 0 || text.ptr[at - 1] != '_')
		return text;
	return tl_arena_printf(arena, "%.*s10%.*s", (int)at, text.ptr, (int)(text.len - at), text.ptr + at);
}

/* A copy with the keys of every map in another order and, if wished, other tracking numbers. */
static struct tl_item *mixed(struct tl_arena *arena, const struct tl_item *item, bool renumber, unsigned seed)
{
	const struct tl_item **children;
	struct tl_item *copy;
	size_t n = 0;

	if (item->kind != TL_MAP && item->kind != TL_LIST) {
		copy = tl_item_copy(arena, item);
		if (renumber && item->kind == TL_STRING && (tl_str_is(item->key, "refId") || tl_str_ends(item->key, TL_STR("Ref"))))
			copy->text = renumbered(arena, item->text);
		return copy;
	}
	copy = tl_item_new(arena, item->kind);
	children = TL_ARENA_ARRAY(arena, const struct tl_item *, item->count + 1);
	for (const struct tl_item *child = item->first; child; child = child->next)
		children[n++] = child;
	for (size_t i = 0; i < n; i++) {
		const struct tl_item *child = children[item->kind == TL_MAP ? (i + seed) % n : i];

		if (item->kind == TL_MAP)
			tl_item_put(copy, child->key, mixed(arena, child, renumber, seed));
		else
			tl_item_add(copy, mixed(arena, child, renumber, seed));
	}
	return copy;
}

static void digest_of(char out[TL_SHA256_SIZE], const struct tl_item *tree)
{
	struct tl_findings findings = { 0 };
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_flow *flow;

	tl_json_init(&json, &text, true);
	tl_json_item(&json, tree);
	flow = lower_text(tl_buf_view(&text), &findings);
	for (size_t i = 0; i < findings.count && !flow; i++)
		print_error("%.*s\n", TL_FMT(findings.items[i].message));
	assert_non_null(flow);
	tl_flow_digest(out, flow, NULL);
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	tl_buf_clear(&text);
}

static void order_and_tracking_numbers_mean_nothing(void **state)
{
	const struct tl_map none = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(real_table); i++) {
		struct tl_read_options options = { .substitutions = &none };
		char first[TL_SHA256_SIZE], other[TL_SHA256_SIZE];
		struct tl_arena arena = { 0 };
		struct tl_doc *doc;

		tl_yaml_read(&doc, TL_STR("real.yaml"), read_real(&arena, real_table[i].file), &options);
		assert_row(real_table[i].file, doc->root != NULL);
		digest_of(first, doc->root);
		for (unsigned seed = 1; seed <= 3; seed++) {
			digest_of(other, mixed(&arena, doc->root, seed > 1, seed));
			assert_row(real_table[i].file, strcmp(first, other) == 0);
		}
		tl_doc_free(doc);
		tl_arena_clear(&arena);
	}
}

/* ---- What is published, and comes back */

/* A value for each key: every one is a word. */
static void fill(struct tl_map *values, struct tl_arena *arena, struct tl_str text)
{
	for (size_t at = 0; (at = tl_str_find(text, TL_STR("{{"), at)) != SIZE_MAX; at += 2) {
		size_t end = tl_str_find(text, TL_STR("}}"), at);
		struct tl_str key = end == SIZE_MAX ? TL_STR("") : tl_str_trim(tl_str_slice(text, at + 2, end)), *value;

		if (key.len == 0)
			continue;
		value = TL_ARENA_NEW(arena, struct tl_str);
		*value = tl_arena_printf(arena, "value %zu", values->count);
		if (!tl_map_find(values, key))
			tl_map_put(values, key, NULL)->value.ptr = value;
	}
}

/* Settings that an export says although they hold anyway. */
static const struct {
	const char *key, *text;
} default_table[] = {
	{ "description", "  description: \"\"\n" },
	{ "division", "  division: Home\n" },
	{ "settingsErrorHandling", "  settingsErrorHandling:\n    errorHandling:\n      disconnect:\n        none: true\n    preHandlingAudio:\n      noValue: true\n" },
};

/* Whether the digest is the same with each of them that the flow does not say itself. */
static bool says_the_same(struct tl_arena *arena, const struct tl_flow *flow, struct tl_str text, const char *digest)
{
	const char *end = tl_str_ends(text, TL_STR("\n")) ? "" : "\n";
	bool same = true;

	for (size_t i = 0; i < TL_COUNT(default_table); i++) {
		char other[TL_SHA256_SIZE];
		struct tl_flow *more;

		if (tl_item_get(flow->doc->root->first, default_table[i].key))
			continue;
		more = lower_text(tl_arena_printf(arena, "%.*s%s%s", TL_FMT(text), end, default_table[i].text), NULL);
		assert_non_null(more);
		tl_flow_digest(other, more, NULL);
		same &= strcmp(digest, other) == 0;
		tl_flow_free(more);
	}
	return same;
}

static void what_is_published_reads_as_its_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(real_table); i++) {
		const char *row = real_table[i].file;
		char ours[TL_SHA256_SIZE], theirs[TL_SHA256_SIZE];
		struct tl_lower lower = { .limits = tl_limits_default() };
		struct tl_read_options options = { .substitutions = NULL };
		struct tl_map values = { 0 };
		struct tl_arena arena = { 0 };
		struct tl_flow *source = NULL, *export;
		struct tl_str text = read_real(&arena, row);
		struct tl_doc *doc;

		fill(&values, &arena, text);
		lower.values = &values;
		tl_flow_read(&source, TL_STR("real.yaml"), text, &lower);
		assert_row(row, source && tl_str_find(source->text, TL_STR("{{"), 0) == SIZE_MAX);
		assert_row(row, tl_str_equal(source->text, text) == (values.count == 0));
		tl_flow_digest(ours, source, NULL);
		export = lower_text(source->text, NULL);
		assert_row(row, export && tl_str_equal(tl_flow_key(export), tl_flow_key(source)));
		tl_flow_digest(theirs, export, NULL);
		assert_row(row, strcmp(ours, theirs) == 0);
		assert_row(row, says_the_same(&arena, export, source->text, ours));
		/* As the platform writes it: other numbers, another order. */
		tl_yaml_read(&doc, TL_STR("export.yaml"), source->text, &options);
		digest_of(theirs, mixed(&arena, doc->root, true, 2));
		assert_row(row, strcmp(ours, theirs) == 0);
		tl_doc_free(doc);
		tl_flow_free(export);
		tl_flow_free(source);
		tl_map_clear(&values);
		tl_arena_clear(&arena);
	}
}

int test_architect_real(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_flows_are_lowered),
		cmocka_unit_test(order_and_tracking_numbers_mean_nothing),
		cmocka_unit_test(what_is_published_reads_as_its_source),
	};

	return cmocka_run_group_tests_name("architect_real", tests, NULL, NULL);
}
