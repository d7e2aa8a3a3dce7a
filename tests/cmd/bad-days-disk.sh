#!/bin/sh
# A disk that fills up on the way: what can be written down is, nothing is half written, and with room again it goes on where it was.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"
. "$ROOT/tests/bad-days.sh"

mkdir project && cd project || exit 1
make_project
start_sandbox --rate 0
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json

# A file may grow no further: at any place of the ledger, from the first intent to the last outcome. What it can write down it does first; what was written on the
# platform and not on record is found out. With room again everything is finished.
ledger=$(find "$HOME/.local/state/trunkline" -name ledger.db)
full=0
for more in 0 4 8 12 16 24 32 48; do
	change "room for $more"
	blocks=$(($(wc -c <"$ledger") / 512 + more))
	status=0
	(
		ulimit -f $blocks
		exec flow-publish apply plan.json
	) >said.txt 2>&1 || status=$?
	case $status in
	0) ;;
	3)
		full=$((full + 1))
		grep -qE "no space left to write '.*/ledger.db'|cannot write" said.txt || {
			cat said.txt >&2
			fail "room for $more: no word of the disk"
		}
		;;
	*) cat said.txt >&2; fail "room for $more: ended with $status" ;;
	esac
	expect 0 flow-publish resume --env production
	expect 0 flow-publish apply plan.json
	expect 0 flow-publish status --env production
	lacks out 'end not known'
	expect 0 flow-diff env:production
	expect 0 flow-audit verify --env production
	[ "$(history a | tr ' ' '\n' | sort | uniq -d)" = "" ] || fail 'a version is there twice'
done
[ $full -ge 1 ] || fail 'the disk was never full'

# A disk that is full for all who write there: neither half a plan nor half a result.
if unshare -rm true 2>/dev/null; then
	change 'a small disk'
	mkdir disk
	# shellcheck disable=SC2016 # for the shell in there
	expect 0 unshare -rm sh -c '
		mount -t tmpfs -o size=64k tmpfs disk || exit 0
		head -c 60k /dev/zero >disk/filler
		flow-publish plan -q --env production -o disk/plan.json 2>said.txt && flow-publish plan -q --env production -o disk/plan2.json 2>said.txt &&
			flow-publish plan -q --env production -o disk/plan3.json 2>said.txt && flow-publish plan -q --env production -o disk/plan4.json 2>said.txt && exit 1
		[ $? -eq 3 ] || exit 1
		grep -q "cannot write .disk/plan.*.json.: No space left on device" said.txt || exit 1
		for plan in disk/*; do
			case $plan in disk/filler) ;; *) tail -c 2 "$plan" | grep -q "}" || exit 1 ;; esac
		done
		ls -A disk | grep -v "^plan[0-9]*\.json$\|^filler$" && exit 1
		exit 0'
fi
[ -e /dev/full ] && expect 3 flow-publish plan -q --env production -o /dev/full
[ -e /dev/full ] && has err "cannot write '/dev/full': No space left on device"
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
expect 0 flow-audit verify --env production
