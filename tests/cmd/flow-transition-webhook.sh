#!/bin/sh
# What the CRM hears of transitions: signed, once at least, in order for an interaction; whatever it answers, and whenever the program is killed.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

mkdir flows
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: main
variables: {tries: {type: number}, card: {type: string, sensitive: true}}
nodes:
  main:
    type: menu
    prompt: {text: "For billing press 1."}
    choices: [{key: "1", next: billing}]
    otherwise: bye
  billing: {type: play, prompt: {text: One moment.}, next: queue}
  queue: {type: transfer, to: {queue: all}, failed: bye}
  bye: {type: end}
END
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q .
git add .
git commit -q -m one
calls=40
{
	echo 'interactions:'
	for i in 1 2 3 4 5 6 7 8; do echo "  - {id: i$i, customAttributes: {flow_node: main}}"; done
	for set in file server; do
		for i in $(seq $calls); do echo "  - {id: $set-$i, customAttributes: {flow_node: main}}"; done
	done
} >seed.yaml
start_sandbox --seed seed.yaml --rate 0
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply -q plan.json
cp "$SANDBOX_CONFIG" config.plain

# configure LINE…: what the configuration says beside what the sandbox wrote.
configure() {
	cat config.plain >"$SANDBOX_CONFIG"
	printf '    %s\n' 'rate: off' "$@" >>"$SANDBOX_CONFIG"
	chmod 600 "$SANDBOX_CONFIG"
}
move() {
	status=$1
	shift
	expect "$status" flow-transition --env production --flow line "$@"
}
# sink NAME: what came there, in `sink`.
sink() {
	sandbox GET "/sandbox/sinks/$1" >sink
}
# told INTERACTION…: the new states that were taken, as "i1:billing ".
told() {
	python3 - "$@" <<'END'
import json, sys
sink = json.load(open("sink"))
print("".join("%s:%s " % (d["body"]["interactionId"], d["body"]["newState"]) for d in sink["deliveries"]
              if d["status"] < 300 and d["body"]["interactionId"] in sys.argv[1:]))
END
}
is_told() {
	wanted=$1
	shift
	[ "$(told "$@")" = "$wanted" ] || fail "told '$(told "$@")', not '$wanted'"
}

# Where nobody is to hear of it, nothing is kept; and there is nothing to deliver.
move 0 --interaction i1 --from main --to billing
expect 0 flow-transition --env production --outbox
[ ! -s out ] || fail "something is kept for nobody"
expect 2 flow-transition --env production --deliver
has err "no webhook 'crm'"

# An address of this network alone is refused, until the configuration allows it; the secret must be there before anything is moved.
export CRM_SECRET=quiet-please
configure "webhooks: {crm: {url: \"$SANDBOX/sinks/crm\", secret: {env: CRM_SECRET}}}"
move 0 --interaction i1 --from billing --to queue
has err '1 dead letter'
configure "webhooks: {crm: {url: \"$SANDBOX/sinks/crm\", secret: {env: NO_SUCH_SECRET}, allow_private: true}}"
move 2 --interaction i2 --from main --to billing
api GET /api/v2/interactions/i2 >now
has now '"flow_node":"main"'
configure "webhooks: {crm: {url: \"$SANDBOX/sinks/crm\", secret: {env: CRM_SECRET}, allow_private: true}}"
expect 0 flow-transition --env production --replay all
has out '1 dead letter to be delivered again'
expect 0 flow-transition --env production --deliver
has out '1 delivered'

# A dry run tells nobody. What is told is what was written, without what is sensitive, signed over time and body.
move 0 --interaction i2 --from main --to billing --set tries=3 --set card=4111 --dry-run
move 0 --interaction i2 --from main --to billing --set tries=3 --set card=4111
sink crm
is_told 'i1:queue i2:billing ' i1 i2
lacks sink 4111
python3 - <<'END' || fail "not signed, or not what was written"
import hashlib, hmac, json
delivery = json.load(open("sink"))["deliveries"][1]
headers = delivery["headers"]
body = delivery["body"]
assert set(body) == {"interactionId", "previousState", "newState", "variables", "timestamp"}, body
assert body["previousState"] == "main" and body["variables"] == {"tries": 3}, body
signed = (headers["x-trunkline-timestamp"] + "." + delivery["raw"]).encode()
assert headers["x-trunkline-signature"] == "sha256=" + hmac.new(b"quiet-please", signed, hashlib.sha256).hexdigest(), headers
assert len(headers["idempotency-key"]) == 32
END

# A move that was not made is not told.
move 4 --interaction i2 --from main --to queue
faults 'status=412,on=PATCH /api/v2/interactions/{id}'
move 4 --interaction i2 --from billing --to queue
faults
sink crm
is_told 'i2:billing ' i2
expect 0 flow-transition --env production --outbox
[ ! -s out ] || fail "left: $(cat out)"

# Trouble that passes is waited out, with the same key; order is kept.
sandbox POST /sandbox/sinks/crm/answers '[503, 408, {"status": 429, "retryAfter": 1}]' >/dev/null
printf '{"interaction":"i3","from":"%s","to":"%s"}\n' main billing billing queue queue bye >batch.jsonl
move 0 --batch batch.jsonl
sink crm
is_told 'i3:billing i3:queue i3:bye ' i3
python3 - <<'END' || fail "not one key an event"
import json
keys = {}
for d in json.load(open("sink"))["deliveries"]:
    keys.setdefault(d["body"]["interactionId"] + d["body"]["newState"], set()).add(d["headers"]["idempotency-key"])
assert all(len(k) == 1 for k in keys.values()) and len(set.union(*keys.values())) == len(keys), keys
END

