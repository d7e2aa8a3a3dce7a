#!/bin/sh
# Applying: exactly the plan, or nothing.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

make_repository one
expect 0 flow-publish plan -q -o plan.json
expect 0 flow-publish apply plan.json
mask <out >said
golden said flow-publish-apply-first.txt
[ "$(stat -c %a .trunkline .trunkline/local.db .trunkline/ledger.db | tr '\n' ' ')" = '700 600 600 ' ] || fail "others can read it"
[ -z "$(git status --porcelain .trunkline)" ] || fail ".trunkline is not ignored"

# Again: nothing is written.
expect 0 flow-publish apply plan.json
has out 'local: 2 there already'
expect 0 flow-publish status --format json
is_valid status out
mask <out >said
golden said flow-publish-status.json
expect 0 flow-publish status
mask <out >said
golden said flow-publish-status.txt

# From standard input, from another folder, as JSON.
say a two
git commit -q -a -m two
expect 0 flow-publish plan -q --format json -o plan.json
cp out printed.json
cmp -s printed.json plan.json || fail "what is printed is not what is kept"
mkdir -p deeper && cd deeper || exit 1
expect 0 flow-publish apply --format json - <../plan.json
cd .. || exit 1
is_valid apply-result deeper/out
has deeper/out '"published": 1'

# What is no longer as the plan says: refused, nothing written.
say a three
git commit -q -a -m three
expect 0 flow-publish plan -q -o plan.json
refused() {
	expect 2 flow-publish apply "$@"
	[ ! -s out ] || fail "a result of nothing"
	cp err refusal
	expect 0 flow-publish status
	grep -qE '^  a +2 ' out || fail "something was written"
	cp refusal err
}
sed 's/"dirty": false/"dirty": true/' plan.json >edited.json
refused edited.json
has err 'was changed since it was made: its id does not fit'
say a four
refused plan.json
has err "'flows/a.flow.yaml' was changed since the plan was made"
git commit -q -a -m four
refused plan.json
has err 'the plan is of commit'
git reset -q --hard HEAD^
printf 'environments:\n  local: {platform: local, values: {X: y}}\n' >trunkline.yaml
refused plan.json
has err "the environment 'local' has other values, ids or another database here than when the plan was made"
printf 'environments:\n  local: {platform: local, database: .trunkline/other.db}\n' >trunkline.yaml
expect 2 flow-publish apply plan.json
has err "the environment 'local' has other values, ids or another database here"
[ ! -e .trunkline/other.db ] || fail "another database was made"
rm trunkline.yaml
git rm -q flows/b.flow.yaml
refused plan.json
has err "flow 'b' is no longer in 'flows/b.flow.yaml'"
git reset -q --hard
expect 0 flow-publish plan -q --expires 1s -o short.json
sleep 2.1
refused short.json
has err 'this plan expired at'
refused --env local nowhere.json
refused flows/a.flow.yaml
has err 'this is no plan'
refused
has err 'FILE, the plan, is missing'
printf 'flows: [flows]\nenvironments:\n  other: {platform: local, database: .trunkline/other.db}\n' >trunkline.yaml
refused --env other plan.json
has err "this plan is for the environment 'local', not 'other'"
rm trunkline.yaml
expect 0 flow-publish apply plan.json

# Two people: the second is refused, with the three sides, and nothing of hers is written.
git switch -q -c ann
say a ann
say b ann
git commit -q -a -m ann
expect 0 flow-publish plan -q -o ann.json
git switch -q -c bob main
say a bob
git commit -q -a -m bob
expect 0 flow-publish plan -q -o bob.json
expect 0 flow-publish apply bob.json
git switch -q ann
expect 4 flow-publish apply ann.json
has err "see 'flow-diff --env local'; 'flow-publish import --merge --env local'"
mask <out >said
golden said flow-publish-apply-conflict.txt
expect 4 flow-publish apply --format json ann.json
is_valid apply-result out
mask <out >said
golden said flow-publish-apply-conflict.json
expect 0 flow-publish status
grep -qE '^  b +1 ' out || fail "half of a plan was applied"
publish
expect 0 flow-publish status
grep -qE '^  a +5 ' out || fail "a new plan is not applied"

# A file from elsewhere is of no commit, and found again.
say away elsewhere
mv flows/away.flow.yaml ..
expect 0 flow-publish plan -o plan.json "$PWD/../away.flow.yaml"
has out 'not committed'
expect 0 flow-publish apply plan.json
has out 'published  away'

# What is written from outside of a repository, and what is not committed.
mkdir ../plain && cd ../plain || exit 1
mkdir flows
say a plain
expect 0 flow-publish plan -o plan.json
has out 'not committed'
expect 0 flow-publish apply plan.json
