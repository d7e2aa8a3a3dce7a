/* report/transition.c: a run's figures as text, JSON and metrics. */
#include "report/transition.h"

#include <inttypes.h>
#include <math.h>

#include "base/metric.h"
#include "doc/json.h"

/* ---- text */

void tl_transition_text(struct tl_buf *out, const struct tl_transition_figures *figures)
{
	tl_buf_printf(out, "%" PRIu64 " record%s", figures->records, figures->records == 1 ? "" : "s");
	for (enum tl_moved state = 0; state < TL_MOVES; state++) {
		if (figures->by_state[state] > 0 || state == TL_MOVED || state == TL_MOVE_CONFLICT)
			tl_buf_printf(out, ", %" PRIu64 " %s", figures->by_state[state], tl_moved_name(state));
	}
	if (figures->malformed > 0)
		tl_buf_printf(out, ", %" PRIu64 " malformed", figures->malformed);
	tl_buf_printf(out, "; %" PRIu64 " requests, %" PRIu64 " rate limited; latency median %" PRId64 " ms, p99 %" PRId64 " ms", figures->requests.requests,
	              figures->requests.rate_limited, tl_latency_percentile(&figures->latencies, 50), tl_latency_percentile(&figures->latencies, 99));
}

/* ---- JSON */

static void put_ms(struct tl_json *json, const char *key, const struct tl_latencies *latencies, int64_t ms)
{
	tl_json_key(json, key);
	if (latencies->count > 0)
		tl_json_integer(json, ms);
	else
		tl_json_null(json);
}

static void put_latency(struct tl_json *json, const struct tl_latencies *latencies)
{
	tl_json_key(json, "latency");
	tl_json_map(json);
	tl_json_put_count(json, "count", latencies->count);
	put_ms(json, "max_ms", latencies, latencies->max);
	put_ms(json, "median_ms", latencies, tl_latency_percentile(latencies, 50));
	put_ms(json, "p99_ms", latencies, tl_latency_percentile(latencies, 99));
	tl_json_map_end(json);
}

static void put_webhook(struct tl_json *json, const struct tl_transition_figures *figures)
{
	tl_json_key(json, "webhook");
	if (!figures->webhook) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_put_count(json, "dead", figures->dead);
	tl_json_put_count(json, "delivered", figures->delivered);
	tl_json_put_count(json, "put_off", figures->put_off);
	tl_json_put_count(json, "settled", figures->settled);
	tl_json_map_end(json);
}

void tl_transition_status(struct tl_buf *out, const struct tl_transition_report *report)
{
	const struct tl_transition_figures *figures = report->figures;
	struct tl_json json;

	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put_time(&json, "at", report->at_ms);
	tl_json_put_count(&json, "conflicts", figures->by_state[TL_MOVE_CONFLICT]);
	tl_json_put(&json, "environment", report->environment);
	put_latency(&json, &figures->latencies);
	tl_json_put_count(&json, "rate_limited", figures->requests.rate_limited);
	tl_json_put_count(&json, "records", figures->records);
	tl_json_put_count(&json, "requests", figures->requests.requests);
	tl_json_put_count(&json, "retries", figures->requests.retries);
	tl_json_put_time(&json, "since", report->since_ms);
	tl_json_key(&json, "states");
	tl_json_map(&json);
	for (enum tl_moved state = 0; state < TL_MOVES; state++)
		tl_json_put_count(&json, tl_moved_name(state), figures->by_state[state]);
	tl_json_put_count(&json, "malformed", figures->malformed);
	tl_json_map_end(&json);
	tl_json_put_count(&json, "successes", figures->by_state[TL_MOVED]);
	tl_json_put_integer(&json, "version", 1);
	put_webhook(&json, figures);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

/* ---- metrics */

#define PREFIX "trunkline_transition_"

static void add_counts(struct tl_buf *out, const struct tl_transition_report *report)
{
	const struct tl_transition_figures *figures = report->figures;
	struct tl_label environment = { "environment", report->environment };
	const struct {
		const char *name, *type, *help;
		double value;
	} table[] = {
		{ PREFIX "requests_total", "counter", "Requests to the platform.", (double)figures->requests.requests },
		{ PREFIX "retries_total", "counter", "Requests that were sent again.", (double)figures->requests.retries },
		{ PREFIX "successes_total", "counter", "Interactions that were moved.", (double)figures->by_state[TL_MOVED] },
		{ PREFIX "conflicts_total", "counter", "Interactions that somebody else had moved: nothing was written.", (double)figures->by_state[TL_MOVE_CONFLICT] },
		{ PREFIX "rate_limited_total", "counter", "Answers 429 of the platform.", (double)figures->requests.rate_limited },
		{ PREFIX "budget_wait_seconds_total", "counter", "Time waited for the send budget.", (double)figures->requests.waited_ms / 1000 },
		{ PREFIX "start_timestamp_seconds", "gauge", "When the run was started.", (double)report->since_ms / 1000 },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		tl_metric_begin(out, table[i].name, table[i].type, table[i].help);
		tl_metric_sample(out, table[i].name, &environment, 1, table[i].value);
	}
}

/* A sample of a metric with one more label. */
static void add_part(struct tl_buf *out, const char *name, const struct tl_transition_report *report, const char *label, const char *part, uint64_t count)
{
	struct tl_label labels[] = { { "environment", report->environment }, { label, tl_str(part) } };

	tl_metric_sample(out, name, labels, TL_COUNT(labels), (double)count);
}

static void add_records(struct tl_buf *out, const struct tl_transition_report *report)
{
	static const char name[] = PREFIX "records_total";

	tl_metric_begin(out, name, "counter", "Records so far, by what became of them.");
	for (enum tl_moved state = 0; state < TL_MOVES; state++)
		add_part(out, name, report, "state", tl_moved_name(state), report->figures->by_state[state]);
	add_part(out, name, report, "state", "malformed", report->figures->malformed);
}

static void add_webhook(struct tl_buf *out, const struct tl_transition_report *report)
{
	static const char name[] = PREFIX "webhook_total";
	const struct tl_transition_figures *figures = report->figures;

	tl_metric_begin(out, name, "counter", "Events for the webhook, by what became of them at a try.");
	add_part(out, name, report, "result", "delivered", figures->delivered);
	add_part(out, name, report, "result", "put_off", figures->put_off);
	add_part(out, name, report, "result", "dead", figures->dead);
}

static void add_latency(struct tl_buf *out, const struct tl_transition_report *report)
{
	static const char name[] = PREFIX "latency_seconds";
	const struct tl_latencies *latencies = &report->figures->latencies;
	struct tl_label labels[] = { { "environment", report->environment }, { "quantile", TL_STR("0.5") } };

	tl_metric_begin(out, name, "summary", "How long transitions took that were asked of the platform, with all their requests.");
	tl_metric_sample(out, name, labels, 2, latencies->count > 0 ? (double)tl_latency_percentile(latencies, 50) / 1000 : NAN);
	labels[1].value = TL_STR("0.99");
	tl_metric_sample(out, name, labels, 2, latencies->count > 0 ? (double)tl_latency_percentile(latencies, 99) / 1000 : NAN);
	tl_metric_sample(out, PREFIX "latency_seconds_sum", labels, 1, (double)latencies->sum / 1000);
	tl_metric_sample(out, PREFIX "latency_seconds_count", labels, 1, (double)latencies->count);
}

void tl_transition_metrics(struct tl_buf *out, const struct tl_transition_report *report)
{
	add_counts(out, report);
	add_records(out, report);
	add_latency(out, report);
	if (report->figures->webhook)
		add_webhook(out, report);
}
