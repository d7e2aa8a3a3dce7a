/* live/wav.h: recorded prompts as the telephone carries them: PCMU (G.711 µ-law), 8,000 samples a second, one channel. */
#ifndef TL_LIVE_WAV_H
#define TL_LIVE_WAV_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Samples a second; each is one byte. */
#define TL_PCMU_RATE 8000
#define TL_PCMU_SILENCE 0xff

/* The samples of a WAV file (RIFF), in `arena`: PCM of 8, 16, 24 or 32 bits, A-law or µ-law, one or two channels, 8,000 samples a second or a whole multiple up to 48,000,
 * at most ten minutes. TL_REFUSED for anything else, with how to convert it. `name` is the file's, for messages. */
int tl_wav_read(struct tl_str *out, struct tl_arena *arena, struct tl_str bytes, const char *name, struct tl_error *err);

/* A linear sample of 16 bits as µ-law (G.711), and back. */
unsigned char tl_pcmu_encode(int sample);
int tl_pcmu_decode(unsigned char sample);

#endif
