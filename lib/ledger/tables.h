/* ledger/tables.h: what the files of this room share: the statements by name, the open ledger, and writes that share a transaction. */
#ifndef TL_LEDGER_TABLES_H
#define TL_LEDGER_TABLES_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "ledger/ledger.h"
#include "store/db.h"

enum {
	TL_LEDGER_DEPLOYED,
	TL_LEDGER_COUNT,
	TL_LEDGER_VERSION,
	TL_LEDGER_LIVE,
	TL_LEDGER_NOT_CURRENT,
	TL_LEDGER_NOT_NEWEST,
	TL_LEDGER_PUT_DEPLOYED,
	TL_LEDGER_DATE,
	TL_LEDGER_FORGET_STEP,
	TL_LEDGER_FORGET_SEEN,
	TL_LEDGER_BEGIN,
	TL_LEDGER_END,
	TL_LEDGER_CLOSE_WRITTEN,
	TL_LEDGER_CLOSE_LOST,
	TL_LEDGER_OPEN_STEPS,
	TL_LEDGER_PLAN_STEPS,
	TL_LEDGER_PLAN_BEGIN,
	TL_LEDGER_PLAN_END,
	TL_LEDGER_PLAN_OPEN,
	TL_LEDGER_HOLDS,
	TL_LEDGER_HOLD,
	TL_LEDGER_TAKE_BACK,
	TL_LEDGER_RELEASE,
	TL_LEDGER_LEASE_READ,
	TL_LEDGER_LEASE_TAKE,
	TL_LEDGER_LEASE_RENEW,
	TL_LEDGER_LEASE_GIVE_BACK,
	TL_LEDGER_LEASE_STOLEN,
	TL_LEDGER_AUDIT_START,
	TL_LEDGER_AUDIT_NEXT,
	TL_LEDGER_AUDIT_ADD,
	TL_LEDGER_AUDIT_ADD_PERSONAL,
	TL_LEDGER_AUDIT_HEAD,
	TL_LEDGER_AUDIT_READ,
	TL_LEDGER_AUDIT_END,
	TL_LEDGER_AUDIT_PURGE,
	TL_LEDGER_JOB_FIND,
	TL_LEDGER_JOB_KEEP,
	TL_LEDGER_JOB_OVER,
	TL_LEDGER_JOB_PURGE,
	TL_LEDGER_OUTBOX_ADD,
	TL_LEDGER_OUTBOX_KNOWN,
	TL_LEDGER_OUTBOX_SEEN,
	TL_LEDGER_OUTBOX_AGAIN,
	TL_LEDGER_OUTBOX_READY,
	TL_LEDGER_OUTBOX_FORGET,
	TL_LEDGER_OUTBOX_LEAVE,
	TL_LEDGER_OUTBOX_VOID,
	TL_LEDGER_OUTBOX_DOUBT,
	TL_LEDGER_OUTBOX_LIST,
	TL_LEDGER_OUTBOX_UNSETTLED,
	TL_LEDGER_OUTBOX_CLAIM,
	TL_LEDGER_OUTBOX_DELIVERED,
	TL_LEDGER_OUTBOX_LATER,
	TL_LEDGER_OUTBOX_DEAD,
	TL_LEDGER_OUTBOX_GIVE_BACK,
	TL_LEDGER_OUTBOX_OWNERS,
	TL_LEDGER_OUTBOX_RELEASE,
	TL_LEDGER_OUTBOX_REPLAY,
	TL_LEDGER_OUTBOX_DROP,
	TL_LEDGER_OUTBOX_COUNTS,
	TL_LEDGER_OUTBOX_PURGE,
	TL_LEDGER_STATEMENTS,
};

extern const struct tl_sql tl_ledger_schema;

/* Why a step was ended that its own program did not end. */
#define TL_CLOSED_WRITTEN "its end was not recorded"
#define TL_CLOSED_LOST "its program ended before it wrote"

/* One write that waits for its turn. */
struct tl_ledger_job;

/* The lease that this program took; `environment` is NULL where it took none. Over all but `lost` stands db_lock. */
struct tl_ledger_lease {
	char *environment;
	int64_t fence;
	atomic_bool lost; /* a write or a renewal found another fence */
	_Atomic int64_t sure_ms; /* monotonic: until then nobody else can have it */
	bool renewing;    /* `thread` runs */
	int wake;         /* an eventfd that ends it */
	pthread_t thread;
};

struct tl_ledger {
	struct tl_db *db; /* NULL: there is none yet. Over it stands db_lock */
	char *path;
	const struct tl_clock *clock;
	const struct tl_actor *actor; /* or NULL */
	pthread_mutex_t db_lock;
	struct tl_ledger_lease lease;
	struct tl_str guarded;        /* the environment whose lease was looked at in this transaction */
	pthread_mutex_t queue_lock;   /* over what follows */
	struct tl_ledger_job *first, *last;
	size_t n_waiting;
	bool leading;                 /* somebody is writing for all that wait */
};

/* Opens the database where it is not open yet; without `make`, one that does not exist leaves `db` NULL and is no error. Under db_lock. */
int tl_ledger_file(struct tl_ledger *ledger, bool make, struct tl_error *err);
int64_t tl_ledger_now_ms(const struct tl_ledger *ledger);

/* A text that came from outside (a message, a reason, a name) as every database takes it: UTF-8 without NUL as it is, anything else with what is not
 * that escaped, in `space`, which the caller clears. */
struct tl_str tl_ledger_text(struct tl_buf *space, struct tl_str text);

/* The rows of a query, alone; none where there is no database yet. Never within a write. */
int tl_ledger_query(struct tl_result *out, struct tl_arena *arena, struct tl_ledger *ledger, unsigned statement, const struct tl_param *params,
                    size_t n_params, struct tl_error *err);

/* Runs `work` in a transaction, perhaps together with what other threads write, and returns when it is on the disk. In `work` statements are run on
 * ledger->db (tl_db_run, tl_db_query), and nothing else is called that takes the ledger as a whole. `work` may run on another thread, and
 * again after everything that it did was taken back: it keeps nothing in memory from one run to the next. What it returns (0 or -1) is returned. The lease of
 * `environment` is looked at first; empty: of none. */
int tl_ledger_write(struct tl_ledger *ledger, struct tl_str environment, int (*work)(struct tl_ledger *ledger, void *data, struct tl_error *err),
                    void *data, struct tl_error *err);

/* Within a write: runs a statement that inserts one row and returns its id. */
int tl_ledger_insert(int64_t *id, struct tl_ledger *ledger, unsigned statement, const struct tl_param *params, size_t n_params, struct tl_error *err);
/* Puts off the end of the lease that was taken; *still is whether it is ours. */
int tl_ledger_renew(bool *still, struct tl_ledger *ledger, struct tl_error *err);
/* Within a write: refuses where somebody else holds the lease of the environment, or took ours over. */
int tl_ledger_guard(struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);
/* The fence that this program's writes about the environment carry; 0 where it has no lease of it. Within a write. */
int64_t tl_ledger_fence(const struct tl_ledger *ledger, struct tl_str environment);

#endif
