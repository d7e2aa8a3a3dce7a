#!/bin/sh
# The audit trail: what is on record, what was done to it, keys, personal data.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

command -v sqlite3 >/dev/null || skip "needs sqlite3"
command -v openssl >/dev/null || skip "needs openssl"

# Something with the ledger's database in hand.
tamper() {
	sqlite3 .trunkline/ledger.db "$1" || fail "cannot tamper"
}

# Everything that changes from run to run becomes a word.
mask_log() {
	sed -E -e 's/^ *[0-9]+/N/' -e 's/[^ ]+@[^ ]+/USER@HOST/' | mask | sed -E -e 's/ {2,}/  /g'
}

expect 2 flow-audit
has err 'a command is missing'
expect 2 flow-audit verfy
has err "did you mean 'verify'?"
expect 0 flow-audit log
has err "nothing that was asked for is on record in the environment 'local'"
expect 2 flow-audit checkpoint
expect 0 flow-audit verify
[ ! -e .trunkline ] || fail "reading made a ledger"

# A life: two publishes, a rollback, a hold that is lifted.
make_repository one
TRUNKLINE_TICKET=CHG-1
export TRUNKLINE_TICKET
publish
say a two
git commit -q -a -m two
expect 0 flow-publish plan -q -o published.json --ticket CHG-2
expect 0 flow-publish apply published.json --ticket CHG-2
expect 0 flow-publish rollback --env local --reason 'callers hung up' a
expect 0 flow-publish release --env local --reason 'it was something else' a
expect 0 flow-audit log
[ "$(wc -l <out)" -eq 17 ] || fail "not everything is on record"
expect 0 flow-audit log --flow a
mask_log <out >said
golden said flow-audit-log.txt
expect 0 flow-audit log -n 2
[ "$(wc -l <out)" -eq 2 ] || fail "not the last two"
has out 'it was something else'

# What is asked for.
expect 0 flow-audit query --flow a --outcome published
[ "$(wc -l <out)" -eq 3 ] || fail "not what became of a"
expect 2 flow-audit query --action publsh
has err "there is no action 'publsh', did you mean 'publish'?"
expect 2 flow-audit log --action everything
has err "there is no action 'everything': see '--action' in flow-audit(1)"
expect 0 flow-audit query --ticket CHG-2 --action publish
[ "$(wc -l <out)" -eq 2 ] || fail "not what belongs to CHG-2"
expect 0 flow-audit query --since 2000-01-01 --until 2000-01-02T00:00:00Z
[ ! -s out ] || fail "nothing happened then"
expect 2 flow-audit query --since yesterday
has err "'--since' takes a day or a time such as 2026-06-15"
expect 2 flow-audit query --format xml
expect 2 flow-audit query --personal
expect 2 flow-audit log something
expect 0 flow-audit query --format json --action release
is_valid audit-records out
expect 0 flow-audit query --format jsonl --action release
[ "$(wc -l <out)" -eq 1 ] || fail "not one line"
expect 0 flow-audit export -o export.json
is_valid audit-records export.json
expect 2 flow-audit export --format text

# Another program finds the same hashes in what is exported.
check_export() {
	python3 - "$1" <<-'END' || fail "the export does not hold"
		import hashlib, json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		entries, end, before = lines[:-1], lines[-1]["statement"], "0" * 64
		for seq, entry in enumerate(entries, 1):
		    record = entry["record"]
		    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
		    assert hashlib.sha256(text.encode()).hexdigest() == entry["hash"], seq
		    assert record["seq"] == seq and record["previous"] == before, seq
		    before = entry["hash"]
		hashes = "".join(entry["hash"] + "\n" for entry in entries)
		assert end["digest"] == hashlib.sha256(hashes.encode()).hexdigest()
		assert end["records"] == len(entries) == end["head"]["seq"] and end["head"]["hash"] == before
	END
}
expect 0 flow-audit export --format jsonl -o export.jsonl
check_export export.jsonl

