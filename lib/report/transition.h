/* report/transition.h: what a run of flow-transition has come to, for a person, a machine and a monitoring system. */
#ifndef TL_REPORT_TRANSITION_H
#define TL_REPORT_TRANSITION_H

#include "base/buf.h"
#include "base/latency.h"
#include "live/transition.h"

struct tl_transition_figures {
	uint64_t records, by_state[TL_MOVES], malformed;
	struct tl_latencies latencies;      /* ms, of all that were asked of the platform */
	struct tl_platform_counts requests;
	bool webhook;                       /* somebody is to hear of it */
	uint64_t delivered, put_off, dead, settled;
};

struct tl_transition_report {
	struct tl_str environment;
	int64_t since_ms, at_ms;            /* since 1970 */
	const struct tl_transition_figures *figures;
};

/* One line, without its end: "5 records, 2 moved, 1 conflict; 12 requests, 0 rate limited; latency median 3 ms, p99 9 ms". */
void tl_transition_text(struct tl_buf *out, const struct tl_transition_figures *figures);
/* schemas/transition-status.schema.json; ends with a line break. */
void tl_transition_status(struct tl_buf *out, const struct tl_transition_report *report);
/* Metrics for Prometheus. */
void tl_transition_metrics(struct tl_buf *out, const struct tl_transition_report *report);

#endif
