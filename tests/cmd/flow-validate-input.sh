#!/bin/sh
# Malformed, oversized, cyclic, binary and hostile files: findings with places and exit 1, in little time and memory.
. "$ROOT/tests/lib.sh"

# Address space is limited where the build allows it (sanitizers want terabytes of it).
limit=
# shellcheck disable=SC3045
if (ulimit -v 1500000 && flow-validate --version) >/dev/null 2>&1; then limit='ulimit -v 1500000;'; fi

# bad FILE [RULE]: one finding at least, with a place, exit 1.
bad() {
	status=0
	# shellcheck disable=SC2016
	sh -c "$limit"' exec timeout 60 flow-validate "$1"' sh "$1" >out 2>err || status=$?
	[ $status -eq 1 ] || { cat out err >&2; fail "$1: status $status"; }
	[ ! -s err ] || { cat err >&2; fail "$1: something on standard error"; }
	grep -Eq "^[^ ]*:[0-9]+:[0-9]+: error: .* \[${2:-[a-z-]+}\]\$" out || { head -c 2000 out >&2; fail "$1: no error${2:+ of $2} with a place"; }
	[ "$(wc -c <out)" -lt 100000 ] || fail "$1: endless output"
}

# repeat N TEXT
repeat() { awk -v n="$1" -v t="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", t }'; }

: >empty.flow.yaml
bad empty.flow.yaml
printf '# only a remark\n' >remark.flow.yaml
bad remark.flow.yaml
printf 'flow: a\n\000: b\n' >nul.flow.yaml
bad nul.flow.yaml yaml-syntax
printf 'flow: \377\376a\n' >latin.flow.yaml
bad latin.flow.yaml yaml-syntax
printf '\377\376f\000l\000' >utf16.flow.yaml
bad utf16.flow.yaml yaml-syntax
head -c 20000 /dev/urandom >random.flow.yaml
bad random.flow.yaml
head -c 5000000 /dev/zero >zeros.flow.yaml
bad zeros.flow.yaml limit
printf 'flow: a\n\tstart: b\n' >tab.flow.yaml
bad tab.flow.yaml yaml-syntax
printf -- '- a\n- b\n' >list.flow.yaml
bad list.flow.yaml
printf 'just words\n' >words.flow.yaml
bad words.flow.yaml
printf '42\n' >number.flow.json
bad number.flow.json
printf '{"flow": "a",}' >comma.flow.json
bad comma.flow.json yaml-syntax
{ printf 'flow: a\nnodes: '; repeat 10000 '['; } >brackets.flow.yaml
bad brackets.flow.yaml
{ printf 'flow: a\nnodes: '; repeat 10000 '['; repeat 10000 ']'; } >closed.flow.yaml
bad closed.flow.yaml limit
{ repeat 10000 '{"a":'; } >braces.flow.json
bad braces.flow.json
{ printf 'flow: a\n'; awk 'BEGIN { s = ""; for (i = 0; i < 2000; i++) { s = s " "; print s "a:" } }'; } >stairs.flow.yaml
bad stairs.flow.yaml
{
	printf 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n'
	for i in $(seq 1 20); do p=$((i - 1)); printf 'a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n' "$i" "$i" $p $p $p $p $p $p $p $p $p $p; done
	printf 'flow: a\nchannel: voice\nstart: b\nnodes: {b: {type: end}}\n'
} >bomb.flow.yaml
bad bomb.flow.yaml limit
printf 'flow: a\nnodes: &n {b: *n}\n' >cycle.flow.yaml
bad cycle.flow.yaml yaml-syntax
printf 'flow: a\nnodes: {b: *none}\n' >alias.flow.yaml
bad alias.flow.yaml yaml-syntax
printf 'flow: !!python/object:os.system a\n' >tag.flow.yaml
bad tag.flow.yaml yaml-syntax
printf 'flow: a\n<<: {b: c}\n' >merge.flow.yaml
bad merge.flow.yaml yaml-syntax
printf 'flow: a\n? [b, c]\n: d\n' >key.flow.yaml
bad key.flow.yaml yaml-syntax

# 100 MB: one scalar, and as many lines. With the limit raised it is still a finding, of another kind.
{ printf 'flow: "'; repeat 100000 "$(repeat 1000 x)"; printf '"\n'; } >scalar.flow.yaml
bad scalar.flow.yaml limit
rm scalar.flow.yaml
{ printf 'flow: "'; repeat 30000 "$(repeat 1000 x)"; printf '"\n'; } >scalar.flow.yaml
expect 1 flow-validate --limit file=64MiB scalar.flow.yaml
[ "$(wc -c <out)" -lt 100000 ] || fail "a long scalar: endless output"
rm scalar.flow.yaml

