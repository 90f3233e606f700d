#!/bin/bash
# (a) What the daemon takes with 1,000, 5,000 and 20,000 processes at the interval of 10 s, as
# it is shipped, over two minutes. Three daemons at once: one inside a PID namespace with exactly
# these processes (procfs), and two on the host (bpf, with events), one of which measures no
# member. SIZES, SECONDS_EACH: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
sizes=${SIZES:-1000 5000 20000} window=${SECONDS_EACH:-120}
{ mixed_groups; measured_groups; } | tee "$base/procfs.conf" >"$base/host.conf"
{ mixed_groups; counted_groups; } >"$base/idle.conf"

report() { # NAME AIM AIM_OF_MEMORY
    local n source
    since "$1"
    n=$(processes) source=$(source_name)
    [ "$cycles" -gt 0 ] || cycles=1 # a full scan is made once a minute
    row "$source: $n processes, a cycle" "$(calc '%.2f ms' "$daemon_ms / $cycles")"
    row "... for each process" "$(calc '%.2f us' "$daemon_ms / $cycles / $n * 1000")" "$2"
    mark "$1"
    scan_often "$1"
    since "$1"
    row "... full scans, caches warm" "$(calc '%.2f us' "$daemon_ms / $cycles / $n * 1000")" "$2"
    row "... resident, both processes" "$(rss "$daemon") + $(rss "$snmp") MiB" "$3"
}
for size in $sizes; do
    population "$size"
    instance procfs "${inside[@]}" -- --collector=procfs
    instance host --
    instance idle --
    sleep 12 # the first two scans read everything
    for name in procfs host idle; do mark $name; done
    sleep "$window"
    since idle
    aim=
    [ "$size" != 20000 ] || aim='20 + 10 MB'
    title "$size processes, 20 groups, $window s" 'tests/bench/run.sh cycle'
    row "$(source_name), no member measured" "$(calc '%.2f ms/s' "$daemon_ms / $seconds")" '0.2 ms/s'
    row '... SNMP process' "$(calc '%.2f ms/s' "$snmp_ms / $seconds")"
    row '... wake-ups of both' "$(calc '%.2f /s' "($daemon_wakeups + $snmp_wakeups) / $seconds")" '1 /s'
    report host '1 us' "$aim"
    report procfs '9 us' "$aim"
    for name in procfs host idle; do end_instance $name; done
    end_population
done
