#!/bin/sh
# The runner of command tests: scrubbed environment, skips, failures and crashes.
. "$ROOT/tests/lib.sh"

mkdir -p repo/tests/cmd
cp "$ROOT/tests/run" "$ROOT/tests/lib.sh" repo/tests/

# A script of that name with these lines.
script() {
	name=$1
	shift
	printf '%s\n' "$@" >"repo/tests/cmd/$name.sh"
}

script good 'test "$TZ $LC_ALL" = "UTC C.UTF-8" && test -z "${GIT_DIR+set}${https_proxy+set}${XDG_CONFIG_HOME+set}${NO_COLOR+set}"'
expect 0 env GIT_DIR=x https_proxy=x XDG_CONFIG_HOME=x NO_COLOR=1 repo/tests/run good
has out "ok   good"

script skipped 'echo no such tool' 'exit 77'
expect 0 repo/tests/run skipped
has out "skip skipped: no such tool"

script bad 'echo what went wrong' 'exit 1'
expect 1 repo/tests/run good bad
has out "FAIL bad (status 1)"
has out "what went wrong"

script crash '. "$ROOT/tests/lib.sh"' 'expect 139 sh -c "kill -SEGV \$\$"'
expect 1 repo/tests/run crash
has out "expected status 139, got 139"

expect 1 repo/tests/run -j 2
has out "ok   good"
has out "FAIL bad"
expect 1 repo/tests/run missing
has out "there is no tests/cmd/missing.sh"
