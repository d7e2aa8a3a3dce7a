#!/bin/sh
# A live call that was recorded is a case: flow-simulate comes to the same nodes, prompts, times and end.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/attend.sh"

make_line
start_sandbox
publish_line
call r1 '"playbackMs": 120, "script": [{"wait": "play"}, {"pause": 60}, {"dtmf": "7"}, {"wait": "playback"}, {"pause": 40}, {"dtmf": "1"}, {"wait": "play"}, {"dtmf": "4711"}]'
call r2 '"playbackMs": 30, "script": []'
call r3 '"playbackMs": -1, "script": [{"wait": "play"}, {"pause": 100}, {"hangup": true}]'
call r4 '"playbackMs": 30, "refuse": ["billing"], "script": [{"wait": "play"}, {"dtmf": "2"}]'
call 'r/5' '"script": [{"wait": "play"}, {"dtmf": "3"}]'
call r6 '"playbackMs": -1, "script": [{"wait": "play"}, {"drop": true}, {"wait": "play"}, {"dtmf": "3"}]'
attend 0 '{"callControlId": "r1", "caller": {"number": "+15550001111", "name": "Ada"}}
{"callControlId": "r2"}
{"callControlId": "r3"}
{"callControlId": "r4"}
{"callControlId": "r/5"}
{"callControlId": "r6"}' --record recordings --format json
[ "$(stat -c %a recordings)" = 700 ] || fail "the folder is open"
[ "$(find recordings -type f | wc -l)" -eq 6 ] || fail "not a file for each: $(ls recordings)"
for file in recordings/*; do
	[ "$(stat -c %a "$file")" = 600 ] || fail "$file is open"
	expect 0 flow-simulate "$file"
	has out '1 passed'
done
has out passed
[ -f recordings/r1.suite.yaml ] || fail "no r1"
lacks recordings/r1.suite.yaml 4711
has out passed
expect 0 flow-simulate --format json recordings/r4.suite.yaml
has out bye

# What is typed into sensitive variables is kept where that is asked for.
call r7 '"script": [{"wait": "play"}, {"dtmf": "14711"}]'
attend 0 '{"callControlId": "r7"}' --record recordings --record-sensitive
has out 'recorded in '
has recordings/r7.suite.yaml 4
expect 0 flow-simulate recordings/r7.suite.yaml
