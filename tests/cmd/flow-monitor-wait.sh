#!/bin/sh
# Waiting for a server's deployments: how each ends, a server that is away meanwhile, and an end before the time.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
printf '*.json\nout\nerr\n' >.gitignore
git add . && git commit -qm more
start_sandbox
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
say a two && git commit -qam two
faults deploy=hang
expect 0 flow-publish plan -q --env production -o again.json
flow-publish apply again.json >applied 2>&1 &
publisher=$!
trap 'kill $publisher 2>/dev/null; stop_sandbox' EXIT
tries=0
until api GET '/api/v2/flows?name=a' | grep -q '"status":"publishing"'; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || fail "nothing is published: $(cat applied)"
	sleep 0.1
done
kill -INT $publisher
wait $publisher
id=$(api GET '/api/v2/flows?name=a' | sed 's/.*"entities":\[{"id":"\([^"]*\)".*/\1/')

# Not within the time, and not for longer, though the platform does not answer.
expect 3 flow-monitor --env production --timeout 300ms
has out 'timed out  a  version 2 is publishing; callers get version 1'
has out 'published  b  version 1'
faults 'status=503,on=GET /api/v2/flows'
expect 3 timeout 60 flow-monitor --env production --timeout 300ms
[ ! -s out ] || fail "verdicts of nothing"
faults

# wait_for FILE TEXT
wait_for() {
	tries=0
	until grep -q -- "$2" "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fail "no '$2' in $1: $(cat "$1")"
		sleep 0.1
	done
}
# begin OPTION…: waits for both flows in the background, until one has its verdict.
begin() {
	: >verdicts
	: >talk
	flow-monitor --env production -v "$@" >verdicts 2>talk &
	monitor=$!
	trap 'kill $monitor 2>/dev/null; stop_sandbox' EXIT
	wait_for talk 'b: published'
}
# ends STATUS
ends() {
	status=0
	wait $monitor || status=$?
	[ "$status" -eq "$1" ] || fail "ended with $status, not $1: $(cat talk verdicts)"
}

# What is known stands where the rest is not waited for: by Ctrl-C, by a terminal that goes away.
for signal in INT=130 TERM=143 HUP=143; do
	begin
	kill -"${signal%=*}" $monitor
	ends "${signal#*=}"
	has verdicts 'waiting    a  version 2 is publishing; callers get version 1'
	has verdicts 'published  b  version 1'
done
begin --format json
kill -TERM $monitor
ends 143
is_valid monitor-result verdicts
has verdicts '"verdict": "waiting"'

# A server that does not answer for a while is asked again, and the verdict is the platform's.
begin --timeout 60s
faults 'status=403,on=GET /api/v2/flows'
wait_for talk 'trying again'
faults
sandbox POST "/sandbox/flows/$id/status" '{"status": "rejected", "statusReason": "bad \u001b[31m words"}' >/dev/null
ends 1
has verdicts 'failed     a  version 2 is rejected: bad \x1b[31m words; callers get version 1'
has verdicts 'published  b  version 1'
