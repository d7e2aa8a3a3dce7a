#!/bin/sh
# Folders that are not ours, files that are damaged, a full disk, a second Ctrl-C: clear words, the right exit status, nothing half done.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

make_repository one
expect 0 flow-publish plan -q -o plan.json
rm -rf .trunkline
mkdir elsewhere && ln -s elsewhere .trunkline
for command in 'plan' 'apply plan.json' 'status'; do
	# shellcheck disable=SC2086
	expect 2 flow-publish $command
	lacks err '//'
	has err 'symbolic link'
done
expect 2 flow-monitor
rm .trunkline
echo x >.trunkline
expect 2 flow-publish status
has err 'is no folder'
rm .trunkline
mkdir .trunkline && echo x >.trunkline/local.db && git add -f .trunkline
expect 2 flow-publish apply plan.json
has err 'git rm -r --cached .trunkline'
git rm -q -r --cached .trunkline
expect 3 flow-publish status
has err 'is damaged, or no database at all'
rm -rf .trunkline
expect 0 flow-publish apply plan.json
cp .trunkline/ledger.db ledger.db
for store in ledger local; do
	cp .trunkline/$store.db kept.db
	for size in 0 1 100 511 4096; do
		truncate -s $size .trunkline/$store.db
		for command in 'flow-publish apply plan.json' 'flow-publish plan' 'flow-publish status'; do
			# shellcheck disable=SC2086 # words
			expect 3 $command
			has err "$store.db' is damaged, or no database at all: put a copy of it back"
		done
	done
	cp kept.db .trunkline/$store.db
done
expect 0 flow-publish apply plan.json
cp .trunkline/local.db .trunkline/ledger.db
expect 2 flow-publish status
has err "is Trunkline's local platform, not its ledger"
cp ledger.db .trunkline/ledger.db
if command -v python3 >/dev/null; then
	python3 -c 'import sqlite3; sqlite3.connect(".trunkline/ledger.db").execute("PRAGMA user_version=99")'
	expect 2 flow-publish status
	has err 'was made by a newer version of Trunkline'
	cp ledger.db .trunkline/ledger.db
fi

# The ledger is lost: what is deployed is known by what it says.
rm .trunkline/ledger.db
expect 0 flow-publish plan
has out '2 unchanged'
expect 0 flow-publish apply plan.json
has out '2 there already'
expect 0 flow-publish status
lacks out 'not written from here'

# The flows are gone, as in another clone, whose environment is its own: that is said, and nothing is compared with nothing.
say a gone
expect 0 flow-publish plan -q -o plan.json
mv .trunkline kept
expect 4 flow-publish apply plan.json
has out 'which the platform no longer has'
lacks out '(nothing)'
has err "see 'flow-diff --env local'; 'flow-publish import --merge --env local'"
rm -rf .trunkline && mv kept .trunkline

# No space left, as far as this process may see: nothing half written, and with space again it goes on.
text=$(head -c 60000 /dev/zero | tr '\0' x)
say a "$text"
expect 0 flow-publish plan -q -o plan.json
expect 3 sh -c 'ulimit -f 64; exec flow-publish apply plan.json'
grep -qE 'no space left|cannot write' out err || fail "no word of the disk"
expect 0 flow-publish status
grep -qE '^  a +1 ' out || fail "something was written"
expect 0 flow-publish apply plan.json
expect 0 flow-publish status
grep -qE '^  a +2 ' out || fail "it did not go on"

# Told to stop before it begins: what was done is said, and the exit status is the signal's.
say b two
expect 0 flow-publish plan -q -o plan.json
{ sleep 1; cat plan.json; } | {
	timeout --foreground --preserve-status -s TERM 0.3 flow-publish apply - >out 2>err
	[ $? -eq 143 ] || fail "not terminated"
}
expect 0 flow-publish apply plan.json

# Killed in the middle, again and again: the next apply finishes.
mkdir ../many && cd ../many || exit 1
mkdir flows
for flow in c d e f g h; do say $flow one; done
for round in 1 2 3 4 5 6; do
	for flow in c d e f g h; do say $flow "round $round"; done
	expect 0 flow-publish plan -q -o plan.json
	timeout -s KILL 0.00$((round * 2)) flow-publish apply plan.json >/dev/null 2>&1
	expect 0 flow-publish status --format json
	is_valid status out
	expect 0 flow-publish apply plan.json
	lacks out failed
	expect 0 flow-publish status
	[ "$(grep -cE "^  [c-h] +$round +published" out)" -eq 6 ] || fail "round $round: not all is version $round"
	lacks out 'end not known'
done

# A database in a folder that is not there: said before anything is planned, and nothing is made in a place that may be mistyped.
printf 'flows: [flows]\nenvironments: {local: {platform: local, database: db/x.db}}\n' >trunkline.yaml
expect 2 flow-publish plan -q
has err "keeps its database in 'db', a folder that is not there: make it"
expect 2 flow-publish status
[ ! -e db ] || fail "the folder was made"
mkdir db
expect 0 flow-publish plan -q -o plan.json
expect 0 flow-publish apply plan.json
[ -f db/x.db ] || fail "there is no database"
