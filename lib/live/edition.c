/* live/edition.c: whether a flow, and all that its calls may enter, can serve live calls. */
#include "base/map.h"
#include "flow/graph.h"
#include "live/session.h"
#include "sim/library.h"

/* One flow while it is looked at. */
struct look {
	const struct tl_edition *edition;
	const struct tl_flow *flow;
	struct tl_findings *findings;
	struct tl_map languages; /* that its prompts have */
	bool *heard;             /* by prompt: was looked at */
};

static struct tl_str id_of(const struct look *look)
{
	return look->flow->id.text;
}

/* ---- prompts */

static void add_languages(struct tl_map *languages, const struct tl_wording *wordings, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (wordings[i].language.len > 0)
			tl_map_put(languages, wordings[i].language, NULL);
	}
}

static bool has_audio(const struct tl_prompt *prompt, struct tl_str language)
{
	for (uint32_t i = 0; i < prompt->n_audios; i++) {
		if (prompt->audios[i].language.len == 0 || tl_str_equal_nocase(prompt->audios[i].language, language))
			return true;
	}
	return false;
}

/* "the prompt 'NAME'", or of one without: "a prompt of 'NODE'". */
static struct tl_str prompt_name(struct tl_arena *arena, const struct tl_prompt *prompt, const struct tl_node *node)
{
	if (prompt->name.text.len > 0)
		return tl_arena_printf(arena, "the prompt '%.*s'", TL_FMT(prompt->name.text));
	return tl_arena_printf(arena, "a prompt of '%.*s'", TL_FMT(node->name.text));
}

static void look_at_prompt(struct look *look, const struct tl_node *node, uint32_t index)
{
	struct tl_source *source = &look->flow->doc->source;
	struct tl_arena arena = { 0 };
	const struct tl_prompt *prompt;
	struct tl_span span;
	struct tl_str name;

	if (index == TL_NONE || look->heard[index])
		return;
	look->heard[index] = true;
	prompt = &look->flow->prompts[index];
	span = prompt->name.text.len > 0 ? prompt->name.span : prompt->span;
	name = prompt_name(&arena, prompt, node);
	if (prompt->n_audios == 0)
		tl_findings_help(look->findings,
		                 tl_findings_add(look->findings, source, span, TL_ERROR, "missing-audio", "%.*s of flow '%.*s' has no audio", TL_FMT(name), TL_FMT(id_of(look))),
		                 "a live call plays audio: nobody reads a text out to the caller");
	for (size_t i = 0; i < look->languages.count && prompt->n_audios > 0; i++) {
		if (!has_audio(prompt, look->languages.entries[i].key))
			tl_findings_add(look->findings, source, span, TL_ERROR, "missing-audio", "%.*s of flow '%.*s' has no audio in '%.*s', which other prompts here have",
			                TL_FMT(name), TL_FMT(id_of(look)), TL_FMT(look->languages.entries[i].key));
	}
	tl_arena_clear(&arena);
}

static void look_at_prompts(struct look *look, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(look->flow, node);

	if (node->op != TL_SAY && node->op != TL_MENU && node->op != TL_GATHER)
		return;
	look_at_prompt(look, node, node->prompt);
	for (uint32_t i = 0; i < node->n_more_prompts; i++)
		look_at_prompt(look, node, node->more_prompts[i]);
	if (node->op == TL_SAY)
		return;
	if (node->ask.no_input.retries > 0)
		look_at_prompt(look, node, node->ask.no_input.prompt);
	if (node->ask.no_match.retries > 0)
		look_at_prompt(look, node, node->ask.no_match.prompt);
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_CHOICE && !outcomes[i].disabled)
			look_at_prompt(look, node, outcomes[i].prompt);
	}
}

/* ---- what nobody hears or answers */

static void look_at_input(struct look *look, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(look->flow, node);
	struct tl_source *source = &look->flow->doc->source;

	if (node->op == TL_GATHER && !(node->accept & TL_ACCEPT_DTMF))
		tl_findings_add(look->findings, source, node->name.span, TL_WARNING, "wrong-channel", "'%.*s' takes no keys: a live call has nothing else to give it",
		                TL_FMT(node->name.text));
	for (uint32_t i = 0; i < node->n_outcomes && node->op == TL_MENU; i++) {
		if (outcomes[i].role == TL_R_CHOICE && outcomes[i].key.len == 0)
			tl_findings_add(look->findings, source, outcomes[i].span, TL_WARNING, "wrong-channel", "'%.*s' of '%.*s' has no key: nobody hears what a live caller says",
			                TL_FMT(outcomes[i].name), TL_FMT(node->name.text));
	}
}

