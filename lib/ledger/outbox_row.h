/* ledger/outbox_row.h: what the files of the outbox share. */
#ifndef TL_LEDGER_OUTBOX_ROW_H
#define TL_LEDGER_OUTBOX_ROW_H

#include "ledger/outbox.h"
#include "store/db.h"

/* Rows of the columns that all statements of the outbox give. */
void tl_outbox_rows_of(struct tl_outbox_rows *out, struct tl_arena *arena, const struct tl_result *result);
/* tl_ledger_write without the lease of an environment. */
int tl_outbox_write(struct tl_ledger *ledger, int (*work)(struct tl_ledger *ledger, void *data, struct tl_error *err), void *data, struct tl_error *err);

#endif
