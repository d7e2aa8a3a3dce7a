/* cmd/flow-validate/remote.c: what the platform itself says of flows. */
#include "flow-validate/remote.h"

#include "common/deployment.h"
#include "deploy/deploy.h"

static int ask(struct tl_findings *findings, struct tl_workset *workset, struct tl_command *command, struct tl_deployment *deployment)
{
	struct tl_deploy deploy = {
		.project = command->project, .environment = command->environment, .schemas = &command->schemas, .repo = command->repo, .view = command->view,
		.lower = &workset->lower, .summaries = &workset->summaries, .platform = deployment->platform, .ledger = deployment->ledger,
		.clock = &command->clock, .stopped = tl_command_stopped, .concurrency = command->concurrency, .access = &deployment->access,
	};
	size_t fresh;

	if (tl_deploy_validate(&fresh, &deploy, findings, &command->err) != 0)
		return -1;
	if (fresh > 0 && !command->common->quiet)
		tl_command_say(command, "%zu flow%s not in '%.*s' yet, whose platform judges only what it has", fresh, fresh == 1 ? " is" : "s are",
		               TL_FMT(command->environment->name));
	return 0;
}

int flow_validate_remote(struct tl_findings *findings, struct tl_workset *workset, struct tl_command *command)
{
	struct tl_deployment deployment = { .ledger = NULL };
	int ret = -1;

	if (!command->common->environment)
		return tl_error_set(&command->err, TL_USAGE, "'--remote' asks the platform of an environment: name it with --env");
	if (tl_deployment_open(&deployment, command, command->environment) == 0)
		ret = ask(findings, workset, command, &deployment);
	tl_deployment_close(&deployment);
	return ret;
}
