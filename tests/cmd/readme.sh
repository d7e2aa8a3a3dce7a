#!/bin/sh
# What the README and the tour of the flows show is what happens: their console blocks run here, in a copy of the example flows.
. "$ROOT/tests/lib.sh"

command -v bash >/dev/null || skip "needs bash"
for document in README.md flows/README.md; do
	rm -rf yard && mkdir yard
	cp -R "$ROOT/flows" "$ROOT/schemas" "$ROOT/trunkline.yaml" yard
	(cd yard && git init -q . && git add . && git commit -q -m "Our flows" && "$ROOT/tests/transcript" "$ROOT/$document") || fail "$document is not true"
done
