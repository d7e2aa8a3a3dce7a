/* check/rule_reader.c: what the readers of files, the schema and the comments that ignore findings say. Nothing runs here: the rows stand for levels
 * and for --explain. */
#include "check/rules.h"

const struct tl_rule tl_rule_yaml_syntax = {
	.id = "yaml-syntax",
	.level = TL_ERROR,
	.fixed = true,
	.summary = "the file is not YAML 1.2 (or JSON) of one document in UTF-8",
	.explain = "The file cannot be read at the place that is named; nothing else in it was checked. No byte of value 0, no second document, no tags but those\n"
	           "of YAML's core, no merge keys.\n",
	.bad = "flow: line\nchannel: voice\nstart: bye\nnodes: {bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: bye\nnodes: {bye: {type: end}}\n",
};

const struct tl_rule tl_rule_schema = {
	.id = "schema",
	.level = TL_ERROR,
	.fixed = true,
	.summary = "a key or value is not what the language has at that place",
	.explain = "A native file is held against schemas/flow.schema.json, suites, policies and the project file against theirs; an Architect file against what\n"
	           "its reader knows. Unknown and missing keys, wrong values and wrong types are reported at their narrowest place.\n",
	.bad = "flow: line\nchannel: voice\nstart: hi\nnodes:\n  hi: {type: play, prompt: {text: Hi.}, nxt: bye}\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: hi\nnodes:\n  hi: {type: play, prompt: {text: Hi.}, next: bye}\n  bye: {type: end}\n",
};

const struct tl_rule tl_rule_duplicate_key = {
	.id = "duplicate-key",
	.level = TL_ERROR,
	.fixed = true,
	.summary = "a key stands twice in one map",
	.explain = "The first one would win, and the second would be lost without a word.\n",
	.bad = "flow: line\nchannel: voice\nstart: bye\nstart: bye\nnodes: {bye: {type: end}}\n",
	.good = "flow: line\nchannel: voice\nstart: bye\nnodes: {bye: {type: end}}\n",
};

const struct tl_rule tl_rule_limit = {
	.id = "limit",
	.level = TL_ERROR,
	.fixed = true,
	.summary = "the file passes a limit",
	.explain = "Limits keep a run bounded in time and memory: size of a file, depth, values after aliases are expanded, nodes, choices. The message names the\n"
	           "limit; it can be set under 'limits' in trunkline.yaml or by --limit NAME=VALUE.\n",
	.bad = "# file: trunkline.yaml\nlimits: {nodes: 1}\n# file: line.flow.yaml\nflow: line\nchannel: voice\nstart: hi\nnodes:\n"
	       "  hi: {type: play, prompt: {text: Hi.}, next: bye}\n  bye: {type: end}\n",
	.good = "# file: trunkline.yaml\nlimits: {nodes: 2}\n# file: line.flow.yaml\nflow: line\nchannel: voice\nstart: hi\nnodes:\n"
	        "  hi: {type: play, prompt: {text: Hi.}, next: bye}\n  bye: {type: end}\n",
};

const struct tl_rule tl_rule_bad_substitution = {
	.id = "bad-substitution",
	.level = TL_ERROR,
	.summary = "the value of a {{key}} would change the shape of an Architect file",
	.explain = "{{key}} is replaced in the text of the file before it is read. A value with a line break, or with signs that mean something to YAML where it\n"
	           "stands, would make another file of it.\n",
	.bad = "# file: trunkline.yaml\nenvironments: {local: {platform: local, values: {queue: \"a: b\"}}}\n# file: line.yaml\nworkflow:\n  name: Line {{queue}}\n"
	       "  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n        refId: Start_10\n        actions:\n"
	       "          - endWorkflow:\n              name: End\n",
	.good = "# file: trunkline.yaml\nenvironments: {local: {platform: local, values: {queue: ab}}}\n# file: line.yaml\nworkflow:\n  name: Line {{queue}}\n"
	        "  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n        refId: Start_10\n        actions:\n"
	        "          - endWorkflow:\n              name: End\n",
};

const struct tl_rule tl_rule_unset_substitution = {
	.id = "unset-substitution",
	.level = TL_ERROR,
	.summary = "a {{key}} of an Architect file has no value",
	.explain = "Values come from the environment. With --env a key without a value is an error; without, a note where the environment 'local' has none. The\n"
	           "file is read all the same, with a stand-in for the value.\n",
	.bad = "# file: line.yaml\nworkflow:\n  name: Line {{prefix}}\n  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n"
	       "        name: Start\n        refId: Start_10\n        actions:\n          - endWorkflow:\n              name: End\n",
	.good = "# file: trunkline.yaml\nenvironments: {local: {platform: local, values: {prefix: one}}}\n# file: line.yaml\nworkflow:\n  name: Line {{prefix}}\n"
	        "  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n        refId: Start_10\n        actions:\n"
	        "          - endWorkflow:\n              name: End\n",
};

const struct tl_rule tl_rule_unknown_action = {
	.id = "unknown-action",
	.level = TL_NOTE,
	.summary = "an Architect action of a kind that is not known here",
	.explain = "The action is kept as it is, as a request to the outside with the outcomes that it has. It can be published and compared, and in a simulated\n"
	           "call it wants an answer.\n",
	.bad = "# file: line.yaml\nworkflow:\n  name: Line\n  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n"
	       "        refId: Start_10\n        actions:\n          - brewCoffee:\n              name: Coffee\n          - endWorkflow:\n              name: End\n",
	.good = "# file: line.yaml\nworkflow:\n  name: Line\n  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n"
	        "        refId: Start_10\n        actions:\n          - endWorkflow:\n              name: End\n",
};

const struct tl_rule tl_rule_missing_dependency = {
	.id = "missing-dependency",
	.level = TL_ERROR,
	.summary = "an Architect flow names what the organisation does not have",
	.explain = "'flow-publish plan' looks up what the Architect flows name that it would write: queues, user prompts, data actions, schedules and their\n"
	           "groups, emergency groups, data tables, skills, language skills, wrap-up codes, groups, scripts, common modules and other flows. A job would\n"
	           "fail for one that is not there. A flow that is published by the same plan counts as there, and so does every prompt of the platform's own.\n"
	           "Names that are made while a call goes on are left alone, and so is what the client may not list, which is said as a warning. Where\n"
	           "something is known to be made in between, set the rule's level to warning. 'flow-validate' does not ask any platform.\n",
};

const struct tl_rule tl_rule_not_followed = {
	.id = "not-followed",
	.level = TL_WARNING,
	.summary = "a link or submodule stands where flows are read, and is not followed",
	.explain = "Nothing is read outside of the repository, so symbolic links and submodules are not followed: a flow behind one is not checked.\n",
};

const struct tl_rule tl_rule_flow_ignore = {
	.id = "flow-ignore",
	.level = TL_WARNING,
	.summary = "a comment that ignores findings is wrong or of no use",
	.explain = "'# flow-ignore: RULE: REASON' at the end of a line takes away the findings of that rule on it; alone on a line, those on the next; above the\n"
	           "file's first key, those of the whole file. Several rules are joined by commas. A comment without a reason is not obeyed, and one that takes\n"
	           "nothing away should go.\n",
	.bad = "flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n  old: {type: end} # flow-ignore: unreachable\n",
	.good = "flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n  old: {type: end} # flow-ignore: unreachable: agents jump here by hand\n",
};
