# tests/bench/lib.sh: what the scripts of `make bench` share. $bench is the folder of their programs.
# shellcheck shell=bash
# shellcheck disable=SC2154 # $bench

# The middle one of the numbers on standard input.
median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# time_of STATUS COMMAND…: its wall time in microseconds, once.
time_of() {
	"$bench/measure" 1 "$@" | cut -d' ' -f1
}

# peak_of COMMAND…: the peak of its memory in KiB.
peak_of() {
	"$bench/measure" 1 0 "$@" | cut -d' ' -f2
}

# ratio A B, seconds US, mib KIB
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
seconds() { awk -v us="$1" 'BEGIN { printf (us < 100000 ? "%.1f ms" : "%.2f s"), us < 100000 ? us / 1000 : us / 1e6 }'; }
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f MiB", kib / 1024 }'; }

row() {
	printf '  %-58s %10s%s\n' "$1" "$2" "${3:+  $3}"
}
