#!/bin/sh
# A plan of some files only: no flow is published whose callee is neither deployed nor written with it, and no rename cuts off a deployed caller.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# calls CALLER CALLEE [LINE]: a flow that enters another one; LINE stands at its top.
calls() {
	{
		echo "flow: $1"
		[ $# -lt 3 ] || echo "$3"
		cat <<-END
			channel: voice
			start: go
			nodes:
			  go: {type: subflow, flow: $2, otherwise: over}
			  over: {type: transfer, to: {flow: $2}}
		END
	} >"flows/$1.flow.yaml"
}

# requests: how many the platform was asked.
requests() {
	sandbox GET /sandbox/statistics | tr '{' '\n' | sed -n 's#.*"requests":\([0-9]*\).*#\1#p' | awk '{ n += $1 } END { print n + 0 }'
}

# plan_apply PATH…: both go through.
plan_apply() {
	expect 0 flow-publish plan -q --env "$env" -o plan.json "$@"
	expect 0 flow-publish apply plan.json
}

start_sandbox
for env in local production; do
	mkdir "$env" && cd "$env" || exit 1
	mkdir flows
	git init -q .
	printf 'flows: [flows]\nenvironments: {production: {platform: genesys}}\n' >trunkline.yaml
	say bill one
	calls pay bill
	calls ping pong
	calls pong ping
	git add flows trunkline.yaml && git commit -q -m one

	# Neither there nor written: each call is named. With the callee, or once that is there, it goes through.
	expect 1 flow-publish plan --env "$env" -o plan.json flows/pay.flow.yaml
	[ ! -e plan.json ] || fail "there is a plan"
	has err "flows/pay.flow.yaml:5:29: error: there is no flow 'bill' in '$env' [missing-dependency]"
	has err "flows/pay.flow.yaml:6:37: error: there is no flow 'bill' in '$env' [missing-dependency]"
	has err "help: name 'flows/bill.flow.yaml' too, or plan without PATH"
	expect 0 flow-publish plan --env "$env" flows/pay.flow.yaml flows/bill.flow.yaml
	has out '2 to create'
	plan_apply flows/bill.flow.yaml
	before=$(requests)
	expect 0 flow-publish plan --env "$env" --no-remote-validation flows/bill.flow.yaml
	asked=$(($(requests) - before))
	before=$(requests)
	expect 0 flow-publish plan --env "$env" --no-remote-validation flows/pay.flow.yaml
	[ "$(($(requests) - before))" -eq "$asked" ] || fail "the platform was asked more for a callee"
	plan_apply flows/pay.flow.yaml

	# Each other's callees go together, by name or with all the others.
	expect 1 flow-publish plan --env "$env" flows/ping.flow.yaml
	has err "there is no flow 'pong' in '$env'"
	expect 0 flow-publish plan --env "$env" flows/ping.flow.yaml flows/pong.flow.yaml
	plan_apply

	# A callee that is renamed, and its deployed caller: each alone would leave a call of an id that is not there.
	git mv flows/bill.flow.yaml flows/invoice.flow.yaml
	sed -i 's/^flow: bill/flow: invoice\nrenamed_from: bill/' flows/invoice.flow.yaml
	calls pay invoice
	git commit -q -a -m renamed
	expect 1 flow-publish plan --env "$env" flows/invoice.flow.yaml
	has err "flows/invoice.flow.yaml:2:15: error: flow 'pay' stays as it is deployed in '$env', and calls this one by its former id 'bill' [missing-dependency]"
	has err "help: name 'flows/pay.flow.yaml' too, or plan without PATH"
	expect 1 flow-publish plan --env "$env" flows/pay.flow.yaml
	has err "flows/pay.flow.yaml:5:29: error: flow 'invoice' is still 'bill' in '$env' [missing-dependency]"
	expect 0 flow-publish plan --env "$env"
	plan_apply flows/invoice.flow.yaml flows/pay.flow.yaml
	has out '2 published'
	expect 0 flow-publish plan --env "$env" --detailed-exitcode

	# A rename that no deployed flow knows of goes alone; the level is the project's.
	git mv flows/pay.flow.yaml flows/pays.flow.yaml
	calls pays invoice 'renamed_from: pay'
	calls new missing
	say missing one
	echo 'rules: {missing-dependency: warning}' >>trunkline.yaml
	git add flows trunkline.yaml && git commit -q -m more
	plan_apply flows/pays.flow.yaml
	expect 0 flow-publish plan --env "$env" flows/new.flow.yaml
	has err "flows/new.flow.yaml:5:29: warning: there is no flow 'missing' in '$env' [missing-dependency]"
	cd ..
done

# A file in the platform's own form names its callees, too, and they come before it.
cd production || exit 1
sed -i '/^rules/d' trunkline.yaml
cat >flows/a-wire.flow.json <<-END
	{"id": "a-wire", "name": "a-wire", "version": 1, "status": "draft", "nodes": {
	"start": {"type": "start", "name": "start", "transition": "go"},
	"go": {"type": "action", "name": "go", "actions": [{"name": "route", "flow": "zed"}], "transition": "end"},
	"end": {"type": "end", "name": "end"}}}
END
say zed one
git add flows trunkline.yaml && git commit -q -m wire
expect 1 flow-publish plan --env production flows/a-wire.flow.json
has err "there is no flow 'zed' in 'production' [missing-dependency]"
expect 0 flow-publish plan --env production flows/a-wire.flow.json flows/zed.flow.yaml
[ "$(grep -n create out | sed -n 's/.*create *\([^ ]*\).*/\1/p' | tail -n 2 | tr '\n' ' ')" = 'zed a-wire ' ] || fail "another order: $(cat out)"
