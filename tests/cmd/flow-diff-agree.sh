#!/bin/sh
# What a plan, a watch and a comparison say of an environment is one story: of deployments that failed, of drafts that somebody left, of values that each
# environment has for itself.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
cat >flows/send.flow.yaml <<'END'
flow: send
channel: voice
start: greet
nodes:
  greet: {type: play, prompt: {text: "Welcome to ${env.BRAND}"}, next: send}
  send: {type: transfer, to: {queue: "${env.QUEUE}"}, failed: bye}
  bye: {type: end}
END
cat >trunkline.yaml <<'END'
flows: [flows]
environments:
  local: {platform: local, values: {QUEUE: q-local, BRAND: Test}}
  production: {platform: genesys, values: {QUEUE: q-production, BRAND: Acme}}
END
printf '*.json\nout\nerr\n' >.gitignore
git add . && git commit -qm more
start_sandbox
# publish_to NAME [STATUS]: all that is committed.
publish_to() {
	rm -f plan.json
	expect 0 flow-publish plan -q --env "$1" -o plan.json
	expect "${2:-0}" flow-publish apply plan.json
}
publish_to local
publish_to production

# Values never show; what differs besides does.
expect 0 flow-diff env:local env:production
has out '3 the same'
sed -i 's/Welcome to/Hello from/' flows/send.flow.yaml
git commit -qam hello
publish_to local
expect 1 flow-diff env:local env:production
has out 'prompt.text Hello from Test → Welcome to Acme'
lacks out q-local

# Callers do not get what git has: a deployment failed.
faults 'deploy=failed'
publish_to production 1
faults
expect 0 flow-publish plan -q --env production
has out 'update'
expect 1 flow-monitor --env production --watch --timeout 0s
has out 'behind   send'
expect 1 flow-diff env:production
has out '~ send  changed: 1 setting of the flow  (changed here alone)'
has out 'status failed → published'
expect 1 flow-diff --drift --env production
has out 'status published → failed'
expect 1 flow-diff env:production HEAD --format json
is_valid diff-result out
publish_to production
expect 0 flow-diff env:production
expect 0 flow-diff env:local env:production

# Somebody saves what callers have once more, as a draft and then for callers: nothing of it is a change.
flow-publish status --env production --format json | tr -d ' \n\t' >status.json
id=$(sed 's/.*"flow":"a",[^}]*"platform_id":"\([^"]*\)".*/\1/' status.json)
# write VERSION STATUS TEXT: somebody's edit of a.
write() {
	api PUT "/api/v2/flows/$id" "{\"version\": $1, \"status\": \"$2\", \"name\": \"a\", \"externalId\": \"a\", \"channel\": \"voice\", \"nodes\": {\"start\":
		{\"type\": \"start\", \"transition\": \"greet\"}, \"greet\": {\"type\": \"action\", \"actions\": [{\"name\": \"play\", \"prompt\": {\"text\": \"$3\"}}],
		\"transition\": \"bye\"}, \"bye\": {\"type\": \"end\"}}}" >/dev/null
}
# agree STATUS: plan, watch and both comparisons, 0 where nothing is to be done and 1 where something is.
agree() {
	expect "$1" flow-publish plan --detailed-exitcode --env production
	expect "$1" flow-diff env:production flows
	expect "$1" flow-diff --drift --env production
	expect "$1" flow-monitor --env production --watch --timeout 0s
}
write 2 draft one
agree 0
has out 'in step  a     version 2 is draft; callers get version 1'
write 3 published one
agree 0

# A draft of what git has lies on an edit that callers get.
write 4 published theirs
agree 1
write 5 draft one
agree 1
has out 'edited   a     somebody else wrote version 5 on top of 1; callers get version 4'
expect 1 flow-diff env:production
has out '~ a  changed: 1 setting of the flow  (changed on the platform by somebody else)'
has out 'status draft → published'

# Their edit, and a schedule here: both sides.
cat >flows/a.flow.yaml <<'END'
flow: a
channel: voice
start: open
nodes:
  open: {type: hours, schedule: office, open: bye, closed: bye, holiday: bye}
  bye: {type: end}
END
printf 'schedules: {office: {time_zone: Europe/Berlin, weekly: {monday: ["09:00-12:00"]}}}\n' >>trunkline.yaml
git commit -qam hours
publish_to production
sed -i 's/09:00/08:00/' trunkline.yaml
write 7 published theirs
expect 1 flow-diff env:production
has out '~ a  changed'
has out '(changed here and on the platform, in different places)'
