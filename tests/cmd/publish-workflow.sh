#!/bin/sh
# The workflow that users copy to publish: its steps, as they stand in the file, against a platform: the difference of a pull request by a client that may only read,
# a plan on the branch, and nothing but that plan applied.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/production.sh"

command -v bash >/dev/null || skip "needs bash"

# step JOB NAME: runs that step as GitHub does.
step() {
	python3 - "$ROOT/.github/publish.yml" "$1" "$2" >"$TMPDIR/step.sh" <<-'END'
		import sys, yaml
		steps = yaml.safe_load(open(sys.argv[1]))["jobs"][sys.argv[2]]["steps"]
		print(next(step["run"] for step in steps if step.get("name") == sys.argv[3]))
	END
	GITHUB_ENV=$TMPDIR/env GITHUB_OUTPUT=$TMPDIR/output GITHUB_STEP_SUMMARY=$TMPDIR/summary RUNNER_TEMP=$TMPDIR/runner PLAN=${plan-} \
		CONFIG=${config-} PGPASS='' bash -e -o pipefail "$TMPDIR/step.sh"
}

# configure ID SECRET [MORE]: as a GitHub environment with that client has it.
configure() {
	GENESYS_CLIENT_ID=$1 GENESYS_CLIENT_SECRET=$2
	export GENESYS_CLIENT_ID GENESYS_CLIENT_SECRET
	config="environments:
  production:
    login: $SANDBOX
    api: $SANDBOX
    credentials: {client_id: {env: GENESYS_CLIENT_ID}, client_secret: {env: GENESYS_CLIENT_SECRET}}
${3-}"
	rm -rf "$TMPDIR/env" "$TMPDIR/runner"
	mkdir "$TMPDIR/runner"
	expect 0 step plan Configure
	TRUNKLINE_CONFIG=$(sed -n 's/^TRUNKLINE_CONFIG=//p' "$TMPDIR/env")
	export TRUNKLINE_CONFIG
	[ "$(stat -c %a "$TRUNKLINE_CONFIG")" = 600 ] || fail "the configuration is open to others"
}

# merged: what is committed is on the branch that is published from.
merged() {
	git update-ref refs/remotes/origin/main HEAD
}

cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" .
cat >>trunkline.yaml <<'END'
  production:
    platform: genesys
    values: {BILLING_QUEUE: b, SUPPORT_QUEUE: s, ORDERS_QUEUE: q, OPERATOR_QUEUE: o, ON_CALL_NUMBER: "+15550003333"}
END
git init -q . && git add . && git commit -q -m base && merged
echo 'clients: [{id: reader, secret: reads-and-no-more, scopes: ["flow:view"]}]' >"$TMPDIR/seed.yaml"
start_sandbox --seed "$TMPDIR/seed.yaml"
publisher=$(cat "$SANDBOX_CONFIG.id") secret=$(cat "$SANDBOX_CONFIG.secret")
rights="    role: publisher
    publish_from: {branch: origin/main}"

# A pull request is not merged: what it would change is shown, and nothing of it can be published.
git switch -q -c greeting
sed -i 's/Hello, and thank/Good day, and thank/' flows/hello.flow.yaml flows/hello.suite.yaml
git commit -q -a -m "a greeting"
configure reader reads-and-no-more
expect 0 step difference "What would change"
has "$TMPDIR/summary" '<code>hello</code>'
expect 3 flow-publish plan --env production
has err 'lacks flow:edit'
configure "$publisher" "$secret" "$rights"
expect 1 step plan Plan
has err "takes only what is on the branch 'origin/main'"

# It is merged, planned, approved and applied.
git switch -q main && git merge -q greeting && merged
rm -f "$TMPDIR/summary"
expect 0 step plan Plan
has "$TMPDIR/summary" '    plan for production: 7 to create'
has "$TMPDIR/output" 'changes=1'
plan=0000
expect 1 step apply Apply
plan=$(sed -n 's/^id=//p' "$TMPDIR/output")
[ ${#plan} -eq 64 ] || fail "no id: $plan"
expect 0 step apply Apply
has out 'production: 7 published'
has out 'the chain holds'
expect 0 flow-monitor --env production --watch --timeout 0s

# There is nothing more to do; and what has errors has no plan.
rm "$TMPDIR/output"
expect 0 step plan Plan
has "$TMPDIR/output" 'changes=0'
sed -i 's/next: bye}/next: bey}/' flows/hello.flow.yaml
git commit -q -a -m "a slip" && merged
configure "$publisher" "$secret" "$rights"
expect 1 step plan Plan
has err "did you mean 'bye'?"
