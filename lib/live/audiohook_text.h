/* live/audiohook_text.h: for audiohook*.c: one connection, and what is said on it. */
#ifndef TL_LIVE_AUDIOHOOK_TEXT_H
#define TL_LIVE_AUDIOHOOK_TEXT_H

#include "base/buf.h"
#include "live/audiohook.h"

/* In the order in which a connection goes through them. Probed: the platform only tries whether somebody is there. */
enum hook_stage { HOOK_OPENING, HOOK_PROBED, HOOK_RUNNING, HOOK_DISCONNECTING, HOOK_CLOSED, HOOK_GONE };

struct tl_audiohook {
	struct tl_audiohook_config config;
	struct tl_arena arena;
	enum hook_stage stage;
	struct tl_session *session;     /* NULL before `open` */
	struct tl_str conversation;
	uint64_t heard, said;           /* seq of the last message from the platform, and of ours */
	uint64_t platform_heard;        /* which of ours it had heard when it said its last */
	uint64_t barged_in;             /* which of ours last told of a key that ended a prompt */
	int64_t now_ms, clock_ms;       /* the feeder's time, and the call's: that stands still while paused */
	int64_t heard_ms;               /* when anything came last, in now_ms */
	int64_t held_ms;                /* until when nothing more is sent of sound, on the call's clock */
	int64_t piece_ms;
	int64_t limit_ms;               /* until when, in now_ms, the stage may last; -1: for ever */
	bool paused, leaving;
	/* what plays */
	struct tl_str sound;
	size_t sent;
	bool playing;
	int64_t play_ms;
	bool tells_playback;            /* the platform says when prompts begin and end */
	/* what the session wished for in its last step */
	bool transfers, unknown_profile;
	struct tl_buf transfer_kind, transfer_target;
	struct tl_buf out;              /* a message that is made */
	struct tl_audiohook_figures figures;
};

/* "PT1.5S" in milliseconds; -1: it is none. */
int64_t tl_audiohook_duration(struct tl_str text);

/* A message without parameters: "pong", "closed", "updated". */
void tl_audiohook_say(struct tl_audiohook *hook, const char *type);
void tl_audiohook_say_opened(struct tl_audiohook *hook, const struct tl_item *media);
void tl_audiohook_say_barge_in(struct tl_audiohook *hook);
/* "match", "no_match", "no_input" */
void tl_audiohook_say_turn(struct tl_audiohook *hook, const char *disposition);
/* With the outputs of the call; `info` may be empty. */
void tl_audiohook_say_disconnect(struct tl_audiohook *hook, const char *reason, struct tl_str info);

#endif
