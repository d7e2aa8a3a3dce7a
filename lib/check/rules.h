/* check/rules.h: the names of all rules: TL_RULES(ROW) is the table, sorted by id. A new rule is a file rule_NAME.c with `const struct tl_rule
 * tl_rule_NAME`, and a line here. */
#ifndef TL_CHECK_RULES_H
#define TL_CHECK_RULES_H

#include "check/check.h"

#define TL_RULES(ROW) \
	ROW(bad_placeholder) \
	ROW(bad_substitution) \
	ROW(dead_end) \
	ROW(default_menu) \
	ROW(duplicate_choice) \
	ROW(duplicate_flow_id) \
	ROW(duplicate_key) \
	ROW(endless_loop) \
	ROW(flow_ignore) \
	ROW(limit) \
	ROW(missing_audio) \
	ROW(missing_dependency) \
	ROW(missing_language) \
	ROW(missing_value) \
	ROW(not_followed) \
	ROW(reserved_name) \
	ROW(schema) \
	ROW(sensitive_copy) \
	ROW(shadowed_case) \
	ROW(subflow_recursion) \
	ROW(type_mismatch) \
	ROW(unknown_action) \
	ROW(unknown_exit) \
	ROW(unknown_flow) \
	ROW(unknown_node) \
	ROW(unknown_prompt) \
	ROW(unknown_schedule) \
	ROW(unknown_variable) \
	ROW(unreachable) \
	ROW(unset_substitution) \
	ROW(unused_prompt) \
	ROW(unused_variable) \
	ROW(wrong_channel) \
	ROW(yaml_syntax)

#define TL_RULE_DECLARE(name) extern const struct tl_rule tl_rule_##name;
TL_RULES(TL_RULE_DECLARE)
#undef TL_RULE_DECLARE

#endif
