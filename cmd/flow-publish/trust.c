/* cmd/flow-publish/trust.c: approving what a project file claims of authority. */
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "common/authority.h"
#include "flow-publish/publish.h"

struct options {
	struct tl_common common;
	bool yes;
};

static const struct tl_option option_table[] = {
	{ "yes", 0, TL_OPTION_FLAG, offsetof(struct options, yes), NULL, "approve it, without being asked", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish trust",
	.synopsis = "[--yes] [OPTION]... [DIGEST]",
	.summary = "approve the addresses, credentials and ledger that trunkline.yaml names",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "What trunkline.yaml says of them holds only while its SHA-256 is the one that was approved. Without a terminal that takes\n"
	         "--yes and the DIGEST, so that what is approved is what was read.",
};

struct trust {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_config *config;
	struct tl_str digest, claims;
};

/* One line from the terminal, without what ends it. */
static struct tl_str ask(char *line, size_t size)
{
	fputs("approve it? type 'yes': ", stderr);
	fflush(stderr);
	if (!fgets(line, (int)size, stdin))
		return TL_STR("");
	return tl_str_trim(tl_str(line));
}

/* Whether the user, or whoever wrote the script, said yes to exactly this. */
static int decide(bool *approved, struct trust *trust)
{
	struct tl_error *err = &trust->command.err;
	const char *given = trust->operands.count > 0 ? trust->operands.values[0] : NULL;
	char line[64];

	*approved = false;
	if (given && !tl_str_is(trust->digest, given))
		return tl_error_set(err, TL_USAGE, "what is claimed has the digest %.*s, not '%s': read it before you approve it", TL_FMT(trust->digest), given);
	if (!isatty(0) && !(trust->options.yes && given))
		return tl_error_set(err, TL_USAGE, "nobody is there to be asked: 'flow-publish trust --yes %.*s' approves what is claimed now", TL_FMT(trust->digest));
	*approved = trust->options.yes || tl_str_is(ask(line, sizeof(line)), "yes");
	if (!*approved && !tl_command_stopped())
		tl_command_say(&trust->command, "nothing is approved");
	return 0;
}

static void show(struct trust *trust)
{
	const struct tl_common *common = trust->command.common;

	if (common->quiet)
		return;
	tl_text_safe(&trust->command.out, trust->command.project->path);
	tl_buf_text(&trust->command.out, " claims:\n");
	tl_buf_str(&trust->command.out, trust->claims);
	tl_buf_printf(&trust->command.out, "digest: %.*s\n", TL_FMT(trust->digest));
}

/* Shown before anything is asked, and not once more at the end. */
static void show_at_once(struct trust *trust)
{
	if (!isatty(0) || trust->options.yes)
		return;
	fwrite(trust->command.out.data, 1, trust->command.out.len, stdout);
	fflush(stdout);
	tl_buf_reset(&trust->command.out);
}

static int approve(struct trust *trust)
{
	struct tl_command *command = &trust->command;
	struct tl_buf *out = &command->out;
	bool approved;

	show_at_once(trust);
	if (decide(&approved, trust) != 0)
		return tl_error_exit(command->err.code);
	if (!approved)
		return 1;
	if (tl_config_trust(trust->config, trust->digest, &command->err) != 0)
		return tl_error_exit(command->err.code);
	tl_buf_text(out, "approved for ");
	tl_text_safe(out, trust->config->identity);
	tl_buf_text(out, ", in ");
	tl_text_safe(out, trust->config->path);
	tl_buf_char(out, '\n');
	return 0;
}

static int run(struct trust *trust)
{
	struct tl_command *command = &trust->command;

	if (trust->operands.count > 1)
		tl_error_set(&command->err, TL_USAGE, "DIGEST is one, so '%s' is too much", trust->operands.values[1]);
	command->head_if_bare = true;
	if (command->err.code != TL_OK || publish_only_text(command) != 0 || tl_command_open(command) != 0 || tl_command_config(&trust->config, command) != 0 ||
	    tl_project_authority(&trust->digest, &trust->claims, &command->arena, command->project, &command->err) != 0)
		return tl_error_exit(command->err.code);
	if (trust->digest.len == 0) {
		tl_buf_text(&command->out, "the project claims no authority: there is nothing to approve\n");
		return 0;
	}
	show(trust);
	if (!tl_config_approves(trust->config, trust->digest))
		return approve(trust);
	tl_buf_text(&command->out, "it is approved already\n");
	return 0;
}

int publish_trust(int argc, char **argv)
{
	struct trust trust = { 0 };
	int code = tl_command_begin(&trust.command, &usage, argc, argv, &trust.options, &trust.options.common, &trust.operands);

	if (code >= 0)
		return code;
	code = run(&trust);
	tl_config_free(trust.config);
	return tl_command_end(&trust.command, code);
}
