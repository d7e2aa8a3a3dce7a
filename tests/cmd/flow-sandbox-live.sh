#!/bin/sh
# Simulated calls, interactions, profiles, call control and sinks of the sandbox, asked by curl and by a WebSocket.
. "$ROOT/tests/lib.sh"

cat >line.flow.yaml <<'END'
flow: line
channel: voice
start: who
variables: {tier: {type: string, default: standard}, pin: {type: string, sensitive: true}}
prompts: {ask: {audio: prompts/ask.wav, text: "Press 1.", duration: 1s}}
nodes:
  who: {type: lookup_profile, found: main, not_found: sorry}
  main: {type: menu, prompt: ask, choices: [{key: "1", set: {tier: gold}, next: office}, {key: "2", next: deep}], otherwise: bye}
  office: {type: hours, schedule: office, open: bye, closed: pin}
  pin: {type: gather, prompt: ask, into: pin, digits: {min: 2, max: 2}, next: hand, otherwise: bye}
  deep: {type: subflow, flow: inner, otherwise: bye}
  hand: {type: transfer, to: {queue: night}}
  sorry: {type: end}
  bye: {type: end}
END
cat >inner.flow.yaml <<'END'
flow: inner
channel: voice
start: within
nodes:
  within: {type: set, values: {}, next: out}
  out: {type: end}
END
cat >seed.yaml <<'END'
flows: [line.flow.yaml, inner.flow.yaml]
profiles: [{externalId: "+1", attributes: {level: gold}}]
interactions:
  - {id: i-1, customAttributes: {ivr_state: main, flow_node: main}}
  - {id: i-2, etagIn: body}
calls:
  - {callControlId: c-1, playbackMs: 10, refuse: ["ext:night"], script: [{wait: play, count: 2}, {wait: playback}, {dtmf: "1"}, {wait: transfer, count: 2}, {close: 1000}]}
  - {callControlId: c-2, playbackMs: -1}
simulator: {queuedMs: 3600000}
simulation: {hours: {office: closed}, refused: [{queue: none}]}
sinks: {crm: [503, {status: 429, retryAfter: 7}]}
END

sandbox='' bearer='' SANDBOX=''
trap '[ -z "$sandbox" ] || kill "$sandbox"' EXIT
# start OPTION…
start() {
	flow-sandbox --seed seed.yaml --for 10m "$@" >sandbox.out 2>sandbox.err &
	sandbox=$!
	until grep -q '^export SANDBOX_ADMIN_TOKEN=' sandbox.out; do
		kill -0 "$sandbox" || fail "$(cat sandbox.err)"
		sleep 0.05
	done
	grep '^export' sandbox.out >sandbox.env
	# shellcheck source=/dev/null
	. ./sandbox.env
}

# Ends it, which it takes as what it is.
stop() {
	kill "$sandbox"
	wait "$sandbox"
	[ $? -eq 143 ] || fail "the sandbox did not end as it was told: $(cat sandbox.err)"
	sandbox=
}

# token SCOPES: a token with those alone.
token() {
	curl -s "$SANDBOX/oauth/token" -d grant_type=client_credentials -d client_id="$SANDBOX_CLIENT_ID" -d client_secret="$SANDBOX_CLIENT_SECRET" \
		--data-urlencode scope="$1" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
}

# ask STATUS METHOD PATH [CURL…]: the answer in `out`, its headers in `headers`; by $bearer.
ask() {
	wanted=$1 method=$2 path=$3
	shift 3
	got=$(curl -sS -o out -D headers -w '%{http_code}' -X "$method" -H "Authorization: Bearer $bearer" "$@" "$SANDBOX$path") || fail "$method $path"
	[ "$got" = "$wanted" ] || {
		cat out >&2
		fail "$method $path: $got, not $wanted"
	}
}

admin() {
	mine=$bearer bearer=$SANDBOX_ADMIN_TOKEN
	ask "$@"
	bearer=$mine
}

socket() {
	python3 "$ROOT/tests/websocket.py" "$SANDBOX/api/v2/callcontrol/websocket" "$bearer" >out 2>err
}

start --rate 300
bearer=$(token '')

