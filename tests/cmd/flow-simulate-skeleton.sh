#!/bin/sh
# Suites to begin with: a case for each choice of each menu, which pass at once; of Architect flows the ways alone.
. "$ROOT/tests/lib.sh"

cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" .
rm flows/*.suite.yaml
expect 0 flow-simulate --generate-skeleton --flow flows/billing-ivr.flow.yaml
golden out flow-simulate/skeleton-billing
cp out once
expect 0 flow-simulate --generate-skeleton --flow flows/billing-ivr.flow.yaml -o twice
cmp once twice || fail "another one the second time"

# Beside each flow, and they pass; what is not reached is said.
expect 0 flow-simulate --generate-skeleton
has out 'written  flows/billing-ivr.suite.yaml  10 cases'
has flows/front-desk.suite.yaml 'at: "2000-01-02T03:00:00Z"'
has flows/order-status.suite.yaml 'data: {"orders.find": {result: success}}'
expect 0 flow-simulate --min-coverage transitions=40
expect 0 flow-validate
# Nothing that is there is written over.
echo 'suite: hello' >flows/hello.suite.yaml
rm flows/order-status.suite.yaml
expect 0 flow-simulate --generate-skeleton flows/hello.flow.yaml flows/order-status.flow.yaml
has out 'kept     flows/hello.suite.yaml'
has out 'written  flows/order-status.suite.yaml'
[ "$(wc -l <flows/hello.suite.yaml)" -eq 1 ] || fail "written over"

# Architect's: the ways, with what decisions have to give; no suite that would fail.
rm -r flows && mkdir flows
cp "$ROOT/tests/fixtures/architect/support-call.yaml" flows/support.yaml
expect 0 flow-simulate --generate-skeleton --flow flows/support.yaml
golden out flow-simulate/skeleton-architect
expect 0 flow-simulate --generate-skeleton
has out 'written  flows/support.skeleton.yaml'
expect 0 flow-simulate
has err 'there are no suites to run'

# Of flows that a platform named: whatever their ids are, their suites pass at once, and other files may name them.
rm -r flows && mkdir flows
wire() {
	printf '{%s, "nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end", "reason": "over"}}}\n' "$1"
}
wire '"id": "7fda0cfe-1111-4222-8333-0123456789ab", "name": "Sales line"' >flows/sales.flow.json
wire '"id": "12345", "name": "By number"' >flows/number.flow.json
wire '"externalId": "Tr: true", "name": "By externalId"' >flows/external.flow.json
wire '"name": "No id at all"' >flows/name.flow.json
cat >flows/caller.flow.yaml <<'END'
flow: caller
channel: voice
start: sub
renamed_from: 0a1b2c3d-1111-4222-8333-0123456789ab
nodes:
  sub: {type: subflow, flow: 7fda0cfe-1111-4222-8333-0123456789ab, otherwise: bye}
  bye: {type: end}
END
expect 0 flow-simulate --generate-skeleton
expect 0 flow-simulate
has out 'ok 7fda0cfe-1111-4222-8333-0123456789ab: 1 case, 0 failed'
has out '5 cases, 5 passed, 0 failed'
expect 0 flow-validate
# An id that no flow has: what was meant, a flow's name too.
for named in '7fda0cfe-1111-4222-8333-0123456789ac' 'Sales line'; do
	printf 'suite: %s\ncases: [{id: a}]\n' "$named" >wrong.suite.yaml
	expect 2 flow-simulate flows wrong.suite.yaml
	has err "wrong.suite.yaml:1:8: error: there is no flow '$named' [unknown-flow]"
	has err "7fda0cfe-1111-4222-8333-0123456789ab'"
	expect 1 flow-validate flows wrong.suite.yaml
	has out "there is no flow '$named'"
done
rm wrong.suite.yaml

# Many choices: a bound, and what is left out is counted.
{
	printf 'flow: many\nchannel: voice\nstart: m0\nnodes:\n'
	for i in $(seq 0 49); do
		printf '  m%d:\n    type: menu\n    prompt: {text: x}\n    choices:\n' "$i"
		for key in 1 2 3 4 5 6 7 8; do printf '      - {key: "%s", next: m%d}\n' "$key" $(((i + key) % 50)); done
		printf '    otherwise: bye\n'
	done
	printf '  bye: {type: end}\n'
} >many.flow.yaml
expect 0 flow-simulate --generate-skeleton --flow many.flow.yaml
has out '# 100 more are left out.'
[ "$(grep -c '^  - id' out)" -eq 300 ] || fail "another number of cases"

# What does not go together, and what cannot be read.
expect 2 flow-simulate --generate-skeleton --coverage
expect 2 flow-simulate --generate-skeleton --flow many.flow.yaml many.flow.yaml
expect 2 flow-simulate --generate-skeleton --rev HEAD
expect 2 flow-simulate --generate-skeleton nothing.flow.yaml
echo 'flow: [' >bad.flow.yaml
expect 1 flow-simulate --generate-skeleton --flow bad.flow.yaml
has err 'yaml-syntax'
