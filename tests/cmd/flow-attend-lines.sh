#!/bin/sh
# Lines that break off, a platform that says not now, signals, and a new version while calls run.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/attend.sh"

make_line
start_sandbox
publish_line

# A line that is cut in the middle, and one that the server's fault closes: the call goes on where it was.
call d1 '"playbackMs": -1, "script": [{"wait": "play"}, {"drop": true}, {"wait": "play"}, {"dtmf": "3"}, {"wait": "hangup"}]'
call d2 '"playbackMs": -1, "script": [{"wait": "play"}, {"close": 1011}, {"wait": "play"}, {"dtmf": "3"}, {"wait": "hangup"}]'
attend 0 '{"callControlId": "d1"}
{"callControlId": "d2"}' --format json
[ "$(grep -c '"reconnects":1' out)" -eq 2 ] || fail "not both were found again: $(cat out)"
[ "$(grep -c '"end":"completed"' out)" -eq 2 ] || fail "not both were completed: $(cat out)"
# The caller hung up while nobody listened; the platform closes as against the contract.
call d3 '"playbackMs": -1, "script": [{"wait": "play"}, {"close": 1008}]'
attend 3 '{"callControlId": "d3"}'
has out 'lost       d3'
has out '1008'
# Messages that are none, and events of others: the caller does not notice.
call d4 '"playbackMs": -1, "script": [{"wait": "play"}, {"raw": "what?"}, {"binary": "x"}, {"event": {"event": "weather"}}, {"event": {"event": "hangup", "callControlId": "d9"}},
	{"event": {"event": "transferred"}}, {"dtmf": "3"}, {"wait": "hangup"}]'
attend 0 '{"callControlId": "d4"}'
has out 'completed  d4'

# A platform that says not now is given its time; the token that has ended is renewed; one that stays away is not waited for for ever.
faults 'status=503,retry-after=1,on=GET /api/v2/callcontrol/websocket,count=2'
call d5 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
attend 0 '{"callControlId": "d5"}'
has err 'offers wait'
has err 'there again'
faults 'status=401,on=GET /api/v2/callcontrol/websocket,count=1'
call d6 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
attend 0 '{"callControlId": "d6"}'
faults 'status=503,on=GET /api/v2/callcontrol/websocket'
call d7 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
attend 3 '{"callControlId": "d7"}' --timeout 1s
has out 'unserved   d7'
has out 'cannot be reached'
faults

# serve NAME OPTION…: a worker in the background that reads a pipe, which stays open at descriptor 9.
serve() {
	rm -f "$1.pipe"
	mkfifo "$1.pipe"
	name=$1
	shift
	flow-attend --env production --flow line --calls "$name.pipe" "$@" >"$name.out" 2>"$name.err" &
	worker=$!
	exec 9>"$name.pipe"
}

# ends STATUS: the worker ends so.
ends() {
	status=0
	wait "$worker" || status=$?
	[ "$status" -eq "$1" ] || {
		cat "$name.out" "$name.err" >&2
		fail "the worker ended with $status, not $1"
	}
}

# A signal: the call in progress ends, no other begins.
call e1 '"playbackMs": -1, "script": [{"wait": "play"}]'
serve first
echo '{"callControlId": "e1"}' >&9
until record e1 && grep -q '"action":"play"' call; do sleep 0.05; done
kill -TERM "$worker"
wait_for first.err 'no new calls'
sandbox POST /sandbox/calls/e1/steps '{"dtmf": "3"}' >/dev/null
ends 143
has first.out 'completed  e1'
# By the deadline it is given back.
call e2 '"playbackMs": -1, "script": [{"wait": "play"}]'
serve second --drain 200ms
echo '{"callControlId": "e2"}' >&9
until record e2 && grep -q '"action":"play"' call; do sleep 0.05; done
kill -INT "$worker"
ends 130
has second.out 'unserved   e2'
record e2
has call '"state":"dropped"'

# Results that nobody reads end the work, but not the call that is in progress.
call e3 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
call e4 '"playbackMs": -1, "script": [{"wait": "play"}]'
rm -f fourth.pipe fourth.results
mkfifo fourth.pipe fourth.results
flow-attend --env production --flow line --calls fourth.pipe >fourth.results 2>fourth.err &
worker=$! name=fourth
: >fourth.out
exec 8<fourth.results
exec 9>fourth.pipe
exec 8<&-
echo '{"callControlId": "e4"}' >&9
until record e4 && grep -q '"action":"play"' call; do sleep 0.05; done
echo '{"callControlId": "e3"}' >&9
wait_for fourth.err 'no new calls'
sandbox POST /sandbox/calls/e4/steps '{"dtmf": "3"}' >/dev/null
ends 3
record e4
has call '"action":"hangup"'

# A new version is for new calls; the one in progress ends with its own; one that cannot serve is not taken.
call f1 '"playbackMs": -1, "script": [{"wait": "play"}]'
call f2 '"playbackMs": -1, "script": [{"wait": "play"}, {"dtmf": "2"}]'
serve third --reload 200ms --format json
echo '{"callControlId": "f1"}' >&9
until record f1 && grep -q '"action":"play"' call; do sleep 0.05; done
sed -i 's/queue: billing/queue: accounts/' flows/line.flow.yaml
git commit -q -a -m two
publish_line
wait_for third.err "new calls get version 2 of flow 'line'"
echo '{"callControlId": "f2"}' >&9
wait_for third.out '"call":"f2"'
has third.out '"transfer":{"queue":"accounts"}'
sed -i 's/sorry: {audio: [^,]*, /sorry: {/' flows/line.flow.yaml
git commit -q -a -m three
publish_line
wait_for third.err 'calls go on with the version that there is'
sandbox POST /sandbox/calls/f1/steps '{"dtmf": "2"}' >/dev/null
wait_for third.out '"call":"f1"'
grep '"call":"f1"' third.out >result
has result '"transfer":{"queue":"billing"}'
has result '"flow_version":1'
exec 9>&-
ends 0
[ "$(grep -c 'calls go on with' third.err)" -eq 1 ] || fail "said more than once: $(cat third.err)"

# A flow of a file is read again when it changes; while it cannot be read, calls get it as it was.
git checkout -q HEAD~1 -- flows
call g1 '"script": [{"wait": "play"}, {"dtmf": "2"}]'
call g2 '"script": [{"wait": "play"}, {"dtmf": "2"}]'
rm -f fifth.pipe
mkfifo fifth.pipe
flow-attend --env production --flow flows/line.flow.yaml --reload 100ms --calls fifth.pipe >fifth.out 2>fifth.err &
worker=$! name=fifth
exec 9>fifth.pipe
cp flows/line.flow.yaml good
echo 'nodes: {' >>flows/line.flow.yaml
wait_for fifth.err 'calls go on with the version that there is'
echo '{"callControlId": "g1"}' >&9
wait_for fifth.out 'completed  g1'
sed 's/queue: accounts/queue: ledger/' good >flows/line.flow.yaml
wait_for fifth.err "new calls get flow 'line' as it is now"
echo '{"callControlId": "g2"}' >&9
wait_for fifth.out 'transferred to queue ledger'
exec 9>&-
ends 0
