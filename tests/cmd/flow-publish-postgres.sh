#!/bin/sh
# The ledger on a PostgreSQL server: by its address alone.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

[ -n "$TRUNKLINE_TEST_POSTGRES" ] || skip "no PostgreSQL server (tests/postgres starts one)"
schema=cmd$$ tcp=${TRUNKLINE_TEST_POSTGRES_TCP:-} ca=${TRUNKLINE_TEST_POSTGRES_CA:-}
psql() {
	port=${TRUNKLINE_TEST_POSTGRES##*port=}
	"$TRUNKLINE_TEST_POSTGRES_CONTROL" psql -p "${port%%&*}" -d trunkline "$@"
}
trap 'psql -c "DROP SCHEMA IF EXISTS ${schema}_ledger CASCADE" 2>/dev/null' EXIT

# ledger ADDRESS: where the configuration says that it is.
ledger() {
	mkdir -p "$HOME/.config/trunkline"
	printf 'environments:\n  local:\n    ledger: "%s"\n' "$1" >"$HOME/.config/trunkline/config.yaml"
	chmod 600 "$HOME/.config/trunkline/config.yaml"
}

make_repository one
ledger "$TRUNKLINE_TEST_POSTGRES&schema=$schema"
publish
expect 0 flow-publish status
has out 'a'
[ ! -e .trunkline/ledger.db ] || fail "a file is kept as well"
[ "$(psql -c "SELECT count(*) FROM ${schema}_ledger.deployed WHERE current = 1")" = 2 ] || fail "not on the server"
[ "$(psql -c "SELECT count(*) FROM ${schema}_ledger.steps WHERE outcome = 'open'")" = 0 ] || fail "steps without an end"
expect 0 flow-audit verify --env local

# Newer than this program: refused, and nothing is changed.
psql -c "UPDATE ${schema}_ledger.trunkline_store SET version = 999"
expect 2 flow-publish status
has err 'was made by a newer version of Trunkline'
psql -c "UPDATE ${schema}_ledger.trunkline_store SET name = 'shopping list'"
expect 2 flow-publish status
has err "is Trunkline's shopping list, not its ledger"

# What does not answer, does not let us in, or is not to be used: what to do is said, and no password.
ledger "postgres://trunkline@127.0.0.1:1/trunkline"
expect 3 flow-publish status
has err 'does the server run'
printf '*:*:*:*:S3cretWrong\n' >pgpass
chmod 600 pgpass
ledger "postgres://guarded@${tcp#*@}"
expect 3 env PGPASSFILE="$PWD/pgpass" flow-publish status
has err "refuses the password of 'guarded'"
lacks err S3cret
ledger "postgres://guarded:S3cretWrong@${tcp#*@}"
expect 2 flow-publish status
has err 'a password has no place'
lacks err S3cret
ledger "postgres://guarded@db.example.com/trunkline?sslmode=require"
expect 2 flow-publish status
has err 'verify-full'
[ -z "$ca" ] || {
	ledger "$tcp?sslmode=verify-full&sslrootcert=$ca&schema=$schema"
	psql -c "DROP SCHEMA ${schema}_ledger CASCADE"
	expect 0 flow-publish status
	ledger "postgres://trunkline@127.0.0.1:${tcp##*:}?sslmode=verify-full&sslrootcert=$ca"
	expect 3 flow-publish status
	has err "the server's certificate is for another host"
}
