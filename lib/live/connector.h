/* live/connector.h: a server for the vendor's Audio Connector: the platform connects for each call, authenticates itself, and speaks AudioHook (live/audiohook.h). One loop,
 * many calls; versions of the flow come and go as with live/attend.h. */
#ifndef TL_LIVE_CONNECTOR_H
#define TL_LIVE_CONNECTOR_H

#include "live/attend.h"
#include "live/audiohook.h"
#include "net/serve.h"

struct tl_connector;
struct tl_connected; /* a call in progress */

struct tl_connector_config {
	struct tl_loop *loop;
	const struct tl_clock *clock;
	int64_t (*now_us)(void *data); /* microseconds of the loop's clock (CLOCK_MONOTONIC), for latencies; NULL: as fine as the loop has them */
	int64_t piece_ms;             /* of sound in one message; 0: TL_AUDIOHOOK_PIECE_MS */
	const char *address;          /* to listen on; port 0: any free one */
	bool exposed;                 /* beyond this machine */
	const char *expose_hint;
	struct tl_str certificate, key; /* PEM: TLS with them; empty: plain, for a proxy on this machine that ends TLS */
	struct tl_str api_key;        /* what X-API-KEY must be; never empty */
	struct tl_str secret;         /* the shared secret's bytes; empty: requests need no signature (loopback only: TL_USAGE elsewhere) */
	size_t max_calls;             /* at once; more are answered 503. 0: 10,000 */
	size_t backlog_limit;         /* of bytes that the platform did not take yet; more: cut off. 0: 256 KiB */
	/* A call's lookup: tl_connector_profile() answers, unless the call is gone. NULL: there is nobody to ask, every lookup fails. */
	void (*profile)(void *data, struct tl_connected *call, struct tl_str external_id);
	/* `gone`: a call that a lookup may still be under way for is no more. May be NULL. */
	void (*gone)(void *data, struct tl_connected *call);
	/* What became of a call, once for each that began. */
	void (*ended)(void *data, const struct tl_attend_result *result);
	void (*say)(void *data, const char *text); /* one line for a person */
	void *data;
};

/* Listens. TL_USAGE, TL_IO. */
int tl_connector_open(struct tl_connector **out, const struct tl_connector_config *config, struct tl_error *err);
void tl_connector_close(struct tl_connector *connector); /* NULL is fine; calls in progress are cut off */
/* "http://127.0.0.1:40123". Borrowed. */
struct tl_str tl_connector_address(const struct tl_connector *connector);

/* The sounds of an edition. */
struct tl_sounds;
/* Reads the audio of every prompt of those flows (NULL past the last, as tl_edition_flow()), each file once, by `read`. What cannot be used is a finding of level error at the
 * prompt, and the answer -1. */
int tl_sounds_load(struct tl_sounds **out, const struct tl_flow *const *flows, size_t n_flows,
                   int (*read)(void *data, struct tl_str *bytes, struct tl_arena *arena, struct tl_str path, struct tl_error *err), void *data,
                   struct tl_findings *findings);
void tl_sounds_free(struct tl_sounds *sounds); /* NULL is fine */
/* No pointer: there is none. */
struct tl_str tl_sounds_get(const struct tl_sounds *sounds, struct tl_str audio);
size_t tl_sounds_bytes(const struct tl_sounds *sounds);

/* From here on new calls get this version, with its sounds, which are the connector's from now on; `release` as of tl_attend_edition(). */
void tl_connector_edition(struct tl_connector *connector, const struct tl_edition *edition, struct tl_sounds *sounds, void (*release)(void *owner));
/* From here on new calls hear these with the version that there is. */
void tl_connector_sounds(struct tl_connector *connector, struct tl_sounds *sounds);
void tl_connector_profile(struct tl_connected *call, enum tl_answer answer, const struct tl_item *attributes);
/* No new calls; those in progress go on until they end, or for so long: then the platform is told to go on without us. */
void tl_connector_drain(struct tl_connector *connector, int64_t deadline_ms);
size_t tl_connector_calls(const struct tl_connector *connector);

struct tl_connector_figures {
	uint64_t calls, accepted, refused_key, refused_signature, refused_full, ended[TL_ENDS];
	uint64_t messages_in, messages_out, frames_out, bytes_in, barge_ins, pauses, violations, errors, limited;
	struct tl_attend_latency lateness; /* of pieces of sound: how long after their time they were sent */
	struct tl_attend_latency key_to_play; /* from a key to the first sound after it */
	size_t editions, sound_bytes;
	struct tl_attend_node *nodes;      /* in document order; in `arena` */
	size_t n_nodes;
};
void tl_connector_figures(struct tl_connector_figures *out, struct tl_arena *arena, const struct tl_connector *connector);

#endif
