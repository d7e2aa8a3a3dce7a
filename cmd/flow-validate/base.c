/* cmd/flow-validate/base.c: two project files that hold at once. */
#include "flow-validate/base.h"

#include "check/check.h"
#include "common/open.h"

/* Of each limit the lower one. */
static void lower_limits(struct tl_limits *limits, const struct tl_limits *base)
{
	for (size_t i = 0; i < tl_limit_count; i++) {
		uint64_t *own = (uint64_t *)(void *)((char *)limits + tl_limit_table[i].offset);
		const uint64_t *other = (const uint64_t *)(const void *)((const char *)base + tl_limit_table[i].offset);

		if (*other < *own)
			*own = *other;
	}
}

/* The patterns of both. */
static void join_flows(struct tl_project *project, const struct tl_project *base)
{
	size_t count = (size_t)project->n_flows + base->n_flows;
	struct tl_str *flows = TL_ARENA_ARRAY(&project->arena, struct tl_str, count);

	for (uint32_t i = 0; i < project->n_flows; i++)
		flows[i] = project->flows[i];
	for (uint32_t i = 0; i < base->n_flows; i++)
		flows[project->n_flows + i] = tl_arena_dup(&project->arena, base->flows[i]);
	project->flows = flows;
	project->n_flows = (uint32_t)count;
}

int flow_validate_base(struct tl_project **out, struct tl_command *command, const char *rev)
{
	struct tl_view *view = NULL;
	struct tl_str folder;
	int ret = -1;

	*out = NULL;
	if (!command->repo)
		return tl_error_set(&command->err, TL_USAGE, "'--base' takes a revision, and this is no repository");
	if (tl_view_open_revision(&view, command->repo, rev, &command->err) != 0)
		goto out;
	if (tl_command_project(out, &folder, command, view) != 0 || tl_check_levels(*out, &command->err) != 0) {
		tl_error_wrap(&command->err, "%s", rev);
		goto out;
	}
	/* Its paths would be meant from another folder. */
	if (!tl_str_equal(folder, command->base)) {
		tl_error_set(&command->err, TL_USAGE, "%s lies in another folder at %s: the two cannot hold at once", TL_PROJECT_FILE, rev);
		goto out;
	}
	lower_limits(&command->project->limits, &(*out)->limits);
	join_flows(command->project, *out);
	ret = tl_command_limits(command, &command->project->limits);
out:
	tl_view_free(view);
	if (ret != 0) {
		tl_project_free(*out);
		*out = NULL;
	}
	return ret;
}
