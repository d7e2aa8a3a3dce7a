# tests/lib.sh: what command tests share; a script starts with `. "$ROOT/tests/lib.sh"`. It runs in an empty scratch folder, with
# the commands first on PATH; $ROOT is the repository, $TRUNKLINE_SHARED the shared test data or empty.
# shellcheck shell=sh
set -u

fail() {
	echo "$0: $*" >&2
	exit 1
}

# Ends the script as skipped, with the reason.
skip() {
	echo "$*"
	exit 77
}

# expect STATUS COMMAND…: runs it with its output in the files `out` and `err`, and fails unless it ends with STATUS. A crash
# (a status above 125 other than 130 and 143, which mean a signal that was handled) is never what is expected.
expect() {
	wanted=$1
	shift
	status=0
	"$@" >out 2>err || status=$?
	if [ "$status" -ne "$wanted" ] || { [ "$status" -gt 125 ] && [ "$status" -ne 130 ] && [ "$status" -ne 143 ]; }; then
		cat out err >&2
		fail "expected status $wanted, got $status: $*"
	fi
}

# has FILE TEXT: fails unless a line of the file holds the text.
has() {
	grep -qF -e "$2" "$1" || {
		cat "$1" >&2
		fail "no '$2' in $1"
	}
}

# lacks FILE TEXT: fails where a line of the file holds the text.
lacks() {
	if grep -qF -e "$2" "$1"; then
		cat "$1" >&2
		fail "'$2' in $1"
	fi
}

# golden FILE NAME: fails unless the file is as tests/golden/NAME says; with UPDATE=1 it becomes so.
golden() {
	if [ -n "${UPDATE:-}" ]; then
		mkdir -p "$(dirname "$ROOT/tests/golden/$2")"
		cp "$1" "$ROOT/tests/golden/$2"
	fi
	diff -u "$ROOT/tests/golden/$2" "$1" >&2 || fail "$1 is not as tests/golden/$2 says (UPDATE=1 takes it over)"
}
