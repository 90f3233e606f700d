#!/bin/bash
# (e) What storms of processes take, with 5,000 others: 500 short-lived ones a second, and 50 ends a
# second in a group that needs one member. SIZE, SECONDS_EACH: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
size=${SIZE:-5000} window=${SECONDS_EACH:-30}
mkdir "$base/bin"
cp "$BUILD/tools/churn" "$base/bin/pg-worker"
{ mixed_groups; counted_groups; } >"$base/storm.conf"
echo 'group "worker" { name = "pg-worker"  count = "1-" }' >>"$base/storm.conf"
received() { get "$root.1.1.16.0"; }
counted() { local i; i=$(index_of worker); get "$root.1.2.1.33.$i" "$root.1.2.1.34.$i" | tr '\n' ' '; }
# storm WHAT AIM RATE EVERY LIFE
storm() {
    local line before events
    before=$(counted) events=$(received)
    mark storm
    line=$("$BUILD/tools/churn" "$3" "$window" "$4" "$5" "$base/bin/pg-worker")
    since storm
    row "$1" "$(calc '%.1f ms/s' "$daemon_ms / $seconds")" "$2"
    row '... SNMP process' "$(calc '%.1f ms/s' "$snmp_ms / $seconds")"
    row '... wake-ups of both' "$(calc '%.0f /s' "($daemon_wakeups + $snmp_wakeups) / $seconds")"
    sleep 1
    read -ra before <<<"$before $(counted)"
    row '... processes, members of them' "${line//[a-z -]/}"
    row '... members: starts, exits counted' "$((before[2] - before[0])), $((before[3] - before[1]))"
    row '... events received, lost' "$(($(received) - events)), $(get "$root.1.1.17.0")"
}
population "$size"
instance storm --
sleep 12
title "Storms, $size processes, $(source_name), $window s each" 'tests/bench/run.sh storm'
storm '500 short-lived processes a second' '5 ms/s' 500 50 300
storm '50 ends a second, group "1-"' '10 ms/s' 50 1 1000
end_instance storm
end_population
