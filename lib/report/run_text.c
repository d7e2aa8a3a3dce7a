/* report/run_text.c: one call for a person: what was said, heard, set and decided, with the clock. */
#include "base/text.h"
#include "report/simulate.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"
#define MARGIN "            "

/* Milliseconds as seconds with three digits. */
static void add_clock(struct tl_buf *out, int64_t ms)
{
	tl_buf_printf(out, "%5lld.%03llds", (long long)(ms / 1000), (long long)(ms % 1000));
}

static void add_value(struct tl_buf *out, const struct tl_changed *variable)
{
	struct tl_buf json = { 0 };

	if (variable->sensitive)
		tl_buf_text(&json, TL_MASK);
	else
		tl_value_json(&json, &variable->value);
	tl_text_safe(out, tl_buf_view(&json));
	tl_buf_clear(&json);
}

static void add_head(struct tl_buf *out, const struct tl_visit *visit, int indent)
{
	add_clock(out, visit->at_ms);
	tl_buf_printf(out, "  %*s", indent, "");
	tl_text_safe(out, visit->node->name.text);
	tl_buf_printf(out, " (%.*s)", TL_FMT(visit->node->type));
	if (visit->outcome) {
		tl_buf_printf(out, " -> %.*s", TL_FMT(visit->outcome->name));
		tl_buf_text(out, visit->outcome->target.name.text.len > 0 ? ": " : "");
		tl_text_safe(out, visit->outcome->target.name.text);
	}
	tl_buf_char(out, '\n');
}

static void add_prompt(struct tl_buf *out, const struct tl_said *prompt, int indent)
{
	tl_buf_printf(out, MARGIN "%*ssays ", indent, "");
	tl_text_safe(out, prompt->shown);
	tl_buf_char(out, '\n');
}

static void add_try(struct tl_buf *out, const struct tl_try *attempt, int indent)
{
	tl_buf_printf(out, MARGIN "%*shears ", indent, "");
	if (attempt->has_input)
		tl_text_safe(out, attempt->input);
	else
		tl_buf_text(out, "nothing");
	tl_buf_printf(out, ": %s\n", tl_attempt_name(attempt->result));
}

static void add_changed(struct tl_buf *out, const struct tl_changed *changed, int indent)
{
	tl_buf_printf(out, MARGIN "%*ssets %.*s = ", indent, "", TL_FMT(changed->name));
	add_value(out, changed);
	tl_buf_char(out, '\n');
}

static void add_visit(struct tl_buf *out, const struct tl_run *run, size_t index, size_t *next_prompt)
{
	const struct tl_visit *visit = &run->visits[index];
	int indent = 2 * (int)visit->depth;

	add_head(out, visit, indent);
	for (; *next_prompt < run->n_prompts && run->prompts[*next_prompt].visit == index; (*next_prompt)++)
		add_prompt(out, &run->prompts[*next_prompt], indent);
	for (size_t i = 0; i < visit->n_tries; i++)
		add_try(out, &visit->tries[i], indent);
	for (size_t i = 0; i < visit->n_changed; i++)
		add_changed(out, &visit->changed[i], indent);
}

static void add_end(struct tl_buf *out, const struct tl_run *run, bool color)
{
	bool good = run->status == TL_COMPLETED;

	add_clock(out, run->duration_ms);
	tl_buf_printf(out, "  %s%s%s", color ? good ? GREEN : RED : "", tl_status_name(run->status), color ? PLAIN : "");
	if (run->transfer_kind.ptr) {
		tl_buf_printf(out, ": transfer to %.*s ", TL_FMT(run->transfer_kind));
		tl_text_safe(out, run->transfer.shown);
	}
	if (run->exit.ptr)
		tl_buf_printf(out, ": exit %.*s", TL_FMT(run->exit));
	if (run->error) {
		tl_buf_printf(out, ": %s: ", run->error);
		tl_text_safe(out, run->error_message);
	}
	tl_buf_printf(out, " (%llu %s)\n", (unsigned long long)run->steps, run->steps == 1 ? "step" : "steps");
}

/* One run for a person: what was said, heard, set and decided, with the clock. */
static void put_run(struct tl_buf *out, const struct tl_run *run, bool color)
{
	size_t next_prompt = 0;

	for (size_t i = 0; i < run->n_visits; i++)
		add_visit(out, run, i, &next_prompt);
	add_end(out, run, color);
	for (size_t i = 0; i < run->n_variables; i++) {
		tl_buf_printf(out, MARGIN "%.*s = ", TL_FMT(run->variables[i].name));
		add_value(out, &run->variables[i]);
		tl_buf_char(out, '\n');
	}
}

/* ---- the format `trace` */

static void one(struct tl_simulate_report *report, const struct tl_case_result *result)
{
	tl_text_safe(report->out, result->given.id);
	tl_buf_char(report->out, '\n');
	if (!tl_case_was_run(result)) {
		tl_buf_text(report->out, result->skipped.len > 0 ? "    skipped: " : "    undone: ");
		tl_text_safe(report->out, result->skipped.len > 0 ? result->skipped : result->undone);
		tl_buf_char(report->out, '\n');
		return;
	}
	put_run(report->out, &result->run, report->color);
	for (size_t i = 0; i < result->failures.count; i++)
		tl_simulate_failure_text(report, &result->failures.items[i]);
	if (report->analysis)
		tl_analysis_text(report->out, result);
}

const struct tl_simulate_format tl_simulate_trace = { "trace", false, NULL, NULL, one, NULL, NULL };
