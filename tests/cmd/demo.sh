#!/bin/sh
# The demo runs to its end, leaves nothing behind, and says what it does.
. "$ROOT/tests/lib.sh"

expect 0 "$ROOT/scripts/demo" -b "$BIN"
has out '$ flow-validate'
has out '$ flow-publish apply ann.json'
has out '(exit status 4)'
has out 'production: 7 published'
has out 'edited   hello  somebody else wrote version 2 on top of 1'
has out 'theirs  "Hi, and thank you for calling."'
has out 'That was all of it'
# The README opens with a piece of it.
sed -n '/^== 2\. /,/^```$/p' "$ROOT/README.md" | sed '$d' >wanted
sed -n '/^== 2\. /,/^(exit status 1)$/p' out >there
diff -u wanted there >&2 || fail "the README shows something else than the demo"

# The platform ended with it.
address=$(sed -n 's/^ *api: //p' out)
[ -n "$address" ] || fail "no address"
expect 7 curl --silent --noproxy '*' -m 10 "$address/"

[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
expect 2 "$ROOT/scripts/demo" --no-such-option
