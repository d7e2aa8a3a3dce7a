#!/bin/sh
# Flows that get another id: what goes back keeps the id that callers use, and what is held stays held.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# flow ID TEXT [FORMER [END]]: its file; END is what comes after the text.
flow() {
	cat >"flows/$1.flow.yaml" <<-END
		flow: $1
		${3:+renamed_from: $3}
		channel: voice
		start: greet
		nodes:
		  greet: {type: play, prompt: {text: "$2"}, next: last}
		  last: ${4:-$end}
	END
}

end='{type: end}'

# commit: everything as it is.
commit() {
	git add -A flows trunkline.yaml
	git commit -q -m change
}

# run ENVIRONMENT: what is committed is planned and applied there.
run() {
	expect 0 flow-publish plan -q --env "$1" -o plan.json
	expect 0 flow-publish apply plan.json
}


mkdir flows
git init -q .
cat >trunkline.yaml <<'END'
flows: [flows]
environments:
  production: {platform: genesys}
END

# A flow that starts over, then is renamed, with a caller of the new id.
flow line one '' '{type: transfer, to: {flow: line}}'
commit
start_sandbox
run production
git mv flows/line.flow.yaml flows/hotline.flow.yaml
flow hotline two line
flow caller hello '' '{type: transfer, to: {flow: hotline}}'
commit
run production
expect 0 flow-publish rollback --env production hotline --plan back.json
is_valid plan back.json
has out 'back to what version 1 says, on version 2, under its present id; then it was line'
expect 0 flow-publish rollback --env production hotline
has err "version 1 was called 'line': what it says is published as 'hotline', by which other flows call it now"
has out 'published  hotline  version 3'
# simulates FLOW: a call of what production has.
simulates() {
	api GET "/api/v2/flows?name=$1" >there.json
	id=$(sed -n 's/.*"entities":\[{"id":"\([^"]*\)".*/\1/p' there.json)
	[ -n "$id" ] || fail "production has no flow called '$1': $(cat there.json)"
	api POST /api/v2/flows/simulation/run '{"flowId":"'"$id"'","input":{"traceDepth":10}}' >called.json
}
simulates caller
has called.json '"status":"completed"'
lacks called.json unknown_flow
simulates hotline
has called.json '"status":"completed"'
api GET "/api/v2/flows/$id" >there.json
has there.json '"externalId":"hotline"'
has there.json '"renamed_from":"line"'
has there.json '"text":"one"'
has there.json '{"flow":"hotline","name":"route"}'
expect 0 flow-publish plan --env production
has out '1 held, 1 unchanged'
expect 0 flow-monitor --env production
expect 2 flow-publish rollback --env production hotline
has err 'no earlier version that callers got and that is not held'

# Git, ledger and platform name it alike: the text that it has now, under the id that it has now, is what is there.
flow hotline one line '{type: transfer, to: {flow: hotline}}'
commit
expect 0 flow-publish plan --env production
has out '2 unchanged'

# The former id may be another's by now.
flow line three
flow hotline four line
commit
run production
expect 0 flow-publish rollback --env production hotline --to 1
has out 'published  hotline  version 5'
simulates line
simulates hotline
expect 0 flow-publish plan -q --env production
has out '1 held, 2 unchanged'

# A version from before the flow was one of git's has no id of ours: it gets the one that it has now.
api POST /api/v2/flows '{"name":"Support line","status":"published","nodes":{"start":{"type":"start","transition":"greet"},"greet":{"type":"action","actions":[{"name":"play","prompt":{"text":"old {who}"}}],"transition":"bye"},"bye":{"type":"end"}}}' >there.json
id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' there.json)
sed -i "s/genesys}/genesys, ids: {support: $id}}/" trunkline.yaml
flow support new
flow caller hello '' '{type: transfer, to: {flow: support}}'
commit
run production
expect 0 flow-publish rollback --env production support
has err "by which other flows call it now"
api GET "/api/v2/flows/$id" >there.json
has there.json '"externalId":"support"'
has there.json '"text":"old {who}"'
expect 0 flow-monitor --env production
simulates caller
has called.json '"status":"completed"'
expect 0 flow-publish plan --env production
has out '2 held, 2 unchanged'

# What is held stays held under another id, and without the line that tells of the former one.
flow pay one
commit
run local
flow pay bad
commit
run local
expect 0 flow-publish rollback --env local pay --reason 'callers hang up'
git mv flows/pay.flow.yaml flows/bill.flow.yaml
flow bill bad pay
commit
expect 0 flow-publish plan --env local
has out "held    bill  was rolled back: as 'pay', by which it is released: callers hang up;"
flow bill good pay
commit
run local
has out 'published  bill'
expect 0 flow-publish status --env local
grep -q '^  bill .* held: callers hang up$' out || fail "status does not know of the hold: $(cat out)"
for former in pay ''; do
	flow bill bad "$former"
	commit
	expect 0 flow-publish plan --env local
	has out "held    bill  was rolled back: as 'pay', by which it is released: callers hang up;"
done
flow bill 'not so bad'
commit
expect 0 flow-publish plan --env local
has out 'update  bill'
flow bill bad
commit
expect 0 flow-publish release --env local --reason 'it was the line' pay
expect 0 flow-publish plan --env local
has out 'update  bill'

# Two flows that would take over one former id: nothing is guessed, with the check or without it.
git rm -q flows/bill.flow.yaml
flow cash good bill
flow debt good bill
commit
expect 1 flow-publish plan --env local
has err "flows/debt.flow.yaml:2:15: error: 'flows/cash.flow.yaml' was renamed from 'bill', too [duplicate-flow-id]"
expect 1 flow-publish plan --env local flows/cash.flow.yaml
has err "flows/cash.flow.yaml:2:15: error: 'flows/debt.flow.yaml' was renamed from 'bill', too [duplicate-flow-id]"
echo 'rules: {duplicate-flow-id: off}' >>trunkline.yaml
commit
for path in '' flows/cash.flow.yaml flows/debt.flow.yaml; do
	# shellcheck disable=SC2086 # none, or one
	expect 2 flow-publish plan --env local $path
	has err "'flows/cash.flow.yaml' and 'flows/debt.flow.yaml' both say that they were renamed from 'bill': only one of them can take it over"
done
flow debt good debt
commit
expect 0 flow-publish plan --env local
has out 'update  cash  on version 4, renamed from bill'
has out 'create  debt'
