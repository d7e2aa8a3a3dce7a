#!/bin/sh
# Which commits may be published: those of a branch, signed by somebody who is trusted, as the user's own configuration says.
. "$ROOT/tests/lib.sh"
. "$ROOT/tests/publish.sh"
. "$ROOT/tests/production.sh"

command -v ssh-keygen >/dev/null || skip "needs ssh-keygen"
printf 'flows: [flows]\nenvironments:\n  production: {platform: genesys}\n' >trunkline.yaml
make_repository one
git branch -m main
start_sandbox

# Keys of two people, one of whom may release.
keys=$HOME/keys
mkdir -m 700 "$keys"
ssh-keygen -q -t ed25519 -N '' -C ada -f "$keys/ada"
ssh-keygen -q -t ed25519 -N '' -C eve -f "$keys/eve"
printf 'ada@example.com namespaces="git" %s\n' "$(cat "$keys/ada.pub")" >"$keys/allowed_signers"
cp "$SANDBOX_CONFIG" "$keys/plain.yaml"
may_publish() {
	sed "s|^  production:.*|&\n    publish_from: $1|" "$keys/plain.yaml" >"$SANDBOX_CONFIG"
}
signed_commit() {
	git -c gpg.format=ssh -c user.signingkey="$keys/$1.pub" commit -q -a -S -m "$2" || fail "cannot sign"
}

# A branch that is not there, one that the commit is no part of, and one that it is.
may_publish '{branch: origin/main}'
expect 2 flow-publish plan --env production
has err 'origin/main'
may_publish '{branch: main}'
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
git checkout -q -b side
say a side
git commit -qam side
expect 2 flow-publish plan --env production
has err "main"
expect 0 flow-publish plan --env production --commit main
has out '2 unchanged'
# A plan that was made while it was allowed is refused once it is not.
cp "$keys/plain.yaml" "$SANDBOX_CONFIG"
expect 0 flow-publish plan -q --env production -o plan.json
may_publish '{branch: main}'
expect 2 flow-publish apply plan.json
git checkout -q main

# Signatures: none, somebody else's, the right one; the repository's own configuration decides nothing.
may_publish "{branch: main, signers: $keys/allowed_signers}"
expect 2 flow-publish plan --env production
has err 'sign'
say a two
signed_commit eve eve
git config gpg.ssh.allowedSignersFile "$keys/eve.pub"
git config gpg.ssh.program /bin/true
expect 2 flow-publish plan --env production
git config --unset gpg.ssh.program
say a three
signed_commit ada ada
expect 0 flow-publish plan -q --env production -o plan.json
expect 0 flow-publish apply plan.json
has out 'published  a  version 2'
expect 0 flow-audit query --env production --flow a
has out 'published'

# A shallow clone says what to do.
git clone -q --depth 1 "file://$PWD" ../shallow 2>/dev/null || fail "cannot clone"
cd ../shallow || exit 1
may_publish '{branch: origin/main~1}'
expect 2 flow-publish plan --env production
has err 'fetch-depth: 0'
