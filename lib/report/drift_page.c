/* report/drift_page.c: the status page: one HTML file that is whole without a script, and that fetches status.json with one. */
#include "report/drift.h"

#include <inttypes.h>
#include <string.h>

#include "report/html.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>Trunkline</title>\n"
	"<style>\n"
	"body { font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #1b1f24; background: #fff }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"th, td { text-align: left; padding: .3em .8em .3em 0; border-bottom: 1px solid #d8dee4 }\n"
	"td.number { font-variant-numeric: tabular-nums }\n"
	".edited, .behind, .gone { color: #b42318; font-weight: 600 } .foreign, .pending, .waiting { color: #8a5a00; font-weight: 600 } .none { color: #1a7f37 }\n"
	"#trouble { color: #b42318 }\n"
	"@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 } th, td { border-color: #30363d }\n"
	".edited, .behind, .gone, #trouble { color: #ff7b72 } .foreign, .pending, .waiting { color: #e3b341 } .none { color: #3fb950 } }\n"
	"</style></head><body>\n";

static const char script[] =
	"<script>\n"
	TL_HTML_SAFE_SCRIPT
	"const cell = (row, text, kind) => { const td = row.insertCell(); td.textContent = safe(text); if (kind) td.className = kind };\n"
	"const label = f => f.flow === f.platform_id && f.name ? f.name : f.flow;\n"
	"async function refresh() {\n"
	"  try {\n"
	"    const s = await (await fetch('status.json', { cache: 'no-store' })).json();\n"
	"    const rows = document.createElement('tbody'); rows.id = 'flows';\n"
	"    for (const f of s.flows) {\n"
	"      const row = rows.insertRow();\n"
	"      cell(row, f.state, f.drift !== 'none' || f.state === 'in step' ? f.drift : f.state); cell(row, label(f), 'flow');\n"
	"      cell(row, f.base_version, 'number'); cell(row, f.version, 'number'); cell(row, f.published_version, 'number');\n"
	"      cell(row, f.status, 'status'); cell(row, f.since); cell(row, f.unread ?? f.reason, 'reason');\n"
	"    }\n"
	"    document.getElementById('flows').replaceWith(rows);\n"
	"    document.getElementById('drifted').textContent = s.drifted;\n"
	"    document.getElementById('count').textContent = s.flows.length;\n"
	"    document.getElementById('at').textContent = s.at;\n"
	"    document.getElementById('trouble').textContent = safe(s.trouble);\n"
	"  } catch (e) { document.getElementById('trouble').textContent = 'the monitor does not answer' }\n"
	"}\n"
	"setInterval(refresh, 3000);\n"
	"</script>\n";

static void add_cell(struct tl_buf *out, const char *kind, struct tl_str text)
{
	tl_buf_printf(out, "<td class=\"%s\">", kind);
	tl_html_text(out, text);
	tl_buf_text(out, "</td>");
}

static void add_number(struct tl_buf *out, int64_t number)
{
	tl_buf_text(out, "<td class=\"number\">");
	if (number > 0)
		tl_buf_printf(out, "%" PRId64, number);
	tl_buf_text(out, "</td>");
}

static void add_row(struct tl_buf *out, const struct tl_drift *drift)
{
	const char *word = tl_drift_word(drift);
	bool in_step = strcmp(word, "in step") == 0;

	tl_buf_text(out, "<tr>");
	add_cell(out, in_step ? tl_drift_name(drift->kind) : word, tl_str(word));
	add_cell(out, "flow", tl_str_equal(drift->flow, drift->platform_id) && drift->name.len > 0 ? drift->name : drift->flow);
	add_number(out, drift->base_version);
	add_number(out, drift->version);
	add_number(out, drift->published_version);
	add_cell(out, "status", drift->version > 0 ? tl_str(tl_remote_status_name(drift->status)) : TL_STR(""));
	tl_buf_text(out, "<td>");
	tl_html_time(out, drift->since_ms);
	tl_buf_text(out, "</td>");
	add_cell(out, "reason", drift->unread.len > 0 ? drift->unread : drift->reason);
	tl_buf_text(out, "</tr>\n");
}

void tl_drift_page(struct tl_buf *out, const struct tl_drift_report *report)
{
	tl_buf_text(out, head);
	tl_buf_text(out, "<h1>");
	tl_html_text(out, report->environment);
	tl_buf_printf(out, "</h1>\n<p><b id=\"drifted\">%zu</b> of <span id=\"count\">%zu</span> flows drifted; looked at <span id=\"at\">",
	              report->drifts->drifted, report->drifts->count);
	tl_html_time(out, report->at_ms);
	tl_buf_text(out, "</span>. <a href=\"status.json\">JSON</a>, <a href=\"metrics\">metrics</a></p>\n<p id=\"trouble\" role=\"status\">");
	tl_html_text(out, report->trouble);
	tl_buf_text(out, "</p>\n<table><thead><tr><th>State</th><th>Flow</th><th>Deployed from here</th><th>On the platform</th><th>Callers get</th>"
	                 "<th>Status</th><th>Since</th><th>Reason</th></tr></thead>\n<tbody id=\"flows\">\n");
	for (size_t i = 0; i < report->drifts->count; i++)
		add_row(out, &report->drifts->items[i]);
	tl_buf_text(out, "</tbody></table>\n");
	tl_buf_text(out, script);
	tl_buf_text(out, "</body></html>\n");
}
