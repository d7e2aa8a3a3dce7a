#!/bin/sh
# The mistakes of somebody who is new here: the right exit status and a message that helps, never a crash, never a silent pass.
# shellcheck disable=SC2086 # commands with their subcommands
. "$ROOT/tests/lib.sh"

# Nothing here at all: no project file, no flow, no repository.
mkdir empty && cd empty || exit 1
expect 0 flow-validate
has err "there are no flows here; 'flow-publish init' makes a first one"
expect 0 flow-simulate
has err "there are no suites to run"
for command in flow-validate flow-simulate; do
	expect 2 "$command" missing.yaml
	has err "$command: there is no 'missing.yaml'"
	expect 2 "$command" --staged
	has err "is not in a git repository"
	expect 2 "$command" -C /no/such/folder
	has err "cannot work in '/no/such/folder'"
	expect 2 "$command" --formt json
	has err "did you mean '--format'?"
	has err "try '$command --help'"
	expect 2 "$command" --format yaml
	has err "text, json"
	expect 2 "$command" -j many
	has err "needs a whole number, not 'many'"
done
expect 2 flow-publish
has err "a command is missing: init, import, plan, apply"
expect 2 flow-publish plann
has err "did you mean 'plan'?"
expect 2 flow-publish apply
has err "FILE, the plan, is missing"
expect 2 flow-publish apply missing.json
expect 0 flow-publish plan
has err "there are no flows here; 'flow-publish init' makes a first one"
expect 0 flow-publish status
expect 0 flow-monitor
has err "nothing is deployed in the environment 'local'"
expect 2 flow-monitor hello
has err "the environment 'local' has no flow 'hello'"
expect 2 flow-publish rollback --env local hello
expect 2 flow-diff missing.flow.yaml
has err "there is no file 'missing.flow.yaml'"
expect 2 flow-diff HEAD
for command in flow-diff flow-monitor 'flow-publish plan' 'flow-publish status'; do
	expect 2 $command --env prod
	has err "there is no environment 'prod': there is no trunkline.yaml in '$PWD' or above it"
	expect 2 $command -C /no/such/folder
	expect 2 $command --colour
	has err "did you mean '--color'?"
done
expect 2 flow-diff env:locl
has err "there is no environment 'locl', did you mean 'local'?"
expect 2 flow-validate --limit fille=3
has err "there is no limit 'fille', did you mean 'file'?"
expect 2 flow-validate --limit speed=3
has err "there is no limit 'speed': file, "
expect 2 flow-validate --limit file
has err "'--limit' takes NAME=VALUE, not 'file'"
# Looking makes nothing.
[ "$(find . -mindepth 1 | LC_ALL=C sort | tr '\n' ' ')" = "./err ./out " ] || fail "something was made: $(find .)"
cd ..

# A home holds the configuration, and is no repository for that.
mkdir -p home/.config/trunkline
printf 'environments:\n  prod: {region: eu-central-1}\n' >home/.config/trunkline/config.yaml
chmod 600 home/.config/trunkline/config.yaml
for command in 'flow-publish status' 'flow-publish plan' flow-monitor flow-diff 'flow-audit log'; do
	expect 0 env -u TRUNKLINE_CONFIG -u XDG_CONFIG_HOME HOME="$PWD/home" $command -C home
	expect 2 env -u TRUNKLINE_CONFIG -u XDG_CONFIG_HOME HOME="$PWD/home" $command -C home --env prod
	has err "there is no trunkline.yaml in"
done
echo 'flows: [flows]' >home/trunkline.yaml
expect 2 env -u TRUNKLINE_CONFIG -u XDG_CONFIG_HOME HOME="$PWD/home" flow-publish status -C home
has err "lies in the repository"
rm -r home

# A project of their own, in a fresh repository.
cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" .
git init -q .
expect 0 flow-validate --staged
expect 2 flow-validate --rev HEAD
has err "'HEAD'"
expect 2 flow-validate --rev HEAD --staged
has err "options '--rev' and '--staged' exclude each other"
for command in flow-validate flow-simulate; do
	expect 2 "$command" --env stagin
	has err "there is no environment 'stagin', did you mean 'staging'?"
done
expect 2 flow-simulate flows/helo.suite.yaml
has err "did you mean 'flows/hello.suite.yaml'?"
expect 2 flow-simulate flows/hello.flow.yaml
has err "there is no suite in 'flows/hello.flow.yaml'; suites are files '*.suite.yaml'"
expect 2 flow-validate flows/audio
has err "there is no flow in 'flows/audio'"

