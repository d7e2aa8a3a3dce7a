/* report/drift_page.c: the status page: one HTML file that is whole without a script, and that fetches status.json with one. What is wrong stands first. Script and C
 * write the same. */
#include "report/drift.h"

#include <string.h>

#include "report/html.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\"><noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n"
	"<style>\n"
	":root { --ink: #1b1f24; --paper: #fff; --line: #d8dee4; --soft: #59636e; --link: #0969da; --bad: #b42318; --wait: #8a5a00; --good: #1a7f37 }\n"
	"@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --soft: #9198a1; --link: #4493f8; --bad: #ff7b72; --wait: #e3b341; "
	"--good: #3fb950 } }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5em auto; max-width: 70em; padding: 0 1em; color: var(--ink); background: var(--paper); overflow-wrap: anywhere }\n"
	"h1 { margin: 0; font-size: 1.5em } p { margin: .3em 0 } a { color: var(--link) } dt { font-weight: 600 } dd { margin: 0 0 .4em } .quiet { color: var(--soft) }\n"
	"#verdict { font-size: 1.2em; font-weight: 600 } #trouble { color: var(--bad); font-weight: 600 }\n"
	"table { border-collapse: collapse; width: 100%; margin: 1em 0 }\n"
	"th, td { text-align: left; padding: .3em .8em .3em 0; border-bottom: 1px solid var(--line); vertical-align: top }\n"
	".state, .since { white-space: nowrap } .flow { min-width: 10em; width: 35% } .text { min-width: 20em }\n"
	".edited, .behind, .gone { color: var(--bad); font-weight: 600 } .foreign, .pending, .waiting { color: var(--wait); font-weight: 600 } .none { color: var(--good) }\n"
	"@media (max-width: 45em) { thead { position: absolute; left: -99em } tr { display: block; padding: .4em 0; border-bottom: 1px solid var(--line) }\n"
	"td { display: block; border: 0; padding: 0 } td.flow { font-weight: 600; width: auto } td.text { min-width: 0 } td.since:empty { display: none } }\n"
	"</style>\n";

static const char script[] =
	"<script>\n"
	TL_HTML_SAFE_SCRIPT
	"const at = id => document.getElementById(id);\n"
	"const put = (id, text) => { if (at(id).textContent !== safe(text)) at(id).textContent = safe(text) };\n"
	"const cell = (row, text, kind) => { const td = row.insertCell(); td.textContent = safe(text); td.className = kind };\n"
	"const label = f => f.flow === f.platform_id && f.name ? f.name : f.flow;\n"
	"const kind = f => f.state === 'in step' ? f.drift : f.state;\n"
	"const ranks = ['edited', 'behind', 'gone', 'foreign', 'waiting', 'pending', 'none'];\n"
	"let shown = '', text;\n"
	"function rows(flows) {\n"
	"  const body = document.createElement('tbody'); body.id = 'flows';\n"
	"  for (const f of [...flows].sort((a, b) => ranks.indexOf(kind(a)) - ranks.indexOf(kind(b)))) {\n"
	"    const row = body.insertRow();\n"
	"    cell(row, f.state, 'state ' + kind(f)); cell(row, label(f), 'flow'); cell(row, f.text, 'text'); cell(row, f.since?.replace(/\\.\\d+Z$/, 'Z'), 'since');\n"
	"  }\n"
	"  at('flows').replaceWith(body);\n"
	"}\n"
	"function show(s) {\n"
	"  document.title = (s.drifted ? s.drifted + ' drifted: ' : '') + safe(s.environment);\n"
	"  put('drifted', s.drifted); put('count', s.flows.length); at('verdict').className = s.drifted ? 'edited' : 'none';\n"
	"  at('empty').hidden = !s.at || s.flows.length > 0; at('verdict').hidden = !s.flows.length;\n"
	"  if (JSON.stringify(s.flows) !== shown) rows(s.flows);\n"
	"  shown = JSON.stringify(s.flows);\n"
	"  put('at', s.at ? `${s.at.replace(/\\.\\d+Z$/, 'Z')}, ${Math.max(0, Math.round((Date.now() - Date.parse(s.at)) / 1000))} s ago` : 'not yet');\n"
	"  put('trouble', s.trouble ? 'The last look failed, what stands here is from before: ' + s.trouble : '');\n"
	"}\n"
	"async function refresh() {\n"
	"  try { show(await (await fetch('status.json', { cache: 'no-store' })).json()) }\n"
	"  catch (e) { put('trouble', 'The monitor does not answer, what stands here is from before.') }\n"
	"  setTimeout(refresh, 3000);\n"
	"}\n"
	"refresh();\n"
	"</script>\n";

