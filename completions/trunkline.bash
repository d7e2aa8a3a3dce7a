# Completion for bash: options, subcommands and values as `--help` of the very command says them, so that it cannot fall behind.
# Installed once a command, since bash-completion loads a file by the command's name.
# shellcheck shell=bash

# What a command says of itself, each option on one line.
_trunkline_help() {
	"$@" --help 2>/dev/null | sed -e ':a' -e N -e '$!ba' -e 's/\n \{8,\}/ /g'
}

# The options of a command, and of its subcommand where one is given.
_trunkline_options() {
	_trunkline_help "$@" | sed -n 's/^  \(-[A-Za-z], \|    \)\(--[a-z][a-z-]*\).*/\2/p'
}

# The subcommands that the synopsis of a command lists.
_trunkline_subcommands() {
	_trunkline_help "$1" | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p'
}

# The words that the help of an option lists as its values: "a, b or c".
_trunkline_values() {
	local option=$1
	shift
	_trunkline_help "$@" | sed -n "s/^ .*$option [A-Z]*  *//p" | grep -oE '[a-z-]+(, [a-z-]+)*,? or [a-z-]+' | sed 's/,\{0,1\} or /, /; s/, /\n/g'
}

# The formats that the help names; text and json, where it names none.
_trunkline_formats() {
	local formats
	formats=$(_trunkline_help "$@" | sed -n 's/ (the default)//; s/.*Formats: \([a-z, ]*\).*/\1/p' | tr -d ,)
	echo "${formats:-text json}"
}

# Environments of the project file, from the present folder upwards.
_trunkline_environments() {
	local folder=$PWD
	while [ -n "$folder" ] && [ ! -f "$folder/trunkline.yaml" ]; do
		folder=${folder%/*}
	done
	{
		echo local
		sed -n '/^environments:/,/^[^ #]/s/^  \([A-Za-z0-9_-]*\):.*/\1/p' "$folder/trunkline.yaml" 2>/dev/null
	} | sort -u
}

_trunkline() {
	local command=$1 word=$2 before=$3 words='' subcommand='' i
	COMPREPLY=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case $'\n'$(_trunkline_subcommands "$command")$'\n' in
		*$'\n'"${COMP_WORDS[i]}"$'\n'*)
			subcommand=${COMP_WORDS[i]}
			break
			;;
		esac
	done

	# Of flow-diff's env:NAME: bash takes the colon for a word of its own.
	if [ "$before$word" = env: ]; then
		before=env word=''
	elif [ "$before" = : ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $before in
	env | --env | --promote-from | --compare-env) words=$(_trunkline_environments) ;;
	--format) words=$(_trunkline_formats "$command" ${subcommand:+"$subcommand"}) ;;
	--rev | --range | --base | --commit) words=$(git for-each-ref --format='%(refname:short)' refs/heads refs/tags refs/remotes 2>/dev/null) ;;
	-C | --directory)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--*) words=$(_trunkline_values "$before" "$command" ${subcommand:+"$subcommand"}) ;;
	esac
	if [ -z "$words" ]; then
		case $word in
		-*) words=$(_trunkline_options "$command" ${subcommand:+"$subcommand"}) ;;
		*) [ -n "$subcommand" ] || words=$(_trunkline_subcommands "$command") ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

complete -o filenames -F _trunkline flow-validate flow-simulate flow-diff flow-publish flow-monitor flow-sandbox flow-audit flow-transition flow-attend
