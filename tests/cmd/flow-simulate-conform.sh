#!/bin/sh
# Where the traces part, on a platform that answers whatever it likes.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

command -v python3 >/dev/null || skip "needs python3"
mkdir -p flows "$HOME/.config/trunkline"
chmod 700 "$HOME/.config" "$HOME/.config/trunkline"
python3 "$ROOT/tests/simulator.py" "$PWD/answer" >port 2>said &
peer=$!
trap 'kill $peer 2>/dev/null' EXIT
while [ ! -s port ]; do
	kill -0 $peer 2>/dev/null || fail "the platform does not start: $(cat said)"
	sleep 0.05
done
cat >"$HOME/.config/trunkline/config.yaml" <<END
environments:
  production:
    login: http://127.0.0.1:$(cat port)
    api: http://127.0.0.1:$(cat port)
    credentials: {client_id: {env: CLIENT}, client_secret: {env: CLIENT}}
END
chmod 600 "$HOME/.config/trunkline/config.yaml"
CLIENT=client
export CLIENT
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: greet
variables: {want: {type: string}}
nodes:
  greet: {type: play, prompt: {text: Hello.}, next: main}
  main:
    type: menu
    prompt: {text: "For billing press 1."}
    choices: [{key: "1", set: {want: billing}, next: queue}]
    otherwise: bye
  queue: {type: transfer, to: {queue: all}, failed: bye}
  bye: {type: end}
END
printf 'suite: line\ncases:\n  - {id: key, inputs: [{dtmf: "1"}]}\n' >flows/line.suite.yaml
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml

# conform STATUS TRACE [REST]: the trace as "NODE STATUS[=ERROR]…", and what else the answer has.
conform() {
	python3 - "$2" "${3:-}" >answer <<-'END'
		import json, sys
		steps = [step.split(":") for step in sys.argv[1].split()]
		answer = {"simulationId": "s", "status": "completed", "variables": {"want": "billing"}, "errors": []}
		answer["trace"] = [{"nodeId": s[0], "nodeType": "PlayPrompt", "status": s[1] if len(s) > 1 else "executed",
		                    "error": s[2] if len(s) > 2 else None, "properties": {"audioFileId": 17, "more": [1]}} for s in steps]
		answer.update(json.loads(sys.argv[2] or "{}"))
		print(json.dumps(answer))
	END
	expect "$1" flow-simulate --conform --env production --audit-export document.json
}
conform 0 'greet main queue'
is_valid audit-export document.json
has document.json '"missingAudioResources": []'
has document.json '"more": ['
has document.json '"simulationId": "s"'
conform 0 'Begin:skipped greet main queue'
conform 1 'greet main queue:error:busy'
has out "there 'queue' says: busy"
has document.json '"error": "busy"'
conform 1 'greet main queue:broken'
has out "there 'queue' says: broken"
conform 1 'greet bye'
has out "at step 2: 'main' here, 'bye' there (here: greet > main > queue)"
conform 1 'greet'
has out "at step 2: 'main' here, the call has ended there"
conform 1 'greet main queue bye'
has out "at step 4: the call has ended here, 'bye' there"
conform 1 'greet elsewhere main queue'
has out "at step 2: 'main' here, 'elsewhere' there, which the flow does not have here"
conform 1 'greet main queue' '{"variables": {"want": "support"}}'
has out 'at the end '
conform 1 'greet main queue' '{"status": "running"}'
has out "the platform says that the call is 'running'"
conform 1 'greet main queue' '{"errors": [{"message": "no line"}]}'
has out 'remote: no line'
# What is no run leaves the case undone.
for rest in '{"trace": null}' '{"errors": [5]}' '{"status": 7}'; do
	conform 3 'greet' "$rest"
	has out '1 case, 0 passed, 0 failed, 1 undone'
	is_valid audit-export document.json
	has document.json '"successRate": "0.00"'
done
