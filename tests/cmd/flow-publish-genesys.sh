# Flows on a platform over the wire: everything that is done on this machine, done there.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# shellcheck disable=SC2016 # the environment's value, not the shell's
make_repository 'Hello ${env.name}'
cat >trunkline.yaml <<'END'
flows: [flows]
environments:
  production: {platform: genesys, values: {name: Ada}}
END
git add trunkline.yaml
git commit -q -m project

# Nothing is asked of anybody before it is said where.
expect 2 flow-publish plan --env production
has err "where its platform is"
has err "'local' works without an account"
start_sandbox

# The first day.
expect 0 flow-publish plan --env production -o plan.json
has out '2 to create'
expect 0 flow-publish apply plan.json
has out 'published  a  version 1'
api GET /api/v2/flows >there.json
has there.json '"total":2'
expect 0 flow-publish status --env production --format json
id=$(sed -n '/"flow": "a"/,/}/s/.*"platform_id": "\([^"]*\)".*/\1/p' out)
api GET "/api/v2/flows/$id" >there.json
has there.json '"text":"Hello Ada"'
has there.json '"externalId":"a"'
expect 0 flow-publish plan --env production
has out '2 unchanged'
expect 0 flow-publish status --env production --format json
is_valid status out
has out '"status": "published"'
expect 0 flow-monitor --env production
expect 0 flow-diff env:production

# The next version, and back.
say a 'Goodbye'
git commit -q -a -m two
expect 1 flow-diff env:production
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
has out 'published  a  version 2'
expect 0 flow-publish rollback --env production a
has out 'published  a  version 3'
expect 0 flow-publish plan --env production
has out '1 held'
expect 0 flow-publish release --env production --reason 'tested' a

# A plan of before somebody else's edit is refused, and so is one that is beaten by it.
expect 0 flow-publish plan -q --env production -o plan.json
api GET "/api/v2/flows/$id" | sed -e 's/"version":3/"version":4/' -e 's/Hello Ada/Hello Eve/' >edit.json
api PUT "/api/v2/flows/$id" "$(cat edit.json)" >/dev/null
expect 4 flow-publish apply plan.json
has out 'Hello Eve'
expect 1 flow-diff env:production
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
has out 'published  a  version 5'

# A deployment takes its time, and may fail.
say b 'Later'
git commit -q -a -m three
faults 'deploy=failed,reason=no audio'
expect 0 flow-publish plan -q --env production -o plan.json
expect 1 flow-publish apply plan.json
has out 'no audio'
expect 1 flow-monitor --env production
has out 'no audio'
expect 0 flow-publish status --env production
has out 'callers get version 1'
faults
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
has out 'published  b  version 3'

# Answers that are none.
for fault in html empty 'cut=30' 'status=404'; do
	faults "$fault,on=GET /api/v2/flows"
	expect 3 flow-publish status --env production
	has err '/api/v2/flows'
done
faults

# A version that nobody here wrote and nobody can read is named, and keeps nobody from the other flows.
api GET "/api/v2/flows/$id" | sed -e 's/"version":5/"version":6/' -e 's/Hello Ada/Hello Eve/' >edit.json
api PUT "/api/v2/flows/$id" "$(cat edit.json)" >/dev/null
faults "html,on=GET /api/v2/flows/$id/versions/6"
expect 3 flow-publish plan --env production -o none.json
has err "flow 'a' (flows/a.flow.yaml): version 6 on the platform, which was not written from here, cannot be read: "
has err 'nothing is planned, but a plan of other flows can be had by naming their files'
[ ! -e none.json ] || fail "a plan that leaves out what it was asked for"
expect 0 flow-publish plan --env production flows/b.flow.yaml
has out '1 unchanged'
git rm -q flows/a.flow.yaml
git commit -q -m 'without a'
expect 0 flow-publish plan --env production -o orphan.json
has out 'orphan  a  no file has it any more; version 6 stays deployed: what it says cannot be read: '
is_valid plan orphan.json
expect 0 flow-publish apply orphan.json
faults

# The wrong password; and nothing that was done has left the right one anywhere.
secret=$(cat "$SANDBOX_CONFIG.secret")
cp "$SANDBOX_CONFIG.secret" "$TMPDIR/kept"
echo 'not it' >"$SANDBOX_CONFIG.secret"
expect 3 flow-publish status --env production
has err '401'
lacks err 'not it'
mv "$TMPDIR/kept" "$SANDBOX_CONFIG.secret"
chmod 600 "$SANDBOX_CONFIG.secret"
expect 0 flow-publish status --env production
if grep -rlF -e "$secret" . "$HOME" | grep -v 'config.yaml.secret$'; then
	fail 'the secret was left behind'
fi
sandbox GET /sandbox/statistics >statistics.json
has statistics.json '"rateLimited":0'

# Two flows that people call the same are refused before anything is written.
for flow in c d; do
	say $flow hello
	sed -i "1a name: Front desk" flows/$flow.flow.yaml
done
git add flows && git commit -qm same
expect 2 flow-publish plan --env production
has err "are both called 'Front desk'"
