#!/bin/sh
# Live calls, served with what is published: keys, silence, profiles, transfers, hang-ups; and what is said before any call is taken.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/attend.sh"

make_line
cat >flows/who.flow.yaml <<'END'
flow: who
channel: voice
start: who
variables: {tier: {type: string}}
prompts:
  gold: {audio: gold.wav}
  ticket: {audio: ticket.wav}
  general: {audio: general.wav}
nodes:
  who: {type: lookup_profile, found: menu, not_found: menu, failed: bye}
  menu:
    type: menu
    prompt: general
    choices:
      - {key: "1", when: {variable: profile.membership_level, equals: premium}, prompt: gold, next: premium}
      - {key: "2", when: {variable: profile.open_tickets, greater_than: 0}, prompt: ticket, next: tickets}
      - {key: "0", next: operator}
    otherwise: bye
  premium: {type: transfer, to: {queue: premium}, failed: bye}
  tickets: {type: transfer, to: {number: "+15550001111"}, failed: bye}
  operator: {type: transfer, to: {queue: operator}, failed: bye}
  bye: {type: end}
END
cat >flows/mute.flow.yaml <<'END'
flow: mute
channel: voice
start: hello
nodes:
  hello: {type: play, prompt: {text: "Hello."}, next: bye}
  bye: {type: end}
END
for name in gold ticket general; do
	echo "$name" >"$name.wav"
done
git add .
git commit -q -m two
cat >seed.yaml <<'END'
profiles:
  - {externalId: "CRM-1", attributes: {membership_level: premium, open_tickets: 2}}
  - {externalId: "CRM-2", attributes: {membership_level: basic, open_tickets: 0}}
clients:
  - {id: deaf, secret: may-not-hear-calls, scopes: ["flow:view", "callcontrol:inbound", "profile:read"]}
  - {id: blind, secret: may-not-see-people, scopes: ["flow:view", "callcontrol:inbound", "callcontrol:media"]}
END
start_sandbox --seed seed.yaml
publish_line

# A key, digits that are typed ahead, a transfer.
call c1 '"playbackMs": 50, "script": [{"wait": "play"}, {"dtmf": "1"}, {"wait": "play"}, {"dtmf": "1234"}, {"wait": "transfer"}]'
attend 0 '{"callControlId": "c1"}'
has out 'completed  c1  '
has out 'at sales, transferred to queue sales'
has err '1 call: 1 completed'
record c1
has call '"state":"closed"'
has call '"audio":"https://audio.example/prompts/welcome.wav","dtmf":{"enabled":true,"keys":["1","2","3"]}'
has call '"audio":"https://audio.example/prompts/thanks.wav","dtmf":{"enabled":false}'
has call '"action":"transfer","target":"sales","type":"queue"'
call c2 '"playbackMs": 50, "script": [{"wait": "play"}, {"dtmf": "11234"}]'
attend 0 '{"callControlId": "c2"}' --format json
is_valid attend-result out
has out '"end":"completed"'
has out '"transfer":{"queue":"sales"}'
has out '"keys":5'
has out '"flow_version":1'
record c2
lacks out 1234

# A wrong key and a right one; silence to the end; what the offer brings along.
call c3 '"script": [{"wait": "play"}, {"dtmf": "7"}, {"wait": "play"}, {"dtmf": "3"}, {"wait": "hangup"}]'
attend 0 '{"callControlId": "c3"}'
has out 'completed  c3'
has out 'at bye'
record c3
has call sorry.wav
has call '"action":"hangup"'
has call '"closeCode":1000'
call c4 '"playbackMs": 20, "script": []'
attend 0 '{"callControlId": "c4"}' --format json
has out '"node":"bye"'
record c4
[ "$(grep -o '"action":"play"' call | wc -l)" -eq 2 ] || fail "silence is asked again once: $(cat call)"
call c5 '"script": [{"wait": "play"}, {"dtmf": "9"}]'
attend 0 '{"callControlId": "c5", "variables": {"vip": true}}'
has out 'transferred to queue sales'

# A transfer that is refused; a caller who hangs up.
call c6 '"refuse": ["billing"], "script": [{"wait": "play"}, {"dtmf": "2"}]'
attend 0 '{"callControlId": "c6"}'
has out 'completed  c6'
has out 'at bye'
call c7 '"playbackMs": -1, "script": [{"wait": "play"}, {"hangup": true}]'
attend 0 '{"callControlId": "c7"}'
has out 'abandoned  c7'

# The menu is the caller's own; a profile that is not there is an answer.
for row in '8 CRM-1 "1" "1","2","0" premium' '9 CRM-2 "0" "0" operator' '10 CRM-3 "0" "0" operator' '11 CRM-1 "2" "1","2","0" +15550001111'; do
	# shellcheck disable=SC2086 # words
	set -- $row
	call "c$1" "\"script\": [{\"wait\": \"play\"}, {\"dtmf\": $3}]"
	echo "{\"callControlId\": \"c$1\", \"externalId\": \"$2\"}" >offers
	expect 0 flow-attend --env production --flow who --calls offers
	has out "$5"
	record "c$1"
	has call "\"keys\":[$4]"
