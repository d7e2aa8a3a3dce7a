/* live/audiohook.h: one call over the vendor's media protocol, AudioHook 2 as its Audio Connector speaks it: the platform is the client and we are the server. Knows no network, no clock
 * and no thread, as live/session.h, which runs the flow.
 *
 * What the protocol has no words for is handed over at the end: a transfer, and the flow's outputs, are output variables of `disconnect`, for the Architect flow to act on:
 * `status`, `exit`, `transferKind`, `transferTarget`, and each variable of the flow that is an output (a native flow's: all) and not sensitive. Source: ../reference of the vendor's public
 * implementation (audioconnector-server-reference-implementation, src/protocol).
 *
 * A prompt is over once all of it was sent and the platform said `playback_completed`; where it never says so, when its time is over. While the platform has `paused`,
 * the call's clock stands still. A key ends the prompt that plays (`barge_in`). */
#ifndef TL_LIVE_AUDIOHOOK_H
#define TL_LIVE_AUDIOHOOK_H

#include "live/session.h"

/* Sound is sent in pieces of 20 ms, 160 bytes of PCMU, at the pace of speech, this far ahead of it so that no gap is heard. A platform that says that it takes no more
 * messages (error 429) gets pieces of 400 ms: those who serve the vendor's report that it takes five binary messages a second, and 25 at once. */
#define TL_AUDIOHOOK_PIECE_MS 20
#define TL_AUDIOHOOK_PIECE_MOST_MS 1000
#define TL_AUDIOHOOK_LIMITED_MS 400
#define TL_AUDIOHOOK_AHEAD_MS 100
/* How long the first message may take, and the client's `close` after our `disconnect`. */
#define TL_AUDIOHOOK_OPEN_MS 10000
#define TL_AUDIOHOOK_CLOSE_MS 5000
/* How long a platform may say nothing at all: its client pings every five seconds. */
#define TL_AUDIOHOOK_SILENT_MS 180000

struct tl_audiohook;

struct tl_audiohook_config {
	const struct tl_edition *edition;
	struct tl_str session_id;    /* of the request's header: each message must name it */
	struct tl_str organization_id; /* likewise; or empty */
	int64_t piece_ms;            /* of sound in one message; 0: TL_AUDIOHOOK_PIECE_MS */
	/* The samples of a prompt's audio, as the flow names it: PCMU. Borrowed while the call lasts. No pointer: there is none (a call whose prompt is missing goes on). */
	struct tl_str (*sound)(void *data, struct tl_str audio);
	/* What is sent: a message, a piece of sound, and the end of the connection. */
	void (*text)(void *data, struct tl_str text);
	void (*audio)(void *data, struct tl_str samples);
	void (*close)(void *data, int code, const char *reason);
	/* Wanted of a platform, if there is one: tl_audiohook_profile() answers. NULL: every lookup fails. */
	void (*profile)(void *data, struct tl_str external_id);
	void (*visit)(void *data, const struct tl_flow *flow, const struct tl_node *node);       /* as the session's; may be NULL */
	void (*attempt)(void *data, const struct tl_node *node, enum tl_attempt result);         /* likewise */
	struct tl_recording *recording; /* or NULL */
	void *data;
};

/* A connection that was accepted. `config` is copied, what it points to borrowed. */
struct tl_audiohook *tl_audiohook_new(const struct tl_audiohook_config *config, int64_t now_ms);
void tl_audiohook_free(struct tl_audiohook *hook); /* NULL is fine */

/* What happens, with the time as for a session. */
void tl_audiohook_message(struct tl_audiohook *hook, int64_t now_ms, int64_t wall_ms, struct tl_str text);
void tl_audiohook_voice(struct tl_audiohook *hook, int64_t now_ms, struct tl_str samples); /* the caller's: nobody listens here, it is counted */
void tl_audiohook_profile(struct tl_audiohook *hook, int64_t now_ms, enum tl_answer answer, const struct tl_item *attributes);
/* The connection is gone: a call that had not ended is lost. */
void tl_audiohook_gone(struct tl_audiohook *hook, int64_t now_ms);
/* Time passes: sends what is due, ends what takes too long. To be called at `tl_audiohook_due()`, or later. */
void tl_audiohook_tick(struct tl_audiohook *hook, int64_t now_ms);
/* When it wants to be called, in now_ms' clock; -1: not before something happens. */
int64_t tl_audiohook_due(const struct tl_audiohook *hook);
/* The process is about to end, or no new call is wanted: the platform is told to go on without us (`disconnect`, reason error), with what the outputs are so far. */
void tl_audiohook_leave(struct tl_audiohook *hook, int64_t now_ms);

/* Whether sound is being sent. */
bool tl_audiohook_plays(const struct tl_audiohook *hook);
/* The platform's name of the call; empty before `open`. */
struct tl_str tl_audiohook_conversation(const struct tl_audiohook *hook);
/* The call; NULL before `open` and where none began. */
const struct tl_session *tl_audiohook_session(const struct tl_audiohook *hook);
struct tl_audiohook_figures {
	uint64_t messages_in, messages_out, prompts, frames_out, bytes_in, pauses, barge_ins, violations, unknown, errors, limited, keys;
};
struct tl_audiohook_figures tl_audiohook_figures(const struct tl_audiohook *hook);

#endif
