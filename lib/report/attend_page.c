/* report/attend_page.c: the worker's status page: one HTML file that is whole without a script, and that fetches status.json with one. Script and C write the same. */
#include "report/attend.h"

#include <inttypes.h>

#include "report/html.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\"><title>Trunkline: live calls</title>\n"
	"<style>\n"
	":root { --ink: #1b1f24; --paper: #fff; --line: #d8dee4; --soft: #59636e; --bar: #0969da; --bad: #b42318; --wait: #8a5a00 }\n"
	"@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --soft: #9198a1; --bar: #4493f8; --bad: #ff7b72; --wait: #e3b341 } }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5em auto; max-width: 70em; padding: 0 1em; color: var(--ink); background: var(--paper); overflow-wrap: anywhere }\n"
	"h1 { margin: 0; font-size: 1.5em } h2 { margin: 1.6em 0 .3em; font-size: 1.1em } p { margin: .3em 0 } a { color: var(--bar) }\n"
	"#trouble { color: var(--bad) } #draining { color: var(--wait); font-weight: 600 }\n"
	"dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8em, 1fr)); gap: .8em; margin: 1em 0 }\n"
	"dl div { border: 1px solid var(--line); border-radius: .4em; padding: .4em .8em } dt { color: var(--soft) }\n"
	"dd { margin: 0; font-size: 1.4em; font-variant-numeric: tabular-nums }\n"
	".wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; overflow-wrap: normal } th { white-space: nowrap }\n"
	"th, td { text-align: left; padding: .3em .8em .3em 0; border-bottom: 1px solid var(--line); vertical-align: top }\n"
	"td.number { font-variant-numeric: tabular-nums } td.bar { min-width: 4em; width: 30% } td.node { min-width: 6em }\n"
	"td.bar span { display: block; height: .8em; margin-top: .35em; background: var(--bar); border-radius: .2em }\n"
	"ol { margin: 0; padding-left: 1.5em } .number { white-space: nowrap } .quiet { color: var(--soft) }\n"
	"</style></head><body>\n";

static const char script[] =
	"<script>\n"
	TL_HTML_SAFE_SCRIPT
	"const at = id => document.getElementById(id);\n"
	"const put = (id, text) => { at(id).textContent = safe(text) };\n"
	"const cell = (row, text, kind) => { const td = row.insertCell(); td.textContent = safe(text); if (kind) td.className = kind; return td };\n"
	"const time = us => us == null ? '–' : us < 1000 ? us + ' µs' : us < 1e6 ? (us / 1e3).toFixed(1) + ' ms' : (us / 1e6).toFixed(2) + ' s';\n"
	"const rows = (id, list, fill) => { const body = document.createElement('tbody'); body.id = id; for (const one of list) fill(body.insertRow(), one); at(id).replaceWith(body) };\n"
	"const node = most => (row, n) => {\n"
	"  cell(row, n.flow); cell(row, n.node, 'node'); cell(row, n.type, 'quiet'); cell(row, n.here, 'number');\n"
	"  const bar = document.createElement('span'); bar.style.width = (most ? Math.floor(n.here * 1000 / most) / 10 : 0).toFixed(1) + '%';\n"
	"  cell(row, '', 'bar').append(bar);\n"
	"  for (const count of [n.visits, n.matches, n.no_matches, n.no_inputs]) cell(row, count, 'number');\n"
	"};\n"
	"const latency = (row, [name, l]) => { cell(row, name); cell(row, l.count, 'number'); for (const us of [l.p50_us, l.p99_us, l.max_us]) cell(row, time(us), 'number') };\n"
	"const ends = ['completed', 'abandoned', 'failed', 'lost', 'refused', 'unserved'];\n"
	"function show(s) {\n"
	"  for (const id of ['calls', 'connecting', 'offered', 'reconnects', 'handshakes_refused', 'at', 'trouble']) put(id, s[id]);\n"
	"  put('transfers', s.transfers.asked); put('transfers_refused', s.transfers.refused);\n"
	"  put('messages_in', s.messages.in); put('messages_out', s.messages.out); put('unexpected', s.messages.unexpected);\n"
	"  put('profiles_found', s.profiles.found); put('profiles_missing', s.profiles.missing); put('profiles_failed', s.profiles.failed);\n"
	"  put('flow_version', s.edition.version); put('digest', (s.edition.digest ?? '').slice(0, 12)); put('editions', s.edition.in_use);\n"
	"  put('draining', s.draining ? 'Draining: no new calls are taken.' : '');\n"
	"  rows('outcomes', ends, (row, end) => { cell(row, end); cell(row, s.outcomes[end], 'number') });\n"
	"  rows('latencies', [['key to play', s.latency.key_to_play], ['profile', s.latency.profile], ['line', s.latency.connect]], latency);\n"
	"  rows('nodes', s.nodes, node(Math.max(0, ...s.nodes.map(n => n.here))));\n"
	"  const errors = document.createElement('ol'); errors.id = 'errors';\n"
	"  for (const text of s.errors) { const li = document.createElement('li'); li.textContent = safe(text); errors.append(li) }\n"
	"  at('errors').replaceWith(errors); at('no_errors').hidden = s.errors.length > 0;\n"
	"}\n"
	"async function refresh() {\n"
	"  try { show(await (await fetch('status.json', { cache: 'no-store' })).json()) } catch (e) { put('trouble', 'the worker does not answer') }\n"
	"  setTimeout(refresh, 2000);\n"
	"}\n"
	"setTimeout(refresh, 2000);\n"
	"</script>\n";

