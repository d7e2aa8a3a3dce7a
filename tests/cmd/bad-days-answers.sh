#!/bin/sh
# A server that answers, but not as it should: 2 GB, HTML, nothing, half of it, slowly; too many requests; faults for a while and for ever; tokens that end.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

mkdir project && cd project || exit 1
make_project
start_sandbox --rate 0
expect 0 flow-publish plan -q --env production -o plan.json

# Reading: each answer, by each command. The address, what came in its place, and what may stand in between; never a crash, never gigabytes, always 3.
while IFS='|' read -r fault text; do
	faults "$fault,on=GET /api/v2/**"
	for command in 'flow-publish plan' 'flow-publish status' 'flow-publish import' 'flow-monitor' 'flow-diff' 'flow-simulate --remote calls/a.suite.yaml'; do
		# Those that are tried again take their time: one command is enough.
		case $fault-$command in cut*-*plan | reset*-*plan) ;; cut*-* | reset*-*) continue ;; esac
		# shellcheck disable=SC2086
		says 3 '/api/v2/' "$text" -- $command --env production
	done
done <<END
flood|larger than the
html|HTML instead of JSON: '<!DOCTYPE html>
empty|it is empty
cut=5|the answer was cut off after 5 bytes
reset=before|the connection broke
status=401|do \`login:\` and \`api:\` belong together (401)
status=403,reason=Missing scope flow:view|lacks the scope flow:view
status=500,retry-after=900|the platform failed (500)
status=503,retry-after=900,reason=closed for tonight|the platform failed (503): closed for tonight
status=429,retry-after=900|the platform's limit of requests is used up
END
faults 'status=404,on=GET /api/v2/flows'
says 3 '/api/v2/flows' 'answers 404' -- flow-publish status --env production

# The login server, in the same ways.
while IFS='|' read -r fault text; do
	faults "$fault,on=/oauth/token"
	says 3 "no token from $SANDBOX" "$text" -- flow-publish apply plan.json
	lacks err '/api/v2/'
done <<END
flood|larger than the
html|is \`login:\` the login server
empty|what it answers is no token
cut=5|the answer was cut off after 5 bytes
status=503,retry-after=900|it answers 503
status=429,retry-after=900|it answers 429
END

# For a while, then good: nobody notices but by the time it takes.
faults 'status=503,on=GET /api/v2/flows,count=2' 'status=429,retry-after=1,on=GET /api/v2/flows,after=2,count=1' 'cut=9,on=GET /api/v2/flows,after=3,count=1' \
	'reset=before,on=/oauth/token,count=1' 'slow=600,on=GET /api/v2/authorization/roles/{id}'
expect 0 flow-publish plan -q --env production -o plan.json
faults

# Writing. What is refused is written by nobody, and what to do next is said; afterwards the same plan is finished.
version=0
while IFS='|' read -r fault next text; do
	change "$fault"
	faults "$fault,on=POST /api/v2/flows" "$fault,on=PUT /api/v2/flows/{id}"
	expect 3 flow-publish apply plan.json
	has out "$text"
	has out '; nothing was written'
	has err "'flow-publish resume --env production' finishes this"
	faults
	version=$((version + 1))
	[ $version -eq 1 ] && before= || before=" $before"
	if [ "$next" = resume ]; then
		expect 0 flow-publish resume --env production
	else
		expect 0 flow-publish apply plan.json
	fi
	before="$version:published$before"
	stands "$before" "$before"
	expect 0 flow-diff env:production
done <<END
status=429,retry-after=900|resume|asks to wait for 900 s, which is past the deadline
status=403,reason=no|apply|the client has no right to do that (403): no
status=401|resume|does not take the token
status=302|apply|redirects are not followed
status=422,reason=no way out|resume|no way out
END

# Nobody knows what became of it: that is said with its reason, and found out.
for fault in flood html; do
	change "$fault"
	faults "$fault,on=PUT /api/v2/flows/{id}"
	expect 3 flow-publish apply plan.json
	has out 'unknown    a'
	has out 'it may still arrive'
	expect 0 flow-publish status --env production
	has out "'flow-publish resume' finds out"
	faults
	expect 0 flow-publish resume --env production
	version=$((version + 1))
	before="$version:published $before"
	stands "$before" "$before"
done

# A token that ends in the middle is renewed, once and for all workers, and nothing is sent twice.
change 'a token that ends'
faults 'expire,on=PUT /api/v2/flows/{id},count=1'
expect 0 flow-publish apply plan.json
version=$((version + 1))
before="$version:published $before"
stands "$before" "$before"

# While somebody watches: why it takes so long is said on the way, and a signal ends the wait at once.
faults 'status=503,retry-after=2,on=GET /api/v2/flows,count=1,reason=down'
expect 0 flow-publish status --env production
has err 'the platform failed (503): down'
has err 'going on in 2 s'
faults 'status=429,retry-after=60,on=GET /api/v2/flows'
for signal in INT:130 TERM:143; do
	status=0
	timeout --foreground --preserve-status -s "${signal%:*}" 0.5 flow-publish plan --env production >plan.txt 2>&1 || status=$?
	[ "$status" -eq "${signal#*:}" ] || fail "interrupted while it waited: $status"
	has plan.txt "the platform's limit of requests is used up (429)"
	has plan.txt 'going on in 60 s'
done
faults

# The platform's simulator: a suite that could not be run to its end is not called good.
cat >flows/a.suite.yaml <<END
suite: a
cases:
  - {id: one, expect: {status: completed}}
END
while IFS='|' read -r fault text; do
	faults "$fault,on=POST /api/v2/flows/simulation/run"
	says 3 "case 'one'" "$text" -- flow-simulate --remote --env production
	has out 'BROKEN OFF a: 0 cases'
done <<END
html|HTML instead of JSON
flood|larger than the
status=403,reason=Missing scope flow:simulation:run|lacks the scope flow:simulation:run
status=503,retry-after=900|the platform failed (503)
END

# An answer that says nothing is of its case alone; the others are run, and it is not called good either.
faults 'empty,on=POST /api/v2/flows/simulation/run'
says 3 '1 of the cases did not come to an end' -- flow-simulate --remote --env production
has out 'it is empty'
has out 'UNDONE a: 1 case'
