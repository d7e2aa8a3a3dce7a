/* cmd/flow-diff/main.c: two versions of flows, each a path, a revision or an environment: what differs, node by node and setting by setting. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "deploy/import_file.h"
#include "doc/json.h"
#include "flow-diff/origin.h"
#include "flow-diff/side.h"
#include "report/diff.h"
#include "report/findings.h"

struct options {
	struct tl_common common;
	bool drift;
};

static const struct tl_option option_table[] = {
	{ "drift", 0, TL_OPTION_FLAG, offsetof(struct options, drift), NULL, "what an environment has against what was deployed there from here", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-diff",
	.synopsis = "[OPTION]... [FROM [TO]]",
	.summary = "compare two versions of flows, blind to layout",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "FROM and TO are each a path, a revision (REV or REV:PATH) or env:NAME. Without them an environment (--env, else local)\n"
	         "is compared with the working tree; a single path of the working tree, too. Formats: text, json, markdown.\n"
	         "Exit status: 0 the same, 1 differences, 2 usage or configuration, 3 could not be done.",
};

/* A flow on both sides, while they are compared. */
struct pairing {
	struct tl_diff_pair entries;
	struct tl_arena arena;
	struct tl_flow *flows[2];
	struct tl_doc *beside[2]; /* what version_of.beside borrows from */
	struct tl_flow *base; /* of three versions, or NULL */
	struct tl_str unread; /* why one of its sides cannot be read; then it is left out */
};

struct run {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct side sides[2];
	struct pairing *pairings;
	struct tl_diff diff;
	struct tl_findings findings;
	struct tl_error *errors; /* by worker */
	bool unread;             /* a flow could not be read */
	bool incomplete;         /* a flow was passed over */
	bool unanswered;         /* a flow of a platform could not be read */
};

static void pairing_clear(struct pairing *pairing)
{
	for (int side = 0; side < 2; side++) {
		tl_flow_free(pairing->flows[side]);
		tl_doc_free(pairing->beside[side]);
	}
	tl_flow_free(pairing->base);
	tl_arena_clear(&pairing->arena);
}

/* ---- what is compared with what */

/* Whether a path lies in the working tree that would be on the other side. */
static bool is_in_tree(const struct run *run, const char *path)
{
	char *real = realpath(tl_command_path((struct tl_command *)(uintptr_t)&run->command, path), NULL);
	struct tl_str root = run->command.root, whole = tl_str(real);
	bool inside = real && root.len > 0 && tl_str_starts(whole, root) &&
	              (whole.len == root.len || whole.ptr[root.len] == '/' || root.ptr[root.len - 1] == '/');

	free(real);
	return inside;
}

static struct side_spec environment_spec(struct run *run, enum side_kind kind)
{
	const char *name = run->command.environment->name.ptr;

	return (struct side_spec){
		.kind = kind, .name = name,
		.text = tl_arena_printf(&run->command.arena, "env:%s%s", name, kind == SIDE_DEPLOYED ? " as deployed" : "").ptr,
	};
}

static int choose_sides(struct run *run, struct side_spec specs[2])
{
	const struct tl_option_list *operands = &run->operands;

	if (run->options.drift) {
		specs[0] = environment_spec(run, SIDE_DEPLOYED);
		specs[1] = environment_spec(run, SIDE_ENVIRONMENT);
		run->sides[0].deployed_versions = run->sides[1].deployed_versions = true;
		return 0;
	}
	specs[0] = operands->count > 0 ? side_parse(&run->command, operands->values[0]) : environment_spec(run, SIDE_ENVIRONMENT);
	specs[1] = side_parse(&run->command, operands->count > 1 ? operands->values[1] : NULL);
	/* A path of the tree against the tree says nothing: it is what the environment is compared with. */
	if (operands->count == 1 && specs[0].kind == SIDE_PATH && is_in_tree(run, specs[0].path)) {
		specs[1] = specs[0];
		specs[0] = environment_spec(run, SIDE_ENVIRONMENT);
	}
	return 0;
}

/* The values that files are filled in with: of the environment on the other side, or of the one that was asked for. */
static const struct tl_map *values_for(const struct run *run, const struct side_spec *other)
{
	const struct tl_environment *environment = run->options.common.environment ? run->command.environment : NULL;

	if (other->kind == SIDE_ENVIRONMENT)
		environment = tl_project_environment(run->command.project, tl_str(other->name));
	return environment ? &environment->values : NULL;
}

