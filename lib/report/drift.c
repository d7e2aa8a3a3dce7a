/* report/drift.c: drift as text, JSON and metrics. */
#include "report/drift.h"

#include <inttypes.h>

#include "base/metric.h"
#include "base/text.h"
#include "report/members.h"

/* A longer name does not widen the column. */
#define NAME_COLUMNS 48

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

/* ---- text */

/* A publish of ours that is under way. */
static bool is_waiting(const struct tl_drift *drift)
{
	return drift->kind == TL_DRIFT_NONE && (drift->status == TL_STATUS_PUBLISHING || drift->status == TL_STATUS_SCHEDULED);
}

const char *tl_drift_word(const struct tl_drift *drift)
{
	if (is_waiting(drift))
		return "waiting";
	if (drift->kind != TL_DRIFT_NONE)
		return tl_drift_name(drift->kind);
	return drift->ours ? "pending" : "in step";
}

static void add_time(struct tl_buf *out, int64_t ms)
{
	struct tl_arena arena = { 0 };

	tl_buf_printf(out, "%.*s", TL_FMT(tl_time_format(&arena, ms / 1000 * 1000)));
	tl_arena_clear(&arena);
}

static void add_callers(struct tl_buf *out, const struct tl_drift *drift)
{
	if (drift->published_version == 0)
		tl_buf_text(out, "; callers get nothing yet");
	else if (drift->published_version == drift->version)
		tl_buf_text(out, "; callers get it");
	else
		tl_buf_printf(out, "; callers get version %s", tl_version_shown(drift->published_version).text);
}

/* What the platform made of what was written, and why. */
static void add_status(struct tl_buf *out, const char *is, const struct tl_drift *drift)
{
	tl_buf_printf(out, "%s %s", is, tl_remote_status_name(drift->status));
	if (drift->reason.len > 0) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, drift->reason);
	}
}

static void add_edited(struct tl_buf *out, const struct tl_drift *drift)
{
	struct tl_version_shown version = tl_version_shown(drift->version), base = tl_version_shown(drift->base_version);
	struct tl_str who = drift->by.len > 0 ? drift->by : TL_STR("somebody else");
	int order = tl_version_compare(drift->version, drift->base_version);

	if (order < 0) {
		tl_buf_printf(out, "the platform is back at version %s, version %s was deployed from here", version.text, base.text);
	} else if (order == 0) {
		tl_buf_printf(out, "version %s is not the one that was deployed from here: the platform was set back, and ", version.text);
		tl_text_safe(out, who);
		tl_buf_text(out, " wrote");
	} else {
		tl_text_safe(out, who);
		tl_buf_printf(out, " wrote version %s on top of %s", version.text, base.text);
	}
	if (drift->status == TL_STATUS_FAILED || drift->status == TL_STATUS_REJECTED)
		add_status(out, ", which is", drift);
	add_callers(out, drift);
	if (drift->unread.len == 0)
		return;
	tl_buf_text(out, "; what it says is not known: ");
	tl_text_safe(out, drift->unread);
}

/* What people on the platform call a flow that has no other name here than its id there. */
static void add_name(struct tl_buf *out, const struct tl_drift *drift)
{
	if (drift->name.len == 0 || !tl_str_equal(drift->flow, drift->platform_id) || tl_str_equal(drift->flow, drift->name))
		return;
	tl_buf_char(out, '\'');
	tl_text_safe(out, drift->name);
	tl_buf_text(out, "': ");
}

static void add_pending(struct tl_buf *out, const struct tl_drift *drift)
{
	if (drift->kind == TL_DRIFT_EDITED)
		tl_buf_printf(out, "; %s changed as well: both sides", drift->beside ? "the schedules or the audio here were" : "git was");
	else
		tl_buf_text(out, drift->beside ? "; the schedules or the audio that it uses changed, and are not deployed" : "; git has a change that is not deployed");
}

static void add_behind(struct tl_buf *out, const struct tl_drift *drift)
{
	tl_buf_printf(out, "version %s", tl_version_shown(drift->version).text);
	add_status(out, " is", drift);
	add_callers(out, drift);
}

