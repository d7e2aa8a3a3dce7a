/* ledger/tables.h: the ledger's statements by name, for the files of this room. */
#ifndef TL_LEDGER_TABLES_H
#define TL_LEDGER_TABLES_H

#include "ledger/ledger.h"
#include "store/db.h"

enum {
	TL_LEDGER_DEPLOYED,
	TL_LEDGER_VERSION,
	TL_LEDGER_NOT_CURRENT,
	TL_LEDGER_PUT_DEPLOYED,
	TL_LEDGER_BEGIN,
	TL_LEDGER_LAST_STEP,
	TL_LEDGER_END,
	TL_LEDGER_CLOSE_WRITTEN,
	TL_LEDGER_CLOSE_LOST,
	TL_LEDGER_OPEN_STEPS,
	TL_LEDGER_HOLDS,
	TL_LEDGER_HOLD,
	TL_LEDGER_TAKE_BACK,
	TL_LEDGER_RELEASE,
	TL_LEDGER_STATEMENTS,
};

struct tl_ledger {
	struct tl_db *db; /* NULL: there is no file yet */
	char *path;
	const struct tl_clock *clock;
	const struct tl_actor *actor; /* or NULL */
};

/* Opens the file where it is not open yet; without `make`, one that does not exist leaves `db` NULL and is no error. */
int tl_ledger_file(struct tl_ledger *ledger, bool make, struct tl_error *err);

#endif
