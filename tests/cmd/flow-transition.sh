#!/bin/sh
# Live interactions, moved on top of the state that was seen, and never over somebody else's.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

mkdir flows
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: main
variables: {tier: {type: string}, tries: {type: number}, vip: {type: boolean}, more: {type: object}}
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
cat >seed.yaml <<'END'
interactions:
  - {id: i1, customAttributes: {flow_node: main, ivr_state: main, note: kept}}
  - {id: i2, customAttributes: {flow_node: queue}}
  - {id: i3, customAttributes: {flow_node: main}, etagIn: body}
  - {id: i4, customAttributes: {}}
  - {id: i5, customAttributes: {flow_node: main}}
  - {id: i6, customAttributes: {flow_node: main}}
END
start_sandbox --seed seed.yaml
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply -q plan.json

move() {
	status=$1
	shift
	expect "$status" flow-transition --env production --flow line "$@"
}

# What is shown is what is sent; a dry run sends nothing.
move 0 --interaction i1 --from main --to queue --set tries=3 --set vip=true --dry-run
has out 'planned'
has out '"tries":3'
has out '"vip":true'
api GET /api/v2/interactions/i1 >now
has now '"flow_node":"main"'
move 0 --interaction i1 --from main --to queue --set tries=3 --set vip=true --set tier=gold --set 'more={"a":1}'
has out 'moved     i1  main > queue'
api GET /api/v2/interactions/i1 >now
has now '"flow_node":"queue"'
has now '"ivr_state":"queue"'
has now '"note":"kept"'
has now '"tries":3'
has now '"tier":"gold"'
has now '"more":{"a":1}'
has now '"last_updated":"20'

# Somebody else moved it: nothing is written.
move 4 --interaction i1 --from main --to queue
has out "it stands at 'queue', not at 'main': somebody else moved it"
move 4 --interaction i4 --from main --to queue
has out 'no node of a flow'

# A node is within its own reach: variables alone change.
move 0 --interaction i1 --from queue --to queue --set tier=basic
api GET /api/v2/interactions/i1 >now
has now '"tier":"basic"'

# What cannot be is refused before anything is asked.
move 1 --interaction i2 --from queue --to main
has out "no way leads from 'queue' to 'main'"
move 1 --interaction i5 --from main --to nowhere
has out "has no node 'nowhere'"
move 1 --interaction i5 --from main --to quue
has out "did you mean 'queue'?"
move 1 --interaction i5 --from main --to queue --set tries=many
has out "'tries' takes number"
move 1 --interaction i5 --from main --to queue --set colour=red
has out "declares no variable 'colour'"
move 1 --interaction i5 --from main --to queue --set flow_node=bye
has out 'reserved'
expect 2 flow-transition --env production --flow lime --interaction i5 --from main --to queue
has out "did you mean 'line'?"
head -c 70000 /dev/zero | tr '\0' x >long
move 1 --interaction i5 --from main --to queue --set "tier=$(cat long)"
has out '65536'
move 3 --interaction none --from main --to queue
has out "no interaction 'none'"
expect 2 flow-transition --env production --interaction i5 --flow line --from main
expect 2 flow-transition --env local --interaction i5 --flow line --from main --to queue

# An ETag in the body; an answer that is lost, before and after the write took effect.
move 0 --interaction i3 --from main --to billing
faults 'reset=after,on=PATCH /api/v2/interactions/{id},count=1'
move 0 --interaction i3 --from billing --to queue
faults 'reset=before,on=PATCH /api/v2/interactions/{id},count=1'
move 0 --interaction i5 --from main --to queue
# A state that changes under our hands is read again, and never overwritten.
faults 'status=412,on=PATCH /api/v2/interactions/{id},count=2'
move 0 --interaction i6 --from main --to billing --format json
is_valid transition-result out
has out '"tries":3'
faults 'status=412,on=PATCH /api/v2/interactions/{id}'
move 4 --interaction i6 --from billing --to queue
has out 'nothing was written'
faults

# Many, a line each, those of one interaction in order.
cat >batch.jsonl <<'END'
{"interaction": "i6", "from": "billing", "to": "queue", "variables": {"tries": "7"}}
{"interaction": "i6", "from": "queue", "to": "bye"}

{"interaction": "i2", "from": "main", "to": "bye"}
no JSON
{"interaction": "i2", "from": "queue", "to": "bye", "colour": 1}
END
move 4 --batch batch.jsonl --format json
[ "$(wc -l <out)" -eq 5 ] || fail "not one result a record"
has out '"interaction":"i6","latency_ms":'
[ "$(grep -c '"state":"moved"' out)" -eq 2 ] || fail "not both moved: $(cat out)"
[ "$(grep -c '"state":"malformed"' out)" -eq 2 ] || fail "not two malformed"
has out '"message":"line 5: this is neither true, false, null nor a number"'
has out "\"message\":\"line 6: unknown member 'colour'"
has err '5 records, 2 moved, 1 conflict, 2 malformed; '
has err 'latency median'
api GET /api/v2/interactions/i6 >now
has now '"flow_node":"bye"'
has now '"tries":7'

# A batch that is none is told from one that is empty.
expect 2 flow-transition --env production --flow line --batch flows
has err 'it is a folder'
lacks err '0 records'
expect 2 flow-transition --env production --flow line --batch missing.jsonl
lacks err '0 records'
expect 0 flow-transition --env production --flow line --batch /dev/null
has err '0 records'

# All of it is on record, what callers are called by apart from it.
expect 0 flow-audit verify --env production
expect 0 flow-audit query --env production --interaction i1
has out transition
expect 0 flow-audit log --env production
grep -qE 'transition +line .* moved +- +i1$' out || fail "which interaction is not told: $(cat out)"

# A record has what the platform was asked, how often, and its own name for that; an attempt that came to no write is on record too.
record_of() {
	flow-audit query --env production --interaction "$1" --outcome "$2" --format jsonl | tail -n 1 >record
	shift 2
	for member; do has record "$member"; done
}
sandbox POST /sandbox/interactions '{"id": "r1", "customAttributes": {"flow_node": "main"}}' >/dev/null
faults 'status=412,on=PATCH /api/v2/interactions/{id},count=1'
move 0 --interaction r1 --from main --to queue
record_of r1 moved '"attempts":2' '"status":200' '"correlation":"' '"etag":"' '"latency_ms":' '"phase":"outcome"'
move 4 --interaction r1 --from main --to queue
record_of r1 conflict '"error":"it stands at ' '"flow":"line"'
lacks record '"phase"'
lacks record '"etag"'
move 3 --interaction r2 --from main --to queue
record_of r2 failed "has no interaction 'r2'"
before=$(flow-audit query --env production --action transition | wc -l)
move 0 --interaction r1 --from queue --to bye --dry-run
[ "$(flow-audit query --env production --action transition | wc -l)" -eq "$before" ] || fail "a dry run left a record"
