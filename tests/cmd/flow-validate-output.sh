#!/bin/sh
# How flow-validate answers: formats and reports, -o, colours, quiet, any number of threads, full disks, closed pipes, signals.
. "$ROOT/tests/lib.sh"

mkdir flows
printf 'flow: a\nchannel: voice\nstart: b\nnodes:\n  a: {type: play, prompt: {text: "é 😀"}, next: bb}\n  b: {type: play, prompt: hi, next: "a:b,c%%"}\n' >'flows/a,b:c%.flow.yaml'
printf 'flow: b\nchannel: voice\nstart: b\nnodes:\n  b: {type: transfer, to: {queue: "${env.Q}"}}\n' >flows/b.flow.yaml

expect 1 flow-validate
cp out text
expect 1 flow-validate --format json
cp out json
expect 1 flow-validate --format json -o result.json --report text=result.txt --report github=result.github --report sarif=result.sarif --report junit=result.xml \
	--report gitlab=result.gitlab
[ ! -s out ] || fail "-o and something on standard output"
diff json result.json || fail "-o is not what standard output is"
diff text result.txt || fail "--report is not what standard output is"
has result.github '::error file=flows/a%2Cb%3Ac%25.flow.yaml,line=6,'
has result.github "::there is no node 'a:b,c%25'"
has result.sarif '"uri": "flows/a%2Cb%3Ac%25.flow.yaml"'
if command -v python3 >/dev/null; then
	python3 - result.sarif result.xml result.gitlab result.json "$TRUNKLINE_SHARED/vectors/sarif/sarif-schema-2.1.0.json" <<'PYTHON' || fail "a report is not well formed"
import json, os, sys, xml.dom.minidom
sarif, results = json.load(open(sys.argv[1])), json.load(open(sys.argv[4]))
assert len(sarif["runs"][0]["results"]) == len(results["findings"]) == len(json.load(open(sys.argv[3])))
assert results["summary"]["errors"] == sum(f["level"] == "error" for f in results["findings"])
suite = xml.dom.minidom.parse(sys.argv[2]).getElementsByTagName("testcase")
assert len(suite) == len(results["findings"])
try:
    import jsonschema
except ImportError:
    sys.exit(0)
if os.path.exists(sys.argv[5]):
    jsonschema.validate(sarif, json.load(open(sys.argv[5])))
PYTHON
fi

# A file that is written is there whole or as it was; links and modes stay.
printf old >kept
chmod 640 kept
ln -s kept link
expect 1 flow-validate -o link
[ -L link ] || fail "-o replaced a link"
[ "$(stat -c %a kept)" = 640 ] || fail "-o changed a mode"
diff text kept || fail "-o through a link"
printf old >kept
expect 2 flow-validate -o kept --env nowhere
[ "$(cat kept)" = old ] || fail "a run that could not be done wrote its result"
expect 3 flow-validate -o nowhere/out
expect 3 flow-validate --report json=nowhere/out
expect 1 flow-validate -C flows -o here.txt .
[ -s flows/here.txt ] || fail "-o is not meant from -C"
rm flows/here.txt

# Results that do not fit.
if [ -e /dev/full ]; then
	status=0
	flow-validate >/dev/full 2>err || status=$?
	[ $status -eq 3 ] || fail "a full disk: $status"
	has err "cannot write"
fi
status=0
flow-validate 2>err >&- || status=$?
[ $status -eq 3 ] || fail "standard output is closed: $status"
mkfifo pipe
(exec 3<pipe; exec 3<&-) &
status=0
(sleep 0.2; exec flow-validate -j 1) >pipe 2>err || status=$?
wait
[ $status -eq 3 ] || fail "a closed pipe: $status"

# Quiet: only what is wrong. Verbose: what was ignored.
expect 1 flow-validate -q
lacks out "note:"
lacks out "flows:"
has out "error:"
expect 0 flow-validate -q flows/b.flow.yaml
[ ! -s out ] || fail "-q and a good flow: $(cat out)"
printf 'flow: c\nchannel: voice\nstart: b\nnodes:\n  b: {type: end}\n  c: {type: end} # flow-ignore: unreachable: kept\n' >c.flow.yaml
expect 0 flow-validate -v c.flow.yaml
has err "1 finding ignored by comments"

# Colours: only where they are asked for, and never in a file.
esc=$(printf '\033')
expect 1 flow-validate
lacks out "$esc"
expect 1 flow-validate --color always
has out "$esc"
expect 1 env NO_COLOR=1 flow-validate --color always
has out "$esc"
expect 1 flow-validate -o plain.txt
lacks plain.txt "$esc"

# Names from outside cannot write to a terminal.
printf 'flow: d\nchannel: voice\nstart: "\\e[31mred"\nnodes:\n  d: {type: end}\n' >d.flow.yaml
expect 1 flow-validate d.flow.yaml
lacks out "$esc"

# The same bytes at any number of threads.
mkdir many
for i in $(seq 1 60); do
	sed "s/flow: a/flow: x$i/" 'flows/a,b:c%.flow.yaml' >"many/$((i % 7))-$i.flow.yaml"
done
expect 1 flow-validate -j 1 many
cp out one
for jobs in 2 3 8 64; do
	expect 1 flow-validate -j $jobs many
	diff one out || fail "-j $jobs differs"
done

# Interrupted and terminated, while it waits for somebody to take a report: the code says so, and the result is not touched.
printf old >kept
for signal in INT:130 TERM:143; do
	status=0
	timeout --foreground --preserve-status -s "${signal%:*}" 1 flow-validate -o kept --report text=pipe >out 2>err || status=$?
	[ $status -eq "${signal#*:}" ] || fail "${signal%:*}: status $status"
	[ "$(cat kept)" = old ] || fail "${signal%:*}: the file was touched"
done
expect 0 flow-validate --version
has out "flow-validate 0."
expect 0 flow-validate --help
has out "usage: flow-validate"
