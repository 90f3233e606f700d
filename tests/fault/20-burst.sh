#!/bin/bash
# 5,000 events at once: snmpd answers meanwhile, and the master gets all of them.
# Runs alone: 5,000 events take all of a CPU.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
{
    echo 'interval = 1 recheck = 0'
    for i in $(seq 5000); do echo "group \"b$i\" { name = \"pg-b$i\"  count = \"1-\" }"; done
} >"$tmp/procgroup.conf"
start_snmpd && start_trapd
start_procgroupd
check 'rows exist' ready 30
sent() { get "$root.1.1.21.0"; }
all_sent() { [ "$(sent)" -ge 5001 ]; }
worst=0
for _ in $(seq 400); do
    begin=${EPOCHREALTIME/./}
    snmpget -v2c -c public -t 5 -r 0 -Oqvn "127.0.0.1:$port" .1.3.6.1.2.1.1.3.0 >/dev/null 2>&1 ||
        worst=99999999
    took=$((${EPOCHREALTIME/./} - begin))
    [ "$took" -le "$worst" ] || worst=$took
    all_sent && break
done
check 'all are acknowledged by the master' wait_for 60 all_sent
check "snmpd always answered (slowest: $((worst / 1000)) ms)" [ "$worst" -lt 3000000 ]
check_eq 'none is dropped' 0 "$(get "$root.1.1.23.0")"
check_eq 'none is pending' 0 "$(get "$root.1.1.22.0")"
summary
