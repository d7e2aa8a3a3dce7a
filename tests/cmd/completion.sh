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
completes flow-validate --rev v
has out v1
completes flow-validate --color al
has out always
completes flow-publish pl
has out plan
completes flow-publish plan --out
has out --output
completes flow-validate trunk
has out trunkline.yaml
