#!/bin/sh
# Waiting for deployments: verdicts, exit status, formats.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

mkdir empty && cd empty || exit 1
expect 0 flow-monitor
has err "nothing is deployed in the environment 'local'"
cd ..
make_repository one
publish
expect 0 flow-monitor
golden out flow-monitor.txt
expect 0 flow-monitor -q b
[ "$(cat out)" = 'published  b  version 1' ] || fail "not the flow that was named"
expect 0 flow-monitor --format json
is_valid monitor-result out
expect 0 flow-monitor -v a
has err 'flow-monitor: a: published'
expect 2 flow-monitor bb
has err "has no flow 'bb'"
expect 2 flow-monitor --timeout soon
has err "'--timeout' takes a duration such as 90s, 10m or 8h, not 'soon'"
expect 2 flow-monitor --env nowhere
expect 2 flow-monitor --watch -o file
expect 2 flow-monitor --interval 5s
has err "'--interval' goes with '--watch'"
expect 2 flow-monitor --watch --interval 1ms
expect 2 flow-monitor --watch bb
has err "has no flow 'bb'"
expect 2 flow-monitor --watch --listen 192.0.2.1:80
has err "can be reached from other machines: what is shown is for this machine alone"
command -v python3 >/dev/null || exit 0
# A platform that takes its time, as nobody but the database can tell.
set_status() {
	python3 -c 'import sqlite3, sys; db = sqlite3.connect(".trunkline/local.db"); db.execute("UPDATE versions SET status = ?, reason = ?, published_ms = NULL WHERE name = ? AND version = 2", sys.argv[1:]); db.execute("UPDATE flows SET published = 1 WHERE name = ? AND version = 2", sys.argv[3:]); db.commit()' "$@"
}
say a two
publish
set_status publishing '' a
expect 3 flow-monitor --timeout 300ms
has out 'timed out  a  version 2 is publishing; callers get version 1'
has out 'published  b  version 1'
expect 130 timeout --foreground --preserve-status -s INT 0.5 flow-monitor
(sleep 1; set_status failed 'no licence' a) &
expect 1 flow-monitor --timeout 20s
wait
has out 'failed     a  version 2 is failed: no licence; callers get version 1'
expect 1 flow-monitor --format json
is_valid monitor-result out
expect 0 flow-publish status
has out 'callers get version 1  no licence'
expect 0 flow-publish plan
has out 'update  a  on version 2: version 2 is failed: no licence'
