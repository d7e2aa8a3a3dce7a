/* tests/unit/test_live_wav.c: G.711 both ways, and WAV files of each kind. */
#include "base/buf.h"
#include "live/wav.h"
#include "unit.h"

static void put(struct tl_buf *buf, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		tl_buf_char(buf, (char)(value >> 8 * i & 0xff));
}

/* A file of `frames` frames, all of the value `raw` in each channel. */
static void make_wav(struct tl_buf *buf, unsigned format, unsigned channels, uint32_t rate, unsigned bits, uint32_t raw, unsigned frames)
{
	uint32_t length = frames * channels * bits / 8;

	tl_buf_reset(buf);
	tl_buf_text(buf, "RIFF");
	put(buf, 36 + length, 4);
	tl_buf_text(buf, "WAVEfmt ");
	put(buf, 16, 4);
	put(buf, format, 2);
	put(buf, channels, 2);
	put(buf, rate, 4);
	put(buf, rate * channels * bits / 8, 4);
	put(buf, channels * bits / 8, 2);
	put(buf, bits, 2);
	tl_buf_text(buf, "data");
	put(buf, length, 4);
	for (unsigned i = 0; i < frames * channels; i++)
		put(buf, raw, bits / 8);
}

/* Each code means a value that is coded as itself; both zeros are silence. */
static void ulaw(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 256; code++) {
		int value = tl_pcmu_decode((unsigned char)code);

		if (code != 0x7f)
			assert_int_equal(tl_pcmu_encode(value), code);
		assert_in_range(value + 32768, 0, 65535);
	}
	assert_int_equal(tl_pcmu_encode(0), TL_PCMU_SILENCE);
	assert_int_equal(tl_pcmu_decode(0x00), -32124);
	assert_int_equal(tl_pcmu_decode(0x80), 32124);
	assert_int_equal(tl_pcmu_encode(32767), 0x80);
	assert_int_equal(tl_pcmu_encode(-32768), 0x00);
}

static void kinds(void **state)
{
	static const struct {
		const char *what;
		unsigned format, channels;
		uint32_t rate;
		unsigned bits;
		uint32_t raw;
		int value; /* of a sample, within what µ-law keeps */
	} rows[] = {
		{ "PCM, 16 bits", 1, 1, 8000, 16, 1000, 988 },      { "PCM, 16 bits, negative", 1, 1, 8000, 16, 0xfc18, -988 },
		{ "PCM, 16 kHz", 1, 1, 16000, 16, 1000, 988 },      { "PCM, 48 kHz, stereo", 1, 2, 48000, 16, 1000, 988 },
		{ "PCM, 8 bits", 1, 1, 8000, 8, 132, 1052 },        { "PCM, 24 bits", 1, 1, 8000, 24, 1000 << 8, 988 },
		{ "PCM, 32 bits", 1, 1, 24000, 32, 1000 << 16, 988 }, { "\xc2\xb5-law", 7, 1, 8000, 8, 0x80, 32124 },
		{ "A-law", 6, 1, 8000, 8, 0xd5, 8 },                { "A-law, loudest", 6, 1, 8000, 8, 0xaa, 32124 },
	};
	struct tl_buf buf = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_str out;

		make_wav(&buf, rows[i].format, rows[i].channels, rows[i].rate, rows[i].bits, rows[i].raw, rows[i].rate / 100);
		assert_row(rows[i].what, tl_wav_read(&out, &arena, tl_buf_view(&buf), "x.wav", &err) == 0);
		assert_row(rows[i].what, out.len == 80);
		assert_row(rows[i].what, tl_pcmu_decode((unsigned char)out.ptr[40]) == rows[i].value);
		tl_arena_clear(&arena);
	}
	tl_buf_clear(&buf);
}

static void refused(void **state)
{
	static const struct {
		const char *why;
		unsigned format, channels;
		uint32_t rate;
		unsigned bits;
	} rows[] = {
		{ "coded in a way", 85, 1, 8000, 16 }, { "coded in a way", 1, 1, 8000, 12 }, { "coded in a way", 7, 1, 8000, 16 }, { "coded in a way", 1, 1, 8000, 0 },
		{ "more than two channels", 1, 3, 8000, 16 }, { "more than two channels", 1, 0, 8000, 16 },
		{ "samples a second", 1, 1, 44100, 16 }, { "samples a second", 1, 1, 0, 16 }, { "samples a second", 1, 1, 96000, 16 },
	};
	struct tl_buf buf = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_str out;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		make_wav(&buf, rows[i].format, rows[i].channels, rows[i].rate, rows[i].bits, 0, 8);
		assert_row(rows[i].why, tl_wav_read(&out, &arena, tl_buf_view(&buf), "x.wav", &err) != 0 && err.code == TL_REFUSED);
		assert_row(rows[i].why, strstr(err.message, rows[i].why) && strstr(err.message, "x.wav"));
	}
	assert_int_not_equal(tl_wav_read(&out, &arena, TL_STR("ID3\4mp3"), "x.mp3", &err), 0);
	make_wav(&buf, 1, 1, 8000, 16, 0, 8);
	/* Cut at any place: an error, or what is there. */
	for (size_t i = 0; i < buf.len; i++) {
		if (tl_wav_read(&out, &arena, tl_str_slice(tl_buf_view(&buf), 0, i), "x.wav", &err) == 0)
			assert_int_equal(out.len, (i - 44) / 2);
	}
	tl_arena_clear(&arena);
	tl_buf_clear(&buf);
}

int test_live_wav(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ulaw), cmocka_unit_test(kinds), cmocka_unit_test(refused) };

	return cmocka_run_group_tests_name("live wav", tests, NULL, NULL);
}