static void add_cell(struct tl_buf *out, const char *kind, struct tl_str text)
{
	tl_buf_printf(out, kind ? "<td class=\"%s\">" : "<td>", kind);
	tl_html_text(out, text);
	tl_buf_text(out, "</td>");
}

static void add_number(struct tl_buf *out, uint64_t number)
{
	tl_buf_printf(out, "<td class=\"number\">%" PRIu64 "</td>", number);
}

/* One figure: what it is called, and by which id the script finds it. */
static void add_figure(struct tl_buf *out, const char *name, const char *id, uint64_t value)
{
	tl_buf_printf(out, "<div><dt>%s</dt><dd id=\"%s\">%" PRIu64 "</dd></div>\n", name, id, value);
}

static void add_title(struct tl_buf *out, const struct tl_attend_report *report)
{
	const struct tl_attend_figures *figures = report->figures;
	struct tl_buf source = { 0 };

	tl_attend_source(&source, report->source);
	tl_buf_text(out, "<h1>");
	tl_html_text(out, report->flow);
	tl_buf_text(out, "</h1>\n<p>");
	tl_html_text(out, report->environment);
	tl_buf_text(out, ", calls from ");
	tl_html_text(out, tl_buf_view(&source));
	tl_buf_text(out, ", since ");
	tl_html_time(out, report->since_ms);
	tl_buf_printf(out, "</p>\n<p>Version <b id=\"flow_version\">%" PRId64 "</b> <span class=\"quiet\" id=\"digest\">", figures->version);
	tl_html_text(out, tl_str_slice(figures->digest, 0, figures->digest.len < 12 ? figures->digest.len : 12));
	tl_buf_printf(out, "</span>; versions that calls are in: <span id=\"editions\">%zu</span>. As of <span id=\"at\">", figures->editions);
	tl_html_time(out, report->at_ms);
	tl_buf_text(out, "</span>. <a href=\"status.json\">JSON</a>, <a href=\"metrics\">metrics</a></p>\n<p id=\"draining\" role=\"status\">");
	tl_buf_text(out, figures->draining ? "Draining: no new calls are taken." : "");
	tl_buf_text(out, "</p>\n<p id=\"trouble\" role=\"status\">");
	tl_html_text(out, report->trouble);
	tl_buf_text(out, "</p>\n");
	tl_buf_clear(&source);
}

static void add_figures(struct tl_buf *out, const struct tl_attend_figures *figures)
{
	tl_buf_text(out, "<dl>\n");
	add_figure(out, "Calls in progress", "calls", figures->calls);
	add_figure(out, "Connecting", "connecting", figures->connecting);
	add_figure(out, "Taken so far", "offered", figures->offered);
	add_figure(out, "Transfers", "transfers", figures->transfers);
	add_figure(out, "Transfers refused", "transfers_refused", figures->transfers_refused);
	add_figure(out, "Messages in", "messages_in", figures->messages_in);
	add_figure(out, "Messages out", "messages_out", figures->messages_out);
	add_figure(out, "Out of order", "unexpected", figures->unexpected);
	add_figure(out, "Profiles found", "profiles_found", figures->profiles_found);
	add_figure(out, "Profiles missing", "profiles_missing", figures->profiles_missing);
	add_figure(out, "Profiles failed", "profiles_failed", figures->profiles_failed);
	add_figure(out, "Lines found again", "reconnects", figures->reconnects);
	add_figure(out, "Lines refused", "handshakes_refused", figures->handshakes_refused);
	tl_buf_text(out, "</dl>\n");
}

