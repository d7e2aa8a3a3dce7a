/* base/nearest.c: "did you mean" (tl_text_nearest). */
#include "base/text.h"

/* Longer names than this are no slips of the keyboard, and cost a square of their length. */
#define LONGEST 96

struct word {
	uint32_t points[LONGEST];
	size_t count;
};

/* Code points with ASCII letters in lower case; a byte that is no UTF-8 stands for itself. False where there are too many. */
static bool read_word(struct word *word, struct tl_str name)
{
	size_t at = 0;

	word->count = 0;
	while (at < name.len) {
		uint32_t point = 0;
		size_t len = tl_str_decode(name, at, &point);

		if (word->count == LONGEST)
			return false;
		if (len == 0)
			point = (unsigned char)name.ptr[at];
		if (point >= 'A' && point <= 'Z')
			point += 'a' - 'A';
		word->points[word->count++] = point;
		at += len ? len : 1;
	}
	return true;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The number of insertions, deletions, replacements and exchanges of neighbours that make `b` of `a` (optimal string
 * alignment). Three rows of the table are kept. */
static size_t distance(const struct word *a, const struct word *b)
{
	size_t rows[3][LONGEST + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b->count; j++)
		last[j] = j;
	for (size_t i = 1; i <= a->count; i++) {
		size_t *free_row = before;

		row[0] = i;
		for (size_t j = 1; j <= b->count; j++) {
			bool same = a->points[i - 1] == b->points[j - 1];

			row[j] = least(last[j - 1] + !same, least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a->points[i - 1] == b->points[j - 2] &&
			    a->points[i - 2] == b->points[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = free_row;
	}
	return last[b->count];
}

struct tl_str tl_text_nearest(struct tl_str name, const struct tl_str *names, size_t count)
{
	struct tl_str nearest = { "", 0 };
	struct word wanted, other;
	size_t best;

	if (!read_word(&wanted, name) || wanted.count == 0)
		return nearest;
	/* One above what counts as near. A name of one letter with another letter has nothing left of it. */
	best = wanted.count == 1 ? 1 : (wanted.count < 6 ? 1 : wanted.count / 3) + 1;
	for (size_t i = 0; i < count; i++) {
		size_t found;

		if (names[i].len == 0 || !read_word(&other, names[i]) || other.count + best <= wanted.count ||
		    wanted.count + best <= other.count)
			continue;
		found = distance(&wanted, &other);
		if (found < best) {
			best = found;
			nearest = names[i];
		}
	}
	return nearest;
}
