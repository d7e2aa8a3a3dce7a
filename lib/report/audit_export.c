/* report/audit_export.c: artefacts as they come, totals at the end. */
#include "report/audit_export.h"

#include <inttypes.h>
#include <stdlib.h>

#include "doc/json.h"

/* What is known of one flow so far. */
struct exported {
	struct tl_str flow, id;
	uint64_t cases, good;
	struct tl_map nodes;        /* executed, in the order in which they first were */
	struct tl_buf artefacts;    /* the list's elements as JSON, with commas */
};

struct tl_audit_export {
	struct tl_audit_export_head head;
	struct tl_arena arena;
	struct exported **flows;
	size_t count, capacity;
	struct tl_map by_flow;      /* -> struct exported * */
};

struct tl_audit_export *tl_audit_export_new(const struct tl_audit_export_head *head)
{
	struct tl_audit_export *export = tl_alloc_zero(1, sizeof(*export));

	export->head = *head;
	return export;
}

void tl_audit_export_free(struct tl_audit_export *export)
{
	if (!export)
		return;
	for (size_t i = 0; i < export->count; i++) {
		tl_map_clear(&export->flows[i]->nodes);
		tl_buf_clear(&export->flows[i]->artefacts);
	}
	free(export->flows);
	tl_map_clear(&export->by_flow);
	tl_arena_clear(&export->arena);
	free(export);
}

size_t tl_audit_export_count(const struct tl_audit_export *export)
{
	return export->count;
}

struct tl_str tl_audit_export_flow(const struct tl_audit_export *export, size_t index)
{
	return export->flows[index]->flow;
}

static struct exported *exported_of(struct tl_audit_export *export, struct tl_str flow, struct tl_str id)
{
	struct exported *exported = tl_map_ptr(&export->by_flow, flow);

	if (exported)
		return exported;
	exported = TL_ARENA_NEW(&export->arena, struct exported);
	exported->flow = tl_arena_dup(&export->arena, flow);
	exported->id = tl_arena_dup(&export->arena, id);
	export->flows = tl_grow(export->flows, &export->capacity, export->count + 1, sizeof(struct exported *));
	export->flows[export->count++] = exported;
	tl_map_put(&export->by_flow, exported->flow, NULL)->value.ptr = exported;
	return exported;
}

/* ---- one case */

static void put_item(struct tl_json *json, const char *key, const struct tl_item *item)
{
	tl_json_key(json, key);
	if (item) {
		tl_json_item(json, item);
	} else {
		tl_json_map(json);
		tl_json_map_end(json);
	}
}

/* All that the platform told; of a run of ours the recording. */
static void put_properties(struct tl_json *json, const struct tl_trace_step *step)
{
	if (step->properties) {
		put_item(json, "properties", step->properties);
		return;
	}
	tl_json_key(json, "properties");
	tl_json_map(json);
	if (step->audio.len > 0)
		tl_json_put(json, "audioFileId", step->audio);
	tl_json_map_end(json);
}

static void put_step(struct tl_json *json, const struct tl_trace_step *step)
{
	tl_json_map(json);
	if (step->error.len > 0)
		tl_json_put(json, "error", step->error);
	tl_json_put(json, "nodeId", step->node);
	tl_json_put(json, "nodeType", step->type);
	put_properties(json, step);
	tl_json_put(json, "status", step->status);
	if (step->timestamp.len > 0)
		tl_json_put(json, "timestamp", step->timestamp);
	put_item(json, "variables", step->variables);
	tl_json_map_end(json);
}

static bool is_audible(const struct tl_trace_step *step)
{
	return tl_str_is(step->type, "PlayPrompt") || tl_str_is(step->type, "GatherSpeech");
}

static bool is_wrong(const struct tl_trace_step *step)
{
	return !tl_str_is(step->status, "executed") && !tl_str_is(step->status, "skipped");
}

static void put_missing_audio(struct tl_json *json, const struct tl_trace *trace, bool *valid)
{
	tl_json_key(json, "missingAudioResources");
	tl_json_list(json);
	for (size_t i = 0; i < trace->count; i++) {
		if (!is_audible(&trace->steps[i]) || trace->steps[i].audio.len > 0)
			continue;
		tl_json_string(json, trace->steps[i].node);
		*valid = false;
	}
	tl_json_list_end(json);
}

static bool is_in(const struct tl_trace *trace, struct tl_str node)
{
	for (size_t i = 0; i < trace->count; i++) {
		if (tl_str_equal(trace->steps[i].node, node))
			return true;
	}
	return false;
}

