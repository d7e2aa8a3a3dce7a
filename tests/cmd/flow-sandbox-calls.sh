#!/bin/sh
# What goes wrong with calls of the sandbox: sockets that break off, calls that are taken over, messages that are none, handshakes that are refused; many calls, in figures;
# profiles and CXone's jobs that are slow, missing or fail.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/sandbox.sh"

cp "$ROOT/flows/hello.flow.yaml" .
cat >seed.yaml <<'YAML'
flows: [hello.flow.yaml]
profiles: [{externalId: "+1", attributes: {level: gold}}]
calls:
  - {callControlId: again, script: [{wait: play}, {drop: true}, {wait: play}, {close: 1011}, {wait: play}, {dtmf: "1"}, {wait: hangup}]}
  - {callControlId: gone, script: [{drop: true}, {hangup: true}]}
  - {callControlId: late, script: [{hangup: true}, {dtmf: "5"}, {event: {event: dtmf, digit: "6"}}, {event: {event: dtmf, digit: "7", callControlId: other}}, {close: 1001}]}
  - callControlId: mad
    script: [{event: {event: playback_completed}}, {event: {event: transferred, target: nobody}}, {raw: '{"event":'}, {binary: abc}, {flood: 70000}, {drop: true}]
  - {callControlId: "e\e[31mvil", script: [{pause: 1}, {dtmf: "#"}, {close: 1000}]}
  - {callControlId: short, record: 1}
callers: {id: "many-{n}", count: 500, playbackMs: -1, script: [{loop: 3, steps: [{wait: play}, {dtmf: "1"}]}]}
YAML
start_sandbox --rate 0 --tell --seed seed.yaml
url=$SANDBOX/api/v2/callcontrol/websocket

# talk: lines for tests/websocket.py; what came is in `out`.
talk() {
	python3 "$ROOT/tests/websocket.py" "$url" "$TOKEN" >out 2>err || fail "$(cat out err)"
}

first() {
	printf '> {"callControlId":"%s","media":"audio","capabilities":["play","record","dtmf","transfer","hangup"]}\n' "$1"
}

play() {
	printf '> {"callControlId":"%s","action":"play","audio":"https://audio.example.com/welcome.wav","dtmf":{"enabled":true,"keys":["1","2"]}}\n' "$1"
}

# state ID TEXT: waits until the call is so; the end of a socket is heard of by and by.
state() {
	for _ in $(seq 200); do
		admin 200 GET "/sandbox/calls/$1"
		[ "$(member state)" != "$2" ] || return 0
		sleep 0.05
	done
	fail "call $1 is $(member state), not $2"
}

# A call whose socket broke off is taken over, and its caller goes on.
{ first again; echo '< connected'; play again; echo close; } | talk
[ "$(tail -n 1 out)" = cut ] || fail "not cut: $(cat out)"
state again dropped
{ first again; echo '< connected'; play again; echo close; } | talk
has out 'close 1011'
state again dropped
{ first again; echo '< connected'; } | talk
state again dropped
{ first again; play again; echo '< dtmf'; echo '> {"callControlId":"again","action":"hangup"}'; echo close; } | talk
has out '{"event":"dtmf","callControlId":"again","digit":"1"}'
has out 'close 1000'
state again closed
has body '"connections":4,'
{ first again; echo close; } | talk
has out '"message":"the call is over"'
has out 'close 1008'
# Nobody is there any more who could be talked to.
{ first gone; echo close; } | talk
[ "$(tail -n 1 out)" = cut ] || fail "not cut: $(cat out)"
state gone closed
{ first gone; echo close; } | talk
has out '"message":"the call is over"'

# While a socket is open nobody else gets at its call.
{ first short; echo '< connected'; echo '. 3'; } | python3 "$ROOT/tests/websocket.py" "$url" "$TOKEN" >other 2>&1 &
other=$!
state short connected
{ first short; echo close; } | talk
has out '"message":"the call is controlled already"'
admin 204 POST /sandbox/calls/short/steps -d '{"drop":true}'
wait "$other"
has other cut
{ first short; echo '< connected'; play short; play short; echo '< playback_completed'; } | talk
admin 200 GET /sandbox/calls/short
has body '"commandCount":2,"commands":[{'

