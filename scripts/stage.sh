# scripts/stage.sh: what the demos share; a script sources it with its options: `stage "$@"` builds where that is wanted and goes to an empty folder of its own.
# shellcheck shell=bash

# stage NAME [-k] [-b BIN]: commands of a fresh build, or of the folder BIN, are first on PATH; $scratch is a folder that goes with the script (not with -k) and holds
# $HOME; $root is the repository. Nothing of the user's own configuration takes part.
stage() {
	local name=$1 keep_scratch='' bin='' option
	shift
	root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
	while getopts kb: option; do
		case $option in
		k) keep_scratch=yes ;;
		b) bin=$(cd "$OPTARG" && pwd) ;;
		*)
			echo "usage: scripts/$name [-k] [-b BIN]" >&2
			exit 2
			;;
		esac
	done
	keep=$keep_scratch
	bold='' dim='' plain=''
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
	fi
	cd "$root"
	if [ -z "$bin" ]; then
		scripts/setup
		printf 'building …\n'
		make --no-print-directory -j "$(nproc)" all >/dev/null
		bin=$root/build/bin
	fi
	export PATH=$bin:$PATH
	running=() scratch=
	trap strike EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/trunkline-demo.XXXXXX")
	for name in $(git rev-parse --local-env-vars); do unset "$name"; done
	export HOME=$scratch/home XDG_CONFIG_HOME=$scratch/home XDG_STATE_HOME=$scratch/home GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
	unset TRUNKLINE_CONFIG TRUNKLINE_TICKET http_proxy HTTP_PROXY all_proxy ALL_PROXY
	mkdir "$HOME"
	git config --global user.name Demo
	git config --global user.email demo@example.com
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
}

# Ends what runs beside, and removes the scratch folder. Whoever is impatient does not leave half of it behind.
strike() {
	local pid
	trap '' INT TERM HUP
	for pid in "${running[@]}"; do
		{ kill "$pid" && wait "$pid"; } 2>/dev/null || true
	done
	if [ -n "$keep" ]; then
		printf '\nThe repository is kept in %s\n' "$scratch"
	else
		[ -z "$scratch" ] || rm -rf "$scratch"
	fi
}

say() {
	printf '\n%s# %s%s\n' "$dim" "$*" "$plain"
}

# chapter TITLE
chapter() {
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

# expect STATUS COMMAND: prints the command line, runs it, and fails unless it ends with STATUS.
expect() {
	local wanted=$1 status=0
	shift
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	eval "$*" </dev/null 2>&1 || status=$?
	[ "$status" -eq 0 ] || printf '%s(exit status %d)%s\n' "$dim" "$status" "$plain"
	if [ "$status" -ne "$wanted" ]; then
		echo "demo: that should have ended with $wanted" >&2
		exit 1
	fi
}

run() {
	expect 0 "$@"
}

# beside COMMAND: prints the command line and starts it, until the demo ends; $beside is its process.
beside() {
	printf '%s$ %s &%s\n' "$bold" "$1" "$plain"
	# The shell that stands for the command becomes it, so that it is the one that gets the signal.
	eval "exec $1" </dev/null &
	beside=$!
	running+=("$beside")
}

# await WORD FILE [NUMBER]: waits until so many lines (1) of the file hold the word, while what was started last goes on.
await() {
	until [ "$(eval "grep -cs -e '$1' $2")" -ge "${3:-1}" ] 2>/dev/null; do
		kill -0 "$beside" 2>/dev/null || {
			echo "demo: that should have gone on" >&2
			exit 1
		}
		sleep 0.05
	done
}
