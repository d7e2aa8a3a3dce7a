/* report/audit.h: audit records and what verifying them found, for a person and for a machine. */
#ifndef TL_REPORT_AUDIT_H
#define TL_REPORT_AUDIT_H

#include "doc/json.h"
#include "ledger/audit.h"

enum tl_audit_format {
	TL_AUDIT_TEXT,  /* a line a record */
	TL_AUDIT_JSON,  /* one document: schemas/audit-records.schema.json */
	TL_AUDIT_LINES, /* a line of JSON a record, and one more for the statement; the same schema */
	TL_AUDIT_FORMATS,
};
/* "text", "json", "jsonl"; `otherwise` where `name` is NULL, TL_USAGE for any other. */
int tl_audit_format(enum tl_audit_format *out, const char *name, enum tl_audit_format otherwise, struct tl_error *err);

/* Who vouches for a list of records: it is of this chain, at this moment. */
struct tl_audit_statement {
	struct tl_checkpoint head;
	struct tl_str by;          /* an actor */
	int64_t at_ms;
	const struct tl_key *key;  /* signs it; NULL: not signed */
};

/* A list that is written record by record, since a chain may be longer than memory likes its records. */
struct tl_audit_list {
	struct tl_buf *out;
	enum tl_audit_format format;
	bool color, personal;      /* whether personal data is shown, with its salt */
	struct tl_json json;
	struct tl_buf hashes;      /* of the records, a line break after each */
	uint64_t count;
};
void tl_audit_list_begin(struct tl_audit_list *list, struct tl_buf *out, enum tl_audit_format format);
/* `root` is what the record's bytes say. */
void tl_audit_list_record(struct tl_audit_list *list, const struct tl_audit_record *record, const struct tl_item *root);
/* Ends the list, with a statement where one is given; it says the SHA-256 of the records' hashes, and is signed over its RFC 8785 bytes. Frees. -1 where it
 * could not be signed. */
int tl_audit_list_end(struct tl_audit_list *list, const struct tl_audit_statement *statement, struct tl_error *err);

/* {version, good, records, signed, unchecked, purged, checkpoint, head, problem}: schemas/audit-verify.schema.json. */
void tl_audit_verdict_json(struct tl_buf *out, const struct tl_audit_verdict *verdict);
void tl_audit_verdict_text(struct tl_buf *out, const struct tl_audit_verdict *verdict, bool color);

#endif
