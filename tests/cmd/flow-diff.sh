#!/bin/sh
# flow-diff over paths and revisions: what is said, in every format, and how it ends.
. "$ROOT/tests/lib.sh"

quiet_git() { git -c user.name=Test -c user.email=test@example.com -c commit.gpgsign=false "$@" >/dev/null 2>&1 || fail "git $*"; }

mkdir -p repo/flows
cd repo || exit 1
quiet_git init -b main .
cat >flows/line.flow.yaml <<'FLOW'
flow: line
name: Support line
channel: voice
start: greet
variables: {tier: {type: string, default: standard}}
prompts: {menu: {text: For billing press 1.}}
nodes:
  greet: {type: play, prompt: {text: Hello.}, next: main}
  main:
    type: menu
    prompt: menu
    choices:
      - {key: "1", next: billing}
      - {key: "9", when: {variable: tier, equals: premium}, next: vip}
    otherwise: operator
  billing: {type: transfer, to: {queue: "${env.BILLING}"}}
  vip: {type: transfer, to: {queue: vip}, failed: operator}
  operator: {type: transfer, to: {queue: operators}}
FLOW
printf 'flow: old-hours\nchannel: voice\nstart: a\nnodes: {a: {type: end}}\n' >flows/hours.flow.yaml
printf 'flow: gone\nchannel: voice\nstart: a\nnodes: {a: {type: end}}\n' >flows/gone.flow.yaml
printf 'flow: same\nchannel: voice\nstart: a\nnodes: {a: {type: end}}\n' >flows/same.flow.yaml
printf 'flows: [flows]\nenvironments: {live: {platform: local, values: {BILLING: q-17}}}\n' >trunkline.yaml
quiet_git add -A
quiet_git commit -m one

# nothing changed, then only the layout
expect 0 flow-diff HEAD
has out "4 flows: 4 the same"
printf '# a comment\nnodes:\n  a:\n    type: "end"\nstart: a\nchannel: voice\nflow: same\n' >flows/same.flow.yaml
expect 0 flow-diff HEAD
expect 0 flow-diff -q HEAD
[ ! -s out ] || fail "quiet, and yet it speaks"

# everything that a difference may be
cat >flows/line.flow.yaml <<'FLOW'
flow: line
name: Support line
channel: voice
start: greet
variables: {tier: {type: string, default: premium}, seen: {type: boolean}}
prompts: {menu: {text: "For billing press 1, for everything else stay on the line: an agent will be with you shortly."}}
nodes:
  greet: {type: play, prompt: {text: Hello.}, next: main}
  main:
    type: menu
    prompt: menu
    choices:
      - {key: "5", next: hours}
      - {key: "1", next: billing}
      - {key: "9", when: {all: [{variable: tier, equals: premium}, {variable: seen, is_set: true}]}, next: premium}
    otherwise: operator
  hours: {type: hours, schedule: office, open: operator, closed: operator}
  premium: {type: transfer, to: {queue: vip}, failed: operator}
  billing: {type: transfer, to: {queue: "${env.BILLING}-2"}}
  operator: {type: transfer, to: {queue: operators}, failed: billing}
FLOW
sed -i 's/flow: old-hours/flow: hours\nrenamed_from: old-hours/' flows/hours.flow.yaml
rm flows/gone.flow.yaml
printf 'flow: fresh\nchannel: voice\nstart: a\nnodes: {a: {type: end}, b: {type: end, exit: x}}\n' >flows/fresh.flow.yaml

