/* check/rule_duplicate_flow_id.c: two files with one id, or with one former id. */
#include "check/rules.h"

/* The summary of another file with this id, or false: a key only says where to look. */
static bool is_same(struct tl_check_all *all, size_t other, const struct tl_summary *summary)
{
	struct tl_summary theirs;

	if (tl_summaries_get(&theirs, all->scratch, all->summaries, other, all->err) != 0) {
		all->failed = true;
		return false;
	}
	return tl_str_equal(theirs.id.text, summary->id.text) && tl_str_equal(theirs.type, summary->type);
}

/* Architect's names are unique within one organisation, and a repository may well hold the flows of several. */
static void say(struct tl_check_all *all, size_t file, size_t other, const struct tl_summary *summary)
{
	struct tl_str path = all->summaries->set->files[other].path;

	if (summary->dialect == TL_DIALECT_ARCHITECT)
		tl_check_say_in_at(all, TL_NOTE, file, summary->id.span, NULL, "'%.*s' is a flow of this name and type, too", TL_FMT(path));
	else
		tl_check_say_in(all, file, summary->id.span, NULL, "the id '%.*s' is that of '%.*s' already", TL_FMT(summary->id.text), TL_FMT(path));
}

/* The other file whose flow had that id before, or TL_NO_FILE. As with ids, the first in order is left alone, unless it is the only one that was asked for. */
static size_t find_heir(struct tl_check_all *all, size_t file, struct tl_str former)
{
	const struct tl_flow_file *files = all->summaries->set->files;
	uint64_t bit = tl_summary_bit(tl_summary_key_of(former));

	for (size_t i = 0; i < all->summaries->set->count && !all->failed; i++) {
		struct tl_summary theirs;

		if (i == file || all->summaries->items[i].key == 0 || !(all->summaries->items[i].refs & bit) || files[i].stray || (i > file && files[i].chosen))
			continue;
		if (tl_summaries_get(&theirs, all->scratch, all->summaries, i, all->err) != 0)
			all->failed = true;
		else if (tl_str_equal(theirs.renamed_from.text, former))
			return i;
	}
	return TL_NO_FILE;
}

/* What a platform has under an id can become one flow, and one of another id. */
static void check_former(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	struct tl_name former = summary->renamed_from;
	size_t other;

	if (former.text.len == 0)
		return;
	if (tl_str_equal(former.text, summary->id.text)) {
		tl_check_say_in(all, file, former.span, "renamed_from is the id that the flow had before", "a flow cannot have been renamed from its own id, '%.*s'",
		                TL_FMT(former.text));
		return;
	}
	other = find_heir(all, file, former.text);
	if (other != TL_NO_FILE)
		tl_check_say_in(all, file, former.span, "only one of the two can take over what is deployed under that id",
		                "'%.*s' was renamed from '%.*s', too", TL_FMT(all->summaries->set->files[other].path), TL_FMT(former.text));
}

/* The first in order is left alone, unless it is the only one that was asked for. */
static void check_id(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	const struct tl_flow_file *files = all->summaries->set->files;
	size_t count, other = TL_NO_FILE;
	const uint32_t *same = tl_check_same_key(all, file, &count);

	for (size_t i = 0; i < count && !all->failed; i++) {
		if (same[i] == file || files[same[i]].stray || (same[i] > file && files[same[i]].chosen) || !is_same(all, same[i], summary))
			continue;
		other = same[i];
		break;
	}
	if (other != TL_NO_FILE)
		say(all, file, other, summary);
}

static void linked(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	check_id(all, file, summary);
	check_former(all, file, summary);
}

const struct tl_rule tl_rule_duplicate_flow_id = {
	.id = "duplicate-flow-id",
	.level = TL_ERROR,
	.summary = "two files of the project have the same flow id, or say that they had it before",
	.explain = "Suites, policies, other flows and the platform know a flow by its id, so it must be unique in the repository. Architect flows of one\n"
	           "organisation must differ in name or type; for them the finding is a note. What is\n"
	           "deployed under an id can become one flow of another id, so that one file alone may name it as renamed_from, and never its own.\n",
	.bad = "# file: a.flow.yaml\nflow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n"
	       "# file: b.flow.yaml\nflow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n",
	.good = "# file: a.flow.yaml\nflow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n"
	        "# file: b.flow.yaml\nflow: night-line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n",
	.linked = linked,
};
