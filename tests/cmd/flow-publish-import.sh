#!/bin/sh
# The first day: what an environment has becomes files whose base is known, and nothing that is here is written over.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

# Somebody has published from elsewhere: one flow of ours, and one that was made on the platform.
make_repository one
cat >flows/support.flow.json <<'END'
{"id": "made-there", "name": "Support Line (EN)", "nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}, "zebra": 1}
END
git add flows && git commit -qm more
publish
theirs=$PWD
mkdir ../ours && cd ../ours || exit 1
git init -q .
mkdir -m 700 .trunkline && cp "$theirs/.trunkline/local.db" .trunkline/local.db
printf 'flows: [flows]\n' >trunkline.yaml
git add trunkline.yaml && git commit -qm first

expect 0 flow-publish import --dry-run
has out 'nothing was written'
[ ! -e flows ] || fail "a dry run wrote files"
expect 0 flow-publish import
has out '3 flows: 3 written'
[ "$(cd flows && echo *)" = 'a.flow.json b.flow.json support-line-en.flow.json' ] || fail "other files: $(ls flows)"
has flows/support-line-en.flow.json '"zebra": 1'
expect 0 flow-validate
# The files are what is deployed, and the ledger knows it.
expect 0 flow-diff
expect 0 flow-publish plan --detailed-exitcode
has out '3 unchanged'
expect 0 flow-publish import
has out '3 known'
expect 0 flow-publish import --format json
is_valid import-result out

# A change made here is ahead, and stays.
sed -i 's/"one"/"mine"/' flows/a.flow.json
cp flows/a.flow.json kept
expect 0 flow-publish import a
has out 'ahead'
cmp kept flows/a.flow.json || fail "written over"
git add flows && git commit -qm mine
publish

# An edit there is taken over where it was asked for, and the file was not changed here.
cp .trunkline/local.db "$theirs/.trunkline/local.db"
(
	cd "$theirs" || exit 1
	rm .trunkline/ledger.db
	say b theirs
	flow-publish plan -q -o p.json flows/b.flow.yaml >/dev/null && flow-publish apply p.json >/dev/null
) || fail "they could not publish"
cp "$theirs/.trunkline/local.db" .trunkline/local.db
expect 0 flow-publish import
has out 'edited    b'
lacks flows/b.flow.json theirs
sed -i 's/"one"/"mine"/' flows/b.flow.json
expect 4 flow-publish import --update
has out 'conflict  b'
lacks flows/b.flow.json theirs
sed -i 's/"mine"/"one"/' flows/b.flow.json
expect 0 flow-publish import --update b
has out 'updated   b'
has flows/b.flow.json theirs
expect 0 flow-diff

# Names, folders, records.
expect 2 flow-publish import suport
expect 2 flow-publish import "Support Line (EM)"
has err "did you mean 'Support Line (EN)'?"
expect 2 flow-publish import --folder ../elsewhere
rm flows/a.flow.json
expect 2 flow-publish import --folder more a
has err "do not take in 'more/name.flow.json'"
sed -i 's/flows]/flows, more]/' trunkline.yaml
expect 0 flow-publish import --folder more a
[ -f more/a.flow.json ] || fail "not in the folder"
expect 0 flow-audit log
has out 'import'
expect 0 flow-publish import a
has out '1 known'

# Nothing goes through a symlink, nor into a repository of its own, and no file is made beside one that nobody can read.
mkdir ../outside
ln -s ../outside flows/link && git init -q flows/sub
rm more/a.flow.json
expect 2 flow-publish import --folder flows/link
has err "'flows/link' is a symlink"
expect 2 flow-publish import --folder flows/link/below
expect 2 flow-publish import --folder flows/sub
[ -z "$(ls ../outside)" ] || fail "it wrote elsewhere"
rm -r flows/link flows/sub
# Nor where git ignores it, so that nobody would see it: not by its own name, nor by that of a folder.
for rule in 'more/*.json:more' 'nobody/:flows/nobody' '*.flow.json:more'; do
	echo "${rule%:*}" >.gitignore
	expect 2 flow-publish import --folder "${rule#*:}" a
	has err "git ignores '${rule#*:}/a.flow.json', so that no command would see the file"
	expect 2 flow-publish import --dry-run --folder "${rule#*:}" a
	[ ! -e "${rule#*:}/a.flow.json" ] || fail "it was written"
done
rm .gitignore
echo 'flow: [' >flows/a.flow.yaml
expect 4 flow-publish import a
has out 'conflict  a  flows/a.flow.yaml'
has out 'mend it first'
[ ! -e more/a.flow.json ] || fail "a second file of one flow"
rm flows/a.flow.yaml

# Schedules and audio that a flow uses belong to what is deployed: after an import there is nothing to publish.
cd .. && mkdir made && cd made || exit 1
mkdir flows audio && echo RIFF >audio/hi.wav
cat >flows/hours.flow.yaml <<'END'
flow: hours
channel: voice
start: open
prompts: {hi: {audio: audio/hi.wav}}
nodes:
  open: {type: hours, schedule: office, open: greet, closed: bye, holiday: bye}
  greet: {type: play, prompt: hi, next: bye}
  bye: {type: end}
END
cat >trunkline.yaml <<'END'
flows: [flows]
schedules:
  office: {time_zone: Europe/Berlin, weekly: {monday: ["09:00-12:00"]}}
END
git init -q . && git add . && git commit -qm one
publish
rm -r flows .trunkline/ledger.db
expect 0 flow-publish import
expect 0 flow-publish plan --detailed-exitcode
has out '1 unchanged'