# A slip of the pen in each kind of file.
printf 'flow: broken\nnodes: [\n' >flows/broken.flow.yaml
expect 1 flow-validate
has out 'flows/broken.flow.yaml:'
has out '[yaml-syntax]'
printf 'flow: broken\nnodes:\n<<<<<<< HEAD\n  a: {type: end}\n=======\n  b: {type: end}\n>>>>>>> theirs\n' >flows/broken.flow.yaml
expect 1 flow-validate
has out 'flows/broken.flow.yaml:3:1: error: git left a conflict of a merge here'
has out "remove the lines '<<<<<<<', '=======' and '>>>>>>>'"
rm flows/broken.flow.yaml
sed -i 's/next: bye}/next: bey}/' flows/hello.flow.yaml
expect 1 flow-validate
has out 'flows/hello.flow.yaml:'
has out "did you mean 'bye'?"
expect 1 flow-simulate flows/hello.suite.yaml
has err "there is no node 'bey'"
cp "$ROOT/flows/hello.flow.yaml" flows/
sed -i 's/exact_path/exakt_path/' flows/hello.suite.yaml
expect 1 flow-validate
has out "did you mean 'exact_path'?"
expect 2 flow-simulate flows/hello.suite.yaml
has err "did you mean 'exact_path'?"
cp "$ROOT/flows/hello.suite.yaml" flows/
sed -i 's/^rules:/rulez:/' trunkline.yaml
for command in flow-validate flow-simulate; do
	expect 2 "$command"
	has err "unknown key 'rulez'"
	has err "did you mean 'rules'?"
done
cp "$ROOT/trunkline.yaml" .

# Somebody else's platform.
printf '  production: {platform: genesys}\n' >>trunkline.yaml
for command in flow-diff flow-monitor 'flow-publish plan' 'flow-publish status'; do
	expect 2 $command --env production
	has err "the platform 'local' works without an account"
done
cp "$ROOT/trunkline.yaml" .

# A plan that is none, and one that somebody has edited.
expect 0 flow-publish plan -o plan.json
echo 'not a plan' >other.json
expect 2 flow-publish apply other.json
has err "no plan"
sed 's/hello/hullo/' plan.json >other.json
expect 2 flow-publish apply other.json
has err "was changed since it was made"
expect 0 flow-publish apply plan.json

# Results that cannot be written are never a success.
for command in flow-validate flow-simulate flow-diff 'flow-publish plan'; do
	expect 3 sh -c "$command >/dev/full"
	has err "No space left on device"
	expect 3 $command -o /proc/no-such/file
	has err "cannot write"
	expect 3 $command -o /dev/full
done
for command in 'flow-publish status' flow-monitor; do
	expect 3 sh -c "$command >/dev/full"
done

# A folder that they may read and not write: looking works, publishing says what is in the way.
theirs=$TMPDIR/theirs
mkdir "$theirs" && cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" "$theirs"
expect 0 flow-publish plan -C "$theirs" -o "$TMPDIR/plan.json"
rm -rf "$theirs/.trunkline"
chmod -R a+rX,a-w "$theirs"
chmod a+r "$TMPDIR/plan.json"
as_somebody=
if [ "$(id -u)" -eq 0 ]; then
	chmod a+x "$TMPDIR" "$TMPDIR/.."
	as_somebody='env -u HOME setpriv --reuid=65534 --regid=65534 --clear-groups'
fi
if $as_somebody flow-validate --version >/dev/null 2>&1; then
	expect 0 $as_somebody flow-validate -C "$theirs"
	expect 1 $as_somebody flow-diff -C "$theirs"
	expect 3 $as_somebody flow-publish apply -C "$theirs" "$TMPDIR/plan.json"
	has err "cannot make the folder"
fi
chmod -R u+w "$theirs"

# Ctrl-C and being told to go, while it waits for a case.
for signal in INT:130 TERM:143; do
	expect "${signal#*:}" timeout --foreground --preserve-status -s "${signal%:*}" 0.3 flow-monitor --watch
	expect "${signal#*:}" sh -c "sleep 5 | timeout --foreground --preserve-status -s ${signal%:*} 0.2 flow-simulate --flow flows/hello.flow.yaml --case -"
done

# Whoever reads has seen enough: no word of it, and no success either.
expect 0 sh -c '{ sleep 0.2; flow-validate --list-rules; echo "$?" >status; } 2>said | :'
[ ! -s said ] || fail "a word of a closed pipe: $(cat said)"
[ "$(cat status)" = 3 ] || fail "a result that nobody read: $(cat status)"

# A bare repository: what can be asked there, and nobody is sent to an option that is not there.
git init -q --bare bare.git
for command in flow-validate flow-simulate; do
	expect 2 "$command" -C bare.git
	has err 'say which revision with --rev'
