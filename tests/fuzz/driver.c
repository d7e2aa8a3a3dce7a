/* tests/fuzz/driver.c: runs a fuzz target over files and folders of files, where there is no libFuzzer. */
#include <ftw.h>

#include "base/file.h"
#include "fuzz.h"

static size_t runs, failed;

static int run_file(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	struct tl_arena arena = { 0 };
	struct tl_error err;
	struct tl_str bytes;

	(void)info;
	(void)walk;
	if (kind != FTW_F)
		return 0;
	if (tl_file_read(&bytes, &arena, path, 16 << 20, &err) == 0) {
		LLVMFuzzerTestOneInput((const uint8_t *)bytes.ptr, bytes.len);
		runs++;
	} else {
		fprintf(stderr, "%s\n", err.message);
		failed++;
	}
	tl_arena_clear(&arena);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], run_file, 16, FTW_PHYS) != 0) {
			perror(argv[i]);
			failed++;
		}
	}
	fprintf(stderr, "%s: %zu files\n", argv[0], runs);
	return failed || runs == 0;
}
