#!/bin/sh
# Completion for bash, asked as bash asks it.
. "$ROOT/tests/lib.sh"

command -v bash >/dev/null || skip "needs bash"
cp "$ROOT/trunkline.yaml" .
git init -q . && git add . && git commit -q -m first && git tag v1

# completes WORD… : what is offered for the last word goes to `out`, a line each.
completes() {
	bash -c '. "$ROOT/completions/trunkline.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_trunkline "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" >out 2>err || fail "completion of '$*' failed"
	[ ! -s err ] || fail "completion of '$*' says: $(cat err)"
}

completes flow-validate --sta
has out --staged
lacks out --rev
completes flow-validate --
has out --format
has out --list-rules
completes flow-validate --env st
has out staging
completes flow-publish plan --promote-from st
has out staging
completes flow-validate --rev v
has out v1
completes flow-validate --color al
has out always
completes flow-publish pl
has out plan
completes flow-publish plan --out
has out --output
completes flow-publish plan --promote-from st
has out staging
completes flow-publish plan --commit v
has out v1
completes flow-diff env :
has out staging
completes flow-diff env : st
has out staging
completes flow-diff --format mark
has out markdown
completes flow-audit export --format ''
[ "$(sort out | tr '\n' ' ')" = 'json jsonl ' ] || fail "formats: $(cat out)"
completes flow-monitor --format js
has out json
completes flow-sandbox --certificate wrong
has out wrong-host
completes flow-validate trunk
has out trunkline.yaml

# Every command, every subcommand, and every option that their help has.
count=0
for command in "$BIN"/*; do
	name=${command##*/}
	bash -c '. "$ROOT/completions/trunkline.bash"; complete -p "$1"' bash "$name" >/dev/null || fail "$name is not completed"
	"$name" --help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' >subcommands
	completes "$name" ''
	while read -r subcommand; do
		has out "$subcommand"
	done <subcommands
	echo >>subcommands
	while read -r subcommand; do
		"$name" ${subcommand:+"$subcommand"} --help | grep -oE '^ +(-[A-Za-z], )?--[a-z][a-z-]*' | grep -oE -e '--[a-z][a-z-]*' >options
		completes "$name" ${subcommand:+"$subcommand"} --
		while read -r option; do
			has out "$option"
			count=$((count + 1))
		done <options
	done <subcommands
done
[ "$count" -gt 100 ] || fail "only $count options"
