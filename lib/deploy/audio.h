/* deploy/audio.h: SHA-256 of the audio files that flows name. Each file is read once, whichever thread asks first. */
#ifndef TL_DEPLOY_AUDIO_H
#define TL_DEPLOY_AUDIO_H

#include "crypto/sha256.h"
#include "git/view.h"

struct tl_audio;

/* `view` is borrowed. */
struct tl_audio *tl_audio_new(struct tl_view *view);
void tl_audio_free(struct tl_audio *audio); /* NULL is fine */
/* The digest of a file of the view as hex digits, borrowed; empty where there is no such file. Safe from several threads at once. */
int tl_audio_digest(struct tl_str *out, struct tl_audio *audio, struct tl_str path, struct tl_error *err);
/* The paths that were asked for, in `arena`; the texts stay in `audio`. Returns how many. */
size_t tl_audio_paths(struct tl_str **out, struct tl_arena *arena, struct tl_audio *audio);

#endif
