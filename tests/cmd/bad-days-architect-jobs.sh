#!/bin/sh
# The vendor's organisation on bad days: jobs that fail, say nothing or hang, uploads that are not taken, the platform's limit of requests in every disguise, exports that
# leave a flow out.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/architect.sh"

on_jobs='on=POST /api/v2/flows/jobs'
on_exports='on=POST /api/v2/flows/export/jobs'

# no_lock: of ours.
no_lock() {
	api GET '/api/v2/flows?pageSize=100' >there.json
	lacks there.json '"lockedClient"'
}

mkdir project && cd project || exit 1
make_organisation

# A job fails: what it says stands on the lines of the YAML, in the result too; callers keep what they had, and nothing is left to resume.
change two
faults "job=fail,reason=In task 'Greet' the action 'Say hello' is not valid,$on_jobs"
expect 1 flow-publish apply plan.json
has err "flows/main.yaml:10:21: error: architect says: In task 'Greet' the action 'Say hello' is not valid"
has out 'deployment failed  inboundCall/Main'
has out "was not published: In task 'Greet' the action 'Say hello' is not valid"
has out 'nothing was written'
has err 'callers keep what they had before'
expect 1 flow-publish apply --format json plan.json
is_valid apply-result out
has out '"file": "flows/main.yaml"'
has out '"line": 10'
has out '"column": 21'
has out '"rule": "remote-publish"'
has out '"state": "deployment failed"'
expect 0 flow-publish resume --env production
has err 'nothing is unfinished'
expect 0 flow-audit log --env production --outcome failed
has out "In task 'Greet' the action 'Say hello' is not valid"
agree 1.0

# It fails without a message: what is known is said, and what to do; so is it where it is told what failed of what it does not say.
faults "job=silent,$on_jobs"
expect 1 flow-publish apply plan.json
has out 'gives no reason; run flow-validate'
has out 'import the file in Architect, which says more'
agree 1.0

# A flow that fails keeps the others from nothing; of all or nothing it takes them back.
flow chat inboundShortMessage Main two
git commit -q -a -m 'two of chat'
plan
faults "job=fail,reason=In menu 'x' it is wrong,$on_jobs,count=1"
expect 1 flow-publish apply --concurrency 1 plan.json
has out '1 whose deployment failed, 1 published'
faults
plan
expect 0 flow-publish apply plan.json
agree 2.0
change three
flow chat inboundShortMessage Main three
git commit -q -a -m 'three of chat'
plan
faults "job=fail,reason=In menu 'x' it is wrong,$on_jobs,after=1,count=1"
expect 1 flow-publish apply --atomic --concurrency 1 plan.json
has out '1 undone'
no_lock
faults
plan
expect 0 flow-publish apply plan.json
expect 0 flow-publish plan --env production
has out '2 unchanged'

# The upload is refused: nothing was handed over, so nothing is in doubt. An address that has expired is one for a new job; one that always has is no success.
change four
faults "job=upload-refused,$on_jobs"
expect 3 flow-publish apply plan.json
has out 'nothing was written'
no_lock
faults "job=url-expired,$on_jobs"
expect 3 flow-publish apply plan.json
no_lock
before=$(version)
faults "job=url-expired,$on_jobs,count=1"
expect 0 flow-publish apply plan.json
[ "$(version)" != "$before" ] || fail "it was not published"
agree "$(version)"
faults 'status=503,on=PUT /store/architect/*,count=1'
change 'four and a half'
expect 0 flow-publish apply plan.json
faults
agree "$(version)"

# It hangs: nobody guesses; while it does resume says so, and once it is gone, or over, the truth is found.
change five
faults "job=hang,$on_jobs"
expect 3 flow-publish apply --timeout 1s plan.json
has out 'whether it was published is not known: the job is at work still after 1s'
has err "'flow-publish resume --env production'"
expect 0 flow-publish status --env production
has out 'end not known'
expect 3 flow-publish resume --env production --timeout 1s
has err 'is still at work there'
faults
sandbox POST /sandbox/architect/jobs '{}' >/dev/null
expect 0 flow-publish resume --env production
has out '1 there already'
agree "$(version)"
[ "$(version)" != "$before" ] || fail "it was not published"
# One that fails in the end published nothing: resume says why and tries once more.
change six
faults "job=hang,$on_jobs,count=1"
expect 3 flow-publish apply --timeout 1s plan.json
sandbox POST /sandbox/architect/jobs '{"fail": "The service was restarted."}' >/dev/null
expect 0 flow-publish resume --env production
has out '1 published'
expect 0 flow-audit log --env production --outcome failed
has out 'The service was restarted.'
faults
agree "$(version)"

# The platform's limit of requests: in a header, in the text of a job in two disguises, and to the end of the time that there is.
flow chat inboundShortMessage Main seven
change seven
faults "status=429,retry-after=1,$on_jobs,count=1" "job=not-found,$on_jobs,count=1" "job=fail,reason=Request failed with status code 429,$on_jobs,after=1,count=1"
expect 0 flow-publish apply plan.json
has out '2 published'
faults
agree "$(version)"
change eight
faults "job=not-found,$on_jobs"
expect 3 flow-publish apply --timeout 3s plan.json
has out "the platform's limit of requests is used up within its job"
has out 'exit code 107'
lacks err 'architect says'
no_lock
faults
expect 0 flow-publish resume --env production
agree "$(version)"

# Within an export; an export whose address has expired; one that leaves a flow out, once and always.
before=$(version)
for type in INBOUNDCALL INBOUNDSHORTMESSAGE; do
	sandbox POST "/sandbox/architect/flows/Main/edit?type=$type" '{"user": "Bob"}' >/dev/null
done
faults "job=not-found,$on_exports,count=1"
expect 1 flow-diff --drift --env production
has out '2 changed'
faults "job=omit,$on_exports,count=1"
expect 1 flow-diff --drift --env production
has out '2 changed'
faults "job=omit,$on_exports"
expect 3 flow-diff --drift --env production
has err "the platform's export omits the flow"
expect 3 flow-publish plan --env production
has err "the platform's export omits the flow"
faults "job=url-expired,$on_exports"
expect 3 flow-diff --drift --env production
has err 'it has expired'
faults "job=fail,reason=The flow is too large,$on_exports"
expect 3 flow-diff --drift --env production
has err 'The flow is too large'
faults
