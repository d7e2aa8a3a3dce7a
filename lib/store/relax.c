/* store/relax.c: databases that nobody misses after a power cut. */
#include "store/sqlite.h"

int tl_db_relax(struct tl_db *db, struct tl_error *err)
{
	if (db->backend->begin != tl_sqlite_begin)
		return 0;
	return tl_sqlite_exec((struct tl_sqlite *)db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY", err);
}