static void add_outcomes(struct tl_buf *out, const struct tl_attend_figures *figures)
{
	tl_buf_text(out, "<h2>Outcomes</h2>\n<div class=\"wide\"><table><thead><tr><th>Calls that were</th><th>Count</th></tr></thead>\n<tbody id=\"outcomes\">\n");
	for (enum tl_attend_end end = 0; end < TL_ENDS; end++) {
		tl_buf_text(out, "<tr>");
		add_cell(out, NULL, tl_str(tl_attend_end_name(end)));
		add_number(out, figures->ended[end]);
		tl_buf_text(out, "</tr>\n");
	}
	tl_buf_text(out, "</tbody></table></div>\n");
}

static void add_us(struct tl_buf *out, const struct tl_attend_latency *latency, int64_t us)
{
	tl_buf_text(out, "<td class=\"number\">");
	if (latency->count == 0)
		tl_buf_text(out, "–");
	else if (us < 1000)
		tl_buf_printf(out, "%" PRId64 " µs", us);
	else if (us < 1000000)
		tl_buf_printf(out, "%.1f ms", (double)us / 1e3);
	else
		tl_buf_printf(out, "%.2f s", (double)us / 1e6);
	tl_buf_text(out, "</td>");
}

static void add_latency(struct tl_buf *out, const char *name, const struct tl_attend_latency *latency)
{
	tl_buf_text(out, "<tr>");
	add_cell(out, NULL, tl_str(name));
	add_number(out, latency->count);
	add_us(out, latency, latency->p50_us);
	add_us(out, latency, latency->p99_us);
	add_us(out, latency, latency->max_us);
	tl_buf_text(out, "</tr>\n");
}

static void add_latencies(struct tl_buf *out, const struct tl_attend_figures *figures)
{
	tl_buf_text(out, "<h2>Latency</h2>\n<div class=\"wide\"><table><thead><tr><th>From</th><th>Count</th><th>p50</th><th>p99</th><th>most</th></tr></thead>\n"
	                 "<tbody id=\"latencies\">\n");
	add_latency(out, "key to play", &figures->key_to_play);
	add_latency(out, "profile", &figures->profile);
	add_latency(out, "line", &figures->connect);
	tl_buf_text(out, "</tbody></table></div>\n");
}

static uint64_t most_here(const struct tl_attend_figures *figures)
{
	uint64_t most = 0;

	for (size_t i = 0; i < figures->n_nodes; i++)
		most = figures->nodes[i].here > most ? figures->nodes[i].here : most;
	return most;
}

static void add_node(struct tl_buf *out, const struct tl_attend_node *node, uint64_t most)
{
	uint64_t tenths = most > 0 ? node->here * 1000 / most : 0;

	tl_buf_text(out, "<tr>");
	add_cell(out, NULL, node->flow);
	add_cell(out, "node", node->node);
	add_cell(out, "quiet", node->type);
	add_number(out, node->here);
	tl_buf_printf(out, "<td class=\"bar\"><span style=\"width: %" PRIu64 ".%" PRIu64 "%%\"></span></td>", tenths / 10, tenths % 10);
	add_number(out, node->visits);
	add_number(out, node->matches);
	add_number(out, node->no_matches);
	add_number(out, node->no_inputs);
	tl_buf_text(out, "</tr>\n");
}

static void add_nodes(struct tl_buf *out, const struct tl_attend_figures *figures)
{
	tl_buf_text(out, "<h2>Where calls are</h2>\n<div class=\"wide\"><table><thead><tr><th>Flow</th><th>Node</th><th>Type</th><th>Here</th><th></th><th>Visits</th>"
	                 "<th>Choices</th><th>Wrong keys</th><th>Silences</th></tr></thead>\n<tbody id=\"nodes\">\n");
	for (size_t i = 0; i < figures->n_nodes; i++)
		add_node(out, &figures->nodes[i], most_here(figures));
	tl_buf_text(out, "</tbody></table></div>\n");
}

static void add_errors(struct tl_buf *out, const struct tl_attend_figures *figures)
{
	tl_buf_printf(out, "<h2>Errors, the newest first</h2>\n<p id=\"no_errors\" class=\"quiet\"%s>none</p>\n<ol id=\"errors\">\n",
	              figures->n_last_errors > 0 ? " hidden" : "");
	for (size_t i = 0; i < figures->n_last_errors; i++) {
		tl_buf_text(out, "<li>");
		tl_html_text(out, figures->last_errors[i]);
		tl_buf_text(out, "</li>\n");
	}
	tl_buf_text(out, "</ol>\n");
}

void tl_attend_page(struct tl_buf *out, const struct tl_attend_report *report)
{
	tl_buf_text(out, head);
	add_title(out, report);
	add_figures(out, report->figures);
	add_nodes(out, report->figures);
	add_outcomes(out, report->figures);
	add_latencies(out, report->figures);
	add_errors(out, report->figures);
	tl_buf_text(out, script);
	tl_buf_text(out, "</body></html>\n");
}