done
for command in 'flow-publish plan' 'flow-publish status' flow-monitor flow-diff; do
	expect 2 $command -C bare.git
	has err 'use a clone'
	lacks err '--rev'
done

# Over the wire, as somebody types it who has read the first page of it: from what the sandbox prints to a flow that callers get.
. "$ROOT/tests/production.sh"
expect 0 flow-publish init shop
cd shop && git add . && git commit -q -m "Our flows" 2>/dev/null || exit 1
expect 2 flow-publish plan --env sandbox
has err "there is no environment 'sandbox': there is local"
flow-sandbox --for 10m --write-config ~/sandbox.yaml >"$TMPDIR/printed" &
sandbox_pid=$!
trap stop_sandbox EXIT
until grep -qs '^export TRUNKLINE_CONFIG' "$TMPDIR/printed"; do
	kill -0 "$sandbox_pid" || fail "the sandbox does not start"
	sleep 0.05
done

# Both pieces into the one file that they know: it gives authority, so it holds nothing before it is approved.
cp trunkline.yaml good.yaml
{
	echo '  sandbox:'
	echo '    platform: genesys'
	sed -n '/^    login:/,/^    role:/p' "$TMPDIR/printed"
} >>trunkline.yaml
expect 2 flow-publish plan --env sandbox
has err "claims authority (login, api, credentials, role) that you have not approved"
has err "or keep it in $HOME/.config/trunkline/config.yaml"
# As it is printed, below the environments that are there.
cp good.yaml trunkline.yaml
sed -n '/^# into the project/,/^# into the shell/p' "$TMPDIR/printed" >>trunkline.yaml
expect 2 flow-publish plan --env sandbox
has err "duplicate key 'environments'"
mv good.yaml trunkline.yaml
echo '  sandbox: {platform: genesys}' >>trunkline.yaml
expect 2 flow-publish plan --env sandbox
has err "$HOME/.config/trunkline/config.yaml should have it, but there is no such file"
export TRUNKLINE_CONFIG="$HOME/sandbx.yaml"
expect 2 flow-publish plan --env sandbox
has err "$HOME/sandbx.yaml should have it, but there is no such file"
cp ~/sandbox.yaml .
export TRUNKLINE_CONFIG="$PWD/sandbox.yaml"
expect 2 flow-publish plan --env sandbox
has err "lies in the repository"
rm sandbox.yaml
export TRUNKLINE_CONFIG="$HOME/sandbox.yaml"
chmod a+w ~/sandbox.yaml
expect 2 flow-publish plan --env sandbox
has err "chmod go-w '$HOME/sandbox.yaml'"
chmod go-w ~/sandbox.yaml

expect 1 flow-publish plan --env sandbox
has err "the environment 'sandbox' has no value for 'SUPPORT_QUEUE'"
has err "add it under 'values' of the environment in trunkline.yaml"
sed -i 's/  sandbox: .*/  sandbox: {platform: genesys, values: {SUPPORT_QUEUE: support}}/' trunkline.yaml
expect 2 flow-publish plan --env sandbox
has err "trunkline.yaml' is not committed as it is; only the environment 'local' takes what is not committed: commit first"
rm -f out err && git add . && git commit -q -m "The sandbox" 2>/dev/null
expect 0 flow-publish plan --env sandbox -o plan.json
has err "to publish it: flow-publish apply plan.json"
expect 2 flow-publish apply --env local plan.json
has err "this plan is for the environment 'sandbox', not 'local'"
expect 0 flow-publish apply plan.json
has out 'published  welcome  version 1'
expect 0 flow-publish apply plan.json
has out 'welcome  version 1'
expect 0 flow-publish status --env sandbox
expect 0 flow-monitor --env sandbox --watch --timeout 0s
expect 2 flow-monitor --env sandbox --listen 127.0.0.1:0
expect 0 flow-audit verify --env sandbox
expect 0 flow-publish resume --env sandbox
has err "nothing is unfinished in 'sandbox'"
expect 2 flow-publish rollback --env sandbox welcome
expect 0 flow-publish import -n --env sandbox
has out '1 known'

# A slip in the secret; and it is not running any more, which is said with its address.
cp ~/sandbox.yaml.secret "$TMPDIR/secret"
echo wrong >~/sandbox.yaml.secret
expect 3 flow-publish status --env sandbox
has err "it does not accept the client's id and secret (401)"
cp "$TMPDIR/secret" ~/sandbox.yaml.secret
stop_sandbox
trap - EXIT
for command in 'flow-publish plan' 'flow-publish status' flow-diff flow-monitor; do
	expect 3 timeout 60 $command --env sandbox
	has err "$(head -n 1 "$TMPDIR/printed")"
done
