#!/bin/sh
# Nobody lets us in, or the configuration is not as it should be: what, where and what to do is said, before anything is planned or written.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

mkdir project && cd project || exit 1
make_project
cat >"$TMPDIR/seed.yaml" <<'END'
clients:
  - {id: reader, secret: see-only-please, scopes: ["flow:read"]}
  - {id: nearly, secret: see-only-please, scopes: ["flow:view", "flow:edit"]}
  - {id: clerk, secret: see-only-please, scopes: ["flow:view", "flow:edit", "authorization:read"]}
roles:
  - {id: observer, name: Observer, scopes: ["flow:view", "interaction:read"]}
END
start_sandbox --seed "$TMPDIR/seed.yaml"
cp "$SANDBOX_CONFIG" "$SANDBOX_CONFIG.kept"
cp "$SANDBOX_CONFIG.secret" "$SANDBOX_CONFIG.secret.kept"
cp "$SANDBOX_CONFIG.id" "$SANDBOX_CONFIG.id.kept"
expect 0 flow-publish plan -q --env production -o plan.json

# as ID SECRET: from now on.
as() {
	echo "$1" >"$SANDBOX_CONFIG.id"
	echo "$2" >"$SANDBOX_CONFIG.secret"
}

# The wrong password, by every command that goes there: the login server's name, and where to look.
as "$(cat "$SANDBOX_CONFIG.id.kept")" not-the-password
for command in 'flow-publish plan' 'flow-publish status' 'flow-publish import' 'flow-publish rollback a' 'flow-monitor' 'flow-monitor --timeout 5s a' \
	'flow-diff' 'flow-simulate --remote calls/a.suite.yaml'; do
	# shellcheck disable=SC2086
	says 3 "no token from $SANDBOX" 'does not accept the client' '`credentials:`' -- $command --env production
	lacks err not-the-password
	lacks err '/api/v2/'
done
says 3 'does not accept the client' -- flow-publish apply plan.json
as nobody not-the-password
says 3 'does not accept the client' 'there is no such client' -- flow-publish plan --env production

# Rights that are missing, all of them at once: of the client, and of the role.
as reader see-only-please
says 3 "'production' cannot be published to: the client lacks flow:edit, authorization:read;" 'granted' 'nothing was written' -- flow-publish plan --env production -o lacking.json
[ ! -e lacking.json ] || fail 'there is a plan'
says 3 'the client lacks flow:edit, authorization:read' -- flow-publish apply plan.json
expect 0 flow-publish status --env production
# Who may only look can plan, where the platform is not asked what it thinks; what is missing is said, and nothing is published so.
says 3 'can be had with --no-remote-validation' -- flow-publish plan --env production
expect 0 flow-publish plan --no-remote-validation --env production -o looked.json
has err 'this plan is only to look at: the client lacks flow:edit, authorization:read'
says 3 'the client lacks flow:edit, authorization:read' -- flow-publish apply looked.json
as nearly see-only-please
says 3 'the client lacks authorization:read' -- flow-publish apply plan.json
as clerk see-only-please
sed -i 's/role: publisher/role: observer/' "$SANDBOX_CONFIG"
says 3 "the role 'observer' lacks flow:edit" -- flow-publish apply plan.json
sed -i 's/role: observer/role: nobody/' "$SANDBOX_CONFIG"
says 2 "the platform has no role 'nobody'" -- flow-publish plan --env production
cp "$SANDBOX_CONFIG.kept" "$SANDBOX_CONFIG"
cp "$SANDBOX_CONFIG.id.kept" "$SANDBOX_CONFIG.id"

# Secrets that cannot be read: which file or variable or program, and how it is mended.
rm "$SANDBOX_CONFIG.secret"
says 2 "cannot read client_secret '$SANDBOX_CONFIG.secret'" 'No such file' -- flow-publish plan --env production
touch "$SANDBOX_CONFIG.secret"
chmod 600 "$SANDBOX_CONFIG.secret"
says 2 "client_secret is empty: nothing is in the file '$SANDBOX_CONFIG.secret'" -- flow-publish plan --env production
cp "$SANDBOX_CONFIG.secret.kept" "$SANDBOX_CONFIG.secret"
chmod 644 "$SANDBOX_CONFIG.secret"
says 2 'is open to other users' "chmod 600 '$SANDBOX_CONFIG.secret'" -- flow-publish apply plan.json
chmod 600 "$SANDBOX_CONFIG.secret"

