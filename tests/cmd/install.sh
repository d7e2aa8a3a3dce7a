#!/bin/sh
# make install into a scratch folder: everything is there and works from there; make uninstall leaves no file.
. "$ROOT/tests/lib.sh"

# The build that is under test, sanitized or not, is what gets installed.
san=
case $BIN in
*/san/bin) san=SAN=address,undefined ;;
esac
to=$PWD/place
expect 0 make -C "$ROOT" --no-print-directory install $san DESTDIR="$to" PREFIX=/opt/trunkline
for command in "$BIN"/*; do
	name=${command##*/}
	[ -x "$to/opt/trunkline/bin/$name" ] || fail "$name is not installed"
	[ -f "$to/opt/trunkline/share/man/man1/$name.1" ] || fail "$name has no man page"
	[ -f "$to/opt/trunkline/share/bash-completion/completions/$name" ] || fail "$name has no completion"
	expect 0 "$to/opt/trunkline/bin/$name" --version
	grep -q . out || fail "$name --version says nothing"
done
[ -f "$to/opt/trunkline/share/man/man5/trunkline-flow.5" ] || fail "no trunkline-flow(5)"
[ -f "$to/opt/trunkline/share/man/man7/trunkline.7" ] || fail "no trunkline(7)"
[ -f "$to/opt/trunkline/share/trunkline/schemas/flow.schema.json" ] || fail "no schemas"

expect 0 make -C "$ROOT" --no-print-directory uninstall $san DESTDIR="$to" PREFIX=/opt/trunkline
left=$(find "$to" -type f)
[ -z "$left" ] || fail "left behind: $left"
