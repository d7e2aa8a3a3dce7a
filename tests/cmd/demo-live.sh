#!/bin/sh
# The conversation of the live demo is the same every time; it runs from anywhere, leaves nothing behind, and can be stopped at any point.
. "$ROOT/tests/lib.sh"

# What differs: folders, times, ids.
mask() {
	sed -E 's/ +[0-9]+\.[0-9]s ([←→·])/  0.0s \1/; s/  [0-9]+\.[0-9]{3} s/  0.000 s/; s/of commit [0-9a-f]+; good until [0-9TZ:-]+/of commit …; good until …/; s/^id [0-9a-f]+$/id …/
		s|[^ ]*/home/|~/|g; s|"[^"]*/tmp/trunkline-demo[^"/]*|"…|g; s|trunkline-demo\.[A-Za-z0-9]+|…|g' "$1"
}

# A copy in a folder with a blank in its path stands for a fresh clone.
mkdir "a clone"
cp -R "$ROOT/flows" "$ROOT/schemas" "$ROOT/scripts" "$ROOT/trunkline.yaml" "a clone"
expect 0 "a clone/scripts/demo-live" -b "$BIN"
mask out >masked
golden masked demo-live.txt
[ ! -s err ] || fail "$(cat err)"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"

# Stopped when it is told so, it takes everything with it.
for point in '== 2' '== 3' '== 5' '== 6'; do
	: >stopped
	# A job of its own that listens to the keyboard, as a terminal has it.
	env --default-signal=INT setsid "$ROOT/scripts/demo-live" -b "$BIN" >stopped 2>&1 &
	demo=$!
	until grep -q -e "^$point" stopped; do
		kill -0 "$demo" 2>/dev/null || fail "ended before '$point': $(cat stopped)"
		sleep 0.02
	done
	kill -INT "-$demo"
	status=0
	wait "$demo" || status=$?
	[ "$status" -eq 130 ] || fail "stopped at '$point' it ended with $status: $(cat stopped)"
	[ -z "$(ls "$TMPDIR")" ] || fail "left behind at '$point': $(ls "$TMPDIR")"
	# What the signal struck as well may take a moment to go.
	for _ in $(seq 100); do
		# shellcheck disable=SC2009 # zombies are nobody
		there=$(ps -o pid=,stat=,args= -s "$demo" | grep -v '^ *[0-9]* Z')
		[ -n "$there" ] || break
		sleep 0.05
	done
	[ -z "$there" ] || fail "still there at '$point': $there"
done
expect 2 "$ROOT/scripts/demo-live" --no-such-option
