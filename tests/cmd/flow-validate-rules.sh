#!/bin/sh
# Each rule has a folder tests/rules/ID of files (or folders of files) bad-* and ok-*: a bad one gives a finding of the rule and exactly the
# output in bad-NAME.out, an ok one no finding of the rule. UPDATE=1 takes outputs over.
. "$ROOT/tests/lib.sh"

expect 0 flow-validate --list-rules
cut -d' ' -f1 out >rules
[ "$(wc -l <rules)" -gt 20 ] || fail "so few rules"

# not-followed needs a link or a submodule, which flow-validate-sources.sh makes, missing-dependency a platform: flow-publish-depend.sh.
grep -vx -e not-followed -e missing-dependency rules >wanted
(cd "$ROOT/tests/rules" && printf '%s\n' *) | diff - wanted || fail "a rule has no folder in tests/rules, or a folder no rule"

# run CASE: copies a fixture into an empty folder and checks what is there.
run() {
	rm -rf case
	mkdir case
	if [ -d "$1" ]; then cp -R "$1/." case/; else cp "$1" case/; fi
	status=0
	(cd case && flow-validate .) >out 2>err || status=$?
	if [ "$status" -gt 1 ] || [ -s err ]; then
		cat out err >&2
		fail "$1: status $status"
	fi
}

while read -r rule; do
	expect 0 flow-validate --explain "$rule"
	has out "$rule: "
	[ -d "$ROOT/tests/rules/$rule" ] || continue
	good=0 bad=0
	for fixture in "$ROOT/tests/rules/$rule"/*; do
		case $(basename "$fixture") in
		*.out) ;;
		bad-*)
			bad=$((bad + 1))
			run "$fixture"
			has out "[$rule]"
			[ -z "${UPDATE:-}" ] || cp out "$fixture.out"
			diff -u "$fixture.out" out >&2 || fail "$fixture: not what $fixture.out says"
			;;
		ok-*)
			good=$((good + 1))
			run "$fixture"
			lacks out "[$rule]"
			[ "$status" -eq 0 ] || { cat out >&2; fail "$fixture: errors"; }
			;;
		*) fail "$fixture: neither bad-* nor ok-*" ;;
		esac
	done
	[ "$((good * bad))" -gt 0 ] || fail "tests/rules/$rule needs a bad-* and an ok-*"
done <rules

expect 2 flow-validate --explain unknown-nod
has err "did you mean 'unknown-node'?"
