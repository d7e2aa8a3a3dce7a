/* live/session_inside.h: what a session holds. Private to session*.c. */
#ifndef TL_LIVE_SESSION_INSIDE_H
#define TL_LIVE_SESSION_INSIDE_H

#include "live/recording.h"
#include "live/session.h"

/* A profile that was looked up: its id, then its attributes as JSON. */
struct tl_known {
	struct tl_known *next;
	enum tl_answer answer;
	uint32_t id_len, json_len;
	char text[];
};
/* Profiles that one call keeps; past it the next is asked for each time. */
#define TL_KNOWN_BYTES ((size_t)256 << 10)

/* The facts of a call that has not begun, and what of the offer is needed later. */
struct tl_before {
	struct tl_arena arena;
	struct tl_facts facts;
};

struct tl_session {
	const struct tl_edition *edition;
	struct tl_session_hooks hooks;
	void *data;
	struct tl_recording *recording; /* or NULL */
	struct tl_call *call;           /* NULL: not begun */
	struct tl_before *before;       /* NULL: begun */
	char *external_id;              /* or NULL */
	/* the clock: the feeder's less the call's. It stands still (`frozen`) while the outside is asked for what costs a simulated call no time. */
	int64_t offset_ms;
	int64_t at_ms;                  /* of the event that is handled, on the call's clock */
	int64_t alarm_ms;               /* on the feeder's, or -1 */
	/* the prompt, request or transfer that was emitted last */
	const struct tl_flow *flow;
	const struct tl_node *node;
	uint32_t prompt;
	struct tl_str audio;
	struct tl_buf subject;          /* of a request */
	int64_t since_ms;               /* when the playback began, on the call's clock */
	struct tl_known *known;
	uint32_t known_bytes;
	uint32_t unanswered;
	uint8_t n_keys;
	bool frozen, ended;
	bool gone;                      /* the caller hung up */
	bool deaf;                      /* a key was taken, and no other is waited for yet */
	bool offers;                    /* `offered` holds for the present attempt */
	char offered[TL_CALL_KEYS];
	char keys[TL_SESSION_KEYS];     /* typed ahead */
};

/* session.c: the limits that hold for calls of an edition. */
struct tl_facts tl_edition_facts(const struct tl_edition *edition);

/* session_wait.c: asks for what the call waits for, as long as it is there at once, until it waits for the outside or has ended. */
void tl_session_go_on(struct tl_session *session);
/* Hands an event to the call. */
void tl_session_step(struct tl_session *session, struct tl_event *event);
/* The playback is over at `at_ms` of the call's clock. */
void tl_session_end_playback(struct tl_session *session, int64_t at_ms);
/* Asks for the playback that is waited for, and sets the alarm for its end. */
void tl_session_play(struct tl_session *session, int64_t now_ms);
void tl_session_ask_transfer(struct tl_session *session, int64_t now_ms);
/* The call's clock goes on. */
void tl_session_thaw(struct tl_session *session, int64_t now_ms);
/* Answers the profile lookup that is waited for; remembers what can be. */
void tl_session_answer_profile(struct tl_session *session, enum tl_answer answer, struct tl_value attributes);
void tl_session_answer_transfer(struct tl_session *session, bool taken);

#endif
