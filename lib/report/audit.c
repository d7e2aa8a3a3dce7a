/* report/audit.c: lists of audit records. */
#include "report/audit.h"

#include "base/clock.h"
#include "base/text.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

static const char *const format_table[TL_AUDIT_FORMATS] = { [TL_AUDIT_TEXT] = "text", [TL_AUDIT_JSON] = "json", [TL_AUDIT_LINES] = "jsonl" };

int tl_audit_format(enum tl_audit_format *out, const char *name, enum tl_audit_format otherwise, struct tl_error *err)
{
	*out = otherwise;
	if (!name)
		return 0;
	for (unsigned i = 0; i < TL_AUDIT_FORMATS; i++) {
		if (strcmp(name, format_table[i]) == 0) {
			*out = (enum tl_audit_format)i;
			return 0;
		}
	}
	return tl_error_set(err, TL_USAGE, "there is no format '%s': text, json, jsonl", name);
}

/* ---- a line a record, for a person ---- */

/* A text from outside in a column of its own. */
static void add_cell(struct tl_buf *out, struct tl_str text, size_t width)
{
	size_t taken = tl_text_width(text);

	tl_text_safe(out, text.len > 0 ? text : TL_STR("-"));
	taken = text.len > 0 ? taken : 1;
	tl_buf_printf(out, "%*s", (int)(taken < width ? width - taken : 0) + 2, "");
}

static const struct {
	const char *word, *color;
} outcome_colors[] = {
	{ "published", GREEN }, { "drafted", YELLOW }, { "conflict", RED }, { "failed", RED }, { "finished", GREEN }, { "undone", YELLOW },
};

static void add_outcome(struct tl_audit_list *list, const struct tl_item *root)
{
	struct tl_str outcome = tl_item_text(root, "outcome");
	const char *paint = NULL;

	if (outcome.len == 0 && tl_str_is(tl_item_text(root, "phase"), "intent"))
		outcome = TL_STR("begun");
	for (size_t i = 0; list->color && i < TL_COUNT(outcome_colors); i++) {
		if (tl_str_is(outcome, outcome_colors[i].word))
			paint = outcome_colors[i].color;
	}
	tl_buf_text(list->out, paint ? paint : "");
	add_cell(list->out, outcome, 10);
	tl_buf_text(list->out, paint ? PLAIN : "");
}

/* "3 -> 4" */
static void add_versions(struct tl_buf *out, const struct tl_item *root)
{
	const struct tl_item *base = tl_item_get(tl_item_get(root, "base"), "version"), *version = tl_item_get(root, "version");
	struct tl_buf text = { 0 };

	if (base)
		tl_buf_printf(&text, "%.*s%s", TL_FMT(base->text), version ? " -> " : "");
	if (version)
		tl_buf_str(&text, version->text);
	add_cell(out, tl_buf_view(&text), 8);
	tl_buf_clear(&text);
}

static void add_line(struct tl_audit_list *list, const struct tl_audit_record *record, const struct tl_item *root)
{
	struct tl_str subject = tl_item_text(root, "flow"), which = tl_item_text(root, "interaction"), why = tl_item_text(root, "error");
	struct tl_buf *out = list->out;

	if (subject.len == 0) {
		subject = which;
		which = TL_STR("");
	}
	if (why.len == 0)
		why = tl_item_text(root, "reason");
	tl_buf_printf(out, "%6lld  ", (long long)record->seq);
	add_cell(out, tl_item_text(root, "at"), 24);
	add_cell(out, tl_item_text(root, "actor"), 16);
	add_cell(out, tl_item_text(root, "action"), 9);
	add_cell(out, subject, 16);
	add_versions(out, root);
	add_outcome(list, root);
	add_cell(out, tl_item_text(root, "ticket"), 0);
	tl_text_safe(out, which);
	if (which.len > 0 && why.len > 0)
		tl_buf_text(out, ": ");
	tl_text_safe(out, why);
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	tl_buf_char(out, '\n');
}

/* ---- JSON ---- */

/* Keys sorted, and everything escaped that a terminal could take for an order: whoever checks a hash writes the value by RFC 8785 first. */
static void put_tree(struct tl_json *json, const char *key, const struct tl_item *root)
{
	struct tl_arena arena = { 0 };

	tl_json_key(json, key);
	tl_json_item(json, tl_item_sorted(&arena, root));
	tl_arena_clear(&arena);
}

/* With its salt the record's commitment can be checked. */
static void put_personal(struct tl_json *json, const struct tl_audit_record *record)
{
	struct tl_doc *doc = NULL;

	tl_json_key(json, "personal");
	tl_json_map(json);
	if (tl_json_parse(&doc, TL_STR("personal"), record->personal, NULL) == 0)
		put_tree(json, "data", doc->root);
	else
		tl_json_put(json, "data", record->personal);
	tl_json_put(json, "salt", record->salt);
	tl_json_map_end(json);
	tl_doc_free(doc);
}

