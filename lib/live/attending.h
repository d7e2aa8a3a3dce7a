/* live/attending.h: for attend*.c: a worker of live calls from inside. */
#ifndef TL_LIVE_ATTENDING_H
#define TL_LIVE_ATTENDING_H

#include "base/latency.h"
#include "live/attend.h"
#include "live/counts.h"
#include "live/helpers.h"
#include "live/recording.h"
#include "net/dial.h"

#define TL_ATTEND_CALLS 10000
/* Calls whose line is being connected at once: more would only wait for each other at the platform. */
#define TL_ATTEND_CONNECTING 256
/* How long `connected` may take after the first message, as the platform waits for that. */
#define TL_ATTEND_GREETING_MS 10000
/* A line that was lost is looked for so often, within so long. */
#define TL_ATTEND_TRIES 5
#define TL_ATTEND_AWAY_MS 15000
/* How long the platform has to close a line after its call has ended, and to answer our close. */
#define TL_ATTEND_CLOSE_MS 2000
/* Messages of one call that are none, before its line is closed. */
#define TL_ATTEND_MALFORMED 3
#define TL_ATTEND_ERRORS 16

/* An edition that calls use, or that new ones would. */
struct tl_held {
	const struct tl_edition *edition;
	void (*release)(void *owner);
	size_t calls;
	struct tl_counted_flows flows;
	struct tl_held *next; /* an older one */
};

enum tl_phase {
	TL_PHASE_WAITING,  /* for its turn to be connected */
	TL_PHASE_DIALING,
	TL_PHASE_GREETING, /* the first message was sent */
	TL_PHASE_TALKING,
	TL_PHASE_AWAY,     /* the line was lost, and is looked for after a moment */
	TL_PHASE_CLOSING,  /* it is over; the line is being closed */
	TL_PHASE_WRITING,  /* and its recording written */
};

/* The same call, offered again while it is in progress. */
struct tl_twin {
	void *offer_data;
	struct tl_twin *next;
};

/* A lookup that is under way. */
struct tl_lookup {
	struct tl_help help;
	struct tl_attend *attend;
	struct tl_attended *call; /* NULL: it does not wait any more */
	struct tl_arena arena;
	struct tl_str id;
	struct tl_profile profile;
	struct tl_error err;
	int status;
	int64_t begun_us;
};

struct tl_attended {
	struct tl_attend *attend;
	void *offer_data;
	struct tl_attended *next, *previous;   /* of all */
	struct tl_attended *later, *earlier;   /* of those that wait for a line */
	struct tl_attended *chain;             /* of those with the same hash */
	struct tl_session *session;
	struct tl_recording *recording;
	struct tl_held *held;
	struct tl_socket *socket;              /* or NULL */
	struct tl_timer *timer;
	int64_t timer_ms, due_ms;              /* when it rings; when something is to be done, -1: never */
	struct tl_counter *here;
	struct tl_lookup *lookup;              /* that it waits for, or NULL */
	struct tl_twin *twins;
	char *message;                         /* why it ended as it did, or NULL */
	struct tl_str recorded;                /* the file, once it was written; owned */
	int64_t offered_ms, away_ms, back_ms;  /* since when: offered, without a line, with one again */
	int64_t key_us;                        /* of a key that nothing was asked for yet; 0: none */
	int64_t begun_us;                      /* of the dial */
	int64_t started_ms, ended_ms;          /* of the call: since 1970; on the loop's clock */
	int64_t begun_ms;                      /* on the loop's clock */
	uint32_t visits, keys, reconnects;
	uint32_t line;                         /* the number of the one it was connected by */
	uint8_t tries, malformed;
	enum tl_phase phase;
	enum tl_attend_end end;
	bool begun;                            /* the session */
	bool concluded;                        /* `end` stands */
	bool hopeless;                         /* another worker would fare no better */
	bool denied;                           /* the first message was answered by an error, on the present line */
	bool renewed;                          /* a 401 was answered with a new token */
	bool hanging_up;                       /* the platform was asked to hang up */
	bool announced_end;                    /* a close frame was sent */
	size_t id_len;
	char id[];
};

