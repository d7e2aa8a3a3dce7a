/* sandbox/phone_call.h: for phone*.c: one call, its session and its caller. */
#ifndef TL_SANDBOX_PHONE_CALL_H
#define TL_SANDBOX_PHONE_CALL_H

#include "base/map.h"
#include "sandbox/phone.h"

enum phone_action { PHONE_PLAY, PHONE_RECORD, PHONE_TRANSFER, PHONE_HANGUP, PHONE_ACTIONS };
/* "play", "record", …; PHONE_ACTIONS for another word. */
enum phone_action tl_phone_action(struct tl_str name);

/* Connected: a socket controls it. Ended: handed over or hung up, the socket may still be open. */
enum phone_state { PHONE_WAITING, PHONE_CONNECTED, PHONE_ENDED, PHONE_CLOSED };

/* Steps that were given at once. */
struct phone_script {
	struct tl_doc *doc;
	const struct tl_item *next; /* or NULL: all are done */
	bool single;                /* `next` is no member of a list */
};

struct phone_call {
	struct tl_phone *phone;
	char *id;
	struct tl_doc *announced;           /* or NULL */
	enum phone_state state;
	struct tl_phone_session *session;   /* or NULL */
	char session_id[33];
	int close_code;
	struct tl_buf commands, events, unheard; /* JSON values with commas between; keys */
	/* what plays: `enabled` of each prompt that waits or plays, the first is the one that plays */
	bool *playing;
	size_t n_playing, playing_capacity;
	int64_t playback_ms;
	void *playback_timer;
	bool deaf;                          /* the last prompt that began to play was sent with dtmf.enabled false */
	/* the caller */
	struct phone_script *scripts;
	size_t n_scripts, script_capacity, at_script;
	uint64_t received[PHONE_ACTIONS], consumed[PHONE_ACTIONS];
	bool waiting;                       /* the present step's commands were asked for already */
	void *pause_timer;
};

struct tl_phone_session {
	struct tl_phone *phone;
	void *wire;
	struct phone_call *call; /* NULL before the first message */
	unsigned capabilities;   /* bits by enum phone_action, and PHONE_DTMF */
	void *first_timer;
	bool closing;
};
#define PHONE_DTMF (1u << PHONE_ACTIONS)

struct tl_phone {
	struct tl_phone_hooks hooks;
	struct tl_map by_id; /* id -> struct phone_call */
	bool announced;      /* calls were: no other is one */
	size_t n_sessions;
};

/* Sends {event, callControlId, …members of `more`} and records it; nothing where no socket is open. */
void tl_phone_send(struct phone_call *call, struct tl_str event, const struct tl_item *more);
/* As above, with one member. */
void tl_phone_send_text(struct phone_call *call, const char *event, const char *key, struct tl_str value);
/* Closes the call's socket. */
void tl_phone_hang(struct tl_phone_session *session, int code, const char *reason);
/* No prompt plays any more, and no completion is told. */
void tl_phone_silence(struct phone_call *call);
/* The prompt that plays is over: tells it, and goes on with the next. */
void tl_phone_played(struct phone_call *call);
/* A value, with its time, at the end of a record. */
void tl_phone_record(const struct tl_phone *phone, struct tl_buf *record, struct tl_str json);

/* The caller does what can be done now. */
void tl_phone_go_on(struct phone_call *call);
/* Whether each step is one; 422. */
int tl_phone_check_steps(struct tl_refusal *refusal, const struct tl_item *steps);
/* Appends them; they are copied. */
void tl_phone_add_steps(struct phone_call *call, const struct tl_item *steps);
void tl_phone_clear_steps(struct phone_call *call);

#endif
