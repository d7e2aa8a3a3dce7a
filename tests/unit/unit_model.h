/* tests/unit/unit_model.h: a model in words, line by line, for golden files. */
#ifndef TL_UNIT_MODEL_H
#define TL_UNIT_MODEL_H

#include "base/buf.h"
#include "flow/flow.h"

/* The flow, its variables, routines, nodes with their outcomes, and needs. */
void unit_model(struct tl_buf *buf, const struct tl_flow *flow);
/* The findings, sorted, one a line: "3:4 error [rule] message; help". */
void unit_findings(struct tl_buf *buf, struct tl_findings *findings);

#endif
