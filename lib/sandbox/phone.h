/* sandbox/phone.h: calls that somebody controls over a WebSocket, and the callers in them. Knows no server: what is sent and waited for goes through hooks.
 *
 * A call is announced by the seed or by an admin: {callControlId, playbackMs, transferMs, refuse: [targets], record: 1000, script: [step]}; many at once, numbered from 1, by
 * {id: "call-{n}", count, …} with the same members. As long as none was, every callControlId is one. The caller does the steps one after the other, once the call is connected:
 *   {wait: play|record|transfer|hangup, count: 1}   until so many more of that command came
 *   {wait: playback}                                until nothing is played any more
 *   {pause: MS}
 *   {dtmf: "12#"}                                   presses keys; they go unheard while a prompt plays that was sent with dtmf.enabled false
 *   {hangup: true}                                  the caller is gone; also while nobody controls the call
 *   {event: {event: …, …}}                          any event, as it is, with the call's id where it names no other
 *   {raw: "text"}, {binary: "text"}                 a message that is nothing but that, as text or binary
 *   {flood: BYTES}                                  an event of that size
 *   {close: CODE}                                   the platform closes the socket: 1011 is a server's fault
 *   {drop: true}                                    the connection is cut, without a close frame
 *   {loop: N, steps: [step]}                        those steps, N times
 * Prompts play one after the other, `playbackMs` each (0: at once; -1: until a step {event: {event: playback_completed}}); a key that is heard ends the one that
 * plays and drops those behind it, without playback_completed. A transfer is taken after `transferMs` (-1: nobody hears of it again) unless its target stands in `refuse`.
 *
 * A call outlives its socket. When that closes while the caller is there, the call is dropped: nothing plays, the script rests, and whoever connects takes it over. It
 * is over for good when it was handed over or hung up, and when the platform itself closed it by 1000 (all is done) or 1008 (against the contract: doing it again
 * would not help). A socket that is being closed holds nobody off. */
#ifndef TL_SANDBOX_PHONE_H
#define TL_SANDBOX_PHONE_H

#include "doc/json.h"
#include "sandbox/refusal.h"

/* How long a socket may be open before its first message. */
#define TL_PHONE_FIRST_MS 10000
#define TL_PHONE_DONE 1000
#define TL_PHONE_VIOLATION 1008
/* Commands, and events, of one call that are on record, the first ones: where nothing else is said, and for each of many calls at once. */
#define TL_PHONE_RECORD 1000
#define TL_PHONE_RECORD_MANY 20
/* Of calls that are announced at once. */
#define TL_PHONE_MANY 100000

struct tl_phone;
struct tl_phone_session;

struct tl_phone_hooks {
	void (*send)(void *wire, struct tl_str message, bool binary);
	void (*close)(void *wire, int code, const char *reason); /* tl_phone_closed() comes later */
	void (*cut)(void *wire);                                 /* as above, without a word to the other side */
	/* Calls `fire` once; what it returns can be cancelled until then. */
	void *(*after)(void *data, int64_t ms, void (*fire)(void *arg), void *arg);
	void (*cancel)(void *data, void *timer);
	int64_t (*now_ms)(void *data); /* since 1970 */
	int64_t (*now_us)(void *data); /* of a clock that never goes back */
	/* A line for a person to read, safe for the terminal: who said what. NULL: nobody reads. */
	void (*tell)(void *data, const char *line);
	void *data;
};

struct tl_phone *tl_phone_new(const struct tl_phone_hooks *hooks);
/* Every session is closed before, and its timers are gone, fired or not. NULL is fine. */
void tl_phone_free(struct tl_phone *phone);
/* Announces a call, or many; those of the same ids that are not connected are replaced. 200, 409 where one is connected (and nothing is changed), or 422. */
int tl_phone_announce(struct tl_phone *phone, struct tl_refusal *refusal, const struct tl_item *call);
/* Appends a step or a list of them to the caller's script. 200, 404, or 422. */
int tl_phone_steps(struct tl_phone *phone, struct tl_refusal *refusal, struct tl_str id, const struct tl_item *steps);
/* {callControlId, state: waiting | connected | dropped | ended | closed, sessionId, closeCode, connections, commandCount, commands: [{at, message}], eventCount,
 * events: [{at, message}], unheard: "keys"}; 200 or 404. */
int tl_phone_show(struct tl_json *json, struct tl_refusal *refusal, const struct tl_phone *phone, struct tl_str id);
/* As above of all calls: a list. */
void tl_phone_show_all(struct tl_json *json, const struct tl_phone *phone);
/* {calls, states: {…}, sessions, connections, reconnections, refusals, violations, commands: {play, …}, events: {dtmf, …}, keys: {heard, unheard},
 * answers: {count, p50Us, p99Us, maxUs}}: all calls in figures. An answer is what comes after a key: the next play, transfer or hangup. */
void tl_phone_summary(struct tl_json *json, const struct tl_phone *phone);
/* The figures, but calls and states, begin again at 0. */
void tl_phone_summary_reset(struct tl_phone *phone);

/* A socket whose bearer was good. The session ends with tl_phone_closed(). */
struct tl_phone_session *tl_phone_opened(struct tl_phone *phone, void *wire);
void tl_phone_message(struct tl_phone_session *session, struct tl_str text, bool binary);
void tl_phone_closed(struct tl_phone_session *session);

#endif
