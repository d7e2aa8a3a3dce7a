#!/bin/sh
# The status page in a browser: its script shows what happens while it is open, and no name from outside is obeyed.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
command -v chromium >/dev/null || skip "needs chromium"

printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q . && git add trunkline.yaml && git commit -qm one
start_sandbox
nodes='"nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}'
api POST /api/v2/flows "{\"name\": \"</script><script>document.title='obeyed'</script>\\u202e\", $nodes}" >made
flow-monitor --env production --watch --interval 100ms --foreign --listen 127.0.0.1:0 >out 2>err &
monitor=$!
trap 'kill $monitor 2>/dev/null; stop_sandbox' EXIT
tries=0
until grep -q 'listening on http' err && grep -q foreign out; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || fail "it does not listen: $(cat err)"
	sleep 0.1
done
address=$(sed -n 's|.*listening on \(http://[^ ]*\)/$|\1|p' err)

# dom [OPTION]: the page as the browser has it.
dom() {
	timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/browser" "$@" --dump-dom "$address/" >dom 2>browser.err ||
		fail "the browser shows nothing: $(tail -n 3 browser.err)"
}
dom
has dom "&lt;/script&gt;&lt;script&gt;document.title='obeyed'&lt;/script&gt;\\u202e"
has dom '<title>1 drifted: production</title>'
# With its script running for ten seconds of the browser's clock it is the same, made from status.json.
dom --virtual-time-budget=10000
has dom '<title>1 drifted: production</title>'
has dom "&lt;/script&gt;&lt;script&gt;document.title='obeyed'&lt;/script&gt;\\u202e"
has dom '<td class="state foreign">foreign</td>'
has dom '<p id="trouble" role="status"></p>'
has dom 'id="flows"><tr>'
has dom '<td class="text">version 1, which nobody here deployed; callers get it</td>'
grep -Eq 'id="at">[^<]*Z, [0-9]+ s ago<' dom || fail "how old it is does not show: $(grep 'id="at"' dom)"
