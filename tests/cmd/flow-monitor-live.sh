#!/bin/sh
# Watching a server: names from outside, versions that nobody can read, failed looks, and metrics that a strict reader takes.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
command -v python3 >/dev/null || skip "needs python3"

printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q . && git add trunkline.yaml && git commit -qm one
start_sandbox

# made NAME: a flow that was made there; prints its id.
made() {
	api POST /api/v2/flows "{\"name\": \"$1\", $one}" | sed 's/.*"id":"\([^"]*\)".*/\1/'
}
# write ID NAME VERSION: somebody's edit.
write() {
	api PUT "/api/v2/flows/$1" "{\"version\": $3, \"name\": \"$2\", $two}" >/dev/null
}
one='"nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}'
two='"nodes": {"start": {"type": "start", "transition": "other"}, "other": {"type": "end"}}'
hidden=$(made hidden)
edited=$(made edited)
expect 0 flow-publish import --env production
write "$hidden" hidden 2
write "$edited" edited 2
made 'stray \"\\ line\nbreak' >stray

# One version that nobody can read does not hide what became of the others; people see names.
faults "html,on=GET /api/v2/flows/$hidden/versions/2"
expect 1 flow-monitor --env production --watch --timeout 0s
has out "edited   $edited  'edited': somebody else wrote version 2 on top of 1; callers get it, since "
has out "'hidden': somebody else wrote version 2 on top of 1; callers get it; what it says is not known: "
expect 1 flow-monitor --env production --watch --timeout 0s --format json edited
is_valid drift-result out
lacks out hidden
# So they do where it is compared.
faults
expect 1 flow-diff --drift --env production
has out "~ $edited 'edited'  changed"
expect 1 flow-diff --drift --env production --format markdown
has out "| <code>$edited</code> <code>edited</code> | changed"
expect 1 flow-diff --drift --env production --format json
is_valid diff-result out
has out '"title": "edited"'
faults "html,on=GET /api/v2/flows/$hidden/versions/2"
expect 2 flow-monitor --env production --watch --timeout 0s edted
has err "did you mean 'edited'"

flow-monitor --env production --watch --interval 100ms --foreign --listen 127.0.0.1:0 >out 2>err &
monitor=$!
trap 'kill $monitor 2>/dev/null; stop_sandbox' EXIT
# until_has FILE TEXT: waits until a line of the file holds the text.
until_has() {
	tries=0
	until grep -qF -- "$2" "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "no '$2' in $1: $(cat "$1")"
		sleep 0.1
	done
}
until_has err 'listening on http'
address=$(sed -n 's|.*listening on \(http://[^ ]*\)/$|\1|p' err)
until_has out foreign
curl -sS -m 10 "$address/metrics" >metrics || fail "no metrics"
python3 "$ROOT/tests/metrics.py" metrics || fail "that is not what Prometheus reads: $(cat metrics)"
has metrics 'flow="stray \"\\ line\nbreak",kind="foreign"} 1'
has metrics 'trunkline_flows_drifted{environment="production"} 3'
curl -sS -m 10 "$address/status.json" >status || fail "no JSON"
is_valid drift-result status
curl -sS -m 10 -D head "$address/" >page || fail "no page"
has page '<td class="flow">stray &#34;\ line\nbreak</td>'
lacks head sandbox
# answer STATUS OPTION… PATH: what another path or method is answered.
answer() {
	wanted=$1
	shift
	got=$(curl -sS -m 10 -o answer -w '%{http_code}' "$@") || fail "no answer to $*"
	[ "$got" = "$wanted" ] || fail "$got, not $wanted, to $*"
}
answer 404 "$address/other"
has answer 'there are /, /status.json, /metrics and /healthz'
answer 405 -X POST "$address/status.json"
answer 200 -I "$address/"

# Read again, once it can be; and a platform that takes nobody is trouble, which is over when it is.
faults
until_has out "'hidden': somebody else wrote version 2 on top of 1; callers get it, since "
faults 'status=403,on=GET /api/v2/flows'
until_has err 'trying again'
curl -sS -m 10 "$address/status.json" >status || fail "no JSON"
has status '"trouble": "'
has status '"drifted": 3'
# health STATUS: what those hear who only ask whether all is well.
health() {
	[ "$(curl -sS -m 10 -o health -w '%{http_code}' "$address/healthz")" = "$1" ] || fail "health is not $1: $(cat health)"
}
health 503
has health 'trouble: '
has health '403'
# A server that is gone is no reason to say nothing for minutes.
: >err
faults 'reset=before,on=GET /api/v2/flows'
until_has err 'trying again'
health 503
faults
write "$edited" edited 3
until_has out 'wrote version 3 on top of 1'
curl -sS -m 10 "$address/status.json" >status || fail "no JSON"
has status '"trouble": null'
health 200
has health good
kill -INT $monitor
wait $monitor
[ $? -eq 130 ] || fail "not interrupted"
