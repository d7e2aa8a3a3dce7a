/* report/attend.c: a worker's figures as JSON and as metrics. */
#include "report/attend.h"

#include <math.h>

#include "base/metric.h"
#include "doc/json.h"

void tl_attend_source(struct tl_buf *out, struct tl_str source)
{
	size_t scheme = tl_str_find(source, TL_STR("://"), 0), start, end, at, last = SIZE_MAX;

	if (scheme == SIZE_MAX) {
		tl_buf_str(out, source);
		return;
	}
	start = scheme + 3;
	end = tl_str_find(source, TL_STR("/"), start);
	for (at = start; at < source.len && at < end; at++)
		last = source.ptr[at] == '@' ? at : last;
	tl_buf_str(out, tl_str_slice(source, 0, start));
	if (last != SIZE_MAX)
		tl_buf_text(out, TL_MASK);
	tl_buf_str(out, tl_str_slice(source, last == SIZE_MAX ? start : last, source.len));
}

/* ---- JSON */

static void put_us(struct tl_json *json, const char *key, const struct tl_attend_latency *latency, int64_t us)
{
	tl_json_key(json, key);
	if (latency->count > 0)
		tl_json_integer(json, us);
	else
		tl_json_null(json);
}

static void put_latency(struct tl_json *json, const char *key, const struct tl_attend_latency *latency)
{
	tl_json_key(json, key);
	tl_json_map(json);
	tl_json_put_count(json, "count", latency->count);
	put_us(json, "max_us", latency, latency->max_us);
	put_us(json, "p50_us", latency, latency->p50_us);
	put_us(json, "p99_us", latency, latency->p99_us);
	tl_json_map_end(json);
}

static void put_node(struct tl_json *json, const struct tl_attend_node *node)
{
	tl_json_map(json);
	tl_json_put(json, "flow", node->flow);
	tl_json_put_count(json, "here", node->here);
	tl_json_put_count(json, "matches", node->matches);
	tl_json_put_count(json, "no_inputs", node->no_inputs);
	tl_json_put_count(json, "no_matches", node->no_matches);
	tl_json_put(json, "node", node->node);
	tl_json_put(json, "type", node->type);
	tl_json_put_count(json, "visits", node->visits);
	tl_json_map_end(json);
}

static void put_lists(struct tl_json *json, const struct tl_attend_figures *figures)
{
	tl_json_key(json, "errors");
	tl_json_list(json);
	for (size_t i = 0; i < figures->n_last_errors; i++)
		tl_json_string(json, figures->last_errors[i]);
	tl_json_list_end(json);
	tl_json_key(json, "nodes");
	tl_json_list(json);
	for (size_t i = 0; i < figures->n_nodes; i++)
		put_node(json, &figures->nodes[i]);
	tl_json_list_end(json);
}

static void put_maps(struct tl_json *json, const struct tl_attend_figures *figures)
{
	tl_json_key(json, "edition");
	tl_json_map(json);
	tl_json_put_or_null(json, "digest", figures->digest.len > 0 ? figures->digest : (struct tl_str){ NULL, 0 });
	tl_json_put_count(json, "in_use", figures->editions);
	tl_json_put_integer(json, "version", figures->version);
	tl_json_map_end(json);
	tl_json_key(json, "latency");
	tl_json_map(json);
	put_latency(json, "connect", &figures->connect);
	put_latency(json, "key_to_play", &figures->key_to_play);
	put_latency(json, "profile", &figures->profile);
	tl_json_map_end(json);
	tl_json_key(json, "messages");
	tl_json_map(json);
	tl_json_put_count(json, "in", figures->messages_in);
	tl_json_put_count(json, "out", figures->messages_out);
	tl_json_put_count(json, "unexpected", figures->unexpected);
	tl_json_map_end(json);
	tl_json_key(json, "outcomes");
	tl_json_map(json);
	for (enum tl_attend_end end = 0; end < TL_ENDS; end++)
		tl_json_put_count(json, tl_attend_end_name(end), figures->ended[end]);
	tl_json_map_end(json);
	tl_json_key(json, "profiles");
	tl_json_map(json);
	tl_json_put_count(json, "failed", figures->profiles_failed);
	tl_json_put_count(json, "found", figures->profiles_found);
	tl_json_put_count(json, "missing", figures->profiles_missing);
	tl_json_map_end(json);
	tl_json_key(json, "transfers");
	tl_json_map(json);
	tl_json_put_count(json, "asked", figures->transfers);
	tl_json_put_count(json, "refused", figures->transfers_refused);
	tl_json_map_end(json);
}

