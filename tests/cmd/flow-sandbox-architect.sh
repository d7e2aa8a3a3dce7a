# tests/cmd/flow-sandbox-architect.sh: the vendor's API at the sandbox's second address: locks, jobs and how they go wrong, exports, what people do meanwhile, and what is kept.
# shellcheck source=tests/lib.sh
. "$ROOT/tests/lib.sh"
# shellcheck source=tests/sandbox.sh
. "$ROOT/tests/sandbox.sh"

yaml=$ROOT/tests/fixtures/architect/support-call.yaml
cat >seed.yaml <<END
architect:
  users: [{name: Ann Agent}]
  jobs: {start: 0ms, run: 10ms}
  flows: ['$yaml', '$ROOT/tests/fixtures/architect/nightly.yaml']
END

# begin OPTION…: the sandbox, with $TOKEN of its second address, where all that follows is asked.
begin() {
	start_sandbox "$@"
	[ "$(sed -n 2p sandbox.out)" = "$SANDBOX_ARCHITECT" ] || fail "the second line is not the second address"
	SANDBOX=$SANDBOX_ARCHITECT
	TOKEN=$(new_token)
}

flow_id() {
	call 200 GET "/api/v2/flows?name=$1"
	sed -n 's/{"entities":\[{"id":"\([^"]*\)".*/\1/p' body
}

# answer TEXT: the body has it.
answer() {
	grep -qF "$1" body || { cat body >&2; fail "no '$1' in the answer"; }
}

# finished PATH: waits until the job there is over; its state is in `body`.
finished() {
	tries=0
	while [ "$tries" -lt 200 ]; do
		call 200 GET "$1?expand=messages"
		grep -qE '"status":"(Success|Failure)"' body && return
		tries=$((tries + 1))
		sleep 0.02
	done
	fail "the job did not end"
}

# register; put STATUS FILE [CURL OPTION…]; import FILE: an import job, step by step or whole.
register() {
	call 200 POST /api/v2/flows/jobs
	job=$(member id)
	url=$(sed -n 's/.*"presignedUrl":"\([^"]*\)".*/\1/p' body)
}
put() {
	wanted=$1 file=$2
	shift 2
	ask -X PUT --data-binary "@$file" -H 'x-amz-server-side-encryption: AES256' -H "x-amz-tagging: ${tagging:-service=architect&kind=flow}" "$@" "$url"
	[ "$code" = "$wanted" ] || { cat head body >&2; fail "expected $wanted, got $code: the upload of $file"; }
}
import() {
	register
	put 200 "$1"
	finished "/api/v2/flows/jobs/$job"
}

# client_of FILE: the id of the client that made its first version.
client_of() {
	sed -n 's/.*"createdByClient":{"id":"\([^"]*\)".*/\1/p' "$1" | head -n 1
}

# export_of BODY: an export job; what can be fetched is in `exported`.
export_of() {
	call 200 POST /api/v2/flows/export/jobs -d "$1"
	finished "/api/v2/flows/export/jobs/$(member id)"
	url=$(sed -n 's/.*"downloadUrl":"\([^"]*\)".*/\1/p' body)
	rm -f exported
	[ -z "$url" ] || curl -s -o exported "$url"
}

begin --seed seed.yaml
support=$(flow_id Support) nightly=$(flow_id Nightly)

# 1. A token of one address is none at the other; a path of one is none of the other.
SANDBOX=$(sed -n 1p sandbox.out)
call 401 GET /api/v2/flows
SANDBOX=$SANDBOX_ARCHITECT
call 404 POST "/api/v2/flows/$support/validate"

# 2. A job makes the next version, passes its own client's lock and gives it back; another's lock stops it, in words.
call 200 POST "/api/v2/flows/actions/checkout?flow=$support"
answer '"lockedClient"'
sed 's/^  name: .*/  name: Support line/; s/tts: .*/tts: Another greeting/' "$yaml" >other.yaml
import other.yaml
answer '"status":"Success"'
call 200 GET "/api/v2/flows/$support"
answer '"publishedVersion":{"id":"2.0"'
! grep -q '"lockedClient"' body || fail "the lock was not given back"
admin 200 GET "/sandbox/architect/flows/$support/content"
cmp -s body other.yaml || fail "the content is not what was uploaded"
admin 200 POST "/sandbox/architect/flows/Support%20line/lock" -d '{"user": "Ann Agent"}'
import "$yaml"
answer 'locked by another entity'
call 409 POST "/api/v2/flows/actions/checkout?flow=$support"
answer '"code":"architect.flow.locked.by.user"'
admin 200 DELETE "/sandbox/architect/flows/$support/lock"
admin 204 POST /sandbox/architect -d '{"ownLock": "refused"}'
call 200 POST "/api/v2/flows/actions/checkout?flow=$support"
import "$yaml"
answer 'locked by another entity'
admin 204 POST /sandbox/architect -d '{"ownLock": "passed"}'
call 200 POST "/api/v2/flows/actions/revert?flow=$support"

# 3. The same name in another type is another flow; a new name makes a new one.
printf 'workflow:\n  name: Support line\n  startUpRef: "/workflow/states/state[Start_10]"\n  states:\n    - state:\n        name: Start\n        refId: Start_10\n        actions:\n          - endWorkflow:\n              name: End\n' >workflow.yaml
import workflow.yaml
answer '"command":"Create"'
call 200 GET '/api/v2/flows?name=Support%20line'
answer '"total":2'

