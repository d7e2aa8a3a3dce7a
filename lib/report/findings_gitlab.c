/* report/findings_gitlab.c: GitLab's code quality report. */
#include "base/text.h"
#include "doc/json.h"
#include "report/findings.h"
#include "report/fingerprint.h"

static void put_finding(struct tl_json *json, const struct tl_finding *finding, struct tl_fingerprints *fingerprints)
{
	static const char *const severities[] = { [TL_NOTE] = "info", [TL_WARNING] = "minor", [TL_ERROR] = "major" };
	char fingerprint[TL_SHA256_SIZE];
	struct tl_buf words = { 0 };

	tl_text_safe(&words, finding->message);
	tl_fingerprint(fingerprint, fingerprints, finding);
	tl_json_map(json);
	tl_json_put(json, "check_name", tl_str(finding->rule));
	tl_json_put(json, "description", tl_buf_view(&words));
	tl_json_put(json, "fingerprint", tl_str(fingerprint));
	tl_json_key(json, "location");
	tl_json_map(json);
	tl_json_key(json, "lines");
	tl_json_map(json);
	tl_json_put_integer(json, "begin", finding->place.line > 0 ? finding->place.line : 1);
	tl_json_put_integer(json, "end", finding->place.end_line > 0 ? finding->place.end_line : 1);
	tl_json_map_end(json);
	tl_json_put(json, "path", finding->file);
	tl_json_map_end(json);
	tl_json_put(json, "severity", tl_str(severities[finding->level]));
	tl_json_map_end(json);
	tl_buf_clear(&words);
}

static void write_gitlab(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary)
{
	struct tl_fingerprints fingerprints = { 0 };
	struct tl_json json;

	(void)summary;
	tl_json_init(&json, out, true);
	tl_json_list(&json);
	for (size_t i = 0; i < findings->count; i++)
		put_finding(&json, &findings->items[i], &fingerprints);
	tl_json_list_end(&json);
	tl_buf_char(out, '\n');
	tl_fingerprints_clear(&fingerprints);
}

const struct tl_findings_format tl_findings_format_gitlab = { "gitlab", write_gitlab };