void tl_attend_status(struct tl_buf *out, const struct tl_attend_report *report)
{
	const struct tl_attend_figures *figures = report->figures;
	struct tl_buf source = { 0 };
	struct tl_json json;

	tl_attend_source(&source, report->source);
	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put_time(&json, "at", report->at_ms);
	tl_json_put_count(&json, "calls", figures->calls);
	tl_json_put_count(&json, "connecting", figures->connecting);
	tl_json_put_boolean(&json, "draining", figures->draining);
	tl_json_put(&json, "environment", report->environment);
	tl_json_put(&json, "flow", report->flow);
	tl_json_put_count(&json, "handshakes_refused", figures->handshakes_refused);
	tl_json_put_count(&json, "offered", figures->offered);
	tl_json_put_count(&json, "reconnects", figures->reconnects);
	tl_json_put_time(&json, "since", report->since_ms);
	tl_json_put(&json, "source", tl_buf_view(&source));
	tl_json_put_or_null(&json, "trouble", report->trouble.len > 0 ? report->trouble : (struct tl_str){ NULL, 0 });
	tl_json_put_integer(&json, "version", 1);
	put_maps(&json, figures);
	put_lists(&json, figures);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
	tl_buf_clear(&source);
}

/* ---- metrics */

#define PREFIX "trunkline_attend_"

static void add_one(struct tl_buf *out, const char *name, const char *type, const char *help, const struct tl_attend_report *report, double value)
{
	struct tl_label labels[] = { { "environment", report->environment }, { "flow", report->flow } };

	tl_metric_begin(out, name, type, help);
	tl_metric_sample(out, name, labels, TL_COUNT(labels), value);
}

static void add_counts(struct tl_buf *out, const struct tl_attend_report *report)
{
	const struct tl_attend_figures *figures = report->figures;
	const struct {
		const char *name, *type, *help;
		double value;
	} table[] = {
		{ PREFIX "calls", "gauge", "Calls in progress.", (double)figures->calls },
		{ PREFIX "connecting", "gauge", "Calls whose line is being set up.", (double)figures->connecting },
		{ PREFIX "offered_total", "counter", "Calls that were offered and taken.", (double)figures->offered },
		{ PREFIX "unexpected_messages_total", "counter", "Messages of the platform that were out of order, and dropped.", (double)figures->unexpected },
		{ PREFIX "reconnects_total", "counter", "Lines that were lost and found again.", (double)figures->reconnects },
		{ PREFIX "handshakes_refused_total", "counter", "Lines that the platform refused.", (double)figures->handshakes_refused },
		{ PREFIX "transfers_total", "counter", "Transfers that were asked for.", (double)figures->transfers },
		{ PREFIX "transfers_refused_total", "counter", "Transfers that the platform did not make.", (double)figures->transfers_refused },
		{ PREFIX "version", "gauge", "The flow's version that new calls get.", (double)figures->version },
		{ PREFIX "editions", "gauge", "Versions of the flow that calls are in.", (double)figures->editions },
		{ PREFIX "draining", "gauge", "1 where no new calls are taken.", figures->draining },
		{ PREFIX "start_timestamp_seconds", "gauge", "When the worker was started.", (double)report->since_ms / 1000 },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++)
		add_one(out, table[i].name, table[i].type, table[i].help, report, table[i].value);
}

/* A counter by one more label. */
struct part {
	const char *value;
	uint64_t count;
};

static void add_parts(struct tl_buf *out, const char *name, const char *help, const char *label, const struct tl_attend_report *report,
                      const struct part *parts, size_t n_parts)
{
	tl_metric_begin(out, name, "counter", help);
	for (size_t i = 0; i < n_parts; i++) {
		struct tl_label labels[] = { { "environment", report->environment }, { "flow", report->flow }, { label, tl_str(parts[i].value) } };

		tl_metric_sample(out, name, labels, TL_COUNT(labels), (double)parts[i].count);
	}
}