static void add_what(struct tl_buf *out, const struct tl_drift *drift)
{
	switch (drift->kind) {
	case TL_DRIFT_EDITED:
		add_edited(out, drift);
		break;
	case TL_DRIFT_BEHIND:
		add_behind(out, drift);
		break;
	case TL_DRIFT_GONE:
		tl_buf_printf(out, "the platform no longer has it; version %s was deployed from here", tl_version_shown(drift->base_version).text);
		break;
	case TL_DRIFT_FOREIGN:
		tl_buf_printf(out, "version %s, which nobody here deployed", tl_version_shown(drift->version).text);
		add_callers(out, drift);
		break;
	case TL_DRIFT_NONE:
	case TL_DRIFT_KINDS:
		tl_buf_printf(out, "version %s", tl_version_shown(drift->version).text);
		if (is_waiting(drift) || drift->published_version != drift->version) {
			tl_buf_printf(out, " is %s", tl_remote_status_name(drift->status));
			add_callers(out, drift);
		}
		break;
	}
}

void tl_drift_words(struct tl_buf *out, const struct tl_drift *drift)
{
	add_what(out, drift);
	if (drift->ours)
		add_pending(out, drift);
}

static void add_words(struct tl_buf *out, const struct tl_drift *drift)
{
	add_what(out, drift);
	if (drift->kind != TL_DRIFT_NONE && drift->since_ms > 0) {
		tl_buf_text(out, ", since ");
		add_time(out, drift->since_ms);
	}
	if (drift->ours)
		add_pending(out, drift);
}

static const char *color_of(const struct tl_drift *drift)
{
	if (drift->kind == TL_DRIFT_NONE)
		return drift->ours ? YELLOW : GREEN;
	return drift->kind == TL_DRIFT_FOREIGN ? YELLOW : RED;
}

void tl_drift_text(struct tl_buf *out, const struct tl_drift *drifts, size_t count, bool all, bool color)
{
	size_t width = 0;

	for (size_t i = 0; i < count; i++) {
		size_t own = tl_text_width(drifts[i].flow);

		if ((all || drifts[i].kind != TL_DRIFT_NONE) && own > width && own <= NAME_COLUMNS)
			width = own;
	}
	for (size_t i = 0; i < count; i++) {
		const struct tl_drift *drift = &drifts[i];

		if (!all && drift->kind == TL_DRIFT_NONE)
			continue;
		tl_buf_printf(out, "%s%-7s%s  ", color ? color_of(drift) : "", tl_drift_word(drift), color ? PLAIN : "");
		tl_text_safe(out, drift->flow);
		tl_buf_printf(out, "%*s", (int)(tl_text_width(drift->flow) < width ? width + 2 - tl_text_width(drift->flow) : 2), "");
		add_name(out, drift);
		add_words(out, drift);
		tl_buf_char(out, '\n');
	}
}

/* ---- JSON */

void tl_drift_json(struct tl_json *json, const struct tl_drift *drift)
{
	struct tl_buf text = { 0 };

	tl_json_map(json);
	tl_member_text(json, "base_digest", drift->base_digest);
	tl_member_version(json, "base_version", drift->base_version);
	tl_member_text(json, "by", drift->by);
	tl_member_text(json, "digest", drift->digest);
	tl_json_put_boolean(json, "draft", drift->draft);
	tl_json_put(json, "drift", tl_str(tl_drift_name(drift->kind)));
	tl_json_put(json, "flow", drift->flow);
	tl_member_text(json, "name", drift->name);
	tl_json_put_boolean(json, "pending", drift->ours);
	tl_json_put_boolean(json, "pending_beside", drift->beside);
	tl_member_text(json, "platform_id", drift->platform_id);
	tl_member_version(json, "published_version", drift->published_version);
	tl_member_text(json, "reason", drift->reason);
	tl_member_time(json, "since", drift->since_ms);
	tl_json_put(json, "state", tl_str(tl_drift_word(drift)));
	tl_json_put_or_null(json, "status", drift->version > 0 ? tl_str(tl_remote_status_name(drift->status)) : (struct tl_str){ NULL, 0 });
	tl_drift_words(&text, drift);
	tl_json_put(json, "text", tl_buf_view(&text));
	tl_member_text(json, "unread", drift->unread);
	tl_member_version(json, "version", drift->version);
	tl_json_map_end(json);
	tl_buf_clear(&text);
}

