#!/bin/sh
# What a plan speaks of is found again when it is applied and resumed, in the project's folders or not; what is taken back needs no file.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

make_repository one
mkdir other deep beside beside/flows
say away one
mv flows/away.flow.yaml other
cp other/away.flow.yaml deep/plain.yaml
sed -i 's/^flow: away/flow: plain/' deep/plain.yaml
printf 'flows: [flows]\nenvironments: {production: {platform: genesys}}\n' >trunkline.yaml
printf 'out\nerr\n*.json\nbeside/\n' >.gitignore
git add . && git commit -q -m other
start_sandbox

# What the wire cannot carry is said of the plan, not in the middle of an apply. JSON is JSON whatever comes of it.
for name in "$(head -c 1024 /dev/zero | tr '\0' n)" "$(head -c 1025 /dev/zero | tr '\0' n)"; do
	say long one
	sed -i "1i name: $name" flows/long.flow.yaml
	git add flows && git commit -q -m long
	[ ${#name} -gt 1024 ] || expect 0 flow-publish plan --env production
done
expect 1 flow-publish plan --env production --format json -o plan.json
has err "flows/long.flow.yaml:1:7: error: the flow's name has 1025 bytes, and 'production' takes 1024 at most [limit]"
is_valid validate-result out
has out '"line": 1,'
[ ! -e plan.json ] || fail "there is a plan"
git rm -q flows/long.flow.yaml && git commit -q -m short
expect 0 flow-publish resume --env production --format json
is_valid apply-result out
has out '"plan": null'
for command in init trust 'release --reason mended a'; do
	# shellcheck disable=SC2086
	expect 2 flow-publish $command --format json
	has err 'writes text alone'
done

# A file outside of the project's folders, with some of them and alone, of the working tree and of a commit, from any folder.
for env in local production; do
	expect 0 flow-publish plan --env "$env" -o plan.json other/away.flow.yaml flows/a.flow.yaml
	expect 0 flow-publish apply -C deep ../plan.json
	has out '2 published'
	expect 0 flow-publish plan --env "$env" -o plan.json deep
	expect 0 flow-publish apply plan.json
	has out 'published  plain'
done
sed -i 's/one/two/' other/away.flow.yaml flows/a.flow.yaml
git commit -q -a -m two
expect 0 flow-publish plan --env production --commit HEAD -o plan.json other/away.flow.yaml
git rm -q other/away.flow.yaml
expect 2 flow-publish apply plan.json
has err "'other/away.flow.yaml' is not committed as it is"
expect 0 flow-publish apply --commit HEAD plan.json
git reset -q --hard

# With a file that is in no repository.
(cd beside && say c one)
mkdir "$TMPDIR/aside" && mv beside/flows/c.flow.yaml "$TMPDIR/aside"
expect 0 flow-publish plan -o plan.json "$TMPDIR/aside/c.flow.yaml" flows/a.flow.yaml
expect 0 flow-publish apply plan.json
has out '2 published'

# break_off TEXT: an apply of both kinds that ends in the middle.
break_off() {
	sed -i "s/text: \".*\"/text: \"$1\"/" other/away.flow.yaml flows/a.flow.yaml
	git commit -q -a -m "$1"
	expect 0 flow-publish plan --env production -o plan.json other/away.flow.yaml flows/a.flow.yaml
	faults 'status=400,on=PUT /api/v2/flows/{id},after=1,count=1'
	expect 3 flow-publish apply --concurrency 1 plan.json
	faults
}

break_off three
expect 0 flow-publish resume --env production
expect 0 flow-publish plan --env production -o plan.json other/away.flow.yaml flows/a.flow.yaml
has out '2 unchanged'

# A clone that has not the plan's commit cannot finish it, and takes it back.
break_off four
git commit -q --allow-empty -m five
git clone -q --depth 1 "file://$PWD" "$TMPDIR/shallow"
cd "$TMPDIR/shallow" || exit 1
git remote set-url origin "$(git -C "$OLDPWD" rev-parse --path-format=absolute --git-common-dir)"
expect 2 flow-publish resume --env production
expect 0 flow-publish resume --env production --undo
has out 'undone'
expect 0 flow-publish resume --env production
has err 'nothing is unfinished'
