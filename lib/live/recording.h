/* live/recording.h: a live call as a case of a suite: what was pressed and when, how long each prompt was heard, what was answered; and what became of it as what is expected. */
#ifndef TL_LIVE_RECORDING_H
#define TL_LIVE_RECORDING_H

#include "base/buf.h"
#include "live/session.h"

/* What one recording holds at most: bytes, and inputs (a case's limit). Past it the recording ends with what it has, and the case says so. */
#define TL_RECORDING_BYTES ((size_t)256 << 10)
#define TL_RECORDING_INPUTS 1000
/* Levels of a profile that a case can hold. */
#define TL_RECORDING_DEPTH 48

/* Begins with nothing. `keep_sensitive`: inputs that fill sensitive variables as they were; else each digit as 0, and the case says so. */
struct tl_recording *tl_recording_new(bool keep_sensitive);
void tl_recording_free(struct tl_recording *recording); /* NULL is fine */

/* Told by the session. Times are the call's clock. */
void tl_recording_offer(struct tl_recording *recording, const struct tl_edition *edition, const struct tl_offer *offer);
void tl_recording_start(struct tl_recording *recording, int64_t wall_ms);
void tl_recording_heard(struct tl_recording *recording, int64_t ms);
/* A key was pressed; and later, in the same order, it was taken by a node: then it is known whether it fills a sensitive variable. */
void tl_recording_key(struct tl_recording *recording, int64_t at_ms, char key);
void tl_recording_taken(struct tl_recording *recording, bool sensitive);
void tl_recording_silence(struct tl_recording *recording, int64_t at_ms);
/* `visits`: how many were made by then, where the time alone does not say when (0: it does). */
void tl_recording_hangup(struct tl_recording *recording, int64_t at_ms, uint64_t visits);
/* An answer to a profile lookup or another request that the outside was asked; not of schedules. */
void tl_recording_answer(struct tl_recording *recording, enum tl_service service, struct tl_str subject, const struct tl_event *answer);
/* `hidden`: the target holds a sensitive value. */
void tl_recording_transfer(struct tl_recording *recording, struct tl_str kind, struct tl_str target, bool hidden, bool taken);
/* What the session emits; the recording passes nothing on. */
void tl_recording_emit(struct tl_recording *recording, const struct tl_emission *emission);

/* Writes a suite with one case, which flow-simulate runs as it is: {suite, cases: [{id, at, caller, …, inputs, heard, limits, expect}]}, as YAML. Of a session that has not
 * ended: up to now, as if the caller had hung up. */
void tl_recording_write(struct tl_buf *out, struct tl_recording *recording, const struct tl_session *session);

#endif