/* Where calls are controlled, and by what right. */
struct tl_line {
	struct tl_help help;
	struct tl_attend *attend;
	struct tl_arena arena, next_arena;     /* of what is used; of what is asked for */
	struct tl_phone_line now, next;
	struct tl_str used;                    /* a bearer that was refused; in next_arena */
	struct tl_error err;
	int status;
	uint32_t number;                       /* of those that were got */
	bool here, asking;
	int64_t at_ms;                         /* when it was asked for */
};

struct tl_attend {
	struct tl_attend_config config;
	struct tl_dialer *dialer;
	struct tl_helpers *helpers;            /* lookups */
	struct tl_helpers *clerk;              /* one thread: tokens and recordings */
	struct tl_line line;
	struct tl_held *held;                  /* newest first; the first is for new calls */
	struct tl_attended *first;             /* of all */
	struct tl_attended **by_id;            /* hash table with chains */
	size_t n_buckets, calls;
	struct tl_attended *waiting, *last_waiting;
	size_t connecting;
	struct tl_timer *pump_timer, *drain_timer;
	int64_t pump_ms, pause_until_ms;       /* when it rings; nobody is connected before */
	unsigned failures;                     /* pauses, one after another */
	bool in_trouble;                       /* and it was said */
	struct tl_buf out;                     /* a command */
	struct tl_arena scratch;               /* of one message */
	struct tl_counts counts;
	uint64_t offered, ended[TL_ENDS];
	uint64_t messages_in, messages_out, unexpected, reconnects, handshakes_refused;
	uint64_t found, missing, failed, transfers, transfers_refused;
	struct tl_latencies key_to_play, profile, connect;
	char *errors[TL_ATTEND_ERRORS];
	size_t n_errors;                       /* so far */
	bool draining, closing;
};

/* ---- attend.c */

int64_t tl_attend_now(const struct tl_attend *attend);
int64_t tl_attend_now_us(const struct tl_attend *attend);
/* Keeps it among the last errors; `id` may be empty. */
void tl_attend_note(struct tl_attend *attend, struct tl_str id, const char *fmt, ...) TL_PRINTF(3, 4);
void tl_attend_say(struct tl_attend *attend, const char *fmt, ...) TL_PRINTF(2, 3);
/* Takes a call that has no line any more off, settles its offer, and frees it. */
void tl_attend_settle(struct tl_attended *call);

/* ---- attend_line.c: connecting */

void tl_attend_wait_for_line(struct tl_attended *call, bool in_front);
/* It does not wait any more. */
void tl_attend_stop_waiting(struct tl_attended *call);
/* A call was connected. */
void tl_attend_is_reached(struct tl_attend *attend);
/* Connects those that wait, as far as may be. */
void tl_attend_pump(struct tl_attend *attend);
/* Connects a call whose line was lost. False: not now, as there is no token at this moment. */
bool tl_attend_redial(struct tl_attended *call);
/* A handshake failed: of a call that waits for its first or its next line. */
void tl_attend_not_connected(struct tl_attended *call, const struct tl_gone *gone);
void tl_attend_line_clear(struct tl_attend *attend);

/* ---- attend_call.c: one call */

extern const struct tl_session_hooks tl_attend_hooks;
void tl_attend_opened(void *data, struct tl_socket *socket);
void tl_attend_heard(void *data, struct tl_socket *socket, struct tl_str message, bool binary);
void tl_attend_gone(void *data, struct tl_socket *socket, const struct tl_gone *gone);
/* From here on the call is over, and ended so, with `fmt` for people (NULL: nothing to be said); its line is closed with `code`. It may be gone afterwards. What stands
 * already is kept. */
void tl_attend_conclude(struct tl_attended *call, enum tl_attend_end end, int code, const char *fmt, ...) TL_PRINTF(4, 5);
/* Something is to be done with the call then (-1: nothing). */
void tl_attend_due(struct tl_attended *call, int64_t at_ms);
/* The line was lost, or looking for it failed: another try, or the end. */
void tl_attend_look_again(struct tl_attended *call, int64_t at_least_ms, const char *why);
struct tl_str tl_attend_id(const struct tl_attended *call);

/* ---- attend_figures.c */

void tl_attend_held_free(struct tl_held *held);

/* ---- attend_record.c */

/* Writes the call's recording on a thread, then settles it; at once where it has none. */
void tl_attend_record(struct tl_attended *call);
/* A file's name of a call's id: what might be a path or hide is replaced, and such a name is made its own by a hash. Owned. */
char *tl_attend_file_name(struct tl_str id);

#endif
