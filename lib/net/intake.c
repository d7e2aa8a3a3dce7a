/* net/intake.c: where work is offered: what all kinds have in common, and reading lines. */
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/intake_kind.h"

#define LIMIT ((size_t)64 << 10)
#define CHUNK ((size_t)16 << 10)

/* The last takes everything. */
static const struct tl_intake_kind *const kind_table[] = { &tl_intake_unix, &tl_intake_queue, &tl_intake_lines };

int tl_intake_open(struct tl_intake **out, const struct tl_intake_config *config, struct tl_error *err)
{
	struct tl_intake *intake = tl_alloc_zero(1, sizeof(*intake));
	size_t i = 0;

	*out = NULL;
	intake->config = *config;
	if (intake->config.limit == 0)
		intake->config.limit = LIMIT;
	while (i + 1 < TL_COUNT(kind_table) && !kind_table[i]->takes(tl_str(config->address)))
		i++;
	intake->kind = kind_table[i];
	if (intake->kind->open(intake, err) != 0) {
		free(intake);
		return -1;
	}
	/* They are the caller's, who wipes them. */
	intake->config.login = (struct tl_queue_login){ 0 };
	intake->config.address = NULL;
	*out = intake;
	return 0;
}

void tl_intake_close(struct tl_intake *intake)
{
	if (!intake)
		return;
	intake->kind->close(intake);
	while (intake->first) {
		struct tl_offered *offered = intake->first;

		intake->first = offered->next;
		free(offered);
	}
	free(intake);
}

void tl_intake_want(struct tl_intake *intake, size_t room)
{
	intake->room = room;
	intake->kind->want(intake);
}

size_t tl_intake_held(const struct tl_intake *intake)
{
	return intake->held;
}

uint64_t tl_intake_line(const struct tl_offered *offered)
{
	return offered->line;
}

void tl_intake_offer(struct tl_intake *intake, void *origin, uint64_t line, struct tl_str text)
{
	struct tl_offered *offered = tl_alloc_zero(1, sizeof(*offered));

	*offered = (struct tl_offered){ .next = intake->first, .intake = intake, .origin = origin, .line = line };
	if (intake->first)
		intake->first->previous = offered;
	intake->first = offered;
	intake->held++;
	if (intake->room > 0)
		intake->room--;
	intake->config.offer(intake->config.data, offered, text);
}

void tl_intake_settle(struct tl_offered *offered, enum tl_queue_verdict verdict, struct tl_str result)
{
	struct tl_intake *intake = offered->intake;
	void *origin = offered->origin;

	if (offered->previous)
		offered->previous->next = offered->next;
	else
		intake->first = offered->next;
	if (offered->next)
		offered->next->previous = offered->previous;
	free(offered);
	intake->held--;
	intake->kind->settle(intake, origin, verdict, result);
}

void tl_intake_refuse(struct tl_intake *intake, const char *why)
{
	if (intake->config.refused)
		intake->config.refused(intake->config.data, why);
}

/* --- Lines */

void tl_line_reader_init(struct tl_line_reader *reader, size_t limit)
{
	*reader = (struct tl_line_reader){ .limit = limit };
	tl_buf_init(&reader->buf, limit + 2 * CHUNK);
}

void tl_line_reader_clear(struct tl_line_reader *reader)
{
	tl_buf_clear(&reader->buf);
}

/* What was taken makes room for what comes. */
static void compact(struct tl_line_reader *reader)
{
	struct tl_buf *buf = &reader->buf;

	if (reader->at == 0)
		return;
	memmove(buf->data, buf->data + reader->at, buf->len - reader->at);
	buf->len -= reader->at;
	reader->searched -= reader->at;
	reader->at = 0;
}

ssize_t tl_line_reader_fill(struct tl_line_reader *reader, int fd)
{
	char *space;
	ssize_t got;

	compact(reader);
	space = tl_buf_reserve(&reader->buf, CHUNK);
	/* Whole lines were taken before: what is left is shorter than the limit. */
	assert(space);
	got = read(fd, space, CHUNK);
	if (got > 0)
		reader->buf.len += (size_t)got;
	if (got == 0)
		reader->end = true;
	return got;
}

/* Takes the bytes up to `end`, and the line break after them where there is one. */
static struct tl_str take(struct tl_line_reader *reader, size_t end)
{
	struct tl_str line = { reader->buf.data + reader->at, end - reader->at };

	reader->at = end < reader->buf.len ? end + 1 : end;
	reader->searched = reader->at;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Whether a whole line is there, and its end. */
static bool find_end(struct tl_line_reader *reader, size_t *end)
{
	struct tl_str all = tl_buf_view(&reader->buf);

	*end = tl_str_find(all, TL_STR("\n"), reader->searched);
	if (*end == SIZE_MAX && reader->end && reader->at < all.len)
		*end = all.len;
	if (*end == SIZE_MAX)
		reader->searched = all.len;
	return *end != SIZE_MAX;
}

enum tl_line tl_line_reader_next(struct tl_line_reader *reader, struct tl_str *line)
{
	size_t end;

	while (find_end(reader, &end)) {
		*line = take(reader, end);
		if (reader->skipping) {
			reader->skipping = false;
			continue;
		}
		reader->number++;
		if (line->len > reader->limit)
			return TL_LINE_TOO_LONG;
		if (tl_str_trim(*line).len > 0)
			return TL_LINE_TAKEN;
	}
	if (reader->skipping) {
		reader->at = reader->searched = reader->buf.len;
		return TL_LINE_NONE;
	}
	/* One more may be a CR. */
	if (reader->buf.len - reader->at <= reader->limit + 1)
		return TL_LINE_NONE;
	reader->skipping = true;
	reader->number++;
	reader->at = reader->searched = reader->buf.len;
	return TL_LINE_TOO_LONG;
}
