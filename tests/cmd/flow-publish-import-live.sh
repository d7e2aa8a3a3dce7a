#!/bin/sh
# The first day on a server: drafts on top of what callers get, and a flow that is not handed out.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q . && git add trunkline.yaml && git commit -qm one
start_sandbox

# make NAME: a flow that was made there; prints its id.
make() {
	api POST /api/v2/flows "{\"name\": \"$1\", $2}" | sed 's/.*"id":"\([^"]*\)".*/\1/'
}
one='"nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}'
two='"nodes": {"start": {"type": "start", "transition": "other"}, "other": {"type": "end"}}'
drafted=$(make drafted "$one")
make plain "$one" >plain.id
api PUT "/api/v2/flows/$drafted" "{\"version\": 2, \"name\": \"drafted\", \"status\": \"draft\", $two}" >/dev/null

# What callers get is the base; the draft on top is somebody's edit, which no plan writes over.
expect 0 flow-publish import --env production
has out 'written   drafted  flows/drafted.flow.json  version 2, callers get 1'
has flows/drafted.flow.json bye
git add flows && git commit -qm imported
expect 0 flow-publish plan --env production --detailed-exitcode
has out '2 unchanged'
has out 'version 2: draft, not written from here; callers get what git has'
expect 0 flow-publish import --env production
has out '2 known'
expect 1 flow-monitor --env production --watch --timeout 0s
has out 'somebody else wrote version 2 on top of 1; callers get version 1'
expect 1 flow-diff --env production
has out '(changed on the platform by somebody else)'

# Nothing that is known is read again.
reads() {
	sandbox GET /sandbox/statistics | sed 's|.*versions/{version}","requests":\([0-9]*\).*|\1|'
}
before=$(reads)
expect 0 flow-publish import --env production
[ "$(reads)" -eq "$before" ] || fail "it was read again"

# It is published there: an edit that can be taken over.
api PUT "/api/v2/flows/$drafted" "{\"version\": 3, \"name\": \"drafted\", $two}" >/dev/null
expect 0 flow-publish import --env production
has out 'edited    drafted'
expect 1 flow-monitor --env production --watch --timeout 0s
has out 'somebody else wrote version 3 on top of 1; callers get it'
expect 0 flow-publish import --env production --update
has out 'updated   drafted'
git commit -qam updated
expect 0 flow-publish plan --env production --detailed-exitcode
expect 0 flow-monitor --env production --watch --timeout 0s

# One flow that is not handed out is no reason to leave the others.
rm flows/*.json
faults "html,on=GET /api/v2/flows/$drafted/versions/3"
expect 3 flow-publish import --env production
has out 'unread    drafted  version 3: GET http'
has out 'written   plain'
expect 3 flow-publish import --env production --format json
is_valid import-result out
[ ! -e flows/drafted.flow.json ] || fail "a file of what nobody could read"
faults
expect 0 flow-publish import --env production
has out '1 written, 1 known'