# Simulated calls of the deployed flow.
ask 200 GET '/api/v2/flows?name=line'
id=$(sed -n 's/.*"entities":\[{"id":"\([^"]*\)".*/\1/p' out)
[ -n "$id" ] || fail "no flow: $(cat out)"
run() {
	wanted=$1
	shift
	ask "$wanted" POST /api/v2/flows/simulation/run -d "$1"
}
run 200 '{"flowId":"'"$id"'","simulationType":"IVR","input":{"dtmf":["1","4","2"],"callerId":{"phoneNumber":"+1","name":"A"},"variables":{"extra":7}}}'
has out '"status":"completed","trace":[{"nodeId":"start","nodeType":"Start",'
has out '{"nodeId":"who","nodeType":"ProfileLookup",'
has out '"audioFileId":"prompts/ask.wav","inputs":["1"],"outcome":"choice 1"'
has out '{"nodeId":"office","nodeType":"ScheduleCheck",'
has out '{"nodeId":"hand","nodeType":"Transfer",'
has out '"variables":{"pin":"•••","tier":"gold","extra":7},"errors":[]}'
run 200 '{"flowId":"'"$id"'","input":{"dtmf":["2"],"callerId":{"phoneNumber":"+1"}}}'
has out '{"nodeId":"within","nodeType":"SetVariable",'
run 200 '{"flowId":"'"$id"'","input":{"dtmf":["2"],"callerId":{"phoneNumber":"+1"},"traceDepth":1}}'
lacks out '"nodeId":"within"'
run 200 '{"flowId":"'"$id"'"}'
has out '{"nodeId":"sorry","nodeType":"End",'
run 200 '{"flowId":"'"$id"'","input":{"callerId":{"phoneNumber":"+1"},"maxSimulationTime":500}}'
has out '"status":"timed_out"'
run 400 '{"flowId":"nobody"}'
has out '"code":"flow.not.found"'
run 400 '{"flowId":"'"$id"'","input":{"dtmf":["x"]}}'
run 400 '{"flowId":"'"$id"'","input":{"traceDepth":11}}'
run 400 'nonsense'
ask 200 POST "/api/v2/flows/$id/simulate" -d '{"transcript":[{"from":"user","text":"hello"}],"initialData":{"tier":"none"}}'
has out '"variables":{"tier":"none"}'
ask 404 POST /api/v2/flows/nobody/simulate -d '{}'
admin 204 PUT /sandbox/simulation -d '{"hours":{"office":"open"}}'
run 200 '{"flowId":"'"$id"'","input":{"dtmf":["1"],"callerId":{"phoneNumber":"+1"}}}'
lacks out '"nodeId":"pin"'
admin 422 PUT /sandbox/simulation -d '{"hours":{"office":"shut"}}'

# CXone's simulator: a job goes through its states; how long it takes is told from here.
ask 201 POST /api/v2/flow/simulator -d '{"flowId":"'"$id"'","dtmfSequence":["1"],"variableStateMatrix":{"tier":"none"}}'
has out '"status":"queued","resultUrl":"'"$SANDBOX"'/api/v2/flow/simulator/'
job=$(sed -n 's/.*"simulationId":"\([^"]*\)".*/\1/p' out)
ask 200 GET "/api/v2/flow/simulator/$job"
has out '"status":"queued"}'
admin 204 PUT /sandbox/simulator -d '{"queuedMs":0,"runningMs":3600000}'
ask 200 GET "/api/v2/flow/simulator/$job"
has out '"status":"running"}'
admin 204 PUT /sandbox/simulator -d '{"runningMs":0}'
ask 200 GET "/api/v2/flow/simulator/$job"
has out '"status":"completed","executionPath":[{"nodeId":"start","nodeType":"start",'
admin 204 PUT /sandbox/simulator -d '{"hang":true}'
ask 200 GET "/api/v2/flow/simulator/$job"
has out '"status":"running"}'
ask 404 GET /api/v2/flow/simulator/nobody
ask 400 POST /api/v2/flow/simulator -d '{"flowId":"nobody"}'
ask 400 POST /api/v2/flow/simulator -d '{"flowId":"'"$id"'","mediaAssetReferences":[{"assetId":"a","type":"film"}]}'
ask 400 POST /api/v2/flow/simulator -d '{"flowId":"'"$id"'","dtmfSequence":['"$(yes '"1",' | head -50 | tr -d '\n')"'"1"]}'
has out 'dtmfSequence exceeds limit: 51 provided, 50 allowed'