# 4. What is wrong is said in words that name the thing, and no place.
printf 'inboundCall:\n  name: "{{title}}"\n' >bad.yaml
import bad.yaml
answer "substitution key 'title' was not found"
printf 'nothing: here\n' >bad.yaml
import bad.yaml
answer '"status":"Failure"'
admin 204 POST /sandbox/architect -d '{"strict": true}'
import "$yaml"
answer 'Unable to find the '
admin 204 POST /sandbox/architect -d '{"strict": false}'

# 5. The address of an upload takes what it was signed with, and nothing else.
register
tagging=x
put 403 "$yaml"
tagging=
put 400 "$yaml" -H 'Authorization: Bearer x'
url=$(echo "$url" | sed 's/Signature=./Signature=x/')
put 403 "$yaml"

# 6. Jobs end badly on demand.
for case in 'fail,reason=no such thing|no such thing' 'silent|"messages":[]' 'not-found|exit code 107'; do
	fault "job=${case%%|*},on=POST /api/v2/flows/jobs"
	import "$yaml"
	answer '"status":"Failure"'
	answer "${case##*|}"
done
fault 'job=upload-refused'
register
put 403 "$yaml"
fault 'job=url-expired'
register
put 403 "$yaml"
grep -q 'Request has expired' body || fail "no word of the expiry"
fault 'job=hang'
register
put 200 "$yaml"
sleep 0.1
call 200 GET "/api/v2/flows/jobs/$job"
answer '"status":"Started"'
admin 204 DELETE /sandbox/faults

# 7. Exports: as it was published; as the platform writes it; several at once; one that is left out.
one='{"flow": {"id": "'$nightly'"}, "exportType": "Yaml"}'
export_of "{\"flows\": [$one]}"
cmp -s exported "$ROOT/tests/fixtures/architect/nightly.yaml" || fail "the export is not what was published"
admin 204 POST /sandbox/architect -d '{"exportStyle": "renumbered"}'
export_of "{\"flows\": [$one]}"
grep -q 'Start_101' exported || fail "the export has the old numbers"
git init -q repo
cp "$ROOT/tests/fixtures/architect/nightly.yaml" repo/nightly.yaml
git -C repo add . && git -C repo commit -q -m "As it was published"
cp exported repo/nightly.yaml
flow-diff -C repo HEAD >diff 2>&1 || fail "flow-diff: $(cat diff)"
grep -q '1 the same' diff || { cat diff >&2; fail "what means nothing shows as a difference"; }
export_of "{\"flows\": [$one, {\"flow\": {\"name\": \"Support line\", \"type\": \"inboundcall\"}, \"fileName\": \"support.yaml\"}]}"
python3 -m zipfile -l exported >listing
grep -q '^Nightly.yaml' listing && grep -q '^support.yaml' listing || { cat listing >&2; fail "the archive does not hold both"; }
fault 'job=omit'
export_of "{\"flows\": [$one]}"
answer '"status":"Success"'
[ ! -f exported ] || fail "the flow was not left out"

# 8. Somebody does something between two requests.
fault "act=edit,on=POST /api/v2/flows/jobs,flow=Nightly,count=1"
register
call 200 GET "/api/v2/flows/$nightly"
answer '"publishedVersion":{"id":"2.0"'
fault 'act=lock-client,on=POST /api/v2/flows/actions/checkout,when=after,count=1'
call 200 POST "/api/v2/flows/actions/checkout?flow=$nightly"
call 200 GET "/api/v2/flows/$nightly"
answer 'Another pipeline'
fault 'act=busy,on=GET /api/v2/flows/*,count=1' 'act=revoke,reason=architect:flow:publish,on=POST /api/v2/flows/actions/publish'
admin 200 DELETE "/sandbox/architect/flows/$nightly/lock"
call 200 GET "/api/v2/flows/$nightly"
call 409 POST "/api/v2/flows/actions/checkout?flow=$nightly"
answer 'architect.operation.already.in.progress'
admin 204 DELETE /sandbox/faults
admin 204 POST /sandbox/architect/revoked -d '{"permission": "architect:flow:publish"}'
import "$yaml"
answer 'missing the following permission(s): architect:flow:publish'
admin 204 POST /sandbox/architect/revoked -d '{"permission": "architect:flow:publish", "back": true}'
fault 'act=delete,on=GET /api/v2/flows/*,count=1'
call 404 GET "/api/v2/flows/$support"
admin 400 POST /sandbox/faults -d '{"fault": "act=edit"}'
answer "needs 'on'"

# 9. What is kept beside a database is there again: versions, locks, content.
begin --seed seed.yaml --db kept.db
support=$(flow_id Support)
import other.yaml
admin 200 POST "/sandbox/architect/flows/$support/lock" -d '{"user": "Ann Agent"}'
call 200 GET "/api/v2/flows/$support/versions"
mv body before
begin --db kept.db
call 200 GET "/api/v2/flows/$support"
answer '"lockedUser"'
answer '"publishedVersion":{"id":"2.0"'
admin 200 GET "/sandbox/architect/flows/$support/content"
cmp -s body other.yaml || fail "the content was not kept"
call 200 GET "/api/v2/flows/$support/versions"
sed "s/$(client_of before)/$SANDBOX_CLIENT_ID/g" before | cmp -s - body || fail "the versions were not kept"
