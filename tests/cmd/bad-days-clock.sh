#!/bin/sh
# A clock that jumps while a plan is applied, an hour ahead or back, and one that is wrong from the start: what is written is written once and on record, waits are
# as long as they were, and where the clock must be right that is said.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

# The machine's clock for one program: as far off as the file $CLOCK_OFF says, in seconds.
cat >clock.c <<'END'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long off(void)
{
	FILE *file = fopen(getenv("CLOCK_OFF"), "r");
	long seconds = 0;

	if (file) {
		if (fscanf(file, "%ld", &seconds) != 1)
			seconds = 0;
		fclose(file);
	}
	return seconds;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	int ret = (int)syscall(SYS_clock_gettime, id, out);

	if (id == CLOCK_REALTIME)
		out->tv_sec += off();
	return ret;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}
END
cc -shared -fPIC -o clock.so clock.c || fail 'the clock that jumps cannot be built'
CLOCK_OFF=$PWD/off
export CLOCK_OFF
folder=$PWD
echo 0 >"$CLOCK_OFF"

# with_clock COMMAND…: it sees the clock of the file. A list of libraries to load knows no blanks in their paths; sanitizers want to be loaded first, and have nothing to say here.
with_clock() {
	LD_LIBRARY_PATH=$folder LD_PRELOAD=clock.so ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=126}:verify_asan_link_order=0 "$@"
}

mkdir project && cd project || exit 1
make_project
start_sandbox --rate 0
with_clock flow-publish plan -q --env production -o plan.json || fail 'the clock that is right is in the way'
expect 0 flow-publish apply plan.json
at=1:published number=1

# It jumps after the first write began, and a platform that asks for a pause gets it, no more and no less.
for off in 3600 -3600 90 -90; do
	change "jumps by $off"
	faults 'latency=300ms,on=PUT /api/v2/flows/{id}' 'status=429,retry-after=1,on=PUT /api/v2/flows/{id},count=1'
	with_clock flow-publish apply --concurrency 1 plan.json >said.txt 2>&1 &
	applying=$!
	until flow-publish status --env production 2>/dev/null | grep -q 'end not known'; do
		kill -0 "$applying" 2>/dev/null || break
		sleep 0.02
	done
	echo "$off" >"$CLOCK_OFF"
	status=0
	wait "$applying" || status=$?
	echo 0 >"$CLOCK_OFF"
	faults
	[ "$status" -eq 0 ] || {
		cat said.txt >&2
		fail "a clock that jumps by $off: ended with $status"
	}
	number=$((number + 1))
	at="$number:published $at"
	stands "$at" "$at"
	# Whoever comes next, with the right time, is not kept out by a lease from the future.
	expect 0 flow-publish apply --wait 0s plan.json
done

# Wrong from the start: a plan of the future is refused, one that is over too, and a certificate is not blamed for it.
change 'a clock that is wrong'
echo -7200 >"$CLOCK_OFF"
with_clock flow-publish apply plan.json >said.txt 2>&1 && fail 'a plan of the future is applied'
has said.txt 'set the clock that is wrong'
echo 864000 >"$CLOCK_OFF"
with_clock flow-publish apply plan.json >said.txt 2>&1 && fail 'a plan that is over is applied'
has said.txt 'expired'
stands "$at" "$at"
expect 0 flow-publish apply plan.json
