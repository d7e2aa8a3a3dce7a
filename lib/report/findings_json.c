/* report/findings_json.c: findings in the members that commands.md names. */
#include "doc/json.h"
#include "report/findings.h"

static void put_finding(struct tl_json *json, const struct tl_finding *finding)
{
	tl_json_map(json);
	tl_json_put_integer(json, "column", finding->place.column);
	tl_json_put_integer(json, "end_column", finding->place.end_column);
	tl_json_put_integer(json, "end_line", finding->place.end_line);
	tl_json_put(json, "file", finding->file);
	tl_json_put_or_null(json, "help", finding->help.len > 0 ? finding->help : (struct tl_str){ 0 });
	tl_json_put(json, "level", tl_str(tl_level_name(finding->level)));
	tl_json_put_integer(json, "line", finding->place.line);
	tl_json_put(json, "message", finding->message);
	tl_json_put(json, "rule", tl_str(finding->rule));
	tl_json_key(json, "witness");
	if (finding->witness.len > 0)
		tl_json_raw(json, finding->witness);
	else
		tl_json_null(json);
	tl_json_map_end(json);
}

void tl_findings_put(struct tl_json *json, const struct tl_findings *findings)
{
	tl_json_list(json);
	for (size_t i = 0; i < findings->count; i++)
		put_finding(json, &findings->items[i]);
	tl_json_list_end(json);
}

static void write_json(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary)
{
	struct tl_json json;

	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_key(&json, "findings");
	tl_findings_put(&json, findings);
	tl_json_key(&json, "summary");
	tl_json_map(&json);
	tl_json_put_integer(&json, "errors", (int64_t)tl_findings_count(findings, TL_ERROR));
	tl_json_put_integer(&json, "flows", (int64_t)summary->flows);
	tl_json_put_integer(&json, "notes", (int64_t)tl_findings_count(findings, TL_NOTE));
	tl_json_put_integer(&json, "warnings", (int64_t)tl_findings_count(findings, TL_WARNING));
	tl_json_map_end(&json);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

const struct tl_findings_format tl_findings_format_json = { "json", write_json };
