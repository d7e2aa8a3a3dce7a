#!/bin/sh
# Nobody answers, or somebody else: certificates, names, ports, proxies, redirects, no network at all.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

mkdir project && cd project || exit 1
make_project
start_sandbox
expect 0 flow-publish plan -q --env production -o plan.json
cp "$SANDBOX_CONFIG" "$SANDBOX_CONFIG.kept"

# configured PLACE LINE: the protected configuration, with the login and api addresses PLACE, and LINE in place of the role.
configured() {
	sed -e "s|login: .*|login: $1|" -e "s|api: .*|api: $1|" -e "s|role: .*|${2:-role: publisher}|" "$SANDBOX_CONFIG.kept" >"$SANDBOX_CONFIG"
}

# Nothing listens: an address that is mistyped is not asked for long.
for command in 'flow-publish plan --env production' 'flow-publish apply plan.json' 'flow-publish status --env production' 'flow-monitor --env production' \
	'flow-diff --env production' 'flow-publish import --env production'; do
	configured http://127.0.0.1:1
	# shellcheck disable=SC2086
	says 3 'no token from http://127.0.0.1:1' '127.0.0.1:1: it refuses the connection: nothing listens' 'is the server up' -- $command
done

# Only the API is gone: that address is the one that is named.
sed 's|api: .*|api: http://127.0.0.1:1|' "$SANDBOX_CONFIG.kept" >"$SANDBOX_CONFIG"
says 3 "what the role 'publisher' may do could not be looked up: GET http://127.0.0.1:1/api/v2/authorization/roles/publisher" 'refuses the connection' -- \
	flow-publish apply plan.json

# Proxies: one that is not there, one whose name is wrong, and one that lets nothing through.
configured https://login.example.com 'proxy: http://127.0.0.1:1'
says 3 "login.example.com:443: the proxy 'http://127.0.0.1:1' refuses the connection" -- flow-publish plan --env production
if python3 -c '' 2>/dev/null; then
	cat >proxy.py <<-'END'
		import http.server, os, sys
		class Proxy(http.server.BaseHTTPRequestHandler):
		    def do_CONNECT(self):
		        said = open("proxy.txt").read().strip()
		        if said == "gone": self.close_connection = True
		        else: self.send_error(int(said))
		    def log_message(self, *a): pass
		server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
		open("port.new", "w").write(str(server.server_port)); os.rename("port.new", "port.txt")
		server.serve_forever()
	END
	echo 403 >proxy.txt
	timeout 60 python3 proxy.py &
	proxy_pid=$!
	# shellcheck disable=SC2064 # the one that runs now
	trap "kill $proxy_pid 2>/dev/null; stop_sandbox" EXIT
	until [ -s port.txt ]; do sleep 0.05; done
	configured https://login.example.com "proxy: http://127.0.0.1:$(cat port.txt)"
	says 3 "the proxy 'http://127.0.0.1:$(cat port.txt)' does not let it through (403)" -- flow-publish plan --env production
	echo 407 >proxy.txt
	says 3 'wants a user and a password (407), which `proxy:` does not hold' -- flow-publish plan --env production
	echo gone >proxy.txt
	says 3 "login.example.com:443: the proxy 'http://127.0.0.1:$(cat port.txt)' did not lead there: is \`proxy:\` right" -- flow-publish plan --env production
	kill "$proxy_pid"
fi

# No network at all: no name leads anywhere, and that is known at once, which the name service of some machine may take its time for.
if unshare -rn true 2>/dev/null; then
	configured https://login.example.com 'proxy: http://proxy.example.com:3128'
	says 3 "the name of the proxy 'http://proxy.example.com:3128' leads nowhere" '`proxy:`' -- unshare -rn flow-publish plan --env production
	configured https://login.example.com
	says 3 'login.example.com:443: the name leads nowhere' "is this machine's network up" -- unshare -rn flow-publish apply plan.json
	configured http://127.0.0.1:1
	says 3 '127.0.0.1:1: there is no way to it from this network' -- unshare -rn flow-publish apply plan.json
fi

# http where https is spoken, and the other way round.
configured "$(echo "$SANDBOX" | sed 's/^http:/https:/')"
says 3 'TLS could not be agreed on: is it https at that port' -- flow-publish plan --env production
cp "$SANDBOX_CONFIG.kept" "$SANDBOX_CONFIG"

# It leads elsewhere, and is not followed.
faults 'status=302,on=/oauth/token'
says 3 "no token from $SANDBOX" '302, a redirect, and those are not followed: check `login:`' -- flow-publish apply plan.json
faults 'status=307,on=/api/v2/**'
says 3 'it redirects (307), and redirects are not followed: check `api:`' -- flow-publish apply plan.json
faults

# Nothing of that was written anywhere, and the plan is still good.
expect 0 flow-publish apply plan.json
stands 1:published 1:published
stop_sandbox

# Certificates: the authority that is not named, another file in its place, one that expired, one of another host.
start_sandbox --tls
cp "$SANDBOX_CONFIG" "$SANDBOX_CONFIG.kept"
expect 0 flow-publish plan -q --env production -o plan.json
sed '/^    ca:/d' "$SANDBOX_CONFIG.kept" >"$SANDBOX_CONFIG"
for command in 'flow-publish plan --env production' 'flow-publish apply plan.json' 'flow-publish status --env production' 'flow-monitor --env production' \
	'flow-diff --env production' 'flow-simulate --remote calls/a.suite.yaml --env production'; do
	# shellcheck disable=SC2086
	says 3 "no token from $SANDBOX" 'its certificate was issued by an authority that is not known here' '`ca:`' -- $command
done
sed 's|^    ca:.*|    ca: /nowhere/ca.pem|' "$SANDBOX_CONFIG.kept" >"$SANDBOX_CONFIG"
says 2 '`ca:`' "'/nowhere/ca.pem'" -- flow-publish plan --env production
sed 's|https:|http:|' "$SANDBOX_CONFIG.kept" >"$SANDBOX_CONFIG"
says 3 'write https:// if that port speaks it' -- flow-publish plan --env production
cp "$SANDBOX_CONFIG.kept" "$SANDBOX_CONFIG"
expect 0 flow-publish apply plan.json
stop_sandbox
start_sandbox --tls --certificate expired
says 3 "no token from $SANDBOX" 'its certificate has expired' 'renewed' "machine's clock" -- flow-publish plan --env production
stop_sandbox
start_sandbox --tls --certificate wrong-host
says 3 "no token from $SANDBOX" 'its certificate was issued for another host name' 'is the address right' -- flow-publish plan --env production
expect 0 flow-audit verify --env production
