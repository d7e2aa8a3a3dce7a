# tests/architect.sh: an organisation of the vendor's as the environment `production`, and a project of two flows of one name for it; after tests/lib.sh and
# tests/production.sh.
# shellcheck shell=sh

# flow FILE TYPE NAME WORDS: a flow of one task that says WORDS.
flow() {
	cat >"flows/$1.yaml" <<-END
		$2:
		  name: $3
		  startUpRef: "./tasks/task[Greet_10]"
		  tasks:
		    - task:
		        name: Greet
		        refId: Greet_10
		        actions:
		          - playAudio:
		              name: Say hello
		              audio:
		                tts: $4
		          - disconnect:
		              name: "{{farewell}}"
	END
}

# make_organisation: the project, and the sandbox with Alice, Bob and another client; both flows are published.
make_organisation() {
	mkdir flows
	flow main inboundCall Main hello
	flow chat inboundShortMessage Main hello
	printf 'flows: [flows]\nenvironments:\n  production: {platform: architect, values: {farewell: Bye}}\n' >trunkline.yaml
	printf '*.json\nout\nerr\n*.txt\n' >.gitignore
	git init -q .
	git add .
	git commit -q -m one
	cat >"$TMPDIR/seed.yaml" <<-'END'
		architect:
		  users: [{name: Alice}, {name: Bob}]
		  clients: [{id: terraform, name: Terraform}]
		  jobs: {start: 10ms, run: 20ms}
	END
	start_sandbox --platform architect --seed "$TMPDIR/seed.yaml" "$@"
	# shellcheck disable=SC2034 # for scripts
	SANDBOX=$(sed -n 2p "$TMPDIR/sandbox")
	plan
	expect 0 flow-publish apply plan.json
}

# plan: plan.json publishes what is committed.
plan() {
	expect 0 flow-publish plan -q --env production -o plan.json
}

# change WORDS: the call flow says that, committed and planned.
change() {
	flow main inboundCall Main "$1"
	git commit -q -a -m "$1"
	plan
}

# on_main METHOD WHAT [BODY]: the sandbox's own route of the call flow: its lock, an edit.
on_main() {
	sandbox "$1" "/sandbox/architect/flows/Main/$2?type=INBOUNDCALL" "${3:-}"
}

# there [TYPE]: the flow Main as the platform has it.
there() {
	api GET "/api/v2/flows?name=Main&type=${1:-INBOUNDCALL}"
}

# version [TYPE]: what callers get of Main.
version() {
	there "${1:-INBOUNDCALL}" | sed 's/.*"publishedVersion":{"id":"\([^"]*\)".*/\1/'
}

# agree VERSION [DRIFT]: callers get that version of the call flow; platform, ledger and audit tell the same story (drift 1: but for what somebody did there since), and
# no lock of ours is left.
agree() {
	[ "$(version)" = "$1" ] || fail "callers get version $(version), not $1"
	api GET '/api/v2/flows?pageSize=100' >there.json
	lacks there.json "\"lockedClient\":{\"id\":\"$(cat "$SANDBOX_CONFIG.id")\""
	expect 0 flow-publish status --env production --format json
	has out '"lease": null'
	has out '"unfinished": []'
	expect "${2:-0}" flow-diff --drift --env production
	expect 0 flow-audit verify --env production
	expect 0 flow-audit log -n 1 --env production
}
