/* cmd/flow-monitor/wanted.c: what git wants of each flow, to tell a change that is not deployed yet from somebody else's edit. */
#include "deploy/wanted.h"
#include "flow-monitor/watch.h"

static void keep(struct watch *watch, const struct tl_wanted *wanted)
{
	struct tl_drift_wanted *kept = TL_ARENA_NEW(&watch->wanted_arena, struct tl_drift_wanted);

	kept->digest = tl_arena_dup(&watch->wanted_arena, wanted->digest);
	kept->content = tl_arena_dup(&watch->wanted_arena, wanted->content);
	tl_map_put(&watch->wanted, tl_arena_dup(&watch->wanted_arena, wanted->flow), NULL)->value.ptr = kept;
}

/* Reads all flows of the project with the environment's values, as a plan would. */
static int gather(struct watch *watch, struct tl_workset *workset, struct tl_error *err)
{
	struct tl_command *command = watch->command;
	struct tl_deploy deploy = {
		.project = command->project,
		.environment = command->environment,
		.schemas = &command->schemas,
		.repo = command->repo,
		.view = command->view,
		.root = watch->deployment->root,
		.lower = &workset->lower,
		.summaries = &workset->summaries,
		.platform = watch->deployment->platform,
		.ledger = watch->deployment->ledger,
		.clock = &command->clock,
		.stopped = tl_command_stopped,
	};
	struct tl_gathered gathered = { 0 };
	int ret = tl_gather(&gathered, &deploy, &workset->summaries, err);

	for (size_t i = 0; ret == 0 && i < gathered.wanted.count; i++) {
		if (gathered.wanted.items[i].chosen)
			keep(watch, &gathered.wanted.items[i]);
	}
	if (gathered.deploy)
		tl_gathered_clear(&gathered);
	return ret;
}

static void read_all(struct watch *watch)
{
	struct tl_command *command = watch->command;
	struct tl_workset workset = { 0 };
	struct tl_option_list none = { 0 };
	struct tl_error err = { 0 };
	int ret;

	workset.lower = (struct tl_lower){
		.values = &command->environment->values, .has_environment = true, .limits = command->project->limits,
	};
	ret = tl_workset_open(&workset, command, &none);
	if (ret != 0) {
		err = command->err;
		command->err = (struct tl_error){ 0 };
	} else {
		ret = gather(watch, &workset, &err);
	}
	if (ret != 0 && command->common->verbose)
		tl_command_say(command, "what git wants is not compared: %s", err.message);
	tl_workset_clear(&workset);
}

void watch_read_wanted(struct watch *watch)
{
	char head[TL_OID_SIZE] = "";
	struct tl_error ignored;

	if (!watch->command->repo || tl_repo_commit(head, watch->command->repo, "HEAD", &ignored) != 0)
		head[0] = '\0';
	if (watch->asked_git && strcmp(head, watch->head) == 0)
		return;
	tl_map_clear(&watch->wanted);
	tl_arena_clear(&watch->wanted_arena);
	watch->asked_git = true;
	memcpy(watch->head, head, sizeof(head));
	if (head[0])
		read_all(watch);
}
