#!/bin/sh
# The vendor's Audio Connector: it connects, proves who it is, and a call is served in sound; what it may not do is refused.
. "$ROOT/tests/lib.sh"

command -v python3 >/dev/null || skip "needs python3"
KEY='SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh'
SECRET='TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU='
worker_pid=
stop_worker() {
	[ -z "$worker_pid" ] || kill "$worker_pid" 2>/dev/null
}
trap stop_worker EXIT
trap 'exit 143' TERM INT HUP

# sound NAME MS [RATE]: a WAV file of that length.
sound() {
	python3 -c 'import sys, wave
with wave.open(sys.argv[1], "wb") as out:
    out.setnchannels(1); out.setsampwidth(2); out.setframerate(int(sys.argv[3]))
    out.writeframes(b"\0\0" * (int(sys.argv[3]) * int(sys.argv[2]) // 1000))' "$1" "$2" "${3:-8000}"
}

git init -q
mkdir prompts
sound prompts/hello.wav 300
sound prompts/ask.wav 600 16000
sound prompts/thanks.wav 100
cat >desk.flow.yaml <<'YAML'
flow: desk
channel: voice
start: hello
variables:
  tier: {type: string, default: none}
  pin: {type: string, sensitive: true}
prompts:
  hello: {audio: prompts/hello.wav}
  ask: {audio: prompts/ask.wav}
  thanks: {audio: prompts/thanks.wav}
nodes:
  hello: {type: play, prompt: hello, next: main}
  main:
    type: menu
    prompt: ask
    choices:
      - {key: "1", next: thanks}
      - {key: "2", next: pin}
    no_input: {timeout: 1s}
    otherwise: bye
  pin: {type: gather, prompt: ask, into: pin, digits: {max: 4}, next: bye, otherwise: bye}
  thanks: {type: play, prompt: thanks, next: front}
  front: {type: transfer, to: {queue: front}, failed: bye}
  bye: {type: end, exit: done}
YAML
cat >trunkline.yaml <<'YAML'
flows: ["."]
environments:
  local: {platform: local}
  voice: {platform: local}
YAML
git add .
git commit -q -m one
mkdir -p "$HOME/.config/trunkline"
chmod 700 "$HOME/.config" "$HOME/.config/trunkline"
CONFIG=$HOME/.config/trunkline/config.yaml
cat >"$CONFIG" <<'YAML'
environments:
  voice:
    audio_connector: {api_key: {env: AUDIO_KEY}, secret: {env: AUDIO_SECRET}}
YAML
chmod 600 "$CONFIG"
export AUDIO_KEY="$KEY" AUDIO_SECRET="$SECRET"

# start_worker OPTION…: its address is in $ADDRESS; results in `worker.out`, talk in `worker.err`.
start_worker() {
	flow-attend --env voice --flow ./desk.flow.yaml --audio-connector 127.0.0.1:0 "$@" >worker.out 2>worker.err &
	worker_pid=$!
	until grep -q 'are taken at' worker.err; do
		kill -0 "$worker_pid" 2>/dev/null || { cat worker.err >&2; fail "flow-attend does not start"; }
		sleep 0.05
	done
	ADDRESS=$(sed -n 's/.*are taken at \(.*\)$/\1/p' worker.err)
}

# end_worker STATUS
end_worker() {
	kill -TERM "$worker_pid"
	status=0
	wait "$worker_pid" || status=$?
	worker_pid=
	[ "$status" = "$1" ] || { cat worker.err >&2; fail "flow-attend ended with $status, not $1"; }
}

# platform OPTION… <<lines: a call; what was told is in `told`.
platform() {
	timeout 60 python3 -B "$ROOT/tests/audiohook.py" "$ADDRESS" --api-key "$KEY" --secret "$SECRET" "$@" >told 2>told.err || { cat told told.err worker.err >&2; fail "the platform: $*"; }
}

start_worker --format json --listen 127.0.0.1:0 --drain 300ms
lacks worker.err audio_base
page=$(sed -n 's/.*listening on \(.*\)$/\1/p' worker.err)

# A whole call: sound at the pace of speech, a key that ends the question, a transfer that is the platform's to make.
platform --figures --session 11111111-1111-4111-8111-111111111111 <<'END1'
open inputVariables.tier=gold inputVariables.unknown=x
heard
. 0.3
dtmf 1
< disconnect
close disconnect
END1
has told 'opened {"media": [{"channels": ["external"], "format": "PCMU", "rate": 8000, "type": "audio"}], "startPaused": false}'
has told 'sound 2400'
has told 'event {"entities": [{"data": {}, "type": "barge_in"}]}'
has told 'event {"entities": [{"data": {"disposition": "match"}, "type": "bot_turn_response"}]}'
has told 'sound 800'
has told '"outputVariables": {"status": "completed", "tier": "gold", "transferKind": "queue", "transferTarget": "front"}, "reason": "completed"'
has told 'closed {}'
has told 'largest 160 '
has worker.out '"end":"completed"'
has worker.out '"transfer":{"queue":"front"}'

# A secret is no output; digits are typed ahead.
platform --quiet-playback <<'END2'
open
. 0.1
dtmf 21234
< disconnect
close disconnect
END2
has told '"exit": "done", "status": "completed", "tier": "none"}'
lacks told 1234
lacks worker.out 1234

# Silence, and a caller who leaves.
platform <<'END3'
open
< no_input
< disconnect
close end
END3
has told '"reason": "completed"'
platform <<'END4'
open
. 0.1
close end
END4
has worker.out '"end":"abandoned"'

# Pauses, pings, the platform's trial.
platform <<'END5'
open
. 0.1
pause
. 2
say ping {"rtt": "PT0.1S"}
< pong
resume
voice 800
say update {"language": "de-de"}
< updated
heard
close end
END5
platform --conversation 00000000-0000-0000-0000-000000000000 <<'END6'
open
< opened
close end
END6

# Rules of the protocol.
for line in 'raw nonsense' 'raw {"version":"2"}' 'say ping {}' 'say open {}' 'raw {"version":"2","id":"x","type":"open","seq":1,"serverseq":0,"parameters":{}}'; do
	printf '%s\n< disconnect\n' "$line" | platform
	has told '"reason": "error"'
done
# What is no good for the flow's variables.
sed -i 's/tier: {type: string, default: none}/tier: {type: number, default: 0}/' desk.flow.yaml
until grep -q 'as it is now' worker.err; do sleep 0.1; done
printf 'open inputVariables.tier=gold\n< disconnect\n' | platform
has told "the value of 'tier' cannot become a number"

# A sound that is recorded anew is heard by new calls; one that cannot be used is not.
sound prompts/hello.wav 200
until grep -q 'sounds of flow .* as they are now' worker.err; do sleep 0.1; done
printf 'open\nheard\nclose end\n' | platform
has told 'sound 1600'
cp trunkline.yaml prompts/hello.wav
until grep -q 'go on with the sounds that there are' worker.err; do sleep 0.1; done
has worker.err 'is no WAV file'
printf 'open\nheard\nclose end\n' | platform
has told 'sound 1600'

# What the integration adds to the address is signed as it was written, however that was.
plain=$ADDRESS
for path in 'bots/desk?a=1&b=2' 'a%20b?x=%C3%A9&y=a%26b&z=1+2' "a%20b/c?d=%5Bx%5D%3D'" '?to=tel%3A%2B1555%2F2' '?q=a%22b&r=c=d' 'p/x@y:z?u=a@b/c?d'; do
	ADDRESS=$plain$path
	printf 'open\nclose end\n' | platform
	has told 'opened'
done
ADDRESS=$plain

# Too many messages, says the platform: fewer and larger ones, for later calls too.
platform --figures <<'END7'
open
. 0.1
say error {"code": 429, "message": "slow down", "retryAfter": "PT0.1S"}
heard
close end
END7
has worker.err 'takes no more messages (429)'
platform --figures <<'END8'
open
heard
close end
END8
# All of this prompt, or where the end was slow in coming as much of the next one as goes into one message.
grep -qE 'largest (1600|3200) ' told || fail "other pieces: $(cat told)"

# Who may not connect.
refused() {
	code=0
	timeout 30 python3 -B "$ROOT/tests/audiohook.py" "$ADDRESS" "$@" >told 2>told.err </dev/null || code=$?
	[ "$code" = 1 ] || { cat told told.err >&2; fail "not refused: $*"; }
	has told "http 401"
}
refused --api-key wrong --secret "$SECRET"
has worker.err 'a connection was refused: X-API-KEY is not the one'
[ "$(grep -c 'a connection was refused' worker.err)" = 1 ] || fail "not one line"
lacks worker.err audio_base
refused --api-key "$KEY"
has told 'not signed'
refused --api-key "$KEY" --secret "$SECRET" --bad-signature
has told 'does not match'
refused --api-key "$KEY" --secret "$SECRET" --created -60
has told 'too old'
refused --api-key "$KEY" --secret "$SECRET" --created 60
has told 'future'
refused --api-key "$KEY" --secret "$SECRET" --nonce short
printf 'open\nclose end\n' | platform --nonce "VGhpc0lzQVVuaXF1ZU5vbmNl"
refused --api-key "$KEY" --secret "$SECRET" --nonce "VGhpc0lzQVVuaXF1ZU5vbmNl"
has told 'used before'

# The page and its metrics.
curl -s --noproxy '*' "${page}metrics" >metrics
sleep 1.1
curl -s --noproxy '*' "${page}status.json" >status
python3 - status <<'CHECK' || fail "the page's nodes: $(cat status)"
import json, sys
status = json.load(open(sys.argv[1]))
nodes = {node["node"]: node for node in status["nodes"]}
assert nodes["main"]["visits"] >= 3 and nodes["main"]["matches"] >= 2 and nodes["main"]["no_inputs"] >= 1
assert all(node["here"] == 0 for node in nodes.values())
CHECK
grep -q '^trunkline_attend_key_to_play_seconds_count{.*} [1-9]' metrics || fail "no latencies in the metrics: $(grep key_to metrics)"
grep -q '^trunkline_audio_pieces_total [1-9]' metrics || fail "no pieces of sound in the metrics"
python3 "$ROOT/tests/metrics.py" metrics >/dev/null || fail "no metrics"

# A signal: the call in progress may go on; then the platform goes on without us.
rm told
(printf 'open\n< going away\nclose disconnect\n' | platform) &
until grep -q '^opened' told 2>/dev/null; do
	kill -0 "$!" 2>/dev/null || fail "no call to end"
	sleep 0.05
done
end_worker 143
wait
has told 'the server is going away'
