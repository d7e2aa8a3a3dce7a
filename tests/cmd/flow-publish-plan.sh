#!/bin/sh
# Plans: what they say, in which format, when they are refused.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

make_repository one
expect 0 flow-publish plan
mask <out >said
golden said flow-publish-plan-first.txt
[ ! -e .trunkline ] || fail "a plan wrote something"
expect 0 flow-publish plan --format json
is_valid plan out
mask <out >said
golden said flow-publish-plan-first.json

# Changes are no failure, unless asked; where there are none they are none.
expect 1 flow-publish plan --detailed-exitcode
expect 0 flow-publish plan -o plan.json
has err 'to publish it: flow-publish apply plan.json'
has out '2 to create'
is_valid plan plan.json
expect 0 flow-publish apply plan.json
expect 0 flow-publish plan --detailed-exitcode
has out '2 unchanged'

# Everything at once: changed, new, renamed, gone.
say a two
git rm -q flows/b.flow.yaml
say c one
say d one
git add . && git commit -q -m two
publish
git mv flows/c.flow.yaml flows/e.flow.yaml
say e one
echo 'renamed_from: c' >>flows/e.flow.yaml
expect 0 flow-publish plan
mask <out >said
golden said flow-publish-plan-everything.txt
expect 0 flow-publish plan -q flows/a.flow.yaml
has out 'plan for local: 1 unchanged'
lacks out 'orphan'
rm flows/e.flow.yaml

# Flows that call each other.
cat >flows/x.flow.yaml <<'END'
flow: x
channel: voice
start: go
nodes:
  go: {type: transfer, to: {flow: y}}
END
sed 's/x/y/; s/flow: y}/flow: x}/' flows/x.flow.yaml >flows/y.flow.yaml
expect 0 flow-publish plan
has out 'these call each other, so all are written as drafts before any is published: x y'
rm flows/x.flow.yaml flows/y.flow.yaml

# Mistakes in a flow: no plan, exit 1, the place on standard error.
sed -i 's/next: bye/next: bey/' flows/a.flow.yaml
expect 1 flow-publish plan -o none.json
has err 'flows/a.flow.yaml:5:'
has err "did you mean 'bye'"
has err 'there is no plan: mend the flows first'
[ ! -e none.json ] || fail "a plan of a flow with mistakes"
git checkout -q flows/a.flow.yaml
# shellcheck disable=SC2016
say a 'call ${env.NUMBER}'
expect 1 flow-publish plan
has err '[missing-value]'
git checkout -q flows/a.flow.yaml

# Architect files, wire flows, platforms that are not there.
printf 'inboundCall:\n  name: A\n  startUpRef: ./menus/menu[m]\n  menus:\n    - menu:\n        name: M\n        refId: m\n' >flows/arch.yaml
expect 2 flow-publish plan flows/arch.yaml
has err "an Architect flow can be checked and compared, but the platform 'local' takes only native and wire flows"
has err "name the files to publish, or leave this one out of 'flows' in trunkline.yaml"
has err 'flows/arch.yaml'
rm flows/arch.yaml
cat >flows/w.flow.json <<'END'
{"id": "w-1", "name": "Wire line", "nodes": {"start": {"type": "start", "transition": "bye"}, "bye": {"type": "end"}}}
END
expect 0 flow-publish plan flows/w.flow.json -o wire.json
has out '1 to create'
expect 0 flow-publish apply wire.json
expect 0 flow-publish plan flows/w.flow.json
has out '1 unchanged'
rm flows/w.flow.json
cat >trunkline.yaml <<'END'
flows: [flows]
environments:
  far: {platform: genesys}
  wide: {platform: cxone}
  away: {platform: architect}
END
for environment in far wide away; do
	expect 2 flow-publish plan --env "$environment"
	has err "environment '$environment':"
	has err "'local' works without an account"
done
rm trunkline.yaml

