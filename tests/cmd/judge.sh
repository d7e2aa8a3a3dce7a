#!/bin/sh
# Random flows and calls, held against an independent reading of the flow language. The first seed is another one each time, and is
# printed; JUDGE_SEED and JUDGE_SEEDS choose.
. "$ROOT/tests/lib.sh"

judge=${TRUNKLINE_SHARED:-/nonexistent}/judge/run
[ -x "$judge" ] || skip "there is no ../shared/judge here"
python3 -c 'import yaml' 2>/dev/null || skip "needs python3 with yaml (python3-yaml)"

seed=${JUDGE_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
expect 0 "$judge" --seeds "${JUDGE_SEEDS:-40}" --seed "$seed"
has out "${JUDGE_SEEDS:-40} passed, 0 failed"
