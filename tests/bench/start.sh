#!/bin/bash
# (d) From the start of the daemon to its first counts: until it logs the first violation, with 5,000
# processes. SIZE, TURNS: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
size=${SIZE:-5000} turns=${TURNS:-7}
{ mixed_groups; measured_groups; } >"$base/start.conf"
echo 'group "first" { name = "sleeper-07"  count = "0-0"  recheck = 0 }' >>"$base/start.conf"
measure_start() { # WHAT OPTION...: where within is empty or enters the namespace
    local what=$1
    shift
    for _ in $(seq "$turns"); do
        rm -rf "$base/log" "$base/state"* # with the state, the violation is a reminder
        "${within[@]}" "$bench/latency" start "$base/log" 'kind=raised group="first"' \
            "$bin/procgroupd" -f -c "$base/start.conf" -s "$base/state" \
            -L "udp:127.0.0.1:$port" -C "$base/alone.conf" "$@"
    done 2>&1 | sort -n >"$base/times"
    row "$what" "$(awk '{ v[NR] = $1 } END { printf "%.0f / %.0f / %.0f ms", v[1],
        v[int((NR + 1) / 2)], v[NR] }' "$base/times")" '100 ms'
}
echo 'rocommunity public 127.0.0.1' >"$base/alone.conf"
population "$size"
title "Start to first counts, $size processes: least / median / most of $turns" \
    'tests/bench/run.sh start'
within=("${inside[@]}")
measure_start procfs --collector=procfs
within=()
measure_start 'the best source of the host'
end_population
