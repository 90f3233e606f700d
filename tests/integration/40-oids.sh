#!/bin/bash
# GET, GETNEXT and GETBULK of unusual OIDs; through snmpd and standalone.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
{
    echo 'interval = 0.5 recheck = 600'
    for i in $(seq 25); do echo "group \"g$i\" { name = \"pg-none-$i\"  count = \"1-\" }"; done
    echo "group \"init\" { path = \"/*\"  ancestor = \"none-of-these\" }"
    echo "group \"self\" { name = \"procgroupd\"  cmdline = \"$tmp\" }"
} >"$tmp/procgroup.conf"
start_snmpd && start_trapd

odd() { # MODE
    local table=$root.1.2.1 n
    check "$1: it answers" ready
    check "$1: rows exist" wait_for 5 has_row g25
    n=$(walk "$table.$NAME" | grep -c .)
    check_eq "$1: one row a group" 27 "$n"
    check_eq "$1: each column has all rows" "$((27 * 13))" \
        "$(for c in $(seq 2 14); do walk "$table.$c"; done | grep -c .)"
    check_like "$1: the index is not accessible" 'No Such' "$(get "$table.1.1")"
    check_like "$1: no such column" 'No Such Object' "$(get "$table.200.1")"
    check_like "$1: no such row" 'No Such Instance' "$(get "$table.$NAME.4000")"
    check_like "$1: row 0" 'No Such Instance' "$(get "$table.$NAME.0")"
    check_like "$1: too short" 'No Such' "$(get "$table.$NAME")"
    check_like "$1: too long" 'No Such Instance' "$(get "$table.$NAME.1.1")"
    check_like "$1: the largest arc" 'No Such Instance' "$(get "$table.$NAME.4294967295")"
    check_like "$1: next of the table" "^$table.2.1 " "$(getnext "$root.1.2")"
    check_like "$1: next of the entry" "^$table.2.1 " "$(getnext "$table")"
    check_like "$1: next of the column" "^$table.3.1 " "$(getnext "$table.3")"
    check_like "$1: next of a long one" "^$table.2.2 " "$(getnext "$table.2.1.5.6")"
    check_like "$1: next of the last row" "^$table.3.1 " "$(getnext "$table.2.4294967295")"
    check_like "$1: next past the table" "^$root.1.3.1" "$(getnext "$table.99")"
    check_like "$1: next before everything" "^$root.1.1.1.0 " "$(getnext "$root")"
    check_like "$1: scalar without .0" 'No Such Instance|No Such Object' "$(get "$root.1.1.1")"
    check_like "$1: scalar .1" 'No Such Instance' "$(get "$root.1.1.1.1")"
    check_eq "$1: GETBULK and GETNEXT return the same" \
        "$(snmpwalk -v2c -c public -Oqn "127.0.0.1:$port" "$root.1.2" | grep -v CpuTime |
            cut -d' ' -f1 | cksum)" "$(walk "$root.1.2" | cut -d' ' -f1 | cksum)"
    check "$1: OIDs increase over the whole MIB" eval \
        'walk "$root" >/dev/null && ! walk "$root" | grep -qi "not increasing"'
    check_like "$1: names from the stand-in MIBs" 'PROCGROUP-MIB::procGroupName' \
        "$(snmpwalk -v2c -c public -M "$top/mibs:$top/mibs/base" -m PROCGROUP-MIB \
            "127.0.0.1:$port" procGroupName 2>&1)"
    check_eq "$1: without warnings" '' \
        "$(snmpwalk -v2c -c public -M "$top/mibs:$top/mibs/base" -m PROCGROUP-MIB \
            "127.0.0.1:$port" procGroupStatus 2>&1 >/dev/null)"
    check_eq "$1: the daemon counts itself" 1 "$(col $COUNT self)"
}
start_procgroupd
odd agentx
stop "$daemon"
stop "$snmpd" || :
start_standalone
odd standalone
summary
