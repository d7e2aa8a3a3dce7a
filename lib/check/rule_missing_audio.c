/* check/rule_missing_audio.c: audio files that prompts name and the repository does not have. */
#include "check/rules.h"

/* Somewhere else, or named only at run time or by the environment. */
static bool is_elsewhere(struct tl_str path)
{
	return path.len == 0 || tl_str_find(path, TL_STR("://"), 0) != SIZE_MAX || tl_str_find(path, TL_STR("${"), 0) != SIZE_MAX;
}

static void check_audio(struct tl_check *check, const struct tl_prompt *prompt, const struct tl_wording *audio)
{
	const struct tl_flow_set *set = check->set;
	struct tl_finding *finding;
	struct tl_str path;

	if (!audio->text || audio->text->kind != TL_E_LITERAL || audio->text->value.type != TL_V_STRING)
		return;
	path = audio->text->value.text;
	if (is_elsewhere(path) || set->exists(set->data, path))
		return;
	finding = tl_check_say_at(check, prompt->n_texts > 0 ? TL_WARNING : TL_ERROR, audio->span, "there is no audio file '%.*s'", TL_FMT(path));
	tl_findings_help(check->findings, finding, "paths of audio start at the root of the repository");
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	if (flow->dialect != TL_DIALECT_NATIVE || !check->set->exists)
		return;
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		for (uint32_t j = 0; j < flow->prompts[i].n_audios; j++)
			check_audio(check, &flow->prompts[i], &flow->prompts[i].audios[j]);
	}
}

const struct tl_rule tl_rule_missing_audio = {
	.id = "missing-audio",
	.level = TL_ERROR,
	.summary = "a prompt names an audio file that is not there",
	.explain = "The path starts at the root of the repository, and the file must be in what is checked: with --staged, in the index. Where the prompt has a\n"
	           "text, too, the finding is a warning. Addresses (https://…) are not looked at.\n",
	.bad = "flow: line\nchannel: voice\nstart: hi\nprompts: {welcome: {audio: prompts/welcome.wav}}\nnodes:\n"
	       "  hi: {type: play, prompt: welcome, next: bye}\n  bye: {type: end}\n",
	.good = "# file: prompts/welcome.wav\nRIFF\n# file: line.flow.yaml\nflow: line\nchannel: voice\nstart: hi\n"
	        "prompts: {welcome: {audio: prompts/welcome.wav}}\nnodes:\n  hi: {type: play, prompt: welcome, next: bye}\n  bye: {type: end}\n",
	.local = local,
};
