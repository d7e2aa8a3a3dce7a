#!/bin/sh
# .pre-commit-hooks.yaml under the pre-commit framework itself, where it is installed.
. "$ROOT/tests/lib.sh"

command -v pre-commit >/dev/null || skip "no pre-commit here"
git -C "$ROOT" rev-parse --quiet --verify HEAD >/dev/null || skip "the sources are no git repository"

# The manifest from the sources, as a repository of its own: the framework clones it.
git init -q hooks
cp "$ROOT/.pre-commit-hooks.yaml" hooks/
git -C hooks add .
git -C hooks commit -q -m hooks

git init -q r
cd r || exit
mkdir flows
cp "$ROOT/flows/hello.flow.yaml" "$ROOT/flows/hello.suite.yaml" flows/
cat >.pre-commit-config.yaml <<END
repos:
  - repo: $PWD/../hooks
    rev: $(git -C ../hooks rev-parse HEAD)
    hooks: [{id: flow-validate}, {id: flow-simulate}]
END
expect 0 pre-commit install
git add flows .pre-commit-config.yaml
expect 0 git commit -q -m 1

# The index counts, not the working tree.
cp flows/hello.flow.yaml ../right
sed -i 's/next: bye}/next: nowhere}/' flows/hello.flow.yaml
git add flows
cp ../right flows/hello.flow.yaml
expect 1 git commit -q -m wrong
has err "[unknown-node]"
git reset -q --hard

# A suite that fails.
sed -i 's/\[greet, bye\]/[bye]/' flows/hello.suite.yaml
expect 1 git commit -q -a -m failing
has err "says-hello-and-ends"
git reset -q --hard

# A commit that only removes is looked at too: a suite without its flow is left.
git rm -q flows/hello.flow.yaml
expect 1 git commit -q -m removed
