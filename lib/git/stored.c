/* git/stored.c: what git would store of a file of the working tree. */
#include <sys/stat.h>

#include "git/index_file.h"
#include "git/room.h"

bool tl_index_saw(const struct tl_index *index, const struct tl_index_entry *entry, const struct stat *info)
{
	struct tl_index_stat seen = tl_index_stat(entry);

	return seen.mtime_s == (uint32_t)info->st_mtim.tv_sec && seen.mtime_ns == (uint32_t)info->st_mtim.tv_nsec &&
	       seen.ctime_s == (uint32_t)info->st_ctim.tv_sec && seen.ctime_ns == (uint32_t)info->st_ctim.tv_nsec &&
	       seen.inode == (uint32_t)info->st_ino && seen.size == (uint32_t)info->st_size &&
	       info->st_mtim.tv_sec < index->mtime_s;
}

bool tl_stored_id(git_oid *out, struct tl_repo *repo, const char *path, struct tl_str bytes)
{
	git_filter_list *filters = NULL;
	git_buf filtered = { 0 };
	bool filtering;
	int status;

	/* libgit2 looks for attributes in the index too and fails on a sparse one: then the bytes are taken as they
	 * are. */
	if (git_filter_list_load(&filters, repo->git, NULL, path, GIT_FILTER_TO_ODB, GIT_FILTER_DEFAULT) < 0)
		return false;
	filtering = filters != NULL;
	status = filtering ? git_filter_list_apply_to_buffer(&filtered, filters, bytes.ptr, bytes.len) : 0;
	if (status == 0 && filtering)
		status = git_odb_hash(out, filtered.ptr, filtered.size, GIT_OBJECT_BLOB);
	git_buf_dispose(&filtered);
	git_filter_list_free(filters);
	return status == 0 && filtering;
}
