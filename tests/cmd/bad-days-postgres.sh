#!/bin/sh
# The ledger's server goes away in the middle: for a moment, and for good. Nothing is written on the platform that was not announced in the ledger, and what nobody
# could write down is found out later.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

[ -n "$TRUNKLINE_TEST_POSTGRES_TCP" ] || skip "no PostgreSQL server (tests/postgres starts one)"
python3 -c '' 2>/dev/null || skip "needs python3"
schema=days$$

# Between us and the server: passes everything on while the file `up` is there.
cat >"$TMPDIR/between.py" <<'END'
import os, select, socket, sys
target, folder = int(sys.argv[1]), sys.argv[2]
listener, pairs, port = None, {}, 0
def close_all():
    for s in pairs: s.close()
    pairs.clear()
while True:
    up = os.path.exists(folder + "/up")
    if up and not listener:
        listener = socket.socket(); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port)); listener.listen(50); port = listener.getsockname()[1]
        open(folder + "/port.new", "w").write(str(port)); os.rename(folder + "/port.new", folder + "/port")
    if not up and listener:
        listener.close(); listener = None; close_all()
    for s in select.select([listener] * bool(listener) + list(pairs), [], [], 0.01)[0]:
        if s is listener:
            a, b = listener.accept()[0], socket.create_connection(("127.0.0.1", target))
            pairs[a], pairs[b] = b, a
        elif s in pairs:
            try: data = s.recv(65536); pairs[s].sendall(data)
            except OSError: data = b""
            if not data:
                other = pairs.pop(s); pairs.pop(other); s.close(); other.close()
END
mkdir "$TMPDIR/between"
touch "$TMPDIR/between/up"
server=${TRUNKLINE_TEST_POSTGRES_TCP##*:}
timeout 100 python3 "$TMPDIR/between.py" "${server%%/*}" "$TMPDIR/between" 2>"$TMPDIR/between.err" &
between=$!
clean_up() {
	kill "$between" 2>/dev/null
	port=${TRUNKLINE_TEST_POSTGRES##*port=}
	"$TRUNKLINE_TEST_POSTGRES_CONTROL" psql -p "${port%%&*}" -d trunkline -c "DROP SCHEMA IF EXISTS ${schema}_ledger CASCADE" 2>/dev/null
	stop_sandbox
}
until [ -s "$TMPDIR/between/port" ]; do
	kill -0 "$between" || fail "nothing between: $(cat "$TMPDIR/between.err")"
	sleep 0.02
done

# gone, there: the server, as far as can be seen from here.
gone() { rm "$TMPDIR/between/up" && sleep 0.05; }
there() { touch "$TMPDIR/between/up" && sleep 0.05; }

mkdir project && cd project || exit 1
make_project
start_sandbox --rate 0
trap clean_up EXIT
printf '    ledger: "postgres://trunkline@127.0.0.1:%s/trunkline?schema=%s"\n' "$(cat "$TMPDIR/between/port")" "$schema" >>"$SANDBOX_CONFIG"
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
stands 1:published 1:published

# Away before anything begins: nothing is asked of the platform.
change two
gone
for command in 'apply plan.json' 'status --env production' 'resume --env production' 'plan --env production'; do
	# shellcheck disable=SC2086
	says 3 'cannot connect to postgres://trunkline@127.0.0.1' 'does the server run' -- flow-publish $command
done
there

# Away for a moment, while a write is under way: it is waited for, and nobody notices.
faults 'latency=600ms,on=PUT /api/v2/flows/{id}'
flow-publish apply --concurrency 1 plan.json >first.txt 2>&1 &
first=$!
until flow-publish status --env production 2>/dev/null | grep -q 'end not known'; do sleep 0.02; done
gone
sleep 0.2
there
wait $first || fail "the server was away for a moment: $(cat first.txt)"
faults
stands '2:published 1:published' '2:published 1:published'

# Away for good, while a write is under way: what was written is said, nothing more is written, and once the server is back resume knows what became of it.
change three
faults 'latency=600ms,on=PUT /api/v2/flows/{id}'
flow-publish apply --concurrency 1 plan.json >first.txt 2>&1 &
first=$!
until flow-publish status --env production 2>/dev/null | grep -q 'end not known'; do sleep 0.02; done
gone
status=0
wait $first || status=$?
[ $status -eq 3 ] || fail "without its ledger it ended with $status: $(cat first.txt)"
has first.txt 'version 3 was written, but the ledger could not be'
has first.txt 'does the server run'
has first.txt "'flow-publish resume --env production'"
faults
[ "$(history a)" = '3:published 2:published 1:published' ] || fail "the history of a is $(history a)"
[ "$(history b)" = '2:published 1:published' ] || fail "something was written without a ledger: $(history b)"
there
expect 0 flow-publish status --env production
has out 'end not known: version 3 of a'
expect 0 flow-publish resume --env production
stands '3:published 2:published 1:published' '3:published 2:published 1:published'
expect 0 flow-diff env:production
