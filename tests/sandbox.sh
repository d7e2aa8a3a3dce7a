# tests/sandbox.sh: what tests against flow-sandbox share; source it after tests/lib.sh. Whatever was started ends with the script.
# shellcheck shell=sh

command -v curl >/dev/null || skip "needs curl"
sandbox_pid=

# stop_sandbox: ends the one that runs.
stop_sandbox() {
	[ -z "$sandbox_pid" ] || { kill "$sandbox_pid" && wait "$sandbox_pid"; } 2>/dev/null
	sandbox_pid=
}
trap stop_sandbox EXIT
trap 'exit 143' TERM INT HUP

# start_sandbox OPTION…: sets $SANDBOX (its address), $SANDBOX_CLIENT_ID, … and $TOKEN, a token with all scopes. What it prints is in `sandbox.out`.
start_sandbox() {
	stop_sandbox
	rm -f sandbox.out
	unset SANDBOX_CA
	flow-sandbox --for 120s "$@" >sandbox.out 2>sandbox.err &
	sandbox_pid=$!
	until grep -q SANDBOX_ADMIN_TOKEN sandbox.out 2>/dev/null; do
		kill -0 "$sandbox_pid" 2>/dev/null || { cat sandbox.err >&2; fail "flow-sandbox $* did not start"; }
		sleep 0.02
	done
	sleep 0.02
	eval "$(grep '^export ' sandbox.out)"
	TOKEN=$(new_token)
}

# ask OPTION… PATH: curl with the CA; the answer's headers are in `head`, its body in `body`, its status in $code (000: none), curl's own in $ended.
ask() {
	rm -f head body
	ended=0
	# shellcheck disable=SC2034 # for scripts
	code=$(curl -s -m 20 ${SANDBOX_CA:+--cacert "$SANDBOX_CA"} -D head -o body -w '%{http_code}' "$@") || ended=$?
}

# new_token: prints one, with all scopes of the client.
new_token() {
	curl -s -m 20 ${SANDBOX_CA:+--cacert "$SANDBOX_CA"} -d grant_type=client_credentials -d "client_id=$SANDBOX_CLIENT_ID" \
		-d "client_secret=$SANDBOX_CLIENT_SECRET" "$SANDBOX/oauth/token" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
}

# call STATUS METHOD PATH [CURL OPTION…]: asks with $TOKEN, and fails unless that is the answer's status.
call() {
	wanted=$1 method=$2 path=$3
	shift 3
	ask -X "$method" -H "Authorization: Bearer $TOKEN" "$@" "$SANDBOX$path"
	[ "$code" = "$wanted" ] || { cat head body >&2; fail "expected $wanted, got $code: $method $path $*"; }
}

# admin STATUS METHOD PATH [CURL OPTION…]: as above, with the admin token.
admin() {
	user=$TOKEN TOKEN=$SANDBOX_ADMIN_TOKEN
	call "$@"
	TOKEN=$user
}

# fault SPEC…: those alone from now on.
fault() {
	admin 204 DELETE /sandbox/faults
	for spec; do
		admin 200 POST /sandbox/faults -d "{\"fault\": \"$spec\"}"
	done
}

# member NAME: the first value of that name in `body`, a text or a number.
member() {
	sed -n "s/.*[{,]\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" body | head -n 1
}
