#!/bin/sh
# Whose change a difference with an environment is: only here, only on the platform, on both sides, in conflict.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"

# Somebody else works in another clone with a ledger of their own, and publishes to the same platform.
make_repository one
publish
cd .. && cp -R "$OLDPWD" "$OLDPWD-theirs" && mine=$OLDPWD theirs=$OLDPWD-theirs
rm -r "$theirs/.trunkline"
printf 'environments: {local: {platform: local, database: .trunkline/local.db}}\n' >"$theirs/trunkline.yaml"
they_publish() {
	(
		cd "$theirs" || exit 1
		mkdir -p .trunkline && chmod 700 .trunkline && cp "$mine/.trunkline/local.db" .trunkline/local.db
		flow-publish plan -q -o theirs.json >/dev/null && flow-publish apply theirs.json >/dev/null && cp .trunkline/local.db "$mine/.trunkline/local.db"
	) || fail "they could not publish"
}
cd "$mine" || exit 1
expect 0 flow-diff

# only here
say a two
expect 1 flow-diff
has out '(changed here alone)'
expect 1 flow-diff --format json
is_valid diff-result out
has out '"origin": "local"'

# only there: the working tree is as it was deployed
say a one
(cd "$theirs" && say a three) || exit 1
they_publish
expect 1 flow-diff
has out '(changed on the platform by somebody else)'
expect 1 flow-diff env:local HEAD
has out '(changed on the platform by somebody else)'
expect 1 flow-diff HEAD env:local
has out '(changed on the platform by somebody else)'
expect 1 flow-diff --drift
has out '~ a'

# both, in the same place
say a two
expect 1 flow-diff flows/a.flow.yaml
has out 'conflict: changed here and on the platform'
has out '"one"'
has out '"two"'
has out '"three"'
expect 1 flow-diff --format json
is_valid diff-result out
has out '"origin": "conflict"'
has out '"has_base": true'
expect 1 flow-diff --format markdown
has out '(**conflict**)'
has out '- <code>greet</code> <code>prompt.text</code> **both, differently**: base <code>one</code>, theirs <code>three</code>, ours <code>two</code>'

# both, in different places
say a one
sed -i 's/  bye: {type: end}/  bye: {type: end, exit: done}/' flows/a.flow.yaml
expect 1 flow-diff
has out 'in different places'

# a flow that is only there, and one that is only here
(cd "$theirs" && say stray hello) || exit 1
they_publish
say fresh hello
expect 1 flow-diff
has out '- stray  removed, 2 nodes  (changed on the platform by somebody else)'
has out '+ fresh  added, 2 nodes  (changed here alone)'
