/* report/import.h: what an import did, for a person and for a machine. */
#ifndef TL_REPORT_IMPORT_H
#define TL_REPORT_IMPORT_H

#include "base/buf.h"
#include "deploy/import.h"

/* Everything about the run that the report says besides. */
struct tl_import_heading {
	struct tl_str environment;
	struct tl_str other; /* the one that it was compared with; or empty */
	bool dry_run, quiet, color;
};

void tl_import_text(struct tl_buf *out, const struct tl_import *import, const struct tl_import_heading *heading);
/* schemas/import-result.schema.json */
void tl_import_json(struct tl_buf *out, const struct tl_import *import, const struct tl_import_heading *heading);

#endif
