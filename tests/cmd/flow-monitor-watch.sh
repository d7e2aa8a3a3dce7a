#!/bin/sh
# Watching an environment: drift as it comes and goes, in text and JSON, and on the page.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

make_repository one
publish

# One look is an answer.
expect 0 flow-monitor --watch --timeout 0s
[ "$(cat out)" = 'in step  a  version 1
in step  b  version 1' ] || fail "not in step"
expect 0 flow-monitor --watch --timeout 0s --format json
is_valid drift-result out
expect 0 flow-monitor --watch --timeout 0s -q
[ ! -s out ] || fail "quiet, and yet it speaks"

# A change in git that is not deployed is no drift, but said.
say b two
git commit -qam two
expect 0 flow-monitor --watch --timeout 0s b
has out 'pending  b  version 1; git has a change that is not deployed'
git reset -q --hard HEAD~1

# Somebody else publishes from a clone with a ledger of their own.
mine=$PWD
cp -R "$mine" "$mine-theirs"
rm -r "$mine-theirs/.trunkline"
they_publish() {
	(
		cd "$mine-theirs" || exit 1
		mkdir -p .trunkline && chmod 700 .trunkline && cp "$mine/.trunkline/local.db" .trunkline/local.db
		say "$1" "$2"
		flow-publish plan -q -o theirs.json >/dev/null && flow-publish apply theirs.json >/dev/null && cat .trunkline/local.db >"$mine/.trunkline/local.db"
	) || fail "they could not publish"
}

# Nothing that an earlier program said is taken for the next one's word.
start() {
	: >out
	: >err
}

# Waits until the file $1 has a line with $2.
until_line() {
	tries=0
	until grep -q -- "$2" "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "no '$2' in $1: $(cat "$1")"
		sleep 0.1
	done
}

they_publish a theirs
expect 1 flow-monitor --watch --timeout 0s
has out 'edited   a  somebody else wrote version 2 on top of 1; callers get it, since '
has out 'in step  b  version 1'
expect 1 flow-monitor --watch --timeout 0s --format json a
is_valid drift-result out
has out '"drift":"edited"'
expect 0 flow-monitor --watch --timeout 0s b
they_publish stray hello
expect 0 flow-monitor --watch --timeout 0s b
expect 1 flow-monitor --watch --timeout 0s --foreign -q
has out 'foreign  stray  version 1, which nobody here deployed; callers get it, since '
lacks out 'in step'

# While it goes on: the page, its JSON, metrics, and an end by a signal.
start
flow-monitor --watch --interval 100ms --foreign --listen 127.0.0.1:0 >out 2>err &
monitor=$!
trap 'kill $monitor 2>/dev/null' EXIT
until_line err 'listening on http'
address=$(sed -n 's|.*listening on \(http://[^ ]*\)/$|\1|p' err)
until_line out 'foreign  stray'
curl -sS -m 10 "$address/" >page || fail "no page"
has page '<title>2 drifted: local</title>'
grep -n '<td class="flow">' page | sed 's/.*"flow">//; s/<.*//' | tr '\n' ' ' >order
[ "$(cat order)" = 'a stray b ' ] || fail "what is wrong does not stand first: $(cat order)"
has page '<td class="state edited">edited</td><td class="flow">a</td>'
curl -sS -m 10 "$address/status.json" >status || fail "no JSON"
is_valid drift-result status
curl -sS -m 10 "$address/metrics" >metrics || fail "no metrics"
has metrics 'trunkline_flow_drift{environment="local",flow="a",kind="edited"} 1'
has metrics 'trunkline_flows_drifted{environment="local"} 2'
[ "$(curl -sS -m 10 "$address/healthz")" = good ] || fail "not healthy"
[ "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "$address/nothing")" = 404 ] || fail "a path that is not there"
[ "$(curl -s -m 10 -o /dev/null -w '%{http_code}' -X POST "$address/")" = 405 ] || fail "not read only"
they_publish a again
until_line out 'edited   a  somebody else wrote version 3 on top of 1'
kill -TERM $monitor
wait $monitor && fail "watching ended by itself"
[ $? -eq 143 ] || fail "not terminated"
trap - EXIT

# What could not be had at first is an error, later it is tried again; nobody who listens is an end.
expect 3 timeout 10 sh -c 'flow-monitor --watch >/dev/full'
start
flow-monitor --watch --interval 100ms >out 2>err &
monitor=$!
trap 'kill $monitor 2>/dev/null' EXIT
until_line out 'in step  b'
cp .trunkline/local.db kept.db && echo 'no database at all, and long enough to be read as one' >.trunkline/local.db
until_line err 'trying again'
cat kept.db >.trunkline/local.db
kill -INT $monitor
wait $monitor
[ $? -eq 130 ] || fail "not interrupted"
trap - EXIT

# Changes go to the webhook `monitor`, signed, in order; what is not taken at first is sent again.
command -v python3 >/dev/null || exit 0
cat >sink.py <<'END'
import hashlib, hmac, http.server, json, sys

class Sink(http.server.BaseHTTPRequestHandler):
    refused = 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Sink.refused > 0:
            Sink.refused -= 1
            self.send_error(503)
            return
        signed = self.headers["X-Trunkline-Timestamp"].encode() + b"." + body
        good = "sha256=" + hmac.new(b"hook-secret", signed, hashlib.sha256).hexdigest() == self.headers["X-Trunkline-Signature"]
        event = json.loads(body)
        print(event["environment"], event["event"], event["flow"]["flow"], event["flow"]["drift"], event["flow"]["version"], good, len(self.headers["Idempotency-Key"]), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Sink)
print(server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
END
python3 sink.py >events 2>port &
sink=$!
trap 'kill $sink $monitor 2>/dev/null' EXIT
until_line port '^[0-9]'
config=$(mktemp -d)/config.yaml
cat >"$config" <<END
environments:
  local:
    webhooks: {monitor: {url: "http://127.0.0.1:$(cat port)/hook", secret: {env: HOOK_SECRET}, allow_private: true}}
END
export TRUNKLINE_CONFIG="$config" HOOK_SECRET=hook-secret
start
flow-monitor --watch --interval 100ms >out 2>err &
monitor=$!
until_line events '^local drift a edited 3 True 64$'
they_publish b theirs
until_line events '^local drift b edited 2 True 64$'
[ "$(wc -l <events)" -eq 2 ] || fail "more events than changes: $(cat events)"
has err "webhook 'monitor': the webhook answered 503; trying again"
kill -INT $monitor
wait $monitor
# A private address is refused where nothing is said of it.
sed -i 's/, allow_private: true//' "$config"
start
flow-monitor --watch --interval 100ms >out 2>err &
monitor=$!
until_line err "the event is dropped\|trying again"
kill -INT $monitor
wait $monitor
[ "$(wc -l <events)" -eq 2 ] || fail "it was sent all the same"
