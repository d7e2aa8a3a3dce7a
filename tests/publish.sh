# tests/publish.sh: what the tests of flow-publish and flow-monitor share, after tests/lib.sh.
# shellcheck shell=sh

# Ids, digests, commits and times become words, so that what is left is the same every time.
mask() {
	sed -E -e 's/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/UUID/g' -e 's/[0-9a-f]{64}/DIGEST/g' -e 's/\b[0-9a-f]{40}\b/OID/g' \
		-e 's/\b[0-9a-f]{12}\b/SHORTID/g' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{3})?Z/TIME/g'
}

# A repository in the present folder whose flows a and b say the text $1, committed.
make_repository() {
	mkdir flows
	say a "$1"
	say b "$1"
	git init -q .
	git add .
	git commit -q -m "$1"
}

# The flow $1 says the text $2.
say() {
	cat >"flows/$1.flow.yaml" <<-END
		flow: $1
		channel: voice
		start: greet
		nodes:
		  greet: {type: play, prompt: {text: "$2"}, next: bye}
		  bye: {type: end}
	END
}

# Plans and applies; both must succeed.
publish() {
	expect 0 flow-publish plan -q -o published.json
	expect 0 flow-publish apply published.json
}

# The file $2 is as the schema $1 says.
is_valid() {
	"${BIN%/bin}/tools/schema-validate" "$ROOT/schemas/$1.schema.json" "$2" >&2 || fail "$2 is not as $1.schema.json says"
}
