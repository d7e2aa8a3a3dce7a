/* report/audit_export.h: what a run of suites leaves for change control: the document of the platform's tutorial (success rate, path coverage, executed nodes, an
 * artefact a case, compliance metadata), one a flow, for local and remote runs alike; signed where a key is given. schemas/audit-export.schema.json. */
#ifndef TL_REPORT_AUDIT_EXPORT_H
#define TL_REPORT_AUDIT_EXPORT_H

#include "crypto/sign.h"
#include "sim/suite.h"

struct tl_audit_export;

/* Everything about a run of suites that its documents say. Texts are borrowed. */
struct tl_audit_export_head {
	struct tl_str exported_by;  /* "flow-simulate 0.1.0" */
	struct tl_str environment;  /* of a remote run; empty: the local engine */
	struct tl_str commit;       /* that the suites are of; empty: none, or changed since */
	int64_t at_ms;
};

struct tl_audit_export *tl_audit_export_new(const struct tl_audit_export_head *head);
void tl_audit_export_free(struct tl_audit_export *export); /* NULL is fine */
/* One case of a flow; `id` is the one by which the run knew it (the platform's, of a remote one). */
void tl_audit_export_add(struct tl_audit_export *export, struct tl_str flow, struct tl_str id, const struct tl_case_result *result);
/* How many flows there are, and each one's own id. */
size_t tl_audit_export_count(const struct tl_audit_export *export);
struct tl_str tl_audit_export_flow(const struct tl_audit_export *export, size_t index);
/* The document of one flow, appended. With a key it has `signature: {algorithm, keyId, value}` over the RFC 8785 bytes of all the rest. */
int tl_audit_export_write(struct tl_buf *out, const struct tl_audit_export *export, size_t index, const struct tl_key *key, struct tl_error *err);

#endif
