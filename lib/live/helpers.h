/* live/helpers.h: threads for what blocks (tokens, lookups, files), so that an event loop never does. */
#ifndef TL_LIVE_HELPERS_H
#define TL_LIVE_HELPERS_H

#include "net/loop.h"

struct tl_helpers;

/* A piece of work: part of a struct of its owner, who keeps it until `done`. */
struct tl_help {
	void (*work)(struct tl_help *help); /* on a thread */
	void (*done)(struct tl_help *help); /* on the loop's; `worked` says whether the work was done */
	bool worked;
	struct tl_help *next;               /* private */
};

/* Up to so many threads, each begun when it is first needed; they take no signals. */
int tl_helpers_open(struct tl_helpers **out, struct tl_loop *loop, unsigned threads, struct tl_error *err);
/* Waits for what is under way, and begins nothing else; `done` is called for each piece that it was not called for yet. NULL is fine. */
void tl_helpers_close(struct tl_helpers *helpers);
/* The loop's thread. Pieces are begun in the order of asking. */
void tl_helpers_do(struct tl_helpers *helpers, struct tl_help *help);

#endif
