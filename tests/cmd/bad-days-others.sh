#!/bin/sh
# Somebody else: a person who edits on the platform between plan and apply, two jobs at once, a deployment that fails, is rejected, or hangs.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

# edit FLOW FROM TO TEXT: a person makes version TO on the platform, in which FROM reads TEXT.
edit() {
	history "$1" >/dev/null
	id=$(api GET "/api/v2/flows?name=$1" | sed 's/.*"entities":[[]{"id":"\([^"]*\)".*/\1/')
	api GET "/api/v2/flows/$id" | sed -e "s/\"version\":$(($3 - 1))/\"version\":$3/" -e "s/$2/$4/" >edit.json
	api PUT "/api/v2/flows/$id" "$(cat edit.json)" >/dev/null
}

mkdir project && cd project || exit 1
make_project
start_sandbox --rate 0
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json

# A person edits between plan and apply: the three sides, exit 4, and of both flows nothing is written.
change two
edit a one 2 'Eve was here'
expect 4 flow-publish apply plan.json
for text in 'the plan was made on version 1, the platform is at 2' 'base    "one"' 'theirs  "Eve was here"' 'ours    "two"' 'not tried  b' 'nothing was written'; do
	has out "$text"
done
has err "flow-diff --env production"
stands '2:published 1:published' 1:published
expect 1 flow-diff env:production
has out 'conflict: changed here and on the platform'
expect 4 flow-publish apply --format json plan.json
is_valid apply-result out

# A new plan has seen it; with it the person's edit is replaced, which the history keeps.
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
stands '3:published 2:published 1:published' '2:published 1:published'

# The deployment fails, or is rejected: 1, the platform's reason, callers keep what they had, and nothing is left to resume.
change three
for end in 'failed,reason=no licence' 'rejected,reason=not on a Friday'; do
	faults "deploy=$end"
	expect 1 flow-publish apply plan.json
	has out "${end#*reason=}"
	has err 'callers keep what they had'
	expect 1 flow-monitor --env production
	has out "${end#*reason=}; callers get version 3"
	expect 0 flow-publish resume --env production
	has err 'nothing is unfinished'
	faults
	expect 0 flow-publish plan -q --env production -o plan.json
done
expect 0 flow-publish apply plan.json
stands '6:published 5:rejected 4:failed 3:published 2:published 1:published' '5:published 4:rejected 3:failed 2:published 1:published'

# It hangs: 3 after the time that is allowed for it; it is said how to go on, and resume waits for the same version.
change four
faults 'deploy=hang'
expect 3 flow-publish apply --timeout 500ms plan.json
has out 'version 7 is still publishing after 500ms'
has err "'flow-publish resume --env production'"
expect 3 flow-monitor --env production --timeout 200ms
has out 'timed out'
faults
expect 3 flow-publish resume --env production --timeout 200ms
for flow in a b; do
	id=$(api GET "/api/v2/flows?name=$flow" | sed 's/.*"entities":[[]{"id":"\([^"]*\)".*/\1/')
	sandbox POST "/sandbox/flows/$id/status" '{"status": "published"}'
done
expect 0 flow-publish resume --env production
six='6:published 5:rejected 4:failed 3:published 2:published 1:published'
five='5:published 4:rejected 3:failed 2:published 1:published'
stands "7:published $six" "6:published $five"

# Two jobs at once with one ledger: the second waits, says for whom, and gives up when told to; once the first is done, there is nothing left to do.
change five
faults 'latency=1s,on=PUT /api/v2/flows/{id}'
flow-publish apply --concurrency 1 plan.json >first.txt 2>&1 &
first=$!
until flow-publish status --env production 2>/dev/null | grep -q 'end not known'; do sleep 0.02; done
expect 3 flow-publish apply --wait 100ms plan.json
has err "waiting up to 100ms for "
has err "'production' is being published to by "
has err ' since 20'
has err '(lease until 20'
has err '(--wait 10m)'
has err '--steal-lease REASON'
expect 3 flow-publish rollback --env production --wait 0s a
expect 0 flow-publish apply plan.json
has out '2 there already'
wait $first || fail "the first of two did not end well: $(cat first.txt)"
stands "8:published 7:published $six" "7:published 6:published $five"

# The second takes over: the first writes nothing more and says why, nothing is written twice, and who did so is on record.
change six
faults 'latency=2s,on=PUT /api/v2/flows/{id}'
flow-publish apply --concurrency 1 plan.json >first.txt 2>&1 &
first=$!
until flow-publish status --env production 2>/dev/null | grep -q 'end not known'; do sleep 0.02; done
expect 0 flow-publish status --env production
has out 'being published to by '
has out 'its lease ends at '
expect 0 flow-publish status --env production --format json
is_valid status out
lacks out '"lease": null'
expect 2 flow-publish apply --steal-lease '' plan.json
expect 0 flow-publish apply --steal-lease 'the first one hangs' plan.json
status=0
wait $first || status=$?
[ $status -eq 4 ] || fail "whose lease was taken ended with $status"
has first.txt "the lease of 'production' was taken over"
has first.txt "'flow-publish status --env production'"
lacks first.txt 'make a new plan'
faults
expect 0 flow-publish resume --env production
stands "9:published 8:published 7:published $six" "8:published 7:published 6:published $five"
expect 0 flow-audit log --env production
has out 'the first one hangs'

# Two jobs with a ledger each, which know nothing of each other: each version is written once, and both know how it ended.
change seven
cp -r "$HOME/.local" "$HOME/other"
faults 'latency=200ms'
flow-publish apply plan.json >first.txt 2>&1 &
first=$!
expect 0 env XDG_STATE_HOME="$HOME/other/state" flow-publish apply plan.json
wait $first || fail "one of two did not end well: $(cat first.txt)"
faults
stands "10:published 9:published 8:published 7:published $six" "9:published 8:published 7:published 6:published $five"
expect 0 env XDG_STATE_HOME="$HOME/other/state" flow-audit verify --env production

# Two that want different things: one wins, the other is told so.
git branch other
change eight
cp plan.json eight.json
git checkout -q other
change 'something else'
faults 'latency=100ms'
git checkout -q main
flow-publish apply eight.json >first.txt 2>&1 &
first=$!
git worktree add -q ../other other
cp plan.json ../other/plan.json
expect_status=0
(cd ../other && XDG_STATE_HOME="$HOME/other/state" flow-publish apply plan.json) >second.txt 2>&1 || expect_status=$?
status=0
wait $first || status=$?
case $status-$expect_status in
0-4 | 4-0 | 4-4) ;;
*) cat first.txt second.txt >&2; fail "two that want different things ended with $status and $expect_status" ;;
esac
faults
for flow in a b; do
	case $(history "$flow") in
	11:published\ 10:*) [ $flow = a ] || fail 'b was written twice' ;;
	10:published\ 9:*) [ $flow = b ] || fail 'a was not written' ;;
	*) [ $status-$expect_status = 4-4 ] || fail "the history of $flow is $(history $flow)" ;;
	esac
done
expect 0 flow-audit verify --env production
