/* report/deploy_text.c: plans, applies, environments and deployments for a person: what matters first, then a line a flow. */
#include <inttypes.h>

#include "base/text.h"
#include "report/deploy.h"
#include "report/three.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m"

/* How much of a commit or digest is enough to know it by. */
#define SHORT_ID 12
/* How many flows that were not tried get a line. */
#define UNTRIED_SHOWN 10
/* How many of a circle are named. */
#define NAMES_SHOWN 12

static const char *const action_colors[TL_ACTION_COUNT] = {
	[TL_ACTION_CREATE] = GREEN, [TL_ACTION_UPDATE] = YELLOW, [TL_ACTION_HELD] = RED, [TL_ACTION_ORPHAN] = CYAN,
};

static const char *const applied_colors[TL_APPLIED_STATES] = {
	[TL_APPLIED_PUBLISHED] = GREEN, [TL_APPLIED_CONFLICT] = RED, [TL_APPLIED_FAILED] = RED, [TL_APPLIED_NOT_TRIED] = YELLOW,
	[TL_APPLIED_REJECTED] = RED, [TL_APPLIED_TIMED_OUT] = YELLOW, [TL_APPLIED_UNKNOWN] = RED, [TL_APPLIED_UNDONE] = YELLOW,
};

static const char *const verdict_colors[TL_VERDICTS] = {
	[TL_VERDICT_PUBLISHED] = GREEN, [TL_VERDICT_FAILED] = RED, [TL_VERDICT_REPLACED] = RED, [TL_VERDICT_GONE] = RED,
	[TL_VERDICT_TIMED_OUT] = YELLOW, [TL_VERDICT_SCHEDULED] = YELLOW, [TL_VERDICT_WAITING] = YELLOW,
};

/* A word in its own column. `paint` may be NULL. */
static void add_word(struct tl_buf *out, const char *word, int width, const char *paint, bool color)
{
	bool painted = color && paint;

	tl_buf_printf(out, "%s%s%s%*s", painted ? paint : "", word, painted ? PLAIN : "", width - (int)strlen(word), "");
}

/* A text from outside in its own column. */
static void add_cell(struct tl_buf *out, struct tl_str text, size_t width)
{
	size_t taken = tl_text_width(text);

	tl_text_safe(out, text);
	tl_buf_printf(out, "%*s", (int)(taken < width ? width - taken : 0), "");
}

static size_t widest(size_t width, struct tl_str text)
{
	size_t taken = tl_text_width(text);

	return taken > width ? taken : width;
}

/* Rows end where their text does. */
static void end_line(struct tl_buf *out)
{
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	tl_buf_char(out, '\n');
}

/* How many there are of one kind, in words. */
struct counted {
	unsigned kind;
	const char *words;
};

/* "2 to create, 1 unchanged", in the table's order; `none` where all are 0. */
static void add_counts(struct tl_buf *out, const size_t *counts, const struct counted *table, size_t n, const char *none)
{
	const char *before = "";

	for (size_t i = 0; i < n; i++) {
		size_t count = counts[table[i].kind];

		if (count == 0)
			continue;
		tl_buf_printf(out, "%s%zu %s", before, count, table[i].words);
		before = ", ";
	}
	if (before[0] == '\0')
		tl_buf_text(out, none);
}

/* ---- plans */

static const struct counted action_words[] = {
	{ TL_ACTION_CREATE, "to create" }, { TL_ACTION_UPDATE, "to update" }, { TL_ACTION_HELD, "held" },
	{ TL_ACTION_ORPHAN, "gone from git" }, { TL_ACTION_NONE, "unchanged" },
};

static void add_plan_head(struct tl_buf *out, const struct tl_plan *plan)
{
	size_t counts[TL_ACTION_COUNT] = { 0 };

	for (size_t i = 0; i < plan->n_flows; i++)
		counts[plan->flows[i].action]++;
	tl_buf_text(out, plan->kind == TL_PLAN_ROLLBACK ? "rollback in " : "plan for ");
	tl_text_safe(out, plan->environment);
	tl_buf_text(out, ": ");
	add_counts(out, counts, action_words, TL_COUNT(action_words), "there are no flows");
	tl_buf_char(out, '\n');
}

