#!/bin/sh
# A small run of tests/bench/transitions: several processes over the same interactions, and one that is killed while a webhook is told; the sandbox's own history of each interaction
# says that nothing was lost, overwritten, invented or out of order. TRUNKLINE_TEST_SCALE=100 is its full size.
. "$ROOT/tests/lib.sh"
command -v python3 >/dev/null || skip "needs python3"

BENCH_SCALE=$(awk -v scale="$TRUNKLINE_TEST_SCALE" 'BEGIN { print scale / 100 }') BENCH_MOVERS=5 "$ROOT/tests/bench/transitions" "${BIN%/bin}" >out 2>err || {
	cat out err >&2
	fail "something was lost, overwritten, invented or out of order"
}
has out 'conflicts, of'
has out 'lost, invented, out of order                                  0, 0, 0'
