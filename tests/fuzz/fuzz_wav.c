/* tests/fuzz/fuzz_wav.c: any bytes as a WAV file: refused in words, or samples that the file has room for. */
#include "fuzz.h"

#include "live/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_str out;

	if (tl_wav_read(&out, &arena, (struct tl_str){ (const char *)data, size }, "t.wav", &err) == 0)
		demand(out.ptr && out.len <= size);
	else
		demand(err.message[0] && !out.ptr);
	tl_arena_clear(&arena);
	return 0;
}
