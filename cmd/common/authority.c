/* cmd/common/authority.c: the protected configuration and the user's state, for commands. */
#include "common/authority.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/guard.h"
#include "crypto/sha256.h"
#include "git/identity.h"
#include "ledger/folder.h"

/* Of a digest, for the name of a folder: enough that no two projects share one. */
#define FOLDER_DIGITS 32

static const char *get_variable(const char *name)
{
	return getenv(name);
}

/* In the command's arena, as the configuration borrows it. */
static const struct tl_surroundings *surroundings_of(struct tl_command *command)
{
	struct tl_surroundings *surroundings = TL_ARENA_NEW(&command->arena, struct tl_surroundings);

	surroundings->getenv = get_variable;
	surroundings->home = getenv("HOME");
	return surroundings;
}

/* By what a project is known, in the command's arena: its repository's tl_repo_identity(), with the project's folder in it; the folder alone outside of a
 * repository. It survives a new clone, and so do the approvals and the state that are kept by it. */
static int find_identity(struct tl_str *out, struct tl_command *command)
{
	if (!command->repo) {
		*out = tl_arena_printf(&command->arena, "file:%s", tl_path_join(&command->arena, command->root, command->base).ptr);
		return 0;
	}
	if (tl_repo_identity(out, &command->arena, command->repo, &command->err) != 0)
		return -1;
	/* Two slashes cannot come from an address or a path. */
	if (command->base.len > 0)
		*out = tl_arena_printf(&command->arena, "%.*s//%.*s", TL_FMT(*out), TL_FMT(command->base));
	return 0;
}

/* What a change could rewrite: a repository, or a project outside of one. A folder with neither, such as a home, may hold the configuration. */
static struct tl_str guarded_root(const struct tl_command *command)
{
	return command->repo || command->project->doc ? command->root : TL_STR("");
}

int tl_command_config(struct tl_config **out, struct tl_command *command)
{
	struct tl_str identity;

	*out = NULL;
	if (find_identity(&identity, command) != 0 ||
	    tl_config_read(out, surroundings_of(command), guarded_root(command), &command->schemas, &command->err) != 0)
		return -1;
	(*out)->identity = identity;
	return 0;
}

void tl_command_keep_secrets(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	/* LeakSanitizer reads this process by ptrace. */
#if !defined(__SANITIZE_ADDRESS__)
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int state_ledger(struct tl_str *out, struct tl_command *command, const struct tl_environment *environment, const struct tl_config *config)
{
	struct tl_arena *arena = &command->arena;
	struct tl_str state = tl_state_folder(arena, config->surroundings), project, folder;
	char digest[TL_SHA256_SIZE];

	if (state.len == 0)
		return tl_error_set(&command->err, TL_USAGE, "there is no place for the ledger of the environment '%.*s': set HOME, or say 'ledger:' in the "
		                    "configuration", TL_FMT(environment->name));
	tl_sha256_hex(digest, config->identity);
	project = tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(state), FOLDER_DIGITS, digest);
	folder = tl_path_join(arena, project, environment->name);
	if (tl_guard_folder(state.ptr, &command->err) != 0 || tl_guard_folder(project.ptr, &command->err) != 0 ||
	    tl_guard_folder(folder.ptr, &command->err) != 0)
		return tl_error_wrap(&command->err, "the ledger of the environment '%.*s'", TL_FMT(environment->name));
	*out = tl_path_join(arena, folder, TL_STR("ledger.db"));
	return 0;
}

int tl_command_ledger(struct tl_str *out, struct tl_command *command, struct tl_str root, const struct tl_environment *environment,
                      const struct tl_access *access, const struct tl_config *config)
{
	if (access->ledger.len > 0) {
		*out = tl_arena_dup(&command->arena, access->ledger);
		return 0;
	}
	if (!tl_str_is(environment->platform, "local"))
		return state_ledger(out, command, environment, config);
	*out = tl_path_join(&command->arena, tl_ledger_folder(&command->arena, root), TL_STR("ledger.db"));
	return tl_ledger_folder_check(root, command->repo, &command->err);
}