/* Each once. */
static void add_unreached(struct tl_buf *out, struct tl_map *seen, const struct tl_trace *trace, const struct tl_item *wanted)
{
	const struct tl_item *first = wanted && wanted->kind == TL_LIST ? wanted->first : wanted;

	for (const struct tl_item *item = first; item; item = wanted->kind == TL_LIST ? item->next : NULL) {
		bool made = false;

		if (item->kind == TL_STRING && !is_in(trace, item->text))
			tl_map_put(seen, item->text, &made);
		if (made)
			tl_buf_printf(out, "%s%.*s", out->len > 0 ? ", " : "", TL_FMT(item->text));
	}
}

/* The nodes that a case expects and that were not reached, as one transition to PATH_COVERAGE. */
static void put_unreached(struct tl_json *json, const struct tl_trace *trace, const struct tl_item *expect, bool *valid)
{
	static const char *const expectations[] = { "path", "exact_path", "visits", "ends_at" };
	struct tl_buf names = { 0 }, text = { 0 };
	struct tl_map seen = { 0 };

	for (size_t i = 0; i < TL_COUNT(expectations); i++)
		add_unreached(&names, &seen, trace, tl_item_get(expect, expectations[i]));
	tl_map_clear(&seen);
	if (names.len > 0) {
		tl_buf_printf(&text, "Expected nodes not reached: %.*s", TL_FMT(tl_buf_view(&names)));
		tl_json_map(json);
		tl_json_put(json, "error", tl_buf_view(&text));
		tl_json_put(json, "nodeId", TL_STR("PATH_COVERAGE"));
		tl_json_map_end(json);
		*valid = false;
	}
	tl_buf_clear(&names);
	tl_buf_clear(&text);
}

static void put_invalid(struct tl_json *json, const struct tl_trace *trace, const struct tl_item *expect, bool *valid)
{
	tl_json_key(json, "invalidTransitions");
	tl_json_list(json);
	for (size_t i = 0; i < trace->count; i++) {
		const struct tl_trace_step *step = &trace->steps[i];

		if (!is_wrong(step))
			continue;
		tl_json_map(json);
		tl_json_put(json, "error", step->error.len > 0 ? step->error : TL_STR("Unknown execution failure"));
		tl_json_put(json, "nodeId", step->node);
		tl_json_map_end(json);
		*valid = false;
	}
	put_unreached(json, trace, expect, valid);
	tl_json_list_end(json);
}

static void put_topology(struct tl_json *json, const struct tl_trace *trace, const struct tl_item *expect)
{
	bool valid = true;

	tl_json_key(json, "topologyValidation");
	tl_json_map(json);
	tl_json_key(json, "executedNodes");
	tl_json_list(json);
	for (size_t i = 0; i < trace->count; i++)
		tl_json_string(json, trace->steps[i].node);
	tl_json_list_end(json);
	put_invalid(json, trace, expect, &valid);
	put_missing_audio(json, trace, &valid);
	tl_json_put_boolean(json, "topologyValid", valid);
	tl_json_map_end(json);
}

/* Why a case failed, in a line; empty where it passed. */
static struct tl_str error_of(struct tl_arena *arena, const struct tl_case_result *result)
{
	struct tl_buf out = { 0 };
	struct tl_str text;

	if (result->skipped.len > 0)
		tl_buf_printf(&out, "not run: %.*s", TL_FMT(result->skipped));
	if (result->undone.len > 0)
		tl_buf_printf(&out, "not run to its end: %.*s", TL_FMT(result->undone));
	for (size_t i = 0; i < result->failures.count; i++)
		tl_buf_printf(&out, "%s%s: expected %.*s, got %.*s", out.len > 0 ? "; " : "", result->failures.items[i].expectation,
		              TL_FMT(result->failures.items[i].expected), TL_FMT(result->failures.items[i].actual));
	text = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return text;
}

static void put_artefact(struct tl_json *json, struct tl_arena *arena, const struct tl_audit_export *export, const struct tl_trace *trace,
                         const struct tl_case_result *result)
{
	struct tl_str error = error_of(arena, result);

	tl_json_map(json);
	if (error.len > 0)
		tl_json_put(json, "error", error);
	put_item(json, "finalVariables", trace->variables);
	if (result->simulation_id.len > 0)
		tl_json_put(json, "simulationId", result->simulation_id);
	tl_json_put_boolean(json, "success", error.len == 0);
	tl_json_put(json, "testCaseId", result->given.id);
	tl_json_put(json, "timestamp", tl_time_format(arena, export->head.at_ms));
	put_topology(json, trace, result->given.expect);
	tl_json_key(json, "trace");
	tl_json_list(json);
	for (size_t i = 0; i < trace->count; i++)
		put_step(json, &trace->steps[i]);
	tl_json_list_end(json);
	tl_json_map_end(json);
}

