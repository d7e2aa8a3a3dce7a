/* sim/words.c: whether a phrase occurs in what was said. */
#include "sim/state.h"

/* A word character is an ASCII letter, digit, '_', or any byte above 127. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c > 127;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Repeated spaces count as one: the offset of the last of a run. */
static size_t last_space(struct tl_str text, size_t at)
{
	while (at + 1 < text.len && text.ptr[at + 1] == ' ')
		at++;
	return at;
}

/* Where the phrase ends if it stands at `at` of the transcript, else SIZE_MAX. Both start at no space. */
static size_t match_at(struct tl_str phrase, struct tl_str transcript, size_t at)
{
	size_t i = 0;

	while (i < phrase.len) {
		if (at >= transcript.len || lower(phrase.ptr[i]) != lower(transcript.ptr[at]))
			return SIZE_MAX;
		if (phrase.ptr[i] == ' ') {
			i = last_space(phrase, i);
			at = last_space(transcript, at);
		}
		i++;
		at++;
	}
	return at;
}

static struct tl_str without_spaces(struct tl_str text)
{
	while (text.len > 0 && text.ptr[0] == ' ')
		text = tl_str_slice(text, 1, text.len);
	while (text.len > 0 && text.ptr[text.len - 1] == ' ')
		text.len--;
	return text;
}

bool tl_words_occur(struct tl_str phrase, struct tl_str transcript)
{
	phrase = without_spaces(phrase);
	transcript = without_spaces(transcript);
	for (size_t at = 0; at < transcript.len; at++) {
		size_t end;

		if (at > 0 && is_word(transcript.ptr[at - 1]))
			continue;
		end = match_at(phrase, transcript, at);
		if (end != SIZE_MAX && end > at && (end >= transcript.len || !is_word(transcript.ptr[end])))
			return true;
	}
	return false;
}
