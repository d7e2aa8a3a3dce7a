#!/bin/sh
# Where calls are offered: a Unix socket, whose clients are told what became of theirs, and a queue that workers share, also when one of them dies.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/attend.sh"

make_line
start_sandbox
publish_line

# ---- a socket: two programs offer calls, each hears of its own
cat >client.py <<'END'
import socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
for offer in sys.argv[2:]:
    client.sendall(offer.encode() + b"\n")
client.shutdown(socket.SHUT_WR)
lines = client.makefile().read().splitlines()
print("\n".join(sorted(lines)))
END
flow-attend --env production --flow line --calls "unix:$TMPDIR/calls" >worker.out 2>worker.err &
worker=$!
tries=0
until [ -S "$TMPDIR/calls" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || fail "no socket: $(cat worker.err)"
	sleep 0.05
done
wait_for worker.err "calls are taken from unix:$TMPDIR/calls"
[ "$(stat -c %a "$TMPDIR/calls")" = 600 ] || fail "the socket is open to others"
call u1 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
call u2 '"script": [{"wait": "play"}, {"dtmf": "2"}]'
call u3 '"script": [{"wait": "play"}, {"dtmf": "3"}]'
expect 0 python3 client.py "$TMPDIR/calls" '{"callControlId": "u1"}' 'what' '{"callControlId": "u2"}'
[ "$(wc -l <out)" -eq 3 ] || fail "not a line for each: $(cat out)"
has out '"call":"u1"'
has out '"transfer":{"queue":"billing"}'
has out '"end":"refused"'
head -n 1 out >one
is_valid attend-result one
expect 0 python3 client.py "$TMPDIR/calls" '{"callControlId": "u3"}'
[ "$(wc -l <out)" -eq 1 ] || fail "what is another's was told: $(cat out)"
kill -TERM "$worker"
status=0
wait "$worker" || status=$?
[ "$status" -eq 143 ] || fail "the worker ended with $status: $(cat worker.err)"
[ ! -e "$TMPDIR/calls" ] || fail "the socket is left behind"
has worker.out 'completed  u3'

# ---- a queue
[ -n "${TRUNKLINE_TEST_NATS:-}" ] || {
	echo "without a NATS server the queue is not tried"
	exit 0
}
"$NATS_TOOL" "$TRUNKLINE_TEST_NATS" stream CALLS-OF-ATTEND calls.attend
queue=$TRUNKLINE_TEST_NATS/CALLS-OF-ATTEND/workers
for i in 1 2 3 4 5 6; do
	call "n$i" '"playbackMs": -1, "script": [{"wait": "play"}]'
	echo "{\"callControlId\": \"n$i\"}"
done | "$NATS_TOOL" "$TRUNKLINE_TEST_NATS" publish calls.attend
"$NATS_TOOL" "$TRUNKLINE_TEST_NATS" consumer CALLS-OF-ATTEND workers 2000 calls.attend

# One takes half of them and dies; the other gets those too.
flow-attend --env production --flow line --calls "$queue" --max-calls 3 >one.out 2>one.err &
one=$!
connected() {
	sandbox GET /sandbox/calls >calls
	[ "$(grep -o '"state":"connected"' calls | wc -l)" -eq "$1" ]
}
tries=0
until connected 3; do
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || fail "not three: $(cat calls one.err)"
	sleep 0.05
done
kill -KILL "$one"
wait "$one" 2>/dev/null
for i in 1 2 3 4 5 6; do
	sandbox POST "/sandbox/calls/n$i/steps" '[{"wait": "play"}, {"dtmf": "3"}]' >/dev/null
	case $(sandbox GET "/sandbox/calls/n$i") in
	*'"state":"waiting"'*) sandbox POST /sandbox/calls "{\"callControlId\": \"n$i\", \"script\": [{\"wait\": \"play\"}, {\"dtmf\": \"3\"}]}" >/dev/null ;;
	esac
done
flow-attend --env production --flow line --calls "$queue" --format json >two.out 2>two.err &
two=$!
tries=0
until [ "$(grep -c '"end":"completed"' two.out)" -eq 6 ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || fail "not all six: $(cat two.out two.err)"
	sleep 0.05
done
# What is no good is nobody's any more.
echo nonsense | "$NATS_TOOL" "$TRUNKLINE_TEST_NATS" publish calls.attend
wait_for two.out '"end":"refused"'
# What a worker gives back, another one gets.
call n7 '"playbackMs": -1, "script": [{"wait": "play"}]'
echo '{"callControlId": "n7"}' | "$NATS_TOOL" "$TRUNKLINE_TEST_NATS" publish calls.attend
until record n7 && grep -q '"action":"play"' call; do sleep 0.05; done
kill -TERM "$two"
sandbox POST /sandbox/calls/n7/steps '{"dtmf": "3"}' >/dev/null
status=0
wait "$two" || status=$?
[ "$status" -eq 143 ] || fail "the worker ended with $status: $(cat two.err)"
has two.out '"call":"n7"'
"$NATS_TOOL" "$TRUNKLINE_TEST_NATS" info CALLS-OF-ATTEND workers >info
has info '"messages": 0'
