#!/bin/sh
# The maps are whole: trunkline(7) names every command, page and variable, each command's page its subcommands and exit statuses, trunkline.yaml(5) every limit,
# and the list of schemas every schema.
. "$ROOT/tests/lib.sh"

command -v mandoc >/dev/null || skip "needs mandoc"
bs=$(printf '\b')

# text FILE: the page on standard output, as a person sees it.
text() {
	mandoc -Tutf8 -Owidth=200 "$1" | sed "s/.$bs//g"
}

text "$ROOT/man/trunkline.7" >map
for page in "$ROOT"/cmd/*/*.1 "$ROOT"/man/*.5; do
	name=${page##*/}
	has map "${name%.*}(${name##*.})"
done
# Variables that the commands read by name, but for those that are handed on to helper commands.
sed -n '/^ENVIRONMENT$/,/^FILES$/p' map >environment
# shellcheck disable=SC2013 # names
for name in $(grep -rhoE '(getenv|value_of)\("[A-Z_]+"\)|user_path\(arena, surroundings, "[A-Z_]+"|\{ "(GITHUB|GITLAB)_[A-Z]+", "[A-Z_]+"' "$ROOT/cmd" "$ROOT/lib" --include='*.c' |
	grep -oE '"[A-Z_]+"' | tr -d '"' | LC_ALL=C sort -u); do
	has environment "$name"
	found=yes
done
[ -n "${found-}" ] || fail "no variable is found in the sources"
for code in 0 1 2 3 4 130 143; do
	sed -n '/^EXIT STATUS$/,/^EXAMPLES$/p' map | grep -qwF -e "$code" || fail "trunkline(7) does not speak of exit status $code"
done

for command in "$BIN"/*; do
	name=${command##*/}
	text "$ROOT/cmd/$name/$name.1" >page
	sed -n '/^SYNOPSIS$/,/^DESCRIPTION$/p' page >synopsis
	sed -n '/^EXIT STATUS$/,/^EXAMPLES$/p' page >exits
	"$name" --help >help || fail "$name --help"
	sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' help >subcommands
	while read -r subcommand; do
		has synopsis "$name $subcommand"
	done <subcommands
	grep -qE '^ +130, 143' exits || fail "$name: the page does not speak of 130 and 143"
	# shellcheck disable=SC2013 # numbers
	for code in $(sed -n '/^Exit status:/,$p' help | grep -oE '(^|[ ,])[0-4] [a-z]' | grep -oE '[0-4]'); do
		grep -qE "^ +$code " exits || fail "$name: EXIT STATUS does not speak of $code, --help does"
	done
done

text "$ROOT/man/trunkline.yaml.5" >project
flow-validate --limit no-such=1 >/dev/null 2>limits
sed -n "s/.*there is no limit 'no-such': //p" limits | tr ',' '\n' | tr -d ' ' | while read -r limit; do
	[ -z "$limit" ] || grep -qwF -e "$limit" project || fail "trunkline.yaml(5) does not speak of the limit '$limit'"
done || exit 1
grep -q 'max_steps' limits || fail "no limits: $(cat limits)"

for schema in "$ROOT"/schemas/*.schema.json; do
	has "$ROOT/schemas/README.md" "\`${schema##*/}\`"
done