void tl_drift_report_json(struct tl_buf *out, const struct tl_drift_report *report, bool pretty)
{
	struct tl_json json;

	tl_json_init(&json, out, pretty);
	tl_json_map(&json);
	tl_member_time(&json, "at", report->at_ms);
	tl_json_put_integer(&json, "drifted", (int64_t)report->drifts->drifted);
	tl_json_put(&json, "environment", report->environment);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < report->drifts->count; i++)
		tl_drift_json(&json, &report->drifts->items[i]);
	tl_json_list_end(&json);
	tl_json_put_integer(&json, "looks", (int64_t)report->looks);
	tl_member_text(&json, "trouble", report->trouble);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

/* ---- metrics */

static void add_counts(struct tl_buf *out, const struct tl_drift_report *report)
{
	struct tl_label environment = { "environment", report->environment };
	const struct {
		const char *name, *type, *help;
		double value;
	} table[] = {
		{ "trunkline_looks_total", "counter", "Looks at the environment.", (double)report->looks },
		{ "trunkline_failed_looks_total", "counter", "Looks that the platform or the ledger did not answer.", (double)report->failed_looks },
		{ "trunkline_look_seconds", "gauge", "How long the last look took.", (double)report->look_ms / 1000 },
		{ "trunkline_last_look_timestamp_seconds", "gauge", "When the last look was.", (double)report->at_ms / 1000 },
		{ "trunkline_requests_total", "counter", "Requests to the platform.", (double)report->counts.requests },
		{ "trunkline_retries_total", "counter", "Requests that were sent again.", (double)report->counts.retries },
		{ "trunkline_rate_limited_total", "counter", "Answers 429 of the platform.", (double)report->counts.rate_limited },
		{ "trunkline_budget_wait_seconds_total", "counter", "Time waited for the send budget.", (double)report->counts.waited_ms / 1000 },
		{ "trunkline_flows", "gauge", "Flows that are watched.", (double)report->drifts->count },
		{ "trunkline_flows_drifted", "gauge", "Flows that are not as they were deployed from here.", (double)report->drifts->drifted },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		tl_metric_begin(out, table[i].name, table[i].type, table[i].help);
		tl_metric_sample(out, table[i].name, &environment, 1, table[i].value);
	}
}

/* One metric with a sample a flow. */
static void add_flows(struct tl_buf *out, const struct tl_drift_report *report, const char *name, const char *help,
                      double (*value)(const struct tl_drift *drift))
{
	tl_metric_begin(out, name, "gauge", help);
	for (size_t i = 0; i < report->drifts->count; i++) {
		const struct tl_drift *drift = &report->drifts->items[i];
		struct tl_label labels[] = { { "environment", report->environment }, { "flow", drift->flow } };

		tl_metric_sample(out, name, labels, TL_COUNT(labels), value(drift));
	}
}

static double version_of(const struct tl_drift *drift)
{
	return (double)drift->version;
}

static double published_of(const struct tl_drift *drift)
{
	return (double)drift->published_version;
}

static double pending_of(const struct tl_drift *drift)
{
	return drift->ours;
}

static void add_kinds(struct tl_buf *out, const struct tl_drift_report *report)
{
	static const char name[] = "trunkline_flow_drift";

	tl_metric_begin(out, name, "gauge", "1 for the kind of drift that a flow has.");
	for (size_t i = 0; i < report->drifts->count; i++) {
		const struct tl_drift *drift = &report->drifts->items[i];
		struct tl_label labels[] = {
			{ "environment", report->environment }, { "flow", drift->flow }, { "kind", tl_str(tl_drift_name(drift->kind)) },
		};

		tl_metric_sample(out, name, labels, TL_COUNT(labels), 1);
	}
}

void tl_drift_metrics(struct tl_buf *out, const struct tl_drift_report *report)
{
	add_counts(out, report);
	add_flows(out, report, "trunkline_flow_version", "The last write of a flow on the platform.", version_of);
	add_flows(out, report, "trunkline_flow_published_version", "What callers get; 0: nothing.", published_of);
	add_flows(out, report, "trunkline_flow_pending", "1 where git has a change that is not deployed.", pending_of);
	add_kinds(out, report);
}
