/* sandbox/phone.h: calls that somebody controls over a WebSocket, and the callers in them. Knows no server: what is sent and waited for goes through hooks.
 *
 * A call is announced by the seed or by an admin: {callControlId, playbackMs, refuse: [targets], script: [steps]}. As long as none was, every callControlId is one.
 * The caller does the steps one after the other, once the call is connected:
 *   {wait: play|record|transfer|hangup, count: 1}   until so many more of that command came
 *   {wait: playback}                                until nothing is played any more
 *   {pause: MS}
 *   {dtmf: "12#"}                                   presses keys; they go unheard while a prompt plays that was sent with dtmf.enabled false
 *   {hangup: true}
 *   {event: {event: …, …}}                          any event, as it is, with the call's id
 *   {close: CODE}                                   the platform closes the socket: 1011 is a server's fault
 * Prompts play one after the other, `playbackMs` each (0: at once; -1: until a step {event: {event: playback_completed}}); a key that is heard ends the one that
 * plays and drops those behind it, without playback_completed. A transfer is taken unless its target stands in `refuse`. */
#ifndef TL_SANDBOX_PHONE_H
#define TL_SANDBOX_PHONE_H

#include "doc/json.h"
#include "sandbox/refusal.h"

/* How long a socket may be open before its first message. */
#define TL_PHONE_FIRST_MS 10000
#define TL_PHONE_VIOLATION 1008

struct tl_phone;
struct tl_phone_session;

struct tl_phone_hooks {
	void (*send)(void *wire, struct tl_str text);
	void (*close)(void *wire, int code, const char *reason); /* tl_phone_closed() comes later */
	/* Calls `fire` once; what it returns can be cancelled until then. */
	void *(*after)(void *data, int64_t ms, void (*fire)(void *arg), void *arg);
	void (*cancel)(void *data, void *timer);
	int64_t (*now_ms)(void *data);
	void *data;
};

struct tl_phone *tl_phone_new(const struct tl_phone_hooks *hooks);
/* Every session is closed before. NULL is fine. */
void tl_phone_free(struct tl_phone *phone);
/* Announces a call; one of that id that is not connected is replaced. 200, 409 where it is connected, or 422. */
int tl_phone_announce(struct tl_phone *phone, struct tl_refusal *refusal, const struct tl_item *call);
/* Appends a step or a list of them to the caller's script. 200, 404, or 422. */
int tl_phone_steps(struct tl_phone *phone, struct tl_refusal *refusal, struct tl_str id, const struct tl_item *steps);
/* {callControlId, state: waiting | connected | ended | closed, sessionId, closeCode, commands: [{at, message}], events: [{at, message}], unheard: "keys"}; 200 or 404. */
int tl_phone_show(struct tl_json *json, struct tl_refusal *refusal, const struct tl_phone *phone, struct tl_str id);
/* As above of all calls: a list. */
void tl_phone_show_all(struct tl_json *json, const struct tl_phone *phone);

/* A socket whose bearer was good. The session ends with tl_phone_closed(). */
struct tl_phone_session *tl_phone_opened(struct tl_phone *phone, void *wire);
void tl_phone_message(struct tl_phone_session *session, struct tl_str text, bool binary);
void tl_phone_closed(struct tl_phone_session *session);

#endif
