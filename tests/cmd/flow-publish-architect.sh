# An organisation of the vendor's: its flows are published by jobs under a lock, whoever else is at them.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/production.sh"

# flow FILE TYPE NAME WORDS: a flow of one task that says WORDS.
flow() {
	cat >"flows/$1.yaml" <<-EOF
		$2:
		  name: $3
		  startUpRef: "./tasks/task[Greet_10]"
		  tasks:
		    - task:
		        name: Greet
		        refId: Greet_10
		        actions:
		          - playAudio:
		              name: Say hello
		              audio:
		                tts: $4
		          - disconnect:
		              name: "{{farewell}}"
	EOF
}

# change WORDS: the flow says that, committed and planned.
change() {
	flow main inboundCall Main "$1"
	git commit -q -a -m "$1"
	expect 0 flow-publish plan -q --env production -o plan.json
}

# version: what callers get of Main.
version() {
	api GET '/api/v2/flows?name=Main&type=INBOUNDCALL' | sed 's/.*"publishedVersion":{"id":"\([^"]*\)".*/\1/'
}

# nobody: no lock is left.
nobody() {
	api GET '/api/v2/flows?name=Main' >there.json
	has_not there.json '"lockedClient"'
}

has_not() {
	if grep -q "$2" "$1"; then fail "$1 has $2"; fi
}

mkdir flows
flow main inboundCall Main hello
flow chat inboundShortMessage Main hello
cat >trunkline.yaml <<'EOF'
flows: [flows]
environments:
  production: {platform: architect, values: {farewell: Bye}}
EOF
git init -q .
git add .
git commit -q -m one
cat >"$TMPDIR/seed.yaml" <<'EOF'
architect:
  users: [{name: Alice}, {name: Bob}]
  clients: [{id: terraform, name: Terraform}]
  jobs: {start: 20ms, run: 50ms}
EOF
start_sandbox --platform architect --seed "$TMPDIR/seed.yaml"
SANDBOX=$(sed -n 2p "$TMPDIR/sandbox")

# The first day: two flows of one name, and a second run that uploads nothing.
expect 0 flow-publish plan --env production -o plan.json
has out '2 to create'
has out 'inboundShortMessage/Main'
expect 0 flow-publish apply plan.json
has out 'published  inboundCall/Main          version 1'
nobody
expect 0 flow-publish plan --env production
has out '2 unchanged'
expect 0 flow-diff env:production
expect 0 flow-diff --drift --env production
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
test "$(version)" = 1.0 || fail "a second run published"

# A native flow has no place there, nor an Architect one elsewhere.
printf 'flow: a\nchannel: voice\nstart: b\nnodes:\n  b: {type: end}\n' >flows/a.flow.yaml
git add flows
git commit -q -m native
expect 2 flow-publish plan --env production
has err 'takes only Architect files'
git rm -q flows/a.flow.yaml
git commit -q -m gone

# Somebody has it locked: a person, another client. Nothing is forced.
change two
sandbox POST '/sandbox/architect/flows/Main/lock?type=INBOUNDCALL' '{"user": "Alice"}' >/dev/null
expect 0 flow-publish plan --env production -o plan.json
has out 'locked by Alice'
expect 4 flow-publish apply plan.json
has out 'locked by Alice'
sandbox POST '/sandbox/architect/flows/Main/lock?type=INBOUNDCALL' '{"client": "terraform"}' >/dev/null
expect 4 flow-publish apply plan.json
has out "locked by the client 'Terraform'"
api GET '/api/v2/flows?name=Main&type=INBOUNDCALL' >there.json
has there.json '"lockedClient":{"id":"terraform"'
sandbox DELETE '/sandbox/architect/flows/Main/lock?type=INBOUNDCALL' >/dev/null

# Edited between plan and apply: before it, and in the moment before the lock.
sandbox POST '/sandbox/architect/flows/Main/edit?type=INBOUNDCALL' '{"user": "Bob"}' >/dev/null
expect 4 flow-publish apply plan.json
has out 'the plan was made on version 1, the platform is at 2'
expect 1 flow-diff --drift --env production
expect 4 flow-monitor --env production --timeout 5s
expect 0 flow-publish plan -q --env production -o plan.json
faults 'act=edit,on=POST /api/v2/flows/actions/checkout,count=1'
expect 4 flow-publish apply plan.json
has out 'by somebody else just now'
test "$(version)" = 3.0 || fail "it was written over"
nobody
faults

# Jobs: one that fails says where, one says nothing, one meets the limit, one hangs.
expect 0 flow-publish plan -q --env production -o plan.json
faults "job=fail,reason=In task 'Greet' the action 'Say hello' is not valid,on=POST /api/v2/flows/jobs"
expect 3 flow-publish apply plan.json
has err "flows/main.yaml:10:21: error: architect says: In task 'Greet' the action 'Say hello' is not valid"
nobody
faults 'job=silent,on=POST /api/v2/flows/jobs'
expect 3 flow-publish apply plan.json
has out 'gives no reason; run flow-validate'
faults 'job=upload-refused,on=POST /api/v2/flows/jobs'
expect 3 flow-publish apply plan.json
nobody
faults 'job=url-expired,on=POST /api/v2/flows/jobs,count=1'
expect 0 flow-publish apply plan.json
test "$(version)" = 4.0 || fail "it was not published"

# The platform's limit of requests hides in a job's text, and is waited out.
change three
faults 'job=not-found,on=POST /api/v2/flows/jobs,count=1'
expect 0 flow-publish apply plan.json
test "$(version)" = 5.0 || fail "it was not published"

# Whoever is interrupted leaves no lock behind.
change four
faults 'latency=3s,on=POST /api/v2/flows/jobs'
flow-publish apply plan.json >out 2>err &
pid=$!
until api GET '/api/v2/flows?name=Main&type=INBOUNDCALL' | grep -q '"lockedClient"'; do sleep 0.1; done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
test "$status" = 130 || fail "interrupted with $status"
faults
nobody
test "$(version)" = 5.0 || fail "it was published"
expect 0 flow-publish apply plan.json

# Rights that are missing are named before anything is done, and in the middle.
change five
sandbox POST /sandbox/architect/revoked '{"permission": "architect:flow:publish"}' >/dev/null
expect 3 flow-publish apply plan.json
has err 'lacks architect:flow:publish'
sandbox POST /sandbox/architect/revoked '{"permission": "architect:flow:publish", "back": true}' >/dev/null
faults 'act=revoke,reason=architect:job:view,on=POST /api/v2/flows/jobs,count=1'
expect 3 flow-publish apply plan.json
has out 'resume'
faults
sandbox POST /sandbox/architect/revoked '{"permission": "architect:job:view", "back": true}' >/dev/null
expect 0 flow-publish resume --env production
nobody
expect 0 flow-publish plan --env production
has out '2 unchanged'

# Back, by the version's number or by none.
expect 0 flow-publish rollback --env production --to 1.0 inboundCall/Main
expect 0 flow-publish plan --env production
has out '1 held'
expect 0 flow-publish release --env production --reason tested inboundCall/Main

# A job that does not end: nobody guesses.
expect 0 flow-publish plan -q --env production -o plan.json
faults 'job=hang,on=POST /api/v2/flows/jobs'
expect 3 flow-publish apply --timeout 2s plan.json
has out 'resume'
faults
expect 3 flow-publish resume --env production --timeout 2s
has err 'still at work'
