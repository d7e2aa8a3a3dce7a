/* deploy/audio.c: audio files, each read once. */
#include "deploy/audio.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

/* A prompt of more than an hour is somebody's mistake. */
#define AUDIO_LIMIT ((uint64_t)256 << 20)

struct tl_audio {
	struct tl_view *view;
	pthread_mutex_t lock;
	struct tl_arena arena;
	struct tl_map digests; /* path -> struct tl_str * */
};

struct tl_audio *tl_audio_new(struct tl_view *view)
{
	struct tl_audio *audio = tl_alloc_zero(1, sizeof(*audio));

	audio->view = view;
	pthread_mutex_init(&audio->lock, NULL);
	return audio;
}

void tl_audio_free(struct tl_audio *audio)
{
	if (!audio)
		return;
	pthread_mutex_destroy(&audio->lock);
	tl_map_clear(&audio->digests);
	tl_arena_clear(&audio->arena);
	free(audio);
}

/* Reads a file; where there is none, the digest is empty. */
static int read_digest(char out[TL_SHA256_SIZE], struct tl_view *view, struct tl_str path, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_error why = { 0 };
	struct tl_str bytes;
	int ret = tl_view_read(&bytes, &arena, view, path, AUDIO_LIMIT, NULL, &why);

	out[0] = '\0';
	if (ret == 0)
		tl_sha256_hex(out, bytes);
	else if (why.code == TL_NOT_FOUND)
		ret = 0;
	else
		*err = why;
	tl_arena_clear(&arena);
	return ret;
}

static struct tl_str *find(struct tl_audio *audio, struct tl_str path)
{
	struct tl_str *digest;

	pthread_mutex_lock(&audio->lock);
	digest = tl_map_ptr(&audio->digests, path);
	pthread_mutex_unlock(&audio->lock);
	return digest;
}

/* Keeps a digest; another thread may have been first with the same one. */
static struct tl_str *keep(struct tl_audio *audio, struct tl_str path, const char *text)
{
	struct tl_str *digest;

	pthread_mutex_lock(&audio->lock);
	digest = TL_ARENA_NEW(&audio->arena, struct tl_str);
	*digest = tl_arena_dup(&audio->arena, tl_str(text));
	tl_map_put(&audio->digests, tl_arena_dup(&audio->arena, path), NULL)->value.ptr = digest;
	pthread_mutex_unlock(&audio->lock);
	return digest;
}

size_t tl_audio_paths(struct tl_str **out, struct tl_arena *arena, struct tl_audio *audio)
{
	size_t count;

	pthread_mutex_lock(&audio->lock);
	count = audio->digests.count;
	*out = TL_ARENA_ARRAY(arena, struct tl_str, count + 1);
	for (size_t i = 0; i < count; i++)
		(*out)[i] = audio->digests.entries[i].key;
	pthread_mutex_unlock(&audio->lock);
	return count;
}

int tl_audio_digest(struct tl_str *out, struct tl_audio *audio, struct tl_str path, struct tl_error *err)
{
	struct tl_str *digest = find(audio, path);
	char text[TL_SHA256_SIZE];

	if (!digest) {
		if (read_digest(text, audio->view, path, err) != 0)
			return -1;
		digest = keep(audio, path, text);
	}
	*out = *digest;
	return 0;
}
