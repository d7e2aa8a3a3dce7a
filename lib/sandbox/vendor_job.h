/* sandbox/vendor_job.h: import, export and validate jobs of the vendor's API.
 *
 * A job is registered, then started, then a success or a failure, by the seed's `jobs` or --publishing. A fault says otherwise (job=WHAT): fail (with the text of its
 * reason), silent (it fails without a message), hang, not-found (the text behind which the vendor hides a 429), upload-refused, url-expired, omit (an export leaves out
 * the first flow; the only one: it is a success without an address to fetch it from).
 *
 * What somebody does meanwhile (act=WHAT): edit (takes the lock away, edits, publishes), save (takes the lock, saves a draft), lock, lock-client, unlock, rename, delete,
 * busy (an operation that does not end), revoke (the permission in its reason is taken from everybody). */
#ifndef TL_SANDBOX_VENDOR_JOB_H
#define TL_SANDBOX_VENDOR_JOB_H

#include "sandbox/vendor.h"

enum tl_vendor_job_kind { TL_JOB_IMPORT, TL_JOB_EXPORT, TL_JOB_VALIDATE };

struct tl_vendor_message {
	int64_t at_ms;
	const char *type;              /* "Error" */
	struct tl_str text;
};

/* What an export or validate job is asked to look at. */
struct tl_vendor_asked {
	struct tl_str id, name, type, version, file;
	bool yaml;                     /* not the other format */
};

struct tl_vendor_job {
	struct tl_vendor *vendor;
	enum tl_vendor_job_kind kind;
	struct tl_str id;
	struct tl_vendor_actor *actor;
	const char *status, *command;
	struct tl_vendor_message *messages;
	size_t n_messages, message_capacity;
	struct tl_vendor_flow *flow;   /* of an import: what it published */
	struct tl_vendor_asked *asked;
	size_t n_asked;
	struct tl_str signature;       /* of its presigned address */
	int64_t url_end_ms;
	struct tl_str content;         /* what was uploaded, or what can be fetched */
	bool uploaded;
	struct tl_str outcome, reason; /* of a fault; or empty */
	void (*hangs)(struct tl_vendor_job *job); /* what it would do, were it not for a fault that lets it hang; else NULL */
};

/* Kept by the vendor's jobs. */
struct tl_vendor_job *tl_vendor_job_new(struct tl_routed *call, enum tl_vendor_job_kind kind);
/* NULL: 404 has been answered. */
struct tl_vendor_job *tl_vendor_job_of(struct tl_routed *call, enum tl_vendor_job_kind kind);
void tl_vendor_job_say(struct tl_vendor_job *job, const char *type, const char *fmt, ...) TL_PRINTF(3, 4);
/* It starts in a while, `work` is done some time later and sets the status; a fault does it instead. */
void tl_vendor_job_run(struct tl_vendor_job *job, void (*work)(struct tl_vendor_job *job));
/* Those that hang go on and come to their end, a bad one where a reason for that is given; how many. */
size_t tl_vendor_job_release(struct tl_vendor *vendor, struct tl_str reason);
/* The state; messages where `expand` asks for them. */
void tl_vendor_job_put(struct tl_routed *call, const struct tl_vendor_job *job);
/* Whether a call may use the presigned address of that job; else the store's refusal has been answered. */
bool tl_vendor_job_signed(struct tl_routed *call, const struct tl_vendor_job *job);
/* The job of an id, of any kind; or NULL. */
struct tl_vendor_job *tl_vendor_job_find(const struct tl_vendor *vendor, struct tl_str id);
void tl_vendor_clear_jobs(struct tl_vendor *vendor);

/* vendor_yaml.c: a flow's YAML as the platform writes it out, in `arena`. */
struct tl_str tl_vendor_write(struct tl_arena *arena, struct tl_str yaml, enum tl_vendor_style style);

/* vendor_zip.c: an archive of files that are stored as they are, in `arena`. */
struct tl_vendor_file {
	struct tl_str name, bytes;
};
struct tl_str tl_vendor_zip(struct tl_arena *arena, const struct tl_vendor_file *files, size_t count);

#endif
