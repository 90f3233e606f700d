#!/bin/bash
# What one more process takes of the daemon's memory: the slope of its resident memory between
# the least and the largest number of processes. Daemons inside a PID namespace (procfs) and on
# the host (the best source), whose groups match none of the processes, or measure all of them.
# SIZES: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
sizes=${SIZES:-1000 5000 20000}
kinds='procfs-none procfs-all host-none host-all'
echo 'group "none" { name = "none"  count = "-9" }' | tee "$base/procfs-none.conf" >"$base/host-none.conf"
echo 'group "all" { name = "sleeper-*"  condition "busy" { metric = cpu  range = "-50" } }' |
    tee "$base/procfs-all.conf" >"$base/host-all.conf"

kib() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/status"; } # PID KEY
slope() { # TABLE NAME: bytes of a process
    awk -v name="$2" '$1 == name { n++; x[n] = $2; y[n] = $3 }
        END { printf "%.0f B", (y[n] - y[1]) * 1024 / (x[n] - x[1]) }' "$1"
}
total=$base/total private=$base/private
title 'Memory of the daemon and the SNMP process, by processes' 'tests/bench/run.sh memory'
for size in $sizes; do
    population "$size"
    instance procfs-none "${inside[@]}" -- --collector=procfs
    instance procfs-all "${inside[@]}" -- --collector=procfs
    instance host-none --
    instance host-all --
    for name in $kinds; do
        scan_often "$name"
        n=$(processes)
        echo "$name $n $(kib "$daemon" VmRSS)" >>"$total"
        echo "$name $n $(kib "$daemon" RssAnon)" >>"$private"
        row "$n, $name" "$(rss "$daemon") + $(rss "$snmp") MiB"
    done
    for name in $kinds; do end_instance "$name"; done
    end_population
done
for name in $kinds; do
    aim='400 B'
    [ "${name#*-}" = none ] || aim='900 B'
    row "each process, $name" "$(slope "$total" "$name")" "$aim"
    row '... without what the kernel shares' "$(slope "$private" "$name")"
done
