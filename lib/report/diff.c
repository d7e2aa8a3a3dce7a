/* report/diff.c: the table of formats, and what the formats for people say alike. */
#include "report/diff.h"

#include <ctype.h>

#include "base/text.h"
#include "doc/json.h"

static const struct tl_diff_format *const format_table[] = {
	&tl_diff_format_text,
	&tl_diff_format_json,
	&tl_diff_format_markdown,
};

const struct tl_diff_format *tl_diff_format(struct tl_str name)
{
	for (size_t i = 0; i < TL_COUNT(format_table); i++) {
		if (tl_str_is(name, format_table[i]->name))
			return format_table[i];
	}
	return NULL;
}

void tl_diff_formats(struct tl_buf *out)
{
	for (size_t i = 0; i < TL_COUNT(format_table); i++)
		tl_buf_printf(out, "%s%s", i > 0 ? ", " : "", format_table[i]->name);
}

/* ---- values */

static void add_json(struct tl_buf *out, const struct tl_item *item)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_item(&json, item);
}

static void add_condition(struct tl_buf *out, const struct tl_item *condition, bool inner);

/* Parts of all and any, joined. */
static void add_joined(struct tl_buf *out, const struct tl_item *parts, const char *word, bool inner)
{
	tl_buf_text(out, inner && parts->count > 1 ? "(" : "");
	for (const struct tl_item *part = parts->first; part; part = part->next) {
		tl_buf_text(out, part == parts->first ? "" : word);
		add_condition(out, part, true);
	}
	tl_buf_text(out, inner && parts->count > 1 ? ")" : "");
}

/* "tier equals "gold"", "tier is not set" */
static void add_comparison(struct tl_buf *out, struct tl_str variable, const struct tl_item *right)
{
	tl_buf_str(out, variable);
	if (tl_str_is(right->key, "is_set") && right->kind == TL_BOOLEAN) {
		tl_buf_text(out, right->boolean ? " is set" : " is not set");
		return;
	}
	tl_buf_char(out, ' ');
	for (size_t i = 0; i < right->key.len; i++)
		tl_buf_char(out, right->key.ptr[i] == '_' ? ' ' : right->key.ptr[i]);
	tl_buf_char(out, ' ');
	add_json(out, right);
}

/* {variable: tier, equals: gold} as "tier equals gold". Recursion is bounded by the readers' depth. */
static void add_condition(struct tl_buf *out, const struct tl_item *condition, bool inner)
{
	const struct tl_item *variable = tl_item_get(condition, "variable"), *part = condition->first;

	if (condition->kind != TL_MAP || !part) {
		add_json(out, condition);
	} else if (variable && variable->kind == TL_STRING && condition->count == 2) {
		add_comparison(out, variable->text, part == variable ? part->next : part);
	} else if (part->kind == TL_LIST && part->count > 0 && (tl_str_is(part->key, "all") || tl_str_is(part->key, "any"))) {
		add_joined(out, part, tl_str_is(part->key, "all") ? " and " : " or ", inner);
	} else if (tl_str_is(part->key, "not")) {
		tl_buf_text(out, "not ");
		add_condition(out, part, true);
	} else if (tl_str_is(part->key, "exp") && part->kind == TL_STRING) {
		tl_buf_str(out, part->text);
	} else {
		add_json(out, condition);
	}
}

/* A text that could be taken for something else, or of which one would not see where it ends. */
static bool needs_quotes(struct tl_str text)
{
	double number;

	if (text.len == 0 || text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ' || text.ptr[0] == '"' || text.ptr[0] == '{' || text.ptr[0] == '[')
		return true;
	return tl_str_is(text, "true") || tl_str_is(text, "false") || tl_str_is(text, "null") || tl_str_is(text, "nothing") ||
	       tl_text_number_parse(&number, text);
}

void tl_diff_value(struct tl_buf *out, const struct tl_item *item)
{
	if (!item)
		tl_buf_text(out, "nothing");
	else if (item->kind == TL_STRING && !needs_quotes(item->text))
		tl_buf_str(out, item->text);
	else if (tl_str_is(item->key, "when"))
		add_condition(out, item, false);
	else
		add_json(out, item);
}

/* ---- names */

/* As platforms make them: 8-4-4-4-12. */
static bool is_uuid(struct tl_str text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < text.len && text.len == sizeof(shape) - 1; i++) {
		if (shape[i] == '-' ? text.ptr[i] != '-' : !isxdigit((unsigned char)text.ptr[i]))
			return false;
	}
	return text.len == sizeof(shape) - 1;
}

struct tl_str tl_diff_title(const struct tl_flow_change *flow)
{
	const struct tl_item *tree = flow->after ? flow->after : flow->before;

	return is_uuid(flow->flow) && tree ? tl_item_text(tree, "name") : (struct tl_str){ NULL, 0 };
}

/* ---- counts */

void tl_diff_counts(struct tl_buf *out, const struct tl_flow_change *flow)
{
	static const enum tl_difference order[] = { TL_DIFFERENT, TL_NEW, TL_GONE, TL_RENAMED, TL_MOVED };
	const char *noun = " node";

	for (size_t i = 0; i < TL_COUNT(order); i++) {
		size_t count = 0;

		for (size_t n = 0; n < flow->n_nodes; n++)
			count += flow->nodes[n].change == order[i];
		if (count == 0)
			continue;
		/* The noun stands once, with the first number. */
		tl_buf_printf(out, "%s%zu%s%s %s", noun[0] ? "" : ", ", count, noun, noun[0] && count > 1 ? "s" : "", tl_difference_name(order[i]));
		noun = "";
	}
}
