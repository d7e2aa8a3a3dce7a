/* report/import.c: one line a flow, and what to do about those that were left. */
#include "report/import.h"

#include <inttypes.h>

#include "base/text.h"
#include "doc/json.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

static const struct {
	const char *color, *words;
} state_table[TL_IMPORT_STATES] = {
	[TL_IMPORT_WRITTEN] = { GREEN, NULL },
	[TL_IMPORT_RECORDED] = { GREEN, "the file says the same; its base is recorded" },
	[TL_IMPORT_KNOWN] = { "", NULL },
	[TL_IMPORT_AHEAD] = { "", "git has a change that is not deployed" },
	[TL_IMPORT_EDITED] = { YELLOW, "somebody else edited it on the platform; --update takes that over" },
	[TL_IMPORT_UPDATED] = { GREEN, "the edit on the platform was taken over" },
	[TL_IMPORT_CONFLICT] = { RED, "file and platform differ: see flow-diff; nothing was written" },
	[TL_IMPORT_EMPTY] = { "", "callers get nothing of it yet" },
	[TL_IMPORT_UNREADABLE] = { RED, "it cannot be read" },
};

static void add_flow(struct tl_buf *out, const struct tl_imported *flow, bool color)
{
	const char *paint = color ? state_table[flow->state].color : "";

	tl_buf_printf(out, "  %s%-8s%s  ", paint, tl_import_name(flow->state), paint[0] ? PLAIN : "");
	tl_text_safe(out, flow->name);
	if (flow->path.len > 0) {
		tl_buf_text(out, "  ");
		tl_text_safe(out, flow->path);
	}
	tl_buf_printf(out, "  version %s", tl_version_shown(flow->version).text);
	if (flow->published_version != 0 && flow->published_version != flow->version)
		tl_buf_printf(out, ", callers get %s", tl_version_shown(flow->published_version).text);
	if (flow->reason.len > 0) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, flow->reason);
	} else if (state_table[flow->state].words) {
		tl_buf_printf(out, ": %s", state_table[flow->state].words);
	}
	tl_buf_char(out, '\n');
}

void tl_import_text(struct tl_buf *out, const struct tl_import *import, const struct tl_import_heading *heading)
{
	const char *comma = "";

	tl_text_safe(out, heading->environment);
	tl_buf_printf(out, ": %zu flow%s", import->count, import->count == 1 ? "" : "s");
	for (enum tl_import_state state = 0; state < TL_IMPORT_STATES; state++) {
		if (import->counts[state] == 0)
			continue;
		tl_buf_printf(out, "%s %zu %s", comma[0] ? comma : ":", import->counts[state], tl_import_name(state));
		comma = ",";
	}
	tl_buf_text(out, heading->dry_run ? " (nothing was written)\n" : "\n");
	for (size_t i = 0; i < import->count; i++) {
		if (import->flows[i].state != TL_IMPORT_KNOWN || !heading->quiet)
			add_flow(out, &import->flows[i], heading->color);
	}
}

static void put_version(struct tl_json *json, const char *key, int64_t version)
{
	tl_json_key(json, key);
	if (version > 0)
		tl_json_integer(json, version);
	else
		tl_json_null(json);
}

void tl_import_json(struct tl_buf *out, const struct tl_import *import, const struct tl_import_heading *heading)
{
	struct tl_json json;

	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put_boolean(&json, "dry_run", heading->dry_run);
	tl_json_put(&json, "environment", heading->environment);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < import->count; i++) {
		const struct tl_imported *flow = &import->flows[i];

		tl_json_map(&json);
		tl_json_put(&json, "flow", flow->flow);
		tl_json_put(&json, "name", flow->name);
		tl_json_put_or_null(&json, "path", flow->path.len > 0 ? flow->path : (struct tl_str){ NULL, 0 });
		tl_json_put(&json, "platform_id", flow->platform_id);
		put_version(&json, "published_version", flow->published_version);
		tl_json_put_or_null(&json, "reason", flow->reason.len > 0 ? flow->reason : (struct tl_str){ NULL, 0 });
		tl_json_put(&json, "state", tl_str(tl_import_name(flow->state)));
		put_version(&json, "version", flow->version);
		tl_json_map_end(&json);
	}
	tl_json_list_end(&json);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}
