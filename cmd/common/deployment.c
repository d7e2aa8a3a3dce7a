/* cmd/common/deployment.c: opening what is deployed. */
#include "common/deployment.h"

#include "base/file.h"
#include "ledger/folder.h"

int tl_deployment_open(struct tl_deployment *deployment, struct tl_command *command, const struct tl_environment *environment)
{
	struct tl_arena *arena = &command->arena;
	struct tl_platform_config config = { .environment = environment, .clock = &command->clock };
	struct tl_str ledger;

	*deployment = (struct tl_deployment){ 0 };
	if (command->root.len == 0)
		return tl_error_set(&command->err, TL_UNSUPPORTED, "a bare repository has no folder in which the environment '%.*s' could be kept",
		                    TL_FMT(environment->name));
	/* Without a project file a repository is one project, wherever in it somebody stands. */
	if (command->repo && command->project->path.len == 0)
		command->base = TL_STR("");
	deployment->root = tl_path_join(arena, command->root, command->base);
	config.database = tl_path_join(arena, deployment->root, environment->database).ptr;
	ledger = tl_path_join(arena, tl_ledger_folder(arena, deployment->root), TL_STR("ledger.db"));
	if (tl_ledger_folder_check(deployment->root, command->repo, &command->err) != 0 ||
	    tl_platform_open(&deployment->platform, &config, &command->err) != 0 ||
	    tl_ledger_open(&deployment->ledger, ledger.ptr, &command->clock, &command->err) != 0) {
		tl_deployment_close(deployment);
		return -1;
	}
	return 0;
}

int tl_deployment_open_command(struct tl_deployment *deployment, struct tl_command *command)
{
	/* A placeholder without a value is a mistake wherever flows are published, whether the environment is named or not. */
	if (!command->common->environment)
		command->common->environment = "local";
	return tl_command_open(command) == 0 ? tl_deployment_open(deployment, command, command->environment) : -1;
}

void tl_deployment_close(struct tl_deployment *deployment)
{
	tl_ledger_close(deployment->ledger);
	tl_platform_close(deployment->platform);
	*deployment = (struct tl_deployment){ 0 };
}
