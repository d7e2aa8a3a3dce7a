/* live/control.h: the messages of the platform's call control, both ways: what is said of a call over its WebSocket, and what is asked for there. */
#ifndef TL_LIVE_CONTROL_H
#define TL_LIVE_CONTROL_H

#include "base/buf.h"
#include "base/error.h"
#include "live/session.h"

/* ---- what the platform tells */

enum tl_told_kind {
	TL_TOLD_CONNECTED,
	TL_TOLD_ERROR,           /* `text`: why, in the platform's words */
	TL_TOLD_KEY,             /* `key` */
	TL_TOLD_MEDIA,
	TL_TOLD_PLAYED,
	TL_TOLD_TRANSFERRED,
	TL_TOLD_TRANSFER_FAILED, /* `text`: why, or empty */
	TL_TOLD_HUNG_UP,
	TL_TOLD_OTHER,           /* an event that this version does not know, or a key that means nothing */
};

struct tl_told {
	enum tl_told_kind kind;
	struct tl_str id;        /* callControlId; empty where the message has none */
	struct tl_str text;
	char key;                /* 0-9, * or # */
};

/* Reads a message. Views of `text`, or in `scratch`, which a message as they usually are does not touch. TL_USAGE for what is no event: no JSON object, no `event`, a member
 * of another type, a key that no telephone has. A to D, which some have, mean nothing: TL_TOLD_OTHER. */
int tl_control_read(struct tl_told *out, struct tl_arena *scratch, struct tl_str text, struct tl_error *err);

/* ---- what is asked of it: each is appended to `out`, whole */

/* The first message: the call, and what will be asked for. */
void tl_control_hello(struct tl_buf *out, struct tl_str id);
void tl_control_play(struct tl_buf *out, struct tl_str id, struct tl_str audio_base, const struct tl_session_play *play);
void tl_control_transfer(struct tl_buf *out, struct tl_str id, struct tl_str kind, struct tl_str target);
void tl_control_hang_up(struct tl_buf *out, struct tl_str id);

/* Where a prompt's audio lies: below `base` (which may be empty), percent-encoded; an address stays as it is. */
void tl_control_audio(struct tl_buf *out, struct tl_str base, struct tl_str audio);

#endif
