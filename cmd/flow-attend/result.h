/* cmd/flow-attend/result.h: what became of a call, as a line; and all lines on their way to standard output, so that a reader who is slow holds up no call. */
#ifndef TL_FLOW_ATTEND_RESULT_H
#define TL_FLOW_ATTEND_RESULT_H

#include "common/command.h"
#include "live/attend.h"
#include "live/helpers.h"

/* Bytes that wait to be written; past them no more calls are taken. */
#define RESULT_BACKLOG ((size_t)1 << 20)

/* The line of a result, without its end. */
void result_text(struct tl_buf *out, const struct tl_attend_result *result);
void result_json(struct tl_buf *out, const struct tl_attend_result *result);
/* What the command would have ended with for this one alone. */
int result_exit(const struct tl_attend_result *result);

/* Says on standard error that no new calls are taken, where there are some that go on. */
void result_say_drain(const struct tl_command *command, size_t calls, int64_t drain_ms);

/* How many calls ended in which way, on standard error. */
void result_say_all(const struct tl_command *command, const uint64_t ends[TL_ENDS]);

/* Lines that are being written by a thread. */
struct scribe {
	struct tl_help help;
	struct tl_command *command;
	struct tl_helpers *helpers;
	struct tl_buf waiting, writing;
	struct tl_error err;
	bool closing;
	bool busy, failed;              /* a piece is being written; it could not be, and `err` says why */
	void (*relieved)(void *data);   /* something was written, or could not be */
	void *data;
};

/* -1 with the command's error. */
int scribe_open(struct scribe *scribe, struct tl_command *command, struct tl_loop *loop);
/* Writes what is left; where anything could not be written, that is the command's error, unless it has one. */
void scribe_close(struct scribe *scribe);
/* Adds a line, with its end. */
void scribe_line(struct scribe *scribe, struct tl_str line);
bool scribe_is_full(const struct scribe *scribe);

#endif