static void add_update(struct tl_buf *out, const struct tl_planned *planned)
{
	if (planned->to > 0)
		tl_buf_printf(out, "back to what version %s says, ", tl_version_shown(planned->to).text);
	tl_buf_printf(out, "on version %s%s", tl_version_shown(planned->base_version).text, planned->base_known ? "" : ", which was not written from here");
	if (planned->renamed_from.len > 0) {
		tl_buf_text(out, planned->to > 0 ? ", under its present id; then it was " : ", renamed from ");
		tl_text_safe(out, planned->renamed_from);
	}
}

/* Where nobody said why it was rolled back, the reason is that it was. */
static void add_held(struct tl_buf *out, struct tl_str environment, struct tl_str reason)
{
	tl_buf_text(out, "was rolled back");
	if (reason.len > 0 && !tl_str_is(reason, "rolled back")) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, reason);
	}
	tl_buf_text(out, "; 'flow-publish release --env ");
	tl_text_safe(out, environment);
	tl_buf_text(out, " --reason TEXT FLOW' lifts that");
}

/* What there is to say of a line beyond its action. */
static void add_planned_words(struct tl_buf *out, struct tl_str environment, const struct tl_planned *planned)
{
	if (planned->action == TL_ACTION_CREATE)
		tl_text_safe(out, planned->path);
	if (planned->action == TL_ACTION_UPDATE)
		add_update(out, planned);
	if (planned->action == TL_ACTION_NONE)
		tl_buf_printf(out, "version %s", tl_version_shown(planned->base_version).text);
	if (planned->action == TL_ACTION_HELD)
		add_held(out, environment, planned->note);
	if (planned->action == TL_ACTION_ORPHAN)
		tl_buf_printf(out, "no file has it any more; version %s stays deployed", tl_version_shown(planned->base_version).text);
	if (planned->note.len > 0 && planned->action != TL_ACTION_HELD) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, planned->note);
	}
}

/* Whether at least two of them are written, so that there is something to say. */
static bool is_drafted(const struct tl_plan *plan, const struct tl_plan_cycle *cycle)
{
	size_t writes = 0;

	for (size_t i = 0; i < cycle->count && writes < 2; i++) {
		const struct tl_planned *planned = tl_plan_find(plan, cycle->flows[i]);

		writes += planned && tl_planned_writes(planned);
	}
	return writes > 1;
}

static void add_circle(struct tl_buf *out, const struct tl_plan *plan, const struct tl_plan_cycle *cycle)
{
	/* A job publishes, and writes no draft. */
	if (tl_str_is(plan->platform, "architect"))
		tl_buf_text(out, "these name each other, so the platform makes stubs of those that are not there yet, and each is then published over its own:");
	else
		tl_buf_text(out, "these call each other, so all are written as drafts before any is published:");
	for (size_t i = 0; i < cycle->count && i < NAMES_SHOWN; i++) {
		tl_buf_char(out, ' ');
		tl_text_safe(out, cycle->flows[i]);
	}
	if (cycle->count > NAMES_SHOWN)
		tl_buf_printf(out, " and %zu more", cycle->count - NAMES_SHOWN);
	tl_buf_char(out, '\n');
}

static void add_plan_foot(struct tl_buf *out, const struct tl_plan *plan)
{
	struct tl_arena arena = { 0 };

	for (size_t i = 0; i < plan->n_cycles; i++) {
		if (is_drafted(plan, &plan->cycles[i]))
			add_circle(out, plan, &plan->cycles[i]);
	}
	if (plan->kind == TL_PLAN_PUBLISH && plan->commit.len > 0)
		tl_buf_printf(out, "of commit %.*s; ", TL_FMT(tl_str_slice(plan->commit, 0, SHORT_ID)));
	else if (plan->kind == TL_PLAN_PUBLISH)
		tl_buf_text(out, "not committed; ");
	if (plan->promote_from.len > 0) {
		tl_buf_text(out, "promoted from ");
		tl_text_safe(out, plan->promote_from);
		tl_buf_text(out, "; ");
	}
	tl_buf_printf(out, "good until %.*s\nid %s\n", TL_FMT(tl_time_format(&arena, plan->expires_ms)), plan->id);
	tl_arena_clear(&arena);
}