done

# Offers that are no good, beside one that is; the same call twice.
call c12 '"playbackMs": 300, "script": [{"wait": "play"}, {"pause": 200}, {"dtmf": "3"}]'
attend 3 'what
{"callControlId": "c12"}

{"callControlId": "c12"}
{"colour": "red"}
{"callControlId": "c13", "variables": {"tier": 1}}
{"callControlId": "nobody"}'
[ "$(wc -l <out)" -eq 6 ] || fail "not a line for each: $(cat out)"
has out 'completed  c12'
has out 'refused    c12: the call is in progress here already'
has out 'there is no such call'
has err '6 calls: 1 completed, 5 refused'

# What is looked at before: the flow, the scopes, the platform, the words.
expect 1 flow-attend --env production --flow mute --calls offers
has err 'has no audio'
expect 1 flow-attend --env production --flow flows/mute.flow.yaml --calls offers
has err 'flows/mute.flow.yaml:5:'
expect 2 flow-attend --env production --flow lime --calls offers
has err "did you mean 'line'?"
expect 2 flow-attend --env local --flow line --calls offers
has err "does not hand over the control of calls"
expect 2 flow-attend --flow line --calls offers
expect 2 flow-attend --env production --calls offers
expect 2 flow-attend --env production --flow line --calls nowhere
expect 2 flow-attend --env production --flow line --calls offers --format xml
expect 2 flow-attend --env production --flow line --calls offers --drain soon
expect 2 flow-attend --env production --flow line --calls offers --record-sensitive
expect 2 flow-attend --env production --flow line --calls offers --listen 0.0.0.0:0
cp "$SANDBOX_CONFIG.id" "$TMPDIR/id"
cp "$SANDBOX_CONFIG.secret" "$TMPDIR/secret"
for row in 'deaf may-not-hear-calls line callcontrol:media' 'blind may-not-see-people who profile:read'; do
	# shellcheck disable=SC2086 # words
	set -- $row
	printf '%s' "$1" >"$SANDBOX_CONFIG.id"
	printf '%s' "$2" >"$SANDBOX_CONFIG.secret"
	expect 3 flow-attend --env production --flow "$3" --calls offers
	has err "lacks the scope '$4'"
done
cp "$TMPDIR/id" "$SANDBOX_CONFIG.id"
cp "$TMPDIR/secret" "$SANDBOX_CONFIG.secret"

# What does not fit is said; no secret is.
call c19 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
echo '{"callControlId": "c19"}' >offers
expect 0 sh -c 'ulimit -n 300 && flow-attend --env production --flow line --calls offers --max-calls 1000 -v'
has err '1000 calls at once do not fit'
lacks err "$(cat "$SANDBOX_CONFIG.secret")"
lacks err Bearer

# A flow of a file, without publishing it; standard input; and nothing at all.
sed -e 's/queue: sales/queue: elsewhere/' -e 's/^flow: line/flow: other/' flows/line.flow.yaml >flows/other.flow.yaml
call c20 '"script": [{"wait": "play"}, {"dtmf": "11234"}]'
echo '{"callControlId": "c20"}' >offers
expect 0 sh -c 'flow-attend --env production --flow flows/other.flow.yaml <offers'
has out 'transferred to queue elsewhere'
expect 0 flow-attend --env production --flow line --calls /dev/null
[ ! -s out ] || fail "results of no calls: $(cat out)"

# Mistakes: said with their mend, before anything is said of calls.
expect 2 flow-attend --env production --flow line --calls /dev/null --max-calls 0
has err 'at least 1'
expect 2 flow-attend --env production --flow line --calls http://127.0.0.1/calls
has err 'they come from a file'
lacks err '0 calls'
expect 2 flow-attend --env production --flow unpublished --calls /dev/null
has err 'flow-publish plan --env production'
expect 2 flow-attend --env production --flow lien --calls /dev/null
has err "did you mean 'line'?"
lacks err flow-publish
expect 2 flow-attend --env local --flow line --calls /dev/null
has err flow-sandbox

# What cannot be told by its call is told by its line.
printf '\357\273\277{"callControlId": "c19"}\r\n\r\n{"callcontrolId": "c19"}\r\n' >offers
expect 3 flow-attend --env production --flow line --calls offers
has out "refused    -: line 3: an offer has no member 'callcontrolId', did you mean 'callControlId'?"

# A job that is done in part is not done: no result could be written, no recording.
call c21 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
call c22 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
echo '{"callControlId": "c21"}' >offers
expect 3 sh -c 'flow-attend --env production --flow line --calls offers >/dev/full'
has err 'cannot write the result'
mkdir -p recordings/c22.suite.yaml
attend 3 '{"callControlId": "c22"}' --record recordings
has out 'completed  c22'
has err 'a recording cannot be written'