void tl_audit_export_add(struct tl_audit_export *export, struct tl_str flow, struct tl_str id, const struct tl_case_result *result)
{
	struct exported *exported = exported_of(export, flow, id);
	struct tl_arena arena = { 0 };
	struct tl_trace trace = { 0 };
	struct tl_json json;

	if (result->trace)
		trace = *result->trace;
	else if (tl_case_was_run(result))
		tl_trace_of_run(&trace, &arena, &result->run, result->given.facts.start_ms);
	for (size_t i = 0; i < trace.count; i++) {
		if (!tl_map_find(&exported->nodes, trace.steps[i].node))
			tl_map_put(&exported->nodes, tl_arena_dup(&export->arena, trace.steps[i].node), NULL);
	}
	if (exported->cases++ > 0)
		tl_buf_char(&exported->artefacts, ',');
	exported->good += result->failures.count == 0 && tl_case_was_run(result);
	tl_json_init(&json, &exported->artefacts, false);
	put_artefact(&json, &arena, export, &trace, result);
	tl_arena_clear(&arena);
}

/* ---- the document */

static void put_metadata(struct tl_json *json, const struct tl_audit_export *export)
{
	const struct tl_audit_export_head *head = &export->head;

	tl_json_key(json, "complianceMetadata");
	tl_json_map(json);
	tl_json_put_or_null(json, "commit", head->commit.len > 0 ? head->commit : (struct tl_str){ NULL, 0 });
	tl_json_put(json, "engine", head->environment.len > 0 ? TL_STR("remote") : TL_STR("local"));
	tl_json_put_or_null(json, "environment", head->environment.len > 0 ? head->environment : (struct tl_str){ NULL, 0 });
	tl_json_put(json, "exportedBy", head->exported_by);
	/* What is of a commit can be found again. */
	tl_json_put_boolean(json, "versionControlSyncReady", head->commit.len > 0);
	tl_json_map_end(json);
}

static void put_document(struct tl_json *json, struct tl_arena *arena, const struct tl_audit_export *export, const struct exported *exported)
{
	double rate = exported->cases > 0 ? 100.0 * (double)exported->good / (double)exported->cases : 0;

	tl_json_map(json);
	put_metadata(json, export);
	tl_json_key(json, "executedNodeIds");
	tl_json_list(json);
	for (size_t i = 0; i < exported->nodes.count; i++)
		tl_json_string(json, exported->nodes.entries[i].key);
	tl_json_list_end(json);
	tl_json_put(json, "executionTimestamp", tl_time_format(arena, export->head.at_ms));
	tl_json_put(json, "flow", exported->flow);
	tl_json_put(json, "flowId", exported->id);
	tl_json_put_integer(json, "pathCoverageNodes", (int64_t)exported->nodes.count);
	tl_json_key(json, "simulationArtifacts");
	tl_json_list(json);
	if (exported->artefacts.len > 0)
		tl_json_raw(json, tl_buf_view(&exported->artefacts));
	tl_json_list_end(json);
	tl_json_put(json, "successRate", tl_arena_printf(arena, "%.2f", rate));
	tl_json_put_integer(json, "totalTestCases", (int64_t)exported->cases);
	tl_json_put_integer(json, "version", 1);
	tl_json_map_end(json);
}

/* Signs the document's RFC 8785 bytes and puts the signature into it. */
static int sign(struct tl_item *root, struct tl_arena *arena, const struct tl_key *key, struct tl_error *err)
{
	char value[TL_SIGNATURE_SIZE], id[TL_KEY_ID_SIZE];
	struct tl_item *signature = tl_item_new(arena, TL_MAP);
	struct tl_buf bytes = { 0 };
	int ret;

	tl_json_jcs(&bytes, root);
	ret = tl_key_sign(value, key, tl_buf_view(&bytes), err);
	tl_buf_clear(&bytes);
	if (ret != 0)
		return -1;
	tl_key_id(id, key);
	tl_item_put(signature, TL_STR("algorithm"), tl_item_string(arena, TL_STR("Ed25519")));
	tl_item_put(signature, TL_STR("keyId"), tl_item_string(arena, tl_arena_dup(arena, tl_str(id))));
	tl_item_put(signature, TL_STR("value"), tl_item_string(arena, tl_arena_dup(arena, tl_str(value))));
	tl_item_put(root, TL_STR("signature"), signature);
	return 0;
}

int tl_audit_export_write(struct tl_buf *out, const struct tl_audit_export *export, size_t index, const struct tl_key *key, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_buf text = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_json json;
	int ret;

	tl_json_init(&json, &text, false);
	put_document(&json, &arena, export, export->flows[index]);
	ret = tl_json_parse(&doc, TL_STR("audit export"), tl_buf_view(&text), err);
	if (ret == 0 && key)
		ret = sign(doc->root, &arena, key, err);
	if (ret == 0) {
		tl_json_init(&json, out, true);
		tl_json_item(&json, doc->root);
		tl_buf_char(out, '\n');
	}
	tl_doc_free(doc);
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
	return ret;
}
