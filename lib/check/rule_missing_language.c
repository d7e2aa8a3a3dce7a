/* check/rule_missing_language.c: prompts that lack a language which others of the flow have. */
#include "check/rules.h"

static bool has_language(const struct tl_prompt *prompt, struct tl_str language)
{
	for (uint32_t i = 0; i < prompt->n_texts; i++) {
		if (prompt->texts[i].language.len == 0 || tl_str_equal(prompt->texts[i].language, language))
			return true;
	}
	for (uint32_t i = 0; i < prompt->n_audios; i++) {
		if (prompt->audios[i].language.len == 0 || tl_str_equal(prompt->audios[i].language, language))
			return true;
	}
	return prompt->n_texts + prompt->n_audios == 0;
}

static void add_languages(struct tl_map *languages, const struct tl_wording *wordings, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (wordings[i].language.len > 0)
			tl_map_put(languages, wordings[i].language, NULL);
	}
}

static void check_prompt(struct tl_check *check, const struct tl_prompt *prompt, const struct tl_map *languages)
{
	for (size_t i = 0; i < languages->count; i++) {
		struct tl_str language = languages->entries[i].key;
		struct tl_span span = prompt->name.text.len > 0 ? prompt->name.span : prompt->span;

		if (!has_language(prompt, language))
			tl_check_say(check, span, "the prompt%s%.*s%s has no '%.*s', which other prompts here have", prompt->name.text.len > 0 ? " '" : "",
			             TL_FMT(prompt->name.text), prompt->name.text.len > 0 ? "'" : "", TL_FMT(language));
	}
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	struct tl_map languages = { 0 };

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		add_languages(&languages, flow->prompts[i].texts, flow->prompts[i].n_texts);
		add_languages(&languages, flow->prompts[i].audios, flow->prompts[i].n_audios);
	}
	for (uint32_t i = 0; i < flow->n_prompts && languages.count > 1; i++)
		check_prompt(check, &flow->prompts[i], &languages);
	tl_map_clear(&languages);
}

const struct tl_rule tl_rule_missing_language = {
	.id = "missing-language",
	.level = TL_WARNING,
	.summary = "a prompt lacks a language that other prompts of the flow have",
	.explain = "A caller whose language a prompt does not have hears its first one. A prompt with one text or audio for all languages is left alone.\n",
	.bad = "flow: line\nchannel: voice\nstart: hi\nprompts:\n  welcome: {text: {en-us: Welcome., de-de: Willkommen.}}\n  goodbye: {text: {en-us: Goodbye.}}\n"
	       "nodes:\n  hi: {type: play, prompt: welcome, next: bye}\n  bye: {type: play, prompt: goodbye, next: over}\n  over: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: hi\nprompts:\n  welcome: {text: {en-us: Welcome., de-de: Willkommen.}}\n"
	        "  goodbye: {text: {en-us: Goodbye., de-de: Auf Wiedersehen.}}\nnodes:\n  hi: {type: play, prompt: welcome, next: bye}\n"
	        "  bye: {type: play, prompt: goodbye, next: over}\n  over: {type: end}\n",
	.local = local,
};
