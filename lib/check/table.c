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

static bool is_off(const struct tl_project *project, const char *rule)
{
	const struct tl_rule_level *level = level_of(project, rule);

	return level && level->level == TL_RULE_OFF;
}

bool tl_check_is_off(const struct tl_check_options *options, const struct tl_rule *rule)
{
	return !rule->fixed && is_off(options->project, rule->id) && (!options->base || is_off(options->base, rule->id));
}

/* The level of a finding by what a project says, or TL_RULE_OFF. */
static int level_by(const struct tl_project *project, const struct tl_finding *finding)
{
	const struct tl_rule_level *level = level_of(project, finding->rule);

	return level ? level->level : (int)finding->level;
}

void tl_check_set_levels_held(struct tl_findings *findings, bool *held, const struct tl_check_options *options)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		struct tl_finding finding = findings->items[i];
		int own = level_by(options->project, &finding), base = options->base ? level_by(options->base, &finding) : TL_RULE_OFF;
		int level = own > base ? own : base;

		if (level == TL_RULE_OFF)
			continue;
		finding.level = (enum tl_level)level;
		if (held)
			held[kept] = base == TL_ERROR;
		findings->items[kept++] = finding;
	}
	findings->count = kept;
}

void tl_check_set_levels(struct tl_findings *findings, const struct tl_check_options *options)
{
	tl_check_set_levels_held(findings, NULL, options);
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