# Interactions change on top of what was seen, and of nothing else.
ask 200 GET /api/v2/interactions/i-1
has headers 'etag: "1"'
has out '{"customAttributes":{"flow_node":"main","ivr_state":"main"},"id":"i-1","etag":"\"1\""}'
ask 200 PATCH /api/v2/interactions/i-1 -H 'If-Match: "1"' -d '{"customAttributes":{"flow_node":"billing"}}'
has headers 'etag: "2"'
ask 409 PATCH /api/v2/interactions/i-1 -H 'If-Match: "1"' -d '{"customAttributes":{"flow_node":"late"}}'
ask 428 PATCH /api/v2/interactions/i-1 -d '{"customAttributes":{}}'
ask 422 PATCH /api/v2/interactions/i-1 -H 'If-Match: "2"' -d 'nonsense'
ask 422 PATCH /api/v2/interactions/i-1 -H 'If-Match: "2"' -d '{"customAttributes":[]}'
printf '{"customAttributes":{"long":"%065536d"}}' 0 >long
ask 422 PATCH /api/v2/interactions/i-1 -H 'If-Match: "2"' -d @long
has out '"code":"attributes.too.large"'
ask 404 GET /api/v2/interactions/nobody
ask 200 GET /api/v2/interactions/i-2
has out '"etag":"\"1\""'
lacks headers 'etag:'

# Faults strike these as all others: before a write took effect, and after it.
admin 200 POST /sandbox/faults -d '{"faults":["status=500,when=after,on=PATCH /api/v2/interactions/{id},count=1","status=429,retry-after=3,on=/api/v2/flow/simulator,count=1"]}'
ask 500 PATCH /api/v2/interactions/i-1 -H 'If-Match: "2"' -d '{"customAttributes":{"flow_node":"support"}}'
ask 200 GET /api/v2/interactions/i-1
has out '"flow_node":"support"'
ask 429 POST /api/v2/flow/simulator -d '{}'
has headers 'retry-after: 3'