static void add_by_part(struct tl_buf *out, const struct tl_attend_report *report)
{
	const struct tl_attend_figures *figures = report->figures;
	const struct part messages[] = { { "in", figures->messages_in }, { "out", figures->messages_out } };
	const struct part profiles[] = {
		{ "found", figures->profiles_found }, { "missing", figures->profiles_missing }, { "failed", figures->profiles_failed },
	};
	struct part ends[TL_ENDS];

	for (enum tl_attend_end end = 0; end < TL_ENDS; end++)
		ends[end] = (struct part){ tl_attend_end_name(end), figures->ended[end] };
	add_parts(out, PREFIX "ended_total", "Calls that are over, by how they ended.", "end", report, ends, TL_COUNT(ends));
	add_parts(out, PREFIX "messages_total", "Messages from and to the platform.", "direction", report, messages, TL_COUNT(messages));
	add_parts(out, PREFIX "profiles_total", "Callers that were looked up.", "result", report, profiles, TL_COUNT(profiles));
}

static void add_latency(struct tl_buf *out, const char *name, const char *help, const struct tl_attend_report *report,
                        const struct tl_attend_latency *latency)
{
	struct tl_arena arena = { 0 };
	struct tl_label labels[] = { { "environment", report->environment }, { "flow", report->flow }, { "quantile", TL_STR("0.5") } };
	bool any = latency->count > 0;

	tl_metric_begin(out, name, "summary", help);
	tl_metric_sample(out, name, labels, 3, any ? (double)latency->p50_us / 1e6 : NAN);
	labels[2].value = TL_STR("0.99");
	tl_metric_sample(out, name, labels, 3, any ? (double)latency->p99_us / 1e6 : NAN);
	labels[2].value = TL_STR("1");
	tl_metric_sample(out, name, labels, 3, any ? (double)latency->max_us / 1e6 : NAN);
	tl_metric_sample(out, tl_arena_printf(&arena, "%s_count", name).ptr, labels, 2, (double)latency->count);
	tl_arena_clear(&arena);
}

static void add_nodes(struct tl_buf *out, const struct tl_attend_report *report, const char *name, const char *type, const char *help,
                      uint64_t (*count)(const struct tl_attend_node *node))
{
	tl_metric_begin(out, name, type, help);
	for (size_t i = 0; i < report->figures->n_nodes; i++) {
		const struct tl_attend_node *node = &report->figures->nodes[i];
		struct tl_label labels[] = { { "environment", report->environment }, { "flow", node->flow }, { "node", node->node } };

		tl_metric_sample(out, name, labels, TL_COUNT(labels), (double)count(node));
	}
}

static uint64_t here(const struct tl_attend_node *node)
{
	return node->here;
}

static uint64_t visits(const struct tl_attend_node *node)
{
	return node->visits;
}

/* Only nodes where callers choose: the others never had an input. */
static void add_inputs(struct tl_buf *out, const struct tl_attend_report *report)
{
	static const char name[] = PREFIX "node_inputs_total";

	tl_metric_begin(out, name, "counter", "What callers chose at a node, and their silences.");
	for (size_t i = 0; i < report->figures->n_nodes; i++) {
		const struct tl_attend_node *node = &report->figures->nodes[i];
		const struct part parts[] = { { "match", node->matches }, { "no_match", node->no_matches }, { "no_input", node->no_inputs } };

		for (size_t j = 0; node->matches + node->no_matches + node->no_inputs > 0 && j < TL_COUNT(parts); j++) {
			struct tl_label labels[] = {
				{ "environment", report->environment }, { "flow", node->flow }, { "node", node->node }, { "result", tl_str(parts[j].value) },
			};

			tl_metric_sample(out, name, labels, TL_COUNT(labels), (double)parts[j].count);
		}
	}
}

void tl_attend_metrics(struct tl_buf *out, const struct tl_attend_report *report)
{
	const struct tl_attend_figures *figures = report->figures;

	add_counts(out, report);
	add_by_part(out, report);
	add_latency(out, PREFIX "key_to_play_seconds", "From a caller's key to what is played because of it.", report, &figures->key_to_play);
	add_latency(out, PREFIX "profile_seconds", "How long it took to look callers up.", report, &figures->profile);
	add_latency(out, PREFIX "connect_seconds", "How long it took to set lines up.", report, &figures->connect);
	add_nodes(out, report, PREFIX "node_calls", "gauge", "Calls that are at a node now.", here);
	add_nodes(out, report, PREFIX "node_visits_total", "counter", "Calls that came to a node.", visits);
	add_inputs(out, report);
}
