#!/bin/bash
# (e) What storms of processes take, with 5,000 others: 500 short-lived ones a second; as many forks
# that live for a while; and 50 ends a second in a group that needs one member. With the best source,
# and without BPF. SIZE, SECONDS_EACH: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
size=${SIZE:-5000} window=${SECONDS_EACH:-30}
mkdir "$base/bin"
cp "$BUILD/tools/churn" "$base/bin/pg-worker"
{ mixed_groups; counted_groups; } >"$base/storm.conf"
echo 'group "worker" { name = "pg-worker"  count = "1-" }' >>"$base/storm.conf"
cp "$base/storm.conf" "$base/files.conf"
received() { get "$root.1.1.16.0"; }
counted() { local i; i=$(index_of worker); get "$root.1.2.1.33.$i" "$root.1.2.1.34.$i" | tr '\n' ' '; }
# storm INSTANCE WHAT AIM RATE EVERY LIFE [PROGRAM]
storm() {
    local line before events
    use "$1"
    before=$(counted) events=$(received)
    mark "$1"
    line=$("$BUILD/tools/churn" "$4" "$window" "$5" "$6" "${7:-$base/bin/pg-worker}")
    since "$1"
    row "$2" "$(calc '%.1f ms/s' "$daemon_ms / $seconds")" "$3"
    row '... SNMP process' "$(calc '%.1f ms/s' "$snmp_ms / $seconds")"
    row '... wake-ups of both' "$(calc '%.0f /s' "($daemon_wakeups + $snmp_wakeups) / $seconds")"
    sleep 1
    read -ra before <<<"$before $(counted)"
    row '... processes, members of them' "${line//[a-z -]/}"
    row '... members: starts, exits counted' "$((before[2] - before[0])), $((before[3] - before[1]))"
    row '... events received, lost' "$(($(received) - events)), $(get "$root.1.1.17.0")"
}
# storms INSTANCE [COMMAND...]
storms() {
    instance "$@" --
    sleep 12
    title "Storms, $size processes, $(source_name), $window s each" 'tests/bench/run.sh storm'
    storm "$1" '500 short-lived processes a second' '5 ms/s' 500 50 300
    storm "$1" '500 forks a second, of 300 ms' '' 500 1 300 fork
    storm "$1" '50 ends a second, group "1-"' '10 ms/s' 50 1 1000
    end_instance "$1"
}
population "$size"
storms storm
storms files setpriv --bounding-set=-bpf,-perfmon,-sys_admin
end_population