# Slips of the hand.
expect 2 flow-publish plan flows/helo.flow.yaml
has err "there is no 'flows/helo.flow.yaml'"
expect 2 flow-publish plan --env lokal
has err "did you mean 'local'?"
expect 2 flow-publish plan --format yaml
has err 'text, json'
expect 2 flow-publish plan --expires soon
has err "'--expires' takes a duration such as 90s, 30m or 8h, not 'soon'"
expect 2 flow-publish paln
has err "did you mean 'plan'?"
expect 2 flow-publish pla
expect 2 flow-publish
has err 'a command is missing'
expect 0 flow-publish --help
expect 0 flow-publish --version
expect 3 flow-publish plan -o /proc/no-such/file
expect 3 sh -c 'flow-publish plan >/dev/full'
git init -q --bare ../bare.git
expect 2 flow-publish plan -C ../bare.git
has err 'use a clone'

# A project in a folder of a larger repository: its state lies beside its project file, wherever somebody stands.
mkdir -p ../large/ivr/flows/deep && cd ../large || exit 1
git init -q .
cp ../work/flows/a.flow.yaml ivr/flows/deep/
echo 'flows: [flows]' >ivr/trunkline.yaml
expect 0 flow-publish plan -C ivr -o plan.json
expect 0 flow-publish apply -C ivr/flows/deep ../../plan.json
cd ivr/flows || exit 1
expect 0 flow-publish plan deep/a.flow.yaml
has out '1 unchanged'
[ -e ../.trunkline/local.db ] || fail "the state lies elsewhere"
cd ../..
expect 0 flow-publish plan
has out '1 to create'

mkdir ../empty && cd ../empty || exit 1
expect 0 flow-publish plan
has err "there are no flows here; 'flow-publish init' makes a first one"

# A file from outside of the repository is of none of its commits.
mkdir ../outside && cd ../outside || exit 1
mkdir inside other other/flows && cd inside || exit 1
make_repository one
(cd ../other && say c one)
expect 0 flow-publish plan
has out 'of commit'
expect 0 flow-publish plan ../other/flows/c.flow.yaml
lacks out 'of commit'
has out 'not committed'
expect 0 flow-publish plan -q -o plan.json ../other/flows/c.flow.yaml
expect 0 flow-publish apply plan.json
has out 'published'

# Ids of the platform that are given: one that it has not makes no second flow, nor do two flows share one.
mkdir ../given && cd ../given || exit 1
make_repository one
publish
id=$(flow-publish status --format json | sed -n 's/.*"platform_id": "\(.*\)".*/\1/p' | head -n 1)
given() {
	printf 'flows: [flows]\nenvironments:\n  local: {platform: local, ids: %s}\n' "$1" >trunkline.yaml
}
given "{a: nobody}"
expect 2 flow-publish plan
has err "'ids' of the environment 'local' says that flow 'a' is 'nobody', and the platform has no such flow"
expect 0 flow-publish plan flows/b.flow.yaml
given "{a: $id, b: $id}"
expect 2 flow-publish plan
has err "gives the flows 'a' and 'b' one id"
given "{a: $id}"
expect 0 flow-publish plan
has out '2 unchanged'
# Nor does one take another's away, whichever is met first, by what is on record or by the name alone; where both are given it is meant.
other=$(flow-publish status --format json | sed -n 's/.*"platform_id": "\(.*\)".*/\1/p' | sed -n 2p)
for ledger in there gone; do
	given "{a: $other}"
	expect 2 flow-publish plan
	has err "'ids' of the environment 'local' says that flow 'a' is '$other', but that is flow 'b'"
	expect 2 flow-publish plan flows/b.flow.yaml
	given "{b: $id}"
	expect 2 flow-publish plan
	has err "says that flow 'b' is '$id', but that is flow 'a'"
	given "{a: $other, b: $id}"
	expect 0 flow-publish plan
	has out '2 to update'
	[ $ledger = gone ] || mv .trunkline/ledger.db kept.db
done
mv kept.db .trunkline/ledger.db
# Whose flow is gone from the files has nothing to lose.
mv flows/b.flow.yaml kept.yaml
given "{a: $other}"
expect 0 flow-publish plan
has out 'update  a'
mv kept.yaml flows/b.flow.yaml
given '{}'
