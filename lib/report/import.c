/* report/import.c: one line a flow, and what to do about those that were left. */
#include "report/import.h"

#include <inttypes.h>

#include "base/text.h"
#include "doc/json.h"
#include "report/members.h"

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
	[TL_IMPORT_MERGED] = { GREEN, "the edit on the platform was put beside the change that is here" },
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
	if (flow->twin == TL_TWIN_FILLED) {
		tl_buf_printf(out, ", %zu place%s filled in", flow->replaced, flow->replaced == 1 ? "" : "s");
	} else if (flow->twin == TL_TWIN_LEFT) {
		tl_buf_text(out, ", left as it is: ");
		tl_text_safe(out, flow->left);
	}
	if (flow->reason.len > 0) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, flow->reason);
	} else if (state_table[flow->state].words) {
		tl_buf_printf(out, ": %s", state_table[flow->state].words);
	}
	tl_buf_char(out, '\n');
}

/* ---- what was compared */

static void add_key(struct tl_buf *out, const struct tl_import_key *key, const struct tl_import_heading *heading)
{
	tl_buf_printf(out, "  %.*s  '", TL_FMT(key->key));
	tl_text_safe(out, key->here);
	tl_buf_text(out, "', in ");
	tl_text_safe(out, heading->other);
	tl_buf_text(out, " '");
	tl_text_safe(out, key->there);
	tl_buf_printf(out, "'  (%zu place%s%s)\n", key->places, key->places == 1 ? "" : "s", key->known ? ", known" : "");
}

static bool has_new_keys(const struct tl_import *import)
{
	for (size_t i = 0; i < import->n_keys; i++) {
		if (!import->keys[i].known)
			return true;
	}
	return false;
}

/* As YAML, to be put into the project file. */
static void add_values(struct tl_buf *out, const struct tl_import *import, struct tl_str environment, bool here)
{
	struct tl_json json;

	tl_buf_printf(out, "  %.*s:\n    values:\n", TL_FMT(environment));
	for (size_t i = 0; i < import->n_keys; i++) {
		if (import->keys[i].known)
			continue;
		tl_json_init(&json, out, false);
		tl_buf_printf(out, "      %.*s: ", TL_FMT(import->keys[i].key));
		tl_json_string(&json, here ? import->keys[i].here : import->keys[i].there);
		tl_buf_char(out, '\n');
	}
}

static void add_comparison(struct tl_buf *out, const struct tl_import *import, const struct tl_import_heading *heading)
{
	const char *comma = ": ";

	tl_buf_text(out, "compared with ");
	tl_text_safe(out, heading->other);
	for (enum tl_import_twin twin = TL_TWIN_SAME; twin < TL_TWIN_STATES; twin++) {
		if (import->twins[twin] > 0) {
			tl_buf_printf(out, "%s%zu %s", comma, import->twins[twin], tl_import_twin_name(twin));
			comma = ", ";
		}
	}
	tl_buf_text(out, comma[0] == ':' ? ": no new file\n" : "\n");
	for (size_t i = 0; i < import->n_keys; i++)
		add_key(out, &import->keys[i], heading);
	if (!has_new_keys(import))
		return;
	if (import->project.len > 0) {
		tl_buf_text(out, "their values were put into ");
		tl_text_safe(out, import->project);
		tl_buf_char(out, '\n');
		return;
	}
	tl_buf_text(out, heading->dry_run ? "their values:\n" : "put their values into the project file:\n");
	tl_buf_text(out, "environments:\n");
	add_values(out, import, heading->environment, true);
	add_values(out, import, heading->other, false);
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
	if (heading->other.len > 0)
		add_comparison(out, import, heading);
}

static void put_comparison(struct tl_json *json, const struct tl_imported *flow)
{
	tl_json_put(json, "compared", tl_str(tl_import_twin_name(flow->twin)));
	tl_json_put_integer(json, "filled_in", (int64_t)flow->replaced);
	tl_member_text(json, "left_because", flow->left);
}

static void put_keys(struct tl_json *json, const struct tl_import *import, const struct tl_import_heading *heading)
{
	tl_json_key(json, "keys");
	tl_json_list(json);
	for (size_t i = 0; i < import->n_keys; i++) {
		tl_json_map(json);
		tl_json_put(json, "key", import->keys[i].key);
		tl_json_put_boolean(json, "known", import->keys[i].known);
		tl_json_put_integer(json, "places", (int64_t)import->keys[i].places);
		tl_json_key(json, "values");
		tl_json_map(json);
		tl_json_key_str(json, heading->environment);
		tl_json_string(json, import->keys[i].here);
		tl_json_key_str(json, heading->other);
		tl_json_string(json, import->keys[i].there);
		tl_json_map_end(json);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_put(json, "other", heading->other);
	tl_member_text(json, "project", import->project);
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
		if (heading->other.len > 0)
			put_comparison(&json, flow);
		tl_json_put(&json, "flow", flow->flow);
		tl_json_put(&json, "name", flow->name);
		tl_member_text(&json, "path", flow->path);
		tl_json_put(&json, "platform_id", flow->platform_id);
		tl_member_version(&json, "published_version", flow->published_version);
		tl_member_text(&json, "reason", flow->reason);
		tl_json_put(&json, "state", tl_str(tl_import_name(flow->state)));
		tl_member_version(&json, "version", flow->version);
		tl_json_map_end(&json);
	}
	tl_json_list_end(&json);
	if (heading->other.len > 0)
		put_keys(&json, import, heading);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}