# What is refused is a dead letter: it holds its own interaction alone, until somebody decides.
sandbox POST /sandbox/sinks/crm/answers '[400]' >/dev/null
printf '{"interaction":"i4","from":"%s","to":"%s"}\n' main billing billing queue >batch.jsonl
move 0 --batch batch.jsonl --timeout 1s
has err '1 dead letter'
move 0 --interaction i5 --from main --to billing
sink crm
is_told 'i5:billing ' i4 i5
expect 0 flow-transition --env production --outbox
has out 'the webhook answered 400'
[ "$(wc -l <out)" -eq 2 ] || fail "not two left: $(cat out)"
expect 0 flow-transition --env production --outbox --format json
while read -r line; do
	echo "$line" >row
	is_valid outbox row
done <out
dead=$(sed -n 's/.*"id":\([0-9]*\).*"state":"dead".*/\1/p' out)
expect 1 flow-transition --env production --deliver --format json
is_valid deliver-result out
has out '"dead":1'
expect 2 flow-transition --env production --replay 99999999999
has err 'no dead letter'
expect 0 flow-transition --env production --replay "$dead" --ticket CHG-7
expect 0 flow-transition --env production --deliver
sink crm
is_told 'i4:billing i4:queue ' i4
sandbox POST /sandbox/sinks/crm/answers '[410]' >/dev/null
move 0 --interaction i5 --from billing --to queue
move 0 --interaction i5 --from queue --to bye --timeout 0s
expect 2 flow-transition --env production --drop 1
expect 2 flow-transition --env production --drop 1 --reason again
expect 0 flow-transition --env production --outbox --format json
dead=$(sed -n 's/.*"id":\([0-9]*\).*"state":"dead".*/\1/p' out)
expect 0 flow-transition --env production --drop "$dead" --reason 'the CRM knows it'
expect 0 flow-transition --env production --deliver
sink crm
is_told 'i5:billing i5:bye ' i5
expect 0 flow-audit query --env production --action webhook --format json
lacks out sinks/crm
for word in dead replayed dropped 'the CRM knows it' CHG-7; do
	has out "$word"
done
expect 2 flow-transition --env production --deliver --interaction i5
expect 2 flow-transition --env production --outbox --deliver
expect 2 flow-transition --env production --deliver --timeout soon

# A CRM that is away: what is left is said, and stays.
sandbox POST /sandbox/sinks/crm/answers '[{"status": 503, "count": 2}]' >/dev/null
move 0 --interaction i6 --from main --to billing --timeout 200ms
has err '1 event to come'
expect 3 flow-transition --env production --deliver --timeout 0s
expect 0 flow-transition --env production --deliver
sink crm
is_told 'i6:billing ' i6

# Killed while the platform had made the change and not said so: it is read back.
faults 'latency=60s,on=PATCH /api/v2/interactions/{id},count=1'
flow-transition --env production --flow line --interaction i7 --from main --to billing >/dev/null 2>&1 &
mover=$!
until api GET /api/v2/interactions/i7 >now && grep -q '"flow_node":"billing"' now; do sleep 0.05; done
expect 3 flow-transition --env production --deliver
has out '0 delivered'
kill -9 "$mover"
wait "$mover"
faults
expect 0 flow-transition --env production --deliver
has out '1 delivered, 0 put off, 1 settled'
sink crm
is_told 'i7:billing ' i7

# Killed again and again, at any moment, on each database: nothing lost, nothing invented, in order.
batch_of() {
	for i in $(seq $calls); do
		printf '{"interaction":"%s-%d","from":"%s","to":"%s"}\n' "$1" "$i" main billing "$1" "$i" billing queue "$1" "$i" queue bye
	done
}
killed_often() {
	batch_of "$1" >batch.jsonl
	sandbox POST "/sandbox/sinks/$1/answers" '[{"status": 503, "count": 3}, {"status": 200, "count": 9}, {"status": 502, "count": 2}, 429]' >/dev/null
	for pause in 0.15 0.25 0.1 0.35 0.2; do
		flow-transition --env production --flow line --batch batch.jsonl >/dev/null 2>&1 &
		mover=$!
		sleep $pause
		kill -9 "$mover" 2>/dev/null
		wait "$mover"
	done
	flow-transition --env production --flow line --batch batch.jsonl >/dev/null 2>&1
	expect 0 flow-transition --env production --deliver --timeout 60s
	sink "$1"
	python3 - "$1" $calls <<'END' || fail "lost, invented or out of order ($1)"
import json, sys
heard, keys = {}, {}
for d in json.load(open("sink"))["deliveries"]:
    call, state, key = d["body"]["interactionId"], d["body"]["newState"], d["headers"]["idempotency-key"]
    if d["status"] < 300 and key not in keys:
        heard.setdefault(call, []).append(state)
    elif d["status"] < 300:
        assert state == keys[key] and state == heard[call][-1], ("an old event is repeated after a later one", call, state)
    if d["status"] < 300:
        keys[key] = state
assert len(heard) == int(sys.argv[2]), len(heard)
for call, states in heard.items():
    assert states == ["billing", "queue", "bye"], (call, states)
END
	expect 0 flow-audit verify --env production
}
crm_at() {
	echo "webhooks: {crm: {url: \"$SANDBOX/sinks/$1\", secret: {env: CRM_SECRET}, allow_private: true}}"
}
configure "$(crm_at file)"
killed_often file
if [ -n "$TRUNKLINE_TEST_POSTGRES" ]; then
	schema=outbox$$
	configure "$(crm_at server)" "ledger: \"$TRUNKLINE_TEST_POSTGRES&schema=$schema\""
	killed_often server
fi
