# tests/cmd/sdk.sh: the vendor's own client against flow-sandbox: every answer has the members and types that its index.d.ts declares, every operation that the sandbox serves is
# one that it has, and requests that were recorded can be held against its parameters.
# shellcheck source=tests/lib.sh
. "$ROOT/tests/lib.sh"
# shellcheck source=tests/sandbox.sh
. "$ROOT/tests/sandbox.sh"

sdk=$ROOT/build/sdk
why=$("$ROOT/tests/sdk/install" "$sdk") || skip "$why"

# What another flow hands its callers to.
cat >payments.yaml <<'END'
inboundCall:
  name: Payments
  startUpRef: /inboundCall/tasks/task[Pay_10]
  tasks:
    - task:
        name: Pay
        refId: Pay_10
        actions:
          - disconnect:
              name: Disconnect
END
cat >seed.yaml <<END
architect:
  users: [{name: Ann Agent, email: ann@example.com}]
  queues: [Support, Sales, Rescue]
  prompts: [Hello, sorry, wait]
  systemPrompts: [Goodbye]
  dataActions: [{name: Get Profile, category: CRM}]
  integrations: [CRM]
  schedules: [Weekdays]
  scheduleGroups: [Office]
  emergencyGroups: [Fire]
  dataTables: [Numbers]
  skills: [French]
  languages: [English]
  wrapupCodes: [Done]
  groups: [Agents, Gold team]
  scripts: [Greeting]
  flows: ['$ROOT/tests/fixtures/architect/nightly.yaml', '$PWD/payments.yaml']
END
start_sandbox --seed seed.yaml --rate 0

# 1. The SDK drives it.
export FLOW="$ROOT/tests/fixtures/architect/support-call.yaml"
node "$ROOT/tests/sdk/drive.js" "$sdk" >figures 2>problems || { cat figures problems >&2; fail "the SDK and the sandbox do not agree"; }
cat figures
grep -q '^SDK [0-9.]*: [0-9]* calls ' figures || fail "no figures"

# 2. What it asked is what it declares: the recording and the check agree.
admin 200 GET /sandbox/architect/requests
node "$ROOT/tests/sdk/requests.js" "$sdk" body >figures 2>problems || { cat problems >&2; fail "the SDK's own requests are not as it declares them"; }
head -n 1 figures
! grep -q "$SANDBOX_CLIENT_SECRET" body || fail "a secret was recorded"

# 3. What is wrong is found: an unknown path, an unknown parameter, a member that a body does not have.
admin 204 DELETE /sandbox/architect/requests
SANDBOX=$SANDBOX_ARCHITECT
TOKEN=$(new_token)
call 404 GET /api/v2/flows/a/b/c
call 200 GET '/api/v2/flows?pagesize=1'
call 400 POST /api/v2/flows/export/jobs -d '{"flow": []}'
admin 200 GET /sandbox/architect/requests
if node "$ROOT/tests/sdk/requests.js" "$sdk" body >/dev/null 2>problems; then fail "wrong requests were not found"; fi
grep -q "GET /api/v2/flows/a/b/c: the SDK has no such operation" problems || fail "no word of an unknown path"
grep -q "'pagesize' is no parameter of ArchitectApi.getFlows" problems || fail "no word of an unknown parameter"
grep -q "RegisterArchitectExportJob has no member 'flow'" problems || fail "no word of an unknown member"

# 4. So are answers that are not as declared.
node - "$ROOT" "$sdk" >found <<'END'
const [root, sdk] = process.argv.slice(2);
const { readDeclarations, Checker } = require(`${root}/tests/sdk/models.js`);
const checker = new Checker(readDeclarations(`${sdk}/node_modules/purecloud-platform-client-v2/index.d.ts`), require(`${root}/tests/sdk/enumerations.js`));
checker.check({ id: 1, name: 'a', type: 'CALL', version: 2, publishedVersion: { id: '1.0', dateCreated: 'today' } }, 'Models.Flow', 'flow');
console.log(checker.problems.join('\n'));
END
for line in "flow.id: string is declared, not 1" "flow: Flow has no member 'version'" "flow.type: 'CALL' is none of" "flow.publishedVersion.dateCreated: number is declared"; do
	grep -qF "$line" found || fail "no word of: $line"
done

# 5. What our own driver asks is what the SDK declares: a publish over a lock that is given back, and a look for drift.
rm -rf project
git init -q project
mkdir project/flows
cp "$FLOW" "$ROOT/tests/fixtures/architect/nightly.yaml" payments.yaml project/flows
echo 'environments: {sandbox: {platform: architect}}' >project/trunkline.yaml
start_sandbox --seed seed.yaml --platform architect --write-config config.yaml
git -C project add . && git -C project commit -q -m "Three flows"
export TRUNKLINE_CONFIG="$PWD/config.yaml"
publish() {
	{ flow-publish plan -q -C project --env sandbox -o "$PWD/plan.json" && flow-publish apply -q -C project "$PWD/plan.json"; } >out 2>err ||
		{ cat out err >&2; fail "publishing did not succeed"; }
}
publish
sed -i 's/tts: .*/tts: Another greeting/' project/flows/support-call.yaml
git -C project commit -q -a -m "Another greeting"
publish
# A lock that is somebody's, and an edit of theirs.
admin 200 POST '/sandbox/architect/flows/Support%20line/lock' -d '{"user": "Ann Agent"}'
sed -i 's/^  description: .*/&, later/; s/tts: .*/tts: A third greeting/' project/flows/*.yaml
git -C project commit -q -a -m "A third greeting"
flow-publish plan -q -C project --env sandbox -o "$PWD/plan.json" >out 2>err || { cat out err >&2; fail "planning did not succeed"; }
status=0
flow-publish apply -q -C project "$PWD/plan.json" >out 2>err || status=$?
[ "$status" -eq 4 ] || { cat out err >&2; fail "over a lock it ended with $status"; }
admin 200 DELETE /sandbox/architect/flows/Support%20line/lock
flow-publish apply -q -C project "$PWD/plan.json" >out 2>err || { cat out err >&2; fail "publishing did not succeed"; }
admin 200 POST '/sandbox/architect/flows/Support%20line/edit' -d '{"user": "Ann Agent"}'
status=0
flow-diff --drift -C project --env sandbox >out 2>&1 || status=$?
[ "$status" -eq 1 ] || { cat out >&2; fail "an edit is no drift: $status"; }
flow-monitor --watch --timeout 0s -C project --env sandbox >out 2>&1
publish
flow-diff -C project env:sandbox >out 2>&1 || fail "flow-diff: $(cat out)"
grep -q '3 the same' out || { cat out >&2; fail "what is deployed differs from what was published"; }
SANDBOX=$SANDBOX_ARCHITECT
admin 200 GET /sandbox/architect/requests
node "$ROOT/tests/sdk/requests.js" "$sdk" body >figures 2>problems || { cat problems >&2; fail "the driver's requests are not as the SDK declares them"; }
cat figures
for operation in 'POST /api/v2/flows/actions/checkout' 'POST /api/v2/flows/jobs' 'POST /api/v2/flows/export/jobs' 'GET /api/v2/flows' 'POST /api/v2/flows/{flowId}/history' \
	'GET /api/v2/flows/{flowId}/history/{historyId}' 'GET /api/v2/flows/{flowId}/versions'; do
	grep -q "  $operation\$" figures || fail "the driver did not ask for $operation"
done
