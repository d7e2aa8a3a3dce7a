#!/bin/sh
# Ctrl-C, SIGTERM and kill -9 at any moment. What was done until then is said, resume finishes it or takes it back, and platform,
# ledger and audit log agree in the end: nothing lost, nothing doubled.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

mkdir project && cd project || exit 1
make_project
start_sandbox --rate 0
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
at=1:published number=1

# moved: both flows are one version further.
moved() {
	number=$((number + 1))
	at="$number:published $at"
	stands "$at" "$at"
}

# stopped SIGNAL SECONDS STATUS: an apply that is sent the signal after so long, as a person or a system does it: once, or to the whole group as well.
stopped() {
	status=0
	faults 'latency=60ms'
	# A second signal while the leak checker has the process under its hands leaves both waiting for ever.
	ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" timeout $group --preserve-status -s "$1" "$2" flow-publish apply --concurrency 1 plan.json >said.txt 2>&1 || status=$?
	faults
	[ "$status" -eq "$3" ] || [ "$status" -eq 0 ] || {
		cat said.txt >&2
		fail "$1 after $2: ended with $status"
	}
}

# Every request of an apply takes 60 ms: the moments are those before the first write, while each is under way, and after the last.
for signal in INT:130 TERM:143 KILL:137; do
	for moment in 0.03 0.25 0.31 0.37; do
		case $signal-$moment in INT:130-* | TERM:143-0.31 | KILL:137-0.[23]*) ;; *) continue ;; esac
		group=
		[ "$moment" = 0.31 ] || group=--foreground
		change "$signal at $moment"
		stopped "${signal%:*}" "$moment" "${signal#*:}"
		# On a busy machine the first moment may come before the program does: then it has nothing to say.
		if [ "$status" -ne 0 ] && [ "$status" -ne 137 ] && { [ "$moment" != 0.03 ] || [ -s said.txt ]; }; then
			grep -qE "interrupted before anything was written|production: .*(not tried|published|of which it is not known)" said.txt || {
				cat said.txt >&2
				fail "$signal at $moment: it does not say what was done"
			}
			! grep -qE '^production: .*(not tried|not known)' said.txt || has said.txt "'flow-publish resume --env production'"
		fi
		expect 0 flow-publish resume --env production
		expect 0 flow-publish apply plan.json
		moved
	done
done

# Taken back: callers get what they got before, as a version on top where one was written.
for moment in 0.31 0.37; do
	group=--foreground
	change "taken back at $moment"
	stopped KILL "$moment" 137
	expect 0 flow-publish resume --undo --env production
	expect 0 flow-publish resume --env production
	has err 'nothing is unfinished'
	# Nothing was left to be taken back where all was done before the signal.
	[ "$status" -eq 0 ] || expect 0 flow-diff env:production HEAD^
	stands "$(history a)" "$(history b)"
	for flow in a b; do
		[ -z "$(history "$flow" | tr ' ' '\n' | cut -d: -f1 | sort | uniq -d)" ] || fail "a version of $flow is there twice"
	done
	expect 0 flow-publish plan -q --env production -o plan.json
	expect 0 flow-publish apply plan.json
done