# Profiles, with a limit of their own.
ask 200 GET /api/v2/profiles/external/%2B1
has out '"attributes":{"level":"gold"}'
has headers 'inin-ratelimit-allowed: 200'
ask 404 GET /api/v2/profiles/external/nobody
mine=$bearer bearer=$(token profile:read)
curl -s -o body -w '%{http_code}\n' -H "Authorization: Bearer $bearer" "$SANDBOX/api/v2/profiles/external/%2B1?[1-201]" >status
[ "$(sort status | uniq -c | tr -s ' ')" = ' 200 200
 1 429' ] || fail "not 200 a minute: $(sort status | uniq -c)"
ask 429 GET /api/v2/profiles/external/%2B1
has headers 'retry-after: '
bearer=$mine
admin 204 POST /sandbox/profiles -d '{"externalId":"crm-7","attributes":{}}'
ask 200 GET /api/v2/profiles/external/crm-7
admin 204 POST /sandbox/profiles -d '{"externalId":"crm 7/b ü","attributes":{}}'
ask 200 GET /api/v2/profiles/external/crm%207%2Fb%20%C3%BC

# Sinks record every byte, and fail as planned.
body='{"a": 1}'
curl -s -o out -w '%{http_code}' -H 'Content-Type: application/json' -H 'X-Trunkline-Signature: abc' -d "$body" "$SANDBOX/sinks/crm" >status
has status 503
curl -s -o out -D headers -d "$body" "$SANDBOX/sinks/crm"
has headers 'retry-after: 7'
curl -s -o out -w '%{http_code}' -d "$body" "$SANDBOX/sinks/crm" >status
has status 200
admin 200 GET /sandbox/sinks/crm
has out '"count":3,"planned":0,'
has out '"status":503,"headers":{"content-type":"application/json",'
has out '"x-trunkline-signature":"abc"},"body":{"a":1},"raw":"{\"a\": 1}"}'
admin 204 POST /sandbox/sinks/crm/answers -d '[410]'
admin 204 DELETE /sandbox/sinks/crm
admin 200 GET /sandbox/sinks/crm
has out '"count":0,"planned":0,'
ask 403 GET /sandbox/sinks/crm

# Calls: the caller waits for two prompts, presses a key, and is handed over at the second try.
first='> {"callControlId":"c-1","media":"audio","capabilities":["play","record","dtmf","transfer","hangup"]}'
socket <<END
$first
< connected
> {"callControlId":"c-1","action":"play","audio":"https://audio.example.com/a.wav","dtmf":{"enabled":true,"keys":["1"]}}
> {"callControlId":"c-1","action":"play","audio":"https://audio.example.com/b.wav"}
< dtmf
> {"callControlId":"c-1","action":"transfer","target":"ext:night","type":"number"}
< transfer_failed
> {"callControlId":"c-1","action":"transfer","target":"ext:day","type":"number"}
close
END
[ "$(sed 's/,"sessionId":"[0-9a-f]*"//' out)" = '{"event":"connected","callControlId":"c-1"}
{"event":"playback_completed","callControlId":"c-1"}
{"event":"playback_completed","callControlId":"c-1"}
{"event":"dtmf","callControlId":"c-1","digit":"1"}
{"event":"transfer_failed","callControlId":"c-1","target":"ext:night"}
{"event":"transferred","callControlId":"c-1","target":"ext:day"}
close 1000' ] || fail "$(cat out err)"
admin 200 GET /sandbox/calls/c-1
has out '"state":"closed"'
has out '"action":"transfer","target":"ext:day"'
socket <<END
$first
close
END
has out '"event":"error","message":"the call is over"'
has out 'close 1008'
# A caller who is played from here.
admin 204 POST /sandbox/calls/c-2/steps -d '[{"wait":"play"},{"event":{"event":"playback_completed"}},{"hangup":true}]'
socket <<'END'
> {"callControlId":"c-2","media":"audio","capabilities":["play"]}
> {"callControlId":"c-2","action":"play","audio":"a.wav"}
< hangup
> {"callControlId":"c-2","action":"sing"}
close
END
has out '{"event":"playback_completed","callControlId":"c-2"}'
has out 'close 1008'
admin 422 POST /sandbox/calls/c-2/steps -d '[{"sing":1}]'
admin 404 POST /sandbox/calls/nobody/steps -d '[]'
for first in '> nonsense' 'bytes 00ff' '> {"callControlId":"nobody","media":"audio","capabilities":[]}'; do
	printf '%s\nclose\n' "$first" | socket
	has out '"event":"error"'
	has out 'close 1008'
done

# Who may come: scopes are looked at before anything else, also at the handshake.
bearer=$(token 'flow:view callcontrol:inbound')
ask 403 POST /api/v2/flows/simulation/run -d '{}'
has out "the scope 'flow:simulation:run' is missing"
ask 403 POST "/api/v2/flows/$id/simulate" -d '{}'
ask 403 POST /api/v2/flow/simulator -d '{}'
ask 403 GET /api/v2/flow/simulator/1
ask 403 GET /api/v2/interactions/i-1
ask 403 PATCH /api/v2/interactions/i-1 -d '{}'
ask 403 GET /api/v2/profiles/external/1
socket </dev/null && fail "a socket without callcontrol:media"
has out 'http 403'
has out "the scope 'callcontrol:media' is missing"
bearer=nobody
socket </dev/null && fail "a socket without a token"
has out 'http 401'
stop

# The same over TLS.
start --rate 300 --tls --ca ca.pem
export CURL_CA_BUNDLE=ca.pem
bearer=$(token '')
ask 200 GET /api/v2/interactions/i-1
python3 "$ROOT/tests/websocket.py" "$SANDBOX/api/v2/callcontrol/websocket" "$bearer" ca.pem >out 2>err <<'END'
> {"callControlId":"c-2","media":"audio","capabilities":["play","hangup"]}
< connected
> {"callControlId":"c-2","action":"hangup"}
close
END
has out '{"event":"hangup","callControlId":"c-2"}'
has out 'close 1000'
stop

# A seed that cannot be used says so, and nothing is served.
for bad in 'profiles: {}' 'profiles: [{}]' 'interactions: [{}]' 'calls: [{callControlId: c, script: [{sing: 1}]}]' 'simulator: {queuedMs: -1}' \
	'simulation: {hours: {o: shut}}' 'sinks: {crm: 503}'; do
	echo "$bad" >seed.yaml
	expect 2 flow-sandbox --seed seed.yaml --for 1ms
	has err "seed 'seed.yaml': ${bad%%:*}: "
done
