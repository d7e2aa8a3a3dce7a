#!/bin/sh
# Links and submodules lead nowhere: not from flows, suites, policies, recordings or the project file, neither on disk, in the index nor in a revision; nothing
# that lies outside of the repository is read, and nothing is written there.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

outside=$TMPDIR/outside
mkdir -p "$outside/folder"
cat >"$outside/secret.flow.yaml" <<-'END'
	flow: outside
	channel: voice
	start: greet
	nodes:
	  greet: {type: play, prompt: {text: canary-of-the-outside}, next: bye}
	  bye: {type: end}
	  canary-of-the-outside: {type: end}
END
printf 'canary-of-the-outside: {a: [\n' >"$outside/secret.yaml"
cp "$outside/secret.flow.yaml" "$outside/folder/"
printf 'suite: a\ncases:\n  - {id: canary-of-the-outside, inputs: [], expect: {status: completed}}\n' >"$outside/secret.suite.yaml"
make_repository one
printf 'flows: [flows]\n' >trunkline.yaml
git add . && git commit -q -m project

# quiet COMMAND…: whatever it ends with, nothing of the outside is shown or planned.
quiet() {
	timeout 20 "$@" >out 2>err
	status=$?
	[ $status -le 4 ] || fail "status $status: $*"
	cat out err >both
	lacks both canary-of-the-outside
}

everywhere() {
	for source in '' '--staged' '--rev HEAD'; do
		# shellcheck disable=SC2086
		quiet flow-validate $source --format json
		# shellcheck disable=SC2086
		quiet flow-simulate $source
	done
	quiet flow-diff HEAD~1 HEAD
	quiet flow-diff
	quiet flow-publish plan -o "$TMPDIR/plan.json"
	[ ! -e "$TMPDIR/plan.json" ] || lacks "$TMPDIR/plan.json" outside
	quiet flow-publish plan --format json
}

# Files and folders, by absolute and by relative links, one that leads through another one, and git's own folder.
ln -s "$outside/secret.flow.yaml" flows/c.flow.yaml
ln -s "../../tmp/outside/secret.flow.yaml" flows/d.flow.yaml
ln -s "$outside/secret.suite.yaml" flows/a.suite.yaml
ln -s "$outside/secret.yaml" flows/p.policy.yaml
ln -s "$outside/folder" flows/e
ln -s e flows/f
ln -s ../.git flows/g
git add -f flows && git commit -q -m links
everywhere
expect 1 flow-validate --strict
has out 'flows/c.flow.yaml'
has out 'link'
# What is passed over is said by all of them, and who names it to be published is told.
for command in flow-simulate 'flow-diff HEAD' 'flow-diff HEAD:flows/c.flow.yaml flows/a.flow.yaml' 'flow-publish plan'; do
	# shellcheck disable=SC2086
	quiet $command
	[ "$(grep -c "^${command%% *}.*: warning: 'flows/c.flow.yaml': a symbolic link is not followed" err)" -eq 1 ] || fail "$command: $(cat err)"
done
quiet flow-publish plan -q
lacks err warning
expect 2 flow-publish plan flows/a.flow.yaml flows/c.flow.yaml
has err "'flows/c.flow.yaml' is a link or a submodule, which is not followed: name the file that is to be published"
for path in flows/c.flow.yaml flows/e flows/e/secret.flow.yaml flows/f; do
	quiet flow-validate --strict "$path"
	[ $status -ne 0 ] || fail "passed: $path"
	quiet flow-publish plan "$path" --format json
	[ $status -ne 0 ] || fail "planned: $path"
	quiet flow-diff "HEAD:$path" flows/a.flow.yaml
