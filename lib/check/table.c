/* check/table.c: the table of rules, and what a project says of them. */
#include "check/run.h"

#include "base/text.h"
#include "check/rules.h"

#define ROW(name) &tl_rule_##name,
const struct tl_rule *const tl_rule_table[] = { TL_RULES(ROW) };
#undef ROW
const size_t tl_rule_count = TL_COUNT(tl_rule_table);

const struct tl_rule *tl_rule_find(struct tl_str id)
{
	for (size_t i = 0; i < tl_rule_count; i++) {
		if (tl_str_is(id, tl_rule_table[i]->id))
			return tl_rule_table[i];
	}
	return NULL;
}

struct tl_str tl_rule_nearest(struct tl_str id)
{
	struct tl_str names[TL_COUNT(tl_rule_table)];

	for (size_t i = 0; i < tl_rule_count; i++)
		names[i] = tl_str(tl_rule_table[i]->id);
	return tl_text_nearest(id, names, tl_rule_count);
}

static const struct tl_rule_level *level_of(const struct tl_project *project, const char *rule)
{
	for (uint32_t i = 0; i < project->n_rules; i++) {
		if (tl_str_is(project->rules[i].rule, rule))
			return &project->rules[i];
	}
	return NULL;
}

bool tl_check_is_off(const struct tl_project *project, const struct tl_rule *rule)
{
	const struct tl_rule_level *level = level_of(project, rule->id);

	return level && level->level == TL_RULE_OFF && !rule->fixed;
}

void tl_check_set_levels(struct tl_findings *findings, const struct tl_project *project)
{
	size_t kept = 0;

	if (project->n_rules == 0)
		return;
	for (size_t i = 0; i < findings->count; i++) {
		struct tl_finding finding = findings->items[i];
		const struct tl_rule_level *level = level_of(project, finding.rule);

		if (level && level->level == TL_RULE_OFF)
			continue;
		if (level)
			finding.level = (enum tl_level)level->level;
		findings->items[kept++] = finding;
	}
	findings->count = kept;
}

int tl_check_levels(const struct tl_project *project, struct tl_error *err)
{
	for (uint32_t i = 0; i < project->n_rules; i++) {
		const struct tl_rule_level *level = &project->rules[i];
		const struct tl_rule *rule = tl_rule_find(level->rule);
		struct tl_place place = tl_source_place(&project->doc->source, level->span);
		struct tl_str near = tl_rule_nearest(level->rule);

		if (rule && !rule->fixed)
			continue;
		if (rule)
			return tl_error_set(err, TL_USAGE, "%.*s:%u:%u: the level of the rule '%s' cannot be set", TL_FMT(project->path), place.line,
			                    place.column, rule->id);
		return tl_error_set(err, TL_USAGE, "%.*s:%u:%u: there is no rule '%.*s'%s%.*s%s", TL_FMT(project->path), place.line, place.column,
		                    TL_FMT(level->rule), near.len > 0 ? ", did you mean '" : "", TL_FMT(near), near.len > 0 ? "'?" : "");
	}
	return 0;
}