/* What two environments have values of their own for is no difference between them. */
static void forgive_values(struct tl_flow_change *change, const struct run *run)
{
	const struct side_spec *before = &run->sides[0].spec, *after = &run->sides[1].spec;

	if (before->kind == SIDE_ENVIRONMENT && after->kind == SIDE_ENVIRONMENT)
		tl_diff_forgive(change, values_for(run, before), values_for(run, after));
}

static int open_sides(struct run *run)
{
	struct side_spec specs[2];
	int status;

	if (choose_sides(run, specs) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		run->sides[i].asks_beside = specs[1 - i].kind == SIDE_ENVIRONMENT;
		status = side_open(&run->sides[i], &run->command, &specs[i], values_for(run, &specs[1 - i]));
		/* Also where it failed: that may be why. */
		tl_workset_warn(&run->sides[i].workset, i > 0 ? &run->sides[0].workset : NULL, &run->command);
		if (status != 0)
			return -1;
	}
	return 0;
}

/* ---- pairs */

/* Two flows of one id: one of them would be passed over. */
static void note_twice(struct run *run, struct tl_map *ids, const struct side *side, const struct side_entry *entry)
{
	bool made;

	tl_map_put(ids, entry->flow, &made);
	if (made)
		return;
	tl_command_say(&run->command, "the flow '%.*s' is there twice in '%s': the first is compared", TL_FMT(entry->flow), side->spec.text);
	run->incomplete = true;
}

/* Flows of a side as far as pairing needs them; `entries` says which entry each is. Those that could not be read are left out. */
static size_t heads_of(struct tl_version_of **out, size_t **entries, struct run *run, const struct side *side)
{
	struct tl_map ids = { 0 };
	size_t n = 0;

	*out = TL_ARENA_ARRAY(&run->command.arena, struct tl_version_of, side->count + 1);
	*entries = TL_ARENA_ARRAY(&run->command.arena, size_t, side->count + 1);
	for (size_t i = 0; i < side->count; i++) {
		const struct side_entry *entry = &side->entries[i];

		tl_findings_append(&run->findings, &side->findings[i]);
		run->unread = run->unread || side->findings[i].count > 0;
		if (entry->flow.len == 0)
			continue;
		note_twice(run, &ids, side, entry);
		(*entries)[n] = i;
		(*out)[n++] = (struct tl_version_of){ .flow = entry->flow, .renamed_from = entry->renamed_from };
	}
	tl_map_clear(&ids);
	return n;
}

/* Whether a flow that one side lacks may be in a file of it that cannot be read: then nothing can be said. */
static bool is_hidden(const struct side *side, struct tl_str flow)
{
	for (size_t i = 0; side_is_ordered(side) && i < side->count; i++) {
		if (side->entries[i].flow.len == 0 && tl_import_is_named_after(side->workset.flows.files[side->files[i]].path, flow))
			return true;
	}
	return false;
}

/* Whether a pair is meant: where a side names paths, only what it has. */
static bool is_meant(const struct run *run, const struct tl_diff_pair *pair)
{
	if ((pair->before == SIZE_MAX && is_hidden(&run->sides[0], run->sides[1].entries[pair->after].flow)) ||
	    (pair->after == SIZE_MAX && is_hidden(&run->sides[1], run->sides[0].entries[pair->before].flow)))
		return false;
	return !((run->sides[0].narrow && !run->sides[1].narrow && pair->before == SIZE_MAX) ||
	         (run->sides[1].narrow && !run->sides[0].narrow && pair->after == SIZE_MAX));
}

static void pair_up(struct run *run)
{
	struct tl_version_of *heads[2];
	struct tl_diff_pair *pairs;
	size_t *entries[2], counts[2], n;

	for (int i = 0; i < 2; i++)
		counts[i] = heads_of(&heads[i], &entries[i], run, &run->sides[i]);
	/* Two files that are named are compared whatever their flows are called. */
	if (counts[0] == 1 && counts[1] == 1 && run->sides[0].narrow && run->sides[1].narrow && !run->options.drift)
		heads[1][0].renamed_from = heads[0][0].flow;
	n = tl_diff_pairs(&pairs, &run->command.arena, heads[0], counts[0], heads[1], counts[1]);
	run->pairings = tl_alloc_zero(n + 1, sizeof(*run->pairings));
	run->diff.flows = TL_ARENA_ARRAY(&run->command.arena, struct tl_flow_change, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct tl_diff_pair *pair = &run->pairings[run->diff.count].entries;

		*pair = pairs[i];
		pair->before = pair->before == SIZE_MAX ? SIZE_MAX : entries[0][pair->before];
		pair->after = pair->after == SIZE_MAX ? SIZE_MAX : entries[1][pair->after];
		run->diff.count += is_meant(run, pair);
	}
}

