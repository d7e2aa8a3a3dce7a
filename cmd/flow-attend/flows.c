/* cmd/flow-attend/flows.c: getting a version, judging it, and getting the next one. */
#include "flow-attend/flows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/findings.h"

bool flows_is_file(const char *name)
{
	static const char *const end_table[] = { ".yaml", ".yml", ".json" };
	struct tl_str text = tl_str(name);

	for (size_t i = 0; i < TL_COUNT(end_table); i++) {
		if (tl_str_ends(text, tl_str(end_table[i])))
			return true;
	}
	return strchr(name, '/') != NULL;
}

/* ---- of a file */

/* What a version of files is read by, and lives in. */
struct reading {
	struct tl_command command; /* a copy, with an error and memory of its own */
	struct tl_workset workset;
	struct tl_lower lower;
	struct tl_findings findings;
	struct tl_library *library;
};

static void close_reading(void *data)
{
	struct reading *reading = data;

	tl_workset_clear(&reading->workset);
	tl_findings_clear(&reading->findings);
	tl_arena_clear(&reading->command.arena);
	free(reading);
}

static size_t chosen_file(const struct tl_workset *workset)
{
	size_t i = 0;

	while (i < workset->flows.count && !workset->flows.files[i].chosen)
		i++;
	return i;
}

/* The flow that the file holds, ready for calls; *flow NULL where it cannot run, and the findings say why. */
static int read_flow(const struct tl_flow **flow, struct reading *reading, struct tl_findings *problems, const char *name, struct tl_error *err)
{
	const char *operand[] = { name };
	struct tl_option_list operands = { operand, 1 };
	size_t file;

	*flow = NULL;
	if (tl_workset_open(&reading->workset, &reading->command, &operands) != 0)
		return tl_error_set(err, reading->command.err.code, "%s", reading->command.err.message);
	file = chosen_file(&reading->workset);
	if (file == reading->workset.flows.count)
		return tl_error_set(err, TL_USAGE, "'%s' holds no flow", name);
	reading->lower = reading->workset.lower;
	reading->lower.findings = &reading->findings;
	reading->library = tl_library_new(&reading->workset.flows, &reading->lower);
	return tl_library_get_file(flow, reading->library, file, problems, err);
}

/* *out NULL where the flow cannot run. */
static int edition_of_file(struct tl_edition **out, struct flows *flows, struct tl_findings *problems, struct tl_error *err)
{
	struct reading *reading = tl_alloc_zero(1, sizeof(*reading));
	const struct tl_flow *flow;
	int ret;

	*out = NULL;
	reading->command = *flows->command;
	reading->command.arena = (struct tl_arena){ 0 };
	ret = read_flow(&flow, reading, problems, flows->name, err);
	tl_findings_append(problems, &reading->findings);
	if (ret == 0 && flow && tl_findings_count(&reading->findings, TL_ERROR) == 0) {
		*out = tl_edition_of_files(&flows->origin, reading->library, flow, close_reading, reading);
		return 0;
	}
	tl_library_free(reading->library);
	close_reading(reading);
	return ret;
}

/* ---- judging */

void flows_say(const struct tl_command *command, struct tl_findings *problems)
{
	struct tl_buf text = { 0 };

	tl_findings_sort(problems);
	tl_findings_text(&text, problems, command->color_errors);
	if (text.len > 0)
		fputs(text.data, stderr);
	tl_buf_clear(&text);
}

/* Whether it can serve calls; what is said of a version that cannot is in `problems`. */
static bool can_serve(const struct tl_edition *edition, struct tl_findings *problems)
{
	tl_edition_check(edition, problems);
	return tl_findings_count(problems, TL_ERROR) == 0;
}

/* Audio that only has a path is nowhere without a base. */
static void warn_of_audio(const struct flows *flows, const struct tl_edition *edition)
{
	const struct tl_flow *flow;

	if (edition->audio_base.len > 0 || flows->played_here)
		return;
	for (size_t i = 0; (flow = tl_edition_flow(edition, i)) != NULL; i++) {
		for (uint32_t j = 0; j < flow->n_prompts; j++) {
			const struct tl_prompt *prompt = &flow->prompts[j];

			if (prompt->n_audios == 0 || tl_str_find(prompt->audios[0].text->value.text, TL_STR("://"), 0) != SIZE_MAX)
				continue;
			tl_command_say(flows->command, "the environment '%.*s' has no 'audio_base': the platform is asked to play '%.*s' as it is",
			               TL_FMT(flows->origin.environment->name), TL_FMT(prompt->audios[0].text->value.text));
			return;
		}
	}
}

