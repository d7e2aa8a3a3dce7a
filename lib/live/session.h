/* live/session.h: one live call: the engine of sim/call.h driven by what a platform tells, and what it wants of the platform. Knows no network, no clock and no thread: whoever
 * has those feeds it, with the time, and does what it asks for. The same for every kind of media: call control (live/control.h), streamed audio.
 *
 * The call's clock is the time since its start less what a simulated call spends no time on: lookups, requests and transfers that are under way. So a recording of the
 * session (live/recording.h) replays in flow-simulate to the same nodes, outcomes, prompts and times. */
#ifndef TL_LIVE_SESSION_H
#define TL_LIVE_SESSION_H

#include "doc/tree.h"
#include "project/project.h"
#include "sim/call.h"

struct tl_session;
struct tl_recording;

/* One version of a flow and of all that its calls may enter, kept until the last call that uses it has ended. */
struct tl_edition {
	struct tl_program program;
	int64_t version;             /* the platform's; 0: of a file */
	struct tl_str digest;        /* hex, deployed */
	const struct tl_project *project; /* schedules */
	struct tl_str audio_base;    /* or empty */
	uint64_t max_steps, max_text; /* of one call; 0: as tl_limits_default() */
	int64_t max_time_ms;         /* of one call; 0: the same */
	uint32_t max_depth;          /* subflows open at once; 0: the same */
	void *owner;                 /* of whoever counts its calls */
};

/* A call that somebody offers: {callControlId, externalId, caller: {number, name}, language, variables}. In the arena given. */
struct tl_offer {
	struct tl_str id;            /* callControlId */
	struct tl_str external_id;   /* the caller in the profiles; or empty: what the flow looks up by */
	struct tl_str number, name, language; /* no pointer: not given. A caller without a number has an empty one: lookups by it find nobody, or go by the external id */
	const struct tl_item *variables; /* a map, or NULL */
	struct tl_str text;          /* as it came */
};
#define TL_OFFER_LIMIT ((size_t)64 << 10)
#define TL_OFFER_ID_LIMIT ((size_t)256)
/* TL_USAGE for what is none: not JSON, no callControlId, a member of another type, an unknown member (with the near one). At most TL_OFFER_LIMIT bytes. */
int tl_offer_read(struct tl_offer *out, struct tl_arena *arena, struct tl_str text, struct tl_error *err);
/* {number, name} as a flow sees them; texts borrowed. */
struct tl_item *tl_offer_caller(struct tl_arena *arena, const struct tl_offer *offer);

/* What the outside may be asked to do. Texts are valid during the call. */
struct tl_session_play {
	struct tl_str audio;         /* the prompt's, as the flow says it, in the call's language */
	struct tl_str prompt;        /* its name; empty: inline */
	const struct tl_node *node;
	bool keys_heard;             /* false: a key has just been taken, and no other is waited for: dtmf.enabled false */
	struct tl_str keys;          /* that are offered ("120*"); empty while any may be typed ahead */
	int64_t duration_ms;         /* as the flow says; 0: it does not */
};
/* Sessions may not be called from within hooks: what a hook leads to is told later. */
struct tl_session_hooks {
	void (*play)(void *data, const struct tl_session_play *play);
	/* Stops what is being played (media that do not stop by themselves when a key is pressed); may be NULL. */
	void (*stop)(void *data);
	void (*transfer)(void *data, struct tl_str kind, struct tl_str target);
	/* The flow has ended the call; or it failed, timed out or got stuck: then `reason` is its status. */
	void (*hang_up)(void *data, struct tl_str exit, struct tl_str reason);
	/* The profile of that external id is wanted: tl_session_profile() answers, later. Asked once a call for each id. */
	void (*profile)(void *data, struct tl_str external_id);
	/* A node was entered (for who shows where calls are); may be NULL. */
	void (*visit)(void *data, const struct tl_flow *flow, const struct tl_node *node);
	/* What a caller's choice or silence came to: match, no_match, no_input; may be NULL. */
	void (*attempt)(void *data, const struct tl_node *node, enum tl_attempt result);
	/* Everything that the call emits (for who keeps a trace); may be NULL. */
	void (*emitted)(void *data, const struct tl_emission *emission);
};

/* Keys that are kept while none is waited for; further ones are dropped. How long after its length a playback is taken as played, where nobody tells its end; and how
 * long one without a length, and a transfer that nobody answers (it counts as refused). */
#define TL_SESSION_KEYS 64
#define TL_SESSION_GRACE_MS 10000
#define TL_SESSION_PLAYBACK_MS 60000
#define TL_SESSION_TRANSFER_MS 30000

/* A session that has not begun. `edition` is borrowed until the free, `hooks` copied, the offer read now: a variable that the flow does not have or that its type does
 * not take is TL_USAGE. `recording`: what is to hear everything, or NULL; borrowed. */
int tl_session_new(struct tl_session **out, const struct tl_edition *edition, const struct tl_offer *offer, const struct tl_session_hooks *hooks, void *data,
                   struct tl_recording *recording, struct tl_error *err);
void tl_session_free(struct tl_session *session); /* NULL is fine */

/* Everything that happens, with the time in ms of any clock that never goes back, the same for all. Each returns after everything that follows from it was asked for. What comes
 * out of order or twice (a playback that was not begun, a transfer that nobody asked for, anything after the end) is dropped: false. */
bool tl_session_begin(struct tl_session *session, int64_t now_ms, int64_t wall_ms); /* wall: since 1970, what ${now} and schedules see */
bool tl_session_key(struct tl_session *session, int64_t now_ms, char key);
bool tl_session_played(struct tl_session *session, int64_t now_ms);
bool tl_session_profile(struct tl_session *session, int64_t now_ms, enum tl_answer answer, const struct tl_item *attributes); /* found, not found, failed */
bool tl_session_transferred(struct tl_session *session, int64_t now_ms, bool taken);
bool tl_session_hung_up(struct tl_session *session, int64_t now_ms); /* by the caller */
/* The alarm rang: silence, or a playback or transfer that nobody tells the end of. Ringing too early does nothing. */
bool tl_session_alarm(struct tl_session *session, int64_t now_ms);
/* When it wants to be rung, in now_ms' clock; -1: nothing is waited for that time alone decides. Looked at after each of the above. */
int64_t tl_session_alarm_at(const struct tl_session *session);
/* The line to the platform was lost and is there again: what was being played or transferred is asked for once more. */
void tl_session_again(struct tl_session *session, int64_t now_ms);

bool tl_session_ended(const struct tl_session *session);
const struct tl_call *tl_session_call(const struct tl_session *session); /* NULL before it begins */
/* How many playbacks and transfers nobody told the end of. */
uint32_t tl_session_unanswered(const struct tl_session *session);
const struct tl_edition *tl_session_edition(const struct tl_session *session);
/* What there is to know of a call that ended without `call` saying so (its line was lost): "lost"; else the name of its status. */
const char *tl_session_status(const struct tl_session *session);
/* From the key to what was asked for because of it, on the feeder's clock, is measured by the feeder. Bytes that it takes, its call too. */
size_t tl_session_bytes(const struct tl_session *session);

/* Why a flow cannot serve live calls, of all flows that its calls may enter: what keeps it from running at all, prompts that have only text, languages without audio,
 * schedules that the project lacks, another channel than voice. Findings of level error; and warnings: data actions, which nobody can ask from here (they take `failed`),
 * speech that nobody hears. Returns -1 where there is an error among them. */
int tl_edition_check(const struct tl_edition *edition, struct tl_findings *findings);

#endif