/* Whether a flow gets a line. Of two hundred that stay as they are, and of which nothing is to be said, the number is enough. */
static bool is_news(const struct tl_planned *planned)
{
	return planned->action != TL_ACTION_NONE || planned->note.len > 0;
}

static void write_plan(struct tl_buf *out, const struct tl_plan *plan, bool color)
{
	size_t width = 0;

	add_plan_head(out, plan);
	for (size_t i = 0; i < plan->n_flows; i++)
		width = is_news(&plan->flows[i]) ? widest(width, plan->flows[i].flow) : width;
	for (size_t i = 0; i < plan->n_flows; i++) {
		const struct tl_planned *planned = &plan->flows[i];

		if (!is_news(planned))
			continue;
		tl_buf_text(out, "  ");
		add_word(out, tl_action_name(planned->action), 8, action_colors[planned->action], color);
		add_cell(out, planned->flow, width + 2);
		add_planned_words(out, plan->environment, planned);
		end_line(out);
	}
	add_plan_foot(out, plan);
}

/* ---- applies */

static const struct counted applied_words[] = {
	{ TL_APPLIED_CONFLICT, "in conflict" }, { TL_APPLIED_FAILED, "failed" }, { TL_APPLIED_REJECTED, "whose deployment failed" },
	{ TL_APPLIED_TIMED_OUT, "timed out" }, { TL_APPLIED_UNKNOWN, "of which it is not known" }, { TL_APPLIED_UNDONE, "undone" },
	{ TL_APPLIED_NOT_TRIED, "not tried" },
	{ TL_APPLIED_PUBLISHED, "published" }, { TL_APPLIED_ALREADY, "there already" }, { TL_APPLIED_NOTHING, "left alone" },
};

static void add_apply_head(struct tl_buf *out, const struct tl_apply *apply, const struct tl_plan *plan)
{
	size_t counts[TL_APPLIED_STATES] = { 0 };
	bool none, may_be = false;

	for (size_t i = 0; i < apply->n_flows; i++) {
		counts[apply->flows[i].state]++;
		may_be = may_be || apply->flows[i].may_be;
	}
	tl_text_safe(out, plan->environment);
	tl_buf_text(out, ": ");
	add_counts(out, counts, applied_words, TL_COUNT(applied_words), "there are no flows");
	/* Not of what is there already, or was left alone: of what was to be written. */
	none = apply->written == 0 && counts[TL_APPLIED_UNKNOWN] == 0 && counts[TL_APPLIED_UNDONE] == 0 &&
	       counts[TL_APPLIED_CONFLICT] + counts[TL_APPLIED_FAILED] + counts[TL_APPLIED_REJECTED] + counts[TL_APPLIED_TIMED_OUT] + counts[TL_APPLIED_NOT_TRIED] > 0;
	tl_buf_text(out, !none ? "\n" : may_be ? "; whether anything was written is not known\n" : "; nothing was written\n");
}

static void add_applied_words(struct tl_buf *out, const struct tl_applied *applied)
{
	if (applied->message.len > 0)
		tl_text_safe(out, applied->message);
	else if (applied->version > 0)
		tl_buf_printf(out, "version %s", tl_version_shown(applied->version).text);
	if (applied->state == TL_APPLIED_PUBLISHED && applied->status != TL_STATUS_PUBLISHED)
		tl_buf_printf(out, ", %s", tl_remote_status_name(applied->status));
}

static void add_three(struct tl_buf *out, const struct tl_applied *applied, bool color)
{
	struct tl_arena arena = { 0 };
	struct tl_three three;

	/* Where the platform has nothing any more there is nothing to compare. */
	if (!applied->theirs)
		return;
	tl_applied_three(&three, &arena, applied);
	tl_three_text(out, &three, "      ", color);
	tl_arena_clear(&arena);
}

