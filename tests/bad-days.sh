# tests/bad-days.sh: what the tests of bad days share, after tests/lib.sh, tests/publish.sh and tests/production.sh.
# shellcheck shell=sh

# make_project: a repository whose flows a and b go to the environment `production`, with a suite for a in the folder calls.
make_project() {
	make_repository one
	printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
	printf '*.json\nout\nerr\n*.txt\n' >.gitignore
	# A call to simulate, beside the flows: an apply does not look for it there.
	mkdir calls
	printf 'suite: a\ncases:\n  - {id: one, expect: {status: completed}}\n' >calls/a.suite.yaml
	git add .
	git commit -q -m project
}

# change TEXT: both flows say it, committed, and plan.json publishes that.
change() {
	say a "$1"
	say b "$1"
	git commit -q -a -m "$1"
	expect 0 flow-publish plan -q --env production -o plan.json
}

# says STATUS TEXT… -- COMMAND…: it ends so, and its one message on standard error holds each of the texts, and nothing that a secret file holds.
says() {
	says_status=$1
	shift
	: >says.txt
	while [ "$1" != -- ]; do
		printf '%s\n' "$1" >>says.txt
		shift
	done
	shift
	expect "$says_status" "$@"
	while IFS= read -r says_text; do
		has err "$says_text"
	done <says.txt
	lacks err "$(cat "$SANDBOX_CONFIG.secret.kept" 2>/dev/null || echo 'no such secret')"
}

# history FLOW: the numbers and states of its versions on the platform, newest first, as "3:published 2:published 1:published".
history() {
	history_id=$(api GET "/api/v2/flows?name=$1" | sed 's/.*"entities":[[]{"id":"\([^"]*\)".*/\1/')
	api GET "/api/v2/flows/$history_id/versions?pageSize=100" | grep -o '"version":[0-9]*,"status":"[a-z]*"' | sed -e 's/"version"://' -e 's/,"status":"/:/' -e 's/"//' |
		tr '\n' ' ' | sed 's/ $//'
}

# stands A B: the histories of both flows, and nothing is open in the ledger or wrong in the audit log.
stands() {
	[ "$(history a)" = "$1" ] || fail "the history of a is $(history a), not $1"
	[ "$(history b)" = "$2" ] || fail "the history of b is $(history b), not $2"
	expect 0 flow-publish status --env production
	lacks out 'end not known'
	expect 0 flow-audit verify --env production
}