/* ---- comparing */

static bool are_alike(const struct side_entry *before, const struct side_entry *after)
{
	if (before->knows_beside && after->knows_beside && !tl_str_equal(before->beside, after->beside))
		return false;
	return tl_str_equal(before->flow, after->flow) && tl_str_equal(before->digest, after->digest) && before->version == after->version &&
	       tl_str_equal(before->status, after->status);
}

/* The schedules and the audio of a version, as a tree. */
static int read_beside(struct tl_version_of *version, struct tl_doc **doc, const struct side_entry *entry, struct tl_error *err)
{
	version->knows_beside = entry->knows_beside;
	if (entry->beside.len == 0)
		return 0;
	if (tl_json_parse(doc, TL_STR("schedules and audio"), entry->beside, err) != 0)
		return -1;
	version->beside = (*doc)->root;
	return 0;
}

/* A version of a platform that nobody can read is said at the end; the others are compared. */
static int take_unread(struct pairing *pairing, struct side *side, struct tl_error *err)
{
	if (!side_is_unread(side, err->code))
		return -1;
	pairing->unread = tl_arena_dup(&pairing->arena, tl_str(err->message));
	*err = (struct tl_error){ .code = TL_OK };
	return 0;
}

/* Reads one side of a pair; *out is NULL where it has none. */
static int read_version(struct tl_version_of *version, struct tl_version_of **out, struct pairing *pairing, struct run *run, unsigned worker, int side)
{
	size_t index = side == 0 ? pairing->entries.before : pairing->entries.after;
	struct side *from = &run->sides[side];
	const struct side_entry *entry;

	*out = NULL;
	if (index == SIZE_MAX)
		return 0;
	entry = &from->entries[index];
	pairing->unread = entry->unread;
	if (pairing->unread.len > 0)
		return 0;
	if (side_read(&pairing->flows[side], from, index, NULL, &run->errors[worker]) != 0)
		return take_unread(pairing, from, &run->errors[worker]);
	if (!pairing->flows[side])
		return tl_error_set(&run->errors[worker], TL_IO, "the flow '%.*s' changed while it was read", TL_FMT(entry->flow));
	tl_version_of_flow(version, &pairing->arena, pairing->flows[side], side_is_ordered(from));
	version->flow = entry->flow;
	version->version = entry->version;
	version->status = entry->status.len > 0 ? entry->status.ptr : NULL;
	*out = version;
	return read_beside(version, &pairing->beside[side], entry, &run->errors[worker]);
}

static int compare(void *data, unsigned worker, size_t i)
{
	struct run *run = data;
	struct pairing *pairing = &run->pairings[i];
	const struct tl_diff_pair *pair = &pairing->entries;
	struct tl_version_of versions[2], *given[2];

	if (tl_command_stopped())
		return tl_error_set(&run->errors[worker], TL_INTERRUPTED, "interrupted");
	if (pair->before != SIZE_MAX && pair->after != SIZE_MAX &&
	    are_alike(&run->sides[0].entries[pair->before], &run->sides[1].entries[pair->after]) && !run->options.common.verbose) {
		run->diff.flows[i].flow = run->sides[1].entries[pair->after].flow;
		return 0;
	}
	for (int side = 0; side < 2; side++) {
		if (read_version(&versions[side], &given[side], pairing, run, worker, side) != 0)
			return -1;
		if (pairing->unread.len > 0)
			return 0;
	}
	tl_diff_flow(&run->diff.flows[i], &pairing->arena, given[0], given[1]);
	forgive_values(&run->diff.flows[i], run);
	return origin_find(&run->diff.flows[i], &pairing->base, &pairing->arena, run->sides, (size_t[]){ pair->before, pair->after },
	                   pairing->flows, &run->errors[worker]);
}

