#!/bin/sh
# The hooks with the commands themselves: real commits and pushes of flows that are right and wrong, staged in part, renamed and removed.
. "$ROOT/tests/lib.sh"

# flow NAME TARGET: a flow whose first node goes on to TARGET.
flow() {
	cat >"flows/$1.flow.yaml" <<-END
		flow: $1
		name: A flow
		channel: voice
		start: greet
		prompts:
		  hello: {text: "Hello."}
		nodes:
		  greet: {type: play, prompt: hello, next: $2}
		  bye: {type: end}
	END
}

# refused TEXT COMMAND…: the command fails, says TEXT, and HEAD stays.
refused() {
	text=$1
	shift
	before=$(git rev-parse HEAD)
	expect 1 "$@"
	cat out err >said
	has said "$text"
	test "$(git rev-parse HEAD)" = "$before" || fail "a commit went through"
}

git init -q r
cd r || exit
git config core.excludesFile "$PWD/../ignore"
printf 'out\nerr\nsaid\n' >../ignore
mkdir flows
flow one bye
flow two bye
git add .
git commit -q -m 1
cp "$ROOT/hooks/pre-commit" "$ROOT/hooks/pre-push" .git/hooks/

# Wrong and staged: refused, at its place. Mended in the working tree alone: still refused, since the index is what is committed.
flow one nowhere
git add .
refused "flows/one.flow.yaml:8:" git commit -q -m wrong
flow one bye
refused "unknown-node" git commit -q -m "wrong in the index"

# Right and staged, wrong in the working tree: committed.
flow one bye
echo "# a note" >>flows/one.flow.yaml
git add .
flow one nowhere
expect 0 git commit -q -m "right in the index"
git show HEAD:flows/one.flow.yaml | grep -q nowhere && fail "the working tree was committed"

# `git commit -a` takes the working tree, `git commit PATH` that path alone: git names another index for each.
refused "unknown-node" git commit -q -a -m all
flow two nowhere
git add flows/two.flow.yaml
flow one bye
expect 0 git commit -q -m "one path" flows/one.flow.yaml
refused "flows/two.flow.yaml" git commit -q -m "the rest"
git reset -q --hard

# A flow that is wrong and not staged is nobody's business.
flow three nowhere
echo "# a note" >>flows/two.flow.yaml
git add flows/two.flow.yaml
expect 0 git commit -q -m "untracked beside it"
rm flows/three.flow.yaml

# Renamed: checked under its new name. Removed: nothing is left to check.
git mv flows/two.flow.yaml flows/zwei.flow.yaml
sed -i 's/next: bye/next: nowhere/' flows/zwei.flow.yaml
git add .
refused "flows/zwei.flow.yaml" git commit -q -m renamed
sed -i 's/next: nowhere/next: bye/' flows/zwei.flow.yaml
git add .
expect 0 git commit -q -m renamed
git rm -q flows/zwei.flow.yaml
expect 0 git commit -q -m removed

# A flow that another one enters is removed: the other is wrong now, though nobody touched it.
flow inner bye
flow outer in
sed -i '/next: in/a\  in: {type: subflow, flow: inner, otherwise: bye}' flows/outer.flow.yaml
git add .
expect 0 git commit -q -m nested
git rm -q flows/inner.flow.yaml
refused "flows/outer.flow.yaml" git commit -q -m "removed from under it"
git reset -q --hard

# A suite that fails.
cat >flows/one.suite.yaml <<'END'
suite: one
cases:
  - id: ends
    expect: {ends_at: bye}
END
git add .
expect 0 git commit -q -m suite
sed -i 's/ends_at: bye/ends_at: greet/' flows/one.suite.yaml
git add .
refused "ends" git commit -q -m "failing suite"
# The suite of a flow that changes is run, though the suite itself did not.
git reset -q --hard
sed -i 's/bye/farewell/' flows/one.flow.yaml
git add .
refused "ends" git commit -q -m "flow of the suite"
git reset -q --hard

# In a linked worktree, from a subfolder, before the first commit, and by --git-dir.
git worktree add -q ../w
cd ../w/flows || exit
mkdir flows
flow four nowhere
mv flows/four.flow.yaml .
rmdir flows
git add .
refused "flows/four.flow.yaml" git commit -q -m "in a worktree"
rm -f out err said
sed -i 's/nowhere/bye/' four.flow.yaml
git add .
expect 0 git commit -q -m "in a worktree"
cd ../../r || exit
flow one nowhere
git add .
cd .. || exit
expect 1 git --git-dir=r/.git --work-tree=r commit -q -m "by its name"
has err "unknown-node"
git -C r reset -q --hard
git init -q new
cd new || exit
cp "$ROOT/hooks/pre-commit" .git/hooks/
mkdir flows
flow one nowhere
git add flows
expect 1 git commit -q -m first
has err "unknown-node"
flow one bye
git add flows
expect 0 git commit -q -m first

# Pushed: what the branch brings is checked, wherever it was committed.
cd ../r || exit
git init -q --bare ../remote.git
git remote add origin ../remote.git
expect 0 git push -q origin main
flow one nowhere
git add .
git commit -q --no-verify -m unchecked
expect 1 git push -q origin main
has err "flows/one.flow.yaml:8:"
git checkout -q -b side
expect 1 git push -q origin side
flow one bye
git add .
git commit -q -m mended
expect 0 git push -q origin side
expect 0 git push -q origin main~1:refs/heads/old
git rm -q flows/one.flow.yaml flows/one.suite.yaml
git commit -q -m removed
expect 0 git push -q origin side
expect 0 git push -q origin :side
