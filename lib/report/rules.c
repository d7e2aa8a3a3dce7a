/* report/rules.c: --list-rules and --explain. */
#include "report/rules.h"

void tl_rules_list(struct tl_buf *out)
{
	size_t width = 0;

	for (size_t i = 0; i < tl_rule_count; i++) {
		size_t len = strlen(tl_rule_table[i]->id);

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < tl_rule_count; i++) {
		const struct tl_rule *rule = tl_rule_table[i];

		tl_buf_printf(out, "%-*s  %-7s  %s\n", (int)width, rule->id, tl_level_name(rule->level), rule->summary);
	}
}

/* Each line of an example, four blanks in; "# file: NAME" becomes a heading. */
static void add_example(struct tl_buf *out, const char *heading, const char *example)
{
	struct tl_str text = tl_str(example);
	size_t at = 0;

	tl_buf_printf(out, "\n%s\n", heading);
	while (at < text.len) {
		size_t end = tl_str_find(text, TL_STR("\n"), at);
		struct tl_str line = tl_str_slice(text, at, end == SIZE_MAX ? text.len : end);

		if (tl_str_starts(line, TL_STR("# file: ")))
			tl_buf_printf(out, "%s  %.*s\n", at > 0 ? "\n" : "", TL_FMT(tl_str_slice(line, 8, line.len)));
		else
			tl_buf_printf(out, "%s%.*s\n", line.len > 0 ? "    " : "", TL_FMT(line));
		at = end == SIZE_MAX ? text.len : end + 1;
	}
}

void tl_rule_explain(struct tl_buf *out, const struct tl_rule *rule)
{
	tl_buf_printf(out, "%s: %s\n\n%s", rule->id, rule->summary, rule->explain);
	tl_buf_printf(out, "\nLevel: %s. %s\n", tl_level_name(rule->level),
	              rule->fixed ? "It cannot be set, and findings cannot be ignored."
	                          : "It can be set under 'rules' in trunkline.yaml, and a finding ignored by '# flow-ignore: RULE: REASON'.");
	if (rule->bad)
		add_example(out, "A finding:", rule->bad);
	if (rule->good)
		add_example(out, "None:", rule->good);
}
