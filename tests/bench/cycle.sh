#!/bin/bash
# (a) CPU time of a cycle of the daemon (scan, match, evaluate, publish) with 5,000 processes
# and 1 to 200 groups, compared with check_procs; and the memory of both processes.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
size=${SIZE:-5000} seconds=${SECONDS_EACH:-20}
mkfifo "$tmp/in"
"$BUILD/bench/population" "$size" <"$tmp/in" >"$tmp/out" &
holder=$!
exec 9>"$tmp/in"
wait_for 120 grep -q ready "$tmp/out" || { echo 'no population'; exit 1; }

cpu_ms() { # PID: user and system time in ms, of the process alone
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }' \
        "/proc/$1/stat"
}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
conf() { # GROUPS
    local i
    echo 'interval = 1'
    for i in $(seq "$1"); do
        case $((i % 4)) in
        0) echo "group \"g$i\" { name = \"none-$i\"  count = \"0-0\" }" ;;
        1) echo "group \"g$i\" { path = \"/usr/sbin/none-$i\"  count = \"-5\" }" ;;
        2) echo "group \"g$i\" { uid = $((5000 + i))  except { gid = 0 }  count = \"-5\" }" ;;
        3) echo "group \"g$i\" { name = \"none-$i*\"  user = \"root\"  count = \"-9\" }" ;;
        esac
    done
}
start_snmpd || exit 1
peer=/usr/lib/nagios/plugins/check_procs
peer_ms=
if [ -x $peer ]; then
    peer_ms=$(for _ in 1 2 3 4 5; do
        { TIMEFORMAT='%U %S'; time $peer -C init >/dev/null; } 2>&1 |
            awk '{ print ($1 + $2) * 1000 }'
    done | sort -n | sed -n 3p)
    echo "check_procs at $size processes: $peer_ms ms CPU per check (median of 5)"
fi
for groups in 1 50 200; do
    conf "$groups" >"$tmp/procgroup.conf"
    start_procgroupd
    ready || { echo 'the daemon does not answer'; exit 1; }
    sleep 3 # the first scans read everything
    child=$(cat "/proc/$daemon/task/$daemon/children")
    before=$(cpu_ms "$daemon") start=${EPOCHREALTIME/./}
    sleep "$seconds"
    after=$(cpu_ms "$daemon") end=${EPOCHREALTIME/./}
    awk -v g="$groups" -v b="$before" -v a="$after" -v s="$start" -v e="$end" \
        -v p="$peer_ms" -v r="$(rss "$daemon")" -v c="$(rss "${child%% *}")" 'BEGIN {
            ms = (a - b) / ((e - s) / 1e6)
            printf "%3d groups: %.1f ms CPU per cycle", g, ms
            if (p) printf ", %.2f of check_procs", ms / p
            printf "; resident: daemon %.1f MiB + SNMP process %.1f MiB = %.1f MiB\n",
                r / 1024, c / 1024, (r + c) / 1024 }'
    stop "$daemon"
done
exec 9>&-
wait "$holder"
