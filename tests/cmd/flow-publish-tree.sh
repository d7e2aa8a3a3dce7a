#!/bin/sh
# What counts as committed: files that git was told not to look at, that it ignores, that it writes out with other bytes, or that it leaves out.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys, values: {name: Ada}}\n' >trunkline.yaml
make_repository one
printf '/out\n/err\n/*.json\n' >.git/info/exclude
start_sandbox
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json

# Git does not look at these; a change is one all the same, once the file is there.
for how in skip-worktree assume-unchanged; do
	for file in flows/a.flow.yaml trunkline.yaml; do
		git update-index "--$how" "$file"
		sed -i -e 's/one/never reviewed/' -e 's/Ada/Eve/' "$file"
		[ -z "$(git status --porcelain --untracked-files=no)" ] || fail "git sees the change"
		expect 2 flow-publish plan --env production
		has err "'$file' is not committed as it is"
		expect 2 flow-publish apply plan.json
		git update-index "--no-$how" "$file"
		git checkout -q "$file"
	done
done

# What git ignores is not committed either: the project file, and a flow that is named.
git rm -q --cached trunkline.yaml
git commit -q -m 'no project file'
echo trunkline.yaml >>.git/info/exclude
expect 2 flow-publish plan --env production
has err "'trunkline.yaml' is not committed as it is"
git add -f trunkline.yaml
git commit -q -m 'the project file again'
say ignored one
echo ignored.flow.yaml >>.git/info/exclude
expect 2 flow-publish plan --env production flows/ignored.flow.yaml
has err "'flows/ignored.flow.yaml' is not committed as it is"
rm flows/ignored.flow.yaml

# Nor is a sound that git does not know, though the flow that plays it is.
mkdir prompts
printf 'RIFF' >prompts/hello.wav
cat >flows/sound.flow.yaml <<'YAML'
flow: sound
channel: voice
start: hello
prompts: {hello: {audio: prompts/hello.wav}}
nodes:
  hello: {type: play, prompt: hello, next: bye}
  bye: {type: end}
YAML
git add flows
git commit -q -m 'a sound'
expect 2 flow-publish plan --env production
has err "'prompts/hello.wav' is not committed as it is"
git add prompts
git commit -q -m 'its file'
expect 0 flow-publish plan --env production
git rm -q -r prompts flows/sound.flow.yaml
git commit -q -m 'no sound'
printf '/out\n/err\n/*.json\n' >.git/info/exclude

# Line ends and keywords: the plan has the id that git has, and a deployment that was cut off is finished from its commit.
printf '*.yaml text eol=crlf ident\n' >.gitattributes
say a two
# shellcheck disable=SC2016
echo '# $Id$' >>flows/a.flow.yaml
git add .
git commit -q -m two
rm flows/*.yaml trunkline.yaml
git checkout -q .
grep -q 'Id: ' flows/a.flow.yaml || fail "no keyword was written out"
expect 0 flow-publish plan -q --env production -o plan.json
has plan.json "$(git rev-parse HEAD:flows/a.flow.yaml)"
touch flows/a.flow.yaml
expect 0 flow-publish plan -q --env production -o touched.json
has touched.json "$(git rev-parse HEAD:flows/a.flow.yaml)"
expect 0 flow-publish plan -q --env production --commit HEAD -o commit.json
faults 'status=400,on=PUT /api/v2/flows/{id},count=1'
expect 3 flow-publish apply plan.json
expect 0 flow-publish resume --env production
has out 'published  a  version 2'
say a three
git add .
git commit -q -m three
rm flows/a.flow.yaml
git checkout -q .
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply --commit HEAD plan.json
say a four
git commit -q -a -m four
rm flows/a.flow.yaml
git checkout -q .
expect 0 flow-publish plan -q --env production --commit HEAD -o plan.json
expect 0 flow-publish apply plan.json
git rm -q .gitattributes
git add --renormalize .
git commit -q -m 'no attributes'
rm flows/*.yaml trunkline.yaml
git checkout -q .

publish
# A sparse checkout: what the commit has is not gone, whatever the index looks like.
mkdir flows/north
git mv flows/b.flow.yaml flows/north/b.flow.yaml
git commit -q -m north
mkdir flows/south
git mv flows/a.flow.yaml flows/south/a.flow.yaml
git commit -q -m south
for how in --no-sparse-index --sparse-index; do
	git sparse-checkout set --cone "$how" flows/north
	[ ! -e flows/south ] || fail "not sparse"
	expect 2 flow-publish plan --env production
	has err "'flows/south"
	has err '--commit HEAD'
	has err 'git sparse-checkout disable'
	expect 0 flow-publish plan
	lacks out 'orphan'
	expect 0 flow-publish plan --env production flows/north
	has out '1 unchanged'
	expect 0 flow-publish plan --env production --commit HEAD
	lacks out 'orphan'
	has out '2 unchanged'
	expect 2 flow-publish import --env production
	has err 'git sparse-checkout disable'
	git status --porcelain | grep -q '^??' && fail "import wrote something"
	git sparse-checkout disable
done

# A bare repository has no tree that could be dirty: a commit is named, and what goes by the ledger alone takes the rest of HEAD.
git clone -q --bare . "$TMPDIR/bare.git"
cd "$TMPDIR/bare.git" || exit 1
git remote remove origin
expect 2 flow-publish plan --env production
has err 'say which revision with --commit'
expect 2 flow-publish plan --commit main
has err "no folder in which the environment 'local' could be kept"
git clone -q . "$TMPDIR/clone" 2>/dev/null
for text in five six; do
	(cd "$TMPDIR/clone" && sed -i "s/text: .*\"/text: \"$text\"/" flows/north/b.flow.yaml && git commit -q -a -m "$text" && git push -q) || fail "cannot push"
	expect 0 flow-publish plan -q --env production --commit main -o "$TMPDIR/bare.json"
	[ "$text" = five ] || faults 'status=400,on=PUT /api/v2/flows/{id},count=1'
	expect "$([ "$text" = five ] && echo 0 || echo 3)" flow-publish apply --commit main "$TMPDIR/bare.json"
done
expect 0 flow-publish resume --env production
has out 'published  b'
expect 0 flow-publish rollback --env production b
expect 0 flow-publish status --env production
has out 'b'
expect 0 flow-publish release --env production --reason tested b
