# Answers that are lost: what was written is found out by reading it back, never guessed, and never written twice.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository 'one'
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git add trunkline.yaml
git commit -q -m project
start_sandbox

# apply STATUS FAULT…: publishes the present commit while the answers go wrong.
apply() {
	ends=$1
	shift
	faults
	expect 0 flow-publish plan -q --env production -o plan.json
	faults "$@"
	expect "$ends" flow-publish apply plan.json
}

# Creation: one flow each, whatever becomes of the answer.
number=0
for fault in 'reset=after' 'reset=before' 'status=500,when=after' 'status=503' 'html,when=after' 'cut=20'; do
	number=$((number + 1))
	say "new$number" "$fault"
	git add flows
	git commit -q -m "$fault"
	apply 0 "$fault,on=POST /api/v2/flows,count=1"
	has out "published  new$number"
	api GET "/api/v2/flows?name=new$number" >there.json
	has there.json '"total":1'
done

# A creation that never arrives: it is said that nobody knows, and the next try is a good one.
say lost 'lost'
git add flows
git commit -q -m lost
apply 3 'reset=before,on=POST /api/v2/flows'
has out 'unknown    lost'
has out 'may still arrive'
faults
apply 0
api GET '/api/v2/flows?name=lost' >there.json
has there.json '"total":1'

# The next version: each is written once.
version=1
for fault in 'reset=after' 'reset=before' 'status=500,when=after' 'status=503' 'status=504,when=after' 'html,when=after' 'empty,when=after' 'cut=20,when=after' 'expire' \
	'status=401' 'status=429,retry-after=1'; do
	version=$((version + 1))
	say a "$fault"
	git commit -q -a -m "$fault"
	apply 0 "$fault,on=PUT /api/v2/flows/{id},count=1"
	has out "published  a  version $version"
	expect 0 flow-diff env:production
done

# What the platform refuses is written by nobody.
for fault in 'status=403' 'status=422'; do
	say a "$fault"
	git commit -q -a -m "$fault"
	apply 3 "$fault,on=PUT /api/v2/flows/{id},count=1"
	expect 0 flow-publish status --env production
	has out "a     $version "
done
for fault in 'status=409' 'status=412'; do
	apply 4 "$fault,on=PUT /api/v2/flows/{id},count=1"
	has out "the platform refuses the write as a conflict (${fault#status=}), but is still at version $version, as planned"
	lacks out 'ours only'
	has err 'apply the same plan again'
	lacks err 'a new plan alone'
done
apply 0
has out "published  a  version $((version + 1))"

# It was written, and then nothing can be read any more.
say a 'unread'
git commit -q -a -m unread
apply 3 'reset=after,on=PUT /api/v2/flows/{id},count=1' 'status=404,on=GET /api/v2/flows/{id}/versions/{v}'
has out 'cannot be read back'
faults
expect 0 flow-publish resume --env production
expect 0 flow-publish status --env production
lacks out 'not written from here'
lacks out 'end not known'
expect 0 flow-diff env:production
expect 0 flow-publish plan --env production
lacks out 'to update'

# All or nothing, and what was written cannot be taken back just now: it is said that resume goes on, and it does.
faults
for flow in a b; do say $flow 'all or nothing'; done
git commit -q -a -m 'all or nothing'
apply_all() {
	expect 0 flow-publish plan -q --env production -o plan.json
	faults 'deploy=failed,on=PUT /api/v2/flows/{id},reason=no room'
	expect 1 flow-publish apply --atomic plan.json
	has out 'could not be taken back: its deployment failed: no room'
	has out "version $1 was written and could not"
	has err "'flow-publish resume --env production' takes back the rest once the cause is gone"
	faults
	expect 0 flow-publish resume --env production
	lacks out 'could not be'
	expect 0 flow-publish resume --env production
	has err 'nothing is unfinished'
}
apply_all 15
expect 0 flow-publish plan --env production
has out '2 to update'

# One that goes by another name here than there, and of which nobody could look up whether it was made: resume finds it by what it says.
cat >flows/front.flow.json <<'END'
{"id": "front-1", "name": "Front desk", "version": 1, "nodes": {"start": {"type": "start", "transition": "hello"},
 "hello": {"type": "action", "actions": [{"name": "play", "prompt": {"text": "hi"}}], "transition": "bye"}, "bye": {"type": "end"}}}
END
git add flows
git commit -q -m front
apply 3 'reset=after,count=1,on=POST /api/v2/flows' 'status=400,after=1,on=GET /api/v2/flows'
has out 'unknown    front-1'
faults
expect 0 flow-publish resume --env production
expect 0 flow-audit query --env production --flow front-1
lacks out 'its program ended before it wrote'
has out 'its end was not recorded'
api GET '/api/v2/flows?name=Front%20desk' >there.json
has there.json '"total":1'
