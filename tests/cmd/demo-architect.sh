#!/bin/sh
# The day of the Architect demo is the same every time; it runs from anywhere, leaves nothing behind, and what it imports is the example repository.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

# A copy in a folder with a blank in its path stands for a fresh clone.
mkdir "a clone"
cp -R "$ROOT/examples" "$ROOT/scripts" "a clone"
expect 0 "a clone/scripts/demo-architect" -b "$BIN"
mask <out | sed -E 's|[^ ]*/trunkline-demo\.[A-Za-z0-9]+|…|g; s/"chain":"[0-9a-f]*"/"chain":"…"/' >masked
golden masked demo-architect.txt
[ ! -s err ] || fail "$(cat err)"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
expect 2 "$ROOT/scripts/demo-architect" --no-such-option

# Stopped when it is told so, it takes everything with it.
: >stopped
env --default-signal=INT setsid "$ROOT/scripts/demo-architect" -b "$BIN" >stopped 2>&1 &
demo=$!
until grep -q -e '^== 2' stopped; do
	kill -0 "$demo" 2>/dev/null || fail "ended before: $(cat stopped)"
	sleep 0.02
done
kill -INT "-$demo"
status=0
wait "$demo" || status=$?
[ "$status" -eq 130 ] || fail "stopped it ended with $status: $(cat stopped)"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"

# The example is a repository as a team has it: good in both of its environments, and its policy and workflow are as the schemas want them.
cp -R "$ROOT/examples/architect" team
cd team || exit 1
for environment in test production; do
	expect 0 flow-validate --env "$environment" --strict
	has out '6 flows: 0 errors, 0 warnings'
done
# The skeletons beside its flows are what the tool makes of them.
mkdir kept && mv flows/inboundCall/*.skeleton.yaml kept
expect 0 flow-simulate --generate-skeleton
for skeleton in kept/*; do cmp "$skeleton" "flows/inboundCall/${skeleton#kept/}" || fail "another skeleton"; done
