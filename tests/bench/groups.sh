#!/bin/bash
# (b) 10,000 groups, 1,000 processes: a cycle in which nothing changed, memory, and the time until
# the first answer. GROUPS_COUNT, SECONDS_EACH: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
count=${GROUPS_COUNT:-10000} window=${SECONDS_EACH:-40}
for ((i = 0; i < count; i++)); do
    echo "group \"group-$i\" { name = \"none-$i\"  count = \"-9\" }"
done >"$base/groups.conf"
population 1000
begin=${EPOCHREALTIME/./}
instance groups "${inside[@]}" -- --collector=procfs
title "$count groups, 1000 processes, procfs, $window s" 'tests/bench/run.sh groups'
row 'start to first answer' "$(calc '%.1f s' "(${EPOCHREALTIME/./} - $begin) / 1e6")"
sleep 12
mark groups
sleep "$window"
since groups
row 'a cycle in which nothing changed' "$(calc '%.1f ms' "$daemon_ms / $cycles")" '2 ms (bpf)'
row '... SNMP process' "$(calc '%.1f ms' "$snmp_ms / $cycles")"
row 'resident, both processes' "$(rss "$daemon") + $(rss "$snmp") MiB" '40 MB'
end_instance groups
instance groups --
sleep 12
mark groups
sleep "$window"
since groups
row "a cycle with $(source_name), $(processes) proc." "$(calc '%.1f ms' "$daemon_ms / $cycles")" '2 ms'
row '... SNMP process' "$(calc '%.1f ms' "$snmp_ms / $cycles")"
end_instance groups
end_population