/* Whether an apply says something of the line. */
static bool has_line(const struct tl_applied *applied)
{
	return applied->state != TL_APPLIED_NOTHING || is_news(applied->planned);
}

static void add_applied(struct tl_buf *out, const struct tl_applied *applied, size_t width, size_t words, bool color)
{
	bool nothing = applied->state == TL_APPLIED_NOTHING;

	tl_buf_text(out, "  ");
	add_word(out, nothing ? tl_action_name(applied->planned->action) : tl_applied_name(applied->state), (int)words,
	         applied_colors[applied->state], color);
	add_cell(out, applied->planned->flow, width + 2);
	add_applied_words(out, applied);
	end_line(out);
	if (applied->state == TL_APPLIED_CONFLICT)
		add_three(out, applied, color);
}

/* The width of the first column: of the longest word that stands in it, but one space more than "published" at least. */
static size_t word_width(const struct tl_apply *apply)
{
	size_t width = 11;

	for (size_t i = 0; i < apply->n_flows; i++) {
		size_t len = strlen(tl_applied_name(apply->flows[i].state)) + 2;

		width = len > width ? len : width;
	}
	return width;
}

static void write_apply(struct tl_buf *out, const struct tl_apply *apply, const struct tl_plan *plan, const struct tl_findings *said, bool color)
{
	size_t width = 0, words = word_width(apply), untried = 0;

	/* They stand on standard error. */
	(void)said;
	add_apply_head(out, apply, plan);
	for (size_t i = 0; i < apply->n_flows; i++)
		width = has_line(&apply->flows[i]) ? widest(width, apply->flows[i].planned->flow) : width;
	for (size_t i = 0; i < apply->n_flows; i++) {
		const struct tl_applied *applied = &apply->flows[i];

		untried += applied->state == TL_APPLIED_NOT_TRIED;
		if (applied->state == TL_APPLIED_NOT_TRIED ? untried <= UNTRIED_SHOWN : has_line(applied))
			add_applied(out, applied, width, words, color);
	}
	if (untried > UNTRIED_SHOWN)
		tl_buf_printf(out, "  and %zu more not tried\n", untried - UNTRIED_SHOWN);
}

/* ---- status */

static void add_state_words(struct tl_buf *out, const struct tl_deploy_state *state)
{
	if (state->version == 0)
		tl_buf_text(out, "no longer on the platform");
	else if (!state->known)
		tl_buf_text(out, "not written from here");
	if (state->version > 0 && state->published_version == 0)
		tl_buf_text(out, "  callers get nothing yet");
	else if (state->published_version != state->version)
		tl_buf_printf(out, "  callers get version %s", tl_version_shown(state->published_version).text);
	if (state->promoted.len > 0) {
		tl_buf_text(out, "  promoted from ");
		tl_text_safe(out, state->promoted);
	}
	if (state->reason.len > 0) {
		tl_buf_text(out, "  ");
		tl_text_safe(out, state->reason);
	}
	if (state->hold.len > 0) {
		tl_buf_text(out, "  held: ");
		tl_text_safe(out, state->hold);
	}
}

static void add_state(struct tl_buf *out, const struct tl_deploy_state *state, size_t width, bool color)
{
	struct tl_arena arena = { 0 };
	bool good = state->version > 0 && state->published_version == state->version;

	tl_buf_text(out, "  ");
	add_cell(out, state->flow, width + 2);
	if (state->version > 0) {
		add_cell(out, tl_arena_printf(&arena, "%s", tl_version_shown(state->version).text), 9);
		add_word(out, tl_remote_status_name(state->status), 12, good ? GREEN : YELLOW, color);
		add_cell(out, state->commit.len > 0 ? tl_str_slice(state->commit, 0, SHORT_ID) : TL_STR("-"), SHORT_ID + 2);
		add_cell(out, state->digest.len > 0 ? tl_str_slice(state->digest, 0, SHORT_ID) : TL_STR("-"), SHORT_ID + 2);
		/* 0: the platform does not say when. */
		add_cell(out, state->written_ms > 0 ? tl_time_format(&arena, state->written_ms / 1000 * 1000) : TL_STR("-"), 22);
	}
	add_state_words(out, state);
	end_line(out);
	tl_arena_clear(&arena);
}

