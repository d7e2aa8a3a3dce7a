#!/bin/sh
# The example flows: nothing to complain about, in any environment, and suites that pass and take every node and transition.
. "$ROOT/tests/lib.sh"

cp -R "$ROOT/flows" "$ROOT/trunkline.yaml" .
expect 0 flow-validate --strict --format json
has out '"findings": []'
for environment in local staging; do
	expect 0 flow-validate --strict --env "$environment"
	expect 0 flow-simulate --env "$environment" --min-coverage nodes=100 --min-coverage transitions=100
done

# Every flow has a suite, and the tour speaks of each.
for flow in flows/*.flow.yaml; do
	suite=${flow%.flow.yaml}.suite.yaml
	[ -f "$suite" ] || fail "$flow has no suite"
	has flows/README.md "(${flow#flows/})"
done
