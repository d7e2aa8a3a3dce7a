#!/bin/sh
# Comparing with a server: schedules and audio alone, versions that nobody can read, and how often it is asked.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
mkdir audio && echo RIFF >audio/hi.wav
cat >flows/hours.flow.yaml <<'END'
flow: hours
channel: voice
start: open
prompts: {hi: {audio: audio/hi.wav}}
nodes:
  open: {type: hours, schedule: office, open: greet, closed: bye, holiday: bye}
  greet: {type: play, prompt: hi, next: bye}
  bye: {type: end}
END
cat >trunkline.yaml <<'END'
flows: [flows]
schedules:
  office: {time_zone: Europe/Berlin, weekly: {monday: ["09:00-12:00"]}}
environments:
  production: {platform: genesys}
END
git add . && git commit -qm more
start_sandbox
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
rm plan.json
expect 0 flow-diff --env production

# Only a schedule, only a recording: both would be deployed, and nothing else differs.
sed -i 's/09:00/08:00/' trunkline.yaml
echo louder >>audio/hi.wav
expect 1 flow-diff --env production
has out '~ hours  changed: 2 settings of the flow  (changed here alone)'
has out 'audio.audio/hi.wav'
has out 'schedules.office'
expect 1 flow-diff --env production --format json
is_valid diff-result out
has out '"schedules.office"'
expect 1 flow-diff HEAD env:production
git commit -qam later
expect 0 flow-monitor --env production --watch --timeout 0s
has out 'the schedules or the audio that it uses changed, and are not deployed'
expect 0 flow-diff --drift --env production
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
rm plan.json
expect 0 flow-diff --env production
expect 0 flow-monitor --env production --watch --timeout 0s -q

# What was written from here is not read again.
reads() {
	sandbox GET /sandbox/statistics | sed 's|.*versions/{version}","requests":\([0-9]*\).*|\1|'
}
before=$(reads)
expect 0 flow-diff --env production
[ "$(reads)" -eq "$before" ] || fail "versions were read again"

# A version that nobody can read is left out, and said; the others are compared.
flow-publish status --env production --format json | tr -d ' \n\t' >status.json
id=$(sed 's/.*"flow":"a",[^}]*"platform_id":"\([^"]*\)".*/\1/' status.json)
api PUT "/api/v2/flows/$id" '{"version": 2, "name": "a", "externalId": "a", "nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}}' >/dev/null
say b two
faults "html,on=GET /api/v2/flows/$id/versions/2"
expect 3 flow-diff --env production
has err "flow 'a' is left out: "
has out '~ b'
has out '2 flows: 1 changed, 1 the same'
expect 3 flow-diff --drift --env production
has err "flow 'a' is left out: "
faults
expect 1 flow-diff --env production
has out '~ a'
has out '(changed on the platform by somebody else)'

# What the platform's flow has beside the model, and what it no longer has, is said in words of the document.
edit=$(api GET "/api/v2/flows/$id" | sed -e 's/"version":2/"version":3/' -e 's/"channel":"voice",//' \
	-e 's/"bye":{"type":"end"}/"bye":{"type":"end","@note":1,"list":[{"@deep":2}]}/')
api PUT "/api/v2/flows/$id" "$edit" >/dev/null
no_marks() {
	for mark in '@absent' '@items' '@@' '@start' '&#64;&#64;' '&#64;absent'; do
		lacks out "$mark"
	done
}
for format in text json markdown; do
	expect 1 flow-diff --format $format --env production
	no_marks
	has out without
	has out channel
	has out note
	expect 1 flow-diff --drift --format $format --env production
	no_marks
done
expect 1 flow-diff --env production
has out '"without":["channel"]'
has out '"@note":1'
say a mine
expect 4 flow-publish import --merge --env production a
no_marks
has out "native files have no words for a missing 'channel'"
flow-monitor --env production --watch --timeout 0s >out 2>err
no_marks
flow-monitor --env production --watch --timeout 0s --format json >out 2>err
no_marks

# Neither does a file that nobody can read look like a flow that was taken away.
echo 'flow: [' >flows/b.flow.yaml
expect 1 flow-diff --env production
has err 'flows that cannot be read were left out'
lacks out '- b'
