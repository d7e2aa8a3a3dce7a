/* live/wav.c: chunks, then samples, then the mean of as many as make one of ours. */
#include "live/wav.h"

#define LONGEST_S 600
#define BIAS 0x84
#define CLIP 32635

enum wav_format { WAV_PCM = 1, WAV_ALAW = 6, WAV_ULAW = 7, WAV_EXTENSIBLE = 0xfffe };

struct wav {
	const char *name;
	unsigned format, channels, bits;
	uint32_t rate;
	struct tl_str data;
	bool has_format, has_data;
};

/* ---- G.711 */

unsigned char tl_pcmu_encode(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, exponent = 7, magnitude = sample < 0 ? -sample : sample;

	magnitude = (magnitude > CLIP ? CLIP : magnitude) + BIAS;
	while (exponent > 0 && !(magnitude & (0x80 << exponent)))
		exponent--;
	return (unsigned char)~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 0x0f));
}

int tl_pcmu_decode(unsigned char sample)
{
	int code = ~sample & 0xff, magnitude = ((code & 0x0f) << 3) + BIAS;

	magnitude = (magnitude << (code >> 4 & 7)) - BIAS;
	return code & 0x80 ? -magnitude : magnitude;
}

static int alaw_decode(unsigned char sample)
{
	int code = sample ^ 0x55, magnitude = (code & 0x0f) << 4, exponent = code >> 4 & 7;

	magnitude += exponent > 0 ? 0x108 : 8;
	magnitude <<= exponent > 1 ? exponent - 1 : 0;
	return code & 0x80 ? magnitude : -magnitude;
}

/* ---- the file */

static uint32_t little(struct tl_str bytes, size_t at, unsigned count)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < count && at + i < bytes.len; i++)
		value |= (uint32_t)(unsigned char)bytes.ptr[at + i] << 8 * i;
	return value;
}

static int refuse(const struct wav *wav, const char *what, struct tl_error *err)
{
	return tl_error_set(err, TL_REFUSED, "'%s' %s: a prompt is a WAV file (PCM, A-law or \xc2\xb5-law) with 8000 samples a second or a multiple; "
	                    "'sox IN -r 8000 -c 1 -e mu-law OUT.wav' makes one", wav->name, what);
}

static void read_format(struct wav *wav, struct tl_str chunk)
{
	wav->has_format = chunk.len >= 16;
	wav->format = little(chunk, 0, 2);
	wav->channels = little(chunk, 2, 2);
	wav->rate = little(chunk, 4, 4);
	wav->bits = little(chunk, 14, 2);
	if (wav->format == WAV_EXTENSIBLE && chunk.len >= 26)
		wav->format = little(chunk, 24, 2);
}

/* A length that reaches past the end (a recorder that was cut off) means all that is there. */
static int read_chunks(struct wav *wav, struct tl_str bytes, struct tl_error *err)
{
	size_t at = 12;

	if (bytes.len < 12 || !tl_str_starts(bytes, TL_STR("RIFF")) || !tl_str_is(tl_str_slice(bytes, 8, 12), "WAVE"))
		return refuse(wav, "is no WAV file", err);
	while (at + 8 <= bytes.len && !wav->has_data) {
		struct tl_str id = tl_str_slice(bytes, at, at + 4);
		size_t length = little(bytes, at + 4, 4), end = length > bytes.len - at - 8 ? bytes.len : at + 8 + length;

		if (tl_str_is(id, "fmt "))
			read_format(wav, tl_str_slice(bytes, at + 8, end));
		if (tl_str_is(id, "data")) {
			wav->data = tl_str_slice(bytes, at + 8, end);
			wav->has_data = true;
		}
		at = end + (length & 1);
	}
	if (!wav->has_format || !wav->has_data)
		return refuse(wav, "has no sound in it", err);
	return 0;
}

static int check_format(const struct wav *wav, struct tl_error *err)
{
	bool pcm = wav->format == WAV_PCM && (wav->bits == 8 || wav->bits == 16 || wav->bits == 24 || wav->bits == 32);
	bool law = (wav->format == WAV_ALAW || wav->format == WAV_ULAW) && wav->bits == 8;

	if (!pcm && !law)
		return refuse(wav, "is coded in a way that is not read here", err);
	if (wav->channels < 1 || wav->channels > 2)
		return refuse(wav, "has more than two channels", err);
	if (wav->rate == 0 || wav->rate % TL_PCMU_RATE != 0 || wav->rate > 6 * TL_PCMU_RATE)
		return refuse(wav, "has another number of samples a second", err);
	return 0;
}

/* One channel's value, of 16 bits. */
static int value_at(const struct wav *wav, size_t at)
{
	unsigned size = wav->bits / 8;
	uint32_t raw = little(wav->data, at, size);

	if (wav->format == WAV_ULAW)
		return tl_pcmu_decode((unsigned char)raw);
	if (wav->format == WAV_ALAW)
		return alaw_decode((unsigned char)raw);
	if (size == 1)
		return ((int)raw - 128) * 256;
	return (int16_t)(raw >> (wav->bits - 16));
}

int tl_wav_read(struct tl_str *out, struct tl_arena *arena, struct tl_str bytes, const char *name, struct tl_error *err)
{
	struct wav wav = { .name = name };
	size_t frame, group, count;
	unsigned char *samples;

	*out = (struct tl_str){ NULL, 0 };
	if (read_chunks(&wav, bytes, err) != 0 || check_format(&wav, err) != 0)
		return -1;
	frame = wav.channels * (wav.bits / 8);
	group = wav.rate / TL_PCMU_RATE * wav.channels; /* values that make one sample */
	count = wav.data.len / (frame * (wav.rate / TL_PCMU_RATE));
	if (count > (size_t)TL_PCMU_RATE * LONGEST_S)
		return refuse(&wav, "is longer than ten minutes", err);
	samples = tl_arena_alloc(arena, count + 1, 1);
	for (size_t i = 0; i < count; i++) {
		int sum = 0;

		for (size_t j = 0; j < group; j++)
			sum += value_at(&wav, (i * group + j) * (wav.bits / 8));
		samples[i] = tl_pcmu_encode(sum / (int)group);
	}
	*out = (struct tl_str){ (const char *)samples, count };
	return 0;
}
