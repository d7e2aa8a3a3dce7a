#!/bin/sh
# flow-simulate: limits of a call come from the case, the defaults, the project file or the command line, in this order.
. "$ROOT/tests/lib.sh"

mkdir flows
cat >flows/round.flow.yaml <<'YAML'
flow: round
name: Round
channel: voice
start: a
nodes:
  a: {type: play, prompt: {text: Hold the line., duration: 1s}, next: a}
YAML

# ends CASE DEFAULTS PROJECT EXPECT [OPTION]…: whether a call with these limits ends as the expectation says
ends() {
	given=$1 defaults=$2 project=$3 wanted=$4
	shift 4
	printf 'flows: [flows]\nlimits: %s\n' "$project" >trunkline.yaml
	printf 'suite: round\ndefaults: {limits: %s}\ncases: [{id: a, limits: %s, expect: %s}]\n' "$defaults" "$given" "$wanted" |
		sed 's/, limits: -//; s/{limits: -}/{}/' >flows/round.suite.yaml
	expect 0 flow-simulate "$@"
}

ends - - '{}' '{status: timed_out, max_time: 121s, max_steps: 121}'
ends - - '{max_steps: 7}' '{status: stuck, max_steps: 7}'
ends - - '{max_time: 2s}' '{status: timed_out, max_time: 3s}'
ends - - '{}' '{status: stuck, max_steps: 5}' --limit max_steps=5
ends - - '{max_steps: 7}' '{status: stuck, max_steps: 7, path: [a, a, a, a, a, a, a]}' --limit max_steps=5
ends - - '{max_time: 9s}' '{status: timed_out, max_time: 10s, path: [a, a, a, a]}' --limit max_time=1s
ends - - '{max_time: 9s}' '{status: stuck, max_steps: 5}' --limit max_steps=5
ends - '{max_steps: 3}' '{max_steps: 7}' '{status: stuck, max_steps: 3}'
ends '{max_steps: 9}' '{max_steps: 3}' '{max_steps: 7}' '{status: stuck, path: [a, a, a, a, a, a, a, a, a]}'
# a case's limits replace the defaults' whole
ends '{max_time: 20s}' '{max_steps: 3}' '{max_steps: 7}' '{status: stuck, path: [a, a, a, a, a, a, a]}'
# other limits are the command line's first
printf 'flows: [flows]\nlimits: {cases: 1}\n' >trunkline.yaml
printf 'suite: round\ndefaults: {expect: {status: timed_out}}\ncases: [{id: a}, {id: b}]\n' >flows/round.suite.yaml
expect 2 flow-simulate
expect 0 flow-simulate --limit cases=2

# text that a flow doubles at each step, says, hands to an action or to another flow, ends the call and not the machine
printf 'flows: [flows]\n' >trunkline.yaml
for node in '{type: set, values: {s: "${s}${s}"}, next: a}' '{type: set, values: {o: "{\"a\":\"${s}\"}", s: "${o.a}${o.a}"}, next: a}' \
	'{type: play, prompt: {text: "${s}"}, next: a}' '{type: play, prompt: {text: A text that is longer than nothing.}, next: a}' \
	'{type: data_action, action: d, inputs: {s: "${s}", t: "${s}"}, next: a, failed: a}' \
	'{type: subflow, flow: grow, inputs: {s: "${s}", t: "${s}${s}"}, otherwise: a}'; do
	cat >flows/grow.flow.yaml <<YAML
flow: grow
name: Grow
channel: voice
start: a
variables:
  s: {type: string, default: 0123456789abcdef}
  o: {type: object}
nodes:
  a: $node
YAML
	cat >flows/grow.suite.yaml <<'YAML'
suite: grow
cases:
  - id: a
    data: {d: {result: success}}
    limits: {max_steps: 20}
    expect: {status: failed, error: type_error, ends_at: a}
YAML
	expect 0 flow-simulate flows/grow.suite.yaml --limit text=200 --trace
	has out "limit 'text'"
done
