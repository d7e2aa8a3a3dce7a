#!/bin/sh
# The vendor's organisation is watched and compared: what git has that is not deployed, drafts and edits of people there, locks, and what goes away.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/architect.sh"

mkdir project && cd project || exit 1
make_organisation

# All is in step: nothing is exported for it.
sandbox DELETE /sandbox/architect/requests
expect 0 flow-monitor --watch --timeout 0s --env production
has out 'in step  inboundCall/Main          version 1'
has out 'in step  inboundShortMessage/Main  version 1'
expect 0 flow-diff env:production
has out '2 the same'
expect 0 flow-diff --drift --env production
sandbox GET /sandbox/architect/requests >requests.json
has requests.json '"path":"/api/v2/flows"'
lacks requests.json '/export/jobs'

# A change in git is pending, and what it changes for callers is shown against what is deployed.
flow main inboundCall Main two
expect 1 flow-diff env:production
has out 'prompt.text hello → two'
has out '1 changed, 1 the same'
git commit -q -a -m two
expect 0 flow-monitor --watch --timeout 0s --env production
has out 'pending  inboundCall/Main'
expect 0 flow-diff --drift --env production
expect 1 flow-diff env:production HEAD
has out 'prompt.text hello → two'

# Somebody edits in Architect: while it is watched it comes, in text and in JSON, and both sides of it are shown.
flow-monitor --watch --timeout 60s --env production --interval 1s >watch.txt 2>&1 &
watcher=$!
tries=0
until grep -q 'in step  inboundShortMessage/Main' watch.txt; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || fail "nothing is watched: $(cat watch.txt)"
	sleep 0.1
done
on_main POST edit '{"user": "Bob"}' >/dev/null
tries=0
until grep -q 'edited .*inboundCall/Main' watch.txt; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail "the edit is not seen: $(cat watch.txt)"
	sleep 0.1
done
kill -TERM "$watcher"
status=0
wait "$watcher" || status=$?
[ "$status" -eq 143 ] || fail "terminated with $status"
expect 1 flow-monitor --watch --timeout 0s --env production --format json
is_valid drift-result out
has out '"drift":"edited"'
expect 4 flow-monitor --env production --timeout 5s
has out 'but the platform is at 2'
expect 1 flow-diff --drift --env production
has out 'prompt.text hello → Edited by Bob, 1'
expect 1 flow-diff env:production
has out 'conflict: changed here and on the platform'

# A draft that callers do not get; a flow that goes away.
sandbox POST '/sandbox/architect/flows/Main/edit?type=INBOUNDSHORTMESSAGE' '{"user": "Alice", "publish": false}' >/dev/null
expect 1 flow-monitor --watch --timeout 0s --env production
has out 'inboundCall/Main          Bob wrote version 2 on top of 1; callers get it'
has out 'inboundShortMessage/Main  Alice wrote version 1.1 on top of 1; callers get version 1'
expect 1 flow-monitor --watch --timeout 0s --env production --format json
is_valid drift-result out
has out '"by":"Bob"'
has out '"version":"1.1"'
expect 0 flow-publish status --env production --format json
is_valid status out
has out '"version": "1.1"'
expect 1 flow-diff --drift --env production
has out 'version 1 → "1.1"'
has out 'status  published → draft'
id=$(there INBOUNDSHORTMESSAGE | sed 's/.*"entities":[[]{"id":"\([^"]*\)".*/\1/')
faults "act=delete,flow=$id,on=GET /api/v2/flows,count=1"
api GET /api/v2/flows >/dev/null
faults
expect 1 flow-monitor --watch --timeout 0s --env production
has out 'gone'
