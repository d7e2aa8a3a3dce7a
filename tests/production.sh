# tests/production.sh: a sandbox as the environment `production` of a test, after tests/lib.sh; it ends with the script.
# shellcheck shell=sh

stop_sandbox() {
	kill "$sandbox_pid" 2>/dev/null && wait "$sandbox_pid"
	return 0
}

# start_sandbox [OPTION…]: its address is in $SANDBOX, the protected configuration that leads to it in $SANDBOX_CONFIG, which is the user's.
start_sandbox() {
	SANDBOX_CONFIG=$HOME/.config/trunkline/config.yaml
	mkdir -p "${SANDBOX_CONFIG%/*}"
	chmod 700 "$HOME/.config" "${SANDBOX_CONFIG%/*}"
	rm -f "$TMPDIR/sandbox"
	flow-sandbox --for 10m --name production --write-config "$SANDBOX_CONFIG" "$@" >"$TMPDIR/sandbox" 2>&1 &
	sandbox_pid=$!
	trap stop_sandbox EXIT
	while ! grep -qs '^http' "$TMPDIR/sandbox"; do
		kill -0 "$sandbox_pid" 2>/dev/null || {
			cat "$TMPDIR/sandbox" >&2
			fail "the sandbox does not start"
		}
		sleep 0.05
	done
	SANDBOX=$(head -n 1 "$TMPDIR/sandbox")
}

# sandbox METHOD PATH [BODY]: one of its own routes, with the admin token.
sandbox() {
	curl --silent --show-error --fail-with-body --noproxy '*' -X "$1" -H "Authorization: Bearer $(cat "$SANDBOX_CONFIG.admin")" \
		-H 'Content-Type: application/json' ${3:+--data "$3"} "$SANDBOX$2" || fail "the sandbox refuses $1 $2"
}

# faults [SPEC…]: these and no others.
faults() {
	sandbox DELETE /sandbox/faults
	for spec; do
		sandbox POST /sandbox/faults "{\"fault\": \"$spec\"}" >/dev/null
	done
}

# api METHOD PATH [BODY]: a route of the platform, as the client of the configuration may use it.
api() {
	token=$(curl --silent --fail --noproxy '*' --data "grant_type=client_credentials&client_id=$(cat "$SANDBOX_CONFIG.id")&client_secret=$(cat \
		"$SANDBOX_CONFIG.secret")" "$SANDBOX/oauth/token" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
	curl --silent --show-error --fail-with-body --noproxy '*' -X "$1" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		${3:+--data "$3"} "$SANDBOX$2" || fail "the platform refuses $1 $2"
}
