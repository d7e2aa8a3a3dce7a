/* sandbox/phone_call.h: for phone*.c: one call, its session and its caller. */
#ifndef TL_SANDBOX_PHONE_CALL_H
#define TL_SANDBOX_PHONE_CALL_H

#include "base/latency.h"
#include "base/map.h"
#include "sandbox/phone.h"

enum phone_action { PHONE_PLAY, PHONE_RECORD, PHONE_TRANSFER, PHONE_HANGUP, PHONE_ACTIONS };
/* "play", "record", …; PHONE_ACTIONS for another word. */
enum phone_action tl_phone_action(struct tl_str name);
const char *tl_phone_action_name(enum phone_action action);

/* Events that are counted, each by its name; all others together. */
enum phone_event { PHONE_CONNECTED_EVENT, PHONE_DTMF_EVENT, PHONE_COMPLETED_EVENT, PHONE_TRANSFERRED_EVENT, PHONE_FAILED_EVENT, PHONE_HANGUP_EVENT, PHONE_OTHER_EVENT, PHONE_EVENTS };

/* Connected: a socket controls it. Dropped: none does any more, but the caller is there. Ended: handed over or hung up, the socket may still be open. */
enum phone_state { PHONE_WAITING, PHONE_CONNECTED, PHONE_DROPPED, PHONE_ENDED, PHONE_CLOSED, PHONE_STATES };
const char *tl_phone_state_name(enum phone_state state);

/* Steps that were given at once: a list. */
struct phone_script {
	struct tl_doc *doc;          /* what it stands in; NULL: somebody else keeps that */
	const struct tl_item *steps;
};

/* Where the caller is: in a script, and in the loops of it. */
#define PHONE_LOOPS 3
struct phone_frame {
	const struct tl_item *next;  /* or NULL: this round is done */
	const struct tl_item *steps; /* of a loop: the list; NULL: the script itself */
	uint32_t left;               /* rounds of a loop after this one */
};

struct phone_call {
	struct tl_phone *phone;
	char *id;
	struct tl_doc *doc;                 /* of a call that was announced alone, else NULL */
	const struct tl_item *announced;    /* in `doc`, or shared by many calls; or NULL */
	struct tl_phone_session *session;   /* or NULL */
	enum phone_state state;
	int close_code;
	uint32_t connections;
	char session_id[33];
	bool deaf;                          /* the last prompt that began to play was sent with dtmf.enabled false */
	bool interrupted;                   /* what played when the call was dropped is to be played again */
	bool waiting;                       /* the present step was begun */
	int64_t began_us;                   /* when it was first connected */
	/* what is on record: JSON values with commas between */
	struct tl_buf commands, events, unheard;
	uint64_t n_commands, n_events;
	uint32_t record;                    /* how many of each are kept */
	/* what plays: `enabled` of each prompt that waits or plays, the first is the one that plays */
	bool *playing;
	size_t n_playing, playing_capacity;
	int64_t playback_ms, transfer_ms;
	void *playback_timer, *transfer_timer, *pause_timer;
	char *target;                       /* of the transfer that is under way, or NULL */
	int64_t key_us;                     /* when the last key was told that was not answered yet; -1: none */
	/* the caller */
	struct phone_script *scripts;
	size_t n_scripts, script_capacity, at_script;
	struct phone_frame frames[1 + PHONE_LOOPS];
	unsigned depth;                     /* frames in use */
	uint64_t received[PHONE_ACTIONS], consumed[PHONE_ACTIONS];
};

struct tl_phone_session {
	struct tl_phone *phone;
	void *wire;
	struct phone_call *call; /* NULL before the first message, and after another one took the call over */
	unsigned capabilities;   /* bits by enum phone_action, and PHONE_DTMF */
	void *first_timer;
	bool closing;
};
#define PHONE_DTMF (1u << PHONE_ACTIONS)

/* Since the start, or since they were set back. */
struct phone_figures {
	uint64_t connections, reconnections, refusals, violations;
	uint64_t commands[PHONE_ACTIONS], events[PHONE_EVENTS];
	uint64_t heard, unheard;
	struct tl_latencies answers;
};

struct tl_phone {
	struct tl_phone_hooks hooks;
	struct tl_map by_id;   /* id -> struct phone_call */
	bool announced;        /* calls were: no other is one */
	size_t n_sessions;
	struct tl_doc **shared; /* what many calls were announced by */
	size_t n_shared, shared_capacity;
	struct tl_buf text;    /* of the message that is being made */
	struct phone_figures figures;
};

/* ---- phone.c */

/* Closes the call's socket; by 1000 or 1008 its call is over. */
void tl_phone_hang(struct tl_phone_session *session, int code, const char *reason);
/* Cuts it off. */
void tl_phone_cut(struct tl_phone_session *session);
/* A call of that id, which is not there yet. */
struct phone_call *tl_phone_call_new(struct tl_phone *phone, struct tl_str id);

/* ---- phone_command.c */

/* Does what the message says; what is wrong with it, or NULL. */
const char *tl_phone_command(struct tl_phone_session *session, const struct tl_item *message);
/* No prompt plays any more, and no completion is told. */
void tl_phone_silence(struct phone_call *call);
/* The prompt that plays is over: tells it, and goes on with the next. */
void tl_phone_played(struct phone_call *call);
/* The caller is no longer here: handed over or hung up. */
void tl_phone_end(struct phone_call *call);

/* ---- phone_show.c */

/* Sends {event, callControlId, …members of `more`} and records it; nothing where no socket is open. */
void tl_phone_send(struct phone_call *call, struct tl_str event, const struct tl_item *more);
/* As above, with one member. `event` is not PHONE_OTHER_EVENT. */
void tl_phone_send_text(struct phone_call *call, enum phone_event event, const char *key, struct tl_str value);
/* Sends what is no event. */
void tl_phone_send_raw(struct phone_call *call, struct tl_str message, bool binary);
/* A command that came, `message` NULL where the text is no JSON. */
void tl_phone_record_command(struct phone_call *call, const struct tl_item *message, struct tl_str text);

/* ---- phone_tell.c: lines for people; nothing where nobody reads */

void tl_phone_tell_command(const struct phone_call *call, const struct tl_item *message);
/* `more`: its members, or NULL; `value`: of an event with one member. */
void tl_phone_tell_event(const struct phone_call *call, struct tl_str event, struct tl_str value);
void tl_phone_tell(const struct phone_call *call, const char *fmt, ...) TL_PRINTF(2, 3);

/* ---- phone_caller.c */

/* The caller does what can be done now. */
void tl_phone_go_on(struct phone_call *call);
/* Nobody controls the call any more: the step that was begun is begun again. */
void tl_phone_rest(struct phone_call *call);
/* Whether each step is one; 422. */
int tl_phone_check_steps(struct tl_refusal *refusal, const struct tl_item *steps);
/* Appends them: `steps`, a list in `doc`, which the call keeps from now on; NULL: somebody else does. */
void tl_phone_add_steps(struct phone_call *call, struct tl_doc *doc, const struct tl_item *steps);
void tl_phone_clear_steps(struct phone_call *call);

#endif
