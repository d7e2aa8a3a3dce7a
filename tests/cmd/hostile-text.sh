#!/bin/sh
# Names and texts that would move a terminal's cursor, turn its lines around, or give orders to a CI runner, a viewer of markdown or of XML: no format lets
# them through. Node names of the platform's own form may hold anything.
. "$ROOT/tests/lib.sh"

python3 -c '' 2>/dev/null || skip "needs python3"

# A wire flow and a native one that are full of it, in a file whose name is too; $1 makes them differ.
cat >make.py <<'END'
import json, sys
evil = ('x\x1b[2J\x1b]0;t\x07\u202e\u2066\u200f\x9b1m\x7f\r\n::error file=a::pwned%0A@everyone #1 <script>alert(1)</script> | `c` '
        '[l](javascript:x) ]]> "q" \\ \u2028 ##[set-output name=x;]y ' + sys.argv[1])
order = '::set-output name=x::' + evil
json.dump({"id": "1", "version": 1, "name": order, "status": "draft", "nodes": {
    "start": {"type": "start", "name": "start", "transition": order},
    order: {"type": "action", "name": order, "transition": "end", "actions": [{"name": "play", "prompt": evil, "x": evil}]},
    "lost" + evil: {"type": "end", "name": "lost" + evil},
    "end": {"type": "end", "name": "end"}}, "applicationSettings": {order: evil}, "environmentVariables": {}}, open("flows/a.flow.json", "w"))
open("flows/b%0A::error file=x,line=1::pwned @everyone\x1b[31m\u202e<b>|`.flow.yaml", "w").write("""flow: b
name: %s
channel: voice
start: greet
variables: {v: {type: string, default: %s}}
nodes:
  greet: {type: play, prompt: {text: %s}, next: bye}
  bye: {type: end}
  lost: {type: play, prompt: {text: %s}, next: %s}
""" % ((json.dumps(evil),) * 4 + (sys.argv[2],)))
open("flows/b.suite.yaml", "w").write("""suite: b
cases:
  - {id: %s, inputs: [], expect: {ends_at: %s, prompts: [%s]}}
""" % ((json.dumps(order),) * 3))
END

# run FORMAT COMMAND…: its outputs are clean, whatever it ends with.
run() {
	format=$1
	shift
	"$@" >out 2>err
	status=$?
	[ "$status" -le 4 ] || fail "status $status: $*"
	[ -s out ] || [ -s err ] || [ "$status" -eq 0 ] || fail "says nothing: $*"
	{ python3 "$ROOT/tests/orders.py" "$format" out && python3 "$ROOT/tests/orders.py" text err; } || fail "$*"
}

mkdir flows
python3 make.py one bye
git init -q . && git add flows
git commit -q -m 'one' || fail 'git takes no such file'
python3 make.py two nowhere
for format in text json github sarif junit gitlab; do
	run "$format" flow-validate --format "$format"
	has out pwned
done
python3 make.py two bye
for format in text json; do
	run "$format" flow-simulate --format "$format"
	has out pwned
done
run text flow-simulate --trace --flow flows/a.flow.json --case - </dev/null
for format in text json markdown; do
	run "$format" flow-diff --format "$format" HEAD
	has out pwned
done
git commit -q -a -m "$(printf 'two\033[31m')"
for format in text json; do
	run "$format" flow-publish plan --format "$format" -o plan.json
	run "$format" flow-publish apply --format "$format" plan.json
	python3 make.py "$format" bye
	run "$format" flow-publish plan --format "$format"
	run "$format" flow-publish status --format "$format"
	run "$format" flow-diff --format "$format"
	run "$format" flow-diff --format "$format" --drift
	run "$format" flow-monitor --format "$format"
done

# What was written down of it, and what somebody gave as a reason: the log, as text, as lines and as a statement.
for format in text json; do
	run "$format" flow-publish rollback --env local --format "$format" --reason "$(printf '::error::pwned\033[31m\342\200\256')" b
	run "$format" flow-publish resume --env local --format "$format"
	run "$format" flow-audit log --format "$format"
	run "$format" flow-audit query --format "$format"
	run "$format" flow-audit verify --format "$format"
done
run json flow-audit export
run text flow-simulate --audit-export exported.json
python3 "$ROOT/tests/orders.py" json exported.json || fail 'the audit export of a suite'

# What is said about the command line, too.
orders=$(printf '::error::pwned\033[31m ##[error]x')
for command in flow-validate flow-simulate flow-diff flow-monitor 'flow-publish plan' 'flow-publish rollback'; do
	# shellcheck disable=SC2086
	run text $command "$orders"
	# shellcheck disable=SC2086
	run text $command "--$orders"
	# shellcheck disable=SC2086
	run text $command --env "$orders"
done
