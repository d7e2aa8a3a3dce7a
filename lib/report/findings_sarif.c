/* report/findings_sarif.c: SARIF 2.1.0, as code scanning services take it. */
#include "base/text.h"
#include "check/check.h"
#include "doc/json.h"
#include "report/findings.h"
#include "report/fingerprint.h"
#include "trunkline.h"

/* SARIF's levels have the same names. */
static void put_text(struct tl_json *json, const char *key, struct tl_str text)
{
	tl_json_key(json, key);
	tl_json_map(json);
	tl_json_put(json, "text", text);
	tl_json_map_end(json);
}

static void put_rule(struct tl_json *json, const struct tl_rule *rule)
{
	tl_json_map(json);
	tl_json_key(json, "defaultConfiguration");
	tl_json_map(json);
	tl_json_put(json, "level", tl_str(tl_level_name(rule->level)));
	tl_json_map_end(json);
	put_text(json, "fullDescription", tl_str_trim(tl_str(rule->explain)));
	tl_json_put(json, "id", tl_str(rule->id));
	put_text(json, "shortDescription", tl_str(rule->summary));
	tl_json_map_end(json);
}

static void put_tool(struct tl_json *json)
{
	tl_json_key(json, "tool");
	tl_json_map(json);
	tl_json_key(json, "driver");
	tl_json_map(json);
	tl_json_put(json, "name", TL_STR("flow-validate"));
	tl_json_key(json, "rules");
	tl_json_list(json);
	for (size_t i = 0; i < tl_rule_count; i++)
		put_rule(json, tl_rule_table[i]);
	tl_json_list_end(json);
	tl_json_put(json, "version", TL_STR(TL_VERSION));
	tl_json_map_end(json);
	tl_json_map_end(json);
}

/* A path as a URI reference: all but unreserved characters and slashes by percent signs. */
static void put_path(struct tl_json *json, struct tl_str path)
{
	struct tl_buf uri = { 0 };
	bool absolute = path.len > 0 && path.ptr[0] == '/';

	tl_buf_text(&uri, absolute ? "file://" : "");
	for (size_t i = 0; i < path.len; i++) {
		char c = path.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/", c)))
			tl_buf_char(&uri, c);
		else
			tl_buf_printf(&uri, "%%%02X", (unsigned char)c);
	}
	tl_json_key(json, "artifactLocation");
	tl_json_map(json);
	tl_json_put(json, "uri", tl_buf_view(&uri));
	if (!absolute)
		tl_json_put(json, "uriBaseId", TL_STR("%SRCROOT%"));
	tl_json_map_end(json);
	tl_buf_clear(&uri);
}

static void put_place(struct tl_json *json, const struct tl_finding *finding)
{
	tl_json_key(json, "locations");
	tl_json_list(json);
	if (finding->file.len > 0) {
		tl_json_map(json);
		tl_json_key(json, "physicalLocation");
		tl_json_map(json);
		put_path(json, finding->file);
		tl_json_key(json, "region");
		tl_json_map(json);
		tl_json_put_integer(json, "endColumn", finding->place.end_column);
		tl_json_put_integer(json, "endLine", finding->place.end_line);
		tl_json_put_integer(json, "startColumn", finding->place.column);
		tl_json_put_integer(json, "startLine", finding->place.line);
		tl_json_map_end(json);
		tl_json_map_end(json);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

/* A viewer makes a link of "[text](address)". */
static void add_words(struct tl_buf *out, struct tl_str text)
{
	struct tl_buf safe = { 0 };

	tl_text_safe(&safe, text);
	for (size_t i = 0; i < safe.len; i++) {
		tl_buf_char(out, safe.data[i]);
		if (safe.data[i] == ']' && i + 1 < safe.len && safe.data[i + 1] == '(')
			tl_buf_char(out, ' ');
	}
	tl_buf_clear(&safe);
}

static void put_message(struct tl_json *json, const struct tl_finding *finding)
{
	struct tl_buf text = { 0 };

	add_words(&text, finding->message);
	if (finding->help.len > 0) {
		tl_buf_text(&text, "\nhelp: ");
		add_words(&text, finding->help);
	}
	put_text(json, "message", tl_buf_view(&text));
	tl_buf_clear(&text);
}

static void put_result(struct tl_json *json, const struct tl_finding *finding, struct tl_fingerprints *fingerprints)
{
	char fingerprint[TL_SHA256_SIZE];

	tl_fingerprint(fingerprint, fingerprints, finding);
	tl_json_map(json);
	tl_json_put(json, "level", tl_str(tl_level_name(finding->level)));
	put_place(json, finding);
	put_message(json, finding);
	tl_json_key(json, "partialFingerprints");
	tl_json_map(json);
	tl_json_put(json, "trunkline/v1", tl_str(fingerprint));
	tl_json_map_end(json);
	tl_json_put(json, "ruleId", tl_str(finding->rule));
	tl_json_map_end(json);
}

static void write_sarif(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary)
{
	struct tl_fingerprints fingerprints = { 0 };
	struct tl_json json;

	(void)summary;
	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put(&json, "$schema", TL_STR("https://json.schemastore.org/sarif-2.1.0.json"));
	tl_json_key(&json, "runs");
	tl_json_list(&json);
	tl_json_map(&json);
	tl_json_put(&json, "columnKind", TL_STR("unicodeCodePoints"));
	tl_json_key(&json, "results");
	tl_json_list(&json);
	for (size_t i = 0; i < findings->count; i++)
		put_result(&json, &findings->items[i], &fingerprints);
	tl_json_list_end(&json);
	put_tool(&json);
	tl_json_map_end(&json);
	tl_json_list_end(&json);
	tl_json_put(&json, "version", TL_STR("2.1.0"));
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
	tl_fingerprints_clear(&fingerprints);
}

const struct tl_findings_format tl_findings_format_sarif = { "sarif", write_sarif };
