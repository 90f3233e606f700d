#!/bin/bash
# (c) Time from the kill of a daemon to the notification at the trap receiver.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
turns=${TURNS:-20}
program bench-daemon
cat >"$tmp/procgroup.conf" <<EOF
interval = ${INTERVAL:-10}
group "bench" { name = "bench-daemon"  count = "1-1"  recheck = 0 }
EOF
us() { echo "${EPOCHREALTIME/./}"; }
count() { grep -c "$root\.0\.$1[^0-9]" "$tmp/traps"; }
# until_count KIND N: polls without sleep, which would be part of the figure
until_count() {
    local end=$(($(us) + 30000000))
    while [ "$(count "$1")" -lt "$2" ]; do [ "$(us)" -lt $end ] || return 1; done
}
start_snmpd && start_trapd || exit 1
run_program bench-daemon
start_procgroupd
ready || exit 1
wait_for 5 col_is $COUNT bench 1 || exit 1
for turn in $(seq "$turns"); do
    begin=$(us)
    kill "$pid"
    wait "$pid" 2>/dev/null
    until_count 1 "$turn" || { echo "no notification in turn $turn"; exit 1; }
    echo $((($(us) - begin) / 1000))
    run_program bench-daemon
    kill -USR1 "$daemon" # scan now: only a scan finds a new process
    until_count 2 "$turn" || { echo "no recovery in turn $turn"; exit 1; }
done | sort -n | awk -v i="${INTERVAL:-10}" '
    /^no/ { print; bad = 1; next }
    { v[NR] = $1 }
    END { if (bad) exit 1
          printf "kill to notification at interval %s s: median %d ms, worst %d ms (%d kills)\n",
              i, v[int((NR + 1) / 2)], v[NR], NR }'
