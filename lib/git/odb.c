/* git/odb.c: objects by their id, from several threads at once. */
#include <stdlib.h>

#include "git/room.h"

void tl_odb_pool_init(struct tl_odb_pool *pool, const char *common_folder)
{
	struct tl_arena arena = { 0 };

	*pool = (struct tl_odb_pool){ 0 };
	pthread_mutex_init(&pool->lock, NULL);
	pool->folder = tl_strdup(tl_path_join(&arena, tl_str(common_folder), TL_STR("objects")).ptr);
	tl_arena_clear(&arena);
}

void tl_odb_pool_clear(struct tl_odb_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		git_odb_free(pool->idle[i]);
	free(pool->idle);
	free(pool->folder);
	pthread_mutex_destroy(&pool->lock);
	*pool = (struct tl_odb_pool){ 0 };
}

/* A handle for this thread alone, until it is given back. */
static int take(git_odb **out, struct tl_odb_pool *pool, struct tl_error *err)
{
	int status;

	*out = NULL;
	pthread_mutex_lock(&pool->lock);
	if (pool->count)
		*out = pool->idle[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	if (*out)
		return 0;
	status = git_odb_open(out, pool->folder);
	if (status < 0)
		return tl_git_error(err, status, "cannot open '%s'", pool->folder);
	return 0;
}

static void give_back(struct tl_odb_pool *pool, git_odb *odb)
{
	pthread_mutex_lock(&pool->lock);
	pool->idle = tl_grow(pool->idle, &pool->capacity, pool->count + 1, sizeof(git_odb *));
	pool->idle[pool->count++] = odb;
	pthread_mutex_unlock(&pool->lock);
}

/* The header first, so that nothing larger than the limit is ever unpacked. */
static int read_with(git_odb_object **out, git_odb *odb, const git_oid *id, git_object_t type, uint64_t limit,
                     struct tl_str what, struct tl_error *err)
{
	git_object_t found;
	size_t size;
	int status = git_odb_read_header(&size, &found, odb, id);

	if (status < 0)
		return tl_git_error(err, status, "cannot read '%.*s'", TL_FMT(what));
	if (found != type)
		return tl_error_set(err, TL_IO, "cannot read '%.*s': git keeps a %s there, not a %s", TL_FMT(what),
		                    git_object_type2string(found), git_object_type2string(type));
	if (size > limit)
		return tl_error_set(err, TL_LIMIT, "'%.*s' is larger than the limit of %llu bytes", TL_FMT(what),
		                    (unsigned long long)limit);
	status = git_odb_read(out, odb, id);
	if (status < 0)
		return tl_git_error(err, status, "cannot read '%.*s'", TL_FMT(what));
	return 0;
}

int tl_odb_read(git_odb_object **out, struct tl_repo *repo, const git_oid *id, git_object_t type, uint64_t limit,
                struct tl_str what, struct tl_error *err)
{
	struct tl_error reason = { 0 };
	git_odb *odb;
	int status;

	*out = NULL;
	if (take(&odb, &repo->pool, err) < 0)
		return -1;
	status = read_with(out, odb, id, type, limit, what, &reason);
	give_back(&repo->pool, odb);
	if (status == 0)
		return 0;
	/* An object that a tree or the index names must be there: without it the repository is not whole. */
	if (reason.code == TL_NOT_FOUND)
		tl_repo_explain(repo, &reason);
	if (reason.code == TL_NOT_FOUND)
		reason.code = TL_IO;
	return tl_error_set(err, reason.code, "%s", reason.message);
}

int tl_odb_read_blob(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const git_oid *id,
                     uint64_t limit, struct tl_str what, struct tl_error *err)
{
	git_odb_object *object;

	*out = (struct tl_str){ NULL, 0 };
	if (tl_odb_read(&object, repo, id, GIT_OBJECT_BLOB, limit, what, err) < 0)
		return -1;
	*out = tl_arena_dup(arena, (struct tl_str){ git_odb_object_data(object), git_odb_object_size(object) });
	git_odb_object_free(object);
	return 0;
}
