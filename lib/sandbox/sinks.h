/* sandbox/sinks.h: addresses that take whatever is sent to them, for webhooks and QA exports: what came can be read back, and they fail where they are told to. In memory. */
#ifndef TL_SANDBOX_SINKS_H
#define TL_SANDBOX_SINKS_H

#include "doc/json.h"
#include "sandbox/refusal.h"

struct tl_sinks;

/* What came: headers by name, and the bytes. */
struct tl_sink_header {
	const char *name;
	struct tl_str value; /* no pointer: it was not there */
};
struct tl_sink_delivery {
	int64_t at_ms;
	const struct tl_sink_header *headers;
	size_t n_headers;
	struct tl_str body;
};

struct tl_sinks *tl_sinks_new(void);
void tl_sinks_free(struct tl_sinks *sinks); /* NULL is fine */
/* Records a delivery and returns the status to answer with: the next of those that were planned, else 200; *retry_after is seconds, or -1. Past 16 MiB
 * of records the sink answers 507 and records nothing more. */
int tl_sinks_take(struct tl_sinks *sinks, struct tl_str name, const struct tl_sink_delivery *delivery, int64_t *retry_after);
/* Plans answers, in order, after those that are planned already: a list of statuses, or of {status, retryAfter, count}. 200, or 422. */
int tl_sinks_plan(struct tl_sinks *sinks, struct tl_refusal *refusal, struct tl_str name, const struct tl_item *answers);
/* {name, count, planned, deliveries: [{at, status, headers {}, body, raw}]}: `body` is the JSON that came, null where it was none; `raw` the text. */
void tl_sinks_show(struct tl_json *json, const struct tl_sinks *sinks, struct tl_str name);
/* Forgets deliveries and plans. */
void tl_sinks_forget(struct tl_sinks *sinks, struct tl_str name);

#endif
