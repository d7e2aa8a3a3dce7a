#!/bin/sh
# The worker's status page in a browser: its numbers follow the calls, with its script and without; no name from outside is obeyed; what else is answered there.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/attend.sh"
command -v chromium >/dev/null || skip "needs chromium"
command -v python3 >/dev/null || skip "needs python3"

make_line
start_sandbox
publish_line
# The flow as the platform has it, with names that only a platform can have.
evil='</script><script>document.title="obeyed"</script><b>&"'
api GET /api/v2/flows | python3 -c 'import json, sys; print(json.load(sys.stdin)["entities"][0]["id"])' >id
api GET "/api/v2/flows/$(cat id)" >deployed.json
python3 - "$evil" <<'END'
import json, sys
evil = sys.argv[1]
def renamed(value):
    if isinstance(value, dict):
        return {evil + "\u202e" if key == "billing" else key: renamed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one) for one in value]
    return evil + "\u202e" if value == "billing" else value
flow = renamed(json.load(open("deployed.json")))
flow["name"] = evil
json.dump(flow, open("flows/evil.flow.json", "w"))
END

flow-attend --env production --flow flows/evil.flow.json --calls "unix:$PWD/calls" --listen 127.0.0.1:0 --drain 20s >out 2>err &
worker=$!
trap 'kill $worker 2>/dev/null; stop_sandbox' EXIT
wait_for err 'listening on http'
address=$(sed -n 's|.*listening on \(http://[^ ]*\)/$|\1|p' err)

# offer ID…: on the worker's socket.
offer() {
	python3 - "$PWD/calls" "$@" <<-'END'
		import json, socket, sys
		line = socket.socket(socket.AF_UNIX)
		line.connect(sys.argv[1])
		line.sendall("".join(json.dumps({"callControlId": one}) + "\n" for one in sys.argv[2:]).encode())
		line.settimeout(0.5)
		try:
		    line.recv(65536)
		except socket.timeout:
		    pass
	END
}
# until_status CONDITION: until it is true, in Python, of `s`, what status.json says.
until_status() {
	tries=0
	until curl -sS -m 10 "$address/status.json" >status && python3 -c 'import json, sys; s = json.load(open("status")); sys.exit(not eval(sys.argv[1]))' "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "never: $1; $(cat status)"
		sleep 0.1
	done
}
# dom ADDRESS [OPTION…]: the page as the browser has it.
dom() {
	page=$1
	shift
	timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/browser" "$@" --dump-dom "$page" >dom 2>browser.err ||
		fail "the browser shows nothing: $(tail -n 3 browser.err)"
}
# shows NUMBER: of calls in progress; and that nothing from outside was obeyed.
shows() {
	has dom "<dd id=\"calls\">$1</dd>"
	has dom '<title>Trunkline: live calls</title>'
	has dom '&lt;/script&gt;&lt;script&gt;document.title="obeyed"&lt;/script&gt;&lt;b&gt;&amp;"'
	lacks dom '<b>&amp;'
	has dom '<p id="trouble" role="status"></p>'
}

# Before any call: what a program, a monitoring system and a browser get.
until_status 's["calls"] == 0'
is_valid attend-status status
curl -sS -m 10 "$address/metrics" >metrics
python3 "$ROOT/tests/metrics.py" metrics || fail "that is not what Prometheus reads: $(cat metrics)"
curl -sS -m 10 -D head "$address/" >old.html
grep -qi "^content-security-policy: default-src 'none'" head || fail "no policy: $(cat head)"
grep -qi '^x-content-type-options: nosniff' head || fail "types may be guessed: $(cat head)"
# answer STATUS OPTION… PATH: what another path or method is answered.
answer() {
	wanted=$1
	shift
	got=$(curl -sS -m 10 -o answer -w '%{http_code}' "$@") || fail "no answer to $*"
	[ "$got" = "$wanted" ] || fail "$got, not $wanted, to $*"
}
answer 200 "$address/healthz"
has answer good
answer 404 "$address/status"
has answer 'there are /, /status.json, /metrics and /healthz'
answer 405 -X POST "$address/"
answer 405 -X DELETE "$address/metrics"
answer 421 -H 'Host: evil.example' "$address/"
# A server between worker and browser: /old is the page as it was at first, ?plain lets no script run; else as the worker has it, its policy too.
cat >between.py <<'END'
import http.server, sys, urllib.request
class Between(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        got = urllib.request.urlopen(sys.argv[1] + ("/" if path == "/old" else path), timeout=10)
        body = open("old.html", "rb").read() if path == "/old" else got.read()
        self.send_response(200)
        for name in ("content-type", "content-security-policy", "x-content-type-options", "cache-control"):
            policy = query == "plain" and name == "content-security-policy"
            self.send_header(name, "default-src 'none'; style-src 'unsafe-inline'" if policy else got.headers[name])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Between)
open("between", "w").write(f"http://127.0.0.1:{server.server_port}\n")
server.serve_forever()
END
python3 between.py "$address" 2>between.err &
between_pid=$!
trap 'kill $between_pid $worker 2>/dev/null; stop_sandbox' EXIT
wait_for between http
between=$(cat between)
dom "$between/?plain" --virtual-time-budget=10000
shows 0

# While calls go on: one waits in the menu, one came to the node of that name.
call c1 '"playbackMs": -1, "script": [{"wait": "play"}]'
call c2 '"playbackMs": 10, "transferMs": -1, "script": [{"wait": "play"}, {"dtmf": "2"}, {"wait": "transfer"}, {"pause": 60000}]'
offer c1 c2
until_status 's["calls"] == 2 and any(n["here"] and "obeyed" in n["node"] for n in s["nodes"]) and any(n["here"] and n["node"] == "main" for n in s["nodes"])'
is_valid attend-status status
dom "$between/?plain" --virtual-time-budget=10000
shows 2
has dom '<td class="bar"><span style="width: 100.0%"></span></td>'
curl -sS -m 10 "$address/metrics" >metrics
python3 "$ROOT/tests/metrics.py" metrics || fail "that is not what Prometheus reads: $(cat metrics)"
grep -qF 'trunkline_attend_node_calls{environment="production",flow=' metrics || fail "no nodes: $(cat metrics)"
dom "$address/" --virtual-time-budget=10000
shows 2

# The page of before, in a browser whose script asks for what is now: as whoever left it open sees it. Where no script may run it stays as it was.
has old.html '<dd id="calls">0</dd>'
dom "$between/old" --virtual-time-budget=10000
shows 2
has dom '<td class="node">main</td><td class="quiet">menu</td><td class="number">1</td><td class="bar"><span style="width: 100%;"></span></td>'
dom "$between/old?plain" --virtual-time-budget=10000
shows 0

# Callers who leave; a call that is none; and the drain.
call c3 '"playbackMs": -1, "script": [{"wait": "play"}, {"hangup": true}]'
offer c3 nobody
until_status 's["outcomes"]["abandoned"] == 1 and s["outcomes"]["refused"] == 1 and s["errors"]'
dom "$address/" --virtual-time-budget=10000
shows 2
has dom '<tr><td>abandoned</td><td class="number">1</td></tr>'
has dom '<p id="no_errors" class="quiet" hidden="">none</p>'
has dom nobody
kill -TERM $worker
until_status 's["draining"]'
dom "$address/" --virtual-time-budget=10000
has dom 'Draining: no new calls are taken.'
kill -9 $worker
