/* report/attend.h: what a worker of live calls is doing, for a browser, a machine and a monitoring system. */
#ifndef TL_REPORT_ATTEND_H
#define TL_REPORT_ATTEND_H

#include "base/buf.h"
#include "live/attend.h"

/* One moment of it. Borrowed. */
struct tl_attend_report {
	struct tl_str environment, flow;
	struct tl_str source;   /* where calls come from; a user and password in an address are not shown */
	struct tl_str trouble;  /* what it suffers from at this moment, for people; or empty */
	int64_t since_ms, at_ms; /* of its start, and of the figures; since 1970 */
	const struct tl_attend_figures *figures;
};

/* The status page: whole HTML that shows the report without a script, and keeps itself up to date from status.json with one. */
void tl_attend_page(struct tl_buf *out, const struct tl_attend_report *report);
/* schemas/attend-status.schema.json; ends with a line break. */
void tl_attend_status(struct tl_buf *out, const struct tl_attend_report *report);
/* Metrics for Prometheus. */
void tl_attend_metrics(struct tl_buf *out, const struct tl_attend_report *report);

/* The source as it may be shown: "nats://•••@host" for one with a user. In `out`. */
void tl_attend_source(struct tl_buf *out, struct tl_str source);

#endif
