/* live/recording.h: a live call as a case of a suite: what was pressed and when, how long each prompt was heard, what was answered; and what became of it as what is expected. */
#ifndef TL_LIVE_RECORDING_H
#define TL_LIVE_RECORDING_H

#include "base/buf.h"
#include "live/session.h"

/* Begins with nothing. `keep_sensitive`: inputs that fill sensitive variables as they were; else each digit as 0, and the case says so. */
struct tl_recording *tl_recording_new(bool keep_sensitive);
void tl_recording_free(struct tl_recording *recording); /* NULL is fine */

/* Told by the session. Times are the call's clock. */
void tl_recording_start(struct tl_recording *recording, const struct tl_edition *edition, const struct tl_offer *offer, int64_t wall_ms);
void tl_recording_heard(struct tl_recording *recording, int64_t ms);
void tl_recording_key(struct tl_recording *recording, int64_t at_ms, char key, bool sensitive);
void tl_recording_hangup(struct tl_recording *recording, int64_t at_ms);
void tl_recording_request(struct tl_recording *recording, const struct tl_emission *request, struct tl_str subject, const struct tl_event *answer);
void tl_recording_refused(struct tl_recording *recording, struct tl_str kind, struct tl_str target);
/* What the session emits; the recording passes nothing on. */
struct tl_sink tl_recording_sink(struct tl_recording *recording);

/* Writes a suite with one case, which flow-simulate runs as it is: {suite, cases: [{id, at, caller, …, inputs, heard, limits, expect}]}, as YAML. */
void tl_recording_write(struct tl_buf *out, struct tl_recording *recording, const struct tl_session *session);

#endif
