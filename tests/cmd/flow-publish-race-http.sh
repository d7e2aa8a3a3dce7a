#!/bin/sh
# Sixteen publishers, each of a machine of its own, on one platform that answers late, twice, wrongly or not at all: what is said to be published is there
# once, and nothing else is there. First each with a ledger of its own, so that only the platform's versions stand between them; then with one ledger on a
# server, whose lease lets them in one after the other. TRUNKLINE_TEST_SCALE makes it longer.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

publishers=16 flows=40 chosen=4
rounds=$((2 * ${TRUNKLINE_TEST_SCALE:-1}))
top=$PWD

# commit_texts TEXT FLOW…: each of the flows says the text.
commit_texts() {
	text=$1
	shift
	for flow; do
		say "$flow" "$text"
	done
	git commit -q -a -m "$text"
}

# What an apply or a resume says became of each flow: "FLOW TEXT OUTCOME".
outcomes() {
	sed -nE -e "s/^  conflict +(line[0-9]+) .* then replaced.*/\1 $1 replaced/p" -e t \
		-e "s/^  (published|already|conflict|not tried|failed|unknown|timed out) +(line[0-9]+).*/\2 $1 \1/p" "$2"
}

# attempt TEXT FLOW…: a commit, a plan and an apply; what is not known is found out. Its log has the last word on each flow.
attempt() {
	commit_texts "$@"
	text=$1
	shift
	for flow; do
		echo "$flow $text not planned"
	done
	paths=$(printf 'flows/%s.flow.yaml ' "$@")
	# shellcheck disable=SC2086 # one word each
	flow-publish plan -q --env production -o plan.json $paths >plan.out 2>&1 || { echo "plan $text $?" >>../failed; return; }
	flow-publish apply --env production plan.json >apply.out 2>apply.err
	status=$?
	echo "apply $text $status" >>statuses
	outcomes "$text" apply.out
	for _ in 1 2 3 4 5 6 7 8; do
		flow-publish resume --env production >resume.out 2>resume.err
		status=$?
		echo "resume $text $status" >>statuses
		outcomes "$text" resume.out
		[ "$status" -eq 3 ] || break
	done
}

# One publisher, in a repository and a home of its own.
publisher() {
	cd "p$1" || exit 1
	i=$1
	export HOME="${PWD%/*}/h$i"
	for round in $(seq "$rounds"); do
		set --
		for k in $(seq "$chosen"); do
			set -- "$@" "line$(((i * 5 + round * 3 + k * (1 + i % 2)) % flows))"
		done
		attempt "p$i-r$round" "$@" >>log 2>err
	done
}

# make_publisher I: the repository of all, and where the configuration leads.
make_publisher() {
	mkdir -p "p$1"
	git clone -q "$top/origin" "p$1/clone" && mv "p$1/clone/.git" "p$1/clone/flows" "p$1/clone/trunkline.yaml" "p$1" && rmdir "p$1/clone"
	mkdir -p "h$1/.config/trunkline"
	printf '/log\n/err\n/statuses\n*.out\n*.err\n*.json\n' >"p$1/.git/info/exclude"
	cp "$HOME/.gitconfig" "h$1"
	# No budget is kept to, and the ledger is where it is to be.
	sed -e 's/^    api:/    rate: off\n&/' -e "${ledger:+s|^    api:|    ledger: \"$ledger\"\n&|}" "$SANDBOX_CONFIG" >"h$1/.config/trunkline/config.yaml"
	chmod -R go= "h$1"
}

# The texts of all versions of a flow, newest first; each once, as a version holds one text.
history_of() {
	page=1
	while :; do
		api GET "/api/v2/flows/$1/versions?pageSize=25&pageNumber=$page" >page.json
		grep -o '"text":"[^"]*"' page.json | cut -d'"' -f4 >page.txt
		cat page.txt
		[ "$(wc -l <page.txt)" -eq 25 ] || break
		page=$((page + 1))
	done
}

# Holds what was said against what is there. The last word on each flow and text counts.
verify() {
	cat p*/log | awk '{ k = $1 " " $2; $1 = $2 = ""; last[k] = substr($0, 3) } END { for (k in last) print k, last[k] }' | sort >said
	api GET '/api/v2/flows?pageSize=100' | grep -o '"id":"[^"]*"[^}]*"name":"[^"]*"' | sed -E 's/"id":"([^"]*)".*"name":"([^"]*)"/\1 \2/' >ids
	[ "$(wc -l <ids)" -eq "$flows" ] || fail "there are $(wc -l <ids) flows, not $flows"
	while read -r id name; do
		history_of "$id" | grep -v '^first$' | sed "s/^/$name /"
	done <ids >there
	sort there >there.sorted
	grep -E ' (published|replaced|already)$' said | cut -d' ' -f1,2 | sort >applied
	uniq -d there.sorted >doubled
	sort -u there.sorted | comm -13 - applied >lost
	sort -u there.sorted | comm -23 - applied >unsaid
	echo "$1: $(wc -l <applied) applied, $(($(wc -l <said) - $(wc -l <applied))) refused, $(wc -l <lost) lost, $(wc -l <doubled) doubled"
	for wrong in lost doubled unsaid; do
		[ ! -s "$wrong" ] || {
			while read -r line; do
				echo "$wrong: $line, said: $(grep "^$line " said)" >&2
			done <"$wrong"
			fail "something is $wrong"
		}
	done
	! grep -E ' (unknown|timed out)$' said >&2 || fail "it was not found out what became of it"
	! cat p*/statuses | awk '$3 !~ /^[0-4]$/' | grep . >&2 || fail "a publisher ended in another way"
	[ -s applied ] || fail "nothing was applied"
}

run_race() {
	start_sandbox --rate 0
	mkdir "$1-ledger" && cd "$1-ledger" || exit 1
	for i in $(seq "$publishers"); do
		make_publisher "$i"
	done
	(cd p1 && HOME=${PWD%/*}/h1 && export HOME && expect 0 flow-publish plan -q --env production -o plan.json && expect 0 flow-publish apply plan.json) || exit 1
	faults 'latency=30ms,percent=20,on=PUT /api/v2/flows/{id}' 'status=503,percent=4,on=PUT /api/v2/flows/{id}' \
		'status=502,when=after,percent=4,on=PUT /api/v2/flows/{id}' 'reset=before,percent=4,on=PUT /api/v2/flows/{id}' \
		'reset=after,percent=4,on=PUT /api/v2/flows/{id}' 'status=429,retry-after=1,percent=2,on=PUT /api/v2/flows/{id}' \
		'cut=40,percent=4,on=GET /api/v2/flows/{id}/versions/{version}' 'status=500,percent=3,on=GET /api/v2/flows'
	running=
	for i in $(seq "$publishers"); do
		publisher "$i" &
		running="$running $!"
	done
	# shellcheck disable=SC2086 # one word each
	wait $running
	sandbox GET /sandbox/faults >faults.json
	faults
	verify "$1"
	cd "$top" || exit 1
	stop_sandbox
}

mkdir origin && cd origin || exit 1
mkdir flows
for i in $(seq 0 $((flows - 1))); do
	say "line$i" first
done
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
git init -q .
git add .
git commit -q -m first
cd "$top" || exit 1

ledger=
run_race own
if [ -n "$TRUNKLINE_TEST_POSTGRES" ]; then
	ledger="$TRUNKLINE_TEST_POSTGRES&schema=race$$"
	run_race shared
fi
