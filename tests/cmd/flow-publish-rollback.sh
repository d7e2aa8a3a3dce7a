#!/bin/sh
# Going back, what is held since, and letting it go.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

make_repository good
expect 2 flow-publish rollback --env local a
has err "environment 'local' has no flow 'a'"
publish
say a bad
git commit -q -a -m bad
publish

expect 0 flow-publish rollback --env local a --plan back.json --reason 'callers hang up'
is_valid plan back.json
has err 'to publish it: flow-publish apply back.json'
mask <out >said
golden said flow-publish-rollback-plan.txt
expect 0 flow-publish status
grep -qE '^  a +2 ' out || fail "a plan changed something"
expect 0 flow-publish apply back.json
has out 'published  a  version 3'
expect 0 flow-publish apply back.json
has out 'already    a  version 3'
expect 0 flow-publish status
mask <out >said
golden said flow-publish-rollback-status.txt

# It is held until it changes or is released.
expect 0 flow-publish plan -q -o held.json
has out "held    a  was rolled back: callers hang up; 'flow-publish release --env local --reason TEXT FLOW' lifts that"
expect 0 flow-publish apply held.json
has out 'held       a'
expect 2 flow-publish rollback --env local aa
has err "has no flow 'aa'"
expect 2 flow-publish rollback --env local a
has err 'has no earlier version that callers got and that is not held'
expect 2 flow-publish rollback --env local a --to 2
has err "was rolled back before and is held: 'flow-publish release --env local --reason TEXT FLOW' lifts that"
say a better
git commit -q -a -m better
publish
has out 'published  a  version 4'
say a bad
git commit -q -a -m 'bad again'
expect 0 flow-publish plan
has out 'held    a'
expect 2 flow-publish release --env local a
has err '--reason TEXT'
expect 2 flow-publish release --env local a --reason ' '
expect 0 flow-publish release --env local a --reason 'it was the queue'
has out 'local: a may be published again'
expect 2 flow-publish release --env local a --reason again
has err "nothing of flow 'a' is held"
has err "'flow-publish status' says what is"
publish
has out 'published  a  version 5'

# To a version, and what cannot be gone back to.
expect 0 flow-publish rollback --env local a --to 4
has out 'published  a  version 6'
has err "version 5 of 'a' is held"
expect 2 flow-publish rollback --env local a --to 4
has err 'callers get what version 4'
expect 2 flow-publish rollback --env local a --to 44
has err 'has no version 44: the last one is 6'
expect 2 flow-publish rollback --env local a --to x
expect 2 flow-publish rollback --env local
has err 'FLOW is missing'

# A plan of a rollback is refused once somebody published on top.
expect 0 flow-publish rollback --env local a --to 1 --plan back.json
say a newest
git commit -q -a -m newest
publish
expect 4 flow-publish apply back.json
has out 'conflict   a  the plan was made on version 6, the platform is at 7'

# What the platform lost is no other flow that is meant.
rm .trunkline/local.db
expect 2 flow-publish rollback --env local a
has err "'a' was deployed to 'local', but the platform no longer has it"