expect 1 flow-diff HEAD
golden out flow-diff/text
expect 1 flow-diff -j 1 HEAD
golden out flow-diff/text
expect 1 flow-diff -v HEAD
golden out flow-diff/verbose
expect 1 flow-diff -q HEAD
golden out flow-diff/quiet
expect 1 flow-diff --color always HEAD
golden out flow-diff/color
expect 1 flow-diff --format markdown HEAD
golden out flow-diff/markdown
expect 1 flow-diff --format json HEAD
golden out flow-diff/json
tools=${BIN%/bin}/tools
case $tools in /*) ;; *) tools=$ROOT/$tools ;; esac
if [ -x "$tools/schema-validate" ]; then
	"$tools/schema-validate" "$ROOT/schemas/diff-result.schema.json" out || fail "not as its schema says"
fi

# values of an environment, where they are asked for
expect 1 flow-diff --env live HEAD
has out "q-17 → q-17-2"

# two revisions, a path in one, files with other ids, a folder
quiet_git add -A
quiet_git commit -m two
expect 1 flow-diff -q HEAD~1 HEAD
golden out flow-diff/quiet
expect 0 flow-diff HEAD HEAD
expect 1 flow-diff HEAD~1:flows/line.flow.yaml HEAD:flows/line.flow.yaml
has out "1 flow: 1 changed"
expect 1 flow-diff HEAD~1 flows/line.flow.yaml
has out "1 flow: 1 changed"
(cd flows && expect 1 flow-diff -q HEAD~1:./line.flow.yaml line.flow.yaml && has out "~ line") || exit 1
expect 1 flow-diff flows/same.flow.yaml flows/hours.flow.yaml
has out "hours (was same)"

# without a repository
cp flows/line.flow.yaml ../a.yaml
sed 's/Hello/Good day/' ../a.yaml >../b.yaml
mkdir ../elsewhere
(cd ../elsewhere && expect 1 flow-diff ../a.yaml ../b.yaml && has out "prompt.text Hello. → Good day.") || exit 1
(cd ../elsewhere && expect 0 flow-diff ../a.yaml ../a.yaml) || exit 1

# flows without an id are compared all the same; what holds no flow is no answer
printf '{"nodes": {"start": {"type": "start", "transition": "a"}, "a": {"type": "end", "exit": "x"}}}' >../c.flow.json
sed 's/"x"/"y"/' ../c.flow.json >../d.flow.json
(cd ../elsewhere && expect 1 flow-diff ../c.flow.json ../d.flow.json && has out "exit x → y") || exit 1
(cd ../elsewhere && expect 0 flow-diff ../c.flow.json ../c.flow.json) || exit 1
mkdir ../elsewhere/empty
(cd ../elsewhere && expect 2 flow-diff empty ../c.flow.json && has err "there is no flow in 'empty'") || exit 1
printf 'a: 1\n' >../elsewhere/other.yaml
(cd ../elsewhere && flow-diff other.yaml other.yaml >out 2>err && fail "what is no flow compares as equal")

# an id that stands twice: one flow would be passed over, so it is no good end
cp flows/same.flow.yaml flows/twice.flow.yaml
expect 1 flow-diff HEAD
has err "the flow 'same' is there twice in 'working tree'"
rm flows/twice.flow.yaml

# a bare repository has revisions
quiet_git clone --bare . ../bare.git
(cd ../bare.git && expect 1 flow-diff -q HEAD~1 HEAD) || exit 1
(cd ../bare.git && expect 2 flow-diff HEAD~1) || exit 1

# a flow that cannot be read: the rest is compared, and it is no good end
printf 'flow: broken\nnodes: {a: [\n' >flows/broken.flow.yaml
expect 1 flow-diff HEAD
has out "the same"
has err "flows/broken.flow.yaml:"
has err "flows that cannot be read were left out"
rm flows/broken.flow.yaml

# usage
expect 2 flow-diff --format yaml
has err "there is no format 'yaml': text, json, markdown"
expect 2 flow-diff a b c
expect 2 flow-diff nosuch
has err "'nosuch' is neither a file nor a revision"
# A word that git could take for the beginning of a hash.
cp flows/line.flow.yaml flows/abc.flow.yaml
for word in abc abd; do
	expect 2 flow-diff $word
	has err "'$word' is neither a file nor a revision, did you mean 'flows/abc.flow.yaml'?"
done
rm flows/abc.flow.yaml
expect 2 flow-diff abc
has err "'abc' is neither a file nor a revision"
git init -q "$TMPDIR/empty"
expect 2 flow-diff -C "$TMPDIR/empty" HEAD
has err "'HEAD' is neither a file nor a revision: nothing is committed here yet"
git clone -q --depth 1 "file://$PWD" "$TMPDIR/shallow" 2>/dev/null
expect 2 flow-diff -C "$TMPDIR/shallow" HEAD~1
has err "'HEAD~1' is neither a file nor a revision of this shallow clone: 'git fetch --unshallow'"
expect 2 flow-diff HEAD:flows/nosuch.flow.yaml
expect 2 flow-diff env:nosuch
has err "there is no environment 'nosuch'"
expect 2 flow-diff --drift HEAD
expect 1 flow-diff -o ../result.txt HEAD~1
[ ! -s out ] || fail "the result is on standard output, too"
has ../result.txt "~ line"