static void add_lease(struct tl_buf *out, const struct tl_lease_holder *lease)
{
	struct tl_arena arena = { 0 };

	if (lease->held) {
		tl_buf_text(out, "being published to by ");
		tl_text_safe(out, lease->owner);
		tl_buf_printf(out, " since %.*s; its lease ends at %.*s, unless it is renewed\n", TL_FMT(tl_time_format(&arena, lease->since_ms / 1000 * 1000)),
		              TL_FMT(tl_time_format(&arena, lease->expires_ms / 1000 * 1000)));
	}
	tl_arena_clear(&arena);
}

static void add_unfinished(struct tl_buf *out, const struct tl_steps *unfinished)
{
	for (size_t i = 0; i < unfinished->count; i++) {
		const struct tl_step *step = &unfinished->items[i];
		struct tl_arena arena = { 0 };

		tl_buf_printf(out, "begun at %.*s, end not known: version %s of ", TL_FMT(tl_time_format(&arena, step->begun_ms / 1000 * 1000)),
		              tl_version_shown(step->wanted.version).text);
		tl_text_safe(out, step->wanted.flow);
		tl_buf_text(out, "; 'flow-publish resume' finds out\n");
		tl_arena_clear(&arena);
	}
}

static void write_status(struct tl_buf *out, const struct tl_deploy_states *states, struct tl_str environment, bool color)
{
	size_t width = strlen("FLOW");

	tl_text_safe(out, environment);
	tl_buf_printf(out, ": %zu flow%s\n", states->count, states->count == 1 ? "" : "s");
	for (size_t i = 0; i < states->count; i++)
		width = widest(width, states->items[i].flow);
	if (states->count > 0) {
		tl_buf_text(out, "  ");
		add_cell(out, TL_STR("FLOW"), width + 2);
		tl_buf_text(out, "VERSION  STATUS      COMMIT        DIGEST        WRITTEN\n");
	}
	for (size_t i = 0; i < states->count; i++)
		add_state(out, &states->items[i], width, color);
	add_lease(out, &states->lease);
	add_unfinished(out, &states->unfinished);
}

/* ---- deployments */

static void add_watched_words(struct tl_buf *out, const struct tl_watched *watched)
{
	if (watched->verdict == TL_VERDICT_GONE) {
		tl_buf_text(out, "the platform no longer has it");
		return;
	}
	tl_buf_printf(out, "version %s", tl_version_shown(watched->version).text);
	if (watched->verdict == TL_VERDICT_REPLACED && (watched->seen_version == watched->version || watched->published_version == watched->version))
		tl_buf_text(out, " is not the one that was deployed from here: the platform was set back, and somebody else wrote it");
	else if (watched->verdict == TL_VERDICT_REPLACED)
		tl_buf_printf(out, ", but the platform is at %s", tl_version_shown(watched->seen_version).text);
	else if (watched->verdict != TL_VERDICT_PUBLISHED)
		tl_buf_printf(out, " is %s", tl_remote_status_name(watched->status));
	if (watched->reason.len > 0) {
		tl_buf_text(out, ": ");
		tl_text_safe(out, watched->reason);
	}
	if (watched->verdict != TL_VERDICT_PUBLISHED && watched->published_version > 0)
		tl_buf_printf(out, "; callers get version %s", tl_version_shown(watched->published_version).text);
}

static void write_watched(struct tl_buf *out, const struct tl_watched *watched, size_t count, struct tl_str environment, bool color)
{
	size_t width = 0;

	(void)environment;
	for (size_t i = 0; i < count; i++)
		width = widest(width, watched[i].flow);
	for (size_t i = 0; i < count; i++) {
		add_word(out, tl_verdict_name(watched[i].verdict), 11, verdict_colors[watched[i].verdict], color);
		add_cell(out, watched[i].flow, width + 2);
		add_watched_words(out, &watched[i]);
		end_line(out);
	}
}

const struct tl_deploy_format tl_deploy_format_text = { "text", write_plan, write_apply, write_status, write_watched };
