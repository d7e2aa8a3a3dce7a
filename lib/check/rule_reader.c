/* check/rule_reader.c: what the readers of files, the schema and the comments that ignore findings say. Next to nothing runs here: the rows stand for levels
 * and for --explain. */
#include "check/rules.h"
#include "doc/substitute.h"

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

/* A {{key}} is the reader's business, since the file cannot be read with such a value; ${env.NAME} stands in texts that are read already. */
static void check_values(struct tl_check *check)
{
	const struct tl_environment *environment = check->options->environment;

	for (uint32_t i = 0; environment && i < check->flow->n_needs; i++) {
		const struct tl_need *need = &check->flow->needs[i];
		const struct tl_str *value = need->kind == TL_NEED_ENV ? tl_map_ptr(&environment->values, need->name) : NULL;
		struct tl_finding *finding;

		if (!value || tl_substitution_is_text(*value))
			continue;
		finding = tl_check_say(check, tl_check_narrow(check->flow, need->span, tl_arena_printf(check->scratch, "${env.%.*s}", TL_FMT(need->name))),
		                       "the value of '%.*s' holds a line break or a control character", TL_FMT(need->name));
		tl_findings_help(check->findings, finding, "use a value of one line in UTF-8");
	}
}

const struct tl_rule tl_rule_bad_substitution = {
	.id = "bad-substitution",
	.level = TL_ERROR,
	.summary = "a value holds a line break, or would change the shape of an Architect file",
	.explain = "{{key}} is replaced in the text of an Architect file before it is read. A value with signs that mean something to YAML where it stands would make\n"
	           "another file of it, and one that holds a {{key}} itself would be replaced once more by the platform. A value with a line break or another control character is filled in nowhere, for ${env.NAME} neither.\n",
	.bad = "# file: trunkline.yaml\nenvironments: {local: {platform: local, values: {queue: \"a: b\"}}}\n# file: line.yaml\nworkflow:\n  name: Line {{queue}}\n"
	       "  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n        refId: Start_10\n        actions:\n"
	       "          - endWorkflow:\n              name: End\n",
	.good = "# file: trunkline.yaml\nenvironments: {local: {platform: local, values: {queue: ab}}}\n# file: line.yaml\nworkflow:\n  name: Line {{queue}}\n"
	        "  startUpRef: /workflow/states/state[Start_10]\n  states:\n    - state:\n        name: Start\n        refId: Start_10\n        actions:\n"
	        "          - endWorkflow:\n              name: End\n",
	.local = check_values,
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
	.summary = "a flow that is to be published names what is not there",
	.explain = "'flow-publish plan' looks up what the Architect flows name that it would write: queues, user prompts, data actions, schedules and their\n"
	           "groups, emergency groups, data tables, skills, language skills, wrap-up codes, groups, scripts, common modules and other flows. A job would\n"
	           "fail for one that is not there. A flow that is published by the same plan counts as there, and so does every prompt of the platform's own.\n"
	           "Names that are made while a call goes on are left alone, and so is what the client may not list, which is said as a warning. Where\n"
	           "something is known to be made in between, set the rule's level to warning. 'flow-validate' does not ask any platform.\n"
	           "Of native flows and those in the platform's own form it looks at the flows that they enter or transfer to: where only some files are planned,\n"
	           "one that is neither deployed nor among them is missing, and so is the former id of one that is renamed without its deployed callers.\n",
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
