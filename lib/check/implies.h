/* check/implies.h: whether one condition can only hold where another holds. */
#ifndef TL_CHECK_IMPLIES_H
#define TL_CHECK_IMPLIES_H

#include "flow/flow.h"

/* Whether `q` certainly holds wherever `p` holds (flow-language.md, Conditions). False where that cannot be said, or would take more than *steps
 * comparisons, which are counted down. */
bool tl_expr_implies(const struct tl_expr *p, const struct tl_expr *q, uint32_t *steps);

#endif
