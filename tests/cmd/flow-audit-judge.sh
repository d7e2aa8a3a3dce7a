#!/bin/sh
# The audit chain, read by a second program that was written by the pages alone, and what somebody with the database in hand can do to it.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

command -v openssl >/dev/null || skip "needs openssl"

judge() {
	python3 "$ROOT/tests/audit.py" "$@" || fail "the chain and its judge do not agree"
}

mkdir flows
cat >flows/line.flow.yaml <<'END'
flow: line
channel: voice
start: main
variables: {phone: {type: string}}
nodes:
  main: {type: play, prompt: {text: "Hello."}, next: queue}
  queue: {type: transfer, to: {queue: all}, failed: bye}
  bye: {type: end}
END
printf 'suite: line\ncases:\n  - {id: one, expect: {visits: [queue]}}\n' >flows/line.suite.yaml
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q .
git add .
git commit -q -m one

mkdir -m 700 ../keys
for name in one two; do
	(umask 077 && openssl genpkey -algorithm ed25519 -out ../keys/$name.pem) || exit 1
	openssl pkey -in ../keys/$name.pem -pubout -out ../keys/$name.pub
done
start_sandbox
cp "$SANDBOX_CONFIG" ../keys/config.yaml


# What the configuration says beside the platform: where the ledger is kept, and by which key it is signed.
configure() {
	sed "s|^  production:|&\n    ledger: \"$(printf %s "$1" | sed 's/[&|]/\\&/g')\"\n    webhooks: {crm: {url: $SANDBOX/sinks/crm, allow_private: true}}|" \
		../keys/config.yaml >"$SANDBOX_CONFIG"
	cp "$SANDBOX_CONFIG" ../keys/bare.yaml
	[ -z "$2" ] || printf 'audit: {key: %s, trusted: [%s]}\n' "$PWD/../keys/$2.pem" "$PWD/../keys/one.pub" >>"$SANDBOX_CONFIG"
}

# move ID: a caller's phone number is on record.
move() {
	sandbox POST /sandbox/interactions "{\"id\": \"i$1\", \"customAttributes\": {\"flow_node\": \"main\"}}" >/dev/null
	expect 0 flow-transition --env production --flow line --interaction "i$1" --from main --to queue --set "phone=+4930555000$1"
}

# live LEDGER [KEY NEXT]: a life in which everything comes up, in a ledger that is signed where a key is named.
live() {
	configure "$1" "${2:-}"
	say=$((${say:-0} + 1))
	sed -i "s/Hello.*\"/Hello $say.\"/" flows/line.flow.yaml
	git commit -qam "say $say"
	expect 0 flow-publish plan -q --env production -o plan.json --ticket CHG-1
	expect 0 flow-publish apply -q plan.json
	move 1
	move 2
	expect 0 flow-audit purge --env production --before "$(date -u +%FT%T.%3NZ)"
	has out 'personal data of 2 records removed'
	move 3
	if [ -n "${3:-}" ]; then
		expect 0 flow-audit rotate --env production --new-key "../keys/$3.pem"
		configure "$1" "$3"
	fi
	move 4
	expect 0 flow-simulate --env production --record flows/line.suite.yaml
	expect 0 flow-audit verify --env production
	expect 0 flow-audit export --env production --personal -o export.json
	is_valid audit-records export.json
}

# judge_all LEDGER OTHER COUNT [KEY PRIVATE]: the life is well; whatever is done to it is found.
judge_all() {
	ledger=$1 other=$2 count=$3
	shift 3
	judge verify "$ledger" ${1:+--key "../keys/$1.pub"}
	TRUNKLINE_CONFIG=$PWD/../keys/bare.yaml judge mutate "$ledger" --env production --other "$other" --count "$count" ${1:+--key "../keys/$1.pub" --private "../keys/$2.pem"}
}

count=$((60 * ${TRUNKLINE_TEST_SCALE:-1}))
live "$PWD/../keys/other.db" one two
live "$PWD/../keys/plain.db"
judge_all "$PWD/../keys/plain.db" "$PWD/../keys/other.db" "$count"
live "$PWD/../keys/signed.db" one two
! grep -qaF -e +49305550001 -e +49305550002 ../keys/signed.db* || fail "purged data is in the ledger's file"
grep -qaF +49305550003 ../keys/signed.db || fail "data is not where it is looked for"
judge_all "$PWD/../keys/signed.db" "$PWD/../keys/other.db" "$count" one two
if [ -n "${TRUNKLINE_TEST_POSTGRES:-}" ]; then
	address="$TRUNKLINE_TEST_POSTGRES$(case $TRUNKLINE_TEST_POSTGRES in *\?*) echo '&' ;; *) echo '?' ;; esac)schema=judge_$$"
	live "$address" one two
	# What was purged is in none of the server's tables; what was not shows that it would be seen.
	tables=$(psql -qAtX "$TRUNKLINE_TEST_POSTGRES" -c CHECKPOINT -c 'SHOW data_directory')/base
	if [ -r "$tables" ]; then
		! grep -qraF +49305550001 "$tables" || fail "purged data is in the server's files"
		grep -qraF +49305550003 "$tables" || fail "data is not where it is looked for"
	fi
	judge_all "$address" "$PWD/../keys/other.db" $((count / 2)) one two
fi
