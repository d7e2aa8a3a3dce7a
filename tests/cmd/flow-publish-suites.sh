#!/bin/sh
# A suite that cannot be used runs nowhere after a publish: the plan warns of it, with its place, and the apply does not pass for whole.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
cat >trunkline.yaml <<'END'
flows: [flows]
environments:
  production: {platform: genesys}
END
git add trunkline.yaml
git commit -q -m project
start_sandbox

# suite FLOW CASE [FILE]: the suite of a flow has that case.
suite() {
	printf 'suite: %s\ncases:\n  - %s\n' "$1" "$2" >"flows/${3:-$1}.suite.yaml"
	git add flows && git commit -q -m "suite of $1"
}

suite a '{id: one, expect: {nope: 1}}'
expect 0 flow-publish plan --env production -o plan.json
has err "flows/a.suite.yaml:3:"
has err 'nope'
has err 'warning'
has err '1 suite of what would be published cannot be used'
expect 3 flow-publish apply plan.json
has out 'published  a  version 1'
has out 'published  b  version 1'
has err "flows/a.suite.yaml:3:"
has err 'the flows are published, but 1 suite of theirs cannot be used, and was not run on the platform'
expect 0 flow-publish status --env production
lacks out 'left'

# That of a flow that is not written is nobody's trouble now; one that does not say whose it is may be of any.
say b two && git commit -q -a -m two
expect 0 flow-publish plan --env production -o plan.json
lacks err suite
expect 0 flow-publish apply plan.json
lacks err suite
printf 'suite: [\n' >flows/a.suite.yaml
say b three && git commit -q -a -m three
expect 0 flow-publish plan --env production -o plan.json
has err 'flows/a.suite.yaml:'
expect 0 flow-publish apply --no-smoke plan.json
lacks err suite
git rm -q flows/a.suite.yaml && git commit -q -m none

# One that reads well and asks for what its flow does not have; the others are run.
suite b '{id: one, variables: {colour: red}, expect: {status: completed}}'
suite b '{id: two, expect: {ends_at: bye}}' c
say b four && git commit -q -a -m four
expect 0 flow-publish plan --env production -o plan.json
has err 'flows/b.suite.yaml:3:'
has err 'colour'
expect 3 flow-publish apply plan.json
has err '1 suite of theirs cannot be used'
has err 'on the platform 1 of 1 cases pass'

# Nothing runs on a platform that has no simulator.
say b five && git commit -q -a -m five
expect 0 flow-publish plan -o plan.json
lacks err suite
expect 0 flow-publish apply plan.json