# Many small mistakes: near names and places are looked for in bounded time, and each mistake is said.
{
	printf 'flow: a\nchannel: voice\nstart: node0\nnodes:\n'
	awk 'BEGIN { for (i = 0; i < 9999; i++) printf "  node%d: {type: play, prompt: {text: x}, next: nodf%d}\n", i, i }'
} >slips.flow.yaml
expect 1 timeout 60 flow-validate slips.flow.yaml
[ "$(grep -c unknown-node out)" -eq 9999 ] || fail "slips: $(grep -c unknown-node out) findings"
{
	printf 'flow: a\nchannel: voice\nstart: d\nvariables: {x: {type: number}}\nnodes:\n  d:\n    type: decide\n    cases:\n'
	awk 'BEGIN { for (i = 0; i < 999; i++) { s = "{variable: x, equals: " i "}"; for (j = 0; j < 20; j++) s = (j % 2 ? "{all: [" : "{any: [") s "]}"; print "      - {when: " s ", next: e}" } }'
	printf '    otherwise: e\n  e: {type: end}\n'
} >cases.flow.yaml
expect 0 timeout 60 flow-validate cases.flow.yaml
awk 'BEGIN { print "flow: a\nchannel: voice\nstart: n0\nnodes:"; for (i = 0; i < 9998; i++) printf "  n%d: {type: lookup_profile, found: n%d, not_found: n%d}\n", i, i + 1, 9997 - i; print "  n9998: {type: end}" }' >web.flow.yaml
expect 0 timeout 60 flow-validate web.flow.yaml

# What only looks odd is read.
printf '\357\273\277flow: a\r\nchannel: voice\r\nstart: b\r\nnodes:\r\n  b: {type: end}\r\n' >bom.flow.yaml
expect 0 flow-validate bom.flow.yaml
printf '\357\273\277flow: a\r\nchannel: voice\r\nstart: b\r\nnodes:\r\n  b: {type: play, prompt: "é", next: c}\r\n' >crlf.flow.yaml
expect 1 flow-validate crlf.flow.yaml
has out "crlf.flow.yaml:5:27: error: there is no prompt"
has out "crlf.flow.yaml:5:38: error: there is no node 'c'"
printf '%%YAML 1.2\n---\nflow: a\nchannel: voice\nstart: b\nnodes: {b: &x {type: end}, c: *x}\n...\n' >marks.flow.yaml
expect 0 flow-validate marks.flow.yaml
has out "no path leads to 'c'"

# The same in an Architect file, and in the wire's form.
{ printf 'workflow:\n  name: a\n  states: '; repeat 5000 '['; } >brackets.yaml
bad brackets.yaml
printf 'workflow:\n  name: {{a\n' >braces.yaml
bad braces.yaml
printf 'workflow: [1, 2]\n' >odd.yaml
bad odd.yaml
{ printf 'workflow:\n  name: "'; repeat 40000 '{{a}}'; printf '"\n'; } >keys.yaml
expect 1 timeout 60 flow-validate keys.yaml
printf '{"name": "a", "nodes": [[], 5, {"id": null}]}' >wire.flow.json
bad wire.flow.json
printf '{"name": "a", "nodes": {"a": {"type": "action", "transition": "nowhere"}}}' >wire2.flow.json
bad wire2.flow.json

# Not files.
mkdir folder.flow.yaml
mkfifo fifo.flow.yaml
expect 2 timeout 20 flow-validate folder.flow.yaml bom.flow.yaml
has err "there is no flow in 'folder.flow.yaml'"
expect 3 timeout 20 flow-validate fifo.flow.yaml
has err "neither a file nor a folder"
mkdir outside
cd outside || exit
expect 2 timeout 20 flow-validate ../folder.flow.yaml
expect 3 timeout 20 flow-validate ../fifo.flow.yaml

# In a repository a symlink is told as such, whether it is named or on the way to what is.
cd .. || exit
git init -q linked
mkdir linked/flows
cp bom.flow.yaml linked/flows/x.flow.yaml
ln -s flows linked/lnk
cd linked || exit
for named in lnk/x.flow.yaml lnk/nothing.flow.yaml; do
	expect 3 flow-validate "$named"
	has err "'lnk' is a symlink, and in a repository none is followed: name what it leads to"
done
