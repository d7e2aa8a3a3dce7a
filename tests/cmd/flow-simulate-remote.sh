#!/bin/sh
# Cases on the platform's simulator, held against the same expectations, and compared with the local engine.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

mkdir flows
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: greet
variables: {tier: {type: string, default: standard}, want: {type: string}}
nodes:
  greet: {type: play, prompt: {text: Hello.}, next: main}
  main:
    type: menu
    prompt: {text: "For billing press 1, for support press 2."}
    choices:
      - {key: "1", phrases: [billing], set: {want: billing}, next: tell}
      - {key: "2", phrases: [support], set: {want: support}, next: tell}
    otherwise: bye
  tell: {type: play, prompt: {text: One moment.}, next: pick}
  pick: {type: decide, cases: [{when: {variable: tier, equals: premium}, next: vip}], otherwise: queue}
  queue: {type: transfer, to: {queue: all}, failed: bye}
  vip: {type: transfer, to: {queue: vip}, failed: bye}
  bye: {type: end}
END
cat >flows/line.suite.yaml <<'END'
suite: line
cases:
  - {id: key, inputs: [{dtmf: "1"}], expect: {path: [greet, main, tell, queue], ends_at: queue, variables: {want: billing}}}
  - {id: speech, inputs: [{speech: "my support please"}], expect: {visits: [tell], variables: {want: support}, prompts: [Hello.]}}
  - {id: premium, variables: {tier: premium}, inputs: [{dtmf: "2"}], expect: {ends_at: vip, avoids: [queue], transfer: {queue: vip}}}
END
cat >flows/chat.flow.yaml <<'END'
flow: chat
channel: message
start: ask
variables: {name: {type: string}}
nodes:
  ask: {type: gather, prompt: {text: Who are you?}, into: name, next: bye, otherwise: bye}
  bye: {type: end}
END
cat >flows/chat.suite.yaml <<'END'
suite: chat
cases:
  - {id: named, inputs: [{text: Ada}], expect: {ends_at: bye, variables: {name: Ada}}}
END
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q .
git add .
git commit -q -m one
expect 0 flow-validate -q
expect 0 flow-simulate
start_sandbox

# What is not published cannot be called.
expect 2 flow-simulate --remote --env production
has err "has no flow 'chat': publish it first"
expect 0 flow-publish plan -q --env production -o plan.json
# What was published is tried there at once.
expect 0 flow-publish apply plan.json
has err 'on the platform 4 of 4 cases pass'

expect 0 flow-simulate --remote --env production
has out '4 cases, 4 passed, 0 failed'
expect 0 flow-simulate --remote --env production -v
has out 'not told by the platform, so not compared: transfer'
expect 0 flow-simulate --remote --env production --format json
is_valid simulate-result out
expect 0 flow-simulate --conform --env production
has out '4 cases, 4 passed, 0 failed'

# The document for change control is of the platform's run.
expect 0 flow-simulate --remote --env production --audit-export documents/
is_valid audit-export documents/line.audit.json
has documents/line.audit.json '"engine": "remote"'
has documents/line.audit.json '"successRate": "100.00"'
has documents/line.audit.json '"nodeType": "GatherDTMF"'
has documents/line.audit.json '"simulationId": "'
lacks documents/line.audit.json '"flowId": "line"'

# A change here that is not there: expectations fail there, and the two part.
sed -i 's/  tell: .*/  tell: {type: play, prompt: {text: One moment.}, next: vip}/' flows/line.flow.yaml
expect 1 flow-simulate --conform --env production flows/line.suite.yaml
has out "at step 4: 'vip' here, 'pick' there (here: greet > main > tell > vip)"
git checkout -q flows

# What happens in flows that are entered is not told, so nothing is expected of it; nor can a time be given.
cat >flows/front.flow.yaml <<'END'
flow: front
channel: voice
start: enter
nodes:
  enter: {type: subflow, flow: inner, otherwise: bye}
  bye: {type: end}
END
printf 'flow: inner\nchannel: voice\nstart: within\nnodes:\n  within: {type: play, prompt: {text: Well.}, next: back}\n  back: {type: end}\n' >flows/inner.flow.yaml
cat >flows/front.suite.yaml <<'END'
suite: front
cases:
  - {id: through, expect: {exact_path: [enter, within, back, bye], visits: [enter], ends_at: bye}}
END
git add flows && git commit -q -m two
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
expect 0 flow-simulate --conform -v --env production flows/front.suite.yaml
has out 'not told by the platform, so not compared: exact_path'
printf '  - {id: at-noon, at: "2026-06-15T12:00:00Z"}\n  - {id: in-german, language: de}\n' >>flows/front.suite.yaml
expect 3 flow-simulate --remote --env production flows/front.suite.yaml
has out '3 cases, 1 passed, 0 failed, 2 skipped'
has out 'a time (at) and a language cannot be given'
git checkout -q flows

# A node that is visited there alone, and a node that is nowhere, are no agreement; what the platform hides nobody can compare.
cat >flows/line.suite.yaml <<'END'
suite: line
cases:
  - {id: typo, inputs: [{dtmf: "1"}], expect: {visits: [greet, nowhere]}}
END
expect 1 flow-simulate --remote --env production --audit-export typo.json flows/line.suite.yaml
has typo.json 'Expected nodes not reached: nowhere'
rm typo.json
git checkout -q flows
cat >flows/card.flow.yaml <<'END'
flow: card
channel: voice
start: ask
variables: {pin: {type: string, sensitive: true}}
nodes:
  ask: {type: gather, prompt: {text: Your number?}, into: pin, next: more, otherwise: bye}
  more: {type: play, prompt: {text: More.}, next: bye}
  bye: {type: end}
