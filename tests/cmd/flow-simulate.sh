#!/bin/sh
# flow-simulate: suites, single cases, coverage, formats and exit codes.
. "$ROOT/tests/lib.sh"

mkdir flows
cat >flows/line.flow.yaml <<'YAML'
flow: line
name: A line
channel: voice
start: ask
variables:
  pin: {type: string, sensitive: true}
  tries: {type: number, default: 0}
nodes:
  ask:
    type: gather
    prompt: {text: "Your PIN.", duration: 2s}
    into: pin
    digits: {min: 4, max: 4}
    no_match: {retries: 1}
    next: office
    otherwise: bye
  office: {type: hours, schedule: office, open: agent, closed: bye}
  agent: {type: transfer, to: {queue: "${env.QUEUE}"}, failed: bye}
  bye: {type: end, exit: gone}
YAML
cat >flows/line.suite.yaml <<'YAML'
suite: line
cases:
  - id: served
    at: 2026-06-15T10:00:00Z
    inputs: [{dtmf: "1234"}]
    expect: {transfer: {queue: "${env.QUEUE}"}, exact_path: [ask, office, agent], variables: {pin: "1234"}}
  - id: closed
    at: 2026-06-14T10:00:00Z
    inputs: [{dtmf: "1234"}]
    expect: {ends_at: bye, exit: gone}
YAML
cat >trunkline.yaml <<'YAML'
flows: [flows]
schedules:
  office: {time_zone: Europe/Berlin, weekly: {monday: ["09:00-17:00"]}}
environments:
  production: {platform: local, values: {QUEUE: q-7}}
YAML

expect 0 flow-simulate --coverage
golden out flow-simulate/coverage.txt
expect 0 flow-simulate --env production --format json -j 1
mv out one
expect 0 flow-simulate --env production --format json -j 2
cmp one out || fail "the result depends on the number of threads"
has out '"transfer":{"queue":"q-7"}'
lacks out 1234
"$ROOT/build/tools/schema-validate" "$ROOT/schemas/simulate-result.schema.json" out || fail "not as its schema says"

# one case, for a person
echo '{at: 2026-06-15T10:00:00Z, inputs: [{dtmf: "12"}, silence, {dtmf: "1234"}], refused: [{queue: "${env.QUEUE}"}]}' >case.yaml
expect 0 flow-simulate --flow flows/line.flow.yaml --case case.yaml --trace
golden out flow-simulate/trace.txt
flow-simulate --flow flows/line.flow.yaml --case - --trace <case.yaml >piped || fail "standard input"
cmp out piped || fail "standard input is another case"

# what fails says where and why
sed 's/exit: gone}$/exit: nowhere, max_steps: 1}/' flows/line.suite.yaml >failing.suite.yaml
expect 1 flow-simulate failing.suite.yaml
golden out flow-simulate/failed.txt
sed 's/{queue: "${env.QUEUE}"}, exact/{queue: "not ${env.QUEUE}"}, exact/' flows/line.suite.yaml >failing.suite.yaml
expect 1 flow-simulate --env production failing.suite.yaml
has out 'transfer: expected {"queue":"not q-7"}, got {"queue":"q-7"}'
expect 1 flow-simulate --min-coverage nodes=100 --min-coverage transitions=90 -q
has err 'coverage of transitions'

# suites that cannot be used: 2, with the place
expect 2 flow-simulate --min-coverage nodes=110
expect 2 flow-simulate --flow flows/line.flow.yaml
expect 2 flow-simulate nothing.suite.yaml
has err "nothing.suite.yaml"
printf 'suite: lime\ncases: [{id: a}]\n' >lime.suite.yaml
expect 2 flow-simulate lime.suite.yaml
has err "lime.suite.yaml:1:8: error: there is no flow 'lime'"
has err "did you mean 'line'?"
printf 'suite: line\ncases:\n  - {id: a, variables: {pine: 1}, expect: {ends: bye}}\n  - {id: a}\n' >bad.suite.yaml
expect 2 flow-simulate bad.suite.yaml
has err "bad.suite.yaml:3:"
has err "ends_at"
printf 'suite: line\ncases:\n  - {id: a, variables: {pine: 1}}\n' >bad.suite.yaml
expect 2 flow-simulate bad.suite.yaml
has err "did you mean 'pin'?"
printf 'suite: line\ncases: [\n' >bad.suite.yaml
expect 2 flow-simulate bad.suite.yaml
has err "bad.suite.yaml:"

# a flow that cannot run is a finding of the flow: 1
sed 's/closed: bye/closed: by/' flows/line.flow.yaml >x && mv x flows/line.flow.yaml
expect 1 flow-simulate
has err "flows/line.flow.yaml:17:"
has err "there is no node 'by'"

expect 3 sh -c 'flow-simulate --flow flows/line.flow.yaml --case missing.yaml || exit 3'
expect 0 flow-simulate --help
expect 0 flow-simulate --version
expect 2 flow-simulate --stagd
has err "--staged"
