#!/bin/sh
# The check of pull requests that users copy: its steps, as they stand in the file, on a branch that changes a flow.
. "$ROOT/tests/lib.sh"

command -v bash >/dev/null || skip "needs bash"
python3 -c 'import yaml' 2>/dev/null || skip "needs python3 with yaml (python3-yaml)"

# Runs the step of that name as GitHub does.
step() {
	python3 - "$ROOT/.github/pull-request-check.yml" "$1" >step.sh <<-'END'
		import sys, yaml
		steps = yaml.safe_load(open(sys.argv[1]))["jobs"]["check"]["steps"]
		print(next(step["run"] for step in steps if step.get("name") == sys.argv[2]))
	END
	GITHUB_STEP_SUMMARY=$TMPDIR/summary BASE=$base bash -e -o pipefail step.sh
}

cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" .
git init -q . && git add . && git commit -q -m base
base=$(git rev-parse HEAD)
sed -i 's/Hello, and thank/Good day, and thank/' flows/hello.flow.yaml flows/hello.suite.yaml
git commit -q -a -m "a greeting"

expect 0 step Validate
expect 0 step Simulate
expect 0 step "What changes"
has "$TMPDIR/summary" '<code>hello</code>'
has "$TMPDIR/summary" 'Good day'

# What is wrong stands at its line, and the summary still says what changes.
sed -i 's/next: bye}/next: bey}/' flows/hello.flow.yaml
git commit -q -a -m "a slip"
expect 1 step Validate
has out '::error file=flows/hello.flow.yaml,line=12,'
expect 1 step Simulate
expect 0 step "What changes"

# A base that is not there fails the step.
base=0000000000000000000000000000000000000001
step "What changes" >out 2>&1 && fail "a base that is not there went unnoticed"
has out "Not a valid commit"
