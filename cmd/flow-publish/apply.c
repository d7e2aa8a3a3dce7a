/* cmd/flow-publish/apply.c: exactly that plan. */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "base/file.h"
#include "flow-publish/publish.h"

/* A plan of a hundred thousand flows. */
#define PLAN_LIMIT ((size_t)64 << 20)

struct options {
	struct tl_common common;
	struct publish_work work;
	const char *commit;
	bool no_smoke;
};

static const struct tl_option option_table[] = {
	{ "atomic", 0, TL_OPTION_FLAG, offsetof(struct options, work.atomic), NULL, "where not all goes through, take back what was written", NULL },
	{ "commit", 0, TL_OPTION_TEXT, offsetof(struct options, commit), "REV", "publish the files of this commit, not the working tree's", NULL },
	{ "no-smoke", 0, TL_OPTION_FLAG, offsetof(struct options, no_smoke), NULL, "do not run the suites on the platform afterwards", NULL },
	PUBLISH_WORK_OPTIONS(struct options, work),
	TL_TICKET_OPTION(struct options, common),
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish apply",
	.synopsis = "[OPTION]... FILE",
	.summary = "publish what a plan says, and nothing else",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "FILE is what 'flow-publish plan -o FILE' wrote; - reads it from standard input. A plan that is no longer true is refused.",
};

/* All of standard input. */
static int read_standard_input(struct tl_str *out, struct tl_arena *arena, struct tl_error *err)
{
	struct tl_buf buf = { .limit = PLAN_LIMIT };
	char piece[16384];
	ssize_t n;

	do {
		n = read(0, piece, sizeof(piece));
		if (n > 0)
			tl_buf_add(&buf, piece, (size_t)n);
	} while ((n > 0 && !buf.overflow) || (n < 0 && errno == EINTR && !tl_command_stopped()));
	*out = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	if (n < 0)
		return tl_error_errno(err, errno, "cannot read a plan from standard input");
	return n > 0 ? tl_error_set(err, TL_LIMIT, "standard input is larger than a plan") : 0;
}

static int read_plan(struct tl_plan **out, struct publish *publish, const char *file)
{
	struct tl_command *command = &publish->command;
	struct tl_str bytes;
	bool standard = strcmp(file, "-") == 0;
	int ret;

	if (standard)
		ret = read_standard_input(&bytes, &command->arena, &command->err);
	else
		ret = tl_file_read(&bytes, &command->arena, tl_command_path(command, file), PLAN_LIMIT, &command->err);
	return ret == 0 ? tl_plan_read(out, standard ? TL_STR("standard input") : tl_str(file), bytes, &command->err) : -1;
}

static int apply(struct publish *publish, const struct options *options, const struct tl_plan *plan)
{
	struct tl_common *common = publish->command.common;

	if (!common->environment)
		common->environment = plan->environment.ptr;
	publish_at_commit(publish, options->commit);
	publish->smoke = !options->no_smoke;
	if (publish_concurrency(publish, options->work.concurrency) != 0 || publish_open(publish) != 0 ||
	    publish_work(publish, &options->work) != 0 || publish_progress_open(publish, options->work.events) != 0)
		return tl_error_exit(publish->command.err.code);
	if (plan->kind == TL_PLAN_PUBLISH &&
	    (publish_promote(publish, plan->promote_from.ptr) != 0 || publish_open_planned(publish, plan) != 0))
		return tl_error_exit(publish->command.err.code);
	return publish_run_apply(publish, plan);
}

/* Ends the command too: the name of its environment may be the plan's. */
static int run(struct publish *publish, const struct options *options)
{
	struct tl_plan *plan = NULL;
	const char *file;
	int code;

	if (publish_operand(&file, publish, "FILE, the plan,") == 0 && read_plan(&plan, publish, file) == 0)
		code = apply(publish, options, plan);
	else
		code = tl_error_exit(publish->command.err.code);
	code = publish_close(publish, code);
	tl_plan_free(plan);
	return code;
}

int publish_apply(int argc, char **argv)
{
	struct options options = { 0 };
	struct publish publish = { 0 };
	int code = tl_command_begin(&publish.command, &usage, argc, argv, &options, &options.common, &publish.operands);

	return code >= 0 ? code : run(&publish, &options);
}
