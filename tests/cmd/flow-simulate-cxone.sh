#!/bin/sh
# Calls on NICE CXone's simulator: jobs that are begun and asked for, limits before anything is sent, bad days, the analysis of a call's way, and its export.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# The analyses of the result in `out`.
analyses() {
	python3 -c 'import json; print(json.dumps([case["analysis"] for case in json.load(open("out"))["suites"][0]["cases"]]))'
}

# exported CONDITION: whether that is true, in Python, of `sent`, the bodies that the QA address took.
exported() {
	sandbox GET /sandbox/sinks/qa >sent.json
	python3 - "$1" <<-'END' || fail "the export is not so: $1"
		import json, sys
		deliveries = [delivery for delivery in json.load(open("sent.json"))["deliveries"] if delivery["status"] == 200]
		sent = sorted((delivery["body"] for delivery in deliveries), key=lambda one: ["line/key", "line/premium", "line/again"].index(one["testId"]))
		keys = {delivery["headers"]["idempotency-key"] for delivery in deliveries}
		sys.exit(not eval(sys.argv[1]))
	END
}

mkdir flows
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: greet
variables: {tier: {type: string, default: standard}, want: {type: string}}
nodes:
  greet: {type: play, prompt: {text: Hello.}, next: main}
  main:
    type: menu
    prompt: {text: "For billing press 1, to hear it again press 9."}
    choices:
      - {key: "1", set: {want: billing}, next: pick}
      - {key: "9", next: main}
    otherwise: bye
  pick: {type: decide, cases: [{when: {variable: tier, equals: premium}, next: vip}], otherwise: queue}
  queue: {type: transfer, to: {queue: all}, failed: bye}
  vip: {type: transfer, to: {queue: vip}, failed: bye}
  bye: {type: end}
END
cat >flows/line.suite.yaml <<'END'
suite: line
cases:
  - {id: key, inputs: [{dtmf: "1"}], expect: {path: [greet, main, pick, queue], ends_at: queue, variables: {want: billing}}}
  - {id: premium, variables: {tier: premium}, inputs: [{dtmf: "1"}], expect: {visits: [vip], avoids: [queue]}}
  - {id: again, inputs: [{dtmf: "9"}, {dtmf: "1"}], expect: {ends_at: queue}}
END
# 201 nodes in a row, the last of which leads back.
{
	printf 'flow: long\nchannel: voice\nstart: n1\nnodes:\n'
	for i in $(seq 200); do printf '  n%d: {type: play, prompt: {text: Hello.}, next: n%d}\n' "$i" $((i + 1)); done
	printf '  n201: {type: menu, prompt: {text: Press 1.}, choices: [{key: "1", next: n1}], otherwise: n200}\n'
} >flows/long.flow.yaml
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q .
git add .
git commit -q -m one
start_sandbox
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply -q --no-smoke plan.json
rm plan.json
printf 'flows: [flows]\nenvironments:\n  production: {platform: cxone}\n' >trunkline.yaml
git commit -q -a -m two

# Nothing is published there; what is there can be looked at.
expect 2 flow-publish plan --env production
has err 'nothing is published to NICE CXone'

# Several jobs at once; each is asked for until it has ended. What happens there is what happens here.
sandbox PUT /sandbox/simulator '{"queuedMs": 300, "runningMs": 300}'
expect 0 flow-simulate --remote --env production
has out '3 cases, 3 passed, 0 failed'
expect 0 flow-simulate --conform --env production --format json --analysis
is_valid simulate-result out
has out '"accuracy":0.95'
has out '"cycles":["main"]'
has out '"outcome":"choice 1"'
analyses >there
expect 0 flow-simulate --format json --analysis
is_valid simulate-result out
analyses >here
cmp here there || fail "the analysis is not the same here and there"
has here '"nodes": 4'

# Bad days: a server that is busy, one that fails, an answer that is lost.
faults 'status=429,retry-after=1,on=GET /api/v2/flow/simulator/{id},count=1' 'status=503,on=GET /api/v2/flow/simulator/{id},after=1,count=1' \
	'reset=after,on=POST /api/v2/flow/simulator,count=1'
expect 0 flow-simulate --remote --env production --record -v
has out 'possibly it ran twice'
expect 0 flow-audit query --env production --action simulate
has out 'simulate'
faults 'status=403,on=GET /api/v2/flow/simulator/{id}'
expect 3 flow-simulate --remote --env production
faults

# A job that hangs ends by a deadline; one that is there no more is none.
sandbox PUT /sandbox/simulator '{"hang": true}'
expect 3 flow-simulate --remote --env production --timeout 1500ms
has out 'has not ended in time: the platform says'
has out 'UNDONE line: 3 cases, 0 failed, 3 undone'
has err '3 of the cases did not come to an end on the platform'

