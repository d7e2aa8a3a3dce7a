#!/bin/sh
# --base: a change cannot switch off its own gate, by levels, comments, limits or the list of flows.
. "$ROOT/tests/lib.sh"

mkdir flows
cat >flows/a.flow.yaml <<-'END'
	flow: a
	channel: voice
	start: greet
	nodes:
	  greet: {type: play, prompt: {text: hello}, next: bye}
	  bye: {type: end}
END
printf 'flows: [flows]\nrules: {unreachable: error, unused-prompt: off}\n' >trunkline.yaml
git init -q . && git add . && git commit -q -m base
expect 0 flow-validate --base HEAD

# A level that is lowered, turned off, or left out.
echo '  lost: {type: end}' >>flows/a.flow.yaml
for rules in '{unreachable: off}' '{unreachable: note}' '{}'; do
	printf 'flows: [flows]\nrules: %s\n' "$rules" >trunkline.yaml
	expect 0 flow-validate
	expect 1 flow-validate --base HEAD
	has out 'error: '
	has out '[unreachable]'
done
# By its own level a rule that the base does not speak of holds, and one that the change sets higher.
printf 'flows: [flows]\nrules: {unreachable: error, unused-variable: off}\n' >trunkline.yaml
git commit -q -m 'turned off' trunkline.yaml
printf 'flows: [flows]\nrules: {unreachable: off, unused-variable: error}\n' >trunkline.yaml
expect 1 flow-validate --base HEAD
has out '[unreachable]'

# Comments.
printf 'flows: [flows]\nrules: {}\n' >trunkline.yaml
sed -i '/lost:/s/$/ # flow-ignore: unreachable: it is fine/' flows/a.flow.yaml
expect 0 flow-validate --strict
expect 1 flow-validate --base HEAD
has out '[unreachable]'
has out 'a comment cannot ignore it'
lacks out 'nothing here is a finding'
sed -i '1i # flow-ignore: unreachable: all of it' flows/a.flow.yaml
expect 1 flow-validate --base HEAD
git checkout -q flows

# What is no error at the base can be ignored there as everywhere.
printf 'flows: [flows]\nrules: {}\n' >trunkline.yaml
git commit -q -m 'no levels' trunkline.yaml
echo '  lost: {type: end} # flow-ignore: unreachable: it is fine' >>flows/a.flow.yaml
expect 0 flow-validate --strict --base HEAD
git checkout -q flows

# Flows that are no longer named, and a project file that is gone.
printf 'nodes\n' >>flows/a.flow.yaml
mkdir other
printf 'flows: [other]\n' >trunkline.yaml
expect 0 flow-validate
expect 1 flow-validate --base HEAD
rm trunkline.yaml
expect 1 flow-validate --base HEAD
git checkout -q .

# Limits: the lower one, unless the command line says so.
printf 'flows: [flows]\nlimits: {nodes: 2}\n' >trunkline.yaml
git commit -q -m limits trunkline.yaml
printf 'flows: [flows]\nlimits: {nodes: 100}\n' >trunkline.yaml
echo '  lost: {type: end}' >>flows/a.flow.yaml
expect 0 flow-validate
expect 1 flow-validate --base HEAD
has out '[limit]'
expect 0 flow-validate --base HEAD --limit nodes=100

# What cannot be a base.
expect 2 flow-validate --base nowhere
printf 'rules: {nonsense: off}\n' >trunkline.yaml
git commit -q -m nonsense trunkline.yaml
printf 'flows: [flows]\n' >trunkline.yaml
expect 2 flow-validate --base HEAD
has err "there is no rule 'nonsense'"
mkdir "$TMPDIR/plain"
expect 2 flow-validate -C "$TMPDIR/plain" --base HEAD
has err 'this is no repository'
