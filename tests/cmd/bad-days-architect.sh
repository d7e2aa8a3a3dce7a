#!/bin/sh
# The vendor's organisation on bad days, when others are at work there: locks of people and of other clients, and edits at any moment.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/architect.sh"

# uploads: how many jobs were registered at the sandbox so far.
uploads() {
	sandbox GET /sandbox/architect/requests | grep -o '"path":"/api/v2/flows/jobs"' | wc -l
}

mkdir project && cd project || exit 1
make_organisation
agree 1.0

# A person has it locked: named, since when, in its own words; nothing of the plan is written, not even what is free.
flow chat inboundShortMessage Main two
change two
on_main POST lock '{"user": "Alice"}' >/dev/null
before=$(uploads)
[ "$before" -eq 2 ] || fail "there were $before jobs for two flows"
expect 4 flow-publish apply plan.json
has out 'it is locked by Alice since 20'
has out 'nothing was forced'
has out 'not tried  inboundShortMessage/Main'
has out 'nothing was written'
has err "Alice has 'inboundCall/Main' checked out since 20"
has err 'ask them to check it in or to discard their changes'
has err 'then apply the same plan again'
lacks err 'what is there is not what the plan was made on'
expect 4 flow-publish apply --format json plan.json
is_valid apply-result out
has out '"by": "Alice"'
lacks out '"since": null'
[ "$(uploads)" = "$before" ] || fail "something was uploaded"
there >there.json
has there.json '"lockedUser"'
expect 0 flow-publish plan --env production
has out 'it is locked by Alice: nothing is written until they give it back'
expect 0 flow-publish resume --env production
has err 'nothing is unfinished'

# Another client has it, and then nobody: the same plan goes through.
on_main POST lock '{"client": "terraform"}' >/dev/null
expect 4 flow-publish apply plan.json
has out "it is locked by the client 'Terraform' since 20"
there >there.json
has there.json '"lockedClient":{"id":"terraform"'
on_main DELETE lock >/dev/null
expect 0 flow-publish apply plan.json
agree 2.0

# It is taken in the very moment between the look and our lock, and after our lock was refused.
change three
faults 'act=lock-client,on=POST /api/v2/flows/actions/checkout,count=1'
expect 4 flow-publish apply plan.json
has out "locked by the client 'Another pipeline' since 20"
has err "the client 'Another pipeline' has 'inboundCall/Main' checked out"
has err 'flow-publish resume --env production'
faults
on_main DELETE lock >/dev/null
expect 0 flow-publish resume --env production
agree 3.0

# Somebody saved a draft under their lock: the version is another, and who has it is said as well.
change four
on_main POST edit '{"user": "Bob", "publish": false}' >/dev/null
expect 4 flow-publish apply plan.json
has out 'the plan was made on version 3, the platform is at 3.1'
has err "Bob has 'inboundCall/Main' checked out"
has err 'what is there is not what the plan was made on'
expect 0 flow-publish plan --env production
has out 'it is locked by Bob, who saved a draft at 20'
on_main DELETE lock >/dev/null
plan
expect 0 flow-publish apply plan.json
agree 4.0

# Edited between plan and apply: the three sides, and nothing is written.
change five
on_main POST edit '{"user": "Bob"}' >/dev/null
before=$(uploads)
expect 4 flow-publish apply plan.json
has out 'the plan was made on version 4, the platform is at 5'
has out 'theirs  "Edited by Bob'
has out 'ours    "five"'
has out 'base    "four"'
has err "flow-diff --env production"
expect 4 flow-publish apply --format json plan.json
is_valid apply-result out
has out '"locked": null'
agree 5.0 1

# Edited in the moment before the lock, and published over under it: the lock is given back, the three sides are shown all the same.
plan
faults 'act=edit,on=POST /api/v2/flows/actions/checkout,count=1'
expect 4 flow-publish apply plan.json
has out 'by somebody else just now'
has out 'the lock was given back'
has out 'ours    "five"'
[ "$(uploads)" = "$before" ] || fail "something was uploaded"
agree 6.0 1
faults
plan
expect 0 flow-publish apply plan.json
agree 7.0

# Published by somebody right after our job: what callers get is not what was published here, and that is said.
change six
faults 'act=edit,on=GET /api/v2/flows/{id},after=2,count=1'
expect 4 flow-publish apply plan.json
has out 'was published, then replaced: Pat Example published version'
has out 'ours    "six"'
lacks out 'nothing was written'
faults
agree "$(version)" 1
plan
expect 0 flow-publish apply plan.json
agree "$(version)"
