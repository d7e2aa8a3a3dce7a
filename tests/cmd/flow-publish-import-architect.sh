#!/bin/sh
# The first day of an organisation: two hundred flows become files in one command, byte for byte, and from then on every edit is told from every other.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# yaml TYPE NAME WORDS: a flow of one task that says WORDS.
yaml() {
	printf '%s:\n  name: %s\n  startUpRef: "./tasks/task[T_10]"\n  tasks:\n    - task:\n        name: T\n        refId: T_10\n        actions:\n' "$1" "$2"
	printf '          - playAudio:\n              name: Say\n              audio: {tts: %s}\n          - disconnect: {name: Bye}\n' "$3"
}

mkdir "$TMPDIR/org"
flows=
for i in $(seq 1 200); do
	yaml inboundCall "Flow $i" hello >"$TMPDIR/org/$i.yaml"
	flows="$flows, $i.yaml"
done
yaml inboundShortMessage 'Flow 1' hello >"$TMPDIR/org/message.yaml"
yaml inboundCall 'Flow/1' hello | sed 's|Flow/1|"flow: 1"|' >"$TMPDIR/org/same-name.yaml"
yaml inboundCall Draft hello >"$TMPDIR/org/draft.yaml"
yaml inboundCall Edited new >"$TMPDIR/org/edited-draft.yaml"
yaml inboundCall Edited old >"$TMPDIR/org/edited.yaml"
cat >"$TMPDIR/org/seed.yaml" <<END
architect:
  users: [{name: Bob}]
  jobs: {start: 10ms, run: 20ms}
  flows: [{file: draft.yaml, published: false}, {file: edited.yaml, draftFile: edited-draft.yaml}, message.yaml, same-name.yaml$flows]
END
printf 'flows: [flows]\nenvironments:\n  production: {platform: architect}\n' >trunkline.yaml
git init -q . && git add . && git commit -qm one
start_sandbox --platform architect --seed "$TMPDIR/org/seed.yaml"
SANDBOX=$(sed -n 2p "$TMPDIR/sandbox")

expect 0 flow-publish import --env production --dry-run
has out '204 flows: 203 written, 1 empty (nothing was written)'
[ ! -e flows ] || fail "a dry run wrote files"

# Whoever is stopped half-way finds the first half done, and the next run writes what is missing and nothing else.
faults 'latency=2s,on=POST /api/v2/flows/export/jobs,after=5'
flow-publish import --env production >out 2>err &
pid=$!
until [ -d flows ] && [ "$(find flows -name '*.yaml' | wc -l)" -ge 100 ]; do
	kill -0 "$pid" 2>/dev/null || fail "it ended: $(cat out err)"
	sleep 0.05
done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 130 ] || fail "stopped with $status: $(cat err)"
faults
before=$(find flows -name '*.yaml' | wc -l)
[ "$before" -lt 203 ] || fail "all were written"
touch -d 2020-01-01 flows/inboundCall/*.yaml
expect 0 flow-publish import --env production --format json
is_valid import-result out
[ "$(grep -c '"state": "known"' out)" -eq "$before" ] || fail "not known: $before before"
[ "$(grep -c '"state": "written"' out)" -eq $((203 - before)) ] || fail "not as many written as were missing"
[ "$(find flows -name '*.yaml' -not -newermt 2021-01-01 | wc -l)" -eq "$before" ] || fail "a file was written again"

# Files by type and name, as they were exported; two of one name and other types, two names that make one file.
[ "$(find flows -type f | wc -l)" -eq 203 ] || fail "$(find flows -type f | wc -l) files"
cmp flows/inboundCall/flow-17.yaml "$TMPDIR/org/17.yaml" || fail "not as it was exported"
cmp flows/inboundShortMessage/flow-1.yaml "$TMPDIR/org/message.yaml" || fail "not the message flow"
cmp flows/inboundCall/edited.yaml "$TMPDIR/org/edited.yaml" || fail "not what callers get"
[ -e flows/inboundCall/flow-1-2.yaml ] || fail "no second file for 'flow: 1'"
[ ! -e flows/inboundCall/draft.yaml ] || fail "a flow that nobody gets"
expect 0 flow-validate -q
git add . && git commit -qm imported
expect 0 flow-publish import --env production
has out '204 flows: 203 known, 1 empty'
expect 0 flow-publish plan --env production --detailed-exitcode
has out '203 unchanged'

# Local edits stay; an edit there is taken over where the file was not changed; one of both sides is a conflict.
sed -i 's/hello/mine/' flows/inboundCall/flow-3.yaml flows/inboundCall/flow-5.yaml
for n in 4 5; do
	sandbox POST "/sandbox/architect/flows/Flow%20$n/edit?type=INBOUNDCALL" \
		"{\"user\": \"Bob\", \"yaml\": \"$(sed 's/hello/theirs/; s/"/\\"/g; s/$/\\n/' "$TMPDIR/org/$n.yaml" | tr -d '\n')\"}" >/dev/null
done
expect 4 flow-publish import --env production --update
has out '1 ahead, 1 updated, 1 conflict, 1 empty'
has flows/inboundCall/flow-3.yaml mine
has flows/inboundCall/flow-4.yaml theirs
has flows/inboundCall/flow-5.yaml mine
expect 4 flow-publish import --env production --merge 'Flow 5'
has out "Architect's files are not merged"
has flows/inboundCall/flow-5.yaml mine

# By the name of one.
rm flows/inboundCall/flow-7.yaml
expect 0 flow-publish import --env production 'Flow 7'
has out '1 flow: 1 written'
expect 2 flow-publish import --env production 'Flow 777'
has err "did you mean 'Flow"

# A folder that is a link is not written through.
rm -r flows/inboundShortMessage
mkdir "$TMPDIR/elsewhere"
ln -s "$TMPDIR/elsewhere" flows/inboundShortMessage
expect 2 flow-publish import --env production 'inboundShortMessage/Flow 1'
has err 'is a symlink'
[ -z "$(ls "$TMPDIR/elsewhere")" ] || fail "it wrote elsewhere"
