#!/bin/sh
# A server that lies: what it says gives no orders, and it leads nowhere else: no redirect, no page on another host, no proxy of the process environment.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

python3 -c '' 2>/dev/null || skip "needs python3"
cat >server.py <<'END'
import http.server, json, sys, threading, os
evil = ('x\x1b[2J\x1b]0;t\x07\u202e\u2066\x9b1m\x7f\r\n::error file=a::pwned%0A@everyone <script>alert(1)</script> `c` [l](javascript:x) \u2028 ##[set-output name=x;]y')
class Elsewhere(http.server.BaseHTTPRequestHandler):
    def any(self):
        open("elsewhere.log", "a").write("%s %s %s\n" % (self.command, self.path, self.headers.get("Authorization")))
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"{}")
    do_GET = do_POST = do_PUT = do_CONNECT = do_HEAD = any
    def log_message(self, *a): pass
other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
threading.Thread(target=other.serve_forever, daemon=True).start()
away = "http://127.0.0.1:%d" % other.server_port
class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, body, kind="application/json", **more):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers(); self.wfile.write(body)
    def any(self):
        mode = open("mode").read().strip()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = "/oauth/token" in self.path
        flows = self.path.startswith("/api/v2/flows")
        if mode == "login-redirect" and token or mode == "redirect" and not token:
            return self.answer(307, b"", Location=away + self.path)
        if mode == "login-error" and token:
            return self.answer(400, {"error": evil, "error_description": evil, "message": evil})
        if token:
            return self.answer(200, {"access_token": "t0ken-5f3a9b1c", "token_type": evil if mode == "token-type" else "bearer", "expires_in": 3600, "scope": "flow:view flow:edit authorization:read"})
        if mode == "error":
            return self.answer(400, {"message": evil, "code": evil, "status": 400, "contextId": evil, "details": [evil], "errors": [{"message": evil}]}, ININ_Correlation_Id="a b%00\x7f")
        if mode == "forbidden":
            return self.answer(403, {"message": evil, "code": "missing.permissions", "status": 403})
        if mode == "html":
            return self.answer(200, ("<html>" + evil).encode(), "text/html")
        if mode == "away" and flows:
            return self.answer(200, {"entities": [], "pageNumber": 1, "pageSize": 25, "total": 50, "pageCount": 2, "nextUri": away + "/api/v2/flows?pageNumber=2"})
        one = {"id": "1-" + evil, "name": evil, "version": 1, "publishedVersion": 1, "status": "failed", "statusReason": evil, "nodes": {
            "start": {"type": "start", "name": "start", "transition": evil}, evil: {"type": "end", "name": evil}},
            "applicationSettings": {evil: evil}, "environmentVariables": {}}
        if mode == "words" and flows and "/api/v2/flows/" in self.path:
            return self.answer(200, one)
        if mode == "words" and flows:
            return self.answer(200, {"entities": [one], "pageNumber": 1, "pageSize": 25, "total": 1, "pageCount": 1, "nextUri": None})
        self.answer(404, {"message": evil, "code": "not.found", "status": 404})
    do_GET = do_POST = do_PUT = any
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
open("ports.new", "w").write("%d %d" % (server.server_port, other.server_port)); os.rename("ports.new", "ports")
server.serve_forever()
END
echo words >mode
timeout 100 python3 server.py 2>server.err &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null' EXIT
trap 'exit 143' TERM INT HUP
until [ -s ports ]; do
	kill -0 $server || { cat server.err >&2; fail 'no server'; }
	sleep 0.05
done
read -r port elsewhere <ports
export TRUNKLINE_CONFIG="$HOME/config.yaml" FAR_ID=id FAR_SECRET=secret-5f3a9b1c
export http_proxy="http://127.0.0.1:$elsewhere" https_proxy="http://127.0.0.1:$elsewhere" ALL_PROXY="http://127.0.0.1:$elsewhere" HTTP_PROXY="http://127.0.0.1:$elsewhere"
cat >"$TRUNKLINE_CONFIG" <<-END
	environments:
	  far:
	    login: http://127.0.0.1:$port
	    api: http://127.0.0.1:$port
	    credentials: {client_id: {env: FAR_ID}, client_secret: {env: FAR_SECRET}}