static void put_record(struct tl_json *json, const struct tl_audit_list *list, const struct tl_audit_record *record, const struct tl_item *root)
{
	tl_json_map(json);
	tl_json_put(json, "hash", record->hash);
	if (list->personal && record->personal.len > 0)
		put_personal(json, record);
	put_tree(json, "record", root);
	tl_json_put_or_null(json, "signature", record->signature.len > 0 ? record->signature : (struct tl_str){ NULL, 0 });
	tl_json_map_end(json);
}

static void put_checkpoint(struct tl_item *map, struct tl_arena *arena, const struct tl_checkpoint *checkpoint)
{
	struct tl_item *head = tl_item_put(map, TL_STR("head"), tl_item_new(arena, TL_MAP));

	tl_item_put(head, TL_STR("chain"), tl_item_string(arena, checkpoint->chain));
	tl_item_put(head, TL_STR("hash"), tl_item_string(arena, checkpoint->hash));
	tl_item_put(head, TL_STR("seq"), tl_item_number(arena, (double)checkpoint->seq));
}

/* Keys in order, as everywhere in results. */
static struct tl_item *statement_of(struct tl_arena *arena, const struct tl_audit_list *list, const struct tl_audit_statement *statement)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);
	char digest[TL_SHA256_SIZE];

	tl_sha256_hex(digest, tl_buf_view(&list->hashes));
	tl_item_put(map, TL_STR("at"), tl_item_string(arena, tl_time_format(arena, statement->at_ms)));
	tl_item_put(map, TL_STR("by"), tl_item_string(arena, statement->by));
	tl_item_put(map, TL_STR("digest"), tl_item_string(arena, tl_arena_dup(arena, tl_str(digest))));
	put_checkpoint(map, arena, &statement->head);
	tl_item_put(map, TL_STR("records"), tl_item_number(arena, (double)list->count));
	return map;
}

static int put_signature(struct tl_json *json, const struct tl_key *key, struct tl_str bytes, struct tl_error *err)
{
	char signature[TL_SIGNATURE_SIZE], id[TL_KEY_ID_SIZE];

	tl_json_key(json, "signature");
	if (!key) {
		tl_json_null(json);
		return 0;
	}
	tl_key_id(id, key);
	tl_json_map(json);
	tl_json_put(json, "algorithm", TL_STR("Ed25519"));
	tl_json_put(json, "keyId", tl_str(id));
	if (tl_key_sign(signature, key, bytes, err) != 0)
		return -1;
	tl_json_put(json, "value", tl_str(signature));
	tl_json_map_end(json);
	return 0;
}

/* Into the map that is open. */
static int put_statement(struct tl_json *json, const struct tl_audit_list *list, const struct tl_audit_statement *statement, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_item *map = statement_of(&arena, list, statement);
	struct tl_buf bytes = { 0 };
	int ret;

	tl_json_jcs(&bytes, map);
	ret = put_signature(json, statement->key, tl_buf_view(&bytes), err);
	if (ret == 0)
		put_tree(json, "statement", map);
	tl_buf_clear(&bytes);
	tl_arena_clear(&arena);
	return ret;
}

/* ---- the list ---- */

void tl_audit_list_begin(struct tl_audit_list *list, struct tl_buf *out, enum tl_audit_format format)
{
	*list = (struct tl_audit_list){ .out = out, .format = format };
	if (format != TL_AUDIT_JSON)
		return;
	tl_json_init(&list->json, out, true);
	tl_json_map(&list->json);
	tl_json_key(&list->json, "records");
	tl_json_list(&list->json);
}

void tl_audit_list_record(struct tl_audit_list *list, const struct tl_audit_record *record, const struct tl_item *root)
{
	list->count++;
	tl_buf_str(&list->hashes, record->hash);
	tl_buf_char(&list->hashes, '\n');
	if (list->format == TL_AUDIT_TEXT) {
		add_line(list, record, root);
		return;
	}
	if (list->format == TL_AUDIT_LINES)
		tl_json_init(&list->json, list->out, false);
	put_record(&list->json, list, record, root);
	if (list->format == TL_AUDIT_LINES)
		tl_buf_char(list->out, '\n');
}

static int end_lines(struct tl_audit_list *list, const struct tl_audit_statement *statement, struct tl_error *err)
{
	int ret;

	if (!statement)
		return 0;
	tl_json_init(&list->json, list->out, false);
	tl_json_map(&list->json);
	ret = put_statement(&list->json, list, statement, err);
	if (ret != 0)
		return -1;
	tl_json_map_end(&list->json);
	tl_buf_char(list->out, '\n');
	return 0;
}

static int end_document(struct tl_audit_list *list, const struct tl_audit_statement *statement, struct tl_error *err)
{
	tl_json_list_end(&list->json);
	if (statement && put_statement(&list->json, list, statement, err) != 0)
		return -1;
	tl_json_put_integer(&list->json, "version", 1);
	tl_json_map_end(&list->json);
	tl_buf_char(list->out, '\n');
	return 0;
}

int tl_audit_list_end(struct tl_audit_list *list, const struct tl_audit_statement *statement, struct tl_error *err)
{
	int ret = 0;

	if (list->format == TL_AUDIT_JSON)
		ret = end_document(list, statement, err);
	else if (list->format == TL_AUDIT_LINES)
		ret = end_lines(list, statement, err);
	tl_buf_clear(&list->hashes);
	return ret;
}
