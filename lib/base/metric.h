/* base/metric.h: figures for a machine that watches, in the text format of Prometheus (exposition format 0.0.4). */
#ifndef TL_BASE_METRIC_H
#define TL_BASE_METRIC_H

#include "base/buf.h"
#include "base/str.h"

struct tl_label {
	const char *name;
	struct tl_str value;
};

/* Begins a metric: `name` in [a-z_], `type` "counter" or "gauge". Its samples follow. */
void tl_metric_begin(struct tl_buf *out, const char *name, const char *type, const char *help);
/* One sample. Label values may hold anything: quotes, backslashes and line breaks are escaped, bytes that are no UTF-8 replaced, and other
 * control characters and bidirectional marks shown ("\x1b"). */
void tl_metric_sample(struct tl_buf *out, const char *name, const struct tl_label *labels, size_t n_labels, double value);

#endif
