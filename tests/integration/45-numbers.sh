#!/bin/bash
# Values and limits of conditions as numbers: through snmpd and standalone. A value that was
# not determined, and a limit that there is not, do not exist.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
name=pgnum$$
program "$name"
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.3
recheck = 0
group "pair" {
    comm = "$name"  count = "2-5"
    condition "rss" { metric = "rss"  range = "-1G" }
    condition "cpu" { metric = "cpu"  each = true  range = "0.5-90%" }
    condition "old" { metric = "age-oldest"  range = "-600" }
}
group "none" {
    comm = "no-$name"  count = "0-0"
    condition "old" { metric = "age-oldest"  range = "-600" }
}
EOF
run_program "$name"; first=$pid
start_snmpd && start_trapd

readonly CNAME=2 STATE=4 VALUE=16 LOW=17 HIGH=18 UNIT=19
# cell COLUMN GROUP CONDITION
cell() {
    local group
    group=$(index_of "$2")
    get "$root.1.3.1.$1.$(walk "$root.1.3.1.$CNAME.$group" | awk -v c="\"$3\"" '$2 == c {
        n = split($1, a, "."); print a[n - 1] "." a[n] }')" | unquote
}
cell_is() { [ "$(cell "$1" "$2" "$3")" = "$4" ]; }
none='No Such Instance'

numbers() { # MODE
    check "$1: it answers" ready
    check "$1: a value" wait_for 10 cell_is $VALUE pair count 1000
    check_eq "$1: a limit below" 2000 "$(cell $LOW pair count)"
    check_eq "$1: a limit above" 5000 "$(cell $HIGH pair count)"
    check_eq "$1: a number has no unit" '' "$(cell $UNIT pair count)"
    check_eq "$1: it is violated, and has its value" 2 "$(cell $STATE pair count)"
    check_like "$1: bytes" '^[0-9]{8,11}$' "$(cell $VALUE pair rss)"
    check_eq "$1: the value is the one of procGroupRss" \
        "$(get "$root.1.2.1.23.$(index_of pair)")" "$(($(cell $VALUE pair rss) / 1024000))"
    check_like "$1: no limit below" "$none" "$(cell $LOW pair rss)"
    check_eq "$1: a limit of 1 GiB" 1073741824000 "$(cell $HIGH pair rss)"
    check_eq "$1: their unit" B "$(cell $UNIT pair rss)"
    check "$1: a rate" wait_for 10 cell_is $VALUE pair cpu 0
    check_eq "$1: half a percent" 500 "$(cell $LOW pair cpu)"
    check_eq "$1: percent" % "$(cell $UNIT pair cpu)"
    check_like "$1: seconds with their fraction" '^[0-9]{3,6}$' "$(cell $VALUE pair old)"
    check_eq "$1: 0 is a value" 0 "$(cell $VALUE none count)"
    check_like "$1: a limit of 0 is left out" "$none" "$(cell $LOW none count)"
    check_eq "$1: 0 is a limit above" 0 "$(cell $HIGH none count)"
    check_like "$1: an age of no process" "$none" "$(cell $VALUE none old)"
    check_eq "$1: but its limit" 600000 "$(cell $HIGH none old)"
    check_eq "$1: a walk leaves out what there is not" '5 2 6 6' "$(for c in $VALUE $LOW $HIGH \
        $UNIT; do walk "$root.1.3.1.$c" | grep -c .; done | xargs)"
    check_like "$1: it is a Counter64 in the message" 'Counter64: 5000' \
        "$(snmpwalk -v2c -c public -On "127.0.0.1:$port" "$root.1.3.1.$HIGH")"
    check_like "$1: names and units from the stand-in MIBs" \
        'procGroupConditionHighMilli.*5000 thousandths$' \
        "$(snmpwalk -v2c -c public -M "$top/mibs:$top/mibs/base" -m PROCGROUP-MIB \
            "127.0.0.1:$port" procGroupConditionHighMilli 2>&1)"
    # SNMPv1 has no 64-bit numbers: the columns are skipped.
    check_like "$1: SNMPv1 GET" 'noSuchName' "$(snmpget -v1 -c public -t 1 -Oqvn "127.0.0.1:$port" \
        "$root.1.3.1.$HIGH.$(index_of pair).1" 2>&1)"
    check_like "$1: SNMPv1 GETNEXT" "^$root.1.3.1.$UNIT" \
        "$(snmpgetnext -v1 -c public -t 1 -Oqn "127.0.0.1:$port" "$root.1.3.1.15.99999" 2>&1)"

    run_program "$name"
    check "$1: a new value" wait_for 10 cell_is $VALUE pair count 2000
    stop "$pid"
    check "$1: and the first one again" wait_for 10 cell_is $VALUE pair count 1000
    set_ "$root.1.2.1.$ADMIN.$(index_of pair)" i 3 >/dev/null
    check "$1: a group that is off has no value" wait_for 5 eval \
        '[[ $(cell $VALUE pair count) == *"$none"* ]]'
    check_eq "$1: but limits" 5000 "$(cell $HIGH pair count)"
    set_ "$root.1.2.1.$ADMIN.$(index_of pair)" i 1 >/dev/null
    check "$1: on again" wait_for 5 cell_is $VALUE pair count 1000
    kill -STOP "$daemon"
    check "$1: no value while the table is stale" wait_for 15 eval \
        '[[ $(cell $VALUE pair count) == *"$none"* ]]'
    check_eq "$1: but limits while it is stale" 2000 "$(cell $LOW pair count)"
    kill -CONT "$daemon"
    check "$1: a value again" wait_for 10 cell_is $VALUE pair count 1000
}
start_procgroupd
numbers agentx
stop "$daemon"
stop "$snmpd" || :
start_standalone
numbers standalone
check "the process ran all the time" kill -0 "$first"
summary
