/* check/rule_default_menu.c: the menu that Architect makes in every call flow, where nothing enters it. */
#include "check/rules.h"

static void local(struct tl_check *check)
{
	for (uint32_t i = 0; i < check->flow->n_routines; i++) {
		const struct tl_routine *routine = &check->flow->routines[i];

		if (routine->vendor_default && !check->entered[i])
			tl_check_say(check, routine->name.span, "the menu '%.*s' is Architect's own; nothing enters it", TL_FMT(routine->name.text));
	}
}

const struct tl_rule tl_rule_default_menu = {
	.id = "default-menu",
	.level = TL_NOTE,
	.summary = "the menu that Architect always makes is not used",
	.explain = "Architect makes a 'Main Menu' in every inbound call flow and exports it, also where the flow starts with a task. It does no harm.\n",
	.bad = "# file: line.yaml\ninboundCall:\n  name: Line\n  startUpRef: /inboundCall/tasks/task[Start_12]\n  menus:\n    - menu:\n"
	       "        name: Main Menu\n        refId: Main Menu_10\n        choices:\n          - menuDisconnect:\n              name: Disconnect\n              dtmf: digit_9\n"
	       "  tasks:\n    - task:\n        name: Start\n        refId: Start_12\n        actions:\n          - disconnect:\n              name: Bye\n",
	.good = "# file: line.yaml\ninboundCall:\n  name: Line\n  startUpRef: /inboundCall/menus/menu[Main Menu_10]\n  menus:\n    - menu:\n"
	        "        name: Main Menu\n        refId: Main Menu_10\n        choices:\n          - menuDisconnect:\n              name: Disconnect\n"
	        "              dtmf: digit_9\n",
	.local = local,
};
