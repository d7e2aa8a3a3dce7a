/* platform/local_store.h: the flows and versions in the SQLite file of the `local` platform, for its driver and for the sandbox, which serves the same file:
 * what is written by one way is seen by the other. A version is never changed again but in what became of it. */
#ifndef TL_PLATFORM_LOCAL_STORE_H
#define TL_PLATFORM_LOCAL_STORE_H

#include "base/clock.h"
#include "platform/platform.h"

struct tl_local_store;

/* Makes nothing: a file that is not there yet reads as a platform without flows, and is made at the first write. `fleeting`: the file goes with its process, so
 * that nothing has to survive a power cut. The clock is borrowed. */
int tl_local_store_open(struct tl_local_store **out, const char *path, const struct tl_clock *clock, bool fleeting, struct tl_error *err);
void tl_local_store_close(struct tl_local_store *store); /* NULL is fine */
/* Makes the file now. */
int tl_local_store_make(struct tl_local_store *store, struct tl_error *err);

/* Sorted by name, without content. */
int tl_local_store_list(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err);
/* A page of them, by what people call them: those whose title holds `filter` (letters without case; empty: all), *total of them in all. */
int tl_local_store_page(struct tl_remotes *out, int64_t *total, struct tl_arena *arena, struct tl_local_store *store, struct tl_str filter,
                        int64_t first, int64_t count, struct tl_error *err);
/* With content; TL_NOT_FOUND. */
int tl_local_store_get(struct tl_remote *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_str id, struct tl_error *err);
int tl_local_store_version(struct tl_remote *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_str id, int64_t version,
                           struct tl_error *err);
/* Newest first, without content; TL_NOT_FOUND for an unknown flow. */
int tl_local_store_versions(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_str id,
                            struct tl_error *err);
/* Every flow whose last version is still being published, without content. */
int tl_local_store_publishing(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err);

/* One write: a version, and what becomes of it at once. */
struct tl_local_write {
	struct tl_str id;      /* empty: a new flow, whose id is then filled in */
	struct tl_str name;    /* by which we look it up */
	struct tl_str title;   /* what people call it; empty: the same */
	struct tl_str content; /* the wire form as JSON, without id, version and status */
	int64_t version;       /* 1 for a new flow, else that of the last write + 1 */
	enum tl_remote_status status; /* published: callers get it */
	struct tl_findings *findings; /* where goes what its reader finds wrong with it; NULL: nowhere */
	/* Out: */
	int64_t published;     /* what callers get afterwards */
	int64_t written_ms;
	bool busy;             /* refused, as a publish is under way: TL_TIMED_OUT */
};

/* Fills in name, title and content from a flow as it stands on the wire (a map): without what the platform says of it itself, in canonical form; *flow is its model,
 * for whoever wants to judge it, or NULL where there is none. Texts live in `arena`. TL_USAGE where it has no name. */
int tl_local_write_take(struct tl_local_write *write, struct tl_flow **flow, struct tl_arena *arena, const struct tl_item *wire, struct tl_error *err);
/* All or nothing. TL_CONFLICT where the flow is not at the version before, or the name is another flow's; TL_NOT_FOUND. Texts made here live in `arena`. */
int tl_local_store_write(struct tl_local_write *write, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err);
/* Puts a flow there, however it stands: made where nobody has its name, else written as the next version where it differs from the last. `write` needs no id and
 * no version. */
int tl_local_store_seed(struct tl_local_write *write, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err);
/* The wire form, as JSON, of a native or wire flow file. TL_USAGE says what is wrong with it. */
int tl_local_content_of(struct tl_str *content, struct tl_arena *arena, struct tl_str path, struct tl_str bytes, struct tl_error *err);
/* What became of a version that was being published: published, failed, rejected, with the reason. A version that was written meanwhile stays what callers get.
 * TL_CONFLICT where it is not being published any more. */
int tl_local_store_settle(struct tl_local_store *store, struct tl_str id, int64_t version, enum tl_remote_status status, struct tl_str reason,
                          struct tl_error *err);

#endif
