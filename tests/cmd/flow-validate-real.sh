#!/bin/sh
# The real Architect flows: all are read, and nothing wrong is said of them.
. "$ROOT/tests/lib.sh"
real=$TRUNKLINE_SHARED/real-flows
[ -d "$real" ] || skip "no shared test data"

count=$(find "$real" -name '*.yaml' | wc -l)
expect 0 flow-validate "$real"
has out "$count flows: 0 errors, 0 warnings,"

# Of 64 menus, tasks, states and bots two are entered by nothing: menus that Architect made.
[ "$(grep -c 'default-menu' out)" -eq 2 ] || fail "$(grep default-menu out)"
# Each {{key}} without a value once, at its place.
keys=$(cat "$real"/*.yaml | grep -o '{{[^{}]*}}' | wc -l)
[ "$(grep -c 'unset-substitution' out)" -eq "$keys" ] || fail "$(grep -c unset-substitution out) findings of $keys keys"
[ "$(grep -cE ': (note|warning|error): ' out)" -eq $((keys + 2 + $(grep -c duplicate-flow-id out))) ] || fail "more is said: $(grep -vE 'unset-subst|default-menu|duplicate-flow-id|^ ' out)"

# With values for all keys but one, that one is an error where an environment was asked for.
cat "$real"/*.yaml | grep -o '{{[^{}]*}}' | sed 's/^{{ *//; s/ *}}$//' | sort -u >keys
missing=$(sed -n 1p keys)
{
	printf 'flows: [.]\nenvironments:\n  test:\n    platform: architect\n    values:\n'
	sed 1d keys | sed 's/.*/      "&": "value of &"/; s/value of \([A-Za-z0-9_ -]*\)/\1/'
} >trunkline.yaml
cp "$real"/*.yaml .
expect 1 flow-validate --env test
[ "$(grep -c "error: .*'{{$missing}}' has no value.*\[unset-substitution\]" out)" -ge 1 ] || fail "no error about $missing"
[ "$(grep -c ': error: ' out)" -eq "$(grep -c 'unset-substitution' out)" ] || fail "$(grep ': error: ' out | grep -v unset-sub)"
