#!/bin/sh
# The demo runs to its end, leaves nothing behind, and says what it does.
. "$ROOT/tests/lib.sh"

expect 0 "$ROOT/scripts/demo" -b "$BIN"
has out '$ flow-validate'
has out '$ flow-publish apply ann.json'
has out '(exit status 4)'
has out 'That was all of it'
# The README opens with a piece of it.
sed -n '/^== 2\. /,/^```$/p' "$ROOT/README.md" | sed '$d' >wanted
sed -n '/^== 2\. /,/^(exit status 1)$/p' out >there
diff -u wanted there >&2 || fail "the README shows something else than the demo"

[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
expect 2 "$ROOT/scripts/demo" --no-such-option