static const char legend[] =
	"<details><summary>What the words mean</summary><dl>\n"
	"<dt class=\"edited\">edited</dt><dd>Somebody else wrote something else on top of what was deployed from here. <code>flow-diff --drift --env %1$s</code> shows what.</dd>\n"
	"<dt class=\"behind\">behind</dt><dd>The deployment failed or was rejected; callers keep what they had. <code>flow-publish plan --env %1$s</code> begins another.</dd>\n"
	"<dt class=\"gone\">gone</dt><dd>Somebody deleted it on the platform.</dd>\n"
	"<dt class=\"foreign\">foreign</dt><dd>Made on the platform by somebody else. <code>flow-publish import --env %1$s</code> takes it over into git.</dd>\n"
	"<dt class=\"waiting\">waiting</dt><dd>Its deployment is under way.</dd>\n"
	"<dt class=\"pending\">pending</dt><dd>Git has a change that is not deployed. <code>flow-diff env:%1$s</code> shows it.</dd>\n"
	"<dt class=\"none\">in step</dt><dd>Callers get what was deployed from here.</dd>\n"
	"</dl></details>\n";

/* The order of what is wrong: as the script has it. */
static const char *const ranks[] = { "edited", "behind", "gone", "foreign", "waiting", "pending", "in step" };

static size_t rank_of(const struct tl_drift *drift)
{
	size_t rank = 0;

	while (rank + 1 < TL_COUNT(ranks) && strcmp(tl_drift_word(drift), ranks[rank]) != 0)
		rank++;
	return rank;
}

static void add_cell(struct tl_buf *out, const char *kind, const char *more, struct tl_str text)
{
	tl_buf_printf(out, "<td class=\"%s%s\">", kind, more);
	tl_html_text(out, text);
	tl_buf_text(out, "</td>");
}

static void add_row(struct tl_buf *out, const struct tl_drift *drift)
{
	const char *word = tl_drift_word(drift), *kind = strcmp(word, "in step") == 0 ? " none" : "";
	struct tl_buf words = { 0 };

	tl_drift_words(&words, drift);
	tl_buf_text(out, "<tr>");
	add_cell(out, "state ", kind[0] ? kind + 1 : word, tl_str(word));
	add_cell(out, "flow", "", tl_str_equal(drift->flow, drift->platform_id) && drift->name.len > 0 ? drift->name : drift->flow);
	add_cell(out, "text", "", tl_buf_view(&words));
	tl_buf_text(out, "<td class=\"since\">");
	tl_html_time(out, drift->since_ms / 1000 * 1000);
	tl_buf_text(out, "</td></tr>\n");
	tl_buf_clear(&words);
}

static void add_rows(struct tl_buf *out, const struct tl_drifts *drifts)
{
	tl_buf_text(out, "<table><thead><tr><th>State</th><th>Flow</th><th>What there is</th><th>Since</th></tr></thead>\n<tbody id=\"flows\">");
	for (size_t rank = 0; rank < TL_COUNT(ranks); rank++) {
		for (size_t i = 0; i < drifts->count; i++) {
			if (rank_of(&drifts->items[i]) == rank)
				add_row(out, &drifts->items[i]);
		}
	}
	tl_buf_text(out, "</tbody></table>\n");
}

static void add_verdict(struct tl_buf *out, const struct tl_drift_report *report)
{
	const struct tl_drifts *drifts = report->drifts;

	tl_buf_printf(out, "<p id=\"verdict\" class=\"%s\"%s><span id=\"drifted\">%zu</span> of <span id=\"count\">%zu</span> flows drifted</p>\n",
	              drifts->drifted > 0 ? "edited" : "none", drifts->count > 0 ? "" : " hidden", drifts->drifted, drifts->count);
	tl_buf_printf(out, "<p id=\"empty\"%s>Nothing was deployed from here. With <code>--foreign</code> what others deployed is watched, too.</p>\n",
	              report->at_ms > 0 && drifts->count == 0 ? "" : " hidden");
	tl_buf_text(out, "<p id=\"trouble\" role=\"status\">");
	if (report->trouble.len > 0)
		tl_buf_text(out, "The last look failed, what stands here is from before: ");
	tl_html_text(out, report->trouble);
	tl_buf_text(out, "</p>\n<p class=\"quiet\">Looked at: <span id=\"at\">");
	if (report->at_ms > 0)
		tl_html_time(out, report->at_ms / 1000 * 1000);
	else
		tl_buf_text(out, "not yet");
	tl_buf_text(out, "</span>. <a href=\"status.json\">JSON</a>, <a href=\"metrics\">metrics</a></p>\n");
}

void tl_drift_page(struct tl_buf *out, const struct tl_drift_report *report)
{
	struct tl_buf name = { 0 };

	tl_html_text(&name, report->environment);
	tl_buf_text(out, head);
	tl_buf_text(out, "<title>");
	if (report->drifts->drifted > 0)
		tl_buf_printf(out, "%zu drifted: ", report->drifts->drifted);
	tl_buf_printf(out, "%s</title></head><body>\n<h1>%s</h1>\n", name.data, name.data);
	add_verdict(out, report);
	tl_buf_printf(out, legend, name.data);
	add_rows(out, report->drifts);
	tl_buf_text(out, script);
	tl_buf_text(out, "</body></html>\n");
	tl_buf_clear(&name);
}