# Verifying: good, and then not, by whatever was done.
expect 0 flow-audit checkpoint -o checkpoint.json
expect 0 flow-audit verify
has out 'without a checkpoint nothing shows whether records are missing at the end'
tail -n 1 out | cmp - checkpoint.json || fail "the verdict does not end with the checkpoint"
expect 0 flow-audit verify --checkpoint checkpoint.json
lacks out 'without a checkpoint'
expect 0 flow-audit verify --format json --checkpoint checkpoint.json
is_valid audit-verify out
expect 2 flow-audit verify --require-checkpoint
expect 2 flow-audit verify --checkpoint export.json
cp -R .trunkline kept

# damaged SQL WORDS: the chain does not hold, for that reason; it is put back.
damaged() {
	tamper "$1"
	expect 1 flow-audit verify --checkpoint checkpoint.json
	has out "the chain does not hold: $2"
	expect 1 flow-audit verify --format json
	is_valid audit-verify out
	has out '"good": false'
	rm -rf .trunkline
	cp -R kept .trunkline
}
damaged "UPDATE audit SET bytes = replace(bytes, 'CHG-2', 'CHG-3') WHERE seq = 8" 'record 8 was changed'
damaged 'DELETE FROM audit WHERE seq = 4' 'record 4 is missing'
damaged 'DELETE FROM audit WHERE seq > 6' 'record 7 is missing: the chain ended at record'
damaged 'UPDATE audit SET seq = -seq WHERE seq IN (3, 4); UPDATE audit SET seq = 7 + seq WHERE seq < 0' 'record 3 does not belong in its place: it says it is record 4'
damaged 'INSERT INTO audit SELECT max(seq) + 1, bytes, hash, key_id, signature FROM audit' 'record 18 does not belong in its place'

# A tail that was cut off with all its traces: a checkpoint alone shows it.
tamper 'DELETE FROM audit WHERE seq > 3; UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)'
expect 0 flow-audit verify
has out 'without a checkpoint nothing shows'
expect 1 flow-audit verify --checkpoint checkpoint.json
has out 'record 4 is missing: the checkpoint names record'
# Another chain in its place.
rm -rf .trunkline
publish
expect 0 flow-audit verify
expect 1 flow-audit verify --checkpoint checkpoint.json
has out 'this is another chain'