END
cat >flows/card.suite.yaml <<'END'
suite: card
cases:
  - {id: told, inputs: [{dtmf: "4711"}], expect: {variables: {pin: "4711"}}}
END
git add flows && git commit -q -m card
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
expect 0 flow-simulate --conform --env production flows/card.suite.yaml
expect 0 flow-simulate --remote --env production -v flows/card.suite.yaml
has out 'not compared: variables'
lacks out 4711
sed -i -e '/  more:/d' -e 's/next: more/next: bye/' flows/card.flow.yaml
expect 1 flow-simulate --conform --env production flows/card.suite.yaml
has out "at step 2: 'bye' here, 'more' there, which the flow does not have here (here: ask > bye)"
# A path that is to be just that is another one with a node more.
printf '  - {id: just, inputs: [{dtmf: "4711"}], expect: {exact_path: [ask, bye]}}\n' >>flows/card.suite.yaml
expect 1 flow-simulate --remote --env production flows/card.suite.yaml
has out '["ask","more","bye"]'
git checkout -q flows

# What the simulator has no words for is not passed over in silence.
cat >flows/line.suite.yaml <<'END'
suite: line
cases:
  - {id: silent, inputs: [silence, {dtmf: "1"}]}
  - {id: key, inputs: [{dtmf: "1"}]}
END
expect 3 flow-simulate --remote --env production flows/line.suite.yaml
has out 'skipped: silent'
has out '2 cases, 1 passed, 0 failed, 1 skipped'
has err '--allow-skipped'
expect 0 flow-simulate --remote --allow-skipped --env production flows/line.suite.yaml
expect 3 flow-simulate --remote --env production --format json flows/line.suite.yaml
is_valid simulate-result out

# The platform has its bad days.
faults 'status=500,on=POST /api/v2/flows/simulation/run,count=1'
expect 0 flow-simulate --remote --allow-skipped --env production flows/line.suite.yaml
faults 'html,on=POST /api/v2/flows/simulation/run'
expect 3 flow-simulate --remote --allow-skipped --env production flows/line.suite.yaml
has err "case 'key'"
faults 'status=403,on=POST /api/v2/flows/simulation/run'
expect 3 flow-simulate --remote --allow-skipped --env production flows/line.suite.yaml
faults

# A publish after which calls go wrong there says so: the flows are published, and the way back is named.
git checkout -q flows
say_bye() { sed -i "s/  bye: .*/  bye: {type: end, exit: $1}/" flows/line.flow.yaml && git commit -qam "bye $1"; }
say_bye one
expect 0 flow-publish plan -q --env production -o plan.json
faults 'html,on=POST /api/v2/flows/simulation/run'
expect 3 flow-publish apply plan.json
has out 'published  line'
has err 'could not be run on the platform'
# A client that may publish and no more has done all that it may.
say_bye forbidden
expect 0 flow-publish plan -q --env production -o plan.json
faults 'status=403,on=POST /api/v2/flows/simulation/run' 'status=403,on=POST /api/v2/flows/{id}/simulate'
expect 0 flow-publish apply plan.json
has err 'as this client may not'
faults
say_bye two
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply --no-smoke plan.json
lacks err 'on the platform'
sed -i 's/ends_at: queue, variables/ends_at: vip, variables/' flows/line.suite.yaml && git commit -qam wrong
say_bye three
expect 0 flow-publish plan -q --env production -o plan.json
expect 1 flow-publish apply plan.json
has err '1 of 3 cases fail on the platform'
has err 'flow-publish rollback'

# A call that the platform refuses, or answers by what is no run, is a case of its own: the others are run, and what came of it is in the document and on record.
cat >flows/line.suite.yaml <<'END'
suite: line
cases:
  - {id: first, inputs: [{dtmf: "1"}]}
  - {id: second, inputs: [{dtmf: "2"}]}
END
git commit -qam cases
faults 'status=400,on=POST /api/v2/flows/simulation/run,count=1'
expect 3 flow-simulate --remote --env production -j 1 --record --ticket CHG-9 --audit-export refused.json flows/line.suite.yaml
has out '2 cases, 1 passed, 0 failed, 1 undone'
has out 'does not simulate this call'
is_valid audit-export refused.json
has refused.json '"successRate": "50.00"'
has refused.json '"totalTestCases": 2'
for status in 409 422; do
	faults "status=$status,on=POST /api/v2/flows/simulation/run,count=1"
	expect 3 flow-simulate --remote --env production flows/line.suite.yaml
	has out "does not simulate this call of flow"
	has err 'why stands with each'
done
faults 'status=404,on=POST /api/v2/flows/simulation/run'
expect 2 flow-simulate --remote --env production flows/line.suite.yaml
has err 'the platform has no flow'
faults
rm refused.json
flow-audit query --env production --action simulate --format jsonl | tail -n 1 >record
for member in '"ticket":"CHG-9"' '"outcome":"undone"' '"status":400' '"attempts":2' '"latency_ms":' '"correlation":"audit-' '"version":' '"digest":"'; do
	has record "$member"
done
# What ended the run is on record too.
faults 'html,on=POST /api/v2/flows/simulation/run'
expect 3 flow-simulate --remote --env production --record flows/line.suite.yaml
faults
flow-audit query --env production --action simulate --format jsonl | tail -n 1 >record
has record '"error":"case '
has record '"outcome":"undone"'