# Its id is kept: when it has ended after all it is asked for, and none is begun in its place; that is forgotten then.
sandbox PUT /sandbox/simulator '{"hang": false, "queuedMs": 0, "runningMs": 0}'
faults 'status=500,on=POST /api/v2/flow/simulator'
expect 0 flow-simulate --remote --env production -v
has out 'its job was started by an earlier run'
has out '3 cases, 3 passed, 0 failed'
faults
expect 0 flow-simulate --remote --env production -v
lacks out 'earlier run'

# A program that is killed leaves jobs, which the next one takes up.
sandbox PUT /sandbox/simulator '{"hang": true}'
flow-simulate --remote --env production >killed 2>&1 &
killed=$!
set -- "$HOME"/.local/state/trunkline/*/production/ledger.db
ledger=$1
for _ in $(seq 600); do
	[ "$(sqlite3 "$1" 'SELECT count(*) FROM simulations')" = 3 ] && break
	sleep 0.05
done
kill -9 "$killed"
wait "$killed" || :
sandbox PUT /sandbox/simulator '{"hang": false}'
faults 'status=500,on=POST /api/v2/flow/simulator'
expect 0 flow-simulate --remote --env production
faults

# A call that is refused is a case of its own.
faults 'status=400,on=POST /api/v2/flow/simulator,count=1'
expect 3 flow-simulate --remote --env production
has out 'does not simulate this call'
has out '3 cases, 2 passed, 0 failed, 1 undone'
faults

# With the flow's id the simulator is asked for that flow, and for no list.
id=$(api GET '/api/v2/flows?name=line' | sed 's/.*"id":"\([^"]*\)".*/\1/')
sed -i "s/platform: cxone/platform: cxone, ids: {line: $id}/" trunkline.yaml
faults 'status=404,on=GET /api/v2/flows'
expect 0 flow-simulate --remote --env production flows/line.suite.yaml
git checkout -q trunkline.yaml
expect 3 flow-simulate --remote --env production flows/line.suite.yaml
has err "give the flow's id there under 'ids' of the environment"
faults

# What cannot be understood of the options.
expect 2 flow-simulate --remote --env production --timeout soon
expect 2 flow-simulate --timeout 5s

# What it has no words for, and what is beyond its limits, is not sent.
keys=$(printf '{dtmf: "9"}, %.0s' $(seq 50))
cat >flows/line.suite.yaml <<END
suite: line
cases:
  - {id: many, inputs: [$keys {dtmf: "1"}]}
  - {id: said, inputs: [{speech: billing}]}
  - {id: from, caller: {number: "+15550001"}, inputs: [{dtmf: "1"}]}
END
faults 'status=500,on=POST /api/v2/flow/simulator'
expect 3 flow-simulate --remote --env production
faults
has out 'it has 51 DTMF steps'
has out 'takes keys alone'
has out 'a caller cannot be given'
has out '3 cases, 0 passed, 0 failed, 3 skipped'
git checkout -q flows
printf 'suite: long\ncases:\n  - {id: way, inputs: [{dtmf: "1"}]}\n' >flows/long.suite.yaml
expect 3 flow-simulate --remote --env production flows/long.suite.yaml
has out "it has 201 nodes on its flow's longest acyclic path, and the platform's simulator takes at most 200"
rm flows/long.suite.yaml

# A call that fails there is a case that fails.
cat >flows/line.suite.yaml <<'END'
suite: line
cases:
  - {id: lost, inputs: [{dtmf: "1"}], expect: {ends_at: vip}}
END
expect 1 flow-simulate --remote --env production --analysis
has out 'ends_at: expected "vip", got "queue"'
has out 'accuracy 0.00'
has out 'never taken: main: choice 2'
git checkout -q flows

# What each call came to goes to the QA address of the environment, once each; without one nothing is run.
expect 2 flow-simulate --qa-export --env production
has err "has no webhook 'qa'"
sed -i "s|^  production:|&\n    webhooks: {qa: {url: \"$SANDBOX/sinks/qa\", allow_private: true}}|" "$SANDBOX_CONFIG"
sandbox POST /sandbox/sinks/qa/answers '[{"status": 503, "retryAfter": 1}]'
expect 0 flow-simulate --remote --qa-export --record --env production
exported 'len(sent) == 3 and all(one["flowId"] != "line" and len(one["simulationId"]) == 36 and one["durationMs"] == 0 for one in sent)'
exported 'sent[0]["testId"] == "line/key" and sent[0]["efficiencyScore"] == 0.5 and sent[0]["accuracyScore"] == 0.95'
exported '"pick: case 1" in sent[0]["unreachableBranches"] and len(sent[0]) == 9'
correlation=$(sed -n 's/.*"auditCorrelation":"\([^"]*\)".*/\1/p' sent.json | head -n 1)
expect 0 flow-audit query --env production --action simulate --format json
has out "$correlation"
sandbox DELETE /sandbox/sinks/qa
expect 0 flow-simulate --qa-export --env production
exported 'len(sent) == 3 and all(one["simulationId"] is None and one["flowId"] == "line" for one in sent)'

