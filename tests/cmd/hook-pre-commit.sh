#!/bin/sh
# hooks/pre-commit: what it runs and when it lets a commit through, with stand-ins for the commands that record how they were called.
. "$ROOT/tests/lib.sh"

mkdir bin
cat >bin/flow-validate <<'END'
#!/bin/sh
echo "${0##*/} $* index=${GIT_INDEX_FILE:-}| $(git diff --cached --no-renames --name-status | tr '\t\n' '  ')" >>"$LOG"
exit "$(cat "$LOG.${0##*/}" 2>/dev/null || echo 0)"
END
cp bin/flow-validate bin/flow-simulate
chmod +x bin/*
LOG=$PWD/log
export LOG PATH
PATH=$PWD/bin:$PATH
# git and what the hook itself needs, but none of ours, wherever they are installed.
mkdir bare
for tool in git sh cat dirname; do ln -s "$(command -v "$tool")" bare/; done

# calls TEXT…: what was run since the last time, one a line.
calls() {
	: >want
	for line in "$@"; do echo "$line" >>want; done
	touch "$LOG"
	sed 's/ index=[^|]*|//; s/ *$//' "$LOG" | diff -u want - >&2 || fail "other calls than wanted"
	rm -f "$LOG"
}

git init -q r
cd r || exit
mkdir flows
echo one >flows/a.flow.yaml
echo two >flows/b.flow.yaml
git add .
git commit -q -m 1
cp "$ROOT/hooks/pre-commit" .git/hooks/

# A change that is staged in part: the commands see the index.
echo staged >>flows/a.flow.yaml
git add flows/a.flow.yaml
echo unstaged >>flows/a.flow.yaml
expect 0 git commit -q -m partly
calls "flow-validate --staged M flows/a.flow.yaml" "flow-simulate --staged M flows/a.flow.yaml"

# `git commit -a` and `git commit PATH` commit from an index of their own, which git names to the hook.
expect 0 git commit -q -a -m all
has "$LOG" "index=$PWD/.git/index.lock"
calls "flow-validate --staged M flows/a.flow.yaml" "flow-simulate --staged M flows/a.flow.yaml"
echo more >>flows/a.flow.yaml
echo more >>flows/b.flow.yaml
git add flows/b.flow.yaml
expect 0 git commit -q -m path flows/a.flow.yaml
has "$LOG" "next-index"
calls "flow-validate --staged M flows/a.flow.yaml" "flow-simulate --staged M flows/a.flow.yaml"
git reset -q --hard

# Removed and renamed.
git rm -q flows/b.flow.yaml
git mv flows/a.flow.yaml flows/c.flow.yaml
expect 0 git commit -q -m moved
calls "flow-validate --staged D flows/a.flow.yaml D flows/b.flow.yaml A flows/c.flow.yaml" \
	"flow-simulate --staged D flows/a.flow.yaml D flows/b.flow.yaml A flows/c.flow.yaml"

# What the commands say holds, and a flow that is wrong is not simulated.
echo 1 >"$LOG.flow-validate"
echo x >>flows/c.flow.yaml
expect 1 git commit -q -a -m wrong
calls "flow-validate --staged M flows/c.flow.yaml"
echo 0 >"$LOG.flow-validate"
echo 1 >"$LOG.flow-simulate"
expect 1 git commit -q -a -m failing
rm "$LOG" "$LOG.flow-simulate"
test "$(git log --format=%s -n 1)" = moved || fail "a commit went through"
expect 0 git commit -q -a -m right
rm "$LOG"

# A step of one's own comes first, and its no is a no.
printf '#!/bin/sh\necho own "$@" >>"$LOG"\nexit 3\n' >.git/hooks/pre-commit.local
echo y >>flows/c.flow.yaml
git add .
expect 0 git commit -q -m "not to be run"
chmod +x .git/hooks/pre-commit.local
rm "$LOG"
echo z >>flows/c.flow.yaml
expect 1 git commit -q -a -m own
calls own
rm .git/hooks/pre-commit.local

# From a subfolder, in a linked worktree, by --git-dir, and in a repository that is somewhere else.
mkdir sub
(cd sub && expect 0 git commit -q -a -m sub && rm out err) || exit
rm "$LOG"
git worktree add -q ../w
cd ../w || exit
echo w >>flows/c.flow.yaml
expect 0 git commit -q -a -m worktree
calls "flow-validate --staged M flows/c.flow.yaml" "flow-simulate --staged M flows/c.flow.yaml"
cd ../r || exit
echo z >>flows/c.flow.yaml
git add flows
cd .. || exit
expect 0 git --git-dir=r/.git --work-tree=r commit -q -m elsewhere
rm "$LOG"

# Without the commands on PATH: words, no commit, and the way out that they name.
cd r || exit
echo q >>flows/c.flow.yaml
git add flows
bare=$(cd ../bare && pwd)
expect 1 env PATH="$bare" git commit -q -m lost
has err "pre-commit: cannot find 'flow-validate', so the staged flows are not checked"
has err "git config trunkline.bin FOLDER"
has err "git commit --no-verify"
expect 0 env PATH="$bare" git commit -q --no-verify -m unchecked
git config trunkline.bin "$(cd ../bin && echo "$PWD")"
echo r >>flows/c.flow.yaml
git add flows
expect 0 env PATH="$bare:/usr/bin:/bin" git commit -q -m found
calls "flow-validate --staged M flows/c.flow.yaml" "flow-simulate --staged M flows/c.flow.yaml"
