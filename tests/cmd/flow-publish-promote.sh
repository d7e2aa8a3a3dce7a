#!/bin/sh
# Promotion: production takes only what staging has, by source digest.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

# project [KEY]: two environments with their own values; KEY is one more of production. $STAGING and $PRODUCTION are where they are.
project() {
	cat >trunkline.yaml <<-END
		flows: [flows]
		environments:
		  staging: {$STAGING, values: {name: Test}}
		  production: {$PRODUCTION, values: {name: Ada}${1:+, $1}}
	END
	git add trunkline.yaml
	git commit -q -m project
}
STAGING='platform: local, database: .trunkline/staging.db'
PRODUCTION='platform: local, database: .trunkline/production.db'

# bring ENVIRONMENT [OPTION…]: plans and applies there; both must succeed.
bring() {
	expect 0 flow-publish plan -q --env "$@" -o brought.json
	expect 0 flow-publish apply brought.json
}

# shellcheck disable=SC2016 # the environment's value, not the shell's
make_repository 'Hello ${env.name}'
project

# What staging has not seen is not planned; nor what it has only as another version.
expect 1 flow-publish plan --env production --promote-from staging -o plan.json
has err "'a' was never published to 'staging' from here"
has err "'b' was never published to 'staging' from here"
has err "flow-publish plan --env staging"
has err "flows/a.flow.yaml:1:"
[ ! -e plan.json ] || fail "a plan was written"
bring staging
expect 0 flow-publish plan --env production --promote-from staging -o plan.json
has out 'promoted from staging'
is_valid plan plan.json
has plan.json '"promote_from": "staging"'
expect 0 flow-publish apply plan.json
expect 0 flow-publish status --env production
has out 'promoted from staging'
expect 0 flow-publish status --env production --format json
is_valid status out
has out '"promoted_from": "staging"'
grep '"source"' out >production
expect 0 flow-publish status --env staging --format json
grep '"source"' out >staging
lacks out '"promoted_from": "staging"'
cmp staging production || fail "the source is not the same in both"
grep '"digest"' out | cmp -s - production && fail "the values make no difference"

# A plan that is true no longer: staging went on.
# shellcheck disable=SC2016
say a 'Later, ${env.name}'
git commit -q -a -m later
expect 1 flow-publish plan --env production --promote-from staging
has err "'a' is not what 'staging' has: version 1 there is source"
lacks err "'b'"
bring staging
expect 0 flow-publish plan -q --env production --promote-from staging -o plan.json
expect 0 flow-publish rollback --env staging --reason 'it broke' a
expect 2 flow-publish apply plan.json
has err "'a' is not what 'staging' has: version 3 there"
has err "no longer what 'staging' has"
expect 0 flow-publish status --env production
has out 'a     1'
expect 0 flow-publish release --env staging --reason mended a
bring staging
expect 0 flow-publish apply plan.json
has out 'published  a  version 2'

# The same in other words: nothing is written to staging, but what it has is known by its source of today.
say a 'Later, Test'
git commit -q -a -m words
expect 1 flow-publish plan --env production --promote-from staging
bring staging
has out '2'
expect 0 flow-publish plan --env production --promote-from staging
has out '1 to update'

# The tree's own rule, so that nobody forgets.
project 'promote_from: staging'
# shellcheck disable=SC2016
say b 'New here, ${env.name}'
git commit -q -a -m new
expect 1 flow-publish plan --env production
has err "'b' is not what 'staging' has"
expect 2 flow-publish plan --env production --promote-from local
has err "'production' takes what 'staging' has (promote_from in trunkline.yaml), not what 'local' has"
project 'promote_from: production'
expect 2 flow-publish plan --env production
has err 'cannot be promoted from itself'
project 'promote_from: stagin'
expect 2 flow-publish plan --env production
has err "did you mean 'staging'?"

# The user's own: no tree switches it off, and a plan that was made without it is refused.
project
expect 0 flow-publish plan -q --env production -o plan.json
mkdir -p "$HOME/.config/trunkline"
chmod 700 "$HOME/.config" "$HOME/.config/trunkline"
printf 'environments:\n  production: {promote_from: staging}\n' >"$HOME/.config/trunkline/config.yaml"
chmod 600 "$HOME/.config/trunkline/config.yaml"
expect 1 flow-publish plan --env production
has err "'b' is not what 'staging' has"
expect 2 flow-publish apply plan.json
has err "'production' takes only what 'staging' has, but this plan was not held against that"
expect 2 flow-publish plan --env production --promote-from local
has err "promote_from in $HOME/.config/trunkline/config.yaml"
# What was published before may be gone back to without asking.
expect 0 flow-publish rollback --env production a
rm "$HOME/.config/trunkline/config.yaml"

# Audio of the same name must be the same, though the flow does not change.
mkdir audio
echo one >audio/hello.wav
cat >flows/c.flow.yaml <<-END
	flow: c
	channel: voice
	start: greet
	nodes:
	  greet: {type: play, prompt: {audio: audio/hello.wav}, next: bye}
	  bye: {type: end}
END
git add audio flows && git commit -q -m audio
bring staging
echo two >audio/hello.wav
git commit -q -a -m 'another voice'
expect 1 flow-publish plan --env production --promote-from staging flows/c.flow.yaml
has err "'c' uses audio 'audio/hello.wav', which is not what 'staging' has"
bring staging
bring production --promote-from staging

# Over the wire, with a ledger of its own: what failed there is not there.
start_sandbox
PRODUCTION='platform: genesys'
project
bring production --promote-from staging
expect 0 flow-publish status --env production
has out 'promoted from staging'
STAGING='platform: genesys' PRODUCTION='platform: local, database: .trunkline/production.db'
sed -i 's/^  production:/  staging:/' "$SANDBOX_CONFIG"
project
bring staging
say a 'It fails'
git commit -q -a -m fails
faults 'deploy=failed,reason=no audio'
expect 0 flow-publish plan -q --env staging -o plan.json
expect 1 flow-publish apply plan.json
faults
expect 1 flow-publish plan --env production --promote-from staging flows/a.flow.yaml
has err "'a' is not what 'staging' has"
bring staging
expect 0 flow-publish plan --env production --promote-from staging
