#!/bin/sh
# Figures of a batch: for Prometheus and for a program while it is under way, and in a line at its end.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
command -v python3 >/dev/null || skip "needs python3"

mkdir flows
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: main
nodes:
  main: {type: menu, prompt: {text: "For billing press 1."}, choices: [{key: "1", next: billing}], otherwise: bye}
  billing: {type: play, prompt: {text: One moment.}, next: bye}
  bye: {type: end}
END
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q . && git add . && git commit -q -m one
{
	echo 'interactions:'
	for i in $(seq 12); do echo "  - {id: i$i, customAttributes: {flow_node: main}}"; done
} >seed.yaml
start_sandbox --seed seed.yaml
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply -q plan.json

# Only a batch has figures to show, and only this machine may ask.
expect 2 flow-transition --env production --flow line --interaction i1 --from main --to billing --listen 127.0.0.1:0
has err "it goes with '--batch'"
: >empty
expect 2 flow-transition --env production --flow line --batch empty --listen 0.0.0.0:0
has err 'can be reached from other machines'

mkfifo moves
flow-transition --env production --flow line --batch moves --listen 127.0.0.1:0 >out 2>err &
mover=$!
trap 'kill $mover 2>/dev/null; stop_sandbox' EXIT
exec 9>moves
# until_has FILE TEXT COMMAND…: runs the command, which writes the file, until a line of it holds the text.
until_has() {
	file=$1 text=$2 tries=0
	shift 2
	until "$@" && grep -qF -- "$text" "$file"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "no '$text' in $file: $(cat "$file")"
		sleep 0.05
	done
}
until_has err 'listening on http' :
address=$(sed -n 's|.*listening on \(http://[^ ]*\)/$|\1|p' err)
scrape() {
	curl -sS -m 10 "$address/metrics" >metrics
}
scrape
python3 "$ROOT/tests/metrics.py" metrics || fail "that is not what Prometheus reads: $(cat metrics)"
has metrics 'trunkline_transition_successes_total{environment="production"} 0'
has metrics 'trunkline_transition_latency_seconds{environment="production",quantile="0.99"} NaN'

for i in 1 2 3 4 5; do echo "{\"interaction\": \"i$i\", \"from\": \"main\", \"to\": \"billing\"}" >&9; done
until_has metrics 'trunkline_transition_successes_total{environment="production"} 5' scrape
faults 'status=429,on=PATCH /api/v2/interactions/{id},count=1'
echo '{"interaction": "i6", "from": "main", "to": "billing"}' >&9
until_has metrics 'trunkline_transition_successes_total{environment="production"} 6' scrape
has metrics 'trunkline_transition_rate_limited_total{environment="production"} 1'
has metrics 'trunkline_transition_retries_total{environment="production"} 1'
# Under way: what is not done yet is not counted, and nobody who asks waits for it.
faults 'latency=60s,on=PATCH /api/v2/interactions/{id}'
echo '{"interaction": "i7", "from": "main", "to": "billing"}' >&9
until api GET /api/v2/interactions/i7 >now && grep -q '"flow_node":"billing"' now; do sleep 0.05; done
scrape
has metrics 'trunkline_transition_records_total{environment="production",state="moved"} 6'
python3 "$ROOT/tests/metrics.py" metrics || fail "that is not what Prometheus reads: $(cat metrics)"
curl -sS -m 10 "$address/status.json" >status || fail "no JSON"
is_valid transition-status status
has status '"successes": 6'
has status '"rate_limited": 1'
# answer STATUS OPTION… PATH: what another path or method is answered.
answer() {
	wanted=$1
	shift
	got=$(curl -sS -m 10 -o answer -w '%{http_code}' "$@") || fail "no answer to $*"
	[ "$got" = "$wanted" ] || fail "$got, not $wanted, to $*"
}
answer 200 "$address/healthz"
has answer good
answer 404 "$address/"
answer 405 -X POST "$address/metrics"
# Interrupted, it ends, and so does the listener.
kill -INT $mover
wait $mover
[ $? -eq 130 ] || fail "not interrupted: $(cat err)"
curl -s -m 10 "$address/metrics" && fail "it listens still"
exec 9>&-
faults

# At the end: requests, successes, conflicts, rate limits, latency.
cat >moves.jsonl <<'END'
{"interaction": "i8", "from": "main", "to": "billing"}
{"interaction": "i1", "from": "main", "to": "billing"}
{"interaction": "i9", "from": "bye", "to": "main"}
no JSON
END
expect 4 flow-transition --env production --flow line --batch moves.jsonl --listen 127.0.0.1:0
grep -qE '4 records, 1 moved, 1 conflict, 1 refused, 1 malformed; [0-9]+ requests, 0 rate limited; latency median [0-9]+ ms, p99 [0-9]+ ms' err ||
	fail "not the figures: $(cat err)"
