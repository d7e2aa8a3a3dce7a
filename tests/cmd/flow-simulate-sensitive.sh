#!/bin/sh
# flow-simulate: the value of a sensitive variable is in no output, whatever fails; expectations see it.
. "$ROOT/tests/lib.sh"

mkdir flows
cat >flows/pay.flow.yaml <<'YAML'
flow: pay
name: Pay
channel: voice
start: ask
variables:
  pin: {type: string, sensitive: true}
  card: {type: object, sensitive: true}
  amount: {type: number, sensitive: true}
nodes:
  ask:
    type: gather
    prompt: {text: Your PIN.}
    into: pin
    no_match: {retries: 2}
    min_confidence: 0.5
    next: say
    otherwise: bye
  say: {type: play, prompt: {text: "It is ${pin} of ${card.name}."}, next: fetch}
  fetch: {type: data_action, action: card, inputs: {pin: "${pin}"}, outputs: {card: card, amount: amount}, next: agent, failed: agent}
  agent: {type: transfer, to: {queue: "desk-${pin}"}, failed: bad}
  bad: {type: set, values: {amount: "${pin}"}, next: bye}
  bye: {type: end}
YAML
suite() {
	cat >flows/pay.suite.yaml <<YAML
suite: pay
cases:
  - id: a
    variables: {card: {name: OPENSESAME}}
    inputs: [{speech: OPENSESAME, confidence: 0.2}, {speech: OPENSESAME}]
    data: {card: {result: success, outputs: {card: '{"k": "OPENSESAME"}', amount: 5}}}
    $1
YAML
}
silent() {
	for how in "--format text" "--format text -v" "--format json" "--trace"; do
		# shellcheck disable=SC2086
		expect "$1" flow-simulate $how
		lacks out OPENSESAME
		lacks err OPENSESAME
	done
}

suite 'expect: {transfer: {queue: desk-OPENSESAME}, prompts: ["It is OPENSESAME of OPENSESAME."], variables: {pin: OPENSESAME}}'
silent 0
suite 'expect: {transfer: {queue: other-OPENSESAME}, prompts: ["It is OPENSESAME of OPENSESAME.", "OPENSESAME?"], variables: {pin: no}, unset: [pin, card]}'
silent 1
flow-simulate >out
has out 'prompts: expected ["It is ••• of •••.","•••?"]'
has out 'transfer: expected {"queue":"other-•••"}, got {"queue":"desk-•••"}'
suite 'refused: [{queue: desk-OPENSESAME}]'
silent 1
has out 'type_error: the value cannot become the number'
suite 'refused: [{queue: desk-OPENSESAME}]
    limits: {max_steps: 3}
    expect: {transfer: {queue: desk-OPENSESAME}, prompts: [OPENSESAME]}'
silent 1
