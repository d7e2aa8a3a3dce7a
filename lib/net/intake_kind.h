/* net/intake_kind.h: what the kinds of intake share: lines of a file (intake_lines.c), a Unix socket (intake_unix.c), a queue (intake_queue.c). Private to them. */
#ifndef TL_NET_INTAKE_KIND_H
#define TL_NET_INTAKE_KIND_H

#include <sys/types.h>

#include "base/buf.h"
#include "net/intake.h"

struct tl_offered {
	struct tl_offered *next, *previous;
	struct tl_intake *intake;
	void *origin;            /* the kind's own */
	uint64_t line;           /* its number; 0: it is none */
};

struct tl_intake_kind {
	bool (*takes)(struct tl_str address);
	/* Sets intake->source, or cleans up and fails. Offers nothing yet. */
	int (*open)(struct tl_intake *intake, struct tl_error *err);
	void (*close)(struct tl_intake *intake);
	/* intake->room is another. Offers nothing within it. */
	void (*want)(struct tl_intake *intake);
	void (*settle)(struct tl_intake *intake, void *origin, enum tl_queue_verdict verdict, struct tl_str result);
};
extern const struct tl_intake_kind tl_intake_lines, tl_intake_unix, tl_intake_queue;

struct tl_intake {
	struct tl_intake_config config;
	const struct tl_intake_kind *kind;
	void *source;
	size_t room, held;
	struct tl_offered *first; /* newest first */
};

/* An offer of this kind, of which there is room for one less now. */
void tl_intake_offer(struct tl_intake *intake, void *origin, uint64_t line, struct tl_str text);
/* Told where somebody listens. */
void tl_intake_refuse(struct tl_intake *intake, const char *why);

/* --- Lines of a descriptor: no line is longer than the limit, and no more is read than is needed for one. */

struct tl_line_reader {
	struct tl_buf buf;
	size_t at;               /* what was taken */
	size_t searched;         /* no line ends before */
	size_t limit;
	uint64_t number;         /* of the last line taken, from 1 */
	bool skipping;           /* the rest of a line that was too long */
	bool end;                /* nothing more will come */
};

enum tl_line { TL_LINE_NONE, TL_LINE_TAKEN, TL_LINE_TOO_LONG };

void tl_line_reader_init(struct tl_line_reader *reader, size_t limit);
void tl_line_reader_clear(struct tl_line_reader *reader);
/* One read: its result. 0: the end; -1: errno says why. */
ssize_t tl_line_reader_fill(struct tl_line_reader *reader, int fd);
/* The next line that is not blank, without its end; valid until the next call. Of one that is too long only that it is. */
enum tl_line tl_line_reader_next(struct tl_line_reader *reader, struct tl_str *line);

#endif