static void look_at_request(struct look *look, const struct tl_node *node)
{
	const struct tl_project *project = look->edition->project;
	struct tl_source *source = &look->flow->doc->source;
	struct tl_str subject = node->subject ? node->subject->value.text : (struct tl_str){ 0 };

	if (node->op != TL_INVOKE || node->service == TL_SERVICE_PROFILE)
		return;
	if (node->service != TL_SERVICE_HOURS)
		tl_findings_add(look->findings, source, node->name.span, TL_WARNING, "unsupported", "'%.*s' asks for '%.*s', which live calls cannot ask: it takes 'failed'",
		                TL_FMT(node->name.text), TL_FMT(subject));
	else if (!project || !tl_project_schedule(project, subject))
		tl_findings_add(look->findings, source, node->subject ? node->subject->span : node->name.span, TL_ERROR, "unknown-schedule",
		                "the project file has no schedule '%.*s', which '%.*s' asks for", TL_FMT(subject), TL_FMT(node->name.text));
}

/* ---- flows */

/* The flow that a node enters joins those that are looked at. */
static void follow(struct look *look, const struct tl_node *node, struct tl_map *flows)
{
	const struct tl_program *program = &look->edition->program;
	struct tl_str id = node->subject ? node->subject->value.text : (struct tl_str){ 0 };
	const struct tl_flow *callee;
	struct tl_map_entry *entry;
	bool made;

	if (node->op != TL_CALL || node->callee != TL_NONE)
		return;
	callee = program->find ? program->find(program->data, id) : NULL;
	if (!callee) {
		tl_findings_add(look->findings, &look->flow->doc->source, node->subject ? node->subject->span : node->name.span, TL_ERROR, "unknown-flow",
		                "there is no flow '%.*s', which '%.*s' enters", TL_FMT(id), TL_FMT(node->name.text));
		return;
	}
	entry = tl_map_put(flows, callee->id.text, &made);
	if (made)
		entry->value.ptr = (void *)(uintptr_t)callee;
}

static void look_at_nodes(struct look *look, struct tl_map *flows)
{
	struct tl_arena arena = { 0 };
	bool *reached = TL_ARENA_ARRAY(&arena, bool, look->flow->n_nodes + 1);

	look->heard = TL_ARENA_ARRAY(&arena, bool, look->flow->n_prompts + 1);
	for (uint32_t i = 0; i < look->flow->n_prompts; i++) {
		add_languages(&look->languages, look->flow->prompts[i].texts, look->flow->prompts[i].n_texts);
		add_languages(&look->languages, look->flow->prompts[i].audios, look->flow->prompts[i].n_audios);
	}
	tl_graph_reach(look->flow, reached, NULL);
	for (uint32_t i = 0; i < look->flow->n_nodes; i++) {
		const struct tl_node *node = &look->flow->nodes[i];

		if (!reached[i])
			continue;
		look_at_prompts(look, node);
		look_at_input(look, node);
		look_at_request(look, node);
		follow(look, node, flows);
	}
	tl_map_clear(&look->languages);
	tl_arena_clear(&arena);
}

int tl_edition_check(const struct tl_edition *edition, struct tl_findings *findings)
{
	const struct tl_flow *start = edition->program.flow;
	size_t errors = tl_findings_count(findings, TL_ERROR);
	struct tl_map flows = { 0 };

	tl_map_put(&flows, start->id.text, NULL)->value.ptr = (void *)(uintptr_t)start;
	for (size_t i = 0; i < flows.count; i++) {
		struct look look = { .edition = edition, .flow = flows.entries[i].value.ptr, .findings = findings };

		if (look.flow->channel != TL_VOICE)
			tl_findings_add(findings, &look.flow->doc->source, look.flow->id.span, TL_ERROR, "wrong-channel", "the flow '%.*s' is for messages: live calls are voice",
			                TL_FMT(id_of(&look)));
		if (tl_flow_runs(look.flow, findings))
			look_at_nodes(&look, &flows);
	}
	tl_map_clear(&flows);
	return tl_findings_count(findings, TL_ERROR) > errors ? -1 : 0;
}
