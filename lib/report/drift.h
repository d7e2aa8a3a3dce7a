/* report/drift.h: what an environment has that was not put there from here, for a person, a machine, a monitoring system and a browser. */
#ifndef TL_REPORT_DRIFT_H
#define TL_REPORT_DRIFT_H

#include "base/buf.h"
#include "doc/json.h"
#include "monitor/drift.h"

/* One look as a whole. */
struct tl_drift_report {
	struct tl_str environment;
	int64_t at_ms;                     /* when it was */
	const struct tl_drifts *drifts;
	uint64_t looks, failed_looks;      /* so far, this one too */
	int64_t look_ms;                   /* how long the last one took */
	struct tl_platform_counts counts;  /* requests so far */
	struct tl_str trouble;             /* why the last look failed, or empty */
};

/* "in step", "pending", "waiting", "edited", … */
const char *tl_drift_word(const struct tl_drift *drift);
/* What there is of a flow, in words; nothing in them is obeyed by a terminal. */
void tl_drift_words(struct tl_buf *out, const struct tl_drift *drift);
/* One line a flow; those without drift too where `all`. */
void tl_drift_text(struct tl_buf *out, const struct tl_drift *drifts, size_t count, bool all, bool color);
/* One flow as a JSON map (schemas/drift-result.schema.json). */
void tl_drift_json(struct tl_json *json, const struct tl_drift *drift);
/* {version, environment, at, drifted, looks, trouble, flows}: the same schema; compact where not `pretty`, ends with a line break. */
void tl_drift_report_json(struct tl_buf *out, const struct tl_drift_report *report, bool pretty);
/* Metrics for Prometheus. */
void tl_drift_metrics(struct tl_buf *out, const struct tl_drift_report *report);
/* The status page: whole HTML that shows the report without a script, and keeps itself up to date from status.json with one. */
void tl_drift_page(struct tl_buf *out, const struct tl_drift_report *report);

#endif
