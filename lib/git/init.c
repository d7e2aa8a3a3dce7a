/* git/init.c: a new repository. */
#include "git/room.h"

int tl_repo_init(const char *folder, struct tl_error *err)
{
	git_repository_init_options options = { .version = GIT_REPOSITORY_INIT_OPTIONS_VERSION };
	git_repository *git = NULL;
	int status;

	if (tl_git_start(err) < 0)
		return -1;
	/* As `git init` would: the templates of the machine, the first branch as the user calls it; nothing that is there is touched. */
	options.flags = GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_EXTERNAL_TEMPLATE;
	status = git_repository_init_ext(&git, folder, &options);
	if (status < 0)
		tl_git_error(err, status, "cannot make a repository in '%s'", folder);
	git_repository_free(git);
	tl_git_stop();
	return status < 0 ? -1 : 0;
}
