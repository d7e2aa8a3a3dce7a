#!/bin/sh
# A newcomer's repository: it works at once, nothing is overwritten, odd places are refused in kind words.
. "$ROOT/tests/lib.sh"

expect 0 flow-publish init my-flows
sed "s,'.*/my-flows/,'," out >said
golden said flow-publish-init.txt
cd my-flows || exit 1
printf 'out\nerr\n' >>.git/info/exclude
[ -x .git/hooks/pre-commit ] || fail "no hook"
expect 0 flow-validate --strict --env local
has out '1 flow: 0 errors, 0 warnings, 0 notes'
expect 0 flow-simulate --env local --min-coverage nodes=100
expect 0 flow-publish plan -o plan.json
expect 0 flow-publish apply plan.json
expect 0 flow-monitor
git add .
git commit -q -m first || fail "the hooks refused the first commit"
[ -z "$(git status --porcelain)" ] || fail "the plan or .trunkline is not ignored"

# Again: nothing changes. With something of one's own: it stays.
expect 0 flow-publish init
has out 'kept  trunkline.yaml'
has out 'kept  flows/welcome.suite.yaml'
lacks out 'made'
[ -z "$(git status --porcelain)" ] || fail "a second init changed something"
mkdir ../own && cd ../own || exit 1
git init -q .
mkdir flows
echo mine >.gitignore
echo mine >flows/welcome.flow.yaml
expect 0 flow-publish init --no-hooks
has out 'kept  .gitignore'
has out 'kept  flows/welcome.flow.yaml'
[ "$(cat .gitignore flows/welcome.flow.yaml)" = "mine
mine" ] || fail "something was overwritten"
# The suite is of a flow that is not this one.
[ ! -e flows/welcome.suite.yaml ] || fail "a suite for somebody else's flow"
[ ! -e .git/hooks/pre-commit ] || fail "a hook in spite of --no-hooks"
mkdir ../project && cd ../project || exit 1
echo 'flows: [ivr]' >trunkline.yaml
expect 0 flow-publish init --no-hooks
[ ! -e flows ] || fail "an example in a project that keeps its flows elsewhere"
[ "$(cat trunkline.yaml)" = 'flows: [ivr]' ] || fail "the project file was overwritten"

# Places that are none.
cd .. || exit 1
expect 2 flow-publish init "$HOME"
has err 'this is your home folder'
expect 2 flow-publish init -C /
has err "'/' is no folder for flows"
expect 2 flow-publish init my-flows/.git
has err "is git's own"
expect 2 flow-publish init one two
has err "'two' is too much"
expect 2 flow-publish init -C nowhere
git init -q --bare bare.git
expect 2 flow-publish init bare.git
has err 'bare repository'
echo x >file
expect 3 flow-publish init file/inside
mkdir blocked && echo x >blocked/flows
expect 3 flow-publish init blocked
has err "a folder 'flows'"
if [ "$(id -u)" -ne 0 ]; then
	mkdir -m 555 closed
	expect 3 flow-publish init closed
	has err 'choose a folder of your own'
fi

# Hooks go as they came: what was there before them is there again, and nothing else is touched.
mkdir hooked && cd hooked || exit 1
git init -q .
echo '#!/bin/sh' >.git/hooks/pre-commit
expect 0 flow-publish init
[ -x .git/hooks/pre-push ] || fail "no hook to take away"
git status --porcelain >before
expect 2 flow-publish init --no-hooks --remove-hooks
expect 0 flow-publish init --remove-hooks
has out "/.git/hooks/pre-commit'; its place took '"
has out "hook  removed '"
[ "$(cat .git/hooks/pre-commit)" = '#!/bin/sh' ] || fail "not the hook that was there: $(cat .git/hooks/pre-commit)"
[ ! -e .git/hooks/pre-push ] || fail "a hook is left"
git status --porcelain | cmp -s - before || fail "more than hooks changed"
expect 0 flow-publish init --remove-hooks
has out 'is none of ours: nothing to remove'
cd ..
expect 2 flow-publish init --remove-hooks nowhere
[ ! -e nowhere ] || fail "a folder was made"

# Somebody else's hooks are no reason to fail without a word.
mkdir husky && cd husky || exit 1
git init -q .
git config core.hooksPath /somewhere/else
expect 3 flow-publish init
has err "the hooks are not ('--no-hooks' does without)"
[ -e trunkline.yaml ] || fail "no files"
cd ..

# What it says to type is typed as it stands.
expect 0 flow-publish init "it's mine"
has out "  cd 'it'\\''s mine'"
expect 0 flow-publish help
has out 'usage: flow-publish COMMAND'