END
printf '*\n!flows\n!flows/*\n!trunkline.yaml\n' >.gitignore
make_repository one
printf 'flows: [flows]\nenvironments:\n  far: {platform: genesys}\n' >trunkline.yaml
git add . && git commit -q -m project

# Each answer, by each command and format that shows it: an end of its own, no order, no secret, nothing sent elsewhere.
for mode in words token-type error forbidden html login-error login-redirect redirect away; do
	echo $mode >mode
	for command in 'flow-publish plan' 'flow-publish plan --format json' 'flow-publish status' 'flow-publish status --format json' 'flow-monitor' \
		'flow-monitor --format json' 'flow-diff' 'flow-diff --format markdown' 'flow-diff --format json' 'flow-diff --drift' \
		'flow-publish import' 'flow-publish import --format json' 'flow-monitor --watch --timeout 0s' 'flow-monitor --watch --timeout 0s --format json'; do
		format=text
		case $command in *json) format=json ;; *markdown) format=markdown ;; esac
		# What the platform says of flows is shown by all of them, an error by the same words in each.
		case $mode-$command in words-* | *plan | *monitor | *markdown) ;; *) continue ;; esac
		# shellcheck disable=SC2086
		timeout 30 $command --env far >out 2>err
		status=$?
		[ $status -le 4 ] || fail "$mode: status $status: $command"
		[ $mode = words ] || [ $status -ge 2 ] || fail "$mode: went well: $command"
		{ python3 "$ROOT/tests/orders.py" $format out && python3 "$ROOT/tests/orders.py" text err; } || fail "$mode: $command"
		cat out err >both
		lacks both secret-5f3a9b1c
		lacks both t0ken-5f3a9b1c
		# What it says was really met, wherever a flow of the platform's is shown.
		case $mode-$command in words-*plan* | words-*--drift | words-*--remote) ;; words-*) has both pwned ;; esac
		[ $mode = words ] || [ -s err ] || fail "$mode: says nothing: $command"
		[ ! -e elsewhere.log ] || { cat elsewhere.log >&2; fail "$mode: something was sent elsewhere: $command"; }
	done
done
# A page and its figures, of flows that nobody here knows.
echo words >mode
if command -v curl >/dev/null; then
	timeout 60 flow-monitor --env far --foreign --watch --interval 100ms --listen 127.0.0.1:0 >watched 2>listening &
	monitor=$!
	trap 'kill $monitor $server 2>/dev/null; wait' EXIT
	until grep -q 'listening on http' listening; do
		kill -0 $monitor || { cat listening >&2; fail 'it does not listen'; }
		sleep 0.05
	done
	address=$(sed -n 's|.*listening on \(http://[^ ]*\)/$|\1|p' listening)
	until curl -s -m 10 --noproxy "*" "$address/status.json" | grep -q pwned; do
		kill -0 $monitor || { cat listening >&2; fail 'it does not watch'; }
		sleep 0.05
	done
	for path in '' metrics status.json; do
		curl -s -m 10 --noproxy "*" "$address/$path" >shown
		has shown pwned
		format=text
		[ -z "$path" ] || format=json # no line of it is one of a log
		python3 "$ROOT/tests/orders.py" $format shown || fail "the monitor's /$path"
	done
	curl -s -m 10 --noproxy "*" "$address/" >page.html
	lacks page.html '<script>alert'
	kill $monitor
	wait $monitor
	trap 'kill $server 2>/dev/null; wait $server 2>/dev/null' EXIT
	{ python3 "$ROOT/tests/orders.py" text watched && python3 "$ROOT/tests/orders.py" text listening; } || fail 'what the monitor says'
fi

grep -rlaF -e secret-5f3a9b1c -e t0ken-5f3a9b1c --exclude=server.py . "$HOME" >"$TMPDIR/found" && fail "a secret was left behind: $(cat "$TMPDIR/found")"

# A port that answers no more, and one that never did: the address is said, the reason too.
kill $server
wait $server 2>/dev/null
expect 3 flow-publish status --env far
has err "127.0.0.1"
