#!/bin/sh
# What a killed publisher left, what is told meanwhile, and from which commits an environment takes flows.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

flows='a b c d e f g h'
mkdir flows
git init -q .
expect 0 flow-publish resume
has err "nothing is unfinished in 'local'"
expect 2 flow-publish resume now
has err "takes no operand such as 'now'"
expect 2 flow-publish apply --steal-lease ' ' nothing.json
for flow in $flows; do say "$flow" one; done
git add flows && git commit -q -m one
publish

# Killed in the middle, then resumed: what is on record is finished at its own commit, whatever is checked out by then.
resumed=0
for round in 2 3 4 5 6 7 8 9; do
	for flow in $flows; do say "$flow" "round $round"; done
	git commit -q -a -m "round $round"
	expect 0 flow-publish plan -q -o plan.json
	timeout -s KILL 0.0$((round * 3 + 10)) flow-publish apply plan.json >/dev/null 2>&1
	git checkout -q --detach HEAD^
	expect 0 flow-publish resume
	grep -q 'nothing is unfinished' err || resumed=$((resumed + 1))
	git checkout -q -
	expect 0 flow-publish resume
	has err 'nothing is unfinished'
	expect 0 flow-publish apply plan.json
	expect 0 flow-publish status
	[ "$(grep -cE "^  [a-h] +$round +published" out)" -eq 8 ] || fail "round $round: not all is version $round"
	lacks out 'end not known'
done
echo "$resumed of 8 had something to resume"

# The same, taken back.
for flow in $flows; do say "$flow" 'taken back'; done
git commit -q -a -m 'taken back'
expect 0 flow-publish plan -q -o plan.json
timeout -s KILL 0.03 flow-publish apply plan.json >/dev/null 2>&1
expect 0 flow-publish resume --undo
expect 0 flow-publish status
lacks out 'end not known'

# Events, a line each, as the schema says; the last one says how it ended.
git reset -q --hard
for flow in $flows; do say "$flow" events; done
git commit -q -a -m events
expect 0 flow-publish plan -q -o plan.json
expect 0 flow-publish apply --events - plan.json
while read -r line; do
	echo "$line" >event.json
	is_valid event event.json
done <out
[ "$(grep -c '"event":"published"' out)" -eq 8 ] || fail "not an event for each flow"
head -n 1 out | grep -q '"event":"begin"' || fail "no beginning"
tail -n 1 out | grep -q '"event":"end","exit":0' || fail "no end"
expect 0 flow-publish apply --events events.json plan.json
has out '8 there already'
has events.json '"event":"end","exit":0'
expect 2 flow-publish apply --events nowhere/events.json plan.json
[ -e /dev/full ] && expect 3 flow-publish apply --events /dev/full plan.json
expect 2 flow-publish apply --timeout soon plan.json
has err "'--timeout' takes a duration"
expect 2 flow-publish plan --concurrency 1000
has err "'--concurrency' is at most 256"

# Of a commit, whatever the working tree says.
say a two
git commit -q -a -m two
say a 'not committed'
expect 0 flow-publish plan -q --commit HEAD -o plan.json
expect 2 flow-publish apply plan.json
expect 2 flow-publish apply --commit HEAD^ plan.json
has err 'the plan is of commit'
expect 0 flow-publish apply --commit HEAD plan.json
has out 'published  a'
expect 2 flow-publish plan --commit nowhere
expect 0 flow-publish plan --commit HEAD
has out '8 unchanged'

# Only what is on a branch, where the user's own configuration asks for that.
git reset -q --hard
main=$(git symbolic-ref --short HEAD)
cat >../config.yaml <<END
environments:
  local: {publish_from: {branch: $main}}
END
chmod 600 ../config.yaml
TRUNKLINE_CONFIG=$PWD/../config.yaml
export TRUNKLINE_CONFIG
git switch -q -c side
say a side
expect 2 flow-publish plan
has err "'local' takes only what is committed on the branch $main"
git commit -q -a -m side
expect 2 flow-publish plan
has err "takes only what is on the branch '$main'"
expect 0 flow-publish plan --commit "$main"
git switch -q "$main"
git merge -q side
expect 0 flow-publish plan -q -o plan.json
expect 0 flow-publish apply plan.json