done
git rm -q -r --cached flows/c.flow.yaml flows/d.flow.yaml flows/a.suite.yaml flows/p.policy.yaml flows/e flows/f flows/g && git commit -q -m 'no links'
rm flows/[c-g]* flows/*.suite.yaml flows/*.policy.yaml

# The folder of flows itself, and the project file.
mv flows real
ln -s "$outside/folder" flows
git add -A && git commit -q -m 'a folder that is a link'
everywhere
# It is named, and whatever pattern leads through it; without it the project would be an empty one, with nothing that is wrong.
for patterns in flows flows/e flows/c.flow.yaml 'flows/**' './flows' 'flows/*.yaml'; do
	printf 'flows: ["%s"]\n' "$patterns" >trunkline.yaml
	git add trunkline.yaml
	for source in '' '--staged' '--base HEAD'; do
		# shellcheck disable=SC2086
		expect 1 flow-validate --strict $source
		[ "$(grep -c '^flows:1:1: warning: .*not followed' out)" -eq 1 ] || fail "$patterns $source: $(cat out)"
	done
	expect 0 flow-simulate
	has err "warning: 'flows': "
done
git checkout -q HEAD trunkline.yaml
expect 1 flow-validate --strict --rev HEAD
has out 'flows:1:1: warning: '
rm flows && mv real flows
rm trunkline.yaml
ln -s "$outside/secret.yaml" trunkline.yaml
git add -A && git commit -q -m 'a project file that is a link'
everywhere
# What it says of rules, limits and environments would be left out unseen.
for command in flow-validate 'flow-validate --staged' 'flow-validate --rev HEAD' 'flow-validate --base HEAD' flow-simulate flow-diff 'flow-publish plan' 'flow-publish status' \
	'flow-publish trust' flow-monitor 'flow-audit log'; do
	# shellcheck disable=SC2086
	expect 2 $command
	has err "'trunkline.yaml' is a symbolic link, which is not followed"
done
rm trunkline.yaml
mkfifo trunkline.yaml
expect 3 timeout 20 flow-validate
has err 'it is a FIFO'
rm trunkline.yaml
mkdir "$TMPDIR/nowhere"
ln -s /nonexistent "$TMPDIR/nowhere/trunkline.yaml"
expect 2 flow-validate -C "$TMPDIR/nowhere"
has err 'symbolic link'
printf 'flows: ["../../tmp/outside"]\n' >trunkline.yaml
quiet flow-validate
[ $status -eq 2 ] || fail "flows from outside: $status"
printf 'flows: [flows]\n' >trunkline.yaml
git add -A && git commit -q -m back

# A recording that is a link is none.
cat >flows/h.flow.yaml <<-'END'
	flow: h
	channel: voice
	start: greet
	nodes:
	  greet: {type: play, prompt: {audio: greeting.wav}, next: bye}
	  bye: {type: end}
END
ln -s "$outside/secret.yaml" flows/greeting.wav
git add -A && git commit -q -m 'a recording'
quiet flow-validate
quiet flow-publish plan -o "$TMPDIR/audio.json" flows/h.flow.yaml
[ $status -ne 0 ] || fail 'a recording from outside was planned'
git rm -q flows/h.flow.yaml flows/greeting.wav && git commit -q -m 'no recording'

# A submodule is another repository.
git init -q "$TMPDIR/module"
cp "$outside/secret.flow.yaml" "$TMPDIR/module/"
git -C "$TMPDIR/module" add . && git -C "$TMPDIR/module" commit -q -m module
git -c protocol.file.allow=always submodule --quiet add "$TMPDIR/module" flows/module
git commit -q -m 'a submodule'
everywhere
git rm -q -f flows/module && git commit -q -m 'no submodule'

# Devices, FIFOs and what the kernel makes up are read by nobody, nor waited for.
mkfifo flows/i.flow.yaml flows/i.suite.yaml
everywhere
for path in flows/i.flow.yaml flows/i.suite.yaml /dev/zero; do
	for command in flow-validate flow-simulate 'flow-publish apply' 'flow-simulate --flow flows/a.flow.yaml --case' 'flow-diff HEAD'; do
		# shellcheck disable=SC2086
		quiet $command "$path"
		[ $status -ge 2 ] || fail "status $status: $command $path"
	done
done
rm flows/i.*

# Where something is written: not by way of a link, whichever part of the path it is.
rm -rf .trunkline
ln -s "$outside/folder" .trunkline
quiet flow-publish plan
[ $status -eq 2 ] || fail "the store is a link: $status"
rm .trunkline
mkdir -m 700 .trunkline
ln -s "$outside/local.db" .trunkline/local.db
quiet flow-publish plan
[ $status -eq 2 ] || fail "the database is a link: $status"
ln -sf "$outside/plan.json" "$TMPDIR/link.json"
rm .trunkline/local.db
quiet flow-publish plan -o "$TMPDIR/link.json"
[ $status -ne 0 ] || fail 'a plan was written through a link'
[ "$(find "$outside" | wc -l)" -eq 6 ] || { find "$outside" >&2; fail 'something was written outside'; }