/* Takes out the pairs of which a side could not be read, and says so. */
static void leave_out_unread(struct run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->diff.count; i++) {
		struct pairing pairing = run->pairings[i];
		const struct tl_diff_pair *pair = &pairing.entries;
		const struct side_entry *entry = pair->after != SIZE_MAX ? &run->sides[1].entries[pair->after] : &run->sides[0].entries[pair->before];

		if (pairing.unread.len > 0) {
			tl_command_say(&run->command, "flow '%.*s' is left out: %.*s", TL_FMT(entry->flow), TL_FMT(pairing.unread));
			run->unanswered = true;
			pairing_clear(&pairing);
			continue;
		}
		run->diff.flows[count] = run->diff.flows[i];
		run->pairings[count++] = pairing;
	}
	run->diff.count = count;
}

static int compare_all(struct run *run)
{
	unsigned first = side_workers(&run->sides[0]), second = side_workers(&run->sides[1]), workers = first > second ? first : second;
	int status;

	pair_up(run);
	run->errors = TL_ARENA_ARRAY(&run->command.arena, struct tl_error, workers + 1u);
	status = tl_pool_run(workers, run->diff.count, compare, run);
	for (unsigned i = 0; i <= workers && status != 0; i++) {
		if (run->errors[i].code != TL_OK)
			run->command.err = run->errors[i];
	}
	if (status == 0)
		leave_out_unread(run);
	run->diff.same = true;
	for (size_t i = 0; i < run->diff.count; i++)
		run->diff.same = run->diff.same && run->diff.flows[i].change == TL_SAME;
	return status;
}

/* ---- the result */

static const struct tl_diff_format *format_of(struct run *run)
{
	const char *name = run->options.common.format ? run->options.common.format : "text";
	const struct tl_diff_format *format = tl_diff_format(tl_str(name));
	struct tl_buf names = { 0 };

	if (format)
		return format;
	tl_diff_formats(&names);
	tl_error_set(&run->command.err, TL_USAGE, "there is no format '%s': %.*s", name, TL_FMT(tl_buf_view(&names)));
	tl_buf_clear(&names);
	return NULL;
}

static void write_result(struct run *run)
{
	struct tl_diff_heading heading = {
		.before = tl_str(run->sides[0].spec.text), .after = tl_str(run->sides[1].spec.text), .color = run->command.color,
		.quiet = run->options.common.quiet, .verbose = run->options.common.verbose,
	};

	format_of(run)->write(&run->command.out, &run->diff, &heading);
}

/* What could not be read is said apart from the result, which speaks of the rest. */
static void say_unread(struct run *run)
{
	struct tl_buf text = { 0 };

	if (!run->unread)
		return;
	tl_findings_sort(&run->findings);
	tl_findings_text(&text, &run->findings, run->command.color_errors);
	fwrite(text.data, 1, text.len, stderr);
	tl_command_say(&run->command, "flows that cannot be read were left out");
	tl_buf_clear(&text);
}

static int check_usage(struct run *run)
{
	if (!format_of(run))
		return -1;
	if (run->operands.count > 2)
		return tl_error_set(&run->command.err, TL_USAGE, "there are two sides, FROM and TO, not %zu", run->operands.count);
	if (run->options.drift && run->operands.count > 0)
		return tl_error_set(&run->command.err, TL_USAGE, "'--drift' compares an environment with itself: it takes no FROM and TO");
	return 0;
}

/* In a bare repository there is no working tree: what is compared are revisions, and the project file is that of the last. */
static void prefer_revision(struct run *run)
{
	if (run->operands.count == 2)
		run->options.common.rev = side_revision_for_bare(&run->command, run->operands.values[1]);
}

static int run_diff(struct run *run)
{
	prefer_revision(run);
	if (tl_command_open(&run->command) != 0 || open_sides(run) != 0 || compare_all(run) != 0)
		return tl_error_exit(run->command.err.code);
	write_result(run);
	say_unread(run);
	if (run->unanswered)
		return 3;
	return run->unread || run->incomplete || !run->diff.same;
}

static void clear(struct run *run)
{
	for (size_t i = 0; run->pairings && i < run->diff.count; i++)
		pairing_clear(&run->pairings[i]);
	free(run->pairings);
	tl_findings_clear(&run->findings);
	side_clear(&run->sides[0]);
	side_clear(&run->sides[1]);
}

int main(int argc, char **argv)
{
	struct run run = { .unread = false };
	int code = tl_command_begin(&run.command, &usage, argc, argv, &run.options, &run.options.common, &run.operands);

	if (code >= 0)
		return code;
	if (check_usage(&run) != 0)
		return tl_command_fail(&run.command);
	code = run_diff(&run);
	clear(&run);
	return tl_command_end(&run.command, code);
}
