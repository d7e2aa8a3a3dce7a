/* tests/fuzz/fuzz_signature.c: any bytes as the two header fields of a signed request, a line each: only one that was signed with the secret is good. */
#include "fuzz.h"

#include "net/signature.h"

struct fields {
	struct tl_str input, signature;
};

static struct tl_str header(void *data, const char *name)
{
	const struct fields *fields = data;

	if (strcmp(name, "signature-input") == 0)
		return fields->input;
	if (strcmp(name, "signature") == 0)
		return fields->signature;
	return TL_STR("value");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const required_table[] = { "@request-target", NULL };
	struct tl_str text = { (const char *)data, size }, nonce;
	size_t line = tl_str_find(text, TL_STR("\n"), 0);
	struct fields fields = { tl_str_slice(text, 0, line == SIZE_MAX ? size : line), tl_str_slice(text, line == SIZE_MAX ? size : line + 1, size) };
	struct tl_signed request = { .target = TL_STR("/"), .header = header, .data = &fields };
	struct tl_signature_rules rules = {
		.key_id = TL_STR("k"), .key = TL_STR("a secret that nobody guesses"), .required = required_table, .now_s = 1000, .max_age_s = 10, .skew_s = 3,
		.nonce_letters = 1,
	};
	struct tl_arena arena = { 0 };
	const char *why = NULL;

	demand(tl_signature_check(&nonce, &why, &arena, &request, &rules) != TL_SIGNATURE_GOOD);
	demand(why && !nonce.ptr);
	tl_arena_clear(&arena);
	return 0;
}