int flows_open(struct tl_edition **out, struct flows *flows, struct tl_command *command, const struct tl_deployment *deployment, const char *name, int64_t max_time_ms)
{
	struct tl_findings problems = { .items = NULL };
	int ret;

	flows->command = command;
	flows->name = name;
	flows->of_file = flows_is_file(name);
	flows->lower.limits = command->project->limits;
	flows->origin = (struct tl_edition_origin){
		.project = command->project, .environment = command->environment, .max_time_ms = max_time_ms, .platform = deployment->platform,
		.ledger = deployment->ledger, .clock = &command->clock, .lower = &flows->lower, .name = tl_str(name),
	};
	ret = flows->of_file ? edition_of_file(out, flows, &problems, &command->err) : tl_edition_deployed(out, &flows->origin, NULL, &command->err);
	if (ret == 0 && (!*out || !can_serve(*out, &problems))) {
		tl_edition_free(*out ? (*out)->owner : NULL);
		*out = NULL;
		ret = 1;
	}
	flows_say(flows->command, &problems);
	tl_findings_clear(&problems);
	if (ret == 0)
		warn_of_audio(flows, *out);
	flows->present = *out;
	return ret;
}

/* ---- the next one */

/* The same trouble is said once. */
static void say_once(struct flows *flows, struct tl_findings *problems, struct tl_str why)
{
	if (tl_str_equal(flows->said, why))
		return;
	if (problems)
		flows_say(flows->command, problems);
	tl_command_say(flows->command, "calls go on with the version that there is: %.*s", TL_FMT(why));
	free((char *)(uintptr_t)flows->said.ptr);
	flows->said = (struct tl_str){ tl_strdup(why.ptr), why.len };
}

static void forget_said(struct flows *flows)
{
	free((char *)(uintptr_t)flows->said.ptr);
	flows->said = (struct tl_str){ NULL, 0 };
}

/* All that the findings say, as one text, to be told from the next. */
static void join(struct tl_buf *out, const struct tl_findings *problems)
{
	const struct tl_finding *first = NULL;

	for (size_t i = 0; i < problems->count && !first; i++) {
		if (problems->items[i].level == TL_ERROR)
			first = &problems->items[i];
	}
	tl_buf_printf(out, "the new one cannot serve (%zu error%s", tl_findings_count(problems, TL_ERROR), tl_findings_count(problems, TL_ERROR) == 1 ? "" : "s");
	if (first)
		tl_buf_printf(out, ", the first: %.*s", TL_FMT(first->message));
	tl_buf_char(out, ')');
}

static void take(struct flows *flows, struct tl_edition *edition, struct tl_findings *problems)
{
	struct tl_buf why = { 0 };

	if (edition && flows->of_file && tl_edition_is_same(edition, flows->present)) {
		forget_said(flows);
		tl_edition_free(edition->owner);
		return;
	}
	if (edition && can_serve(edition, problems)) {
		forget_said(flows);
		flows->present = edition;
		flows->changed(flows->data, edition);
		return;
	}
	tl_edition_free(edition ? edition->owner : NULL);
	join(&why, problems);
	say_once(flows, problems, tl_buf_view(&why));
	tl_buf_clear(&why);
}

static void look_up(struct tl_help *help)
{
	struct flows *flows = (struct flows *)(void *)((char *)help - offsetof(struct flows, help));

	flows->err = (struct tl_error){ 0 };
	flows->status = tl_edition_deployed(&flows->next, &flows->origin, flows->present, &flows->err);
}

static void looked_up(struct tl_help *help)
{
	struct flows *flows = (struct flows *)(void *)((char *)help - offsetof(struct flows, help));
	struct tl_findings problems = { .items = NULL };

	flows->looking = false;
	if (!help->worked)
		return;
	if (flows->status != 0)
		say_once(flows, NULL, tl_str(flows->err.message));
	else if (flows->next)
		take(flows, flows->next, &problems);
	else
		forget_said(flows);
	flows->next = NULL;
	tl_findings_clear(&problems);
}

static void look_at_file(struct flows *flows)
{
	struct tl_findings problems = { .items = NULL };
	struct tl_edition *edition;
	struct tl_error err = { 0 };

	if (edition_of_file(&edition, flows, &problems, &err) != 0)
		say_once(flows, &problems, tl_str(err.message));
	else
		take(flows, edition, &problems);
	tl_findings_clear(&problems);
}

int flows_watch(struct flows *flows, struct tl_loop *loop, void (*changed)(void *data, struct tl_edition *edition), void *data)
{
	flows->changed = changed;
	flows->data = data;
	return tl_helpers_open(&flows->helpers, loop, 1, &flows->command->err);
}

void flows_look(struct flows *flows)
{
	if (flows->looking)
		return;
	if (flows->of_file) {
		look_at_file(flows);
		return;
	}
	flows->looking = true;
	flows->help = (struct tl_help){ .work = look_up, .done = looked_up };
	tl_helpers_do(flows->helpers, &flows->help);
}

void flows_close(struct flows *flows)
{
	tl_helpers_close(flows->helpers);
	flows->helpers = NULL;
	tl_edition_free(flows->next ? flows->next->owner : NULL);
	forget_said(flows);
}
