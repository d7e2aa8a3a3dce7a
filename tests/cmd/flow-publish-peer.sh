#!/bin/sh
# A platform that was written from the documents alone (tests/peer.py) and says things otherwise wherever they leave that open: what is published, seen and brought home
# is the same, to the letter.
. "$ROOT/tests/lib.sh"

command -v python3 >/dev/null || skip "needs python3"
python3 -B "$ROOT/tests/peer.py" >peer.out 2>peer.err &
peer_pid=$!
trap 'kill $peer_pid 2>/dev/null' EXIT
until [ -s peer.out ]; do
	kill -0 "$peer_pid" 2>/dev/null || { cat peer.err >&2; fail "the peer does not start"; }
	sleep 0.05
done
PEER=$(cat peer.out)
peer() {
	curl --silent --show-error --fail-with-body --noproxy '*' -X POST --data-binary "$2" "$PEER/$1" >said || fail "the peer refuses $1"
}

mkdir -p "$HOME/.config/trunkline"
chmod 700 "$HOME/.config" "$HOME/.config/trunkline"
(
	umask 077
	printf peer >"$HOME/.config/trunkline/id"
	printf 'peer+secret/=&%%' >"$HOME/.config/trunkline/secret"
	cat >"$HOME/.config/trunkline/config.yaml" <<-YAML
		environments:
		  production: {login: $PEER, api: $PEER, role: release, credentials: {client_id: {file: $HOME/.config/trunkline/id}, client_secret: {file: $HOME/.config/trunkline/secret}}}
	YAML
)

flow() {
	cat >"flows/$1.flow.yaml" <<-YAML
		flow: $1
		name: $2
		channel: voice
		start: greet
		variables: {tier: {type: string, default: basic}}
		prompts: {hi: {text: "$3"}}
		nodes:
		  greet: {type: play, prompt: hi, next: which} # says hello
		  which: {type: decide, cases: [{when: {variable: tier, equals: gold}, next: queue}], otherwise: bye}
		  queue: {type: transfer, to: {queue: "\${env.Q}"}, failed: bye}
		  bye: {type: end}
	YAML
}

# told STATUS COMMAND…: what it says, and how it ends, is part of the story.
told() {
	echo "\$ $*"
	status=0
	"$@" 2>&1 || status=$?
	echo "($status)"
}

# A first publish, a change, an edit there that comes home, and a version taken back.
story() {
	rm -rf project "$HOME/.local"
	mkdir -p project/flows
	(
		cd project || exit 1
		git init -q
		printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys, values: {Q: support}}\n' >trunkline.yaml
		flow hello Hello "Hi there."
		flow other "Other flow" "Two."
		flow third third "Three."
		git add -A
		git commit -q -m one
		told flow-publish plan --env production -o ../plan.json
		told flow-publish apply ../plan.json
		told flow-publish plan --env production --detailed-exitcode
		sed -i 's/Hi there/Good day/' flows/hello.flow.yaml
		git commit -q -a -m two
		told flow-publish plan --env production -o ../plan.json
		told flow-publish apply ../plan.json
		told flow-monitor --env production
		curl --silent --fail --noproxy '*' --data '{"flow": "Hello", "path": ["prompts", "hi", "text"], "value": "Edited there."}' "$PEER/_edit"
		told flow-monitor --env production --watch --timeout 0s
		told flow-publish plan --env production
		told flow-diff --drift --env production
		told flow-publish import --env production --update
		told git diff
		git commit -q -a -m three
		told flow-publish plan --env production
		told flow-publish rollback --env production --reason x hello
		told flow-publish status --env production --format json
		curl --silent --fail --noproxy '*' --data '' "$PEER/_flows"
	) >story 2>&1
	# What the platform makes up, and times, may differ.
	sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g; s/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+[0-9:]+)/TIME/g; s/\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12}|[0-9a-f]{7}\.\.[0-9a-f]{7})\b/HASH/g
		s/[0-9]+(\.[0-9]+)? m?s\b/TIME/g; s/"platform_id": "[^"]*"/"platform_id": "ID"/; s/"published": null/"published": "TIME"/' story
}

story >usual
has usual '(0)'
lacks usual '(2)'
lacks usual '(3)'
has usual '+prompts: {hi: {text: "Edited there."}}'
has usual '# says hello'
has usual '"versions": 4'

while read -r freedoms; do
	peer _freedoms "$freedoms"
	story >otherwise
	diff -u usual otherwise >&2 || fail "another story where the platform says it so: $freedoms"
done <<'SETS'
{"created": 200, "headers": "lower", "etag": "weak", "numbers": "point", "order": "reversed", "rows": "whole", "page": 1, "next": "absolute", "times": "offset"}
{"headers": "upper", "etag": "absent", "numbers": "exponent", "ends": "chunked", "packed": true, "written": "least", "counted": false, "versions": "newest", "page": 2}
{"ids": "odd", "ends": "close", "escaped": true, "pretty": true, "written": "empty", "filter": "ignored", "type": "application/json; charset=UTF-8", "times": "micro"}
{"rows": "least", "filter": "part", "versions": "listed", "token": "least", "deploys": 0, "dropped": ["dateModified"]}
{"null": true, "added": {"division": {"id": "*"}, "tags": [], "locked": false}, "type": "application/vnd.api+json"}
{"empty_first": true, "counted": false, "page": 2}
SETS
