/* report/rules.h: rules for a person: the list of them, and one explained. */
#ifndef TL_REPORT_RULES_H
#define TL_REPORT_RULES_H

#include "check/check.h"

/* One line a rule: id, level, summary. */
void tl_rules_list(struct tl_buf *out);
/* What a rule says, why, and how to mend it, with an example of both. */
void tl_rule_explain(struct tl_buf *out, const struct tl_rule *rule);

#endif