# What is not taken stays, with its key, until it is; a dead letter until somebody decides. One that is about another call holds nothing up.
sandbox DELETE /sandbox/sinks/qa
sandbox POST /sandbox/sinks/qa/answers '[400]'
expect 3 flow-simulate --qa-export --env production
has err "webhook 'qa': the webhook answered 400; 2 of 3 results were delivered; the others stay"
exported 'len(sent) == 2'
expect 0 flow-transition --env production --webhook qa --outbox
has out 'dead'
has out 'line/'
expect 0 flow-transition --env production --outbox
[ ! -s out ] || fail "the CRM is to hear of simulated calls: $(cat out)"
expect 0 flow-transition --env production --webhook qa --outbox --format json
is_valid outbox out
expect 1 flow-transition --env production --webhook qa --deliver
expect 2 flow-transition --env production --webhook qua --deliver
expect 2 flow-transition --env production --webhook qa --batch out
expect 0 flow-transition --env production --webhook qa --replay all
expect 0 flow-transition --env production --webhook qa --deliver
has out '1 delivered'
exported 'len(sent) == 3 and len(keys) == 3'
sandbox POST /sandbox/sinks/qa/answers '[410]'
expect 3 flow-simulate --qa-export --env production
expect 0 flow-transition --env production --webhook qa --outbox --format json
dead=$(sed -n 's/.*"id":\([0-9]*\).*"state":"dead".*/\1/p' out)
expect 0 flow-transition --env production --webhook qa --drop "$dead" --reason 'nobody misses it'
expect 0 flow-transition --env production --webhook qa --outbox
[ ! -s out ] || fail "left: $(cat out)"
expect 0 flow-audit query --env production --action webhook --format json
has out 'nobody misses it'

# Killed at any moment: whatever stood in the ledger is told by whoever comes next, and each simulation of the platform once, by one key.
sandbox DELETE /sandbox/sinks/qa
sandbox PUT /sandbox/simulator '{"queuedMs": 0, "runningMs": 0}'
for pause in 0.05 1.0 1.1 1.2 1.3 1.05; do
	flow-simulate --remote --qa-export --env production >/dev/null 2>&1 &
	killed=$!
	sleep $pause
	kill -9 "$killed" 2>/dev/null
	wait "$killed" || :
done
sqlite3 "$ledger" "SELECT interaction FROM outbox WHERE webhook = 'qa' AND state = 'ready'" >kept
expect 0 flow-simulate --remote --qa-export --env production
exported '{line.strip() for line in open("kept")} <= {one["simulationId"] for one in sent}'
exported 'len(keys) == len({one["simulationId"] for one in sent}) and len({one["testId"] for one in sent}) == 3'
expect 0 flow-transition --env production --webhook qa --outbox
[ ! -s out ] || fail "left: $(cat out)"
[ "$(sqlite3 "$ledger" 'SELECT count(*) FROM simulations')" = 0 ] || fail "jobs are kept whose results are safe"

# A job that hangs, or is gone, is its own trouble: the others are run, and told of; the next run takes up what hangs.
for trouble in latency=60s status=404; do
	sandbox DELETE /sandbox/sinks/qa
	faults "$trouble,on=GET /api/v2/flow/simulator/{id},count=1"
	expect 3 flow-simulate --remote --qa-export --record --env production --timeout 4s --analysis
	has out '3 cases, 2 passed, 0 failed, 1 undone'
	has err '1 of the cases did not come to an end on the platform'
	exported 'len(sent) == 2'
	faults
	expect 0 flow-simulate --remote --qa-export --env production
	exported 'len(sent) == 5'
done
expect 0 flow-audit query --env production --action simulate
has out undone
faults 'status=404,on=GET /api/v2/flow/simulator/{id},count=1'
expect 3 flow-simulate --remote --env production --format json --analysis
is_valid simulate-result out
has out 'any more, which it began a moment ago'
has out '"summary":{"cases":3,"failed":0,"passed":2,"undone":1}'