# What a platform should not send.
{ first late; echo close; } | talk
[ "$(sed 1d out)" = '{"event":"hangup","callControlId":"late"}
{"event":"dtmf","callControlId":"late","digit":"6"}
{"event":"dtmf","callControlId":"other","digit":"7"}
close 1001' ] || fail "$(cat out)"
{ first mad; echo close; } | talk
[ "$(sed 1d out)" = '{"event":"playback_completed","callControlId":"mad"}
{"event":"transferred","callControlId":"mad","target":"nobody"}
{"event":
binary abc
70000 bytes
cut' ] || fail "$(cat out)"
{ first "e\\u001b[31mvil"; echo close; } | talk
has out 'close 1000'

# Who said what, safe for a terminal.
has sandbox.err 's ← connected'
has sandbox.err 's → play welcome.wav (keys 1 2)'
has sandbox.err 's ← key 1'
has sandbox.err 's · the connection is cut'
has sandbox.err 's · key 5, which goes unheard'
has sandbox.err 'e\x1b[31mvil'

# Many calls are announced at once, and told in figures.
admin 204 DELETE /sandbox/calls/summary
{ first many-500; for _ in 1 2 3; do play many-500; echo '< dtmf'; done; } | talk
admin 200 GET /sandbox/calls/summary
has body '"connections":1,"reconnections":0,'
has body '"commands":{"play":3,'
has body '"keys":{"heard":3,"unheard":0}'
has body '"answers":{"count":2,"p50Us":'
admin 204 POST /sandbox/calls -d '{"id":"more-{n}","count":10000}'
admin 200 GET /sandbox/calls/summary
[ "$(member calls)" = 10506 ] || fail "$(cat body)"
admin 422 POST /sandbox/calls -d '{"id":"more","count":2}'
admin 422 POST /sandbox/calls -d '{"callControlId":"x","script":[{"loop":5,"steps":[{"dtmf":"1"}]}]}'

# handshake STATUS: how an upgrade is answered; 000: not at all.
handshake() {
	ask --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
		-H "Authorization: Bearer $TOKEN" "$url"
	[ "$code" = "$1" ] || fail "expected $1, got $code: $(cat head body)"
}
on=on=/api/v2/callcontrol/websocket
fault "status=503,retry-after=7,count=2,$on"
for status in 503 503; do
	handshake "$status"
	has head 'retry-after: 7'
	has body '"code":"service.unavailable"'
done
{ first many-1; echo '< connected'; } | talk
fault "reset=before,count=1,$on"
handshake 000
{ first many-1; echo '< connected'; } | talk
fault "expire,count=1,$on"
handshake 401
handshake 401
has head 'www-authenticate: Bearer'
TOKEN=$(new_token)
fault "latency=400ms,count=1,$on"
start=$(date +%s%N)
{ first many-1; echo '< connected'; } | talk
[ $(($(date +%s%N) - start)) -ge 400000000 ] || fail "the answer came too early"
{ first many-2; echo '< connected'; } | talk

# until_answered STATUS PATH: asks until that is the answer.
until_answered() {
	for _ in $(seq 200); do
		ask -H "Authorization: Bearer $TOKEN" "$SANDBOX$2"
		[ "$code" != "$1" ] || return 0
		sleep 0.05
	done
	fail "no $1 came: $2"
}

# Profiles that are slow, missing, or not to be had for a while.
profile=/api/v2/profiles/external
fault "latency=300ms,on=GET $profile/**"
start=$(date +%s%N)
call 200 GET "$profile/%2B1"
[ $(($(date +%s%N) - start)) -ge 300000000 ] || fail "the profile came too early"
call 200 GET /api/v2/flows
call 404 GET "$profile/nobody"
fault "status=503,for=300ms,on=GET $profile/**"
call 503 GET "$profile/%2B1"
until_answered 200 "$profile/%2B1"
admin 200 GET /sandbox/faults
[ "$(member seen)" -gt "$(member struck)" ] || fail "it strikes without end: $(cat body)"

# Jobs of CXone's simulator that hang, fail, or cannot be asked for.
call 200 GET '/api/v2/flows?name=hello'
flow=$(sed -n 's/.*"entities":\[{"id":"\([^"]*\)".*/\1/p' body)
call 201 POST /api/v2/flow/simulator -d '{"flowId":"'"$flow"'"}'
job=/api/v2/flow/simulator/$(member simulationId)
admin 204 PUT /sandbox/simulator -d '{"queuedMs":0,"runningMs":0,"hang":true}'
call 200 GET "$job"
has body '"status":"running"'
admin 204 PUT /sandbox/simulator -d '{"hang":false,"fail":"no room"}'
call 200 GET "$job"
has body '"status":"failed","errorMessage":"no room"}'
admin 204 PUT /sandbox/simulator -d '{"fail":""}'
fault "status=503,for=300ms,on=/api/v2/flow/simulator/**"
call 503 GET "$job"
call 503 POST /api/v2/flow/simulator -d '{"flowId":"'"$flow"'"}'
until_answered 200 "$job"
has body '"status":"completed"'
admin 422 PUT /sandbox/simulator -d '{"fail":true}'
