/* doc/pieces.c: from places in a substituted text back to the original. */
#include "doc/substitute.h"

/* The last piece that starts at or before `at`. */
static size_t find_piece(const struct tl_pieces *pieces, size_t at)
{
	size_t low = 0, high = pieces->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (pieces->items[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static uint32_t original_offset(const struct tl_piece *piece, size_t at)
{
	size_t offset = piece->from.start + (at - piece->at);

	return offset < piece->from.end ? (uint32_t)offset : piece->from.end;
}

struct tl_span tl_pieces_span(const struct tl_pieces *pieces, size_t start, size_t end)
{
	const struct tl_piece *first, *last;

	if (pieces->count == 0)
		return (struct tl_span){ (uint32_t)start, (uint32_t)end };
	first = &pieces->items[find_piece(pieces, start)];
	last = end > start ? &pieces->items[find_piece(pieces, end - 1)] : first;
	return (struct tl_span){
		first->key ? first->from.start : original_offset(first, start),
		last->key ? last->from.end : original_offset(last, end),
	};
}

bool tl_pieces_touch(const struct tl_pieces *pieces, size_t start, size_t end)
{
	if (pieces->count == 0 || end <= start)
		return false;
	for (size_t i = find_piece(pieces, start); i < pieces->count && pieces->items[i].at < end; i++) {
		if (pieces->items[i].key)
			return true;
	}
	return false;
}
