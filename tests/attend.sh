# tests/attend.sh: what the tests of flow-attend share, after tests/lib.sh, tests/publish.sh and tests/production.sh.
# shellcheck shell=sh

# A repository with the flow `line`, and its project with the environment `production`.
make_line() {
	mkdir flows
	cat >flows/line.flow.yaml <<-'END'
		flow: line
		channel: voice
		start: main
		variables: {pin: {type: string, sensitive: true}, vip: {type: boolean}}
		prompts:
		  welcome: {audio: prompts/welcome.wav, text: "For sales press 1, for billing 2, to hang up 3.", duration: 2s}
		  sorry: {audio: prompts/sorry.wav, text: "That is none of these."}
		  ask: {audio: prompts/ask.wav, text: "Your PIN."}
		  thanks: {audio: prompts/thanks.wav, text: "Thank you."}
		nodes:
		  main:
		    type: menu
		    prompt: welcome
		    choices:
		      - {key: "1", next: pin}
		      - {key: "2", next: billing}
		      - {key: "3", next: bye}
		      - {key: "9", when: {variable: vip, equals: true}, next: sales}
		    no_match: {retries: 2, prompt: sorry}
		    no_input: {retries: 1, timeout: 1s}
		    otherwise: bye
		  pin: {type: gather, prompt: ask, into: pin, digits: {min: 4, max: 4}, next: thanks, otherwise: bye}
		  thanks: {type: play, prompt: thanks, next: sales}
		  sales: {type: transfer, to: {queue: sales}, failed: bye}
		  billing: {type: transfer, to: {queue: billing}, failed: bye}
		  bye: {type: end, reason: done}
	END
	mkdir prompts
	for name in welcome sorry ask thanks; do
		echo "$name" >"prompts/$name.wav"
	done
	printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys, audio_base: "https://audio.example/"}\n' >trunkline.yaml
	git init -q .
	git add .
	git commit -q -m one
}

# publish_line: what is committed becomes what callers get.
publish_line() {
	expect 0 flow-publish plan -q --env production -o plan.json
	expect 0 flow-publish apply -q plan.json
}

# attend STATUS OFFERS [OPTION…]: serves the offers, a line each, and ends so.
attend() {
	wanted_status=$1
	printf '%s\n' "$2" >offers
	shift 2
	expect "$wanted_status" flow-attend --env production --flow line --calls offers "$@"
}

# call ID MORE: a call of the sandbox, announced.
call() {
	sandbox POST /sandbox/calls "{\"callControlId\": \"$1\", $2}" >/dev/null
}

# record ID: what became of a call at the platform, in the file `call`.
record() {
	sandbox GET "/sandbox/calls/$1" >call
}

# wait_for FILE TEXT: until a line of the file holds it.
wait_for() {
	tries=0
	until grep -qsF -e "$2" "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || {
			cat "$1" >&2
			fail "no '$2' in $1 after 30 s"
		}
		sleep 0.05
	done
}
