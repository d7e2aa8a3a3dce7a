/* cmd/common/deployment.c: opening what is deployed. */
#include "common/deployment.h"

#include <unistd.h>

#include "base/file.h"
#include "base/guard.h"
#include "common/authority.h"
#include "common/open.h"
#include "ledger/folder.h"

/* Its folder is the user's to make; the one that is ours is made when there is something to put in. */
static int check_folder(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	struct tl_str folder = tl_path_folder(environment->database);

	if (folder.len == 0 || tl_str_is(folder, TL_LEDGER_FOLDER) || access(tl_path_join(&command->arena, deployment->root, folder).ptr, F_OK) == 0)
		return 0;
	return tl_error_set(&command->err, TL_USAGE, "the environment '%.*s' keeps its database in '%.*s', a folder that is not there: make it, or name another place",
	                    TL_FMT(environment->name), TL_FMT(folder));
}

/* What needs no authority, and gives none: a database in the project's folder, by no symlink, and none that came with a commit. */
static int check_database(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	if (!tl_str_is(environment->platform, "local") || !tl_path_is_beneath(environment->database))
		return 0;
	if (tl_guard_beneath(deployment->root.ptr, environment->database.ptr, &command->err) != 0 || check_folder(deployment, command, environment) != 0)
		return -1;
	return tl_ledger_check_tracked(deployment->root, environment->database, command->repo, &command->err);
}

static int open_authority(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	if (tl_command_config(&deployment->config, command) != 0 ||
	    tl_config_access(&deployment->access, deployment->config, command->project, environment, &command->err) != 0 ||
	    check_database(deployment, command, environment) != 0)
		return -1;
	if (deployment->config->root || !tl_str_is(environment->platform, "local"))
		tl_command_keep_secrets();
	return tl_command_ledger(&deployment->ledger_address, command, deployment->root, environment, &deployment->access, deployment->config);
}

/* Everything but the platform. */
static int open_ledger(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	*deployment = (struct tl_deployment){ 0 };
	/* All others are kept elsewhere. */
	if (command->root.len == 0 && tl_str_is(environment->platform, "local"))
		return tl_error_set(&command->err, TL_UNSUPPORTED, "a bare repository has no folder in which the environment '%.*s' could be kept",
		                    TL_FMT(environment->name));
	/* Without a project file a repository is one project, wherever in it somebody stands. */
	if (command->repo && command->project->path.len == 0)
		command->base = TL_STR("");
	deployment->root = command->base.len > 0 ? tl_path_join(&command->arena, command->root, command->base) : command->root;
	if (open_authority(deployment, command, environment) != 0)
		return -1;
	return tl_ledger_open(&deployment->ledger, deployment->ledger_address.ptr, &command->clock, &command->err);
}

static int open_platform(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	struct tl_platform_config config = { .environment = environment, .clock = &command->clock };

	config.stopped = command->gives_up ? command->gives_up : tl_command_stopped;
	config.concurrency = command->concurrency;
	config.list_ms = command->list_ms;
	config.waits = command->common->quiet ? NULL : tl_command_waits;
	config.data = command;
	config.database = tl_path_join(&command->arena, deployment->root, environment->database).ptr;
	if (!tl_str_is(environment->platform, "local")) {
		config.access = &deployment->access;
		config.surroundings = deployment->config->surroundings;
	}
	return tl_platform_open(&deployment->platform, &config, &command->err);
}

int tl_deployment_open(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	if (open_ledger(deployment, command, environment) == 0 && open_platform(deployment, command, environment) == 0)
		return 0;
	tl_deployment_close(deployment);
	return -1;
}

/* A placeholder without a value is a mistake wherever flows are published, whether the environment is named or not. */
static int open_command(struct tl_command *command)
{
	if (!command->common->environment)
		command->common->environment = "local";
	return tl_command_open(command);
}

int tl_deployment_open_command(struct tl_deployment *deployment, struct tl_command *command)
{
	return open_command(command) == 0 ? tl_deployment_open(deployment, command, command->environment) : -1;
}

int tl_deployment_open_ledger(struct tl_deployment *deployment, struct tl_command *command)
{
	if (open_command(command) == 0 && open_ledger(deployment, command, command->environment) == 0)
		return 0;
	tl_deployment_close(deployment);
	return -1;
}

int tl_deployment_open_other(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	if (open_ledger(deployment, command, environment) == 0)
		return 0;
	tl_deployment_close(deployment);
	return -1;
}

int tl_deployment_act(struct tl_deployment *deployment, struct tl_command *command)
{
	if (deployment->acting.actor.name.len > 0)
		return 0;
	if (deployment->config->audit_key.len > 0)
		tl_command_keep_secrets();
	if (tl_acting_open(&deployment->acting, deployment->config, command->common->ticket, &command->err) != 0)
		return -1;
	tl_ledger_act(deployment->ledger, &deployment->acting.actor);
	return 0;
}

void tl_deployment_close(struct tl_deployment *deployment)
{
	tl_ledger_close(deployment->ledger);
	tl_platform_close(deployment->platform);
	tl_acting_close(&deployment->acting);
	tl_config_free(deployment->config);
	*deployment = (struct tl_deployment){ 0 };
}
