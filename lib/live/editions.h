/* live/editions.h: versions of a flow for live calls, with all that their calls may enter: of what is deployed, or of files. */
#ifndef TL_LIVE_EDITIONS_H
#define TL_LIVE_EDITIONS_H

#include "live/session.h"
#include "live/transition.h"
#include "sim/library.h"

/* What editions of one flow share. Borrowed until the last of them is freed. */
struct tl_edition_origin {
	const struct tl_project *project;
	const struct tl_environment *environment;
	int64_t max_time_ms;           /* of one call */
	/* of deployed ones */
	struct tl_platform *platform;
	struct tl_ledger *ledger;
	const struct tl_clock *clock;
	const struct tl_lower *lower;  /* how deployed flows are read */
	struct tl_str name;            /* the flow: its id here, the platform's, or its name there */
};

/* What callers get now of a deployed flow. *out is NULL where that is `present` already (which may be NULL: there is none yet). TL_NOT_FOUND with the nearest name, for a flow or
 * a callee; TL_USAGE for a name that means two; TL_REFUSED for what cannot be read; and those of asking a platform. Any thread, one at a time. */
int tl_edition_deployed(struct tl_edition **out, const struct tl_edition_origin *origin, const struct tl_edition *present, struct tl_error *err);
/* Of flows that were read from files: `flow` as tl_library_get() made it ready. `library` is freed with the edition, then `close` (may be NULL) is called. */
struct tl_edition *tl_edition_of_files(const struct tl_edition_origin *origin, struct tl_library *library, const struct tl_flow *flow, void (*close)(void *data), void *data);
/* As the release of tl_attend_edition(): `owner` is an edition's. NULL is fine. */
void tl_edition_free(void *owner);

/* Whether calls of both are served the same way. */
bool tl_edition_is_same(const struct tl_edition *a, const struct tl_edition *b);
/* Whether its calls look up profiles. */
bool tl_edition_asks_profiles(const struct tl_edition *edition);
/* The flows that its calls may enter, its own first: `i` from 0; NULL past the last. */
const struct tl_flow *tl_edition_flow(const struct tl_edition *edition, size_t i);

#endif
