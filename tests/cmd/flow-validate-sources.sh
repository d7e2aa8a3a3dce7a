#!/bin/sh
# Where flow-validate reads from: operands, folders, the index, revisions and ranges, bare repositories, and what depends on what changed.
. "$ROOT/tests/lib.sh"

# flow FILE ID [CALLEE]
flow() {
	mkdir -p "$(dirname "$1")"
	if [ $# -gt 2 ]; then
		printf 'flow: %s\nchannel: voice\nstart: sub\nnodes:\n  sub: {type: subflow, flow: %s, exits: {done: bye}, otherwise: bye}\n  bye: {type: end, exit: done}\n' "$2" "$3" >"$1"
	else
		printf 'flow: %s\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end, exit: done}\n' "$2" >"$1"
	fi
}
# flows N: the last output was about so many flows.
flows() { has out "$1 flow"; }

# ---- outside of a repository
flow a.flow.yaml a
flow sub/b.flow.yaml b a
expect 0 flow-validate a.flow.yaml
flows 1
expect 0 flow-validate .
flows 2
expect 0 flow-validate
flows 2
expect 0 flow-validate "$PWD/a.flow.yaml" sub/../a.flow.yaml ./a.flow.yaml
flows 1
expect 0 flow-validate 'sub/*.yaml' a.flow.yaml
flows 2
expect 1 flow-validate -C sub b.flow.yaml
has out "b.flow.yaml:5:30: error: there is no flow 'a' [unknown-flow]"
expect 0 flow-validate -C sub ../a.flow.yaml
flows 1
expect 2 flow-validate a.flow.yml
has err "there is no 'a.flow.yml', did you mean 'a.flow.yaml'?"
expect 2 flow-validate nowhere/a.flow.yaml
expect 2 flow-validate /nowhere/a.flow.yaml
expect 2 flow-validate -C nowhere
mkdir empty
expect 2 flow-validate empty
expect 2 flow-validate --staged
has err "repository"
for option in '--staged --rev HEAD' '--rev HEAD --range A..B' '--format xml' '--report json' '--report xml=a' '--limit depth' '--limit deep=5' '--color red' '-j x' \
	'--env nowhere' '-q -v' '--nowhere' '--strict --strict'; do
	# shellcheck disable=SC2086
	expect 2 flow-validate $option
	[ ! -s out ] || fail "$option: something on standard output"
done
expect 1 flow-validate --limit file=10 a.flow.yaml
has out "[limit]"

# A file is taken by what it holds, and one that is named is never passed over.
flow other.yaml other
printf 'services: {}\n' >compose.yaml
printf 'hello\n' >notes.txt
expect 1 flow-validate other.yaml compose.yaml
has out "compose.yaml"
lacks out "other.yaml:"
expect 1 flow-validate notes.txt
has out "notes.txt:1:"
rm other.yaml notes.txt
expect 0 flow-validate .
flows 2
rm compose.yaml

# For references to a file's neighbours no other folder is looked into.
mkdir -p closed/up
chmod 0 closed/up
[ "$(id -u)" -eq 0 ] || expect 0 flow-validate a.flow.yaml
chmod 755 closed/up
rm -r closed
if command -v strace >/dev/null; then
	strace -f -o trace -e trace=openat flow-validate a.flow.yaml >/dev/null 2>&1 && lacks trace '"sub"'
	rm -f trace
fi

# A link that is named is followed where there is no repository.
ln -s a.flow.yaml link.flow.yaml
expect 0 flow-validate link.flow.yaml
flows 1
rm link.flow.yaml

# ---- a project file, found upwards
printf 'flows: [sub]\nrules: {unreachable: off}\n' >trunkline.yaml
expect 1 flow-validate
has out "sub/b.flow.yaml:5:30: error: there is no flow 'a' [unknown-flow]"
expect 1 flow-validate -C sub
has out "sub/b.flow.yaml:5:30: error:"
printf 'flows: [.]\nrules: {unreachabel: off}\n' >trunkline.yaml
expect 2 flow-validate
has err "trunkline.yaml:2:9: there is no rule 'unreachabel', did you mean 'unreachable'?"
printf 'flows: [.]\nrules: {schema: off}\n' >trunkline.yaml
expect 2 flow-validate
printf 'flows: [.]\nenvironments: {local: {platform: local, values: {A: 1}}, prod: {platform: local}}\n' >trunkline.yaml
printf 'flow: c\nchannel: voice\nstart: q\nnodes:\n  q: {type: transfer, to: {queue: "${env.A} ${env.B}"}}\n' >c.flow.yaml
expect 0 flow-validate
has out "note: 'B' needs a value in each environment [missing-value]"
lacks out "'A'"
expect 1 flow-validate --env prod
has out "error: the environment 'prod' has no value for 'A' [missing-value]"
has out "error: the environment 'prod' has no value for 'B' [missing-value]"
expect 2 flow-validate --env prodd
has err "did you mean 'prod'?"
rm c.flow.yaml

# Levels of the project, and --strict.
printf 'flow: d\nchannel: voice\nstart: a\nnodes:\n  a: {type: end}\n  b: {type: end}\n' >d.flow.yaml
printf 'flows: [.]\n' >trunkline.yaml
expect 0 flow-validate
has out "warning: no path leads to 'b' [unreachable]"
expect 1 flow-validate --strict
for level in error note off; do
	printf 'flows: [.]\nrules: {unreachable: %s}\n' $level >trunkline.yaml
	status=0
	[ $level != error ] || status=1
	expect $status flow-validate --strict
	if [ $level = off ]; then lacks out unreachable; else has out "$level: no path leads to 'b'"; fi
done
rm d.flow.yaml trunkline.yaml

# Suites and policies lie beside flows, and are held against their schemas.
printf 'suite: a\ncases: [{id: x, exepct: {}}]\n' >a.suite.yaml
printf 'policies: [{id: x, flows: a}]\n' >a.policy.yaml
expect 1 flow-validate
has out "a.suite.yaml:2:17: error: unknown key 'exepct' [schema]"
has out "a.policy.yaml:1:"
expect 1 flow-validate a.suite.yaml
lacks out "a.policy.yaml"
printf 'suite: aa\ncases: [{id: x}]\n' >b.suite.yaml
expect 1 flow-validate b.suite.yaml
has out "b.suite.yaml:1:8: error: there is no flow 'aa' [unknown-flow]"
rm b.suite.yaml
printf 'flows: ["*.flow.yaml", sub]\n' >trunkline.yaml
expect 1 flow-validate
has out "a.suite.yaml:2:17"
rm a.suite.yaml a.policy.yaml trunkline.yaml

# ---- a repository
git init -q
expect 0 flow-validate --staged
flows 0
git add a.flow.yaml
expect 0 flow-validate --staged
flows 1
git add sub
git commit -qm one
expect 0 flow-validate --staged
flows 0

# What is staged is checked, not what is on disk.
sed 's/exit: done/exit: gone/' a.flow.yaml >new
cp new a.flow.yaml
expect 0 flow-validate --staged
flows 0
git add a.flow.yaml
git show HEAD:a.flow.yaml >a.flow.yaml
expect 0 flow-validate --staged
flows 2
has out "sub/b.flow.yaml:5:41: warning: the flow 'a' never ends by the exit 'done' [unknown-exit]"
expect 0 flow-validate
lacks out unknown-exit
git commit -qm two
git checkout -q a.flow.yaml
expect 0 flow-validate --rev HEAD~1
flows 2
lacks out unknown-exit
expect 0 flow-validate --rev HEAD
has out unknown-exit
expect 0 flow-validate --range HEAD~1..HEAD
flows 2
has out unknown-exit
expect 0 flow-validate --range HEAD~1.. a.flow.yaml
flows 1
expect 0 flow-validate --range HEAD..HEAD
flows 0
expect 0 flow-validate --range HEAD~1...HEAD
flows 2
expect 2 flow-validate --range HEAD
expect 2 flow-validate --rev nowhere
expect 2 flow-validate --staged /elsewhere.flow.yaml
has err "outside of the repository"

# A flow that goes away is missed by those that call it; so is one that takes another id.
git rm -q a.flow.yaml
expect 1 flow-validate --staged
flows 1
has out "sub/b.flow.yaml:5:30: error: there is no flow 'a' [unknown-flow]"
git reset -q --hard
sed 's/flow: a/flow: aa/' a.flow.yaml >new && cp new a.flow.yaml
git add a.flow.yaml
expect 1 flow-validate --staged
flows 2
has out "there is no flow 'a' [unknown-flow]"
git reset -q --hard

# Audio that goes away is missed by the flow that plays it.
mkdir -p prompts
printf 'RIFF' >prompts/hi.wav
printf 'flow: p\nchannel: voice\nstart: a\nnodes:\n  a: {type: play, prompt: {audio: prompts/hi.wav}, next: b}\n  b: {type: end}\n' >p.flow.yaml
git add prompts/hi.wav p.flow.yaml
expect 0 flow-validate --staged
git commit -qm three
git rm -q --cached prompts/hi.wav
expect 1 flow-validate --staged
has out "p.flow.yaml:5:35: error: there is no audio file 'prompts/hi.wav' [missing-audio]"
git reset -q --hard

# A project file that changed means all flows.
printf 'flows: [.]\n' >trunkline.yaml
git add trunkline.yaml
expect 0 flow-validate --staged
flows 3
git commit -qm four

# The commands that hooks run for commit -a and commit PATH have an index of their own.
cp .git/index other-index
GIT_INDEX_FILE=other-index git rm -q --cached a.flow.yaml
expect 0 flow-validate --staged
flows 0
expect 1 env GIT_INDEX_FILE=other-index flow-validate --staged
has out unknown-flow
expect 1 env GIT_DIR="$PWD/.git" GIT_INDEX_FILE="$PWD/other-index" flow-validate --staged
rm other-index

# Links and submodules are not followed.
ln -s a.flow.yaml link.flow.yaml
git add link.flow.yaml
expect 0 flow-validate
has out "link.flow.yaml:1:1: warning: a symbolic link is not followed: nothing in it is checked [not-followed]"
expect 1 flow-validate --strict link.flow.yaml
printf 'flows: [.]\nrules: {not-followed: off}\n' >trunkline.yaml
expect 0 flow-validate
lacks out not-followed
git checkout -q trunkline.yaml
git rm -qf link.flow.yaml

# Nor where a pattern leads through one, or means one, by its wildcards; links that it does not mean are nobody's business.
mkdir linked && cd linked || exit 1
mkdir real folder && sed "s/^flow: a/flow: x/" ../a.flow.yaml >real/x.yaml && cp ../a.flow.yaml folder/b.flow.yaml
ln -s real flows && ln -s folder/b.flow.yaml floor && ln -s ../real/x.yaml folder/x.yaml && ln -s b.flow.yaml folder/notes
for pattern in 'flo*/x.yaml' 'f?ows/*.yaml' '*/x.yaml' 'flo*' 'fl*/**/x.yaml'; do
	printf 'flows: ["%s"]\n' "$pattern" >trunkline.yaml
	flow-validate -C . >out 2>&1
	has out 'flows:1:1: warning: '
	has out 'not followed: nothing in it is checked [not-followed]'
done
printf 'flows: ["fold*/*.yaml", "r*l/x.yaml"]\n' >trunkline.yaml
expect 0 flow-validate -C .
has out 'folder/x.yaml:1:1: warning: a symbolic link is not followed'
lacks out linked/floor
lacks out folder/notes
printf 'flows: ["fl*/b.flow.yaml", "folder", "**/b.flow.yaml"]\n' >trunkline.yaml
expect 0 flow-validate -C .
has out 'flows:1:1: warning: '
lacks out linked/floor
lacks out folder/notes
cd .. && rm -r linked

# The cache may be missing, foreign, cut or damaged, and says the same.
git checkout -q HEAD~1
expect 0 flow-validate --range HEAD~2..HEAD
cp out wanted
cache=.git/trunkline/summaries
[ -s $cache ] || fail "no cache"
for harm in 'rm -f $cache' ': >$cache' 'printf "hello" >$cache' 'head -c 200 $cache >cut && cp cut $cache' 'head -c 100 /dev/zero | dd of=$cache bs=1 seek=40 conv=notrunc 2>/dev/null' \
	'head -c 300 /dev/zero | dd of=$cache bs=1 seek=300 conv=notrunc 2>/dev/null' 'rm -f $cache && mkdir $cache' 'rmdir $cache && chmod 500 .git/trunkline'; do
	eval "$harm"
	expect 0 flow-validate --range HEAD~2..HEAD
	diff wanted out || fail "after: $harm"
done
chmod 700 .git/trunkline
git checkout -q main

# A bare repository, a worktree, and a folder within.
git clone -q --bare . bare.git
expect 0 flow-validate -C bare.git --rev HEAD
flows 3
expect 2 flow-validate -C bare.git
has err "--rev"
git worktree add -q tree HEAD~3
expect 0 flow-validate -C tree
flows 2
expect 0 flow-validate -C sub
flows 3
expect 0 flow-validate -C sub b.flow.yaml
flows 1

# Nothing was written but the cache.
[ -z "$(git status --porcelain --untracked-files=no)" ] || fail "the working tree changed"
