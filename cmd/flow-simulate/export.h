/* cmd/flow-simulate/export.h: --audit-export: a document a flow for change control. */
#ifndef TL_FLOW_SIMULATE_EXPORT_H
#define TL_FLOW_SIMULATE_EXPORT_H

#include "common/command.h"
#include "report/audit_export.h"

/* The commit that everything is of; empty where something was changed since, or where it is not the working tree that is looked at. */
struct tl_str export_commit(struct tl_command *command);

struct export {
	struct tl_command *command;
	const char *path;              /* a file, or a folder for several flows; NULL: not asked for */
	struct tl_audit_export *documents;
	struct tl_audit_export_head head;
	struct tl_key *key;
};

/* After the command was opened. `environment` empty: the local engine. -1 with the command's error: then nothing was run yet. */
int export_open(struct export *export, struct tl_command *command, const char *path, struct tl_str environment);
/* Writes each document whole: into the file, or as FLOW.audit.json into the folder. */
int export_write(struct export *export);
void export_close(struct export *export);

#endif