# Keys: made by openssl, named by the user's configuration.
mkdir -m 700 ../keys
(umask 077 && openssl genpkey -algorithm ed25519 -out ../keys/one.pem && openssl genpkey -algorithm ed25519 -out ../keys/two.pem) || exit 1
openssl pkey -in ../keys/one.pem -pubout -out ../keys/one.pub
openssl pkey -in ../keys/two.pem -pubout -out ../keys/two.pub
chmod 644 ../keys/*.pub
expect 2 flow-audit rotate --new-key ../keys/two.pub
has err 'no audit key is configured'
expect 1 flow-audit verify --key ../keys/one.pub
has out 'no record is signed'
TRUNKLINE_CONFIG=$PWD/../keys/config.yaml
export TRUNKLINE_CONFIG
echo 'audit: {key: one.pem}' >"$TRUNKLINE_CONFIG"
say a three
publish
expect 0 flow-audit verify
has out ', 5 signed'
expect 0 env TRUNKLINE_CONFIG=/dev/null flow-audit verify
has out 'with a signature that was not checked'
expect 0 env TRUNKLINE_CONFIG=/dev/null flow-audit verify --key ../keys/one.pub
expect 1 env TRUNKLINE_CONFIG=/dev/null flow-audit verify --key ../keys/two.pub
has out 'which is not among those that are trusted'
expect 0 flow-audit export --format jsonl -o export.jsonl
check_export export.jsonl
python3 - export.jsonl <<-'END' || fail "cannot take the export apart"
	import json, sys
	line = open(sys.argv[1]).read().splitlines()[-1]
	end = json.loads(line)
	start = line.index('"statement":') + len('"statement":')
	open("statement", "w").write(line[start:line.rindex("}")])
	open("signature", "wb").write(bytes.fromhex(end["signature"]["value"]))
END
openssl pkeyutl -verify -pubin -inkey ../keys/one.pub -rawin -in statement -sigfile signature >verified || fail "openssl does not agree with the signature"
last=$(sqlite3 .trunkline/ledger.db 'SELECT max(seq) FROM audit')
rm -rf kept
cp -R .trunkline kept
tamper "UPDATE audit SET signature = (SELECT signature FROM audit WHERE seq = $last - 1) WHERE seq = $last"
expect 1 flow-audit verify
has out "record $last has a forged signature"
rm -rf .trunkline
cp -R kept .trunkline

# The next key.
expect 2 flow-audit rotate
expect 0 flow-audit rotate --new-key ../keys/two.pem
expect 2 flow-publish plan -o plan.json
has err 'was replaced in'
echo 'audit: {key: two.pem, trusted: [one.pub]}' >"$TRUNKLINE_CONFIG"
expect 0 flow-publish plan -o plan.json
expect 0 flow-audit verify
expect 0 env TRUNKLINE_CONFIG=/dev/null flow-audit verify --key ../keys/one.pub
chmod 644 ../keys/two.pem
expect 2 flow-audit verify
has err 'two.pem'
chmod 600 ../keys/two.pem
cp ../keys/two.pem here.pem
echo "audit: {key: $PWD/here.pem}" >"$TRUNKLINE_CONFIG"
expect 2 flow-publish plan -o plan.json
has err 'keep it elsewhere'
rm -f here.pem
TRUNKLINE_CONFIG=/dev/null

# Who it was, by what CI says and by whom it ran; and no text from outside gives orders to a terminal.
expect 0 env GITHUB_ACTIONS=true GITHUB_ACTOR=carol TRUNKLINE_TICKET="$(printf 'CHG\033[2J\302\233m')" flow-publish plan -o plan.json
expect 0 flow-audit log -n 1
has out 'carol (GitHub Actions, '
has out 'CHG\x1b[2J\u009bm'
for format in json jsonl; do
	expect 0 flow-audit query --format $format --action plan
	LC_ALL=C tr -d '\n\t -~' <out >strange
	[ ! -s strange ] || fail "$format prints what a terminal could obey"
done

# A server keeps the chain just as well.
if [ -n "${TRUNKLINE_TEST_POSTGRES:-}" ]; then
	address="$TRUNKLINE_TEST_POSTGRES$(case $TRUNKLINE_TEST_POSTGRES in *\?*) echo '&' ;; *) echo '?' ;; esac)schema=audit_$$"
	TRUNKLINE_CONFIG=$PWD/../keys/config.yaml
	cat >"$TRUNKLINE_CONFIG" <<-END
		environments: {local: {ledger: "$address"}}
		audit: {key: two.pem}
	END
	rm -rf .trunkline
	publish
	expect 0 flow-audit verify
	has out 'the chain holds: 7 records, 7 signed'
	expect 0 flow-audit export --format jsonl -o export.jsonl
	check_export export.jsonl
	TRUNKLINE_CONFIG=/dev/null
fi

# Personal data: there is none yet.
expect 2 flow-audit purge
has err 'say what is to go'
expect 2 flow-audit purge --older-than 3 --before 2026-01-01
expect 0 flow-audit purge --older-than 3
has out 'personal data of 0 records removed'
expect 3 flow-audit export -o /dev/full

# An apply that finds nothing to do is on record all the same.
expect 0 flow-publish plan -q -o nothing.json
expect 0 flow-publish apply nothing.json
expect 0 flow-audit log -n 1
has out 'apply      -'
has out 'finished'
