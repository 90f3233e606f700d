#!/bin/sh
# CPU time of a scan with 5,000 processes, compared with a simple loop, ps and
# check_procs. Usage: scan.sh [BUILD_FOLDER]   (SIZES and REPEATS may be set)
set -eu
build=${1:-build}
bench=$build/bench
sizes=${SIZES:-5000}
work=$(mktemp -d)
holder=
cleanup() {
    exec 9>&- || true
    [ -z "$holder" ] || wait "$holder" || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

set --
for command in "ps -eo pid,uid,comm" "/usr/lib/nagios/plugins/check_procs -C init"; do
    program=$(command -v "${command%% *}" || true)
    [ -z "$program" ] || set -- "$@" "$program ${command#* }"
done

echo "CPU, medians; 'ratio' is the median of the ratios to the simple loop."
printf '%6s  %-38s %10s %10s %8s\n' procs what ms/scan us/process ratio
for size in $sizes; do
    rm -f "$work/in" "$work/out"
    mkfifo "$work/in" "$work/out"
    "$bench/population" "$size" <"$work/in" >"$work/out" &
    holder=$!
    exec 9>"$work/in"
    read -r answer <"$work/out"
    [ "$answer" = ready ]
    if [ -n "${REPEATS:-}" ]; then repeats=$REPEATS
    elif [ "$size" -gt 2000 ]; then repeats=25
    else repeats=60
    fi
    "$bench/scan" "$repeats" "$@"
    exec 9>&-
    wait "$holder" || true
    holder=
done
