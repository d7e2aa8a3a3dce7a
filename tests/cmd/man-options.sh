#!/bin/sh
# The man page of each command lists exactly the options that --help lists, has the sections that all have, and pleases mandoc.
. "$ROOT/tests/lib.sh"

command -v mandoc >/dev/null || skip "needs mandoc"
bs=$(printf '\b')

# The long options that a text lists at the beginning of lines, sorted.
listed() {
	grep -E '^ +-' | grep -oE -e '--[a-z][a-z-]*' | LC_ALL=C sort -u
}

# The help of a command, and of its subcommands where it lists some.
help_of() {
	"$1" --help >main.help || fail "$1 --help ended with $?"
	"$1" -h | cmp - main.help >&2 || fail "$1 -h is not its --help"
	cat main.help
	sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' main.help | while read -r subcommand; do
		"$1" "$subcommand" --help || fail "$1 $subcommand --help ended with $?"
	done
}

found=0
for command in "$BIN"/*; do
	name=${command##*/}
	page=$ROOT/cmd/$name/$name.1
	[ -f "$page" ] || fail "$name has no man page"
	mandoc -Tlint -W warning "$page" >&2 || fail "mandoc complains about $page"
	mandoc -Tutf8 -Owidth=200 "$page" | sed "s/.$bs//g" >text
	for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		grep -qx "$section" text || fail "$name: the man page has no section $section"
	done
	sed -n '/^EXIT STATUS$/,/^[A-Z]/p' text >exits
	for code in 0 1 2 3; do
		grep -qE "^ +$code " exits || fail "$name: EXIT STATUS does not speak of $code"
	done
	help_of "$name" >help || exit 1
	LC_ALL=C.UTF-8 awk 'length > 80' help >long
	[ ! -s long ] || fail "$name: --help has lines of more than 80 columns: $(cat long)"
	listed <help >wanted
	listed <text >there
	diff -u wanted there >&2 || fail "$name: --help (-) and the man page (+) list different options"
	found=$((found + 1))
done
[ "$found" -gt 0 ] || skip "no command is built"
for page in "$ROOT"/man/*; do
	mandoc -Tlint -W warning "$page" >&2 || fail "mandoc complains about $page"
done
