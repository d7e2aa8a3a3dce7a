#!/bin/sh
# An organisation of the vendor's: its flows are published by jobs under a lock, whoever else is at them.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/architect.sh"

# nobody: no lock is left.
nobody() {
	api GET '/api/v2/flows?name=Main' >there.json
	lacks there.json '"lockedClient"'
}

make_organisation

# The first day: two flows of one name, and a second run that uploads nothing.
has out '2 published'
nobody
expect 0 flow-publish plan --env production
has out '2 unchanged'
expect 0 flow-diff env:production
expect 0 flow-diff --drift --env production
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
test "$(version)" = 1.0 || fail "a second run published"

# A native flow has no place there, nor an Architect one elsewhere.
printf 'flow: a\nchannel: voice\nstart: b\nnodes:\n  b: {type: end}\n' >flows/a.flow.yaml
git add flows
git commit -q -m native
expect 2 flow-publish plan --env production
has err 'takes only Architect files'
git rm -q flows/a.flow.yaml
git commit -q -m gone

# A value that holds a key would be replaced once more there: it is refused before anything is planned.
sed -i 's/farewell: Bye/farewell: "{{other}}"/' trunkline.yaml
git commit -q -a -m "a key in a value"
expect 1 flow-validate --env production
expect 1 flow-publish plan --env production
has err "main.yaml:14:22: error: the value of 'farewell' makes a {{key}} here, which the platform would look for [bad-substitution]"
sed -i 's/farewell: .*}/farewell: Bye}}/' trunkline.yaml
git commit -q -a -m "as it was"

# Whoever is interrupted leaves no lock behind.
change four
faults 'latency=3s,on=POST /api/v2/flows/jobs'
flow-publish apply plan.json >out 2>err &
pid=$!
until api GET '/api/v2/flows?name=Main&type=INBOUNDCALL' | grep -q '"lockedClient"'; do sleep 0.1; done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
test "$status" = 130 || fail "interrupted with $status"
faults
nobody
test "$(version)" = 1.0 || fail "it was published"
expect 0 flow-publish apply plan.json

# Back, by the version's number or by none.
expect 0 flow-publish rollback --env production --to 1.0 inboundCall/Main
expect 0 flow-publish plan --env production
has out '1 held'
expect 0 flow-publish release --env production --reason tested inboundCall/Main