# configured FROM TO: the protected configuration with one change.
configured() {
	sed "s|$1|$2|" "$SANDBOX_CONFIG.kept" >"$SANDBOX_CONFIG"
}
configured 'client_secret: {[^}]*}' 'client_secret: {env: NOT_THERE}'
says 2 "'NOT_THERE', which is not set" -- flow-publish plan --env production
says 2 "nothing is in the variable 'NOT_THERE'" -- env NOT_THERE= flow-publish plan --env production
configured 'client_secret: {[^}]*}' "client_secret: {command: ['false', S3cretWord]}"
says 2 "client_secret: 'false' ended with status 1" 'run it by hand' -- flow-publish plan --env production
lacks err S3cretWord
configured 'client_secret: {[^}]*}' "client_secret: {command: [no-such-program]}"
says 2 "there is no program 'no-such-program'" -- flow-publish plan --env production
configured 'client_secret: {[^}]*}' "client_secret: S3cretWord"
says 2 'no place where a secret is found' "$SANDBOX_CONFIG:5:" -- flow-publish plan --env production
lacks err S3cretWord

# The configuration: gone, not ours alone, not for us to read, not what it should be.
mv "$SANDBOX_CONFIG" "$SANDBOX_CONFIG.away"
says 2 "environment 'production'" "$SANDBOX_CONFIG should have it, but there is no such file" -- flow-publish apply plan.json
mv "$SANDBOX_CONFIG.away" "$SANDBOX_CONFIG"
configured 'production' 'staging'
says 2 "$SANDBOX_CONFIG should have it, but does not name this environment" -- flow-publish plan --env production
says 2 "the environment 'staging' is in $SANDBOX_CONFIG alone" 'trunkline.yaml must name it too' -- flow-publish plan --env staging
says 2 "there is no environment 'prodution', did you mean 'production'?" -- flow-publish plan --env prodution
configured 'login:' 'logn:'
says 2 "$SANDBOX_CONFIG:3:5: unknown key 'logn'" "did you mean 'login'?" -- flow-publish plan --env production
configured 'credentials: .*' ''
says 2 "where its client_id and client_secret are ('credentials') is not said" -- flow-publish plan --env production
cp "$SANDBOX_CONFIG.kept" "$SANDBOX_CONFIG"
chmod 666 "$SANDBOX_CONFIG"
says 2 'may be written by other users' "chmod go-w '$SANDBOX_CONFIG'" -- flow-publish plan --env production
chmod 000 "$SANDBOX_CONFIG"
[ -r "$SANDBOX_CONFIG" ] || says 3 "$SANDBOX_CONFIG" 'Permission denied' -- flow-publish plan --env production
chmod 600 "$SANDBOX_CONFIG"

# Plain http beyond this machine, and an address that holds a password.
for address in http://api.example.com http://10.1.2.3 http://127.0.0.1.example.com; do
	configured 'api: .*' "api: $address"
	says 2 "$address" 'without https everything would travel in plain text' -- flow-publish plan --env production
done
configured 'login: .*' 'login: https://somebody:S3cretWord@login.example.com'
says 2 'has no place' -- flow-publish plan --env production
lacks err S3cretWord
cp "$SANDBOX_CONFIG.kept" "$SANDBOX_CONFIG"

# A plan of another environment, of another commit, edited, of another project, gone.
sed 's/production/staging/' "$SANDBOX_CONFIG.kept" | tail -n +2 >>"$SANDBOX_CONFIG"
says 2 "this plan is for the environment 'production', not 'local'" -- flow-publish apply --env local plan.json
sed 's/"production"/"staging"/' plan.json >edited.json
says 2 'was changed since it was made' -- flow-publish apply edited.json
git commit -q --allow-empty -m later
says 2 'the plan is of commit' 'make a new plan' -- flow-publish apply plan.json
git reset -q --hard HEAD^
says 2 "cannot open 'nowhere.json'" -- flow-publish apply nowhere.json
: >empty.json
says 2 'this is no plan' -- flow-publish apply empty.json

# After all of that nothing is there, nothing is on record but the plan, and what was planned at first goes through.
api GET /api/v2/flows >there.json
has there.json '"total":0'
expect 0 flow-publish apply plan.json
stands 1:published 1:published
expect 0 flow-audit log --env production --format json
[ "$(grep -c '"action": *"apply"' out)" -ge 1 ] || fail 'the apply is not on record'
