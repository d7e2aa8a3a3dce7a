/* report/qa.h: what a simulated call came to, for a QA platform. */
#ifndef TL_REPORT_QA_H
#define TL_REPORT_QA_H

#include "base/buf.h"
#include "sim/suite.h"

struct tl_qa_head {
	struct tl_str flow;          /* the platform's id of it, or its own */
	struct tl_str correlation;   /* of the audit record of the same run */
	int64_t at_ms;               /* since 1970 */
};

/* {testId, simulationId, flowId, durationMs, efficiencyScore, accuracyScore, unreachableBranches, timestamp, auditCorrelation} of a case that was run. testId is
 * FLOW/CASE by our own ids; simulationId is null for a call that no platform ran, a score where there is nothing to divide by. */
void tl_qa_json(struct tl_buf *out, const struct tl_case_result *result, const struct tl_qa_head *head);

#endif
